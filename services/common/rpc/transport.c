/* Addresses: how a socket dials or listens, with or without TLS. */
#include "transport.h"

#include <errno.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

#define MAX_PEM_SIZE     (1u << 20)
#define RECONNECT_MIN_MS 20
#define RECONNECT_MAX_MS 500

/* nng 1.5.2 writes with this function. A peer that has gone before it was greeted makes EPIPE,
 * which nng takes for "the listener was closed": it would accept nobody ever after. ECONNRESET it
 * takes for what it is. So the function of libc is replaced in every process that has sockets of
 * nng. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	long n = syscall(SYS_sendmsg, fd, message, flags);

	if (n < 0 && errno == EPIPE)
		errno = ECONNRESET;
	return n;
}

static bool given(const char *file)
{
	return file && *file;
}

static int read_pem(const char *file, struct buf *to)
{
	FILE *in = fopen(file, "re");
	int rv;

	if (!in)
		return NNG_ENOENT;
	to->size += fread(buf_reserve(to, MAX_PEM_SIZE), 1, MAX_PEM_SIZE, in);
	rv = ferror(in) || !feof(in) ? NNG_ECRYPTO : 0;
	fclose(in);
	to->data[to->size] = '\0';

	return rv;
}

static int set_own_cert(nng_tls_config *config, const struct transport_tls *tls)
{
	CLEANUP(buf_fini) struct buf cert = {0};
	CLEANUP(buf_fini) struct buf key = {0};
	int rv;

	if (!given(tls->cert))
		return 0;
	if ((rv = read_pem(tls->cert, &cert)) != 0)
		return rv;
	if ((rv = read_pem(given(tls->key) ? tls->key : tls->cert, &key)) != 0)
		return rv;

	return nng_tls_config_own_cert(config, cert.data, key.data, NULL);
}

static int make_config(nng_tls_mode mode, const struct transport_tls *tls, nng_tls_config **ret)
{
	nng_tls_config *config;
	int rv;

	if ((rv = nng_tls_config_alloc(&config, mode)) != 0)
		return rv;

	rv = set_own_cert(config, tls);
	if (rv == 0 && given(tls->ca)) {
		rv = nng_tls_config_ca_file(config, tls->ca);
		if (rv == 0)
			rv = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
	}
	if (rv != 0) {
		nng_tls_config_free(config);
		return rv;
	}
	*ret = config;

	return 0;
}

int transport_dial(nng_socket socket, const char *address, const struct transport_tls *tls)
{
	nng_tls_config *config = NULL;
	nng_dialer dialer;
	int rv;

	if ((rv = nng_dialer_create(&dialer, socket, address)) != 0)
		return rv;
	if (text_starts(address, "tls+")) {
		if ((rv = make_config(NNG_TLS_MODE_CLIENT, tls, &config)) == 0)
			rv = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, config);
		if (config)
			nng_tls_config_free(config); /* the dialer holds it */
	}
	if (rv == 0)
		rv = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	if (rv == 0)
		rv = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	if (rv == 0)
		rv = nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
	if (rv != 0)
		nng_dialer_close(dialer);

	return rv;
}

int transport_listen(nng_socket socket, const char *address, const struct transport_tls *tls)
{
	nng_tls_config *config = NULL;
	nng_listener listener;
	int rv;

	if ((rv = nng_listener_create(&listener, socket, address)) != 0)
		return rv;
	if (text_starts(address, "tls+")) {
		if ((rv = make_config(NNG_TLS_MODE_SERVER, tls, &config)) == 0)
			rv = nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, config);
		if (config)
			nng_tls_config_free(config); /* the listener holds it */
	}
	if (rv == 0)
		rv = nng_listener_start(listener, 0);
	if (rv != 0)
		nng_listener_close(listener);

	return rv;
}
