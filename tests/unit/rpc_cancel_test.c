/* Calls that nobody waits for any more: deadlines, cancellation, a client that closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "rpc_fixture.h"

static void a_deadline_passes_in_flight(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("wait");

	call->call.deadline_us = clock_mono_us() + 50000;
	client_send(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_DEADLINE_EXCEEDED);
	fixture_call_free(call);
	/* The watchdog gave the worker back. */
	fixture_send(client, "x", STATUS_OK);
	assert_true(service->n_interrupts > 0);
	client_free(client);
	fixture_stop(service);
}

static void a_deadline_passes_while_waiting(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, &(struct client_options){.window = 1});
	struct fixture_call *first = fixture_call_new("wait"), *second = fixture_call_new("x");
	struct fixture_call *late = fixture_call_new("x");

	late->call.deadline_us = clock_mono_us() - 1;
	client_send(client, &late->call);
	assert_int_equal(fixture_await(late), STATUS_DEADLINE_EXCEEDED);

	second->call.deadline_us = clock_mono_us() + 20000;
	client_send(client, &first->call);
	client_send(client, &second->call);
	while (clock_mono_us() <= second->call.deadline_us)
		;
	fixture_release(service);
	assert_int_equal(fixture_await(second), STATUS_DEADLINE_EXCEEDED);
	assert_int_equal(fixture_await(first), STATUS_OK);
	assert_int_equal(service->n_calls, 1);
	fixture_call_free(first);
	fixture_call_free(second);
	fixture_call_free(late);
	client_free(client);
	fixture_stop(service);
}

static void a_cancelled_call_that_waits_is_not_sent(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, &(struct client_options){.window = 1});
	struct fixture_call *first = fixture_call_new("wait"), *second = fixture_call_new("x");

	client_send(client, &first->call);
	client_send(client, &second->call);
	client_cancel(client, &second->call);
	assert_int_equal(fixture_await(second), STATUS_CANCELLED);
	fixture_release(service);
	assert_int_equal(fixture_await(first), STATUS_OK);
	client_cancel(client, &first->call); /* too late: nothing happens */
	assert_int_equal(service->n_calls, 1);
	fixture_call_free(first);
	fixture_call_free(second);
	client_free(client);
	fixture_stop(service);
}

static void a_cancelled_call_interrupts_the_worker(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, NULL);
	struct fixture_call *call = fixture_call_new("wait");

	client_send(client, &call->call);
	fixture_await_waiting(service, 1);
	client_cancel(client, &call->call);
	assert_int_equal(fixture_await(call), STATUS_CANCELLED);
	fixture_send(client, "x", STATUS_OK); /* on the only worker */
	assert_int_equal(service->n_interrupts, 1);
	fixture_call_free(call);
	client_free(client);
	fixture_stop(service);
}

static void one_cancelled_call_does_not_stop_its_batch(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 2, "member", NULL);
	struct client *client = fixture_client(s->address, &(struct client_options){.window = 1});
	struct fixture_call *first = fixture_call_new("x"), *calls[3];

	/* Two of one batch: they wait behind the first. */
	client_send(client, &first->call);
	for (int i = 0; i < 3; i++) {
		calls[i] = fixture_call_new("wait");
		client_send(client, &calls[i]->call);
	}
	assert_int_equal(fixture_await(first), STATUS_OK);
	fixture_await_waiting(service, 1);
	client_cancel(client, &calls[1]->call);
	assert_int_equal(fixture_await(calls[1]), STATUS_CANCELLED);
	fixture_release(service);
	assert_int_equal(fixture_await(calls[0]), STATUS_OK);
	assert_int_equal(fixture_await(calls[2]), STATUS_OK);
	assert_int_equal(service->n_interrupts, 0);
	for (int i = 0; i < 3; i++)
		fixture_call_free(calls[i]);
	fixture_call_free(first);
	client_free(client);
	fixture_stop(service);
}

static void closing_the_client_fails_what_is_out(void **state)
{
	struct suite *s = *state;
	struct fixture_service *service = fixture_serve(s->address, 1, "member", NULL);
	struct client *client = fixture_client(s->address, &(struct client_options){.window = 1});
	struct fixture_call *first = fixture_call_new("wait"), *second = fixture_call_new("x");

	client_send(client, &first->call);
	client_send(client, &second->call);
	fixture_await_waiting(service, 1);
	client_free(client);
	assert_true(first->over && second->over);
	assert_int_equal(first->status, STATUS_UNAVAILABLE);
	assert_int_equal(second->status, STATUS_UNAVAILABLE);
	fixture_call_free(first);
	fixture_call_free(second);
	fixture_stop(service);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_deadline_passes_in_flight),
		TEST(a_deadline_passes_while_waiting),
		TEST(a_cancelled_call_that_waits_is_not_sent),
		TEST(a_cancelled_call_interrupts_the_worker),
		TEST(one_cancelled_call_does_not_stop_its_batch),
		TEST(closing_the_client_fails_what_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
