/* Reactions: signs on posts and comments. Statements are in sql/reaction.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"

/* Whether there is a target that the caller may see. */
static enum status read_target(struct call *c, const char *community_id, const char *target_id,
			       Content__Post *ret_post)
{
	Content__ListReactionsRequest req = CONTENT__LIST_REACTIONS_REQUEST__INIT;
	Content__Post under = CONTENT__POST__INIT;
	bool found;

	req.community_id = community_id;
	req.target_id = target_id;
	TRY(sql_find_reaction_post(c, &req, &under, &found));
	if (!found)
		return call_fail(c, STATUS_NOT_FOUND, "TARGET_NOT_FOUND",
				 "there is no such post or comment");

	return post_read(c, community_id, under.post_id, ret_post);
}

enum status content_add_reaction(struct call *c, const Content__AddReactionRequest *req,
				 Content__Reaction *reaction)
{
	Content__Post post = CONTENT__POST__INIT;
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));

	TRY(sql_find_reaction_add(c, req, reaction, &found));
	if (found)
		return STATUS_OK;

	TRY(replica_admit(c, req->community_id, person, DEED_SIGN));
	TRY(read_target(c, req->community_id, req->target_id, &post));
	TRY(post_published(c, &post));

	TRY(sql_find_reaction_add(c, req, reaction, &found));
	if (found)
		return STATUS_OK;
	return call_fail(c, STATUS_FAILED_PRECONDITION, "TARGET_REMOVED",
			 "the comment is not to be seen any more");
}

enum status content_remove_reaction(struct call *c, const Content__RemoveReactionRequest *req,
				    Content__RemoveReactionResponse *reply)
{
	const char *person;

	TRY(replica_actor(c, "person_id", req->person_id, &person));

	return sql_reaction_remove(c, req, reply);
}

enum status content_list_reactions(struct call *c, const Content__ListReactionsRequest *req,
				   Content__ListReactionsResponse *reply)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(read_target(c, req->community_id, req->target_id, &post));

	return sql_reaction_list(c, req, reply);
}
