/* The road within a service: batches against single calls, writes that happen once, retries. On the
 * member service's handlers and a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "db/db.h"
#include "db/migrate.h"
#include "event.migrations.h"
#include "event.sql.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "postgres.h"
#include "rpc/wire.h"
#include "service/dispatch.h"
#include "service/job.h"

#define WORKERS 4
#define MANY    40

static struct postgres *pg;

/* The dispatcher as service_start makes it, without a server before it. */
struct desk {
	struct dispatcher dispatcher;
	struct db *dbs[WORKERS];
	const struct sql_table *tables[3];
	struct db_options options;
	struct peers *peers;
	struct arena arena;
};

static const uint8_t request_key[SERVICE_KEY_SIZE] = {1};

static struct caller platform = {
	.kind = CALLER_PLATFORM,
	.id = "key",
	.person_id = "",
	.scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN,
};

static int open_desk(void **state)
{
	static const uint8_t secret[32] = {1};
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->tables[0] = member_service.sql;
	desk->tables[1] = &event_sql;
	desk->options = (struct db_options){
		.url = postgres_url(pg),
		.schema = "member",
		.name = "dispatch_test",
		.prepare = true,
		.connect_timeout_us = 10000000,
		.page_secret = secret,
		.tables = desk->tables,
	};
	for (int i = 0; i < WORKERS; i++)
		desk->dbs[i] = db_new(&desk->options);
	desk->dispatcher = (struct dispatcher){
		.service = &member_service,
		.records = calloc(member_service.n_handlers, sizeof(struct method_record)),
		.dbs = desk->dbs,
		.jobs = jobs_new("member", &desk->options, NULL, NULL),
		.request_key = request_key,
	};
	*state = desk;

	return 0;
}

static int close_desk(void **state)
{
	struct desk *desk = *state;

	for (int i = 0; i < WORKERS; i++)
		db_free(desk->dbs[i]);
	jobs_free(desk->dispatcher.jobs);
	free(desk->dispatcher.records);
	arena_fini(&desk->arena);
	free(desk);

	return 0;
}

/* n calls of a method, as the server hands them over; requests are of its type. */
static struct server_call *calls_of(struct arena *arena, const struct method *method, size_t n)
{
	struct server_call *calls = arena_array(arena, n, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		calls[i].status = STATUS_PENDING;
		calls[i].request = wire_new(arena, method->request);
		calls[i].reply = wire_new(arena, method->reply);
		calls[i].call = (struct call){
			.arena = arena,
			.method = method,
			.caller = &platform,
			.request_id = "",
			.traceparent = "",
			.now_us = clock_wall_us(),
			.deadline_us = clock_mono_us() + 20000000,
		};
	}

	return calls;
}

static void serve(struct desk *desk, unsigned worker, struct server_call *calls, size_t n)
{
	dispatch_serve(&desk->dispatcher, worker, calls[0].call.method, calls, n);
}

static char *fresh_id(struct arena *arena)
{
	char *id = arena_alloc(arena, ID_SIZE);

	id_new(id);

	return id;
}

static struct server_call *creations(struct arena *arena, size_t n)
{
	struct server_call *calls = calls_of(arena, method_member_create_community, n);

	for (size_t i = 0; i < n; i++) {
		Member__CreateCommunityRequest *request = (void *)calls[i].request;
		Member__Community *community =
			(Member__Community *)wire_new(arena, &member__community__descriptor);

		community->name = arena_printf(arena, "Community %zu", i);
		community->time_zone = "UTC";
		request->community = community;
		request->request_id = fresh_id(arena);
	}

	return calls;
}

static const Member__Community *community_in(struct desk *desk, const struct server_call *call)
{
	if (call->encoded)
		return (Member__Community *)wire_unpack(&desk->arena, call->call.method->reply,
							call->encoded, call->encoded_size);

	return (const Member__Community *)call->reply;
}

static void expect_all(const struct server_call *calls, size_t n, enum status status)
{
	for (size_t i = 0; i < n; i++) {
		if (calls[i].status != status)
			print_error("call %zu: %s %s\n", i, status_name(calls[i].status),
				    calls[i].call.fault.message);
		assert_int_equal(calls[i].status, status);
	}
}

static uint64_t round_trips(struct desk *desk)
{
	struct db_stats stats;

	db_get_stats(desk->dbs[0], &stats);

	return stats.round_trips;
}

static void batch_of_reads_is_one_round_trip_and_gives_what_singles_give(void **state)
{
	struct desk *desk = *state;
	struct server_call *made = creations(&desk->arena, MANY);
	struct server_call *together, *alone;
	uint64_t before;

	serve(desk, 0, made, MANY);
	expect_all(made, MANY, STATUS_OK);
	for (int warm = 0; warm < 2; warm++) {
		together = calls_of(&desk->arena, method_member_get_community, MANY + 1);
		alone = calls_of(&desk->arena, method_member_get_community, MANY + 1);
		for (size_t i = 0; i <= MANY; i++) {
			const char *id = i < MANY ? community_in(desk, &made[i])->community_id
						  : fresh_id(&desk->arena);

			((Member__GetCommunityRequest *)together[i].request)->community_id = id;
			((Member__GetCommunityRequest *)alone[i].request)->community_id = id;
		}
		before = round_trips(desk);
		serve(desk, 0, together, MANY + 1);
	}
	assert_int_equal(round_trips(desk) - before, 1);

	for (size_t i = 0; i <= MANY; i++) {
		struct buf a = {0}, b = {0};

		serve(desk, 0, &alone[i], 1);
		assert_int_equal(alone[i].status, together[i].status);
		wire_encode(alone[i].reply, &a);
		wire_encode(together[i].reply, &b);
		assert_int_equal(a.size, b.size);
		assert_memory_equal(a.data, b.data, a.size);
		buf_fini(&a);
		buf_fini(&b);
	}
	expect_all(together, MANY, STATUS_OK);
	assert_int_equal(together[MANY].status, STATUS_NOT_FOUND);
	assert_string_equal(together[MANY].call.fault.reason, "COMMUNITY_NOT_FOUND");
}

static void batch_of_writes_commits_together_with_outbox_and_replies(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, MANY);
	int64_t outbox = postgres_int(pg, "SELECT count(*) FROM member.outbox");
	int64_t replies = postgres_int(pg, "SELECT count(*) FROM member.idempotency");

	serve(desk, 0, calls, MANY);
	expect_all(calls, MANY, STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM member.outbox") - outbox, MANY);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM member.idempotency") - replies,
			 MANY);
}

static void second_delivery_gets_the_first_reply(void **state)
{
	struct desk *desk = *state;
	struct server_call *first = creations(&desk->arena, 1), *again;
	int64_t count;

	serve(desk, 0, first, 1);
	expect_all(first, 1, STATUS_OK);
	count = postgres_int(pg, "SELECT count(*) FROM member.community");

	again = calls_of(&desk->arena, method_member_create_community, 1);
	again->request = first->request;
	serve(desk, 1, again, 1);
	expect_all(again, 1, STATUS_OK);
	assert_string_equal(community_in(desk, again)->community_id,
			    community_in(desk, first)->community_id);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM member.community"), count);
}

static void other_request_under_the_same_id_is_refused(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, 2);

	((Member__CreateCommunityRequest *)calls[1].request)->request_id =
		((Member__CreateCommunityRequest *)calls[0].request)->request_id;
	serve(desk, 0, &calls[0], 1);
	serve(desk, 0, &calls[1], 1);
	expect_all(&calls[0], 1, STATUS_OK);
	assert_int_equal(calls[1].status, STATUS_FAILED_PRECONDITION);
	assert_string_equal(calls[1].call.fault.reason, "REQUEST_ID_REUSED");
}

static void duplicate_within_a_batch_happens_once(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, MANY);
	int64_t count = postgres_int(pg, "SELECT count(*) FROM member.community");

	calls[MANY - 1].request = calls[3].request;
	serve(desk, 0, calls, MANY);
	expect_all(calls, MANY, STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM member.community") - count,
			 MANY - 1);
	assert_string_equal(community_in(desk, &calls[MANY - 1])->community_id,
			    community_in(desk, &calls[3])->community_id);
}

static void refused_call_does_not_spoil_the_others(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, MANY);
	const char *slug = arena_printf(&desk->arena, "s%.8s", fresh_id(&desk->arena) + 24);

	/* Two want the same slug; one gets it. */
	((Member__CreateCommunityRequest *)calls[5].request)->community->slug = (char *)slug;
	((Member__CreateCommunityRequest *)calls[9].request)->community->slug = (char *)slug;
	serve(desk, 0, calls, MANY);
	for (size_t i = 0; i < MANY; i++)
		if (i != 5 && i != 9)
			expect_all(&calls[i], 1, STATUS_OK);
	assert_int_equal((calls[5].status == STATUS_OK) + (calls[9].status == STATUS_OK), 1);
	assert_int_equal((calls[5].status == STATUS_ALREADY_EXISTS) +
				 (calls[9].status == STATUS_ALREADY_EXISTS),
			 1);
}

/* The same batch delivered to every worker at once. */
struct race {
	struct desk *desk;
	unsigned worker;
	struct arena arena;
	struct server_call *calls;
	pthread_t thread;
};

static void *race(void *user)
{
	struct race *r = user;

	serve(r->desk, r->worker, r->calls, MANY);

	return NULL;
}

static void concurrent_duplicates_happen_once(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, MANY);
	struct race races[WORKERS] = {{0}};
	int64_t count = postgres_int(pg, "SELECT count(*) FROM member.community");

	for (unsigned i = 0; i < WORKERS; i++) {
		races[i].desk = desk;
		races[i].worker = i;
		races[i].calls = calls_of(&races[i].arena, method_member_create_community, MANY);
		for (size_t k = 0; k < MANY; k++)
			races[i].calls[k].request = calls[k].request;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&races[i].thread, NULL, race, &races[i]), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(races[i].thread, NULL);

	for (unsigned i = 0; i < WORKERS; i++) {
		expect_all(races[i].calls, MANY, STATUS_OK);
		for (size_t k = 0; k < MANY; k++)
			assert_string_equal(community_in(desk, &races[i].calls[k])->community_id,
					    community_in(desk, &races[0].calls[k])->community_id);
	}
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM member.community") - count, MANY);
	for (unsigned i = 0; i < WORKERS; i++)
		arena_fini(&races[i].arena);
}

static void kill_backends(void)
{
	postgres_int(pg,
		     "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
		     "WHERE application_name = 'dispatch_test'");
}

static void lost_connection_between_batches_fails_nothing(void **state)
{
	struct desk *desk = *state;
	struct server_call *calls = creations(&desk->arena, MANY), *reads;

	serve(desk, 0, calls, MANY);
	kill_backends();
	reads = calls_of(&desk->arena, method_member_get_community, 2);
	for (size_t i = 0; i < 2; i++)
		((Member__GetCommunityRequest *)reads[i].request)->community_id =
			community_in(desk, &calls[i])->community_id;
	serve(desk, 0, reads, 2);
	expect_all(reads, 2, STATUS_OK);

	kill_backends();
	calls = creations(&desk->arena, MANY);
	serve(desk, 0, calls, MANY);
	expect_all(calls, MANY, STATUS_OK);
}

/* Backends die while batches run: nothing acknowledged is lost, nothing is done twice. */
static void connections_lost_at_any_moment_double_and_lose_nothing(void **state)
{
	struct desk *desk = *state;

	for (int i = 0; i < 12; i++) {
		struct race r = {.desk = desk};
		struct timespec moment = {0, i * 400000};

		r.calls = creations(&r.arena, MANY);
		assert_int_equal(pthread_create(&r.thread, NULL, race, &r), 0);
		nanosleep(&moment, NULL);
		kill_backends();
		pthread_join(r.thread, NULL);
		for (size_t k = 0; k < MANY; k++) {
			const char *name =
				((Member__CreateCommunityRequest *)r.calls[k].request)->request_id;
			int64_t stored = postgres_int(
				pg,
				"SELECT count(*) FROM member.idempotency WHERE request_id = '%s'",
				name);

			assert_int_equal(stored, r.calls[k].status == STATUS_OK);
			if (stored)
				assert_int_equal(
					postgres_int(pg,
						     "SELECT count(*) FROM member.community WHERE "
						     "community_id = '%s'",
						     community_in(desk, &r.calls[k])->community_id),
					1);
		}
		arena_fini(&r.arena);
	}
}

static void deadline_stops_a_statement_that_waits(void **state)
{
	struct desk *desk = *state;
	struct server_call *made = creations(&desk->arena, 1), *update;
	Member__ArchiveCommunityRequest *request;
	const char *id;
	int64_t start;

	serve(desk, 0, made, 1);
	id = community_in(desk, made)->community_id;
	postgres_int(pg, "BEGIN");
	postgres_int(pg, "SELECT 1 FROM member.community WHERE community_id = '%s' FOR UPDATE", id);

	update = calls_of(&desk->arena, method_member_archive_community, 1);
	request = (Member__ArchiveCommunityRequest *)update->request;
	request->community_id = id;
	start = clock_mono_us();
	update->call.deadline_us = start + 300000;
	serve(desk, 0, update, 1);
	assert_int_equal(update->status, STATUS_DEADLINE_EXCEEDED);
	assert_in_range(clock_mono_us() - start, 250000, 10000000);
	postgres_int(pg, "ROLLBACK");

	update = calls_of(&desk->arena, method_member_archive_community, 1);
	update->request = &request->base;
	serve(desk, 0, update, 1);
	expect_all(update, 1, STATUS_OK);
}

/* A handler of the test's own, in place of ArchiveCommunity: its statement fails twice because of
 * others, then not. */
static const struct sql collide = {
	.name = "test.collide",
	.where = "test",
	.text = "SELECT member.collide($1) AS name",
	.params = (const struct sql_param[]){{SQL_FIELD, "community_id"}},
	.n_params = 1,
	.in = &member__archive_community_request__descriptor,
	.out = &member__community__descriptor,
	.shape = SQL_ONE,
	.writes = true,
};

static enum status archive(struct call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	return sql_run(c, &collide, request, reply);
}

static void collisions_are_tried_again_and_done_once(void **state)
{
	static const char *const states[] = {"40001", "40P01"};
	static const struct sql *const statements[] = {&collide};
	static const struct sql_table table = {"test", statements, 1};
	struct desk *desk = *state;
	struct handler handlers[] = {{NULL, archive}};
	struct service service = member_service;

	handlers[0].method = method_member_archive_community;
	service.handlers = handlers;
	service.n_handlers = 1;
	desk->dispatcher.service = &service;
	desk->tables[0] = &table;
	db_free(desk->dbs[0]);
	desk->dbs[0] = db_new(&desk->options);

	for (int i = 0; i < 2; i++) {
		struct server_call *call =
			calls_of(&desk->arena, method_member_archive_community, 1);
		Member__ArchiveCommunityRequest *request = (void *)call->request;

		postgres_int(pg, "DROP SEQUENCE IF EXISTS member.collisions");
		postgres_int(pg, "CREATE SEQUENCE member.collisions");
		postgres_int(
			pg,
			"CREATE OR REPLACE FUNCTION member.collide(uuid) RETURNS text LANGUAGE "
			"plpgsql AS $$ BEGIN IF nextval('member.collisions') < 3 THEN RAISE "
			"SQLSTATE '%s'; END IF; RETURN 'done'; END $$",
			states[i]);
		request->community_id = fresh_id(&desk->arena);
		request->request_id = fresh_id(&desk->arena);
		serve(desk, 0, call, 1);
		expect_all(call, 1, STATUS_OK);
		assert_string_equal(community_in(desk, call)->name, "done");
		assert_int_equal(postgres_int(pg, "SELECT last_value FROM member.collisions"), 3);
		assert_int_equal(postgres_int(pg,
					      "SELECT count(*) FROM member.idempotency "
					      "WHERE request_id = '%s'",
					      request->request_id),
				 1);
	}
	desk->dispatcher.service = &member_service;
}

static int setup(void **state)
{
	(void)state;
	log_setup(&(struct log_options){.level = LOG_ERROR, .process = "test"});
	pg = postgres_start();
	if (migrate_run(postgres_url(pg), "member", &event_migrations) != STATUS_OK ||
	    migrate_run(postgres_url(pg), "member", member_service.migrations) != STATUS_OK)
		return -1;

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
		cmocka_unit_test_setup_teardown(
			batch_of_reads_is_one_round_trip_and_gives_what_singles_give, open_desk,
			close_desk),
		cmocka_unit_test_setup_teardown(
			batch_of_writes_commits_together_with_outbox_and_replies, open_desk,
			close_desk),
		cmocka_unit_test_setup_teardown(second_delivery_gets_the_first_reply, open_desk,
						close_desk),
		cmocka_unit_test_setup_teardown(other_request_under_the_same_id_is_refused,
						open_desk, close_desk),
		cmocka_unit_test_setup_teardown(duplicate_within_a_batch_happens_once, open_desk,
						close_desk),
		cmocka_unit_test_setup_teardown(refused_call_does_not_spoil_the_others, open_desk,
						close_desk),
		cmocka_unit_test_setup_teardown(concurrent_duplicates_happen_once, open_desk,
						close_desk),
		cmocka_unit_test_setup_teardown(lost_connection_between_batches_fails_nothing,
						open_desk, close_desk),
		cmocka_unit_test_setup_teardown(
			connections_lost_at_any_moment_double_and_lose_nothing, open_desk,
			close_desk),
		cmocka_unit_test_setup_teardown(collisions_are_tried_again_and_done_once, open_desk,
						close_desk),
		cmocka_unit_test_setup_teardown(deadline_stops_a_statement_that_waits, open_desk,
						close_desk),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
