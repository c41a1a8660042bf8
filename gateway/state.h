/* What the parts of the gateway share: its state. For gateway/ only. */
#ifndef KITH_GATEWAY_STATE_H
#define KITH_GATEWAY_STATE_H

#include <openssl/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "gateway.h"
#include "loop.h"
#include "rpc/access.h"
#include "rpc/peers.h"

struct audit;
struct auth;
struct conn;
struct exchange;
struct gateway_config;
struct health;
struct limit;
struct metric;
struct router;
struct totals;

#define GATEWAY_MAX_LISTEN 8
#define GATEWAY_POOL       256 /* exchanges kept for reuse */

struct listener {
	struct watch watch;
	struct gateway *gateway;
	uint16_t port;
};

struct gateway {
	const struct gateway_config *config;
	struct loop loop;
	pthread_t thread;
	struct listener listeners[GATEWAY_MAX_LISTEN];
	unsigned n_listeners;
	bool accepting; /* false: out of descriptors, or as many connections as may be */
	uint16_t port;  /* of the first listener */
	SSL_CTX *tls;

	uint8_t secret[ACCESS_SECRET_SIZE];
	struct peers peers;
	struct buf self_caller; /* the gateway's own SignedCaller, for VerifyApiKey and kith.ops */
	int64_t self_expire_ms;

	struct router *router;
	struct auth *auth;
	struct limit *key_limit, *address_limit;
	struct audit *audit; /* NULL: none is kept */
	struct health *health;
	struct totals *totals;

	struct conn *conns, *dirty, *dead;
	unsigned n_conns;
	struct exchange *pool;
	unsigned n_pool;
	unsigned in_flight; /* exchanges that have not ended */
	size_t bodies_size; /* of their requests */

	struct mail drain_wanted;
	bool draining;
	bool drain_told;        /* for a sweep's time already: what was on its way has come */
	bool stopping;          /* the loop has ended: nothing is sent again */
	int64_t drain_until_us; /* when draining is given up */
	struct timer sweep;

	uint64_t random[2];
	char date[32]; /* of the Date header */
	int64_t date_s;
	unsigned n_retrying; /* legs that wait for their next attempt */
};

/* Numbers that need not be secret: trace and span ids. */
uint64_t gateway_random(struct gateway *g);

/* The gateway's own signed caller, renewed when it is near its end. */
const struct buf *gateway_self(struct gateway *g);

#endif
