/* Who may speak: what member decides (an end, a sanction, new rules) holds here soon. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/member/v1/rule.pb-c.h"
#include "kith/member/v1/sanction.pb-c.h"
#include "kith/member/v1/subscription.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"

#define PATIENCE_US 30000000

static struct outcome speak(struct suite *s, const char *community, const char *name)
{
	Content__Post post = CONTENT__POST__INIT;

	return post_as(s, community, name, "hello", &post);
}

/* Soon the member's posts end with that status. */
static void soon_refused(struct suite *s, const char *community, const char *name,
			 const char *reason)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (speak(s, community, name).status == STATUS_OK)
		assert_true(clock_mono_us() < until);
	EXPECT_STATUS(speak(s, community, name), FAILED_PRECONDITION, reason);
}

static void soon_admitted(struct suite *s, const char *community, const char *name)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (speak(s, community, name).status != STATUS_OK)
		assert_true(clock_mono_us() < until);
}

/* The platform judges the member. */
static Member__Sanction given_sanction(struct suite *s, const char *community, const char *name,
				       Member__SanctionKind kind)
{
	Member__ReportViolationRequest report = MEMBER__REPORT_VIOLATION_REQUEST__INIT;
	Member__StartReviewRequest review = MEMBER__START_REVIEW_REQUEST__INIT;
	Member__UpholdViolationRequest uphold = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;
	Member__ViolationReport reported = MEMBER__VIOLATION_REPORT__INIT;
	Member__ViolationCase taken = MEMBER__VIOLATION_CASE__INIT;
	Member__Sanction sanction = MEMBER__SANCTION__INIT;

	report.community_id = review.community_id = uphold.community_id = community;
	report.subject_person_id = person(s, name);
	report.category = MEMBER__RULE_KIND__RULE_KIND_SPEECH;
	EXPECT_OK(suite_call_as_platform(s, method_member_report_violation, &report, &reported));
	review.case_id = uphold.case_id = reported.case_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_start_review, &review, &taken));
	uphold.sanction = kind;
	uphold.note = "rude";
	EXPECT_OK(suite_call_as_platform(s, method_member_uphold_violation, &uphold, &sanction));

	return sanction;
}

static int32_t publish_rules(struct suite *s, const char *community)
{
	Member__PublishRulesRequest request = MEMBER__PUBLISH_RULES_REQUEST__INIT;
	Member__Rule rule = MEMBER__RULE__INIT, *rules[] = {&rule};
	Member__RuleSet published = MEMBER__RULE_SET__INIT;

	rule.kind = MEMBER__RULE_KIND__RULE_KIND_SPEECH;
	rule.text = "Be kind.";
	rule.action = MEMBER__RULE_ACTION__RULE_ACTION_HOLD;
	request.community_id = community;
	request.rules = rules;
	request.n_rules = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_publish_rules, &request, &published));

	return published.version;
}

static void accept_rules(struct suite *s, const char *community, const char *name, int32_t version)
{
	Member__AcceptRulesRequest request = MEMBER__ACCEPT_RULES_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.version = version;
	EXPECT_OK(suite_call_as_platform(s, method_member_accept_rules, &request, &membership));
}

static void who_has_not_accepted_the_rules_reacts_but_does_not_speak(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann"), *post;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;
	Content__CreatePostRequest draft = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, drafted = CONTENT__POST__INIT;
	int32_t version;

	EXPECT_OK(join(s, community, "bob"));
	check_words_only(s, community);
	as_named(s, "bob");
	EXPECT_OK(speak(s, community, NULL));
	post = given_post(s, community, "bob");
	wanted.body = "soon";
	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	draft.community_id = community;
	draft.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &draft, &drafted));

	version = publish_rules(s, community);
	soon_refused(s, community, NULL, "RULES_NOT_ACCEPTED");
	EXPECT_STATUS(comment_as(s, community, post, "", NULL, &comment), FAILED_PRECONDITION,
		      "RULES_NOT_ACCEPTED");
	publish.community_id = community;
	publish.post_id = drafted.post_id;
	EXPECT_STATUS(suite_call(s, method_content_publish_post, &publish, &drafted),
		      FAILED_PRECONDITION, "RULES_NOT_ACCEPTED");
	EXPECT_OK(react_as(s, community, post, NULL, "+", &reaction));

	accept_rules(s, community, "bob", version);
	EXPECT_OK(speak(s, community, NULL)); /* at once */
	EXPECT_OK(comment_as(s, community, post, "", NULL, &comment));
	EXPECT_OK(suite_call(s, method_content_publish_post, &publish, &drafted));

	version = publish_rules(s, community);
	soon_refused(s, community, NULL, "RULES_NOT_ACCEPTED");
	EXPECT_STATUS(comment_as(s, community, post, "", NULL, &comment), FAILED_PRECONDITION,
		      "RULES_NOT_ACCEPTED");
	accept_rules(s, community, "bob", version);
	EXPECT_OK(comment_as(s, community, post, "", NULL, &comment)); /* at once */
	as_platform(s);
}

static void a_muted_member_is_silent_until_it_is_lifted(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__LiftSanctionRequest lift = MEMBER__LIFT_SANCTION_REQUEST__INIT;
	Member__Sanction sanction, lifted = MEMBER__SANCTION__INIT;

	EXPECT_OK(join(s, community, "bob"));
	check_words_only(s, community);
	as_named(s, "bob");
	EXPECT_OK(speak(s, community, NULL));
	sanction =
		given_sanction(s, community, "bob", MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_DAY);
	soon_refused(s, community, NULL, "MEMBER_MUTED");
	lift.community_id = community;
	lift.sanction_id = sanction.sanction_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_lift_sanction, &lift, &lifted));
	soon_admitted(s, community, NULL);
	as_platform(s);
}

static void who_is_put_out_is_silent(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "bob"));
	check_words_only(s, community);
	as_named(s, "bob");
	EXPECT_OK(speak(s, community, NULL));
	given_sanction(s, community, "bob", MEMBER__SANCTION_KIND__SANCTION_KIND_BAN);
	as_platform(s); /* in his name: he himself has no rank here any more */
	soon_refused(s, community, "bob", "NOT_A_MEMBER");
}

static void whose_time_ran_out_is_silent_until_he_renews(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_PAID);
	const char *plan = given_plan(s, community, 0);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "1", true, &bob));
	EXPECT_OK(speak(s, community, "bob"));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.replica_membership "
				"WHERE community_id = '%s' AND plan_id = '%s'",
				community, plan),
		   1);
	end_subscription(s, community, "bob", true);
	soon_refused(s, community, "bob", "NOT_A_MEMBER");
	EXPECT_OK(subscribe(s, community, "bob", plan, "2", false, &bob));
	EXPECT_OK(speak(s, community, "bob")); /* at once */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_not_accepted_the_rules_reacts_but_does_not_speak),
		cmocka_unit_test(a_muted_member_is_silent_until_it_is_lifted),
		cmocka_unit_test(who_is_put_out_is_silent),
		cmocka_unit_test(whose_time_ran_out_is_silent_until_he_renews),
	};

	return cmocka_run_group_tests_name("content: admission", tests, content_setup,
					   suite_teardown);
}
