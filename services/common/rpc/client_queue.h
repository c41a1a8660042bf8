/* Private to the client: what waits for its method's turn, and what is on its way. Nothing here
 * calls nng; every function but client_alloc runs under the client's lock. */
#ifndef KITH_RPC_CLIENT_QUEUE_H
#define KITH_RPC_CLIENT_QUEUE_H

#include <nng/nng.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/client.h"
#include "rpc/transport.h"

#define N_BUCKETS 256
#define MAX_PIPES 64

struct canceller;

enum batch_state {
	IDLE,      /* in the client's list of idle batches */
	DEPARTING, /* its calls are being written into a message, without the lock */
	FLYING,    /* sent; calls that were given up are taken out of `calls` */
	LANDING,   /* the answer is here, `done` runs for its calls */
};

struct batch {
	struct client *client;
	struct queue *queue;
	struct batch *next_idle, *next_all;
	enum batch_state state;
	nng_ctx ctx;
	nng_aio *send_aio, *recv_aio; /* NULL until it was sent for the first time */
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

struct client {
	unsigned window, slow_window;
	size_t max_batch, max_waiting, max_bytes;
	struct transport_tls tls;
	nng_socket socket;
	struct canceller *canceller;

	pthread_mutex_t lock;   /* of all below */
	pthread_cond_t changed; /* a pipe came, or a batch became idle while closing */
	bool closing;
	int pipes[MAX_PIPES];
	size_t n_pipes;
	struct queue *queues[N_BUCKETS];
	struct batch *idle, *all;
	size_t waiting_bytes;
	uint64_t next_cancel_id, cancel_step;
	struct client_stats stats;
};

/* Zeroes; aborts when there is no memory. */
void *client_alloc(size_t size) MUST_USE;

/* The queue of that method. */
struct queue *queue_of(struct client *client, const struct method *method) MUST_USE;

/* Puts the call at the end of its queue. */
void queue_add(struct client *client, struct queue *queue, struct client_call *call);

/* Makes a batch of what waits, when it may leave now; NULL otherwise. Calls whose deadline has
 * passed are prepended to *expired. */
struct batch *queue_take_batch(struct client *client, struct queue *queue, int64_t now_us,
			       struct client_call **expired) MUST_USE;

/* The batch's place in the window is free again. */
void queue_leave_window(struct batch *batch);

/* Takes the call out of its queue; false when it does not wait there. */
bool queue_take(struct client *client, struct client_call *call) MUST_USE;

/* Takes out all that waits. */
struct client_call *queue_take_all(struct client *client) MUST_USE;

void queue_free_all(struct client *client);

#endif
