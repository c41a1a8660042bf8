/* From member's outbox to the inboxes of content and activity: real services in this process,
 * events written as their statements write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "activity/activity.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "content/content.h"
#include "member/member.h"
#include "postgres.h"
#include "service/service.h"

#define PATIENCE_US INT64_C(60000000)

enum { MEMBER, CONTENT, ACTIVITY, EVALUATION, N_SERVICES };

static const char *const names[] = {"member", "content", "activity", "evaluation"};
static const struct service *const services[] = {&member_service, &content_service,
						 &activity_service};

static struct postgres *pg;
static char secret_file[] = "/tmp/kith-relay-secret.XXXXXX";
static char addresses[N_SERVICES][64];
static char *listens[N_SERVICES][1];
static struct peer_config peers[N_SERVICES];
static struct service_config configs[N_SERVICES];
static struct running_service *running[N_SERVICES];

static void configure(int i)
{
	static struct weight_config quality[] = {{"useful", 0.5}, {"rating", 0.3}, {"depth", 0.2}};
	static struct formula_config formulas[] = {{"quality", quality, 3}};

	configs[i] = (struct service_config){
		.listen = listens[i],
		.listen_count = 1,
		.workers = 2,
		.default_timeout_ms = 10000,
		.drain_timeout_ms = 5000,
		.secret_file = secret_file,
		.database = {.url = (char *)postgres_url(pg),
			     .url_file = "",
			     .schema = (char *)names[i],
			     .prepare = true,
			     .connect_timeout_ms = 5000},
		.peers = peers,
		.peers_count = N_SERVICES,
		.formulas = formulas,
		.formulas_count = 1,
		.tls = {"", "", ""},
		.log = {"error", "text"},
	};
}

static void start(int i)
{
	assert_int_equal(service_start(services[i], &configs[i], &running[i]), STATUS_OK);
}

static void stop(int i)
{
	service_stop(running[i]);
	running[i] = NULL;
}

static int stop_all(void **state)
{
	(void)state;
	for (int i = 0; i < N_SERVICES; i++)
		stop(i);
	for (int i = MEMBER; i <= ACTIVITY; i++)
		postgres_int(pg,
			     "TRUNCATE %s.outbox, %s.outbox_late, %s.outbox_dead, %s.inbox, "
			     "%s.replica_membership",
			     names[i], names[i], names[i], names[i], names[i]);

	return 0;
}

/* The answer of the query becomes `wanted`. */
static void expect_soon(const char *query, int64_t wanted)
{
	int64_t until = clock_mono_us() + PATIENCE_US;
	struct timespec pause = {0, 5000000};

	while (postgres_int(pg, "%s", query) != wanted) {
		if (clock_mono_us() > until)
			fail_msg("%s is %lld, not %lld", query,
				 (long long)postgres_int(pg, "%s", query), (long long)wanted);
		nanosleep(&pause, NULL);
	}
}

/* n memberships change; `nobody` of them lack the person, which no consumer accepts. */
static void write_events(int n, int nobody)
{
	postgres_int(
		pg,
		"INSERT INTO member.outbox (community_id, type, occur_time, person_id, version, "
		"membership_number, membership_role, membership_state, membership_join_time) "
		"SELECT gen_random_uuid(), 'MEMBERSHIP_CHANGED', now(), "
		"CASE WHEN i > %d THEN gen_random_uuid() END, 1, i, 'MEMBER', 'ACTIVE', now() "
		"FROM generate_series(1, %d) AS i ORDER BY i %% 7",
		nobody, n);
}

static void event_is_soon_everywhere(void **state)
{
	(void)state;
	start(MEMBER);
	start(CONTENT);
	start(ACTIVITY);
	write_events(1, 0);
	expect_soon("SELECT count(*) FROM content.replica_membership", 1);
	expect_soon("SELECT count(*) FROM activity.replica_membership", 1);
	expect_soon("SELECT count(*) FROM member.outbox", 0);
}

static void many_events_leave_in_many_chunks(void **state)
{
	(void)state;
	start(MEMBER);
	start(CONTENT);
	start(ACTIVITY);
	write_events(5000, 0);
	expect_soon("SELECT count(*) FROM content.replica_membership", 5000);
	expect_soon("SELECT count(*) FROM activity.replica_membership", 5000);
	expect_soon("SELECT count(*) FROM member.outbox", 0);
}

static void consumer_that_is_away_holds_up_nobody_and_misses_nothing(void **state)
{
	(void)state;
	start(MEMBER);
	start(CONTENT);
	write_events(600, 0);
	expect_soon("SELECT count(*) FROM content.replica_membership", 600);
	expect_soon("SELECT count(*) FROM member.outbox", 0);
	assert_int_equal(postgres_int(pg,
				      "SELECT count(*) FROM member.outbox_late "
				      "WHERE consumer = 'activity'"),
			 600);

	/* The others go on without him. */
	write_events(1, 0);
	expect_soon("SELECT count(*) FROM content.replica_membership", 601);

	start(ACTIVITY);
	expect_soon("SELECT count(*) FROM activity.replica_membership", 601);
	expect_soon("SELECT count(*) FROM member.outbox_late WHERE consumer = 'activity'", 0);
}

static void refused_event_is_buried_alone(void **state)
{
	(void)state;
	start(MEMBER);
	start(CONTENT);
	start(ACTIVITY);
	write_events(300, 2);
	expect_soon("SELECT count(*) FROM content.replica_membership", 298);
	expect_soon("SELECT count(*) FROM member.outbox_dead WHERE consumer = 'content'", 2);
	expect_soon("SELECT count(*) FROM member.outbox_late WHERE consumer = 'content'", 0);
	assert_int_equal(postgres_int(pg,
				      "SELECT count(*) FROM member.outbox_dead "
				      "WHERE consumer = 'content' AND person_id IS NULL "
				      "AND error LIKE 'INVALID_ARGUMENT%%'"),
			 2);

	/* Later ones find the way open. */
	write_events(10, 0);
	expect_soon("SELECT count(*) FROM content.replica_membership", 308);
}

/* A consumer whose own schema is broken refuses everything: nothing is buried for that. */
static void broken_consumer_loses_nothing(void **state)
{
	(void)state;
	start(MEMBER);
	start(CONTENT);
	start(ACTIVITY);
	postgres_int(pg, "ALTER TABLE content.inbox RENAME TO inbox_gone");
	write_events(40, 0);
	expect_soon("SELECT count(*) FROM activity.replica_membership", 40);
	expect_soon("SELECT count(*) FROM member.outbox_late WHERE consumer = 'content'", 40);
	postgres_int(pg, "ALTER TABLE content.inbox_gone RENAME TO inbox");
	expect_soon("SELECT count(*) FROM content.replica_membership", 40);
	assert_int_equal(postgres_int(pg,
				      "SELECT count(*) FROM member.outbox_dead "
				      "WHERE consumer = 'content'"),
			 0);
}

static void replicas_share_the_relay_and_double_nothing(void **state)
{
	struct running_service *second;

	(void)state;
	start(CONTENT);
	start(ACTIVITY);
	start(MEMBER);
	configs[MEMBER].listen_count = 0;
	assert_int_equal(service_start(&member_service, &configs[MEMBER], &second), STATUS_OK);
	for (int i = 0; i < 10; i++)
		write_events(100, 0);
	expect_soon("SELECT count(*) FROM content.inbox", 1000);

	/* The one who holds the lease goes; the other goes on. */
	stop(MEMBER);
	write_events(100, 0);
	expect_soon("SELECT count(*) FROM content.inbox", 1100);
	expect_soon("SELECT count(*) FROM content.replica_membership", 1100);
	service_stop(second);
	configs[MEMBER].listen_count = 1;
}

static int setup(void **state)
{
	static const char secret[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	int fd = mkstemp(secret_file);

	(void)state;
	if (fd < 0 || write(fd, secret, sizeof(secret) - 1) != sizeof(secret) - 1)
		return -1;
	close(fd);
	log_setup(&(struct log_options){.level = LOG_ERROR, .process = "test"});
	pg = postgres_start();
	for (int i = 0; i < N_SERVICES; i++) {
		snprintf(addresses[i], sizeof(addresses[i]), "inproc://relay-test-%s", names[i]);
		listens[i][0] = addresses[i];
		peers[i] = (struct peer_config){(char *)names[i], listens[i], 1};
		configure(i);
	}
	for (int i = MEMBER; i <= ACTIVITY; i++)
		if (service_migrate(services[i], &configs[i]) != STATUS_OK)
			return -1;

	return 0;
}

static int teardown(void **state)
{
	(void)state;
	postgres_stop(pg);
	unlink(secret_file);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(event_is_soon_everywhere, stop_all),
		cmocka_unit_test_teardown(many_events_leave_in_many_chunks, stop_all),
		cmocka_unit_test_teardown(consumer_that_is_away_holds_up_nobody_and_misses_nothing,
					  stop_all),
		cmocka_unit_test_teardown(refused_event_is_buried_alone, stop_all),
		cmocka_unit_test_teardown(broken_consumer_loses_nothing, stop_all),
		cmocka_unit_test_teardown(replicas_share_the_relay_and_double_nothing, stop_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
