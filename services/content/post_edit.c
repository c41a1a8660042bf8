/* Changes of published posts that wait for a moderator. Statements are in sql/post_edit.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/post_edit.pb-c.h"
#include "media.h"
#include "mention.h"
#include "service/precondition.h"
#include "text/markdown.h"

/*
 * reason               status               from
 * POST_NOT_FOUND       NOT_FOUND            Approve, Return
 * POST_EDIT_NOT_FOUND  NOT_FOUND            Approve, Return
 * POST_STATE           FAILED_PRECONDITION  Approve
 * MEDIA_MISSING        FAILED_PRECONDITION  Approve
 * those of media_fit   INVALID_ARGUMENT     Approve
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

	return media_show_edits(c, req->community_id, reply->n_edits, reply->edits);
}

/* The post and what waits to be said in its place, both kept from changing until the call ends. */
static enum status lock(struct call *c, const char *community_id, const char *post_id,
			const char *etag, Content__Post *ret_post, Content__PostEdit *ret_edit)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;

	req.community_id = community_id;
	req.post_id = post_id;
	TRY(sql_post_lock(c, &req, ret_post));
	TRY(sql_post_edit_waiting(c, &req, ret_edit));

	return etag_matches(c, etag, ret_edit->etag);
}

/* Media and kind may have been given one after the other, and settings changed meanwhile. */
static enum status media_still_fit(struct call *c, const Content__Post *post)
{
	TRY(media_fit(c, post->community_id, post->kind, post->n_media, post->media));

	return media_suffice(c, post->kind, post->n_media, post->media);
}

enum status content_approve_post_edit(struct call *c, const Content__ApprovePostEditRequest *req,
				      Content__Post *post)
{
	Content__NamedNumbers named = CONTENT__NAMED_NUMBERS__INIT;
	Content__PostEdit edit = CONTENT__POST_EDIT__INIT;
	Content__Post old = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, req->etag, &old, &edit));
	TRY(post_readable(c, &old));
	TRY(replica_admit(c, req->community_id, old.author_person_id, DEED_WORDS));
	TRY(sql_post_edit_apply(c, req, post));
	if (edit.sets_media)
		TRY(sql_media_approve(c, req));
	TRY(media_show(c, req->community_id, 1, &post));
	if (edit.sets_media || edit.kind != old.kind)
		TRY(media_still_fit(c, post));
	TRY(mention_read(c, "body", post->body, &named));
	TRY(mention_put(c, &named, req->community_id, req->post_id, req->post_id));
	post->body_html = markdown_html(c->arena, post->body);

	return STATUS_OK;
}

enum status content_return_post_edit(struct call *c, const Content__ReturnPostEditRequest *req,
				     Content__PostEdit *edit)
{
	Content__PostEdit waiting = CONTENT__POST_EDIT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, req->etag, &post, &waiting));
	TRY(sql_post_edit_return(c, req, edit));
	edit->body_html = markdown_html(c->arena, edit->body);

	return media_show_edits(c, req->community_id, 1, &edit);
}
