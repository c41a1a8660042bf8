/* From bytes to messages and back. Nothing from outside is unpacked before it was scanned. */
#ifndef KITH_RPC_WIRE_H
#define KITH_RPC_WIRE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/status.h"

struct call;

#define WIRE_MAX_DEPTH   100
#define WIRE_MAX_MESSAGE (4u << 20)  /* bytes of one request or reply */
#define WIRE_MAX_BATCH   (16u << 20) /* bytes of one request with all its calls */

/* Bytes that unpacking one message may take: small messages in it become large structs. */
#define WIRE_MAX_UNPACKED (64u << 20)

/* INVALID_ARGUMENT with the reason MALFORMED_MESSAGE in the call's fault unless `bytes` are a
 * well-formed message of the type: known fields have their wire type, lengths fit, depth ≤
 * WIRE_MAX_DEPTH, strings are UTF-8 without NUL. Unknown fields are skipped. */
enum status wire_scan(struct call *c, const ProtobufCMessageDescriptor *type, const void *bytes,
		      size_t size) MUST_USE;

/* Scans, then unpacks into the arena (never free it). */
enum status wire_decode(struct call *c, const ProtobufCMessageDescriptor *type, const void *bytes,
			size_t size, ProtobufCMessage **ret_message) MUST_USE;

/* Unpacks what this process or a peer whose bytes were scanned wrote; NULL when it is malformed all
 * the same. */
ProtobufCMessage *wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
			      const void *bytes, size_t size) MUST_USE;

void wire_encode(const ProtobufCMessage *message, struct buf *to);

/* A zero message of the type, in the arena. */
ProtobufCMessage *wire_new(struct arena *arena, const ProtobufCMessageDescriptor *type) MUST_USE;

/* protobuf-c's view of an arena; its free does nothing. */
ProtobufCAllocator wire_allocator(struct arena *arena);

/* The call's status and fault as a serialized google.rpc.Status, appended to `to`. INTERNAL and
 * UNKNOWN say nothing but the trace id. */
void wire_encode_status(const struct call *c, enum status status, struct buf *to);

#endif
