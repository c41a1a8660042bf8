/* Ties: who has to do with whom. Statements are in sql/tie.sql. */
#include "tie.h"

#include <strings.h>

#include "base/text.h"
#include "kith/member/v1/tie.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status            from
 * COMMUNITY_NOT_FOUND  NOT_FOUND         ImportTies
 * SELF_TIE             INVALID_ARGUMENT  ImportTies
 * SOURCE_RESERVED      INVALID_ARGUMENT  ImportTies
 */

enum status member_import_ties(struct call *c, const Member__ImportTiesRequest *req,
			       Member__ImportTiesResponse *counts)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (text_equal(req->source, "content"))
		return call_fail(c, STATUS_INVALID_ARGUMENT, "SOURCE_RESERVED",
				 "the source content is Kith's own");
	for (size_t i = 0; i < req->n_items; i++) {
		if (strcasecmp(req->items[i]->person_id, req->items[i]->other_person_id) != 0)
			continue;
		call_fail(c, STATUS_INVALID_ARGUMENT, "SELF_TIE", "nobody has a tie with himself");
		return call_violation(c, arena_printf(c->arena, "items[%zu].other_person_id", i),
				      "is the same person");
	}
	wanted.community_id = req->community_id;
	TRY(sql_community_get(c, &wanted, &community));

	return sql_tie_import(c, req, counts);
}

enum status tie_observe(struct call *c, const Event__DeliverEventsRequest *fresh)
{
	return sql_tie_observe(c, fresh);
}
