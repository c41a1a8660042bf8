/* One request and its answer, whatever codec carries them. Belongs to the loop's thread.
 *
 * The road of a request: the codec gives the head (exchange_header, exchange_begin) and the body
 * (exchange_body, exchange_end); the method is found, the caller identified, the limits are asked;
 * then the request is forwarded to its service or served by a view; exchange_reply or exchange_fail
 * write the answer, and the codec sends it.
 *
 * Lifetime: an exchange ends when the codec has released it and nothing is pinned to it any more;
 * pins are what will still come back to it: legs in flight, a key that is being asked for. */
#ifndef KITH_GATEWAY_EXCHANGE_H
#define KITH_GATEWAY_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "leg.h"
#include "route.h"

struct codec;
struct conn;
struct exchange;
struct gateway;
struct view;
struct ProtobufCMessage;

#define EXCHANGE_MAX_LEGS   10
#define EXCHANGE_MAX_TARGET 8192
#define TRACEPARENT_SIZE    56

/* What the road reads of a request's head; NULL when it was not given. In the arena. */
struct head {
	const char *verb, *target;
	const char *authorization, *api_key, *person, *idempotency_key;
	const char *traceparent, *timeout_ms, *grpc_timeout;
	const char *content_type, *content_encoding, *grpc_encoding, *grpc_accept_encoding;
	const char *expect, *host;
};

enum protocol { PROTOCOL_JSON, PROTOCOL_GRPC };

/* A header of the answer beyond those that every answer has. */
struct header {
	const char *name, *value;
	struct header *next;
};

/* What a key or an address has left, for the RateLimit headers. */
struct allowance {
	uint32_t limit, remaining, reset_s; /* limit 0: none applies */
};

/* Messages that come one by one on a stream that stays open: reflection, health Watch. */
struct stream_method {
	const char *name; /* "grpc.health.v1.Health/Watch" */
	/* One request message. */
	void (*message)(struct exchange *x, const void *bytes, size_t size);
	/* The client has sent its last. */
	void (*end)(struct exchange *x);
	/* The client is gone or the exchange answered; may be NULL. */
	void (*gone)(struct exchange *x);
};

struct exchange {
	struct gateway *gateway;
	struct conn *conn; /* NULL once the client is gone */
	const struct codec *codec;
	struct exchange *next, *prev; /* of the connection; `next` also in the pool */
	struct arena arena;
	enum protocol protocol;
	struct head head;
	struct buf body; /* what came, without framing of the codec */
	size_t body_taken;
	struct call call;
	struct route_match match;         /* of HTTP requests */
	const char *query;                /* behind the ?; "" for none */
	struct ProtobufCMessage *request; /* NULL where the encoded one passes through */
	const void *message;              /* that: of gRPC */
	size_t message_size;
	const struct view *view;
	const struct stream_method *stream;
	void *stream_state;

	/* The road so far. */
	int64_t start_us; /* monotonic */
	char traceparent[TRACEPARENT_SIZE];
	struct caller caller;
	struct buf signed_caller;
	uint8_t key_digest[16]; /* whose bucket it takes from */
	struct allowance allowance;
	unsigned pins;
	bool head_only; /* HEAD: the body is not sent */
	bool released;  /* the codec has no more to do with it */
	bool ended;     /* the request has come whole */
	bool answered;
	bool page;                     /* of the gateway itself: not logged */
	struct exchange *next_waiting; /* for the same key */
	unsigned n_legs;
	unsigned n_legs_out; /* not yet back */

	/* The answer. */
	enum status status;
	int http_status;
	const char *content_type;
	struct header *headers;
	struct buf answer; /* JSON, or gRPC frames */
	bool grpc_gzip;    /* some message is compressed */
	const char *grpc_message;
	struct buf details; /* google.rpc.Status */

	/* The codec's own. */
	int32_t stream_id;
	size_t head_size;
	bool head_twice;
	size_t answer_sent;
	bool headers_sent, deferred;

	struct leg legs[EXCHANGE_MAX_LEGS]; /* last: they keep their buffers */
};

struct exchange *exchange_new(struct conn *conn);

/* The codec is done with it: answered and sent, or the client is gone. */
void exchange_release(struct exchange *x);

/* One field of the head, in any order. False when one that may come once comes twice. */
bool exchange_header(struct exchange *x, const char *name, size_t name_size, const char *value,
		     size_t value_size) MUST_USE;

/* The head is whole. `body_size` is what it announces, −1 when it does not. May answer at once
 * (a body too large, a content type that is none of ours): then x->answered is set. */
void exchange_begin(struct exchange *x, int64_t body_size);

/* A piece of the body. May answer at once when it is too large. */
void exchange_body(struct exchange *x, const char *bytes, size_t size);

/* The request is whole. */
void exchange_end(struct exchange *x);

/* The caller is known (x->caller, x->signed_caller), or not (status). */
void exchange_identified(struct exchange *x, enum status status);

/* Answers with a reply, encoded or as a message, or with the fault in x->call. */
void exchange_reply(struct exchange *x, const void *bytes, size_t size);
void exchange_reply_message(struct exchange *x, const struct ProtobufCMessage *message);
void exchange_fail(struct exchange *x, enum status status);
/* With an HTTP code of its own where the status' would be less exact: 405, 413, 415 … */
void exchange_fail_http(struct exchange *x, enum status status, int http_status);
/* As the service said it: an encoded google.rpc.Status. */
void exchange_fail_details(struct exchange *x, enum status status, const void *details,
			   size_t size);
/* A page of the gateway itself: the body is in x->answer already. */
void exchange_page(struct exchange *x, int http_status, const char *content_type);

/* A message on a stream that stays open, and its end. */
void exchange_stream_message(struct exchange *x, const struct ProtobufCMessage *message);
void exchange_stream_end(struct exchange *x, enum status status);

void exchange_add_header(struct exchange *x, const char *name, const char *value);

/* The 32 hex digits. */
const char *exchange_trace_id(const struct exchange *x, char ret[static 33]);

/* Something that was pinned has come back; may free the exchange. */
void exchange_unpin(struct exchange *x);

/* Empties the pool. */
void exchange_free_pool(struct gateway *g);

#endif
