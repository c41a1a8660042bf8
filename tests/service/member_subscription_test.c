/* Subscriptions: what was paid for is given, once, and taken back when its time is over. */
#include "base/clock.h"
#include "given.h"
#include "kith_methods.h"
#include "member/member.h"
#include "service/schedule.h"

#define CROWD 64

#define ACTIVE   MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
#define GRACE    MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_GRACE
#define EXPIRED  MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_EXPIRED
#define REFUNDED MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_REFUNDED

static Member__Subscription subscription_of(struct suite *s, const char *community,
					    const char *name)
{
	Member__GetSubscriptionRequest request = MEMBER__GET_SUBSCRIPTION_REQUEST__INIT;
	Member__Subscription found = MEMBER__SUBSCRIPTION__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_subscription, &request, &found));

	return found;
}

/* Time does the rest; it fails when time does not. */
static void becomes(struct suite *s, const char *community, const char *name,
		    Member__SubscriptionState state)
{
	int64_t until = clock_mono_us() + 20000000;

	while (subscription_of(s, community, name).state != state)
		assert_true(clock_mono_us() < until);
}

static struct outcome refund(struct suite *s, const char *community, const char *name,
			     int64_t amount)
{
	Member__RefundSubscriptionRequest request = MEMBER__REFUND_SUBSCRIPTION_REQUEST__INIT;
	Member__Subscription refunded = MEMBER__SUBSCRIPTION__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.amount = amount;
	request.currency = "CNY";
	request.reason = "did not like it";

	return suite_call_as_platform(s, method_member_refund_subscription, &request, &refunded);
}

static struct outcome cancel(struct suite *s, const char *community, const char *name)
{
	Member__CancelRenewalRequest request = MEMBER__CANCEL_RENEWAL_REQUEST__INIT;
	Member__Subscription cancelled = MEMBER__SUBSCRIPTION__INIT;

	request.community_id = community;
	request.person_id = person(s, name);

	return suite_call(s, method_member_cancel_renewal, &request, &cancelled);
}

static int64_t query(struct suite *s, const char *community, const char *what)
{
	return postgres_int(suite_database(s), "SELECT %s WHERE community_id = '%s'", what,
			    community);
}

/* The ledger says what the rows say, memberships have the plans that run, and each of their changes
 * was told once. */
static void expect_sound(struct suite *s, const char *community)
{
	EXPECT_INT(query(s, community,
			 "count(*) FROM member.subscription s JOIN member.subscription_event e "
			 "USING (community_id, person_id, version, state, plan_id)"),
		   query(s, community, "count(*) FROM member.subscription"));
	EXPECT_INT(query(s, community, "count(*) FROM member.subscription_event"),
		   query(s, community, "sum(version) FROM member.subscription"));
	EXPECT_INT(query(s, community,
			 "count(*) FROM (SELECT m.community_id FROM member.membership m "
			 "LEFT JOIN member.subscription s USING (community_id, person_id) "
			 "WHERE m.plan_id IS DISTINCT FROM CASE WHEN s.state IN "
			 "('ACTIVE', 'GRACE') THEN s.plan_id END) AS wrong"),
		   0);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE type = 'MEMBERSHIP_CHANGED') FROM member.outbox"),
		   query(s, community, "COALESCE(sum(version), 0) FROM member.membership"));
	EXPECT_INT(query(s, community,
			 "member_count - (SELECT count(*) FROM member.membership m "
			 "WHERE m.community_id = community.community_id AND state = 'ACTIVE') "
			 "FROM member.community"),
		   0);
}

static void an_order_gives_its_period_and_lets_in(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .owner = "ann", .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_PAID);
	const char *plan = given_plan(s, community, 3);
	Member__Subscription bob;

	EXPECT_STATUS(subscribe(s, community, "bob", plan, "", true, &bob), INVALID_ARGUMENT, NULL);
	EXPECT_OK(subscribe(s, community, "bob", plan, "order 1", true, &bob));
	EXPECT_INT(bob.state, ACTIVE);
	EXPECT_TEXT(membership_of(s, community, "bob").plan_id, plan);
	EXPECT_INT(membership_of(s, community, "bob").number, 2);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE end_time = start_time + interval '1 month' "
			 "AND grace_end_time = end_time + interval '3 days') "
			 "FROM member.subscription"),
		   1);
	EXPECT_INT(query(s, community,
			 "sum(amount) FILTER (WHERE kind = 'STARTED' AND currency = 'CNY') "
			 "FROM member.subscription_event"),
		   1000);
	expect_sound(s, community);
}

static void who_has_paid_before_he_comes_has_his_plan_when_he_comes(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 0);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "order 1", false, &bob));
	EXPECT_INT(member_count(s, community), 0);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_TEXT(membership_of(s, community, "bob").plan_id, plan);
	expect_sound(s, community);
}

static void renewals_add_to_the_end_and_months_do_not_wear_down(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "january", true, &bob));
	postgres_int(suite_database(s),
		     "UPDATE member.subscription SET start_time = '2099-01-31Z', "
		     "end_time = '2099-02-28Z', grace_end_time = '2099-03-03Z' "
		     "WHERE community_id = '%s'",
		     community);
	EXPECT_OK(subscribe(s, community, "bob", plan, "february", true, &bob));
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE end_time = '2099-03-31Z' AND "
			 "start_time = '2099-01-31Z' AND state = 'ACTIVE') "
			 "FROM member.subscription"),
		   1);
	EXPECT_OK(subscribe(s, community, "bob", plan, "march", true, &bob));
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE end_time = '2099-04-30Z') "
			 "FROM member.subscription"),
		   1);
	EXPECT_INT(query(s, community, "sum(amount) FROM member.subscription_event"), 3000);
	expect_sound(s, community);
}

static void one_order_counts_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3), *other = given_plan(s, community, 3);
	Member__Subscription first, again;

	EXPECT_OK(subscribe(s, community, "bob", plan, "order 1", true, &first));
	EXPECT_OK(subscribe(s, community, "bob", plan, "order 1", true, &again));
	EXPECT_INT(again.version, first.version);
	EXPECT_INT(again.end_time->seconds, first.end_time->seconds);
	EXPECT_STATUS(subscribe(s, community, "cid", plan, "order 1", true, &again), ALREADY_EXISTS,
		      "ORDER_REF_TAKEN");
	EXPECT_STATUS(subscribe(s, community, "bob", other, "order 1", true, &again),
		      ALREADY_EXISTS, "ORDER_REF_TAKEN");
	expect_sound(s, community);
}

/* As many orders at the same moment, of one person. */
static void crowd_pays(struct suite *s, const char *community, const char *plan, bool one_order)
{
	Member__StartSubscriptionRequest requests[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		requests[i] =
			(Member__StartSubscriptionRequest)MEMBER__START_SUBSCRIPTION_REQUEST__INIT;
		requests[i].community_id = community;
		requests[i].person_id = person(s, "bob");
		requests[i].plan_id = plan;
		requests[i].order_ref =
			one_order ? "the order" : arena_printf(suite_arena(s), "order %u", i);
		requests[i].join = true;
		pointers[i] = &requests[i];
	}
	suite_call_at_once(s, method_member_start_subscription, CROWD, pointers, NULL, NULL,
			   outcomes);
	for (unsigned i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
}

static void of_64_orders_at_once_none_is_lost_and_none_counts_twice(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *other = given_community(s);

	crowd_pays(s, community, given_plan(s, community, 0), false);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE end_time = start_time + interval '64 months') "
			 "FROM member.subscription"),
		   1);
	EXPECT_INT(query(s, community, "sum(amount) FROM member.subscription_event"), CROWD * 1000);
	expect_sound(s, community);

	crowd_pays(s, other, given_plan(s, other, 0), true);
	EXPECT_INT(query(s, other,
			 "count(*) FILTER (WHERE end_time = start_time + interval '1 month') "
			 "FROM member.subscription"),
		   1);
	expect_sound(s, other);
}

static void what_cannot_be_sold_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 1);
	const char *plan = given_plan(s, community, 0), *nothing = person(s, "nothing");
	Member__RemoveMembershipRequest ban = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__RetirePlanRequest retire = MEMBER__RETIRE_PLAN_REQUEST__INIT;
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__StartSubscriptionRequest request = MEMBER__START_SUBSCRIPTION_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__Community community_now = MEMBER__COMMUNITY__INIT;
	Member__Plan retired = MEMBER__PLAN__INIT;
	Member__Subscription bob;

	EXPECT_STATUS(subscribe(s, community, "bob", nothing, "1", true, &bob), NOT_FOUND,
		      "PLAN_NOT_FOUND");
	EXPECT_STATUS(subscribe(s, nothing, "bob", plan, "1", true, &bob), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	request.community_id = community;
	request.person_id = request.plan_id = plan;
	request.order_ref = "1";
	EXPECT_STATUS(suite_call_as_platform(s, method_member_start_subscription, &request, &bob),
		      NOT_FOUND, "PERSON_NOT_FOUND");
	request.amount = 5;
	EXPECT_STATUS(suite_call_as_platform(s, method_member_start_subscription, &request, &bob),
		      INVALID_ARGUMENT, NULL);
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_STATUS(subscribe(s, community, "bob", plan, "1", true, &bob), RESOURCE_EXHAUSTED,
		      "COMMUNITY_FULL");
	ban.community_id = community;
	ban.person_id = person(s, "ann");
	ban.ban = true;
	EXPECT_OK(suite_call_as_platform(s, method_member_remove_membership, &ban, &membership));
	EXPECT_STATUS(subscribe(s, community, "ann", plan, "1", true, &bob), FAILED_PRECONDITION,
		      "BANNED");
	EXPECT_INT(query(s, community, "count(*) FROM member.subscription"), 0);

	EXPECT_OK(subscribe(s, community, "bob", plan, "1", true, &bob));
	retire.community_id = community;
	retire.plan_id = plan;
	EXPECT_OK(suite_call_as_platform(s, method_member_retire_plan, &retire, &retired));
	EXPECT_INT(retired.state, MEMBER__PLAN_STATE__PLAN_STATE_RETIRED);
	EXPECT_STATUS(subscribe(s, community, "cid", plan, "2", false, &bob), FAILED_PRECONDITION,
		      "PLAN_RETIRED");
	EXPECT_OK(subscribe(s, community, "bob", plan, "3", true, &bob)); /* he has it */
	archive.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_archive_community, &archive,
					 &community_now));
	EXPECT_STATUS(subscribe(s, community, "bob", plan, "4", true, &bob), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_start_subscription, &request, &bob),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
	expect_sound(s, community);
}

static void every_state_allows_what_its_table_says(void **state)
{
	static const struct {
		Member__SubscriptionState state;
		const char *name;
		bool cancels, refunds;
	} rows[] = {
		{ACTIVE, "ACTIVE", true, true},
		{GRACE, "GRACE", true, true},
		{EXPIRED, "EXPIRED", false, false},
		{REFUNDED, "REFUNDED", false, false},
	};
	enum { CANCEL, REFUND, RENEW, DEEDS };
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned deed = 0; deed < DEEDS; deed++) {
			const char *name =
				arena_printf(suite_arena(s), "%s %u", rows[i].name, deed);
			Member__Subscription got;
			struct outcome outcome;

			EXPECT_OK(subscribe(s, community, name, plan, name, false, &got));
			if (rows[i].state == GRACE || rows[i].state == EXPIRED)
				end_subscription(s, community, name, rows[i].state == EXPIRED);
			if (rows[i].state == REFUNDED)
				EXPECT_OK(refund(s, community, name, 1000));
			becomes(s, community, name, rows[i].state);
			if (deed == RENEW) {
				EXPECT_OK(subscribe(s, community, name, plan,
						    arena_printf(suite_arena(s), "again %s", name),
						    false, &got));
				EXPECT_INT(got.state, ACTIVE);
				continue;
			}
			outcome = deed == CANCEL ? cancel(s, community, name)
						 : refund(s, community, name, 1000);
			if (deed == CANCEL ? rows[i].cancels : rows[i].refunds)
				EXPECT_OK(outcome);
			else
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "SUBSCRIPTION_STATE");
		}
	}
	EXPECT_STATUS(cancel(s, community, "nobody"), NOT_FOUND, "SUBSCRIPTION_NOT_FOUND");
	EXPECT_STATUS(refund(s, community, "nobody", 0), NOT_FOUND, "SUBSCRIPTION_NOT_FOUND");
	expect_sound(s, community);
}

static void access_ends_with_the_grace_and_comes_back_with_the_number(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .owner = "ann", .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_PAID);
	const char *plan = given_plan(s, community, 3);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "1", true, &bob));
	EXPECT_OK(subscribe(s, community, "ann", plan, "2", true, &bob));
	end_subscription(s, community, "bob", false);
	becomes(s, community, "bob", GRACE);
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(membership_of(s, community, "bob").plan_id, plan);
	end_subscription(s, community, "bob", true);
	end_subscription(s, community, "ann", true);
	becomes(s, community, "bob", EXPIRED);
	becomes(s, community, "ann", EXPIRED);
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_EXPIRED);
	EXPECT_TEXT(membership_of(s, community, "bob").plan_id, "");
	EXPECT_INT(membership_of(s, community, "ann").role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_INT(member_count(s, community), 1);
	expect_sound(s, community);

	/* He need not ask to be let in. */
	EXPECT_OK(subscribe(s, community, "bob", plan, "3", false, &bob));
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_INT(membership_of(s, community, "bob").number, 2);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE start_time > now() - interval '1 minute' "
			 "AND months = 1) FROM member.subscription"),
		   1);
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s, community);
}

static void an_end_ends_the_membership_that_the_order_began_and_no_other(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 0);
	Member__Subscription got;

	EXPECT_OK(join(s, community, "guest"));
	EXPECT_OK(subscribe(s, community, "guest", plan, "1", true, &got));
	EXPECT_OK(subscribe(s, community, "payer", plan, "2", true, &got));
	EXPECT_OK(subscribe(s, community, "leaver", plan, "3", true, &got));
	EXPECT_OK(leave(s, community, "leaver"));
	EXPECT_OK(join(s, community, "leaver"));
	end_subscription(s, community, "guest", true);
	end_subscription(s, community, "payer", true);
	end_subscription(s, community, "leaver", true);
	becomes(s, community, "guest", EXPIRED);
	becomes(s, community, "payer", EXPIRED);
	becomes(s, community, "leaver", EXPIRED);
	EXPECT_INT(membership_of(s, community, "guest").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(membership_of(s, community, "guest").plan_id, "");
	EXPECT_INT(membership_of(s, community, "payer").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_EXPIRED);
	EXPECT_INT(membership_of(s, community, "leaver").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s, community);
}

static void a_refund_ends_at_once_and_gives_back_what_was_paid(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "1", true, &bob));
	EXPECT_OK(subscribe(s, community, "bob", plan, "2", true, &bob));
	EXPECT_STATUS(refund(s, community, "bob", 2001), FAILED_PRECONDITION, "REFUND_TOO_HIGH");
	EXPECT_OK(refund(s, community, "bob", 1500));
	EXPECT_INT(subscription_of(s, community, "bob").state, REFUNDED);
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_EXPIRED);
	EXPECT_INT(query(s, community, "sum(amount) FROM member.subscription_event"), 500);
	EXPECT_OK(subscribe(s, community, "bob", plan, "3", true, &bob));
	EXPECT_STATUS(refund(s, community, "bob", 1501), FAILED_PRECONDITION, "REFUND_TOO_HIGH");
	expect_sound(s, community);
}

static void who_cancels_has_no_grace(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3);
	Member__Subscription bob;

	EXPECT_OK(subscribe(s, community, "bob", plan, "1", true, &bob));
	as_person(s, person(s, "cid"));
	EXPECT_STATUS(cancel(s, community, "bob"), PERMISSION_DENIED, NULL);
	as_person(s, person(s, "bob"));
	EXPECT_OK(cancel(s, community, "bob"));
	EXPECT_OK(cancel(s, community, "bob"));
	as_platform(s);
	EXPECT_INT(subscription_of(s, community, "bob").version, 2);
	end_subscription(s, community, "bob", false);
	becomes(s, community, "bob", EXPIRED);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE kind = 'GRACE_BEGAN') "
			 "FROM member.subscription_event"),
		   0);
	EXPECT_OK(subscribe(s, community, "bob", plan, "2", true, &bob));
	assert_false(bob.renewal_cancelled);
	assert_true(bob.grace_end_time->seconds > bob.end_time->seconds);
	expect_sound(s, community);
}

/* Four schedules of as many connections are at it, as with four replicas. */
static void what_falls_due_is_done_once_and_no_paid_period_is_lost(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 0);
	Member__StartSubscriptionRequest requests[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	Member__Subscription got;
	int64_t until;

	for (unsigned i = 0; i < CROWD; i++) {
		const char *name = arena_printf(suite_arena(s), "crowd %u", i);

		EXPECT_OK(subscribe(s, community, name, plan, name, true, &got));
		requests[i] =
			(Member__StartSubscriptionRequest)MEMBER__START_SUBSCRIPTION_REQUEST__INIT;
		requests[i].community_id = community;
		requests[i].person_id = person(s, name);
		requests[i].plan_id = plan;
		requests[i].order_ref = arena_printf(suite_arena(s), "renewal %u", i);
		pointers[i] = &requests[i];
	}
	/* Each ends 10 ms after the one before, while renewals come. */
	postgres_int(suite_database(s),
		     "UPDATE member.subscription s SET start_time = start_time - passed, "
		     "end_time = end_time - passed, grace_end_time = grace_end_time - passed "
		     "FROM (SELECT person_id, end_time - now() - interval '10 ms' * "
		     "row_number() OVER (ORDER BY person_id) AS passed FROM member.subscription "
		     "WHERE community_id = '%s') AS p "
		     "WHERE community_id = '%s' AND s.person_id = p.person_id",
		     community, community);
	suite_call_at_once(s, method_member_start_subscription, CROWD, pointers, NULL, NULL,
			   outcomes);
	for (unsigned i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(query(s, community,
			 "count(*) FILTER (WHERE state = 'ACTIVE' AND end_time > now() + "
			 "interval '27 days') FROM member.subscription"),
		   CROWD);
	EXPECT_INT(member_count(s, community), CROWD);
	EXPECT_INT(query(s, community, "sum(amount) FROM member.subscription_event"),
		   2 * CROWD * 1000);
	expect_sound(s, community);

	/* And nobody renews. */
	for (unsigned i = 0; i < CROWD; i++)
		end_subscription(s, community, arena_printf(suite_arena(s), "crowd %u", i), true);
	until = clock_mono_us() + 20000000;
	while (member_count(s, community) > 0)
		assert_true(clock_mono_us() < until);
	EXPECT_INT(query(s, community,
			 "count(DISTINCT (person_id, version)) FROM member.subscription_event"),
		   query(s, community, "sum(version) FROM member.subscription"));
	expect_sound(s, community);
}

static void lists_are_by_end_and_by_order_of_events(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	const char *plan = given_plan(s, community, 3);
	Member__ListSubscriptionsRequest request = MEMBER__LIST_SUBSCRIPTIONS_REQUEST__INIT;
	Member__ListSubscriptionsResponse page = MEMBER__LIST_SUBSCRIPTIONS_RESPONSE__INIT;
	Member__ListSubscriptionEventsRequest history =
		MEMBER__LIST_SUBSCRIPTION_EVENTS_REQUEST__INIT;
	Member__ListSubscriptionEventsResponse events =
		MEMBER__LIST_SUBSCRIPTION_EVENTS_RESPONSE__INIT;
	Member__Subscription got;
	size_t n = 0;

	for (int i = 0; i < 5; i++)
		EXPECT_OK(subscribe(s, community, arena_printf(suite_arena(s), "payer %d", i), plan,
				    arena_printf(suite_arena(s), "order %d", i), true, &got));
	EXPECT_OK(refund(s, community, "payer 3", 1000));
	as_person(s, person(s, "ann"));
	request.community_id = community;
	request.page_size = 2;
	do {
		page = (Member__ListSubscriptionsResponse)MEMBER__LIST_SUBSCRIPTIONS_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_subscriptions, &request, &page));
		for (size_t i = 1; i < page.n_subscriptions; i++)
			assert_true(page.subscriptions[i - 1]->end_time->seconds <=
				    page.subscriptions[i]->end_time->seconds);
		n += page.n_subscriptions;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);
	EXPECT_INT(n, 5);
	request.state = REFUNDED;
	request.page_token = "";
	EXPECT_OK(suite_call(s, method_member_list_subscriptions, &request, &page));
	EXPECT_INT(page.n_subscriptions, 1);

	history.community_id = community;
	history.person_id = person(s, "payer 3");
	as_person(s, history.person_id);
	EXPECT_OK(suite_call(s, method_member_list_subscription_events, &history, &events));
	EXPECT_INT(events.n_events, 2);
	EXPECT_INT(events.events[1]->kind,
		   MEMBER__SUBSCRIPTION_EVENT_KIND__SUBSCRIPTION_EVENT_KIND_REFUNDED);
	EXPECT_INT(events.events[1]->amount, -1000);
	EXPECT_TEXT(events.events[1]->note, "did not like it");
	as_person(s, person(s, "payer 2"));
	EXPECT_STATUS(suite_call(s, method_member_list_subscription_events, &history, &events),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
}

static int start(void **state)
{
	static struct job jobs[3];
	static struct service member;

	member = member_service;
	for (unsigned i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		jobs[i] = (struct job){.name = "another schedule",
				       .period_us = SCHEDULE_PERIOD_US,
				       .run = schedule_run,
				       .user = (void *)member_deeds};
	member.jobs = jobs;
	member.n_jobs = sizeof(jobs) / sizeof(jobs[0]);

	return suite_setup(state, (const struct service *const[]){&member, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_gives_its_period_and_lets_in),
		cmocka_unit_test(who_has_paid_before_he_comes_has_his_plan_when_he_comes),
		cmocka_unit_test(renewals_add_to_the_end_and_months_do_not_wear_down),
		cmocka_unit_test(one_order_counts_once),
		cmocka_unit_test(of_64_orders_at_once_none_is_lost_and_none_counts_twice),
		cmocka_unit_test(what_cannot_be_sold_is_refused),
		cmocka_unit_test(every_state_allows_what_its_table_says),
		cmocka_unit_test(access_ends_with_the_grace_and_comes_back_with_the_number),
		cmocka_unit_test(an_end_ends_the_membership_that_the_order_began_and_no_other),
		cmocka_unit_test(a_refund_ends_at_once_and_gives_back_what_was_paid),
		cmocka_unit_test(who_cancels_has_no_grace),
		cmocka_unit_test(what_falls_due_is_done_once_and_no_paid_period_is_lost),
		cmocka_unit_test(lists_are_by_end_and_by_order_of_events),
	};

	return cmocka_run_group_tests_name("member: subscriptions", tests, start, suite_teardown);
}
