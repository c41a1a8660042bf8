/* One batch within the server: from the envelope's bytes to calls, and back to bytes. */
#ifndef KITH_RPC_SERVER_BATCH_H
#define KITH_RPC_SERVER_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "rpc/server.h"

#define CALLER_CACHE_SIZE 8

/* A caller whose signature was checked: the same bytes need no second check until they expire. */
struct known_caller {
	struct arena arena; /* of `bytes` and `caller` */
	uint64_t used_in;   /* the last batch that used it */
	const void *bytes;
	size_t size;
	const struct caller *caller;
	int64_t expire_time_ms;
};

/* What a thread keeps from batch to batch. Starts as all zeroes but for the first four. */
struct server_desk {
	const char *process;
	const uint8_t *secret;
	int64_t default_timeout_us;
	bool *draining;     /* atomic */
	struct arena arena; /* of the batch */
	struct buf statuses;
	struct known_caller callers[CALLER_CACHE_SIZE];
	uint64_t n_batches;
};

struct link_frame;

struct server_batch {
	const struct method *method; /* NULL: no such method, all calls have failed */
	struct server_call *calls;   /* in the desk's arena */
	size_t n;
};

/* Never fails as a whole: what is wrong is the status of the calls. `shed` refuses all of them
 * because too much waits. */
void server_batch_read(struct server_desk *desk, const void *bytes, size_t size,
		       int64_t received_us, bool shed, struct server_batch *ret);

/* The reply, one result a call. */
struct link_frame *server_batch_write(struct server_desk *desk,
				      struct server_batch *batch) MUST_USE;

/* Ends the batch: its calls are gone. */
void server_batch_end(struct server_desk *desk);

void server_desk_fini(struct server_desk *desk);

#endif
