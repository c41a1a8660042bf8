/* Calls to the other processes: adaptive batches over links to all replicas, without timers.
 *
 * A batch flies on one link and lands once: with its reply, with the link's end, or when its
 * deadline has passed. All three are seen by the loop's thread, which runs `done`; a link that is
 * found closed while sending makes the batch land on the sender's thread. No lock is held while a
 * link is written to or `done` runs. */
#include "client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "rpc/client_queue.h"
#include "rpc/envelope.h"
#include "rpc/link.h"
#include "rpc/wire.h"

#define DEFAULT_WINDOW      4
#define DEFAULT_SLOW_WINDOW 2
#define DEFAULT_MAX_BATCH   64
#define DEFAULT_MAX_WAITING 4096
#define DEFAULT_MAX_BYTES   ((size_t)64 << 20)

#define MAX_REPLY_BYTES ((size_t)WIRE_MAX_BATCH * 4)
#define CANCEL_METHOD   "kith.ops.v1.OpsService/CancelCalls"

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

static struct link_frame *write_frame(const struct batch *batch)
{
	const char *method = batch->queue->method->name;
	size_t name_size = strlen(method), size = envelope_method_size(name_size);
	struct envelope_call call;
	struct link_frame *frame;
	uint8_t *to;

	for (size_t i = 0; i < batch->n; i++) {
		call = envelope_of(batch->calls[i], batch->sent_us);
		size += envelope_call_size(&call);
	}
	frame = link_frame_new(size);
	to = envelope_write_method(frame->payload, method, name_size);
	for (size_t i = 0; i < batch->n; i++) {
		call = envelope_of(batch->calls[i], batch->sent_us);
		to = envelope_write_call(to, &call);
	}
	assert(to == frame->payload + size);

	return frame;
}

static struct link_route route_of(uint32_t id)
{
	return (struct link_route){1, {htonl(id)}};
}

/* Tells the replica which has the call that nobody waits for it any more. */
static void tell_cancelled(struct link *link, const struct client_call *call)
{
	const struct link_route route = route_of(ID_NO_BATCH);
	Ops__CancelCallsRequest message = OPS__CANCEL_CALLS_REQUEST__INIT;
	CLEANUP(buf_fini) struct buf request = {0};
	struct envelope_call cancel = {.caller = {call->caller, call->caller_size}};
	uint64_t cancel_id = call->cancel_id;
	size_t head = envelope_method_size(strlen(CANCEL_METHOD));
	struct link_frame *frame;
	uint8_t *to;

	message.cancel_ids = &cancel_id;
	message.n_cancel_ids = 1;
	wire_encode(&message.base, &request);
	cancel.request = (struct piece){request.data, request.size};

	frame = link_frame_new(head + envelope_call_size(&cancel));
	to = envelope_write_method(frame->payload, CANCEL_METHOD, strlen(CANCEL_METHOD));
	(void)envelope_write_call(to, &cancel);
	link_send(link, &route, frame);
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

static void land(struct batch *batch, enum status failure, const void *reply, size_t size);

/* Without the lock. Afterwards the batch may be anything. */
static void send_batch(struct batch *batch)
{
	struct client *client = batch->client;
	struct link *link = link_ref(batch->link);
	const uint32_t id = batch->id;
	const int64_t end_us = batch->deadline_us + CLIENT_SLACK_US;
	const struct link_route route = route_of(id);
	struct link_frame *frame = write_frame(batch);
	struct client_call *cancelled = take_off(batch);
	bool claimed = false;

	if (!link_send(link, &route, frame)) {
		pthread_mutex_lock(&client->lock);
		claimed = batch_claim(batch, id);
		pthread_mutex_unlock(&client->lock);
	}
	link_loop_tick_at(client->loop, end_us);

	for (const struct client_call *call = cancelled; call; call = call->next)
		tell_cancelled(link, call);
	link_unref(link);
	finish_list(cancelled, STATUS_CANCELLED, "cancelled");
	if (claimed)
		land(batch, STATUS_UNAVAILABLE, NULL, 0);
}

/* Runs `done` of every call with its result of the reply. */
static void deliver(struct batch *batch, const void *reply, size_t size)
{
	struct envelope envelope;
	bool sound = envelope_open_reply(reply, size, &envelope);

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

static void deliver_failure(struct batch *batch, enum status failure)
{
	const char *why =
		failure == STATUS_DEADLINE_EXCEEDED ? "no answer in time" : "the service is gone";

	for (size_t i = 0; i < batch->n; i++)
		if (batch->calls[i])
			finish(batch->calls[i], failure, why);
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

/* The end of a claimed batch: its reply, or when `failure` is not OK that. What waits leaves first;
 * when nothing waits, the batch keeps its place until `done` has run for all, so that calls made in
 * there leave together. */
static void land(struct batch *batch, enum status failure, const void *reply, size_t size)
{
	struct batch *next = NULL;
	struct client *client = batch->client;
	struct queue *queue = batch->queue;
	struct client_call *expired = NULL;
	int64_t now_us = clock_mono_us();
	bool left;

	pthread_mutex_lock(&client->lock);
	batch_leave_link(batch, failure == STATUS_DEADLINE_EXCEEDED);
	left = queue->n_waiting > 0;
	if (left) {
		batch_leave_window(batch);
		next = queue_take_batch(client, queue, now_us, &expired);
	} else {
		batch->sent_us = now_us;
	}
	pthread_mutex_unlock(&client->lock);

	finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
	if (next)
		send_waiting(client, queue, next);

	if (failure == STATUS_OK)
		deliver(batch, reply, size);
	else
		deliver_failure(batch, failure);

	expired = NULL;
	next = NULL;
	pthread_mutex_lock(&client->lock);
	if (!left) {
		batch_leave_window(batch);
		next = queue_take_batch(client, queue, clock_mono_us(), &expired);
	}
	batch_become_idle(batch);
	pthread_mutex_unlock(&client->lock);

	finish_list(expired, STATUS_DEADLINE_EXCEEDED, "waited too long to be sent");
	if (next)
		send_waiting(client, queue, next);
}

static void on_received(void *user, struct link *link, const struct link_route *route,
			const void *bytes, size_t size)
{
	struct client *client = user;
	uint32_t id = ntohl(route->words[0]);
	unsigned index = id & ID_INDEX_MASK;
	struct replica *replica;
	struct batch *batch;
	bool claimed;

	pthread_mutex_lock(&client->lock);
	replica = replica_of(client, link);
	if (replica)
		replica->late = false;
	batch = index < client->n_batches ? client->batches[index] : NULL;
	claimed = batch && batch_claim(batch, id); /* else it is late, or to a cancellation */
	pthread_mutex_unlock(&client->lock);

	if (claimed)
		land(batch, STATUS_OK, bytes, size);
}

static void on_opened(void *user, struct link *link)
{
	struct client *client = user;

	pthread_mutex_lock(&client->lock);
	if (client->n_replicas < CLIENT_REPLICAS) {
		client->replicas[client->n_replicas++] = (struct replica){.link = link_ref(link)};
		pthread_cond_broadcast(&client->connected);
	}
	pthread_mutex_unlock(&client->lock);
}

static void on_closed(void *user, struct link *link)
{
	struct client *client = user;
	struct client_call *waiting = NULL;
	struct batch *batch;
	int64_t next_us = INT64_MAX;

	pthread_mutex_lock(&client->lock);
	for (unsigned i = 0; i < client->n_replicas; i++)
		if (client->replicas[i].link == link) {
			client->replicas[i] = client->replicas[--client->n_replicas];
			link_unref(link); /* the loop still holds it */
		}
	if (client->n_replicas == 0)
		waiting = queue_take_all(client);
	pthread_mutex_unlock(&client->lock);

	finish_list(waiting, STATUS_UNAVAILABLE, "the service cannot be reached");
	while ((batch = batch_claim_one(client, link, 0, &next_us)))
		land(batch, STATUS_UNAVAILABLE, NULL, 0);
}

static int64_t on_tick(void *user, int64_t now_us)
{
	struct client *client = user;
	int64_t next_us = INT64_MAX;
	struct batch *batch;

	while ((batch = batch_claim_one(client, NULL, now_us, &next_us)))
		land(batch, STATUS_DEADLINE_EXCEEDED, NULL, 0);

	return next_us;
}

struct client *client_new(const struct client_options *options)
{
	struct client *client = calloc(1, sizeof(*client));
	const struct link_tls tls = {options->tls_ca, options->tls_cert, options->tls_key};
	const struct link_handler handler = {
		.side = LINK_REQ,
		.max_message = MAX_REPLY_BYTES,
		.opened = on_opened,
		.received = on_received,
		.closed = on_closed,
		.tick = on_tick,
		.user = client,
	};
	pthread_condattr_t monotonic;

	if (!client)
		log_die("no-memory", "client");
	client->window = options->window ? options->window : DEFAULT_WINDOW;
	client->slow_window = options->slow_window ? options->slow_window : DEFAULT_SLOW_WINDOW;
	client->max_batch = options->max_batch ? options->max_batch : DEFAULT_MAX_BATCH;
	client->max_waiting = options->max_waiting ? options->max_waiting : DEFAULT_MAX_WAITING;
	client->max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX_BYTES;
	id_random(&client->next_cancel_id, sizeof(client->next_cancel_id));
	id_random(&client->cancel_step, sizeof(client->cancel_step));
	client->cancel_step |= 1; /* odd, so that all ids are passed before one comes again */

	pthread_mutex_init(&client->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&client->connected, &monotonic);
	pthread_condattr_destroy(&monotonic);

	client->loop = link_loop_new(&handler);
	for (const char *const *address = options->addresses; *address; address++) {
		const char *why = link_dial(client->loop, *address, &tls);

		if (why)
			log_line(LOG_ERROR, "dial-failed", "address=%s error=\"%s\"", *address,
				 why);
	}
	link_loop_start(client->loop);

	return client;
}

static struct timespec timespec_of(int64_t us)
{
	return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

static void free_queues(struct client *client)
{
	for (size_t i = 0; i < CLIENT_BUCKETS; i++)
		while (client->queues[i]) {
			struct queue *queue = client->queues[i];

			client->queues[i] = queue->next;
			free(queue);
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
	link_loop_free(client->loop, 0);
	assert(client->stats.in_flight == 0);

	for (unsigned i = 0; i < client->n_batches; i++)
		free(client->batches[i]);
	free_queues(client);
	pthread_cond_destroy(&client->connected);
	pthread_mutex_destroy(&client->lock);
	free(client);
}

/* Why the call is not taken, NULL when it is. Under the lock. */
static const char *refusal(const struct client *client, const struct client_call *call)
{
	if (client->closing)
		return "the client is closing";
	if (client->n_replicas == 0)
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
		*queue->tail = call;
		queue->tail = &call->next;
		queue->n_waiting++;
		client->stats.calls++;
		client->stats.waiting++;
		client->waiting_bytes += call->request_size;
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
	bool waited = false;
	struct link *link = NULL;
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
		link = link_ref(batch->link);
	} else {
		call->next = call; /* departing: take_off sees it */
	}
	pthread_mutex_unlock(&client->lock);

	if (link)
		tell_cancelled(link, call);
	if (waited || link)
		finish(call, STATUS_CANCELLED, "cancelled");
	link_unref(link);
}

bool client_wait_connected(struct client *client, int64_t until_us)
{
	struct timespec until = timespec_of(until_us);
	bool connected;
	int rv = 0;

	pthread_mutex_lock(&client->lock);
	while (client->n_replicas == 0 && rv == 0)
		rv = pthread_cond_timedwait(&client->connected, &client->lock, &until);
	connected = client->n_replicas > 0;
	pthread_mutex_unlock(&client->lock);

	return connected;
}

void client_get_stats(struct client *client, struct client_stats *ret_stats)
{
	pthread_mutex_lock(&client->lock);
	*ret_stats = client->stats;
	pthread_mutex_unlock(&client->lock);
}
