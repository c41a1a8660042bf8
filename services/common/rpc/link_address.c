/* Addresses of links. */
#include "link_address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG       512
#define DEAD_AFTER_MS 30000 /* a host that acknowledges nothing for so long is gone */
#define SOCKET_FLAGS  (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static bool parse_local(const char *name, bool abstract, struct link_address *ret)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&ret->where;
	int n;

	un->sun_family = AF_UNIX;
	if (abstract) /* of this process alone */
		n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "kith-%d-%s",
			     (int)getpid(), name);
	else
		n = snprintf(un->sun_path, sizeof(un->sun_path), "%s", name);
	if (*name == '\0' || n < 0 || (size_t)n >= sizeof(un->sun_path) - 1)
		return false;

	ret->local = true;
	ret->where_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n + 1);
	if (!abstract)
		memcpy(ret->path, un->sun_path, (size_t)n + 1);

	return true;
}

/* host:port, [v6]:port, *:port */
static bool parse_internet(const char *text, struct link_address *ret)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon ? (size_t)(colon - text) : 0;
	int64_t port;

	if (!colon || !text_int64(colon + 1, &port) || port < 1 || port > 65535)
		return false;
	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size >= sizeof(ret->host))
		return false;

	memcpy(ret->host, text, size);
	if (size == 1 && text[0] == '*')
		ret->host[0] = '\0';
	snprintf(ret->port, sizeof(ret->port), "%d", (int)port);

	return true;
}

bool link_address_parse(const char *text, struct link_address *ret)
{
	const char *rest = strstr(text, "://");

	*ret = (struct link_address){0};
	if (!rest)
		return false;
	rest += 3;

	if (text_starts(text, "ipc://"))
		return parse_local(rest, false, ret);
	if (text_starts(text, "inproc://"))
		return parse_local(rest, true, ret);
	ret->tls = text_starts(text, "tls+tcp://");

	return (ret->tls || text_starts(text, "tcp://")) && parse_internet(rest, ret);
}

static int close_failed(int fd)
{
	int error = errno;

	close(fd);
	errno = error;

	return -1;
}

static void tune(int fd)
{
	int on = 1, dead_after_ms = DEAD_AFTER_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_after_ms, sizeof(dead_after_ms));
}

/* The nth (wrapping around) of the host's addresses; freed by the caller. */
static struct addrinfo *look_up(const struct link_address *address, int flags, unsigned nth,
				struct addrinfo **ret_all)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *at;
	unsigned n = 0;

	if (getaddrinfo(*address->host ? address->host : NULL, address->port, &hints, ret_all) !=
	    0) {
		errno = EHOSTUNREACH;
		return NULL;
	}
	for (at = *ret_all; at; at = at->ai_next)
		n++;
	at = *ret_all;
	for (nth %= n; nth > 0; nth--)
		at = at->ai_next;

	return at;
}

static int connect_to(const struct sockaddr *where, socklen_t size)
{
	int fd = socket(where->sa_family, SOCKET_FLAGS, 0);

	if (fd < 0)
		return -1;
	if (where->sa_family != AF_UNIX)
		tune(fd);
	if (connect(fd, where, size) != 0 && errno != EINPROGRESS)
		return close_failed(fd);

	return fd;
}

int link_address_connect(const struct link_address *address, unsigned nth)
{
	struct addrinfo *all, *at;
	int fd;

	if (address->local)
		return connect_to((const struct sockaddr *)&address->where, address->where_size);

	at = look_up(address, AI_ADDRCONFIG, nth, &all);
	if (!at)
		return -1;
	fd = connect_to(at->ai_addr, at->ai_addrlen);
	freeaddrinfo(all);

	return fd;
}

static int listen_at(const struct sockaddr *where, socklen_t size)
{
	int fd = socket(where->sa_family, SOCKET_FLAGS, 0), on = 1;

	if (fd < 0)
		return -1;
	if (where->sa_family != AF_UNIX) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		tune(fd); /* accepted sockets inherit it */
	}
	if (bind(fd, where, size) != 0 || listen(fd, BACKLOG) != 0)
		return close_failed(fd);

	return fd;
}

/* A socket's file outlives a process that was killed: nobody answers on it. */
static bool is_stale(const struct link_address *address)
{
	int fd = connect_to((const struct sockaddr *)&address->where, address->where_size);

	if (fd >= 0)
		close(fd);

	return fd < 0 && errno == ECONNREFUSED;
}

int link_address_listen(const struct link_address *address)
{
	struct addrinfo *all, *at;
	int fd;

	if (address->local) {
		fd = listen_at((const struct sockaddr *)&address->where, address->where_size);
		if (fd >= 0 || errno != EADDRINUSE || !*address->path)
			return fd;
		if (!is_stale(address)) {
			errno = EADDRINUSE;
			return -1;
		}
		unlink(address->path);
		return listen_at((const struct sockaddr *)&address->where, address->where_size);
	}

	at = look_up(address, AI_PASSIVE, 0, &all);
	if (!at)
		return -1;
	fd = listen_at(at->ai_addr, at->ai_addrlen);
	freeaddrinfo(all);

	return fd;
}
