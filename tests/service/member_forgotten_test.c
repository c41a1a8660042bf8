/* What is forgotten with a person: words, not that something was. */
#include <stdatomic.h>

#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"
#include "member/erasure.h"
#include "member/member.h"

/* Who is to be forgotten; NULL when he is. */
static _Atomic(const char *) to_forget;

static enum status forget_one(struct call *c, bool *ret_worked)
{
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;

	*ret_worked = false;
	who.person_id = atomic_load(&to_forget);
	if (!who.person_id)
		return STATUS_OK;
	TRY(erasure_run(c, &who));
	atomic_store(&to_forget, NULL);

	return STATUS_OK;
}

/* Returns once it is committed: the next round of the schedule begins after. */
static void forget(struct suite *s, const char *name)
{
	int64_t until = clock_mono_us() + 20000000;

	for (int round = 0; round < 2; round++) {
		atomic_store(&to_forget, person(s, name));
		while (atomic_load(&to_forget))
			assert_true(clock_mono_us() < until);
	}
}

static const char *report(struct suite *s, const char *community, const char *reporter,
			  const char *subject)
{
	Member__ReportViolationRequest request = MEMBER__REPORT_VIOLATION_REQUEST__INIT;
	Member__ViolationReport made = MEMBER__VIOLATION_REPORT__INIT;

	request.community_id = community;
	request.subject_person_id = person(s, subject);
	request.category = MEMBER__RULE_KIND__RULE_KIND_PRIVACY;
	request.evidence = arena_printf(suite_arena(s), "words of %s", subject);
	request.note = arena_printf(suite_arena(s), "words of %s", reporter);
	as_person(s, person(s, reporter));
	EXPECT_OK(suite_call(s, method_member_report_violation, &request, &made));
	as_platform(s);

	return made.case_id;
}

static Member__ViolationCase case_of(struct suite *s, const char *community, const char *case_id)
{
	Member__GetViolationCaseRequest request = MEMBER__GET_VIOLATION_CASE_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;

	request.community_id = community;
	request.case_id = case_id;
	EXPECT_OK(suite_call(s, method_member_get_violation_case, &request, &one));

	return one;
}

static void uphold_and_appeal(struct suite *s, const char *community, const char *case_id)
{
	Member__StartReviewRequest review = MEMBER__START_REVIEW_REQUEST__INIT;
	Member__UpholdViolationRequest uphold = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;
	Member__AppealSanctionRequest appeal = MEMBER__APPEAL_SANCTION_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;
	Member__Sanction sanction = MEMBER__SANCTION__INIT, appealed = MEMBER__SANCTION__INIT;

	review.community_id = uphold.community_id = appeal.community_id = community;
	review.case_id = uphold.case_id = case_id;
	uphold.note = "he told an address";
	EXPECT_OK(suite_call(s, method_member_start_review, &review, &one));
	EXPECT_OK(suite_call(s, method_member_uphold_violation, &uphold, &sanction));
	appeal.sanction_id = sanction.sanction_id;
	appeal.person_id = sanction.person_id;
	appeal.appeal = "it was my own";
	EXPECT_OK(suite_call(s, method_member_appeal_sanction, &appeal, &appealed));
}

static void his_words_and_those_about_him_go_and_the_cases_stay(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *of_bob, *of_cid;
	Member__ViolationCase one;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	of_bob = report(s, community, "cid", "bob");
	of_cid = report(s, community, "bob", "cid");
	uphold_and_appeal(s, community, of_bob);
	uphold_and_appeal(s, community, of_cid);
	forget(s, "bob");

	one = case_of(s, community, of_bob);
	EXPECT_INT(one.state, MEMBER__VIOLATION_STATE__VIOLATION_STATE_UPHELD);
	EXPECT_INT(one.report_count, 1);
	EXPECT_TEXT(one.reports[0]->evidence, "");
	EXPECT_TEXT(one.reports[0]->note, "");
	for (size_t i = 0; i < one.n_steps; i++)
		EXPECT_TEXT(one.steps[i]->note, "");
	one = case_of(s, community, of_cid);
	EXPECT_TEXT(one.reports[0]->evidence, "words of cid");
	EXPECT_TEXT(one.reports[0]->note, "");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FILTER (WHERE note || appeal || answer = '') * 10 "
				"+ count(*) FILTER (WHERE appeal <> '' AND note <> '') "
				"FROM member.sanction WHERE community_id = '%s'",
				community),
		   11);
}

static void why_he_cancelled_goes_and_what_he_paid_stays(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__CancelRenewalRequest cancel = MEMBER__CANCEL_RENEWAL_REQUEST__INIT;
	Member__Subscription got;

	EXPECT_OK(subscribe(s, community, "bob", given_plan(s, community, 0), "1", true, &got));
	cancel.community_id = community;
	cancel.person_id = person(s, "bob");
	cancel.reason = "I am moving to Kunming";
	EXPECT_OK(suite_call(s, method_member_cancel_renewal, &cancel, &got));
	forget(s, "bob");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT sum(amount) + count(*) FILTER (WHERE note <> '') "
				"FROM member.subscription_event WHERE community_id = '%s'",
				community),
		   1000);
}

static int start(void **state)
{
	static const service_deed deeds[] = {forget_one, NULL};
	static struct service member;

	member = member_service;
	member.deeds = deeds;

	return suite_setup(state, (const struct service *const[]){&member, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(his_words_and_those_about_him_go_and_the_cases_stay),
		cmocka_unit_test(why_he_cancelled_goes_and_what_he_paid_stays),
	};

	return cmocka_run_group_tests_name("member: forgotten", tests, start, suite_teardown);
}
