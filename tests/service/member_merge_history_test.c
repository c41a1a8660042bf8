/* Merging persons: what was decided of them, what they paid and what they acquired becomes one's,
 * and goes back. */
#include "given.h"
#include "kith/member/v1/entitlement.pb-c.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static Member__PersonMerge merged(struct suite *s, const char *survivor, const char *other)
{
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge ret = MEMBER__PERSON_MERGE__INIT;

	request.person_id = person(s, survivor);
	request.merged_person_id = person(s, other);
	EXPECT_OK(suite_call(s, method_member_merge_persons, &request, &ret));

	return ret;
}

static Member__UnmergePersonsResponse unmerged(struct suite *s, const char *merge_id)
{
	Member__UnmergePersonsRequest request = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;
	Member__UnmergePersonsResponse ret = MEMBER__UNMERGE_PERSONS_RESPONSE__INIT;

	request.merge_id = merge_id;
	EXPECT_OK(suite_call(s, method_member_unmerge_persons, &request, &ret));

	return ret;
}

static void given_entitlement(struct suite *s, const char *name, const char *key, const char *until)
{
	postgres_int(
		suite_database(s),
		"INSERT INTO member.entitlement (person_id, key, source, until_time, grant_time) "
		"VALUES ('%s', '%s', 'shop', NULLIF('%s', '')::timestamptz, now())",
		person(s, name), key, until);
}

/* The keys that the person has, and until when, as he sees them. */
static const char *entitlements(struct suite *s, const char *name)
{
	Member__ListEntitlementsRequest request = MEMBER__LIST_ENTITLEMENTS_REQUEST__INIT;
	Member__ListEntitlementsResponse page = MEMBER__LIST_ENTITLEMENTS_RESPONSE__INIT;
	const char *all = "";

	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_entitlements, &request, &page));
	for (size_t i = 0; i < page.n_entitlements; i++)
		all = arena_printf(suite_arena(s), "%s%s:%lld ", all, page.entitlements[i]->key,
				   page.entitlements[i]->until_time
					   ? (long long)page.entitlements[i]->until_time->seconds
					   : 0LL);

	return all;
}

static int64_t rows_of(struct suite *s, const char *table, const char *column, const char *name)
{
	return postgres_int(suite_database(s), "SELECT count(*) FROM member.%s WHERE %s = '%s'",
			    table, column, person(s, name));
}

/* An upheld case with its sanction, and one that is undecided. */
static void given_verdict(struct suite *s, const char *community, const char *name,
			  const char *subject)
{
	postgres_int(
		suite_database(s),
		"WITH decided AS (INSERT INTO member.violation_case (community_id, case_id, "
		"subject_person_id, subject_id, category, state, priority, create_time, "
		"update_time, judge_time) VALUES ('%s', gen_random_uuid(), '%s', "
		"gen_random_uuid(), 'SPEECH', 'UPHELD', 1, now(), now(), now()) RETURNING *), "
		"open AS (INSERT INTO member.violation_case (community_id, case_id, "
		"subject_person_id, subject_id, category, priority, create_time, update_time) "
		"SELECT community_id, gen_random_uuid(), subject_person_id, '%s', category, 1, "
		"now(), now() FROM decided) "
		"INSERT INTO member.sanction (community_id, sanction_id, case_id, person_id, "
		"kind, start_time, note, put_out) SELECT community_id, gen_random_uuid(), "
		"case_id, subject_person_id, 'WARN', now(), '', false FROM decided",
		community, person(s, name), subject);
}

static void given_payment(struct suite *s, const char *community, const char *name)
{
	postgres_int(
		suite_database(s),
		"INSERT INTO member.subscription_event (community_id, person_id, version, kind, "
		"state, plan_id, amount, currency, end_time, event_time) VALUES ('%s', '%s', 1, "
		"'STARTED', 'ACTIVE', gen_random_uuid(), 100, 'EUR', now(), now())",
		community, person(s, name));
}

static void expect_rows(struct suite *s, const char *name, int64_t cases, int64_t sanctions,
			int64_t payments)
{
	EXPECT_INT(rows_of(s, "violation_case", "subject_person_id", name), cases);
	EXPECT_INT(rows_of(s, "sanction", "person_id", name), sanctions);
	EXPECT_INT(rows_of(s, "subscription_event", "person_id", name), payments);
}

static void verdicts_payments_and_entitlements_go_over_and_come_back(void **state)
{
	static const char about[] = "0c0c0c0c-0000-4000-8000-000000000001";
	static const char same[] = "0c0c0c0c-0000-4000-8000-000000000002";
	struct suite *s = *state;
	const char *community = given_community(s), *other = given_community(s);
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	EXPECT_OK(join(s, community, "va"));
	EXPECT_OK(join(s, community, "vb"));
	EXPECT_OK(join(s, other, "va"));
	EXPECT_OK(join(s, other, "vb"));
	given_verdict(s, community, "vb", about);
	given_verdict(s, other, "va", same);
	given_verdict(s, other, "vb", same);
	given_payment(s, community, "va");
	given_payment(s, community, "vb");
	given_entitlement(s, "va", "long", "");
	given_entitlement(s, "vb", "long", "2100-01-01T00:00:00Z");
	given_entitlement(s, "va", "short", "2100-01-01T00:00:00Z");
	given_entitlement(s, "vb", "short", "2100-01-02T00:00:00Z");
	given_entitlement(s, "vb", "z", "");

	made = merged(s, "va", "vb");
	expect_rows(s, "va", 5, 3, 2);
	/* Of two undecided ones about the same, each stays with whom it was opened about. */
	expect_rows(s, "vb", 1, 0, 0);
	EXPECT_TEXT(entitlements(s, "va"), "long:0 short:4102531200 z:0 ");
	EXPECT_TEXT(entitlements(s, "vb"), "long:0 short:4102531200 z:0 ");

	undone = unmerged(s, made.merge_id);
	EXPECT_INT(undone.remainder_count, 0);
	expect_rows(s, "va", 2, 1, 1);
	expect_rows(s, "vb", 4, 2, 1);
	EXPECT_TEXT(entitlements(s, "va"), "long:0 short:4102444800 ");
	EXPECT_TEXT(entitlements(s, "vb"), "long:4102444800 short:4102531200 z:0 ");

	/* What was decided in one since stays, and is told. */
	made = merged(s, "va", "vb");
	postgres_int(suite_database(s),
		     "UPDATE member.sanction SET version = version + 1 "
		     "WHERE community_id = '%s' AND person_id = '%s'",
		     community, person(s, "va"));
	undone = unmerged(s, made.merge_id);
	EXPECT_INT(undone.remainder_count, 1);
	EXPECT_INT(undone.remainders[0]->kind, MEMBER__MERGE_ROW_KIND__MERGE_ROW_KIND_SANCTION);
	expect_rows(s, "va", 2, 2, 1);
}

static void who_is_reported_under_a_former_id_is_the_survivor(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ReportViolationRequest request = MEMBER__REPORT_VIOLATION_REQUEST__INIT;
	Member__ViolationReport report = MEMBER__VIOLATION_REPORT__INIT;

	EXPECT_OK(join(s, community, "sa"));
	EXPECT_OK(join(s, community, "sb"));
	EXPECT_OK(join(s, community, "sc"));
	merged(s, "sa", "sb");

	request.community_id = community;
	request.subject_person_id = person(s, "sb");
	request.category = MEMBER__RULE_KIND__RULE_KIND_SPEECH;
	as_person(s, person(s, "sc"));
	EXPECT_OK(suite_call(s, method_member_report_violation, &request, &report));
	EXPECT_INT(rows_of(s, "violation_case", "subject_person_id", "sa"), 1);
	EXPECT_INT(rows_of(s, "violation_case", "subject_person_id", "sb"), 0);
	as_person(s, person(s, "sa"));
	EXPECT_STATUS(suite_call(s, method_member_report_violation, &request, &report),
		      FAILED_PRECONDITION, "SELF_REPORT");
	as_person(s, person(s, "sb"));
	EXPECT_STATUS(suite_call(s, method_member_report_violation, &request, &report),
		      FAILED_PRECONDITION, "SELF_REPORT");
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_payments_and_entitlements_go_over_and_come_back),
		cmocka_unit_test(who_is_reported_under_a_former_id_is_the_survivor),
	};

	return cmocka_run_group_tests_name("member: merged histories", tests, start,
					   suite_teardown);
}
