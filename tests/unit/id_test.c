/* Ids: new ones are unique and in order, outside names always get the same one. */
#include "base/id.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define N_THREADS 4
#define N_IDS     20000

static void new_ids_are_uuid7_of_now(void **state)
{
	int64_t before_ms = clock_wall_us() / 1000, ms = 0;
	uint8_t bytes[16];
	char id[ID_SIZE];

	(void)state;
	id_new(id);
	assert_true(id_is_valid(id));
	assert_true(id_to_bytes(id, bytes));
	assert_int_equal(bytes[6] >> 4, 7);
	assert_int_equal(bytes[8] >> 6, 2);
	for (size_t i = 0; i < 6; i++)
		ms = ms << 8 | bytes[i];
	assert_true(ms >= before_ms && ms <= before_ms + 1000);
}

static void *make_ids(void *ids)
{
	for (size_t i = 0; i < N_IDS; i++)
		id_new(((char(*)[ID_SIZE])ids)[i]);

	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void ids_of_all_threads_differ_and_each_threads_are_in_order(void **state)
{
	static char ids[N_THREADS * N_IDS][ID_SIZE];
	pthread_t threads[N_THREADS];

	(void)state;
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids[i * N_IDS]), 0);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);

	for (size_t i = 1; i < N_THREADS * N_IDS; i++)
		if (i % N_IDS)
			assert_true(strcmp(ids[i - 1], ids[i]) < 0);
	qsort(ids, N_THREADS * N_IDS, ID_SIZE, compare_ids);
	for (size_t i = 1; i < N_THREADS * N_IDS; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

static void an_outside_name_has_one_id(void **state)
{
	char a[ID_SIZE], b[ID_SIZE];

	(void)state;
	id_of("community", "rladies-lagos", a);
	id_of("community", "rladies-lagos", b);
	assert_string_equal(a, b);
	assert_true(id_is_valid(a));
	assert_int_equal(a[14], '8');
	id_of("person", "rladies-lagos", b);
	assert_string_not_equal(a, b);
	id_of("communityr", "ladies-lagos", b);
	assert_string_not_equal(a, b);
}

/* Ids that were given out once are stored for ever: the rule may never change. */
static void the_rule_of_outside_names_is_fixed(void **state)
{
	char id[ID_SIZE];

	(void)state;
	id_of("community", "curl", id);
	assert_string_equal(id, "494eb6fe-18a9-88f7-a5ac-9a32074ba18d");
}

static void only_the_canonical_form_is_valid(void **state)
{
	static const char *const bad[] = {"",
					  "0191d7a0-7b3c-7def-8123-456789abcde",
					  "0191d7a0-7b3c-7def-8123-456789abcdef0",
					  "0191d7a07b3c-7def-8123-456789abcdef-",
					  "0191d7a0-7b3c-7def-8123-456789abcdeg",
					  "{191d7a0-7b3c-7def-8123-456789abcdef"};
	uint8_t bytes[16];
	char id[ID_SIZE];

	(void)state;
	assert_true(id_is_valid("0191D7A0-7b3c-7def-8123-456789ABCDEF"));
	assert_true(id_to_bytes("0191D7A0-7b3c-7def-8123-456789ABCDEF", bytes));
	id_from_bytes(bytes, id);
	assert_string_equal(id, "0191d7a0-7b3c-7def-8123-456789abcdef");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(id_is_valid(bad[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_ids_are_uuid7_of_now),
		cmocka_unit_test(ids_of_all_threads_differ_and_each_threads_are_in_order),
		cmocka_unit_test(an_outside_name_has_one_id),
		cmocka_unit_test(the_rule_of_outside_names_is_fixed),
		cmocka_unit_test(only_the_canonical_form_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
