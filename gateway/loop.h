/* The one thread that does all the edge's work: sockets, timers, and mail from other threads.
 *
 * Everything here belongs to the loop's thread, but loop_post and loop_stop, which any thread may
 * call. */
#ifndef KITH_GATEWAY_LOOP_H
#define KITH_GATEWAY_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

/* Embedded in what owns the descriptor. */
struct watch {
	int fd;
	void (*ready)(struct watch *watch, uint32_t events); /* EPOLLIN, EPOLLOUT … */
};

/* Embedded in what waits; all zeroes is a timer that is not set. */
struct timer {
	int64_t due_us;
	size_t place; /* in the heap, from 1; 0: not set */
	void (*fire)(struct timer *timer);
};

/* Embedded in what comes from another thread. */
struct mail {
	struct mail *next;
	void (*deliver)(struct mail *mail);
};

struct loop {
	int epoll_fd;
	struct watch wake; /* an eventfd: there is mail */
	_Atomic(struct mail *) mail;
	atomic_bool stopping;
	struct timer **timers; /* a heap by due_us */
	size_t n_timers, timers_capacity;
	int64_t now_us; /* monotonic; read once a round */
	int64_t wall_us;
	/* Runs at the end of each round: what the round has made is sent in one go. */
	void (*round_end)(void *user);
	void *user;
};

enum status loop_init(struct loop *loop) MUST_USE;
void loop_fini(struct loop *loop);

enum status loop_watch(struct loop *loop, struct watch *watch, uint32_t events) MUST_USE;
/* Before the descriptor is closed: a child between fork and exec may still hold a copy of it, and
 * epoll would go on telling of it. */
void loop_unwatch(struct loop *loop, struct watch *watch);
void loop_watch_change(struct loop *loop, struct watch *watch, uint32_t events);

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us);
void loop_timer_clear(struct loop *loop, struct timer *timer);

void loop_post(struct loop *loop, struct mail *mail);

/* Hands over the mail that is there. loop_run does it by itself. */
void loop_deliver(struct loop *loop);

/* Works until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
