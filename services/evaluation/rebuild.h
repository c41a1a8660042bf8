/* Counting again from the raw interactions: days that lost something, communities whose days moved,
 * and whoever asks for proof. */
#ifndef KITH_EVALUATION_REBUILD_H
#define KITH_EVALUATION_REBUILD_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* The job: the dirty days of one community. `user` is its struct round (fold.h). */
enum status rebuild_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
