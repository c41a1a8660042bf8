/* The review queue. Statements are in sql/review.sql. */
#include "review.h"

#include <strings.h>

#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/review_store.pb-c.h"
#include "service/precondition.h"

/*
 *            Claim         Decide    the author or a moderator does something else
 * OPEN       CLAIMED       decided   decided, or WITHDRAWN
 * CLAIMED    (taken over)  decided   the same
 * APPROVED, REJECTED, WITHDRAWN: nothing more
 *
 * reason                 status               from
 * REVIEW_ITEM_NOT_FOUND  NOT_FOUND            Get, Claim, Decide
 * ETAG_MISMATCH          ABORTED              Claim, Decide
 * REVIEW_STATE           FAILED_PRECONDITION  Claim, Decide
 * REVIEW_TAKEN           FAILED_PRECONDITION  Claim, Decide
 * OWN_CASE               PERMISSION_DENIED    Claim, Decide
 * ROLE_TOO_LOW           PERMISSION_DENIED    Decide
 */

#define CLAIM_SECONDS 1800

#define OPEN     CONTENT__REVIEW_STATE__REVIEW_STATE_OPEN
#define CLAIMED  CONTENT__REVIEW_STATE__REVIEW_STATE_CLAIMED
#define APPROVED CONTENT__REVIEW_STATE__REVIEW_STATE_APPROVED
#define REJECTED CONTENT__REVIEW_STATE__REVIEW_STATE_REJECTED

#define POST    CONTENT__REVIEW_SUBJECT__REVIEW_SUBJECT_POST
#define COMMENT CONTENT__REVIEW_SUBJECT__REVIEW_SUBJECT_COMMENT

enum status review_post(struct call *c, const Content__Post *post, const Content__TextReason *why)
{
	Content__ReviewOpening item = CONTENT__REVIEW_OPENING__INIT;
	Content__ReviewItem opened = CONTENT__REVIEW_ITEM__INIT;

	item.community_id = post->community_id;
	item.subject = POST;
	item.subject_id = item.post_id = post->post_id;
	item.author_person_id = post->author_person_id;
	item.reason = (Content__TextReason *)why;

	return sql_review_open(c, &item, &opened);
}

enum status review_comment(struct call *c, const Content__Comment *comment,
			   const Content__TextReason *why)
{
	Content__ReviewOpening item = CONTENT__REVIEW_OPENING__INIT;
	Content__ReviewItem opened = CONTENT__REVIEW_ITEM__INIT;

	item.community_id = comment->community_id;
	item.subject = COMMENT;
	item.subject_id = comment->comment_id;
	item.post_id = comment->post_id;
	item.author_person_id = comment->author_person_id;
	item.reason = (Content__TextReason *)why;

	return sql_review_open(c, &item, &opened);
}

enum status review_settle(struct call *c, const char *community_id, const char *subject_id,
			  Content__ReviewState state)
{
	Content__ReviewClosing closing = CONTENT__REVIEW_CLOSING__INIT;

	closing.community_id = community_id;
	closing.subject_id = subject_id;
	closing.state = state;

	return sql_review_close(c, &closing);
}

enum status content_list_review_items(struct call *c, const Content__ListReviewItemsRequest *req,
				      Content__ListReviewItemsResponse *reply)
{
	return sql_review_item_list(c, req, reply);
}

enum status content_get_review_item(struct call *c, const Content__GetReviewItemRequest *req,
				    Content__ReviewItem *item)
{
	return sql_review_item_get(c, req, item);
}

static bool is_caller(const struct call *c, const char *person_id)
{
	return strcasecmp(c->caller->person_id, person_id) == 0;
}

/* Another has it, and has not left it lying. */
static bool is_taken(const struct call *c, const Content__ReviewItem *item)
{
	return item->state == CLAIMED && !is_caller(c, item->reviewer_person_id) &&
	       item->claim_time->seconds + CLAIM_SECONDS > c->now_us / 1000000;
}

static enum status refuse_state(struct call *c, const Content__ReviewItem *item)
{
	static const char *const names[] = {"UNSPECIFIED", "OPEN",     "CLAIMED",
					    "APPROVED",    "REJECTED", "WITHDRAWN"};

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "REVIEW_STATE", "the item is decided");
	call_fact(c, "state", names[item->state]);

	return STATUS_FAILED_PRECONDITION;
}

/* The item as the caller has read it, his to decide and nobody else's until the call ends. */
static enum status lock(struct call *c, const char *community_id, const char *item_id,
			const char *etag, Content__ReviewItem *ret)
{
	Content__GetReviewItemRequest wanted = CONTENT__GET_REVIEW_ITEM_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.item_id = item_id;
	TRY(sql_review_item_lock(c, &wanted, ret));
	if (ret->state != OPEN && ret->state != CLAIMED)
		return refuse_state(c, ret);
	if (is_taken(c, ret))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "REVIEW_TAKEN",
				 "another looks at the item");
	TRY(etag_matches(c, etag, ret->etag));

	return is_caller(c, ret->author_person_id)
		       ? call_fail(c, STATUS_PERMISSION_DENIED, "OWN_CASE",
				   "nobody judges in his own cause")
		       : STATUS_OK;
}

enum status content_claim_review_item(struct call *c, const Content__ClaimReviewItemRequest *req,
				      Content__ReviewItem *item)
{
	Content__ReviewItem was = CONTENT__REVIEW_ITEM__INIT;

	TRY(lock(c, req->community_id, req->item_id, req->etag, &was));
	if (was.state == CLAIMED && is_caller(c, was.reviewer_person_id)) {
		*item = was;
		return STATUS_OK;
	}

	return sql_review_item_claim(c, req, item);
}

/* Locks what the item is about, as everybody does who then touches the item. */
static enum status lock_subject(struct call *c, const Content__GetReviewItemRequest *wanted,
				Content__Post *ret_post, Content__Comment *ret_comment)
{
	Content__GetPostRequest post = CONTENT__GET_POST_REQUEST__INIT;
	Content__GetCommentRequest comment = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__ReviewItem item = CONTENT__REVIEW_ITEM__INIT;
	Content__Post above = CONTENT__POST__INIT;

	TRY(sql_review_item_get(c, wanted, &item));
	post.community_id = item.community_id;
	post.post_id = item.post_id;
	if (item.subject == POST)
		return sql_post_lock(c, &post, ret_post);
	TRY(sql_post_lock(c, &post, &above)); /* see question.sql */

	comment.community_id = item.community_id;
	comment.post_id = item.post_id;
	comment.comment_id = item.subject_id;

	return sql_comment_lock(c, &comment, ret_comment);
}

static enum status approve(struct call *c, const Content__Post *post,
			   const Content__Comment *comment)
{
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__GetCommentRequest release = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Post published = CONTENT__POST__INIT;
	Content__Comment released = CONTENT__COMMENT__INIT;

	if (post->state == CONTENT__POST_STATE__POST_STATE_REVIEW) {
		TRY(replica_admit(c, post->community_id, post->author_person_id, DEED_WORDS));
		publish.community_id = post->community_id;
		publish.post_id = post->post_id;
		return sql_post_publish(c, &publish, &published);
	}
	if (comment->state == CONTENT__COMMENT_STATE__COMMENT_STATE_HELD) {
		TRY(replica_admit(c, comment->community_id, comment->author_person_id, DEED_WORDS));
		release.community_id = comment->community_id;
		release.post_id = comment->post_id;
		release.comment_id = comment->comment_id;
		return sql_comment_release(c, &release, &released);
	}

	return STATUS_OK;
}

static enum status reject(struct call *c, const Content__Post *post,
			  const Content__Comment *comment)
{
	Content__RemovePostRequest remove_post = CONTENT__REMOVE_POST_REQUEST__INIT;
	Content__RemoveCommentRequest remove_comment = CONTENT__REMOVE_COMMENT_REQUEST__INIT;
	Content__Post gone = CONTENT__POST__INIT;
	Content__Comment gone_comment = CONTENT__COMMENT__INIT;

	if (post->post_id[0]) {
		remove_post.community_id = post->community_id;
		remove_post.post_id = post->post_id;
		return sql_post_remove(c, &remove_post, &gone);
	}
	remove_comment.community_id = comment->community_id;
	remove_comment.post_id = comment->post_id;
	remove_comment.comment_id = comment->comment_id;

	return sql_comment_remove(c, &remove_comment, &gone_comment);
}

/* Nobody finds wrong who ranks as high as himself. */
static enum status outranks_author(struct call *c, const Content__ReviewItem *item)
{
	Content__AuthorRank author = CONTENT__AUTHOR_RANK__INIT;
	enum rank rank;

	if (c->caller->kind != CALLER_PERSON)
		return STATUS_OK;
	TRY(replica_rank(c, item->community_id, &rank));
	TRY(sql_author_rank(c, item, &author));

	return author.rank < (int32_t)rank
		       ? STATUS_OK
		       : call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
				   "the author ranks no lower than who would sanction him");
}

enum status content_decide_review_item(struct call *c, const Content__DecideReviewItemRequest *req,
				       Content__ReviewItem *item)
{
	Content__GetReviewItemRequest wanted = CONTENT__GET_REVIEW_ITEM_REQUEST__INIT;
	Content__ReviewItem was = CONTENT__REVIEW_ITEM__INIT;
	Content__ReviewDecided decided = CONTENT__REVIEW_DECIDED__INIT;
	Content__Post post = CONTENT__POST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	bool good = req->decision == CONTENT__REVIEW_DECISION__REVIEW_DECISION_APPROVE;

	wanted.community_id = req->community_id;
	wanted.item_id = req->item_id;
	TRY(lock_subject(c, &wanted, &post, &comment));
	TRY(lock(c, req->community_id, req->item_id, req->etag, &was));
	if (!good && req->sanction)
		TRY(outranks_author(c, &was));
	TRY(good ? approve(c, &post, &comment) : reject(c, &post, &comment));

	decided.community_id = req->community_id;
	decided.item_id = req->item_id;
	decided.state = good ? APPROVED : REJECTED;
	decided.note = req->note;
	decided.tell = good ? was.report_count > 0 : req->sanction;
	decided.category = req->category ? req->category : was.reason->category;

	return sql_review_item_decide(c, &decided, item);
}
