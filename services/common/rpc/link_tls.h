/* TLS as a filter between a link and its socket: bytes in, bytes out, no socket in here. Under the
 * link's lock. */
#ifndef KITH_RPC_LINK_TLS_H
#define KITH_RPC_LINK_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "rpc/link.h"

struct link_tls_context;
struct link_tls_session;

/* NULL when a file is missing or wrong. */
struct link_tls_context *link_tls_context_new(const struct link_tls *files, bool server) MUST_USE;
void link_tls_context_free(struct link_tls_context *context); /* accepts NULL */

/* `host` is whose certificate a client expects. */
struct link_tls_session *link_tls_open(struct link_tls_context *context, const char *host);
void link_tls_close(struct link_tls_session *session); /* accepts NULL */

/* Adds plain bytes that came out of `size` bytes from the socket to `plain`, and what must go back
 * to `out`. False when the peer is not to be trusted or has closed. Starts the handshake with size
 * 0. */
bool link_tls_read(struct link_tls_session *session, const void *bytes, size_t size,
		   struct buf *plain, struct buf *out) MUST_USE;

/* Whether the peer is known and messages may be written. */
bool link_tls_ready(const struct link_tls_session *session);

/* Adds what `size` plain bytes become to `out`. */
bool link_tls_write(struct link_tls_session *session, const void *bytes, size_t size,
		    struct buf *out) MUST_USE;

#endif
