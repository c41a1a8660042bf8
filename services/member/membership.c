/* Memberships: joining, leaving, roles. Statements are in sql/membership.sql. */
#include <assert.h>
#include <strings.h>

#include "admission.h"
#include "base/text.h"
#include "bitmap/bitmap.h"
#include "facet.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "overflow.h"

/*
 * reason                    status               from
 * COMMUNITY_NOT_FOUND       NOT_FOUND            Join, Leave, Remove, UpdateRole, SetTags, Transfer
 * MEMBERSHIP_NOT_FOUND      NOT_FOUND            Get, Leave, Remove, UpdateRole, SetTags
 * PERSON_NOT_FOUND          NOT_FOUND            Join, Transfer
 * PERSON_ERASED             FAILED_PRECONDITION  Join
 * COMMUNITY_FULL            RESOURCE_EXHAUSTED   Join
 * COMMUNITY_ARCHIVED        FAILED_PRECONDITION  Join, UpdateRole, Transfer
 * BANNED                    FAILED_PRECONDITION  Join
 * PERSON_ERASED             FAILED_PRECONDITION  Join
 * OWNER_CANNOT_LEAVE        FAILED_PRECONDITION  Leave, Remove
 * OWNER_BY_TRANSFER_ONLY    FAILED_PRECONDITION  UpdateRole
 * NOT_A_MEMBER              FAILED_PRECONDITION  UpdateRole, Transfer
 * ROLE_TOO_LOW              PERMISSION_DENIED    Remove, UpdateRole, Transfer
 * BAD_FILTER                INVALID_ARGUMENT     List
 * TOO_MANY_TAGS             RESOURCE_EXHAUSTED   SetTags
 * what is missing           FAILED_PRECONDITION  Join: see admission.c, invitation.c
 */

#define TAG_LENGTH_MAX 50

static bool is_active(const Member__Membership *membership)
{
	return membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
}

static bool is_owner(const Member__Membership *membership)
{
	return membership->role == MEMBER__ROLE__ROLE_OWNER;
}

static bool is_among(const char *text, const char *const *texts, size_t n)
{
	size_t i = 0;

	while (i < n && !text_equal(texts[i], text))
		i++;

	return i < n;
}

static enum status role_too_low(struct call *c)
{
	return call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
			 "nobody acts on a role that is not below his own");
}

enum status person_banned(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "BANNED",
			 "the person was put out for good");
}

/* Roles of the contract and ranks of access are the same numbers. */
static_assert((int)MEMBER__ROLE__ROLE_MEMBER == (int)RANK_MEMBER, "rank");
static_assert((int)MEMBER__ROLE__ROLE_OWNER == (int)RANK_OWNER, "rank");

enum status membership_below(struct call *c, const Member__Membership *membership)
{
	enum rank rank;

	if (c->caller->kind != CALLER_PERSON)
		return STATUS_OK;
	TRY(member_service.rank(c, membership->community_id, &rank));

	return (enum rank)membership->role < rank ? STATUS_OK : role_too_low(c);
}

/* The community admitted nobody: because it is full, then its overflow may; or why not. */
static enum status join_refused(struct call *c, const Member__Community *community,
				const Member__JoinCommunityRequest *req, Member__Membership *ret)
{
	bool placed;

	call_forgive(c);
	TRY(community_open(c, community));
	TRY(overflow_join(c, req, ret, &placed));
	if (placed)
		return STATUS_OK;
	call_fact(c, "capacity", arena_printf(c->arena, "%lld", (long long)community->capacity));

	return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "COMMUNITY_FULL",
			 "the community has all the members it admits");
}

enum status membership_join(struct call *c, const Member__Community *community,
			    const Member__JoinCommunityRequest *req, Member__Membership *ret)
{
	enum status status = sql_membership_join(c, req, ret);

	if (status == STATUS_NOT_FOUND)
		return join_refused(c, community, req, ret);
	TRY(status);
	if (ret->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
		return person_banned(c);

	return STATUS_OK;
}

/* Who comes by himself comes by a way of the policy. */
static enum admission comes_how(const struct call *c, const char *person_id)
{
	bool himself = c->caller->kind == CALLER_PERSON &&
		       strcasecmp(c->caller->person_id, person_id) == 0;

	return himself ? ADMISSION_OPEN : ADMISSION_ADDED;
}

enum status member_join_community(struct call *c, const Member__JoinCommunityRequest *req,
				  Member__Membership *membership)
{
	Member__JoinCommunityRequest request = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(person_take(c, req->person_id, &request.person_id));
	TRY(community_lock(c, req->community_id, &community));

	return admission_admit(c, comes_how(c, req->person_id), &community, &request, "",
			       membership);
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

/* What the caller may filter by: below a moderator, what members see of each other. */
static enum status fields_of_caller(struct call *c, const char *community_id,
				    const struct filter_field **ret)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership caller = MEMBER__MEMBERSHIP__INIT;

	*ret = facet_fields_of_staff;
	if (c->caller->kind != CALLER_PERSON)
		return STATUS_OK;

	wanted.community_id = community_id;
	wanted.person_id = c->caller->person_id;
	TRY(sql_membership_rank(c, &wanted, &caller));
	if (caller.role < MEMBER__ROLE__ROLE_MODERATOR)
		*ret = facet_fields_of_members;

	return STATUS_OK;
}

/* The request's filter, and role and state, which are shorter words for two terms of it. */
static enum status filter_of_list(struct call *c, const Member__ListMembershipsRequest *req,
				  const struct filter **ret)
{
	const struct filter_field *fields = facet_fields_of_members;
	const struct filter *filter = NULL;

	if (req->filter[0]) {
		TRY(fields_of_caller(c, req->community_id, &fields));
		TRY(filter_parse(c, "filter", req->filter, fields, &filter));
	}
	filter = facet_narrowed(c->arena, filter, "role", (int)req->role);
	*ret = facet_narrowed(c->arena, filter, "state", (int)req->state);

	return STATUS_OK;
}

enum status member_list_memberships(struct call *c, const Member__ListMembershipsRequest *req,
				    Member__ListMembershipsResponse *list)
{
	struct membership_page page = {0};
	const struct filter *filter;
	enum status status;

	TRY(filter_of_list(c, req, &filter));
	if (!filter) {
		status = sql_membership_total(c, req, list);
		if (status != STATUS_NOT_FOUND)
			TRY(status);
		call_forgive(c);

		return sql_membership_list(c, req, list);
	}
	TRY(membership_page_of(c, req->community_id, filter, "memberships", &req->base, &page));
	list->memberships = page.memberships;
	list->n_memberships = page.n;
	list->next_page_token = page.next_token;
	list->total_size = page.total;

	return STATUS_OK;
}

enum status membership_page_of(struct call *c, const char *community_id,
			       const struct filter *filter, const char *list,
			       const ProtobufCMessage *req, struct membership_page *ret)
{
	CLEANUP(bitmap_cleanup) struct bitmap *members = NULL;
	Member__NumberedMemberships page = MEMBER__NUMBERED_MEMBERSHIPS__INIT;
	struct facets *facets;
	size_t limit, n;
	int64_t after;
	int32_t *numbers;

	TRY(sql_page_begin(c, list, req, &after, &limit));
	TRY(facets_read(c, community_id, filter, NULL, &facets));
	TRY(facets_select(facets, filter, &members));
	numbers = arena_array(c->arena, limit + 1, sizeof(*numbers));
	n = bitmap_after(members, after, limit + 1, numbers);

	page.community_id = community_id;
	page.n_numbers = n < limit ? n : limit;
	page.numbers = arena_array(c->arena, page.n_numbers, sizeof(*page.numbers));
	for (size_t i = 0; i < page.n_numbers; i++)
		page.numbers[i] = numbers[i];
	if (n > 0)
		TRY(sql_membership_numbered(c, &page, &page));

	*ret = (struct membership_page){
		.memberships = page.memberships,
		.n = page.n_memberships,
		.total = bitmap_count(members),
		.next_token = n > limit ? sql_page_token(c, list, req, numbers[limit - 1]) : "",
	};

	return STATUS_OK;
}

enum status member_set_membership_tags(struct call *c, const Member__SetMembershipTagsRequest *req,
				       Member__Membership *membership)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	for (size_t i = 0; i < req->n_add_tags; i++) {
		const char *tag = req->add_tags[i];

		if (!*tag || text_length(tag) > TAG_LENGTH_MAX)
			return call_violation(c, arena_printf(c->arena, "add_tags[%zu]", i),
					      "must have 1 to %d characters", TAG_LENGTH_MAX);
	}
	TRY(community_lock(c, req->community_id, &community));
	TRY(sql_membership_set_tags(c, req, membership));
	for (size_t i = 0; i < req->n_add_tags; i++) {
		if (!is_among(req->add_tags[i], req->remove_tags, req->n_remove_tags) &&
		    !is_among(req->add_tags[i], membership->tags, membership->n_tags))
			return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_TAGS",
					 "a membership has at most 50 tags");
	}

	return STATUS_OK;
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
	Member__TransferOwnershipRequest request = *req;
	Member__Community was = MEMBER__COMMUNITY__INIT;
	const char *caller = "";

	TRY(community_lock(c, req->community_id, &was));
	TRY(community_open(c, &was));
	/* He was the owner when access was checked; another transfer may have come between. */
	if (c->caller->kind == CALLER_PERSON) {
		TRY(person_named(c, c->caller->person_id, &caller));
		if (!text_equal(was.owner_person_id, caller))
			return role_too_low(c);
	}
	TRY(person_named(c, req->new_owner_person_id, &request.new_owner_person_id));
	TRY(sql_ownership_transfer(c, &request, community));
	if (!text_equal(community->owner_person_id, request.new_owner_person_id))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "only an active member can become the owner");

	return STATUS_OK;
}
