/* Members, joins and leaves, and who is new, came back or fell silent. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/text.h"
#include "bitmap/bitmap.h"
#include "days.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"
#include "span.h"

static void add_reason(struct call *c, Evaluation__GrowthPeriod *period, const char *reason,
		       int32_t count)
{
	Evaluation__LeaveReasonCount **list, *added;

	for (size_t i = 0; i < period->n_leave_reasons; i++) {
		if (text_equal(period->leave_reasons[i]->reason, reason)) {
			period->leave_reasons[i]->count += count;
			return;
		}
	}

	/* Room for a power of two: grows when the count reaches one. */
	if ((period->n_leave_reasons & (period->n_leave_reasons - 1)) == 0) {
		list = arena_array(c->arena, period->n_leave_reasons * 2 + 1, sizeof(*list));
		for (size_t i = 0; i < period->n_leave_reasons; i++)
			list[i] = period->leave_reasons[i];
		period->leave_reasons = list;
	}
	added = arena_alloc(c->arena, sizeof(*added));
	evaluation__leave_reason_count__init(added);
	added->reason = reason;
	added->count = count;
	period->leave_reasons[period->n_leave_reasons++] = added;
}

/* The most frequent first. */
static int by_count(const void *left, const void *right)
{
	const Evaluation__LeaveReasonCount *a = *(const Evaluation__LeaveReasonCount *const *)left;
	const Evaluation__LeaveReasonCount *b = *(const Evaluation__LeaveReasonCount *const *)right;

	return a->count != b->count ? b->count - a->count : strcmp(a->reason, b->reason);
}

/* Joins, leaves, and the members at the end of each period. */
static enum status count_members(struct call *c, const struct span *span, const int32_t *starts,
				 size_t n, Evaluation__GrowthPeriod **periods)
{
	Evaluation__MemberQuery query = EVALUATION__MEMBER_QUERY__INIT;
	Evaluation__MemberTotal total = EVALUATION__MEMBER_TOTAL__INIT;
	Evaluation__MemberDays changes = EVALUATION__MEMBER_DAYS__INIT;
	int64_t members;

	query.community_id = span->community_id;
	query.start_day = starts[0];
	query.end_day = starts[n] - 1;
	TRY(sql_member_total(c, &query, &total));
	TRY(sql_member_days(c, &query, &changes));

	for (size_t i = 0; i < changes.n_days; i++) {
		const Evaluation__MemberDay *day = changes.days[i];
		Evaluation__GrowthPeriod *period = periods[period_find(starts, n, day->day)];

		period->join_count += day->join_count;
		period->leave_count += day->leave_count;
		if (day->leave_count)
			add_reason(c, period, day->leave_reason, day->leave_count);
	}

	members = total.member_count;
	for (size_t i = 0; i < n; i++) {
		members += periods[i]->join_count - periods[i]->leave_count;
		periods[i]->member_count = (int32_t)members;
		if (periods[i]->n_leave_reasons > 1)
			qsort(periods[i]->leave_reasons, periods[i]->n_leave_reasons,
			      sizeof(*periods[i]->leave_reasons), by_count);
	}
	return STATUS_OK;
}

/* Who is active now against who was in the period before. Who is active now and was not is new if
 * he first joined in this period or after it, else he has come back. */
static enum status split_active(struct call *c, const struct span *span, Evaluation__Period length,
				const int32_t *starts, size_t n, Evaluation__GrowthPeriod **periods)
{
	Evaluation__MemberQuery query = EVALUATION__MEMBER_QUERY__INIT;
	Evaluation__JoinDays joins = EVALUATION__JOIN_DAYS__INIT;
	int32_t before = period_before(length, starts[0]);
	CLEANUP(days_fini) struct days days = {0};
	CLEANUP(bitmap_cleanup) struct bitmap *joined = bitmap_new(); /* from this period on */
	size_t left;

	query.community_id = span->community_id;
	query.start_day = starts[0];
	query.end_day = DAY_MAX;
	TRY(days_load(c, span->community_id, before, starts[n] - 1, false, &days));
	TRY(sql_join_days(c, &query, &joins));

	left = joins.n_days;
	for (size_t i = n; i-- > 0;) {
		CLEANUP(bitmap_cleanup) struct bitmap *was = NULL, *is = NULL, *appeared = NULL;
		Evaluation__GrowthPeriod *period = periods[i];

		while (left > 0 && joins.days[left - 1]->day >= starts[i]) {
			left--;
			bitmap_add_numbers(joined, joins.days[left]->numbers,
					   joins.days[left]->n_numbers);
		}
		is = days_union(&days, starts[i], starts[i + 1] - 1);
		was = days_union(&days, i ? starts[i - 1] : before, starts[i] - 1);
		appeared = bitmap_copy(is);
		bitmap_subtract(appeared, was);

		period->active_count = bitmap_count(is);
		period->returning_count = bitmap_count_and(is, was);
		period->dormant_count = bitmap_count_minus(was, is);
		period->new_count = bitmap_count_and(appeared, joined);
		period->resurrecting_count = bitmap_count_minus(appeared, joined);
	}
	return STATUS_OK;
}

enum status evaluation_get_growth(struct call *c, const Evaluation__GetGrowthRequest *req,
				  Evaluation__GrowthReport *reply)
{
	Evaluation__Period length = req->period ? req->period : EVALUATION__PERIOD__PERIOD_DAY;
	struct span span;
	int32_t *starts;
	size_t n;

	TRY(span_read(c, req->community_id, req->start_date, req->end_date, SPAN_DEFAULT_DAYS,
		      &span));
	starts = span_periods(c, &span, length, &n);

	reply->community_id = span.community_id;
	reply->time_zone = span.time_zone;
	if (n == 0)
		return STATUS_OK;

	reply->periods = arena_array(c->arena, n, sizeof(*reply->periods));
	for (size_t i = 0; i < n; i++) {
		Evaluation__GrowthPeriod *period = arena_alloc(c->arena, sizeof(*period));

		evaluation__growth_period__init(period);
		period->start_date = day_text(c, starts[i]);
		period->end_date = day_text(c, starts[i + 1] - 1);
		period->incomplete = starts[i + 1] > span.today;
		reply->periods[i] = period;
	}

	TRY(count_members(c, &span, starts, n, reply->periods));
	TRY(split_active(c, &span, length, starts, n, reply->periods));
	reply->n_periods = n;
	return STATUS_OK;
}
