/* Links: stock nng sockets are understood, and peers that break the protocol are cut off. */
#include "rpc/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_MESSAGE (1u << 20)
#define FLUSH_US    1000000

/* One side: counts what happens, and as a server echoes. */
struct side {
	struct link_loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned n_opened, n_closed, n_received;
	size_t last_size;
	uint8_t last_byte;
	struct link *link;
};

struct suite {
	char folder[32], address[80], path[64];
	struct side server;
};

static void on_opened(void *user, struct link *link)
{
	struct side *side = user;

	pthread_mutex_lock(&side->lock);
	side->n_opened++;
	link_unref(side->link);
	side->link = link_ref(link);
	pthread_cond_broadcast(&side->changed);
	pthread_mutex_unlock(&side->lock);
}

static void on_closed(void *user, struct link *link)
{
	struct side *side = user;

	(void)link;
	pthread_mutex_lock(&side->lock);
	side->n_closed++;
	pthread_cond_broadcast(&side->changed);
	pthread_mutex_unlock(&side->lock);
}

static void on_received(void *user, struct link *link, const struct link_route *route,
			const void *bytes, size_t size)
{
	struct side *side = user;

	pthread_mutex_lock(&side->lock);
	side->n_received++;
	side->last_size = size;
	side->last_byte = size ? ((const uint8_t *)bytes)[size - 1] : 0;
	pthread_cond_broadcast(&side->changed);
	pthread_mutex_unlock(&side->lock);
	(void)link;
	(void)route;
}

static void echo(void *user, struct link *link, const struct link_route *route, const void *bytes,
		 size_t size)
{
	struct link_frame *frame = link_frame_new(size);

	if (size)
		memcpy(frame->payload, bytes, size);
	on_received(user, link, route, bytes, size);
	link_send(link, route, frame);
}

static void start(struct side *side, enum link_side which, const char *address,
		  const struct link_tls *tls)
{
	const struct link_tls none = {0};
	const struct link_handler handler = {
		.side = which,
		.max_message = MAX_MESSAGE,
		.opened = on_opened,
		.received = which == LINK_REP ? echo : on_received,
		.closed = on_closed,
		.user = side,
	};
	const char *why;

	pthread_mutex_init(&side->lock, NULL);
	pthread_cond_init(&side->changed, NULL);
	side->loop = link_loop_new(&handler);
	why = which == LINK_REP ? link_listen(side->loop, address, tls ? tls : &none)
				: link_dial(side->loop, address, tls ? tls : &none);
	if (why)
		fail_msg("%s: %s", address, why);
	link_loop_start(side->loop);
}

static void stop(struct side *side)
{
	link_loop_free(side->loop, FLUSH_US);
	link_unref(side->link);
	pthread_mutex_destroy(&side->lock);
	pthread_cond_destroy(&side->changed);
	*side = (struct side){0};
}

static void await(struct side *side, const unsigned *counter, unsigned n)
{
	pthread_mutex_lock(&side->lock);
	while (*counter < n)
		pthread_cond_wait(&side->changed, &side->lock);
	pthread_mutex_unlock(&side->lock);
}

static int set_up(void **state)
{
	struct suite *s = calloc(1, sizeof(*s));

	snprintf(s->folder, sizeof(s->folder), "/tmp/link_test.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/socket", s->folder);
	snprintf(s->address, sizeof(s->address), "ipc://%s", s->path);
	*state = s;

	return 0;
}

static int tear_down(void **state)
{
	struct suite *s = *state;
	char command[64];

	if (s->server.loop)
		stop(&s->server);
	snprintf(command, sizeof(command), "rm -r %s", s->folder);
	assert_int_equal(system(command), 0);
	free(s);

	return 0;
}

static void tcp_address(char *to, size_t size, const char *scheme)
{
	snprintf(to, size, "%s://127.0.0.1:%d", scheme, 10000 + (int)getpid() % 10000);
}

static void expect_echo_from_nng(const char *address, size_t size)
{
	nng_socket socket;
	nng_msg *msg;

	assert_int_equal(nng_req0_open(&socket), 0);
	assert_int_equal(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 10000), 0);
	/* Again and again: a queue full of others is no refusal. */
	assert_int_equal(nng_dial(socket, address, NULL, NNG_FLAG_NONBLOCK), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(nng_msg_alloc(&msg, size), 0);
		memset(nng_msg_body(msg), 'n', size);
		assert_int_equal(nng_sendmsg(socket, msg, 0), 0);
		assert_int_equal(nng_recvmsg(socket, &msg, 0), 0);
		assert_int_equal(nng_msg_len(msg), size);
		if (size)
			assert_int_equal(((char *)nng_msg_body(msg))[size - 1], 'n');
		nng_msg_free(msg);
	}
	nng_close(socket);
}

static void a_stock_nng_client_is_answered(void **state)
{
	struct suite *s = *state;
	static const size_t sizes[] = {0, 1, 65536, MAX_MESSAGE};
	char address[64];

	start(&s->server, LINK_REP, s->address, NULL);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		expect_echo_from_nng(s->address, sizes[i]);
	stop(&s->server);

	tcp_address(address, sizeof(address), "tcp");
	start(&s->server, LINK_REP, address, NULL);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		expect_echo_from_nng(address, sizes[i]);
}

static void a_stock_nng_service_is_called(void **state)
{
	struct suite *s = *state;
	const struct link_route route = {1, {htonl(0x80000001)}};
	struct link_frame *frame = link_frame_new(3);
	struct side client = {0};
	nng_socket socket;
	nng_msg *msg;

	assert_int_equal(nng_rep0_open(&socket), 0);
	assert_int_equal(nng_listen(socket, s->address, NULL, 0), 0);
	start(&client, LINK_REQ, s->address, NULL);
	await(&client, &client.n_opened, 1);
	memcpy(frame->payload, "abc", 3);
	assert_true(link_send(client.link, &route, frame));
	assert_int_equal(nng_recvmsg(socket, &msg, 0), 0);
	assert_int_equal(nng_msg_len(msg), 3);
	assert_int_equal(nng_msg_append(msg, "d", 1), 0);
	assert_int_equal(nng_sendmsg(socket, msg, 0), 0);
	await(&client, &client.n_received, 1);
	assert_int_equal(client.last_size, 4);
	assert_int_equal(client.last_byte, 'd');
	stop(&client);
	nng_close(socket);
}

static int connect_raw(const struct suite *s)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", s->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);

	return fd;
}

/* Reads until the other side closes. */
static void expect_cut_off(int fd)
{
	char bytes[256];
	ssize_t n;

	do
		n = read(fd, bytes, sizeof(bytes));
	while (n > 0);
	assert_true(n == 0 || errno == ECONNRESET);
	close(fd);
}

static const uint8_t greeting[] = {0, 'S', 'P', 0, 0, 48, 0, 0};

static void who_does_not_greet_is_cut_off(void **state)
{
	struct suite *s = *state;
	uint8_t foreign[8];
	int fd;

	start(&s->server, LINK_REP, s->address, NULL);
	fd = connect_raw(s);
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	expect_cut_off(fd);

	memcpy(foreign, greeting, sizeof(foreign));
	foreign[5] = 49; /* another server */
	fd = connect_raw(s);
	assert_int_equal(write(fd, foreign, sizeof(foreign)), sizeof(foreign));
	expect_cut_off(fd);
	assert_int_equal(s->server.n_opened, 0);
}

static void malformed_messages_cut_off(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{"\x02\0\0\0\0\0\0\0\x05\x80\0\0\1x", 14},               /* no message's mark */
		{"\x01\0\0\0\0\x7f\0\0\0\x80\0\0\1x", 14},               /* 2 GiB */
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\x80\0\0\1x", 14}, /* more than there is */
		{"\x01\0\0\0\0\0\0\0\x03\x80\0\0", 12},                  /* no room for a route */
		{"\x01\0\0\0\0\0\0\0\x08\0\0\0\1\0\0\0\2", 17},          /* a route without end */
	};
	struct suite *s = *state;

	start(&s->server, LINK_REP, s->address, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd = connect_raw(s);

		assert_int_equal(write(fd, greeting, sizeof(greeting)), sizeof(greeting));
		assert_int_equal(write(fd, bad[i].bytes, bad[i].size), bad[i].size);
		expect_cut_off(fd);
	}
	assert_int_equal(s->server.n_received, 0);
}

/* Connects and closes at once, so that the greeting of the other side goes nowhere. */
static void knock(const struct suite *s)
{
	const struct linger at_once = {.l_onoff = 1};
	int fd = connect_raw(s);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void who_knocks_and_runs_away_keeps_nobody_out(void **state)
{
	struct suite *s = *state;

	start(&s->server, LINK_REP, s->address, NULL);
	for (int i = 0; i < 1000; i++)
		knock(s);
	expect_echo_from_nng(s->address, 10);
}

static void a_message_in_single_bytes_is_put_together(void **state)
{
	static const uint8_t bytes[] = {0, 'S', 'P', 0, 0, 48, 0, 0, 1,   0, 0, 0, 0,
					0, 0,   0,   9, 0, 0,  0, 7, 128, 0, 0, 1, 'q'};
	struct suite *s = *state;
	uint8_t answer[8 + 9 + 9];
	size_t got = 0;
	int fd;

	start(&s->server, LINK_REP, s->address, NULL);
	fd = connect_raw(s);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(write(fd, bytes + i, 1), 1);
	while (got < sizeof(answer)) {
		ssize_t n = read(fd, answer + got, sizeof(answer) - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	/* Through a device: the whole route comes back. */
	assert_memory_equal(answer + 8, bytes + 8, sizeof(answer) - 8);
	close(fd);
}

static void a_peer_that_reads_late_gets_everything(void **state)
{
	struct suite *s = *state;
	const struct link_route route = {1, {htonl(0x80000001)}};
	const unsigned n = 100;
	struct side client = {0};

	start(&s->server, LINK_REP, s->address, NULL);
	start(&client, LINK_REQ, s->address, NULL);
	await(&client, &client.n_opened, 1);
	for (unsigned i = 0; i < n; i++) {
		struct link_frame *frame = link_frame_new(MAX_MESSAGE / 4);

		memset(frame->payload, (int)i, frame->size);
		assert_true(link_send(client.link, &route, frame));
	}
	await(&client, &client.n_received, n);
	assert_int_equal(client.last_byte, n - 1);
	stop(&client);
}

static void a_socket_that_nobody_serves_is_replaced(void **state)
{
	struct suite *s = *state;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", s->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd); /* its file stays, as after a kill */
	start(&s->server, LINK_REP, s->address, NULL);
	expect_echo_from_nng(s->address, 10);
}

static void make_certificate(const struct suite *s, const char *name)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=%s "
		 "-addext subjectAltName=IP:127.0.0.1 -keyout %s/%s.key -out %s/%s.pem 2>/dev/null",
		 name, s->folder, name, s->folder, name);
	assert_int_equal(system(command), 0);
}

static void only_who_shows_the_right_certificate_gets_in(void **state)
{
	struct suite *s = *state;
	char cert[64], key[64], other_cert[64], other_key[64], address[64];
	struct side good = {0}, foreign = {0}, trusting = {0};

	snprintf(cert, sizeof(cert), "%s/one.pem", s->folder);
	snprintf(key, sizeof(key), "%s/one.key", s->folder);
	snprintf(other_cert, sizeof(other_cert), "%s/two.pem", s->folder);
	snprintf(other_key, sizeof(other_key), "%s/two.key", s->folder);
	make_certificate(s, "one");
	make_certificate(s, "two");
	tcp_address(address, sizeof(address), "tls+tcp");

	start(&s->server, LINK_REP, address, &(struct link_tls){cert, cert, key});
	start(&foreign, LINK_REQ, address, &(struct link_tls){cert, other_cert, other_key});
	start(&trusting, LINK_REQ, address, &(struct link_tls){other_cert, cert, key});
	start(&good, LINK_REQ, address, &(struct link_tls){cert, cert, key});
	await(&good, &good.n_opened, 1);
	stop(&good);
	stop(&foreign);
	stop(&trusting);
	await(&s->server, &s->server.n_closed, 1);
	assert_int_equal(s->server.n_opened, 1);
}

static void wrong_addresses_are_said(void **state)
{
	static const char *const bad[] = {"",           "ipc://",        "tcp://x", "tcp://x:0",
					  "http://x:1", "tcp://x:99999", "tcp://:x"};
	const struct link_handler handler = {.side = LINK_REQ};
	struct link_loop *loop = link_loop_new(&handler);
	const struct link_tls none = {0}, missing = {.ca = "/nonexistent"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(link_dial(loop, bad[i], &none));
	assert_non_null(link_dial(loop, "tls+tcp://127.0.0.1:1", &missing));
	link_loop_free(loop, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stock_nng_client_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stock_nng_service_is_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_greet_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(malformed_messages_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_knocks_and_runs_away_keeps_nobody_out, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_message_in_single_bytes_is_put_together, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_peer_that_reads_late_gets_everything, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_socket_that_nobody_serves_is_replaced, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(only_who_shows_the_right_certificate_gets_in,
						set_up, tear_down),
		cmocka_unit_test(wrong_addresses_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
