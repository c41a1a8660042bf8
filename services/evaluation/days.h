/* Who did something on each day of a span. */
#ifndef KITH_EVALUATION_DAYS_H
#define KITH_EVALUATION_DAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct bitmap;
struct call;

/* What cells are kept of besides the InteractionKinds. */
#define KIND_ACTIVE  0    /* any kind */
#define KIND_ENGAGED (-1) /* posts, comments, answers, reactions, attendances, check-ins */

struct day {
	struct bitmap *active, *engaged; /* never NULL */
	int64_t interactions;
};

struct days {
	int32_t start;
	size_t n;
	struct day *list;
};

/* Reads the days from start to end, both included, in one statement; `engaged` is left empty unless
 * asked for. */
enum status days_load(struct call *c, const char *community_id, int32_t start, int32_t end,
		      bool with_engaged, struct days *ret) MUST_USE;

/* Accepts days of all zeroes. */
void days_fini(struct days *days);

/* Everybody active from `start` to `end`, both included, as far as the days reach. Caller-owned. */
struct bitmap *days_union(const struct days *days, int32_t start, int32_t end) MUST_USE;

/* How many were active in the `window` days that end with each day, into counts[0 … n). Days before
 * the first count as empty. */
void days_window(struct call *c, const struct days *days, size_t window, int32_t *counts);

#endif
