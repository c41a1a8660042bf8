/* Sets of member numbers: what they count, and that equal sets are equal bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "bitmap/bitmap.h"

static uint64_t seed = 20260101;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % limit;
}

static struct bitmap *of(const int32_t *numbers, size_t n)
{
	struct bitmap *bitmap = bitmap_new();

	bitmap_add_numbers(bitmap, numbers, n);
	return bitmap;
}

static void counts_each_number_once(void **state)
{
	const int32_t numbers[] = {1, 5, 1, 70000, 5, INT32_MAX};
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = of(numbers, 6);

	(void)state;
	assert_int_equal(bitmap_count(bitmap), 4);
}

static void counts_of_two_sets(void **state)
{
	const int32_t a_numbers[] = {1, 2, 3, 100000}, b_numbers[] = {3, 4, 100000};
	CLEANUP(bitmap_cleanup) struct bitmap *a = of(a_numbers, 4), *b = of(b_numbers, 3);

	(void)state;
	assert_int_equal(bitmap_count_and(a, b), 2);
	assert_int_equal(bitmap_count_or(a, b), 5);
	assert_int_equal(bitmap_count_minus(a, b), 2);
	assert_int_equal(bitmap_count_minus(b, a), 1);

	bitmap_subtract(a, b);
	assert_int_equal(bitmap_count(a), 2);
	bitmap_add(a, b);
	assert_int_equal(bitmap_count(a), 5);
}

static void no_bytes_are_the_empty_set(void **state)
{
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = bitmap_new();

	(void)state;
	assert_int_equal(bitmap_add_bytes(bitmap, NULL, 0), STATUS_OK);
	assert_int_equal(bitmap_count(bitmap), 0);
}

static void survives_writing_and_reading(void **state)
{
	CLEANUP(arena_fini) struct arena arena = {0};
	const int32_t numbers[] = {0, 1, 65535, 65536, 1000000};
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = of(numbers, 5), *read = bitmap_new();
	size_t size;
	uint8_t *bytes = bitmap_bytes(bitmap, &arena, &size);

	(void)state;
	assert_int_equal(bitmap_add_bytes(read, bytes, size), STATUS_OK);
	assert_true(bitmap_equal(bitmap, read));
}

/* Whatever the order, the batches and the repetitions: dense, sparse and contiguous sets take all
 * forms that a bitmap can have inside. */
static void equal_sets_have_equal_bytes(void **state)
{
	static int32_t numbers[40000];
	static const uint32_t limits[] = {10, 4000, 8192, 65536, 300000};

	(void)state;
	for (size_t round = 0; round < 200; round++) {
		CLEANUP(arena_fini) struct arena arena = {0};
		uint32_t limit = limits[random_below(5)];
		bool contiguous = random_below(3) == 0;
		size_t n = random_below(limit < 20000 ? limit : 20000) + 1, size, other_size;
		uint32_t start = random_below(limit);
		CLEANUP(bitmap_cleanup) struct bitmap *once = NULL, *bitwise = bitmap_new();
		uint8_t *bytes, *other;

		for (size_t i = 0; i < n; i++)
			numbers[i] = (int32_t)(contiguous ? start + i : random_below(limit));
		once = of(numbers, n);

		for (size_t i = n; i-- > 1;) {
			size_t k = random_below((uint32_t)i + 1);
			int32_t swap = numbers[i];

			numbers[i] = numbers[k];
			numbers[k] = swap;
		}
		for (size_t from = 0, step; from < n; from += step) {
			step = random_below(3000) + 1;
			step = from + step > n ? n - from : step;
			bitmap_add_numbers(bitwise, numbers + from, step);
			bytes = bitmap_bytes(bitwise, &arena, &size);
			bitmap_free(bitwise);
			bitwise = bitmap_new();
			assert_int_equal(bitmap_add_bytes(bitwise, bytes, size), STATUS_OK);
		}

		bytes = bitmap_bytes(once, &arena, &size);
		other = bitmap_bytes(bitwise, &arena, &other_size);
		assert_int_equal(size, other_size);
		assert_memory_equal(bytes, other, size);
	}
}

static void damaged_bytes_are_refused(void **state)
{
	CLEANUP(arena_fini) struct arena arena = {0};
	const int32_t numbers[] = {1, 2, 3, 500, 70000};
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = of(numbers, 5), *read = bitmap_new();
	size_t size;
	uint8_t *bytes = bitmap_bytes(bitmap, &arena, &size);

	(void)state;
	for (size_t cut = 1; cut < size; cut++)
		assert_int_equal(bitmap_add_bytes(read, bytes, cut), STATUS_DATA_LOSS);
	bytes[0] ^= 0xff;
	assert_int_equal(bitmap_add_bytes(read, bytes, size), STATUS_DATA_LOSS);
	assert_int_equal(bitmap_count(read), 0);
}

static void numbers_are_taken_out_and_kept(void **state)
{
	const int32_t numbers[] = {1, 2, 3, 500, 70000}, others[] = {2, 3, 70000, 70001};
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = of(numbers, 5), *other = of(others, 4);

	(void)state;
	bitmap_remove_numbers(bitmap, (const int32_t[]){500, 501}, 2);
	assert_int_equal(bitmap_count(bitmap), 4);
	bitmap_keep(bitmap, other);
	assert_int_equal(bitmap_count(bitmap), 3);
	assert_int_equal(bitmap_count_and(bitmap, other), 3);
}

static void what_comes_after_a_number_is_ascending(void **state)
{
	const int32_t numbers[] = {1, 2, 3, 500, 70000};
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = of(numbers, 5), *none = bitmap_new();
	int32_t found[5];

	(void)state;
	assert_int_equal(bitmap_after(bitmap, 0, 2, found), 2);
	assert_int_equal(found[1], 2);
	assert_int_equal(bitmap_after(bitmap, 2, 5, found), 3);
	assert_int_equal(found[0], 3);
	assert_int_equal(found[2], 70000);
	assert_int_equal(bitmap_after(bitmap, 499, 1, found), 1);
	assert_int_equal(found[0], 500);
	assert_int_equal(bitmap_after(bitmap, 70000, 5, found), 0);
	assert_int_equal(bitmap_after(bitmap, INT64_MAX, 5, found), 0);
	assert_int_equal(bitmap_after(none, 0, 5, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_number_once),
		cmocka_unit_test(counts_of_two_sets),
		cmocka_unit_test(no_bytes_are_the_empty_set),
		cmocka_unit_test(survives_writing_and_reading),
		cmocka_unit_test(equal_sets_have_equal_bytes),
		cmocka_unit_test(numbers_are_taken_out_and_kept),
		cmocka_unit_test(what_comes_after_a_number_is_ascending),
		cmocka_unit_test(damaged_bytes_are_refused),
	};

	return cmocka_run_group_tests_name("bitmap", tests, NULL, NULL);
}
