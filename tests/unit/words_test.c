/* Words: what is one in Chinese and elsewhere, where it stands, and that no text does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "content/text/words.h"

static struct arena arena;
static struct dictionary *dictionary;

static void divides(const char *text, const char *expected)
{
	struct words words = words_of(dictionary, &arena, text, strlen(text));
	CLEANUP(buf_fini) struct buf joined = {0};

	for (size_t i = 0; i < words.count; i++)
		buf_add_format(&joined, "%s%s", i ? "|" : "", words.list[i].text);
	if (!text_equal(joined.data ? joined.data : "", expected))
		print_error("%s\n became  %s\n expected %s\n", text, joined.data, expected);
	assert_true(text_equal(joined.data ? joined.data : "", expected));
}

static void chinese_is_divided_as_people_read_it(void **state)
{
	(void)state;
	divides("研究生命起源", "研究|生命|起源");
	divides("今天我们组织一次徒步活动", "今天|我们|组织|一次|徒步|活动");
	divides("在公交车站集合", "在|公交|车站|集合");
	divides("大家在西湖边集合", "大家|在|西湖|边|集合");
	divides("社区里的朋友们", "社区|里|的|朋友们");
}

static void other_scripts_are_divided_where_no_letter_stands(void **state)
{
	(void)state;
	divides("Hello, World! C3PO", "hello|world|c3po");
	divides("ÉCOLE Привет", "école|привет");
	divides("用Kubernetes部署，v1.29", "用|kubernetes|部署|v1|29");
	divides("", "");
	divides(" ，。!…", "");
}

static void a_word_says_where_it_stands(void **state)
{
	const char *text = "Über西湖";
	struct words words = words_of(dictionary, &arena, text, strlen(text));

	(void)state;
	assert_int_equal(words.count, 2);
	assert_int_equal(words.list[0].start, 0);
	assert_int_equal(words.list[0].end, 5);
	assert_int_equal(words.list[1].start, 5);
	assert_int_equal(words.list[1].end, 11);
	assert_int_equal(words.list[1].size, 6);
}

/* A cheap generator, the same each time. */
static void any_bytes_are_a_text(void **state)
{
	uint32_t seed = 1;
	char bytes[512];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (char)(round % 2 ? seed >> 24 : 0xE4 + (seed >> 30));
		}

		struct words words = words_of(dictionary, &arena, bytes, sizeof(bytes));
		size_t end = 0;

		for (size_t i = 0; i < words.count; i++) {
			assert_true(words.list[i].start >= end);
			assert_true(words.list[i].end > words.list[i].start);
			end = words.list[i].end;
		}
		assert_true(end <= sizeof(bytes));
		arena_reset(&arena);
	}
}

static void a_missing_dictionary_is_said(void **state)
{
	struct dictionary *none = NULL;

	(void)state;
	assert_int_equal(dictionary_load("/nonexistent/", &none), STATUS_FAILED_PRECONDITION);
	assert_null(none);
}

static int load(void **state)
{
	(void)state;

	return dictionary_load(DICTIONARY_FOLDER, &dictionary) == STATUS_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	dictionary_free(dictionary);
	arena_fini(&arena);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chinese_is_divided_as_people_read_it),
		cmocka_unit_test(other_scripts_are_divided_where_no_letter_stands),
		cmocka_unit_test(a_word_says_where_it_stands),
		cmocka_unit_test(any_bytes_are_a_text),
		cmocka_unit_test(a_missing_dictionary_is_said),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
