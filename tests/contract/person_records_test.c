/* What is kept of a person he can take away: every column that names persons is looked for when he
 * asks, or it is told here why it is not; and what is found comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/text.h"
#include "db/db.h"
#include "db/sql.h"
#include "event.sql.h"
#include "postgres.h"
#include "rooms.h"

#define ID "11111111-1111-4111-8111-111111111111"

static struct postgres *postgres;

/* Columns that name persons and are not looked into, and why they need not be. */
static const struct {
	const char *room, *column, *why;
} elsewhere[] = {
	{"*", "outbox.person_id", "on its way to who keeps it"},
	{"*", "outbox.other_person_id", "on its way to who keeps it"},
	{"*", "outbox_late.person_id", "on its way to who keeps it"},
	{"*", "outbox_late.other_person_id", "on its way to who keeps it"},
	{"*", "outbox_dead.person_id", "on its way to who keeps it"},
	{"*", "outbox_dead.other_person_id", "on its way to who keeps it"},
	{"*", "replica_membership.person_id", "a copy of member's"},
	{"*", "replica_duty.person_id", "a copy of member's"},

	{"content", "ticket.assignee_person_id", "another's; what he wrote to it is a note"},
	{"content", "alert.acknowledge_person_id", "the community's alert"},
	{"content", "person_mention.author_person_id", "in the words of his post or comment"},
	{"content", "post_sharer.person_id", "the number of his shares"},
	{"content", "search_entry.author_person_id",
	 "the words of his posts and comments once more"},
	{"content", "review_item.reviewer_person_id", "another's words"},
	{"content", "text_print.person_id", "what his posts and comments are like"},
	{"content", "task_participant.person_id", "the number of his completions"},
	{"content", "expert.person_id", "a copy of member's"},
	{"content", "question.author_person_id", "what has become of his post"},
	{"content", "question.accepted_person_id", "another's question; his answer is a comment"},
	{"content", "question.closer_person_id", "why another's question, or his own, was closed"},
	{"content", "question.expert_person_id", "another's question"},
	{"content", "question_route.person_id", "another's question"},
	{"content", "question_route.by_person_id", "another's question"},

	{"activity", "task_completion.person_id", "a copy of content's"},

	{"evaluation", "pending.person_id", "an interaction, for the moment until it is counted"},
	{"evaluation", "fact.person_id", "the version behind an interaction"},
	{"evaluation", "tenure.person_id", "from when to when, as his memberships and stays say"},
	{"evaluation", "untold.person_ids", "days on their way to member"},

	{"member", "person.person_id", "the export begins with it"},
	{"member", "person.merged_into_person_id", "sections of his other ids"},
	{"member", "community.owner_person_id", "the role of his membership"},
	{"member", "real_document.person_id", "a hash; his verification tells of it"},
	{"member", "erasure.person_id", "of who has nothing to take away"},
	{"member", "portfolio.person_id", "the number of his duties"},
	{"member", "kol.person_id", "the last of his kol_changes"},
	{"member", "interest_trace.person_id", "what his interests are summed up from"},
	{"member", "tie.person_id", "a sum of comments and reactions"},
	{"member", "tie.other_person_id", "a sum of comments and reactions"},
	{"member", "contact.person_id", "a comment or reaction of his as a weight"},
	{"member", "contact.other_person_id", "a comment or reaction of another"},
	{"member", "reached.person_id", "a comment or reaction of another"},
	{"member", "reached.by_person_id", "a comment or reaction of his"},
	{"member", "accepted_answer.person_id", "a comment of his, by which another was helped"},
	{"member", "referral.person_id", "the inviter of his membership"},
	{"member", "split_move.person_id", "a plan; what comes of it is a membership"},
	/* What somebody did in office, or is to another, stands with that other. */
	{"member", "split.pinned_person_ids", "of a plan"},
	{"member", "erasure.actor_person_id", "another's erasure"},
	{"member", "membership.inviter_person_id", "another's membership"},
	{"member", "stay.inviter_person_id", "another's stay"},
	{"member", "referral.inviter_person_id", "another's membership"},
	{"member", "invitation.target_person_id", "another's invitation, not yet followed"},
	{"member", "join_request.inviter_person_id", "another's request"},
	{"member", "join_request.decider_person_id", "another's request"},
	{"member", "subscription_event.actor_person_id", "another's payment"},
	{"member", "rule_set.publisher_person_id", "the community's rules"},
	{"member", "violation_case.reviewer_person_id", "another's case"},
	{"member", "violation_step.actor_person_id", "another's case"},
	{"member", "sanction.judge_person_id", "another's sanction"},
	{"member", "journey_step.set_by_person_id", "another's journey"},
	{"member", "kol_change.by_person_id", "another's change"},
};

#define N_ELSEWHERE (sizeof(elsewhere) / sizeof(elsewhere[0]))

static int setup(void **state)
{
	(void)state;
	postgres = rooms_start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	postgres_stop(postgres);
	return 0;
}

static bool tells_of_persons(const struct sql *s)
{
	return s->out && text_equal(s->out->short_name, "PersonRecords");
}

static bool is_letter(char c)
{
	return c && strchr("abcdefghijklmnopqrstuvwxyz_0123456789", c);
}

/* Whether the table that is named last before `at` is that one. */
static bool is_of_table(const char *text, const char *at, const char *table)
{
	size_t n = strlen(table);

	for (; at > text; at--)
		if (text_starts(at, "FROM ") || text_starts(at, "JOIN "))
			return strncmp(at + 5, table, n) == 0 && !is_letter(at[5 + n]);

	return false;
}

static bool compares(const char *text, const char *table, const char *comparison)
{
	for (const char *at = strstr(text, comparison); at; at = strstr(at + 1, comparison))
		if (at > text && !is_letter(at[-1]) && is_of_table(text, at, table))
			return true;

	return false;
}

/* Whether a statement looks for persons in that column of the table. */
static bool is_looked_for(const struct sql_table *sql, const char *table, const char *column)
{
	CLEANUP(buf_fini) struct buf equals = {0};
	CLEANUP(buf_fini) struct buf using = {0};

	buf_add_format(&equals, "%s = $", column);
	buf_add_format(&using, "USING (community_id, %s)", column);
	for (size_t i = 0; i < sql->n_statements; i++) {
		const struct sql *s = sql->statements[i];

		if (tells_of_persons(s) &&
		    (compares(s->text, table, equals.data) || compares(s->text, table, using.data)))
			return true;
	}

	return false;
}

static bool is_elsewhere(const struct room *room, const char *column)
{
	for (size_t i = 0; i < N_ELSEWHERE; i++)
		if ((text_equal(elsewhere[i].room, "*") ||
		     text_equal(elsewhere[i].room, room->name)) &&
		    text_equal(elsewhere[i].column, column))
			return true;

	return false;
}

/* "table.column", one after the other with a space between. */
static const char *person_columns(const struct room *room, struct arena *arena)
{
	return arena_string(
		arena,
		postgres_text(
			postgres,
			"SELECT string_agg(c.relname || '.' || a.attname, ' ' "
			"ORDER BY c.relname, a.attname) "
			"FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
			"WHERE c.relnamespace = '%s'::regnamespace AND c.relkind IN ('r', 'p') "
			"AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped "
			"AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype) "
			"AND (a.attname ~ 'person' OR a.attname ~ '_by(_id)?$' OR a.attname ~ "
			"'^(author|actor|member|owner|speaker|reviewer|voter|rater)_ids?$')",
			room->name));
}

static void who_is_named_is_found(void **state)
{
	const struct room *room = *state;
	struct arena arena = {0};
	const char *at = person_columns(room, &arena);
	size_t n_lost = 0, n = 0;

	while (*at) {
		char *name = arena_copy(&arena, at, strcspn(at, " "));
		char *dot = strchr(name, '.');
		char *table = arena_copy(&arena, name, (size_t)(dot - name));
		bool found = is_looked_for(room->sql, table, dot + 1);

		at += strlen(name) + (at[strlen(name)] == ' ');
		n++;
		if (found == is_elsewhere(room, name)) {
			print_error("%s.%s %s\n", room->name, name,
				    found ? "is looked for, and told to be elsewhere"
					  : "names persons and is not exported");
			n_lost++;
		}
	}
	arena_fini(&arena);
	assert_true(n > 0);
	assert_int_equal(n_lost, 0);
}

static void what_is_told_to_be_elsewhere_is_there(void **state)
{
	const struct room *room = *state;
	struct arena arena = {0};
	const char *columns = arena_printf(&arena, " %s ", person_columns(room, &arena));

	for (size_t i = 0; i < N_ELSEWHERE; i++) {
		if (!text_equal(elsewhere[i].room, "*") &&
		    !text_equal(elsewhere[i].room, room->name))
			continue;
		if (!strstr(columns, arena_printf(&arena, " %s ", elsewhere[i].column)))
			fail_msg("%s has no %s", room->name, elsewhere[i].column);
	}
	arena_fini(&arena);
}

/* -- what is found comes out */

static ProtobufCMessage *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

	protobuf_c_message_init(type, message);

	return message;
}

static void *field_of(ProtobufCMessage *message, const char *name)
{
	return (char *)message +
	       protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name)->offset;
}

static size_t rows_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
}

static const struct sql *first_of(const struct room *room)
{
	for (size_t i = 0; i < room->sql->n_statements; i++)
		if (tells_of_persons(room->sql->statements[i]))
			return room->sql->statements[i];

	fail_msg("%s tells nothing of persons", room->name);
	return NULL;
}

/* Walks with a row a page, as long as there is more; counts the rows of each field. */
static void count_rows(const struct room *room, struct db *db, struct arena *arena, size_t *counts)
{
	const struct sql *first = first_of(room);
	ProtobufCMessage *request = message_new(arena, first->in);
	const char **token = field_of(request, "page_token");
	size_t n_pages = 0;

	*(const char **)field_of(request, "person_id") = ID;
	*(int32_t *)field_of(request, "page_size") = 1;
	do {
		ProtobufCMessage *page = message_new(arena, first->out);
		struct call c = {.arena = arena,
				 .db = db,
				 .request_id = "",
				 .traceparent = "",
				 .now_us = clock_wall_us(),
				 .deadline_us = clock_mono_us() + 10000000};

		if (sql_walk(&c, room->sql, request, page) != STATUS_OK)
			fail_msg("%s: %s", room->name, c.fault.message);
		for (unsigned i = 0; i < first->out->n_fields; i++)
			if (first->out->fields[i].label == PROTOBUF_C_LABEL_REPEATED)
				counts[i] += rows_of(page, &first->out->fields[i]);
		*token = *(const char **)field_of(page, "next_page_token");
		assert_true(n_pages++ < 100);
	} while (**token);
}

/* Rows that are such as to be there: of one day, of one who is somebody. */
static void fill(const struct room *room)
{
	room_fill(postgres, room, ID);
	postgres_text(postgres, "SET search_path = %s", room->name);
	if (text_equal(room->name, "evaluation"))
		postgres_text(postgres,
			      "UPDATE fold SET time_zone = 'UTC'; UPDATE member_day "
			      "SET day = DATE '2024-07-01' - DATE '1970-01-01'");
	if (text_equal(room->name, "content"))
		postgres_text(postgres, "UPDATE person_mention SET mention_time = now()");
	if (text_equal(room->name, "member"))
		postgres_text(postgres, "UPDATE interest SET amount = 1");
}

static void a_row_of_each_table_comes_out(void **state)
{
	static const uint8_t secret[32] = {1};
	const struct room *room = *state;
	const struct sql_table *const tables[] = {room->sql, &event_sql, NULL};
	struct db *db = db_new(&(struct db_options){.url = postgres_url(postgres),
						    .schema = room->name,
						    .name = "contract",
						    .prepare = true,
						    .connect_timeout_us = 10000000,
						    .page_secret = secret,
						    .tables = tables});
	const ProtobufCMessageDescriptor *out = first_of(room)->out;
	struct arena arena = {0};
	size_t counts[100] = {0};

	assert_true(out->n_fields < 100);
	fill(room);
	count_rows(room, db, &arena, counts);
	for (unsigned i = 0; i < out->n_fields; i++)
		if (out->fields[i].label == PROTOBUF_C_LABEL_REPEATED && counts[i] != 1)
			fail_msg("%s.%s: %zu rows for one", room->name, out->fields[i].name,
				 counts[i]);
	db_free(db);
	arena_fini(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FOR_EACH_ROOM(who_is_named_is_found),
		FOR_EACH_ROOM(what_is_told_to_be_elsewhere_is_there),
		FOR_EACH_ROOM(a_row_of_each_table_comes_out),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
