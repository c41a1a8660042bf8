/* What reports on content have in common: the days they are of, by the community's clocks, and
 * rates. */
#ifndef KITH_CONTENT_REPORT_H
#define KITH_CONTENT_REPORT_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/calendar_store.pb-c.h"
#include "kith/content/v1/rate.pb-c.h"

struct call;

#define REPORT_MAX_DAYS 3700

/* INVALID_ARGUMENT with DATES_REVERSED or RANGE_TOO_LONG, unless both days, which are days, make a
 * span. */
enum status report_days_check(struct call *c, const char *start_date,
			      const char *end_date) MUST_USE;

/* The same, where "" is a default: the 28 days that end today. With the community's zone. */
enum status report_days(struct call *c, const char *community_id, const char *start_date,
			const char *end_date, Content__DaySpan *ret) MUST_USE;

/* count of n as a rate, in the call's arena. */
Content__Rate *report_rate(struct call *c, int64_t count, int64_t n) MUST_USE;

#endif
