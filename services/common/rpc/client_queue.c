/* What waits for its method's turn: who leaves together, and when. */
#include "rpc/client_queue.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/method.h"
#include "rpc/wire.h"

#define EARLY_CALLS 32   /* so many waiting are worth a batch of their own */
#define EARLY_US    2000 /* a batch out for longer is held up by something */

void *client_alloc(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		log_die("no-memory", "bytes=%zu", size);

	return memory;
}

struct queue *queue_of(struct client *client, const struct method *method)
{
	size_t bucket = ((uintptr_t)method / sizeof(*method)) % N_BUCKETS;
	unsigned window =
		client->window > client->slow_window ? client->window : client->slow_window;
	struct queue *queue = client->queues[bucket];

	while (queue && queue->method != method)
		queue = queue->next;
	if (queue)
		return queue;

	queue = client_alloc(sizeof(*queue) + window * sizeof(*queue->flying));
	queue->method = method;
	queue->tail = &queue->head;
	queue->next = client->queues[bucket];
	client->queues[bucket] = queue;

	return queue;
}

static bool may_leave(const struct client *client, const struct queue *queue, int64_t now_us)
{
	if (queue->n_waiting == 0)
		return false;
	if (queue->method->slow)
		return queue->n_flying < client->slow_window;
	if (queue->n_flying == 0)
		return true;
	if (queue->n_flying >= client->window)
		return false;
	if (queue->n_waiting >= EARLY_CALLS)
		return true;

	for (unsigned i = 0; i < queue->n_flying; i++)
		if (now_us - queue->flying[i]->sent_us < EARLY_US)
			return false;

	return true;
}

static struct client_call *pop_waiting(struct client *client, struct queue *queue)
{
	struct client_call *call = queue->head;

	queue->head = call->next;
	if (!queue->head)
		queue->tail = &queue->head;
	call->next = NULL;
	queue->n_waiting--;
	client->stats.waiting--;
	client->waiting_bytes -= call->request_size;

	return call;
}

static struct batch *take_idle(struct client *client)
{
	struct batch *batch = client->idle;

	if (batch) {
		client->idle = batch->next_idle;
		return batch;
	}

	batch = client_alloc(sizeof(*batch) + client->max_batch * sizeof(*batch->calls));
	batch->client = client;

	return batch;
}

struct batch *queue_take_batch(struct client *client, struct queue *queue, int64_t now_us,
			       struct client_call **expired)
{
	size_t limit = queue->method->slow ? 1 : client->max_batch;
	size_t bytes = 0;
	struct batch *batch;

	while (queue->head && queue->head->deadline_us <= now_us) {
		struct client_call *call = pop_waiting(client, queue);

		call->next = *expired;
		*expired = call;
	}
	if (!may_leave(client, queue, now_us))
		return NULL;

	batch = take_idle(client);
	batch->queue = queue;
	batch->state = DEPARTING;
	batch->n = 0;
	batch->deadline_us = 0;
	batch->sent_us = now_us;
	while (queue->head && batch->n < limit) {
		struct client_call *call = queue->head;

		bytes += call->request_size + call->caller_size;
		if (batch->n > 0 && bytes > WIRE_MAX_BATCH / 2)
			break;

		pop_waiting(client, queue);
		if (call->deadline_us <= now_us) {
			call->next = *expired;
			*expired = call;
			continue;
		}
		call->batch = batch;
		batch->calls[batch->n++] = call;
		if (call->deadline_us > batch->deadline_us)
			batch->deadline_us = call->deadline_us;
	}
	queue->flying[queue->n_flying++] = batch;
	client->stats.in_flight += batch->n;
	client->stats.batches++;

	return batch;
}

void queue_leave_window(struct batch *batch)
{
	struct queue *queue = batch->queue;
	unsigned i = 0;

	while (queue->flying[i] != batch)
		i++;
	queue->flying[i] = queue->flying[--queue->n_flying];
}

bool queue_take(struct client *client, struct client_call *call)
{
	struct queue *queue = queue_of(client, call->method);
	struct client_call **at = &queue->head;

	while (*at && *at != call)
		at = &(*at)->next;
	if (!*at)
		return false;

	*at = call->next;
	if (!*at)
		queue->tail = at;
	queue->n_waiting--;
	client->stats.waiting--;
	client->waiting_bytes -= call->request_size;

	return true;
}

void queue_add(struct client *client, struct queue *queue, struct client_call *call)
{
	*queue->tail = call;
	queue->tail = &call->next;
	queue->n_waiting++;
	client->stats.waiting++;
	client->waiting_bytes += call->request_size;
}

struct client_call *queue_take_all(struct client *client)
{
	struct client_call *list = NULL;

	for (size_t i = 0; i < N_BUCKETS; i++)
		for (struct queue *queue = client->queues[i]; queue; queue = queue->next)
			while (queue->head) {
				struct client_call *call = pop_waiting(client, queue);

				call->next = list;
				list = call;
			}

	return list;
}

void queue_free_all(struct client *client)
{
	for (size_t i = 0; i < N_BUCKETS; i++)
		while (client->queues[i]) {
			struct queue *queue = client->queues[i];

			client->queues[i] = queue->next;
			free(queue);
		}
}
