/* The envelope of kith/envelope.proto, read and written in place: nothing is copied, nothing is
 * allocated, strings are pieces without NUL. */
#ifndef KITH_RPC_ENVELOPE_H
#define KITH_RPC_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "rpc/reader.h"

struct piece {
	const void *bytes;
	size_t size;
};

struct envelope_call {
	struct piece request, caller, request_id, traceparent;
	int64_t timeout_us;
	uint64_t cancel_id;
};

struct envelope_result {
	uint32_t code;
	struct piece reply, status;
};

/* A Request or a Reply that is being read. */
struct envelope {
	struct piece method; /* of a Request; empty in a Reply */
	size_t n;            /* calls or results */
	struct reader rest;  /* what envelope_next_… has not read yet */
};

/* False when the bytes are no Request; `ret->n` then tells how many calls were seen. A Reply is
 * opened with the same, since it differs only in the field its results are in. */
bool envelope_open_request(const void *bytes, size_t size, struct envelope *ret) MUST_USE;
bool envelope_open_reply(const void *bytes, size_t size, struct envelope *ret) MUST_USE;

/* The next of `n` calls or results. False when it is malformed; the one after it can be read all
 * the same. */
bool envelope_next_call(struct envelope *envelope, struct envelope_call *ret) MUST_USE;
bool envelope_next_result(struct envelope *envelope, struct envelope_result *ret) MUST_USE;

/* Writing: first the sizes, then the bytes; each write returns where the next goes. */
size_t envelope_method_size(size_t name_size);
size_t envelope_call_size(const struct envelope_call *call);
uint8_t *envelope_write_method(uint8_t *to, const char *name, size_t name_size);
uint8_t *envelope_write_call(uint8_t *to, const struct envelope_call *call);

/* A result is its head, behind which the caller puts `payload_size` bytes: the reply when `code` is
 * 0, else the status. */
size_t envelope_result_size(uint32_t code, size_t payload_size);
uint8_t *envelope_write_result_head(uint8_t *to, uint32_t code, size_t payload_size);

#endif
