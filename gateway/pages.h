/* What the gateway tells about itself over HTTP, without a key: /healthz, /readyz, /metrics,
 * /openapi.json. */
#ifndef KITH_GATEWAY_PAGES_H
#define KITH_GATEWAY_PAGES_H

#include <stdbool.h>

struct exchange;

/* False: the path is none of these. */
bool pages_serve(struct exchange *x);

#endif
