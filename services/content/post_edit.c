/* Changes of published posts that wait for a moderator. Statements are in sql/post_edit.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/post_edit.pb-c.h"
#include "markdown.h"
#include "service/precondition.h"

/*
 * reason               status               from
 * POST_NOT_FOUND       NOT_FOUND            Approve, Return
 * POST_EDIT_NOT_FOUND  NOT_FOUND            Approve, Return
 * POST_STATE           FAILED_PRECONDITION  Approve
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED, MEMBER_MUTED,
 * RULES_NOT_ACCEPTED   FAILED_PRECONDITION  Approve, for the author
 * ETAG_MISMATCH        ABORTED              Approve, Return
 */

enum status content_list_post_edits(struct call *c, const Content__ListPostEditsRequest *req,
				    Content__ListPostEditsResponse *reply)
{
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	TRY(staff ? sql_post_edit_list(c, req, reply)
		  : sql_post_edit_list_of_author(c, req, reply));
	for (size_t i = 0; i < reply->n_edits; i++)
		reply->edits[i]->body_html = markdown_html(c->arena, reply->edits[i]->body);

	return STATUS_OK;
}

/* The post and what waits to be said in its place, both kept from changing until the call ends. */
static enum status lock(struct call *c, const char *community_id, const char *post_id,
			const char *etag, Content__Post *ret_post)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;
	Content__PostEdit edit = CONTENT__POST_EDIT__INIT;

	req.community_id = community_id;
	req.post_id = post_id;
	TRY(sql_post_lock(c, &req, ret_post));
	TRY(sql_post_edit_waiting(c, &req, &edit));

	return etag_matches(c, etag, edit.etag);
}

enum status content_approve_post_edit(struct call *c, const Content__ApprovePostEditRequest *req,
				      Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, req->etag, &old));
	TRY(post_readable(c, &old));
	TRY(replica_admit(c, req->community_id, old.author_person_id, DEED_WORDS));
	TRY(sql_post_edit_apply(c, req, post));
	post->body_html = markdown_html(c->arena, post->body);

	return STATUS_OK;
}

enum status content_return_post_edit(struct call *c, const Content__ReturnPostEditRequest *req,
				     Content__PostEdit *edit)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, req->etag, &post));
	TRY(sql_post_edit_return(c, req, edit));
	edit->body_html = markdown_html(c->arena, edit->body);

	return STATUS_OK;
}
