/* Tells every replica of a service which calls nobody waits for any more (kith.ops.v1). */
#ifndef KITH_RPC_CANCELLER_H
#define KITH_RPC_CANCELLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "rpc/transport.h"

struct canceller;

/* Dials when there is first something to tell. The addresses are copied. */
struct canceller *canceller_new(const char *const *addresses, const struct transport_tls *tls);

/* Accepts NULL. What was not told yet is not told. */
void canceller_free(struct canceller *canceller);

/* Any thread; does not block. What does not fit is dropped: the deadline ends those calls. */
void canceller_tell(struct canceller *canceller, uint64_t cancel_id, const void *caller,
		    size_t caller_size);

#endif
