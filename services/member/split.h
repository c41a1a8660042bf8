/* Splits: what goes on by itself once a split was ordered or started. */
#ifndef KITH_MEMBER_SPLIT_H
#define KITH_MEMBER_SPLIT_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* Plans may take seconds, so they have a job of their own. */
#define SPLIT_PLAN_JOB       "split-plan"
#define SPLIT_PLAN_PERIOD_US 500000

/* Of type job.run: makes the plan that has waited longest. */
enum status split_plan_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

/* A deed of the schedule: the next batch of a split that runs or is taken back. */
enum status split_advance(struct call *c, bool *ret_worked) MUST_USE;

#endif
