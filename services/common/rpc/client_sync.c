/* A call that is waited for: for the command line, jobs and services. */
#include <errno.h>
#include <protobuf-c/protobuf-c.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/method.h"
#include "rpc/client.h"
#include "rpc/wire.h"

#define CONNECT_GRACE_US 1000000

/* The waiting thread sleeps until `over`, so `done` may use its arena. */
struct wait {
	struct client_call call;
	struct arena *arena;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over;
	struct client_result result;
};

static const void *copy(struct arena *arena, const void *bytes, size_t size)
{
	return size ? arena_copy(arena, bytes, size) : NULL;
}

static void on_done(struct client_call *call, const struct client_result *result)
{
	struct wait *wait = (struct wait *)call; /* its first member */

	pthread_mutex_lock(&wait->lock);
	wait->result = *result;
	wait->result.reply = copy(wait->arena, result->reply, result->reply_size);
	wait->result.details = copy(wait->arena, result->details, result->details_size);
	wait->over = true;
	pthread_cond_signal(&wait->changed);
	pthread_mutex_unlock(&wait->lock);
}

/* Until the answer, or the deadline. */
static bool wait_for(struct wait *wait)
{
	const struct timespec until = {wait->call.deadline_us / 1000000,
				       wait->call.deadline_us % 1000000 * 1000};
	bool over;
	int rv = 0;

	pthread_mutex_lock(&wait->lock);
	while (!wait->over && rv == 0)
		rv = pthread_cond_timedwait(&wait->changed, &wait->lock, &until);
	over = wait->over;
	pthread_mutex_unlock(&wait->lock);

	return over;
}

static void run(struct client *client, struct wait *wait)
{
	client_send(client, &wait->call);
	if (wait_for(wait))
		return;

	client_cancel(client, &wait->call);
	pthread_mutex_lock(&wait->lock);
	while (!wait->over)
		pthread_cond_wait(&wait->changed, &wait->lock);
	if (wait->result.status == STATUS_CANCELLED)
		wait->result.status = STATUS_DEADLINE_EXCEEDED;
	pthread_mutex_unlock(&wait->lock);
}

enum status client_call_sync(struct client *client, const struct client_call *call,
			     struct arena *arena, struct ProtobufCMessage *ret,
			     const void **ret_details, size_t *ret_details_size)
{
	struct wait wait = {.call = *call, .arena = arena};
	int64_t grace_us = clock_mono_us() + CONNECT_GRACE_US;
	const ProtobufCMessage *reply;
	pthread_condattr_t monotonic;

	wait.call.done = on_done;
	pthread_mutex_init(&wait.lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&wait.changed, &monotonic);
	pthread_condattr_destroy(&monotonic);

	client_wait_connected(client, grace_us < call->deadline_us ? grace_us : call->deadline_us);
	run(client, &wait);

	pthread_cond_destroy(&wait.changed);
	pthread_mutex_destroy(&wait.lock);

	if (wait.result.status != STATUS_OK) {
		if (ret_details) {
			*ret_details = wait.result.details;
			*ret_details_size = wait.result.details_size;
		}
		return wait.result.status;
	}
	reply = wire_unpack(arena, call->method->reply, wait.result.reply, wait.result.reply_size);
	if (!reply)
		return STATUS_INTERNAL;
	memcpy(ret, reply, call->method->reply->sizeof_message);

	return STATUS_OK;
}
