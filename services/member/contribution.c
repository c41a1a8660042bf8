/* Contributions: what members can bring. Statements are in sql/contribution.sql. */
#include "kith/member/v1/contribution.pb-c.h"

#include "kith/member/v1/contribution_store.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                  status               from
 * COMMUNITY_NOT_FOUND     NOT_FOUND            Create, Update
 * PERSON_NOT_FOUND        NOT_FOUND            Create, Update
 * CONTRIBUTION_NOT_FOUND  NOT_FOUND            Get, Update, Delete
 * CONTRIBUTION_LIMIT      RESOURCE_EXHAUSTED   Create
 * NOT_A_MEMBER            FAILED_PRECONDITION  Create, Update
 * COMMUNITY_ARCHIVED      FAILED_PRECONDITION  Create, Update
 * PERSON_ERASED           FAILED_PRECONDITION  Create, Update
 * FIELD_NOT_CHANGEABLE    INVALID_ARGUMENT     Update
 * ETAG_MISMATCH           ABORTED              Update
 */

#define CONTRIBUTIONS_MAX 50

static const char *const changeable[] = {"kind", "text", "availability", NULL};

/* Whether the person may offer something now; nobody else changes what he offers meanwhile. */
static enum status may_offer(struct call *c, const char *community_id, const char *person_id)
{
	Member__GetCommunityRequest where = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__GetMembershipRequest who = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__Person person = MEMBER__PERSON__INIT;
	bool present;

	where.community_id = community_id;
	who.community_id = community_id;
	who.person_id = person_id;
	TRY(person_lock(c, person_id, &person));
	TRY(sql_community_get(c, &where, &community));
	TRY(community_open(c, &community));
	TRY(sql_find_membership_rank(c, &who, &membership, &present));
	if (!present)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "the person is no member now");

	return STATUS_OK;
}

enum status member_create_contribution(struct call *c, const Member__CreateContributionRequest *req,
				       Member__Contribution *contribution)
{
	Member__ContributionCount offered = MEMBER__CONTRIBUTION_COUNT__INIT;

	if (!req->contribution->kind)
		return call_violation(c, "contribution.kind", "is required");
	if (!req->contribution->text[0])
		return call_violation(c, "contribution.text", "is required");
	TRY(may_offer(c, req->community_id, req->person_id));
	TRY(sql_contribution_count(c, req, &offered));
	if (offered.count >= CONTRIBUTIONS_MAX) {
		call_fact(c, "max", arena_printf(c->arena, "%d", CONTRIBUTIONS_MAX));
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "CONTRIBUTION_LIMIT",
				 "a member offers %d things at most", CONTRIBUTIONS_MAX);
	}

	return sql_contribution_create(c, req, contribution);
}

enum status member_get_contribution(struct call *c, const Member__GetContributionRequest *req,
				    Member__Contribution *contribution)
{
	return sql_contribution_get(c, req, contribution);
}

enum status member_list_contributions(struct call *c, const Member__ListContributionsRequest *req,
				      Member__ListContributionsResponse *list)
{
	return sql_contribution_list(c, req, list);
}

enum status member_update_contribution(struct call *c, const Member__UpdateContributionRequest *req,
				       Member__Contribution *contribution)
{
	Member__Contribution was = MEMBER__CONTRIBUTION__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "kind") && !req->contribution->kind)
		return call_violation(c, "contribution.kind", "is required");
	if (mask_has(req->update_mask, "text") && !req->contribution->text[0])
		return call_violation(c, "contribution.text", "is required");
	TRY(may_offer(c, req->community_id, req->person_id));
	TRY(sql_contribution_lock(c, req, &was));
	TRY(etag_matches(c, req->contribution->etag, was.etag));

	return sql_contribution_update(c, req, contribution);
}

enum status member_delete_contribution(struct call *c, const Member__DeleteContributionRequest *req,
				       Member__Contribution *contribution)
{
	return sql_contribution_delete(c, req, contribution);
}
