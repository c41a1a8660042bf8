/* gRPC on top of HTTP/2: paths to methods, message frames, timeouts, compression. The codec carries
 * it; nothing here knows of nghttp2. */
#ifndef KITH_GATEWAY_GRPC_H
#define KITH_GATEWAY_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/status.h"

struct exchange;
struct ProtobufCMessage;

/* The head is whole: finds out whether it is a method that streams. */
void grpc_begin(struct exchange *x);

/* A piece of the body. */
void grpc_body(struct exchange *x, const char *bytes, size_t size);

/* The request of a unary method is whole: sets the call's method, x->message. */
enum status grpc_find(struct exchange *x) MUST_USE;

/* One message of the answer, framed, and compressed where it pays and the client takes it. */
void grpc_add_frame(struct exchange *x, const void *bytes, size_t size);
void grpc_add_message(struct exchange *x, const struct ProtobufCMessage *message);

/* "100m": a number of at most 8 digits and a unit. */
bool grpc_timeout_us(const char *text, int64_t *ret_us) MUST_USE;

/* The last value of a string field of an encoded message; NULL when it has none. */
const char *grpc_string_field(struct arena *arena, const void *bytes, size_t size, uint32_t number);

/* What trailers carry: percent-encoded text. In the arena. */
const char *grpc_encode_text(struct arena *arena, const char *text);

/* gzip, up to `max` bytes of plain text; RESOURCE_EXHAUSTED past that, INVALID_ARGUMENT when it is
 * none. */
enum status grpc_gunzip(const void *bytes, size_t size, size_t max, struct buf *to) MUST_USE;

#endif
