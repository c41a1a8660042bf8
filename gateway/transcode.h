/* HTTP requests with JSON to messages: which method a request means, and its fields from path,
 * query and body. */
#ifndef KITH_GATEWAY_TRANSCODE_H
#define KITH_GATEWAY_TRANSCODE_H

#include "base/compiler.h"
#include "base/status.h"

struct exchange;

/* Sets the call's method. NOT_FOUND, or answers at once with 405 or 415 (then x->answered). */
enum status transcode_find(struct exchange *x) MUST_USE;

/* Makes x->request. */
enum status transcode_request(struct exchange *x) MUST_USE;

#endif
