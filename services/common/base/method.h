/* What is known about a method besides its code. One table holds them all; it is generated from the
 * contract. */
#ifndef KITH_BASE_METHOD_H
#define KITH_BASE_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct ProtobufCFieldDescriptor;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct call;

/* Rows of a page when the request does not say, and at most. */
#define PAGE_SIZE_DEFAULT 50
#define PAGE_SIZE_MAX     1000

/* Who may call; bits, any of them suffices. The same numbers as kith.Access. */
enum access {
	ACCESS_PUBLIC = 1 << 1,
	ACCESS_SELF = 1 << 2,
	ACCESS_MEMBER = 1 << 3,
	ACCESS_MODERATOR = 1 << 4,
	ACCESS_ADMIN = 1 << 5,
	ACCESS_OWNER = 1 << 6,
	ACCESS_PLATFORM = 1 << 7,
	ACCESS_SERVICE = 1 << 8,
};

enum field_format {
	FIELD_ANY,
	FIELD_UUID,
	FIELD_DATE,
	FIELD_SLUG,
};

/* What the contract demands of one field. Fields without demands have no rule. */
struct field_rule {
	uint32_t number; /* the field's number in its message */
	bool required;
	bool pii;
	enum field_format format;
	uint32_t max_len; /* 0: as long as the message limit allows */
	bool has_min, has_max;
	int64_t min, max;
};

struct message_rules {
	const struct ProtobufCMessageDescriptor *message;
	const struct field_rule *rules;
	size_t n_rules;
};

struct method {
	const char *name;    /* "kith.member.v1.CommunityService/GetCommunity" */
	const char *service; /* "member": who serves it; "gateway" for views, "ops" for kith.ops */
	const char *verb;    /* HTTP: "GET"; NULL when it has no route */
	const char *route;   /* "/v1/communities/{community_id}"; NULL likewise */
	const char *body;    /* "*", the name of a field, or NULL */
	const struct ProtobufCMessageDescriptor *request;
	const struct ProtobufCMessageDescriptor *reply;
	unsigned access; /* bits of enum access */
	bool read_only;  /* idempotency_level = NO_SIDE_EFFECTS */
	bool slow;       /* travels alone */
	/* Fields the road itself reads, NULL where the request has none. Copies of the message's
	 * own descriptors: compare them by id, not by address. */
	const struct ProtobufCFieldDescriptor *community_id, *person_id, *request_id, *page_size,
		*page_token, *update_mask;
	/* The resource an update_mask speaks of ("community" in UpdateCommunityRequest), NULL
	 * without a mask. */
	const struct ProtobufCFieldDescriptor *masked;
	/* The string of the reply that leaves once, NULL for most. */
	const struct ProtobufCFieldDescriptor *secret;
};

/* The generated table, sorted by name, and the rules, sorted by message name. */
extern const struct method kith_methods[];
extern const size_t kith_methods_count;
extern const struct message_rules kith_rules[];
extern const size_t kith_rules_count;

/* The method of that name, NULL when there is none. */
const struct method *method_find(const char *name);

/* The rules of that message, NULL when it has none. */
const struct message_rules *method_rules(const struct ProtobufCMessageDescriptor *message);

/* A service's own code for a method. `request` and `reply` are of the method's types; the thunk
 * casts. */
struct handler {
	const struct method *method;
	enum status (*run)(struct call *c, const struct ProtobufCMessage *request,
			   struct ProtobufCMessage *reply);
};

#endif
