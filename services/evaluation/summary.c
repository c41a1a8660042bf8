/* Where the community stands today, in one row. */
#include "activity.h"
#include "base/arena.h"
#include "base/call.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"

static Evaluation__Rate *rate_message(struct call *c, const Evaluation__Stickiness *s)
{
	Evaluation__Rate *rate = arena_alloc(c->arena, sizeof(*rate));

	evaluation__rate__init(rate);
	rate->share = s->ratio;
	rate->n = s->n;
	rate->low = s->low;
	rate->high = s->high;
	rate->insufficient_data = s->insufficient_data;
	return rate;
}

enum status evaluation_get_metric_summary(struct call *c,
					  const Evaluation__GetMetricSummaryRequest *req,
					  Evaluation__MetricSummary *reply)
{
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
	Evaluation__MemberQuery query = EVALUATION__MEMBER_QUERY__INIT;
	Evaluation__MemberDays changes = EVALUATION__MEMBER_DAYS__INIT;
	Evaluation__MemberTotal total = EVALUATION__MEMBER_TOTAL__INIT;
	Evaluation__CommunityKey key = EVALUATION__COMMUNITY_KEY__INIT;
	Evaluation__LastInteraction last = EVALUATION__LAST_INTERACTION__INIT;
	const Evaluation__ActivityDay *today;
	struct span span;

	TRY(span_today(c, req->community_id, &span));
	span.start = span.today - SPAN_DEFAULT_DAYS + 1;
	query.community_id = key.community_id = req->community_id;
	query.start_day = span.start;
	query.end_day = span.end;
	TRY(activity_report(c, &span, WAU_DAYS, MAU_DAYS, &report));
	TRY(sql_member_total(c, &query, &total));
	TRY(sql_member_days(c, &query, &changes));
	TRY(sql_interaction_last(c, &key, &last));

	today = report.days[report.n_days - 1];
	reply->community_id = req->community_id;
	reply->time_zone = report.time_zone;
	reply->date = today->date;
	reply->active = today->active;
	reply->engaged = today->engaged;
	reply->wau = today->wau;
	reply->mau = today->mau;
	reply->interactions = today->interactions;
	reply->stickiness = rate_message(c, report.stickiness);
	reply->last_interaction_time = last.last_interaction_time;
	for (size_t i = 0; i < changes.n_days; i++) {
		reply->join_count += changes.days[i]->join_count;
		reply->leave_count += changes.days[i]->leave_count;
	}
	reply->member_count = (int32_t)total.member_count + reply->join_count - reply->leave_count;
	return STATUS_OK;
}
