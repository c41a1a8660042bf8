/* The windows of an import: lines to items, items to calls, answers to totals and errors. */
#include "intake.h"

#include <assert.h>
#include <inttypes.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "command.h"
#include "item.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith_methods.h"
#include "rpc/wire.h"
#include "suite.h"

#define CALL_ITEMS 1000       /* items of a call; the most a method takes */
#define CALL_BYTES (2u << 20) /* of a call's items; half of what a message may have */
#define LATE_MAX   200000     /* items that wait for what they hang on */

/* What may go together: the types of a step need only those of earlier steps. */
static const enum line_type steps[][5] = {
	{LINE_COMMUNITY, LINE_TYPES},
	{LINE_MEMBERSHIP, LINE_TYPES},
	{LINE_POST, LINE_EVENT, LINE_ORDER, LINE_INTERACTION, LINE_TYPES},
	{LINE_COMMENT, LINE_ATTENDANCE, LINE_TYPES},
	{LINE_REACTION, LINE_TYPES},
};

#define N_STEPS (sizeof(steps) / sizeof(*steps))

void intake_fini(struct intake *intake)
{
	for (unsigned type = 0; type < LINE_TYPES; type++) {
		free(intake->lists[type].items);
		free(intake->late[type].items);
	}
	seen_fini(&intake->communities);
	seen_fini(&intake->memberships);
	arena_fini(&intake->arena);
	arena_fini(&intake->late_arena);
}

static void append(struct intake_list *list, ProtobufCMessage *message, uint64_t line)
{
	if (list->n == list->capacity) {
		list->capacity = list->capacity > 0 ? list->capacity * 2 : CALL_ITEMS;
		list->items = reallocarray(list->items, list->capacity, sizeof(*list->items));
		if (list->items == NULL)
			log_die("no-memory", "what=import");
	}
	list->items[list->n++] = (struct intake_item){message, line};
}

enum status intake_refuse(struct intake *intake, uint64_t number, const char *field,
			  const char *reason)
{
	fprintf(stderr, "%s%s:%" PRIu64 ": %s%s%s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
		intake->file, number, field, *field != '\0' ? ": " : "", reason);
	return ++intake->errors < intake->max_errors ? STATUS_OK : STATUS_RESOURCE_EXHAUSTED;
}

/* ---- lines ---- */

/* Whether the community is there: it stood in the file, or member knows it. */
static enum status community_exists(struct intake *intake, const char *id, bool *ret)
{
	struct seen_entry *entry = seen_find(&intake->communities, id, "");

	if (entry->time_us == INT64_MAX) {
		Member__GetCommunityRequest request = MEMBER__GET_COMMUNITY_REQUEST__INIT;
		struct suite_call call = {.method = method_member_get_community,
					  .request = &request.base};

		request.community_id = id;
		enum status status =
			suite_ask(intake->suite, &intake->arena, &call, intake->patience_us);
		if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			return (enum status)cli_fail(status, "member: %s", call.message);
		entry->time_us = status == STATUS_OK;
	}
	*ret = entry->time_us != 0;
	return STATUS_OK;
}

/* Everybody who is mentioned belongs: since his first appearance, unless another line tells. */
static void mention(struct intake *intake, const struct line *line, const char *community_id,
		    uint64_t number)
{
	char person_id[ID_SIZE];

	item_person_id(line->person, person_id);
	struct seen_entry *entry = seen_find(&intake->memberships, community_id, person_id);
	if (entry->time_us <= line->at_us)
		return;
	entry->time_us = line->at_us;
	append(&intake->lists[LINE_MEMBERSHIP], item_implicit(&intake->arena, line), number);
}

enum status intake_add(struct intake *intake, const char *text, size_t size, uint64_t number)
{
	struct line line;
	struct line_fault fault;
	char community_id[ID_SIZE];
	bool known = true;

	if (line_parse(&intake->arena, text, size, &line, &fault) != STATUS_OK)
		return intake_refuse(intake, number, fault.field, fault.reason);

	item_community_id(line.community, community_id);
	if (line.type == LINE_COMMUNITY)
		seen_find(&intake->communities, community_id, "")->time_us = true;
	else
		TRY(community_exists(intake, community_id, &known));
	if (!known)
		return intake_refuse(intake, number, "community",
				     "is not known; its line must come first");

	if (*line.person != '\0' && line.type != LINE_MEMBERSHIP)
		mention(intake, &line, community_id, number);
	append(&intake->lists[line.type], item_of(&intake->arena, &line), number);
	intake->totals[line.type].lines++;
	return STATUS_OK;
}

/* ---- calls ---- */

/* A call of some items that stand one after the other in a list. */
struct parcel {
	enum line_type type;
	struct intake_item *items;
	size_t n;
};

static ProtobufCMessage *request_of(struct arena *arena, const struct parcel *parcel)
{
	const ProtobufCMessageDescriptor *type = item_method(parcel->type)->request;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, "items");
	ProtobufCMessage *request = wire_new(arena, type);
	ProtobufCMessage **items = arena_array(arena, parcel->n, sizeof(ProtobufCMessage *));

	assert(field != NULL);
	for (size_t i = 0; i < parcel->n; i++)
		items[i] = parcel->items[i].message;
	*(size_t *)((char *)request + field->quantifier_offset) = parcel->n;
	*(ProtobufCMessage ***)((char *)request + field->offset) = items;
	return request;
}

static uint64_t count(const ProtobufCMessage *reply, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, name);

	if (field == NULL)
		return 0;
	assert(field->type == PROTOBUF_C_TYPE_INT32);
	return (uint64_t) * (const int32_t *)((const char *)reply + field->offset);
}

/* Keeps a copy of the item until the end. */
static void keep(struct intake *intake, enum line_type type, const struct intake_item *item)
{
	CLEANUP(buf_fini) struct buf bytes = {0};

	wire_encode(item->message, &bytes);
	ProtobufCMessage *copy =
		wire_unpack(&intake->late_arena, item->message->descriptor, bytes.data, bytes.size);
	assert(copy != NULL);
	append(&intake->late[type], copy, item->line);
	intake->n_late++;
}

static enum status note_unknown(struct intake *intake, const struct parcel *parcel,
				const ProtobufCMessage *reply)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "unknown_items");

	if (field == NULL)
		return STATUS_OK;

	size_t n = *(const size_t *)((const char *)reply + field->quantifier_offset);
	const int32_t *at = *(int32_t *const *)((const char *)reply + field->offset);
	for (size_t i = 0; i < n; i++) {
		if (at[i] < 0 || (size_t)at[i] >= parcel->n)
			return STATUS_DATA_LOSS;
		const struct intake_item *item = &parcel->items[at[i]];
		if (!intake->final && intake->n_late < LATE_MAX)
			keep(intake, parcel->type, item);
		else
			TRY(intake_refuse(intake, item->line,
					  parcel->type == LINE_COMMENT    ? "post"
					  : parcel->type == LINE_REACTION ? "target"
									  : "event",
					  "is not known"));
	}
	return STATUS_OK;
}

static enum status take_reply(struct intake *intake, const struct parcel *parcel,
			      const ProtobufCMessage *reply)
{
	struct intake_totals *totals = &intake->totals[parcel->type];

	totals->created += count(reply, "created_count");
	totals->changed += count(reply, "changed_count") + count(reply, "updated_count");
	totals->unchanged += count(reply, "unchanged_count");
	intake->persons += count(reply, "person_created_count");
	return note_unknown(intake, parcel, reply);
}

/* The position in "items[3].at", or SIZE_MAX. */
static size_t position(const char *field, const char **ret_rest)
{
	size_t at = 0;

	if (!text_starts(field, "items["))
		return SIZE_MAX;
	field += strlen("items[");
	if (*field < '0' || *field > '9')
		return SIZE_MAX;
	while (*field >= '0' && *field <= '9' && at < CALL_ITEMS)
		at = at * 10 + (size_t)(*field++ - '0');
	*ret_rest = text_starts(field, "].") ? field + 2 : "";
	return at;
}

static bool is_fault_of_items(enum status status)
{
	return status == STATUS_INVALID_ARGUMENT || status == STATUS_ALREADY_EXISTS ||
	       status == STATUS_FAILED_PRECONDITION || status == STATUS_OUT_OF_RANGE ||
	       status == STATUS_NOT_FOUND;
}

static enum status send(struct intake *intake, struct parcel *parcels, size_t n);

/* All items of a call are taken or none. Those that the service names are told and left out; where
 * it names none, halves are tried until the one at fault stands alone. */
static enum status send_without_faults(struct intake *intake, const struct parcel *parcel,
				       const struct suite_call *call)
{
	size_t kept = 0;
	bool *bad = arena_array(&intake->arena, parcel->n, sizeof(*bad));
	bool named = false;

	for (size_t i = 0; i < call->n_violations; i++) {
		const char *rest = "";
		size_t at = position(call->violations[i].field, &rest);

		if (at >= parcel->n)
			continue;
		if (!bad[at])
			TRY(intake_refuse(intake, parcel->items[at].line, rest,
					  call->violations[i].description));
		named = bad[at] = true;
	}
	if (!named && parcel->n == 1)
		return intake_refuse(intake, parcel->items[0].line, call->reason, call->message);
	if (!named) {
		struct parcel halves[2] = {
			{parcel->type, parcel->items, parcel->n / 2},
			{parcel->type, parcel->items + parcel->n / 2, parcel->n - parcel->n / 2},
		};
		TRY(send(intake, &halves[0], 1));
		return send(intake, &halves[1], 1);
	}
	for (size_t i = 0; i < parcel->n; i++)
		if (!bad[i])
			parcel->items[kept++] = parcel->items[i];
	struct parcel rest = {parcel->type, parcel->items, kept};
	return kept > 0 ? send(intake, &rest, 1) : STATUS_OK;
}

static enum status send(struct intake *intake, struct parcel *parcels, size_t n)
{
	struct suite_call *calls = arena_array(&intake->arena, n, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		calls[i].method = item_method(parcels[i].type);
		calls[i].request = request_of(&intake->arena, &parcels[i]);
	}
	suite_run(intake->suite, &intake->arena, calls, n, intake->patience_us);
	for (size_t i = 0; i < n; i++) {
		if (calls[i].status == STATUS_OK)
			TRY(take_reply(intake, &parcels[i], calls[i].reply));
		else if (is_fault_of_items(calls[i].status))
			TRY(send_without_faults(intake, &parcels[i], &calls[i]));
		else
			return (enum status)cli_fail(
				calls[i].status, "%s: %s: %s", calls[i].method->name,
				status_name(calls[i].status), calls[i].message);
	}
	return STATUS_OK;
}

/* Cuts a list into calls, as many items each as may travel together. */
static size_t cut(enum line_type type, const struct intake_list *list, struct parcel *parcels)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n;) {
		size_t bytes = 0, taken = 0;

		while (i + taken < list->n && taken < CALL_ITEMS &&
		       (taken == 0 || bytes < CALL_BYTES))
			bytes += protobuf_c_message_get_packed_size(
				list->items[i + taken++].message);
		parcels[n++] = (struct parcel){type, list->items + i, taken};
		i += taken;
	}
	return n;
}

static enum status send_lists(struct intake *intake, struct intake_list *lists)
{
	for (size_t step = 0; step < N_STEPS; step++) {
		size_t n = 0, most = 0;

		for (const enum line_type *type = steps[step]; *type != LINE_TYPES; type++)
			most += lists[*type].n;
		struct parcel *parcels = arena_array(&intake->arena, most, sizeof(*parcels));
		for (const enum line_type *type = steps[step]; *type != LINE_TYPES; type++)
			n += cut(*type, &lists[*type], parcels + n);
		if (n > 0)
			TRY(send(intake, parcels, n));
	}
	return STATUS_OK;
}

enum status intake_flush(struct intake *intake)
{
	TRY(send_lists(intake, intake->lists));
	for (unsigned type = 0; type < LINE_TYPES; type++)
		intake->lists[type].n = 0;
	arena_reset(&intake->arena);
	return STATUS_OK;
}

enum status intake_finish(struct intake *intake)
{
	intake->final = true;
	return send_lists(intake, intake->late);
}
