/* The contract as the generator sees it: every message, enum and method of the descriptor set, with
 * what the C code calls them. Everything lives until the generator ends. */
#ifndef KITH_GEN_CONTRACT_H
#define KITH_GEN_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "google/protobuf/descriptor.pb-c.h"

struct type;

struct file {
	const Google__Protobuf__FileDescriptorProto *proto;
	const char *package;   /* "" for none */
	const char *path;      /* from the top of the source tree, for error messages */
	const char *c_package; /* NULL: the proto package names the C types */
	bool const_strings;
	bool compiled; /* protoc-c made C of it */
};

struct field {
	const Google__Protobuf__FieldDescriptorProto *proto;
	const char *name;
	const struct type *type; /* message or enum, else NULL */
	bool repeated;
	bool in_oneof;
	int line;
	/* The options of kith/options.proto. */
	bool required, pii, secret;
	unsigned max_len, format; /* format: a number of kith.Format */
	bool has_min, has_max;
	int64_t min, max;
	const char *comment;
};

/* A message or an enum. */
struct type {
	const char *full_name;  /* "kith.member.v1.Community" */
	const char *short_name; /* "member.Community": how statements name it */
	const char *c_type;     /* "Member__Community" */
	const char *c_symbol;   /* "member__community" */
	const struct file *file;
	bool is_enum;
	const Google__Protobuf__DescriptorProto *message;
	const Google__Protobuf__EnumDescriptorProto *enumeration;
	struct field *fields;
	size_t n_fields;
	const char *const *value_comments; /* of an enum, in order */
	bool reachable;                    /* from the request of a method */
	int line;
	const char *comment;
};

struct rpc {
	const Google__Protobuf__MethodDescriptorProto *proto;
	const struct file *file;
	const char *full_name; /* "kith.member.v1.CommunityService/GetCommunity" */
	const char *service;   /* "member" */
	const char *interface; /* "CommunityService" */
	const char *c_name;    /* "member_get_community" */
	struct type *request, *reply;
	unsigned access; /* bits of enum access */
	bool slow, read_only;
	const char *verb, *route, *body;
	int line;
	const char *comment;
};

struct contract {
	struct arena arena;
	struct file *files;
	size_t n_files;
	struct type *types; /* sorted by full name */
	size_t n_types;
	struct rpc *rpcs; /* methods of the packages kith.*, sorted by full name */
	size_t n_rpcs;
};

/* Reads a serialized FileDescriptorSet with source info and checks what the contract demands of
 * itself. Errors are counted (errors_count); false when the file is unreadable. */
bool contract_read(struct contract *contract, const char *set_file);
void contract_fini(struct contract *contract);

/* By full name, or as statements name it; NULL when there is none. */
struct type *contract_type(const struct contract *contract, const char *name);

const struct field *type_field(const struct type *type, const char *name);

/* The resource an update_mask speaks of; NULL when the request has no mask or no resource. */
const struct field *type_masked(const struct type *request);

bool field_is(const struct field *field, Google__Protobuf__FieldDescriptorProto__Type type);
bool field_is_message(const struct field *field, const char *full_name);

/* The header protoc-c made of the file. */
const char *file_header(const struct contract *contract, const struct file *file);

#endif
