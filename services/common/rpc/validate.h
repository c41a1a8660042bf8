/* The contract's demands on a request, checked once for every method from the rules table. */
#ifndef KITH_RPC_VALIDATE_H
#define KITH_RPC_VALIDATE_H

#include "base/compiler.h"
#include "base/status.h"

struct ProtobufCMessage;
struct call;

/* INVALID_ARGUMENT with one violation per bad field, each with its path (`community.name`,
 * `items[3].at`). Checks rules in nested and repeated messages, enum values that the contract does
 * not name, Timestamps outside years 1–9999, page_size < 0, and update_mask paths that name no
 * field. */
enum status validate_request(struct call *c, const struct ProtobufCMessage *request) MUST_USE;

#endif
