/* From result rows to a reply's fields. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/text.h"
#include "conn.h"

static void *member_of(ProtobufCMessage *message, const ProtobufCFieldDescriptor *f)
{
	return (char *)message + f->offset;
}

static ProtobufCMessage *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

	protobuf_c_message_init(type, message);

	return message;
}

static void choose(ProtobufCMessage *message, const ProtobufCFieldDescriptor *f)
{
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		*(uint32_t *)(void *)((char *)message + f->quantifier_offset) = f->id;
}

/* The message that holds the path's last field, made on the way. */
static ProtobufCMessage *reach(struct call *c, ProtobufCMessage *message, const struct path *path)
{
	for (unsigned i = 0; i + 1 < path->n; i++) {
		const ProtobufCFieldDescriptor *f = path->hops[i];
		ProtobufCMessage **sub = member_of(message, f);
		bool other = f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
			     *(uint32_t *)(void *)((char *)message + f->quantifier_offset) != f->id;

		if (!*sub || other)
			*sub = message_new(c->arena, f->descriptor);
		choose(message, f);
		message = *sub;
	}

	return message;
}

static int enum_number(const ProtobufCEnumDescriptor *type, const char *name, size_t size)
{
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);
	size_t prefix = zero && text_ends(zero->name, "UNSPECIFIED")
				? strlen(zero->name) - strlen("UNSPECIFIED")
				: 0;

	for (unsigned i = 0; i < type->n_values; i++) {
		const char *known = type->values[i].name + prefix;

		if (strlen(known) == size && memcmp(known, name, size) == 0)
			return type->values[i].value;
	}

	return 0; /* a newer binary's word */
}

/* Base 10,000 digits; fractions are dropped for integers. */
static double numeric_of(const char *bytes, int size, int64_t *ret_integer)
{
	int digits = size >= 8 ? get_be16(bytes) : 0;
	int weight = size >= 8 ? (int16_t)get_be16(bytes + 2) : 0;
	uint16_t sign = size >= 8 ? get_be16(bytes + 4) : 0;
	double real = 0;
	int64_t integer = 0;

	for (int i = 0; i <= weight || i < digits; i++) {
		int digit = i < digits && size >= 8 + 2 * (i + 1) ? get_be16(bytes + 8 + 2 * i) : 0;

		real += digit * pow(10000, weight - i);
		if (i <= weight && (__builtin_mul_overflow(integer, 10000, &integer) ||
				    __builtin_add_overflow(integer, digit, &integer)))
			integer = INT64_MAX;
	}
	*ret_integer = sign ? -integer : integer;

	return sign == 0x4000 ? -real : sign == 0xC000 ? NAN : real;
}

static void put_integer(const ProtobufCFieldDescriptor *f, int64_t n, void *to)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		*(int64_t *)to = n;
		break;
	default:
		*(int32_t *)to = (int32_t)n;
		break;
	}
}

static void put_real(const ProtobufCFieldDescriptor *f, double n, void *to)
{
	if (f->type == PROTOBUF_C_TYPE_FLOAT)
		*(float *)to = (float)n;
	else
		*(double *)to = n;
}

static void put_time(struct call *c, const ProtobufCFieldDescriptor *f, int64_t us, void *to)
{
	struct timestamp *time;
	int64_t seconds, rest;

	if (us == INT64_MAX || us == INT64_MIN)
		return; /* infinity: absent */

	time = (struct timestamp *)message_new(c->arena, f->descriptor);
	us += PG_EPOCH_US;
	seconds = us / 1000000;
	rest = us % 1000000;
	if (rest < 0) {
		rest += 1000000;
		seconds--;
	}
	time->seconds = seconds;
	time->nanos = (int32_t)rest * 1000;
	*(struct timestamp **)to = time;
}

static void put_bytes(struct call *c, const char *bytes, int size, void *to)
{
	ProtobufCBinaryData *data = to;

	data->data = (uint8_t *)arena_copy(c->arena, bytes, (size_t)size);
	data->len = (size_t)size;
}

/* One value that is not NULL into the memory of a field or of an element. */
static void put(struct call *c, const struct pg_type *type, const ProtobufCFieldDescriptor *f,
		const char *bytes, int size, void *to)
{
	char *text;
	float narrow;
	double wide;
	uint32_t bits32;
	uint64_t bits64;
	int64_t n;

	switch (type->kind) {
	case PG_BOOL:
		*(protobuf_c_boolean *)to = size == 1 && *bytes;
		break;
	case PG_INT2:
		put_integer(f, (int16_t)get_be16(bytes), to);
		break;
	case PG_INT4:
		put_integer(f, (int32_t)get_be32(bytes), to);
		break;
	case PG_INT8:
		put_integer(f, (int64_t)get_be64(bytes), to);
		break;
	case PG_FLOAT4:
		bits32 = get_be32(bytes);
		memcpy(&narrow, &bits32, 4);
		put_real(f, (double)narrow, to);
		break;
	case PG_FLOAT8:
		bits64 = get_be64(bytes);
		memcpy(&wide, &bits64, 8);
		put_real(f, wide, to);
		break;
	case PG_NUMERIC:
		wide = numeric_of(bytes, size, &n);
		if (f->type == PROTOBUF_C_TYPE_FLOAT || f->type == PROTOBUF_C_TYPE_DOUBLE)
			put_real(f, wide, to);
		else
			put_integer(f, n, to);
		break;
	case PG_TEXT:
		if (f->type == PROTOBUF_C_TYPE_ENUM)
			*(int *)to = enum_number(f->descriptor, bytes, (size_t)size);
		else
			*(char **)to = arena_copy(c->arena, bytes, (size_t)size);
		break;
	case PG_JSONB:
		*(char **)to = arena_copy(c->arena, bytes + 1, (size_t)size - 1);
		break;
	case PG_BYTEA:
		put_bytes(c, bytes, size, to);
		break;
	case PG_UUID:
		text = arena_alloc(c->arena, ID_SIZE);
		id_from_bytes((const uint8_t *)bytes, text);
		*(char **)to = text;
		break;
	case PG_DATE:
		text = arena_alloc(c->arena, 16);
		text_from_date((int32_t)get_be32(bytes) + PG_EPOCH_DAYS, text);
		*(char **)to = text;
		break;
	case PG_TIMESTAMP:
		put_time(c, f, (int64_t)get_be64(bytes), to);
		break;
	}
}

/* NULL elements become empty ones, since a repeated field cannot say NULL. */
static void put_array(struct call *c, const struct pg_type *type, const ProtobufCFieldDescriptor *f,
		      const char *bytes, int size, ProtobufCMessage *holder)
{
	const char *end = bytes + size;
	size_t n = size >= 20 && get_be32(bytes) == 1 ? get_be32(bytes + 12) : 0;
	size_t step = field_size(f);
	char *items;

	if (n == 0 || n > (size_t)size / 4)
		return;

	items = arena_array(c->arena, n, step);
	bytes += 20;
	for (size_t i = 0; i < n && end - bytes >= 4; i++) {
		int32_t length = (int32_t)get_be32(bytes);

		bytes += 4;
		if (f->type == PROTOBUF_C_TYPE_STRING)
			*(const char **)(void *)(items + i * step) = "";
		else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			*(ProtobufCMessage **)(void *)(items + i * step) =
				message_new(c->arena, f->descriptor);
		if (length < 0)
			continue;
		put(c, type, f, bytes, length, items + i * step);
		bytes += length;
	}
	*(char **)member_of(holder, f) = items;
	*(size_t *)(void *)((char *)holder + f->quantifier_offset) = n;
}

static void fill(struct call *c, const struct plan *plan, const PGresult *result, int row,
		 int shift, ProtobufCMessage *ret)
{
	for (size_t i = 0; i < plan->n_columns; i++) {
		const struct column *column = &plan->columns[i];
		const ProtobufCFieldDescriptor *f = column->path.hops[column->path.n - 1];
		int number = column->number + shift;
		ProtobufCMessage *holder;

		if (PQgetisnull(result, row, number))
			continue;

		const char *bytes = PQgetvalue(result, row, number);
		int size = PQgetlength(result, row, number);

		holder = reach(c, ret, &column->path);
		if (column->array) {
			put_array(c, column->type, f, bytes, size, holder);
			continue;
		}
		put(c, column->type, f, bytes, size, member_of(holder, f));
		choose(holder, f);
	}
}

static void next_page(struct call *c, struct db *db, const struct plan *plan,
		      const ProtobufCMessage *in, const PGresult *result, int row,
		      ProtobufCMessage *ret)
{
	struct value keys[SQL_MAX_KEYS];

	for (unsigned i = 0; i < plan->n_keys; i++) {
		keys[i] = (struct value){0};
		if (PQgetisnull(result, row, plan->keys[i]))
			continue;
		keys[i].bytes = PQgetvalue(result, row, plan->keys[i]);
		keys[i].size = PQgetlength(result, row, plan->keys[i]);
	}
	*(char **)member_of(ret, plan->next_page_token) = page_write(c, db, plan, in, keys);
}

/* How many of the rows make a page: no more than were asked for, and no more than a message holds,
 * but one at least. */
static int page_rows(const struct plan *plan, const ProtobufCMessage *in, const PGresult *result,
		     int first, int n)
{
	int limit = (int)page_limit(plan, in), rows = 0;
	size_t bytes = 0;

	while (rows < n && rows < limit) {
		for (int k = 0; k < PQnfields(result); k++)
			bytes += (size_t)PQgetlength(result, first + rows, k);
		if (rows > 0 && bytes > PAGE_BYTES_MAX)
			break;
		rows++;
	}

	return rows;
}

enum status row_fill(struct call *c, struct db *db, const struct plan *plan,
		     const ProtobufCMessage *in, const PGresult *result, int first, int n,
		     int shift, ProtobufCMessage *ret)
{
	size_t step;
	char *items;

	switch (plan->sql->shape) {
	case SQL_NONE:
		return STATUS_OK;
	case SQL_ONE:
		fill(c, plan, result, first, shift, ret);
		return STATUS_OK;
	case SQL_MANY:
		break;
	}

	if (plan->n_keys) {
		int rows = page_rows(plan, in, result, first, n);

		if (rows < n)
			next_page(c, db, plan, in, result, first + rows - 1, ret);
		n = rows;
	}

	step = field_size(plan->rows);
	items = arena_array(c->arena, (size_t)n + 1, step);
	for (int i = 0; i < n; i++) {
		char *item = items + (size_t)i * step;

		if (plan->row) {
			*(ProtobufCMessage **)(void *)item = message_new(c->arena, plan->row);
			fill(c, plan, result, first + i, shift, *(ProtobufCMessage **)(void *)item);
		} else if (!PQgetisnull(result, first + i, shift)) {
			put(c, plan->columns[0].type, plan->rows,
			    PQgetvalue(result, first + i, shift),
			    PQgetlength(result, first + i, shift), item);
		} else if (plan->rows->type == PROTOBUF_C_TYPE_STRING) {
			*(const char **)(void *)item = "";
		}
	}
	*(char **)member_of(ret, plan->rows) = items;
	*(size_t *)(void *)((char *)ret + plan->rows->quantifier_offset) = (size_t)n;

	return STATUS_OK;
}
