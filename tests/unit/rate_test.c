/* Shares and their intervals, against values known from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rate.h"

/* Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17,
 * 1998, table I, method 3. */
static void matches_published_intervals(void **state)
{
	static const struct {
		int count, n;
		double low, high;
	} known[] = {
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0.0000, 0.1611},
		{1, 29, 0.0061, 0.1718},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct rate rate = rate_of(known[i].count, known[i].n);

		assert_float_equal((float)rate.low, (float)known[i].low, 0.00005);
		assert_float_equal((float)rate.high, (float)known[i].high, 0.00005);
	}
}

static void nothing_of_nothing_says_nothing(void **state)
{
	struct rate rate = rate_of(0, 0);

	(void)state;
	assert_true(rate.insufficient);
	assert_float_equal((float)rate.share, 0.0f, 0);
	assert_float_equal((float)rate.low, 0.0f, 0);
	assert_float_equal((float)rate.high, 1.0f, 0);
}

static void few_are_insufficient(void **state)
{
	(void)state;
	assert_true(rate_of(1, RATE_MIN_N - 1).insufficient);
	assert_false(rate_of(1, RATE_MIN_N).insufficient);
}

static void holds_the_share_and_stays_within_bounds(void **state)
{
	(void)state;
	for (int n = 1; n < 200; n++) {
		for (int count = 0; count <= n; count++) {
			struct rate rate = rate_of(count, n);

			assert_true(rate.low >= 0 && rate.low <= rate.share);
			assert_true(rate.high <= 1 && rate.high >= rate.share);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_published_intervals),
		cmocka_unit_test(nothing_of_nothing_says_nothing),
		cmocka_unit_test(few_are_insufficient),
		cmocka_unit_test(holds_the_share_and_stays_within_bounds),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
