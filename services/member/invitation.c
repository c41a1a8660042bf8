/* Invitations: codes that bring persons in. Statements are in sql/invitation.sql. */
#include "kith/member/v1/invitation.pb-c.h"

#include <strings.h>

#include "admission.h"
#include "base/arena.h"
#include "kith/member/v1/joining_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                  status               from
 * COMMUNITY_NOT_FOUND     NOT_FOUND            Create, Revoke
 * PERSON_NOT_FOUND        NOT_FOUND            Create
 * INVITATION_NOT_FOUND    NOT_FOUND            Get, Revoke, whoever uses one
 * INVITING_NOT_ALLOWED    PERMISSION_DENIED    Create
 * INVITE_QUOTA_EXCEEDED   RESOURCE_EXHAUSTED   Create
 * BAD_EXPIRE_TIME         INVALID_ARGUMENT     Create
 * COMMUNITY_ARCHIVED      FAILED_PRECONDITION  Create
 * INVITATION_EXPIRED      FAILED_PRECONDITION  whoever uses one
 * INVITATION_USED_UP      FAILED_PRECONDITION  whoever uses one
 * INVITATION_REVOKED      FAILED_PRECONDITION  whoever uses one
 * INVITATION_NOT_FOR_YOU  FAILED_PRECONDITION  whoever uses one
 */

/* -- using */

/* Who has come by it before may come by it again though no use is left. */
static enum status used_up(struct call *c, const Member__InvitationUse *use)
{
	Member__InvitationUse before = MEMBER__INVITATION_USE__INIT;
	bool found;

	TRY(sql_find_invitation_used_by(c, use, &before, &found));
	if (found)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "INVITATION_USED_UP",
			 "as many as the invitation lets in have come by it");
}

static enum status usable(struct call *c, const Member__Invitation *invitation,
			  const Member__InvitationUse *use)
{
	const char *target = invitation->target_person_id;

	if (strcasecmp(invitation->inviter_person_id, use->person_id) == 0 ||
	    (target[0] && strcasecmp(target, use->person_id) != 0))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "INVITATION_NOT_FOR_YOU",
				 "the invitation is for somebody else; nobody invites himself");
	switch (invitation->state) {
	case MEMBER__INVITATION_STATE__INVITATION_STATE_EXPIRED:
		return call_fail(c, STATUS_FAILED_PRECONDITION, "INVITATION_EXPIRED",
				 "the invitation's time is over");
	case MEMBER__INVITATION_STATE__INVITATION_STATE_REVOKED:
		return call_fail(c, STATUS_FAILED_PRECONDITION, "INVITATION_REVOKED",
				 "the invitation was revoked");
	case MEMBER__INVITATION_STATE__INVITATION_STATE_USED_UP:
		return used_up(c, use);
	default:
		return STATUS_OK;
	}
}

enum status invitation_pick(struct call *c, const char *community_id, const char *person_id,
			    const char *code, const char *invitation_id, Member__Invitation *ret,
			    bool *ret_found)
{
	Member__InvitationUse use = MEMBER__INVITATION_USE__INIT;

	*ret_found = code[0] || invitation_id[0];
	if (!*ret_found)
		return STATUS_OK;

	use.community_id = community_id;
	use.code = code;
	use.invitation_id = invitation_id;
	use.person_id = person_id;
	TRY(sql_invitation_pick(c, &use, ret));
	use.invitation_id = ret->invitation_id;

	return usable(c, ret, &use);
}

enum status invitation_take(struct call *c, const Member__Invitation *invitation,
			    const char *person_id)
{
	Member__InvitationUse use = MEMBER__INVITATION_USE__INIT;

	use.community_id = invitation->community_id;
	use.invitation_id = invitation->invitation_id;
	use.person_id = person_id;

	return sql_invitation_take(c, &use);
}

/* -- making */

static enum rank rank_of(Member__Role role)
{
	static const enum rank ranks[] = {
		[MEMBER__ROLE__ROLE_UNSPECIFIED] = RANK_MEMBER,
		[MEMBER__ROLE__ROLE_MEMBER] = RANK_MEMBER,
		[MEMBER__ROLE__ROLE_EXPERT] = RANK_EXPERT,
		[MEMBER__ROLE__ROLE_MODERATOR] = RANK_MODERATOR,
		[MEMBER__ROLE__ROLE_ADMIN] = RANK_ADMIN,
		[MEMBER__ROLE__ROLE_OWNER] = RANK_OWNER,
	};

	return ranks[role];
}

static enum status check_quota(struct call *c, const Member__CreateInvitationRequest *req,
			       const Member__JoinPolicy *policy)
{
	Member__InvitationPromise promise = MEMBER__INVITATION_PROMISE__INIT;
	int64_t wanted = req->max_uses > 0 ? req->max_uses : 1;

	TRY(sql_invitation_promised(c, req, &promise));
	if (promise.promised + wanted <= policy->invite_quota)
		return STATUS_OK;

	call_fact(c, "quota", arena_printf(c->arena, "%d", (int)policy->invite_quota));
	call_fact(c, "promised", arena_printf(c->arena, "%lld", (long long)promise.promised));

	return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "INVITE_QUOTA_EXCEEDED",
			 "that is more than a member may invite");
}

/* The platform may; of persons, who has the role, and staff without a quota. */
static enum status may_invite(struct call *c, const Member__CreateInvitationRequest *req)
{
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT;
	enum rank rank;

	if (c->caller->kind != CALLER_PERSON)
		return STATUS_OK;

	TRY(join_policy_read(c, req->community_id, &policy));
	TRY(member_service.rank(c, req->community_id, &rank));
	if (rank < rank_of(policy.invite_role) ||
	    (rank < RANK_MODERATOR && policy.invite_quota == 0))
		return call_fail(c, STATUS_PERMISSION_DENIED, "INVITING_NOT_ALLOWED",
				 "members of this rank do not invite");

	return rank < RANK_MODERATOR ? check_quota(c, req, &policy) : STATUS_OK;
}

enum status member_create_invitation(struct call *c, const Member__CreateInvitationRequest *req,
				     Member__Invitation *invitation)
{
	Member__CreateInvitationRequest request = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (time_has_passed(c, req->expire_time)) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_EXPIRE_TIME",
			  "the invitation would be worthless from the start");
		return call_violation(c, "expire_time", "has passed");
	}
	if (req->target_person_id[0])
		TRY(person_named(c, req->target_person_id, &request.target_person_id));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(may_invite(c, req));

	return sql_invitation_create(c, &request, invitation);
}

enum status member_get_invitation(struct call *c, const Member__GetInvitationRequest *req,
				  Member__InvitationPreview *preview)
{
	bool found;

	TRY(sql_find_invitation_preview(c, req, preview, &found));
	if (!found)
		return call_fail(c, STATUS_NOT_FOUND, "INVITATION_NOT_FOUND", "no such invitation");

	return STATUS_OK;
}

enum status member_list_invitations(struct call *c, const Member__ListInvitationsRequest *req,
				    Member__ListInvitationsResponse *list)
{
	return sql_invitation_list(c, req, list);
}

enum status member_revoke_invitation(struct call *c, const Member__RevokeInvitationRequest *req,
				     Member__Invitation *invitation)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));

	return sql_invitation_revoke(c, req, invitation);
}
