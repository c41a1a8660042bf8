/* One batch within the server: from the envelope's bytes to calls, and back to bytes. */
#include "server_batch.h"

#include <string.h>

#include "base/clock.h"
#include "base/method.h"
#include "base/text.h"
#include "rpc/access.h"
#include "rpc/envelope.h"
#include "rpc/link.h"
#include "rpc/validate.h"
#include "rpc/wire.h"

#define MAX_CALLS       1024
#define MAX_NAME_SIZE   256
#define MAX_ID_SIZE     128
#define MAX_TRACE_SIZE  128
#define MAX_CALLER_SIZE (64u << 10)
#define MAX_ARENA       ((size_t)256 << 20) /* past it, the rest of the batch is refused */
#define MAX_REPLY_BATCH ((size_t)WIRE_MAX_BATCH * 4 - (1u << 20))
#define RETRY_US        100000

static struct caller *copy_caller(struct arena *arena, const struct caller *from)
{
	struct caller *caller = arena_alloc(arena, sizeof(*caller));
	const char **ids = arena_array(arena, from->n_community_ids + 1, sizeof(*ids));

	*caller = *from;
	caller->id = arena_string(arena, from->id);
	caller->person_id = arena_string(arena, from->person_id);
	for (size_t i = 0; i < from->n_community_ids; i++)
		ids[i] = arena_string(arena, from->community_ids[i]);
	caller->community_ids = ids;

	return caller;
}

/* Remembers a caller in place of the one not used for longest; those of this batch stay, since its
 * calls point to them. */
static void keep_caller(struct server_desk *desk, struct piece bytes, const struct caller *caller,
			int64_t expire_time_ms)
{
	struct known_caller *oldest = desk->callers;

	for (unsigned i = 1; i < CALLER_CACHE_SIZE; i++)
		if (desk->callers[i].used_in < oldest->used_in)
			oldest = &desk->callers[i];
	if (oldest->used_in == desk->n_batches)
		return;

	arena_reset(&oldest->arena);
	oldest->used_in = desk->n_batches;
	oldest->bytes = arena_copy(&oldest->arena, bytes.bytes, bytes.size);
	oldest->size = bytes.size;
	oldest->caller = copy_caller(&oldest->arena, caller);
	oldest->expire_time_ms = expire_time_ms;
}

static enum status find_caller(struct server_desk *desk, struct call *c, struct piece bytes)
{
	int64_t expire_time_ms;

	for (unsigned i = 0; i < CALLER_CACHE_SIZE; i++) {
		struct known_caller *known = &desk->callers[i];

		if (known->size != bytes.size || bytes.size == 0 ||
		    memcmp(known->bytes, bytes.bytes, bytes.size) != 0 ||
		    known->expire_time_ms <= c->now_us / 1000)
			continue;
		known->used_in = desk->n_batches;
		c->caller = known->caller;
		return STATUS_OK;
	}

	if (bytes.size > MAX_CALLER_SIZE)
		return call_fail(c, STATUS_UNAUTHENTICATED, "CALLER_FORGED",
				 "the caller is too large");
	TRY(access_verify(c, bytes.bytes, bytes.size, desk->secret, &c->caller, &expire_time_ms));
	keep_caller(desk, bytes, c->caller, expire_time_ms);

	return STATUS_OK;
}

/* Sets the deadline: what the client grants counts from when the batch was received. */
static enum status set_deadline(const struct server_desk *desk, struct call *c, int64_t timeout_us,
				int64_t received_us)
{
	if (timeout_us == 0 || timeout_us > desk->default_timeout_us)
		timeout_us = desk->default_timeout_us;
	c->deadline_us = received_us + timeout_us;
	if (timeout_us < 0 || c->deadline_us <= clock_mono_us())
		return call_fail(c, STATUS_DEADLINE_EXCEEDED, NULL, "the deadline has passed");

	return STATUS_OK;
}

/* Everything that comes before the service's own work. */
static enum status read_call(struct server_desk *desk, struct server_call *to,
			     const struct envelope_call *from, int64_t received_us)
{
	struct call *c = &to->call;
	ProtobufCMessage *request;

	if (from->traceparent.size <= MAX_TRACE_SIZE &&
	    text_is_utf8(from->traceparent.bytes, from->traceparent.size))
		c->traceparent =
			arena_copy(c->arena, from->traceparent.bytes, from->traceparent.size);
	if (from->request_id.size > MAX_ID_SIZE ||
	    !text_is_utf8(from->request_id.bytes, from->request_id.size))
		return call_violation(c, "request_id", "must be at most %d bytes of UTF-8",
				      MAX_ID_SIZE);
	c->request_id = arena_copy(c->arena, from->request_id.bytes, from->request_id.size);
	to->cancel_id = from->cancel_id;

	if (__atomic_load_n(desk->draining, __ATOMIC_RELAXED) &&
	    !text_equal(c->method->service, "ops"))
		return call_retry(c, STATUS_UNAVAILABLE, "DRAINING", RETRY_US);
	TRY(set_deadline(desk, c, from->timeout_us, received_us));
	TRY(find_caller(desk, c, from->caller));
	if (c->arena->total > MAX_ARENA)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "BATCH_TOO_LARGE",
				 "the batch unpacks to more than fits");
	TRY(wire_decode(c, c->method->request, from->request.bytes, from->request.size, &request));
	TRY(validate_request(c, request));
	to->request = request;
	to->reply = wire_new(c->arena, c->method->reply);

	return STATUS_PENDING;
}

/* All calls fail for the same reason. */
static void refuse(struct server_batch *batch, enum status status, const char *reason,
		   const char *why)
{
	for (size_t i = 0; i < batch->n; i++) {
		batch->calls[i].status =
			call_fail(&batch->calls[i].call, status, reason, "%s", why);
		batch->calls[i].abandoned = true;
	}
}

static const struct method *find_method(struct server_desk *desk, struct piece name)
{
	const struct method *method;

	if (name.size > MAX_NAME_SIZE || !text_is_utf8(name.bytes, name.size))
		return NULL;
	method = method_find(arena_copy(&desk->arena, name.bytes, name.size));
	if (!method ||
	    (!text_equal(method->service, desk->process) && !text_equal(method->service, "ops")))
		return NULL;

	return method;
}

void server_batch_read(struct server_desk *desk, const void *bytes, size_t size,
		       int64_t received_us, bool shed, struct server_batch *ret)
{
	struct envelope envelope;
	bool sound = envelope_open_request(bytes, size, &envelope);
	int64_t now_us = clock_wall_us();

	desk->n_batches++;
	if (envelope.n > MAX_CALLS || (envelope.n == 0 && !sound)) {
		sound = false;
		envelope.n = 1;
	}
	ret->n = envelope.n;
	ret->calls = arena_array(&desk->arena, ret->n + 1, sizeof(*ret->calls));
	ret->method = sound ? find_method(desk, envelope.method) : NULL;
	for (size_t i = 0; i < ret->n; i++)
		ret->calls[i].call = (struct call){
			.arena = &desk->arena,
			.method = ret->method,
			.request_id = "",
			.traceparent = "",
			.now_us = now_us,
		};

	if (!sound) {
		refuse(ret, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE",
		       "the envelope is malformed or holds too many calls");
		return;
	}
	if (!ret->method) {
		refuse(ret, STATUS_UNIMPLEMENTED, "METHOD_UNKNOWN", "no such method here");
		return;
	}

	for (size_t i = 0; i < ret->n; i++) {
		struct server_call *call = &ret->calls[i];
		struct envelope_call from;

		if (!envelope_next_call(&envelope, &from))
			call->status = call_fail(&call->call, STATUS_INVALID_ARGUMENT,
						 "MALFORMED_MESSAGE", "the call is malformed");
		else if (shed)
			call->status =
				call_retry(&call->call, STATUS_UNAVAILABLE, "OVERLOADED", RETRY_US);
		else
			call->status = read_call(desk, call, &from, received_us);
		call->abandoned = call->status != STATUS_PENDING;
	}
}

/* What one result carries: the reply message, the reply's bytes, or a place in desk->statuses. */
struct payload {
	size_t size, status_at;
};

static void fail_reply(struct server_call *call, enum status status, const char *reason,
		       const char *why)
{
	call_forgive(&call->call);
	call->status = call_fail(&call->call, status, reason, "%s", why);
}

static struct payload measure(struct server_desk *desk, struct server_call *call, size_t left)
{
	struct payload payload = {0};

	if (call->status == STATUS_PENDING)
		fail_reply(call, STATUS_INTERNAL, "NOT_SERVED", "the call was not served");
	if (call->status == STATUS_OK) {
		payload.size = call->encoded ? call->encoded_size
					     : protobuf_c_message_get_packed_size(call->reply);
		if (payload.size > WIRE_MAX_MESSAGE || payload.size > left)
			fail_reply(call, STATUS_RESOURCE_EXHAUSTED, "REPLY_TOO_LARGE",
				   "the reply is too large; ask for less");
	}
	if (call->status != STATUS_OK) {
		payload.status_at = desk->statuses.size;
		wire_encode_status(&call->call, call->status, &desk->statuses);
		payload.size = desk->statuses.size - payload.status_at;
	}

	return payload;
}

static uint8_t *write_result(const struct server_desk *desk, const struct server_call *call,
			     struct payload payload, uint8_t *to)
{
	to = envelope_write_result_head(to, (uint32_t)call->status, payload.size);
	if (payload.size == 0)
		return to;

	if (call->status != STATUS_OK)
		memcpy(to, desk->statuses.data + payload.status_at, payload.size);
	else if (call->encoded)
		memcpy(to, call->encoded, payload.size);
	else
		protobuf_c_message_pack(call->reply, to);

	return to + payload.size;
}

struct link_frame *server_batch_write(struct server_desk *desk, struct server_batch *batch)
{
	struct payload *payloads = arena_array(&desk->arena, batch->n + 1, sizeof(*payloads));
	size_t size = 0;
	uint8_t *to;
	struct link_frame *frame;

	for (size_t i = 0; i < batch->n; i++) {
		size_t left = size < MAX_REPLY_BATCH ? MAX_REPLY_BATCH - size : 0;

		payloads[i] = measure(desk, &batch->calls[i], left);
		size += envelope_result_size((uint32_t)batch->calls[i].status, payloads[i].size);
	}
	frame = link_frame_new(size);
	to = frame->payload;
	for (size_t i = 0; i < batch->n; i++)
		to = write_result(desk, &batch->calls[i], payloads[i], to);

	return frame;
}

void server_batch_end(struct server_desk *desk)
{
	arena_reset(&desk->arena);
	buf_clear(&desk->statuses);
}

void server_desk_fini(struct server_desk *desk)
{
	arena_fini(&desk->arena);
	buf_fini(&desk->statuses);
	for (unsigned i = 0; i < CALLER_CACHE_SIZE; i++)
		arena_fini(&desk->callers[i].arena);
}
