/* Journeys: how members come closer. Statements are in sql/journey.sql; who is looked at when, in
 * progress.c. */
#include "kith/member/v1/journey.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            all but GetJourney
 * MEMBERSHIP_NOT_FOUND  NOT_FOUND            GetJourney, SetJourneyStep
 * NOT_A_MEMBER          FAILED_PRECONDITION  SetJourneyStep
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  SetJourneyStep, UpdateJourneyPolicy
 * ETAG_MISMATCH         ABORTED              UpdateJourneyPolicy
 * JOURNEY_DAYS          INVALID_ARGUMENT     UpdateJourneyPolicy
 */

/* The steps of one whose membership is at hand. */
static enum status read_steps(struct call *c, const Member__Membership *membership,
			      Member__Journey *journey)
{
	Member__GetJourneyRequest wanted = MEMBER__GET_JOURNEY_REQUEST__INIT;

	wanted.community_id = membership->community_id;
	wanted.person_id = membership->person_id;
	journey->community_id = membership->community_id;
	journey->person_id = membership->person_id;
	journey->step = membership->journey_step;

	return sql_journey_steps(c, &wanted, journey);
}

enum status member_get_journey(struct call *c, const Member__GetJourneyRequest *req,
			       Member__Journey *journey)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	wanted.community_id = req->community_id;
	wanted.person_id = req->person_id;
	TRY(sql_membership_get(c, &wanted, &membership));

	return read_steps(c, &membership, journey);
}

enum status member_set_journey_step(struct call *c, const Member__SetJourneyStepRequest *req,
				    Member__Journey *journey)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_journey_set(c, req, &membership));
	if (membership.state != MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "the person is no member now");

	return read_steps(c, &membership, journey);
}

enum status member_get_journey_summary(struct call *c, const Member__GetJourneySummaryRequest *req,
				       Member__JourneySummary *summary)
{
	TRY(community_exists(c, req->community_id));
	summary->community_id = req->community_id;

	return sql_journey_summary(c, req, summary);
}

enum status member_update_journey_policy(struct call *c,
					 const Member__UpdateJourneyPolicyRequest *req,
					 Member__JourneyPolicy *policy)
{
	Member__GetJourneyPolicyRequest key = MEMBER__GET_JOURNEY_POLICY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JourneyPolicy was = MEMBER__JOURNEY_POLICY__INIT;

	key.community_id = req->community_id;
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_journey_policy_get(c, &key, &was));
	TRY(etag_matches(c, req->policy->etag, was.etag));
	TRY(sql_journey_policy_store(c, req, policy));
	if (policy->fan_days > policy->core_days || policy->core_days > policy->window_days)
		return call_fail(
			c, STATUS_INVALID_ARGUMENT, "JOURNEY_DAYS",
			"a fan needs no more days than the core, and neither more than there are");

	return STATUS_OK;
}

enum status member_get_journey_policy(struct call *c, const Member__GetJourneyPolicyRequest *req,
				      Member__JourneyPolicy *policy)
{
	TRY(community_exists(c, req->community_id));

	return sql_journey_policy_get(c, req, policy);
}
