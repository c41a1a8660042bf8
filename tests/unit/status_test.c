/* Status: names and HTTP codes of the 17. */
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i <= 16; i++)
		assert_int_equal(status_from_name(status_name((enum status)i)), i);
	assert_string_equal(status_name(STATUS_NOT_FOUND), "NOT_FOUND");
}

static void what_is_no_status_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(status_name((enum status)17), "UNKNOWN");
	assert_string_equal(status_name(STATUS_PENDING), "UNKNOWN");
	assert_int_equal(status_from_name("NOPE"), STATUS_UNKNOWN);
	assert_int_equal(status_http((enum status)99), 500);
}

static void http_codes_follow_the_public_mapping(void **state)
{
	(void)state;
	assert_int_equal(status_http(STATUS_OK), 200);
	assert_int_equal(status_http(STATUS_INVALID_ARGUMENT), 400);
	assert_int_equal(status_http(STATUS_FAILED_PRECONDITION), 400);
	assert_int_equal(status_http(STATUS_UNAUTHENTICATED), 401);
	assert_int_equal(status_http(STATUS_PERMISSION_DENIED), 403);
	assert_int_equal(status_http(STATUS_NOT_FOUND), 404);
	assert_int_equal(status_http(STATUS_ALREADY_EXISTS), 409);
	assert_int_equal(status_http(STATUS_ABORTED), 409);
	assert_int_equal(status_http(STATUS_RESOURCE_EXHAUSTED), 429);
	assert_int_equal(status_http(STATUS_CANCELLED), 499);
	assert_int_equal(status_http(STATUS_UNIMPLEMENTED), 501);
	assert_int_equal(status_http(STATUS_UNAVAILABLE), 503);
	assert_int_equal(status_http(STATUS_DEADLINE_EXCEEDED), 504);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(what_is_no_status_is_unknown),
		cmocka_unit_test(http_codes_follow_the_public_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
