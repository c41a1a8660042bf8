/* What a client knows: which calls wait, which batches fly on which link. Every function here is
 * called under the client's lock, and calls nothing outside. */
#ifndef KITH_RPC_CLIENT_QUEUE_H
#define KITH_RPC_CLIENT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "rpc/client.h"
#include "rpc/link.h"

#define CLIENT_BUCKETS  256
#define CLIENT_REPLICAS 64
#define CLIENT_SLACK_US                                                                            \
	20000 /* past a deadline: the service knows it too and may say so itself                   \
	       */

/* An id on the wire: the highest bit, a generation, and the batch's index. */
#define ID_LAST_WORD  0x80000000u
#define ID_INDEX_BITS 12
#define ID_INDEX_MASK ((1u << ID_INDEX_BITS) - 1)
#define ID_NO_BATCH   (ID_LAST_WORD | ID_INDEX_MASK) /* whose reply nobody awaits */
#define MAX_BATCHES   ID_INDEX_MASK

enum batch_state {
	IDLE,      /* in the client's list of idle batches */
	DEPARTING, /* its calls are being written into a message, without the lock */
	FLYING,    /* sent; calls that were given up are taken out of `calls` */
	LANDING,   /* the answer is here, `done` runs for its calls */
};

struct batch {
	struct client *client;
	struct queue *queue;
	struct batch *next_idle;
	enum batch_state state;
	unsigned index;
	uint32_t generation, id;
	struct link *link; /* held from departure to landing */
	int64_t sent_us;
	int64_t deadline_us; /* the latest of its calls' */
	size_t n;
	struct client_call *calls[]; /* max_batch */
};

/* What waits and flies of one method. */
struct queue {
	struct queue *next;
	const struct method *method;
	struct client_call *head, **tail;
	size_t n_waiting;
	unsigned n_flying;
	struct batch *flying[]; /* the larger window */
};

struct replica {
	struct link *link;
	unsigned n_flying;
	bool late; /* did not answer in time, and was not heard of since */
};

struct client {
	unsigned window, slow_window;
	size_t max_batch, max_waiting, max_bytes;
	struct link_loop *loop;

	pthread_mutex_t lock;     /* of all below */
	pthread_cond_t connected; /* a replica came */
	bool closing;
	struct replica replicas[CLIENT_REPLICAS]; /* the open links */
	unsigned n_replicas, turn;
	struct queue *queues[CLIENT_BUCKETS];
	struct batch *idle;
	struct batch *batches[MAX_BATCHES]; /* by index */
	unsigned n_batches;
	size_t waiting_bytes;
	uint64_t next_cancel_id, cancel_step;
	struct client_stats stats;
};

/* The queue of that method. */
struct queue *queue_of(struct client *client, const struct method *method);

/* Takes the call out of its queue; false when it does not wait there. */
bool queue_take(struct client *client, struct client_call *call) MUST_USE;

/* Takes out all that waits, of all methods, as a list. */
struct client_call *queue_take_all(struct client *client);

/* Makes a batch of what waits, when it may leave now; NULL otherwise. Calls whose deadline has
 * passed are prepended to *expired. */
struct batch *queue_take_batch(struct client *client, struct queue *queue, int64_t now_us,
			       struct client_call **expired);

/* Makes a flying batch the caller's to land, once; false when it has landed already. */
bool batch_claim(struct batch *batch, uint32_t id) MUST_USE;

/* Claims a batch that flies on the link; on any, when that is NULL, whose time is over. Lowers
 * *next_us to the time when the next will be. */
struct batch *batch_claim_one(struct client *client, const struct link *link, int64_t now_us,
			      int64_t *next_us);

/* The replica at the other end of the link, NULL when that is closed. */
struct replica *replica_of(struct client *client, const struct link *link);

/* Lets go of its link, where it perhaps waited in vain; its place in the window; itself. */
void batch_leave_link(struct batch *batch, bool late);
void batch_leave_window(struct batch *batch);
void batch_become_idle(struct batch *batch);

#endif
