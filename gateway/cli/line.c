/* Reads a line of an interchange file by a table of the fields of each type. */
#include "line.h"

#include <jansson.h>
#include <limits.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "kith/activity/v1/event.pb-c.h"
#include "kith/activity/v1/import.pb-c.h"
#include "kith/activity/v1/order.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/evaluation/v1/interaction.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"

enum form { TEXT, TIME, NAME /* of an enum's value */, COUNT, MONEY, FLAG };

struct field {
	const char *key;
	enum form form;
	bool required;
	size_t at;                             /* in struct line */
	size_t max;                            /* TEXT: code points */
	const ProtobufCEnumDescriptor *values; /* NAME */
};

#define ID_MAX    200
#define COUNT_MAX 1000000000

/* ---- the fields of each type ---- */

static const struct field community_fields[] = {
	{"id", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"name", TEXT, false, offsetof(struct line, name), 200, NULL},
	{"kind", NAME, false, offsetof(struct line, kind), 0, &member__community_type__descriptor},
	{"time_zone", TEXT, false, offsetof(struct line, time_zone), 64, NULL},
	{"created_at", TIME, false, offsetof(struct line, created_us), 0, NULL},
	{"join_mode", NAME, false, offsetof(struct line, join_mode), 0,
	 &member__join_mode__descriptor},
	{"member_count", COUNT, false, offsetof(struct line, member_count), 0, NULL},
	{0},
};

static const struct field membership_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"person", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"role", NAME, false, offsetof(struct line, role), 0, &member__role__descriptor},
	{"joined_at", TIME, false, offsetof(struct line, at_us), 0, NULL},
	{"left_at", TIME, false, offsetof(struct line, end_us), 0, NULL},
	{"leave_reason", TEXT, false, offsetof(struct line, reason), 500, NULL},
	{"implicit", FLAG, false, offsetof(struct line, implicit), 0, NULL},
	{0},
};

static const struct field post_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"id", TEXT, true, offsetof(struct line, id), ID_MAX, NULL},
	{"author", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"kind", NAME, false, offsetof(struct line, kind), 0, &content__post_kind__descriptor},
	{"title", TEXT, false, offsetof(struct line, title), 300, NULL},
	{"text", TEXT, false, offsetof(struct line, text), 100000, NULL},
	{"topic", TEXT, false, offsetof(struct line, topic), 100, NULL},
	{0},
};

static const struct field comment_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"id", TEXT, true, offsetof(struct line, id), ID_MAX, NULL},
	{"post", TEXT, true, offsetof(struct line, post), ID_MAX, NULL},
	{"reply_to", TEXT, false, offsetof(struct line, reply_to), ID_MAX, NULL},
	{"author", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"text", TEXT, false, offsetof(struct line, text), 20000, NULL},
	{0},
};

static const struct field reaction_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"target", TEXT, true, offsetof(struct line, target), ID_MAX, NULL},
	{"person", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"emoji", TEXT, true, offsetof(struct line, emoji), 32, NULL},
	{0},
};

static const struct field event_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"id", TEXT, true, offsetof(struct line, id), ID_MAX, NULL},
	{"mode", NAME, false, offsetof(struct line, mode), 0, &activity__event_mode__descriptor},
	{"starts_at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"ends_at", TIME, false, offsetof(struct line, end_us), 0, NULL},
	{"created_at", TIME, false, offsetof(struct line, created_us), 0, NULL},
	{"state", NAME, false, offsetof(struct line, state), 0, &activity__event_state__descriptor},
	{"title", TEXT, false, offsetof(struct line, title), 300, NULL},
	{"yes", COUNT, false, offsetof(struct line, yes), 0, NULL},
	{"waitlist", COUNT, false, offsetof(struct line, waitlist), 0, NULL},
	{0},
};

static const struct field attendance_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"event", TEXT, true, offsetof(struct line, event), ID_MAX, NULL},
	{"person", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"rsvp", NAME, false, offsetof(struct line, rsvp), 0, &activity__rsvp__descriptor},
	{"attended", FLAG, false, offsetof(struct line, attended), 0, NULL},
	{0},
};

static const struct field order_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"id", TEXT, true, offsetof(struct line, id), ID_MAX, NULL},
	{"person", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"amount", MONEY, true, offsetof(struct line, amount), 0, NULL},
	{"currency", TEXT, true, offsetof(struct line, currency), 3, NULL},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"state", NAME, true, offsetof(struct line, state), 0, &activity__order_state__descriptor},
	{0},
};

static const struct field interaction_fields[] = {
	{"community", TEXT, true, offsetof(struct line, community), ID_MAX, NULL},
	{"person", TEXT, true, offsetof(struct line, person), ID_MAX, NULL},
	{"kind", NAME, true, offsetof(struct line, kind), 0,
	 &evaluation__interaction_kind__descriptor},
	{"at", TIME, true, offsetof(struct line, at_us), 0, NULL},
	{"ref", TEXT, false, offsetof(struct line, ref), ID_MAX, NULL},
	{"reply_to", TEXT, false, offsetof(struct line, reply_to), ID_MAX, NULL},
	{0},
};

static const struct {
	const char *name;
	const struct field *fields;
} types[LINE_TYPES] = {
	[LINE_COMMUNITY] = {"community", community_fields},
	[LINE_MEMBERSHIP] = {"membership", membership_fields},
	[LINE_POST] = {"post", post_fields},
	[LINE_COMMENT] = {"comment", comment_fields},
	[LINE_REACTION] = {"reaction", reaction_fields},
	[LINE_EVENT] = {"event", event_fields},
	[LINE_ATTENDANCE] = {"attendance", attendance_fields},
	[LINE_ORDER] = {"order", order_fields},
	[LINE_INTERACTION] = {"interaction", interaction_fields},
};

/* Words of the format that the contract says otherwise. */
static const struct {
	const ProtobufCEnumDescriptor *values;
	const char *word;
	int32_t number;
} synonyms[] = {
	{&activity__event_state__descriptor, "HELD", ACTIVITY__EVENT_STATE__EVENT_STATE_ENDED},
	{&activity__event_state__descriptor, "PLANNED",
	 ACTIVITY__EVENT_STATE__EVENT_STATE_PUBLISHED},
};

/* ---- values ---- */

static enum status fail(struct line_fault *fault, const char *field, const char *reason)
{
	*fault = (struct line_fault){field, reason};
	return STATUS_INVALID_ARGUMENT;
}

/* The value whose name ends in "_<word>" where every name of the enum begins with the same prefix:
 * that of value 0, "…_UNSPECIFIED". */
static bool find_value(const ProtobufCEnumDescriptor *values, const char *word, int32_t *ret)
{
	const char *zero = values->values[0].name;
	size_t prefix = strlen(zero) - strlen("UNSPECIFIED");

	for (unsigned i = 1; i < values->n_values; i++)
		if (text_equal(values->values[i].name + prefix, word)) {
			*ret = values->values[i].value;
			return true;
		}
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++)
		if (synonyms[i].values == values && text_equal(synonyms[i].word, word)) {
			*ret = synonyms[i].number;
			return true;
		}
	return false;
}

static const char *told_values(struct arena *arena, const ProtobufCEnumDescriptor *values)
{
	size_t prefix = strlen(values->values[0].name) - strlen("UNSPECIFIED");
	const char *list = "must be one of";

	for (unsigned i = 1; i < values->n_values; i++)
		list = arena_printf(arena, "%s %s", list, values->values[i].name + prefix);
	return list;
}

static enum status take_text(struct arena *arena, const struct field *field, const json_t *value,
			     void *at, struct line_fault *fault)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return fail(fault, field->key, "must be a string");
	if (field->required && *text == '\0')
		return fail(fault, field->key, "must not be empty");
	if (text_length(text) > field->max)
		return fail(fault, field->key,
			    arena_printf(arena, "longer than %zu characters", field->max));
	*(const char **)at = arena_string(arena, text);
	return STATUS_OK;
}

static enum status take_time(const struct field *field, const json_t *value, void *at,
			     struct line_fault *fault)
{
	const char *text = json_string_value(value);

	if (text == NULL || !text_time(text, at, NULL))
		return fail(fault, field->key,
			    "must be an RFC 3339 time with offset, like 2024-05-01T19:30:00+08:00");
	return STATUS_OK;
}

static enum status take_name(struct arena *arena, const struct field *field, const json_t *value,
			     void *at, struct line_fault *fault)
{
	const char *text = json_string_value(value);

	if (text == NULL || !find_value(field->values, text, at))
		return fail(fault, field->key, told_values(arena, field->values));
	return STATUS_OK;
}

static enum status take(struct arena *arena, const struct field *field, const json_t *value,
			void *at, struct line_fault *fault)
{
	switch (field->form) {
	case TEXT:
		return take_text(arena, field, value, at, fault);
	case TIME:
		return take_time(field, value, at, fault);
	case NAME:
		return take_name(arena, field, value, at, fault);
	case COUNT:
		if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		    json_integer_value(value) > COUNT_MAX)
			return fail(fault, field->key, "must be a whole number up to 1000000000");
		*(int64_t *)at = json_integer_value(value);
		return STATUS_OK;
	case MONEY:
		if (!json_is_integer(value))
			return fail(fault, field->key,
				    "must be a whole number of the currency's minor units");
		*(int64_t *)at = json_integer_value(value);
		return STATUS_OK;
	case FLAG:
		if (!json_is_boolean(value))
			return fail(fault, field->key, "must be true or false");
		*(bool *)at = json_is_true(value);
		return STATUS_OK;
	}
	return STATUS_INTERNAL;
}

static enum status read_object(struct arena *arena, const json_t *object, struct line *line,
			       struct line_fault *fault)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	if (type == NULL)
		return fail(fault, "type", "is missing");
	for (line->type = 0; line->type < LINE_TYPES; line->type++)
		if (text_equal(types[line->type].name, type))
			break;
	if (line->type == LINE_TYPES)
		return fail(fault, "type", "is none that is known");

	for (const struct field *field = types[line->type].fields; field->key != NULL; field++) {
		const json_t *value = json_object_get(object, field->key);

		if (value != NULL && !json_is_null(value))
			TRY(take(arena, field, value, (char *)line + field->at, fault));
		else if (field->required)
			return fail(fault, field->key, "is missing");
	}
	if (line->end_us != LINE_NO_TIME && line->at_us != LINE_NO_TIME &&
	    line->end_us < line->at_us)
		return fail(fault, line->type == LINE_EVENT ? "ends_at" : "left_at",
			    "is before the beginning");
	return STATUS_OK;
}

enum status line_parse(struct arena *arena, const char *text, size_t size, struct line *ret_line,
		       struct line_fault *ret_fault)
{
	struct line line = {
		.community = "",
		.id = "",
		.person = "",
		.post = "",
		.event = "",
		.target = "",
		.reply_to = "",
		.name = "",
		.time_zone = "",
		.title = "",
		.text = "",
		.topic = "",
		.emoji = "",
		.currency = "",
		.reason = "",
		.ref = "",
		.at_us = LINE_NO_TIME,
		.end_us = LINE_NO_TIME,
		.created_us = LINE_NO_TIME,
	};
	json_error_t error;
	json_t *object = json_loadb(text, size, 0, &error);

	if (object == NULL)
		return fail(
			ret_fault, "",
			arena_printf(arena, "no JSON: %s at byte %d", error.text, error.position));

	enum status status = json_is_object(object) ? read_object(arena, object, &line, ret_fault)
						    : fail(ret_fault, "", "no JSON object");
	json_decref(object);
	if (status == STATUS_OK)
		*ret_line = line;
	return status;
}

const char *line_type_name(enum line_type type)
{
	return types[type].name;
}
