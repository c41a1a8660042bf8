/* HTTP/2 through nghttp2: JSON, and gRPC with its trailers. */
#ifndef KITH_GATEWAY_H2_H
#define KITH_GATEWAY_H2_H

#include "conn.h"

extern const struct codec h2_codec;

#endif
