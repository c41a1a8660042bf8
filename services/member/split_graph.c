/* Splitting by ties: clusters of those who talk are packed into the parts, then single members are
 * moved and swapped as long as that cuts less. Where that parts those who talk from those who do
 * not, each part begins with a cluster of its own instead. */
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "graph.h"
#include "split_strategy.h"

#define PASSES        12 /* over all members, of a refinement */
#define ROUNDS        64 /* of filling up a part that is too small */
#define SWAPS         32 /* candidates a pair of parts and pass */
#define N_RESOLUTIONS 5

/* How coarse or fine the clusters are that are tried; the best result is taken. */
static const double resolutions[N_RESOLUTIONS] = {0.5, 1, 2, 4, 8};

/* -- packing */

struct bundle {
	size_t first, n; /* its members in the order by cluster */
	int64_t size;
	int64_t inner; /* the weight of the ties among them */
};

struct bundles {
	size_t *members; /* free ones, by cluster */
	struct bundle *list;
	size_t n;
};

static int compare_bundles(const void *a, const void *b)
{
	const struct bundle *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* The weight of his ties to who comes before him in his cluster. */
static int64_t inner_half(const struct partition *p, const struct clusters *clusters, size_t i)
{
	const struct ties *ties = p->ties;
	int64_t weight = 0;

	for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++)
		if (ties->other[k] < i && !p->fixed[ties->other[k]] &&
		    clusters->of[ties->other[k]] == clusters->of[i])
			weight += ties->weight[k];

	return weight;
}

/* The largest first. */
static void bundle_up(struct arena *arena, const struct partition *p,
		      const struct clusters *clusters, struct bundles *ret)
{
	size_t *next = arena_array(arena, clusters->n + 1, sizeof(*next));
	size_t first = 0;

	ret->members = arena_array(arena, p->n + 1, sizeof(*ret->members));
	ret->list = arena_array(arena, clusters->n + 1, sizeof(*ret->list));
	ret->n = clusters->n;
	for (size_t i = 0; i < p->n; i++) {
		if (p->fixed[i])
			continue;
		ret->list[clusters->of[i]].n++;
		ret->list[clusters->of[i]].size += p->size[i];
		ret->list[clusters->of[i]].inner += inner_half(p, clusters, i);
	}
	for (size_t k = 0; k < clusters->n; k++) {
		ret->list[k].first = next[k] = first;
		first += ret->list[k].n;
	}
	for (size_t i = 0; i < p->n; i++)
		if (!p->fixed[i])
			ret->members[next[clusters->of[i]]++] = i;
	qsort(ret->list, ret->n, sizeof(*ret->list), compare_bundles);
}

/* Where something of that size is drawn to most, among the parts that have room for it. What is
 * drawn nowhere stays in the source when it is a single member, and goes where most room is when
 * more come together. */
static int attracted(const struct partition *p, const int64_t pull[static PARTS_MAX], int64_t size,
		     bool single)
{
	int best = NOWHERE;

	for (int k = 0; k < (int)p->n_parts; k++) {
		int64_t room = p->max[k] - p->fill[k];

		if (room < size)
			continue;
		if (best == NOWHERE || pull[k] > pull[best] ||
		    (pull[k] == pull[best] && !single && room > p->max[best] - p->fill[best]))
			best = k;
	}

	return best;
}

static void pack_bundle(struct partition *p, const size_t *members, const struct bundle *b)
{
	int64_t pull[PARTS_MAX], sum[PARTS_MAX] = {0};
	int whole;

	for (size_t i = 0; i < b->n; i++) {
		partition_pull(p, members[i], pull);
		for (size_t k = 0; k < p->n_parts; k++)
			sum[k] += pull[k];
	}
	whole = attracted(p, sum, b->size, b->n == 1);
	for (size_t i = 0; i < b->n; i++) {
		int to = whole;

		if (whole == NOWHERE) {
			partition_pull(p, members[i], pull);
			to = attracted(p, pull, p->size[members[i]], b->n == 1);
		}
		partition_put(p, members[i], to == NOWHERE ? 0 : to);
	}
}

/* The bundle that holds together most of those that are not packed and fit; NULL when none does. */
static struct bundle *heaviest(struct bundles *bundles, int64_t room)
{
	struct bundle *best = NULL;

	for (size_t i = 0; i < bundles->n; i++) {
		struct bundle *b = &bundles->list[i];

		if (b->n > 1 && b->size <= room && (!best || b->inner > best->inner))
			best = b;
	}

	return best;
}

/* Each part begins with a bundle of its own, which stays there whatever that cuts. */
static void pack_seeds(struct arena *arena, struct partition *p, struct bundles *bundles)
{
	bool *fixed = arena_array(arena, p->n + 1, sizeof(*fixed));

	memcpy(fixed, p->fixed, p->n * sizeof(*fixed));
	p->fixed = fixed;
	for (int k = 0; k < (int)p->n_parts; k++) {
		struct bundle *seed = heaviest(bundles, p->max[k] - p->fill[k]);

		if (!seed)
			continue;
		for (size_t i = 0; i < seed->n; i++) {
			partition_put(p, bundles->members[seed->first + i], k);
			fixed[bundles->members[seed->first + i]] = true;
		}
		seed->n = 0;
	}
}

/* -- filling up */

struct candidate {
	size_t member;
	int64_t gain; /* of weight that is cut no more */
};

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;

	return x->member < y->member ? -1 : x->member > y->member;
}

static bool may_leave(const struct partition *p, size_t i)
{
	return !p->fixed[i] && p->fill[p->part[i]] - p->size[i] >= p->min;
}

/* Those who lose least go to a part that is too small, a quarter of what it lacks at a time: who
 * has gone draws his friends after him. False when nobody may go. */
static bool fill_up_some(struct partition *p, int part, struct candidate *candidates)
{
	int64_t lack = p->min - p->fill[part], wanted = lack / 4 + 1, got = 0;
	int64_t pull[PARTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->part[i] == part || p->size[i] == 0 || !may_leave(p, i))
			continue;
		partition_pull(p, i, pull);
		candidates[n++] = (struct candidate){i, pull[part] - pull[p->part[i]]};
	}
	qsort(candidates, n, sizeof(*candidates), compare_candidates);
	for (size_t i = 0; i < n && got < wanted; i++) {
		size_t member = candidates[i].member;

		if (!may_leave(p, member) || !partition_fits(p, member, part))
			continue;
		got += p->size[member];
		partition_put(p, member, part);
	}

	return got > 0;
}

static void fill_up(struct partition *p, struct candidate *candidates)
{
	for (int k = 0; k < (int)p->n_parts; k++)
		for (int round = 0; round < ROUNDS && p->fill[k] < p->min; round++)
			if (!fill_up_some(p, k, candidates))
				break;
}

/* -- refinement */

/* The part to which his moving cuts less; home to the source also when it cuts the same. */
static int better_part(const struct partition *p, size_t i, const int64_t pull[static PARTS_MAX])
{
	int own = p->part[i], best = own;

	for (int k = 0; k < (int)p->n_parts; k++) {
		if (k == own || !partition_fits(p, i, k))
			continue;
		if (pull[k] > pull[best] || (k == 0 && pull[k] == pull[best]))
			best = k;
	}

	return best;
}

static bool move_singles(struct partition *p)
{
	int64_t pull[PARTS_MAX];
	bool moved = false;

	for (size_t i = 0; i < p->n; i++) {
		int to;

		if (!may_leave(p, i))
			continue;
		partition_pull(p, i, pull);
		to = better_part(p, i, pull);
		if (to == p->part[i])
			continue;
		partition_put(p, i, to);
		moved = true;
	}

	return moved;
}

/* The best candidates for each way from part to part. */
struct ways {
	struct candidate best[PARTS_MAX][PARTS_MAX][SWAPS];
	size_t n[PARTS_MAX][PARTS_MAX];
};

static void note_candidate(struct ways *ways, int from, int to, struct candidate candidate)
{
	struct candidate *best = ways->best[from][to];
	size_t *n = &ways->n[from][to], at;

	if (*n == SWAPS && compare_candidates(&best[SWAPS - 1], &candidate) < 0)
		return;

	for (at = *n < SWAPS ? (*n)++ : SWAPS - 1;
	     at > 0 && compare_candidates(&best[at - 1], &candidate) > 0; at--)
		best[at] = best[at - 1];
	best[at] = candidate;
}

static int64_t tie_between(const struct ties *ties, size_t a, size_t b)
{
	for (size_t k = ties->first[a]; k < ties->first[a + 1]; k++)
		if (ties->other[k] == b)
			return ties->weight[k];

	return 0;
}

/* What both together gain now, whatever was noted. */
static bool swap_pays(const struct partition *p, size_t a, size_t b, int from, int to)
{
	int64_t pull_a[PARTS_MAX], pull_b[PARTS_MAX];
	int64_t difference = p->size[b] - p->size[a];

	if (p->part[a] != from || p->part[b] != to || p->fill[from] + difference > p->max[from] ||
	    p->fill[to] - difference > p->max[to] || p->fill[from] + difference < p->min ||
	    p->fill[to] - difference < p->min)
		return false;
	partition_pull(p, a, pull_a);
	partition_pull(p, b, pull_b);

	return pull_a[to] - pull_a[from] + pull_b[from] - pull_b[to] -
		       2 * tie_between(p->ties, a, b) >
	       0;
}

static bool swap_between(struct partition *p, const struct ways *ways, int a, int b)
{
	bool swapped = false;

	for (size_t i = 0; i < ways->n[a][b]; i++) {
		for (size_t k = 0; k < ways->n[b][a]; k++) {
			const struct candidate *x = &ways->best[a][b][i], *y = &ways->best[b][a][k];

			if (x->gain + y->gain <= 0)
				break;
			if (!swap_pays(p, x->member, y->member, a, b))
				continue;
			partition_put(p, x->member, b);
			partition_put(p, y->member, a);
			swapped = true;
			break;
		}
	}

	return swapped;
}

/* Where no single move is allowed, two may change places. */
static bool swap_pairs(struct partition *p, struct ways *ways)
{
	int64_t pull[PARTS_MAX];
	bool swapped = false;

	memset(ways->n, 0, sizeof(ways->n));
	for (size_t i = 0; i < p->n; i++) {
		int own = p->part[i];

		if (p->fixed[i])
			continue;
		partition_pull(p, i, pull);
		for (int k = 0; k < (int)p->n_parts; k++)
			if (k != own)
				note_candidate(ways, own, k,
					       (struct candidate){i, pull[k] - pull[own]});
	}
	for (int a = 0; a < (int)p->n_parts; a++)
		for (int b = a + 1; b < (int)p->n_parts; b++)
			swapped |= swap_between(p, ways, a, b);

	return swapped;
}

static void refine(struct partition *p, struct ways *ways)
{
	bool changed = true;

	for (int pass = 0; pass < PASSES && changed; pass++) {
		changed = move_singles(p);
		changed |= swap_pairs(p, ways);
	}
}

/* -- few moves */

/* Where the part that keeps most can be the source, it is: its members and the source's free ones
 * change names. Existing communities keep theirs. */
static void keep_most(struct partition *p)
{
	int64_t heads[PARTS_MAX] = {0}, sizes[PARTS_MAX] = {0};
	int best = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->fixed[i])
			continue;
		heads[p->part[i]]++;
		sizes[p->part[i]] += p->size[i];
	}
	for (int k = 1; k < (int)p->n_parts; k++) {
		int64_t here = p->fill[0] - sizes[0] + sizes[k];
		int64_t there = p->fill[k] - sizes[k] + sizes[0];

		if (p->fresh[k] && heads[k] > heads[best] && here <= p->max[0] && here >= p->min &&
		    there <= p->max[k] && there >= p->min)
			best = k;
	}
	for (size_t i = 0; best != 0 && i < p->n; i++) {
		if (p->fixed[i])
			continue;
		if (p->part[i] == 0)
			partition_put(p, i, best);
		else if (p->part[i] == best)
			partition_put(p, i, 0);
	}
}

/* -- all of it */

/* How much parts lack or have too much; then how many hold together less than is cut of them; then
 * what is cut; then how many move. */
struct verdict {
	int64_t unfit, loose, cut, moves;
};

static struct verdict judge(const struct partition *p)
{
	struct cut inner[PARTS_MAX], outer[PARTS_MAX];
	struct verdict verdict = {0};
	int64_t heads[PARTS_MAX];

	partition_heads(p, heads);
	partition_ties(p, inner, outer);
	for (size_t k = 0; k < p->n_parts; k++) {
		bool apart = k == 0 || p->fresh[k]; /* nobody was there before */

		if (p->fill[k] < p->min)
			verdict.unfit += p->min - p->fill[k];
		if (p->fill[k] > p->max[k])
			verdict.unfit += p->fill[k] - p->max[k];
		verdict.loose += apart && heads[k] > 0 && inner[k].weight <= outer[k].weight;
		verdict.cut += outer[k].weight;
		verdict.moves += k > 0 ? heads[k] : 0;
	}

	return verdict;
}

static bool is_better(struct verdict a, struct verdict b)
{
	if (a.unfit != b.unfit)
		return a.unfit < b.unfit;
	if (a.loose != b.loose)
		return a.loose < b.loose;
	if (a.cut != b.cut)
		return a.cut < b.cut;

	return a.moves < b.moves;
}

static void partition_by(struct arena *arena, struct partition *p, const struct clusters *clusters,
			 bool seeded, struct ways *ways)
{
	struct candidate *candidates = arena_array(arena, p->n + 1, sizeof(*candidates));
	struct bundles bundles;

	bundle_up(arena, p, clusters, &bundles);
	partition_lift(p);
	if (seeded)
		pack_seeds(arena, p, &bundles);
	for (size_t i = 0; i < bundles.n; i++)
		pack_bundle(p, bundles.members + bundles.list[i].first, &bundles.list[i]);
	fill_up(p, candidates);
	refine(p, ways);
	if (seeded)
		return;
	keep_most(p);
	refine(p, ways);
}

/* The best of `best`, which may be NULL, and of what the clusters give. */
static struct partition *try_clusters(struct arena *arena, const struct partition *p,
				      const struct clusters clusters[static N_RESOLUTIONS],
				      bool seeded, struct ways *ways, struct partition *best)
{
	for (size_t i = 0; i < N_RESOLUTIONS; i++) {
		struct partition *tried = partition_copy(arena, p);

		partition_by(arena, tried, &clusters[i], seeded, ways);
		if (!best || is_better(judge(tried), judge(best)))
			best = tried;
	}

	return best;
}

enum status split_by_graph(struct call *c, struct partition *p, uint64_t seed)
{
	struct ways *ways = arena_alloc(c->arena, sizeof(*ways));
	struct clusters clusters[N_RESOLUTIONS];
	struct partition *best;

	TRY(graph_clusters(c, p->ties, resolutions, N_RESOLUTIONS, seed, clusters));
	best = try_clusters(c->arena, p, clusters, false, ways, NULL);
	if (judge(best).loose > 0)
		best = try_clusters(c->arena, p, clusters, true, ways, best);

	memcpy(p->part, best->part, p->n * sizeof(*p->part));
	memcpy(p->fill, best->fill, sizeof(p->fill));

	return STATUS_OK;
}
