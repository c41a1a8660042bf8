/* Positionings of communities. Statements are in sql/positioning.sql. */
#include "kith/member/v1/positioning.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                 status               from
 * COMMUNITY_NOT_FOUND    NOT_FOUND            Create
 * COMMUNITY_ARCHIVED     FAILED_PRECONDITION  Create
 * BAD_AGE_RANGE          INVALID_ARGUMENT     Create
 * POSITIONING_NOT_FOUND  NOT_FOUND            Get
 */

#define WORD_MAX 100

static enum status audience_sound(struct call *c, const Member__Audience *audience)
{
	if (!audience)
		return STATUS_OK;
	if (audience->age_max && audience->age_min > audience->age_max) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_AGE_RANGE", "nobody is of that age");
		return call_violation(c, "positioning.audience.age_max", "is below age_min");
	}
	TRY(texts_fit(c, "positioning.audience.interests", audience->interests,
		      audience->n_interests, WORD_MAX));
	TRY(texts_fit(c, "positioning.audience.occupations", audience->occupations,
		      audience->n_occupations, WORD_MAX));

	return texts_fit(c, "positioning.audience.regions", audience->regions, audience->n_regions,
			 WORD_MAX);
}

enum status member_create_positioning(struct call *c, const Member__CreatePositioningRequest *req,
				      Member__Positioning *positioning)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->positioning->need[0])
		return call_violation(c, "positioning.need", "is required");
	if (!req->positioning->benefit[0])
		return call_violation(c, "positioning.benefit", "is required");
	TRY(audience_sound(c, req->positioning->audience));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));

	return sql_positioning_create(c, req, positioning);
}

enum status member_get_positioning(struct call *c, const Member__GetPositioningRequest *req,
				   Member__Positioning *positioning)
{
	return sql_positioning_get(c, req, positioning);
}

enum status member_list_positionings(struct call *c, const Member__ListPositioningsRequest *req,
				     Member__ListPositioningsResponse *list)
{
	return sql_positioning_list(c, req, list);
}
