/* One accepted connection: bytes in, bytes out, timeouts, limits and draining. */
#include "conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/config.h"
#include "base/log.h"
#include "exchange.h"
#include "h2.h"
#include "http1.h"
#include "state.h"
#include "totals.h"

#define READ_SIZE   65536
#define IN_MAX_SIZE 131072  /* read ahead of the codec */
#define LINGER_US   1000000 /* for the client to close after us */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void update_events(struct conn *conn)
{
	uint32_t events = 0;

	if (conn->in.size < IN_MAX_SIZE || conn->state == CONN_CLOSING)
		events |= EPOLLIN;
	if (conn->sent < conn->out.size || conn->state == CONN_HANDSHAKE)
		events |= EPOLLOUT;
	if (conn->state == CONN_HANDSHAKE && !SSL_want_write(conn->tls))
		events &= ~(uint32_t)EPOLLOUT;
	if (conn->state == CONN_DEAD || events == conn->events)
		return;

	conn->events = events;
	loop_watch_change(&conn->gateway->loop, &conn->watch, events);
}

void conn_touch(struct conn *conn)
{
	if (conn->dirty || conn->state == CONN_DEAD)
		return;

	conn->dirty = true;
	conn->next_dirty = conn->gateway->dirty;
	conn->gateway->dirty = conn;
}

void conn_finish(struct conn *conn)
{
	if (conn->state == CONN_DEAD || conn->state == CONN_CLOSING)
		return;

	/* It lingers from here on, however long the client has waited for the answer. */
	conn->state = CONN_CLOSING;
	conn->active_us = conn->gateway->loop.now_us;
	buf_fini(&conn->in);
	conn_touch(conn);
}

void conn_kill(struct conn *conn)
{
	struct gateway *g = conn->gateway;

	if (conn->state == CONN_DEAD)
		return;

	conn->state = CONN_DEAD;
	if (conn->codec != NULL)
		conn->codec->close(conn);
	while (conn->exchanges != NULL)
		exchange_release(conn->exchanges);

	if (conn->tls != NULL)
		SSL_free(conn->tls);
	loop_unwatch(&g->loop, &conn->watch);
	close(conn->watch.fd);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		g->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	g->n_conns--;
	conn->next_dead = g->dead;
	g->dead = conn;
	totals_connections(g->totals, g->n_conns);
}

/* Chooses the codec once the first bytes have decided. */
static bool choose_codec(struct conn *conn, const char *bytes, size_t size)
{
	size_t n = size < sizeof(preface) - 1 ? size : sizeof(preface) - 1;

	if (memcmp(bytes, preface, n) != 0)
		conn->codec = &http1_codec;
	else if (n == sizeof(preface) - 1)
		conn->codec = &h2_codec;
	else
		return false;

	conn->state = CONN_OPEN;
	conn->head_us = 0;
	conn->codec->open(conn);
	return true;
}

static void feed(struct conn *conn, const char *bytes, size_t size)
{
	size_t used = 0;

	if (conn->in.size > 0) {
		buf_add(&conn->in, bytes, size);
		conn_resume(conn);
		return;
	}

	if (conn->state == CONN_OPEN || choose_codec(conn, bytes, size))
		used = conn->codec->input(conn, bytes, size);
	if (used < size && (conn->state == CONN_OPEN || conn->state == CONN_PREFACE))
		buf_add(&conn->in, bytes + used, size - used);
}

void conn_resume(struct conn *conn)
{
	if (conn->state == CONN_PREFACE && !choose_codec(conn, conn->in.data, conn->in.size))
		return;
	if (conn->state != CONN_OPEN || conn->in.size == 0)
		return;

	size_t used = conn->codec->input(conn, conn->in.data, conn->in.size);

	if (conn->state != CONN_OPEN)
		return;
	if (used == conn->in.size)
		buf_fini(&conn->in);
	else
		buf_drop(&conn->in, used);
	update_events(conn);
}

static void handshake(struct conn *conn)
{
	int done;

	ERR_clear_error();
	done = SSL_accept(conn->tls);
	if (done == 1) {
		conn->state = CONN_PREFACE;
	} else {
		int why = SSL_get_error(conn->tls, done);

		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			conn_kill(conn);
	}
	update_events(conn);
}

/* As read(): bytes, 0 at the end, −1 with EAGAIN or another errno. */
static ssize_t receive(struct conn *conn, char *bytes, size_t size)
{
	int n;

	if (conn->tls == NULL)
		return read(conn->watch.fd, bytes, size);

	ERR_clear_error();
	n = SSL_read(conn->tls, bytes, (int)size);
	if (n > 0)
		return n;
	switch (SSL_get_error(conn->tls, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		errno = EPROTO;
		return -1;
	}
}

static ssize_t transmit(struct conn *conn, const char *bytes, size_t size)
{
	int n;

	if (conn->tls == NULL)
		return send(conn->watch.fd, bytes, size, MSG_NOSIGNAL);

	ERR_clear_error();
	n = SSL_write(conn->tls, bytes, size > INT32_MAX ? INT32_MAX : (int)size);
	if (n > 0)
		return n;
	switch (SSL_get_error(conn->tls, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	default:
		errno = EPIPE;
		return -1;
	}
}

static void read_some(struct conn *conn)
{
	char bytes[READ_SIZE];
	ssize_t n;

	do {
		n = receive(conn, bytes, sizeof(bytes));
		if (n <= 0) {
			if (n == 0 || (errno != EAGAIN && errno != EINTR))
				conn_kill(conn);
			break;
		}
		conn->active_us = conn->gateway->loop.now_us;
		if (conn->state != CONN_CLOSING)
			feed(conn, bytes, (size_t)n);
		/* What OpenSSL has decrypted already does not wake epoll. */
	} while (conn->state != CONN_DEAD && conn->tls != NULL && SSL_pending(conn->tls) > 0);

	update_events(conn);
}

static void conn_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = (struct conn *)((char *)watch - offsetof(struct conn, watch));

	if (conn->state == CONN_DEAD)
		return;
	if (conn->state == CONN_HANDSHAKE) {
		handshake(conn);
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(conn);
	if (events & EPOLLOUT)
		conn_touch(conn);
}

static void flush(struct conn *conn)
{
	for (;;) {
		ssize_t n;

		if (conn->sent == conn->out.size) {
			if (conn->out.capacity > READ_SIZE)
				buf_fini(&conn->out);
			buf_clear(&conn->out);
			conn->sent = 0;
			if (conn->codec != NULL && conn->codec->output != NULL &&
			    conn->state != CONN_DEAD)
				conn->codec->output(conn);
			if (conn->out.size == 0)
				break;
		}

		n = transmit(conn, conn->out.data + conn->sent, conn->out.size - conn->sent);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN) {
				conn_kill(conn);
				return;
			}
			break;
		}
		conn->sent += (size_t)n;
		conn->active_us = conn->gateway->loop.now_us;
	}

	if (conn->state == CONN_CLOSING && conn->sent == conn->out.size) {
		if (conn->tls != NULL)
			SSL_shutdown(conn->tls);
		shutdown(conn->watch.fd, SHUT_WR);
	}
	update_events(conn);
}

void conn_flush_all(struct gateway *g)
{
	while (g->dirty != NULL) {
		struct conn *conn = g->dirty;

		g->dirty = conn->next_dirty;
		conn->dirty = false;
		if (conn->state != CONN_DEAD)
			flush(conn);
	}
	while (g->dead != NULL) {
		struct conn *conn = g->dead;

		g->dead = conn->next_dead;
		buf_fini(&conn->in);
		buf_fini(&conn->out);
		free(conn);
	}
}

void conn_accept(struct gateway *g, int fd, const struct sockaddr_storage *from)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		log_die("no-memory", "connections=%u", g->n_conns);

	conn->gateway = g;
	conn->watch = (struct watch){.fd = fd, .ready = conn_ready};
	conn->state = CONN_PREFACE;
	conn->active_us = conn->head_us = g->loop.now_us;
	if (from->ss_family == AF_INET6) {
		conn->ip = ((const struct sockaddr_in6 *)from)->sin6_addr;
		inet_ntop(AF_INET6, &conn->ip, conn->address, sizeof(conn->address));
	} else {
		const struct in_addr *ip = &((const struct sockaddr_in *)from)->sin_addr;

		conn->ip.s6_addr[10] = conn->ip.s6_addr[11] = 0xff;
		memcpy(conn->ip.s6_addr + 12, ip, sizeof(*ip));
		inet_ntop(AF_INET, ip, conn->address, sizeof(conn->address));
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));

	if (g->tls != NULL) {
		conn->tls = SSL_new(g->tls);
		conn->state = CONN_HANDSHAKE;
		if (conn->tls != NULL)
			SSL_set_fd(conn->tls, fd);
	}
	conn->events = EPOLLIN;
	if ((g->tls != NULL && conn->tls == NULL) ||
	    loop_watch(&g->loop, &conn->watch, EPOLLIN) != STATUS_OK) {
		SSL_free(conn->tls);
		close(fd);
		free(conn);
		return;
	}
	if (conn->tls != NULL)
		SSL_set_accept_state(conn->tls);

	conn->next = g->conns;
	if (conn->next != NULL)
		conn->next->prev = conn;
	g->conns = conn;
	g->n_conns++;
	totals_connections(g->totals, g->n_conns);
}

static bool too_slow(const struct conn *conn, int64_t now_us)
{
	const struct gateway_config *config = conn->gateway->config;
	int64_t idle_us = now_us - conn->active_us;

	if (conn->state == CONN_CLOSING)
		return idle_us > LINGER_US;
	if (conn->head_us != 0 && now_us - conn->head_us > config->header_timeout_ms * 1000LL)
		return true;
	for (const struct exchange *x = conn->exchanges; x != NULL; x = x->next)
		if (!x->ended && x->stream == NULL &&
		    now_us - x->start_us > config->max_timeout_ms * 1000LL)
			return true;
	if (conn->n_exchanges > 0 && conn->sent == conn->out.size)
		return false; /* it is we who are slow */
	return idle_us > config->idle_timeout_ms * 1000LL;
}

void conn_sweep(struct gateway *g)
{
	struct conn *next;

	for (struct conn *conn = g->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (too_slow(conn, g->loop.now_us))
			conn_kill(conn);
	}
}

void conn_drain_all(struct gateway *g)
{
	struct conn *next;

	for (struct conn *conn = g->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->codec == NULL && g->drain_told)
			conn_kill(conn);
		else if (conn->codec != NULL && conn->state == CONN_OPEN)
			conn->codec->drain(conn);
	}
	g->drain_told = true;
}
