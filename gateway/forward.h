/* A request whose caller is known, to the service that serves it, and its reply back. */
#ifndef KITH_GATEWAY_FORWARD_H
#define KITH_GATEWAY_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "leg.h"

struct exchange;
struct method;
struct ProtobufCMessage;

void forward(struct exchange *x);

/* The exchange's next leg: this method with this request (NULL: leg->call.request is set), in the
 * caller's name. The exchange is pinned until `done` has run; `done` unpins it. False when no
 * service of that name is configured; then it is not started. */
bool forward_leg(struct exchange *x, const struct method *method,
		 const struct ProtobufCMessage *request, int64_t deadline_us, leg_done done);

/* The leg's failure becomes the exchange's answer. */
void forward_failure(struct exchange *x, const struct leg *leg);

#endif
