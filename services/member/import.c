/* Imports: communities and memberships as an outside system knows them. Statements are in
 * sql/import.sql. */
#include <stdlib.h>
#include <strings.h>

#include "base/id.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith/member/v1/store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status            from
 * BAD_TIME_ZONE        INVALID_ARGUMENT  ImportCommunities
 * COMMUNITY_NOT_FOUND  INVALID_ARGUMENT  ImportMemberships
 * FOREIGN_ID           INVALID_ARGUMENT  both: an id that does not follow from the external id
 */

/* Whether the id is the one that stands for the outside name. */
static enum status id_follows(struct call *c, const char *space, const char *external_id,
			      const char *id, size_t i)
{
	const char *field = arena_printf(c->arena, "items[%zu].%s_id", i, space);
	char expected[ID_SIZE];

	id_of(space, external_id, expected);
	if (strcasecmp(id, expected) == 0)
		return STATUS_OK;

	call_fail(c, STATUS_INVALID_ARGUMENT, "FOREIGN_ID", "%s is not the id of that external id",
		  field);

	return call_violation(c, field, "is not %s, the id of that external id", expected);
}

static int compare_locked(const void *id, const void *element)
{
	const Member__LockedCommunity *const *locked = element;

	return strcasecmp(id, (*locked)->community_id);
}

static enum status lock_all(struct call *c, const char **community_ids, size_t n,
			    Member__CommunityLock *ret)
{
	Member__CommunityLock wanted = MEMBER__COMMUNITY_LOCK__INIT;

	wanted.community_ids = community_ids;
	wanted.n_community_ids = n;

	return sql_import_lock(c, &wanted, ret);
}

enum status member_import_communities(struct call *c, const Member__ImportCommunitiesRequest *req,
				      Member__ImportCommunitiesResponse *counts)
{
	const char **zones = arena_array(c->arena, req->n_items, sizeof(*zones));
	const char **ids = arena_array(c->arena, req->n_items, sizeof(*ids));
	Member__CommunityLock lock = MEMBER__COMMUNITY_LOCK__INIT;

	for (size_t i = 0; i < req->n_items; i++) {
		const Member__ImportedCommunity *item = req->items[i];

		TRY(id_follows(c, "community", item->external_id, item->community_id, i));
		ids[i] = item->community_id;
		zones[i] = item->time_zone;
	}
	TRY(time_zones_known(c, "items", "time_zone", zones, req->n_items));
	TRY(lock_all(c, ids, req->n_items, &lock));

	return sql_import_communities(c, req, counts);
}

enum status member_import_memberships(struct call *c, const Member__ImportMembershipsRequest *req,
				      Member__ImportMembershipsResponse *counts)
{
	const char **ids = arena_array(c->arena, req->n_items, sizeof(*ids));
	Member__CommunityLock lock = MEMBER__COMMUNITY_LOCK__INIT;
	enum status status = STATUS_OK;

	for (size_t i = 0; i < req->n_items; i++) {
		const Member__ImportedMembership *item = req->items[i];

		if (item->person_external_id[0])
			TRY(id_follows(c, "person", item->person_external_id, item->person_id, i));
		ids[i] = item->community_id;
	}
	TRY(sql_import_hold_persons(c, req));
	TRY(lock_all(c, ids, req->n_items, &lock));

	for (size_t i = 0; i < req->n_items; i++) {
		if (lock.n_locked && bsearch(ids[i], lock.locked, lock.n_locked,
					     sizeof(*lock.locked), compare_locked))
			continue;
		status = call_fail(c, STATUS_INVALID_ARGUMENT, "COMMUNITY_NOT_FOUND",
				   "no community %s", ids[i]);
		call_violation(c, arena_printf(c->arena, "items[%zu].community_id", i),
			       "is no community here");
	}
	TRY(status);

	return sql_import_memberships(c, req, counts);
}
