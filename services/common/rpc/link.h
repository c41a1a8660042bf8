/* Connections that carry messages: nng's wire protocol for req/rep over ipc://, tcp://, tls+tcp://
 * and inproc://, so that any nng socket in any language can be the other side.
 *
 * A loop dials, listens, reads and closes; the thread that turns it calls the handlers. Messages
 * are written by the thread that sends them, as far as the socket takes them at once. */
#ifndef KITH_RPC_LINK_H
#define KITH_RPC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct link;
struct link_loop;

#define LINK_MAX_HOPS 8 /* words of a route: one, and one more a device that nng put between */

/* Where a request came from and its reply must go: words in the byte order of the wire. */
struct link_route {
	unsigned n;
	uint32_t words[LINK_MAX_HOPS];
};

/* A message to be sent; `payload` is `size` bytes, filled by the caller. */
struct link_frame {
	struct link_frame *next;
	size_t size;
	uint8_t *payload;
	const uint8_t *at; /* the link's own: what is not yet written */
	size_t left;
};

struct link_frame *link_frame_new(size_t size) MUST_USE;
void link_frame_free(struct link_frame *frame); /* accepts NULL */

enum link_side { LINK_REQ, LINK_REP };

struct link_handler {
	enum link_side side;
	size_t max_message; /* a peer that sends more is disconnected */
	/* All on the thread that turns the loop. The bytes live until `received` returns. */
	void (*opened)(void *user, struct link *link);
	void (*received)(void *user, struct link *link, const struct link_route *route,
			 const void *bytes, size_t size);
	void (*closed)(void *user, struct link *link); /* only after `opened` */
	/* Called whenever the loop wakes, at the latest at the monotonic time it returned before.
	 * May be NULL. */
	int64_t (*tick)(void *user, int64_t now_us);
	void *user;
};

/* Files in PEM form, used for tls+tcp:// only; NULL or "" for none. With a `ca` a server demands a
 * certificate of it; a client always checks the server's name and certificate, against the
 * system's authorities when it has no `ca`. */
struct link_tls {
	const char *ca, *cert, *key;
};

/* `handler` is copied. After dialling and listening, either the loop gets a thread of its own by
 * link_loop_start, or threads that agree among themselves turn it, one at a time: a turn waits for
 * what happens next, for a second at most, and handles it. */
struct link_loop *link_loop_new(const struct link_handler *handler);
void link_loop_start(struct link_loop *loop);
void link_loop_turn(struct link_loop *loop);

/* Both return NULL or, in words, what is wrong. Dialling goes on in the background for ever. */
const char *link_dial(struct link_loop *loop, const char *address,
		      const struct link_tls *tls) MUST_USE;
const char *link_listen(struct link_loop *loop, const char *address,
			const struct link_tls *tls) MUST_USE;

/* Makes the loop tick no later than that time. Any thread; costs nothing when it would anyway. */
void link_loop_tick_at(struct link_loop *loop, int64_t time_us);

/* Writes out what is unsent, for at most `flush_us`, then closes all: `closed` runs for every open
 * link. Accepts NULL. */
void link_loop_free(struct link_loop *loop, int64_t flush_us);

/* Any thread. Takes the frame, whatever comes of it; false when the link is closed already. What
 * the peer does not read in the end makes the link close. */
bool link_send(struct link *link, const struct link_route *route, struct link_frame *frame);

/* A link lives as long as someone holds it; the loop does while it is connected. */
struct link *link_ref(struct link *link);
void link_unref(struct link *link); /* accepts NULL */

#endif
