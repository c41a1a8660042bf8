/* Log: one line a fact, whatever is in it. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int saved_stderr, log_file;

/* What is logged goes to a file of memory. */
static int setup(void **state)
{
	(void)state;
	saved_stderr = dup(STDERR_FILENO);
	log_file = memfd_create("log", 0);
	return dup2(log_file, STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	log_setup(&(struct log_options){.level = LOG_INFO, .process = "kith"});
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	return close(log_file);
}

static const char *logged(void)
{
	static char text[16384];
	ssize_t n = pread(log_file, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void text_has_time_level_process_and_id(void **state)
{
	(void)state;
	log_line(LOG_WARN, "disk-slow", "ms=%d", 12);
	assert_non_null(strstr(logged(), "Z WARN kith disk-slow ms=12\n"));
}

static void below_the_level_nothing_is_written(void **state)
{
	(void)state;
	assert_false(log_enabled(LOG_DEBUG));
	log_line(LOG_DEBUG, "detail", "x=1");
	assert_string_equal(logged(), "");
}

static void a_newline_from_outside_does_not_break_the_line(void **state)
{
	char quoted[64];
	const char *end;

	(void)state;
	log_line(LOG_INFO, "said", "a=%s b=%s", "x\ny",
		 log_quote("say \"hi\"\n\x01", quoted, sizeof(quoted)));
	end = strchr(logged(), '\n');
	assert_non_null(end);
	assert_string_equal(end, "\n");
	assert_non_null(strstr(logged(), "b=\"say \\\"hi\\\"\\n\\u0001\"\n"));
}

static void json_has_a_member_for_each_pair(void **state)
{
	char quoted[64];

	(void)state;
	log_setup(&(struct log_options){.level = LOG_INFO, .json = true, .process = "member"});
	log_line(LOG_INFO, "call-done", "a few words code=%s name=%s", "OK",
		 log_quote("a \"b\" c", quoted, sizeof(quoted)));
	assert_non_null(strstr(logged(),
			       "\"level\":\"INFO\",\"process\":\"member\",\"id\":\"call-done\","
			       "\"code\":\"OK\",\"name\":\"a \\\"b\\\" c\","
			       "\"text\":\"a few words\"}\n"));
}

static void a_giant_line_is_cut_and_still_ends(void **state)
{
	static char giant[20000];

	(void)state;
	memset(giant, 'x', sizeof(giant) - 1);
	log_line(LOG_INFO, "giant", "a=%s", giant);
	assert_true(strlen(logged()) < 9000);
	assert_int_equal(logged()[strlen(logged()) - 1], '\n');
}

static void quotes_fit_their_buffer(void **state)
{
	char small[6];

	(void)state;
	assert_string_equal(log_quote("abcdef", small, sizeof(small)), "\"abc\"");
	assert_string_equal(log_quote("ab\"", small, sizeof(small)), "\"ab\"");
	assert_string_equal(log_quote("x", small, 2), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_has_time_level_process_and_id, setup,
						teardown),
		cmocka_unit_test_setup_teardown(below_the_level_nothing_is_written, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_newline_from_outside_does_not_break_the_line,
						setup, teardown),
		cmocka_unit_test_setup_teardown(json_has_a_member_for_each_pair, setup, teardown),
		cmocka_unit_test_setup_teardown(a_giant_line_is_cut_and_still_ends, setup,
						teardown),
		cmocka_unit_test(quotes_fit_their_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
