/* What members did and what they have reached by it: their days, standing, levels and journeys. */
#ifndef KITH_MEMBER_PROGRESS_H
#define KITH_MEMBER_PROGRESS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* A deed (schedule.c): looks again at a part of a community whose review is due. */
enum status progress_review(struct call *c, bool *ret_worked) MUST_USE;

#endif
