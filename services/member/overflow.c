/* Overflow: the groups that take whom a full community admits. Statements are in sql/overflow.sql.
 */
#include "overflow.h"

#include <strings.h>

#include "kith/member/v1/overflow.pb-c.h"
#include "kith/member/v1/overflow_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "reach.h"

#define CHAIN_MAX 20

/*
 * reason               status               from
 * COMMUNITY_NOT_FOUND  NOT_FOUND            Update
 * OVERFLOW_NOT_FOUND   NOT_FOUND            Get
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Update
 * OVERFLOW_RING        FAILED_PRECONDITION  Update
 * OVERFLOW_TOO_LONG    FAILED_PRECONDITION  Update
 * TARGET_…                                  Update (reach.h)
 */

static enum status chain_of(struct call *c, const char *community_id, Member__Overflow *ret)
{
	Member__GetOverflowRequest wanted = MEMBER__GET_OVERFLOW_REQUEST__INIT;
	bool found;

	wanted.community_id = community_id;

	return sql_find_overflow_get(c, &wanted, ret, &found);
}

/* Two updates at once that would close a ring both hold a lock that the other needs; where a ring
 * of more comes about all the same, joins go round it once. */
static enum status check_chain(struct call *c, const Member__UpdateOverflowRequest *req)
{
	Member__Overflow next = MEMBER__OVERFLOW__INIT;
	bool ring = strcasecmp(req->community_id, req->overflow_community_id) == 0;

	TRY(chain_of(c, req->overflow_community_id, &next));
	for (size_t i = 0; i < next.n_chain_community_ids; i++)
		ring |= strcasecmp(next.chain_community_ids[i], req->community_id) == 0;
	if (ring)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OVERFLOW_RING",
				 "the chain would come back to the community");
	if (next.n_chain_community_ids >= CHAIN_MAX)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "OVERFLOW_TOO_LONG",
				 "more than %d groups would follow", CHAIN_MAX);

	return STATUS_OK;
}

enum status member_update_overflow(struct call *c, const Member__UpdateOverflowRequest *req,
				   Member__Overflow *overflow)
{
	const char *next = req->overflow_community_id;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	int64_t member_count;

	if (next[0])
		TRY(reach_lock(c, req->community_id, next));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	overflow->community_id = community.community_id;
	if (!next[0])
		return sql_overflow_clear(c, req);

	TRY(reach_check(c, &next, 1, &member_count));
	TRY(check_chain(c, req));
	TRY(sql_overflow_set(c, req));

	return chain_of(c, req->community_id, overflow);
}

enum status member_get_overflow(struct call *c, const Member__GetOverflowRequest *req,
				Member__Overflow *overflow)
{
	return sql_overflow_get(c, req, overflow);
}

enum status overflow_join(struct call *c, const Member__JoinCommunityRequest *req,
			  Member__Membership *membership, bool *ret_placed)
{
	Member__JoinCommunityRequest next = *req;
	Member__OverflowChain chain = MEMBER__OVERFLOW_CHAIN__INIT;

	*ret_placed = false;
	TRY(sql_overflow_groups(c, req, &chain));
	for (size_t i = 0; i < chain.n_groups; i++) {
		Member__MembershipState state = chain.groups[i]->membership_state;

		if (state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
			return person_banned(c);
		if (state != MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE)
			continue;
		chain.groups[0] = chain.groups[i];
		chain.n_groups = 1;
	}

	for (size_t i = 0; i < chain.n_groups && !*ret_placed; i++) {
		Member__Community group = MEMBER__COMMUNITY__INIT;

		next.community_id = chain.groups[i]->community_id;
		TRY(community_lock(c, next.community_id, &group));
		TRY(sql_find_membership_join(c, &next, membership, ret_placed));
		if (membership->state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
			return person_banned(c);
	}

	return STATUS_OK;
}
