/* Calls to the other processes: adaptive batches over nng's req/rep protocol, without timers.
 *
 * Calls of one method that arrive while a batch of it is in flight wait and leave together. Another
 * batch leaves early only when 32 or more wait, or the one in flight is older than 2 ms, up to
 * `window` batches. SLOW methods travel alone, at most `slow_window` at a time. Everything is
 * bounded: past `max_waiting` calls or `max_bytes`, a call is refused at once with UNAVAILABLE and
 * a retry delay.
 *
 * Safe from any thread. `done` runs on the client's own thread: it must be short and must not
 * block. */
#ifndef KITH_RPC_CLIENT_H
#define KITH_RPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/status.h"

struct client;
struct method;
struct ProtobufCMessage;

struct client_options {
	const char *const *addresses; /* of all replicas of the service; NULL-terminated; dialled in
					 the background */
	unsigned window; /* batches of one method in flight; the number of the service's workers.
			    Default 4 */
	unsigned slow_window;                    /* default 2 */
	unsigned max_batch;                      /* calls; default 64 */
	unsigned max_waiting;                    /* calls; default 4096 */
	size_t max_bytes;                        /* of waiting requests; default 64 MiB */
	const char *tls_ca, *tls_cert, *tls_key; /* files; for tls+tcp:// only */
};

struct client *client_new(const struct client_options *options);

/* Fails what is in flight with UNAVAILABLE, waits until every `done` has run. Accepts NULL. */
void client_free(struct client *client);

/* Waits until some replica is connected or the monotonic time has come; whether one is. A call sent
 * while none is fails with UNAVAILABLE at once. */
bool client_wait_connected(struct client *client, int64_t until_us);

struct client_result {
	enum status status;
	const void *reply; /* the encoded reply message, when OK */
	size_t reply_size;
	const void *details; /* the encoded google.rpc.Status, otherwise; size 0 when the failure
				was made here */
	size_t details_size;
	const char *message; /* for failures made here: words; else NULL */
};

struct client_call;
typedef void (*client_done)(struct client_call *call, const struct client_result *result);

/* Caller-owned, stays where it is until `done` has run. The result's bytes live until `done`
 * returns. */
struct client_call {
	const struct method *method;
	const void *request; /* encoded; must outlive the call */
	size_t request_size;
	const void *caller; /* SignedCaller; likewise */
	size_t caller_size;
	const char *request_id;  /* "" for reads */
	const char *traceparent; /* "" for none */
	int64_t deadline_us;     /* monotonic */
	client_done done;

	/* The client's own. */
	uint64_t cancel_id;
	void *batch;
	struct client_call *next;
};

/* Sends it. `done` always runs once, perhaps before client_send returns (when refused at once). */
void client_send(struct client *client, struct client_call *call);

/* Nobody waits for the answer any more: drops it if it still waits, else tells the service, which
 * cancels the SQL where the call travels alone. `done` still runs once, soon, with CANCELLED or
 * whatever came first; a call whose `done` has begun is left alone. */
void client_cancel(struct client *client, struct client_call *call);

/* Waits for the answer on this thread (for a connection at most a second) and unpacks it into the
 * arena; `ret` is an initialised message of the method's reply type. On failure *ret_details,
 * unless NULL, gets the encoded google.rpc.Status. For the command line, jobs and services. */
enum status client_call_sync(struct client *client, const struct client_call *call,
			     struct arena *arena, struct ProtobufCMessage *ret,
			     const void **ret_details, size_t *ret_details_size) MUST_USE;

struct client_stats {
	uint64_t calls, batches, refused, waiting, in_flight;
};
void client_get_stats(struct client *client, struct client_stats *ret_stats);

#endif
