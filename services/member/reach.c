/* Deeds in one community that reach into others. Statements are in sql/reach.sql. */
#include "reach.h"

#include <strings.h>

#include "base/call.h"
#include "kith/member/v1/overflow_store.pb-c.h"
#include "kith/member/v1/store.pb-c.h"
#include "member.h"
#include "member.sql.h"

static enum status not_found(struct call *c, const char *community_id)
{
	return call_fail(c, STATUS_NOT_FOUND, "TARGET_NOT_FOUND", "no community %s", community_id);
}

static bool key_reaches(const struct caller *caller, const char *community_id)
{
	for (size_t i = 0; i < caller->n_community_ids; i++)
		if (strcasecmp(caller->community_ids[i], community_id) == 0)
			return true;

	return caller->n_community_ids == 0;
}

static const Member__ReachedCommunity *reached(const Member__Reach *reach, const char *community_id)
{
	for (size_t i = 0; i < reach->n_reached; i++)
		if (strcasecmp(reach->reached[i]->community_id, community_id) == 0)
			return reach->reached[i];

	return NULL;
}

enum status reach_check(struct call *c, const char **community_ids, size_t n,
			int64_t *ret_member_count)
{
	Member__Reach wanted = MEMBER__REACH__INIT, found = MEMBER__REACH__INIT;
	int64_t member_count = 0;

	wanted.community_ids = community_ids;
	wanted.n_community_ids = n;
	TRY(sql_reach_look(c, &wanted, &found));
	for (size_t i = 0; i < n; i++) {
		const Member__ReachedCommunity *community = reached(&found, community_ids[i]);

		if (!community || !key_reaches(c->caller, community_ids[i]))
			return not_found(c, community_ids[i]);
		if (c->caller->kind == CALLER_PERSON && community->role < MEMBER__ROLE__ROLE_ADMIN)
			return call_fail(c, STATUS_PERMISSION_DENIED, "TARGET_NOT_YOURS",
					 "this needs the rank of admin in %s too",
					 community_ids[i]);
		if (community->state != MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE)
			return call_fail(c, STATUS_FAILED_PRECONDITION, "TARGET_ARCHIVED",
					 "the community %s is archived", community_ids[i]);
		member_count += community->member_count;
	}
	*ret_member_count = member_count;

	return STATUS_OK;
}

enum status reach_lock(struct call *c, const char *community_id, const char *other_id)
{
	const char *both[] = {community_id, other_id};
	Member__CommunityLock wanted = MEMBER__COMMUNITY_LOCK__INIT;
	Member__CommunityLock locked = MEMBER__COMMUNITY_LOCK__INIT;

	wanted.community_ids = both;
	wanted.n_community_ids = 2;

	return sql_import_lock(c, &wanted, &locked);
}
