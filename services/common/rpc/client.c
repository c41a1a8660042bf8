/* Calls to the other processes: adaptive batches over nng req/rep, without timers.
 *
 * Facts about nng 1.5.2 that this leans on. A receive may be started right after its send, so one
 * callback a batch suffices. With an infinite resend time nothing is sent twice: when a pipe dies,
 * what was sent on it fails with NNG_ECONNRESET. After any failed receive the context is closed
 * and opened anew, since a send may hang in it. Reply callbacks run on nng's own threads, and no
 * lock is held here while nng is called. */
#include "client.h"

#include <assert.h>
#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "rpc/canceller.h"
#include "rpc/client_queue.h"
#include "rpc/envelope.h"
#include "rpc/transport.h"
#include "rpc/wire.h"

#define DEFAULT_WINDOW      4
#define DEFAULT_SLOW_WINDOW 2
#define DEFAULT_MAX_BATCH   64
#define DEFAULT_MAX_WAITING 4096
#define DEFAULT_MAX_BYTES   ((size_t)64 << 20)

#define TIMEOUT_SLACK_US 20000 /* the service knows the deadline too and may say so itself */
#define MAX_REPLY_BYTES  ((size_t)WIRE_MAX_BATCH * 4)
#define CLOSE_POLL_US    10000

static char *copy_string(const char *string)
{
	size_t size = string ? strlen(string) + 1 : 1;
	char *copy = client_alloc(size);

	memcpy(copy, string ? string : "", size);

	return copy;
}

static void finish(struct client_call *call, enum status status, const char *message)
{
	const struct client_result result = {.status = status, .message = message};

	call->done(call, &result);
}

static void finish_list(struct client_call *list, enum status status, const char *message)
{
	while (list) {
		struct client_call *call = list;

		list = call->next;
		finish(call, status, message);
	}
}

static struct envelope_call envelope_of(const struct client_call *call, int64_t now_us)
{
	return (struct envelope_call){
		.request = {call->request, call->request_size},
		.caller = {call->caller, call->caller_size},
		.request_id = {call->request_id, strlen(call->request_id)},
		.traceparent = {call->traceparent, strlen(call->traceparent)},
		.timeout_us = call->deadline_us - now_us > 0 ? call->deadline_us - now_us : 1,
		.cancel_id = call->cancel_id,
	};
}

static void on_reply(void *arg);

static void make_aios(struct batch *batch)
{
	struct client *client = batch->client;

	if (nng_aio_alloc(&batch->send_aio, NULL, NULL) != 0 ||
	    nng_aio_alloc(&batch->recv_aio, on_reply, batch) != 0 ||
	    nng_ctx_open(&batch->ctx, client->socket) != 0)
		log_die("no-memory", "batch");
	nng_aio_set_timeout(batch->send_aio, NNG_DURATION_INFINITE);

	pthread_mutex_lock(&client->lock);
	batch->next_all = client->all;
	client->all = batch;
	pthread_mutex_unlock(&client->lock);
}

/* A send may hang in the context, where it cannot be cancelled: closing it gives the message
 * back. */
static void renew_context(struct batch *batch)
{
	nng_msg *msg;

	nng_ctx_close(batch->ctx);
	nng_aio_wait(batch->send_aio);
	msg = nng_aio_get_msg(batch->send_aio);
	if (msg)
		nng_msg_free(msg);
	nng_aio_set_msg(batch->send_aio, NULL);
	if (nng_ctx_open(&batch->ctx, batch->client->socket) != 0)
		log_die("no-memory", "batch");
}

static nng_msg *write_message(const struct batch *batch)
{
	const char *method = batch->queue->method->name;
	size_t name_size = strlen(method), size = envelope_method_size(name_size);
	struct envelope_call call;
	nng_msg *msg;
	uint8_t *to;

	for (size_t i = 0; i < batch->n; i++) {
		call = envelope_of(batch->calls[i], batch->sent_us);
		size += envelope_call_size(&call);
	}
	if (nng_msg_alloc(&msg, size) != 0)
		log_die("no-memory", "bytes=%zu", size);

	to = envelope_write_method(nng_msg_body(msg), method, name_size);
	for (size_t i = 0; i < batch->n; i++) {
		call = envelope_of(batch->calls[i], batch->sent_us);
		to = envelope_write_call(to, &call);
	}
	assert(to == (uint8_t *)nng_msg_body(msg) + size);

	return msg;
}

/* From DEPARTING to FLYING. Calls cancelled meanwhile are taken out and listed. */
static struct client_call *take_off(struct batch *batch)
{
	struct client *client = batch->client;
	struct client_call *cancelled = NULL;

	pthread_mutex_lock(&client->lock);
	batch->state = FLYING;
	for (size_t i = 0; i < batch->n; i++) {
		struct client_call *call = batch->calls[i];

		if (call->next != call)
			continue;
		call->next = cancelled;
		cancelled = call;
		call->batch = NULL;
		batch->calls[i] = NULL;
	}
	pthread_mutex_unlock(&client->lock);

	return cancelled;
}

/* Without the lock. Afterwards the batch may be anything. */
static void send_batch(struct batch *batch)
{
	struct client *client = batch->client;
	int64_t left_us = batch->deadline_us - batch->sent_us + TIMEOUT_SLACK_US;
	struct client_call *cancelled;
	nng_aio *recv_aio;
	nng_msg *msg = write_message(batch);
	bool connected;

	if (!batch->recv_aio)
		make_aios(batch);
	recv_aio = batch->recv_aio;
	nng_aio_wait(batch->send_aio); /* a send is over before its reply, but not by much */
	nng_aio_set_msg(batch->send_aio, msg);
	nng_aio_set_timeout(recv_aio, left_us / 1000 < INT32_MAX ? (nng_duration)(left_us / 1000)
								 : INT32_MAX);
	cancelled = take_off(batch);

	nng_ctx_send(batch->ctx, batch->send_aio);
	nng_ctx_recv(batch->ctx, recv_aio);

	for (const struct client_call *call = cancelled; call; call = call->next)
		canceller_tell(client->canceller, call->cancel_id, call->caller, call->caller_size);
	finish_list(cancelled, STATUS_CANCELLED, "cancelled");
	pthread_mutex_lock(&client->lock);
	connected = client->n_pipes > 0 && !client->closing;
	pthread_mutex_unlock(&client->lock);
	if (!connected)
		nng_aio_abort(recv_aio, NNG_ECONNRESET);
}

/* Runs `done` of every call with its result of the reply. */
static void deliver(struct batch *batch, const nng_msg *msg)
{
	struct envelope envelope;
	bool sound = envelope_open_reply(nng_msg_body((nng_msg *)msg), nng_msg_len(msg), &envelope);

	for (size_t i = 0; i < batch->n; i++) {
		struct client_call *call = batch->calls[i];
		struct envelope_result from;
		struct client_result result;

		sound = sound && i < envelope.n && envelope_next_result(&envelope, &from);
		if (!call)
			continue;
		if (!sound) {
			finish(call, STATUS_INTERNAL, "the reply is malformed");
			continue;
		}
		result = (struct client_result){
			.status = from.code <= STATUS_UNAUTHENTICATED ? (enum status)from.code
								      : STATUS_UNKNOWN,
			.reply = from.reply.bytes,
			.reply_size = from.reply.size,
			.details = from.status.bytes,
			.details_size = from.status.size,
		};
		call->done(call, &result);
	}
}

static void deliver_failure(struct batch *batch, int rv)
{
	bool late = rv == NNG_ETIMEDOUT;

	for (size_t i = 0; i < batch->n; i++)
		if (batch->calls[i])
			finish(batch->calls[i],
			       late ? STATUS_DEADLINE_EXCEEDED : STATUS_UNAVAILABLE,
			       late ? "no answer in time" : "the service is gone");
}

/* Sends all batches of the queue that may leave. `first` was taken already, or is NULL. */
static void send_waiting(struct client *client, struct queue *queue, struct batch *first)
{
	struct batch *batch = first;

	for (;;) {
		struct client_call *expired = NULL;

		if (batch)
			send_batch(batch);

		pthread_mutex_lock(&client->lock);
		batch = queue_take_batch(client, queue, clock_mono_us(), &expired);
		pthread_mutex_unlock(&client->lock);

		finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
		if (!batch)
			return;
	}
}

static void become_idle(struct batch *batch)
{
	struct client *client = batch->client;

	client->stats.in_flight -= batch->n;
	batch->state = IDLE;
	batch->next_idle = client->idle;
	client->idle = batch;
	if (client->closing)
		pthread_cond_broadcast(&client->changed);
}

/* The reply to a batch, or its failure. What waits leaves first; when nothing waits, the batch
 * keeps its place until `done` has run for all, so that calls made in there leave together. */
static void on_reply(void *arg)
{
	struct batch *batch = arg, *next = NULL;
	struct client *client = batch->client;
	struct queue *queue = batch->queue;
	struct client_call *expired = NULL;
	int rv = nng_aio_result(batch->recv_aio);
	nng_msg *msg = rv == 0 ? nng_aio_get_msg(batch->recv_aio) : NULL;
	int64_t now_us = clock_mono_us();
	bool left;

	nng_aio_set_msg(batch->recv_aio, NULL);
	if (rv != 0)
		renew_context(batch);

	pthread_mutex_lock(&client->lock);
	batch->state = LANDING;
	for (size_t i = 0; i < batch->n; i++)
		if (batch->calls[i])
			batch->calls[i]->batch = NULL;
	left = queue->n_waiting > 0;
	if (left) {
		queue_leave_window(batch);
		next = queue_take_batch(client, queue, now_us, &expired);
	} else {
		batch->sent_us = now_us;
	}
	pthread_mutex_unlock(&client->lock);

	finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
	if (next)
		send_waiting(client, queue, next);

	if (msg) {
		deliver(batch, msg);
		nng_msg_free(msg);
	} else {
		deliver_failure(batch, rv);
	}

	/* Still counted until the end, so that client_free waits for this callback's last use. */
	expired = NULL;
	next = NULL;
	pthread_mutex_lock(&client->lock);
	if (!left) {
		queue_leave_window(batch);
		next = queue_take_batch(client, queue, clock_mono_us(), &expired);
	}
	if (!next)
		become_idle(batch);
	pthread_mutex_unlock(&client->lock);

	finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
	if (!next)
		return;

	send_waiting(client, queue, next);
	pthread_mutex_lock(&client->lock);
	become_idle(batch);
	pthread_mutex_unlock(&client->lock);
}

static void abort_all(struct client *client)
{
	struct batch *batch;

	pthread_mutex_lock(&client->lock);
	batch = client->all;
	pthread_mutex_unlock(&client->lock);

	for (; batch; batch = batch->next_all) /* the list grows at its head only */
		nng_aio_abort(batch->recv_aio, NNG_ECONNRESET);
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
	struct client *client = arg;
	int id = nng_pipe_id(pipe);
	bool alone;

	pthread_mutex_lock(&client->lock);
	if (event == NNG_PIPE_EV_ADD_POST && client->n_pipes < MAX_PIPES) {
		client->pipes[client->n_pipes++] = id;
		pthread_cond_broadcast(&client->changed);
	}
	for (size_t i = 0; event == NNG_PIPE_EV_REM_POST && i < client->n_pipes; i++)
		if (client->pipes[i] == id)
			client->pipes[i] = client->pipes[--client->n_pipes];
	alone = client->n_pipes == 0;
	pthread_mutex_unlock(&client->lock);

	/* What was sent fails by itself; what still hangs in nng would wait for the next pipe. */
	if (alone)
		abort_all(client);
}

static void open_socket(struct client *client, const char *const *addresses)
{
	int rv = nng_req0_open(&client->socket);

	if (rv != 0)
		log_die("no-socket", "error=\"%s\"", nng_strerror(rv));
	nng_socket_set_ms(client->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	nng_socket_set_size(client->socket, NNG_OPT_RECVMAXSZ, MAX_REPLY_BYTES);
	nng_pipe_notify(client->socket, NNG_PIPE_EV_ADD_POST, on_pipe, client);
	nng_pipe_notify(client->socket, NNG_PIPE_EV_REM_POST, on_pipe, client);

	for (; *addresses; addresses++) {
		rv = transport_dial(client->socket, *addresses, &client->tls);
		if (rv != 0)
			log_line(LOG_ERROR, "dial-failed", "address=%s error=\"%s\"", *addresses,
				 nng_strerror(rv));
	}
}

struct client *client_new(const struct client_options *options)
{
	struct client *client = client_alloc(sizeof(*client));
	pthread_condattr_t monotonic;

	client->window = options->window ? options->window : DEFAULT_WINDOW;
	client->slow_window = options->slow_window ? options->slow_window : DEFAULT_SLOW_WINDOW;
	client->max_batch = options->max_batch ? options->max_batch : DEFAULT_MAX_BATCH;
	client->max_waiting = options->max_waiting ? options->max_waiting : DEFAULT_MAX_WAITING;
	client->max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX_BYTES;
	client->tls.ca = copy_string(options->tls_ca);
	client->tls.cert = copy_string(options->tls_cert);
	client->tls.key = copy_string(options->tls_key);
	id_random(&client->next_cancel_id, sizeof(client->next_cancel_id));
	id_random(&client->cancel_step, sizeof(client->cancel_step));
	client->cancel_step |= 1; /* odd, so that all ids are passed before one comes again */

	pthread_mutex_init(&client->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&client->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);

	client->canceller = canceller_new(options->addresses, &client->tls);
	open_socket(client, options->addresses);

	return client;
}

static struct timespec timespec_of(int64_t us)
{
	return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

static void wait_until_quiet(struct client *client)
{
	for (;;) {
		struct timespec until = timespec_of(clock_mono_us() + CLOSE_POLL_US);
		bool quiet;

		abort_all(client); /* again, for those that were departing */
		pthread_mutex_lock(&client->lock);
		if (client->stats.in_flight > 0)
			pthread_cond_timedwait(&client->changed, &client->lock, &until);
		quiet = client->stats.in_flight == 0;
		pthread_mutex_unlock(&client->lock);
		if (quiet)
			return;
	}
}

void client_free(struct client *client)
{
	struct client_call *waiting;

	if (!client)
		return;

	pthread_mutex_lock(&client->lock);
	client->closing = true;
	waiting = queue_take_all(client);
	pthread_mutex_unlock(&client->lock);
	finish_list(waiting, STATUS_UNAVAILABLE, "the client is closing");
	wait_until_quiet(client);

	canceller_free(client->canceller);
	nng_pipe_notify(client->socket, NNG_PIPE_EV_ADD_POST, NULL, NULL);
	nng_pipe_notify(client->socket, NNG_PIPE_EV_REM_POST, NULL, NULL);
	for (struct batch *batch = client->all, *next; batch; batch = next) {
		next = batch->next_all;
		nng_aio_stop(batch->recv_aio);
		nng_ctx_close(batch->ctx);
		nng_aio_stop(batch->send_aio);
		nng_aio_free(batch->recv_aio);
		nng_aio_free(batch->send_aio);
		free(batch);
	}
	nng_close(client->socket);

	queue_free_all(client);
	pthread_cond_destroy(&client->changed);
	pthread_mutex_destroy(&client->lock);
	free((char *)client->tls.ca);
	free((char *)client->tls.cert);
	free((char *)client->tls.key);
	free(client);
}

/* Why the call is not taken, NULL when it is. Under the lock. */
static const char *refusal(const struct client *client, const struct client_call *call)
{
	if (client->closing)
		return "the client is closing";
	if (client->n_pipes == 0)
		return "the service cannot be reached";
	if (client->stats.waiting >= client->max_waiting ||
	    client->waiting_bytes + call->request_size > client->max_bytes)
		return "too many calls are waiting for the service";

	return NULL;
}

void client_send(struct client *client, struct client_call *call)
{
	int64_t now_us = clock_mono_us();
	struct client_call *expired = NULL;
	struct batch *batch = NULL;
	const char *why;

	call->next = NULL;
	call->batch = NULL;
	if (call->request_size > WIRE_MAX_MESSAGE) {
		finish(call, STATUS_INVALID_ARGUMENT, "the request is too large");
		return;
	}
	if (call->deadline_us <= now_us) {
		finish(call, STATUS_DEADLINE_EXCEEDED, "the deadline has passed");
		return;
	}

	pthread_mutex_lock(&client->lock);
	why = refusal(client, call);
	if (why) {
		client->stats.refused++;
	} else {
		struct queue *queue = queue_of(client, call->method);

		client->next_cancel_id += client->cancel_step;
		call->cancel_id = client->next_cancel_id;
		client->stats.calls++;
		queue_add(client, queue, call);
		batch = queue_take_batch(client, queue, now_us, &expired);
	}
	pthread_mutex_unlock(&client->lock);

	if (why)
		finish(call, STATUS_UNAVAILABLE, why);
	finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
	if (batch)
		send_batch(batch);
}

void client_cancel(struct client *client, struct client_call *call)
{
	bool waited = false, flew = false;
	struct batch *batch;

	pthread_mutex_lock(&client->lock);
	batch = call->batch;
	if (!batch) {
		waited = queue_take(client, call);
	} else if (batch->state == FLYING) {
		for (size_t i = 0; i < batch->n; i++)
			if (batch->calls[i] == call)
				batch->calls[i] = NULL;
		call->batch = NULL;
		flew = true;
	} else {
		call->next = call; /* departing: take_off sees it */
	}
	pthread_mutex_unlock(&client->lock);

	if (flew)
		canceller_tell(client->canceller, call->cancel_id, call->caller, call->caller_size);
	if (waited || flew)
		finish(call, STATUS_CANCELLED, "cancelled");
}

bool client_wait_connected(struct client *client, int64_t until_us)
{
	struct timespec until = timespec_of(until_us);
	bool connected;
	int rv = 0;

	pthread_mutex_lock(&client->lock);
	while (client->n_pipes == 0 && rv == 0)
		rv = pthread_cond_timedwait(&client->changed, &client->lock, &until);
	connected = client->n_pipes > 0;
	pthread_mutex_unlock(&client->lock);

	return connected;
}

void client_get_stats(struct client *client, struct client_stats *ret_stats)
{
	pthread_mutex_lock(&client->lock);
	*ret_stats = client->stats;
	pthread_mutex_unlock(&client->lock);
}
