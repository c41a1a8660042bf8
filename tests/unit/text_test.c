/* Text: what is well-formed passes, what is not is refused and changes nothing. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
	static const char *const good[] = {"",
					   "plain",
					   "\xc3\xa9",
					   "\xe4\xbd\xa0",
					   "\xf0\x9f\x98\x80",
					   "\xed\x9f\xbf",
					   "\xef\xbf\xbf",
					   "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\xaf",
					  "\xc1\xbf",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xc3",
					  "\xe4\xbd",
					  "\xff",
					  "12345678\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void a_nul_anywhere_is_refused(void **state)
{
	char text[40];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'x', sizeof(text));
		assert_true(text_is_utf8(text, sizeof(text)));
		text[at] = '\0';
		assert_false(text_is_utf8(text, sizeof(text)));
		text[at] = '\x01';
		assert_true(text_is_utf8(text, sizeof(text)));
	}
}

static void length_counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(text_length(""), 0);
	assert_int_equal(text_length("a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80"), 4);
}

static void prefixes_suffixes_and_equality(void **state)
{
	(void)state;
	assert_true(text_starts("kith.member", "kith."));
	assert_false(text_starts("ki", "kith"));
	assert_true(text_ends("post_id", "_id"));
	assert_false(text_ends("id", "_id"));
	assert_true(text_equal("a", "a"));
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal("a", NULL));
	assert_false(text_equal(NULL, ""));
}

static void integers_fit_or_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "-",
					  "+1",
					  " 1",
					  "1 ",
					  "1.0",
					  "0x1",
					  "9223372036854775808",
					  "1e3",
					  "--1",
					  "-9223372036854775809"};
	int64_t value = 7;
	uint64_t positive = 7;

	(void)state;
	assert_true(text_int64("-9223372036854775808", &value));
	assert_true(value == INT64_MIN);
	assert_true(text_int64("9223372036854775807", &value));
	assert_true(value == INT64_MAX);
	assert_true(text_int64("-0", &value));
	assert_true(value == 0);
	value = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(text_int64(bad[i], &value));
		assert_true(value == 7);
	}
	assert_true(text_uint64("18446744073709551615", &positive));
	assert_true(positive == UINT64_MAX);
	assert_false(text_uint64("18446744073709551616", &positive));
	assert_false(text_uint64("-1", &positive));
}

static void doubles_are_numbers(void **state)
{
	static const char *const bad[] = {"",   "nan", "inf",   "-inf", "0x1p3",
					  " 1", "1 ",  "1e999", "."};
	double value = 0;

	(void)state;
	assert_true(text_double("-1.5e3", &value));
	assert_true(value == -1500);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_double(bad[i], &value));
	assert_true(value == -1500);
}

static void hex_goes_both_ways(void **state)
{
	uint8_t bytes[4] = {0};
	char hex[9];

	(void)state;
	text_hex("\x00\xab\x7f\xff", 4, hex);
	assert_string_equal(hex, "00ab7fff");
	assert_true(text_unhex("00AB7fff", bytes, 4));
	assert_memory_equal(bytes, "\x00\xab\x7f\xff", 4);
	assert_false(text_unhex("00AB7ff", bytes, 4));
	assert_false(text_unhex("00AB7fff0", bytes, 4));
	assert_false(text_unhex("00AB7ffg", bytes, 4));
}

static void base64_goes_both_ways(void **state)
{
	static const char *const pairs[][3] = {
		{"", "", ""},
		{"f", "Zg", "Zg=="},
		{"fo", "Zm8", "Zm8="},
		{"foo", "Zm9v", "Zm9v"},
		{"\xfb\xff\xfe", "-__-", "+//+"},
	};
	struct arena arena = {0};
	uint8_t *bytes;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t n = strlen(pairs[i][0]);

		assert_string_equal(text_base64url(&arena, pairs[i][0], n), pairs[i][1]);
		assert_string_equal(text_base64(&arena, pairs[i][0], n), pairs[i][2]);
		for (size_t k = 1; k < 3; k++) {
			bytes = text_unbase64(&arena, pairs[i][k], strlen(pairs[i][k]), &size);
			assert_non_null(bytes);
			assert_int_equal(size, n);
			assert_memory_equal(bytes, pairs[i][0], n);
		}
	}
	assert_null(text_unbase64(&arena, "A", 1, &size));
	assert_null(text_unbase64(&arena, "A===", 4, &size));
	assert_null(text_unbase64(&arena, "Zm9v!", 5, &size));
	assert_null(text_unbase64(&arena, "Z m9", 4, &size));
	arena_fini(&arena);
}

static void secrets_are_compared_whole(void **state)
{
	(void)state;
	assert_true(text_same_secret("abc", "abc", 3));
	assert_false(text_same_secret("abc", "abd", 3));
	assert_false(text_same_secret("xbc", "abc", 3));
	assert_true(text_same_secret("a", "b", 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(a_nul_anywhere_is_refused),
		cmocka_unit_test(length_counts_code_points),
		cmocka_unit_test(prefixes_suffixes_and_equality),
		cmocka_unit_test(integers_fit_or_are_refused),
		cmocka_unit_test(doubles_are_numbers),
		cmocka_unit_test(hex_goes_both_ways),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(secrets_are_compared_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
