/* The serving side of nng's req/rep protocol: worker threads, straight-line code. A worker takes a
 * batch that was received, hands its calls to `serve`, and sends the results. A thread of its own
 * answers kith.ops.v1, so that health, metrics and cancellations do not wait behind busy workers.
 */
#ifndef KITH_RPC_SERVER_H
#define KITH_RPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"

struct server;
struct ProtobufCMessage;

/* One call of a batch as the worker prepared it. The server decodes, verifies the caller and sets
 * the deadline; calls that fail there have their status set already and are to be left alone. */
struct server_call {
	struct call call;
	const struct ProtobufCMessage *request; /* scanned and unpacked */
	uint64_t cancel_id;
	bool abandoned;                 /* the server's own: nobody waits for the answer */
	enum status status;             /* PENDING: to be served */
	struct ProtobufCMessage *reply; /* zero message to be filled */
	const void *encoded; /* set instead of `reply` when the encoded reply is at hand (stored
				replies) */
	size_t encoded_size;
};

/* Serves n calls of one method: sets each status and fills each reply. Runs on worker `worker` (0 …
 * n_workers − 1). Nobody else runs on that worker meanwhile, so it may use what belongs to the
 * worker, such as a database connection. */
typedef void (*server_serve)(void *user, unsigned worker, const struct method *method,
			     struct server_call *calls, size_t n);

struct server_options {
	const char *const *addresses; /* to listen on; NULL-terminated */
	unsigned n_workers;
	const char *process;        /* "member": methods of other services are UNIMPLEMENTED */
	const uint8_t *secret;      /* ACCESS_SECRET_SIZE bytes */
	int64_t default_timeout_us; /* for calls that bring none; also the most a call may ask for
				     */
	server_serve serve;
	/* Called by the watchdog when every call worker `worker` is at was cancelled or is past its
	 * deadline. */
	void (*interrupt)(void *user, unsigned worker);
	/* kith.ops.v1: appends metrics; says why it does not serve, or NULL. */
	void (*metrics)(void *user, struct buf *to);
	const char *(*unhealthy)(void *user);
	void *user;
	const char *tls_cert, *tls_key, *tls_ca; /* for tls+tcp:// */
};

/* Listens and starts the workers; UNAVAILABLE when an address is taken, said in the log. */
enum status server_start(const struct server_options *options, struct server **ret_server) MUST_USE;

/* Refuses new calls with UNAVAILABLE and answers CheckHealth NOT_SERVING. */
void server_drain(struct server *server);

/* Finishes what was received, then stops. Accepts NULL. */
void server_free(struct server *server);

#endif
