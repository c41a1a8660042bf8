/* Members shared out among parts. */
#include "partition.h"

#include <string.h>

struct ties *ties_new(struct arena *arena, size_t n, const uint32_t *a, const uint32_t *b,
		      const int64_t *weight, size_t n_ties)
{
	struct ties *ties = arena_alloc(arena, sizeof(*ties));
	size_t *next = arena_array(arena, n + 1, sizeof(*next));

	ties->n = n;
	ties->first = arena_array(arena, n + 1, sizeof(*ties->first));
	ties->other = arena_array(arena, 2 * n_ties + 1, sizeof(*ties->other));
	ties->weight = arena_array(arena, 2 * n_ties + 1, sizeof(*ties->weight));
	ties->count = (int64_t)n_ties;
	for (size_t k = 0; k < n_ties; k++) {
		ties->first[a[k] + 1]++;
		ties->first[b[k] + 1]++;
		ties->total += weight[k];
	}
	for (size_t i = 0; i < n; i++)
		ties->first[i + 1] += ties->first[i];

	memcpy(next, ties->first, (n + 1) * sizeof(*next));
	for (size_t k = 0; k < n_ties; k++) {
		ties->other[next[a[k]]] = b[k];
		ties->weight[next[a[k]]++] = weight[k];
		ties->other[next[b[k]]] = a[k];
		ties->weight[next[b[k]]++] = weight[k];
	}

	return ties;
}

int64_t ties_load(const struct ties *ties, size_t i)
{
	int64_t load = 0;

	for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++)
		load += ties->weight[k];

	return load;
}

struct partition *partition_copy(struct arena *arena, const struct partition *p)
{
	struct partition *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *p;
	copy->part = arena_array(arena, p->n + 1, sizeof(*copy->part));
	memcpy(copy->part, p->part, p->n * sizeof(*copy->part));

	return copy;
}

void partition_put(struct partition *p, size_t i, int part)
{
	if (p->part[i] != NOWHERE)
		p->fill[p->part[i]] -= p->size[i];
	p->part[i] = part;
	if (part != NOWHERE)
		p->fill[part] += p->size[i];
}

bool partition_fits(const struct partition *p, size_t i, int part)
{
	return p->fill[part] + p->size[i] <= p->max[part];
}

void partition_lift(struct partition *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->fixed[i])
			partition_put(p, i, NOWHERE);
}

int partition_emptiest(const struct partition *p, int from, int64_t size)
{
	int best = NOWHERE;

	for (int k = from; k < (int)p->n_parts; k++)
		if (p->fill[k] + size <= p->max[k] &&
		    (best == NOWHERE || p->fill[k] < p->fill[best]))
			best = k;

	return best;
}

void partition_heads(const struct partition *p, int64_t ret_heads[static PARTS_MAX])
{
	memset(ret_heads, 0, PARTS_MAX * sizeof(*ret_heads));
	for (size_t i = 0; i < p->n; i++)
		if (p->part[i] != NOWHERE)
			ret_heads[p->part[i]]++;
}

void partition_pull(const struct partition *p, size_t i, int64_t ret_pull[static PARTS_MAX])
{
	const struct ties *ties = p->ties;

	memset(ret_pull, 0, PARTS_MAX * sizeof(*ret_pull));
	for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++)
		if (p->part[ties->other[k]] != NOWHERE)
			ret_pull[p->part[ties->other[k]]] += ties->weight[k];
}

static void count_tie(struct cut *cut, int64_t weight)
{
	cut->count++;
	cut->weight += weight;
}

void partition_ties(const struct partition *p, struct cut ret_inner[static PARTS_MAX],
		    struct cut ret_outer[static PARTS_MAX])
{
	const struct ties *ties = p->ties;

	memset(ret_inner, 0, PARTS_MAX * sizeof(*ret_inner));
	memset(ret_outer, 0, PARTS_MAX * sizeof(*ret_outer));
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++) {
			int here = p->part[i], there = p->part[ties->other[k]];

			if (here != there)
				count_tie(&ret_outer[here], ties->weight[k]);
			else if (ties->other[k] > i)
				count_tie(&ret_inner[here], ties->weight[k]);
		}
	}
}

struct cut partition_cut(const struct partition *p)
{
	struct cut inner[PARTS_MAX], outer[PARTS_MAX], cut = {0};

	partition_ties(p, inner, outer);
	for (size_t k = 0; k < p->n_parts; k++) {
		cut.count += outer[k].count;
		cut.weight += outer[k].weight;
	}

	/* Each leaves two parts. */
	return (struct cut){cut.count / 2, cut.weight / 2};
}
