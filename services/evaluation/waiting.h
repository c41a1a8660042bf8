/* Interactions of people whose number is not known here yet. */
#ifndef KITH_EVALUATION_WAITING_H
#define KITH_EVALUATION_WAITING_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* The job: asks member about some of them, each time later than the time before; those it knows
 * become pending. Events bring most of them first. */
enum status waiting_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
