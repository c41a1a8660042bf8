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
	bool running;
	struct listener listeners[GATEWAY_MAX_LISTEN];
	unsigned n_listeners;
	bool listening_paused; /* out of descriptors: until the next sweep */
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
	unsigned in_flight; /* exchanges not yet answered */

	struct mail drain_wanted;
	bool draining;
	int64_t drain_us; /* when draining is given up */
	struct timer sweep;

	uint64_t random[2];
	char date[32]; /* of the Date header */
	int64_t date_s;
	double retry_tokens; /* of the retry throttle */
};

/* Numbers that need not be secret: trace and span ids. */
uint64_t gateway_random(struct gateway *g);

/* The gateway's own signed caller, renewed when it is near its end. */
const struct buf *gateway_self(struct gateway *g);

/* Draining, and nothing is in flight: the loop may end. */
void gateway_check_drained(struct gateway *g);

#endif
