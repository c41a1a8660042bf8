/* One call from the gateway to a service and its way back to the loop's thread, with retries. */
#ifndef KITH_GATEWAY_LEG_H
#define KITH_GATEWAY_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "loop.h"
#include "rpc/client.h"

struct gateway;
struct leg;

/* Runs on the loop's thread, once a leg. */
typedef void (*leg_done)(struct leg *leg);

/* Caller-owned; stays where it is until `done` has run. All zeroes before its first use. */
struct leg {
	struct mail mail;
	struct timer retry;
	struct client_call call;
	struct gateway *gateway;
	struct client *client;
	leg_done done;
	void *user;
	unsigned attempts;
	int64_t start_us; /* of the first */
	bool may_retry;   /* a read, or a write with a request_id */
	bool in_flight;
	bool cancelled;

	struct buf request; /* encoded; whoever starts the leg fills it, or sets call.request */

	/* How it ended. */
	enum status status;
	struct buf result; /* the encoded reply, or the encoded google.rpc.Status */
	char message[128]; /* of failures that have no google.rpc.Status */
};

/* Sends it to the client. The caller has set call.method, .request (or leg->request), .caller,
 * .request_id, .traceparent, .deadline_us, and done, user, may_retry. */
void leg_start(struct gateway *g, struct leg *leg, struct client *client);

/* Nobody waits for it any more; `done` still runs. */
void leg_cancel(struct leg *leg);

/* As new, but for the memory of its buffers. */
void leg_reset(struct leg *leg);

void leg_fini(struct leg *leg);

#endif
