/* Migrations on a real PostgreSQL: once, in order, under a lock, never changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/log.h"
#include "db/migrate.h"
#include "postgres.h"

#define MIGRATORS 6

static struct postgres *pg;

static const struct migration three[] = {
	{1, "0001_thing",
	 "-- a comment; with a semicolon and an 'apostrophe\n"
	 "CREATE TABLE thing (id int, text text DEFAULT 'a;b');\n"
	 "/* another; */ INSERT INTO thing VALUES (1, 'it''s; fine');"},
	{2, "0002_function",
	 "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN 2; END; $body$;"
	 " INSERT INTO thing SELECT two(), $$x;y$$"},
	{3, "0003_more", "INSERT INTO thing VALUES (3);\n\n"},
};

static const struct migration_set one_set = {"test", three, 1};
static const struct migration_set full_set = {"test", three, 3};

static void files_are_applied_in_order_and_once(void **state)
{
	(void)state;
	assert_int_equal(migrate_check(postgres_url(pg), "a", &one_set),
			 STATUS_FAILED_PRECONDITION);
	assert_int_equal(migrate_run(postgres_url(pg), "a", &one_set), STATUS_OK);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &one_set), STATUS_OK);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &full_set),
			 STATUS_FAILED_PRECONDITION);
	for (int i = 0; i < 2; i++)
		assert_int_equal(migrate_run(postgres_url(pg), "a", &full_set), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM a.thing"), 3);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM a.migration"), 3);
	assert_string_equal(postgres_text(pg, "SELECT text FROM a.thing WHERE id = 2"), "x;y");
}

static void older_binary_accepts_a_newer_schema(void **state)
{
	(void)state;
	assert_int_equal(migrate_run(postgres_url(pg), "a", &one_set), STATUS_OK);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &one_set), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM a.migration"), 3);
}

static void changed_file_is_refused(void **state)
{
	static const struct migration changed[] = {
		{1, "0001_thing", "CREATE TABLE other (id int)"}};
	static const struct migration_set set = {"test", changed, 1};

	(void)state;
	assert_int_equal(migrate_run(postgres_url(pg), "a", &set), STATUS_FAILED_PRECONDITION);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &set), STATUS_FAILED_PRECONDITION);
}

static void failing_file_leaves_nothing_behind(void **state)
{
	static const struct migration bad[] = {
		{1, "0001_half", "CREATE TABLE half (id int); SELECT 1 / 0;"}};
	static const struct migration_set set = {"test", bad, 1};

	(void)state;
	assert_int_not_equal(migrate_run(postgres_url(pg), "b", &set), STATUS_OK);
	assert_int_equal(
		postgres_int(pg, "SELECT count(*) FROM pg_tables WHERE tablename = 'half'"), 0);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM b.migration"), 0);
}

static void *migrate(void *user)
{
	*(enum status *)user = migrate_run(postgres_url(pg), "c", &full_set);

	return NULL;
}

static void many_migrators_at_once_do_it_once(void **state)
{
	enum status got[MIGRATORS];
	pthread_t threads[MIGRATORS];

	(void)state;
	for (int i = 0; i < MIGRATORS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate, &got[i]), 0);
	for (int i = 0; i < MIGRATORS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(got[i], STATUS_OK);
	}
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM c.thing"), 3);
}

static const struct migration indexed[] = {
	{1, "0001_big", "CREATE TABLE big AS SELECT n FROM generate_series(1, 1000) AS n"},
	{2, "0002_index",
	 "-- concurrently\n-- Found by n.\n"
	 "CREATE INDEX CONCURRENTLY IF NOT EXISTS big_by_n ON big (n);\n"
	 "CREATE INDEX CONCURRENTLY IF NOT EXISTS big_by_half ON big ((n / 2));\n"},
};
static const struct migration_set index_set = {"test", indexed, 2};

static int64_t n_valid_indexes(const char *schema)
{
	return postgres_int(
		pg,
		"SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
		"WHERE relnamespace = '%s'::regnamespace AND relname = 'big' AND indisvalid",
		schema);
}

static void *migrate_indexes(void *user)
{
	*(enum status *)user = migrate_run(postgres_url(pg), "d", &index_set);

	return NULL;
}

static void indexes_are_built_concurrently_by_many_migrators(void **state)
{
	enum status got[MIGRATORS];
	pthread_t threads[MIGRATORS];

	(void)state;
	for (int i = 0; i < MIGRATORS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate_indexes, &got[i]), 0);
	for (int i = 0; i < MIGRATORS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(got[i], STATUS_OK);
	}
	assert_int_equal(n_valid_indexes("d"), 2);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM d.migration"), 2);
}

/* As a migrator leaves it that is killed while it builds. */
static void half_built_index_is_built_again(void **state)
{
	(void)state;
	postgres_text(pg, "DELETE FROM d.migration WHERE number = 2");
	postgres_text(pg,
		      "UPDATE pg_index SET indisvalid = false "
		      "WHERE indexrelid = 'd.big_by_n'::regclass");
	assert_int_equal(migrate_run(postgres_url(pg), "d", &index_set), STATUS_OK);
	assert_int_equal(n_valid_indexes("d"), 2);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM d.migration"), 2);
}

static void two_sets_share_a_schema(void **state)
{
	static const struct migration other[] = {{1, "0001_other", "CREATE TABLE other (id int)"}};
	static const struct migration_set set = {"other", other, 1};

	(void)state;
	assert_int_equal(migrate_run(postgres_url(pg), "a", &set), STATUS_OK);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &set), STATUS_OK);
	assert_int_equal(migrate_check(postgres_url(pg), "a", &full_set), STATUS_OK);
}

static void server_that_is_not_there_is_said_to_be(void **state)
{
	const char *url = "postgresql:///x?host=/tmp/no-such-folder";

	(void)state;
	assert_int_equal(migrate_run(url, "a", &one_set), STATUS_UNAVAILABLE);
	assert_int_equal(migrate_check(url, "a", &one_set), STATUS_UNAVAILABLE);
}

static int setup(void **state)
{
	(void)state;
	log_setup(&(struct log_options){.level = LOG_ERROR, .process = "test"});
	pg = postgres_start();

	return 0;
}

static int teardown(void **state)
{
	(void)state;
	postgres_stop(pg);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_applied_in_order_and_once),
		cmocka_unit_test(older_binary_accepts_a_newer_schema),
		cmocka_unit_test(changed_file_is_refused),
		cmocka_unit_test(failing_file_leaves_nothing_behind),
		cmocka_unit_test(many_migrators_at_once_do_it_once),
		cmocka_unit_test(indexes_are_built_concurrently_by_many_migrators),
		cmocka_unit_test(half_built_index_is_built_again),
		cmocka_unit_test(two_sets_share_a_schema),
		cmocka_unit_test(server_that_is_not_there_is_said_to_be),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
