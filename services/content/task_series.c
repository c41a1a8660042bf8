/* Task series: planning, opening, ending. Statements are in sql/task_series.sql. */
#include "task_series.h"

#include "base/arena.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "service/precondition.h"

/*
 *            Update  SetTask  Activate  End    Cancel     its last day is over
 * DRAFT      all     yes      ACTIVE    –      CANCELLED
 * ACTIVE     words   yes      –         ENDED  CANCELLED  ENDED
 * ENDED      –       –        –         –      –
 * CANCELLED  –       –        –         –      –
 *
 * reason                 status               from
 * TASK_SERIES_NOT_FOUND  NOT_FOUND            all but Create, List; also who may not see it
 * COMMUNITY_ARCHIVED     FAILED_PRECONDITION  Create
 * SERIES_STATE           FAILED_PRECONDITION  Update, SetTask, Activate, End, Cancel
 * TASK_MISSING           FAILED_PRECONDITION  Activate, with the fact day
 * START_PASSED           FAILED_PRECONDITION  Activate, with the fact today
 * ETAG_MISMATCH          ABORTED              Update
 */

#define DRAFT     CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_DRAFT
#define ACTIVE    CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ACTIVE
#define ENDED     CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ENDED
#define CANCELLED CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_CANCELLED

enum status task_series_lock(struct call *c, const char *community_id, const char *series_id,
			     Content__TaskSeries *ret)
{
	Content__GetTaskSeriesRequest wanted = CONTENT__GET_TASK_SERIES_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.series_id = series_id;

	return sql_task_series_lock(c, &wanted, ret);
}

enum status task_series_visible(struct call *c, const char *community_id, const char *series_id,
				Content__TaskSeries *ret, bool *ret_staff)
{
	Content__GetTaskSeriesRequest wanted = CONTENT__GET_TASK_SERIES_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.series_id = series_id;
	TRY(caller_is_staff(c, community_id, ret_staff));
	TRY(sql_task_series_get(c, &wanted, ret));
	if (*ret_staff || ret->state != DRAFT)
		return STATUS_OK;

	content__task_series__init(ret);
	return call_fail(c, STATUS_NOT_FOUND, "TASK_SERIES_NOT_FOUND", "task series not found");
}

enum status task_series_in(struct call *c, const Content__TaskSeries *series, unsigned states)
{
	static const char *const names[] = {"UNSPECIFIED", "DRAFT", "ACTIVE", "ENDED", "CANCELLED"};

	if (states & 1U << series->state)
		return STATUS_OK;

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "SERIES_STATE",
			"not with a series that is %s", names[series->state]);
	call_fact(c, "state", names[series->state]);
	return STATUS_FAILED_PRECONDITION;
}

enum status task_series_calendar(struct call *c, const char *community_id, const char *series_id,
				 Content__TaskCalendar *ret)
{
	Content__GetTaskSeriesRequest wanted = CONTENT__GET_TASK_SERIES_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	wanted.community_id = community_id;
	wanted.series_id = series_id;
	TRY(replica_community(c, community_id, &community));

	return sql_task_series_calendar(c, &wanted, ret);
}

enum status content_create_task_series(struct call *c, const Content__CreateTaskSeriesRequest *req,
				       Content__TaskSeries *series)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->series->title[0])
		return call_violation(c, "series.title", "is required");
	if (!req->series->start_date[0])
		return call_violation(c, "series.start_date", "is required");
	if (!req->series->day_count)
		return call_violation(c, "series.day_count", "is required");
	TRY(replica_community(c, req->community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return sql_task_series_create(c, req, series);
}

enum status content_get_task_series(struct call *c, const Content__GetTaskSeriesRequest *req,
				    Content__TaskSeries *series)
{
	bool staff;

	return task_series_visible(c, req->community_id, req->series_id, series, &staff);
}

enum status content_list_task_series(struct call *c, const Content__ListTaskSeriesRequest *req,
				     Content__ListTaskSeriesResponse *reply)
{
	bool staff = true;

	if (req->state == DRAFT)
		TRY(caller_is_staff(c, req->community_id, &staff));

	return staff ? sql_task_series_list(c, req, reply) : STATUS_OK;
}

/* What is required must not be taken away by a mask. */
static enum status stays_whole(struct call *c, const Content__UpdateTaskSeriesRequest *req)
{
	if (mask_has(req->update_mask, "title") && !req->series->title[0])
		return call_violation(c, "series.title", "is required");
	if (mask_has(req->update_mask, "start_date") && !req->series->start_date[0])
		return call_violation(c, "series.start_date", "is required");
	if (mask_has(req->update_mask, "day_count") && !req->series->day_count)
		return call_violation(c, "series.day_count", "is required");

	return STATUS_OK;
}

/* Whether the update is of words alone. */
static bool keeps_plan(const Content__UpdateTaskSeriesRequest *req)
{
	static const char *const plan[] = {"start_date", "day_count", "check_in_programme_id",
					   "late_policy", NULL};
	const Content__TaskSeries *series = req->series;

	for (size_t i = 0; plan[i]; i++)
		if (mask_has(req->update_mask, plan[i]))
			return false;

	return (req->update_mask && req->update_mask->n_paths) ||
	       (!series->start_date[0] && !series->day_count && !series->check_in_programme_id[0] &&
		!series->late_policy);
}

enum status content_update_task_series(struct call *c, const Content__UpdateTaskSeriesRequest *req,
				       Content__TaskSeries *series)
{
	static const char *const changeable[] = {
		"title",       "description",           "start_date", "day_count",
		"late_policy", "check_in_programme_id", NULL};
	Content__TaskSeries was = CONTENT__TASK_SERIES__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(stays_whole(c, req));
	TRY(task_series_lock(c, req->community_id, req->series_id, &was));
	TRY(etag_matches(c, req->series->etag, was.etag));
	TRY(task_series_in(c, &was, keeps_plan(req) ? SERIES_DRAFT | SERIES_ACTIVE : SERIES_DRAFT));

	return sql_task_series_update(c, req, series);
}

static enum status move(struct call *c, const char *community_id, const char *series_id,
			unsigned from, Content__TaskSeriesState to, Content__TaskSeries *ret)
{
	Content__TaskSeriesMove step = CONTENT__TASK_SERIES_MOVE__INIT;
	Content__TaskSeries was = CONTENT__TASK_SERIES__INIT;

	TRY(task_series_lock(c, community_id, series_id, &was));
	TRY(task_series_in(c, &was, from));
	step.community_id = community_id;
	step.series_id = series_id;
	step.state = to;

	return sql_task_series_move(c, &step, ret);
}

static enum status can_begin(struct call *c, const Content__TaskCalendar *calendar)
{
	if (calendar->missing_day) {
		(void)call_fail(c, STATUS_FAILED_PRECONDITION, "TASK_MISSING",
				"there is no task for day %d", calendar->missing_day);
		call_fact(c, "day", arena_printf(c->arena, "%d", calendar->missing_day));
		return STATUS_FAILED_PRECONDITION;
	}
	if (calendar->today > 1) {
		(void)call_fail(c, STATUS_FAILED_PRECONDITION, "START_PASSED",
				"a series begins today or later");
		call_fact(c, "today", calendar->today_date);
		return STATUS_FAILED_PRECONDITION;
	}

	return STATUS_OK;
}

enum status content_activate_task_series(struct call *c,
					 const Content__ActivateTaskSeriesRequest *req,
					 Content__TaskSeries *series)
{
	Content__TaskCalendar calendar = CONTENT__TASK_CALENDAR__INIT;
	Content__TaskSeries was = CONTENT__TASK_SERIES__INIT;

	TRY(task_series_lock(c, req->community_id, req->series_id, &was));
	TRY(task_series_in(c, &was, SERIES_DRAFT));
	TRY(task_series_calendar(c, req->community_id, req->series_id, &calendar));
	TRY(can_begin(c, &calendar));

	return move(c, req->community_id, req->series_id, SERIES_DRAFT, ACTIVE, series);
}

enum status content_end_task_series(struct call *c, const Content__EndTaskSeriesRequest *req,
				    Content__TaskSeries *series)
{
	return move(c, req->community_id, req->series_id, SERIES_ACTIVE, ENDED, series);
}

enum status content_cancel_task_series(struct call *c, const Content__CancelTaskSeriesRequest *req,
				       Content__TaskSeries *series)
{
	return move(c, req->community_id, req->series_id, SERIES_DRAFT | SERIES_ACTIVE, CANCELLED,
		    series);
}

enum status content_get_task_series_report(struct call *c,
					   const Content__GetTaskSeriesReportRequest *req,
					   Content__TaskSeriesReport *report)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;
	bool staff;

	TRY(task_series_visible(c, req->community_id, req->series_id, &series, &staff));
	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_task_series_report(c, req, report));

	return sql_task_series_report_days(c, req, report);
}

enum status task_series_end_due(struct call *c, bool *ret_worked)
{
	Content__EndedTaskSeries ended = CONTENT__ENDED_TASK_SERIES__INIT;

	TRY(sql_task_series_end_due(c, &ended));
	*ret_worked = ended.count > 0;

	return STATUS_OK;
}
