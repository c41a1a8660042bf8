/* What reader and writer both need to know of a field that its descriptor does not say. */
#ifndef KITH_JSON_FIELD_H
#define KITH_JSON_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* The types whose JSON is not an object of their fields. */
enum json_form {
	JSON_FORM_OBJECT,
	JSON_FORM_TIMESTAMP,
	JSON_FORM_DURATION,
	JSON_FORM_FIELD_MASK,
	JSON_FORM_WRAPPER,
	JSON_FORM_ANY,
};

enum json_form json_form(const ProtobufCMessageDescriptor *message);

/* Bytes of one value of the field inside its message or array. */
size_t json_value_size(const ProtobufCFieldDescriptor *field);

/* A map is a repeated message of key and value whose name follows from the field's. */
bool json_is_map(const ProtobufCFieldDescriptor *field);

/* Whether the JSON name means this field: its own name or the lowerCamelCase of it. */
bool json_names(const ProtobufCFieldDescriptor *field, const char *name, size_t size);

#endif
