/* Filter: what is read, what is refused and where, what is met, how it is printed. */
#include "filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/call.h"
#include "base/text.h"

static const char *const roles[] = {"MEMBER", "EXPERT", "OWNER", NULL};

static const struct filter_field fields[] = {
	{"role", FILTER_WORD, roles},       {"level", FILTER_NUMBER, NULL},
	{"joined", FILTER_DATE, NULL},      {"muted", FILTER_BOOL, NULL},
	{"source", FILTER_TEXT, NULL},      {"tags", FILTER_SET, NULL},
	{"attributes.", FILTER_TEXT, NULL}, {NULL, FILTER_TEXT, NULL},
};

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

/* Somebody: an expert of level 3 who joined on 2024-02-29, tagged host and 老师, aged 30, from
 * Shanghai. He has no source. */
static enum status somebody(struct call *call, void *user, const char *name,
			    const struct filter_field *field, struct filter_values *ret)
{
	static const char *const expert[] = {"EXPERT"};
	static const char *const tags[] = {"host", "老师"};
	static const char *const age[] = {"30"};
	static const char *const city[] = {"Shanghai \"沪\" \\"};
	int *n_asked = user;
	int32_t day;

	(void)call;
	(void)field;
	if (n_asked)
		++*n_asked;
	*ret = (struct filter_values){0};
	if (text_equal(name, "role"))
		*ret = (struct filter_values){.texts = expert, .n = 1};
	else if (text_equal(name, "level"))
		*ret = (struct filter_values){.n = 1, .number = 3};
	else if (text_equal(name, "joined") && text_date("2024-02-29", &day))
		*ret = (struct filter_values){.n = 1, .number = day};
	else if (text_equal(name, "muted"))
		*ret = (struct filter_values){.n = 1};
	else if (text_equal(name, "tags"))
		*ret = (struct filter_values){.texts = tags, .n = 2};
	else if (text_equal(name, "attributes.age"))
		*ret = (struct filter_values){.texts = age, .n = 1};
	else if (text_equal(name, "attributes.城市"))
		*ret = (struct filter_values){.texts = city, .n = 1};

	return STATUS_OK;
}

static const struct filter *parsed(const char *text)
{
	const struct filter *filter = NULL;

	setup(NULL);
	if (filter_parse(&c, "filter", text, fields, &filter) != STATUS_OK)
		fail_msg("%s: %s", text, c.fault.message);

	return filter;
}

static bool met(const char *text)
{
	bool is_met;

	assert_int_equal(filter_test(&c, parsed(text), somebody, NULL, &is_met), STATUS_OK);
	return is_met;
}

static void prints(const char *text, const char *expected)
{
	assert_string_equal(filter_print(&arena, parsed(text)), expected);
	/* What is printed is read as the same. */
	assert_string_equal(filter_print(&arena, parsed(expected)), expected);
}

static void refuses(const char *text, size_t position, const char *what)
{
	const struct filter *untouched = NULL;
	char expected[600];

	setup(NULL);
	assert_int_equal(filter_parse(&c, "segment.filter", text, fields, &untouched),
			 STATUS_INVALID_ARGUMENT);
	assert_null(untouched);
	assert_string_equal(c.fault.reason, "BAD_FILTER");
	assert_string_equal(c.fault.violations->field, "segment.filter");
	snprintf(expected, sizeof(expected), "at character %zu: %s", position, what);
	assert_string_equal(c.fault.violations->description, expected);
}

static void nothing_is_met_by_everybody(void **state)
{
	(void)state;
	assert_null(parsed(""));
	assert_null(parsed(" \t\r\n"));
	assert_true(met(""));
	assert_string_equal(filter_print(&arena, NULL), "");
}

static void each_type_has_its_operators(void **state)
{
	(void)state;
	assert_true(met("role = EXPERT"));
	assert_true(met("role=\"EXPERT\""));
	assert_false(met("role = OWNER"));
	assert_true(met("role != OWNER"));
	assert_true(met("level = 3"));
	assert_true(met("level >= 3"));
	assert_true(met("level <= 3"));
	assert_false(met("level > 3"));
	assert_false(met("level < 3"));
	assert_true(met("level > -9223372036854775808"));
	assert_true(met("joined = 2024-02-29"));
	assert_true(met("joined > 2024-02-28"));
	assert_true(met("joined < 2024-03-01"));
	assert_true(met("muted = false"));
	assert_false(met("muted = true"));
	assert_true(met("tags:host"));
	assert_true(met("tags:\"老师\""));
	assert_false(met("tags:hos"));
	assert_true(met("attributes.城市:沪"));
	assert_true(met("attributes.城市 = \"Shanghai \\\"沪\\\" \\\\\""));
	assert_false(met("attributes.城市 = Shanghai"));
}

static void a_text_is_a_number_where_it_reads_as_one(void **state)
{
	(void)state;
	assert_true(met("attributes.age >= 30"));
	assert_true(met("attributes.age < 31"));
	assert_false(met("attributes.age > 30"));
	assert_true(met("attributes.age > 4")); /* not as texts are ordered */
	assert_true(met("attributes.age = 30"));
	assert_false(met("attributes.age = 030"));
	assert_false(met("attributes.城市 > 0"));
	assert_false(met("attributes.城市 <= 0"));
}

static void what_is_not_there_meets_only_negations(void **state)
{
	(void)state;
	assert_false(met("source = poster"));
	assert_true(met("source != poster"));
	assert_true(met("NOT source = poster"));
	assert_false(met("source:po"));
	assert_false(met("attributes.height < 5"));
	assert_true(met("-attributes.height < 5"));
	assert_false(met("source:*"));
	assert_true(met("NOT source:*"));
	assert_true(met("tags:* AND level:* AND role:* AND joined:* AND muted:*"));
}

static void and_binds_tighter_than_or_and_not_tightest(void **state)
{
	(void)state;
	assert_true(met("level = 3 OR level = 4 AND level = 5"));
	assert_false(met("(level = 3 OR level = 4) AND level = 5"));
	assert_true(met("NOT level = 4 AND level = 3"));
	assert_true(met("NOT (level = 4 AND level = 3)"));
	assert_false(met("NOT level = 3 OR level = 4"));
	assert_true(met("-level=4 AND -(level=5 OR level=6)"));
	assert_true(met("NOT NOT level = 3"));
	assert_false(met("NOT - NOT level = 3"));
	assert_true(met("NOT(level=4)AND(level=3)"));
}

static void the_second_side_is_asked_only_when_it_matters(void **state)
{
	bool is_met;
	int n_asked = 0;

	(void)state;
	assert_int_equal(
		filter_test(&c, parsed("level = 3 OR source = x"), somebody, &n_asked, &is_met),
		STATUS_OK);
	assert_int_equal(
		filter_test(&c, parsed("level = 4 AND source = x"), somebody, &n_asked, &is_met),
		STATUS_OK);
	assert_int_equal(n_asked, 2);
}

static enum status pending(struct call *call, void *user, const char *name,
			   const struct filter_field *field, struct filter_values *ret)
{
	(void)call;
	(void)user;
	(void)name;
	(void)field;
	(void)ret;
	return STATUS_PENDING;
}

static void what_a_lookup_says_goes_through(void **state)
{
	const char *condition;
	bool is_met;

	(void)state;
	assert_int_equal(filter_test(&c, parsed("NOT level = 3"), pending, NULL, &is_met),
			 STATUS_PENDING);
	assert_int_equal(filter_failing(&c, parsed("level = 3"), pending, NULL, &condition),
			 STATUS_PENDING);
}

static void errors_say_where_and_what(void **state)
{
	(void)state;
	refuses("level", 6, "expected =, !=, <, <=, >, >= or :, found the end");
	refuses("level 3", 7, "expected =, !=, <, <=, >, >= or :, found `3`");
	refuses("level >", 8, "expected a value, found the end");
	refuses("level == 3", 8, "expected a value, found `=`");
	refuses("level = AND", 9, "expected a value, found `AND`");
	refuses("level = three", 9, "level is compared with a whole number, not with `three`");
	refuses("level = 9223372036854775808", 9,
		"level is compared with a whole number, not with `9223372036854775808`");
	refuses("level:3", 6, "level takes =, !=, <, <=, >, >=");
	refuses("role = BOSS", 8, "role is one of MEMBER, EXPERT, OWNER, never `BOSS`");
	refuses("role < OWNER", 6, "role takes = and !=");
	refuses("tags = host", 6, "tags takes :");
	refuses("muted = yes", 9, "muted is compared with true or false, not with `yes`");
	refuses("joined = 2023-02-29", 10,
		"joined is compared with a day, YYYY-MM-DD, not with `2023-02-29`");
	refuses("source > poster", 10, "source is compared with a whole number, not with `poster`");
	refuses("colour = red", 1,
		"there is no field `colour`; there are role, level, joined, muted, source, tags, "
		"attributes.NAME");
	refuses("attributes. = red", 1,
		"there is no field `attributes.`; there are role, level, joined, muted, source, "
		"tags, attributes.NAME");
	refuses("= 3", 1, "expected a field's name, found `=`");
	refuses("level = 3 AND", 14, "expected a field's name, found the end");
	refuses("level = 3 OR OR", 14, "expected a field's name, found `OR`");
	refuses("level = 3 level = 4", 11, "expected AND, OR or the end, found `level`");
	refuses("level = 3 and level = 4", 11, "expected AND, OR or the end, found `and`");
	refuses("(level = 3", 11, "expected AND, OR or ), found the end");
	refuses("level = 3)", 10, "expected AND, OR or the end, found `)`");
	refuses("()", 2, "expected a field's name, found `)`");
	refuses("source = \"poster", 10, "this string does not end: a \" is missing");
	refuses("source = \"a\\", 12, "only \\\" and \\\\ are written with a backslash");
	refuses("source = \"a\\n\"", 12, "only \\\" and \\\\ are written with a backslash");
	/* Positions are those of characters, not of bytes. */
	refuses("tags:老师 AND tags:\"老师\" )", 23, "expected AND, OR or the end, found `)`");
	refuses("tags:x 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五", 8,
		"expected AND, OR or the end, found "
		"`一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二…`");
}

/* `n` times `before`, `text`, `n` times `after`. */
static const char *within(int n, const char *before, const char *text, const char *after)
{
	static char all[4096];
	size_t size = 0;

	for (int i = 0; i < n; i++)
		size += (size_t)snprintf(all + size, sizeof(all) - size, "%s", before);
	size += (size_t)snprintf(all + size, sizeof(all) - size, "%s", text);
	for (int i = 0; i < n; i++)
		size += (size_t)snprintf(all + size, sizeof(all) - size, "%s", after);

	return all;
}

static void depth_and_terms_are_bounded(void **state)
{
	(void)state;
	assert_true(met(within(FILTER_DEPTH_MAX, "(", "level = 3", ")")));
	refuses(within(FILTER_DEPTH_MAX + 1, "(", "level = 3", ")"), 33,
		"more than 32 parentheses and NOTs within each other");
	assert_true(met(within(FILTER_DEPTH_MAX, "NOT ", "level = 3", "")));
	refuses(within(FILTER_DEPTH_MAX + 1, "-", "level = 3", ""), 33,
		"more than 32 parentheses and NOTs within each other");
	/* One beside the other is not within the other. */
	assert_true(met(within(FILTER_TERMS_MAX - 1, "(level=4) OR ", "level = 3", "")));
	refuses(within(FILTER_TERMS_MAX, "level=4 OR ", "level=3", ""), 11 * FILTER_TERMS_MAX + 1,
		"a filter has at most 64 terms");
}

static void equal_filters_print_equal(void **state)
{
	(void)state;
	prints("role=\"EXPERT\"", "role = EXPERT");
	prints("  ( level  >=  007 )  ", "level >= 7");
	prints("source=poster", "source = \"poster\"");
	prints("source : \"a\\\"b\\\\\"", "source:\"a\\\"b\\\\\"");
	prints("tags : 老师", "tags:\"老师\"");
	prints("tags:\"*\"", "tags:\"*\"");
	prints("tags:*", "tags:*");
	prints("joined>2024-02-29", "joined > 2024-02-29");
	prints("muted = \"true\"", "muted = true");
	prints("attributes.age >= \"18\"", "attributes.age >= 18");
	prints("NOT level = 3", "level != 3");
	prints("-level != 3", "level = 3");
	prints("NOT NOT NOT level < 3", "NOT level < 3");
	prints("(level = 1 AND (level = 2 AND (level = 3)))",
	       "level = 1 AND level = 2 AND level = 3");
	prints("(level = 1 AND level = 2) OR level = 3", "level = 1 AND level = 2 OR level = 3");
	prints("(level = 1 OR level = 2) AND level = 3", "(level = 1 OR level = 2) AND level = 3");
	prints("level = 3 AND (level = 1 OR level = 2)", "level = 3 AND (level = 1 OR level = 2)");
	prints("-(level = 1 OR (level = 2))", "NOT (level = 1 OR level = 2)");
	prints("NOT (level = 1 AND (NOT level = 2))", "NOT (level = 1 AND level != 2)");
}

static void the_failing_condition_is_as_written(void **state)
{
	const char *condition;

	(void)state;
	assert_int_equal(filter_failing(&c,
					parsed("level>=3 AND ( role=OWNER OR  muted=true ) "
					       "AND level=4"),
					somebody, NULL, &condition),
			 STATUS_OK);
	assert_string_equal(condition, "( role=OWNER OR  muted=true )");
	assert_int_equal(filter_failing(&c, parsed("level>=3 AND NOT tags:host"), somebody, NULL,
					&condition),
			 STATUS_OK);
	assert_string_equal(condition, "NOT tags:host");
	assert_int_equal(
		filter_failing(&c, parsed("level>=3 AND tags:host"), somebody, NULL, &condition),
		STATUS_OK);
	assert_null(condition);
	assert_int_equal(filter_failing(&c, NULL, somebody, NULL, &condition), STATUS_OK);
	assert_null(condition);
}

static void conditions_come_as_they_are_written(void **state)
{
	size_t n;
	const struct filter **list = filter_conditions(
		&arena, parsed("level=1 AND (level=2 AND -level=3) AND (level=4)"), &n);

	(void)state;
	assert_int_equal(n, 4);
	assert_string_equal(list[0]->source, "level=1");
	assert_string_equal(list[1]->source, "level=2");
	assert_string_equal(list[2]->source, "-level=3");
	assert_string_equal(list[3]->source, "(level=4)");
	assert_null(filter_conditions(&arena, NULL, &n));
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_met_by_everybody),
		cmocka_unit_test(each_type_has_its_operators),
		cmocka_unit_test(a_text_is_a_number_where_it_reads_as_one),
		cmocka_unit_test(what_is_not_there_meets_only_negations),
		cmocka_unit_test(and_binds_tighter_than_or_and_not_tightest),
		cmocka_unit_test(the_second_side_is_asked_only_when_it_matters),
		cmocka_unit_test(what_a_lookup_says_goes_through),
		cmocka_unit_test(errors_say_where_and_what),
		cmocka_unit_test(depth_and_terms_are_bounded),
		cmocka_unit_test(equal_filters_print_equal),
		cmocka_unit_test(the_failing_condition_is_as_written),
		cmocka_unit_test(conditions_come_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
