/* Sanctions: what they do, appeals, undoing. Statements are in sql/sanction.sql. */
#include "sanction.h"

#include <strings.h>

#include "kith/member/v1/sanction.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 *             Appeal    JudgeAppeal              Lift
 * IN_FORCE    APPEALED  –                        LIFTED
 * APPEALED    –         OVERTURNED or CONFIRMED  LIFTED
 * CONFIRMED   –         –                        LIFTED
 * OVERTURNED  –         –                        –
 * LIFTED      –         –                        –
 *
 * reason              status               from
 * SANCTION_NOT_FOUND  NOT_FOUND            all but List
 * ETAG_MISMATCH       ABORTED              JudgeAppeal, Lift
 * SANCTION_STATE      FAILED_PRECONDITION  all but List
 * APPEAL_TOO_LATE     FAILED_PRECONDITION  Appeal
 * SAME_REVIEWER       PERMISSION_DENIED    JudgeAppeal
 * OWN_CASE            PERMISSION_DENIED    JudgeAppeal, Lift
 * ROLE_TOO_LOW        PERMISSION_DENIED    JudgeAppeal, Lift
 */

#define IN_FORCE   MEMBER__SANCTION_STATE__SANCTION_STATE_IN_FORCE
#define APPEALED   MEMBER__SANCTION_STATE__SANCTION_STATE_APPEALED
#define CONFIRMED  MEMBER__SANCTION_STATE__SANCTION_STATE_CONFIRMED
#define OVERTURNED MEMBER__SANCTION_STATE__SANCTION_STATE_OVERTURNED
#define LIFTED     MEMBER__SANCTION_STATE__SANCTION_STATE_LIFTED

#define REMOVE MEMBER__SANCTION_KIND__SANCTION_KIND_REMOVE
#define BAN    MEMBER__SANCTION_KIND__SANCTION_KIND_BAN

/* 0: he may speak. */
static const int32_t mute_hours[] = {
	[MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_DAY] = 24,
	[MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_WEEK] = 7 * 24,
	[BAN] = 0,
};

static bool is_active(const Member__Membership *membership)
{
	return membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
}

static bool is_banned(const Member__Membership *membership)
{
	return membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED;
}

/* Under whichever of his ids. */
static enum status is_caller(struct call *c, const char *person_id, bool *ret)
{
	const char *caller, *person;

	*ret = false;
	if (c->caller->kind != CALLER_PERSON || !person_id[0])
		return STATUS_OK;
	TRY(person_meant(c, c->caller->person_id, &caller));
	TRY(person_meant(c, person_id, &person));

	*ret = strcasecmp(caller, person) == 0;
	return STATUS_OK;
}

static enum status refuse_state(struct call *c, const Member__Sanction *sanction)
{
	static const char *const names[] = {
		[IN_FORCE] = "IN_FORCE",     [APPEALED] = "APPEALED", [CONFIRMED] = "CONFIRMED",
		[OVERTURNED] = "OVERTURNED", [LIFTED] = "LIFTED",
	};

	call_fact(c, "state", names[sanction->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "SANCTION_STATE",
			 "the sanction's state does not allow it");
}

static enum status read_membership(struct call *c, const char *community_id, const char *person_id,
				   Member__Membership *ret)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.person_id = person_id;

	return sql_membership_get(c, &wanted, ret);
}

enum status sanction_may_judge(struct call *c, const char *community_id, const char *person_id,
			       Member__Membership *ret)
{
	bool himself;

	TRY(is_caller(c, person_id, &himself));
	if (himself)
		return call_fail(c, STATUS_PERMISSION_DENIED, "OWN_CASE",
				 "nobody judges in his own cause");
	TRY(read_membership(c, community_id, person_id, ret));

	return membership_below(c, ret);
}

static enum status put_out(struct call *c, const char *community_id, const char *person_id,
			   bool ban, const char *why)
{
	Member__RemoveMembershipRequest wanted = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership gone = MEMBER__MEMBERSHIP__INIT;

	wanted.community_id = community_id;
	wanted.person_id = person_id;
	wanted.ban = ban;
	wanted.reason = why;

	return member_remove_membership(c, &wanted, &gone);
}

enum status sanction_impose(struct call *c, const Member__Membership *membership,
			    Member__Verdict *verdict)
{
	verdict->mute_hours = mute_hours[verdict->kind];
	if (verdict->mute_hours)
		return sql_sanction_mute(c, verdict);
	if (verdict->kind < REMOVE || is_banned(membership))
		return STATUS_OK;

	verdict->put_out = is_active(membership);

	return put_out(c, membership->community_id, membership->person_id, verdict->kind == BAN,
		       verdict->request->note);
}

/* Whom the sanction put out is a member again, where there is room and nothing else is asked of
 * members. */
static enum status bring_back(struct call *c, const Member__Community *community,
			      const Member__Membership *membership)
{
	Member__JoinCommunityRequest join = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership back = MEMBER__MEMBERSHIP__INIT;
	bool found;

	if (community->join_mode == MEMBER__JOIN_MODE__JOIN_MODE_PAID && !membership->plan_id[0])
		return STATUS_OK;
	join.community_id = membership->community_id;
	join.person_id = membership->person_id;
	join.source = membership->source;
	join.inviter_person_id = membership->inviter_person_id;
	join.campaign = membership->campaign;
	join.scene = membership->scene;

	return sql_find_membership_join(c, &join, &back, &found);
}

/* What the sanction did to the membership is not so any more; as if it had never been, where it is
 * `void`. */
static enum status undo(struct call *c, const Member__Community *community,
			const Member__StandingSanction *standing, const char *why, bool is_void)
{
	const Member__Sanction *sanction = standing->sanction;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__OtherBans others = MEMBER__OTHER_BANS__INIT;

	if (mute_hours[sanction->kind])
		return sql_sanction_unmute(c, sanction);
	if (sanction->kind < REMOVE)
		return STATUS_OK;

	TRY(sql_sanction_other_bans(c, sanction, &others));
	TRY(read_membership(c, sanction->community_id, sanction->person_id, &membership));
	if (others.ban_count > 0)
		return STATUS_OK;
	if (sanction->kind == BAN && is_banned(&membership))
		TRY(put_out(c, sanction->community_id, sanction->person_id, false, why));
	else if (membership.state != MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_REMOVED)
		return STATUS_OK;

	return is_void && standing->put_out ? bring_back(c, community, &membership) : STATUS_OK;
}

static enum status lock(struct call *c, const char *community_id, const char *sanction_id,
			Member__StandingSanction *ret)
{
	Member__SanctionKey wanted = MEMBER__SANCTION_KEY__INIT;
	bool found;

	wanted.community_id = community_id;
	wanted.sanction_id = sanction_id;
	TRY(sql_find_sanction_lock(c, &wanted, ret, &found));
	if (found)
		return STATUS_OK;

	return call_fail(c, STATUS_NOT_FOUND, "SANCTION_NOT_FOUND", "there is no such sanction");
}

static enum status move(struct call *c, Member__StandingSanction *standing,
			Member__SanctionState state, const char *words, Member__Sanction *ret)
{
	Member__SanctionMove wanted = MEMBER__SANCTION_MOVE__INIT;

	wanted.sanction = standing->sanction;
	wanted.state = state;
	wanted.words = words;

	return sql_sanction_move(c, &wanted, ret);
}

enum status member_list_sanctions(struct call *c, const Member__ListSanctionsRequest *req,
				  Member__ListSanctionsResponse *list)
{
	if (req->person_id[0])
		return sql_sanction_list_of_person(c, req, list);

	return sql_sanction_list(c, req, list);
}

enum status member_appeal_sanction(struct call *c, const Member__AppealSanctionRequest *req,
				   Member__Sanction *sanction)
{
	Member__StandingSanction standing = MEMBER__STANDING_SANCTION__INIT;
	const char *person_id;

	TRY(lock(c, req->community_id, req->sanction_id, &standing));
	TRY(person_meant(c, req->person_id, &person_id));
	if (strcasecmp(standing.sanction->person_id, person_id) != 0)
		return call_fail(c, STATUS_NOT_FOUND, "SANCTION_NOT_FOUND",
				 "there is no such sanction");
	if (standing.sanction->state != IN_FORCE)
		return refuse_state(c, standing.sanction);
	if (standing.appeal_too_late)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "APPEAL_TOO_LATE",
				 "the sanction was issued more than 14 days ago");

	return move(c, &standing, APPEALED, req->appeal, sanction);
}

enum status member_judge_appeal(struct call *c, const Member__JudgeAppealRequest *req,
				Member__Sanction *sanction)
{
	Member__StandingSanction standing = MEMBER__STANDING_SANCTION__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	bool himself;

	TRY(community_lock(c, req->community_id, &community));
	TRY(lock(c, req->community_id, req->sanction_id, &standing));
	TRY(etag_matches(c, req->etag, standing.sanction->etag));
	if (standing.sanction->state != APPEALED)
		return refuse_state(c, standing.sanction);
	TRY(is_caller(c, standing.sanction->judge_person_id, &himself));
	if (himself)
		return call_fail(c, STATUS_PERMISSION_DENIED, "SAME_REVIEWER",
				 "an appeal is judged by another than who judged the case");
	TRY(sanction_may_judge(c, req->community_id, standing.sanction->person_id, &membership));
	if (!req->accept)
		return move(c, &standing, CONFIRMED, req->answer, sanction);
	TRY(undo(c, &community, &standing, req->answer, true));

	return move(c, &standing, OVERTURNED, req->answer, sanction);
}

enum status member_lift_sanction(struct call *c, const Member__LiftSanctionRequest *req,
				 Member__Sanction *sanction)
{
	Member__StandingSanction standing = MEMBER__STANDING_SANCTION__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(lock(c, req->community_id, req->sanction_id, &standing));
	TRY(etag_matches(c, req->etag, standing.sanction->etag));
	if (standing.sanction->state == OVERTURNED || standing.sanction->state == LIFTED)
		return refuse_state(c, standing.sanction);
	TRY(sanction_may_judge(c, req->community_id, standing.sanction->person_id, &membership));
	TRY(undo(c, &community, &standing, req->answer, false));

	return move(c, &standing, LIFTED, req->answer, sanction);
}
