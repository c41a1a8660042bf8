/* The other services as one sees them from a process. */
#include "peers.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/method.h"
#include "base/text.h"
#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/wire.h"

#define SIGNATURE_TIME_MS 60000

struct client *peers_find(const struct peers *peers, const struct method *method)
{
	for (unsigned i = 0; i < peers->n; i++)
		if (text_equal(peers->list[i].service, method->service))
			return peers->list[i].client;

	return NULL;
}

/* The reason in the ErrorInfo of a status, NULL when it has none. */
static const char *reason_of(struct arena *arena, const Rpc__Status *status)
{
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *any = status->details[i];
		const ProtobufCMessage *info;

		if (!text_ends(any->type_url, "/google.rpc.ErrorInfo"))
			continue;
		info = wire_unpack(arena, &rpc__error_info__descriptor, any->value.data,
				   any->value.len);
		if (info)
			return ((const Rpc__ErrorInfo *)info)->reason;
	}

	return NULL;
}

static enum status adopt_failure(struct call *c, const struct method *method, enum status status,
				 const void *details, size_t size)
{
	const Rpc__Status *from = size ? (const Rpc__Status *)wire_unpack(
						 c->arena, &rpc__status__descriptor, details, size)
				       : NULL;

	if (!from)
		return call_fail(c, status, NULL, "%s: %s", method->name, status_name(status));

	return call_fail(c, status, reason_of(c->arena, from), "%s", from->message);
}

/* A write needs a request id: the call's own, so that its repetition is also that of the write. */
static const char *request_id_for(struct call *c, const struct method *method)
{
	char *id;

	if (method->read_only)
		return "";
	if (c->request_id && *c->request_id)
		return c->request_id;

	id = arena_alloc(c->arena, ID_SIZE);
	id_new(id);

	return id;
}

enum status peers_call(struct call *c, const struct method *method,
		       const struct ProtobufCMessage *request, struct ProtobufCMessage *ret)
{
	struct client *client = c->peers ? peers_find(c->peers, method) : NULL;
	CLEANUP(buf_fini) struct buf encoded = {0};
	CLEANUP(buf_fini) struct buf caller = {0};
	const void *details = NULL;
	size_t details_size = 0;
	struct client_call call;
	enum status status;

	if (!client)
		return call_fail(c, STATUS_UNAVAILABLE, "PEER_UNKNOWN", "no address of %s",
				 method->service);

	wire_encode(request, &encoded);
	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = c->peers->self},
		    clock_wall_us() / 1000 + SIGNATURE_TIME_MS, c->peers->secret, &caller);
	call = (struct client_call){
		.method = method,
		.request = encoded.data,
		.request_size = encoded.size,
		.caller = caller.data,
		.caller_size = caller.size,
		.request_id = request_id_for(c, method),
		.traceparent = c->traceparent ? c->traceparent : "",
		.deadline_us = c->deadline_us,
	};
	status = client_call_sync(client, &call, c->arena, ret, &details, &details_size);
	if (status != STATUS_OK)
		return adopt_failure(c, method, status, details, details_size);

	return STATUS_OK;
}
