/* Who goes where, by count, wish and label; what chance would have cut. */
#include "split_strategy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Who found no room stays, full or not. */
static void rest_stays(struct partition *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->part[i] == NOWHERE)
			partition_put(p, i, 0);
}

void split_fill(struct partition *p)
{
	partition_lift(p);
	for (size_t i = 0; i < p->n; i++)
		for (int k = 0; k < (int)p->n_parts && p->part[i] == NOWHERE; k++)
			if (partition_fits(p, i, k))
				partition_put(p, i, k);
	rest_stays(p);
}

void split_least_loaded(struct partition *p)
{
	for (size_t i = p->n; i-- > 0;) {
		int to = partition_emptiest(p, 1, p->size[i]);

		if (p->fixed[i] || p->size[i] == 0 || to == NOWHERE)
			continue;
		if (p->fill[0] - p->size[i] >= p->fill[to] + p->size[i] || p->fill[0] > p->max[0])
			partition_put(p, i, to);
	}
}

void split_by_wish(struct partition *p, const int32_t *wishes)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->fixed[i] && partition_fits(p, i, wishes[i]))
			partition_put(p, i, wishes[i]);
}

/* The members of one label: where they stand in the order by label. */
struct group {
	size_t first, n;
	int64_t size;
};

struct labelled {
	const char *label;
	size_t member;
};

static int compare_labelled(const void *a, const void *b)
{
	const struct labelled *x = a, *y = b;
	int order = strcmp(x->label, y->label);

	return order ? order : x->member < y->member ? -1 : x->member > y->member;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;

	return x->first < y->first ? -1 : x->first > y->first;
}

static size_t group_by_label(const struct partition *p, const struct labelled *order, size_t n,
			     struct group *groups)
{
	size_t n_groups = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(order[i].label, order[i - 1].label) != 0)
			groups[n_groups++] = (struct group){.first = i};
		groups[n_groups - 1].n++;
		groups[n_groups - 1].size += p->size[order[i].member];
	}
	qsort(groups, n_groups, sizeof(*groups), compare_groups);

	return n_groups;
}

void split_by_label(struct arena *arena, struct partition *p, const char *const *labels)
{
	struct labelled *order = arena_array(arena, p->n + 1, sizeof(*order));
	struct group *groups = arena_array(arena, p->n + 1, sizeof(*groups));
	size_t n = 0, n_groups;

	for (size_t i = 0; i < p->n; i++) {
		if (p->fixed[i] || !labels[i][0])
			continue;
		order[n++] = (struct labelled){labels[i], i};
		partition_put(p, i, NOWHERE);
	}
	qsort(order, n, sizeof(*order), compare_labelled);
	n_groups = group_by_label(p, order, n, groups);

	for (size_t g = 0; g < n_groups; g++) {
		int whole = partition_emptiest(p, 0, groups[g].size);

		for (size_t i = groups[g].first; i < groups[g].first + groups[g].n; i++) {
			size_t member = order[i].member;
			int to = whole != NOWHERE ? whole
						  : partition_emptiest(p, 0, p->size[member]);

			if (to != NOWHERE)
				partition_put(p, member, to);
		}
	}
	rest_stays(p);
}

/* Those who are free, in the order given, into parts with as many free heads as in `p`. */
static struct cut cut_if_dealt(struct arena *arena, const struct partition *p, const size_t *order,
			       size_t n)
{
	struct partition *dealt = partition_copy(arena, p);
	int64_t heads[PARTS_MAX];
	int part = 0;

	partition_heads(p, heads);
	for (size_t i = 0; i < p->n; i++)
		if (p->fixed[i])
			heads[p->part[i]]--;
	for (size_t i = 0; i < n; i++) {
		while (heads[part] == 0)
			part++;
		heads[part]--;
		partition_put(dealt, order[i], part);
	}

	return partition_cut(dealt);
}

static size_t *free_members(struct arena *arena, const struct partition *p, size_t *ret_n)
{
	size_t *members = arena_array(arena, p->n + 1, sizeof(*members));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (!p->fixed[i])
			members[n++] = i;
	*ret_n = n;

	return members;
}

struct cut split_cut_by_lot(const struct partition *p)
{
	const struct ties *ties = p->ties;
	struct cut with_one = {0}, with_two = {0}; /* free ends */
	double n = 0, n_here[PARTS_MAX] = {0}, together = 0, apart, away;

	for (size_t i = 0; i < p->n; i++) {
		n += !p->fixed[i];
		n_here[p->part[i]] += !p->fixed[i];
		for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++) {
			int n_free = !p->fixed[i] + !p->fixed[ties->other[k]];
			struct cut *of = n_free == 2 ? &with_two : &with_one;

			if (ties->other[k] < i || n_free == 0)
				continue;
			of->count++;
			of->weight += ties->weight[k];
		}
	}
	for (size_t k = 0; k < p->n_parts; k++)
		together += n_here[k] * (n_here[k] - 1);
	apart = n > 1 ? 1 - together / (n * (n - 1)) : 0;
	away = n > 0 ? 1 - n_here[0] / n : 0;

	return (struct cut){
		llround(apart * (double)with_two.count + away * (double)with_one.count),
		llround(apart * (double)with_two.weight + away * (double)with_one.weight)};
}

struct cut split_cut_by_number(struct arena *arena, const struct partition *p)
{
	size_t n, *order = free_members(arena, p, &n);

	return cut_if_dealt(arena, p, order, n);
}
