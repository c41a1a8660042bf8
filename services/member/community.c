/* Communities: the registry. Statements are in sql/community.sql. */
#include "base/id.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "portfolio.h"

/*
 * reason                       status               from
 * COMMUNITY_NOT_FOUND          NOT_FOUND            all but Create, List
 * COMMUNITY_SLUG_TAKEN         ALREADY_EXISTS       Create, Update (constraint)
 * COMMUNITY_EXTERNAL_ID_TAKEN  ALREADY_EXISTS       Create (constraint)
 * PERSON_NOT_FOUND             NOT_FOUND            Create
 * PERSON_ERASED                FAILED_PRECONDITION  Create
 * BAD_TIME_ZONE                INVALID_ARGUMENT     Create, Update
 * FIELD_NOT_CHANGEABLE         INVALID_ARGUMENT     Update
 * MIXED_BY_JOIN_POLICY         INVALID_ARGUMENT     Create, Update
 * ETAG_MISMATCH                ABORTED              Update
 * COMMUNITY_ARCHIVED           FAILED_PRECONDITION  Update
 */

static const char *const changeable[] = {"slug",     "name",      "avatar_url",       "notice",
					 "theme",    "type",      "time_zone",        "locale",
					 "capacity", "join_mode", "product_strategy", NULL};

enum status community_lock(struct call *c, const char *community_id, Member__Community *ret)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;

	wanted.community_id = community_id;

	return sql_community_lock(c, &wanted, ret);
}

enum status community_exists(struct call *c, const char *community_id)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	wanted.community_id = community_id;

	return sql_community_get(c, &wanted, &community);
}

enum status community_open(struct call *c, const Member__Community *community)
{
	if (community->state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
			 "the community is archived");
}

/* A mix is told by its ways; here it may only stay one. */
static enum status mode_said_here(struct call *c, Member__JoinMode wanted, Member__JoinMode was)
{
	if (wanted != MEMBER__JOIN_MODE__JOIN_MODE_MIXED || was == wanted)
		return STATUS_OK;

	call_fail(c, STATUS_INVALID_ARGUMENT, "MIXED_BY_JOIN_POLICY",
		  "several ways in are told by UpdateJoinPolicy");

	return call_violation(c, "community.join_mode", "is MIXED by UpdateJoinPolicy only");
}

enum status member_create_community(struct call *c, const Member__CreateCommunityRequest *req,
				    Member__Community *community)
{
	Member__CreateCommunityRequest request = *req;
	Member__Community wanted = *req->community;
	char id[ID_SIZE];

	if (!wanted.name[0])
		return call_violation(c, "community.name", "is required");
	TRY(mode_said_here(c, wanted.join_mode, MEMBER__JOIN_MODE__JOIN_MODE_UNSPECIFIED));
	TRY(time_zone_known(c, "community.time_zone", wanted.time_zone));
	if (wanted.owner_person_id[0])
		TRY(person_take(c, wanted.owner_person_id, &wanted.owner_person_id));

	/* An import of the same outside system will come to the same id. */
	id_of("community", wanted.external_id, id);
	wanted.community_id = wanted.external_id[0] ? id : call_new_id(c);
	request.community = &wanted;

	return sql_community_create(c, &request, community);
}

enum status member_get_community(struct call *c, const Member__GetCommunityRequest *req,
				 Member__Community *community)
{
	return sql_community_get(c, req, community);
}

enum status member_lookup_community(struct call *c, const Member__LookupCommunityRequest *req,
				    Member__Community *community)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	char id[ID_SIZE];

	if (!req->external_id[0] == !req->slug[0])
		return call_violation(c, "external_id",
				      "or slug is required, and only one of them");
	if (req->slug[0])
		return sql_community_by_slug(c, req, community);

	id_of("community", req->external_id, id);
	wanted.community_id = id;

	return sql_community_get(c, &wanted, community);
}

enum status member_list_communities(struct call *c, const Member__ListCommunitiesRequest *req,
				    Member__ListCommunitiesResponse *list)
{
	if (req->type || req->state || req->size_class || req->stage || req->product_strategy ||
	    req->filter[0])
		return portfolio_of_all(c, req, list);

	return sql_community_list(c, req, list);
}

enum status member_update_community(struct call *c, const Member__UpdateCommunityRequest *req,
				    Member__Community *community)
{
	Member__Community was = MEMBER__COMMUNITY__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "name") && !req->community->name[0])
		return call_violation(c, "community.name", "is required");
	TRY(time_zone_known(c, "community.time_zone", req->community->time_zone));
	TRY(community_lock(c, req->community_id, &was));
	TRY(community_open(c, &was));
	TRY(etag_matches(c, req->community->etag, was.etag));
	TRY(mode_said_here(c, req->community->join_mode, was.join_mode));

	return sql_community_update(c, req, community);
}

enum status member_archive_community(struct call *c, const Member__ArchiveCommunityRequest *req,
				     Member__Community *community)
{
	Member__Community was = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &was));

	return sql_community_archive(c, req, community);
}
