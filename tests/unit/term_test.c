/* Terms and queries: what is compared of a text, what is sought, and that no text does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "content/text/query.h"
#include "content/text/term.h"
#include "content/text/words.h"

#define TEXTS 3000

static struct arena arena;
static struct dictionary *dictionary;
static struct folding *folding;

static void has_terms(const char *text, const char *expected)
{
	struct terms terms = terms_of(folding, &arena, text, strlen(text), 100);
	CLEANUP(buf_fini) struct buf joined = {0};
	const char *got;

	for (size_t i = 0; i < terms.count; i++)
		buf_add_format(&joined, "%s%s", i ? terms.list[i].joined ? "+" : "|" : "",
			       terms.list[i].text);
	got = joined.data ? joined.data : "";
	if (!text_equal(got, expected))
		print_error("%s\n has  %s\n not %s\n", text, got, expected);
	assert_true(text_equal(got, expected));
}

static void terms_are_stems_pairs_and_signs(void **state)
{
	(void)state;
	has_terms("社群运营 a day", "社群|群运|运营|营|a|day");
	has_terms("機器 Running RUNS", "机器|器|run|run");
	has_terms("iPhone15 v2.5 3.x", "iphon+15|v+2.5|3|x");
	has_terms("C++ C# a+b #tag", "c++|c#|a|b|tag");
	has_terms("don’t CAFÉ ＡＢ１ ½", "don't|cafe|ab+1|1|2");
	has_terms("好🎉👍🏽 ❤️", "好|🎉|👍|❤");
	has_terms("がｶﾞ 한국", "がカ|ガ|゙|한국|국");
	has_terms(" ，。!…\"'", "");
}

static void is_sought(const char *text, const char *expected)
{
	struct query query = query_of(folding, dictionary, &arena, text);
	const char *sought = query_tsquery(&query, &arena);

	if (!text_equal(sought, expected))
		print_error("%s\n is %s\n not %s\n", text, sought, expected);
	assert_true(text_equal(sought, expected));
}

static void a_query_is_groups_of_terms(void **state)
{
	(void)state;
	is_sought("社群", "('社群')");
	is_sought("西湖徒步", "('西湖') & ('徒步')");
	is_sought("活跃度", "('活跃')");
	is_sought("奖学金", "('奖学' <1> '学金')");
	is_sought("猫", "('猫':*)");
	is_sought("the cats", "('cat')");
	is_sought("the", "('the')");
	is_sought("iPhone 15 v2", "('iphon') & ('15') & ('v' <1> '2')");
	is_sought("\"a day 社群营\" x", "('a' <1> 'day' <1> '社群' <1> '群营') & ('x')");
	is_sought("\"社群 x", "('社群') & ('x')");
	is_sought("o'neil\\'&|!", "('o''neil')");
	is_sought("…", "");
}

/* Any text that is UTF-8: the numbers go on from the seed. */
static const char *any_text(uint64_t *seed, size_t *ret_size)
{
	static const utf8proc_int32_t firsts[] = {0x20,   0x20,    0x20,    0x80,
						  0x300,  0x2000,  0x3040,  0x4E00,
						  0xF900, 0x1F300, 0x20000, 0x1D400};
	CLEANUP(buf_fini) struct buf text = {0};

	for (size_t n = *seed >> 40 & 63; n > 0; n--) {
		utf8proc_uint8_t bytes[4];
		utf8proc_int32_t code;

		*seed = *seed * 6364136223846793005U + 1442695040888963407U;
		code = firsts[(*seed >> 33) % (sizeof(firsts) / sizeof(firsts[0]))] +
		       (utf8proc_int32_t)(*seed >> 40 & 0x7F);
		buf_add(&text, bytes, (size_t)utf8proc_encode_char(code, bytes));
	}
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	*ret_size = text.size;

	return arena_copy(&arena, text.data, text.size);
}

static void no_text_does_harm(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < TEXTS; i++) {
		size_t size, last = 0;
		const char *text = any_text(&seed, &size), *html;
		struct terms terms = terms_of(folding, &arena, text, size, 1000);
		struct query query = query_of(folding, dictionary, &arena, text);

		for (size_t k = 0; k < terms.count; k++) {
			const struct term *term = &terms.list[k];

			assert_true(last <= term->start && term->start < term->end);
			assert_true(term->end <= size);
			assert_true(text_is_utf8(term->text, strlen(term->text)));
			last = term->start;
		}
		html = query_mark(&query, folding, &arena, text, 20, 1000);
		assert_true(text_is_utf8(html, strlen(html)));
		assert_null(strstr(html, "<mark></mark>"));
		arena_reset(&arena);
	}
}

static void only_so_many_terms_are_taken(void **state)
{
	(void)state;
	assert_int_equal(terms_of(folding, &arena, "一二三四五", 15, 3).count, 3);
	assert_int_equal(terms_of(folding, &arena, "a b c d", 7, 3).count, 3);
	assert_int_equal(terms_of(folding, &arena, "", 0, 3).count, 0);
}

static int setup(void **state)
{
	(void)state;
	return folding_load(&folding) != STATUS_OK ||
	       dictionary_load(DICTIONARY_FOLDER, &dictionary) != STATUS_OK;
}

static int teardown(void **state)
{
	(void)state;
	dictionary_free(dictionary);
	folding_free(folding);
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_stems_pairs_and_signs),
		cmocka_unit_test(a_query_is_groups_of_terms),
		cmocka_unit_test(no_text_does_harm),
		cmocka_unit_test(only_so_many_terms_are_taken),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
