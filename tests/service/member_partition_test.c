/* Members shared out: what holds a part together, what is cut, what chance would cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "member/partition.h"
#include "member/split_strategy.h"

#define N_MEMBERS 120
#define N_PARTS   4
#define N_TIES    900
#define N_DRAWS   20000

static unsigned draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;

	return (unsigned)(*state >> 33) % below;
}

/* Ties at random, parts of unequal sizes, the first `n_fixed` in the source. */
static struct partition *given_partition(struct arena *arena, size_t n_fixed)
{
	static const int sizes[N_PARTS] = {50, 40, 20, 10};
	struct partition *p = arena_alloc(arena, sizeof(*p));
	uint32_t *a = arena_array(arena, N_TIES, sizeof(*a)),
		 *b = arena_array(arena, N_TIES, sizeof(*b));
	int64_t *weight = arena_array(arena, N_TIES, sizeof(*weight));
	int64_t *size = arena_array(arena, N_MEMBERS, sizeof(*size));
	bool *fixed = arena_array(arena, N_MEMBERS, sizeof(*fixed));
	uint64_t seed = 3;
	size_t n = 0;

	/* Every pair in order, one of eight of them tied. */
	for (uint32_t i = 0; i < N_MEMBERS; i++)
		for (uint32_t k = i + 1; k < N_MEMBERS && n < N_TIES; k++)
			if (draw(&seed, 8) == 0) {
				a[n] = i;
				b[n] = k;
				weight[n++] = 1 + draw(&seed, 9);
			}
	*p = (struct partition){.size = size, .fixed = fixed, .n = N_MEMBERS, .n_parts = N_PARTS};
	p->ties = ties_new(arena, N_MEMBERS, a, b, weight, n);
	p->part = arena_array(arena, N_MEMBERS, sizeof(*p->part));
	for (size_t i = 0, part = 0, left = (size_t)sizes[0]; i < N_MEMBERS; i++, left--) {
		if (left == 0)
			left = (size_t)sizes[++part];
		size[i] = 1;
		fixed[i] = i < n_fixed;
		p->part[i] = (int)part;
		p->fill[part]++;
	}

	return p;
}

/* Who is free takes the place of another who is. */
static void shuffle(struct partition *p, uint64_t *seed)
{
	for (size_t i = p->n; i > 1; i--) {
		size_t k = draw(seed, (unsigned)i);
		int part = p->part[i - 1];

		if (p->fixed[i - 1] || p->fixed[k])
			continue;
		p->part[i - 1] = p->part[k];
		p->part[k] = part;
	}
}

/* The mean of many draws strays by less than one of a hundred. */
static void expect_mean(struct arena *arena, size_t n_fixed)
{
	struct partition *p = given_partition(arena, n_fixed);
	const struct cut expected = split_cut_by_lot(p);
	int64_t count = 0, weight = 0;
	uint64_t seed = 17;

	for (int i = 0; i < N_DRAWS; i++) {
		struct cut cut;

		shuffle(p, &seed);
		cut = partition_cut(p);
		count += cut.count;
		weight += cut.weight;
	}
	assert_true(llabs(count / N_DRAWS - expected.count) * 100 <= expected.count);
	assert_true(llabs(weight / N_DRAWS - expected.weight) * 100 <= expected.weight);
}

static void chance_cuts_what_many_draws_cut(void **state)
{
	struct arena arena = {0};

	(void)state;
	expect_mean(&arena, 0);
	expect_mean(&arena, 13);
	arena_fini(&arena);
}

static void chance_cuts_by_its_formula(void **state)
{
	struct arena arena = {0};
	struct partition *p = given_partition(&arena, 0);
	int64_t total = p->ties->total;

	(void)state;
	/* 1 - (50 * 49 + 40 * 39 + 20 * 19 + 10 * 9) / (120 * 119) */
	assert_int_equal(split_cut_by_lot(p).weight, (total * 9800 + 7140) / 14280);
	arena_fini(&arena);
}

static void nothing_is_cut_where_nobody_goes(void **state)
{
	struct arena arena = {0};
	struct partition *p = given_partition(&arena, N_MEMBERS);

	(void)state;
	for (size_t i = 0; i < p->n; i++)
		partition_put(p, i, 0);
	assert_int_equal(split_cut_by_lot(p).weight, 0);
	assert_int_equal(partition_cut(p).weight, 0);
	arena_fini(&arena);
}

static void ties_are_within_a_part_or_leave_two(void **state)
{
	struct arena arena = {0};
	struct partition *p = given_partition(&arena, 0);
	struct cut inner[PARTS_MAX], outer[PARTS_MAX], cut = partition_cut(p);
	int64_t within = 0, out = 0;

	(void)state;
	partition_ties(p, inner, outer);
	for (size_t k = 0; k < N_PARTS; k++) {
		assert_true(inner[k].count > 0 && outer[k].count > 0);
		within += inner[k].weight;
		out += outer[k].weight;
	}
	assert_int_equal(out, 2 * cut.weight);
	assert_int_equal(within + cut.weight, p->ties->total);
	arena_fini(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_cuts_what_many_draws_cut),
		cmocka_unit_test(chance_cuts_by_its_formula),
		cmocka_unit_test(nothing_is_cut_where_nobody_goes),
		cmocka_unit_test(ties_are_within_a_part_or_leave_two),
	};

	return cmocka_run_group_tests_name("members shared out", tests, NULL, NULL);
}
