/* Active and engaged members day by day. */
#include "activity.h"

#include "base/arena.h"
#include "base/call.h"
#include "base/rate.h"
#include "bitmap/bitmap.h"
#include "days.h"
#include "evaluation.rpc.h"

/* Over the days that are over. */
static Evaluation__Stickiness *stickiness(struct call *c, const Evaluation__ActivityReport *report)
{
	Evaluation__Stickiness *s = arena_alloc(c->arena, sizeof(*s));
	int64_t active = 0, mau = 0;
	double ratios = 0;
	size_t n_ratios = 0;
	struct rate rate;

	for (size_t i = 0; i < report->n_days; i++) {
		const Evaluation__ActivityDay *day = report->days[i];

		if (day->incomplete || day->mau == 0)
			continue;
		active += day->active;
		mau += day->mau;
		ratios += (double)day->active / day->mau;
		n_ratios++;
	}
	rate = rate_of(active, mau);

	evaluation__stickiness__init(s);
	s->ratio = rate.share;
	s->mean_daily_ratio = n_ratios ? ratios / (double)n_ratios : 0;
	s->n = (int32_t)(mau < INT32_MAX ? mau : INT32_MAX);
	s->low = rate.low;
	s->high = rate.high;
	s->insufficient_data = rate.insufficient;
	return s;
}

enum status activity_report(struct call *c, const struct span *span, int32_t wau_days,
			    int32_t mau_days, Evaluation__ActivityReport *ret)
{
	int32_t before = (wau_days > mau_days ? wau_days : mau_days) - 1;
	CLEANUP(days_fini) struct days days = {0};
	size_t n = (size_t)(span->end - span->start + 1);
	int32_t *wau, *mau;

	TRY(days_load(c, span->community_id, span->start - before, span->end, true, &days));
	wau = arena_array(c->arena, days.n + 1, sizeof(*wau));
	mau = arena_array(c->arena, days.n + 1, sizeof(*mau));
	days_window(c, &days, (size_t)wau_days, wau);
	days_window(c, &days, (size_t)mau_days, mau);

	ret->community_id = span->community_id;
	ret->time_zone = span->time_zone;
	ret->days = arena_array(c->arena, n + 1, sizeof(*ret->days));
	ret->n_days = n;
	for (size_t i = 0; i < n; i++) {
		size_t at = i + (size_t)before;
		Evaluation__ActivityDay *day = arena_alloc(c->arena, sizeof(*day));

		evaluation__activity_day__init(day);
		day->date = day_text(c, span->start + (int32_t)i);
		day->active = bitmap_count(days.list[at].active);
		day->engaged = bitmap_count(days.list[at].engaged);
		day->wau = wau[at];
		day->mau = mau[at];
		day->interactions = (int32_t)days.list[at].interactions;
		day->incomplete = span->start + (int32_t)i >= span->today;
		ret->days[i] = day;
	}
	ret->stickiness = stickiness(c, ret);
	return STATUS_OK;
}

enum status evaluation_get_activity(struct call *c, const Evaluation__GetActivityRequest *req,
				    Evaluation__ActivityReport *reply)
{
	struct span span;

	TRY(span_read(c, req->community_id, req->start_date, req->end_date, SPAN_DEFAULT_DAYS,
		      &span));

	return activity_report(c, &span, req->wau_days ? req->wau_days : WAU_DAYS,
			       req->mau_days ? req->mau_days : MAU_DAYS, reply);
}
