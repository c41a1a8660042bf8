/* Call: the first fault stays, violations gather, the new id is one. */
#include "base/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"

static struct arena arena;
static struct call c;

static int setup(void **state)
{
	(void)state;
	arena_reset(&arena);
	c = (struct call){.arena = &arena, .request_id = "", .traceparent = ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void the_first_fault_stays(void **state)
{
	(void)state;
	assert_int_equal(call_fail(&c, STATUS_RESOURCE_EXHAUSTED, "COMMUNITY_FULL", "%d seats", 3),
			 STATUS_RESOURCE_EXHAUSTED);
	assert_int_equal(call_fail(&c, STATUS_INTERNAL, "LATER", "later"), STATUS_INTERNAL);
	assert_string_equal(c.fault.reason, "COMMUNITY_FULL");
	assert_string_equal(c.fault.message, "3 seats");
}

static void violations_gather_in_order(void **state)
{
	(void)state;
	assert_int_equal(call_violation(&c, "name", "must not be empty"), STATUS_INVALID_ARGUMENT);
	assert_int_equal(call_violation(&c, "items[3].at", "is %s", "late"),
			 STATUS_INVALID_ARGUMENT);
	assert_string_equal(c.fault.violations->field, "name");
	assert_string_equal(c.fault.violations->next->field, "items[3].at");
	assert_string_equal(c.fault.violations->next->description, "is late");
	assert_null(c.fault.violations->next->next);
	assert_string_equal(c.fault.reason, "INVALID_FIELD");
}

static void a_request_may_be_wrong_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(call_violation(&c, "", "is no JSON"), STATUS_INVALID_ARGUMENT);
	assert_string_equal(c.fault.message, "the request is no JSON");
}

static void facts_are_copied(void **state)
{
	char value[] = "100";

	(void)state;
	call_fact(&c, "capacity", value);
	call_fact(&c, "count", "100");
	memset(value, 'x', 3);
	assert_string_equal(c.fault.metadata->value, "100");
	assert_string_equal(c.fault.metadata->next->key, "count");
}

static void a_retry_says_when(void **state)
{
	(void)state;
	assert_int_equal(call_retry(&c, STATUS_UNAVAILABLE, "OVERLOADED", 1500),
			 STATUS_UNAVAILABLE);
	assert_int_equal(c.fault.retry_after_us, 1500);
	assert_string_equal(c.fault.reason, "OVERLOADED");
}

static void a_forgiven_call_has_no_fault(void **state)
{
	(void)state;
	call_violation(&c, "name", "bad");
	call_fact(&c, "a", "b");
	call_forgive(&c);
	assert_null(c.fault.message);
	assert_null(c.fault.violations);
	assert_null(c.fault.metadata);
}

static void the_new_id_is_the_same_each_time(void **state)
{
	const char *id = call_new_id(&c);

	(void)state;
	assert_true(id_is_valid(id));
	assert_ptr_equal(call_new_id(&c), id);
}

static void what_is_left_is_never_negative(void **state)
{
	(void)state;
	c.deadline_us = clock_mono_us() - 5;
	assert_int_equal(call_left_us(&c), 0);
	c.deadline_us = clock_mono_us() + 60000000;
	assert_true(call_left_us(&c) > 0 && call_left_us(&c) <= 60000000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_fault_stays, setup),
		cmocka_unit_test_setup(violations_gather_in_order, setup),
		cmocka_unit_test_setup(a_request_may_be_wrong_as_a_whole, setup),
		cmocka_unit_test_setup(facts_are_copied, setup),
		cmocka_unit_test_setup(a_retry_says_when, setup),
		cmocka_unit_test_setup(a_forgiven_call_has_no_fault, setup),
		cmocka_unit_test_setup(the_new_id_is_the_same_each_time, setup),
		cmocka_unit_test_setup_teardown(what_is_left_is_never_negative, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
