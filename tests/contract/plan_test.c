/* Every statement of every service, planned: each table is read by an index, from a condition on.
 * The plans are those which connections make once and keep: of tables without a row or a statistic,
 * as after an installation, and of tables of a million rows each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "db/sql.h"
#include "event.sql.h"
#include "postgres.h"
#include "rooms.h"

static struct postgres *postgres;

/* Statements that read a whole table or a whole index, and why they may. */
static const struct {
	const char *name, *walked, *why;
} known[] = {
	{"event.reply_forget", "idempotency",
	 "answers go after a day; no column names whom one speaks of"},
	{"member.erase_outbox", "outbox outbox_dead outbox_late", "holds what is on its way"},
	{"content.outbox_forget", "outbox outbox_dead outbox_late", "holds what is on its way"},
	/* Without a statistic a person is taken to have thousands of rows. */
	{"member.merge_memberships", "community_external_id_taken", "joins what the merge moved"},
	{"member.unmerge_memberships", "community_external_id_taken", "joins what the merge moved"},
	{"content.ticket_forget", "ticket_note_pkey", "joins the tickets of a person"},
	/* Partial indexes in which nothing lies here, so that reading them costs nothing. */
	{"member.facet_renew", "facet_index_renewal", "communities whose days have just changed"},
	{"member.join_request_decide", "join_request_due", "requests that wait for an answer"},
	{"member.rules_publish", "rule_set_pending", "rules that are not in force yet"},
	{"content.quality_catch_up", "community_quality_behind", "whose scores are made anew"},
	{NULL, NULL, NULL},
};

/* What the plan of a prepared statement reads from end to end. Under a LIMIT an index may begin at
 * its end, when nothing is dropped or put into another order on the way. */
static const char walks[] =
	"CREATE FUNCTION pg_temp.walks(prepared text) RETURNS text LANGUAGE plpgsql AS $function$ "
	"DECLARE plan jsonb; BEGIN "
	"EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE ' || prepared INTO plan; "
	"RETURN (WITH RECURSIVE node (node, limited) AS ("
	"SELECT plan->0->'Plan', false UNION ALL "
	"SELECT below, node->>'Node Type' = 'Limit' OR limited AND NOT below ? 'Subplan Name' "
	"AND node->>'Node Type' IN ('LockRows', 'Result', 'Subquery Scan', 'Append', 'Merge "
	"Append') "
	"AND NOT node ? 'Filter' "
	"FROM node, jsonb_array_elements(node->'Plans') AS below) "
	"SELECT string_agg(DISTINCT COALESCE(node->>'Index Name', node->>'Relation Name'), ' ') "
	"FROM node WHERE node->>'Node Type' = 'Seq Scan' "
	"OR node->>'Node Type' IN ('Index Scan', 'Index Only Scan', 'Bitmap Index Scan') "
	"AND NOT node ? 'Index Cond' AND NOT (limited AND NOT node ? 'Filter')); "
	"END $function$";

static int setup(void **state)
{
	(void)state;
	postgres = rooms_start();
	postgres_text(postgres, "SET plan_cache_mode = force_generic_plan");
	postgres_text(postgres, "SET enable_seqscan = off");
	postgres_text(postgres, "SET enable_partition_pruning = off");
	postgres_text(postgres, "SET jit = off");
	/* A row lies on a page of its own, as rows of a big table in the order of another key do.
	 */
	postgres_text(postgres, "SET cpu_tuple_cost = 1");
	postgres_text(postgres, "%s", walks);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	postgres_stop(postgres);
	return 0;
}

static const char *why(const struct sql *s, const char *walked)
{
	for (size_t i = 0; known[i].name; i++)
		if (text_equal(known[i].name, s->name) && text_equal(known[i].walked, walked))
			return known[i].why;

	return NULL;
}

/* Whether the form, which is prepared, walks what it may not. */
static bool walks_unknown(const struct sql *s, const char *form)
{
	CLEANUP(buf_fini) struct buf call = {0};
	const char *walked;

	buf_add_string(&call, form);
	for (size_t i = 0; i < s->n_params; i++)
		buf_add_string(&call, i ? ", NULL" : " (NULL");
	buf_add_string(&call, s->n_params ? ")" : "");
	walked = postgres_text(postgres, "SELECT pg_temp.walks('%s')", call.data);
	if (!*walked || why(s, walked))
		return false;

	print_error("%s: %s (%s) walks %s\n", s->where, s->name, form, walked);
	return true;
}

static size_t count_walks(const struct sql_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n_statements; i++) {
		const struct sql *s = table->statements[i];
		CLEANUP(buf_fini) struct buf many = {0};
		struct arena arena = {0};
		const char *types = room_prepare(postgres, s, &arena);

		n += walks_unknown(s, "plain");
		if (s->many_text) {
			room_batched_form(s, types, &many);
			postgres_text(postgres, "PREPARE many AS %s", many.data);
			n += walks_unknown(s, "many");
		}
		postgres_text(postgres, "DEALLOCATE ALL");
		arena_fini(&arena);
	}

	return n;
}

static void statements_read_by_index(void **state)
{
	const struct room *room = *state;
	size_t n;

	postgres_text(postgres, "SET search_path = %s", room->name);
	n = count_walks(room->sql) + count_walks(&event_sql);
	print_message("%zu statements planned\n", room->sql->n_statements + event_sql.n_statements);
	assert_int_equal(n, 0);
}

static void statements_read_big_tables_by_index(void **state)
{
	const struct room *room = *state;

	postgres_text(postgres, "SET search_path = %s", room->name);
	/* A row makes a table one page; its statistics say that the page is full. */
	room_fill(postgres, room, "00000000-0000-0000-0000-000000000000");
	postgres_text(postgres,
		      "UPDATE pg_class SET reltuples = 1000000, "
		      "relpages = CASE relkind WHEN 'r' THEN 1 ELSE 2 END "
		      "WHERE relkind IN ('r', 'i') AND relnamespace = '%s'::regnamespace",
		      room->name);
	statements_read_by_index(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FOR_EACH_ROOM(statements_read_big_tables_by_index),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
