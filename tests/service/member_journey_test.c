/* Journeys: steps by days, level, role and by hand; the funnel. */
#include <string.h>

#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/journey.pb-c.h"
#include "kith/member/v1/ladder.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define PATIENCE_US INT64_C(60000000)

#define AUDIENCE MEMBER__JOURNEY_STEP__JOURNEY_STEP_AUDIENCE
#define TRIAL    MEMBER__JOURNEY_STEP__JOURNEY_STEP_TRIAL
#define FAN      MEMBER__JOURNEY_STEP__JOURNEY_STEP_FAN
#define CORE     MEMBER__JOURNEY_STEP__JOURNEY_STEP_CORE

static Member__Journey journey_of(struct suite *s, const char *community, const char *name)
{
	Member__GetJourneyRequest request = MEMBER__GET_JOURNEY_REQUEST__INIT;
	Member__Journey journey = MEMBER__JOURNEY__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_journey, &request, &journey));
	EXPECT_INT(membership_of(s, community, name).journey_step, journey.step);

	return journey;
}

/* Engaged on n days, the first of them `from` days ago, each `apart` days after the one before. */
static void engaged(struct suite *s, const char *community, const char *name, int32_t from,
		    int32_t n, int32_t apart)
{
	struct day_wish days[40];

	for (int32_t i = 0; i < n; i++)
		days[i] = (struct day_wish){name, i % 2 ? "POST" : "CHECK_IN", from - i * apart, 1,
					    0};
	tell_days(s, community, days, (size_t)n);
}

/* The day on which he reached it, by the community's clock in UTC; "" if he has not. */
static const char *day_of(struct suite *s, const Member__Journey *journey, Member__JourneyStep step)
{
	for (size_t i = 0; i < journey->n_steps; i++)
		if (journey->steps[i]->step == step)
			return arena_string(
				suite_arena(s),
				postgres_text(
					suite_database(s),
					"SELECT (to_timestamp(%lld) AT TIME ZONE 'UTC')::date",
					(long long)journey->steps[i]->reach_time->seconds));

	return "";
}

static struct outcome set_step(struct suite *s, const char *community, const char *name,
			       Member__JourneyStep step, Member__Journey *ret)
{
	Member__SetJourneyStepRequest request = MEMBER__SET_JOURNEY_STEP_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.step = step;
	request.reason = "the jury says so";

	return suite_call(s, method_member_set_journey_step, &request, ret);
}

static struct outcome set_policy(struct suite *s, const char *community, int32_t window,
				 int32_t fan, int32_t core, int32_t level, const char *etag,
				 Member__JourneyPolicy *ret)
{
	Member__UpdateJourneyPolicyRequest request = MEMBER__UPDATE_JOURNEY_POLICY_REQUEST__INIT;
	Member__JourneyPolicy policy = MEMBER__JOURNEY_POLICY__INIT;

	policy.window_days = window;
	policy.fan_days = fan;
	policy.core_days = core;
	policy.core_level = level;
	policy.etag = etag;
	request.community_id = community;
	request.policy = &policy;

	return suite_call(s, method_member_update_journey_policy, &request, ret);
}

static const char *given_ann(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));

	return community;
}

static void expect_step(struct suite *s, const char *community, const char *name,
			Member__JourneyStep step)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (membership_of(s, community, name).journey_step != step && clock_mono_us() < until)
		;
	EXPECT_INT(journey_of(s, community, name).step, step);
}

static void who_joins_is_audience_since_he_joined(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey = journey_of(s, community, "ann");

	EXPECT_INT(journey.step, AUDIENCE);
	EXPECT_INT(journey.n_steps, 1);
	EXPECT_INT(journey.steps[0]->cause, MEMBER__JOURNEY_CAUSE__JOURNEY_CAUSE_JOINED);
	EXPECT_INT(journey.steps[0]->reach_time->seconds,
		   membership_of(s, community, "ann").join_time->seconds);
}

static void a_visit_is_no_trial(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);

	tell_day(s, community, "ann", "VISIT", 3, 20);
	tell_day(s, community, "ann", "MESSAGE", 3, 20);
	EXPECT_INT(journey_of(s, community, "ann").step, AUDIENCE);
	tell_day(s, community, "ann", "REACTION", 2, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, TRIAL);
}

static void five_days_in_thirty_make_a_fan(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey;

	engaged(s, community, "ann", 70, 4, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, TRIAL);
	/* The fifth, 30 days after the first of them: one too late. */
	engaged(s, community, "ann", 40, 1, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, TRIAL);
	engaged(s, community, "ann", 41, 1, 1);
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, FAN);
	EXPECT_TEXT(day_of(s, &journey, TRIAL), days_ago(s, community, 70));
	EXPECT_TEXT(day_of(s, &journey, FAN), days_ago(s, community, 41));
	EXPECT_TEXT(day_of(s, &journey, CORE), "");
}

static void twelve_days_in_thirty_take_him_to_the_core(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey;

	engaged(s, community, "ann", 50, 11, 2);
	EXPECT_INT(journey_of(s, community, "ann").step, FAN);
	engaged(s, community, "ann", 28, 1, 1);
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, CORE);
	EXPECT_TEXT(day_of(s, &journey, FAN), days_ago(s, community, 42));
	EXPECT_TEXT(day_of(s, &journey, CORE), days_ago(s, community, 28));
}

static void news_of_old_days_correct_the_time_of_a_step(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey;

	engaged(s, community, "ann", 10, 5, 1);
	engaged(s, community, "ann", 20, 5, 1);
	journey = journey_of(s, community, "ann");
	EXPECT_TEXT(day_of(s, &journey, TRIAL), days_ago(s, community, 20));
	EXPECT_TEXT(day_of(s, &journey, FAN), days_ago(s, community, 16));
}

static void nobody_goes_back_by_himself(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey;

	engaged(s, community, "ann", 8, 5, 1);
	for (int32_t day = 4; day <= 8; day++)
		tell_day(s, community, "ann", day % 2 ? "POST" : "CHECK_IN", day, 0);
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, FAN);
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_INT(journey_of(s, community, "ann").step, FAN);
}

static void an_expert_is_of_the_core(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey;
	int64_t version = membership_of(s, community, "ann").version;

	EXPECT_OK(give_role(s, community, "ann", MEMBER__ROLE__ROLE_EXPERT));
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, CORE);
	EXPECT_INT(journey.n_steps, 2);
	EXPECT_INT(journey.steps[1]->cause, MEMBER__JOURNEY_CAUSE__JOURNEY_CAUSE_ROLE);
	EXPECT_INT(membership_of(s, community, "ann").version, version + 1);
	/* And stays there. */
	EXPECT_OK(give_role(s, community, "ann", MEMBER__ROLE__ROLE_MEMBER));
	EXPECT_INT(journey_of(s, community, "ann").step, CORE);
	/* His first day tells of the trial he had skipped. */
	engaged(s, community, "ann", 3, 1, 1);
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, CORE);
	EXPECT_TEXT(day_of(s, &journey, TRIAL), days_ago(s, community, 3));
}

static void an_owner_is_found_when_he_does_something(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	tell_day(s, community, "ann", "VISIT", 0, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, CORE);
}

static void a_level_can_lead_to_the_core(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__UpdateLadderRequest request = MEMBER__UPDATE_LADDER_REQUEST__INIT;
	Member__Ladder ladder = MEMBER__LADDER__INIT, stored = ladder;
	Member__ActivityWeight weight = MEMBER__ACTIVITY_WEIGHT__INIT, *weights[] = {&weight};
	Member__LadderLevel level = MEMBER__LADDER_LEVEL__INIT, *levels[] = {&level};
	Member__JourneyPolicy policy = MEMBER__JOURNEY_POLICY__INIT;
	Member__Journey journey;

	weight.kind = MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_VISIT;
	weight.weight = 1;
	level.name = "Regular";
	level.threshold = 10;
	ladder.weights = weights;
	ladder.n_weights = 1;
	ladder.levels = levels;
	ladder.n_levels = 1;
	request.community_id = community;
	request.ladder = &ladder;
	EXPECT_OK(suite_call(s, method_member_update_ladder, &request, &stored));
	EXPECT_OK(set_policy(s, community, 0, 0, 0, 1, "", &policy));

	tell_day(s, community, "ann", "VISIT", 0, 9);
	EXPECT_INT(journey_of(s, community, "ann").step, AUDIENCE);
	tell_day(s, community, "ann", "VISIT", 0, 10);
	journey = journey_of(s, community, "ann");
	EXPECT_INT(journey.step, CORE);
	EXPECT_INT(journey.steps[1]->cause, MEMBER__JOURNEY_CAUSE__JOURNEY_CAUSE_LEVEL);
}

static void another_policy_looks_at_everybody_again(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__JourneyPolicy policy = MEMBER__JOURNEY_POLICY__INIT;

	engaged(s, community, "ann", 9, 3, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, TRIAL);
	EXPECT_OK(set_policy(s, community, 7, 3, 6, 0, "", &policy));
	expect_step(s, community, "ann", FAN);
	/* An admin who has done nothing is found on the way. */
	EXPECT_OK(join(s, community, "bob"));
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET role = 'ADMIN' WHERE community_id = '%s' "
		     "AND person_id = '%s'",
		     community, person(s, "bob"));
	EXPECT_OK(set_policy(s, community, 7, 3, 6, 0, "", &policy));
	expect_step(s, community, "bob", CORE);
}

static void a_policy_has_defaults_and_an_etag(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__GetJourneyPolicyRequest request = MEMBER__GET_JOURNEY_POLICY_REQUEST__INIT;
	Member__JourneyPolicy policy = MEMBER__JOURNEY_POLICY__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_journey_policy, &request, &policy));
	EXPECT_INT(policy.window_days, 30);
	EXPECT_INT(policy.fan_days, 5);
	EXPECT_INT(policy.core_days, 12);
	EXPECT_INT(policy.core_level, 0);
	EXPECT_TEXT(policy.etag, "");

	EXPECT_OK(set_policy(s, community, 0, 7, 0, 2, "", &policy));
	EXPECT_INT(policy.window_days, 30);
	EXPECT_INT(policy.fan_days, 7);
	EXPECT_TEXT(policy.etag, "1");
	EXPECT_OK(set_policy(s, community, 0, 6, 0, 2, "1", &policy));
	EXPECT_STATUS(set_policy(s, community, 0, 5, 0, 2, "1", &policy), ABORTED, "ETAG_MISMATCH");
	EXPECT_STATUS(set_policy(s, community, 0, 13, 0, 0, "", &policy), INVALID_ARGUMENT,
		      "JOURNEY_DAYS");
	EXPECT_STATUS(set_policy(s, community, 7, 5, 0, 0, "", &policy), INVALID_ARGUMENT,
		      "JOURNEY_DAYS");
	request.community_id = "01890000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_member_get_journey_policy, &request, &policy), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void what_is_set_by_hand_stands(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey = MEMBER__JOURNEY__INIT;

	engaged(s, community, "ann", 20, 12, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, CORE);
	EXPECT_OK(set_step(s, community, "ann", TRIAL, &journey));
	EXPECT_INT(journey.step, TRIAL);
	EXPECT_INT(journey.n_steps, 2);
	EXPECT_INT(journey.steps[1]->cause, MEMBER__JOURNEY_CAUSE__JOURNEY_CAUSE_SET);
	EXPECT_TEXT(journey.steps[1]->reason, "the jury says so");

	/* The days before do not carry him back up. */
	engaged(s, community, "ann", 5, 5, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, TRIAL);
	/* As if it had been set long ago. */
	postgres_int(suite_database(s),
		     "UPDATE member.journey_step SET reach_time = now() - interval '7 days' "
		     "WHERE community_id = '%s' AND cause = 'SET'",
		     community);
	tell_day(s, community, "ann", "COMMENT", 2, 1);
	EXPECT_INT(journey_of(s, community, "ann").step, FAN);
	EXPECT_OK(set_step(s, community, "ann", CORE, &journey));
	EXPECT_INT(journey.step, CORE);
}

static void a_step_is_set_for_members_only(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__Journey journey = MEMBER__JOURNEY__INIT;
	Member__GetJourneyRequest request = MEMBER__GET_JOURNEY_REQUEST__INIT;
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;

	EXPECT_STATUS(set_step(s, community, "bob", FAN, &journey), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	request.community_id = community;
	request.person_id = person(s, "bob");
	EXPECT_STATUS(suite_call(s, method_member_get_journey, &request, &journey), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_STATUS(set_step(s, community, "ann", FAN, &journey), PERMISSION_DENIED,
		      "RANK_TOO_LOW");
	EXPECT_STATUS(suite_call(s, method_member_get_journey, &request, &journey),
		      PERMISSION_DENIED, "RANK_TOO_LOW");
	request.person_id = person(s, "ann");
	as_person(s, request.person_id);
	EXPECT_OK(suite_call(s, method_member_get_journey, &request, &journey));
	as_platform(s);
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_STATUS(set_step(s, community, "bob", FAN, &journey), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(set_step(s, community, "ann", FAN, &journey), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
}

static void the_summary_is_a_funnel(void **state)
{
	struct suite *s = *state;
	const char *community = given_ann(s);
	Member__GetJourneySummaryRequest request = MEMBER__GET_JOURNEY_SUMMARY_REQUEST__INIT;
	Member__JourneySummary summary = MEMBER__JOURNEY_SUMMARY__INIT;
	static const int64_t counts[] = {2, 1, 0, 1}, reached[] = {4, 2, 1, 1};

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cem"));
	EXPECT_OK(join(s, community, "dora"));
	EXPECT_OK(join(s, community, "eva"));
	engaged(s, community, "bob", 5, 1, 1);
	engaged(s, community, "eva", 5, 1, 1);
	engaged(s, community, "cem", 15, 12, 1);
	EXPECT_OK(leave(s, community, "eva"));
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_journey_summary, &request, &summary));
	EXPECT_INT(summary.n_steps, 4);
	for (size_t i = 0; i < 4; i++) {
		EXPECT_INT(summary.steps[i]->step, AUDIENCE + i);
		EXPECT_INT(summary.steps[i]->member_count, counts[i]);
		EXPECT_INT(summary.steps[i]->reached_count, reached[i]);
	}
	request.community_id = "01890000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_member_get_journey_summary, &request, &summary),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joins_is_audience_since_he_joined),
		cmocka_unit_test(a_visit_is_no_trial),
		cmocka_unit_test(five_days_in_thirty_make_a_fan),
		cmocka_unit_test(twelve_days_in_thirty_take_him_to_the_core),
		cmocka_unit_test(news_of_old_days_correct_the_time_of_a_step),
		cmocka_unit_test(nobody_goes_back_by_himself),
		cmocka_unit_test(an_expert_is_of_the_core),
		cmocka_unit_test(an_owner_is_found_when_he_does_something),
		cmocka_unit_test(a_level_can_lead_to_the_core),
		cmocka_unit_test(another_policy_looks_at_everybody_again),
		cmocka_unit_test(a_policy_has_defaults_and_an_etag),
		cmocka_unit_test(what_is_set_by_hand_stands),
		cmocka_unit_test(a_step_is_set_for_members_only),
		cmocka_unit_test(the_summary_is_a_funnel),
	};

	return cmocka_run_group_tests_name("member journey", tests, setup, suite_teardown);
}
