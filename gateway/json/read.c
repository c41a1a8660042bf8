/* JSON to messages: jansson reads the text, the descriptor says what each value must be. */
#include "json/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/text.h"
#include "rpc/wire.h"
#include "json/field.h"

#define MAX_SECONDS_OF_DURATION INT64_C(315576000000)
#define EXACT_DOUBLE            9007199254740992.0 /* 2^53 */
#define NAME_SHOWN              64

/* Where the reader is, innermost first: for the violation's path. */
struct place {
	const struct place *outer;
	const char *name; /* NULL: an item */
	size_t name_size;
	size_t index;
};

struct reader {
	struct call *c;
	bool from_text; /* from a query or a path: numbers and booleans come as strings */
};

static enum status read_message(struct reader *r, const struct place *at, const json_t *json,
				ProtobufCMessage *message);

static void add_path(const struct place *at, struct buf *to)
{
	size_t size = at->name_size;

	if (at->outer != NULL)
		add_path(at->outer, to);
	if (at->name == NULL) {
		buf_add_format(to, "[%zu]", at->index);
		return;
	}
	if (size == 0)
		return;
	if (to->size > 0)
		buf_add_char(to, '.');
	if (size > NAME_SHOWN) /* cut between characters */
		for (size = NAME_SHOWN; ((unsigned char)at->name[size] & 0xc0) == 0x80;)
			size--;
	buf_add(to, at->name, size);
}

static enum status refuse(struct reader *r, const struct place *at, const char *what)
{
	CLEANUP(buf_fini) struct buf path = {0};

	add_path(at, &path);
	return call_violation(r->c, path.size == 0 ? "" : path.data, "%s", what);
}

/* An integer of JSON: 1, "1", 1.0, 1e3, but not 1.5. The two halves cover int64 and uint64. */
struct integer {
	bool negative;
	uint64_t size; /* the absolute value */
};

static bool integer_from_double(double number, struct integer *ret)
{
	double size = fabs(number);

	if (isnan(number) || size >= 18446744073709551616.0 || floor(size) != size)
		return false;

	ret->negative = number < 0;
	ret->size = (uint64_t)size;
	return true;
}

static bool integer_from_text(const char *text, struct integer *ret)
{
	const char *digits = *text == '-' ? text + 1 : text;
	double number;

	if (*digits < '0' || *digits > '9' ||
	    (*digits == '0' && digits[1] >= '0' && digits[1] <= '9'))
		return false;
	if (text_uint64(digits, &ret->size)) {
		ret->negative = *text == '-' && ret->size != 0;
		return true;
	}
	return text_double(text, &number) && fabs(number) <= EXACT_DOUBLE &&
	       integer_from_double(number, ret);
}

static bool integer_from_json(const json_t *json, struct integer *ret)
{
	int64_t value;

	if (json_is_string(json))
		return integer_from_text(json_string_value(json), ret);
	if (json_is_real(json))
		return integer_from_double(json_real_value(json), ret);
	if (!json_is_integer(json))
		return false;

	value = json_integer_value(json);
	ret->negative = value < 0;
	ret->size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	return true;
}

static enum status read_signed(struct reader *r, const struct place *at, const json_t *json,
			       int64_t max, int64_t *ret)
{
	struct integer number;

	if (!integer_from_json(json, &number))
		return refuse(r, at, "must be an integer");
	if (number.size > (uint64_t)max + (number.negative ? 1 : 0))
		return refuse(r, at, "is out of range");

	*ret = number.negative ? (int64_t)(0 - number.size) : (int64_t)number.size;
	return STATUS_OK;
}

static enum status read_unsigned(struct reader *r, const struct place *at, const json_t *json,
				 uint64_t max, uint64_t *ret)
{
	struct integer number;

	if (!integer_from_json(json, &number))
		return refuse(r, at, "must be an integer");
	if (number.negative || number.size > max)
		return refuse(r, at, "is out of range");

	*ret = number.size;
	return STATUS_OK;
}

static enum status read_real(struct reader *r, const struct place *at, const json_t *json,
			     bool single, double *ret)
{
	double number;

	if (json_is_number(json)) {
		number = json_number_value(json);
	} else if (!json_is_string(json)) {
		return refuse(r, at, "must be a number");
	} else if (strcmp(json_string_value(json), "NaN") == 0) {
		*ret = NAN;
		return STATUS_OK;
	} else if (strcmp(json_string_value(json), "Infinity") == 0) {
		*ret = INFINITY;
		return STATUS_OK;
	} else if (strcmp(json_string_value(json), "-Infinity") == 0) {
		*ret = -INFINITY;
		return STATUS_OK;
	} else if (!text_double(json_string_value(json), &number) || !isfinite(number)) {
		return refuse(r, at, "must be a number");
	}

	if (single && isinf((float)number))
		return refuse(r, at, "is out of range");
	*ret = number;
	return STATUS_OK;
}

static enum status read_bool(struct reader *r, const struct place *at, const json_t *json,
			     protobuf_c_boolean *ret)
{
	if (json_is_boolean(json)) {
		*ret = json_is_true(json);
		return STATUS_OK;
	}
	if (r->from_text && json_is_string(json)) {
		const char *text = json_string_value(json);

		if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
			*ret = text[0] == 't';
			return STATUS_OK;
		}
	}
	return refuse(r, at, "must be true or false");
}

static enum status read_enum(struct reader *r, const struct place *at, const json_t *json,
			     const ProtobufCEnumDescriptor *type, int32_t *ret)
{
	int64_t number;

	if (json_is_string(json)) {
		const ProtobufCEnumValue *value =
			protobuf_c_enum_descriptor_get_value_by_name(type, json_string_value(json));

		if (value != NULL) {
			*ret = value->value;
			return STATUS_OK;
		}
		if (!r->from_text || !text_int64(json_string_value(json), &number))
			return refuse(r, at, "is none of the names of its enum");
	}

	TRY(read_signed(r, at, json, INT32_MAX, &number));
	*ret = (int32_t)number;
	return STATUS_OK;
}

static enum status read_string(struct reader *r, const struct place *at, const json_t *json,
			       char **ret)
{
	if (!json_is_string(json))
		return refuse(r, at, "must be a string");

	*ret = arena_copy(r->c->arena, json_string_value(json), json_string_length(json));
	return STATUS_OK;
}

static enum status read_bytes(struct reader *r, const struct place *at, const json_t *json,
			      ProtobufCBinaryData *ret)
{
	uint8_t *data;
	size_t size;

	if (!json_is_string(json))
		return refuse(r, at, "must be a base64 string");
	data = text_unbase64(r->c->arena, json_string_value(json), json_string_length(json), &size);
	if (data == NULL)
		return refuse(r, at, "must be a base64 string");

	ret->data = data;
	ret->len = size;
	return STATUS_OK;
}

static enum status read_value(struct reader *r, const struct place *at, const json_t *json,
			      const ProtobufCFieldDescriptor *field, void *ret)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32: {
		int64_t number;

		TRY(read_signed(r, at, json, INT32_MAX, &number));
		*(int32_t *)ret = (int32_t)number;
		return STATUS_OK;
	}
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32: {
		uint64_t number = 0;

		TRY(read_unsigned(r, at, json, UINT32_MAX, &number));
		*(uint32_t *)ret = (uint32_t)number;
		return STATUS_OK;
	}
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return read_signed(r, at, json, INT64_MAX, ret);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_unsigned(r, at, json, UINT64_MAX, ret);
	case PROTOBUF_C_TYPE_FLOAT: {
		double number;

		TRY(read_real(r, at, json, true, &number));
		*(float *)ret = (float)number;
		return STATUS_OK;
	}
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_real(r, at, json, false, ret);
	case PROTOBUF_C_TYPE_BOOL:
		return read_bool(r, at, json, ret);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(r, at, json, field->descriptor, ret);
	case PROTOBUF_C_TYPE_STRING:
		return read_string(r, at, json, ret);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(r, at, json, ret);
	case PROTOBUF_C_TYPE_MESSAGE: {
		ProtobufCMessage *message = wire_new(r->c->arena, field->descriptor);

		TRY(read_message(r, at, json, message));
		*(ProtobufCMessage **)ret = message;
		return STATUS_OK;
	}
	}
	return refuse(r, at, "cannot be given here");
}

/* Room for one more item at the end of a repeated field; arrays grow by doubling. */
static void *append(struct reader *r, ProtobufCMessage *message,
		    const ProtobufCFieldDescriptor *field)
{
	size_t *n = (size_t *)((char *)message + field->quantifier_offset);
	char **items = (char **)((char *)message + field->offset);
	size_t size = json_value_size(field);

	if (*n == 0 || (*n & (*n - 1)) == 0) {
		char *grown = arena_array(r->c->arena, *n == 0 ? 1 : 2 * *n, size);

		if (*n > 0)
			memcpy(grown, *items, *n * size);
		*items = grown;
	}
	return *items + (*n)++ * size;
}

static enum status read_list(struct reader *r, const struct place *at, const json_t *json,
			     ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	size_t n = json_array_size(json), size = json_value_size(field);
	char *items;

	if (!json_is_array(json))
		return refuse(r, at, "must be a list");

	items = arena_array(r->c->arena, n, size);
	for (size_t i = 0; i < n; i++) {
		struct place item = {.outer = at, .index = i};
		const json_t *value = json_array_get(json, i);

		if (json_is_null(value))
			return refuse(r, &item, "must not be null");
		TRY(read_value(r, &item, value, field, items + i * size));
	}
	*(char **)((char *)message + field->offset) = items;
	*(size_t *)((char *)message + field->quantifier_offset) = n;

	return STATUS_OK;
}

static enum status read_map_key(struct reader *r, const struct place *at, const char *key,
				const ProtobufCFieldDescriptor *field, void *ret)
{
	struct reader as_text = {.c = r->c, .from_text = true};
	json_t *json = json_string(key);
	enum status status = read_value(&as_text, at, json, field, ret);

	json_decref(json);
	return status;
}

static enum status read_map(struct reader *r, const struct place *at, const json_t *json,
			    ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *type = field->descriptor;
	ProtobufCMessage **entries;
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!json_is_object(json))
		return refuse(r, at, "must be an object");

	entries = arena_array(r->c->arena, json_object_size(json), sizeof(*entries));
	json_object_foreach((json_t *)json, key, value)
	{
		struct place entry = {.outer = at, .name = key, .name_size = strlen(key)};
		ProtobufCMessage *made = wire_new(r->c->arena, type);

		if (json_is_null(value))
			return refuse(r, &entry, "must not be null");
		TRY(read_map_key(r, &entry, key, &type->fields[0],
				 (char *)made + type->fields[0].offset));
		TRY(read_value(r, &entry, value, &type->fields[1],
			       (char *)made + type->fields[1].offset));
		entries[n++] = made;
	}
	*(ProtobufCMessage ***)((char *)message + field->offset) = entries;
	*(size_t *)((char *)message + field->quantifier_offset) = n;

	return STATUS_OK;
}

/* Takes up to nine digits after a point; false when there are more, or none. */
static bool read_fraction(const char **text, int32_t *ret_nanos)
{
	int32_t nanos = 0;
	int digits = 0;

	if (**text == '.') {
		(*text)++;
		for (; **text >= '0' && **text <= '9'; (*text)++, digits++)
			if (digits < 9)
				nanos = nanos * 10 + (**text - '0');
		if (digits == 0 || digits > 9)
			return false;
		for (; digits < 9; digits++)
			nanos *= 10;
	}
	*ret_nanos = nanos;
	return true;
}

static void set_seconds_and_nanos(ProtobufCMessage *message, int64_t seconds, int32_t nanos)
{
	const ProtobufCFieldDescriptor *fields = message->descriptor->fields;

	*(int64_t *)((char *)message + fields[0].offset) = seconds;
	*(int32_t *)((char *)message + fields[1].offset) = nanos;
}

static enum status read_timestamp(struct reader *r, const struct place *at, const json_t *json,
				  ProtobufCMessage *message)
{
	static const char form[] = "must be a time like 2024-05-01T08:00:00Z";
	const char *text = json_string_value(json);
	const char *point, *rest;
	int64_t us;
	int32_t nanos;

	if (text == NULL || strlen(text) > 64)
		return refuse(r, at, form);
	point = rest = text + strcspn(text, ".");
	if (!read_fraction(&rest, &nanos))
		return refuse(r, at, form);

	/* The fraction is kept to the nanosecond; text_time gets the rest. */
	if (!text_time(arena_printf(r->c->arena, "%.*s%s", (int)(point - text), text, rest), &us,
		       NULL))
		return refuse(r, at, form);
	if (us < INT64_C(-62135596800) * 1000000 || us > INT64_C(253402300799) * 1000000)
		return refuse(r, at, "must be in the years 1 to 9999");

	set_seconds_and_nanos(message, (us - (us % 1000000 + 1000000) % 1000000) / 1000000, nanos);
	return STATUS_OK;
}

static enum status read_duration(struct reader *r, const struct place *at, const json_t *json,
				 ProtobufCMessage *message)
{
	static const char form[] = "must be a duration like 1.5s";
	const char *text = json_string_value(json);
	bool negative = text != NULL && *text == '-';
	int64_t seconds = 0;
	int32_t nanos;

	if (text == NULL)
		return refuse(r, at, form);
	text += negative;
	if (*text < '0' || *text > '9')
		return refuse(r, at, form);
	for (; *text >= '0' && *text <= '9'; text++) {
		seconds = seconds * 10 + (*text - '0');
		if (seconds > MAX_SECONDS_OF_DURATION)
			return refuse(r, at, "is out of range");
	}
	if (!read_fraction(&text, &nanos) || strcmp(text, "s") != 0)
		return refuse(r, at, form);

	set_seconds_and_nanos(message, negative ? -seconds : seconds, negative ? -nanos : nanos);
	return STATUS_OK;
}

/* "displayName,a.b": camelCase or snake_case paths, kept as snake_case. */
static enum status read_field_mask(struct reader *r, const struct place *at, const json_t *json,
				   ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field = message->descriptor->fields;
	const char *text = json_string_value(json);

	if (text == NULL)
		return refuse(r, at, "must be a string of field names with commas between");
	while (*text != '\0') {
		size_t size = strcspn(text, ",");
		char *path = arena_alloc(r->c->arena, 2 * size + 1), *out = path;

		if (size == 0)
			return refuse(r, at, "has an empty field name");
		for (size_t i = 0; i < size; i++) {
			if (text[i] >= 'A' && text[i] <= 'Z') {
				*out++ = '_';
				*out++ = (char)(text[i] - 'A' + 'a');
			} else {
				*out++ = text[i];
			}
		}
		*(char **)append(r, message, field) = path;
		text += size + (text[size] == ',');
	}
	return STATUS_OK;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
						  const char *name, size_t size)
{
	for (unsigned i = 0; i < type->n_fields; i++)
		if (json_names(&type->fields[i], name, size))
			return &type->fields[i];
	return NULL;
}

/* Claims the field for this value: each may come once, and of a oneof only one. */
static enum status claim(struct reader *r, const struct place *at, ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field)
{
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		uint32_t *which = (uint32_t *)((char *)message + field->quantifier_offset);

		if (*which != 0)
			return refuse(r, at, "is one of several fields of which one may be given");
		*which = field->id;
	}
	return STATUS_OK;
}

static enum status read_object(struct reader *r, const struct place *at, const json_t *json,
			       ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	bool *seen = arena_array(r->c->arena, type->n_fields + 1, sizeof(*seen));
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return refuse(r, at, "must be an object");

	json_object_foreach((json_t *)json, key, value)
	{
		struct place place = {.outer = at, .name = key, .name_size = strlen(key)};
		const ProtobufCFieldDescriptor *field = find_field(type, key, place.name_size);

		if (field == NULL)
			return refuse(r, &place, "is not known");
		place.name = field->name;
		place.name_size = strlen(field->name);
		if (seen[field - type->fields])
			return refuse(r, &place, "is given twice");
		seen[field - type->fields] = true;
		if (json_is_null(value))
			continue;

		if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			TRY(claim(r, &place, message, field));
			TRY(read_value(r, &place, value, field, (char *)message + field->offset));
		} else if (json_is_map(field)) {
			TRY(read_map(r, &place, value, message, field));
		} else {
			TRY(read_list(r, &place, value, message, field));
		}
	}
	return STATUS_OK;
}

static enum status read_message(struct reader *r, const struct place *at, const json_t *json,
				ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *fields = message->descriptor->fields;

	switch (json_form(message->descriptor)) {
	case JSON_FORM_TIMESTAMP:
		return read_timestamp(r, at, json, message);
	case JSON_FORM_DURATION:
		return read_duration(r, at, json, message);
	case JSON_FORM_FIELD_MASK:
		return read_field_mask(r, at, json, message);
	case JSON_FORM_WRAPPER:
		return read_value(r, at, json, &fields[0], (char *)message + fields[0].offset);
	case JSON_FORM_ANY:
		return refuse(r, at, "cannot be given here");
	case JSON_FORM_OBJECT:
		break;
	}
	return read_object(r, at, json, message);
}

/* Brackets outside strings: the parser itself recurses far deeper than any message of ours. */
static bool too_deep(const char *text, size_t size)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < size; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
		} else if (text[i] == '"') {
			in_string = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > JSON_MAX_DEPTH)
				return true;
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		}
	}
	return false;
}

enum status json_read(struct call *c, const char *text, size_t size, const char *under,
		      ProtobufCMessage *message)
{
	struct place top = {.name = under, .name_size = strlen(under)};
	struct reader reader = {.c = c};
	json_error_t error;
	enum status status;
	json_t *json;

	if (too_deep(text, size))
		return call_violation(c, under, "is nested deeper than %d levels", JSON_MAX_DEPTH);

	json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	/* A uint64 above the int64 range written as a number: as a double it is exact or refused.
	 */
	if (json == NULL && json_error_code(&error) == json_error_numeric_overflow)
		json = json_loadb(
			text, size,
			JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
	if (json == NULL)
		return call_violation(c, under, "is no JSON: line %d, column %d: %s", error.line,
				      error.column, error.text);

	status = read_message(&reader, &top, json, message);
	json_decref(json);
	return status;
}

enum status json_read_field(struct call *c, ProtobufCMessage *message, const char *path,
			    const char *text)
{
	struct reader reader = {.c = c, .from_text = true};
	struct place top = {.name = path, .name_size = strlen(path)};
	const ProtobufCFieldDescriptor *field;
	enum status status;
	const char *name = path;
	json_t *json;
	void *value;

	for (;;) {
		size_t size = strcspn(name, ".");
		ProtobufCMessage **inner;

		field = find_field(message->descriptor, name, size);
		if (field == NULL)
			return refuse(&reader, &top, "is not known");
		if (name[size] == '\0')
			break;
		if (field->type != PROTOBUF_C_TYPE_MESSAGE ||
		    field->label == PROTOBUF_C_LABEL_REPEATED ||
		    json_form(field->descriptor) != JSON_FORM_OBJECT)
			return refuse(&reader, &top, "is not known");

		inner = (ProtobufCMessage **)((char *)message + field->offset);
		if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			const uint32_t *which =
				(const uint32_t *)((char *)message + field->quantifier_offset);

			if (*which != field->id) {
				TRY(claim(&reader, &top, message, field));
				*inner = NULL;
			}
		}
		if (*inner == NULL)
			*inner = wire_new(c->arena, field->descriptor);
		message = *inner;
		name += size + 1;
	}

	if (json_is_map(field) || (field->type == PROTOBUF_C_TYPE_MESSAGE &&
				   json_form(field->descriptor) == JSON_FORM_OBJECT))
		return refuse(&reader, &top, "cannot be given as text");
	if (!text_is_utf8(text, strlen(text)))
		return refuse(&reader, &top, "must be UTF-8");
	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		TRY(claim(&reader, &top, message, field));
		value = (char *)message + field->offset;
	} else {
		value = append(&reader, message, field);
	}

	json = json_string(text);
	status = read_value(&reader, &top, json, field, value);
	json_decref(json);
	return status;
}
