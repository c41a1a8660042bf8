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

/* Key and request hash of the call, in its arena; the reply is what has been encoded so far. */
void idempotency_row(struct server_call *call, Event__StoredReply *ret);

/* Within the call's transaction: OK and *ret_done = false when the write is now this call's to do;
 * *ret_done = true when it was done before, and its reply is the call's. FAILED_PRECONDITION
 * REQUEST_ID_REUSED when another request bore the name. */
enum status idempotency_claim(struct server_call *call, bool *ret_done) MUST_USE;

#endif
