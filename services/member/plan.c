/* Plans: what a community sells. Statements are in sql/plan.sql. */
#include "kith/member/v1/plan.pb-c.h"

#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Create
 * PLAN_NOT_FOUND        NOT_FOUND            Get, Update, Retire
 * PLAN_WITHOUT_PERIOD   FAILED_PRECONDITION  Create, Update (constraint)
 * PLAN_RETIRED          FAILED_PRECONDITION  Update
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Create
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 * ETAG_MISMATCH         ABORTED              Update
 */

static const char *const changeable[] = {"name",        "price",      "currency", "period_months",
					 "period_days", "grace_days", "benefits", NULL};

enum status member_create_plan(struct call *c, const Member__CreatePlanRequest *req,
			       Member__Plan *plan)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->plan->name[0])
		return call_violation(c, "plan.name", "is required");
	if (!req->plan->currency[0])
		return call_violation(c, "plan.currency", "is required");
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));

	return sql_plan_create(c, req, plan);
}

enum status member_get_plan(struct call *c, const Member__GetPlanRequest *req, Member__Plan *plan)
{
	return sql_plan_get(c, req, plan);
}

enum status member_list_plans(struct call *c, const Member__ListPlansRequest *req,
			      Member__ListPlansResponse *list)
{
	return sql_plan_list(c, req, list);
}

enum status member_update_plan(struct call *c, const Member__UpdatePlanRequest *req,
			       Member__Plan *plan)
{
	Member__GetPlanRequest wanted = MEMBER__GET_PLAN_REQUEST__INIT;
	Member__Plan was = MEMBER__PLAN__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "name") && !req->plan->name[0])
		return call_violation(c, "plan.name", "is required");
	if (mask_has(req->update_mask, "currency") && !req->plan->currency[0])
		return call_violation(c, "plan.currency", "is required");
	wanted.community_id = req->community_id;
	wanted.plan_id = req->plan_id;
	TRY(sql_plan_lock(c, &wanted, &was));
	TRY(etag_matches(c, req->plan->etag, was.etag));
	if (was.state == MEMBER__PLAN_STATE__PLAN_STATE_RETIRED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "PLAN_RETIRED",
				 "a retired plan stays as it was sold");

	return sql_plan_update(c, req, plan);
}

enum status member_retire_plan(struct call *c, const Member__RetirePlanRequest *req,
			       Member__Plan *plan)
{
	return sql_plan_retire(c, req, plan);
}
