/* TLS of the HTTP port: one certificate, ALPN for both codecs. */
#ifndef KITH_GATEWAY_TLS_H
#define KITH_GATEWAY_TLS_H

#include <openssl/types.h>

#include "base/compiler.h"
#include "base/status.h"

struct tls_config;

/* NULL in *ret where the configuration names no certificate. Logs what is wrong with it. */
enum status tls_server(const struct tls_config *config, SSL_CTX **ret) MUST_USE;

#endif
