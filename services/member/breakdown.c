/* Breakdowns: how many members have each value of a facet, and nobody told apart in it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bitmap/bitmap.h"
#include "facet.h"
#include "kith/member/v1/segment.pb-c.h"
#include "member.h"
#include "member.rpc.h"

/*
 * reason        status            from
 * BAD_FILTER    INVALID_ARGUMENT  GetBreakdown
 * NO_BREAKDOWN  INVALID_ARGUMENT  GetBreakdown
 */

#define TOGETHER_MIN 5    /* members who share a value before it is told */
#define COUNTS_MAX   1000 /* values told; the others are one number */

/* The counts while they are found: the same value may be found several times. */
struct tally {
	struct call *c;
	const struct bitmap *asked; /* who is counted */
	struct bitmap *having;      /* those of them who have some value */
	Member__FacetCount **counts;
	size_t n, room;
};

static void add(struct tally *tally, const char *value, int64_t count)
{
	Member__FacetCount *found = arena_alloc(tally->c->arena, sizeof(*found));

	if (tally->n == tally->room) {
		size_t room = tally->room ? 2 * tally->room : 64;
		Member__FacetCount **counts = arena_array(tally->c->arena, room, sizeof(*counts));

		for (size_t i = 0; i < tally->n; i++)
			counts[i] = tally->counts[i];
		tally->counts = counts;
		tally->room = room;
	}
	*found = (Member__FacetCount)MEMBER__FACET_COUNT__INIT;
	found->value = value;
	found->member_count = count;
	tally->counts[tally->n++] = found;
}

static enum status tell(void *user, const char *value, const struct bitmap *members)
{
	struct tally *tally = user;
	int32_t count = bitmap_count_and(tally->asked, members);

	bitmap_add(tally->having, members);
	if (count > 0)
		add(tally, value, count);

	return STATUS_OK;
}

static int compare_values(const void *a, const void *b)
{
	const Member__FacetCount *const *left = a, *const *right = b;

	return strcmp((*left)->value, (*right)->value);
}

static int compare_counts(const void *a, const void *b)
{
	const Member__FacetCount *const *left = a, *const *right = b;
	int64_t difference = (*right)->member_count - (*left)->member_count;

	return difference ? (difference > 0) - (difference < 0) : compare_values(a, b);
}

/* One count a value, the most frequent first. */
static void order(struct tally *tally)
{
	size_t n = 0;

	if (tally->n == 0)
		return;
	qsort(tally->counts, tally->n, sizeof(*tally->counts), compare_values);
	for (size_t i = 1; i < tally->n; i++) {
		if (text_equal(tally->counts[n]->value, tally->counts[i]->value))
			tally->counts[n]->member_count += tally->counts[i]->member_count;
		else
			tally->counts[++n] = tally->counts[i];
	}
	tally->n = n + 1;
	qsort(tally->counts, tally->n, sizeof(*tally->counts), compare_counts);
}

/* What is not told apart is at least two values with 5 members together, so that none of them
 * follows from how many there are in all. Where that cannot be, nothing is told. */
static void veil(const struct tally *tally, Member__MemberBreakdown *reply)
{
	size_t told = 0, veiled;

	while (told < tally->n && told < COUNTS_MAX &&
	       tally->counts[told]->member_count >= TOGETHER_MIN)
		told++;
	for (size_t i = told; i < tally->n; i++)
		reply->other_count += tally->counts[i]->member_count;
	veiled = tally->n - told;
	while (told > 0 && veiled > 0 && (veiled < 2 || reply->other_count < TOGETHER_MIN)) {
		reply->other_count += tally->counts[--told]->member_count;
		veiled++;
	}
	if (reply->other_count < TOGETHER_MIN)
		reply->other_count = 0;
	reply->counts = tally->counts;
	reply->n_counts = told;
}

enum status member_get_member_breakdown(struct call *c,
					const Member__GetMemberBreakdownRequest *req,
					Member__MemberBreakdown *reply)
{
	CLEANUP(bitmap_cleanup) struct bitmap *asked = NULL, *having = bitmap_new();
	const struct filter_field *field = facet_field(req->facet);
	const struct filter *filter;
	struct tally tally = {.c = c, .having = having};
	struct facets *facets;

	TRY(filter_parse(c, "filter", req->filter, facet_fields_of_staff, &filter));
	if (!facet_breaks_down(field)) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "NO_BREAKDOWN", "%s has no breakdown",
			  req->facet);
		return call_violation(c, "facet", "is a day, reckoned from others, or unknown");
	}
	TRY(facets_read(c, req->community_id, filter, req->facet, &facets));
	TRY(facets_select(facets, filter, &asked));
	tally.asked = asked;
	TRY(facets_each(facets, tell, &tally));

	bitmap_subtract(asked, having);
	if (bitmap_count(asked) > 0)
		add(&tally, "", bitmap_count(asked));
	order(&tally);
	veil(&tally, reply);

	return STATUS_OK;
}
