/* Many threads on one client: every call is answered once, with its own answer, whatever is
 * cancelled, late, slow or restarted meanwhile. Made for ThreadSanitizer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "rpc/wire.h"
#include "rpc_fixture.h"

#define N_THREADS 8
#define N_ROUNDS  120
#define N_CALLS   24 /* of a round */

struct job {
	struct client *client;
	pthread_t thread;
	unsigned seed;
	uint64_t n_by_status[STATUS_UNAUTHENTICATED + 1];
	bool wrong;
};

static bool echoes(const struct fixture_call *call, const char *notice)
{
	struct arena arena = {0};
	const Member__Community *reply = (const void *)wire_unpack(
		&arena, &member__community__descriptor, call->reply.data, call->reply.size);
	bool same = reply && strcmp(reply->notice, notice) == 0;

	arena_fini(&arena);

	return same;
}

static void run_round(struct job *job, unsigned round)
{
	struct fixture_call *calls[N_CALLS];
	char notices[N_CALLS][64];

	for (unsigned i = 0; i < N_CALLS; i++) {
		unsigned dice = (unsigned)rand_r(&job->seed) % 64;

		snprintf(notices[i], sizeof(notices[i]), "%u/%u/%u", job->seed, round, i);
		calls[i] = fixture_call_new(dice == 0 ? "fail" : notices[i]);
		if (dice == 1)
			calls[i]->call.deadline_us = clock_mono_us() + rand_r(&job->seed) % 2000;
		client_send(job->client, &calls[i]->call);
		if (dice >= 2 && dice <= 5)
			client_cancel(job->client, &calls[i]->call);
	}
	for (unsigned i = 0; i < N_CALLS; i++) {
		enum status status = fixture_await(calls[i]);

		job->n_by_status[status]++;
		if (status == STATUS_OK && !echoes(calls[i], notices[i]))
			job->wrong = true;
		fixture_call_free(calls[i]);
	}
}

static void *work(void *arg)
{
	struct job *job = arg;

	for (unsigned round = 0; round < N_ROUNDS; round++)
		run_round(job, round);

	return NULL;
}

static void start(struct job *jobs, struct client *client)
{
	for (unsigned i = 0; i < N_THREADS; i++) {
		jobs[i] = (struct job){.client = client, .seed = i + 1};
		assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
	}
}

/* How many calls ended with that status. */
static uint64_t join(struct job *jobs, enum status status)
{
	uint64_t n = 0, all = 0;

	for (unsigned i = 0; i < N_THREADS; i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_false(jobs[i].wrong);
		n += jobs[i].n_by_status[status];
		for (unsigned k = 0; k <= STATUS_UNAUTHENTICATED; k++)
			all += jobs[i].n_by_status[k];
	}
	assert_int_equal(all, N_THREADS * N_ROUNDS * N_CALLS);

	return n;
}

static void every_call_gets_its_own_answer(const char *address)
{
	struct fixture_service *service = fixture_serve(address, 4, "member", NULL);
	struct client *client = fixture_client(address, NULL);
	struct job jobs[N_THREADS];
	struct client_stats stats;

	start(jobs, client);
	assert_true(join(jobs, STATUS_OK) > N_THREADS * N_ROUNDS * N_CALLS * 3 / 4);
	client_get_stats(client, &stats);
	assert_int_equal(stats.waiting, 0);
	client_free(client);
	fixture_stop(service);
}

static void within_a_process(void **state)
{
	(void)state;
	every_call_gets_its_own_answer("inproc://rpc_stress_test");
}

static void over_a_socket(void **state)
{
	every_call_gets_its_own_answer(*state);
}

static void while_the_service_restarts(void **state)
{
	const char *address = *state;
	struct fixture_service *service = fixture_serve(address, 4, "member", NULL);
	struct client *client = fixture_client(address, NULL);
	struct job jobs[N_THREADS];

	start(jobs, client);
	for (int i = 0; i < 5; i++) {
		fixture_stop(service);
		service = fixture_serve(address, 4, "member", NULL);
		client_wait_connected(client, clock_mono_us() + FIXTURE_TIMEOUT_US);
	}
	join(jobs, STATUS_UNAVAILABLE);
	client_free(client);
	fixture_stop(service);
}

static void while_the_client_closes(void **state)
{
	struct fixture_service *service = fixture_serve("inproc://closing", 4, "member", NULL);

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct client *client = fixture_client("inproc://closing", NULL);
		struct fixture_call *calls[64];

		for (int i = 0; i < 64; i++) {
			calls[i] = fixture_call_new("x");
			client_send(client, &calls[i]->call);
		}
		client_free(client);
		for (int i = 0; i < 64; i++) {
			enum status status = fixture_await(calls[i]);

			assert_true(status == STATUS_OK || status == STATUS_UNAVAILABLE);
			fixture_call_free(calls[i]);
		}
	}
	fixture_stop(service);
}

/* An address in a folder of this run's own. */
static int set_up(void **state)
{
	char folder[] = "/tmp/rpc_stress.XXXXXX";

	assert_non_null(mkdtemp(folder));
	assert_true(asprintf((char **)state, "ipc://%s/socket", folder) > 0);

	return 0;
}

static int tear_down(void **state)
{
	char *address = *state;

	*strrchr(address, '/') = '\0';
	rmdir(address + strlen("ipc://"));
	free(address);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_a_process),
		cmocka_unit_test(over_a_socket),
		cmocka_unit_test(while_the_service_restarts),
		cmocka_unit_test(while_the_client_closes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
