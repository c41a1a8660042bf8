/* Dates and times: every day of ten thousand years, and what is no time at all. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_day_goes_both_ways(void **state)
{
	int32_t first, last, back;
	char text[11];

	(void)state;
	assert_true(text_date("0001-01-01", &first));
	assert_true(text_date("9999-12-31", &last));
	assert_int_equal(last - first, 3652058);
	for (int32_t day = first; day <= last; day++) {
		text_from_date(day, text);
		if (!text_date(text, &back) || back != day)
			fail_msg("day %d became %s became %d", day, text, back);
	}
}

static void known_days(void **state)
{
	int32_t day;

	(void)state;
	assert_true(text_date("1970-01-01", &day));
	assert_int_equal(day, 0);
	assert_true(text_date("2000-02-29", &day));
	assert_int_equal(day, 11016);
	assert_true(text_date("1969-12-31", &day));
	assert_int_equal(day, -1);
}

static void days_that_do_not_exist_are_refused(void **state)
{
	static const char *const bad[] = {
		"",           "2023-02-29",  "1900-02-29",  "2023-00-01", "2023-13-01",
		"2023-04-31", "2023-01-00",  "0000-01-01",  "2023-1-01",  "2023-01-1",
		"2023/01/01", "2023-01-01T", "12023-01-01", "-023-01-01"};
	int32_t day = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_date(bad[i], &day));
	assert_int_equal(day, 7);
}

static void times_are_read_with_their_offset(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
		int32_t offset_s;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0, 0},
		{"1970-01-01T08:00:00+08:00", 0, 8 * 3600},
		{"1969-12-31T19:30:00.5-04:30", 500000, -(4 * 3600 + 1800)},
		{"1970-01-01 00:00:01.123456z", 1123456, 0},
		{"1970-01-01t00:00:00.123456789Z", 123456, 0},
		{"1969-12-31T23:59:60Z", 0, 0},
	};
	int32_t offset_s;
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(text_time(good[i].text, &us, &offset_s));
		assert_true(us == good[i].us);
		assert_int_equal(offset_s, good[i].offset_s);
	}
	assert_true(text_time("2026-01-02T03:04:05Z", &us, NULL));
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z",
		"1970-01-01T00:00:61Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00.1234567890Z",
		"1970-01-01T00:00:00+8:00",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00Zx",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00",
	};
	int64_t us = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_time(bad[i], &us, NULL));
	assert_true(us == 7);
}

static void times_are_written_as_short_as_they_are_exact(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} pairs[] = {
		{0, "1970-01-01T00:00:00Z"},
		{1, "1970-01-01T00:00:00.000001Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
		{1500000, "1970-01-01T00:00:01.500Z"},
		{86399999999, "1970-01-01T23:59:59.999999Z"},
		{INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
		{INT64_C(-62135596800000000), "0001-01-01T00:00:00Z"},
	};
	char text[28];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		text_from_time(pairs[i].us, text);
		assert_string_equal(text, pairs[i].text);
		assert_true(text_time(text, &us, NULL));
		assert_true(us == pairs[i].us);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_goes_both_ways),
		cmocka_unit_test(known_days),
		cmocka_unit_test(days_that_do_not_exist_are_refused),
		cmocka_unit_test(times_are_read_with_their_offset),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(times_are_written_as_short_as_they_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
