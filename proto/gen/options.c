/* Custom options, read from the unknown fields of the descriptor's options. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "output.h"

enum {
	FILE_PB_C = 1019,
	METHOD_ACCESS = 50001,
	METHOD_COST = 50002,
	METHOD_HTTP = 72295728,
	FIELD_REQUIRED = 50101,
	FIELD_MAX_LEN = 50102,
	FIELD_MIN = 50103,
	FIELD_MAX = 50104,
	FIELD_PII = 50105,
	FIELD_FORMAT = 50106,
	FIELD_SECRET = 50107,
	FORMAT_UUID = 1,
	FORMAT_TEXT = 2,
	COST_SLOW = 1,
	REQUEST_ID_MAX_LEN = 128,
};

/* A run of wire bytes and the field just read from it. */
struct reader {
	const uint8_t *at, *end;
	uint32_t number;
	uint64_t value;       /* varint */
	const uint8_t *bytes; /* length-delimited */
	size_t size;
};

static uint64_t varint(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; reader->at < reader->end && shift < 64; shift += 7) {
		uint8_t byte = *reader->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}

	return value;
}

static void read_value(struct reader *reader, unsigned wire_type)
{
	reader->value = varint(reader);
	if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
		reader->bytes = reader->at;
		reader->size = (size_t)reader->value;
		reader->at += reader->size;
	}
}

static bool next(struct reader *reader)
{
	uint64_t tag;

	if (reader->at >= reader->end)
		return false;

	tag = varint(reader);
	reader->number = (uint32_t)(tag >> 3);
	read_value(reader, tag & 7);
	return true;
}

/* The i-th option, read as a field. */
static struct reader option(const ProtobufCMessage *options, unsigned i)
{
	const ProtobufCMessageUnknownField *unknown = &options->unknown_fields[i];
	struct reader reader = {
		.at = unknown->data, .end = unknown->data + unknown->len, .number = unknown->tag};

	read_value(&reader, unknown->wire_type);
	return reader;
}

void options_file(struct arena *arena, const ProtobufCMessage *options, struct file *file)
{
	for (unsigned i = 0; i < options->n_unknown_fields; i++) {
		struct reader pb_c = option(options, i), member;

		if (pb_c.number != FILE_PB_C)
			continue;
		member = (struct reader){.at = pb_c.bytes, .end = pb_c.bytes + pb_c.size};
		while (next(&member)) {
			if (member.number == 4)
				file->const_strings = member.value;
			else if (member.number == 6)
				file->c_package = arena_copy(arena, member.bytes, member.size);
		}
	}
}

void options_field(struct field *field)
{
	const ProtobufCMessage *options = (const void *)field->proto->options;
	bool is_string =
		field_is(field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING);

	for (unsigned i = 0; options && i < options->n_unknown_fields; i++) {
		struct reader value = option(options, i);

		switch (value.number) {
		case FIELD_REQUIRED:
			field->required = value.value;
			break;
		case FIELD_MAX_LEN:
			field->max_len = (unsigned)value.value;
			break;
		case FIELD_MIN:
			field->has_min = true;
			field->min = (int64_t)value.value;
			break;
		case FIELD_MAX:
			field->has_max = true;
			field->max = (int64_t)value.value;
			break;
		case FIELD_PII:
			field->pii = value.value;
			break;
		case FIELD_FORMAT:
			field->format = (unsigned)value.value;
			break;
		case FIELD_SECRET:
			field->secret = value.value;
			break;
		default:
			break;
		}
	}

	if (is_string && text_equal(field->name, "request_id")) {
		if (!field->format)
			field->format = FORMAT_TEXT;
		if (!field->max_len)
			field->max_len = REQUEST_ID_MAX_LEN;
	}
	if (is_string && !field->format &&
	    (text_ends(field->name, "_id") || (field->repeated && text_ends(field->name, "_ids"))))
		field->format = FORMAT_UUID;
}

static void read_http(struct arena *arena, struct reader rule, struct rpc *rpc)
{
	static const char *const verbs[] = {
		[2] = "GET", [3] = "PUT", [4] = "POST", [5] = "DELETE", [6] = "PATCH",
	};
	struct reader member = {.at = rule.bytes, .end = rule.bytes + rule.size};

	while (next(&member)) {
		if (member.number >= 2 && member.number <= 6) {
			rpc->verb = verbs[member.number];
			rpc->route = arena_copy(arena, member.bytes, member.size);
		} else if (member.number == 7 && member.size) {
			rpc->body = arena_copy(arena, member.bytes, member.size);
		}
	}
}

/* Repeated enums come packed or one by one. */
static void read_access(struct reader value, bool packed, struct rpc *rpc)
{
	struct reader list;

	if (!packed) {
		rpc->access |= 1u << value.value;
		return;
	}
	if (value.size == 0)
		return;
	list = (struct reader){.at = value.bytes, .end = value.bytes + value.size};
	while (list.at < list.end)
		rpc->access |= 1u << varint(&list);
}

void options_method(struct arena *arena, const ProtobufCMessage *options, struct rpc *rpc)
{
	for (unsigned i = 0; i < options->n_unknown_fields; i++) {
		struct reader value = option(options, i);

		if (value.number == METHOD_ACCESS)
			read_access(value,
				    options->unknown_fields[i].wire_type ==
					    PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
				    rpc);
		else if (value.number == METHOD_COST)
			rpc->slow = value.value == COST_SLOW;
		else if (value.number == METHOD_HTTP)
			read_http(arena, value, rpc);
	}
	rpc->access &= ~1u; /* ACCESS_UNSPECIFIED says nothing */
}
