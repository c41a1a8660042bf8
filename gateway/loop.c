/* The one thread that does all the edge's work: sockets, timers, and mail from other threads. */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define EVENTS_PER_ROUND 256

void loop_deliver(struct loop *loop)
{
	struct mail *mail = atomic_exchange(&loop->mail, NULL), *oldest = NULL;

	while (mail != NULL) {
		struct mail *next = mail->next;

		mail->next = oldest;
		oldest = mail;
		mail = next;
	}
	while (oldest != NULL) {
		struct mail *next = oldest->next;

		oldest->deliver(oldest);
		oldest = next;
	}
}

static void woken(struct watch *watch, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)watch - offsetof(struct loop, wake));
	uint64_t count;

	(void)events;
	/* Emptied before the list is taken: who posts after that wakes the loop again. */
	if (read(watch->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_die("loop-wake", "eventfd errno=%d", errno);
	loop_deliver(loop);
}

enum status loop_init(struct loop *loop)
{
	*loop = (struct loop){
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.wake = {.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .ready = woken}};
	if (loop->epoll_fd < 0 || loop->wake.fd < 0)
		return STATUS_RESOURCE_EXHAUSTED;

	loop->now_us = clock_mono_us();
	loop->wall_us = clock_wall_us();
	return loop_watch(loop, &loop->wake, EPOLLIN);
}

void loop_fini(struct loop *loop)
{
	if (loop->epoll_fd > 0)
		close(loop->epoll_fd);
	if (loop->wake.fd > 0)
		close(loop->wake.fd);
	free(loop->timers);
	*loop = (struct loop){0};
}

static int control(struct loop *loop, int what, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll_fd, what, watch->fd, &event);
}

enum status loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events) == 0 ? STATUS_OK
								: STATUS_RESOURCE_EXHAUSTED;
}

void loop_watch_change(struct loop *loop, struct watch *watch, uint32_t events)
{
	if (control(loop, EPOLL_CTL_MOD, watch, events) != 0)
		log_die("loop-change", "fd=%d errno=%d", watch->fd, errno);
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
	if (control(loop, EPOLL_CTL_DEL, watch, 0) != 0)
		log_die("loop-unwatch", "fd=%d errno=%d", watch->fd, errno);
}

static void put_timer(struct loop *loop, size_t place, struct timer *timer)
{
	loop->timers[place - 1] = timer;
	timer->place = place;
}

static void sift_up(struct loop *loop, struct timer *timer, size_t place)
{
	while (place > 1 && loop->timers[place / 2 - 1]->due_us > timer->due_us) {
		put_timer(loop, place, loop->timers[place / 2 - 1]);
		place /= 2;
	}
	put_timer(loop, place, timer);
}

static void sift_down(struct loop *loop, struct timer *timer, size_t place)
{
	for (;;) {
		size_t child = 2 * place;

		if (child > loop->n_timers)
			break;
		if (child < loop->n_timers &&
		    loop->timers[child]->due_us < loop->timers[child - 1]->due_us)
			child++;
		if (loop->timers[child - 1]->due_us >= timer->due_us)
			break;
		put_timer(loop, place, loop->timers[child - 1]);
		place = child;
	}
	put_timer(loop, place, timer);
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us)
{
	loop_timer_clear(loop, timer);
	if (loop->n_timers == loop->timers_capacity) {
		loop->timers_capacity = loop->timers_capacity == 0 ? 64 : 2 * loop->timers_capacity;
		loop->timers =
			realloc(loop->timers, loop->timers_capacity * sizeof(struct timer *));
		if (loop->timers == NULL)
			log_die("no-memory", "timers=%zu", loop->timers_capacity);
	}
	timer->due_us = due_us;
	loop->n_timers++;
	sift_up(loop, timer, loop->n_timers);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (place == 0)
		return;

	timer->place = 0;
	last = loop->timers[--loop->n_timers];
	if (last == timer)
		return;
	if (place > 1 && loop->timers[place / 2 - 1]->due_us > last->due_us)
		sift_up(loop, last, place);
	else
		sift_down(loop, last, place);
}

static void fire_timers(struct loop *loop)
{
	while (loop->n_timers > 0 && loop->timers[0]->due_us <= loop->now_us) {
		struct timer *timer = loop->timers[0];

		loop_timer_clear(loop, timer);
		timer->fire(timer);
	}
}

void loop_post(struct loop *loop, struct mail *mail)
{
	struct mail *before = atomic_load(&loop->mail);

	do
		mail->next = before;
	while (!atomic_compare_exchange_weak(&loop->mail, &before, mail));

	/* Who finds mail already there knows that its poster wakes the loop. */
	if (before == NULL && write(loop->wake.fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		log_die("loop-wake", "eventfd errno=%d", errno);
}

static int wait_ms(const struct loop *loop)
{
	int64_t left_us;

	if (loop->n_timers == 0)
		return -1;
	left_us = loop->timers[0]->due_us - clock_mono_us();
	if (left_us <= 0)
		return 0;
	return left_us > 60000000 ? 60000 : (int)((left_us + 999) / 1000);
}

void loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_ROUND];

	while (!atomic_load(&loop->stopping)) {
		int n = epoll_wait(loop->epoll_fd, events, EVENTS_PER_ROUND, wait_ms(loop));

		if (n < 0 && errno != EINTR)
			log_die("loop-wait", "errno=%d", errno);
		loop->now_us = clock_mono_us();
		loop->wall_us = clock_wall_us();
		for (int i = 0; i < n; i++) {
			struct watch *watch = events[i].data.ptr;

			watch->ready(watch, events[i].events);
		}
		fire_timers(loop);
		if (loop->round_end != NULL)
			loop->round_end(loop->user);
	}
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopping, true);
	if (write(loop->wake.fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		log_die("loop-wake", "eventfd errno=%d", errno);
}
