/* Spans of days in a community's own calendar, and the periods in them. A day is an int32_t: days
 * since 1970-01-01. */
#ifndef KITH_EVALUATION_SPAN_H
#define KITH_EVALUATION_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/evaluation/v1/metric.pb-c.h"

struct call;

#define SPAN_MAX_DAYS     3700
#define SPAN_DEFAULT_DAYS 30
/* 9999-12-31: later than any day of a report. */
#define DAY_MAX 2932896

struct span {
	const char *community_id;
	const char *time_zone;
	int32_t today;
	int32_t start, end; /* both included; end is start - 1 when there is no day */
};

/* The community's zone and today; NOT_FOUND with COMMUNITY_NOT_FOUND when nobody knows it. The span
 * is today alone. */
enum status span_today(struct call *c, const char *community_id, struct span *ret) MUST_USE;

/* What a request asks for: the days from start_date to end_date, up to today; by default the
 * `default_days` that end today. INVALID_ARGUMENT with DATES_REVERSED or RANGE_TOO_LONG. */
enum status span_read(struct call *c, const char *community_id, const char *start_date,
		      const char *end_date, int32_t default_days, struct span *ret) MUST_USE;

/* "YYYY-MM-DD" in the arena. */
char *day_text(struct call *c, int32_t day);

/* The first day of the period that holds `day`, and of the one that follows the period beginning
 * with `start`, or precedes it. */
int32_t period_start(Evaluation__Period period, int32_t day);
int32_t period_next(Evaluation__Period period, int32_t start);
int32_t period_before(Evaluation__Period period, int32_t start);

/* The first days of the periods that hold the span, ascending, and after them the day on which the
 * last one is over; *ret_n counts the periods. */
int32_t *span_periods(struct call *c, const struct span *span, Evaluation__Period period,
		      size_t *ret_n);

/* Which of the n periods holds the day: the last whose start is not after it; n when none does. */
size_t period_find(const int32_t *starts, size_t n, int32_t day);

#endif
