/* Task series, as the nouns around them see them. */
#ifndef KITH_CONTENT_TASK_SERIES_H
#define KITH_CONTENT_TASK_SERIES_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/task_series.pb-c.h"
#include "kith/content/v1/task_series_store.pb-c.h"

struct call;

/* The series, which nobody else changes until the call ends. NOT_FOUND TASK_SERIES_NOT_FOUND. */
enum status task_series_lock(struct call *c, const char *community_id, const char *series_id,
			     Content__TaskSeries *ret) MUST_USE;

/* The series where the caller may see it: NOT_FOUND TASK_SERIES_NOT_FOUND otherwise. */
enum status task_series_visible(struct call *c, const char *community_id, const char *series_id,
				Content__TaskSeries *ret, bool *ret_staff) MUST_USE;

/* FAILED_PRECONDITION SERIES_STATE, with the state it is in, unless that is one of `states`, a bit
 * each. */
enum status task_series_in(struct call *c, const Content__TaskSeries *series,
			   unsigned states) MUST_USE;

/* The series on the calendar of its community, whose clock is known afterwards. */
enum status task_series_calendar(struct call *c, const char *community_id, const char *series_id,
				 Content__TaskCalendar *ret) MUST_USE;

#define SERIES_DRAFT  (1U << CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_DRAFT)
#define SERIES_ACTIVE (1U << CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ACTIVE)

#endif
