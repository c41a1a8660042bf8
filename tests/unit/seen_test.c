/* What an import has met: found again, however much it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/id.h"
#include "seen.h"

#define MANY 20000

static void person(int i, char ret[static ID_SIZE])
{
	char name[16];

	snprintf(name, sizeof(name), "p%d", i);
	id_of("person", name, ret);
}

static void all_are_found_again_with_their_times(void **state)
{
	struct seen seen = {0};
	char a[ID_SIZE], b[ID_SIZE];

	(void)state;
	id_of("community", "c", a);
	for (int i = 0; i < MANY; i++) {
		person(i, b);
		struct seen_entry *entry = seen_find(&seen, a, b);
		assert_int_equal(entry->time_us, INT64_MAX);
		entry->time_us = i;
	}
	assert_int_equal(seen.n, MANY);
	for (int i = 0; i < MANY; i++) {
		person(i, b);
		assert_int_equal(seen_find(&seen, a, b)->time_us, i);
	}
	assert_int_equal(seen.n, MANY);
	seen_fini(&seen);
}

static void pair_differs_from_its_parts(void **state)
{
	struct seen seen = {0};
	char a[ID_SIZE], b[ID_SIZE];

	(void)state;
	id_of("community", "c", a);
	person(1, b);
	seen_find(&seen, a, "")->time_us = 1;
	assert_int_equal(seen_find(&seen, a, b)->time_us, INT64_MAX);
	assert_int_equal(seen_find(&seen, b, a)->time_us, INT64_MAX);
	assert_int_equal(seen_find(&seen, a, "")->time_us, 1);
	seen_fini(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_found_again_with_their_times),
		cmocka_unit_test(pair_differs_from_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
