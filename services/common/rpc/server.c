/* The serving side: links to whoever calls, worker threads, straight-line code.
 *
 * A batch that was received waits in a lane: that of the workers, or that of the thread which
 * answers kith.ops.v1. Who takes it answers on the link it came from.
 *
 * There is no thread that only reads: an idle one leads, which is to turn the loop of the links. It
 * serves what it received itself and lets the next idle one lead, so that a call costs one change
 * of thread and not two. */
#include "server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "rpc/access.h"
#include "rpc/link.h"
#include "rpc/server_batch.h"
#include "rpc/wire.h"

#define MAX_RECEIVED   ((size_t)128 << 20) /* bytes of batches that wait; past it they are shed */
#define MAX_WAITING    4096                /* batches likewise */
#define FLUSH_US       2000000
#define WATCH_US       25000
#define INTERRUPT_US   100000 /* between two interrupts of the same batch */
#define N_CANCELLED    256
#define CANCEL_KEPT_US 30000000 /* a cancellation may come before its call is begun */
#define OPS_NAME       "kith.ops."

/* A batch as it was received. */
struct parcel {
	struct parcel *next;
	struct link *link;
	struct link_route route;
	bool shed;
	int64_t received_us;
	size_t size;
	uint8_t bytes[];
};

struct lane {
	pthread_cond_t filled;
	unsigned n_idle; /* threads that wait for it */
	struct parcel *head, **tail;
};

struct worker {
	struct server *server;
	unsigned index;
	pthread_t thread;
	struct server_desk desk;

	pthread_mutex_t lock; /* of what the watchdog and cancellations see */
	struct server_batch *current;
	int64_t next_interrupt_us;
};

struct server {
	struct server_options options;
	struct link_loop *loop;
	struct worker *workers; /* n_workers, then the one for ops */
	unsigned n_threads;     /* of them started */
	pthread_t watchdog;
	bool watched;  /* atomic */
	bool draining; /* atomic */

	pthread_mutex_t lock; /* of all below */
	bool stopping;
	bool led; /* a thread turns the loop */
	struct lane work, ops;
	size_t received_bytes, n_received;

	pthread_mutex_t cancel_lock;
	uint64_t cancelled[N_CANCELLED];
	unsigned n_cancelled;
	int64_t last_cancel_us; /* atomic */
};

static bool is_ops(const uint8_t *bytes, size_t size)
{
	size_t skip = 2; /* tag and length of the method's name, the first field */

	return size > skip + strlen(OPS_NAME) && bytes[0] == (1 << 3 | 2) &&
	       memcmp(bytes + skip, OPS_NAME, strlen(OPS_NAME)) == 0;
}

/* Puts the parcel into its lane; false when the server stops. What is shed only has to be refused,
 * by the thread for ops. */
static bool put_parcel(struct server *server, struct parcel *parcel)
{
	struct lane *lane;
	bool taken;

	pthread_mutex_lock(&server->lock);
	taken = !server->stopping;
	if (taken) {
		server->received_bytes += parcel->size;
		server->n_received++;
		parcel->shed =
			server->received_bytes > MAX_RECEIVED || server->n_received > MAX_WAITING;
		lane = parcel->shed || is_ops(parcel->bytes, parcel->size) ? &server->ops
									   : &server->work;
		*lane->tail = parcel;
		lane->tail = &parcel->next;
		if (lane == &server->ops)
			pthread_cond_signal(&lane->filled);
	}
	pthread_mutex_unlock(&server->lock);

	return taken;
}

static void free_parcel(struct parcel *parcel)
{
	link_unref(parcel->link);
	free(parcel);
}

static void on_received(void *user, struct link *link, const struct link_route *route,
			const void *bytes, size_t size)
{
	struct parcel *parcel = malloc(sizeof(*parcel) + size);

	if (!parcel)
		log_die("no-memory", "bytes=%zu", size);
	*parcel = (struct parcel){.link = link_ref(link),
				  .route = *route,
				  .received_us = clock_mono_us(),
				  .size = size};
	if (size > 0)
		memcpy(parcel->bytes, bytes, size);

	if (!put_parcel(user, parcel))
		free_parcel(parcel);
}

static void ignore_link(void *user, struct link *link)
{
	(void)user;
	(void)link;
}

/* Wakes one that leads, or serves what else was received; workers first, since what is received is
 * mostly theirs. Under the lock. */
static void pass_on(struct server *server)
{
	if (server->led)
		return;
	if (server->work.n_idle > 0)
		pthread_cond_signal(&server->work.filled);
	else if (server->ops.n_idle > 0)
		pthread_cond_signal(&server->ops.filled);
}

/* Waits for the lane, or leads. Under the lock. */
static void await_parcel(struct server *server, struct lane *lane)
{
	if (server->led || (lane == &server->ops && server->work.n_idle > 0)) {
		pass_on(server);
		lane->n_idle++;
		pthread_cond_wait(&lane->filled, &server->lock);
		lane->n_idle--;
		return;
	}

	server->led = true;
	pthread_mutex_unlock(&server->lock);
	link_loop_turn(server->loop);
	pthread_mutex_lock(&server->lock);
	server->led = false;
}

/* The next parcel; NULL when there is none and the server stops. */
static struct parcel *take_parcel(struct server *server, struct lane *lane)
{
	struct parcel *parcel;

	pthread_mutex_lock(&server->lock);
	while (!lane->head && !server->stopping)
		await_parcel(server, lane);
	parcel = lane->head;
	if (parcel) {
		lane->head = parcel->next;
		if (!lane->head)
			lane->tail = &lane->head;
		server->received_bytes -= parcel->size;
		server->n_received--;
		pass_on(server);
	}
	pthread_mutex_unlock(&server->lock);

	return parcel;
}

/* Whether nobody waits for any of the calls any more. Under the worker's lock. */
static bool is_pointless(const struct server_batch *batch, int64_t now_us)
{
	for (size_t i = 0; i < batch->n; i++)
		if (!batch->calls[i].abandoned && batch->calls[i].call.deadline_us > now_us)
			return false;

	return batch->n > 0;
}

/* Under the worker's lock, so that it cannot hit the next batch. */
static void interrupt_if_pointless(struct worker *worker, int64_t now_us)
{
	const struct server_options *options = &worker->server->options;

	if (!worker->current || !options->interrupt || now_us < worker->next_interrupt_us ||
	    !is_pointless(worker->current, now_us))
		return;

	worker->next_interrupt_us = now_us + INTERRUPT_US;
	options->interrupt(options->user, worker->index);
}

static void *watch(void *arg)
{
	struct server *server = arg;
	const struct timespec pause = {0, WATCH_US * 1000};

	while (__atomic_load_n(&server->watched, __ATOMIC_RELAXED)) {
		nanosleep(&pause, NULL);
		for (unsigned i = 0; i < server->options.n_workers; i++) {
			struct worker *worker = &server->workers[i];

			pthread_mutex_lock(&worker->lock);
			interrupt_if_pointless(worker, clock_mono_us());
			pthread_mutex_unlock(&worker->lock);
		}
	}

	return NULL;
}

static bool was_cancelled(const struct server *server, uint64_t cancel_id)
{
	for (unsigned i = 0; i < N_CANCELLED; i++)
		if (server->cancelled[i] == cancel_id)
			return true;

	return false;
}

static void drop_cancelled(struct server *server, struct server_batch *batch)
{
	pthread_mutex_lock(&server->cancel_lock);
	for (size_t i = 0; i < batch->n; i++) {
		struct server_call *call = &batch->calls[i];

		if (call->status != STATUS_PENDING || !call->cancel_id ||
		    !was_cancelled(server, call->cancel_id))
			continue;
		call->status = call_fail(&call->call, STATUS_CANCELLED, NULL, "cancelled");
		call->abandoned = true;
	}
	pthread_mutex_unlock(&server->cancel_lock);
}

/* The worker's batch is begun: calls that were cancelled before are not. */
static void begin(struct worker *worker, struct server_batch *batch)
{
	struct server *server = worker->server;
	int64_t last_us = __atomic_load_n(&server->last_cancel_us, __ATOMIC_RELAXED);

	pthread_mutex_lock(&worker->lock);
	worker->current = batch;
	worker->next_interrupt_us = 0;
	if (last_us && clock_mono_us() - last_us < CANCEL_KEPT_US)
		drop_cancelled(server, batch);
	pthread_mutex_unlock(&worker->lock);
}

static void end(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->current = NULL;
	pthread_mutex_unlock(&worker->lock);
}

static void cancel_call(struct server *server, uint64_t cancel_id)
{
	int64_t now_us = clock_mono_us();

	if (cancel_id == 0)
		return;

	pthread_mutex_lock(&server->cancel_lock);
	server->cancelled[server->n_cancelled++ % N_CANCELLED] = cancel_id;
	__atomic_store_n(&server->last_cancel_us, now_us, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&server->cancel_lock);

	for (unsigned i = 0; i < server->options.n_workers; i++) {
		struct worker *worker = &server->workers[i];

		pthread_mutex_lock(&worker->lock);
		for (size_t k = 0; worker->current && k < worker->current->n; k++)
			if (worker->current->calls[k].cancel_id == cancel_id) {
				worker->current->calls[k].abandoned = true;
				interrupt_if_pointless(worker, now_us);
			}
		pthread_mutex_unlock(&worker->lock);
	}
}

static enum status check_health(struct server *server, struct server_call *call)
{
	Ops__CheckHealthResponse *reply = (Ops__CheckHealthResponse *)call->reply;
	const struct server_options *options = &server->options;
	const char *why = options->unhealthy ? options->unhealthy(options->user) : NULL;

	if (__atomic_load_n(&server->draining, __ATOMIC_RELAXED))
		why = "draining";
	reply->serving = !why;
	reply->reason = why ? why : "";
	reply->version = KITH_VERSION;

	return STATUS_OK;
}

static enum status get_metrics(struct server *server, struct server_call *call)
{
	Ops__GetMetricsResponse *reply = (Ops__GetMetricsResponse *)call->reply;
	CLEANUP(buf_fini) struct buf text = {0};

	if (server->options.metrics)
		server->options.metrics(server->options.user, &text);
	reply->text = arena_copy(call->call.arena, text.data ? text.data : "", text.size);

	return STATUS_OK;
}

/* Whoever knows the id of a call has sent it: ids are random. So any caller may cancel. */
static enum status cancel_calls(struct server *server, const struct server_call *call)
{
	const Ops__CancelCallsRequest *request = (const Ops__CancelCallsRequest *)call->request;

	for (size_t i = 0; i < request->n_cancel_ids; i++)
		cancel_call(server, request->cancel_ids[i]);

	return STATUS_OK;
}

static enum status serve_ops(struct server *server, struct server_call *call)
{
	const ProtobufCMessageDescriptor *type = call->call.method->request;

	if (type == &ops__cancel_calls_request__descriptor)
		return cancel_calls(server, call);

	TRY(access_check(&call->call, call->request, NULL));
	if (type == &ops__check_health_request__descriptor)
		return check_health(server, call);
	if (type == &ops__get_metrics_request__descriptor)
		return get_metrics(server, call);

	return STATUS_UNIMPLEMENTED;
}

static void serve(struct worker *worker, struct server_batch *batch)
{
	struct server *server = worker->server;

	if (!batch->method || batch->n == 0)
		return;

	if (text_equal(batch->method->service, "ops")) {
		for (size_t i = 0; i < batch->n; i++)
			if (batch->calls[i].status == STATUS_PENDING)
				batch->calls[i].status = serve_ops(server, &batch->calls[i]);
		return;
	}

	/* On the thread for ops there are only batches whose calls have failed. */
	if (worker->index == server->options.n_workers)
		return;

	begin(worker, batch);
	server->options.serve(server->options.user, worker->index, batch->method, batch->calls,
			      batch->n);
	end(worker);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct server *server = worker->server;
	struct lane *lane =
		worker->index < server->options.n_workers ? &server->work : &server->ops;
	struct parcel *parcel;

	while ((parcel = take_parcel(server, lane))) {
		struct server_batch batch;
		struct link_frame *reply;

		server_batch_read(&worker->desk, parcel->bytes, parcel->size, parcel->received_us,
				  parcel->shed, &batch);
		serve(worker, &batch);
		reply = server_batch_write(&worker->desk, &batch);
		server_batch_end(&worker->desk);
		link_send(parcel->link, &parcel->route, reply);
		free_parcel(parcel);
	}

	return NULL;
}

static void open_lane(struct lane *lane)
{
	pthread_cond_init(&lane->filled, NULL);
	lane->tail = &lane->head;
}

static enum status listen_on(struct server *server, const char *address)
{
	const struct server_options *options = &server->options;
	const struct link_tls tls = {options->tls_ca, options->tls_cert, options->tls_key};
	const char *why = link_listen(server->loop, address, &tls);

	if (!why)
		return STATUS_OK;

	log_line(LOG_ERROR, "listen-failed", "address=%s error=\"%s\"", address, why);

	return STATUS_UNAVAILABLE;
}

static enum status open_loop(struct server *server)
{
	const struct link_handler handler = {
		.side = LINK_REP,
		.max_message = WIRE_MAX_BATCH,
		.opened = ignore_link,
		.received = on_received,
		.closed = ignore_link,
		.user = server,
	};

	server->loop = link_loop_new(&handler);
	for (const char *const *address = server->options.addresses; *address; address++)
		TRY(listen_on(server, *address));

	return STATUS_OK;
}

static void start_threads(struct server *server)
{
	unsigned n = server->options.n_workers + 1;

	server->workers = calloc(n, sizeof(*server->workers));
	if (!server->workers)
		log_die("no-memory", "workers=%u", n);

	for (unsigned i = 0; i < n; i++) {
		struct worker *worker = &server->workers[i];

		worker->server = server;
		worker->index = i;
		worker->desk.process = server->options.process;
		worker->desk.secret = server->options.secret;
		worker->desk.default_timeout_us = server->options.default_timeout_us;
		worker->desk.draining = &server->draining;
		pthread_mutex_init(&worker->lock, NULL);
	}
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&server->workers[i].thread, NULL, work, &server->workers[i]) !=
		    0)
			log_die("no-thread", "worker=%u", i);
	server->n_threads = n;
	server->watched = true;
	if (pthread_create(&server->watchdog, NULL, watch, server) != 0)
		log_die("no-thread", "watchdog");
}

enum status server_start(const struct server_options *options, struct server **ret_server)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		log_die("no-memory", "server");
	server->options = *options;
	pthread_mutex_init(&server->lock, NULL);
	pthread_mutex_init(&server->cancel_lock, NULL);
	open_lane(&server->work);
	open_lane(&server->ops);
	if (open_loop(server) != STATUS_OK) {
		server_free(server);
		return STATUS_UNAVAILABLE;
	}
	start_threads(server);
	*ret_server = server;

	return STATUS_OK;
}

void server_drain(struct server *server)
{
	__atomic_store_n(&server->draining, true, __ATOMIC_RELAXED);
}

/* Workers finish what was received; the watchdog goes last, since it interrupts what hangs. */
static void stop_threads(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	pthread_mutex_unlock(&server->lock);
	pthread_cond_broadcast(&server->work.filled);
	pthread_cond_broadcast(&server->ops.filled);
	link_loop_tick_at(server->loop, 0); /* who leads comes out of it */

	for (unsigned i = 0; i < server->n_threads; i++)
		pthread_join(server->workers[i].thread, NULL);
	if (server->watched) {
		__atomic_store_n(&server->watched, false, __ATOMIC_RELAXED);
		pthread_join(server->watchdog, NULL);
	}
}

void server_free(struct server *server)
{
	if (!server)
		return;

	server_drain(server);
	stop_threads(server);
	link_loop_free(server->loop, FLUSH_US);

	for (unsigned i = 0; i < server->n_threads; i++) {
		server_desk_fini(&server->workers[i].desk);
		pthread_mutex_destroy(&server->workers[i].lock);
	}
	free(server->workers);
	pthread_cond_destroy(&server->work.filled);
	pthread_cond_destroy(&server->ops.filled);
	pthread_mutex_destroy(&server->lock);
	pthread_mutex_destroy(&server->cancel_lock);
	free(server);
}
