/* Shares: a post passed on. Statements are in sql/share.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"

/*
 * reason                            status               from
 * POST_NOT_FOUND                    NOT_FOUND            both
 * POST_STATE                        FAILED_PRECONDITION  Share
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED, MEMBER_MUTED       FAILED_PRECONDITION  Share
 * PERSON_NOT_CALLER                 PERMISSION_DENIED    Share
 */

enum status content_share_post(struct call *c, const Content__SharePostRequest *req,
			       Content__Share *share)
{
	Content__Post post = CONTENT__POST__INIT;
	const char *person;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(post_read(c, req->community_id, req->post_id, &post));
	TRY(post_published(c, &post));
	TRY(replica_admit(c, req->community_id, person, DEED_SIGN));

	return sql_share_create(c, req, share);
}

enum status content_list_shares(struct call *c, const Content__ListSharesRequest *req,
				Content__ListSharesResponse *list)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post)); /* shown to whom the post is */

	return sql_share_list(c, req, list);
}
