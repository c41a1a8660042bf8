/* The serving side: one nng rep socket, worker threads, straight-line code.
 *
 * A slot is a nng context that receives one batch at a time. Received slots wait in a lane: that of
 * the workers, or that of the thread which answers kith.ops.v1. Who took a slot sends the reply in
 * it and lets it receive again.
 *
 * Facts about nng 1.5.2 that this leans on: a context may receive again while its reply still waits
 * for a busy pipe; a reply that was handed over is taken out of its aio. */
#include "server.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
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
#include "rpc/server_batch.h"
#include "rpc/transport.h"
#include "rpc/wire.h"

#define N_SLOTS         256
#define MAX_RECEIVED    ((size_t)128 << 20) /* bytes of batches that wait; past it they are shed */
#define SEND_TIMEOUT_MS 5000 /* a peer that takes no answers for so long is disconnected */
#define WATCH_US        25000
#define INTERRUPT_US    100000 /* between two interrupts of the same batch */
#define N_CANCELLED     256
#define CANCEL_KEPT_US  30000000 /* a cancellation may come before its call is begun */
#define OPS_NAME        "kith.ops."

struct slot {
	struct server *server;
	struct slot *next; /* in a lane, or among the stalled */
	nng_ctx ctx;
	nng_aio *recv_aio, *send_aio;
	nng_msg *msg; /* what was received */
	bool shed;
	int64_t received_us;
	int64_t sent_us;
	nng_pipe pipe; /* where msg came from */
};

struct lane {
	pthread_cond_t filled;
	struct slot *head, **tail;
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
	nng_socket socket;
	struct slot slots[N_SLOTS];
	struct worker *workers; /* n_workers, then the one for ops */
	unsigned n_threads;     /* of them started */
	pthread_t watchdog;
	bool watched;
	bool draining; /* atomic */

	pthread_mutex_t lock; /* of all below */
	bool stopping;
	struct lane work, ops;
	size_t received_bytes;
	struct slot *stalled;

	pthread_mutex_t cancel_lock;
	uint64_t cancelled[N_CANCELLED];
	unsigned n_cancelled;
	int64_t last_cancel_us; /* atomic */
};

static bool is_ops(const nng_msg *msg)
{
	const char *body = nng_msg_body((nng_msg *)msg);
	size_t skip = 2; /* tag and length of the method's name, the first field */

	return nng_msg_len(msg) > skip + strlen(OPS_NAME) && body[0] == (1 << 3 | 2) &&
	       memcmp(body + skip, OPS_NAME, strlen(OPS_NAME)) == 0;
}

static void on_received(void *arg)
{
	struct slot *slot = arg;
	struct server *server = slot->server;
	struct lane *lane;

	if (nng_aio_result(slot->recv_aio) != 0)
		return; /* the server stops */

	slot->msg = nng_aio_get_msg(slot->recv_aio);
	slot->pipe = nng_msg_get_pipe(slot->msg);
	slot->received_us = clock_mono_us();
	slot->next = NULL;
	nng_aio_set_msg(slot->recv_aio, NULL);

	pthread_mutex_lock(&server->lock);
	server->received_bytes += nng_msg_len(slot->msg);
	slot->shed = server->received_bytes > MAX_RECEIVED;
	lane = slot->shed || is_ops(slot->msg) ? &server->ops : &server->work;
	*lane->tail = slot;
	lane->tail = &slot->next;
	pthread_mutex_unlock(&server->lock);
	pthread_cond_signal(&lane->filled);
}

/* The next received slot; NULL when there is none and the server stops. */
static struct slot *take_slot(struct server *server, struct lane *lane)
{
	struct slot *slot;

	pthread_mutex_lock(&server->lock);
	while (!lane->head && !server->stopping)
		pthread_cond_wait(&lane->filled, &server->lock);
	slot = lane->head;
	if (slot) {
		lane->head = slot->next;
		if (!lane->head)
			lane->tail = &lane->head;
		server->received_bytes -= nng_msg_len(slot->msg);
	}
	pthread_mutex_unlock(&server->lock);

	return slot;
}

static void receive(struct slot *slot)
{
	nng_ctx_recv(slot->ctx, slot->recv_aio);
}

static void send_reply(struct slot *slot, nng_msg *reply)
{
	struct server *server = slot->server;

	nng_aio_wait(slot->send_aio);
	nng_aio_set_msg(slot->send_aio, reply);
	slot->sent_us = clock_mono_us();
	nng_ctx_send(slot->ctx, slot->send_aio);
	if (!nng_aio_get_msg(slot->send_aio)) {
		receive(slot);
		return;
	}

	/* The pipe is busy: the watchdog looks after the slot, the worker goes on. */
	pthread_mutex_lock(&server->lock);
	slot->next = server->stalled;
	server->stalled = slot;
	pthread_mutex_unlock(&server->lock);
}

/* Lets stalled slots receive again once their reply is gone; gives up those whose peer does not
 * take it. */
static void release_stalled(struct server *server)
{
	struct slot *list, *next;

	pthread_mutex_lock(&server->lock);
	list = server->stalled;
	server->stalled = NULL;
	pthread_mutex_unlock(&server->lock);

	for (; list; list = next) {
		int64_t age_us = clock_mono_us() - list->sent_us;
		nng_msg *msg = nng_aio_get_msg(list->send_aio);

		next = list->next;
		if (msg && age_us < (int64_t)SEND_TIMEOUT_MS * 1000 + WATCH_US) {
			pthread_mutex_lock(&server->lock);
			list->next = server->stalled;
			server->stalled = list;
			pthread_mutex_unlock(&server->lock);
			continue;
		}
		if (msg) {
			nng_aio_wait(list->send_aio);
			msg = nng_aio_get_msg(list->send_aio);
			if (msg)
				nng_msg_free(msg);
			nng_aio_set_msg(list->send_aio, NULL);
			nng_pipe_close(list->pipe);
		}
		receive(list);
	}
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
	bool stopping;

	do {
		nanosleep(&pause, NULL);
		for (unsigned i = 0; i < server->options.n_workers; i++) {
			struct worker *worker = &server->workers[i];

			pthread_mutex_lock(&worker->lock);
			interrupt_if_pointless(worker, clock_mono_us());
			pthread_mutex_unlock(&worker->lock);
		}
		release_stalled(server);
		pthread_mutex_lock(&server->lock);
		stopping = server->stopping;
		pthread_mutex_unlock(&server->lock);
	} while (!stopping || __atomic_load_n(&server->watched, __ATOMIC_RELAXED));

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
	struct slot *slot;

	while ((slot = take_slot(server, lane))) {
		struct server_batch batch;
		nng_msg *reply;

		server_batch_read(&worker->desk, nng_msg_body(slot->msg), nng_msg_len(slot->msg),
				  slot->received_us, slot->shed, &batch);
		serve(worker, &batch);
		reply = server_batch_write(&worker->desk, &batch);
		nng_msg_free(slot->msg);
		slot->msg = NULL;
		server_batch_end(&worker->desk);
		send_reply(slot, reply);
	}

	return NULL;
}

static enum status listen_on(struct server *server, const char *address)
{
	const struct server_options *options = &server->options;
	const struct transport_tls tls = {options->tls_ca, options->tls_cert, options->tls_key};
	int rv = transport_listen(server->socket, address, &tls);

	if (rv == 0)
		return STATUS_OK;

	log_line(LOG_ERROR, "listen-failed", "address=%s error=\"%s\"", address, nng_strerror(rv));

	return STATUS_UNAVAILABLE;
}

static void open_lane(struct lane *lane)
{
	pthread_cond_init(&lane->filled, NULL);
	lane->tail = &lane->head;
}

static void open_slots(struct server *server)
{
	if (nng_rep0_open(&server->socket) != 0)
		log_die("no-socket", "rep");
	nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, WIRE_MAX_BATCH);

	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct slot *slot = &server->slots[i];

		slot->server = server;
		if (nng_ctx_open(&slot->ctx, server->socket) != 0 ||
		    nng_aio_alloc(&slot->recv_aio, on_received, slot) != 0 ||
		    nng_aio_alloc(&slot->send_aio, NULL, NULL) != 0)
			log_die("no-memory", "slot");
		nng_aio_set_timeout(slot->recv_aio, NNG_DURATION_INFINITE);
		nng_aio_set_timeout(slot->send_aio, SEND_TIMEOUT_MS);
	}
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
	open_slots(server);
	start_threads(server);
	for (unsigned i = 0; i < N_SLOTS; i++)
		receive(&server->slots[i]);

	for (const char *const *address = options->addresses; *address; address++)
		if (listen_on(server, *address) != STATUS_OK) {
			server_free(server);
			return STATUS_UNAVAILABLE;
		}
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

	for (unsigned i = 0; i < server->n_threads; i++)
		pthread_join(server->workers[i].thread, NULL);
	__atomic_store_n(&server->watched, false, __ATOMIC_RELAXED);
	pthread_join(server->watchdog, NULL);
}

void server_free(struct server *server)
{
	if (!server)
		return;

	server_drain(server);
	for (unsigned i = 0; i < N_SLOTS; i++)
		nng_aio_stop(server->slots[i].recv_aio);
	stop_threads(server);

	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct slot *slot = &server->slots[i];
		nng_msg *msg;

		nng_aio_wait(slot->send_aio); /* at most SEND_TIMEOUT_MS */
		msg = nng_aio_get_msg(slot->send_aio);
		if (msg)
			nng_msg_free(msg);
		nng_ctx_close(slot->ctx);
		nng_aio_free(slot->recv_aio);
		nng_aio_free(slot->send_aio);
	}
	nng_close(server->socket);

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
