/* Merged persons: what other nouns keep under the id that is no longer gone by. */
#include "given.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith/member/v1/sanction.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static void merged(struct suite *s, const char *survivor, const char *other)
{
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge made = MEMBER__PERSON_MERGE__INIT;

	request.person_id = person(s, survivor);
	request.merged_person_id = person(s, other);
	EXPECT_OK(suite_call(s, method_member_merge_persons, &request, &made));
}

/* Money and judgements are the survivor's, under whichever id they came. */
static void what_was_paid_and_judged_before_counts_afterwards(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "olga");
	const char *plan = given_plan(s, community, 0);
	Member__RefundSubscriptionRequest refund = MEMBER__REFUND_SUBSCRIPTION_REQUEST__INIT;
	Member__ListSanctionsRequest ask = MEMBER__LIST_SANCTIONS_REQUEST__INIT;
	Member__ListSanctionsResponse sanctions = MEMBER__LIST_SANCTIONS_RESPONSE__INIT;
	Member__Subscription subscription;

	as_platform(s);
	EXPECT_OK(join(s, community, "payer one"));
	EXPECT_OK(subscribe(s, community, "payer two", plan, "order 1", true, &subscription));
	postgres_int(suite_database(s),
		     "WITH c AS (INSERT INTO member.violation_case (community_id, case_id, "
		     "subject_person_id, subject_id, "
		     "category, state, priority, create_time, update_time, judge_time) VALUES "
		     "('%1$s', '%2$s', '%2$s', "
		     "'%2$s', 'SPEECH', 'UPHELD', 1, now(), now(), now()) RETURNING 1) SELECT "
		     "count(*) FROM c",
		     community, person(s, "payer two"));
	postgres_int(suite_database(s),
		     "WITH c AS (INSERT INTO member.sanction (community_id, sanction_id, case_id, "
		     "person_id, kind, start_time, "
		     "note, put_out) VALUES ('%1$s', '%2$s', '%2$s', '%2$s', 'WARN', now(), '', "
		     "false) RETURNING 1) "
		     "SELECT count(*) FROM c",
		     community, person(s, "payer two"));
	merged(s, "payer one", "payer two");

	ask.community_id = community;
	ask.person_id = person(s, "payer one");
	EXPECT_OK(suite_call(s, method_member_list_sanctions, &ask, &sanctions));
	EXPECT_INT(sanctions.n_sanctions, 1);

	refund.community_id = community;
	refund.person_id = person(s, "payer one");
	refund.amount = 1001;
	refund.currency = "CNY";
	member__subscription__init(&subscription);
	EXPECT_STATUS(suite_call(s, method_member_refund_subscription, &refund, &subscription),
		      FAILED_PRECONDITION, "REFUND_TOO_HIGH");
	refund.amount = 1000;
	EXPECT_OK(suite_call(s, method_member_refund_subscription, &refund, &subscription));
	EXPECT_INT(subscription.state, MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_REFUNDED);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_paid_and_judged_before_counts_afterwards),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
