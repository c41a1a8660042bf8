/* The other services as one sees them from a process: a client each, dialled by address. */
#ifndef KITH_RPC_PEERS_H
#define KITH_RPC_PEERS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct ProtobufCMessage;
struct arena;
struct call;
struct client;
struct method;

#define PEERS_MAX 8

struct peer {
	const char *service; /* "member" */
	struct client *client;
};

struct peers {
	struct peer list[PEERS_MAX];
	unsigned n;
	const uint8_t *secret; /* of the cluster */
	const char *self;      /* this process' name in its signed caller */
};

/* The client of the service that serves the method; NULL when it is not configured. */
struct client *peers_find(const struct peers *peers, const struct method *method);

/* Calls a method of another service as this process (SERVICE), within the deadline of `c`, and
 * waits. Failures become the call's own. Not for batches: a handler that needs it asks only after
 * its own data had no answer. */
enum status peers_call(struct call *c, const struct method *method,
		       const struct ProtobufCMessage *request,
		       struct ProtobufCMessage *ret) MUST_USE;

#endif
