/* Violations: one case a subject, judged once, on a ladder; and sanctions that can be undone. */
#include "given.h"
#include "kith/member/v1/sanction.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 64

#define OPEN         MEMBER__VIOLATION_STATE__VIOLATION_STATE_OPEN
#define UNDER_REVIEW MEMBER__VIOLATION_STATE__VIOLATION_STATE_UNDER_REVIEW
#define UPHELD       MEMBER__VIOLATION_STATE__VIOLATION_STATE_UPHELD
#define DISMISSED    MEMBER__VIOLATION_STATE__VIOLATION_STATE_DISMISSED
#define OVERTURNED   MEMBER__VIOLATION_STATE__VIOLATION_STATE_OVERTURNED

#define WARN      MEMBER__SANCTION_KIND__SANCTION_KIND_WARN
#define MUTE_DAY  MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_DAY
#define MUTE_WEEK MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_WEEK
#define REMOVE    MEMBER__SANCTION_KIND__SANCTION_KIND_REMOVE
#define BAN       MEMBER__SANCTION_KIND__SANCTION_KIND_BAN
#define NEXT      MEMBER__SANCTION_KIND__SANCTION_KIND_UNSPECIFIED

#define ACTIVE  MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE
#define LEFT    MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT
#define REMOVED MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_REMOVED
#define BANNED  MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED

/* Whoever calls now reports. */
static struct outcome report(struct suite *s, const char *community, const char *subject,
			     const char *subject_id, Member__ViolationReport *ret)
{
	Member__ReportViolationRequest request = MEMBER__REPORT_VIOLATION_REQUEST__INIT;

	request.community_id = community;
	request.subject_person_id = person(s, subject);
	request.subject_id = subject_id;
	request.category = MEMBER__RULE_KIND__RULE_KIND_SPEECH;
	request.evidence = "you moron";
	request.note = "rude";
	*ret = (Member__ViolationReport)MEMBER__VIOLATION_REPORT__INIT;

	return suite_call(s, method_member_report_violation, &request, ret);
}

static Member__ViolationCase case_of(struct suite *s, const char *community, const char *case_id)
{
	Member__GetViolationCaseRequest request = MEMBER__GET_VIOLATION_CASE_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;

	request.community_id = community;
	request.case_id = case_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_violation_case, &request, &one));

	return one;
}

static struct outcome review(struct suite *s, const char *community, const char *case_id,
			     const char *etag, bool take_over)
{
	Member__StartReviewRequest request = MEMBER__START_REVIEW_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;

	request.community_id = community;
	request.case_id = case_id;
	request.etag = etag;
	request.take_over = take_over;

	return suite_call(s, method_member_start_review, &request, &one);
}

static struct outcome dismiss(struct suite *s, const char *community, const char *case_id)
{
	Member__DismissViolationRequest request = MEMBER__DISMISS_VIOLATION_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;

	request.community_id = community;
	request.case_id = case_id;
	request.note = "nothing to see";

	return suite_call(s, method_member_dismiss_violation, &request, &one);
}

static struct outcome uphold(struct suite *s, const char *community, const char *case_id,
			     Member__SanctionKind kind, Member__Sanction *ret)
{
	Member__UpholdViolationRequest request = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;

	request.community_id = community;
	request.case_id = case_id;
	request.sanction = kind;
	request.note = "rude";
	*ret = (Member__Sanction)MEMBER__SANCTION__INIT;

	return suite_call(s, method_member_uphold_violation, &request, ret);
}

static struct outcome appeal(struct suite *s, const Member__Sanction *sanction)
{
	Member__AppealSanctionRequest request = MEMBER__APPEAL_SANCTION_REQUEST__INIT;
	Member__Sanction appealed = MEMBER__SANCTION__INIT;

	request.community_id = sanction->community_id;
	request.sanction_id = sanction->sanction_id;
	request.person_id = sanction->person_id;
	request.appeal = "it was a joke";

	return suite_call(s, method_member_appeal_sanction, &request, &appealed);
}

static struct outcome judge(struct suite *s, const Member__Sanction *sanction, bool accept)
{
	Member__JudgeAppealRequest request = MEMBER__JUDGE_APPEAL_REQUEST__INIT;
	Member__Sanction judged = MEMBER__SANCTION__INIT;

	request.community_id = sanction->community_id;
	request.sanction_id = sanction->sanction_id;
	request.accept = accept;
	request.answer = "we have looked again";

	return suite_call(s, method_member_judge_appeal, &request, &judged);
}

static struct outcome lift(struct suite *s, const Member__Sanction *sanction)
{
	Member__LiftSanctionRequest request = MEMBER__LIFT_SANCTION_REQUEST__INIT;
	Member__Sanction lifted = MEMBER__SANCTION__INIT;

	request.community_id = sanction->community_id;
	request.sanction_id = sanction->sanction_id;

	return suite_call(s, method_member_lift_sanction, &request, &lifted);
}

/* ann owns, mod and mat keep order, bob is a member. */
static const char *given_town(struct suite *s)
{
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(join(s, community, "mat"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(give_role(s, community, "mat", MEMBER__ROLE__ROLE_MODERATOR));

	return community;
}

/* A case about the member as a whole, reported by the platform. */
static const char *given_case(struct suite *s, const char *community, const char *subject)
{
	Member__ViolationReport made;

	as_platform(s);
	EXPECT_OK(report(s, community, subject, "", &made));

	return made.case_id;
}

/* mod finds the member wrong. */
static Member__Sanction given_sanction(struct suite *s, const char *community, const char *subject,
				       Member__SanctionKind kind)
{
	const char *one = given_case(s, community, subject);
	Member__Sanction sanction;

	as_named(s, "mod");
	EXPECT_OK(review(s, community, one, "", false));
	EXPECT_OK(uphold(s, community, one, kind, &sanction));
	as_platform(s);

	return sanction;
}

/* Each step of a case was written, and leads from where the one before ended. */
static void expect_history(struct suite *s, const char *community)
{
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) - (SELECT sum(version) FROM member.violation_case "
				"WHERE community_id = '%s') FROM member.violation_step "
				"WHERE community_id = '%s'",
				community, community),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM (SELECT deed, from_state, lag(to_state) OVER "
				"(PARTITION BY case_id ORDER BY version) AS before "
				"FROM member.violation_step WHERE community_id = '%s') AS w "
				"WHERE deed IN ('REVIEW_STARTED', 'TAKEN_OVER', 'DISMISSED', "
				"'UPHELD') AND from_state <> before",
				community),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.violation_case c WHERE "
				"community_id = '%s' AND (report_count, priority) <> "
				"(SELECT count(*), sum(weight) FROM member.violation_report r "
				"WHERE r.community_id = c.community_id AND r.case_id = c.case_id)",
				community),
		   0);
}

static void reports_of_one_subject_join_one_case(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = person(s, "a post's id");
	Member__ViolationReport first, second, other;
	Member__ViolationCase one;

	EXPECT_OK(join(s, community, "cid"));
	as_named(s, "cid");
	EXPECT_OK(report(s, community, "bob", post, &first));
	EXPECT_INT(first.weight, 500);
	EXPECT_STATUS(report(s, community, "bob", post, &other), ALREADY_EXISTS,
		      "ALREADY_REPORTED");
	EXPECT_OK(report(s, community, "bob", "", &other)); /* himself is another subject */
	EXPECT_STATUS(report(s, community, "bob", "", &second), ALREADY_EXISTS, "ALREADY_REPORTED");
	EXPECT_STATUS(report(s, community, "cid", "", &second), FAILED_PRECONDITION, "SELF_REPORT");
	EXPECT_STATUS(report(s, community, "stranger", "", &second), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	as_named(s, "mat");
	EXPECT_OK(report(s, community, "bob", post, &second));
	EXPECT_TEXT(second.case_id, first.case_id);
	assert_string_not_equal(other.case_id, first.case_id);
	as_service(s);
	EXPECT_OK(report(s, community, "bob", post, &second));
	EXPECT_INT(second.weight, 1000);
	EXPECT_TEXT(second.reporter_person_id, "");
	EXPECT_STATUS(report(s, community, "bob", post, &second), ALREADY_EXISTS,
		      "ALREADY_REPORTED");
	as_named(s, "stranger");
	EXPECT_STATUS(report(s, community, "bob", "", &second), PERMISSION_DENIED, NULL);
	as_platform(s);

	one = case_of(s, community, first.case_id);
	EXPECT_INT(one.report_count, 3);
	EXPECT_INT(one.n_reports, 3);
	EXPECT_INT(one.priority, 2000);
	EXPECT_TEXT(one.reports[0]->evidence, "you moron");
	EXPECT_TEXT(one.subject_id, post);
	EXPECT_TEXT(case_of(s, community, other.case_id).subject_id, person(s, "bob"));
	expect_history(s, community);
}

static void of_64_reporters_at_once_each_counts_in_one_case(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *callers[CROWD];
	Member__ReportViolationRequest request = MEMBER__REPORT_VIOLATION_REQUEST__INIT;
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	request.community_id = community;
	request.subject_person_id = person(s, "bob");
	request.category = MEMBER__RULE_KIND__RULE_KIND_ADVERTISING;
	for (unsigned i = 0; i < CROWD; i++) {
		const char *name = arena_printf(suite_arena(s), "crowd %u", i);

		EXPECT_OK(join(s, community, name));
		callers[i] = person(s, name);
		pointers[i] = &request;
	}
	with_callers(s, callers);
	suite_call_at_once(s, method_member_report_violation, CROWD, pointers, NULL, NULL,
			   outcomes);
	for (unsigned i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT sum(report_count * 1000 + (state = 'OPEN')::int) "
				"FROM member.violation_case WHERE community_id = '%s'",
				community),
		   CROWD * 1000 + 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT priority FROM member.violation_case "
				"WHERE community_id = '%s'",
				community),
		   CROWD * 500);
	expect_history(s, community);
}

static void a_report_weighs_as_its_reporter_was_right(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__ViolationReport made;
	Member__Sanction sanction;

	EXPECT_OK(join(s, community, "cid"));
	for (int i = 0; i < 3; i++) {
		as_named(s, "cid");
		EXPECT_OK(report(s, community, "bob",
				 person(s, arena_printf(suite_arena(s), "post %d", i)), &made));
		as_named(s, "mod");
		EXPECT_OK(review(s, community, made.case_id, "", false));
		if (i < 2)
			EXPECT_OK(uphold(s, community, made.case_id, WARN, &sanction));
		else
			EXPECT_OK(dismiss(s, community, made.case_id));
	}
	as_named(s, "cid");
	EXPECT_OK(report(s, community, "bob", "", &made));
	EXPECT_INT(made.weight, 600); /* (2 + 1) / (2 + 1 + 2) */

	/* Found right and then, on appeal, not. */
	as_named(s, "bob");
	EXPECT_OK(appeal(s, &sanction));
	as_named(s, "mat");
	EXPECT_OK(judge(s, &sanction, true));
	as_named(s, "cid");
	EXPECT_OK(report(s, community, "bob", person(s, "post 9"), &made));
	EXPECT_INT(made.weight, 400);
	as_platform(s);
	expect_history(s, community);
}

static void the_queue_begins_with_the_weightiest(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__ListViolationCasesRequest request = MEMBER__LIST_VIOLATION_CASES_REQUEST__INIT;
	Member__ListViolationCasesResponse page = MEMBER__LIST_VIOLATION_CASES_RESPONSE__INIT;
	const char *heavy = person(s, "heavy post"), *light = person(s, "light post");
	Member__ViolationReport made;

	as_named(s, "mat");
	EXPECT_OK(report(s, community, "bob", light, &made));
	EXPECT_OK(report(s, community, "bob", heavy, &made));
	as_service(s);
	EXPECT_OK(report(s, community, "bob", heavy, &made));
	as_named(s, "bob");
	request.community_id = community;
	request.page_size = 1;
	EXPECT_STATUS(suite_call(s, method_member_list_violation_cases, &request, &page),
		      PERMISSION_DENIED, NULL);
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_member_list_violation_cases, &request, &page));
	EXPECT_TEXT(page.cases[0]->subject_id, heavy);
	request.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_member_list_violation_cases, &request, &page));
	EXPECT_TEXT(page.cases[0]->subject_id, light);
	EXPECT_TEXT(page.next_page_token, "");
	as_platform(s);
}

static void one_moderator_judges_a_case(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *one = given_case(s, community, "bob");
	Member__Sanction sanction;

	as_named(s, "mod");
	EXPECT_STATUS(review(s, community, one, "7", false), ABORTED, "ETAG_MISMATCH");
	EXPECT_OK(review(s, community, one, "1", false));
	EXPECT_OK(review(s, community, one, "", false)); /* his already */
	EXPECT_TEXT(case_of(s, community, one).etag, "2");
	as_named(s, "mat");
	EXPECT_STATUS(review(s, community, one, "1", false), ABORTED, "ETAG_MISMATCH");
	EXPECT_STATUS(review(s, community, one, "", false), FAILED_PRECONDITION, "CASE_TAKEN");
	EXPECT_STATUS(review(s, community, one, "", true), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_STATUS(dismiss(s, community, one), FAILED_PRECONDITION, "CASE_TAKEN");
	EXPECT_STATUS(uphold(s, community, one, NEXT, &sanction), FAILED_PRECONDITION,
		      "CASE_TAKEN");
	as_named(s, "ann");
	EXPECT_OK(review(s, community, one, "", true));
	as_named(s, "mod");
	EXPECT_STATUS(dismiss(s, community, one), FAILED_PRECONDITION, "CASE_TAKEN");
	as_named(s, "ann");
	EXPECT_OK(dismiss(s, community, one));
	as_platform(s);
	EXPECT_STATUS(review(s, community, person(s, "nothing"), "", false), NOT_FOUND,
		      "VIOLATION_CASE_NOT_FOUND");
	EXPECT_TEXT(case_of(s, community, one).steps[3]->note, "nothing to see");
	EXPECT_TEXT(case_of(s, community, one).steps[2]->deed, "TAKEN_OVER");
	expect_history(s, community);
}

static void of_64_who_take_a_case_at_once_one_gets_it(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *one = given_case(s, community, "bob");
	const char *callers[CROWD];
	Member__StartReviewRequest request = MEMBER__START_REVIEW_REQUEST__INIT;
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	unsigned got = 0;

	request.community_id = community;
	request.case_id = one;
	for (unsigned i = 0; i < CROWD; i++) {
		callers[i] = person(s, i % 2 ? "mod" : "mat");
		pointers[i] = &request;
	}
	with_callers(s, callers);
	suite_call_at_once(s, method_member_start_review, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			got++;
		else
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "CASE_TAKEN");
	}
	EXPECT_INT(got, CROWD / 2);
	EXPECT_TEXT(case_of(s, community, one).etag, "2");
	expect_history(s, community);
}

static void nobody_judges_himself_or_who_is_not_below_him(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	const char *mods = given_case(s, community, "mod");
	const char *anns = given_case(s, community, "ann");
	Member__Sanction sanction;

	as_named(s, "mod");
	EXPECT_STATUS(review(s, community, mods, "", false), PERMISSION_DENIED, "OWN_CASE");
	as_named(s, "mat");
	EXPECT_STATUS(review(s, community, mods, "", false), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_STATUS(review(s, community, anns, "", false), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "ann");
	EXPECT_OK(review(s, community, mods, "", false));
	EXPECT_OK(uphold(s, community, mods, MUTE_DAY, &sanction));
	as_named(s, "mod");
	EXPECT_STATUS(lift(s, &sanction), PERMISSION_DENIED, "OWN_CASE");
	as_named(s, "mat");
	EXPECT_STATUS(lift(s, &sanction), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_platform(s);
	EXPECT_OK(review(s, community, anns, "", false));
	EXPECT_STATUS(uphold(s, community, anns, BAN, &sanction), FAILED_PRECONDITION,
		      "OWNER_CANNOT_LEAVE");
	EXPECT_INT(case_of(s, community, anns).state, UNDER_REVIEW);
	expect_history(s, community);
}

/* A case in that state, about a member of its own. */
static const char *case_in(struct suite *s, const char *community, const char *name,
			   Member__ViolationState wanted)
{
	const char *one;
	Member__Sanction sanction;

	EXPECT_OK(join(s, community, name));
	one = given_case(s, community, name);
	if (wanted != OPEN)
		EXPECT_OK(review(s, community, one, "", false));
	if (wanted == DISMISSED)
		EXPECT_OK(dismiss(s, community, one));
	if (wanted == UPHELD || wanted == OVERTURNED)
		EXPECT_OK(uphold(s, community, one, NEXT, &sanction));
	if (wanted == OVERTURNED) {
		EXPECT_OK(appeal(s, &sanction));
		EXPECT_OK(judge(s, &sanction, true));
	}
	EXPECT_INT(case_of(s, community, one).state, wanted);

	return one;
}

static void every_state_of_a_case_allows_what_its_table_says(void **state)
{
	static const struct {
		Member__ViolationState state;
		bool reviews, judges;
	} rows[] = {
		{OPEN, true, false},       {UNDER_REVIEW, true, true}, {UPHELD, false, false},
		{DISMISSED, false, false}, {OVERTURNED, false, false},
	};
	struct suite *s = *state;
	const char *community = given_town(s);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned deed = 0; deed < 3; deed++) {
			const char *name = arena_printf(suite_arena(s), "wrong %u %u", i, deed);
			const char *one = case_in(s, community, name, rows[i].state);
			Member__Sanction sanction;
			struct outcome outcome =
				deed == 0   ? review(s, community, one, "", false)
				: deed == 1 ? dismiss(s, community, one)
					    : uphold(s, community, one, NEXT, &sanction);

			if (deed == 0 ? rows[i].reviews : rows[i].judges)
				EXPECT_OK(outcome);
			else
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "CASE_STATE");
		}
	}
	expect_history(s, community);
}

static void sanctions_climb_the_ladder(void **state)
{
	static const Member__SanctionKind ladder[] = {WARN, MUTE_DAY, MUTE_WEEK, REMOVE, BAN, BAN};
	struct suite *s = *state;
	const char *community = given_town(s);

	for (unsigned i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++) {
		Member__Sanction sanction = given_sanction(s, community, "bob", NEXT);

		EXPECT_INT(sanction.kind, ladder[i]);
		EXPECT_INT(sanction.end_time != NULL,
			   ladder[i] == MUTE_DAY || ladder[i] == MUTE_WEEK);
		if (ladder[i] == REMOVE) {
			EXPECT_INT(membership_of(s, community, "bob").state, REMOVED);
			EXPECT_OK(join(s, community, "bob"));
		}
	}
	EXPECT_INT(membership_of(s, community, "bob").state, BANNED);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.sanction a JOIN member.membership m "
				"USING (community_id, person_id) WHERE community_id = '%s' "
				"AND a.kind = 'MUTE_WEEK' AND m.mute_until_time = a.end_time "
				"AND a.end_time = a.start_time + interval '7 days'",
				community),
		   1);
	EXPECT_INT(member_count(s, community), 3);

	/* What is long past does not count. */
	postgres_int(suite_database(s),
		     "UPDATE member.violation_case SET judge_time = judge_time - interval "
		     "'181 days' WHERE community_id = '%s'",
		     community);
	EXPECT_INT(given_sanction(s, community, "bob", NEXT).kind, WARN);
	expect_history(s, community);
}

static void another_rung_needs_a_reason(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *one = given_case(s, community, "bob");
	Member__UpholdViolationRequest request = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;
	Member__Sanction sanction = MEMBER__SANCTION__INIT;

	as_named(s, "mod");
	EXPECT_OK(review(s, community, one, "", false));
	request.community_id = community;
	request.case_id = one;
	request.sanction = BAN;
	EXPECT_STATUS(suite_call(s, method_member_uphold_violation, &request, &sanction),
		      INVALID_ARGUMENT, NULL);
	request.note = "sells what is forbidden";
	EXPECT_OK(suite_call(s, method_member_uphold_violation, &request, &sanction));
	EXPECT_INT(membership_of(s, community, "bob").state, BANNED);
	EXPECT_TEXT(membership_of(s, community, "bob").leave_reason, "sells what is forbidden");
	as_platform(s);
	EXPECT_STATUS(join(s, community, "bob"), FAILED_PRECONDITION, "BANNED");
	expect_history(s, community);
}

static void an_accepted_appeal_undoes_the_sanction(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__Sanction mute, ban;

	mute = given_sanction(s, community, "bob", MUTE_WEEK);
	ban = given_sanction(s, community, "bob", BAN);
	as_named(s, "mat");
	EXPECT_STATUS(appeal(s, &mute), PERMISSION_DENIED, NULL);
	as_named(s, "bob");
	EXPECT_OK(appeal(s, &mute));
	EXPECT_OK(appeal(s, &ban));
	EXPECT_STATUS(appeal(s, &ban), FAILED_PRECONDITION, "SANCTION_STATE");
	as_named(s, "mod");
	EXPECT_STATUS(judge(s, &ban, true), PERMISSION_DENIED, "SAME_REVIEWER");
	as_named(s, "mat");
	EXPECT_OK(judge(s, &ban, true));
	EXPECT_INT(membership_of(s, community, "bob").state, ACTIVE);
	EXPECT_INT(membership_of(s, community, "bob").number, 4);
	assert_non_null(membership_of(s, community, "bob").mute_until_time);
	EXPECT_OK(judge(s, &mute, true));
	assert_null(membership_of(s, community, "bob").mute_until_time);
	EXPECT_INT(case_of(s, community, ban.case_id).state, OVERTURNED);
	EXPECT_STATUS(judge(s, &ban, true), FAILED_PRECONDITION, "SANCTION_STATE");
	as_platform(s);
	EXPECT_INT(member_count(s, community), 4);
	/* It never was: the ladder begins anew. */
	EXPECT_INT(given_sanction(s, community, "bob", NEXT).kind, WARN);
	expect_history(s, community);
}

static void who_finds_no_room_is_free_to_come_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__Sanction ban = given_sanction(s, community, "bob", BAN);

	postgres_int(suite_database(s),
		     "UPDATE member.community SET capacity = 3 WHERE community_id = '%s'",
		     community);
	as_named(s, "bob");
	EXPECT_OK(appeal(s, &ban));
	as_named(s, "mat");
	EXPECT_OK(judge(s, &ban, true));
	as_platform(s);
	EXPECT_INT(membership_of(s, community, "bob").state, REMOVED);
	EXPECT_STATUS(join(s, community, "bob"), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
}

static void a_lifted_sanction_frees_as_far_as_others_do(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__Sanction day, week, ban, second;

	week = given_sanction(s, community, "bob", MUTE_WEEK);
	day = given_sanction(s, community, "bob", MUTE_DAY);
	as_named(s, "mat");
	EXPECT_OK(lift(s, &week));
	EXPECT_INT(membership_of(s, community, "bob").mute_until_time->seconds,
		   day.end_time->seconds);
	EXPECT_OK(lift(s, &day));
	assert_null(membership_of(s, community, "bob").mute_until_time);

	ban = given_sanction(s, community, "bob", BAN);
	second = given_sanction(s, community, "bob", BAN);
	EXPECT_OK(lift(s, &ban));
	EXPECT_INT(membership_of(s, community, "bob").state, BANNED);
	EXPECT_OK(lift(s, &second));
	EXPECT_INT(membership_of(s, community, "bob").state, REMOVED);
	EXPECT_STATUS(lift(s, &second), FAILED_PRECONDITION, "SANCTION_STATE");
	as_platform(s);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(leave(s, community, "bob"));
	ban = given_sanction(s, community, "bob", BAN); /* who has left is kept out too */
	EXPECT_INT(membership_of(s, community, "bob").state, BANNED);
	as_platform(s);
	EXPECT_OK(appeal(s, &ban));
	EXPECT_OK(judge(s, &ban, true));
	EXPECT_INT(membership_of(s, community, "bob").state, REMOVED); /* he had left himself */
	expect_history(s, community);
}

static void an_appeal_comes_within_14_days(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__Sanction warned = given_sanction(s, community, "bob", WARN), wrong = warned;

	postgres_int(suite_database(s),
		     "UPDATE member.sanction SET start_time = start_time - interval '15 days' "
		     "WHERE community_id = '%s'",
		     community);
	as_named(s, "bob");
	EXPECT_STATUS(appeal(s, &warned), FAILED_PRECONDITION, "APPEAL_TOO_LATE");
	wrong.sanction_id = community;
	EXPECT_STATUS(appeal(s, &wrong), NOT_FOUND, "SANCTION_NOT_FOUND");
	as_named(s, "mat");
	wrong = warned;
	wrong.person_id = person(s, "mat");
	EXPECT_STATUS(appeal(s, &wrong), NOT_FOUND, "SANCTION_NOT_FOUND");
	as_platform(s);
}

static void every_state_of_a_sanction_allows_what_its_table_says(void **state)
{
	enum { IN_FORCE, APPEALED, CONFIRMED, OVERTURNED_, LIFTED, STATES };
	static const bool rows[STATES][3] = {
		/* appeal, judge, lift */
		[IN_FORCE] = {true, false, true},   [APPEALED] = {false, true, true},
		[CONFIRMED] = {false, false, true}, [OVERTURNED_] = {false, false, false},
		[LIFTED] = {false, false, false},
	};
	struct suite *s = *state;
	const char *community = given_town(s);

	for (unsigned from = 0; from < STATES; from++) {
		for (unsigned deed = 0; deed < 3; deed++) {
			const char *name = arena_printf(suite_arena(s), "wrong %u %u", from, deed);
			Member__Sanction sanction;
			struct outcome outcome;

			EXPECT_OK(join(s, community, name));
			sanction = given_sanction(s, community, name, WARN);
			if (from != IN_FORCE && from != LIFTED)
				EXPECT_OK(appeal(s, &sanction));
			if (from == CONFIRMED || from == OVERTURNED_)
				EXPECT_OK(judge(s, &sanction, from == OVERTURNED_));
			if (from == LIFTED)
				EXPECT_OK(lift(s, &sanction));
			outcome = deed == 0   ? appeal(s, &sanction)
				  : deed == 1 ? judge(s, &sanction, false)
					      : lift(s, &sanction);
			if (rows[from][deed])
				EXPECT_OK(outcome);
			else
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "SANCTION_STATE");
		}
	}
	expect_history(s, community);
}

static void sanctions_are_listed_for_who_bears_them_and_for_moderators(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Member__ListSanctionsRequest request = MEMBER__LIST_SANCTIONS_REQUEST__INIT;
	Member__ListSanctionsResponse page = MEMBER__LIST_SANCTIONS_RESPONSE__INIT;
	Member__Sanction first = given_sanction(s, community, "bob", NEXT);

	given_sanction(s, community, "bob", NEXT);
	EXPECT_OK(join(s, community, "cid"));
	given_sanction(s, community, "cid", NEXT);
	as_named(s, "bob");
	EXPECT_OK(appeal(s, &first));
	request.community_id = community;
	EXPECT_STATUS(suite_call(s, method_member_list_sanctions, &request, &page),
		      PERMISSION_DENIED, NULL);
	request.person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_member_list_sanctions, &request, &page));
	EXPECT_INT(page.n_sanctions, 2);
	EXPECT_INT(page.sanctions[0]->kind, MUTE_DAY);
	as_named(s, "mat");
	request.person_id = "";
	EXPECT_OK(suite_call(s, method_member_list_sanctions, &request, &page));
	EXPECT_INT(page.n_sanctions, 3);
	request.state = MEMBER__SANCTION_STATE__SANCTION_STATE_APPEALED;
	EXPECT_OK(suite_call(s, method_member_list_sanctions, &request, &page));
	EXPECT_INT(page.n_sanctions, 1);
	EXPECT_TEXT(page.sanctions[0]->appeal, "it was a joke");
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_of_one_subject_join_one_case),
		cmocka_unit_test(of_64_reporters_at_once_each_counts_in_one_case),
		cmocka_unit_test(a_report_weighs_as_its_reporter_was_right),
		cmocka_unit_test(the_queue_begins_with_the_weightiest),
		cmocka_unit_test(one_moderator_judges_a_case),
		cmocka_unit_test(of_64_who_take_a_case_at_once_one_gets_it),
		cmocka_unit_test(nobody_judges_himself_or_who_is_not_below_him),
		cmocka_unit_test(every_state_of_a_case_allows_what_its_table_says),
		cmocka_unit_test(sanctions_climb_the_ladder),
		cmocka_unit_test(another_rung_needs_a_reason),
		cmocka_unit_test(an_accepted_appeal_undoes_the_sanction),
		cmocka_unit_test(who_finds_no_room_is_free_to_come_back),
		cmocka_unit_test(a_lifted_sanction_frees_as_far_as_others_do),
		cmocka_unit_test(an_appeal_comes_within_14_days),
		cmocka_unit_test(every_state_of_a_sanction_allows_what_its_table_says),
		cmocka_unit_test(sanctions_are_listed_for_who_bears_them_and_for_moderators),
	};

	return cmocka_run_group_tests_name("member: violations", tests, start, suite_teardown);
}
