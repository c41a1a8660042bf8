/* A service and its clients for the tests of the road: it echoes, waits, fails or swells as the
 * request's text says. */
#ifndef KITH_TESTS_RPC_FIXTURE_H
#define KITH_TESTS_RPC_FIXTURE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "kith/member/v1/community.pb-c.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/server.h"

#define FIXTURE_TIMEOUT_US 10000000

extern const uint8_t fixture_secret[ACCESS_SECRET_SIZE];

struct fixture_service {
	struct server *server;
	const char *unhealthy;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool released;      /* "wait" waits for this */
	unsigned n_waiting; /* workers that do */
	unsigned n_batches, n_calls, n_interrupts;
	size_t largest_batch;
	bool interrupted[64];
};

/* Aborts the test when the address is taken. `process` is whose methods it serves. */
struct fixture_service *fixture_serve(const char *address, unsigned n_workers, const char *process,
				      const struct server_options *tls);
void fixture_stop(struct fixture_service *service);

/* Waits until so many workers wait in a call. */
void fixture_await_waiting(struct fixture_service *service, unsigned n);
void fixture_release(struct fixture_service *service);

/* One call with its own memory, ready for client_send. */
struct fixture_call {
	struct client_call call;
	struct buf request, caller;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over;
	enum status status;
	struct buf reply, details;
};

/* CreateCommunity with that notice, from a service. */
struct fixture_call *fixture_call_new(const char *notice);
/* Any method; `request` is encoded. */
struct fixture_call *fixture_call_of(const struct method *method,
				     const struct ProtobufCMessage *request);
void fixture_call_free(struct fixture_call *call);
/* Waits for `done`; the status. */
enum status fixture_await(struct fixture_call *call);

/* A connected client. */
struct client *fixture_client(const char *address, const struct client_options *options);

/* A socket of a test's own; for cmocka. */
struct suite {
	char folder[32];
	char address[64];
	struct arena arena;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Sends one call and waits for its end. */
void fixture_send(struct client *client, const char *notice, enum status status);

#endif
