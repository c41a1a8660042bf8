/* Arena: what it hands out is zero, aligned, apart, and stays until the reset. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_zero_and_aligned(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t size = 0; size < 300; size++) {
		char *bytes = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], 0);
		if (size)
			memset(bytes, 0xff, size);
	}
	arena_fini(&arena);
}

static void memory_is_zero_again_after_a_reset(void **state)
{
	struct arena arena = {0};
	char *bytes = arena_alloc(&arena, 1000);

	(void)state;
	memset(bytes, 0xff, 1000);
	arena_reset(&arena);
	bytes = arena_alloc(&arena, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(bytes[i], 0);
	arena_fini(&arena);
}

static void what_was_handed_out_stays_where_it_is(void **state)
{
	struct arena arena = {0};
	char *strings[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		strings[i] = arena_printf(&arena, "%zu-%0*d", i, (int)(i % 90), 0);
	for (size_t i = 0; i < 2000; i++)
		assert_string_equal(strings[i],
				    arena_printf(&arena, "%zu-%0*d", i, (int)(i % 90), 0));
	arena_fini(&arena);
}

static void a_reset_keeps_one_chunk_but_no_giant(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_non_null(arena_alloc(&arena, 100));
	assert_non_null(arena_alloc(&arena, 8u << 20));
	assert_true(arena.total > 8u << 20);
	arena_reset(&arena);
	assert_true(arena.total > 0 && arena.total < 8u << 20);
	arena_fini(&arena);
	assert_int_equal(arena.total, 0);
}

static void copies_end_with_a_nul(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_copy(&arena, NULL, 0), "");
	assert_string_equal(arena_string(&arena, "x"), "x");
	arena_fini(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zero_and_aligned),
		cmocka_unit_test(memory_is_zero_again_after_a_reset),
		cmocka_unit_test(what_was_handed_out_stays_where_it_is),
		cmocka_unit_test(a_reset_keeps_one_chunk_but_no_giant),
		cmocka_unit_test(copies_end_with_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
