/* Lines of an interchange file: what is taken, and what is said about what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "line.h"

static struct arena arena;

static enum status parse(const char *text, struct line *line, struct line_fault *fault)
{
	*fault = (struct line_fault){"", ""};
	return line_parse(&arena, text, strlen(text), line, fault);
}

static void expect_refused(const char *text, const char *field, const char *reason)
{
	struct line line;
	struct line_fault fault;

	assert_int_equal(parse(text, &line, &fault), STATUS_INVALID_ARGUMENT);
	assert_string_equal(fault.field, field);
	if (strstr(fault.reason, reason) == NULL)
		fail_msg("'%s' does not say '%s'", fault.reason, reason);
}

static void post_is_read_with_its_offset(void **state)
{
	struct line line;
	struct line_fault fault;

	(void)state;
	assert_int_equal(
		parse("{\"type\":\"post\",\"community\":\"c\",\"id\":\"1\",\"author\":\"ann\","
		      "\"at\":\"2024-05-01T19:30:00+08:00\",\"kind\":\"QUESTION\",\"text\":"
		      "\"怎么办\"}",
		      &line, &fault),
		STATUS_OK);
	assert_int_equal(line.type, LINE_POST);
	assert_string_equal(line.person, "ann");
	assert_string_equal(line.text, "怎么办");
	assert_string_equal(line.title, "");
	assert_int_equal(line.kind, 6);
	assert_int_equal(line.at_us, INT64_C(1714563000000000));
	assert_int_equal(line.end_us, LINE_NO_TIME);
}

static void unknown_fields_and_null_are_ignored(void **state)
{
	struct line line;
	struct line_fault fault;

	(void)state;
	assert_int_equal(parse("{\"type\":\"community\",\"id\":\"c\",\"colour\":\"red\","
			       "\"name\":null,\"deep\":{\"a\":[{}]}}",
			       &line, &fault),
			 STATUS_OK);
	assert_string_equal(line.community, "c");
	assert_string_equal(line.name, "");
}

static void states_of_the_outside_are_the_contracts(void **state)
{
	static const struct {
		const char *word;
		int32_t number;
	} cases[] = {{"HELD", 5}, {"PLANNED", 2}, {"CANCELLED", 6}, {"OPEN", 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct line line;
		struct line_fault fault;
		const char *text =
			arena_printf(&arena,
				     "{\"type\":\"event\",\"community\":\"c\",\"id\":\"e\","
				     "\"starts_at\":\"2024-05-01T19:30:00Z\",\"state\":\"%s\"}",
				     cases[i].word);

		assert_int_equal(parse(text, &line, &fault), STATUS_OK);
		assert_int_equal(line.state, cases[i].number);
	}
}

static void what_is_no_line_says_why(void **state)
{
	(void)state;
	expect_refused("", "", "no JSON");
	expect_refused("{\"type\":\"post\"", "", "no JSON");
	expect_refused("[]", "", "no JSON object");
	expect_refused("{\"type\":\"post\"} {}", "", "no JSON");
	expect_refused("{}", "type", "is missing");
	expect_refused("{\"type\":7}", "type", "is missing");
	expect_refused("{\"type\":\"poem\"}", "type", "none that is known");
	expect_refused("\xff", "", "no JSON");
}

static void wrong_field_is_named(void **state)
{
	(void)state;
	expect_refused("{\"type\":\"community\"}", "id", "is missing");
	expect_refused("{\"type\":\"community\",\"id\":\"\"}", "id", "must not be empty");
	expect_refused("{\"type\":\"community\",\"id\":5}", "id", "must be a string");
	expect_refused("{\"type\":\"community\",\"id\":\"a\\u0000b\"}", "", "no JSON");
	expect_refused("{\"type\":\"community\",\"id\":\"c\",\"kind\":\"CLUB\"}", "kind",
		       "must be one of INDUSTRY INTEREST");
	expect_refused("{\"type\":\"community\",\"id\":\"c\",\"kind\":\"UNSPECIFIED\"}", "kind",
		       "must be one of");
	expect_refused("{\"type\":\"community\",\"id\":\"c\",\"member_count\":-1}", "member_count",
		       "whole number");
	expect_refused("{\"type\":\"community\",\"id\":\"c\",\"member_count\":1.5}", "member_count",
		       "whole number");
	expect_refused(
		"{\"type\":\"interaction\",\"community\":\"c\",\"person\":\"p\","
		"\"kind\":\"POST\",\"at\":\"2024-02-30T00:00:00Z\"}",
		"at", "RFC 3339");
	expect_refused(
		"{\"type\":\"interaction\",\"community\":\"c\",\"person\":\"p\","
		"\"kind\":\"POST\",\"at\":\"2024-02-03T00:00:00\"}",
		"at", "RFC 3339");
	expect_refused(
		"{\"type\":\"order\",\"community\":\"c\",\"id\":\"o\",\"person\":\"p\","
		"\"amount\":\"12.50\",\"currency\":\"CNY\",\"at\":\"2024-02-03T00:00:00Z\","
		"\"state\":\"PAID\"}",
		"amount", "minor units");
	expect_refused(
		"{\"type\":\"membership\",\"community\":\"c\",\"person\":\"p\","
		"\"joined_at\":\"2024-02-03T00:00:00Z\",\"left_at\":\"2024-02-02T00:00:00Z\"}",
		"left_at", "before");
}

static void long_name_is_measured_in_characters(void **state)
{
	char name[3 * 201 + 1] = "", text[1024];
	struct line line;
	struct line_fault fault;

	(void)state;
	for (int i = 0; i < 200; i++)
		memcpy(name + 3 * i, "社", 3);
	snprintf(text, sizeof(text), "{\"type\":\"community\",\"id\":\"%s\"}", name);
	assert_int_equal(parse(text, &line, &fault), STATUS_OK);
	memcpy(name + 600, "群", 3);
	snprintf(text, sizeof(text), "{\"type\":\"community\",\"id\":\"%.603s\"}", name);
	expect_refused(text, "id", "longer than 200 characters");
}

static int forget(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(post_is_read_with_its_offset, forget),
		cmocka_unit_test_teardown(unknown_fields_and_null_are_ignored, forget),
		cmocka_unit_test_teardown(states_of_the_outside_are_the_contracts, forget),
		cmocka_unit_test_teardown(what_is_no_line_says_why, forget),
		cmocka_unit_test_teardown(wrong_field_is_named, forget),
		cmocka_unit_test_teardown(long_name_is_measured_in_characters, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
