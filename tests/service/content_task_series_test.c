/* Task series: their life, a task a day by the community's clock, and the check-in programme they
 * are bound to. */
#include "activity/activity.h"
#include "base/clock.h"
#include "base/id.h"
#include "content/content.h"
#include "content_words.h"
#include "kith/activity/v1/task_completion.pb-c.h"
#include "kith/content/v1/task_series.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define IN(name)  (1U << CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_##name)
#define N_AT_ONCE 64

/* Activity hears of what is completed; nobody else does. */
static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, &content_service,
							 &activity_service, NULL};

	return suite_setup(state, services);
}

/* Where it is about noon, so that no midnight falls into a test; ann, bob and mod belong. */
static const char *given_noon(struct suite *s)
{
	int64_t hour = clock_wall_us() / 1000000 / 3600 % 24;
	const char *community = given_community(
		s, .time_zone = arena_printf(suite_arena(s), "Etc/GMT%+d", (int)hour - 12));

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

/* So many days from today, by the community's clock. */
static const char *date_in(struct suite *s, const char *community, int days)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT set_config('search_path', 'content', false); "
					  "SELECT local_date('%s', now()) + %d",
					  community, days));
}

struct series_wish {
	int begins_in; /* days */
	int32_t days;  /* 3 */
	Content__LatePolicy late;
	const char *programme;
};

static struct outcome plan(struct suite *s, const char *community, const struct series_wish *wish,
			   Content__TaskSeries *ret)
{
	Content__CreateTaskSeriesRequest request = CONTENT__CREATE_TASK_SERIES_REQUEST__INIT;
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;

	series.title = "Three mornings";
	series.start_date = date_in(s, community, wish->begins_in);
	series.day_count = wish->days ? wish->days : 3;
	series.late_policy = wish->late;
	series.check_in_programme_id = wish->programme ? wish->programme : "";
	request.community_id = community;
	request.series = &series;

	return suite_call(s, method_content_create_task_series, &request, ret);
}

static struct outcome set_task(struct suite *s, const Content__TaskSeries *series, int32_t day,
			       Content__Task *ret)
{
	Content__SetTaskRequest request = CONTENT__SET_TASK_REQUEST__INIT;
	Content__Task task = CONTENT__TASK__INIT;

	task.day = day;
	task.title = "Rise";
	task.body = "*early*";
	request.community_id = series->community_id;
	request.series_id = series->series_id;
	request.task = &task;

	return suite_call(s, method_content_set_task, &request, ret);
}

#define STEP(verb, Verb)                                                                           \
	static struct outcome verb(struct suite *s, const Content__TaskSeries *series,             \
				   Content__TaskSeries *ret)                                       \
	{                                                                                          \
		Content__##Verb##TaskSeriesRequest request;                                        \
                                                                                                   \
		content__##verb##_task_series_request__init(&request);                             \
		request.community_id = series->community_id;                                       \
		request.series_id = series->series_id;                                             \
                                                                                                   \
		return suite_call(s, method_content_##verb##_task_series, &request, ret);          \
	}

STEP(activate, Activate)
STEP(end, End)
STEP(cancel, Cancel)
STEP(get, Get)

/* An active series as wished, with a task for each day; planned as the platform. */
#define given_series(s, community, ...)                                                            \
	series_given((s), (community), &(struct series_wish){__VA_ARGS__})
static Content__TaskSeries series_given(struct suite *s, const char *community,
					const struct series_wish *wish)
{
	struct series_wish later = *wish;
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT;
	Content__Task task = CONTENT__TASK__INIT;

	as_platform(s);
	later.begins_in = wish->begins_in < 0 ? 0 : wish->begins_in;
	EXPECT_OK(plan(s, community, &later, &series));
	for (int32_t day = 1; day <= series.day_count; day++)
		EXPECT_OK(set_task(s, &series, day, &task));
	EXPECT_OK(activate(s, &series, &series));
	postgres_int(suite_database(s),
		     "UPDATE content.task_series SET start_date = '%s' WHERE series_id = '%s'",
		     date_in(s, community, wish->begins_in), series.series_id);

	return series;
}

static struct outcome complete(struct suite *s, const Content__TaskSeries *series, int32_t day,
			       Content__TaskCompletion *ret)
{
	Content__CompleteTaskRequest request = CONTENT__COMPLETE_TASK_REQUEST__INIT;

	request.community_id = series->community_id;
	request.series_id = series->series_id;
	request.day = day;

	return suite_call(s, method_content_complete_task, &request, ret);
}

/* Whoever calls now. */
static Content__ListTodayTasksResponse todays(struct suite *s, const char *community)
{
	Content__ListTodayTasksRequest request = CONTENT__LIST_TODAY_TASKS_REQUEST__INIT;
	Content__ListTodayTasksResponse page = CONTENT__LIST_TODAY_TASKS_RESPONSE__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_today_tasks, &request, &page));

	return page;
}

static Content__TaskProgress progress_of(struct suite *s, const Content__TaskSeries *series,
					 const char *name)
{
	Content__GetTaskProgressRequest request = CONTENT__GET_TASK_PROGRESS_REQUEST__INIT;
	Content__TaskProgress progress = CONTENT__TASK_PROGRESS__INIT;

	request.community_id = series->community_id;
	request.series_id = series->series_id;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_content_get_task_progress, &request, &progress));

	return progress;
}

static Content__TaskSeriesReport report_of(struct suite *s, const Content__TaskSeries *series)
{
	Content__GetTaskSeriesReportRequest request = CONTENT__GET_TASK_SERIES_REPORT_REQUEST__INIT;
	Content__TaskSeriesReport report = CONTENT__TASK_SERIES_REPORT__INIT;

	request.community_id = series->community_id;
	request.series_id = series->series_id;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_task_series_report, &request,
					 &report));

	return report;
}

static struct outcome lengthen(struct suite *s, const Content__TaskSeries *series,
			       Content__TaskSeries *ret)
{
	Content__UpdateTaskSeriesRequest request = CONTENT__UPDATE_TASK_SERIES_REQUEST__INIT;
	Content__TaskSeries wanted = CONTENT__TASK_SERIES__INIT;

	wanted.day_count = 2;
	request.community_id = series->community_id;
	request.series_id = series->series_id;
	request.series = &wanted;

	return suite_call(s, method_content_update_task_series, &request, ret);
}

static struct outcome retitle(struct suite *s, const Content__TaskSeries *series,
			      Content__TaskSeries *ret)
{
	Content__UpdateTaskSeriesRequest request = CONTENT__UPDATE_TASK_SERIES_REQUEST__INIT;
	Content__TaskSeries wanted = CONTENT__TASK_SERIES__INIT;

	wanted.title = "Better said";
	request.community_id = series->community_id;
	request.series_id = series->series_id;
	request.series = &wanted;

	return suite_call(s, method_content_update_task_series, &request, ret);
}

static struct outcome mend_task(struct suite *s, const Content__TaskSeries *series,
				Content__TaskSeries *ret)
{
	Content__Task task = CONTENT__TASK__INIT;

	(void)ret;
	return set_task(s, series, 1, &task);
}

static struct outcome do_task(struct suite *s, const Content__TaskSeries *series,
			      Content__TaskSeries *ret)
{
	Content__TaskCompletion done = CONTENT__TASK_COMPLETION__INIT;
	struct outcome outcome;

	(void)ret;
	as_named(s, "ann");
	outcome = complete(s, series, 1, &done);
	as_platform(s);

	return outcome;
}

static void every_step_is_refused_in_every_state_it_does_not_lead_from(void **state)
{
	static const char *const names[] = {NULL, "DRAFT", "ACTIVE", "ENDED", "CANCELLED"};
	static const struct {
		struct outcome (*take)(struct suite *s, const Content__TaskSeries *series,
				       Content__TaskSeries *ret);
		unsigned from;
	} steps[] = {
		{activate, IN(DRAFT)},
		{end, IN(ACTIVE)},
		{cancel, IN(DRAFT) | IN(ACTIVE)},
		{lengthen, IN(DRAFT)},
		{retitle, IN(DRAFT) | IN(ACTIVE)},
		{mend_task, IN(DRAFT) | IN(ACTIVE)},
		{do_task, IN(ACTIVE)},
	};
	struct suite *s = *state;
	const char *community = given_noon(s);

	for (unsigned at = 1; at <= 4; at++) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			Content__TaskSeries series = given_series(s, community, 0),
					    got = CONTENT__TASK_SERIES__INIT;
			struct outcome outcome;

			postgres_int(suite_database(s),
				     "UPDATE content.task_series SET state = '%s' WHERE series_id "
				     "= '%s'",
				     names[at], series.series_id);
			outcome = steps[i].take(s, &series, &got);
			if (steps[i].from & 1U << at) {
				EXPECT_OK(outcome);
				continue;
			}
			/* Nobody but moderators knows of a draft. */
			if (steps[i].take == do_task && at == 1) {
				EXPECT_STATUS(outcome, NOT_FOUND, "TASK_SERIES_NOT_FOUND");
				continue;
			}
			EXPECT_STATUS(outcome, FAILED_PRECONDITION, "SERIES_STATE");
			EXPECT_TEXT(outcome_fact(&outcome, "state"), names[at]);
			EXPECT_OK(get(s, &series, &got));
			EXPECT_INT(got.state, at);
		}
	}
}

static void a_series_opens_whole_and_not_too_late(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s);
	Content__TaskSeries series = CONTENT__TASK_SERIES__INIT, got = CONTENT__TASK_SERIES__INIT;
	Content__Task task = CONTENT__TASK__INIT;
	struct outcome outcome;

	as_named(s, "ann");
	EXPECT_STATUS(plan(s, community, &(struct series_wish){0}, &series), PERMISSION_DENIED,
		      NULL);
	as_named(s, "mod");
	EXPECT_OK(plan(s, community, &(struct series_wish){.days = 2}, &series));
	EXPECT_STATUS(set_task(s, &series, 3, &task), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(set_task(s, &series, 0, &task), INVALID_ARGUMENT, NULL);
	EXPECT_OK(set_task(s, &series, 1, &task));
	EXPECT_TEXT(task.body_html, "<p><em>early</em></p>\n");
	outcome = activate(s, &series, &got);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TASK_MISSING");
	EXPECT_TEXT(outcome_fact(&outcome, "day"), "2");
	EXPECT_OK(set_task(s, &series, 2, &task));
	EXPECT_TEXT(task.date, date_in(s, community, 1));
	as_named(s, "ann");
	EXPECT_STATUS(get(s, &series, &got), NOT_FOUND, "TASK_SERIES_NOT_FOUND");
	as_named(s, "mod");
	EXPECT_OK(activate(s, &series, &got));
	as_named(s, "ann");
	EXPECT_OK(get(s, &series, &got));

	as_named(s, "mod");
	EXPECT_OK(plan(s, community, &(struct series_wish){.begins_in = -1, .days = 1}, &series));
	EXPECT_OK(set_task(s, &series, 1, &task));
	outcome = activate(s, &series, &got);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "START_PASSED");
	EXPECT_TEXT(outcome_fact(&outcome, "today"), date_in(s, community, 0));
	as_platform(s);
}

static void a_task_is_done_on_its_day_or_later_where_that_is_allowed(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s);
	Content__TaskSeries strict = given_series(s, community, .begins_in = -1),
			    late = given_series(
				    s, community, .begins_in = -1,
				    .late = CONTENT__LATE_POLICY__LATE_POLICY_UNTIL_END);
	Content__ListTodayTasksResponse page;
	Content__ListTasksRequest all = CONTENT__LIST_TASKS_REQUEST__INIT;
	Content__ListTasksResponse tasks = CONTENT__LIST_TASKS_RESPONSE__INIT;
	Content__TaskCompletion done = CONTENT__TASK_COMPLETION__INIT;
	struct outcome outcome;

	as_named(s, "ann");
	outcome = complete(s, &strict, 1, &done);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TASK_OVER");
	EXPECT_TEXT(outcome_fact(&outcome, "date"), date_in(s, community, -1));
	EXPECT_TEXT(outcome_fact(&outcome, "today"), date_in(s, community, 0));
	EXPECT_STATUS(complete(s, &strict, 3, &done), FAILED_PRECONDITION, "TASK_TO_COME");
	EXPECT_STATUS(complete(s, &strict, 4, &done), NOT_FOUND, "TASK_NOT_FOUND");
	EXPECT_OK(complete(s, &strict, 2, &done));
	assert_true(done.punctual);
	EXPECT_OK(complete(s, &late, 1, &done));
	assert_false(done.punctual);
	EXPECT_STATUS(complete(s, &late, 3, &done), FAILED_PRECONDITION, "TASK_TO_COME");

	page = todays(s, community);
	EXPECT_INT(page.n_tasks, 2);
	for (size_t i = 0; i < page.n_tasks; i++) {
		EXPECT_INT(page.tasks[i]->day, 2);
		assert_true(!page.tasks[i]->done_time ==
			    !strcmp(page.tasks[i]->series_id, late.series_id));
	}
	all.community_id = community;
	all.series_id = strict.series_id;
	EXPECT_OK(suite_call(s, method_content_list_tasks, &all, &tasks));
	EXPECT_INT(tasks.n_tasks, 2);
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_list_tasks, &all, &tasks));
	EXPECT_INT(tasks.n_tasks, 3);
	as_named(s, "eve");
	EXPECT_STATUS(complete(s, &strict, 2, &done), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void a_task_is_done_once_whoever_says_so_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s), *programme = person(s, "the programme");
	Content__TaskSeries series = given_series(s, community, .programme = programme);
	Content__CompleteTaskRequest request = CONTENT__COMPLETE_TASK_REQUEST__INIT;
	Content__TaskCompletion replies[N_AT_ONCE];
	Activity__ListTaskCompletionsRequest list = ACTIVITY__LIST_TASK_COMPLETIONS_REQUEST__INIT;
	Activity__ListTaskCompletionsResponse kept = ACTIVITY__LIST_TASK_COMPLETIONS_RESPONSE__INIT;
	const void *requests[N_AT_ONCE];
	void *into[N_AT_ONCE];
	struct outcome outcomes[N_AT_ONCE];

	request.community_id = community;
	request.series_id = series.series_id;
	request.day = 1;
	request.person_id = person(s, "ann");
	for (int i = 0; i < N_AT_ONCE; i++) {
		content__task_completion__init(&replies[i]);
		requests[i] = &request;
		into[i] = &replies[i];
	}
	suite_call_at_once(s, method_content_complete_task, N_AT_ONCE, requests, NULL, into,
			   outcomes);
	for (int i = 0; i < N_AT_ONCE; i++) {
		EXPECT_OK(outcomes[i]);
		EXPECT_INT(replies[i].done_time->nanos, replies[0].done_time->nanos);
	}
	EXPECT_INT(report_of(s, &series).participant_count, 1);
	EXPECT_INT(report_of(s, &series).days[0]->done_count, 1);
	EXPECT_INT(progress_of(s, &series, "ann").done_count, 1);

	/* Activity has it once, and keeps it once. */
	suite_settle(s);
	list.community_id = community;
	list.programme_id = programme;
	list.date = date_in(s, community, 0);
	EXPECT_OK(suite_call(s, method_activity_list_task_completions, &list, &kept));
	EXPECT_INT(kept.n_completions, 1);
	EXPECT_TEXT(kept.completions[0]->person_id, person(s, "ann"));
	EXPECT_TEXT(kept.completions[0]->date, list.date);
	assert_true(kept.completions[0]->punctual);
	list.person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_activity_list_task_completions, &list, &kept));
	EXPECT_INT(kept.n_completions, 0);
}

/* Says that the task of a day is done, so many days from today, as if it had been then. */
static void did(struct suite *s, const Content__TaskSeries *series, const char *name, int32_t day,
		bool punctual)
{
	postgres_int(suite_database(s),
		     "WITH d AS (INSERT INTO content.task_completion VALUES ('%s', '%s', '%s', %d, "
		     "now(), %s, 'MEMBER')) INSERT INTO content.task_participant AS p VALUES "
		     "('%s', '%s', '%s', 1, 1) ON CONFLICT (community_id, series_id, person_id) DO "
		     "UPDATE SET done_count = p.done_count + 1",
		     series->community_id, series->series_id, person(s, name), day,
		     punctual ? "true" : "false", series->community_id, series->series_id,
		     person(s, name));
}

static void a_streak_is_days_in_a_row(void **state)
{
	static const struct {
		int today; /* day of the series */
		int done[8], late;
		int streak, longest;
	} cases[] = {
		{1, {0}, 0, 0, 0},
		{3, {1, 2, 3}, 0, 3, 3},
		{4, {1, 2, 3}, 0, 3, 3}, /* today may still be done */
		{5, {1, 2, 3}, 0, 0, 3},
		{7, {1, 2, 3, 5, 6}, 0, 2, 3},
		{7, {1, 2, 3, 5, 6}, 4, 2, 3}, /* too late mends nothing */
		{12, {8, 9, 10}, 0, 3, 3},     /* over, and kept up to the end */
		{12, {8, 9}, 0, 0, 2},
	};
	struct suite *s = *state;
	const char *community = given_noon(s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Content__TaskSeries series =
			given_series(s, community, .days = 10, .begins_in = 1 - cases[i].today);
		Content__TaskProgress progress;

		for (int k = 0; k < 8 && cases[i].done[k]; k++)
			did(s, &series, "ann", cases[i].done[k], true);
		if (cases[i].late)
			did(s, &series, "ann", cases[i].late, false);
		progress = progress_of(s, &series, "ann");
		EXPECT_INT(progress.streak, cases[i].streak);
		EXPECT_INT(progress.longest_streak, cases[i].longest);
		EXPECT_INT(progress.due_count, cases[i].today > 10 ? 10 : cases[i].today);
		EXPECT_INT(progress.day_count, 10);
	}
}

static void the_report_tells_each_day_of_how_many(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s);
	Content__TaskSeries series = given_series(
		s, community, .begins_in = -1, .late = CONTENT__LATE_POLICY__LATE_POLICY_UNTIL_END);
	Content__TaskCompletion done = CONTENT__TASK_COMPLETION__INIT;
	Content__TaskSeriesReport report;

	as_named(s, "ann");
	EXPECT_OK(complete(s, &series, 1, &done));
	EXPECT_OK(complete(s, &series, 2, &done));
	as_named(s, "bob");
	EXPECT_OK(complete(s, &series, 2, &done));

	report = report_of(s, &series);
	EXPECT_INT(report.participant_count, 2);
	assert_true(report.insufficient_data);
	EXPECT_INT(report.n_days, 2);
	EXPECT_INT(report.days[0]->done_count, 1);
	EXPECT_INT(report.days[0]->punctual_count, 0);
	assert_true(report.days[0]->completion_rate == 0.5);
	EXPECT_INT(report.days[1]->punctual_count, 2);
	assert_true(report.days[1]->completion_rate == 1 && report.days[1]->completion_low < 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.task t LEFT JOIN LATERAL (SELECT "
				"count(*) AS done, count(*) FILTER (WHERE punctual) AS punctual "
				"FROM content.task_completion c WHERE c.series_id = t.series_id "
				"AND c.day = t.day) AS n ON true WHERE t.series_id = '%s' AND "
				"(t.done_count, t.punctual_count) <> (n.done, n.punctual)",
				series.series_id),
		   0);
	as_platform(s);
}

/* Activity tells content of a check-in. */
static void tell_check_in(struct suite *s, const char *community, const char *programme,
			  const char *name, const char *date, const char *at)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	char id[ID_SIZE], check_in[ID_SIZE];

	id_new(id);
	id_new(check_in);
	time.seconds = postgres_int(suite_database(s),
				    "SELECT extract(epoch FROM timestamptz '%s')::bigint", at);
	event.event_id = id;
	event.community_id = community;
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_CHECKED_IN;
	event.occur_time = &time;
	event.person_id = person(s, name);
	event.subject_id = check_in;
	event.parent_id = programme;
	event.date = date;
	event.version = 1;
	request.events = events;
	request.n_events = 1;
	as_service(s);
	for (int i = 0; i < 2; i++)
		EXPECT_OK(suite_call(s, method_content_deliver_events, &request, &reply));
	as_platform(s);
}

static void a_check_in_completes_the_task_of_its_day(void **state)
{
	/* Clocks in Berlin go back on 25 October 2026 at 3:00: that day has 25 hours. */
	static const struct {
		const char *zone, *start;
		struct {
			const char *date, *at;
			int day; /* 0: no task of the series */
			bool punctual;
		} check_ins[5];
	} cases[] = {
		{"Europe/Berlin",
		 "2026-10-24",
		 {{"2026-10-24", "2026-10-24 21:59:59+00", 1, true},
		  {"2026-10-25", "2026-10-24 22:00:00+00", 2, true},
		  {"2026-10-25", "2026-10-25 22:59:59+00", 2, true},
		  {"2026-10-26", "2026-10-25 22:59:59+00", 3, false},
		  {"2026-10-27", "2026-10-27 12:00:00+00", 0, false}}},
		{"Europe/Berlin",
		 "2026-03-28",
		 {{"2026-03-28", "2026-03-28 22:59:59+00", 1, true},
		  {"2026-03-29", "2026-03-28 23:00:00+00", 2, true},
		  {"2026-03-29", "2026-03-29 21:59:59+00", 2, true},
		  {"2026-03-30", "2026-03-29 22:00:00+00", 3, true},
		  {"2026-03-27", "2026-03-27 12:00:00+00", 0, false}}},
		{"Asia/Shanghai",
		 "2026-10-24",
		 {{"2026-10-24", "2026-10-23 16:00:00+00", 1, true},
		  {"2026-10-25", "2026-10-24 15:59:59+00", 2, false},
		  {"2026-10-25", "2026-10-24 16:00:00+00", 2, true},
		  {"2026-10-26", "2026-10-26 15:59:59+00", 3, true},
		  {"2026-10-26", "2026-10-26 16:00:00+00", 3, false}}},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *community = given_community(s, .time_zone = cases[i].zone);

		EXPECT_INT(todays(s, community).n_tasks, 0); /* its clock is known from now on */
		for (int k = 0; k < 5; k++) {
			char programme[ID_SIZE];
			Content__TaskSeries series;

			id_new(programme);
			series = given_series(s, community, .programme = programme);
			postgres_int(suite_database(s),
				     "UPDATE content.task_series SET start_date = '%s' WHERE "
				     "series_id = '%s'",
				     cases[i].start, series.series_id);
			tell_check_in(s, community, programme, "ann", cases[i].check_ins[k].date,
				      cases[i].check_ins[k].at);
			EXPECT_INT(
				postgres_int(suite_database(s),
					     "SELECT count(*) FROM content.task_completion "
					     "WHERE series_id = '%s' AND day = %d AND punctual = "
					     "%s AND source = 'CHECK_IN'",
					     series.series_id, cases[i].check_ins[k].day,
					     cases[i].check_ins[k].punctual ? "true" : "false"),
				cases[i].check_ins[k].day > 0);
			EXPECT_INT(progress_of(s, &series, "ann").done_count,
				   cases[i].check_ins[k].day > 0);
			EXPECT_INT(told(s, "TASK_COMPLETED", programme), 0);
		}
	}
}

static void a_series_ends_by_itself_when_its_last_day_is_over(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s);
	Content__TaskSeries running = given_series(s, community, .begins_in = -2),
			    over = given_series(s, community, .begins_in = -3),
			    got = CONTENT__TASK_SERIES__INIT;
	int64_t until = clock_mono_us() + 20000000;

	do {
		assert_true(clock_mono_us() < until);
		EXPECT_OK(get(s, &over, &got));
	} while (got.state == CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ACTIVE);
	EXPECT_INT(got.state, CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ENDED);
	assert_non_null(got.end_time);
	EXPECT_OK(get(s, &running, &got));
	EXPECT_INT(got.state, CONTENT__TASK_SERIES_STATE__TASK_SERIES_STATE_ACTIVE);
}

static void what_an_erased_person_did_goes_with_its_sums(void **state)
{
	struct suite *s = *state;
	const char *community = given_noon(s), *programme = person(s, "the last programme");
	Content__TaskSeries series;
	Content__TaskCompletion done = CONTENT__TASK_COMPLETION__INIT;
	int64_t until = clock_mono_us() + 20000000;

	EXPECT_OK(join(s, community, "max"));
	suite_settle(s);
	series = given_series(s, community, .programme = programme);
	as_named(s, "ann");
	EXPECT_OK(complete(s, &series, 1, &done));
	as_named(s, "max");
	EXPECT_OK(complete(s, &series, 1, &done));
	as_platform(s);
	while (postgres_int(
		       suite_database(s),
		       "SELECT count(*) FROM activity.task_completion WHERE programme_id = '%s'",
		       programme) < 2)
		assert_true(clock_mono_us() < until);

	tell_erased(s, method_content_deliver_events, "max");
	tell_erased(s, method_activity_deliver_events, "max");
	EXPECT_INT(report_of(s, &series).participant_count, 1);
	EXPECT_INT(report_of(s, &series).days[0]->done_count, 1);
	EXPECT_INT(report_of(s, &series).days[0]->punctual_count, 1);
	EXPECT_INT(progress_of(s, &series, "max").done_count, 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM activity.task_completion WHERE person_id = "
				"'%s'",
				person(s, "max")),
		   0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_is_refused_in_every_state_it_does_not_lead_from),
		cmocka_unit_test(a_series_opens_whole_and_not_too_late),
		cmocka_unit_test(a_task_is_done_on_its_day_or_later_where_that_is_allowed),
		cmocka_unit_test(a_task_is_done_once_whoever_says_so_at_once),
		cmocka_unit_test(a_streak_is_days_in_a_row),
		cmocka_unit_test(the_report_tells_each_day_of_how_many),
		cmocka_unit_test(a_check_in_completes_the_task_of_its_day),
		cmocka_unit_test(a_series_ends_by_itself_when_its_last_day_is_over),
		cmocka_unit_test(what_an_erased_person_did_goes_with_its_sums),
	};

	return cmocka_run_group_tests_name("content_task_series", tests, setup, suite_teardown);
}
