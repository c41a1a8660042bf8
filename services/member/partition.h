/* Members shared out among parts, and the ties between them. Members are positions 0 … n - 1, in
 * the order of their numbers; parts are 0 (the source) … n_parts - 1. */
#ifndef KITH_MEMBER_PARTITION_H
#define KITH_MEMBER_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define PARTS_MAX 20
#define NOWHERE   (-1)

/* Each tie stands twice, once with each of its ends: those of member i are first[i] … first[i + 1].
 */
struct ties {
	size_t n;
	size_t *first;
	uint32_t *other;
	int64_t *weight;
	int64_t count, total; /* each tie once */
};

/* Ties `a[k]`–`b[k]` of n members, in the arena. No pair comes twice. */
struct ties *ties_new(struct arena *arena, size_t n, const uint32_t *a, const uint32_t *b,
		      const int64_t *weight, size_t n_ties);

/* The weight of all ties of a member. */
int64_t ties_load(const struct ties *ties, size_t i);

struct partition {
	const struct ties *ties;
	const int64_t *size; /* what a member counts: 1, or his load */
	const bool *fixed;   /* stays in the source */
	int *part;           /* of each member, or NOWHERE */
	size_t n, n_parts;
	/* fill: the sizes of who is in a part, with who was there before. No move takes a part
	 * above its max; who is in the source at first may be. */
	int64_t fill[PARTS_MAX], max[PARTS_MAX], min;
	bool fresh[PARTS_MAX]; /* to be made: who is meant for it may as well be meant for another
				*/
};

/* A copy that is changed apart. */
struct partition *partition_copy(struct arena *arena, const struct partition *p);

/* Takes the member out of where he is into a part, or NOWHERE. */
void partition_put(struct partition *p, size_t i, int part);

/* Whether a part has room for him. */
bool partition_fits(const struct partition *p, size_t i, int part);

/* Takes all that are not fixed out of the source. */
void partition_lift(struct partition *p);

/* The part with the least in it that has room for `size`, from `from` on; NOWHERE when none has. */
int partition_emptiest(const struct partition *p, int from, int64_t size);

/* How many are in each part. */
void partition_heads(const struct partition *p, int64_t ret_heads[static PARTS_MAX]);

/* The weight of his ties into each part. */
void partition_pull(const struct partition *p, size_t i, int64_t ret_pull[static PARTS_MAX]);

struct cut {
	int64_t count, weight;
};

/* The ties between members of different parts. */
struct cut partition_cut(const struct partition *p);

/* The ties between members of each part, and those from each part to others. */
void partition_ties(const struct partition *p, struct cut ret_inner[static PARTS_MAX],
		    struct cut ret_outer[static PARTS_MAX]);

#endif
