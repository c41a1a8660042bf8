/* Every statement of every service, prepared on real tables: its parameters and columns fit its
 * messages, its batched form is SQL too. And the tables can be distributed by community. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/text.h"
#include "db/db.h"
#include "event.sql.h"
#include "kith_files.h"
#include "postgres.h"
#include "rooms.h"

static struct postgres *postgres;

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

static size_t count_misfits(struct db *db, const struct sql_table *table)
{
	struct arena arena = {0};
	size_t n = 0;

	for (size_t i = 0; i < table->n_statements; i++) {
		struct call c = {.arena = &arena,
				 .db = db,
				 .request_id = "",
				 .traceparent = "",
				 .now_us = clock_wall_us(),
				 .deadline_us = clock_mono_us() + 10000000};

		if (db_check(&c, table->statements[i]) != STATUS_OK) {
			print_error("%s: %s\n", table->statements[i]->where,
				    c.fault.message ? c.fault.message : "?");
			n++;
		}
		arena_reset(&arena);
	}
	arena_fini(&arena);

	return n;
}

static void statements_fit_their_messages_and_tables(void **state)
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

	size_t n_misfits = count_misfits(db, room->sql) + count_misfits(db, &event_sql);

	db_free(db);
	assert_int_equal(n_misfits, 0);
}

static void batched_forms_are_sql(void **state)
{
	const struct room *room = *state;
	size_t n = 0;

	postgres_text(postgres, "SET search_path = %s", room->name);
	for (size_t i = 0; i < room->sql->n_statements; i++) {
		const struct sql *s = room->sql->statements[i];
		CLEANUP(buf_fini) struct buf text = {0};
		struct arena arena = {0};

		if (!s->many_text)
			continue;
		room_batched_form(s, room_prepare(postgres, s, &arena), &text);
		postgres_text(postgres, "PREPARE many AS %s", text.data);
		postgres_text(postgres, "DEALLOCATE ALL");
		arena_fini(&arena);
		n++;
	}
	assert_true(n > 0);
}

/* What the query finds is wrong; one line each. */
static void nothing_is(const char *schema, const char *query)
{
	const char *found;

	postgres_text(postgres, "SET search_path = pg_catalog");
	found = postgres_text(postgres,
			      "SELECT string_agg(what, E'\\n') FROM (%s) AS found (schema, what) "
			      "WHERE schema = '%s'",
			      query, schema);
	if (*found)
		fail_msg("%s:\n%s", schema, found);
}

/* A name of the whole platform stands in a table of its own, keyed by the name. */
static void keys_hold_the_community(void **state)
{
	const struct room *room = *state;

	nothing_is(room->name,
		   "SELECT n.nspname, c.relname || '.' || i.indexrelid::regclass || "
		   "' is unique without community_id' "
		   "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace "
		   "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'community_id' "
		   "WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY (i.indkey) "
		   "AND c.relname NOT IN ('community_slug', 'invitation_code', 'channel_place', "
		   "'resource_code')");
}

static void foreign_keys_hold_the_community_on_both_sides(void **state)
{
	const struct room *room = *state;

	nothing_is(
		room->name,
		"SELECT n.nspname, c.relname || '.' || k.conname || ' leaves the community' "
		"FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
		"JOIN pg_namespace n ON n.oid = c.relnamespace "
		"JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'community_id' "
		"JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'community_id' "
		"WHERE k.contype = 'f' AND NOT EXISTS (SELECT FROM "
		"unnest(k.conkey, k.confkey) AS pair (x, y) WHERE x = a.attnum AND y = b.attnum)");
}

static void there_are_no_triggers_and_no_rules(void **state)
{
	const struct room *room = *state;

	nothing_is(room->name,
		   "SELECT n.nspname, c.relname || ' has the trigger ' || t.tgname "
		   "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal "
		   "UNION ALL SELECT n.nspname, c.relname || ' has the rule ' || r.rulename "
		   "FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind <> 'v'");
}

static void foreign_keys_change_no_rows(void **state)
{
	const struct room *room = *state;

	nothing_is(room->name,
		   "SELECT n.nspname, c.relname || '.' || k.conname || ' sets NULL or a default' "
		   "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace "
		   "WHERE k.contype = 'f' AND (k.confdeltype IN ('n', 'd') OR "
		   "k.confupdtype IN ('n', 'd'))");
}

static void times_have_a_zone_and_sequences_are_wide(void **state)
{
	const struct room *room = *state;

	nothing_is(room->name,
		   "SELECT n.nspname, c.relname || '.' || a.attname || ' has no time zone' "
		   "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace "
		   "WHERE a.attnum > 0 AND a.atttypid = 'timestamp'::regtype "
		   "UNION ALL SELECT schemaname, sequencename || ' is ' || data_type "
		   "FROM pg_sequences WHERE data_type <> 'bigint'::regtype");
}

/* The name of a constraint that clients run into becomes the reason they see. */
static void unique_constraints_are_named_for_the_client(void **state)
{
	const struct room *room = *state;

	nothing_is(room->name,
		   "SELECT n.nspname, c.relname || '.' || k.conname || ' was named by nobody' "
		   "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
		   "JOIN pg_namespace n ON n.oid = c.relnamespace "
		   "WHERE k.contype IN ('u', 'x') AND NOT c.relispartition "
		   "AND k.conname ~ '_(key|excl)[0-9]*$'");
}

/* "PUBLISHED" of POST_STATE_PUBLISHED: as tables have it. */
static const char *bare_name(const ProtobufCEnumDescriptor *type, const char *name)
{
	size_t n = strlen(type->values_by_name[0].name);

	/* What all values begin with, up to an underscore. */
	for (unsigned i = 1; i < type->n_value_names; i++)
		while (strncmp(type->values_by_name[0].name, type->values_by_name[i].name, n) != 0)
			n--;
	while (n && name[n - 1] != '_')
		n--;

	return name + n;
}

/* The CHECK of a column that holds an enum names the values of the contract, and no others. */
static size_t count_unlike(const char *schema, const char *table,
			   const ProtobufCFieldDescriptor *field, size_t *compared)
{
	const ProtobufCEnumDescriptor *type = field->descriptor;
	struct arena arena = {0};
	const char *check;
	size_t n_unlike = 0, n_quotes = 0;

	check = arena_string(
		&arena, postgres_text(postgres,
				      "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
				      "WHERE conrelid = to_regclass('%s.%s') AND contype = 'c' "
				      "AND pg_get_constraintdef(oid) LIKE '%%(%s = ANY%%'",
				      schema, table, field->name));
	for (unsigned i = 0; *check && i < type->n_values; i++) {
		const char *name = bare_name(type, type->values[i].name);
		const char *quoted = arena_printf(&arena, "'%s'::", name);

		if (!text_equal(name, "UNSPECIFIED") && !strstr(check, quoted)) {
			print_error("%s.%s.%s lacks %s\n", schema, table, field->name, name);
			n_unlike++;
		}
	}
	for (const char *at = check; *at; at++)
		n_quotes += *at == '\'';
	if (*check && n_quotes / 2 != type->n_values - 1) {
		print_error("%s.%s.%s has others than the contract: %s\n", schema, table,
			    field->name, check);
		n_unlike++;
	}
	*compared += *check != '\0';
	arena_fini(&arena);

	return n_unlike;
}

static void checks_name_the_values_of_the_contract(void **state)
{
	const struct room *room = *state;
	size_t n_unlike = 0, compared = 0;

	for (size_t i = 0; i < kith_messages_count; i++) {
		const ProtobufCMessageDescriptor *message = kith_messages[i];
		char package[32], table[64] = "";
		size_t n = 0;

		snprintf(package, sizeof(package), "kith.%s.v1", room->name);
		if (!text_equal(message->package_name, package))
			continue;
		for (const char *at = message->short_name; *at && n + 2 < sizeof(table); at++) {
			if (*at < 'a' && at > message->short_name)
				table[n++] = '_';
			table[n++] = (char)(*at | 0x20);
		}
		for (unsigned k = 0; k < message->n_fields; k++)
			if (message->fields[k].type == PROTOBUF_C_TYPE_ENUM &&
			    message->fields[k].label != PROTOBUF_C_LABEL_REPEATED)
				n_unlike += count_unlike(room->name, table, &message->fields[k],
							 &compared);
	}
	print_message("%zu columns compared\n", compared);
	assert_int_equal(n_unlike, 0);
}

/* A distributed update runs on every shard's own copy of the row. */
static void updates_are_not_volatile(void **state)
{
	static const char *const words[] = {"random()", "gen_random_uuid()", "clock_timestamp()",
					    "nextval("};
	const struct room *room = *state;

	for (size_t i = 0; i < room->sql->n_statements; i++) {
		const struct sql *s = room->sql->statements[i];

		if (!strstr(s->text, "UPDATE "))
			continue;
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (strstr(s->text, words[k]))
				fail_msg("%s: %s updates with %s", s->where, s->name, words[k]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FOR_EACH_ROOM(statements_fit_their_messages_and_tables),
		FOR_EACH_ROOM(batched_forms_are_sql),
		FOR_EACH_ROOM(keys_hold_the_community),
		FOR_EACH_ROOM(foreign_keys_hold_the_community_on_both_sides),
		FOR_EACH_ROOM(there_are_no_triggers_and_no_rules),
		FOR_EACH_ROOM(foreign_keys_change_no_rows),
		FOR_EACH_ROOM(times_have_a_zone_and_sequences_are_wide),
		FOR_EACH_ROOM(unique_constraints_are_named_for_the_client),
		FOR_EACH_ROOM(checks_name_the_values_of_the_contract),
		FOR_EACH_ROOM(updates_are_not_volatile),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
