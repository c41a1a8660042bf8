/* Buf: bytes grow, stay in order, and always have a NUL behind them. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void pieces_stand_in_order(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_add_string(&buf, "a");
	buf_add_char(&buf, 'b');
	buf_add(&buf, "cd", 2);
	buf_add_format(&buf, "%d-%s", 42, "e");
	assert_string_equal(buf.data, "abcd42-e");
	assert_int_equal(buf.size, 8);
	buf_fini(&buf);
	assert_null(buf.data);
}

static void it_grows_byte_by_byte(void **state)
{
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		buf_add_char(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.data[buf.size], 0);
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	buf_fini(&buf);
}

static void reserved_room_is_the_callers(void **state)
{
	struct buf buf = {0};

	(void)state;
	memset(buf_reserve(&buf, 63), 'x', 63);
	buf.size += 63;
	memset(buf_reserve(&buf, 1), 'y', 1);
	buf.size += 1;
	assert_memory_equal(buf.data + 60, "xxxy", 4);
	buf_fini(&buf);
}

static void dropping_keeps_the_rest(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_add_string(&buf, "head|tail");
	buf_drop(&buf, 5);
	assert_string_equal(buf.data, "tail");
	buf_drop(&buf, 4);
	assert_int_equal(buf.size, 0);
	buf_drop(&buf, 0);
	buf_clear(&buf);
	assert_string_equal(buf.data, "");
	buf_fini(&buf);
	buf_clear(&buf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_stand_in_order),
		cmocka_unit_test(it_grows_byte_by_byte),
		cmocka_unit_test(reserved_room_is_the_callers),
		cmocka_unit_test(dropping_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
