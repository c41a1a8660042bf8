/* Join policies: which ways there are into a community, and who gets in by them. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/entitlement.pb-c.h"
#include "kith/member/v1/join_policy.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CONDITION_MODE MEMBER__JOIN_MODE__JOIN_MODE_CONDITION

static Member__JoinPolicy policy_of(struct suite *s, const char *community)
{
	Member__GetJoinPolicyRequest request = MEMBER__GET_JOIN_POLICY_REQUEST__INIT;
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_join_policy, &request, &policy));

	return policy;
}

static struct outcome update(struct suite *s, const char *community, Member__JoinPolicy *wanted,
			     const char *mask)
{
	Member__UpdateJoinPolicyRequest request = MEMBER__UPDATE_JOIN_POLICY_REQUEST__INIT;
	Google__Protobuf__FieldMask update_mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT;

	request.community_id = community;
	request.join_policy = wanted;
	if (mask) {
		update_mask.paths = (void *)&mask;
		update_mask.n_paths = 1;
		request.update_mask = &update_mask;
	}

	return suite_call(s, method_member_update_join_policy, &request, &policy);
}

static struct outcome set_mode(struct suite *s, const char *community, Member__JoinMode mode)
{
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, changed = MEMBER__COMMUNITY__INIT;

	wanted.join_mode = mode;
	wanted.theme = "bees";
	request.community_id = community;
	request.community = &wanted;

	return suite_call(s, method_member_update_community, &request, &changed);
}

static void given_paid(struct suite *s, const char *community, const char *name)
{
	postgres_text(suite_database(s),
		      "INSERT INTO member.subscription (community_id, person_id, plan_id, state, "
		      "start_time, end_time, grace_end_time) VALUES ('%s', '%s', '%s', 'ACTIVE', "
		      "now(), now() + interval '1 day', now() + interval '1 day')",
		      community, person(s, name), community);
}

static void given_verified(struct suite *s, const char *name)
{
	postgres_text(suite_database(s),
		      "UPDATE member.person SET verify_time = now() WHERE person_id = '%s'",
		      person(s, name));
}

static void given_attribute(struct suite *s, const char *name, const char *attribute,
			    const char *value)
{
	postgres_text(suite_database(s),
		      "INSERT INTO member.person_attribute (person_id, name, value, update_time) "
		      "VALUES ('%s', '%s', '%s', now())",
		      person(s, name), attribute, value);
}

static void given_entitlement(struct suite *s, const char *name, const char *key)
{
	Member__GrantEntitlementRequest request = MEMBER__GRANT_ENTITLEMENT_REQUEST__INIT;
	Member__Entitlement granted = MEMBER__ENTITLEMENT__INIT;

	request.person_id = person(s, name);
	request.key = key;
	EXPECT_OK(suite_call_as_platform(s, method_member_grant_entitlement, &request, &granted));
}

static void without_a_policy_the_mode_is_the_only_way(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_INVITE);
	Member__JoinPolicy policy;

	as_person(s, person(s, "stranger"));
	policy = policy_of(s, community);
	EXPECT_INT(policy.n_ways, 1);
	EXPECT_INT(policy.ways[0]->n_modes, 1);
	EXPECT_INT(policy.ways[0]->modes[0], MEMBER__JOIN_MODE__JOIN_MODE_INVITE);
	EXPECT_INT(policy.request_valid_days, 7);
	EXPECT_INT(policy.invite_quota, 10);
	EXPECT_INT(policy.invite_role, MEMBER__ROLE__ROLE_MEMBER);
	as_platform(s);
}

static void mode_is_the_short_form_of_the_ways(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__JoinPolicy policy;

	given_ways(s, community, "INVITE,APPROVAL VERIFIED,PAID", NULL);
	EXPECT_INT(community_of(s, community).join_mode, MEMBER__JOIN_MODE__JOIN_MODE_MIXED);
	policy = policy_of(s, community);
	EXPECT_INT(policy.n_ways, 3);
	EXPECT_INT(policy.ways[1]->n_modes, 2);
	EXPECT_INT(policy.ways[1]->modes[1], MEMBER__JOIN_MODE__JOIN_MODE_VERIFIED);

	given_ways(s, community, "PAID", NULL);
	EXPECT_INT(community_of(s, community).join_mode, MEMBER__JOIN_MODE__JOIN_MODE_PAID);
	given_ways(s, community, "PAID VERIFIED", NULL);
	EXPECT_INT(community_of(s, community).join_mode, MEMBER__JOIN_MODE__JOIN_MODE_MIXED);

	as_platform(s);
	EXPECT_OK(set_mode(s, community, MEMBER__JOIN_MODE__JOIN_MODE_MIXED));
	EXPECT_OK(set_mode(s, community, MEMBER__JOIN_MODE__JOIN_MODE_OPEN));
	policy = policy_of(s, community);
	EXPECT_INT(policy.n_ways, 1);
	EXPECT_INT(policy.ways[0]->modes[0], MEMBER__JOIN_MODE__JOIN_MODE_OPEN);
	EXPECT_STATUS(set_mode(s, community, MEMBER__JOIN_MODE__JOIN_MODE_MIXED), INVALID_ARGUMENT,
		      "MIXED_BY_JOIN_POLICY");
}

static void update_changes_what_the_mask_names(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	const char *questions[] = {"Why?", "Whence?"};
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT, policy;

	wanted.questions = questions;
	wanted.n_questions = 2;
	wanted.request_valid_days = 3;
	wanted.invite_role = MEMBER__ROLE__ROLE_EXPERT;
	as_person(s, person(s, "ann"));
	EXPECT_OK(update(s, community, &wanted, NULL));
	policy = policy_of(s, community);
	EXPECT_INT(policy.n_questions, 2);
	EXPECT_TEXT(policy.questions[1], "Whence?");
	EXPECT_INT(policy.request_valid_days, 3);
	EXPECT_INT(policy.invite_role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_INT(policy.invite_quota, 10);

	wanted = (Member__JoinPolicy)MEMBER__JOIN_POLICY__INIT;
	wanted.etag = policy.etag;
	EXPECT_OK(update(s, community, &wanted, "invite_quota"));
	EXPECT_INT(policy_of(s, community).invite_quota, 0);
	EXPECT_INT(policy_of(s, community).n_questions, 2);
	EXPECT_STATUS(update(s, community, &wanted, "invite_quota"), ABORTED, "ETAG_MISMATCH");
	wanted.etag = "";
	EXPECT_STATUS(update(s, community, &wanted, "join_mode"), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(update(s, community, &wanted, "invite_quota"), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static struct outcome refused_ways(struct suite *s, const char *community,
				   const Member__JoinMode *modes, size_t n)
{
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT;
	Member__JoinWay way = MEMBER__JOIN_WAY__INIT, *ways[] = {&way, &way};

	way.modes = (Member__JoinMode *)modes;
	way.n_modes = n;
	wanted.ways = ways;
	wanted.n_ways = n == 1 ? 2 : 1;

	return update(s, community, &wanted, NULL);
}

static void ways_that_make_no_sense_are_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const Member__JoinMode open[] = {MEMBER__JOIN_MODE__JOIN_MODE_OPEN},
			       mixed[] = {MEMBER__JOIN_MODE__JOIN_MODE_MIXED},
			       twice[] = {MEMBER__JOIN_MODE__JOIN_MODE_PAID,
					  MEMBER__JOIN_MODE__JOIN_MODE_PAID},
			       condition[] = {MEMBER__JOIN_MODE__JOIN_MODE_CONDITION};
	Member__JoinPolicy none = MEMBER__JOIN_POLICY__INIT;

	as_platform(s);
	EXPECT_STATUS(refused_ways(s, community, open, 1), INVALID_ARGUMENT, "BAD_WAYS");
	EXPECT_STATUS(refused_ways(s, community, mixed, 1), INVALID_ARGUMENT, "BAD_WAYS");
	EXPECT_STATUS(refused_ways(s, community, twice, 2), INVALID_ARGUMENT, "BAD_WAYS");
	EXPECT_STATUS(refused_ways(s, community, condition, 1), INVALID_ARGUMENT, "BAD_WAYS");
	EXPECT_STATUS(update(s, community, &none, "ways"), INVALID_ARGUMENT, "BAD_WAYS");
	EXPECT_INT(community_of(s, community).join_mode, MEMBER__JOIN_MODE__JOIN_MODE_OPEN);
}

static void conditions_are_read_when_they_are_written(void **state)
{
	static const char *const bad[] = {"verified >", "colour = \"red\"", "bought >= 3",
					  "levels.here >= 3", "member_of:\"here\""};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT;
	Member__JoinCondition condition = MEMBER__JOIN_CONDITION__INIT, *list[] = {&condition};

	as_platform(s);
	wanted.conditions = list;
	wanted.n_conditions = 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct outcome outcome;

		condition.filter = bad[i];
		outcome = update(s, community, &wanted, NULL);
		EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_FILTER");
		assert_true(outcome_names(&outcome, "join_policy.conditions[0].filter"));
	}
	condition.filter = " ";
	EXPECT_STATUS(update(s, community, &wanted, NULL), INVALID_ARGUMENT, NULL);
}

static void each_mode_admits_who_has_it(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	given_ways(s, community, "PAID", NULL);
	EXPECT_STATUS(come(s, community, "bob", NULL), FAILED_PRECONDITION, "PAYMENT_REQUIRED");
	given_paid(s, community, "bob");
	EXPECT_OK(come(s, community, "bob", NULL));

	given_ways(s, community, "VERIFIED", NULL);
	EXPECT_STATUS(come(s, community, "cid", NULL), FAILED_PRECONDITION,
		      "VERIFICATION_REQUIRED");
	given_verified(s, "cid");
	EXPECT_OK(come(s, community, "cid", NULL));

	given_ways(s, community, "INVITE", NULL);
	EXPECT_STATUS(come(s, community, "dan", NULL), FAILED_PRECONDITION, "INVITATION_REQUIRED");
	EXPECT_OK(come(s, community, "dan", given_invitation(s, community, NULL, 1)));
}

static void paid_for_and_over_is_not_paid(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	given_ways(s, community, "PAID", NULL);
	given_paid(s, community, "late");
	postgres_text(suite_database(s),
		      "UPDATE member.subscription SET grace_end_time = now() - interval '1 s' "
		      "WHERE community_id = '%s'",
		      community);
	EXPECT_STATUS(come(s, community, "late", NULL), FAILED_PRECONDITION, "PAYMENT_REQUIRED");
	postgres_text(suite_database(s),
		      "UPDATE member.subscription SET grace_end_time = now() + interval '1 h', "
		      "state = 'GRACE' WHERE community_id = '%s'",
		      community);
	EXPECT_OK(come(s, community, "late", NULL));
}

static void nearest_way_says_what_is_missing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	struct outcome outcome;

	given_ways(s, community, "INVITE PAID VERIFIED,APPROVAL VERIFIED", NULL);
	outcome = come(s, community, "eve", NULL);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "APPROVAL_REQUIRED");
	EXPECT_TEXT(outcome_fact(&outcome, "missing"), "APPROVAL VERIFIED");

	given_verified(s, "eve");
	outcome = come(s, community, "eve", NULL);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "APPROVAL_REQUIRED");
	EXPECT_TEXT(outcome_fact(&outcome, "missing"), "APPROVAL");

	given_paid(s, community, "eve");
	EXPECT_STATUS(come(s, community, "eve", NULL), FAILED_PRECONDITION, "INVITATION_REQUIRED");
	EXPECT_OK(come(s, community, "eve", given_invitation(s, community, NULL, 1)));
}

static void expect_condition(struct suite *s, const char *community, const char *name,
			     const char *condition)
{
	struct outcome outcome = come(s, community, name, NULL);

	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "CONDITION_FAILED");
	EXPECT_TEXT(outcome_fact(&outcome, "condition"), condition);
	EXPECT_TEXT(outcome_fact(&outcome, "message"), "not yet");
	EXPECT_TEXT(outcome_fact(&outcome, "missing"), "CONDITION");
}

static void refusal_says_which_condition_failed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *school = given_community(s), *filter;

	filter = arena_printf(suite_arena(s),
			      "attributes.region = \"Shanghai\" AND bought:\"course:go-101\" AND "
			      "levels.%s >= 3 AND member_of:\"%s\" AND NOT verified = true",
			      school, school);
	given_ways(s, community, "CONDITION", filter);
	expect_condition(s, community, "fay", "attributes.region = \"Shanghai\"");
	given_attribute(s, "fay", "region", "Shanghai");
	expect_condition(s, community, "fay", "bought:\"course:go-101\"");
	given_entitlement(s, "fay", "course:go-102");
	expect_condition(s, community, "fay", "bought:\"course:go-101\"");
	given_entitlement(s, "fay", "course:go-101");
	expect_condition(s, community, "fay",
			 arena_printf(suite_arena(s), "levels.%s >= 3", school));
	EXPECT_OK(join(s, school, "fay"));
	expect_condition(s, community, "fay",
			 arena_printf(suite_arena(s), "levels.%s >= 3", school));
	postgres_text(suite_database(s),
		      "UPDATE member.membership SET level = 3 WHERE community_id = '%s'", school);
	given_verified(s, "fay");
	expect_condition(s, community, "fay", "NOT verified = true");
	postgres_text(suite_database(s),
		      "UPDATE member.person SET verify_time = NULL WHERE person_id = '%s'",
		      person(s, "fay"));
	EXPECT_OK(come(s, community, "fay", NULL));
}

static void entitlement_that_is_over_does_not_count(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	given_ways(s, community, "CONDITION", "bought:\"course:c-1\"");
	given_entitlement(s, "gus", "course:c-1");
	postgres_text(suite_database(s),
		      "UPDATE member.entitlement SET until_time = now() - "
		      "interval '1 s' WHERE key = 'course:c-1'");
	expect_condition(s, community, "gus", "bought:\"course:c-1\"");
}

static void mode_condition_without_conditions_admits_nobody(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = CONDITION_MODE);

	EXPECT_STATUS(come(s, community, "hal", NULL), FAILED_PRECONDITION, "CONDITION_FAILED");
	EXPECT_OK(join(s, community, "hal"));
}

static void mix_that_came_without_its_ways_waits_for_approval(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	postgres_text(suite_database(s),
		      "UPDATE member.community SET join_mode = 'MIXED' WHERE community_id = '%s'",
		      community);
	EXPECT_STATUS(come(s, community, "hal", NULL), FAILED_PRECONDITION, "APPROVAL_REQUIRED");
	EXPECT_INT(policy_of(s, community).ways[0]->modes[0],
		   MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
}

static void a_mix_is_not_made_with_the_community(void **state)
{
	struct suite *s = *state;
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	struct outcome outcome;

	wanted.name = "Mixed";
	wanted.join_mode = MEMBER__JOIN_MODE__JOIN_MODE_MIXED;
	request.community = &wanted;
	outcome = suite_call_as_platform(s, method_member_create_community, &request, &made);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "MIXED_BY_JOIN_POLICY");
	assert_true(outcome_names(&outcome, "community.join_mode"));
}

static void archived_and_full_speak_whatever_the_way(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 1);
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;

	given_ways(s, community, "VERIFIED", NULL);
	given_verified(s, "ida");
	given_verified(s, "jon");
	EXPECT_OK(come(s, community, "ida", NULL));
	EXPECT_STATUS(come(s, community, "jon", NULL), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	EXPECT_STATUS(join(s, community, "jon"), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_archive_community, &request, &archived));
	EXPECT_STATUS(come(s, community, "jon", NULL), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(join(s, community, "jon"), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	as_platform(s);
	{
		Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT;

		EXPECT_STATUS(update(s, community, &wanted, "invite_quota"), FAILED_PRECONDITION,
			      "COMMUNITY_ARCHIVED");
	}
}

static void who_writes_his_id_in_capitals_is_still_himself(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	char *shouted = arena_string(suite_arena(s), person(s, "kim"));

	for (char *at = shouted; *at; at++)
		*at = *at >= 'a' && *at <= 'f' ? (char)(*at - 32) : *at;
	request.community_id = community;
	request.person_id = shouted;
	as_person(s, person(s, "kim"));
	EXPECT_STATUS(suite_call(s, method_member_join_community, &request, &membership),
		      FAILED_PRECONDITION, "APPROVAL_REQUIRED");
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_policy_the_mode_is_the_only_way),
		cmocka_unit_test(mode_is_the_short_form_of_the_ways),
		cmocka_unit_test(update_changes_what_the_mask_names),
		cmocka_unit_test(ways_that_make_no_sense_are_refused),
		cmocka_unit_test(conditions_are_read_when_they_are_written),
		cmocka_unit_test(each_mode_admits_who_has_it),
		cmocka_unit_test(paid_for_and_over_is_not_paid),
		cmocka_unit_test(nearest_way_says_what_is_missing),
		cmocka_unit_test(refusal_says_which_condition_failed),
		cmocka_unit_test(entitlement_that_is_over_does_not_count),
		cmocka_unit_test(mode_condition_without_conditions_admits_nobody),
		cmocka_unit_test(mix_that_came_without_its_ways_waits_for_approval),
		cmocka_unit_test(a_mix_is_not_made_with_the_community),
		cmocka_unit_test(archived_and_full_speak_whatever_the_way),
		cmocka_unit_test(who_writes_his_id_in_capitals_is_still_himself),
	};

	return cmocka_run_group_tests_name("member: join policies", tests, start, suite_teardown);
}
