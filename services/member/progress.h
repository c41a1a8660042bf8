/* What members did and what they have reached by it: their days, standing, levels and journeys. */
#ifndef KITH_MEMBER_PROGRESS_H
#define KITH_MEMBER_PROGRESS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/progress_store.pb-c.h"

struct call;

/* Looks again at what the memberships have reached, by all the days there are. Their communities
 * are locked. */
enum status progress_settle(struct call *c, const Member__ProgressQuery *query) MUST_USE;

/* A deed (schedule.c): looks again at a part of a community whose review is due. */
enum status progress_review(struct call *c, bool *ret_worked) MUST_USE;

#endif
