/* What reports on content have in common: the days they are of, by the community's clocks, and
 * rates. */
#include "report.h"

#include "base/arena.h"
#include "base/call.h"
#include "base/rate.h"
#include "base/text.h"
#include "content.sql.h"
#include "event/replica.h"

enum status report_days_check(struct call *c, const char *start_date, const char *end_date)
{
	int32_t start = 0, end = 0;

	if (!text_date(start_date, &start) || !text_date(end_date, &end) || start > end)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "DATES_REVERSED",
				 "start_date is after end_date");
	if (end - start >= REPORT_MAX_DAYS)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "RANGE_TOO_LONG", "at most %d days",
				 REPORT_MAX_DAYS);

	return STATUS_OK;
}

enum status report_days(struct call *c, const char *community_id, const char *start_date,
			const char *end_date, Content__DaySpan *ret)
{
	Content__DaySpan wanted = CONTENT__DAY_SPAN__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, community_id, &community));
	wanted.community_id = community_id;
	wanted.start_date = start_date;
	wanted.end_date = end_date;
	TRY(sql_day_span(c, &wanted, ret));

	return report_days_check(c, ret->start_date, ret->end_date);
}

Content__Rate *report_rate(struct call *c, int64_t count, int64_t n)
{
	Content__Rate *ret = arena_alloc(c->arena, sizeof(*ret));
	struct rate rate = rate_of(count, n);

	content__rate__init(ret);
	ret->share = rate.share;
	ret->n = n;
	ret->low = rate.low;
	ret->high = rate.high;
	ret->insufficient_data = rate.insufficient;

	return ret;
}
