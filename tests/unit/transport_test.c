/* Addresses at work: who only knocks and runs away does not keep others out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/transport.h"

#define KNOCKS      300
#define PATIENCE_MS 5000

static const struct transport_tls no_tls = {"", "", ""};

/* Connects and closes at once, so that the greeting of the other side goes nowhere. */
static void knock(const struct sockaddr *address, socklen_t size)
{
	const struct linger at_once = {.l_onoff = 1};
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	/* Refused when the queue is full, which is no matter. */
	if (connect(fd, address, size) != 0)
		assert_int_not_equal(errno, EINVAL);
	close(fd);
}

static void expect_answer(const char *address, nng_socket server)
{
	nng_socket client;
	nng_msg *msg;

	assert_int_equal(nng_req0_open(&client), 0);
	nng_socket_set_ms(client, NNG_OPT_RECVTIMEO, PATIENCE_MS);
	nng_socket_set_ms(client, NNG_OPT_SENDTIMEO, PATIENCE_MS);
	nng_socket_set_ms(server, NNG_OPT_RECVTIMEO, PATIENCE_MS);
	assert_int_equal(transport_dial(client, address, &no_tls), 0);
	assert_int_equal(nng_msg_alloc(&msg, 1), 0);
	assert_int_equal(nng_sendmsg(client, msg, 0), 0);
	assert_int_equal(nng_recvmsg(server, &msg, 0), 0);
	assert_int_equal(nng_sendmsg(server, msg, 0), 0);
	assert_int_equal(nng_recvmsg(client, &msg, 0), 0);
	nng_msg_free(msg);
	nng_close(client);
}

static void knocking_at_a_unix_socket_harms_nobody(void **state)
{
	char folder[] = "/tmp/kith-transport-XXXXXX", address[128];
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	nng_socket server;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(where.sun_path, sizeof(where.sun_path), "%s/s", folder);
	snprintf(address, sizeof(address), "ipc://%s", where.sun_path);
	assert_int_equal(nng_rep0_open(&server), 0);
	assert_int_equal(transport_listen(server, address, &no_tls), 0);
	for (int i = 0; i < KNOCKS; i++)
		knock((const struct sockaddr *)&where, sizeof(where));
	expect_answer(address, server);
	nng_close(server);
	unlink(where.sun_path);
	rmdir(folder);
}

static void knocking_at_a_tcp_port_harms_nobody(void **state)
{
	struct sockaddr_in where = {.sin_family = AF_INET};
	socklen_t size = sizeof(where);
	char address[64];
	nng_socket server;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&where, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &size), 0);
	close(fd);
	snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", ntohs(where.sin_port));
	assert_int_equal(nng_rep0_open(&server), 0);
	assert_int_equal(transport_listen(server, address, &no_tls), 0);
	for (int i = 0; i < KNOCKS; i++)
		knock((const struct sockaddr *)&where, sizeof(where));
	expect_answer(address, server);
	nng_close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knocking_at_a_unix_socket_harms_nobody),
		cmocka_unit_test(knocking_at_a_tcp_port_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
