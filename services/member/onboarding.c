/* Onboarding: how who joins is received. Statements are in sql/onboarding.sql. */
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/onboarding.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                     status               from
 * COMMUNITY_NOT_FOUND        NOT_FOUND            UpdateTemplate, GetTemplate, GetSummary
 * MEMBERSHIP_NOT_FOUND       NOT_FOUND            Get, CompleteStep
 * ONBOARDING_STEP_NOT_FOUND  NOT_FOUND            CompleteStep
 * COMMUNITY_ARCHIVED         FAILED_PRECONDITION  UpdateTemplate
 * ETAG_MISMATCH              ABORTED              UpdateTemplate
 * NOT_A_MEMBER               FAILED_PRECONDITION  CompleteStep
 * STEP_COMPLETES_BY_ITSELF   FAILED_PRECONDITION  CompleteStep
 */

static enum status read_membership(struct call *c, const char *community_id, const char *person_id,
				   Member__Membership *ret)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.person_id = person_id;

	return sql_membership_get(c, &wanted, ret);
}

static enum status read_onboarding(struct call *c, const char *community_id, const char *person_id,
				   Member__Onboarding *onboarding)
{
	Member__GetOnboardingRequest wanted = MEMBER__GET_ONBOARDING_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.person_id = person_id;
	TRY(sql_onboarding_get(c, &wanted, onboarding));
	TRY(sql_onboarding_tasks(c, &wanted, onboarding));

	onboarding->complete = true;
	for (size_t i = 0; i < onboarding->n_tasks; i++)
		onboarding->complete &= onboarding->tasks[i]->done;

	return STATUS_OK;
}

enum status member_update_onboarding_template(struct call *c,
					      const Member__UpdateOnboardingTemplateRequest *req,
					      Member__OnboardingTemplate *template)
{
	Member__GetOnboardingTemplateRequest key = MEMBER__GET_ONBOARDING_TEMPLATE_REQUEST__INIT;
	Member__OnboardingTemplate was = MEMBER__ONBOARDING_TEMPLATE__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	key.community_id = req->community_id;
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_onboarding_template_get(c, &key, &was));
	TRY(etag_matches(c, req->template_->etag, was.etag));
	TRY(sql_onboarding_template_store(c, req, template));

	return sql_onboarding_template_steps(c, &key, template);
}

enum status member_get_onboarding_template(struct call *c,
					   const Member__GetOnboardingTemplateRequest *req,
					   Member__OnboardingTemplate *template)
{
	TRY(community_exists(c, req->community_id));
	TRY(sql_onboarding_template_get(c, req, template));

	return sql_onboarding_template_steps(c, req, template);
}

enum status member_get_onboarding(struct call *c, const Member__GetOnboardingRequest *req,
				  Member__Onboarding *onboarding)
{
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	TRY(read_membership(c, req->community_id, req->person_id, &membership));

	return read_onboarding(c, req->community_id, req->person_id, onboarding);
}

enum status member_complete_onboarding_step(struct call *c,
					    const Member__CompleteOnboardingStepRequest *req,
					    Member__Onboarding *onboarding)
{
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__OnboardingStep step = MEMBER__ONBOARDING_STEP__INIT;

	TRY(read_membership(c, req->community_id, req->person_id, &membership));
	if (membership.state != MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "the person is no member now");
	TRY(sql_onboarding_complete(c, req, &step));
	if (step.completes_by_itself)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "STEP_COMPLETES_BY_ITSELF",
				 "the step is done when it is done, not when it is said to be");

	return read_onboarding(c, req->community_id, req->person_id, onboarding);
}

enum status member_get_onboarding_summary(struct call *c,
					  const Member__GetOnboardingSummaryRequest *req,
					  Member__OnboardingSummary *summary)
{
	TRY(community_exists(c, req->community_id));
	TRY(sql_onboarding_summary(c, req, summary));

	return sql_onboarding_summary_steps(c, req, summary);
}
