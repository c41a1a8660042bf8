/* Portraits: what members care for. Statements are in sql/portrait.sql. */
#include "kith/member/v1/portrait.pb-c.h"

#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status     from
 * MEMBERSHIP_NOT_FOUND  NOT_FOUND  GetPortrait
 */

enum status portrait_hear(struct call *c, const Event__DeliverEventsRequest *fresh)
{
	for (size_t i = 0; i < fresh->n_events; i++)
		if (fresh->events[i]->topic[0])
			return sql_interest_hear(c, fresh);

	return STATUS_OK;
}

enum status member_get_portrait(struct call *c, const Member__GetPortraitRequest *req,
				Member__Portrait *portrait)
{
	TRY(person_meant(c, req->person_id, &portrait->person_id));
	TRY(card_attributes(c, req->community_id, portrait->person_id, &portrait->n_attributes,
			    &portrait->attributes));
	TRY(sql_portrait_interests(c, req, portrait));
	portrait->community_id = req->community_id;

	return STATUS_OK;
}

enum status member_get_community_portrait(struct call *c,
					  const Member__GetCommunityPortraitRequest *req,
					  Member__CommunityPortrait *portrait)
{
	portrait->community_id = req->community_id;

	return sql_community_portrait(c, req, portrait);
}
