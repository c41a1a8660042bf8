/* Tells every replica of a service which calls nobody waits for any more. A request goes to one
 * replica only, nobody knows to which, so each replica has a socket here; one message at a time is
 * on its way on each, and what comes meanwhile waits for the next. */
#include "canceller.h"

#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "rpc/envelope.h"
#include "rpc/wire.h"

#define METHOD        "kith.ops.v1.OpsService/CancelCalls"
#define MAX_WAITING   (64u << 10) /* bytes */
#define TIMEOUT_MS    1000
#define MAX_ADDRESSES 64

struct replica {
	struct canceller *canceller;
	const char *address;
	nng_socket socket;
	nng_aio *send_aio, *recv_aio;
	bool dialled, busy;
	struct buf waiting; /* encoded calls */
};

struct canceller {
	pthread_mutex_t lock;
	struct transport_tls tls;
	bool closing;
	size_t n;
	struct replica replicas[];
};

/* Takes what waits as one message; NULL when there is nothing to send. Under the lock. */
static nng_msg *take_message(struct replica *replica)
{
	size_t head = envelope_method_size(strlen(METHOD));
	nng_msg *msg;
	uint8_t *to;

	if (replica->busy || replica->waiting.size == 0 || replica->canceller->closing)
		return NULL;
	if (nng_msg_alloc(&msg, head + replica->waiting.size) != 0)
		return NULL;

	to = envelope_write_method(nng_msg_body(msg), METHOD, strlen(METHOD));
	memcpy(to, replica->waiting.data, replica->waiting.size);
	buf_clear(&replica->waiting);
	replica->busy = true;

	return msg;
}

static void send_message(struct replica *replica, nng_msg *msg)
{
	nng_aio_set_msg(replica->send_aio, msg);
	nng_send_aio(replica->socket, replica->send_aio);
}

static void on_sent(void *arg)
{
	struct replica *replica = arg;
	nng_msg *msg = nng_aio_get_msg(replica->send_aio);

	if (nng_aio_result(replica->send_aio) == 0) {
		nng_recv_aio(replica->socket, replica->recv_aio);
		return;
	}

	if (msg)
		nng_msg_free(msg);
	pthread_mutex_lock(&replica->canceller->lock);
	replica->busy = false; /* what waits leaves with the next that is told */
	pthread_mutex_unlock(&replica->canceller->lock);
}

static void on_received(void *arg)
{
	struct replica *replica = arg;
	nng_msg *msg;

	if (nng_aio_result(replica->recv_aio) == 0)
		nng_msg_free(nng_aio_get_msg(replica->recv_aio));

	pthread_mutex_lock(&replica->canceller->lock);
	replica->busy = false;
	msg = take_message(replica);
	pthread_mutex_unlock(&replica->canceller->lock);

	if (msg)
		send_message(replica, msg);
}

static void open_replica(struct canceller *canceller, struct replica *replica, const char *address)
{
	replica->canceller = canceller;
	replica->address = strdup(address);
	if (nng_req0_open(&replica->socket) != 0 ||
	    nng_aio_alloc(&replica->send_aio, on_sent, replica) != 0 ||
	    nng_aio_alloc(&replica->recv_aio, on_received, replica) != 0)
		log_die("no-memory", "canceller");

	nng_socket_set_ms(replica->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	nng_aio_set_timeout(replica->send_aio, TIMEOUT_MS);
	nng_aio_set_timeout(replica->recv_aio, TIMEOUT_MS);
}

struct canceller *canceller_new(const char *const *addresses, const struct transport_tls *tls)
{
	struct canceller *canceller;
	size_t n = 0;

	while (addresses[n] && n < MAX_ADDRESSES)
		n++;
	canceller = calloc(1, sizeof(*canceller) + n * sizeof(*canceller->replicas));
	if (!canceller)
		log_die("no-memory", "canceller");

	pthread_mutex_init(&canceller->lock, NULL);
	canceller->tls = *tls;
	canceller->n = n;
	for (size_t i = 0; i < n; i++)
		open_replica(canceller, &canceller->replicas[i], addresses[i]);

	return canceller;
}

void canceller_free(struct canceller *canceller)
{
	if (!canceller)
		return;

	pthread_mutex_lock(&canceller->lock);
	canceller->closing = true;
	pthread_mutex_unlock(&canceller->lock);

	for (size_t i = 0; i < canceller->n; i++) {
		struct replica *replica = &canceller->replicas[i];

		nng_aio_stop(replica->send_aio);
		nng_aio_stop(replica->recv_aio);
		nng_close(replica->socket);
		nng_aio_free(replica->send_aio);
		nng_aio_free(replica->recv_aio);
		buf_fini(&replica->waiting);
		free((char *)replica->address);
	}
	pthread_mutex_destroy(&canceller->lock);
	free(canceller);
}

static void tell_replica(struct replica *replica, const struct envelope_call *call)
{
	size_t size = envelope_call_size(call);
	bool dial = false;
	nng_msg *msg;

	pthread_mutex_lock(&replica->canceller->lock);
	if (replica->waiting.size + size <= MAX_WAITING) {
		(void)envelope_write_call(buf_reserve(&replica->waiting, size), call);
		replica->waiting.size += size;
	}
	if (!replica->dialled)
		dial = replica->dialled = true;
	msg = take_message(replica);
	pthread_mutex_unlock(&replica->canceller->lock);

	/* An address that is wrong was said when the client dialled it. */
	if (dial)
		(void)!transport_dial(replica->socket, replica->address, &replica->canceller->tls);
	if (msg)
		send_message(replica, msg);
}

void canceller_tell(struct canceller *canceller, uint64_t cancel_id, const void *caller,
		    size_t caller_size)
{
	Ops__CancelCallsRequest message = OPS__CANCEL_CALLS_REQUEST__INIT;
	CLEANUP(buf_fini) struct buf request = {0};
	struct envelope_call call = {.caller = {caller, caller_size}};

	message.cancel_ids = &cancel_id;
	message.n_cancel_ids = 1;
	wire_encode(&message.base, &request);
	call.request = (struct piece){request.data, request.size};

	for (size_t i = 0; i < canceller->n; i++)
		tell_replica(&canceller->replicas[i], &call);
}
