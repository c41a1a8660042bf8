/* A service and its clients for the tests of the road. */
#include "rpc_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/method.h"
#include "kith_methods.h"
#include "rpc/wire.h"

const uint8_t fixture_secret[ACCESS_SECRET_SIZE] = "of the tests";

static void wait_for_release(struct fixture_service *service, unsigned worker)
{
	pthread_mutex_lock(&service->lock);
	service->n_waiting++;
	pthread_cond_broadcast(&service->changed);
	while (!service->released && !service->interrupted[worker])
		pthread_cond_wait(&service->changed, &service->lock);
	service->n_waiting--;
	pthread_mutex_unlock(&service->lock);
}

static enum status answer(struct fixture_service *service, unsigned worker,
			  struct server_call *call)
{
	const Member__CreateCommunityRequest *request = (const void *)call->request;
	Member__Community *reply = (Member__Community *)call->reply;
	const char *notice;

	if (call->call.method != method_member_create_community) {
		wait_for_release(service, worker);
		return STATUS_OK;
	}

	notice = request->community->notice;
	if (strcmp(notice, "wait") == 0) {
		wait_for_release(service, worker);
		if (call_left_us(&call->call) == 0)
			return STATUS_DEADLINE_EXCEEDED;
	}
	if (strcmp(notice, "fail") == 0)
		return call_fail(&call->call, STATUS_NOT_FOUND, "THING_NOT_FOUND", "no thing");
	if (strcmp(notice, "swell") == 0) {
		char *text = arena_alloc(call->call.arena, WIRE_MAX_MESSAGE + 1);

		memset(text, 'x', WIRE_MAX_MESSAGE);
		reply->notice = text;
		return STATUS_OK;
	}
	if (strcmp(notice, "forget") == 0)
		return STATUS_PENDING;
	reply->notice = notice;
	reply->slug = call->call.request_id;
	reply->name = call->call.traceparent;

	return STATUS_OK;
}

static void serve(void *user, unsigned worker, const struct method *method,
		  struct server_call *calls, size_t n)
{
	struct fixture_service *service = user;

	(void)method;
	pthread_mutex_lock(&service->lock);
	service->interrupted[worker] = false;
	service->n_batches++;
	service->n_calls += (unsigned)n;
	if (n > service->largest_batch)
		service->largest_batch = n;
	pthread_mutex_unlock(&service->lock);
	for (size_t i = 0; i < n; i++)
		if (calls[i].status == STATUS_PENDING)
			calls[i].status = answer(service, worker, &calls[i]);
}

static void interrupt(void *user, unsigned worker)
{
	struct fixture_service *service = user;

	pthread_mutex_lock(&service->lock);
	service->n_interrupts++;
	service->interrupted[worker] = true;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->lock);
}

static void write_metrics(void *user, struct buf *to)
{
	(void)user;
	buf_add_string(to, "kith_up 1\n");
}

static const char *why_unhealthy(void *user)
{
	return ((struct fixture_service *)user)->unhealthy;
}

struct fixture_service *fixture_serve(const char *address, unsigned n_workers, const char *process,
				      const struct server_options *tls)
{
	const char *const addresses[] = {address, NULL};
	struct fixture_service *service = calloc(1, sizeof(*service));
	struct server_options options = {
		.addresses = addresses,
		.n_workers = n_workers,
		.process = process,
		.secret = fixture_secret,
		.default_timeout_us = FIXTURE_TIMEOUT_US,
		.serve = serve,
		.interrupt = interrupt,
		.metrics = write_metrics,
		.unhealthy = why_unhealthy,
		.user = service,
	};

	if (tls) {
		options.tls_cert = tls->tls_cert;
		options.tls_key = tls->tls_key;
		options.tls_ca = tls->tls_ca;
	}
	pthread_mutex_init(&service->lock, NULL);
	pthread_cond_init(&service->changed, NULL);
	assert_int_equal(server_start(&options, &service->server), STATUS_OK);

	return service;
}

void fixture_stop(struct fixture_service *service)
{
	fixture_release(service);
	server_free(service->server);
	pthread_mutex_destroy(&service->lock);
	pthread_cond_destroy(&service->changed);
	free(service);
}

void fixture_await_waiting(struct fixture_service *service, unsigned n)
{
	pthread_mutex_lock(&service->lock);
	while (service->n_waiting < n)
		pthread_cond_wait(&service->changed, &service->lock);
	pthread_mutex_unlock(&service->lock);
}

void fixture_release(struct fixture_service *service)
{
	pthread_mutex_lock(&service->lock);
	service->released = true;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->lock);
}

static void on_done(struct client_call *client_call, const struct client_result *result)
{
	struct fixture_call *call = (struct fixture_call *)client_call;

	pthread_mutex_lock(&call->lock);
	if (call->over)
		abort(); /* done must run once */
	call->over = true;
	call->status = result->status;
	buf_add(&call->reply, result->reply, result->reply_size);
	buf_add(&call->details, result->details, result->details_size);
	pthread_cond_signal(&call->changed);
	pthread_mutex_unlock(&call->lock);
}

struct fixture_call *fixture_call_of(const struct method *method,
				     const struct ProtobufCMessage *request)
{
	struct fixture_call *call = calloc(1, sizeof(*call));

	wire_encode(request, &call->request);
	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = "test"},
		    clock_wall_us() / 1000 + 60000, fixture_secret, &call->caller);
	pthread_mutex_init(&call->lock, NULL);
	pthread_cond_init(&call->changed, NULL);
	call->call = (struct client_call){
		.method = method,
		.request = call->request.data,
		.request_size = call->request.size,
		.caller = call->caller.data,
		.caller_size = call->caller.size,
		.request_id = "",
		.traceparent = "",
		.deadline_us = clock_mono_us() + FIXTURE_TIMEOUT_US,
		.done = on_done,
	};

	return call;
}

struct fixture_call *fixture_call_new(const char *notice)
{
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	community.notice = notice;
	request.community = &community;

	return fixture_call_of(method_member_create_community, &request.base);
}

void fixture_call_free(struct fixture_call *call)
{
	buf_fini(&call->request);
	buf_fini(&call->caller);
	buf_fini(&call->reply);
	buf_fini(&call->details);
	pthread_mutex_destroy(&call->lock);
	pthread_cond_destroy(&call->changed);
	free(call);
}

enum status fixture_await(struct fixture_call *call)
{
	enum status status;

	pthread_mutex_lock(&call->lock);
	while (!call->over)
		pthread_cond_wait(&call->changed, &call->lock);
	status = call->status;
	pthread_mutex_unlock(&call->lock);

	return status;
}

struct client *fixture_client(const char *address, const struct client_options *options)
{
	const char *const addresses[] = {address, NULL};
	struct client_options with_address = options ? *options : (struct client_options){0};
	struct client *client;

	with_address.addresses = addresses;
	client = client_new(&with_address);
	assert_true(client_wait_connected(client, clock_mono_us() + FIXTURE_TIMEOUT_US));

	return client;
}

int fixture_set_up(void **state)
{
	struct suite *s = calloc(1, sizeof(*s));

	snprintf(s->folder, sizeof(s->folder), "/tmp/rpc_test.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->address, sizeof(s->address), "ipc://%s/socket", s->folder);
	*state = s;

	return 0;
}

int fixture_tear_down(void **state)
{
	struct suite *s = *state;

	rmdir(s->folder);
	arena_fini(&s->arena);
	free(s);

	return 0;
}

void fixture_send(struct client *client, const char *notice, enum status status)
{
	struct fixture_call *call = fixture_call_new(notice);

	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), status);
	fixture_call_free(call);
}
