/* What reader and writer both need to know of a field that its descriptor does not say. */
#include "json/field.h"

#include <string.h>

#include "base/text.h"

#define WELL_KNOWN "google.protobuf."

enum json_form json_form(const ProtobufCMessageDescriptor *message)
{
	static const struct {
		const char *name;
		enum json_form form;
	} known[] = {
		{"Timestamp", JSON_FORM_TIMESTAMP},  {"Duration", JSON_FORM_DURATION},
		{"FieldMask", JSON_FORM_FIELD_MASK}, {"Any", JSON_FORM_ANY},
		{"DoubleValue", JSON_FORM_WRAPPER},  {"FloatValue", JSON_FORM_WRAPPER},
		{"Int64Value", JSON_FORM_WRAPPER},   {"UInt64Value", JSON_FORM_WRAPPER},
		{"Int32Value", JSON_FORM_WRAPPER},   {"UInt32Value", JSON_FORM_WRAPPER},
		{"BoolValue", JSON_FORM_WRAPPER},    {"StringValue", JSON_FORM_WRAPPER},
		{"BytesValue", JSON_FORM_WRAPPER},
	};

	if (message->name[0] != 'g' || !text_starts(message->name, WELL_KNOWN))
		return JSON_FORM_OBJECT;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(message->name + strlen(WELL_KNOWN), known[i].name) == 0)
			return known[i].form;

	return JSON_FORM_OBJECT;
}

size_t json_value_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

/* The next character of `name` in lowerCamelCase, 0 at its end. */
static char camel_next(const char **name)
{
	char c = *(*name)++;

	if (c == '\0') {
		(*name)--;
		return '\0';
	}
	if (c != '_')
		return c;

	c = **name;
	if (c == '\0')
		return '\0';
	(*name)++;
	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

bool json_is_map(const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *entry = field->descriptor;
	const char *name, *given;
	char c;

	if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE)
		return false;
	if (entry->n_fields != 2 || strcmp(entry->fields[0].name, "key") != 0 ||
	    strcmp(entry->fields[1].name, "value") != 0)
		return false;

	name = strrchr(entry->name, '.');
	name = name == NULL ? entry->name : name + 1;
	given = field->name;

	/* "MetadataEntry" for "metadata": the first letter is a capital too. */
	c = camel_next(&given);
	if (*name++ != (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c))
		return false;
	while ((c = camel_next(&given)) != '\0')
		if (*name++ != c)
			return false;

	return strcmp(name, "Entry") == 0;
}

bool json_names(const ProtobufCFieldDescriptor *field, const char *name, size_t size)
{
	const char *camel = field->name;

	if (strlen(field->name) == size && memcmp(field->name, name, size) == 0)
		return true;

	for (size_t i = 0; i < size; i++)
		if (camel_next(&camel) != name[i])
			return false;

	return *camel == '\0';
}
