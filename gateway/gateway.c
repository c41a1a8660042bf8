/* The gateway's life: listens, works, drains. */
#include "gateway.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app/config.h"
#include "audit.h"
#include "auth.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "conn.h"
#include "exchange.h"
#include "health.h"
#include "limit.h"
#include "route.h"
#include "rpc/client.h"
#include "state.h"
#include "tls.h"
#include "totals.h"

#define BACKLOG         1024
#define ACCEPTS_A_ROUND 64
#define SELF_SIGN_MS    300000
#define SELF_RESIGN_MS  60000

uint64_t gateway_random(struct gateway *g)
{
	uint64_t a = g->random[0], b = g->random[1];

	g->random[0] = b;
	a ^= a << 23;
	g->random[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return g->random[1] + b;
}

const struct buf *gateway_self(struct gateway *g)
{
	static const struct caller self = {
		.kind = CALLER_SERVICE, .id = "gateway", .person_id = ""};
	int64_t now_ms = g->loop.wall_us / 1000;

	if (g->self_expire_ms < now_ms + SELF_RESIGN_MS) {
		g->self_expire_ms = now_ms + SELF_SIGN_MS;
		buf_clear(&g->self_caller);
		access_sign(&self, g->self_expire_ms, g->secret, &g->self_caller);
	}
	return &g->self_caller;
}

static void accept_some(struct watch *watch, uint32_t events)
{
	struct listener *listener =
		(struct listener *)((char *)watch - offsetof(struct listener, watch));
	struct gateway *g = listener->gateway;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		int fd = accept4(watch->fd, (struct sockaddr *)&from, &size,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			conn_accept(g, fd, &from);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			   errno == ENOBUFS) {
			g->accepting = false;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
		if (g->n_conns >= g->config->max_connections)
			g->accepting = false;
		if (!g->accepting) {
			for (unsigned k = 0; k < g->n_listeners; k++)
				loop_watch_change(&g->loop, &g->listeners[k].watch, 0);
			return;
		}
	}
}

/* Past the limit of connections others wait to be accepted. */
static void accept_again(struct gateway *g)
{
	if (g->accepting || g->draining || g->n_conns >= g->config->max_connections)
		return;
	g->accepting = true;
	for (unsigned i = 0; i < g->n_listeners; i++)
		loop_watch_change(&g->loop, &g->listeners[i].watch, EPOLLIN);
}

static void set_date(struct gateway *g)
{
	time_t now = (time_t)(g->loop.wall_us / 1000000);
	struct tm tm;

	if (now == g->date_s || gmtime_r(&now, &tm) == NULL)
		return;
	g->date_s = now;
	strftime(g->date, sizeof(g->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static void round_end(void *user)
{
	struct gateway *g = user;

	set_date(g);
	audit_flush(g->audit);
	conn_flush_all(g);
	log_flush();
	accept_again(g);
	if (g->draining && g->n_conns == 0)
		loop_stop(&g->loop);
}

static void sweep(struct timer *timer)
{
	struct gateway *g = (struct gateway *)((char *)timer - offsetof(struct gateway, sweep));

	conn_sweep(g);
	if (g->draining) {
		conn_drain_all(g);
		if (g->loop.now_us >= g->drain_until_us) {
			log_line(LOG_WARN, "drain-timeout", "connections=%u", g->n_conns);
			loop_stop(&g->loop);
		}
	}
	loop_timer_set(&g->loop, timer, g->loop.now_us + CONN_SWEEP_US);
}

static void close_listeners(struct gateway *g)
{
	for (unsigned i = 0; i < g->n_listeners; i++) {
		loop_unwatch(&g->loop, &g->listeners[i].watch);
		close(g->listeners[i].watch.fd);
	}
	g->n_listeners = 0;
}

static void drain(struct mail *mail)
{
	struct gateway *g =
		(struct gateway *)((char *)mail - offsetof(struct gateway, drain_wanted));

	log_line(LOG_INFO, "draining", "connections=%u", g->n_conns);
	g->draining = true;
	g->drain_until_us = g->loop.now_us + g->config->drain_timeout_ms * INT64_C(1000);
	close_listeners(g);
	health_drain(g->health);
	conn_drain_all(g);
	loop_timer_set(&g->loop, &g->sweep, g->loop.now_us + CONN_SWEEP_US);
}

/* "127.0.0.1:8080", "[::]:8080" */
static enum status listen_at(struct gateway *g, const char *address)
{
	struct listener *listener = &g->listeners[g->n_listeners];
	const char *colon = strrchr(address, ':');
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	struct addrinfo *found;
	char host[256];
	size_t length;
	int fd;

	length = colon == NULL ? sizeof(host) : (size_t)(colon - address);
	if (length >= sizeof(host) || g->n_listeners == GATEWAY_MAX_LISTEN)
		return STATUS_INVALID_ARGUMENT;
	if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	}
	memcpy(host, address, length);
	host[length] = '\0';
	if (getaddrinfo(length == 0 || strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints,
			&found) != 0)
		return STATUS_INVALID_ARGUMENT;

	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
		if (fd >= 0)
			close(fd);
		freeaddrinfo(found);
		return STATUS_UNAVAILABLE;
	}
	freeaddrinfo(found);

	*listener = (struct listener){.watch = {.fd = fd, .ready = accept_some}, .gateway = g};
	listener->port =
		ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
						  : ((struct sockaddr_in *)&bound)->sin_port);
	if (loop_watch(&g->loop, &listener->watch, EPOLLIN) != STATUS_OK) {
		close(fd);
		return STATUS_RESOURCE_EXHAUSTED;
	}
	if (g->n_listeners++ == 0)
		g->port = listener->port;
	return STATUS_OK;
}

static enum status listen_all(struct gateway *g)
{
	for (unsigned i = 0; i < g->config->listen_count; i++) {
		enum status status = listen_at(g, g->config->listen[i]);

		if (status != STATUS_OK) {
			log_line(LOG_ERROR, "listen", "address=%s error=\"%s\"",
				 g->config->listen[i], strerror(errno));
			return status;
		}
	}
	return STATUS_OK;
}

/* NULL for "", as the options below want it. */
static const char *given(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static enum status dial_peers(struct gateway *g)
{
	const struct gateway_config *config = g->config;

	if (config->peers_count > PEERS_MAX)
		return STATUS_INVALID_ARGUMENT;
	g->peers.secret = g->secret;
	g->peers.self = "gateway";
	for (unsigned i = 0; i < config->peers_count; i++) {
		const struct peer_config *peer = &config->peers[i];
		const char **addresses = calloc(peer->addresses_count + 1, sizeof(*addresses));
		struct client_options options = {
			.addresses = addresses,
			.window = config->workers_per_service,
			.tls_ca = given(config->peer_tls.ca_file),
			.tls_cert = given(config->peer_tls.cert_file),
			.tls_key = given(config->peer_tls.key_file),
		};

		if (addresses == NULL)
			log_die("no-memory", "peers");
		for (unsigned k = 0; k < peer->addresses_count; k++)
			addresses[k] = peer->addresses[k];
		g->peers.list[i].service = peer->service;
		g->peers.list[i].client = client_new(&options);
		g->peers.n = i + 1;
		free(addresses);
	}
	return STATUS_OK;
}

static void *work(void *user)
{
	struct gateway *g = user;

	log_gather();
	loop_run(&g->loop);
	log_end();
	return NULL;
}

/* What is still in flight is given up; everything comes back before anything is freed. */
static void gateway_free(struct gateway *g)
{
	g->stopping = true;
	close_listeners(g);
	while (g->conns != NULL)
		conn_kill(g->conns);
	conn_flush_all(g);
	if (g->auth != NULL)
		auth_stop(g->auth);
	if (g->health != NULL)
		health_stop(g->health);
	for (unsigned i = 0; i < g->peers.n; i++)
		client_free(g->peers.list[i].client);
	loop_deliver(&g->loop);

	exchange_free_pool(g);
	auth_free(g->auth);
	health_free(g->health);
	limit_free(g->key_limit);
	limit_free(g->address_limit);
	audit_close(g->audit);
	totals_free(g->totals);
	router_free(g->router);
	SSL_CTX_free(g->tls);
	buf_fini(&g->self_caller);
	loop_fini(&g->loop);
	explicit_bzero(g->secret, sizeof(g->secret));
	free(g);
}

static enum status set_up(struct gateway *g)
{
	const struct gateway_config *config = g->config;

	TRY(loop_init(&g->loop));
	g->loop.round_end = round_end;
	g->loop.user = g;
	id_random(g->random, sizeof(g->random));
	g->random[0] |= 1;
	g->accepting = true;
	set_date(g);

	TRY(config_read_secret(config->secret_file, g->secret));
	TRY(tls_server(&config->tls, &g->tls));
	if (given(config->audit_file) != NULL)
		TRY(audit_open(config->audit_file, &g->audit));
	g->router = router_new();
	g->totals = totals_new();
	g->key_limit = limit_new(config->rate_per_key, config->burst_per_key, gateway_random(g));
	g->address_limit =
		limit_new(config->rate_per_address, config->burst_per_address, gateway_random(g));
	TRY(dial_peers(g));
	g->auth = auth_new(g);
	TRY(listen_all(g));
	g->health = health_new(g);
	g->drain_wanted.deliver = drain;
	g->sweep.fire = sweep;
	loop_timer_set(&g->loop, &g->sweep, g->loop.now_us + CONN_SWEEP_US);
	return STATUS_OK;
}

enum status gateway_start(const struct gateway_config *config, struct gateway **ret_gateway)
{
	struct gateway *g = calloc(1, sizeof(*g));
	sigset_t all, before;
	enum status status;
	int failed;

	if (g == NULL)
		log_die("no-memory", "gateway");
	g->config = config;
	status = set_up(g);
	if (status != STATUS_OK) {
		gateway_free(g);
		return status;
	}

	/* Signals are the process' own business; a broken pipe is an error code to us. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&g->thread, NULL, work, g);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		gateway_free(g);
		return STATUS_RESOURCE_EXHAUSTED;
	}
	*ret_gateway = g;
	return STATUS_OK;
}

void gateway_stop(struct gateway *g)
{
	if (g == NULL)
		return;
	loop_post(&g->loop, &g->drain_wanted);
	pthread_join(g->thread, NULL);
	gateway_free(g);
}

uint16_t gateway_port(const struct gateway *g)
{
	return g->port;
}
