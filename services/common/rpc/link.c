/* Connections that carry messages: nng's wire protocol for req/rep.
 *
 * A link greets with eight bytes that name its protocol; then messages follow, each with its length
 * in front (and a byte 1 before that on unix sockets), a route of words whose last has its highest
 * bit set, and the payload. */
#include "link.h"

#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "rpc/link_address.h"
#include "rpc/link_tls.h"

#define GREETING_SIZE  8
#define PROTOCOL_REQ   48
#define PROTOCOL_REP   49
#define LAST_WORD      0x80000000u
#define HEAD_ROOM      (9 + 4 * LINK_MAX_HOPS)
#define READ_SIZE      65536
#define READS_AT_ONCE  8          /* then other links have their turn */
#define KEPT_SIZE      (1u << 20) /* of an input buffer that is empty */
#define FRAMES_AT_ONCE 16
#define MAX_UNSENT     ((size_t)128 << 20) /* a peer that leaves so much unread is disconnected */
#define MAX_EVENTS     64
#define GREETING_US    5000000
#define RETRY_MIN_US   10000
#define RETRY_MAX_US   500000
#define MAX_SLEEP_US   1000000
#define NO_FILES_US    10000 /* pause when the process has no file descriptors left */

enum source_kind { SOURCE_WAKE, SOURCE_LISTENER, SOURCE_LINK };

/* What an epoll event points at: the first member of what it is. */
struct source {
	enum source_kind kind;
};

enum link_state {
	CONNECTING, /* connect() goes on */
	GREETING,   /* connected; the peer's greeting is awaited */
	OPEN,       /* messages flow */
};

struct endpoint {
	struct source source; /* of a listener */
	struct link_loop *loop;
	struct endpoint *next;
	struct link_address address;
	struct link_tls_context *tls;
	bool listens;
	int fd;            /* of a listener */
	struct link *link; /* of a dialler; NULL while there is none */
	unsigned n_tries;
	int64_t retry_us, pause_us;
};

struct link {
	struct source source;
	unsigned refs; /* atomic */
	struct link_loop *loop;
	struct link *next, *previous; /* all links of the loop; `next` also in the graveyard */
	struct endpoint *endpoint;
	enum link_state state;
	int64_t since_us;
	struct buf in;

	pthread_mutex_t lock; /* of all below */
	int fd;
	bool closed;
	bool blocked; /* the socket takes no more; the loop writes on when it does */
	struct link_tls_session *tls;
	struct link_frame *head, **tail;
	size_t unsent;
};

struct link_loop {
	struct link_handler handler;
	struct source wake;
	int epoll_fd, wake_fd;
	pthread_t thread;
	bool started;
	struct endpoint *endpoints;
	struct link *links, *graveyard;
	size_t n_greeting; /* links that are not open */
	int64_t wake_us;   /* atomic: when it wakes by itself; INT64_MAX while that is reckoned */
	bool stopping;     /* atomic */
};

static void *alloc_zeroed(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		log_die("no-memory", "bytes=%zu", size);

	return memory;
}

struct link_frame *link_frame_new(size_t size)
{
	struct link_frame *frame = malloc(sizeof(*frame) + HEAD_ROOM + size);

	if (!frame)
		log_die("no-memory", "bytes=%zu", size);
	*frame = (struct link_frame){.size = size, .payload = (uint8_t *)(frame + 1) + HEAD_ROOM};

	return frame;
}

void link_frame_free(struct link_frame *frame)
{
	free(frame);
}

/* Puts route, length and mark in front of the payload. */
static void seal(struct link_frame *frame, const struct link_route *route, bool local)
{
	uint64_t size = htobe64(frame->size + 4 * route->n);
	uint8_t *at = frame->payload - 4 * route->n;

	memcpy(at, route->words, 4 * route->n);
	at -= sizeof(size);
	memcpy(at, &size, sizeof(size));
	if (local)
		*--at = 1;
	frame->at = at;
	frame->left = (size_t)(frame->payload + frame->size - at);
}

struct link *link_ref(struct link *link)
{
	__atomic_add_fetch(&link->refs, 1, __ATOMIC_RELAXED);

	return link;
}

void link_unref(struct link *link)
{
	if (!link || __atomic_sub_fetch(&link->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;

	buf_fini(&link->in);
	link_tls_close(link->tls);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

static void watch(struct link *link, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = &link->source};

	epoll_ctl(link->loop->epoll_fd, EPOLL_CTL_MOD, link->fd, &event);
}

static void push_frame(struct link *link, struct link_frame *frame)
{
	frame->next = NULL;
	*link->tail = frame;
	link->tail = &frame->next;
	link->unsent += frame->left;
}

/* Drops what was written from the front of the queue. */
static void drop_written(struct link *link, size_t size)
{
	link->unsent -= size;
	while (size > 0) {
		struct link_frame *frame = link->head;

		if (size < frame->left) {
			frame->at += size;
			frame->left -= size;
			return;
		}
		size -= frame->left;
		link->head = frame->next;
		if (!link->head)
			link->tail = &link->head;
		link_frame_free(frame);
	}
}

/* Writes what the socket takes. A broken socket is shut down, so that the loop sees its end. Under
 * the link's lock. */
static void flush(struct link *link)
{
	while (link->head && !link->blocked) {
		struct iovec pieces[FRAMES_AT_ONCE];
		struct msghdr message = {.msg_iov = pieces};
		ssize_t n;

		for (struct link_frame *frame = link->head;
		     frame && message.msg_iovlen < FRAMES_AT_ONCE; frame = frame->next)
			pieces[message.msg_iovlen++] =
				(struct iovec){(void *)frame->at, frame->left};
		n = sendmsg(link->fd, &message, MSG_NOSIGNAL);
		if (n >= 0) {
			drop_written(link, (size_t)n);
		} else if (errno == EAGAIN && link->unsent <= MAX_UNSENT) {
			link->blocked = true;
			watch(link, EPOLLIN | EPOLLOUT);
		} else if (errno != EINTR) {
			shutdown(link->fd, SHUT_RDWR);
			return;
		}
	}
}

/* Queues raw bytes as they are. */
static void push_bytes(struct link *link, const void *bytes, size_t size)
{
	struct link_frame *frame;

	if (size == 0)
		return;
	frame = link_frame_new(size);
	memcpy(frame->payload, bytes, size);
	frame->at = frame->payload;
	frame->left = size;
	push_frame(link, frame);
}

/* Under the link's lock. */
static void write_plain(struct link *link, const void *bytes, size_t size)
{
	CLEANUP(buf_fini) struct buf out = {0};

	if (!link->tls) {
		push_bytes(link, bytes, size);
	} else if (link_tls_write(link->tls, bytes, size, &out)) {
		push_bytes(link, out.data, out.size);
	} else {
		shutdown(link->fd, SHUT_RDWR);
		return;
	}
	flush(link);
}

bool link_send(struct link *link, const struct link_route *route, struct link_frame *frame)
{
	bool open;

	seal(frame, route, link->endpoint->address.local);
	pthread_mutex_lock(&link->lock);
	open = !link->closed;
	if (open && link->tls) {
		write_plain(link, frame->at, frame->left);
	} else if (open) {
		push_frame(link, frame);
		flush(link);
		frame = NULL;
	}
	pthread_mutex_unlock(&link->lock);
	link_frame_free(frame);

	return open;
}

/* From here on: the thread that turns the loop. */

static void close_link(struct link *link)
{
	struct link_loop *loop = link->loop;
	struct endpoint *endpoint = link->endpoint;
	bool was_open = link->state == OPEN;

	pthread_mutex_lock(&link->lock);
	link->closed = true;
	/* By itself a descriptor leaves epoll only when its last copy is closed, and a process just
	 * forked has one. */
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, link->fd, NULL);
	close(link->fd);
	while (link->head)
		drop_written(link, link->head->left);
	pthread_mutex_unlock(&link->lock);

	if (link->previous)
		link->previous->next = link->next;
	else
		loop->links = link->next;
	if (link->next)
		link->next->previous = link->previous;
	link->next = loop->graveyard;
	loop->graveyard = link;

	if (!endpoint->listens) {
		endpoint->link = NULL;
		endpoint->pause_us = was_open ? RETRY_MIN_US : endpoint->pause_us * 2;
		if (endpoint->pause_us > RETRY_MAX_US)
			endpoint->pause_us = RETRY_MAX_US;
		endpoint->retry_us = clock_mono_us() + endpoint->pause_us;
	}
	if (was_open)
		loop->handler.closed(loop->handler.user, link);
	else
		loop->n_greeting--;
}

/* Events may still point at closed links until all events of this turn are handled. */
static void bury(struct link_loop *loop)
{
	while (loop->graveyard) {
		struct link *link = loop->graveyard;

		loop->graveyard = link->next;
		link_unref(link);
	}
}

static void greet(struct link *link)
{
	uint8_t greeting[GREETING_SIZE] = {0, 'S', 'P', 0, 0, PROTOCOL_REQ, 0, 0};

	if (link->loop->handler.side == LINK_REP)
		greeting[5] = PROTOCOL_REP;
	write_plain(link, greeting, sizeof(greeting));
}

/* Connected. Under TLS the handshake comes before the greeting, and the client begins it. */
static void begin_greeting(struct link *link)
{
	CLEANUP(buf_fini) struct buf out = {0};

	pthread_mutex_lock(&link->lock);
	link->state = GREETING;
	if (!link->endpoint->tls) {
		greet(link);
	} else {
		link->tls = link_tls_open(link->endpoint->tls, link->endpoint->address.host);
		if (!link_tls_read(link->tls, NULL, 0, &link->in, &out))
			shutdown(link->fd, SHUT_RDWR);
		push_bytes(link, out.data, out.size);
		flush(link);
	}
	pthread_mutex_unlock(&link->lock);
}

static struct link *add_link(struct endpoint *endpoint, int fd, enum link_state state)
{
	struct link_loop *loop = endpoint->loop;
	struct link *link = alloc_zeroed(sizeof(*link));
	struct epoll_event event = {.events = state == CONNECTING ? EPOLLOUT : EPOLLIN,
				    .data.ptr = &link->source};

	link->source.kind = SOURCE_LINK;
	link->refs = 1;
	link->loop = loop;
	link->endpoint = endpoint;
	link->state = state;
	link->since_us = clock_mono_us();
	link->fd = fd;
	link->tail = &link->head;
	pthread_mutex_init(&link->lock, NULL);
	link->next = loop->links;
	if (loop->links)
		loop->links->previous = link;
	loop->links = link;
	loop->n_greeting++;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);

	return link;
}

static void dial(struct endpoint *endpoint, int64_t now_us)
{
	int fd = link_address_connect(&endpoint->address, endpoint->n_tries++);

	if (fd < 0) {
		endpoint->pause_us *= 2;
		if (endpoint->pause_us > RETRY_MAX_US)
			endpoint->pause_us = RETRY_MAX_US;
		endpoint->retry_us = now_us + endpoint->pause_us;
		return;
	}
	endpoint->link = add_link(endpoint, fd, CONNECTING); /* writable at once, or later */
}

static void accept_links(struct endpoint *endpoint)
{
	const struct timespec pause = {0, NO_FILES_US * 1000};

	for (;;) {
		int fd = accept4(endpoint->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			begin_greeting(add_link(endpoint, fd, GREETING));
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			nanosleep(&pause, NULL); /* else the loop would spin */
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static bool check_greeting(struct link *link)
{
	static const uint8_t expected[] = {0, 'S', 'P', 0, 0};
	struct link_loop *loop = link->loop;
	const uint8_t *bytes = (const uint8_t *)link->in.data;
	uint8_t peer = loop->handler.side == LINK_REQ ? PROTOCOL_REP : PROTOCOL_REQ;

	if (memcmp(bytes, expected, sizeof(expected)) != 0 || bytes[5] != peer || bytes[6] ||
	    bytes[7])
		return false;

	link->state = OPEN;
	loop->n_greeting--;
	if (!link->endpoint->listens)
		link->endpoint->pause_us = RETRY_MIN_US;
	loop->handler.opened(loop->handler.user, link);

	return true;
}

static bool handle_message(struct link *link, const uint8_t *bytes, size_t size)
{
	struct link_loop *loop = link->loop;
	struct link_route route = {0};

	do {
		if (size < 4 || route.n == LINK_MAX_HOPS)
			return false;
		memcpy(&route.words[route.n], bytes, 4);
		bytes += 4;
		size -= 4;
	} while (!(ntohl(route.words[route.n++]) & LAST_WORD));

	loop->handler.received(loop->handler.user, link, &route, bytes, size);

	return true;
}

/* Handles the whole messages that were read; false when the peer breaks the protocol. */
static bool handle_input(struct link *link)
{
	size_t max = link->loop->handler.max_message + 4 * LINK_MAX_HOPS, used = 0;
	size_t mark = link->endpoint->address.local ? 1 : 0, head = mark + sizeof(uint64_t);

	if (link->state == GREETING) {
		if (link->in.size < GREETING_SIZE)
			return true;
		if (!check_greeting(link))
			return false;
		used = GREETING_SIZE;
	}

	while (link->in.size - used >= head) {
		const uint8_t *at = (const uint8_t *)link->in.data + used;
		uint64_t size;

		memcpy(&size, at + mark, sizeof(size));
		size = be64toh(size);
		if ((mark && *at != 1) || size > max)
			return false;
		if (link->in.size - used < head + size)
			break;
		if (!handle_message(link, at + head, size))
			return false;
		used += head + size;
	}
	buf_drop(&link->in, used);
	if (link->in.size == 0 && link->in.capacity > KEPT_SIZE)
		buf_fini(&link->in);

	return true;
}

/* Bytes from the socket through TLS into the input. */
static bool take_encrypted(struct link *link, const void *bytes, size_t size)
{
	CLEANUP(buf_fini) struct buf out = {0};
	bool was_ready, good;

	pthread_mutex_lock(&link->lock);
	was_ready = link_tls_ready(link->tls);
	good = link_tls_read(link->tls, bytes, size, &link->in, &out);
	push_bytes(link, out.data, out.size);
	flush(link);
	if (good && !was_ready && link_tls_ready(link->tls))
		greet(link);
	pthread_mutex_unlock(&link->lock);

	return good;
}

/* Reads what is there; false when the link has ended. */
static bool read_link(struct link *link)
{
	for (unsigned i = 0; i < READS_AT_ONCE; i++) {
		uint8_t encrypted[READ_SIZE / 4];
		void *to = link->tls ? encrypted : buf_reserve(&link->in, READ_SIZE);
		size_t room = link->tls ? sizeof(encrypted) : READ_SIZE;
		ssize_t n = recv(link->fd, to, room, 0);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		if (!link->tls)
			link->in.size += (size_t)n;
		else if (!take_encrypted(link, encrypted, (size_t)n))
			return false;
		if (!handle_input(link))
			return false;
		if ((size_t)n < room)
			break;
	}

	return true;
}

static bool finish_connect(struct link *link)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
		return false;
	watch(link, EPOLLIN);
	begin_greeting(link);

	return true;
}

static void write_on(struct link *link)
{
	pthread_mutex_lock(&link->lock);
	link->blocked = false;
	flush(link);
	if (!link->blocked)
		watch(link, EPOLLIN);
	pthread_mutex_unlock(&link->lock);
}

static void handle_link(struct link *link, uint32_t events)
{
	if (link->closed) /* written on this thread only */
		return;

	if (link->state == CONNECTING) {
		if (!finish_connect(link))
			close_link(link);
		return;
	}
	if (events & EPOLLOUT)
		write_on(link);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !read_link(link))
		close_link(link);
}

static void handle_event(struct link_loop *loop, const struct epoll_event *event)
{
	struct source *source = event->data.ptr;
	uint64_t count;

	switch (source->kind) {
	case SOURCE_WAKE:
		(void)!read(loop->wake_fd, &count, sizeof(count));
		break;
	case SOURCE_LISTENER:
		accept_links((struct endpoint *)source);
		break;
	case SOURCE_LINK:
		handle_link((struct link *)source, event->events);
		break;
	}
}

static void sooner(int64_t *at_us, int64_t time_us)
{
	if (time_us < *at_us)
		*at_us = time_us;
}

/* Dials what is due, drops who does not greet; returns when to look again. */
static int64_t tend(struct link_loop *loop, int64_t now_us)
{
	int64_t next_us = now_us + MAX_SLEEP_US;

	for (struct endpoint *endpoint = loop->endpoints; endpoint; endpoint = endpoint->next) {
		if (endpoint->listens || endpoint->link)
			continue;
		if (endpoint->retry_us <= now_us)
			dial(endpoint, now_us);
		if (!endpoint->link)
			sooner(&next_us, endpoint->retry_us);
	}
	if (loop->n_greeting > 0)
		for (struct link *link = loop->links, *next; link; link = next) {
			next = link->next;
			if (link->state != OPEN && now_us - link->since_us > GREETING_US)
				close_link(link);
		}

	__atomic_store_n(&loop->wake_us, INT64_MAX, __ATOMIC_SEQ_CST);
	if (loop->handler.tick)
		sooner(&next_us, loop->handler.tick(loop->handler.user, now_us));
	__atomic_store_n(&loop->wake_us, next_us, __ATOMIC_SEQ_CST);

	return next_us;
}

/* One turn: waits for events until then, and handles them. */
static void turn(struct link_loop *loop, int64_t until_us)
{
	struct epoll_event events[MAX_EVENTS];
	int64_t left_us = until_us - clock_mono_us();
	int n = epoll_wait(loop->epoll_fd, events, MAX_EVENTS,
			   left_us > 0 ? (int)((left_us + 999) / 1000) : 0);

	for (int i = 0; i < n; i++)
		handle_event(loop, &events[i]);
	bury(loop);
}

void link_loop_turn(struct link_loop *loop)
{
	turn(loop, tend(loop, clock_mono_us()));
}

/* Whether everything was written. From now on nothing is read. */
static bool is_flushed(struct link_loop *loop)
{
	bool flushed = true;

	for (struct link *link = loop->links; link; link = link->next) {
		pthread_mutex_lock(&link->lock);
		if (link->head && link->state == OPEN)
			flushed = false;
		watch(link, link->head ? EPOLLOUT : 0);
		pthread_mutex_unlock(&link->lock);
	}

	return flushed;
}

static void *run(void *arg)
{
	struct link_loop *loop = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (!__atomic_load_n(&loop->stopping, __ATOMIC_ACQUIRE))
		link_loop_turn(loop);

	return NULL;
}

struct link_loop *link_loop_new(const struct link_handler *handler)
{
	struct link_loop *loop = alloc_zeroed(sizeof(*loop));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &loop->wake};

	loop->handler = *handler;
	loop->wake.kind = SOURCE_WAKE;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		log_die("no-files", "error=%d", errno);
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event);

	return loop;
}

void link_loop_start(struct link_loop *loop)
{
	if (pthread_create(&loop->thread, NULL, run, loop) != 0)
		log_die("no-thread", "link loop");
	loop->started = true;
}

/* Why it cannot be used, NULL when it can. */
static const char *add_endpoint(struct link_loop *loop, const char *address,
				const struct link_tls *tls, bool listens, struct endpoint **ret)
{
	struct endpoint *endpoint = alloc_zeroed(sizeof(*endpoint));

	endpoint->source.kind = SOURCE_LISTENER;
	endpoint->loop = loop;
	endpoint->listens = listens;
	endpoint->fd = -1;
	endpoint->pause_us = RETRY_MIN_US;
	if (!link_address_parse(address, &endpoint->address)) {
		free(endpoint);
		return "no address of a known form";
	}
	if (endpoint->address.tls) {
		endpoint->tls = link_tls_context_new(tls, listens);
		if (!endpoint->tls) {
			free(endpoint);
			return "a TLS file is missing or wrong";
		}
	}
	endpoint->next = loop->endpoints;
	loop->endpoints = endpoint;
	*ret = endpoint;

	return NULL;
}

const char *link_dial(struct link_loop *loop, const char *address, const struct link_tls *tls)
{
	struct endpoint *endpoint;

	assert(!loop->started);

	return add_endpoint(loop, address, tls, false, &endpoint);
}

const char *link_listen(struct link_loop *loop, const char *address, const struct link_tls *tls)
{
	struct endpoint *endpoint;
	struct epoll_event event = {.events = EPOLLIN};
	const char *why;

	assert(!loop->started);
	why = add_endpoint(loop, address, tls, true, &endpoint);
	if (why)
		return why;

	endpoint->fd = link_address_listen(&endpoint->address);
	if (endpoint->fd < 0)
		return strerrordesc_np(errno);
	event.data.ptr = &endpoint->source;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, endpoint->fd, &event);

	return NULL;
}

static void wake(struct link_loop *loop)
{
	const uint64_t one = 1;

	(void)!write(loop->wake_fd, &one, sizeof(one));
}

void link_loop_tick_at(struct link_loop *loop, int64_t time_us)
{
	if (time_us < __atomic_load_n(&loop->wake_us, __ATOMIC_SEQ_CST))
		wake(loop);
}

void link_loop_free(struct link_loop *loop, int64_t flush_us)
{
	int64_t until_us;

	if (!loop)
		return;

	if (loop->started) {
		__atomic_store_n(&loop->stopping, true, __ATOMIC_RELEASE);
		wake(loop);
		pthread_join(loop->thread, NULL);
	}
	until_us = clock_mono_us() + flush_us;
	while (!is_flushed(loop) && clock_mono_us() < until_us)
		turn(loop, until_us);
	while (loop->links)
		close_link(loop->links);
	bury(loop);

	while (loop->endpoints) {
		struct endpoint *endpoint = loop->endpoints;

		loop->endpoints = endpoint->next;
		if (endpoint->fd >= 0) {
			/* First the name, so that a successor's socket is not taken for it. */
			if (*endpoint->address.path)
				unlink(endpoint->address.path);
			close(endpoint->fd);
		}
		link_tls_context_free(endpoint->tls);
		free(endpoint);
	}
	close(loop->epoll_fd);
	close(loop->wake_fd);
	free(loop);
}
