/* What a client knows: which calls wait, which batches fly on which link. */
#include "client_queue.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/method.h"
#include "rpc/wire.h"

#define EARLY_CALLS 32   /* so many waiting are worth a batch of their own */
#define EARLY_US    2000 /* a batch out for longer is held up by something */

static void *alloc_zeroed(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		log_die("no-memory", "bytes=%zu", size);

	return memory;
}

/* The queue of that method. */
struct queue *queue_of(struct client *client, const struct method *method)
{
	size_t bucket = ((uintptr_t)method / sizeof(*method)) % CLIENT_BUCKETS;
	unsigned window =
		client->window > client->slow_window ? client->window : client->slow_window;
	struct queue *queue = client->queues[bucket];

	while (queue && queue->method != method)
		queue = queue->next;
	if (queue)
		return queue;

	queue = alloc_zeroed(sizeof(*queue) + window * sizeof(*queue->flying));
	queue->method = method;
	queue->tail = &queue->head;
	queue->next = client->queues[bucket];
	client->queues[bucket] = queue;

	return queue;
}

static bool may_leave(const struct client *client, const struct queue *queue, int64_t now_us)
{
	if (queue->n_waiting == 0 || client->n_replicas == 0)
		return false;
	if (!client->idle && client->n_batches == MAX_BATCHES)
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

	batch = alloc_zeroed(sizeof(*batch) + client->max_batch * sizeof(*batch->calls));
	batch->client = client;
	batch->index = client->n_batches++;
	client->batches[batch->index] = batch;

	return batch;
}

/* The replica with the least to do; those that have the same take turns. One that let a batch wait
 * until its deadline comes last until it is heard of again. */
static struct replica *choose_replica(struct client *client)
{
	struct replica *best = NULL;

	client->turn++;
	for (unsigned i = 0; i < client->n_replicas; i++) {
		struct replica *replica =
			&client->replicas[(client->turn + i) % client->n_replicas];

		if (!best || replica->late < best->late ||
		    (replica->late == best->late && replica->n_flying < best->n_flying))
			best = replica;
	}
	best->n_flying++;

	return best;
}

/* Makes a batch of what waits, when it may leave now; NULL otherwise. Calls whose deadline has
 * passed are prepended to *expired. */
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
	batch->link = link_ref(choose_replica(client)->link);
	batch->id = ID_LAST_WORD | ++batch->generation << ID_INDEX_BITS | batch->index;
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

/* Its place in the window is free again. */
void batch_leave_window(struct batch *batch)
{
	struct queue *queue = batch->queue;
	unsigned i = 0;

	while (queue->flying[i] != batch)
		i++;
	queue->flying[i] = queue->flying[--queue->n_flying];
}

/* Makes the batch the caller's to land, once. */
bool batch_claim(struct batch *batch, uint32_t id)
{
	if (batch->state != FLYING || batch->id != id)
		return false;

	batch->state = LANDING;
	for (size_t i = 0; i < batch->n; i++)
		if (batch->calls[i])
			batch->calls[i]->batch = NULL;

	return true;
}

/* A batch that flies on the link, or on any when that is NULL and its time is over; claimed. */
struct batch *batch_claim_one(struct client *client, const struct link *link, int64_t now_us,
			      int64_t *ret_next_us)
{
	struct batch *found = NULL;

	pthread_mutex_lock(&client->lock);
	for (unsigned i = 0; i < client->n_batches && !found; i++) {
		struct batch *batch = client->batches[i];
		int64_t end_us = batch->deadline_us + CLIENT_SLACK_US;

		if (batch->state != FLYING)
			continue;
		if (link ? batch->link == link : end_us <= now_us) {
			found = batch_claim(batch, batch->id) ? batch : NULL;
		} else if (end_us < *ret_next_us) {
			*ret_next_us = end_us;
		}
	}
	pthread_mutex_unlock(&client->lock);

	return found;
}

struct replica *replica_of(struct client *client, const struct link *link)
{
	for (unsigned i = 0; i < client->n_replicas; i++)
		if (client->replicas[i].link == link)
			return &client->replicas[i];

	return NULL;
}

void batch_leave_link(struct batch *batch, bool late)
{
	struct replica *replica = replica_of(batch->client, batch->link);

	if (replica) {
		replica->n_flying--;
		replica->late |= late;
	}
	link_unref(batch->link);
	batch->link = NULL;
}

void batch_become_idle(struct batch *batch)
{
	struct client *client = batch->client;

	client->stats.in_flight -= batch->n;
	batch->state = IDLE;
	batch->next_idle = client->idle;
	client->idle = batch;
}

/* Takes the call out of its queue; false when it does not wait there. */
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

/* Takes out all that waits. */
struct client_call *queue_take_all(struct client *client)
{
	struct client_call *list = NULL;

	for (size_t i = 0; i < CLIENT_BUCKETS; i++)
		for (struct queue *queue = client->queues[i]; queue; queue = queue->next)
			while (queue->head) {
				struct client_call *call = pop_waiting(client, queue);

				call->next = list;
				list = call;
			}

	return list;
}
