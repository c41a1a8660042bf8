/* Client and server together, over every transport: batches, bounds, loss, replicas. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/method.h"
#include "google/rpc/status.pb-c.h"
#include "kith/envelope.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "kith_methods.h"
#include "rpc/peers.h"
#include "rpc/wire.h"
#include "rpc_fixture.h"

static void expect_echo(struct suite *s, struct fixture_call *call, const char *notice)
{
	const Member__Community *reply;

	assert_int_equal(fixture_await(call), STATUS_OK);
	reply = (const void *)wire_unpack(&s->arena, &member__community__descriptor,
					  call->reply.data, call->reply.size);
	assert_non_null(reply);
	assert_string_equal(reply->notice, notice);
}

static void echo_over(struct suite *s, const char *address, const struct server_options *server_tls,
		      const struct client_options *client_tls)
{
	struct fixture_service *service = fixture_serve(address, 2, "member", server_tls);
	struct client *client = fixture_client(address, client_tls);
	struct fixture_call *calls[100];

	for (int i = 0; i < 100; i++) {
		calls[i] = fixture_call_new(i % 2 ? "odd" : "even");
		client_send(client, &calls[i]->call);
	}
	for (int i = 0; i < 100; i++) {
		expect_echo(s, calls[i], i % 2 ? "odd" : "even");
		fixture_call_free(calls[i]);
	}
	client_free(client);
	fixture_stop(service);
}

static void it_works_within_a_process(void **state)
{
	echo_over(*state, "inproc://rpc_test", NULL, NULL);
}

static void it_works_on_one_host(void **state)
{
	struct suite *s = *state;

	echo_over(s, s->address, NULL, NULL);
}

static void tcp_address(char *to, size_t size, const char *scheme)
{
	/* A port of this process' own, out of the range that the kernel gives away. */
	snprintf(to, size, "%s://127.0.0.1:%d", scheme, 20000 + (int)getpid() % 10000);
}

static void it_works_between_hosts(void **state)
{
	char address[64];

	tcp_address(address, sizeof(address), "tcp");
	echo_over(*state, address, NULL, NULL);
}

static void it_works_over_tls_with_certificates_on_both_sides(void **state)
{
	struct suite *s = *state;
	char command[512], cert[64], key[64], address[64];

	snprintf(cert, sizeof(cert), "%s/cert.pem", s->folder);
	snprintf(key, sizeof(key), "%s/key.pem", s->folder);
	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 "
		 "-addext basicConstraints=critical,CA:TRUE "
		 "-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
		 key, cert);
	assert_int_equal(system(command), 0);
	tcp_address(address, sizeof(address), "tls+tcp");
	echo_over(s, address,
		  &(struct server_options){.tls_cert = cert, .tls_key = key, .tls_ca = cert},
		  &(struct client_options){.tls_cert = cert, .tls_key = key, .tls_ca = cert});
	unlink(cert);
	unlink(key);
}

static void the_service_sees_what_the_client_said(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("x");
	const Member__Community *reply;

	call->call.request_id = "write-1";
	call->call.traceparent = "00-trace";
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_OK);
	reply = (const void *)wire_unpack(&s->arena, &member__community__descriptor,
					  call->reply.data, call->reply.size);
	assert_string_equal(reply->slug, "write-1");
	assert_string_equal(reply->name, "00-trace");
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

/* While one batch is out, what comes waits and leaves together. */
static void calls_that_wait_leave_together(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 4, "member", NULL);
	struct client *client = fixture_client(s->address, &(struct client_options){.window = 1});
	struct fixture_call *first = fixture_call_new("wait"), *calls[40];
	struct client_stats stats;

	client_send(client, &first->call);
	fixture_await_waiting(service, 1);
	for (int i = 0; i < 40; i++) {
		calls[i] = fixture_call_new(i == 7 ? "fail" : "x");
		client_send(client, &calls[i]->call);
	}
	client_get_stats(client, &stats);
	assert_int_equal(stats.waiting, 40);
	fixture_release(service);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(fixture_await(calls[i]), i == 7 ? STATUS_NOT_FOUND : STATUS_OK);
		fixture_call_free(calls[i]);
	}
	assert_int_equal(fixture_await(first), STATUS_OK);
	fixture_call_free(first);
	client_get_stats(client, &stats);
	assert_int_equal(stats.batches, 2);
	assert_int_equal(stats.calls, 41);
	assert_int_equal(service->largest_batch, 40);
	client_free(client);
	fixture_stop(service);
}

/* One hot row must not hold up a whole method. */
static void a_batch_that_hangs_lets_others_pass(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 4, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *first = fixture_call_new("wait");
	int64_t sent_us = clock_mono_us();

	client_send(client, &first->call);
	fixture_await_waiting(service, 1);
	while (clock_mono_us() - sent_us < 3000)
		;
	fixture_send(client, "x", STATUS_OK);
	fixture_release(service);
	assert_int_equal(fixture_await(first), STATUS_OK);
	fixture_call_free(first);
	client_free(client);
	fixture_stop(service);
}

static void many_waiting_calls_do_not_wait_for_the_first(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 4, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *first = fixture_call_new("wait"), *calls[32];

	client_send(client, &first->call);
	for (int i = 0; i < 32; i++) {
		calls[i] = fixture_call_new("x");
		client_send(client, &calls[i]->call);
	}
	for (int i = 0; i < 32; i++) {
		assert_int_equal(fixture_await(calls[i]), STATUS_OK);
		fixture_call_free(calls[i]);
	}
	fixture_release(service);
	assert_int_equal(fixture_await(first), STATUS_OK);
	fixture_call_free(first);
	client_free(client);
	fixture_stop(service);
}

static const struct method *slow_method(void)
{
	for (size_t i = 0; i < kith_methods_count; i++)
		if (kith_methods[i].slow && strcmp(kith_methods[i].service, "evaluation") == 0)
			return &kith_methods[i];

	return NULL;
}

static void slow_methods_travel_alone_and_in_parallel(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 4, "evaluation", NULL);
	struct client *client =
		fixture_client(s->address, &(struct client_options){.slow_window = 3});
	const struct method *method = slow_method();
	Evaluation__RecomputeRequest request = EVALUATION__RECOMPUTE_REQUEST__INIT;
	struct fixture_call *calls[5];

	assert_non_null(method);
	request.community_id = "018f4e2a-7b3c-7def-8123-456789abcdef";
	assert_ptr_equal(method->request, request.base.descriptor);
	for (int i = 0; i < 5; i++) {
		calls[i] = fixture_call_of(method, &request.base);
		client_send(client, &calls[i]->call);
	}
	fixture_await_waiting(service, 3);
	fixture_release(service);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fixture_await(calls[i]), STATUS_OK);
		fixture_call_free(calls[i]);
	}
	assert_int_equal(service->largest_batch, 1);
	assert_int_equal(service->n_batches, 5);
	client_free(client);
	fixture_stop(service);
}

static void past_the_bounds_calls_are_refused_at_once(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client =
		fixture_client(s->address, &(struct client_options){.window = 1, .max_waiting = 3});
	struct fixture_call *calls[4];
	struct client_stats stats;

	for (int i = 0; i < 4; i++) {
		calls[i] = fixture_call_new("wait");
		client_send(client, &calls[i]->call);
	}
	fixture_send(client, "x", STATUS_UNAVAILABLE);
	client_get_stats(client, &stats);
	assert_int_equal(stats.refused, 1);
	fixture_release(service);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(fixture_await(calls[i]), STATUS_OK);
		fixture_call_free(calls[i]);
	}
	client_free(client);
	fixture_stop(service);
}

static void without_a_service_calls_fail_at_once(void **state)
{
	struct suite *s = *state;
	const char *const addresses[] = {s->address, NULL};
	struct client *client = client_new(&(struct client_options){.addresses = addresses});

	fixture_send(client, "x", STATUS_UNAVAILABLE);
	client_free(client);
}

/* A service that takes a request and dies before it answers. */
static void a_service_that_dies_fails_what_is_out(void **state)
{
	struct suite *s = *state;
	struct fixture_call *call = fixture_call_new("x");
	int64_t sent_us = clock_mono_us();
	struct client *client;
	nng_socket socket;
	nng_msg *msg;

	assert_int_equal(nng_rep0_open(&socket), 0);
	assert_int_equal(nng_listen(socket, s->address, NULL, 0), 0);
	client = fixture_client(s->address, NULL);
	client_send(client, &call->call);
	assert_int_equal(nng_recvmsg(socket, &msg, 0), 0);
	nng_msg_free(msg);
	nng_close(socket);
	assert_int_equal(fixture_await(call), STATUS_UNAVAILABLE);
	assert_true(clock_mono_us() - sent_us < FIXTURE_TIMEOUT_US / 2);
	fixture_call_free(call);
	client_free(client);
}

static void a_client_finds_its_service_again(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);

	for (int i = 0; i < 3; i++) {
		enum status status;

		fixture_send(client, "x", STATUS_OK);
		fixture_stop(service);
		fixture_send(client, "x", STATUS_UNAVAILABLE);
		service = fixture_serve(s->address, 1, "member", NULL);
		do {
			struct fixture_call *call = fixture_call_new("x");

			client_wait_connected(client, clock_mono_us() + FIXTURE_TIMEOUT_US);
			client_send(client, &call->call);
			status = fixture_await(call);
			fixture_call_free(call);
		} while (status == STATUS_UNAVAILABLE);
		assert_int_equal(status, STATUS_OK);
	}
	client_free(client);
	fixture_stop(service);
}

static void several_replicas_share_the_calls(void **state)
{
	struct suite *s = *state;
	char other[80];
	const char *const addresses[] = {s->address, other, NULL};
	struct fixture_service *one, *two;
	struct client *client;
	unsigned served;

	snprintf(other, sizeof(other), "%s2", s->address);
	one = fixture_serve(s->address, 1, "member", NULL);
	two = fixture_serve(other, 1, "member", NULL);
	client = client_new(&(struct client_options){.addresses = addresses});
	assert_true(client_wait_connected(client, clock_mono_us() + FIXTURE_TIMEOUT_US));
	for (int i = 0; i < 10000 && (!one->n_calls || !two->n_calls); i++)
		fixture_send(client, "x", STATUS_OK);
	assert_true(one->n_calls > 0 && two->n_calls > 0);

	/* One goes, perhaps with a call: the other serves on. */
	fixture_stop(one);
	served = two->n_calls;
	while (two->n_calls < served + 10) {
		struct fixture_call *call = fixture_call_new("x");

		client_send(client, &call->call);
		fixture_await(call);
		fixture_call_free(call);
	}
	client_free(client);
	fixture_stop(two);
}

/* A replica that hangs, as under SIGSTOP or behind a dead line, costs one deadline, not half of all
 * calls. */
static void a_replica_that_hangs_is_left_alone(void **state)
{
	struct suite *s = *state;
	char other[80];
	const char *const addresses[] = {s->address, other, NULL};
	struct fixture_service *service;
	struct client *client;
	unsigned n_late = 0;
	nng_socket socket;

	snprintf(other, sizeof(other), "%s2", s->address);
	assert_int_equal(nng_rep0_open(&socket), 0);
	assert_int_equal(nng_listen(socket, s->address, NULL, 0), 0);
	client = client_new(&(struct client_options){.addresses = addresses});
	assert_true(client_wait_connected(client, clock_mono_us() + FIXTURE_TIMEOUT_US));
	service = fixture_serve(other, 1, "member", NULL);
	while (service->n_calls < 50) {
		struct fixture_call *call = fixture_call_new("x");

		call->call.deadline_us = clock_mono_us() + 200000;
		client_send(client, &call->call);
		n_late += fixture_await(call) == STATUS_DEADLINE_EXCEEDED;
		fixture_call_free(call);
	}
	/* Some before the good one was connected, then one. */
	assert_in_range(n_late, 1, 10);
	client_free(client);
	fixture_stop(service);
	nng_close(socket);
}

static void failures_keep_their_place(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("x");
	Member__CreateCommunityRequest empty = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;

	fixture_send(client, "swell", STATUS_RESOURCE_EXHAUSTED);
	fixture_send(client, "forget", STATUS_INTERNAL);

	call->call.caller_size--;
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_UNAUTHENTICATED);
	fixture_call_free(call);

	call = fixture_call_of(method_member_create_community, &empty.base);
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_INVALID_ARGUMENT);
	assert_true(call->details.size > 0);
	fixture_call_free(call);

	call = fixture_call_new("x");
	call->call.request = "\xff\xff";
	call->call.request_size = 2;
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_INVALID_ARGUMENT);
	fixture_call_free(call);

	call = fixture_call_new("x");
	call->call.method = slow_method(); /* of another service */
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_UNIMPLEMENTED);
	fixture_call_free(call);

	client_free(client);
	fixture_stop(service);
}

static enum status check_health(struct suite *s, struct client *client,
				const Ops__CheckHealthResponse **ret)
{
	Ops__CheckHealthRequest request = OPS__CHECK_HEALTH_REQUEST__INIT;
	struct fixture_call *call = fixture_call_of(method_ops_check_health, &request.base);
	enum status status;

	client_send(client, &call->call);
	status = fixture_await(call);
	if (status == STATUS_OK)
		*ret = (const void *)wire_unpack(&s->arena, &ops__check_health_response__descriptor,
						 call->reply.data, call->reply.size);
	fixture_call_free(call);

	return status;
}

static void health_is_told_while_all_workers_are_busy(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("wait");
	const Ops__CheckHealthResponse *health;

	client_send(client, &call->call);
	fixture_await_waiting(service, 1);
	assert_int_equal(check_health(s, client, &health), STATUS_OK);
	assert_true(health->serving);
	assert_string_equal(health->version, KITH_VERSION);
	service->unhealthy = "no database";
	assert_int_equal(check_health(s, client, &health), STATUS_OK);
	assert_false(health->serving);
	assert_string_equal(health->reason, "no database");
	fixture_release(service);
	assert_int_equal(fixture_await(call), STATUS_OK);
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

static void metrics_are_for_services_only(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	Ops__GetMetricsRequest request = OPS__GET_METRICS_REQUEST__INIT;
	struct fixture_call *call = fixture_call_of(method_ops_get_metrics, &request.base);
	const Ops__GetMetricsResponse *reply;

	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_OK);
	reply = (const void *)wire_unpack(&s->arena, &ops__get_metrics_response__descriptor,
					  call->reply.data, call->reply.size);
	assert_string_equal(reply->text, "kith_up 1\n");
	fixture_call_free(call);

	call = fixture_call_of(method_ops_get_metrics, &request.base);
	buf_clear(&call->caller);
	access_sign(&(struct caller){.kind = CALLER_PLATFORM, .id = "k", .scopes = SCOPE_READ},
		    clock_wall_us() / 1000 + 60000, fixture_secret, &call->caller);
	call->call.caller = call->caller.data;
	call->call.caller_size = call->caller.size;
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_PERMISSION_DENIED);
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

static void a_draining_server_finishes_and_takes_nothing_new(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 2, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("wait");
	const Ops__CheckHealthResponse *health;
	int64_t sent_us = clock_mono_us();

	client_send(client, &call->call);
	fixture_await_waiting(service, 1);
	server_drain(service->server);
	while (clock_mono_us() - sent_us < 3000)
		;
	fixture_send(client, "x", STATUS_UNAVAILABLE);
	assert_int_equal(check_health(s, client, &health), STATUS_OK);
	assert_false(health->serving);
	fixture_release(service);
	assert_int_equal(fixture_await(call), STATUS_OK);
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

/* Any nng client's view: one message there, one back. */
static const Kith__Reply *exchange(struct suite *s, const void *bytes, size_t size)
{
	nng_socket socket;
	nng_msg *msg;
	const Kith__Reply *reply;

	assert_int_equal(nng_req0_open(&socket), 0);
	assert_int_equal(nng_dial(socket, s->address, NULL, 0), 0);
	assert_int_equal(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 5000), 0);
	assert_int_equal(nng_msg_alloc(&msg, 0), 0);
	assert_int_equal(nng_msg_append(msg, bytes, size), 0);
	assert_int_equal(nng_sendmsg(socket, msg, 0), 0);
	assert_int_equal(nng_recvmsg(socket, &msg, 0), 0);
	reply = (const void *)wire_unpack(&s->arena, &kith__reply__descriptor, nng_msg_body(msg),
					  nng_msg_len(msg));
	assert_non_null(reply);
	nng_msg_free(msg);
	nng_close(socket);

	return reply;
}

static void a_foreign_client_gets_an_answer_to_everything(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	const Kith__Reply *reply;
	char *calls = malloc(4000);

	reply = exchange(s, "\xff\xff\xff", 3);
	assert_int_equal(reply->n_results, 1);
	assert_int_equal(reply->results[0]->code, STATUS_INVALID_ARGUMENT);

	reply = exchange(s, "\x12\x00\x12\x00\x12\x7f", 6); /* two calls, one cut off */
	assert_int_equal(reply->n_results, 2);
	assert_int_equal(reply->results[1]->code, STATUS_INVALID_ARGUMENT);

	reply = exchange(s, "\x0a\x03x/Y\x12\x00\x12\x00", 9);
	assert_int_equal(reply->n_results, 2);
	assert_int_equal(reply->results[0]->code, STATUS_UNIMPLEMENTED);

	reply = exchange(s, "", 0); /* no calls, no results */
	assert_int_equal(reply->n_results, 0);

	for (int i = 0; i < 2000; i++)
		memcpy(calls + 2 * i, "\x12", 2); /* more than a batch may hold */
	reply = exchange(s, calls, 4000);
	assert_int_equal(reply->n_results, 1);
	assert_int_equal(reply->results[0]->code, STATUS_INVALID_ARGUMENT);
	free(calls);
	fixture_stop(service);
}

static void a_waited_for_call_fills_the_reply(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("x");
	Member__Community reply = MEMBER__COMMUNITY__INIT;
	const void *details;
	size_t details_size;

	assert_int_equal(client_call_sync(client, &call->call, &s->arena, &reply.base, NULL, NULL),
			 STATUS_OK);
	assert_string_equal(reply.notice, "x");
	fixture_call_free(call);

	call = fixture_call_new("fail");
	assert_int_equal(client_call_sync(client, &call->call, &s->arena, &reply.base, &details,
					  &details_size),
			 STATUS_NOT_FOUND);
	assert_string_equal(((const Rpc__Status *)wire_unpack(&s->arena, &rpc__status__descriptor,
							      details, details_size))
				    ->message,
			    "no thing");
	fixture_call_free(call);

	call = fixture_call_new("wait");
	call->call.deadline_us = clock_mono_us() + 30000;
	assert_int_equal(client_call_sync(client, &call->call, &s->arena, &reply.base, NULL, NULL),
			 STATUS_DEADLINE_EXCEEDED);
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

static void a_peers_failure_becomes_the_calls_own(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct peers peers = {.list = {{"member", fixture_client(s->address, NULL)}},
			      .n = 1,
			      .secret = fixture_secret,
			      .self = "content"};
	struct call c = {.arena = &s->arena,
			 .request_id = "",
			 .traceparent = "",
			 .deadline_us = clock_mono_us() + FIXTURE_TIMEOUT_US,
			 .peers = &peers};
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT, reply = MEMBER__COMMUNITY__INIT;

	request.community = &community;
	community.notice = "x";
	assert_int_equal(peers_call(&c, method_member_create_community, &request.base, &reply.base),
			 STATUS_OK);
	assert_string_equal(reply.notice, "x");
	assert_int_equal(strlen(reply.slug), 36); /* a write is given a request id */

	community.notice = "fail";
	assert_int_equal(peers_call(&c, method_member_create_community, &request.base, &reply.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(c.fault.reason, "THING_NOT_FOUND");
	assert_string_equal(c.fault.message, "no thing");

	call_forgive(&c);
	assert_int_equal(peers_call(&c, slow_method(), &request.base, &reply.base),
			 STATUS_UNAVAILABLE);
	client_free(peers.list[0].client);
	fixture_stop(service);
}

static void a_taken_address_is_said(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	const char *const addresses[] = {s->address, NULL};
	struct server *server = NULL;
	const struct server_options options = {.addresses = addresses,
					       .n_workers = 1,
					       .process = "member",
					       .secret = fixture_secret};

	assert_int_equal(server_start(&options, &server), STATUS_UNAVAILABLE);
	assert_null(server);
	fixture_stop(service);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_works_within_a_process),
		TEST(it_works_on_one_host),
		TEST(it_works_between_hosts),
		TEST(it_works_over_tls_with_certificates_on_both_sides),
		TEST(the_service_sees_what_the_client_said),
		TEST(calls_that_wait_leave_together),
		TEST(a_batch_that_hangs_lets_others_pass),
		TEST(many_waiting_calls_do_not_wait_for_the_first),
		TEST(slow_methods_travel_alone_and_in_parallel),
		TEST(past_the_bounds_calls_are_refused_at_once),
		TEST(without_a_service_calls_fail_at_once),
		TEST(a_service_that_dies_fails_what_is_out),
		TEST(a_client_finds_its_service_again),
		TEST(several_replicas_share_the_calls),
		TEST(a_replica_that_hangs_is_left_alone),
		TEST(failures_keep_their_place),
		TEST(health_is_told_while_all_workers_are_busy),
		TEST(metrics_are_for_services_only),
		TEST(a_draining_server_finishes_and_takes_nothing_new),
		TEST(a_foreign_client_gets_an_answer_to_everything),
		TEST(a_waited_for_call_fills_the_reply),
		TEST(a_peers_failure_becomes_the_calls_own),
		TEST(a_taken_address_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
