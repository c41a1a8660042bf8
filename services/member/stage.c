/* Stages of communities, set by hand. Statements are in sql/stage.sql. */
#include "kith/member/v1/positioning.pb-c.h"
#include "kith/member/v1/stage.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Set
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Set
 * STAGE_NOT_REACHABLE   FAILED_PRECONDITION  Set
 * POSITIONING_REQUIRED  FAILED_PRECONDITION  Set
 */

#define LAUNCH    MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_LAUNCH
#define GROWTH    MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_GROWTH
#define MATURITY  MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_MATURITY
#define DECLINE   MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_DECLINE
#define TRANSFORM MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_TRANSFORM

/* From where to where. */
static const bool reachable[TRANSFORM + 1][TRANSFORM + 1] = {
	[LAUNCH] = {[GROWTH] = true, [MATURITY] = true, [DECLINE] = true},
	[GROWTH] = {[MATURITY] = true, [DECLINE] = true},
	[MATURITY] = {[GROWTH] = true, [DECLINE] = true},
	[DECLINE] = {[GROWTH] = true, [MATURITY] = true, [TRANSFORM] = true},
	[TRANSFORM] = {[GROWTH] = true, [MATURITY] = true, [DECLINE] = true},
};

/* Who transforms has said for whom the community is to be from now on. */
static enum status positioned_anew(struct call *c, const char *community_id)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Positioning positioning = MEMBER__POSITIONING__INIT;
	bool found;

	wanted.community_id = community_id;
	TRY(sql_find_stage_positioned(c, &wanted, &positioning, &found));
	if (found)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "POSITIONING_REQUIRED",
			 "the community has not been positioned anew since its decline");
}

enum status member_set_community_stage(struct call *c, const Member__SetCommunityStageRequest *req,
				       Member__Community *community)
{
	Member__Community was = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &was));
	TRY(community_open(c, &was));
	if (was.stage == req->stage) {
		*community = was;
		return STATUS_OK;
	}
	if (!reachable[was.stage][req->stage])
		return call_fail(c, STATUS_FAILED_PRECONDITION, "STAGE_NOT_REACHABLE",
				 "a community does not come from its stage to that one");
	if (req->stage == TRANSFORM)
		TRY(positioned_anew(c, req->community_id));

	return sql_stage_set(c, req, community);
}

enum status member_list_stage_changes(struct call *c, const Member__ListStageChangesRequest *req,
				      Member__ListStageChangesResponse *list)
{
	return sql_stage_change_list(c, req, list);
}
