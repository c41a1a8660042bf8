/* Who goes where: one function a strategy of splits. Each takes a partition in which everybody is
 * in the source and leaves one in which everybody is somewhere; who fits nowhere is in the source.
 */
#ifndef KITH_MEMBER_SPLIT_STRATEGY_H
#define KITH_MEMBER_SPLIT_STRATEGY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/status.h"
#include "partition.h"

struct call;

/* The first stay, the others fill one part after the other. */
void split_fill(struct partition *p);

/* The last go to the emptiest part, until the source is no fuller than that. */
void split_least_loaded(struct partition *p);

/* Each to the part he is wished into; 0: he stays. */
void split_by_wish(struct partition *p, const int32_t *wishes);

/* Those of one label go together, the most frequent labels first, each into the emptiest part; a
 * label for which none has room is shared out. Who has no label ("") stays. */
void split_by_label(struct arena *arena, struct partition *p, const char *const *labels);

/* So that little weight is cut. Parts below `min` are filled up where that can be done. */
enum status split_by_graph(struct call *c, struct partition *p, uint64_t seed) MUST_USE;

/* What parts with as many heads as in `p` are to be expected to cut, if their members are drawn by
 * lot. Of n members, n_k of them in part k, two are apart with the probability
 *
 *	1 - sum n_k (n_k - 1) / (n (n - 1))
 *
 * and so much of all ties is cut. Where some are fixed in the source, n and n_k count those who are
 * free, a tie of one free and one fixed member is cut with 1 - n_0 / n, and one of two fixed never.
 * Rounded to whole ties. */
struct cut split_cut_by_lot(const struct partition *p);

/* What they would cut if they were dealt out by number. */
struct cut split_cut_by_number(struct arena *arena, const struct partition *p);

#endif
