/* Posts: writing, reading, changing, taking out of sight. Statements are in sql/post.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "service/precondition.h"

#define DRAFT     CONTENT__POST_STATE__POST_STATE_DRAFT
#define PUBLISHED CONTENT__POST_STATE__POST_STATE_PUBLISHED
#define REMOVED   CONTENT__POST_STATE__POST_STATE_REMOVED

static enum status refuse_state(struct call *c, const Content__Post *post, const char *wanted)
{
	static const char *const names[] = {"UNSPECIFIED", "DRAFT", "PUBLISHED", "REMOVED"};

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "POST_STATE", "the post is not %s", wanted);
	call_fact(c, "state", names[post->state]);
	return STATUS_FAILED_PRECONDITION;
}

enum status post_published(struct call *c, const Content__Post *post)
{
	return post->state == PUBLISHED ? STATUS_OK : refuse_state(c, post, "published");
}

static enum status lock(struct call *c, const char *community_id, const char *post_id,
			Content__Post *ret)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;

	req.community_id = community_id;
	req.post_id = post_id;

	return sql_post_lock(c, &req, ret);
}

enum status post_read(struct call *c, const char *community_id, const char *post_id,
		      Content__Post *ret)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;

	req.community_id = community_id;
	req.post_id = post_id;
	TRY(replica_know_caller(c, community_id));

	return sql_post_get(c, &req, ret);
}

enum status content_create_post(struct call *c, const Content__CreatePostRequest *req,
				Content__Post *post)
{
	const char *author;
	bool found;

	TRY(replica_actor(c, "post.author_person_id", req->post->author_person_id, &author));
	if (req->post->state == REMOVED)
		return call_violation(c, "post.state", "must be DRAFT or PUBLISHED");
	if (!req->post->title[0] && !req->post->body[0])
		return call_violation(c, "post.body", "must not be empty where there is no title");

	TRY(sql_find_post_create(c, req, post, &found));
	if (found)
		return STATUS_OK;

	TRY(replica_admit(c, req->community_id, author, DEED_WORDS));
	return sql_post_create(c, req, post);
}

enum status content_get_post(struct call *c, const Content__GetPostRequest *req,
			     Content__Post *post)
{
	TRY(replica_know_caller(c, req->community_id));

	return sql_post_get(c, req, post);
}

/* The narrowest index that the request allows. */
enum status content_list_posts(struct call *c, const Content__ListPostsRequest *req,
			       Content__ListPostsResponse *reply)
{
	TRY(replica_know_caller(c, req->community_id));

	if (req->author_person_id[0])
		return sql_post_list_of_author(c, req, reply);
	if (req->topic[0])
		return sql_post_list_of_topic(c, req, reply);
	return sql_post_list(c, req, reply);
}

enum status content_update_post(struct call *c, const Content__UpdatePostRequest *req,
				Content__Post *post)
{
	static const char *const changeable[] = {"title", "body",       "topic",
						 "kind",  "visibility", NULL};
	Content__Post old = CONTENT__POST__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(lock(c, req->community_id, req->post_id, &old));
	TRY(replica_own(c, old.author_person_id));
	if (c->caller->kind == CALLER_PERSON)
		TRY(replica_admit(c, req->community_id, c->caller->person_id, DEED_WORDS));
	TRY(etag_matches(c, req->post->etag, old.etag));
	if (old.state == REMOVED)
		return refuse_state(c, &old, "there any more");

	return sql_post_update(c, req, post);
}

enum status content_publish_post(struct call *c, const Content__PublishPostRequest *req,
				 Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, &old));
	TRY(replica_own(c, old.author_person_id));
	TRY(replica_admit(c, req->community_id, old.author_person_id, DEED_WORDS));
	if (old.state != DRAFT)
		return refuse_state(c, &old, "a draft");

	return sql_post_publish(c, req, post);
}

enum status content_remove_post(struct call *c, const Content__RemovePostRequest *req,
				Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, &old));
	TRY(replica_allow(c, req->community_id, old.author_person_id, RANK_MODERATOR));
	if (old.state != REMOVED)
		return sql_post_remove(c, req, post);

	*post = old;
	return STATUS_OK;
}

enum status content_restore_post(struct call *c, const Content__RestorePostRequest *req,
				 Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(lock(c, req->community_id, req->post_id, &old));
	if (old.state != REMOVED)
		return refuse_state(c, &old, "removed");

	return sql_post_restore(c, req, post);
}

enum status content_get_content_summary(struct call *c,
					const Content__GetContentSummaryRequest *req,
					Content__ContentSummary *summary)
{
	return sql_summary_get(c, req, summary);
}

enum status content_list_topics(struct call *c, const Content__ListTopicsRequest *req,
				Content__ListTopicsResponse *reply)
{
	return sql_topic_list(c, req, reply);
}
