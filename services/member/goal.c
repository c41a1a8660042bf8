/* Goals of communities, and how far they are. Statements are in sql/goal.sql.
 *
 * How far a goal is, is never typed in: evaluation is asked. While it cannot be asked, goals are
 * served without. */
#include <math.h>

#include "base/clock.h"
#include "event/ask.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/member/v1/goal.pb-c.h"
#include "kith/member/v1/registry_store.pb-c.h"
#include "kith_methods.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Create, Update, SetPrimary, Close
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Create, Update, SetPrimary
 * GOAL_NOT_FOUND        NOT_FOUND            Get, Update, SetPrimary, Close
 * BAD_DEADLINE          INVALID_ARGUMENT     Create, Update
 * GOAL_PRIMARY_TAKEN    ALREADY_EXISTS       Create (constraint)
 * GOAL_CLOSED           FAILED_PRECONDITION  Update, SetPrimary, Close
 * GOAL_NOT_REACHED      FAILED_PRECONDITION  Close
 * PROGRESS_UNAVAILABLE  UNAVAILABLE          Close
 * ETAG_MISMATCH         ABORTED              Update
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 */

#define OPEN     MEMBER__GOAL_STATE__GOAL_STATE_OPEN
#define ACHIEVED MEMBER__GOAL_STATE__GOAL_STATE_ACHIEVED

#define ASK_US      1000000 /* how long evaluation may take before goals are served without it */
#define RETRY_US    5000000
#define MICROSECOND 1000000

static const char *const changeable[] = {"kind", "target", "deadline_time", "note", NULL};

/* -- what evaluation says */

/* Where a community stands; NULL while evaluation cannot be asked. */
typedef const Evaluation__MetricSummary *standing;

static enum status ask_standing(struct call *c, const char *community_id, standing *ret)
{
	Evaluation__GetMetricSummaryRequest req = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	Evaluation__MetricSummary *summary = arena_alloc(c->arena, sizeof(*summary));
	int64_t deadline_us = c->deadline_us, soon_us = clock_mono_us() + ASK_US;
	enum status status;

	req.community_id = community_id;
	evaluation__metric_summary__init(summary);
	c->deadline_us = soon_us < deadline_us ? soon_us : deadline_us;
	status = ask_peer(c, method_evaluation_get_metric_summary, &req.base, &summary->base);
	c->deadline_us = deadline_us;
	if (status != STATUS_OK)
		call_forgive(c);
	*ret = status == STATUS_OK ? summary : NULL;

	return STATUS_OK;
}

static int64_t value_of(Member__GoalMetric metric, standing s)
{
	switch (metric) {
	case MEMBER__GOAL_METRIC__GOAL_METRIC_MEMBERS:
		return s->member_count;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_ACTIVE_DAY:
		return s->active;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_ENGAGED_DAY:
		return s->engaged;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_ACTIVE_WEEK:
		return s->wau;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_ACTIVE_MONTH:
		return s->mau;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_JOINS_MONTH:
		return s->join_count;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_INTERACTIONS_DAY:
		return s->interactions;
	case MEMBER__GOAL_METRIC__GOAL_METRIC_STICKINESS:
		return s->stickiness ? lround(100 * s->stickiness->share) : 0;
	default:
		return 0;
	}
}

/* -- progress */

static Google__Protobuf__Timestamp *timestamp(struct call *c, int64_t us)
{
	Google__Protobuf__Timestamp *time = arena_alloc(c->arena, sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = us / MICROSECOND;
	time->nanos = (int32_t)(us % MICROSECOND) * 1000;

	return time;
}

static int64_t time_us(const Google__Protobuf__Timestamp *time)
{
	return time->seconds * MICROSECOND + time->nanos / 1000;
}

/* Less may be better. */
static bool is_beyond(const Member__Goal *goal, int64_t value, int64_t mark)
{
	return goal->target >= goal->baseline ? value >= mark : value <= mark;
}

/* Where a straight line from the baseline at creation to the target at the deadline is at `us`. */
static int64_t expected_at(const Member__Goal *goal, int64_t us)
{
	int64_t start = time_us(goal->create_time), end = time_us(goal->deadline_time);
	double gone = (double)(us - start) / (double)(end - start);

	return goal->baseline + lround((double)(goal->target - goal->baseline) * fmin(gone, 1));
}

static void tell_progress(struct call *c, Member__Goal *goal, standing s)
{
	Member__GoalProgress *p = goal->progress = arena_alloc(c->arena, sizeof(*p));
	int64_t way = goal->target - goal->baseline;

	member__goal_progress__init(p);
	p->status = MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_UNAVAILABLE;
	if (goal->state == OPEN ? !s : !goal->final_value_time)
		return;

	p->status = goal->state == OPEN ? MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_CURRENT
					: MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_FINAL;
	p->value = goal->state == OPEN ? value_of(goal->metric, s) : goal->final_value;
	p->as_of_time = goal->state == OPEN ? timestamp(c, c->now_us) : goal->final_value_time;
	p->ratio =
		way ? (double)(p->value - goal->baseline) / (double)way : p->value >= goal->target;
	p->expected_value = expected_at(goal, time_us(p->as_of_time));
	p->on_track = is_beyond(goal, p->value, p->expected_value);
}

static enum status with_progress(struct call *c, Member__Goal *goal)
{
	standing s = NULL;

	if (goal->state == OPEN)
		TRY(ask_standing(c, goal->community_id, &s));
	tell_progress(c, goal, s);

	return STATUS_OK;
}

/* -- methods */

static enum status deadline_ahead(struct call *c, const Google__Protobuf__Timestamp *deadline)
{
	if (deadline && time_us(deadline) > c->now_us)
		return STATUS_OK;

	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_DEADLINE", "a goal lies ahead");
	return call_violation(c, "goal.deadline_time", "must lie in the future");
}

/* The goal, in a community that nobody else changes meanwhile. */
static enum status lock(struct call *c, const char *community_id, const char *goal_id,
			Member__Community *ret_community, Member__Goal *ret)
{
	Member__GetGoalRequest wanted = MEMBER__GET_GOAL_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.goal_id = goal_id;
	TRY(community_lock(c, community_id, ret_community));

	return sql_goal_get(c, &wanted, ret);
}

static enum status goal_open(struct call *c, const Member__Goal *goal)
{
	return goal->state == OPEN ? STATUS_OK
				   : call_fail(c, STATUS_FAILED_PRECONDITION, "GOAL_CLOSED",
					       "the goal is closed");
}

enum status member_create_goal(struct call *c, const Member__CreateGoalRequest *req,
			       Member__Goal *goal)
{
	Member__CreateGoalRequest request = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Goal wanted = *req->goal;
	standing s;

	if (!wanted.kind)
		return call_violation(c, "goal.kind", "is required");
	if (!wanted.metric)
		return call_violation(c, "goal.metric", "is required");
	TRY(deadline_ahead(c, wanted.deadline_time));
	TRY(ask_standing(c, req->community_id, &s));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));

	wanted.baseline = s ? value_of(wanted.metric, s) : 0;
	wanted.baseline_time = s ? timestamp(c, c->now_us) : NULL;
	request.goal = &wanted;
	TRY(sql_goal_create(c, &request, goal));
	tell_progress(c, goal, s);

	return STATUS_OK;
}

enum status member_get_goal(struct call *c, const Member__GetGoalRequest *req, Member__Goal *goal)
{
	TRY(sql_goal_get(c, req, goal));

	return with_progress(c, goal);
}

enum status member_list_goals(struct call *c, const Member__ListGoalsRequest *req,
			      Member__ListGoalsResponse *list)
{
	bool any_open = false;
	standing s = NULL;

	TRY(sql_goal_list(c, req, list));
	for (size_t i = 0; i < list->n_goals; i++)
		any_open |= list->goals[i]->state == OPEN;
	if (any_open)
		TRY(ask_standing(c, req->community_id, &s));
	for (size_t i = 0; i < list->n_goals; i++)
		tell_progress(c, list->goals[i], s);

	return STATUS_OK;
}

enum status member_update_goal(struct call *c, const Member__UpdateGoalRequest *req,
			       Member__Goal *goal)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Goal was = MEMBER__GOAL__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "kind") && !req->goal->kind)
		return call_violation(c, "goal.kind", "is required");
	if (req->goal->deadline_time || mask_has(req->update_mask, "deadline_time"))
		TRY(deadline_ahead(c, req->goal->deadline_time));
	TRY(lock(c, req->community_id, req->goal_id, &community, &was));
	TRY(community_open(c, &community));
	TRY(goal_open(c, &was));
	TRY(etag_matches(c, req->goal->etag, was.etag));
	TRY(sql_goal_update(c, req, goal));

	return with_progress(c, goal);
}

enum status member_set_primary_goal(struct call *c, const Member__SetPrimaryGoalRequest *req,
				    Member__Goal *goal)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Goal was = MEMBER__GOAL__INIT;

	TRY(lock(c, req->community_id, req->goal_id, &community, &was));
	TRY(community_open(c, &community));
	TRY(goal_open(c, &was));
	TRY(sql_goal_set_primary(c, req, goal));

	return with_progress(c, goal);
}

/* Only what evaluation counts makes a goal achieved. */
static enum status reached(struct call *c, const Member__Goal *goal, standing s)
{
	if (!s)
		return call_retry(c, STATUS_UNAVAILABLE, "PROGRESS_UNAVAILABLE", RETRY_US);
	if (is_beyond(goal, value_of(goal->metric, s), goal->target))
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "GOAL_NOT_REACHED",
			 "the metric has not come to the target");
}

enum status member_close_goal(struct call *c, const Member__CloseGoalRequest *req,
			      Member__Goal *goal)
{
	Member__GoalClosing closing = MEMBER__GOAL_CLOSING__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Goal was = MEMBER__GOAL__INIT;
	standing s;

	if (req->state == OPEN)
		return call_violation(c, "state", "must be ACHIEVED, MISSED or DROPPED");
	TRY(ask_standing(c, req->community_id, &s));
	TRY(lock(c, req->community_id, req->goal_id, &community, &was));
	if (was.state == req->state) {
		*goal = was;
		return with_progress(c, goal);
	}
	TRY(goal_open(c, &was));
	if (req->state == ACHIEVED)
		TRY(reached(c, &was, s));

	closing.community_id = req->community_id;
	closing.goal_id = req->goal_id;
	closing.state = req->state;
	closing.final_value = s ? value_of(was.metric, s) : 0;
	closing.final_value_time = s ? timestamp(c, c->now_us) : NULL;
	TRY(sql_goal_close(c, &closing, goal));

	return with_progress(c, goal);
}
