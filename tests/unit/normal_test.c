/* The normal form: what looks different is the same, and where it stood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "content/text/link.h"
#include "content/text/normal.h"
#include "content/text/term.h"

static struct arena arena;
static struct folding *folding;

static void becomes(const char *text, const char *expected)
{
	struct normal normal = normal_of(folding, &arena, text, strlen(text));

	if (!text_equal(normal.text, expected))
		print_error("%s\n became   %s\n expected %s\n", text, normal.text, expected);
	assert_true(text_equal(normal.text, expected));
	assert_int_equal(normal.size, strlen(expected));
}

static void width_case_and_script_do_not_count(void **state)
{
	static const struct {
		const char *text, *normal;
	} table[] = {
		{"Hello World", "hello world"},
		{"ＨＥＬＬＯ　１２３", "hello 123"},
		{"微信", "微信"},
		{"繁體中文", "繁体中文"},
		{"發財", "发财"},
		{"臺灣", "台湾"},
		{"裡面後來", "里面后来"},
		{"ⅷ ① ㎏", "viii 1 kg"},
		{"Ｖ信", "v信"},
		{"Crème Brûlée", "creme brulee"},
		{"ΣΊΣΥΦΟΣ", "σισυφοσ"},
		{"", ""},
		{"！？。", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		becomes(table[i].text, table[i].normal);
}

static void what_is_put_between_signs_is_taken_out(void **state)
{
	(void)state;
	becomes("加 微 信", "加微信");
	becomes("加*微-信~", "加微信");
	becomes("微\xE2\x80\x8B信\xEF\xBB\xBF", "微信");
	becomes("微💥信", "微信");
	becomes("加 V 信 abc", "加v信abc");
	becomes("v i a g r a now", "viagra now");
	becomes("v.i.a.g.r.a", "viagra");
	becomes("1 3 8 0 0", "13800");
	becomes("a b or c", "a b or c");
	becomes("x y z", "xyz");
	becomes("电话1 3 8 0号", "电话1380号");
	becomes("buy   now", "buy now");
}

static void a_sign_knows_where_it_stood(void **state)
{
	const char *text = "我 微*信";
	struct normal normal = normal_of(folding, &arena, text, strlen(text));

	(void)state;
	assert_true(text_equal(normal.text, "我微信"));
	assert_int_equal(normal.starts[0], 0);
	assert_int_equal(normal.starts[3], 4);
	assert_int_equal(normal.starts[6], 8);
	assert_int_equal(normal.starts[9], 11);
	assert_int_equal(normal.gaps[3], GAP_SIGNS);
	normal = normal_of(folding, &arena, "好。信", 9);
	assert_int_equal(normal.gaps[3], GAP_STOP);
}

static void bytes_that_are_no_text_are_gaps(void **state)
{
	(void)state;
	becomes("a\xFF\xFE"
		"b",
		"a b");
	becomes("微\xE5信", "微信");
}

static void counts(const char *text, size_t expected)
{
	struct links links = links_of(text, strlen(text));

	if (links.count != expected)
		print_error("%s has %zu links\n", text, links.count);
	assert_int_equal(links.count, expected);
}

static void links_are_addresses_and_nothing_else(void **state)
{
	(void)state;
	counts("see https://kith.example/a?b=1 and http://x.y", 2);
	counts("www.kith.example", 1);
	counts("去example.com看看", 1);
	counts("bit.ly/3abc", 1);
	counts("[x](https://kith.example)", 1);
	counts("ann@example.com", 0);
	counts("node.js, README.md, v1.29.3, e.g. this... and obj.method()", 0);
	counts("java.io and std::vector", 0);
	counts("第1.2节。完", 0);
	assert_true(links_of("t.cn/A6x", 8).hides);
	assert_false(links_of("example.com/a", 13).hides);
}

static int load(void **state)
{
	(void)state;

	return folding_load(&folding) == STATUS_OK ? 0 : -1;
}

static int give_back(void **state)
{
	(void)state;
	folding_free(folding);
	arena_fini(&arena);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width_case_and_script_do_not_count),
		cmocka_unit_test(what_is_put_between_signs_is_taken_out),
		cmocka_unit_test(a_sign_knows_where_it_stood),
		cmocka_unit_test(bytes_that_are_no_text_are_gaps),
		cmocka_unit_test(links_are_addresses_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, load, give_back);
}
