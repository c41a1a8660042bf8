/* TLS as a filter between a link and its socket. */
#include "link_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/log.h"

#define PIECE_SIZE 16384 /* a TLS record */

struct link_tls_context {
	SSL_CTX *ssl;
	bool server;
};

struct link_tls_session {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
};

static bool given(const char *file)
{
	return file && *file;
}

static bool load(SSL_CTX *ssl, const struct link_tls *files, bool server)
{
	const char *key = given(files->key) ? files->key : files->cert;
	int verify = server && !given(files->ca)
			     ? SSL_VERIFY_NONE
			     : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

	if (given(files->ca) ? SSL_CTX_load_verify_locations(ssl, files->ca, NULL) != 1
			     : SSL_CTX_set_default_verify_paths(ssl) != 1)
		return false;
	if (given(files->cert) && (SSL_CTX_use_certificate_chain_file(ssl, files->cert) != 1 ||
				   SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1))
		return false;
	SSL_CTX_set_verify(ssl, verify, NULL);

	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1;
}

struct link_tls_context *link_tls_context_new(const struct link_tls *files, bool server)
{
	struct link_tls_context *context = calloc(1, sizeof(*context));

	if (!context)
		log_die("no-memory", "tls");
	context->server = server;
	context->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (!context->ssl || !load(context->ssl, files, server)) {
		ERR_clear_error();
		link_tls_context_free(context);
		return NULL;
	}

	return context;
}

void link_tls_context_free(struct link_tls_context *context)
{
	if (!context)
		return;

	SSL_CTX_free(context->ssl);
	free(context);
}

struct link_tls_session *link_tls_open(struct link_tls_context *context, const char *host)
{
	struct link_tls_session *session = calloc(1, sizeof(*session));

	if (!session || !(session->ssl = SSL_new(context->ssl)) ||
	    !(session->in = BIO_new(BIO_s_mem())) || !(session->out = BIO_new(BIO_s_mem())))
		log_die("no-memory", "tls");
	SSL_set_bio(session->ssl, session->in, session->out);

	if (context->server) {
		SSL_set_accept_state(session->ssl);
		return session;
	}
	SSL_set_connect_state(session->ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), host) != 1) {
		SSL_set1_host(session->ssl, host);
		SSL_set_tlsext_host_name(session->ssl, host);
	}

	return session;
}

void link_tls_close(struct link_tls_session *session)
{
	if (!session)
		return;

	SSL_free(session->ssl);
	free(session);
}

static void take_out(struct link_tls_session *session, struct buf *out)
{
	int n;

	while ((n = BIO_read(session->out, buf_reserve(out, PIECE_SIZE), PIECE_SIZE)) > 0)
		out->size += (size_t)n;
}

bool link_tls_read(struct link_tls_session *session, const void *bytes, size_t size,
		   struct buf *plain, struct buf *out)
{
	int n, error;

	if (size > 0 && BIO_write(session->in, bytes, (int)size) != (int)size)
		return false;

	if (!SSL_is_init_finished(session->ssl)) {
		n = SSL_do_handshake(session->ssl);
		error = SSL_get_error(session->ssl, n);
		take_out(session, out);
		if (n != 1) {
			ERR_clear_error();
			return error == SSL_ERROR_WANT_READ;
		}
	}
	while ((n = SSL_read(session->ssl, buf_reserve(plain, PIECE_SIZE), PIECE_SIZE)) > 0)
		plain->size += (size_t)n;
	error = SSL_get_error(session->ssl, n);
	take_out(session, out);
	ERR_clear_error();

	return error == SSL_ERROR_WANT_READ;
}

bool link_tls_ready(const struct link_tls_session *session)
{
	return SSL_is_init_finished(session->ssl);
}

bool link_tls_write(struct link_tls_session *session, const void *bytes, size_t size,
		    struct buf *out)
{
	int n = size > 0 ? SSL_write(session->ssl, bytes, (int)size) : 1;

	take_out(session, out);
	if (n <= 0)
		ERR_clear_error();

	return n > 0;
}
