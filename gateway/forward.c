/* A request whose caller is known, to the service that serves it, and its reply back. */
#include "forward.h"

#include <assert.h>
#include <string.h>

#include "base/id.h"
#include "base/method.h"
#include "exchange.h"
#include "grpc.h"
#include "rpc/client.h"
#include "rpc/peers.h"
#include "rpc/wire.h"
#include "state.h"
#include "transcode.h"
#include "view/view.h"

#define MAX_REQUEST_ID 128

void forward_failure(struct exchange *x, const struct leg *leg)
{
	if (leg->result.size > 0) {
		exchange_fail_details(x, leg->status, leg->result.data, leg->result.size);
		return;
	}
	if (leg->status == STATUS_UNAVAILABLE)
		call_retry(&x->call, leg->status, "SERVICE_UNAVAILABLE", 1000000);
	else
		call_fail(&x->call, leg->status, NULL, "%s",
			  leg->message[0] == '\0' ? status_name(leg->status) : leg->message);
	exchange_fail(x, leg->status);
}

bool forward_leg(struct exchange *x, const struct method *method, const ProtobufCMessage *request,
		 int64_t deadline_us, leg_done done)
{
	struct client *client = peers_find(&x->gateway->peers, method);
	struct leg *leg = &x->legs[x->n_legs];

	assert(x->n_legs < EXCHANGE_MAX_LEGS);
	if (client == NULL)
		return false;

	x->n_legs++;
	x->pins++;
	if (request != NULL) {
		wire_encode(request, &leg->request);
		leg->call.request = leg->request.data;
		leg->call.request_size = leg->request.size;
	}
	leg->call.method = method;
	leg->call.caller = x->signed_caller.data;
	leg->call.caller_size = x->signed_caller.size;
	leg->call.request_id = x->call.request_id;
	leg->call.traceparent = x->traceparent;
	leg->call.deadline_us = deadline_us;
	leg->done = done;
	leg->user = x;
	leg->may_retry = method->read_only || x->call.request_id[0] != '\0';
	leg_start(x->gateway, leg, client);
	return true;
}

static void returned(struct leg *leg)
{
	struct exchange *x = leg->user;

	if (x->released)
		; /* nobody waits any more */
	else if (leg->status == STATUS_OK)
		exchange_reply(x, leg->result.data, leg->result.size);
	else
		forward_failure(x, leg);
	exchange_unpin(x);
}

/* A write happens once: under the client's name for it, else under one made here, since the road to
 * the service may carry it twice. */
static enum status name_write(struct exchange *x)
{
	const struct method *method = x->call.method;
	const char *given = x->head.idempotency_key;
	char *made;

	if (method->read_only)
		return STATUS_OK;

	if (given != NULL) {
		size_t size = strlen(given);

		if (size == 0 || size > MAX_REQUEST_ID)
			return call_violation(&x->call, "Idempotency-Key", "has 1 to %d characters",
					      MAX_REQUEST_ID);
		for (size_t i = 0; i < size; i++)
			if (given[i] < 0x20 || given[i] > 0x7e)
				return call_violation(&x->call, "Idempotency-Key",
						      "has ASCII characters only");
		x->call.request_id = given;
		return STATUS_OK;
	}
	if (method->request_id != NULL && x->request != NULL)
		given = *(char **)((char *)x->request + method->request_id->offset);
	else if (method->request_id != NULL)
		given = grpc_string_field(&x->arena, x->message, x->message_size,
					  method->request_id->id);
	if (given != NULL && *given != '\0' && strlen(given) <= MAX_REQUEST_ID) {
		x->call.request_id = given;
		return STATUS_OK;
	}

	made = arena_alloc(&x->arena, ID_SIZE);
	id_new(made);
	x->call.request_id = made;
	return STATUS_OK;
}

static enum status start(struct exchange *x)
{
	const struct method *method = x->call.method;
	struct leg *leg = &x->legs[0];

	if (x->protocol == PROTOCOL_JSON)
		TRY(transcode_request(x));
	if (strcmp(method->service, "gateway") == 0)
		return view_start(x);

	TRY(name_write(x));
	leg->call.request = x->message;
	leg->call.request_size = x->message_size;
	if (!forward_leg(x, method, x->request, x->call.deadline_us, returned))
		return call_retry(&x->call, STATUS_UNAVAILABLE, "SERVICE_NOT_CONFIGURED", 60000000);
	return STATUS_OK;
}

void forward(struct exchange *x)
{
	enum status status = start(x);

	if (status != STATUS_OK)
		exchange_fail(x, status);
}
