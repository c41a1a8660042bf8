/* Reads the descriptor set into the contract's types and methods. */
#include "contract.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cname.h"
#include "options.h"
#include "output.h"
#include "route.h"
#include "source.h"

typedef Google__Protobuf__FileDescriptorProto FileProto;
typedef Google__Protobuf__DescriptorProto MessageProto;
typedef Google__Protobuf__EnumDescriptorProto EnumProto;
typedef Google__Protobuf__ServiceDescriptorProto ServiceProto;
typedef Google__Protobuf__MethodDescriptorProto MethodProto;

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void release(void *arena, void *bytes)
{
	(void)arena;
	(void)bytes;
}

static void read_file(struct contract *contract, struct file *file, const FileProto *proto)
{
	file->proto = proto;
	file->package = proto->package ? proto->package : "";
	file->path = text_starts(proto->name, "google/protobuf/") ||
				     text_starts(proto->name, "protobuf-c/")
			     ? proto->name
			     : arena_printf(&contract->arena, "proto/%s", proto->name);
	file->compiled = !text_equal(proto->name, "protobuf-c/protobuf-c.proto");
	if (proto->options)
		options_file(&contract->arena, &proto->options->base, file);
}

static size_t count_types(MessageProto *const *messages, size_t n)
{
	size_t count = n;

	for (size_t i = 0; i < n; i++)
		count += messages[i]->n_enum_type +
			 count_types(messages[i]->nested_type, messages[i]->n_nested_type);

	return count;
}

static struct type *add_type(struct contract *contract, const struct file *file, const char *scope,
			     const char *name, const struct place *place)
{
	struct type *type = &contract->types[contract->n_types++];
	const char *package = file->package;
	const char *within;

	type->file = file;
	type->full_name = arena_printf(&contract->arena, "%s%s%s", scope, *scope ? "." : "", name);
	within = type->full_name + strlen(package) + (*package != '\0');
	if (file->c_package) {
		type->short_name = arena_printf(&contract->arena, "%s.%s", file->c_package, within);
		type->c_type = cname_type(&contract->arena, type->short_name);
		type->c_symbol = cname_symbol(&contract->arena, type->short_name);
	} else {
		type->short_name = type->full_name;
		type->c_type = cname_type(&contract->arena, type->full_name);
		type->c_symbol = cname_symbol(&contract->arena, type->full_name);
	}
	type->line = source_line(file->proto, place);
	type->comment = source_comment(&contract->arena, file->proto, place);

	return type;
}

static void add_enum(struct contract *contract, const struct file *file, const char *scope,
		     const EnumProto *proto, const struct place *place)
{
	struct type *type = add_type(contract, file, scope, proto->name, place);
	const char **comments = arena_array(&contract->arena, proto->n_value, sizeof(*comments));

	type->is_enum = true;
	type->enumeration = proto;
	for (size_t i = 0; i < proto->n_value; i++) {
		struct place value = place_in(place, PLACE_ENUM_VALUE, i);

		comments[i] = source_comment(&contract->arena, file->proto, &value);
	}
	type->value_comments = comments;
}

static void add_message(struct contract *contract, const struct file *file, const char *scope,
			const MessageProto *proto, const struct place *place)
{
	struct type *type = add_type(contract, file, scope, proto->name, place);

	type->message = proto;
	type->n_fields = proto->n_field;
	type->fields = arena_array(&contract->arena, proto->n_field, sizeof(*type->fields));
	for (size_t i = 0; i < proto->n_field; i++) {
		struct field *field = &type->fields[i];
		struct place at = place_in(place, PLACE_MESSAGE_FIELD, i);

		field->proto = proto->field[i];
		field->name = field->proto->name;
		field->repeated = field->proto->label ==
				  GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
		field->in_oneof = field->proto->has_oneof_index;
		field->line = source_line(file->proto, &at);
		field->comment = source_comment(&contract->arena, file->proto, &at);
		options_field(field);
	}

	for (size_t i = 0; i < proto->n_nested_type; i++) {
		struct place at = place_in(place, PLACE_MESSAGE_NESTED, i);

		add_message(contract, file, type->full_name, proto->nested_type[i], &at);
	}
	for (size_t i = 0; i < proto->n_enum_type; i++) {
		struct place at = place_in(place, PLACE_MESSAGE_ENUM, i);

		add_enum(contract, file, type->full_name, proto->enum_type[i], &at);
	}
}

static int compare_types(const void *a, const void *b)
{
	return strcmp(((const struct type *)a)->full_name, ((const struct type *)b)->full_name);
}

static struct type *find_full(const struct contract *contract, const char *full_name)
{
	struct type key = {.full_name = full_name};

	return bsearch(&key, contract->types, contract->n_types, sizeof(*contract->types),
		       compare_types);
}

static void read_types(struct contract *contract)
{
	size_t count = 0;

	for (size_t i = 0; i < contract->n_files; i++) {
		const FileProto *proto = contract->files[i].proto;

		count += proto->n_enum_type +
			 count_types(proto->message_type, proto->n_message_type);
	}
	contract->types = arena_array(&contract->arena, count, sizeof(*contract->types));

	for (size_t i = 0; i < contract->n_files; i++) {
		const struct file *file = &contract->files[i];
		const FileProto *proto = file->proto;

		for (size_t k = 0; k < proto->n_message_type; k++) {
			struct place at = place_in(NULL, PLACE_FILE_MESSAGE, k);

			add_message(contract, file, file->package, proto->message_type[k], &at);
		}
		for (size_t k = 0; k < proto->n_enum_type; k++) {
			struct place at = place_in(NULL, PLACE_FILE_ENUM, k);

			add_enum(contract, file, file->package, proto->enum_type[k], &at);
		}
	}
	qsort(contract->types, contract->n_types, sizeof(*contract->types), compare_types);

	for (size_t i = 0; i < contract->n_types; i++) {
		for (size_t k = 0; k < contract->types[i].n_fields; k++) {
			struct field *field = &contract->types[i].fields[k];

			if (field->proto->type_name) /* starts with a dot */
				field->type = find_full(contract, field->proto->type_name + 1);
		}
	}
}

/* Marks what a request holds. A message that holds itself would have no bound on its depth. */
static void reach(struct type *type, const struct type **path, size_t depth)
{
	bool seen = type->reachable;

	for (size_t i = 0; i < depth; i++) {
		if (path[i] == type) {
			error_at(type->file->path, type->line,
				 "message %s holds itself: recursive messages are refused",
				 type->message->name);
			return;
		}
	}
	type->reachable = true;
	if (seen || type->is_enum || depth == 64)
		return;

	path[depth] = type;
	for (size_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].type)
			reach((struct type *)type->fields[i].type, path, depth + 1);
}

static void add_rpc(struct contract *contract, const struct file *file, const ServiceProto *service,
		    const MethodProto *proto, const struct place *place)
{
	struct rpc *rpc = &contract->rpcs[contract->n_rpcs++];
	const char *package = file->package, *at = package + strlen("kith.");
	const struct type *path[64];

	rpc->proto = proto;
	rpc->file = file;
	rpc->full_name =
		arena_printf(&contract->arena, "%s.%s/%s", package, service->name, proto->name);
	rpc->service = arena_copy(&contract->arena, at, strcspn(at, "."));
	rpc->interface = service->name;
	rpc->c_name = arena_printf(&contract->arena, "%s_%s", rpc->service,
				   cname_snake(&contract->arena, proto->name));
	rpc->line = source_line(file->proto, place);
	rpc->comment = source_comment(&contract->arena, file->proto, place);
	rpc->request = find_full(contract, proto->input_type + 1);
	rpc->reply = find_full(contract, proto->output_type + 1);
	if (proto->options) {
		rpc->read_only =
			proto->options->has_idempotency_level &&
			proto->options->idempotency_level ==
				GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS;
		options_method(&contract->arena, &proto->options->base, rpc);
	}
	reach(rpc->request, path, 0);

	if (!rpc->access)
		error_at(file->path, rpc->line, "method %s names no (kith.access)", proto->name);
	if (proto->client_streaming || proto->server_streaming)
		error_at(file->path, rpc->line, "method %s streams: Kith's calls are unary",
			 proto->name);
}

static int compare_rpcs(const void *a, const void *b)
{
	return strcmp(((const struct rpc *)a)->full_name, ((const struct rpc *)b)->full_name);
}

static void read_rpcs(struct contract *contract)
{
	size_t count = 0;

	for (size_t i = 0; i < contract->n_files; i++)
		for (size_t k = 0; k < contract->files[i].proto->n_service; k++)
			count += contract->files[i].proto->service[k]->n_method;
	contract->rpcs = arena_array(&contract->arena, count, sizeof(*contract->rpcs));

	for (size_t i = 0; i < contract->n_files; i++) {
		const struct file *file = &contract->files[i];

		if (!text_starts(file->package, "kith."))
			continue;
		for (size_t k = 0; k < file->proto->n_service; k++) {
			const ServiceProto *service = file->proto->service[k];
			struct place at = place_in(NULL, PLACE_FILE_SERVICE, k);

			for (size_t m = 0; m < service->n_method; m++) {
				struct place method = place_in(&at, PLACE_SERVICE_METHOD, m);

				add_rpc(contract, file, service, service->method[m], &method);
			}
		}
	}
	qsort(contract->rpcs, contract->n_rpcs, sizeof(*contract->rpcs), compare_rpcs);

	for (size_t i = 0; i < contract->n_rpcs; i++) {
		const struct rpc *rpc = &contract->rpcs[i];

		route_check(contract, rpc);
		for (size_t k = 0; k < i; k++)
			if (text_equal(rpc->c_name, contract->rpcs[k].c_name))
				error_at(
					rpc->file->path, rpc->line,
					"method %s has the name of %s: one service's methods share "
					"one name space",
					rpc->full_name, contract->rpcs[k].full_name);
	}
}

bool contract_read(struct contract *contract, const char *set_file)
{
	ProtobufCAllocator allocator = {allocate, release, &contract->arena};
	CLEANUP(buf_fini) struct buf bytes = {0};
	const Google__Protobuf__FileDescriptorSet *set;

	*contract = (struct contract){.n_files = 0};
	if (!input_read(set_file, &bytes))
		return false;
	set = google__protobuf__file_descriptor_set__unpack(&allocator, bytes.size,
							    (const uint8_t *)bytes.data);
	if (!set)
		return false;

	contract->n_files = set->n_file;
	contract->files = arena_array(&contract->arena, set->n_file, sizeof(*contract->files));
	for (size_t i = 0; i < set->n_file; i++)
		read_file(contract, &contract->files[i], set->file[i]);
	read_types(contract);
	read_rpcs(contract);

	return true;
}

void contract_fini(struct contract *contract)
{
	arena_fini(&contract->arena);
}

struct type *contract_type(const struct contract *contract, const char *name)
{
	for (size_t i = 0; i < contract->n_types; i++) {
		struct type *type = &contract->types[i];

		if (text_equal(type->short_name, name) || text_equal(type->full_name, name))
			return type;
	}

	return NULL;
}

const struct field *type_field(const struct type *type, const char *name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (text_equal(type->fields[i].name, name))
			return &type->fields[i];

	return NULL;
}

bool field_is(const struct field *field, Google__Protobuf__FieldDescriptorProto__Type type)
{
	return field->proto->type == type;
}

bool field_is_message(const struct field *field, const char *full_name)
{
	return field->type && text_equal(field->type->full_name, full_name);
}

const struct field *type_masked(const struct type *request)
{
	const struct field *mask = type_field(request, "update_mask"), *only = NULL;
	const char *name = request->message->name;

	if (!mask || !field_is_message(mask, "google.protobuf.FieldMask"))
		return NULL;

	for (size_t i = 0; i < request->n_fields; i++) {
		const struct field *field = &request->fields[i];
		char resource[128] = "";

		if (field == mask || !field->type || field->type->is_enum || field->repeated ||
		    field->in_oneof || text_starts(field->type->full_name, "google."))
			continue;
		cname_snake_into(name + (text_starts(name, "Update") ? strlen("Update") : 0),
				 resource, sizeof(resource));
		if (text_starts(resource, field->name) &&
		    text_equal(resource + strlen(field->name), "_request"))
			return field;
		if (only)
			return NULL;
		only = field;
	}

	return only;
}

const char *file_header(const struct contract *contract, const struct file *file)
{
	const char *name = file->proto->name;

	return arena_printf((struct arena *)&contract->arena, "%.*s.pb-c.h",
			    (int)(strlen(name) - strlen(".proto")), name);
}
