/* Comments: answers to posts and to one another. Statements are in sql/comment.sql. */
#include <strings.h>

#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "mention.h"
#include "review.h"
#include "text/markdown.h"
#include "text_check.h"

/*
 * reason                status               from
 * POST_NOT_FOUND        NOT_FOUND            all
 * COMMENT_NOT_FOUND     NOT_FOUND            Get, Remove; Create: what it answers
 * POST_STATE            FAILED_PRECONDITION  Create
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED, MEMBER_MUTED,
 * RULES_NOT_ACCEPTED    FAILED_PRECONDITION  Create
 * PERSON_NOT_CALLER     PERMISSION_DENIED    Create
 * ROLE_TOO_LOW          PERMISSION_DENIED    Remove
 * TEXT_REJECTED         FAILED_PRECONDITION  Create
 * RATE_EXCEEDED         RESOURCE_EXHAUSTED   Create
 * TEXT_CHECK_NOT_READY  UNAVAILABLE          Create
 */

#define PUBLISHED CONTENT__COMMENT_STATE__COMMENT_STATE_PUBLISHED
#define HELD      CONTENT__COMMENT_STATE__COMMENT_STATE_HELD

#define REJECTED  CONTENT__REVIEW_STATE__REVIEW_STATE_REJECTED
#define WITHDRAWN CONTENT__REVIEW_STATE__REVIEW_STATE_WITHDRAWN

static enum status shown(struct call *c, enum status status, Content__Comment *comment)
{
	if (status == STATUS_OK)
		comment->body_html = markdown_html(c->arena, comment->body);

	return status;
}

/* One statement where all is well and nobody is named. Otherwise what is missing is told, or asked
 * for once. */
enum status content_create_comment(struct call *c, const Content__CreateCommentRequest *req,
				   Content__Comment *comment)
{
	Content__NamedNumbers named = CONTENT__NAMED_NUMBERS__INIT;
	Content__CreateCommentRequest request = *req;
	Content__Comment wanted = *req->comment;
	Content__Post post = CONTENT__POST__INIT;
	Content__TextReason why;
	const char *author;
	bool found, held;

	TRY(replica_actor(c, "comment.author_person_id", req->comment->author_person_id, &author));
	if (!req->comment->body[0])
		return call_violation(c, "comment.body", "must not be empty");
	TRY(mention_read(c, "comment.body", req->comment->body, &named));

	TRY(text_admit(
		c, &(struct text){req->community_id, author, call_new_id(c), "", wanted.body, ""},
		&held, &why));
	wanted.state = held ? HELD : PUBLISHED;
	request.comment = &wanted;
	TRY(sql_find_comment_create(c, &request, comment, &found));
	if (!found) {
		TRY(replica_admit(c, req->community_id, author, DEED_WORDS));
		TRY(post_read(c, req->community_id, req->post_id, &post));
		TRY(post_published(c, &post));
		TRY(sql_comment_create(c, &request, comment)); /* NOT_FOUND: what it answers */
	}
	if (named.n_numbers)
		TRY(mention_put(c, &named, req->community_id, req->post_id, comment->comment_id));

	return shown(c, held ? review_comment(c, comment, &why) : STATUS_OK, comment);
}

enum status content_get_comment(struct call *c, const Content__GetCommentRequest *req,
				Content__Comment *comment)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));

	return shown(c, sql_comment_get(c, req, comment), comment);
}

enum status content_list_comments(struct call *c, const Content__ListCommentsRequest *req,
				  Content__ListCommentsResponse *reply)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));

	TRY(sql_comment_list(c, req, reply));
	for (size_t i = 0; i < reply->n_comments; i++)
		TRY(shown(c, STATUS_OK, reply->comments[i]));

	return STATUS_OK;
}

enum status content_remove_comment(struct call *c, const Content__RemoveCommentRequest *req,
				   Content__Comment *comment)
{
	Content__GetCommentRequest get = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Comment old = CONTENT__COMMENT__INIT;
	Content__Post post = CONTENT__POST__INIT;
	bool found;

	get.community_id = req->community_id;
	get.post_id = req->post_id;
	get.comment_id = req->comment_id;
	TRY(sql_comment_get(c, &get, &old));
	TRY(replica_allow(c, req->community_id, old.author_person_id, RANK_MODERATOR));

	TRY(post_lock(c, req->community_id, req->post_id, &post)); /* see question.sql */
	TRY(sql_find_comment_remove(c, req, comment, &found));
	if (!found)
		return sql_comment_get(c, &get, comment);

	return review_settle(
		c, req->community_id, req->comment_id,
		strcasecmp(c->caller->person_id, old.author_person_id) == 0 ? WITHDRAWN : REJECTED);
}
