/* Telling member what its members did on their days.
 *
 * Invariant: what changes a cell of member_day writes it down in `untold` in the same statement,
 * and it stays there until member has acknowledged it. Member keeps the highest version, so a cell
 * may be told late, twice and in any order. */
#ifndef KITH_EVALUATION_TELL_H
#define KITH_EVALUATION_TELL_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "fold.h"

struct call;

/* Between two rounds, what changes again is told once. */
#define TELL_PERIOD_US 500000

/* A walk through all communities. */
struct tell_round {
	struct round round;
	bool full; /* one of its bites was: there may be more */
};

/* The job: tells one bite of as many communities as it holds. `user` is its struct tell_round. */
enum status tell_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
