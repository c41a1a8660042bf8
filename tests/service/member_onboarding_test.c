/* Onboarding: templates, what each member has done of his, and how far all have come. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/onboarding.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define FIRST_POST MEMBER__ONBOARDING_KIND__ONBOARDING_KIND_FIRST_POST
#define READ_RULES MEMBER__ONBOARDING_KIND__ONBOARDING_KIND_READ_RULES
#define CUSTOM     MEMBER__ONBOARDING_KIND__ONBOARDING_KIND_CUSTOM
#define INTRODUCE  MEMBER__ONBOARDING_KIND__ONBOARDING_KIND_INTRODUCE

static struct outcome set_template(struct suite *s, const char *community,
				   const Member__OnboardingKind *kinds, size_t n, const char *etag,
				   Member__OnboardingTemplate *ret)
{
	Member__UpdateOnboardingTemplateRequest request =
		MEMBER__UPDATE_ONBOARDING_TEMPLATE_REQUEST__INIT;
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__OnboardingStep steps[4], *pointers[4];

	for (size_t i = 0; i < n; i++) {
		steps[i] = (Member__OnboardingStep)MEMBER__ONBOARDING_STEP__INIT;
		steps[i].kind = kinds[i];
		steps[i].title = arena_printf(suite_arena(s), "Step %zu", i + 1);
		steps[i].text = "Do it.";
		steps[i].days = (int32_t)i;
		pointers[i] = &steps[i];
	}
	template.steps = pointers;
	template.n_steps = n;
	template.etag = etag;
	request.community_id = community;
	request.template_ = &template;

	return suite_call(s, method_member_update_onboarding_template, &request, ret);
}

static Member__Onboarding onboarding_of(struct suite *s, const char *community, const char *name)
{
	Member__GetOnboardingRequest request = MEMBER__GET_ONBOARDING_REQUEST__INIT;
	Member__Onboarding onboarding = MEMBER__ONBOARDING__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_onboarding, &request, &onboarding));

	return onboarding;
}

static struct outcome complete(struct suite *s, const char *community, const char *name,
			       int32_t step, Member__Onboarding *ret)
{
	Member__CompleteOnboardingStepRequest request =
		MEMBER__COMPLETE_ONBOARDING_STEP_REQUEST__INIT;

	member__onboarding__init(ret);
	request.community_id = community;
	request.person_id = person(s, name);
	request.step = step;

	return suite_call(s, method_member_complete_onboarding_step, &request, ret);
}

static Member__OnboardingSummary summary_of(struct suite *s, const char *community)
{
	Member__GetOnboardingSummaryRequest request = MEMBER__GET_ONBOARDING_SUMMARY_REQUEST__INIT;
	Member__OnboardingSummary summary = MEMBER__ONBOARDING_SUMMARY__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_onboarding_summary, &request,
					 &summary));

	return summary;
}

/* As if they had joined so many days ago. */
static void joined_before(struct suite *s, const char *community, const char *name, int32_t days)
{
	postgres_int(
		suite_database(s),
		"UPDATE member.membership SET join_time = join_time - %d * interval '24 hours' "
		"WHERE community_id = '%s' AND person_id = '%s'",
		days, community, person(s, name));
}

static void who_joins_finds_the_default_in_the_community_s_language(void **state)
{
	struct suite *s = *state;
	const char *english = given_community(s), *chinese = given_community(s);
	Member__Onboarding onboarding;

	postgres_int(suite_database(s),
		     "UPDATE member.community SET locale = 'zh-CN' WHERE community_id = '%s'",
		     chinese);
	EXPECT_OK(join(s, english, "ann"));
	EXPECT_OK(join(s, chinese, "ann"));
	onboarding = onboarding_of(s, english, "ann");
	EXPECT_INT(onboarding.version, 0);
	EXPECT_INT(onboarding.n_tasks, 6);
	EXPECT_TEXT(onboarding.tasks[2]->title, "Introduce yourself");
	EXPECT_TEXT(onboarding.tasks[2]->due_date, days_ago(s, english, -3));
	EXPECT_INT(onboarding.complete, 0);
	onboarding = onboarding_of(s, chinese, "ann");
	EXPECT_INT(onboarding.n_tasks, 6);
	EXPECT_TEXT(onboarding.tasks[3]->title, "破冰小任务");
}

static void steps_are_done_one_by_one(void **state)
{
	static const Member__OnboardingKind kinds[] = {INTRODUCE, CUSTOM};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__Onboarding onboarding;
	int64_t first;

	EXPECT_OK(set_template(s, community, kinds, 2, "", &template));
	EXPECT_INT(template.n_steps, 2);
	EXPECT_INT(template.version, 1);
	EXPECT_OK(join(s, community, "ann"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(complete(s, community, "ann", 2, &onboarding));
	EXPECT_INT(onboarding.tasks[1]->done, 1);
	EXPECT_INT(onboarding.tasks[0]->done, 0);
	EXPECT_INT(onboarding.complete, 0);
	first = onboarding.tasks[1]->complete_time->seconds * 1000000000 +
		onboarding.tasks[1]->complete_time->nanos;
	as_person(s, person(s, "ann"));
	EXPECT_OK(complete(s, community, "ann", 2, &onboarding));
	EXPECT_INT(onboarding.tasks[1]->complete_time->seconds * 1000000000 +
			   onboarding.tasks[1]->complete_time->nanos,
		   first);
	EXPECT_OK(complete(s, community, "ann", 1, &onboarding));
	EXPECT_INT(onboarding.complete, 1);
	EXPECT_TEXT(onboarding.tasks[0]->due_date, "");
	as_platform(s);
}

static void a_first_post_completes_itself(void **state)
{
	static const Member__OnboardingKind kinds[] = {FIRST_POST};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__Onboarding onboarding;

	EXPECT_OK(set_template(s, community, kinds, 1, "", &template));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_STATUS(complete(s, community, "ann", 1, &onboarding), FAILED_PRECONDITION,
		      "STEP_COMPLETES_BY_ITSELF");
	/* Of an earlier life, and no post: neither is his first. */
	tell_day(s, community, "ann", "POST", 5, 1);
	tell_day(s, community, "ann", "COMMENT", 0, 1);
	EXPECT_INT(onboarding_of(s, community, "ann").complete, 0);
	tell_day(s, community, "ann", "POST", 0, 1);
	onboarding = onboarding_of(s, community, "ann");
	EXPECT_INT(onboarding.complete, 1);
	EXPECT_INT(onboarding.tasks[0]->complete_time->seconds,
		   membership_of(s, community, "ann").join_time->seconds);
	tell_day(s, community, "ann", "POST", 0, 0);
	EXPECT_INT(onboarding_of(s, community, "ann").complete, 0);
}

static void rules_are_read_by_accepting_them(void **state)
{
	static const Member__OnboardingKind kinds[] = {READ_RULES};
	struct suite *s = *state;
	struct postgres *db = suite_database(s);
	const char *community = given_community(s);
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__Onboarding onboarding;

	EXPECT_OK(set_template(s, community, kinds, 1, "", &template));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	/* While there are none, he says so himself. */
	EXPECT_OK(complete(s, community, "bob", 1, &onboarding));
	EXPECT_INT(onboarding.complete, 1);

	postgres_int(db, "UPDATE member.community SET rules_version = 2 WHERE community_id = '%s'",
		     community);
	EXPECT_STATUS(complete(s, community, "ann", 1, &onboarding), FAILED_PRECONDITION,
		      "STEP_COMPLETES_BY_ITSELF");
	EXPECT_INT(onboarding_of(s, community, "bob").complete, 0);
	postgres_int(db,
		     "UPDATE member.membership SET rules_version = 2 WHERE community_id = '%s' "
		     "AND person_id = '%s'",
		     community, person(s, "ann"));
	EXPECT_INT(onboarding_of(s, community, "ann").complete, 1);
}

static void who_joined_keeps_his_template(void **state)
{
	static const Member__OnboardingKind kinds[] = {INTRODUCE, CUSTOM};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__GetOnboardingTemplateRequest request =
		MEMBER__GET_ONBOARDING_TEMPLATE_REQUEST__INIT;
	Member__Onboarding onboarding;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(set_template(s, community, kinds, 2, "0", &template));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(complete(s, community, "bob", 1, &onboarding));
	EXPECT_STATUS(set_template(s, community, kinds, 1, "0", &template), ABORTED,
		      "ETAG_MISMATCH");
	EXPECT_OK(set_template(s, community, kinds, 1, "1", &template));
	EXPECT_OK(join(s, community, "cem"));
	EXPECT_INT(onboarding_of(s, community, "ann").n_tasks, 6);
	EXPECT_INT(onboarding_of(s, community, "bob").n_tasks, 2);
	EXPECT_INT(onboarding_of(s, community, "bob").tasks[0]->done, 1);
	EXPECT_INT(onboarding_of(s, community, "cem").n_tasks, 1);

	/* Who comes back is received anew. */
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_INT(onboarding_of(s, community, "bob").version, 2);
	EXPECT_INT(onboarding_of(s, community, "bob").complete, 0);

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_onboarding_template, &request, &template));
	EXPECT_INT(template.version, 2);
	EXPECT_INT(template.n_steps, 1);
	EXPECT_TEXT(template.steps[0]->title, "Step 1");
	assert_non_null(template.since_time);
}

static void what_cannot_be_done_is_refused(void **state)
{
	static const Member__OnboardingKind kinds[] = {INTRODUCE};
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *nowhere = "01890000-0000-7000-8000-000000000000";
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__GetOnboardingTemplateRequest wanted = MEMBER__GET_ONBOARDING_TEMPLATE_REQUEST__INIT;
	Member__GetOnboardingSummaryRequest summary = MEMBER__GET_ONBOARDING_SUMMARY_REQUEST__INIT;
	Member__OnboardingSummary found = MEMBER__ONBOARDING_SUMMARY__INIT;
	Member__GetOnboardingRequest get = MEMBER__GET_ONBOARDING_REQUEST__INIT;
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Onboarding onboarding = MEMBER__ONBOARDING__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_STATUS(complete(s, community, "ann", 7, &onboarding), NOT_FOUND,
		      "ONBOARDING_STEP_NOT_FOUND");
	EXPECT_STATUS(complete(s, community, "cem", 1, &onboarding), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	get.community_id = community;
	get.person_id = person(s, "cem");
	EXPECT_STATUS(suite_call(s, method_member_get_onboarding, &get, &onboarding), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(complete(s, community, "ann", 1, &onboarding), PERMISSION_DENIED,
		      "NOT_ALLOWED");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(set_template(s, community, kinds, 1, "", &template), PERMISSION_DENIED,
		      "RANK_TOO_LOW");
	as_platform(s);
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_STATUS(complete(s, community, "bob", 1, &onboarding), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	wanted.community_id = summary.community_id = nowhere;
	EXPECT_STATUS(suite_call(s, method_member_get_onboarding_template, &wanted, &template),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_STATUS(suite_call(s, method_member_get_onboarding_summary, &summary, &found),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(set_template(s, community, kinds, 1, "", &template), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
}

static void the_summary_counts_who_joined_under_it(void **state)
{
	static const Member__OnboardingKind kinds[] = {INTRODUCE, FIRST_POST};
	static const char *const names[] = {"ann", "bob", "cem", "dora"};
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");
	Member__OnboardingTemplate template = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__OnboardingSummary summary;
	Member__Onboarding onboarding;

	EXPECT_OK(join(s, community, "early"));
	joined_before(s, community, "early", 100);
	EXPECT_OK(set_template(s, community, kinds, 2, "", &template));
	postgres_int(
		suite_database(s),
		"UPDATE member.onboarding_template SET since_time = now() - interval '60 days' "
		"WHERE community_id = '%s'",
		community);
	for (size_t i = 0; i < 4; i++) {
		EXPECT_OK(join(s, community, names[i]));
		joined_before(s, community, names[i], 20);
	}
	EXPECT_OK(complete(s, community, "ann", 1, &onboarding));
	EXPECT_OK(complete(s, community, "bob", 1, &onboarding));
	tell_day(s, community, "ann", "POST", 19, 1);
	tell_day(s, community, "ann", "POST", 3, 1);
	tell_day(s, community, "cem", "POST", 10, 1);
	tell_day(s, community, "dora", "POST", 17, 2);
	tell_day(s, community, "early", "POST", 5, 2);
	EXPECT_OK(leave(s, community, "dora"));

	summary = summary_of(s, community);
	EXPECT_INT(summary.version, 1);
	EXPECT_INT(summary.member_count, 4);
	EXPECT_INT(summary.complete_count, 1);
	EXPECT_INT(summary.n_steps, 2);
	EXPECT_INT(summary.steps[0]->done_count, 2);
	EXPECT_INT(summary.steps[1]->done_count, 3);
	EXPECT_INT(summary.first_post_count, 3);
	/* 1, 3 and 10 days, from the day of joining. */
	EXPECT_INT(summary.first_post_median_days * 10, 30);
	EXPECT_INT(
		postgres_int(
			suite_database(s),
			"SELECT (10 * percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::int "
			"FROM (SELECT min(day) - (join_time AT TIME ZONE "
			"'Asia/Shanghai')::date AS days FROM member.member_day "
			"JOIN member.membership USING (community_id, person_id) "
			"WHERE community_id = '%s' AND kind = 'POST' AND count > 0 AND "
			"join_time > now() - interval '60 days' GROUP BY person_id, join_time) x",
			community),
		30);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joins_finds_the_default_in_the_community_s_language),
		cmocka_unit_test(steps_are_done_one_by_one),
		cmocka_unit_test(a_first_post_completes_itself),
		cmocka_unit_test(rules_are_read_by_accepting_them),
		cmocka_unit_test(who_joined_keeps_his_template),
		cmocka_unit_test(what_cannot_be_done_is_refused),
		cmocka_unit_test(the_summary_counts_who_joined_under_it),
	};

	return cmocka_run_group_tests_name("member onboarding", tests, setup, suite_teardown);
}
