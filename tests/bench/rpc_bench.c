/* Unary calls over the rpc room alone: client and server in two processes over a unix socket, the
 * server echoing the request's text.
 *
 *   rpc_bench SECONDS IN_FLIGHT BYTES
 *
 * Prints: calls_per_s cpu_us_per_call p50_us p99_us (server_cpu_us_per_call calls_per_batch) */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith_methods.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "rpc/wire.h"

#define N_WORKERS   4
#define TIMEOUT_US  10000000
#define WARM_UP_US  300000
#define MAX_SAMPLES 4000000
#define MAX_FLIGHT  4096
#define MAX_BYTES   4000

static const uint8_t secret[ACCESS_SECRET_SIZE] = "a secret of the bench's own";

struct flight {
	struct client_call call;
	int64_t sent_us;
};

static struct {
	struct client *client;
	struct flight flights[MAX_FLIGHT];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t from_us, until_us;
	unsigned flying;
	uint64_t n_calls, n_failed;
	uint32_t *samples;
} bench = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void echo(void *user, unsigned worker, const struct method *method,
		 struct server_call *calls, size_t n)
{
	(void)user;
	(void)worker;
	(void)method;
	for (size_t i = 0; i < n; i++) {
		const Member__CreateCommunityRequest *request = (const void *)calls[i].request;

		if (calls[i].status != STATUS_PENDING)
			continue;
		((Member__Community *)calls[i].reply)->notice = request->community->notice;
		calls[i].status = STATUS_OK;
	}
}

static int serve(const char *address, int stop)
{
	const char *const addresses[] = {address, NULL};
	const struct server_options options = {
		.addresses = addresses,
		.n_workers = N_WORKERS,
		.process = "member",
		.secret = secret,
		.default_timeout_us = TIMEOUT_US,
		.serve = echo,
	};
	struct server *server;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (server_start(&options, &server) != STATUS_OK)
		return 1;
	if (read(stop, &byte, 1) < 0) /* ends when the client closes its end */
		return 1;
	server_free(server);

	return 0;
}

static void send_next(struct flight *flight, int64_t now_us)
{
	flight->sent_us = now_us;
	flight->call.deadline_us = now_us + TIMEOUT_US;
	client_send(bench.client, &flight->call);
}

static void on_done(struct client_call *call, const struct client_result *result)
{
	struct flight *flight = (struct flight *)call;
	int64_t now_us = clock_mono_us();
	bool more;

	pthread_mutex_lock(&bench.lock);
	if (flight->sent_us >= bench.from_us && now_us <= bench.until_us) {
		if (bench.n_calls < MAX_SAMPLES)
			bench.samples[bench.n_calls] = (uint32_t)(now_us - flight->sent_us);
		bench.n_calls++;
		bench.n_failed += result->status != STATUS_OK;
	}
	more = now_us < bench.until_us;
	if (!more && --bench.flying == 0)
		pthread_cond_signal(&bench.changed);
	pthread_mutex_unlock(&bench.lock);

	if (more)
		send_next(flight, now_us);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double cpu_us(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void run(const char *address, int64_t seconds, unsigned in_flight, size_t n_bytes)
{
	const char *const addresses[] = {address, NULL};
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	CLEANUP(buf_fini) struct buf caller = {0};
	CLEANUP(buf_fini) struct buf encoded = {0};
	char text[MAX_BYTES + 1] = {0};
	int64_t now_us;

	memset(text, 'x', n_bytes);
	community.notice = text;
	request.community = &community;
	wire_encode(&request.base, &encoded);
	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = "bench"},
		    clock_wall_us() / 1000 + 3600000, secret, &caller);

	bench.client =
		client_new(&(struct client_options){.addresses = addresses, .window = N_WORKERS});
	if (!client_wait_connected(bench.client, clock_mono_us() + TIMEOUT_US)) {
		fprintf(stderr, "no connection\n");
		exit(1);
	}

	now_us = clock_mono_us();
	bench.from_us = now_us + WARM_UP_US;
	bench.until_us = bench.from_us + seconds * 1000000;
	bench.flying = in_flight;
	for (unsigned i = 0; i < in_flight; i++) {
		bench.flights[i].call = (struct client_call){
			.method = method_member_create_community,
			.request = encoded.data,
			.request_size = encoded.size,
			.caller = caller.data,
			.caller_size = caller.size,
			.request_id = "",
			.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			.done = on_done,
		};
		send_next(&bench.flights[i], now_us);
	}
	pthread_mutex_lock(&bench.lock);
	while (bench.flying > 0)
		pthread_cond_wait(&bench.changed, &bench.lock);
	pthread_mutex_unlock(&bench.lock);
}

int main(int argc, char **argv)
{
	int64_t seconds, in_flight, n_bytes;
	struct rusage mine, childs;
	struct client_stats stats;
	char folder[] = "/tmp/rpc_bench.XXXXXX", address[64];
	double calls, share;
	int stop[2], code;
	size_t n;
	pid_t pid;

	if (argc != 4 || !text_int64(argv[1], &seconds) || !text_int64(argv[2], &in_flight) ||
	    !text_int64(argv[3], &n_bytes) || in_flight < 1 || in_flight > MAX_FLIGHT ||
	    n_bytes < 0 || n_bytes > MAX_BYTES || !mkdtemp(folder) || pipe(stop) != 0) {
		fprintf(stderr, "usage: rpc_bench SECONDS IN_FLIGHT BYTES\n");
		return 2;
	}
	snprintf(address, sizeof(address), "ipc://%s/socket", folder);
	bench.samples = calloc(MAX_SAMPLES, sizeof(*bench.samples));

	pid = fork();
	if (pid == 0) {
		close(stop[1]);
		_exit(serve(address, stop[0]));
	}
	close(stop[0]);

	run(address, seconds, (unsigned)in_flight, (size_t)n_bytes);
	client_get_stats(bench.client, &stats);
	client_free(bench.client);
	close(stop[1]);
	wait4(pid, &code, 0, &childs);
	getrusage(RUSAGE_SELF, &mine);
	rmdir(folder);

	/* CPU was also spent on the calls of the warming up. */
	n = bench.n_calls < MAX_SAMPLES ? bench.n_calls : MAX_SAMPLES;
	calls = (double)stats.calls;
	share = calls > 0 ? 1 / calls : 0;
	qsort(bench.samples, n, sizeof(*bench.samples), compare);
	printf("%.0f %.2f %u %u (%.2f %.1f)\n", (double)bench.n_calls / (double)seconds,
	       (cpu_us(&mine) + cpu_us(&childs)) * share, n ? bench.samples[n / 2] : 0,
	       n ? bench.samples[n * 99 / 100] : 0, cpu_us(&childs) * share,
	       calls / (double)(stats.batches ? stats.batches : 1));
	free(bench.samples);

	return bench.n_failed || code ? 1 : 0;
}
