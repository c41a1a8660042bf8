/* One call from the gateway to a service and its way back to the loop's thread, with retries. */
#include "leg.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/method.h"
#include "state.h"

#define RETRY_FIRST_US  10000  /* doubles with each attempt up to */
#define RETRY_WIDEST_US 250000 /* this; half of it is drawn by lot */
#define RETRY_LONGEST_US                                                                           \
	5000000               /* after the first attempt: a service that restarts is back by then */
#define MAX_RETRYING     1024 /* calls at a time: what is more fails at once, as a throttle */
#define KEPT_BUFFER_SIZE 65536

static void attempt(struct leg *leg);

static void retry(struct timer *timer)
{
	struct leg *leg = (struct leg *)((char *)timer - offsetof(struct leg, retry));

	leg->gateway->n_retrying--;
	attempt(leg);
}

static bool wants_retry(struct leg *leg)
{
	struct gateway *g = leg->gateway;
	unsigned doublings = leg->attempts < 6 ? leg->attempts - 1 : 5;
	int64_t wait_us = RETRY_FIRST_US << doublings, at_us;

	if (leg->status != STATUS_UNAVAILABLE || !leg->may_retry || leg->cancelled || g->stopping ||
	    g->n_retrying >= MAX_RETRYING)
		return false;

	if (wait_us > RETRY_WIDEST_US)
		wait_us = RETRY_WIDEST_US;
	at_us = g->loop.now_us + wait_us / 2 +
		(int64_t)(gateway_random(g) % (uint64_t)(wait_us / 2));
	if (at_us >= leg->call.deadline_us || at_us >= leg->start_us + RETRY_LONGEST_US)
		return false;

	g->n_retrying++;
	leg->retry.fire = retry;
	loop_timer_set(&g->loop, &leg->retry, at_us);
	return true;
}

static void finish(struct leg *leg)
{
	leg->in_flight = false;
	leg->done(leg);
}

/* On the loop's thread. */
static void deliver(struct mail *mail)
{
	struct leg *leg = (struct leg *)((char *)mail - offsetof(struct leg, mail));

	if (!wants_retry(leg))
		finish(leg);
}

/* On a thread of nng. */
static void receive(struct client_call *call, const struct client_result *result)
{
	struct leg *leg = (struct leg *)((char *)call - offsetof(struct leg, call));

	leg->status = result->status;
	leg->message[0] = '\0';
	buf_clear(&leg->result);
	if (result->status == STATUS_OK)
		buf_add(&leg->result, result->reply, result->reply_size);
	else if (result->details_size > 0)
		buf_add(&leg->result, result->details, result->details_size);
	else if (result->message != NULL)
		snprintf(leg->message, sizeof(leg->message), "%s", result->message);

	leg->mail.deliver = deliver;
	loop_post(&leg->gateway->loop, &leg->mail);
}

static void attempt(struct leg *leg)
{
	leg->attempts++;
	leg->call.done = receive;
	client_send(leg->client, &leg->call);
}

void leg_start(struct gateway *g, struct leg *leg, struct client *client)
{
	assert(!leg->in_flight);

	leg->gateway = g;
	leg->client = client;
	leg->attempts = 0;
	leg->start_us = g->loop.now_us;
	leg->cancelled = false;
	leg->in_flight = true;
	attempt(leg);
}

void leg_cancel(struct leg *leg)
{
	if (!leg->in_flight || leg->cancelled)
		return;

	leg->cancelled = true;
	if (leg->retry.place != 0) {
		loop_timer_clear(&leg->gateway->loop, &leg->retry);
		leg->gateway->n_retrying--;
		leg->status = STATUS_CANCELLED;
		finish(leg);
	} else {
		client_cancel(leg->client, &leg->call);
	}
}

void leg_reset(struct leg *leg)
{
	struct buf request = leg->request, result = leg->result;

	assert(!leg->in_flight);
	if (request.capacity > KEPT_BUFFER_SIZE)
		buf_fini(&request);
	if (result.capacity > KEPT_BUFFER_SIZE)
		buf_fini(&result);
	buf_clear(&request);
	buf_clear(&result);
	*leg = (struct leg){.request = request, .result = result};
}

void leg_fini(struct leg *leg)
{
	assert(!leg->in_flight);
	buf_fini(&leg->request);
	buf_fini(&leg->result);
}
