/* The replica of memberships and communities. Statements are in sql/replica.sql. */
#include "event/replica.h"

#include <assert.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "event.sql.h"
#include "event/ask.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith_methods.h"

static bool is_person(const struct call *c)
{
	return c->caller->kind == CALLER_PERSON;
}

static bool is_active(const Member__Membership *membership)
{
	return membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
}

/* The membership as member tells it now. */
static enum status ask_membership(struct call *c, const char *community_id, const char *person_id,
				  Member__Membership *ret)
{
	Member__GetMembershipRequest req = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;

	req.community_id = community_id;
	req.person_id = person_id;
	member__membership__init(ret);
	TRY(ask_peer(c, method_member_get_membership, &req.base, &ret->base));

	return sql_replica_membership_store(c, ret);
}

/* The membership as known here. Where that is none or one that has ended, as member tells it now:
 * who has just joined is not refused because the event is still on its way. */
static enum status find_membership(struct call *c, const char *community_id, const char *person_id,
				   Member__Membership *ret, bool *ret_found)
{
	Member__GetMembershipRequest req = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	enum status status;

	req.community_id = community_id;
	req.person_id = person_id;

	status = sql_replica_membership(c, &req, ret);
	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !is_active(ret))) {
		call_forgive(c);
		status = ask_membership(c, community_id, person_id, ret);
	}
	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		*ret_found = false;
		return STATUS_OK;
	}
	TRY(status);

	*ret_found = true;
	return STATUS_OK;
}

enum status replica_community(struct call *c, const char *community_id, Member__Community *ret)
{
	Member__GetCommunityRequest req = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	enum status status;

	req.community_id = community_id;

	status = sql_replica_community(c, &req, ret);
	if (status != STATUS_NOT_FOUND)
		return status;
	call_forgive(c);

	TRY(ask_peer(c, method_member_get_community, &req.base, &ret->base));
	return sql_replica_community_store(c, ret);
}

enum status replica_community_type(struct call *c, const char *community_id,
				   Member__CommunityType *ret)
{
	Member__GetCommunityRequest req = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, community_id, &community));
	if (!community.type) {
		req.community_id = community_id;
		member__community__init(&community);
		TRY(ask_peer(c, method_member_get_community, &req.base, &community.base));
		TRY(sql_replica_community_store(c, &community));
	}

	*ret = community.type;
	return STATUS_OK;
}

/* The two enums are the same numbers. */
static_assert((int)MEMBER__ROLE__ROLE_MEMBER == (int)RANK_MEMBER, "rank");
static_assert((int)MEMBER__ROLE__ROLE_EXPERT == (int)RANK_EXPERT, "rank");
static_assert((int)MEMBER__ROLE__ROLE_MODERATOR == (int)RANK_MODERATOR, "rank");
static_assert((int)MEMBER__ROLE__ROLE_ADMIN == (int)RANK_ADMIN, "rank");
static_assert((int)MEMBER__ROLE__ROLE_OWNER == (int)RANK_OWNER, "rank");

/* Who is a stranger here may operate the community: member is asked. That he does not is forgotten
 * again, else strangers would fill the table. */
static enum status ask_duty(struct call *c, const Member__GetDutyRequest *req, Member__Duty *ret)
{
	enum status status = ask_peer(c, method_member_get_duty, &req->base, &ret->base);

	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		member__duty__init(ret);
		return STATUS_OK;
	}
	TRY(status);

	return sql_replica_duty_store(c, ret);
}

/* The rank of the acting person as an operator. */
static enum status duty_rank(struct call *c, const char *community_id, bool stranger,
			     enum rank *ret_rank)
{
	static const enum rank ranks[] = {
		[MEMBER__DUTY_ROLE__DUTY_ROLE_UNSPECIFIED] = RANK_NONE,
		[MEMBER__DUTY_ROLE__DUTY_ROLE_MODERATOR] = RANK_MODERATOR,
		[MEMBER__DUTY_ROLE__DUTY_ROLE_ADMIN] = RANK_ADMIN,
	};
	Member__GetDutyRequest req = MEMBER__GET_DUTY_REQUEST__INIT;
	Member__Duty duty = MEMBER__DUTY__INIT;
	bool found;

	req.community_id = community_id;
	req.person_id = c->caller->person_id;
	TRY(sql_find_replica_duty(c, &req, &duty, &found));
	if (!found && stranger)
		TRY(ask_duty(c, &req, &duty));

	*ret_rank = ranks[duty.role];
	return STATUS_OK;
}

enum status replica_rank(struct call *c, const char *community_id, enum rank *ret_rank)
{
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	enum rank as_member, as_operator;
	bool found;

	TRY(find_membership(c, community_id, c->caller->person_id, &membership, &found));
	as_member = found && is_active(&membership) ? (enum rank)membership.role : RANK_NONE;
	TRY(duty_rank(c, community_id, as_member == RANK_NONE, &as_operator));

	*ret_rank = as_member > as_operator ? as_member : as_operator;
	return STATUS_OK;
}

static int64_t time_us(const Google__Protobuf__Timestamp *time)
{
	return time ? time->seconds * 1000000 + time->nanos / 1000 : 0;
}

static enum status not_a_member(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
			 "the person is no active member of the community");
}

static enum status muted(struct call *c, const Member__Membership *membership)
{
	char until[28];

	text_from_time(time_us(membership->mute_until_time), until);
	call_fact(c, "mute_until_time", until);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "MEMBER_MUTED",
			 "the member may not speak until %s", until);
}

/* Who has accepted the rules a moment ago is not refused because the event is still on its way. */
static enum status rules_accepted(struct call *c, const Member__Community *community,
				  const char *person_id, Member__Membership *membership)
{
	if (membership->rules_version >= community->rules_version)
		return STATUS_OK;
	TRY(ask_membership(c, community->community_id, person_id, membership));
	if (!is_active(membership))
		return not_a_member(c);
	if (membership->rules_version >= community->rules_version)
		return STATUS_OK;

	call_fact(c, "rules_version", arena_printf(c->arena, "%d", community->rules_version));

	return call_fail(c, STATUS_FAILED_PRECONDITION, "RULES_NOT_ACCEPTED",
			 "the member has yet to accept the community's rules");
}

enum status replica_admit(struct call *c, const char *community_id, const char *person_id,
			  enum deed deed)
{
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	bool found;

	TRY(find_membership(c, community_id, person_id, &membership, &found));
	if (!found || !is_active(&membership))
		return not_a_member(c);

	/* Member answers for a merged person as who he is now; here one goes by the other id. */
	if (strcasecmp(membership.person_id, person_id) != 0) {
		(void)call_fail(c, STATUS_FAILED_PRECONDITION, "PERSON_MERGED",
				"the person was merged into another and goes by that one's id");
		call_fact(c, "person_id", membership.person_id);
		return STATUS_FAILED_PRECONDITION;
	}

	if (deed >= DEED_SIGN && time_us(membership.mute_until_time) > c->now_us)
		return muted(c, &membership);

	TRY(replica_community(c, community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return deed >= DEED_WORDS ? rules_accepted(c, &community, person_id, &membership)
				  : STATUS_OK;
}

enum status replica_know_caller(struct call *c, const char *community_id)
{
	enum rank rank;

	return is_person(c) ? replica_rank(c, community_id, &rank) : STATUS_OK;
}

enum status replica_actor(struct call *c, const char *field, const char *named,
			  const char **ret_person_id)
{
	if (is_person(c)) {
		if (named[0] && strcasecmp(named, c->caller->person_id) != 0)
			return call_fail(c, STATUS_PERMISSION_DENIED, "PERSON_NOT_CALLER",
					 "a person acts for himself only");
		named = c->caller->person_id;
	}
	if (!named[0])
		return call_violation(c, field, "must name a person, since none calls");

	*ret_person_id = named;
	return STATUS_OK;
}

static bool is_owner(const struct call *c, const char *owner_id)
{
	return !is_person(c) || strcasecmp(owner_id, c->caller->person_id) == 0;
}

enum status replica_own(struct call *c, const char *owner_id)
{
	if (is_owner(c, owner_id))
		return STATUS_OK;
	return call_fail(c, STATUS_PERMISSION_DENIED, "NOT_THE_OWNER", "it is another person's");
}

enum status replica_allow(struct call *c, const char *community_id, const char *owner_id,
			  enum rank least)
{
	enum rank rank;

	if (is_owner(c, owner_id))
		return STATUS_OK;

	TRY(replica_rank(c, community_id, &rank));
	if (rank < least)
		return call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
				 "neither the person's own nor within his role");
	return STATUS_OK;
}

bool delivery_has(const Event__DeliverEventsRequest *req, Event__EventType type)
{
	for (size_t i = 0; i < req->n_events; i++)
		if (req->events[i]->type == type)
			return true;

	return false;
}

/* Answers that are kept for repeated calls are words about persons, too. */
static enum status forget_erased(struct call *c, const Event__DeliverEventsRequest *req)
{
	Event__ForgetRequest forget = EVENT__FORGET_REQUEST__INIT;

	if (!delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED))
		return STATUS_OK;
	forget.person_ids = arena_array(c->arena, req->n_events, sizeof(*forget.person_ids));
	for (size_t i = 0; i < req->n_events; i++)
		if (req->events[i]->type == EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED)
			forget.person_ids[forget.n_person_ids++] = req->events[i]->person_id;

	return sql_reply_forget(c, &forget);
}

enum status replica_apply(struct call *c, const Event__DeliverEventsRequest *req,
			  Event__DeliverEventsResponse *reply)
{
	TRY(sql_replica_apply(c, req, reply));

	return forget_erased(c, req);
}
