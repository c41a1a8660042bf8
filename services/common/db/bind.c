/* From a request's fields to a statement's parameters, in PostgreSQL's binary form. */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/text.h"
#include "conn.h"

static const void *member_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *f)
{
	return (const char *)message + f->offset;
}

static bool is_absent(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *f)
{
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return *(const uint32_t *)((const char *)message + f->quantifier_offset) != f->id;

	return f->type == PROTOBUF_C_TYPE_MESSAGE &&
	       !*(const ProtobufCMessage *const *)member_of(message, f);
}

/* Through the singular submessages [from, to) of the path; NULL where one is absent. */
static const ProtobufCMessage *walk(const ProtobufCMessage *message, const struct path *path,
				    unsigned from, unsigned to)
{
	for (unsigned i = from; i < to && message; i++) {
		if (is_absent(message, path->hops[i]))
			return NULL;
		message = *(const ProtobufCMessage *const *)member_of(message, path->hops[i]);
	}

	return message;
}

/* False when it does not fit int64. */
static bool integer_of(const ProtobufCFieldDescriptor *f, const void *member, int64_t *ret)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		*ret = *(const int64_t *)member;
		return true;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		*ret = (int64_t) * (const uint64_t *)member;
		return *ret >= 0;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		*ret = *(const uint32_t *)member;
		return true;
	default:
		*ret = *(const int32_t *)member;
		return true;
	}
}

static struct value bytes_value(const void *bytes, size_t size)
{
	return (struct value){bytes, (int)size};
}

static enum status integer_value(struct call *c, const struct param *p, int64_t n,
				 struct value *ret)
{
	char *to = arena_alloc(c->arena, 8);

	switch (p->type->kind) {
	case PG_INT2:
		if (n < INT16_MIN || n > INT16_MAX)
			return call_violation(c, p->field, "is out of range");
		put_be16(to, (uint16_t)n);
		*ret = bytes_value(to, 2);
		return STATUS_OK;
	case PG_INT4:
		if (n < INT32_MIN || n > INT32_MAX)
			return call_violation(c, p->field, "is out of range");
		put_be32(to, (uint32_t)n);
		*ret = bytes_value(to, 4);
		return STATUS_OK;
	default:
		put_be64(to, (uint64_t)n);
		*ret = bytes_value(to, 8);
		return STATUS_OK;
	}
}

static enum status real_value(struct call *c, const struct param *p, double n, struct value *ret)
{
	char *to = arena_alloc(c->arena, 8);
	float narrow = (float)n;
	uint32_t bits32;
	uint64_t bits64;

	memcpy(&bits32, &narrow, 4);
	memcpy(&bits64, &n, 8);
	if (p->type->kind == PG_FLOAT4)
		put_be32(to, bits32);
	else
		put_be64(to, bits64);
	*ret = bytes_value(to, p->type->kind == PG_FLOAT4 ? 4 : 8);

	return STATUS_OK;
}

/* The first value of an enum is "…_UNSPECIFIED"; what stands before that is no part of the names in
 * a table. */
static const char *enum_name(const ProtobufCEnumDescriptor *type, int number)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, number);
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);

	if (!value || number == 0)
		return NULL;
	if (zero && text_ends(zero->name, "UNSPECIFIED"))
		return value->name + strlen(zero->name) - strlen("UNSPECIFIED");

	return value->name;
}

static enum status string_value(struct call *c, const struct param *p, const char *string,
				struct value *ret)
{
	int32_t day;
	char *to;

	if (p->type->kind == PG_TEXT) {
		*ret = bytes_value(string, strlen(string));
		return STATUS_OK;
	}
	if (!*string) {
		*ret = (struct value){0};
		return STATUS_OK;
	}

	switch (p->type->kind) {
	case PG_UUID:
		to = arena_alloc(c->arena, 16);
		if (!id_to_bytes(string, (uint8_t *)to))
			return call_violation(c, p->field, "is not a UUID");
		*ret = bytes_value(to, 16);
		return STATUS_OK;
	case PG_DATE:
		to = arena_alloc(c->arena, 4);
		if (!text_date(string, &day))
			return call_violation(c, p->field, "is not a date (YYYY-MM-DD)");
		put_be32(to, (uint32_t)(day - PG_EPOCH_DAYS));
		*ret = bytes_value(to, 4);
		return STATUS_OK;
	default: /* jsonb: a version, then the text */
		to = arena_printf(c->arena, "\001%s", string);
		*ret = bytes_value(to, strlen(to));
		return STATUS_OK;
	}
}

static struct value time_value(struct call *c, int64_t us)
{
	char *to = arena_alloc(c->arena, 8);

	put_be64(to, (uint64_t)(us - PG_EPOCH_US));

	return bytes_value(to, 8);
}

static enum status timestamp_value(struct call *c, const struct param *p,
				   const struct timestamp *time, struct value *ret)
{
	if (!time) {
		*ret = (struct value){0};
		return STATUS_OK;
	}
	if (time->seconds < -INT64_C(62135596800) || time->seconds > INT64_C(253402300799))
		return call_violation(c, p->field, "is outside the years 1 to 9999");
	*ret = time_value(c, time->seconds * 1000000 + time->nanos / 1000);

	return STATUS_OK;
}

static enum status scalar(struct call *c, const struct param *p, const void *member,
			  struct value *ret)
{
	const ProtobufCFieldDescriptor *f = p->path.hops[p->path.n - 1];
	const ProtobufCBinaryData *bytes;
	const char *name;
	int64_t n;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return string_value(c, p, *(const char *const *)member, ret);
	case PROTOBUF_C_TYPE_BYTES:
		bytes = member;
		*ret = bytes_value(bytes->len ? (const char *)bytes->data : "", bytes->len);
		return STATUS_OK;
	case PROTOBUF_C_TYPE_BOOL:
		*ret = bytes_value(*(const protobuf_c_boolean *)member ? "\001" : "\0", 1);
		return STATUS_OK;
	case PROTOBUF_C_TYPE_FLOAT:
		return real_value(c, p, (double)*(const float *)member, ret);
	case PROTOBUF_C_TYPE_DOUBLE:
		return real_value(c, p, *(const double *)member, ret);
	case PROTOBUF_C_TYPE_MESSAGE:
		return timestamp_value(c, p, *(const struct timestamp *const *)member, ret);
	case PROTOBUF_C_TYPE_ENUM:
		if (p->type->kind != PG_TEXT)
			break;
		name = enum_name(f->descriptor, *(const int *)member);
		*ret = name ? bytes_value(name, strlen(name)) : (struct value){0};
		return STATUS_OK;
	default:
		break;
	}
	if (!integer_of(f, member, &n))
		return call_violation(c, p->field, "is out of range");

	return integer_value(c, p, n, ret);
}

struct value bind_array(struct arena *arena, const struct pg_type *element,
			const struct value *values, size_t n)
{
	size_t size = n ? 20 : 12;
	bool nulls = false;
	char *bytes, *to;

	for (size_t i = 0; i < n; i++) {
		size += 4 + (values[i].bytes ? (size_t)values[i].size : 0);
		nulls = nulls || !values[i].bytes;
	}
	assert(size <= INT_MAX);

	bytes = to = arena_alloc(arena, size);
	put_be32(to, n ? 1 : 0); /* dimensions */
	put_be32(to + 4, nulls);
	put_be32(to + 8, element->oid);
	to += 12;
	if (n) {
		put_be32(to, (uint32_t)n);
		put_be32(to + 4, 1); /* lower bound */
		to += 8;
	}
	for (size_t i = 0; i < n; i++) {
		put_be32(to, values[i].bytes ? (uint32_t)values[i].size : UINT32_MAX);
		to += 4;
		if (!values[i].bytes)
			continue;
		memcpy(to, values[i].bytes, (size_t)values[i].size);
		to += values[i].size;
	}

	return bytes_value(bytes, size);
}

/* A repeated scalar, or one field of each of the repeated messages. */
static enum status array(struct call *c, const struct param *p, const ProtobufCMessage *in,
			 struct value *ret)
{
	const ProtobufCFieldDescriptor *last = p->path.hops[p->path.n - 1];
	unsigned at = p->repeated >= 0 ? (unsigned)p->repeated : p->path.n - 1;
	const ProtobufCFieldDescriptor *f = p->path.hops[at];
	const ProtobufCMessage *holder = walk(in, &p->path, 0, at);
	size_t n = holder ? *(const size_t *)((const char *)holder + f->quantifier_offset) : 0;
	const char *items = holder ? *(const char *const *)member_of(holder, f) : NULL;
	struct value *values = arena_array(c->arena, n + 1, sizeof(*values));

	for (size_t i = 0; i < n; i++) {
		const ProtobufCMessage *item;

		if (p->repeated < 0) {
			TRY(scalar(c, p, items + i * field_size(f), &values[i]));
			continue;
		}
		item = walk(((const ProtobufCMessage *const *)(const void *)items)[i], &p->path,
			    at + 1, p->path.n - 1);
		if (item && !is_absent(item, last))
			TRY(scalar(c, p, member_of(item, last), &values[i]));
	}
	*ret = bind_array(c->arena, p->type, values, n);

	return STATUS_OK;
}

static enum status from_field(struct call *c, const struct param *p, const ProtobufCMessage *in,
			      struct value *ret)
{
	const ProtobufCFieldDescriptor *last = p->path.hops[p->path.n - 1];
	const ProtobufCMessage *holder;

	if (p->array)
		return array(c, p, in, ret);

	holder = walk(in, &p->path, 0, p->path.n - 1);
	if (!holder || is_absent(holder, last)) {
		*ret = (struct value){0};
		return STATUS_OK;
	}

	return scalar(c, p, member_of(holder, last), ret);
}

/* google.protobuf.FieldMask, whichever header declares it. */
struct field_mask {
	ProtobufCMessage base;
	size_t n_paths;
	char **paths;
};

/* Whether the field has a value that the wire would carry. */
static bool is_set(const ProtobufCMessage *message, const struct path *path)
{
	const ProtobufCFieldDescriptor *f = path->hops[path->n - 1];
	const char *member;
	static const char zeroes[8];

	message = walk(message, path, 0, path->n - 1);
	if (!message || is_absent(message, f))
		return false;
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)((const char *)message + f->quantifier_offset) > 0;

	member = member_of(message, f);
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF || f->type == PROTOBUF_C_TYPE_MESSAGE)
		return true;
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return **(const char *const *)(const void *)member != 0;
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)(const void *)member)->len > 0;

	return memcmp(member, zeroes, field_size(f)) != 0;
}

static bool is_masked(const struct param *p, const ProtobufCMessage *in)
{
	const struct field_mask *mask =
		p->mask ? *(const struct field_mask *const *)member_of(in, p->mask) : NULL;
	const ProtobufCMessage *resource =
		*(const ProtobufCMessage *const *)member_of(in, p->masked);

	if (!mask || mask->n_paths == 0)
		return resource && is_set(resource, &p->path);

	for (size_t i = 0; i < mask->n_paths; i++) {
		const char *path = mask->paths[i];
		size_t size = strlen(path);

		if (strcmp(path, "*") == 0 || (strncmp(p->field, path, size) == 0 &&
					       (p->field[size] == 0 || p->field[size] == '.')))
			return true;
	}

	return false;
}

static enum status text_value(struct call *c, const struct param *p, const char *text,
			      struct value *ret)
{
	*ret = (struct value){0};

	return text && *text ? string_value(c, p, text, ret) : STATUS_OK;
}

enum status bind_params(struct call *c, struct db *db, const struct plan *plan,
			const ProtobufCMessage *in, struct value **ret_values)
{
	size_t n = plan->sql->n_params;
	struct value *values = arena_array(c->arena, n + 1, sizeof(*values));
	const struct value *keys = NULL;

	if (plan->n_keys)
		TRY(page_read(c, db, plan, in, &keys));

	for (size_t i = 0; i < n; i++) {
		const struct param *p = &plan->params[i];
		struct value *v = &values[i];

		switch (p->source) {
		case SQL_FIELD:
			TRY(from_field(c, p, in, v));
			break;
		case SQL_MASK:
			*v = bytes_value(is_masked(p, in) ? "\001" : "\0", 1);
			break;
		case SQL_AFTER:
			if (keys)
				*v = keys[p->key];
			break;
		case SQL_LIMIT:
			TRY(integer_value(c, p, page_limit(plan, in) + (plan->n_keys > 0), v));
			break;
		case SQL_CALLER:
			TRY(text_value(c, p, c->caller ? c->caller->person_id : NULL, v));
			break;
		case SQL_CALLER_KEY:
			TRY(text_value(c, p, c->caller ? c->caller->id : NULL, v));
			break;
		case SQL_NOW:
			*v = time_value(c, c->now_us);
			break;
		case SQL_NEW_ID:
			TRY(text_value(c, p, call_new_id(c), v));
			break;
		case SQL_REQUEST_ID:
			TRY(text_value(c, p, c->request_id, v));
			break;
		}
	}
	*ret_values = values;

	return STATUS_OK;
}
