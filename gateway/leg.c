/* One call from the gateway to a service and its way back to the loop's thread, with retries. */
#include "leg.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/method.h"
#include "state.h"

#define MAX_ATTEMPTS     3
#define RETRY_FIRST_US   10000 /* doubles with each attempt; half of it is drawn by lot */
#define THROTTLE_TOKENS  100.0 /* a failure takes one, a success gives back a tenth; */
#define THROTTLE_PER_OK  0.1   /* below half there are no retries */
#define KEPT_BUFFER_SIZE 65536

static void attempt(struct leg *leg);

static void retry(struct timer *timer)
{
	attempt((struct leg *)((char *)timer - offsetof(struct leg, retry)));
}

static bool wants_retry(struct leg *leg)
{
	struct gateway *g = leg->gateway;
	int64_t wait_us = RETRY_FIRST_US << (leg->attempts - 1);

	if (leg->status == STATUS_UNAVAILABLE) {
		if (g->retry_tokens >= 1)
			g->retry_tokens -= 1;
	} else if (g->retry_tokens < THROTTLE_TOKENS) {
		g->retry_tokens += THROTTLE_PER_OK;
	}

	if (leg->status != STATUS_UNAVAILABLE || !leg->may_retry || leg->cancelled || g->stopping ||
	    leg->attempts >= MAX_ATTEMPTS || g->retry_tokens < THROTTLE_TOKENS / 2)
		return false;

	wait_us = wait_us / 2 + (int64_t)(gateway_random(g) % (uint64_t)(wait_us / 2));
	if (g->loop.now_us + wait_us >= leg->call.deadline_us)
		return false;

	leg->retry.fire = retry;
	loop_timer_set(&g->loop, &leg->retry, g->loop.now_us + wait_us);
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
