/* Every statement of every service is prepared on a real PostgreSQL, on the schema that the
 * migrations make, and its parameters and columns are held against its messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "activity.migrations.h"
#include "activity.sql.h"
#include "base/arena.h"
#include "base/call.h"
#include "base/clock.h"
#include "content.migrations.h"
#include "content.sql.h"
#include "db/db.h"
#include "db/migrate.h"
#include "evaluation.migrations.h"
#include "evaluation.sql.h"
#include "event.migrations.h"
#include "event.sql.h"
#include "member.migrations.h"
#include "member.sql.h"
#include "postgres.h"

static int check_table(struct db *db, const struct sql_table *table)
{
	int misfits = 0;

	for (size_t i = 0; i < table->n_statements; i++) {
		struct arena arena = {0};
		static struct caller nobody = {.id = "", .person_id = ""};
		struct call c = {
			.arena = &arena,
			.caller = &nobody,
			.deadline_us = clock_mono_us() + 30000000,
			.db = db,
		};

		if (db_check(&c, table->statements[i]) != STATUS_OK) {
			print_error("%s: %s: %s\n", table->statements[i]->where,
				    table->statements[i]->name, c.fault.message);
			misfits++;
		}
		arena_fini(&arena);
	}

	return misfits;
}

static void check_service(void **state, const char *schema, const struct sql_table *table,
			  const struct migration_set *migrations)
{
	const char *url = postgres_url(*state);
	const struct sql_table *const tables[] = {table, &event_sql, NULL};
	uint8_t secret[32] = {0};
	struct db_options options = {
		.url = url,
		.schema = schema,
		.name = "statements_test",
		.prepare = true,
		.connect_timeout_us = 10000000,
		.page_secret = secret,
		.tables = tables,
	};
	struct db *db;
	int misfits;

	assert_int_equal(migrate_run(url, schema, &event_migrations), STATUS_OK);
	assert_int_equal(migrate_run(url, schema, migrations), STATUS_OK);
	db = db_new(&options);
	misfits = check_table(db, table) + check_table(db, &event_sql);
	db_free(db);
	assert_int_equal(misfits, 0);
}

static void statements_of_member_fit(void **state)
{
	check_service(state, "member", &member_sql, &member_migrations);
}

static void statements_of_content_fit(void **state)
{
	check_service(state, "content", &content_sql, &content_migrations);
}

static void statements_of_activity_fit(void **state)
{
	check_service(state, "activity", &activity_sql, &activity_migrations);
}

static void statements_of_evaluation_fit(void **state)
{
	check_service(state, "evaluation", &evaluation_sql, &evaluation_migrations);
}

static int setup(void **state)
{
	*state = postgres_start();

	return 0;
}

static int teardown(void **state)
{
	postgres_stop(*state);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_of_member_fit),
		cmocka_unit_test(statements_of_content_fit),
		cmocka_unit_test(statements_of_activity_fit),
		cmocka_unit_test(statements_of_evaluation_fit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
