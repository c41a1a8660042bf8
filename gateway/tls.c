/* TLS of the HTTP port: one certificate, ALPN for both codecs. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "app/config.h"
#include "base/log.h"

/* The gateway's choice counts: h2 where the client has it. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_size,
			   const unsigned char *offered, unsigned offered_size, void *user)
{
	static const unsigned char ours[] = "\2h2\10http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)user;
	if (SSL_select_next_proto(&chosen, ret_size, ours, sizeof(ours) - 1, offered,
				  offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static enum status refuse(SSL_CTX *tls, const char *file)
{
	log_line(LOG_ERROR, "tls", "file=%s error=\"%s\"", file,
		 ERR_reason_error_string(ERR_get_error()));
	SSL_CTX_free(tls);
	return STATUS_FAILED_PRECONDITION;
}

enum status tls_server(const struct tls_config *config, SSL_CTX **ret)
{
	SSL_CTX *tls;

	*ret = NULL;
	if (config->cert_file == NULL || *config->cert_file == '\0')
		return STATUS_OK;

	tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL)
		return refuse(NULL, "-");
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
	if (SSL_CTX_use_certificate_chain_file(tls, config->cert_file) != 1)
		return refuse(tls, config->cert_file);
	if (SSL_CTX_use_PrivateKey_file(tls, config->key_file, SSL_FILETYPE_PEM) != 1)
		return refuse(tls, config->key_file);
	if (config->ca_file != NULL && *config->ca_file != '\0') {
		if (SSL_CTX_load_verify_locations(tls, config->ca_file, NULL) != 1)
			return refuse(tls, config->ca_file);
		SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	*ret = tls;
	return STATUS_OK;
}
