/* The fold: takes pending interactions into the bitmaps.
 *
 * Invariant: a bitmap changes only in a transaction that holds its community's row in `fold`; what
 * is no longer pending is in the bitmaps, by the same commit. */
#ifndef KITH_EVALUATION_FOLD_H
#define KITH_EVALUATION_FOLD_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/id.h"
#include "base/status.h"
#include "kith/evaluation/v1/cell.pb-c.h"

struct call;

/* Where a job that goes round the communities has got to. Starts as all zeroes. */
struct round {
	char after_community_id[ID_SIZE];
};

/* The job: one bite of pending interactions of as many communities as it holds. `user` is its
 * struct round. */
enum status fold_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

/* Folds all that is pending in one locked community, within the caller's transaction. */
enum status fold_community(struct call *c, const char *community_id) MUST_USE;

/* The set that the cell's numbers make, added to its bits where `onto_bits`; written back as bits.
 */
enum status fold_cell(struct call *c, Evaluation__Cell *cell, bool onto_bits) MUST_USE;

#endif
