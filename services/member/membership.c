/* Memberships: joining, leaving, roles. Statements are in sql/membership.sql. */
#include <strings.h>

#include "base/text.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "overflow.h"

/*
 * reason                    status               from
 * COMMUNITY_NOT_FOUND       NOT_FOUND            Join, Leave, Remove, UpdateRole, Transfer
 * MEMBERSHIP_NOT_FOUND      NOT_FOUND            Get, Leave, Remove, UpdateRole
 * PERSON_NOT_FOUND          NOT_FOUND            Join
 * COMMUNITY_FULL            RESOURCE_EXHAUSTED   Join
 * COMMUNITY_ARCHIVED        FAILED_PRECONDITION  Join, UpdateRole, Transfer
 * JOIN_MODE_…               FAILED_PRECONDITION  Join
 * BANNED                    FAILED_PRECONDITION  Join
 * OWNER_CANNOT_LEAVE        FAILED_PRECONDITION  Leave, Remove
 * OWNER_BY_TRANSFER_ONLY    FAILED_PRECONDITION  UpdateRole
 * NOT_A_MEMBER              FAILED_PRECONDITION  UpdateRole, Transfer
 * ROLE_TOO_LOW              PERMISSION_DENIED    Remove, UpdateRole, Transfer
 */

static bool is_active(const Member__Membership *membership)
{
	return membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
}

static bool is_owner(const Member__Membership *membership)
{
	return membership->role == MEMBER__ROLE__ROLE_OWNER;
}

static enum status role_too_low(struct call *c)
{
	return call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
			 "nobody acts on a role that is not below his own");
}

static bool joins_himself(const struct call *c, const Member__JoinCommunityRequest *req)
{
	return strcasecmp(c->caller->person_id, req->person_id) == 0;
}

/* The community admitted nobody: because it is full, then its overflow may; or why not. */
static enum status join_refused(struct call *c, const Member__JoinCommunityRequest *req,
				const Member__Community *community, Member__Membership *membership)
{
	static const char *const closed[] = {
		[MEMBER__JOIN_MODE__JOIN_MODE_INVITE] = "JOIN_MODE_INVITE",
		[MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL] = "JOIN_MODE_APPROVAL",
		[MEMBER__JOIN_MODE__JOIN_MODE_PAID] = "JOIN_MODE_PAID",
		[MEMBER__JOIN_MODE__JOIN_MODE_VERIFIED] = "JOIN_MODE_VERIFIED",
		[MEMBER__JOIN_MODE__JOIN_MODE_CONDITION] = "JOIN_MODE_CONDITION",
	};

	bool placed = false;

	call_forgive(c);
	TRY(community_open(c, community));
	if (community->join_mode != MEMBER__JOIN_MODE__JOIN_MODE_OPEN && joins_himself(c, req))
		return call_fail(c, STATUS_FAILED_PRECONDITION, closed[community->join_mode],
				 "the community is not open to everybody");
	TRY(overflow_join(c, req, membership, &placed));
	if (placed)
		return STATUS_OK;

	call_fact(c, "capacity", arena_printf(c->arena, "%lld", (long long)community->capacity));

	return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "COMMUNITY_FULL",
			 "the community has all the members it admits");
}

enum status member_join_community(struct call *c, const Member__JoinCommunityRequest *req,
				  Member__Membership *membership)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	enum status status;

	TRY(person_exists(c, req->person_id));
	TRY(community_lock(c, req->community_id, &community));
	status = sql_membership_join(c, req, membership);
	if (status == STATUS_NOT_FOUND)
		return join_refused(c, req, &community, membership);
	TRY(status);
	if (membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "BANNED",
				 "the person was put out for good");

	return STATUS_OK;
}

enum status member_leave_community(struct call *c, const Member__LeaveCommunityRequest *req,
				   Member__Membership *membership)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(sql_membership_leave(c, req, membership));
	if (is_active(membership))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE",
				 "an owner hands the community over before he leaves");

	return STATUS_OK;
}

enum status member_remove_membership(struct call *c, const Member__RemoveMembershipRequest *req,
				     Member__Membership *membership)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(sql_membership_remove(c, req, membership));
	if (is_owner(membership))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE",
				 "an owner cannot be put out");
	if (is_active(membership) ||
	    (membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED) != req->ban)
		return role_too_low(c);

	return STATUS_OK;
}

enum status member_get_membership(struct call *c, const Member__GetMembershipRequest *req,
				  Member__Membership *membership)
{
	return sql_membership_get(c, req, membership);
}

enum status member_list_memberships(struct call *c, const Member__ListMembershipsRequest *req,
				    Member__ListMembershipsResponse *list)
{
	if (req->role || req->state)
		return sql_membership_list_filtered(c, req, list);

	return sql_membership_list(c, req, list);
}

enum status member_update_membership_role(struct call *c,
					  const Member__UpdateMembershipRoleRequest *req,
					  Member__Membership *membership)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (req->role == MEMBER__ROLE__ROLE_OWNER)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OWNER_BY_TRANSFER_ONLY",
				 "ownership is handed over by TransferOwnership");
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_membership_set_role(c, req, membership));
	if (!is_active(membership))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "the person is no member now");
	if (is_owner(membership))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OWNER_BY_TRANSFER_ONLY",
				 "ownership is handed over by TransferOwnership");
	if (membership->role != req->role)
		return role_too_low(c);

	return STATUS_OK;
}

enum status member_transfer_ownership(struct call *c, const Member__TransferOwnershipRequest *req,
				      Member__Community *community)
{
	Member__Community was = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &was));
	TRY(community_open(c, &was));
	/* He was the owner when access was checked; another transfer may have come between. */
	if (c->caller->kind == CALLER_PERSON &&
	    !text_equal(was.owner_person_id, c->caller->person_id))
		return role_too_low(c);
	TRY(sql_ownership_transfer(c, req, community));
	if (!text_equal(community->owner_person_id, req->new_owner_person_id))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "only an active member can become the owner");

	return STATUS_OK;
}
