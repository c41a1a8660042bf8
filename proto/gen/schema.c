/* Messages, enums and fields as JSON schemas, in the mapping of proto3 JSON. */
#include "schema.h"

#include <string.h>

#include "base/text.h"

/* Types that JSON writes in a form of their own. */
static const struct {
	const char *name, *schema;
} well_known[] = {
	{"google.protobuf.Any", "{\"type\":\"object\",\"additionalProperties\":true}"},
	{"google.protobuf.BoolValue", "{\"type\":\"boolean\",\"nullable\":true}"},
	{"google.protobuf.BytesValue",
	 "{\"type\":\"string\",\"format\":\"byte\",\"nullable\":true}"},
	{"google.protobuf.DoubleValue", "{\"type\":\"number\",\"nullable\":true}"},
	{"google.protobuf.Duration",
	 "{\"type\":\"string\",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]{1,9})?s$\"}"},
	{"google.protobuf.FieldMask",
	 "{\"type\":\"string\",\"description\":\"Names of fields, joined by commas.\"}"},
	{"google.protobuf.FloatValue", "{\"type\":\"number\",\"nullable\":true}"},
	{"google.protobuf.Int32Value",
	 "{\"type\":\"integer\",\"format\":\"int32\",\"nullable\":true}"},
	{"google.protobuf.Int64Value",
	 "{\"type\":\"string\",\"format\":\"int64\",\"nullable\":true}"},
	{"google.protobuf.StringValue", "{\"type\":\"string\",\"nullable\":true}"},
	{"google.protobuf.Timestamp", "{\"type\":\"string\",\"format\":\"date-time\"}"},
	{"google.protobuf.UInt32Value", "{\"type\":\"integer\",\"nullable\":true}"},
	{"google.protobuf.UInt64Value",
	 "{\"type\":\"string\",\"format\":\"uint64\",\"nullable\":true}"},
};

static const char *own_form(const struct type *type)
{
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++)
		if (text_equal(well_known[i].name, type->full_name))
			return well_known[i].schema;

	return NULL;
}

void schema_separate(struct buf *to)
{
	char last = to->size ? to->data[to->size - 1] : '{';

	if (last != '{' && last != '[' && last != ',')
		buf_add_char(to, ',');
}

void schema_string(struct buf *to, const char *text)
{
	buf_add_char(to, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_format(to, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			buf_add_format(to, "\\u%04x", (unsigned char)*text);
		else
			buf_add_char(to, *text);
	}
	buf_add_char(to, '"');
}

void schema_reference(struct buf *to, const struct type *type)
{
	if (own_form(type))
		buf_add_string(to, own_form(type));
	else
		buf_add_format(to, "{\"$ref\":\"#/components/schemas/%s\"}", type->short_name);
}

static bool is_map(const struct field *field)
{
	return field->repeated && field->type && field->type->message &&
	       field->type->message->options && field->type->message->options->map_entry;
}

bool schema_is_plain(const struct field *field)
{
	return !field->type || field->type->is_enum || own_form(field->type);
}

static const char *format_name(const struct field *field)
{
	static const char *const formats[] = {
		[1] = ",\"format\":\"uuid\"",
		[3] = ",\"format\":\"date\"",
		[4] = ",\"pattern\":\"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$\"",
	};
	const char *format = field->format < sizeof(formats) / sizeof(formats[0])
				     ? formats[field->format]
				     : NULL;

	return format ? format : "";
}

static void emit_number(struct buf *to, const struct field *field, const char *type,
			const char *format)
{
	buf_add_format(to, "{\"type\":\"%s\",\"format\":\"%s\"", type, format);
	if (!text_equal(type, "string")) { /* 64-bit numbers are strings, which have no bounds */
		if (field->has_min)
			buf_add_format(to, ",\"minimum\":%lld", (long long)field->min);
		if (field->has_max)
			buf_add_format(to, ",\"maximum\":%lld", (long long)field->max);
	}
	buf_add_char(to, '}');
}

static void emit_text(struct buf *to, const struct field *field)
{
	buf_add_format(to, "{\"type\":\"string\"%s", format_name(field));
	if (field->max_len && !field->repeated)
		buf_add_format(to, ",\"maxLength\":%u", field->max_len);
	buf_add_char(to, '}');
}

/* One value of the field, leaving aside that there may be many. */
static void emit_value(struct buf *to, const struct field *field)
{
	switch (field->proto->type) {
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP:
		schema_reference(to, field->type);
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
		emit_text(to, field);
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES:
		buf_add_string(to, "{\"type\":\"string\",\"format\":\"byte\"}");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL:
		buf_add_string(to, "{\"type\":\"boolean\"}");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE:
		emit_number(to, field, "number", "double");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT:
		emit_number(to, field, "number", "float");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT32:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED32:
		emit_number(to, field, "integer", "int32");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED32:
		emit_number(to, field, "integer", "int64");
		break;
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64:
	case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64:
		emit_number(to, field, "string", "uint64");
		break;
	default:
		emit_number(to, field, "string", "int64");
		break;
	}
}

static void emit_shape(struct buf *to, const struct field *field)
{
	if (is_map(field)) {
		buf_add_string(to, "{\"type\":\"object\",\"additionalProperties\":");
		emit_value(to, type_field(field->type, "value"));
		buf_add_char(to, '}');
	} else if (field->repeated) {
		buf_add_string(to, "{\"type\":\"array\",\"items\":");
		emit_value(to, field);
		if (field->max_len)
			buf_add_format(to, ",\"maxItems\":%u", field->max_len);
		buf_add_char(to, '}');
	} else {
		emit_value(to, field);
	}
}

/* Nothing may stand beside a $ref, so the described schema of a type is wrapped. */
void schema_field(struct buf *to, const struct field *field, bool describe)
{
	if (!describe || !*field->comment) {
		emit_shape(to, field);
		return;
	}

	buf_add_string(to, "{\"description\":");
	schema_string(to, field->comment);
	if (field->type && !field->repeated) {
		buf_add_string(to, ",\"allOf\":[");
		emit_shape(to, field);
		buf_add_string(to, "]}");
	} else {
		size_t at = to->size;

		emit_shape(to, field); /* its brace becomes the comma */
		to->data[at] = ',';
	}
}

void schema_object(struct buf *to, const struct type *type, const bool *skip)
{
	bool any = false;

	buf_add_string(to, "{\"type\":\"object\"");
	if (*type->comment && !skip) {
		buf_add_string(to, ",\"description\":");
		schema_string(to, type->comment);
	}
	for (size_t i = 0; i < type->n_fields; i++) {
		if (!type->fields[i].required || (skip && skip[i]))
			continue;
		buf_add_format(to, "%s\"%s\"", any ? "," : ",\"required\":[",
			       type->fields[i].proto->json_name);
		any = true;
	}
	buf_add_string(to, any ? "],\"properties\":{" : ",\"properties\":{");
	for (size_t i = 0; i < type->n_fields; i++) {
		if (skip && skip[i])
			continue;
		schema_separate(to);
		schema_string(to, type->fields[i].proto->json_name);
		buf_add_char(to, ':');
		schema_field(to, &type->fields[i], true);
	}
	buf_add_string(to, "}}");
}

static void emit_enum(struct buf *to, const struct type *type)
{
	CLEANUP(buf_fini) struct buf description = {0};

	buf_add_string(&description, type->comment);
	buf_add_string(to, "{\"type\":\"string\",\"enum\":[");
	for (size_t i = 0; i < type->enumeration->n_value; i++) {
		schema_separate(to);
		schema_string(to, type->enumeration->value[i]->name);
		if (*type->value_comments[i])
			buf_add_format(&description, "%s%s: %s", description.size ? " " : "",
				       type->enumeration->value[i]->name, type->value_comments[i]);
	}
	buf_add_char(to, ']');
	if (description.size) {
		buf_add_string(to, ",\"description\":");
		schema_string(to, description.data);
	}
	buf_add_char(to, '}');
}

void schema_type(struct buf *to, const struct type *type)
{
	if (type->is_enum)
		emit_enum(to, type);
	else
		schema_object(to, type, NULL);
}

void schema_use(const struct contract *contract, const struct type *type, bool *used)
{
	size_t at = (size_t)(type - contract->types);

	if (own_form(type) || used[at])
		return;

	used[at] = true;
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct field *field = &type->fields[i];

		if (is_map(field))
			field = type_field(field->type, "value");
		if (field->type)
			schema_use(contract, field->type, used);
	}
}
