/* Whether Kith serves: each service is asked once a second; told over HTTP (/readyz) and to gRPC
 * clients by the standard health service. Belongs to the loop's thread. */
#ifndef KITH_GATEWAY_HEALTH_H
#define KITH_GATEWAY_HEALTH_H

#include <stdbool.h>

#include "base/buf.h"

struct gateway;
struct health;
struct stream_method;

extern const struct stream_method health_check, health_watch;

struct health *health_new(struct gateway *g);
/* When no leg is in flight any more. Accepts NULL. */
void health_free(struct health *health);

/* Stops asking; cancels what is asked. */
void health_stop(struct health *health);

/* NOT_SERVING from now on. */
void health_drain(struct health *health);

bool health_serving(const struct health *health);

/* {"serving":…,"services":{"member":{"serving":…,"reason":…,"version":…},…}} */
void health_write(const struct health *health, struct buf *to);

/* Whether something asked is still on its way. */
bool health_busy(const struct health *health);

#endif
