/* The contract's demands on a request, checked once for every method from the rules table. */
#include "validate.h"

#include <inttypes.h>
#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/id.h"
#include "base/method.h"
#include "base/text.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"

#define MAX_VIOLATIONS 32
#define MAX_PATH_SIZE  512
#define MAX_SLUG_SIZE  63
#define MAX_MASK_PATHS 256

#define YEAR_0001 (-62135596800) /* seconds of 0001-01-01T00:00:00Z */
#define YEAR_9999 253402300799   /* seconds of 9999-12-31T23:59:59Z */

/* Where we are: a chain from the request down to one value. Text only when something is wrong. */
struct place {
	const struct place *parent;
	const char *name;
	ptrdiff_t index; /* −1: no item of a list */
};

struct check {
	struct call *call;
	unsigned n_violations;
};

static size_t write_place(const struct place *place, char *to, size_t size)
{
	size_t at = place->parent && place->parent->name ? write_place(place->parent, to, size) : 0;
	int n;

	if (at + 1 < size) {
		const char *dot = at ? "." : "";

		n = place->index < 0 ? snprintf(to + at, size - at, "%s%s", dot, place->name)
				     : snprintf(to + at, size - at, "%s%s[%td]", dot, place->name,
						place->index);
		at += n > 0 ? (size_t)n : 0;
	}

	return at < size ? at : size - 1;
}

static void violate(struct check *check, const struct place *place, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void violate(struct check *check, const struct place *place, const char *format, ...)
{
	char path[MAX_PATH_SIZE], text[256];
	va_list args;

	if (check->n_violations++ >= MAX_VIOLATIONS)
		return;

	write_place(place, path, sizeof(path));
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)call_violation(check->call, path, "%s", text);
}

static bool is_slug(const char *string)
{
	size_t size = strlen(string);

	if (size == 0 || size > MAX_SLUG_SIZE || string[0] == '-' || string[size - 1] == '-')
		return false;

	return strspn(string, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

static void check_format(struct check *check, const struct place *place, enum field_format format,
			 const char *string)
{
	int32_t day;

	switch (format) {
	case FIELD_ANY:
		break;
	case FIELD_UUID:
		if (!id_is_valid(string))
			violate(check, place, "must be a UUID");
		break;
	case FIELD_DATE:
		if (!text_date(string, &day))
			violate(check, place, "must be a date, YYYY-MM-DD");
		break;
	case FIELD_SLUG:
		if (!is_slug(string))
			violate(check, place,
				"must be 1 to 63 lower-case letters, digits and inner hyphens");
		break;
	}
}

static void check_string(struct check *check, const struct place *place,
			 const struct field_rule *rule, const char *string)
{
	if (!string || !*string) {
		if (rule && rule->required)
			violate(check, place, "is required");
		return;
	}
	if (!rule)
		return;

	if (rule->max_len && strlen(string) > rule->max_len && text_length(string) > rule->max_len)
		violate(check, place, "must have at most %" PRIu32 " characters", rule->max_len);
	check_format(check, place, rule->format, string);
}

static void check_integer(struct check *check, const struct place *place,
			  const struct field_rule *rule, int64_t value, bool above_int64)
{
	if (!rule)
		return;

	if (rule->required && value == 0 && !above_int64)
		violate(check, place, "is required");
	else if (rule->has_min && value < rule->min && !above_int64)
		violate(check, place, "must be at least %" PRId64, rule->min);
	else if (rule->has_max && (above_int64 || value > rule->max))
		violate(check, place, "must be at most %" PRId64, rule->max);
}

static void check_real(struct check *check, const struct place *place,
		       const struct field_rule *rule, double value)
{
	if (!rule)
		return;

	if (rule->required && value == 0)
		violate(check, place, "is required");
	else if (rule->has_min && !(value >= (double)rule->min))
		violate(check, place, "must be at least %" PRId64, rule->min);
	else if (rule->has_max && !(value <= (double)rule->max))
		violate(check, place, "must be at most %" PRId64, rule->max);
}

static void check_enum(struct check *check, const struct place *place,
		       const struct field_rule *rule, const ProtobufCEnumDescriptor *type,
		       int value)
{
	if (!protobuf_c_enum_descriptor_get_value(type, value))
		violate(check, place, "is no value of %s", type->name);
	else if (rule && rule->required && value == 0)
		violate(check, place, "is required");
}

static void check_timestamp(struct check *check, const struct place *place,
			    const Google__Protobuf__Timestamp *time)
{
	if (time->seconds < YEAR_0001 || time->seconds > YEAR_9999)
		violate(check, place, "must be within the years 0001 to 9999");
	else if (time->nanos < 0 || time->nanos > 999999999)
		violate(check, place, "must have nanoseconds from 0 to 999999999");
}

static void check_message(struct check *check, const struct place *place,
			  const ProtobufCMessage *message);

static size_t value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(int64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return sizeof(int32_t);
	}
}

static void check_value(struct check *check, const struct place *place,
			const ProtobufCFieldDescriptor *field, const struct field_rule *rule,
			const void *value)
{
	const ProtobufCMessage *message;
	const ProtobufCBinaryData *bytes;
	uint64_t number;

	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		check_integer(check, place, rule, *(const int32_t *)value, false);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		check_integer(check, place, rule, *(const uint32_t *)value, false);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		check_integer(check, place, rule, *(const int64_t *)value, false);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		number = *(const uint64_t *)value;
		check_integer(check, place, rule, (int64_t)number, number > INT64_MAX);
		break;
	case PROTOBUF_C_TYPE_FLOAT:
		check_real(check, place, rule, (double)*(const float *)value);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		check_real(check, place, rule, *(const double *)value);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		break;
	case PROTOBUF_C_TYPE_ENUM:
		check_enum(check, place, rule, field->descriptor, *(const int *)value);
		break;
	case PROTOBUF_C_TYPE_STRING:
		check_string(check, place, rule, *(const char *const *)value);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		bytes = value;
		if (rule && rule->required && bytes->len == 0)
			violate(check, place, "is required");
		else if (rule && rule->max_len && bytes->len > rule->max_len)
			violate(check, place, "must have at most %" PRIu32 " bytes", rule->max_len);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		message = *(const ProtobufCMessage *const *)value;
		if (message)
			check_message(check, place, message);
		else if (rule && rule->required)
			violate(check, place, "is required");
		break;
	}
}

/* `max_len` and `required` of a list speak of the list, the other demands of each item; but no
 * string of a required list may be empty. */
static void check_list(struct check *check, const struct place *place,
		       const ProtobufCFieldDescriptor *field, const struct field_rule *rule,
		       const ProtobufCMessage *message)
{
	size_t n =
		*(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
	const char *items =
		*(const char *const *)(const void *)((const char *)message + field->offset);

	struct field_rule each;

	if (rule && rule->required && n == 0)
		violate(check, place, "is required");
	if (rule && rule->max_len && n > rule->max_len) {
		violate(check, place, "must have at most %" PRIu32 " items", rule->max_len);
		return;
	}

	if (rule) {
		each = *rule;
		each.required = rule->required && field->type == PROTOBUF_C_TYPE_STRING;
		each.max_len = 0;
	}
	for (size_t i = 0; i < n && check->n_violations < MAX_VIOLATIONS; i++) {
		struct place item = {place->parent, place->name, (ptrdiff_t)i};

		check_value(check, &item, field, rule ? &each : NULL,
			    items + i * value_size(field->type));
	}
}

static bool in_oneof_and_absent(const ProtobufCMessage *message,
				const ProtobufCFieldDescriptor *field)
{
	return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
	       *(const uint32_t *)(const void *)((const char *)message +
						 field->quantifier_offset) != field->id;
}

static const struct field_rule *rule_of(const struct message_rules *rules, uint32_t number)
{
	for (size_t i = 0; rules && i < rules->n_rules; i++)
		if (rules->rules[i].number == number)
			return &rules->rules[i];

	return NULL;
}

static void check_message(struct check *check, const struct place *place,
			  const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	const struct message_rules *rules;

	if (type == &google__protobuf__timestamp__descriptor) {
		check_timestamp(check, place, (const Google__Protobuf__Timestamp *)message);
		return;
	}

	rules = method_rules(type);
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const struct field_rule *rule = rule_of(rules, field->id);
		struct place here = {place, field->name, -1};

		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			check_list(check, &here, field, rule, message);
		} else if (in_oneof_and_absent(message, field)) {
			if (rule && rule->required)
				violate(check, &here, "is required");
		} else {
			check_value(check, &here, field, rule,
				    (const char *)message + field->offset);
		}
	}
}

/* Whether the dotted path names a field of the type, through messages that are no lists. */
static bool names_field(const ProtobufCMessageDescriptor *type, const char *path)
{
	char name[MAX_PATH_SIZE];

	for (;;) {
		size_t size = strcspn(path, ".");
		const ProtobufCFieldDescriptor *field;

		if (size >= sizeof(name))
			return false;
		memcpy(name, path, size);
		name[size] = '\0';
		field = protobuf_c_message_descriptor_get_field_by_name(type, name);
		if (!field)
			return false;
		if (path[size] == '\0')
			return true;
		if (field->type != PROTOBUF_C_TYPE_MESSAGE ||
		    field->label == PROTOBUF_C_LABEL_REPEATED)
			return false;
		type = field->descriptor;
		path += size + 1;
	}
}

static void check_mask(struct check *check, const ProtobufCMessage *request)
{
	const struct method *method = check->call->method;
	const Google__Protobuf__FieldMask *mask =
		*(const Google__Protobuf__FieldMask *const
			  *)(const void *)((const char *)request + method->update_mask->offset);
	struct place place = {NULL, method->update_mask->name, -1};

	if (!mask || !method->masked)
		return;
	if (mask->n_paths > MAX_MASK_PATHS) {
		violate(check, &place, "must have at most %d paths", MAX_MASK_PATHS);
		return;
	}

	for (size_t i = 0; i < mask->n_paths; i++)
		if (!names_field(method->masked->descriptor, mask->paths[i]))
			violate(check, &place, "'%s' names no field of %s", mask->paths[i],
				method->masked->name);
}

enum status validate_request(struct call *c, const struct ProtobufCMessage *request)
{
	const struct method *method = c->method;
	struct check check = {.call = c};
	const struct place root = {NULL, NULL, -1};

	check_message(&check, &root, request);
	if (method->update_mask)
		check_mask(&check, request);
	if (method->page_size) {
		struct place place = {&root, method->page_size->name, -1};

		if (*(const int32_t *)(const void *)((const char *)request +
						     method->page_size->offset) < 0)
			violate(&check, &place, "must not be negative");
	}

	return check.n_violations ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}
