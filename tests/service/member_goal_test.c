/* Goals: their numbers come from evaluation, and they are served without it too. */
#include "base/clock.h"
#include "evaluation/evaluation.h"
#include "given.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/member/v1/goal.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define WAIT_US     20000000
#define DAY_SECONDS 86400
#define N_AT_ONCE   64

#define MEMBERS  MEMBER__GOAL_METRIC__GOAL_METRIC_MEMBERS
#define CURRENT  MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_CURRENT
#define ACHIEVED MEMBER__GOAL_STATE__GOAL_STATE_ACHIEVED
#define MISSED   MEMBER__GOAL_STATE__GOAL_STATE_MISSED
#define DROPPED  MEMBER__GOAL_STATE__GOAL_STATE_DROPPED

static struct outcome create_goal(struct suite *s, const char *community, int64_t target,
				  bool primary, Member__Goal *ret)
{
	Member__CreateGoalRequest request = MEMBER__CREATE_GOAL_REQUEST__INIT;
	Google__Protobuf__Timestamp deadline = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Member__Goal wanted = MEMBER__GOAL__INIT;

	deadline.seconds = clock_wall_us() / 1000000 + 10 * DAY_SECONDS;
	wanted.kind = MEMBER__GOAL_KIND__GOAL_KIND_FANS;
	wanted.metric = MEMBERS;
	wanted.target = target;
	wanted.deadline_time = &deadline;
	wanted.primary = primary;
	request.community_id = community;
	request.goal = &wanted;
	member__goal__init(ret);

	return suite_call(s, method_member_create_goal, &request, ret);
}

static struct outcome read_goal(struct suite *s, const Member__Goal *goal, Member__Goal *ret)
{
	Member__GetGoalRequest request = MEMBER__GET_GOAL_REQUEST__INIT;

	request.community_id = goal->community_id;
	request.goal_id = goal->goal_id;
	member__goal__init(ret);

	return suite_call(s, method_member_get_goal, &request, ret);
}

static struct outcome close_goal(struct suite *s, const Member__Goal *goal, Member__GoalState how,
				 Member__Goal *ret)
{
	Member__CloseGoalRequest request = MEMBER__CLOSE_GOAL_REQUEST__INIT;

	request.community_id = goal->community_id;
	request.goal_id = goal->goal_id;
	request.state = how;
	member__goal__init(ret);

	return suite_call(s, method_member_close_goal, &request, ret);
}

static struct outcome set_primary(struct suite *s, const Member__Goal *goal, Member__Goal *ret)
{
	Member__SetPrimaryGoalRequest request = MEMBER__SET_PRIMARY_GOAL_REQUEST__INIT;

	request.community_id = goal->community_id;
	request.goal_id = goal->goal_id;
	member__goal__init(ret);

	return suite_call(s, method_member_set_primary_goal, &request, ret);
}

/* Until evaluation has counted so many members. */
static void until_counted(struct suite *s, const char *community, int32_t n)
{
	Evaluation__GetMetricSummaryRequest request = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	int64_t until = clock_mono_us() + WAIT_US;
	Evaluation__MetricSummary summary;

	request.community_id = community;
	do {
		assert_true(clock_mono_us() < until);
		summary = (Evaluation__MetricSummary)EVALUATION__METRIC_SUMMARY__INIT;
		EXPECT_OK(suite_call_as_platform(s, method_evaluation_get_metric_summary, &request,
						 &summary));
	} while (summary.member_count != n);
}

static void progress_is_what_evaluation_counts(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Goal goal, ret;

	as_platform(s);
	until_counted(s, community, 1);
	EXPECT_OK(create_goal(s, community, 5, false, &goal));
	EXPECT_INT(goal.baseline, 1);
	assert_non_null(goal.baseline_time);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	until_counted(s, community, 3);
	EXPECT_OK(read_goal(s, &goal, &ret));
	EXPECT_INT(ret.progress->status, CURRENT);
	EXPECT_INT(ret.progress->value, 3);
	assert_true(ret.progress->ratio == 0.5);
	EXPECT_INT(ret.progress->expected_value, 1);
	assert_true(ret.progress->on_track);
	assert_non_null(ret.progress->as_of_time);

	/* Nine of its ten days later it would have to be at 5 - 0.4. */
	postgres_text(suite_database(s),
		      "UPDATE member.goal SET create_time = create_time - interval '90 days' "
		      "WHERE goal_id = '%s'",
		      goal.goal_id);
	EXPECT_OK(read_goal(s, &goal, &ret));
	EXPECT_INT(ret.progress->expected_value, 5);
	assert_false(ret.progress->on_track);
}

static void only_what_is_reached_is_achieved(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Goal goal, other, ret;

	as_platform(s);
	until_counted(s, community, 1);
	EXPECT_OK(create_goal(s, community, 2, false, &goal));
	EXPECT_OK(create_goal(s, community, 100, false, &other));
	EXPECT_STATUS(close_goal(s, &goal, ACHIEVED, &ret), FAILED_PRECONDITION,
		      "GOAL_NOT_REACHED");
	EXPECT_STATUS(close_goal(s, &goal, MEMBER__GOAL_STATE__GOAL_STATE_OPEN, &ret),
		      INVALID_ARGUMENT, NULL);
	EXPECT_OK(join(s, community, "bob"));
	until_counted(s, community, 2);
	EXPECT_OK(close_goal(s, &goal, ACHIEVED, &ret));
	EXPECT_INT(ret.state, ACHIEVED);
	EXPECT_INT(ret.final_value, 2);
	EXPECT_INT(ret.progress->status, MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_FINAL);
	assert_non_null(ret.close_time);
	EXPECT_OK(close_goal(s, &goal, ACHIEVED, &ret)); /* changes nothing */
	EXPECT_TEXT(ret.etag, "2");
	EXPECT_STATUS(close_goal(s, &goal, MISSED, &ret), FAILED_PRECONDITION, "GOAL_CLOSED");
	EXPECT_STATUS(set_primary(s, &goal, &ret), FAILED_PRECONDITION, "GOAL_CLOSED");
	EXPECT_OK(close_goal(s, &other, DROPPED, &ret));
	EXPECT_STATUS(close_goal(s, &other, ACHIEVED, &ret), FAILED_PRECONDITION, "GOAL_CLOSED");
}

static void one_goal_is_primary_at_most(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	struct outcome outcomes[N_AT_ONCE];
	Member__SetPrimaryGoalRequest requests[N_AT_ONCE];
	const void *pointers[N_AT_ONCE];
	Member__Goal goals[4], ret;

	as_platform(s);
	EXPECT_OK(create_goal(s, community, 10, true, &goals[0]));
	EXPECT_STATUS(create_goal(s, community, 20, true, &ret), ALREADY_EXISTS,
		      "GOAL_PRIMARY_TAKEN");
	for (size_t i = 1; i < 4; i++)
		EXPECT_OK(create_goal(s, community, 20, false, &goals[i]));
	EXPECT_OK(set_primary(s, &goals[1], &ret));
	assert_true(ret.primary);
	EXPECT_OK(read_goal(s, &goals[0], &ret));
	assert_false(ret.primary);

	for (size_t i = 0; i < N_AT_ONCE; i++) {
		requests[i] = (Member__SetPrimaryGoalRequest)MEMBER__SET_PRIMARY_GOAL_REQUEST__INIT;
		requests[i].community_id = community;
		requests[i].goal_id = goals[i % 4].goal_id;
		pointers[i] = &requests[i];
	}
	suite_call_at_once(s, method_member_set_primary_goal, N_AT_ONCE, pointers, NULL, NULL,
			   outcomes);
	for (size_t i = 0; i < N_AT_ONCE; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.goal "
				"WHERE community_id = '%s' AND \"primary\"",
				community),
		   1);
}

static void goal_changes_but_for_its_metric(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__UpdateGoalRequest request = MEMBER__UPDATE_GOAL_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Google__Protobuf__Timestamp past = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Member__Goal goal, ret = MEMBER__GOAL__INIT, wanted = MEMBER__GOAL__INIT;
	char *paths[] = {"metric"};

	as_platform(s);
	EXPECT_OK(create_goal(s, community, 10, false, &goal));
	request.community_id = community;
	request.goal_id = goal.goal_id;
	request.goal = &wanted;
	wanted.target = 12;
	wanted.etag = goal.etag;
	EXPECT_OK(suite_call(s, method_member_update_goal, &request, &ret));
	EXPECT_INT(ret.target, 12);
	EXPECT_STATUS(suite_call(s, method_member_update_goal, &request, &ret), ABORTED,
		      "ETAG_MISMATCH");
	wanted.etag = "";
	mask.paths = paths;
	mask.n_paths = 1;
	request.update_mask = &mask;
	EXPECT_STATUS(suite_call(s, method_member_update_goal, &request, &ret), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	request.update_mask = NULL;
	past.seconds = 1000;
	wanted.deadline_time = &past;
	EXPECT_STATUS(suite_call(s, method_member_update_goal, &request, &ret), INVALID_ARGUMENT,
		      "BAD_DEADLINE");
	request.goal_id = community;
	wanted.deadline_time = NULL;
	EXPECT_STATUS(suite_call(s, method_member_update_goal, &request, &ret), NOT_FOUND,
		      "GOAL_NOT_FOUND");
}

static void goals_are_listed_with_their_progress(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListGoalsRequest request = MEMBER__LIST_GOALS_REQUEST__INIT;
	Member__ListGoalsResponse page = MEMBER__LIST_GOALS_RESPONSE__INIT;
	Member__Goal goal, ret;

	as_platform(s);
	for (int64_t i = 1; i <= 3; i++)
		EXPECT_OK(create_goal(s, community, 10 * i, false, &goal));
	EXPECT_OK(close_goal(s, &goal, DROPPED, &ret));
	as_person(s, person(s, "ann"));
	request.community_id = community;
	request.page_size = 2;
	EXPECT_OK(suite_call(s, method_member_list_goals, &request, &page));
	EXPECT_INT(page.n_goals, 2);
	EXPECT_INT(page.goals[0]->target, 30);
	EXPECT_INT(page.goals[1]->progress->status, CURRENT);
	request.state = MEMBER__GOAL_STATE__GOAL_STATE_OPEN;
	EXPECT_OK(suite_call(s, method_member_list_goals, &request, &page));
	EXPECT_INT(page.goals[0]->target, 20);
	EXPECT_TEXT(page.next_page_token, "");
	as_person(s, person(s, "zoe"));
	EXPECT_STATUS(suite_call(s, method_member_list_goals, &request, &page), PERMISSION_DENIED,
		      NULL);
}

static void without_evaluation_goals_are_served_without_progress(void **state)
{
	static const struct service *const alone[] = {&member_service, NULL};
	struct suite *s = suite_start(alone);
	Member__Goal goal, ret;
	const char *community;

	(void)state;
	community = given_community(s);
	as_platform(s);
	EXPECT_OK(create_goal(s, community, 10, false, &goal));
	EXPECT_INT(goal.baseline, 0);
	assert_null(goal.baseline_time);
	EXPECT_OK(read_goal(s, &goal, &ret));
	EXPECT_INT(ret.progress->status, MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_UNAVAILABLE);
	EXPECT_STATUS(close_goal(s, &goal, ACHIEVED, &ret), UNAVAILABLE, "PROGRESS_UNAVAILABLE");
	EXPECT_OK(close_goal(s, &goal, MISSED, &ret));
	EXPECT_INT(ret.progress->status, MEMBER__PROGRESS_STATUS__PROGRESS_STATUS_UNAVAILABLE);
	suite_stop(s);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, &evaluation_service,
							 NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_is_what_evaluation_counts),
		cmocka_unit_test(only_what_is_reached_is_achieved),
		cmocka_unit_test(one_goal_is_primary_at_most),
		cmocka_unit_test(goal_changes_but_for_its_metric),
		cmocka_unit_test(goals_are_listed_with_their_progress),
		cmocka_unit_test(without_evaluation_goals_are_served_without_progress),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
