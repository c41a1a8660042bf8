/* One request and its answer, whatever codec carries them. */
#include "exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/config.h"
#include "audit.h"
#include "auth.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "conn.h"
#include "forward.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "grpc.h"
#include "limit.h"
#include "pages.h"
#include "rpc/wire.h"
#include "state.h"
#include "totals.h"
#include "transcode.h"
#include "json/json.h"

#define KEPT_BUFFER_SIZE 65536
#define KEPT_ARENA_SIZE  262144
#define MAX_HEADER_VALUE 8192
#define MAX_BACKLOG      (4u << 20)   /* of a stream whose client does not read */
#define MAX_BODIES       (512u << 20) /* of all requests together */
#define RETRY_INFO       "type.googleapis.com/google.rpc.RetryInfo"

static const struct {
	const char *name;
	size_t place; /* in struct head */
} known_headers[] = {
	{"authorization", offsetof(struct head, authorization)},
	{"x-api-key", offsetof(struct head, api_key)},
	{"kith-person", offsetof(struct head, person)},
	{"idempotency-key", offsetof(struct head, idempotency_key)},
	{"traceparent", offsetof(struct head, traceparent)},
	{"kith-timeout-ms", offsetof(struct head, timeout_ms)},
	{"grpc-timeout", offsetof(struct head, grpc_timeout)},
	{"content-type", offsetof(struct head, content_type)},
	{"content-encoding", offsetof(struct head, content_encoding)},
	{"grpc-encoding", offsetof(struct head, grpc_encoding)},
	{"grpc-accept-encoding", offsetof(struct head, grpc_accept_encoding)},
	{"expect", offsetof(struct head, expect)},
	{"host", offsetof(struct head, host)},
};

struct exchange *exchange_new(struct conn *conn)
{
	struct gateway *g = conn->gateway;
	struct exchange *x = g->pool;

	if (x != NULL) {
		g->pool = x->next;
		g->n_pool--;
		x->next = NULL;
	} else {
		x = calloc(1, sizeof(*x));
		if (x == NULL)
			log_die("no-memory", "exchange");
	}

	x->gateway = g;
	x->conn = conn;
	x->codec = conn->codec;
	x->start_us = g->loop.now_us;
	x->call = (struct call){.arena = &x->arena, .request_id = "", .now_us = g->loop.wall_us};
	x->next = conn->exchanges;
	if (x->next != NULL)
		x->next->prev = x;
	conn->exchanges = x;
	conn->n_exchanges++;
	g->in_flight++;
	return x;
}

static void buf_recycle(struct buf *buf)
{
	if (buf->capacity > KEPT_BUFFER_SIZE)
		buf_fini(buf);
	else
		buf_clear(buf);
}

static void exchange_free(struct exchange *x)
{
	arena_fini(&x->arena);
	buf_fini(&x->body);
	buf_fini(&x->signed_caller);
	buf_fini(&x->answer);
	buf_fini(&x->details);
	for (size_t i = 0; i < EXCHANGE_MAX_LEGS; i++)
		leg_fini(&x->legs[i]);
	free(x);
}

/* What an exchange keeps from one life to the next. */
struct exchange_memory {
	struct arena arena;
	struct buf body, signed_caller, answer, details;
};

/* Into the pool, with the memory that it has. */
static void recycle(struct exchange *x)
{
	struct gateway *g = x->gateway;
	struct exchange_memory kept;

	g->in_flight--;
	g->bodies_size -= x->body_taken;
	if (g->n_pool == GATEWAY_POOL) {
		exchange_free(x);
		return;
	}

	if (x->arena.total > KEPT_ARENA_SIZE)
		arena_fini(&x->arena);
	else
		arena_reset(&x->arena);
	buf_recycle(&x->body);
	buf_recycle(&x->signed_caller);
	buf_recycle(&x->answer);
	buf_recycle(&x->details);
	for (size_t i = 0; i < x->n_legs; i++)
		leg_reset(&x->legs[i]);
	kept = (struct exchange_memory){x->arena, x->body, x->signed_caller, x->answer, x->details};
	memset(x, 0, offsetof(struct exchange, legs));
	x->arena = kept.arena;
	x->body = kept.body;
	x->signed_caller = kept.signed_caller;
	x->answer = kept.answer;
	x->details = kept.details;
	x->next = g->pool;
	g->pool = x;
	g->n_pool++;
}

void exchange_free_pool(struct gateway *g)
{
	while (g->pool != NULL) {
		struct exchange *x = g->pool;

		g->pool = x->next;
		exchange_free(x);
	}
	g->n_pool = 0;
}

void exchange_release(struct exchange *x)
{
	struct conn *conn = x->conn;

	assert(!x->released);
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		conn->exchanges = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	conn->n_exchanges--;
	x->prev = x->next = NULL;
	x->conn = NULL;
	x->released = true;

	x->pins++;
	if (!x->answered) {
		x->status = STATUS_CANCELLED;
		x->http_status = 499;
		totals_request(x->gateway->totals, x, conn);
		for (size_t i = 0; i < x->n_legs; i++)
			leg_cancel(&x->legs[i]);
	}
	if (x->stream != NULL && x->stream->gone != NULL)
		x->stream->gone(x);
	exchange_unpin(x);
}

void exchange_unpin(struct exchange *x)
{
	assert(x->pins > 0);
	if (--x->pins == 0 && x->released)
		recycle(x);
}

bool exchange_header(struct exchange *x, const char *name, size_t name_size, const char *value,
		     size_t value_size)
{
	for (size_t i = 0; i < sizeof(known_headers) / sizeof(known_headers[0]); i++) {
		const char *known = known_headers[i].name;
		const char **field = (const char **)((char *)&x->head + known_headers[i].place);

		if (strncasecmp(known, name, name_size) != 0 || known[name_size] != '\0')
			continue;
		if (*field != NULL || value_size > MAX_HEADER_VALUE)
			return false;
		while (value_size > 0 &&
		       (value[value_size - 1] == ' ' || value[value_size - 1] == '\t'))
			value_size--;
		*field = arena_copy(&x->arena, value, value_size);
		return true;
	}
	return true;
}

void exchange_add_header(struct exchange *x, const char *name, const char *value)
{
	struct header *header = arena_alloc(&x->arena, sizeof(*header));

	*header = (struct header){name, value, x->headers};
	x->headers = header;
}

const char *exchange_trace_id(const struct exchange *x, char ret[static 33])
{
	memcpy(ret, x->traceparent + 3, 32);
	ret[32] = '\0';
	return ret;
}

static bool is_lower_hex(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}

static void put_hex(uint64_t number, char ret[static 16])
{
	for (int i = 15; i >= 0; i--, number >>= 4)
		ret[i] = "0123456789abcdef"[number & 15];
}

/* The client's trace goes on where it gave a valid one; the span is the gateway's own. */
static void set_trace(struct exchange *x)
{
	const char *given = x->head.traceparent;
	char *trace = x->traceparent;
	bool valid = given != NULL && strlen(given) >= 55 && memcmp(given, "ff", 2) != 0 &&
		     is_lower_hex(given, 2) && given[2] == '-' && is_lower_hex(given + 3, 32) &&
		     given[35] == '-' && is_lower_hex(given + 36, 16) && given[52] == '-' &&
		     is_lower_hex(given + 53, 2) && strspn(given + 3, "0") < 32 &&
		     strspn(given + 36, "0") < 16;

	memcpy(trace, "00-", 3);
	if (valid) {
		memcpy(trace + 3, given + 3, 32);
	} else {
		put_hex(gateway_random(x->gateway) | 1, trace + 3);
		put_hex(gateway_random(x->gateway), trace + 19);
	}
	trace[35] = '-';
	put_hex(gateway_random(x->gateway) | 1, trace + 36);
	memcpy(trace + 52, valid ? given + 52 : "-01", 3);
	trace[55] = '\0';
	x->call.traceparent = trace;
}

static bool is_grpc(const char *content_type)
{
	static const char grpc[] = "application/grpc";

	return content_type != NULL && strncasecmp(content_type, grpc, sizeof(grpc) - 1) == 0 &&
	       strchr("+; ", content_type[sizeof(grpc) - 1]) != NULL;
}

/* Until when the client waits: as it says, within what the configuration allows. */
static enum status set_deadline(struct exchange *x)
{
	const struct gateway_config *config = x->gateway->config;
	int64_t max_us = config->max_timeout_ms * INT64_C(1000);
	int64_t timeout_us = config->default_timeout_ms * INT64_C(1000);

	if (x->protocol == PROTOCOL_GRPC && x->head.grpc_timeout != NULL) {
		if (!grpc_timeout_us(x->head.grpc_timeout, &timeout_us))
			return call_violation(&x->call, "grpc-timeout", "is no timeout");
	} else if (x->head.timeout_ms != NULL) {
		if (!text_int64(x->head.timeout_ms, &timeout_us) || timeout_us <= 0)
			return call_violation(&x->call, "Kith-Timeout-Ms",
					      "must be a number of milliseconds");
		timeout_us = timeout_us < config->max_timeout_ms ? timeout_us * 1000 : max_us;
	}
	x->call.deadline_us = x->start_us + (timeout_us < max_us ? timeout_us : max_us);
	return STATUS_OK;
}

void exchange_begin(struct exchange *x, int64_t body_size)
{
	set_trace(x);
	if (is_grpc(x->head.content_type) && x->codec->grpc)
		x->protocol = PROTOCOL_GRPC;
	if (set_deadline(x) != STATUS_OK) {
		exchange_fail(x, STATUS_INVALID_ARGUMENT);
	} else if (x->protocol == PROTOCOL_GRPC) {
		grpc_begin(x);
	} else if (body_size > (int64_t)x->gateway->config->max_body_bytes) {
		call_fail(&x->call, STATUS_RESOURCE_EXHAUSTED, "BODY_TOO_LARGE",
			  "a body has at most %u bytes", x->gateway->config->max_body_bytes);
		exchange_fail_http(x, STATUS_RESOURCE_EXHAUSTED, 413);
	}
}

void exchange_body(struct exchange *x, const char *bytes, size_t size)
{
	if (x->answered)
		return;
	if (x->gateway->bodies_size + size > MAX_BODIES) {
		exchange_fail(x, call_retry(&x->call, STATUS_UNAVAILABLE, "TOO_BUSY", 1000000));
		return;
	}
	x->body_taken += size;
	x->gateway->bodies_size += size;
	if (x->protocol == PROTOCOL_GRPC) {
		grpc_body(x, bytes, size);
		return;
	}
	if (x->body.size + size > x->gateway->config->max_body_bytes) {
		call_fail(&x->call, STATUS_RESOURCE_EXHAUSTED, "BODY_TOO_LARGE",
			  "a body has at most %u bytes", x->gateway->config->max_body_bytes);
		exchange_fail_http(x, STATUS_RESOURCE_EXHAUSTED, 413);
		return;
	}
	buf_add(&x->body, bytes, size);
}

/* 429 with the time after which another call is granted. */
static bool within_limit(struct exchange *x, struct limit *limit, const uint8_t who[static 16])
{
	struct allowance allowance = {0};
	int64_t wait_us = 0;

	if (limit_take(limit, who, x->gateway->loop.now_us, &allowance, &wait_us)) {
		/* The tighter of the two is shown. */
		if (allowance.limit > 0 &&
		    (x->allowance.limit == 0 || allowance.remaining < x->allowance.remaining))
			x->allowance = allowance;
		return true;
	}
	x->allowance = allowance;
	exchange_fail(x, call_retry(&x->call, STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED", wait_us));
	return false;
}

static void take_road(struct exchange *x)
{
	enum status status;

	if (x->protocol == PROTOCOL_JSON && pages_serve(x))
		return;
	if (!within_limit(x, x->gateway->address_limit, x->conn->ip.s6_addr))
		return;

	status = x->protocol == PROTOCOL_GRPC ? grpc_find(x) : transcode_find(x);
	if (status == STATUS_OK)
		auth_identify(x->gateway->auth, x);
	else if (!x->answered)
		exchange_fail(x, status);
}

void exchange_end(struct exchange *x)
{
	x->ended = true;
	if (x->answered)
		return;

	x->pins++; /* what answers at once may release it */
	if (x->stream != NULL)
		x->stream->end(x);
	else
		take_road(x);
	exchange_unpin(x);
}

void exchange_identified(struct exchange *x, enum status status)
{
	if (status != STATUS_OK) {
		exchange_fail(x, status);
		return;
	}
	if (within_limit(x, x->gateway->key_limit, x->key_digest))
		forward(x);
}

/* Everything is known of the answer: note it and give it to the codec. */
static void send_answer(struct exchange *x)
{
	struct conn *conn = x->conn;

	x->answered = true;
	if (conn == NULL)
		return;
	audit_note(x->gateway->audit, x);
	totals_request(x->gateway->totals, x, conn);
	x->codec->answer(x);
}

void exchange_page(struct exchange *x, int http_status, const char *content_type)
{
	x->http_status = http_status;
	x->content_type = content_type;
	send_answer(x);
}

void exchange_reply_message(struct exchange *x, const ProtobufCMessage *message)
{
	x->status = STATUS_OK;
	if (x->protocol == PROTOCOL_JSON) {
		json_write(message, &x->answer);
		exchange_page(x, 200, "application/json");
	} else {
		grpc_add_message(x, message);
		exchange_page(x, 200, "application/grpc");
	}
}

void exchange_reply(struct exchange *x, const void *bytes, size_t size)
{
	const ProtobufCMessage *message;

	x->status = STATUS_OK;
	if (x->protocol == PROTOCOL_GRPC) {
		grpc_add_frame(x, bytes, size);
		exchange_page(x, 200, "application/grpc");
		return;
	}

	message = wire_unpack(&x->arena, x->call.method->reply, bytes, size);
	if (message == NULL)
		exchange_fail(x, call_fail(&x->call, STATUS_INTERNAL, "MALFORMED_REPLY",
					   "the service's reply is malformed"));
	else
		exchange_reply_message(x, message);
}

static void add_retry_after(struct exchange *x, const Google__Protobuf__Any *detail)
{
	const Rpc__RetryInfo *info;

	if (strcmp(detail->type_url, RETRY_INFO) != 0)
		return;
	info = (const Rpc__RetryInfo *)wire_unpack(&x->arena, &rpc__retry_info__descriptor,
						   detail->value.data, detail->value.len);
	if (info != NULL && info->retry_delay != NULL)
		exchange_add_header(x, "Retry-After",
				    arena_printf(&x->arena, "%lld",
						 (long long)info->retry_delay->seconds +
							 (info->retry_delay->nanos > 0)));
}

/* {"error":{"code":404,"status":"NOT_FOUND","message":…,"details":[…]}} */
static void write_error(struct exchange *x, const Rpc__Status *error)
{
	struct buf *to = &x->answer;
	const char *name = status_name(x->status);

	buf_clear(to);
	buf_add_format(to, "{\"error\":{\"code\":%d,\"status\":\"%s\",\"message\":", x->http_status,
		       name);
	json_write_string(error->message, strlen(error->message), to);
	buf_add_string(to, ",\"details\":[");
	for (size_t i = 0; i < error->n_details; i++) {
		if (i > 0)
			buf_add_char(to, ',');
		json_write(&error->details[i]->base, to);
		add_retry_after(x, error->details[i]);
	}
	buf_add_string(to, "]}}");
}

/* The answer is the google.rpc.Status in x->details. */
static void send_failure(struct exchange *x)
{
	static const Rpc__Status unknown = RPC__STATUS__INIT;
	const Rpc__Status *error = (const Rpc__Status *)wire_unpack(
		&x->arena, &rpc__status__descriptor, x->details.data, x->details.size);

	if (error == NULL)
		error = &unknown;
	if (x->protocol == PROTOCOL_GRPC) {
		x->grpc_message = error->message;
		exchange_page(x, 200, "application/grpc");
		return;
	}
	write_error(x, error);
	exchange_page(x, x->http_status, "application/json");
}

void exchange_fail_http(struct exchange *x, enum status status, int http_status)
{
	if (x->traceparent[0] == '\0')
		set_trace(x);
	x->status = status;
	x->http_status = http_status;
	buf_clear(&x->details);
	wire_encode_status(&x->call, status, &x->details);
	send_failure(x);
}

void exchange_fail(struct exchange *x, enum status status)
{
	exchange_fail_http(x, status, status_http(status));
}

void exchange_fail_details(struct exchange *x, enum status status, const void *details, size_t size)
{
	if (size == 0) {
		exchange_fail(x, status);
		return;
	}
	x->status = status;
	x->http_status = status_http(status);
	buf_clear(&x->details);
	buf_add(&x->details, details, size);
	send_failure(x);
}

void exchange_stream_message(struct exchange *x, const ProtobufCMessage *message)
{
	if (x->conn == NULL || x->answered)
		return;
	if (x->answer.size - x->answer_sent > MAX_BACKLOG) {
		exchange_fail(x, call_fail(&x->call, STATUS_RESOURCE_EXHAUSTED, "NOT_READ",
					   "the client does not read its answers"));
		return;
	}
	x->http_status = 200;
	x->content_type = "application/grpc";
	grpc_add_message(x, message);
	x->codec->answer(x);
}

void exchange_stream_end(struct exchange *x, enum status status)
{
	if (x->conn == NULL || x->answered)
		return;
	if (status != STATUS_OK) {
		exchange_fail(x, status);
		return;
	}
	x->status = STATUS_OK;
	exchange_page(x, 200, "application/grpc");
}
