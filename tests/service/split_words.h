/* Words about splits for the tests: crowds with ties, and splits of them. */
#ifndef KITH_TESTS_SPLIT_WORDS_H
#define KITH_TESTS_SPLIT_WORDS_H

#include "given.h"
#include "kith/member/v1/split.pb-c.h"
#include "kith/member/v1/tie.pb-c.h"
#include "suite.h"

/* n persons "<prefix> 0" … become members, in this order. */
void given_crowd(struct suite *s, const char *community, const char *prefix, unsigned n);

/* The id of one of a crowd. */
const char *one_of(struct suite *s, const char *prefix, unsigned i);

struct tie {
	unsigned a, b;
	int64_t weight;
};

/* Ties within a crowd, from an outside system. */
struct outcome import_ties(struct suite *s, const char *community, const char *source,
			   const char *prefix, const struct tie *ties, size_t n,
			   Member__ImportTiesResponse *ret);

/* Ties as they are among groups: member i belongs to group i % groups; of two of one group `inside`
 * percent are tied, of others `outside` percent, with weights 1 to 3. The same for the same seed.
 */
size_t given_groups(struct suite *s, const char *community, const char *prefix, unsigned n,
		    unsigned groups, unsigned inside, unsigned outside, uint64_t seed);

#define STRATEGY(name) MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_##name
#define STATE(name)    MEMBER__SPLIT_STATE__SPLIT_STATE_##name

/* An order of that strategy within bounds; the test may wish for more. */
Member__Split *order(struct suite *s, Member__SplitStrategy strategy, int64_t min_size,
		     int64_t max_size);

/* Whoever calls now. `targets` are existing communities, NULL-terminated, or NULL; `fresh` more are
 * to be made. The split is as wished otherwise. */
struct outcome create_split(struct suite *s, const char *community, const Member__Split *wish,
			    const char *const *targets, unsigned fresh, Member__Split *ret);
struct outcome start_split(struct suite *s, const Member__Split *split, Member__Split *ret);
struct outcome cancel_split(struct suite *s, const Member__Split *split, Member__Split *ret);
struct outcome revert_split(struct suite *s, const Member__Split *split, Member__Split *ret);

/* The platform, whoever calls otherwise; with patience for a service that is just coming back. */
Member__Split split_of(struct suite *s, const Member__Split *split);
/* The split once it is in that state; the test fails when it does not get there. */
Member__Split await_split(struct suite *s, const Member__Split *split, Member__SplitState state);
/* Ordered, and planned. */
Member__Split given_split(struct suite *s, const char *community, const Member__Split *wish,
			  const char *const *targets, unsigned fresh);

/* The community's numbers have no hole, its count is right, each change was told once. */
void expect_whole(struct suite *s, const char *community);

#endif
