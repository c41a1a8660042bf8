/* Private to this room: how the calls of a batch are served. */
#ifndef KITH_SERVICE_DISPATCH_H
#define KITH_SERVICE_DISPATCH_H

#include <stdatomic.h>

#include "rpc/server.h"
#include "service/service.h"

struct jobs;
struct metric;
struct peers;

/* What has been learnt of a method since the process started. */
struct method_record {
	struct metric *_Atomic durations[17]; /* by status; made at first use */
	/* Batches in a row of which handlers wanted more after they had written: such calls see
	 * each other's locks as their own, so they must not share a transaction. */
	_Atomic unsigned chained;
};

struct dispatcher {
	const struct service *service;
	struct method_record *records; /* one a handler */
	struct db **dbs;               /* one a worker */
	struct peers *peers;
	struct jobs *jobs;
	unsigned wake; /* jobs to wake after each commit */
	void *state;
	const uint8_t *request_key; /* of SERVICE_KEY_SIZE: idempotency.h */
};

/* Of type server_serve; `user` is the dispatcher. */
void dispatch_serve(void *user, unsigned worker, const struct method *method,
		    struct server_call *calls, size_t n);

#endif
