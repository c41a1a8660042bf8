/* The tasks of a series: setting, listing, doing them. Statements are in sql/task.sql. */
#include "base/arena.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "task_series.h"
#include "text/markdown.h"

/*
 * reason                   status               from
 * TASK_SERIES_NOT_FOUND    NOT_FOUND            SetTask, ListTasks, CompleteTask, GetProgress
 * TASK_NOT_FOUND           NOT_FOUND            CompleteTask
 * SERIES_STATE             FAILED_PRECONDITION  SetTask, CompleteTask
 * TASK_TO_COME, TASK_OVER  FAILED_PRECONDITION  CompleteTask, with the facts date and today
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED            FAILED_PRECONDITION  CompleteTask
 * PERSON_NOT_CALLER        PERMISSION_DENIED    CompleteTask
 */

static void show(struct call *c, Content__Task *task)
{
	task->body_html = markdown_html(c->arena, task->body);
}

enum status content_set_task(struct call *c, const Content__SetTaskRequest *req,
			     Content__Task *task)
{
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;

	if (!req->task->title[0])
		return call_violation(c, "task.title", "is required");
	TRY(task_series_lock(c, req->community_id, req->series_id, &series));
	TRY(task_series_in(c, &series, SERIES_DRAFT | SERIES_ACTIVE));
	if (req->task->day < 1 || req->task->day > series.day_count)
		return call_violation(c, "task.day", "must be within the %d days of the series",
				      series.day_count);
	TRY(sql_task_set(c, req, task));
	show(c, task);

	return STATUS_OK;
}

enum status content_list_tasks(struct call *c, const Content__ListTasksRequest *req,
			       Content__ListTasksResponse *reply)
{
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Content__TaskQuery query = CONTENT__TASK_QUERY__INIT;
	bool staff;

	TRY(task_series_visible(c, req->community_id, req->series_id, &series, &staff));
	TRY(replica_community(c, req->community_id, &community));
	query.community_id = req->community_id;
	query.series_id = req->series_id;
	query.page_size = req->page_size;
	query.page_token = req->page_token;
	query.all_of_them = staff;
	TRY(sql_task_list(c, &query, reply));
	for (size_t i = 0; i < reply->n_tasks; i++)
		show(c, reply->tasks[i]);

	return STATUS_OK;
}

enum status content_list_today_tasks(struct call *c, const Content__ListTodayTasksRequest *req,
				     Content__ListTodayTasksResponse *reply)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_task_list_today(c, req, reply));
	for (size_t i = 0; i < reply->n_tasks; i++)
		show(c, reply->tasks[i]);

	return STATUS_OK;
}

/* Why the task could not be done; OK where nothing speaks against it any more. */
static enum status explain(struct call *c, const Content__CompleteTaskRequest *req,
			   const char *person)
{
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;
	Content__TaskTime time = CONTENT__TASK_TIME__INIT;
	bool staff, found;

	TRY(task_series_visible(c, req->community_id, req->series_id, &series, &staff));
	TRY(task_series_in(c, &series, SERIES_ACTIVE));
	TRY(replica_admit(c, req->community_id, person, DEED_SILENT));
	TRY(sql_find_task_time(c, req, &time, &found));
	if (!found)
		return call_fail(c, STATUS_NOT_FOUND, "TASK_NOT_FOUND",
				 "the series has no such day");
	if (time.allowed)
		return STATUS_OK;

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, time.to_come ? "TASK_TO_COME" : "TASK_OVER",
			"the task is of %s, and today is %s", time.date, time.today);
	call_fact(c, "date", time.date);
	call_fact(c, "today", time.today);
	return STATUS_FAILED_PRECONDITION;
}

/* One statement where all is well. */
enum status content_complete_task(struct call *c, const Content__CompleteTaskRequest *req,
				  Content__TaskCompletion *completion)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_find_task_complete(c, req, completion, &found));
	if (found)
		return STATUS_OK;

	TRY(explain(c, req, person));
	return sql_task_complete(c, req, completion);
}

enum status content_get_task_progress(struct call *c, const Content__GetTaskProgressRequest *req,
				      Content__TaskProgress *progress)
{
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	bool staff;

	TRY(task_series_visible(c, req->community_id, req->series_id, &series, &staff));
	TRY(replica_community(c, req->community_id, &community));

	return sql_task_progress(c, req, progress);
}
