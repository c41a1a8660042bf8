/* Addresses: how a socket dials or listens, with or without TLS. */
#ifndef KITH_RPC_TRANSPORT_H
#define KITH_RPC_TRANSPORT_H

#include <nng/nng.h>

#include "base/compiler.h"

/* Files in PEM form, used for tls+tcp:// only. With a `ca` the peer must show a certificate of it,
 * on both sides. NULL or "" for none. */
struct transport_tls {
	const char *ca, *cert, *key;
};

/* Both return 0 or an nng error. Dialling goes on in the background for ever. */
int transport_dial(nng_socket socket, const char *address,
		   const struct transport_tls *tls) MUST_USE;
int transport_listen(nng_socket socket, const char *address,
		     const struct transport_tls *tls) MUST_USE;

#endif
