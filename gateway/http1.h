/* HTTP/1.1: keep-alive, pipelining (one request at a time, in order), chunked bodies, HEAD, Expect.
 * Stricter than the parser it uses: what another parser might understand otherwise is refused. */
#ifndef KITH_GATEWAY_HTTP1_H
#define KITH_GATEWAY_HTTP1_H

#include "conn.h"

extern const struct codec http1_codec;

#endif
