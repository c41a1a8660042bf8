/* Any bytes on a connection of a gateway that has no services: HTTP/1.1, or HTTP/2 behind its
 * preface, gRPC in it. Whatever comes, the gateway answers or closes, and goes on serving. The
 * first byte says in how many pieces the bytes are sent. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/config.h"
#include "base/log.h"
#include "gateway.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gateway *gateway;

static void stop(void)
{
	gateway_stop(gateway);
}

static void start(void)
{
	static char *listen[] = {"127.0.0.1:0"};
	static char secret_file[] = "/tmp/kith-fuzz-XXXXXX";
	static struct gateway_config config = {
		.listen = listen,
		.listen_count = 1,
		.secret_file = secret_file,
		.default_timeout_ms = 1000,
		.max_timeout_ms = 1000,
		.drain_timeout_ms = 100,
		.header_timeout_ms = 1000,
		.idle_timeout_ms = 1000,
		.max_connections = 100,
		.max_body_bytes = 65536,
		.key_cache_ms = 1000,
		.workers_per_service = 1,
		.audit_file = "",
		.tls = {"", "", ""},
		.peer_tls = {"", "", ""},
	};
	static const char secret[] =
		"0000000000000000000000000000000000000000000000000000000000000000\n";
	int fd = mkstemp(secret_file);

	log_setup(&(struct log_options){.level = LOG_ERROR, .process = "gateway"});
	if (fd < 0 || write(fd, secret, sizeof(secret) - 1) != sizeof(secret) - 1 ||
	    gateway_start(&config, &gateway) != STATUS_OK)
		abort();
	close(fd);
	unlink(secret_file);
	atexit(stop);
}

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(gateway_port(gateway)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger none = {.l_onoff = 1, .l_linger = 0}; /* leaves no port waiting */
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	return fd;
}

/* Reads until `text` has come, the other side closes, or nothing comes for a while. */
static bool comes(int fd, const char *text, int patience_ms)
{
	char answer[16384];
	size_t size = 0;

	while (size < sizeof(answer)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&ready, 1, patience_ms) <= 0)
			return false;
		n = read(fd, answer + size, sizeof(answer) - size);
		if (n <= 0)
			return false;
		size += (size_t)n;
		if (memmem(answer, size, text, strlen(text)) != NULL)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char question[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	static unsigned runs;
	size_t piece;
	int fd;

	if (gateway == NULL)
		start();
	if (size < 2)
		return 0;

	fd = dial();
	piece = (size - 1) / (data[0] % 8 + 1) + 1;
	for (size_t at = 1; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		if (send(fd, data + at, n, MSG_NOSIGNAL) < 0)
			break;
	}
	comes(fd, "\r\n\r\n", 1);
	close(fd);

	if (++runs % 64 != 0)
		return 0;
	fd = dial();
	if (send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) < 0 || !comes(fd, "ok\n", 10000))
		abort();
	close(fd);
	return 0;
}
