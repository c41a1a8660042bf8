/* Stages and positionings: where a community is, how it came there, for whom it is. */
#include "given.h"
#include "kith/member/v1/positioning.pb-c.h"
#include "kith/member/v1/stage.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define LAUNCH    MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_LAUNCH
#define GROWTH    MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_GROWTH
#define MATURITY  MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_MATURITY
#define DECLINE   MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_DECLINE
#define TRANSFORM MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_TRANSFORM

#define N_AT_ONCE 64

static struct outcome set_stage(struct suite *s, const char *community,
				Member__LifecycleStage stage, Member__Community *ret)
{
	Member__SetCommunityStageRequest request = MEMBER__SET_COMMUNITY_STAGE_REQUEST__INIT;

	member__community__init(ret);
	request.community_id = community;
	request.stage = stage;
	request.reason = "seen so by its owner";

	return suite_call(s, method_member_set_community_stage, &request, ret);
}

static struct outcome position(struct suite *s, const char *community, const char *need,
			       Member__Positioning *ret)
{
	Member__CreatePositioningRequest request = MEMBER__CREATE_POSITIONING_REQUEST__INIT;
	Member__Positioning wanted = MEMBER__POSITIONING__INIT;
	Member__Audience audience = MEMBER__AUDIENCE__INIT;
	Member__Gender genders[] = {MEMBER__GENDER__GENDER_FEMALE};
	const char *interests[] = {"lanterns", "paper"};

	audience.age_min = 18;
	audience.age_max = 35;
	audience.genders = genders;
	audience.n_genders = 1;
	audience.interests = interests;
	audience.n_interests = 2;
	wanted.audience = &audience;
	wanted.need = need;
	wanted.benefit = "company";
	request.community_id = community;
	request.positioning = &wanted;

	return suite_call(s, method_member_create_positioning, &request, ret);
}

static struct outcome read_positioning(struct suite *s, const char *community, int32_t version,
				       Member__Positioning *ret)
{
	Member__GetPositioningRequest request = MEMBER__GET_POSITIONING_REQUEST__INIT;

	request.community_id = community;
	request.version = version;

	return suite_call(s, method_member_get_positioning, &request, ret);
}

static void put_into(struct suite *s, const char *community, Member__LifecycleStage stage)
{
	static const char *const names[] = {"",         "LAUNCH",  "GROWTH",
					    "MATURITY", "DECLINE", "TRANSFORM"};

	postgres_text(suite_database(s),
		      "UPDATE member.community SET stage = '%s' WHERE community_id = '%s'",
		      names[stage], community);
}

static void every_transition_is_allowed_or_refused(void **state)
{
	static const bool allowed[][TRANSFORM + 1] = {
		[LAUNCH] = {[GROWTH] = true, [MATURITY] = true, [DECLINE] = true},
		[GROWTH] = {[MATURITY] = true, [DECLINE] = true},
		[MATURITY] = {[GROWTH] = true, [DECLINE] = true},
		[DECLINE] = {[GROWTH] = true, [MATURITY] = true, [TRANSFORM] = true},
		[TRANSFORM] = {[GROWTH] = true, [MATURITY] = true, [DECLINE] = true},
	};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Positioning positioning = MEMBER__POSITIONING__INIT;
	Member__Community ret;

	as_platform(s);
	EXPECT_OK(position(s, community, "a place", &positioning));
	for (Member__LifecycleStage from = LAUNCH; from <= TRANSFORM; from++) {
		for (Member__LifecycleStage to = LAUNCH; to <= TRANSFORM; to++) {
			put_into(s, community, from);
			if (to == TRANSFORM && from == DECLINE)
				continue; /* has a test of its own */
			if (from == to || allowed[from][to])
				EXPECT_OK(set_stage(s, community, to, &ret));
			else
				EXPECT_STATUS(set_stage(s, community, to, &ret),
					      FAILED_PRECONDITION, "STAGE_NOT_REACHABLE");
			EXPECT_INT(community_of(s, community).stage,
				   from == to || allowed[from][to] ? to : from);
		}
	}
}

static void transformation_needs_a_positioning_newer_than_the_decline(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Positioning positioning = MEMBER__POSITIONING__INIT;
	Member__Community ret;

	as_platform(s);
	EXPECT_OK(position(s, community, "a place", &positioning));
	EXPECT_OK(set_stage(s, community, DECLINE, &ret));
	EXPECT_STATUS(set_stage(s, community, TRANSFORM, &ret), FAILED_PRECONDITION,
		      "POSITIONING_REQUIRED");
	EXPECT_OK(position(s, community, "a home", &positioning));
	EXPECT_INT(positioning.version, 2);
	EXPECT_OK(set_stage(s, community, TRANSFORM, &ret));
	EXPECT_INT(ret.stage, TRANSFORM);

	/* And again after the next decline. */
	EXPECT_OK(set_stage(s, community, DECLINE, &ret));
	EXPECT_STATUS(set_stage(s, community, TRANSFORM, &ret), FAILED_PRECONDITION,
		      "POSITIONING_REQUIRED");
}

static void history_tells_each_change_with_its_reason(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListStageChangesRequest request = MEMBER__LIST_STAGE_CHANGES_REQUEST__INIT;
	Member__ListStageChangesResponse page = MEMBER__LIST_STAGE_CHANGES_RESPONSE__INIT;
	Member__Community ret;

	as_platform(s);
	EXPECT_OK(set_stage(s, community, GROWTH, &ret));
	EXPECT_TEXT(ret.etag, "2");
	EXPECT_OK(set_stage(s, community, GROWTH, &ret)); /* changes nothing */
	EXPECT_TEXT(ret.etag, "2");
	EXPECT_OK(set_stage(s, community, MATURITY, &ret));

	as_person(s, person(s, "ann"));
	request.community_id = community;
	request.page_size = 1;
	EXPECT_OK(suite_call(s, method_member_list_stage_changes, &request, &page));
	EXPECT_INT(page.n_stage_changes, 1);
	EXPECT_INT(page.stage_changes[0]->number, 2);
	EXPECT_INT(page.stage_changes[0]->from_stage, GROWTH);
	EXPECT_INT(page.stage_changes[0]->to_stage, MATURITY);
	EXPECT_TEXT(page.stage_changes[0]->reason, "seen so by its owner");
	request.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_member_list_stage_changes, &request, &page));
	EXPECT_INT(page.stage_changes[0]->from_stage, LAUNCH);
	EXPECT_TEXT(page.next_page_token, "");
}

static void stage_is_the_platforms_and_of_a_living_community(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community ret;

	as_person(s, person(s, "ann"));
	EXPECT_STATUS(set_stage(s, community, GROWTH, &ret), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_STATUS(set_stage(s, "11111111-1111-4111-8111-111111111111", GROWTH, &ret), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &request, &ret));
	EXPECT_STATUS(set_stage(s, community, GROWTH, &ret), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
}

static void old_positionings_stay_as_they_were_said(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Positioning ret = MEMBER__POSITIONING__INIT;

	as_platform(s);
	EXPECT_STATUS(read_positioning(s, community, 0, &ret), NOT_FOUND, "POSITIONING_NOT_FOUND");
	EXPECT_OK(position(s, community, "a place", &ret));
	EXPECT_OK(position(s, community, "a home", &ret));
	EXPECT_OK(read_positioning(s, community, 0, &ret));
	EXPECT_INT(ret.version, 2);
	EXPECT_TEXT(ret.need, "a home");
	EXPECT_OK(read_positioning(s, community, 1, &ret));
	EXPECT_INT(ret.version, 1);
	EXPECT_TEXT(ret.need, "a place");
	EXPECT_INT(ret.audience->age_max, 35);
	EXPECT_INT(ret.audience->n_genders, 1);
	EXPECT_INT(ret.audience->genders[0], MEMBER__GENDER__GENDER_FEMALE);
	EXPECT_INT(ret.audience->n_interests, 2);
	EXPECT_TEXT(ret.audience->interests[1], "paper");
	EXPECT_STATUS(read_positioning(s, community, 3, &ret), NOT_FOUND, "POSITIONING_NOT_FOUND");
}

static void audience_that_nobody_belongs_to_is_refused(void **state)
{
	struct suite *s = *state;
	Member__CreatePositioningRequest request = MEMBER__CREATE_POSITIONING_REQUEST__INIT;
	Member__Positioning wanted = MEMBER__POSITIONING__INIT, ret = MEMBER__POSITIONING__INIT;
	Member__Audience audience = MEMBER__AUDIENCE__INIT;

	as_platform(s);
	request.community_id = given_community(s);
	request.positioning = &wanted;
	EXPECT_STATUS(suite_call(s, method_member_create_positioning, &request, &ret),
		      INVALID_ARGUMENT, NULL);
	wanted.need = "a place";
	wanted.benefit = "company";
	wanted.audience = &audience;
	audience.age_min = 40;
	audience.age_max = 30;
	EXPECT_STATUS(suite_call(s, method_member_create_positioning, &request, &ret),
		      INVALID_ARGUMENT, "BAD_AGE_RANGE");
	audience.age_max = 0; /* no upper end */
	EXPECT_OK(suite_call(s, method_member_create_positioning, &request, &ret));
}

static void versions_have_no_holes_however_many_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__CreatePositioningRequest request = MEMBER__CREATE_POSITIONING_REQUEST__INIT;
	Member__Positioning wanted = MEMBER__POSITIONING__INIT;
	const void *requests[N_AT_ONCE];
	struct outcome outcomes[N_AT_ONCE];

	as_platform(s);
	wanted.need = "a place";
	wanted.benefit = "company";
	request.community_id = community;
	request.positioning = &wanted;
	for (size_t i = 0; i < N_AT_ONCE; i++)
		requests[i] = &request;
	suite_call_at_once(s, method_member_create_positioning, N_AT_ONCE, requests, NULL, NULL,
			   outcomes);
	for (size_t i = 0; i < N_AT_ONCE; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT max(version) * 1000 + count(*) FROM member.positioning "
				"WHERE community_id = '%s'",
				community),
		   N_AT_ONCE * 1000 + N_AT_ONCE);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_transition_is_allowed_or_refused),
		cmocka_unit_test(transformation_needs_a_positioning_newer_than_the_decline),
		cmocka_unit_test(history_tells_each_change_with_its_reason),
		cmocka_unit_test(stage_is_the_platforms_and_of_a_living_community),
		cmocka_unit_test(old_positionings_stay_as_they_were_said),
		cmocka_unit_test(audience_that_nobody_belongs_to_is_refused),
		cmocka_unit_test(versions_have_no_holes_however_many_at_once),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
