/* Subscriptions: starting, renewing, ending. Statements are in sql/subscription.sql. */
#include "subscription.h"

#include <strings.h>

#include "kith/member/v1/plan.pb-c.h"
#include "kith/member/v1/subscription.pb-c.h"
#include "kith/member/v1/subscription_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 *            Start    Cancel          Refund    the end passes  the grace passes
 * (none)     ACTIVE   –               –
 * ACTIVE     ACTIVE   ACTIVE          REFUNDED  GRACE           EXPIRED
 * GRACE      ACTIVE   GRACE, no more  REFUNDED                  EXPIRED
 * EXPIRED    ACTIVE   –               –
 * REFUNDED   ACTIVE   –               –
 *
 * reason                  status               from
 * COMMUNITY_NOT_FOUND     NOT_FOUND            Start, Cancel, Refund
 * PERSON_NOT_FOUND        NOT_FOUND            Start
 * PLAN_NOT_FOUND          NOT_FOUND            Start
 * SUBSCRIPTION_NOT_FOUND  NOT_FOUND            Get, Cancel, Refund
 * ORDER_REF_TAKEN         ALREADY_EXISTS       Start
 * PLAN_RETIRED            FAILED_PRECONDITION  Start
 * COMMUNITY_ARCHIVED      FAILED_PRECONDITION  Start
 * BANNED                  FAILED_PRECONDITION  Start
 * COMMUNITY_FULL          RESOURCE_EXHAUSTED   Start
 * SUBSCRIPTION_STATE      FAILED_PRECONDITION  Cancel, Refund
 * REFUND_TOO_HIGH         FAILED_PRECONDITION  Refund
 */

static bool is_running(const Member__Subscription *subscription)
{
	return subscription->state == MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE ||
	       subscription->state == MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_GRACE;
}

static enum status refuse_state(struct call *c, const Member__Subscription *subscription)
{
	static const char *const names[] = {
		[MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_UNSPECIFIED] = "UNSPECIFIED",
		[MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE] = "ACTIVE",
		[MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_GRACE] = "GRACE",
		[MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_EXPIRED] = "EXPIRED",
		[MEMBER__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_REFUNDED] = "REFUNDED",
	};

	call_fact(c, "state", names[subscription->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "SUBSCRIPTION_STATE",
			 "the subscription has ended");
}

static enum status read(struct call *c, const char *community_id, const char *person_id,
			Member__Subscription *ret, bool *ret_found)
{
	Member__GetSubscriptionRequest wanted = MEMBER__GET_SUBSCRIPTION_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.person_id = person_id;

	return sql_find_subscription_get(c, &wanted, ret, ret_found);
}

/* The plan, where it is sold to him: a retired one only to who has it already. */
static enum status sold_to(struct call *c, const Member__StartSubscriptionRequest *req)
{
	Member__GetPlanRequest wanted = MEMBER__GET_PLAN_REQUEST__INIT;
	Member__Subscription has = MEMBER__SUBSCRIPTION__INIT;
	Member__Plan plan = MEMBER__PLAN__INIT;
	bool found;

	wanted.community_id = req->community_id;
	wanted.plan_id = req->plan_id;
	TRY(sql_plan_get(c, &wanted, &plan));
	TRY(read(c, req->community_id, req->person_id, &has, &found));
	if (plan.state == MEMBER__PLAN_STATE__PLAN_STATE_ACTIVE ||
	    (found && is_running(&has) && strcasecmp(has.plan_id, plan.plan_id) == 0))
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "PLAN_RETIRED",
			 "the plan is not sold any more");
}

/* Makes him a member where the order asks for it, or where he was one until his time ran out. */
static enum status let_in(struct call *c, const Member__Community *community,
			  Member__SubscriptionOrder *order)
{
	const Member__StartSubscriptionRequest *req = order->order;
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__JoinCommunityRequest join = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	bool found;

	wanted.community_id = join.community_id = req->community_id;
	wanted.person_id = join.person_id = req->person_id;
	join.source = req->source;
	TRY(sql_find_membership_get(c, &wanted, &membership, &found));
	if (found && membership.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE)
		return STATUS_OK;
	if (!req->join &&
	    !(found && membership.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_EXPIRED))
		return STATUS_OK;

	member__membership__init(&membership);
	TRY(membership_join(c, community, &join, &membership));
	order->entry_time = membership.join_time;

	return STATUS_OK;
}

enum status member_start_subscription(struct call *c, const Member__StartSubscriptionRequest *req,
				      Member__Subscription *subscription)
{
	Member__StartSubscriptionRequest request = *req;
	Member__SubscriptionOrder order = MEMBER__SUBSCRIPTION_ORDER__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__KnownOrder known = MEMBER__KNOWN_ORDER__INIT;
	bool found;

	if (req->amount && !req->currency[0])
		return call_violation(c, "currency", "is required where an amount is named");
	TRY(person_take(c, req->person_id, &request.person_id));
	TRY(community_lock(c, req->community_id, &community));
	TRY(sql_find_subscription_order(c, req, &known, &found));
	if (found && (strcasecmp(known.person_id, request.person_id) != 0 ||
		      strcasecmp(known.plan_id, req->plan_id) != 0))
		return call_fail(c, STATUS_ALREADY_EXISTS, "ORDER_REF_TAKEN",
				 "the order was another person's or of another plan");
	if (found)
		return read(c, req->community_id, request.person_id, subscription, &found);
	TRY(community_open(c, &community));
	TRY(sold_to(c, &request));
	order.order = &request;
	TRY(let_in(c, &community, &order));

	return sql_subscription_start(c, &order, subscription);
}

enum status member_cancel_renewal(struct call *c, const Member__CancelRenewalRequest *req,
				  Member__Subscription *subscription)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(sql_subscription_cancel(c, req, subscription));

	return is_running(subscription) ? STATUS_OK : refuse_state(c, subscription);
}

enum status member_refund_subscription(struct call *c, const Member__RefundSubscriptionRequest *req,
				       Member__Subscription *subscription)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Subscription was = MEMBER__SUBSCRIPTION__INIT;
	Member__PaidSum sum = MEMBER__PAID_SUM__INIT;
	bool found;

	TRY(community_lock(c, req->community_id, &community));
	TRY(read(c, req->community_id, req->person_id, &was, &found));
	if (!found)
		return call_fail(c, STATUS_NOT_FOUND, "SUBSCRIPTION_NOT_FOUND",
				 "the person has no subscription");
	if (!is_running(&was))
		return refuse_state(c, &was);
	TRY(sql_subscription_paid(c, req, &sum));
	if (req->amount > sum.paid) {
		call_fact(c, "paid", arena_printf(c->arena, "%lld", (long long)sum.paid));
		return call_fail(c, STATUS_FAILED_PRECONDITION, "REFUND_TOO_HIGH",
				 "nobody gets back more than he has paid");
	}

	return sql_subscription_refund(c, req, subscription);
}

enum status member_get_subscription(struct call *c, const Member__GetSubscriptionRequest *req,
				    Member__Subscription *subscription)
{
	return sql_subscription_get(c, req, subscription);
}

enum status member_list_subscriptions(struct call *c, const Member__ListSubscriptionsRequest *req,
				      Member__ListSubscriptionsResponse *list)
{
	return sql_subscription_list(c, req, list);
}

enum status member_list_subscription_events(struct call *c,
					    const Member__ListSubscriptionEventsRequest *req,
					    Member__ListSubscriptionEventsResponse *list)
{
	return sql_subscription_event_list(c, req, list);
}

enum status subscription_expire(struct call *c, bool *ret_worked)
{
	Member__GetCommunityRequest where = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(sql_find_subscription_due(c, &where, ret_worked));
	if (!*ret_worked)
		return STATUS_OK;
	TRY(sql_community_lock(c, &where, &community));

	return sql_subscription_settle(c, &where);
}
