/* Limits: a burst, then the rate; one does not take from another. */
#include "limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "exchange.h"

#define SECOND INT64_C(1000000)

static void a_burst_then_the_rate(void **state)
{
	struct limit *limit = limit_new(2, 3, 7);
	uint8_t ann[16] = "ann", bob[16] = "bob";
	struct allowance left = {0};
	int64_t wait_us = 0, now_us = SECOND;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(limit_take(limit, ann, now_us, &left, &wait_us));
		assert_int_equal(left.remaining, 2 - i);
	}
	assert_int_equal(left.limit, 3);
	assert_false(limit_take(limit, ann, now_us, &left, &wait_us));
	assert_in_range(wait_us, SECOND / 2, SECOND / 2 + 10);
	assert_int_equal(left.reset_s, 2);
	assert_true(limit_take(limit, bob, now_us, &left, &wait_us));
	assert_true(limit_take(limit, ann, now_us + wait_us, &left, &wait_us));
	assert_false(limit_take(limit, ann, now_us + SECOND / 2 + 10, &left, &wait_us));
	limit_free(limit);
}

static void no_rate_is_no_limit(void **state)
{
	struct allowance left = {0};
	int64_t wait_us;

	(void)state;
	assert_null(limit_new(0, 5, 7));
	for (int i = 0; i < 1000; i++)
		assert_true(limit_take(NULL, (uint8_t[16]){1}, 1, &left, &wait_us));
	assert_int_equal(left.limit, 0);
}

static void many_addresses_never_refuse_a_newcomer(void **state)
{
	struct limit *limit = limit_new(1, 1, 7);
	struct allowance left = {0};
	int64_t wait_us;

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		uint8_t who[16] = {0};

		memcpy(who + 12, &i, sizeof(i));
		assert_true(limit_take(limit, who, SECOND + i, &left, &wait_us));
	}
	limit_free(limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_then_the_rate),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(many_addresses_never_refuse_a_newcomer),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
