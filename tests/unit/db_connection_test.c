/* Transactions and the connection: what a commit keeps, deadlines, a server that goes away. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "db_fixture.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/event/v1/store.pb-c.h"

static void commit_keeps_and_rollback_forgets(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__Event in = EVENT__EVENT__INIT;

	in.version = 1;
	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	db_rollback(desk->db);
	in.version = 2;
	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	expect(c, db_commit(c), STATUS_OK);
	in.version = 3;
	expect(c, db_begin(c), STATUS_OK);
	db_commit_next(c);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number = 1"), 0);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number IN (2, 3)"), 2);

	/* Unique by name. */
	in.version = 3;
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_ALREADY_EXISTS);
	assert_string_equal(c->fault.reason, "NUMBER_TAKEN");
}

static void deadline_ends_a_statement_and_keeps_the_connection(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t start, pid;

	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	pid = out.count;
	start = clock_mono_us();
	c->deadline_us = start + 200000;
	expect(c, sql_run(c, &sleepy, NULL, &out.base), STATUS_DEADLINE_EXCEEDED);
	assert_in_range(clock_mono_us() - start, 190000, 10000000);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_DEADLINE_EXCEEDED);

	*c = new_call(desk);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	assert_int_equal(out.count, pid);
}

static void lost_connection_is_unavailable_then_new(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t pid;

	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	pid = out.count;
	postgres_int(pg, "SELECT pg_terminate_backend(%lld, 5000)::int", (long long)pid);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_UNAVAILABLE);
	assert_true(c->fault.retry_after_us > 0);
	call_forgive(c);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	assert_int_not_equal(out.count, pid);
}

static void lost_transaction_goes_on_only_after_rollback(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	Event__Event in = EVENT__EVENT__INIT;

	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	postgres_int(pg, "SELECT pg_terminate_backend(%lld, 5000)::int", (long long)out.count);
	in.version = 4;
	for (int i = 0; i < 3; i++) {
		expect(c, sql_run(c, &note, &in.base, NULL), STATUS_UNAVAILABLE);
		call_forgive(c);
	}
	expect(c, db_commit(c), STATUS_UNAVAILABLE);
	call_forgive(c);
	db_rollback(desk->db);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number = 4"), 1);
}

/* The ROLLBACKs that fail on their way, as one does which a late cancellation hits. */
static int failing;

int __real_PQsendQueryParams(PGconn *conn, const char *text, int n, const Oid *types,
			     const char *const *values, const int *sizes, const int *formats,
			     int format);
int __wrap_PQsendQueryParams(PGconn *conn, const char *text, int n, const Oid *types,
			     const char *const *values, const int *sizes, const int *formats,
			     int format);

int __wrap_PQsendQueryParams(PGconn *conn, const char *text, int n, const Oid *types,
			     const char *const *values, const int *sizes, const int *formats,
			     int format)
{
	if (failing && strcmp(text, "ROLLBACK") == 0) {
		failing--;
		text = "SELECT 1 / 0";
	}

	return __real_PQsendQueryParams(conn, text, n, types, values, sizes, formats, format);
}

static void a_rollback_keeps_the_connection(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse first = EVENT__COUNT_RESPONSE__INIT, then = first;

	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &backend, NULL, &first.base), STATUS_OK);
	db_rollback(desk->db);
	expect(c, sql_run(c, &backend, NULL, &then.base), STATUS_OK);
	assert_int_equal(first.count, then.count);
}

static void a_failed_rollback_leaves_no_transaction_behind(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	Event__Event in = EVENT__EVENT__INIT;

	in.version = 5;
	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	failing = 1;
	db_rollback(desk->db);
	assert_int_equal(failing, 0);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number = 5"), 1);
}

static void schema_that_changed_is_met_by_a_new_connection(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Content__GetPostRequest in = CONTENT__GET_POST_REQUEST__INIT;
	Content__Post out = CONTENT__POST__INIT;

	in.community_id = COMMUNITY;
	in.post_id = "00000000-0000-7000-8000-000000000001";
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_OK);
	postgres_int(pg, "ALTER TABLE post ALTER COLUMN create_time TYPE timestamp");
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_ABORTED);
	assert_string_equal(c->fault.reason, "STATEMENT_STALE");
	call_forgive(c);
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_OK);
	postgres_int(pg, "ALTER TABLE post ALTER COLUMN create_time TYPE timestamptz");
}

/* Where no server answers. */
static void open_elsewhere(struct desk *desk, const char *url)
{
	static const struct sql_table *const tables[] = {&table, NULL};
	static const uint8_t secret[32];
	struct db_options options = {
		.url = url,
		.schema = "public",
		.name = "db_test",
		.prepare = true,
		.connect_timeout_us = 5000000,
		.page_secret = secret,
		.tables = tables,
	};

	*desk = (struct desk){.db = db_new(&options)};
}

static void close_elsewhere(struct desk *desk)
{
	db_free(desk->db);
	arena_fini(&desk->arena);
}

static void server_that_is_not_there_is_unavailable_at_once(void **state)
{
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t start = clock_mono_us();
	struct desk desk;

	(void)state;
	open_elsewhere(&desk, "postgresql:///x?host=/tmp/no-such-folder");
	for (int i = 0; i < 3; i++) {
		struct call c = new_call(&desk);

		expect(&c, sql_run(&c, &backend, NULL, &out.base), STATUS_UNAVAILABLE);
		assert_true(c.fault.retry_after_us > 0);
	}
	assert_in_range(clock_mono_us() - start, 0, 4000000);
	close_elsewhere(&desk);
}

/* Else one caller in a hurry would keep the others from the database. */
static void who_has_no_time_to_connect_delays_nobody_else(void **state)
{
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/kith-silent.XXXXXX", url[128];
	int silent = socket(AF_UNIX, SOCK_STREAM, 0);
	struct desk desk;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432", folder);
	assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(silent, 8), 0);
	snprintf(url, sizeof(url), "postgresql:///x?host=%s", folder);
	open_elsewhere(&desk, url);
	for (int i = 0; i < 3; i++) {
		struct call c = new_call(&desk);

		c.deadline_us = clock_mono_us() + 10000;
		expect(&c, sql_run(&c, &backend, NULL, &out.base), STATUS_DEADLINE_EXCEEDED);
	}
	close_elsewhere(&desk);
	close(silent);
	unlink(address.sun_path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(commit_keeps_and_rollback_forgets),
		DESK(deadline_ends_a_statement_and_keeps_the_connection),
		DESK(lost_connection_is_unavailable_then_new),
		DESK(lost_transaction_goes_on_only_after_rollback),
		DESK(a_rollback_keeps_the_connection),
		DESK(a_failed_rollback_leaves_no_transaction_behind),
		DESK(schema_that_changed_is_met_by_a_new_connection),
		cmocka_unit_test(server_that_is_not_there_is_unavailable_at_once),
		cmocka_unit_test(who_has_no_time_to_connect_delays_nobody_else),
	};

	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
