/* Private to this room: a write's name, and what is kept under it. */
#ifndef KITH_SERVICE_IDEMPOTENCY_H
#define KITH_SERVICE_IDEMPOTENCY_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/store.pb-c.h"
#include "rpc/server.h"

#define REQUEST_ID_MAX 200

/* Whether the call may come twice and must happen once. */
bool idempotency_wanted(const struct server_call *call);

/* The row's key and the request's hash, in the call's arena; the reply is what has been encoded so
 * far. The hash is keyed with `key`, SERVICE_KEY_SIZE bytes: what a request holds is found out by
 * nobody who guesses it and has only the table. */
void idempotency_row(const uint8_t *key, struct server_call *call, Event__StoredReply *ret);

/* Within the call's transaction: OK and *ret_done = false when the write is now this call's to do;
 * *ret_done = true when it was done before, and its reply is the call's. FAILED_PRECONDITION
 * REQUEST_ID_REUSED when another request bore the name. */
enum status idempotency_claim(const uint8_t *key, struct server_call *call,
			      bool *ret_done) MUST_USE;

#endif
