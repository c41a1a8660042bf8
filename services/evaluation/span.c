/* Spans of days in a community's own calendar, and the periods in them. */
#include "span.h"

#include "base/arena.h"
#include "base/call.h"
#include "base/text.h"
#include "evaluation.sql.h"
#include "event/replica.h"

enum status span_today(struct call *c, const char *community_id, struct span *ret)
{
	Evaluation__CommunityKey key = EVALUATION__COMMUNITY_KEY__INIT;
	Evaluation__CommunityDay day = EVALUATION__COMMUNITY_DAY__INIT;
	enum status status;

	key.community_id = community_id;
	status = sql_community_day(c, &key, &day);
	if (status == STATUS_NOT_FOUND) {
		Member__Community community = MEMBER__COMMUNITY__INIT;

		call_forgive(c);
		TRY(replica_community(c, community_id, &community));
		status = sql_community_day(c, &key, &day);
	}
	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		return call_fail(c, STATUS_FAILED_PRECONDITION, "TIME_ZONE_UNKNOWN",
				 "the database does not know the community's time zone");
	}
	TRY(status);

	*ret = (struct span){
		.community_id = community_id,
		.time_zone = day.time_zone,
		.today = day.today,
		.start = day.today,
		.end = day.today,
	};
	return STATUS_OK;
}

enum status span_read(struct call *c, const char *community_id, const char *start_date,
		      const char *end_date, int32_t default_days, struct span *ret)
{
	struct span span;

	TRY(span_today(c, community_id, &span));

	if (*end_date && !text_date(end_date, &span.end))
		return call_violation(c, "end_date", "is not a day (YYYY-MM-DD)");
	span.start = span.end - default_days + 1;
	if (*start_date && !text_date(start_date, &span.start))
		return call_violation(c, "start_date", "is not a day (YYYY-MM-DD)");

	if (*start_date && *end_date && span.start > span.end)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "DATES_REVERSED",
				 "start_date is after end_date");
	if (span.end > span.today)
		span.end = span.today;
	if (span.end < span.start)
		span.end = span.start - 1;
	if (span.end - span.start + 1 > SPAN_MAX_DAYS)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "RANGE_TOO_LONG",
				 "a report covers at most %d days", SPAN_MAX_DAYS);

	*ret = span;
	return STATUS_OK;
}

char *day_text(struct call *c, int32_t day)
{
	char *text = arena_alloc(c->arena, 11);

	text_from_date(day, text);
	return text;
}

static int32_t month_start(int32_t day)
{
	char text[11];

	text_from_date(day, text);
	return day - ((text[8] - '0') * 10 + text[9] - '0') + 1;
}

int32_t period_start(Evaluation__Period period, int32_t day)
{
	/* 1970-01-01 was a Thursday. */
	int32_t since_monday = ((day + 3) % 7 + 7) % 7;

	switch (period) {
	case EVALUATION__PERIOD__PERIOD_WEEK:
		return day - since_monday;
	case EVALUATION__PERIOD__PERIOD_MONTH:
		return month_start(day);
	default:
		return day;
	}
}

int32_t period_next(Evaluation__Period period, int32_t start)
{
	switch (period) {
	case EVALUATION__PERIOD__PERIOD_WEEK:
		return start + 7;
	case EVALUATION__PERIOD__PERIOD_MONTH:
		return month_start(start + 31);
	default:
		return start + 1;
	}
}

int32_t period_before(Evaluation__Period period, int32_t start)
{
	return period_start(period, start - 1);
}

int32_t *span_periods(struct call *c, const struct span *span, Evaluation__Period period,
		      size_t *ret_n)
{
	size_t n = 0;
	int32_t *starts = arena_array(c->arena, SPAN_MAX_DAYS + 1, sizeof(*starts));

	starts[0] = period_start(period, span->start);
	while (starts[n] <= span->end) {
		starts[n + 1] = period_next(period, starts[n]);
		n++;
	}

	*ret_n = n;
	return starts;
}

size_t period_find(const int32_t *starts, size_t n, int32_t day)
{
	size_t low = 0, high = n;

	if (n == 0 || day < starts[0] || day >= starts[n])
		return n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (starts[middle] <= day)
			low = middle;
		else
			high = middle;
	}

	return low;
}
