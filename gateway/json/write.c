/* Messages to JSON, straight into the output buffer. */
#include "json/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "kith_files.h"
#include "json/field.h"

#define NANOS_PER_SECOND 1000000000

static void write_message(const ProtobufCMessage *message, struct buf *to);

void json_write_string(const char *text, size_t size, struct buf *to)
{
	static const char hex[] = "0123456789abcdef";
	char *out = buf_reserve(to, 6 * size + 2);
	const char *start = out;

	*out++ = '"';
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '\\';
		switch (c) {
		case '"':
		case '\\':
			*out++ = (char)c;
			break;
		case '\n':
			*out++ = 'n';
			break;
		case '\r':
			*out++ = 'r';
			break;
		case '\t':
			*out++ = 't';
			break;
		default:
			memcpy(out, "u00", 3);
			out[3] = hex[c >> 4];
			out[4] = hex[c & 15];
			out += 5;
		}
	}
	*out++ = '"';
	to->size += (size_t)(out - start);
}

static void write_name(const char *name, struct buf *to)
{
	char *out = buf_reserve(to, strlen(name) + 3);
	const char *start = out;

	*out++ = '"';
	for (; *name != '\0'; name++) {
		if (*name == '_' && name[1] != '\0') {
			name++;
			*out++ = (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
		} else if (*name != '_') {
			*out++ = *name;
		}
	}
	*out++ = '"';
	*out++ = ':';
	to->size += (size_t)(out - start);
}

static void write_unsigned(uint64_t value, bool negative, bool quoted, struct buf *to)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	if (quoted)
		*--at = '"';
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	if (negative)
		*--at = '-';
	if (quoted)
		*--at = '"';
	buf_add(to, at, (size_t)(digits + sizeof(digits) - at));
}

static void write_signed(int64_t value, bool quoted, struct buf *to)
{
	write_unsigned(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, quoted, to);
}

/* The shortest of the given precisions that reads back as the same number. */
static void write_real(double value, bool single, struct buf *to)
{
	char text[40];
	double back;

	if (isnan(value)) {
		buf_add_string(to, "\"NaN\"");
		return;
	}
	if (isinf(value)) {
		buf_add_string(to, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
		return;
	}
	for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (text_double(text, &back) &&
		    (single ? (float)back == (float)value : back == value))
			break;
	}
	buf_add_string(to, text);
}

static void write_base64(const ProtobufCBinaryData *bytes, struct buf *to)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = buf_reserve(to, bytes->len / 3 * 4 + 8);
	const char *start = out;

	*out++ = '"';
	for (size_t i = 0; i < bytes->len; i += 3) {
		size_t left = bytes->len - i;
		uint32_t group = (uint32_t)bytes->data[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes->data[i + 1] << 8;
		if (left > 2)
			group |= bytes->data[i + 2];
		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		*out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*out++ = '"';
	to->size += (size_t)(out - start);
}

static void write_enum(const ProtobufCEnumDescriptor *type, int32_t value, struct buf *to)
{
	const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);

	if (known == NULL)
		write_signed(value, false, to);
	else
		json_write_string(known->name, strlen(known->name), to);
}

static void write_value(const ProtobufCFieldDescriptor *field, const void *value, struct buf *to)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		write_signed(*(const int32_t *)value, false, to);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		write_unsigned(*(const uint32_t *)value, false, false, to);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		write_signed(*(const int64_t *)value, true, to);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		write_unsigned(*(const uint64_t *)value, false, true, to);
		break;
	case PROTOBUF_C_TYPE_FLOAT:
		write_real((double)*(const float *)value, true, to);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		write_real(*(const double *)value, false, to);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		buf_add_string(to, *(const protobuf_c_boolean *)value ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_ENUM:
		write_enum(field->descriptor, *(const int32_t *)value, to);
		break;
	case PROTOBUF_C_TYPE_STRING: {
		const char *text = *(char *const *)value;

		json_write_string(text == NULL ? "" : text, text == NULL ? 0 : strlen(text), to);
		break;
	}
	case PROTOBUF_C_TYPE_BYTES:
		write_base64(value, to);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		write_message(*(ProtobufCMessage *const *)value, to);
		break;
	}
}

static void write_list(const ProtobufCFieldDescriptor *field, const char *items, size_t n,
		       struct buf *to)
{
	size_t size = json_value_size(field);

	buf_add_char(to, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(to, ',');
		write_value(field, items + i * size, to);
	}
	buf_add_char(to, ']');
}

static void write_map(ProtobufCMessage *const *entries, size_t n, struct buf *to)
{
	buf_add_char(to, '{');
	for (size_t i = 0; i < n; i++) {
		const ProtobufCFieldDescriptor *field = entries[i]->descriptor->fields;
		const char *entry = (const char *)entries[i];
		bool bare = field[0].type != PROTOBUF_C_TYPE_STRING && json_value_size(field) == 4;

		if (i > 0)
			buf_add_char(to, ',');
		if (bare)
			buf_add_char(to, '"');
		write_value(&field[0], entry + field[0].offset, to);
		if (bare)
			buf_add_char(to, '"');
		buf_add_char(to, ':');
		if (field[1].type == PROTOBUF_C_TYPE_MESSAGE &&
		    *(ProtobufCMessage *const *)(entry + field[1].offset) == NULL)
			buf_add_string(to, "{}");
		else
			write_value(&field[1], entry + field[1].offset, to);
	}
	buf_add_char(to, '}');
}

/* ".5", ".000001": 3, 6 or 9 digits, none for 0. */
static void write_nanos(int32_t nanos, struct buf *to)
{
	if (nanos == 0)
		return;
	if (nanos % 1000000 == 0)
		buf_add_format(to, ".%03d", nanos / 1000000);
	else if (nanos % 1000 == 0)
		buf_add_format(to, ".%06d", nanos / 1000);
	else
		buf_add_format(to, ".%09d", nanos);
}

/* Timestamp and Duration have the same two fields. */
static void seconds_and_nanos(const ProtobufCMessage *message, int64_t *ret_seconds,
			      int32_t *ret_nanos)
{
	const ProtobufCFieldDescriptor *fields = message->descriptor->fields;

	*ret_seconds = *(const int64_t *)((const char *)message + fields[0].offset);
	*ret_nanos = *(const int32_t *)((const char *)message + fields[1].offset);
}

static void write_timestamp(const ProtobufCMessage *message, struct buf *to)
{
	int64_t seconds;
	int32_t nanos;
	char text[28];

	seconds_and_nanos(message, &seconds, &nanos);
	text_from_time(seconds * 1000000, text);

	buf_add_char(to, '"');
	buf_add(to, text, strcspn(text, ".Z"));
	write_nanos(nanos, to);
	buf_add_string(to, "Z\"");
}

static void write_duration(const ProtobufCMessage *message, struct buf *to)
{
	int64_t seconds;
	int32_t nanos;

	seconds_and_nanos(message, &seconds, &nanos);
	buf_add_char(to, '"');
	if (seconds < 0 || nanos < 0)
		buf_add_char(to, '-');
	write_unsigned(seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds, false, false, to);
	write_nanos(nanos < 0 ? -nanos : nanos, to);
	buf_add_string(to, "s\"");
}

static void write_field_mask(const ProtobufCMessage *message, struct buf *to)
{
	const ProtobufCFieldDescriptor *field = message->descriptor->fields;
	size_t n = *(const size_t *)((const char *)message + field->quantifier_offset);
	char *const *paths = *(char **const *)((const char *)message + field->offset);

	buf_add_char(to, '"');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(to, ',');
		for (const char *at = paths[i]; *at != '\0'; at++) {
			if (*at == '_' && at[1] >= 'a' && at[1] <= 'z')
				buf_add_char(to, (char)(*++at - 'a' + 'A'));
			else
				buf_add_char(to, *at);
		}
	}
	buf_add_char(to, '"');
}

/* {"@type": …, the fields of what it holds}; a type nobody here knows is shown as its bytes. */
static void write_any(const ProtobufCMessage *message, struct buf *to)
{
	const ProtobufCFieldDescriptor *fields = message->descriptor->fields;
	const char *url = *(char *const *)((const char *)message + fields[0].offset);
	const ProtobufCBinaryData *value =
		(const ProtobufCBinaryData *)((const char *)message + fields[1].offset);
	const char *name = strrchr(url, '/');
	const ProtobufCMessageDescriptor *type = kith_message_find(name == NULL ? url : name + 1);
	ProtobufCMessage *held =
		type == NULL ? NULL
			     : protobuf_c_message_unpack(type, NULL, value->len, value->data);
	size_t start;

	buf_add_string(to, "{\"@type\":");
	json_write_string(url, strlen(url), to);
	if (held == NULL) {
		buf_add_string(to, ",\"value\":");
		write_base64(value, to);
		buf_add_char(to, '}');
		return;
	}

	start = to->size;
	if (json_form(type) != JSON_FORM_OBJECT)
		buf_add_string(to, ",\"value\":");
	write_message(held, to);
	if (json_form(type) != JSON_FORM_OBJECT)
		buf_add_char(to, '}');
	else if (to->size == start + 2)
		to->data[start] = '}', to->size = start + 1;
	else
		to->data[start] = ',';
	protobuf_c_message_free_unpacked(held, NULL);
}

static void write_object(const ProtobufCMessage *message, struct buf *to)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	const char *base = (const char *)message;
	bool first = true;

	buf_add_char(to, '{');
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const char *value = base + field->offset;

		if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (*(const uint32_t *)(base + field->quantifier_offset) != field->id)
				continue;
		}
		if (field->label != PROTOBUF_C_LABEL_REPEATED &&
		    field->type == PROTOBUF_C_TYPE_MESSAGE &&
		    *(ProtobufCMessage *const *)value == NULL)
			continue;

		if (!first)
			buf_add_char(to, ',');
		first = false;
		write_name(field->name, to);
		if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			write_value(field, value, to);
		} else {
			size_t n = *(const size_t *)(base + field->quantifier_offset);

			if (json_is_map(field))
				write_map(*(ProtobufCMessage * *const *)value, n, to);
			else
				write_list(field, *(const char *const *)value, n, to);
		}
	}
	buf_add_char(to, '}');
}

static void write_message(const ProtobufCMessage *message, struct buf *to)
{
	const ProtobufCFieldDescriptor *fields = message->descriptor->fields;

	switch (json_form(message->descriptor)) {
	case JSON_FORM_OBJECT:
		write_object(message, to);
		break;
	case JSON_FORM_TIMESTAMP:
		write_timestamp(message, to);
		break;
	case JSON_FORM_DURATION:
		write_duration(message, to);
		break;
	case JSON_FORM_FIELD_MASK:
		write_field_mask(message, to);
		break;
	case JSON_FORM_WRAPPER:
		write_value(&fields[0], (const char *)message + fields[0].offset, to);
		break;
	case JSON_FORM_ANY:
		write_any(message, to);
		break;
	}
}

void json_write(const ProtobufCMessage *message, struct buf *to)
{
	write_message(message, to);
}
