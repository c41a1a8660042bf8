/* Quality: votes, ratings, and the scores that follow. Statements are in sql/quality.sql. */
#include "quality.h"

#include <stdio.h>
#include <strings.h>

#include "app/config.h"
#include "base/arena.h"
#include "base/log.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/quality_store.pb-c.h"

/*
 * reason             status               from
 * POST_NOT_FOUND     NOT_FOUND            Vote, Rate, GetPostQuality
 * OWN_POST           FAILED_PRECONDITION  Vote, Rate
 * POST_STATE         FAILED_PRECONDITION  Vote, Rate
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED, MEMBER_MUTED
 *                    FAILED_PRECONDITION  Vote, Rate
 * PERSON_NOT_CALLER  PERMISSION_DENIED    Vote, Rate, WithdrawVote, WithdrawRating
 *
 * The formula stands in quality.proto. Depth counts persons who answer, not the longest chain,
 * which two can make; an accepted answer is part of it, so that the weights stay three. The share
 * of upheld reports has a judged one thrown in: it stays below 1, and what was not upheld takes
 * nothing away.
 */

enum status quality_configure(const struct service_config *config, struct quality_weights *ret)
{
	static const char *const terms[] = {"useful", "rating", "depth"};
	double *const weights[] = {&ret->weights.useful_weight, &ret->weights.rating_weight,
				   &ret->weights.depth_weight};

	content__quality_weights__init(&ret->weights);
	TRY(config_formula(config, "quality", terms, weights, 3));
	snprintf(ret->name, sizeof(ret->name), "%.17g %.17g %.17g", ret->weights.useful_weight,
		 ret->weights.rating_weight, ret->weights.depth_weight);

	return STATUS_OK;
}

/* Why a person may not say what he thinks of the post; OK where nothing speaks against it. */
static enum status may_judge(struct call *c, const char *community_id, const char *post_id,
			     const char *person)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(replica_admit(c, community_id, person, DEED_SIGN));
	TRY(post_read(c, community_id, post_id, &post));
	TRY(post_published(c, &post));

	return strcasecmp(post.author_person_id, person) == 0
		       ? call_fail(c, STATUS_FAILED_PRECONDITION, "OWN_POST",
				   "nobody judges his own post")
		       : STATUS_OK;
}

/* One statement where all is well, here and below. */
enum status content_vote_post(struct call *c, const Content__VotePostRequest *req,
			      Content__PostVote *vote)
{
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(sql_find_vote_put(c, req, vote, &found));
	if (found)
		return STATUS_OK;

	TRY(may_judge(c, req->community_id, req->post_id, person));
	return sql_vote_put(c, req, vote);
}

enum status content_withdraw_vote(struct call *c, const Content__WithdrawVoteRequest *req,
				  Content__WithdrawVoteResponse *reply)
{
	const char *person;

	TRY(replica_actor(c, "person_id", req->person_id, &person));

	return sql_vote_withdraw(c, req, reply);
}

enum status content_rate_post(struct call *c, const Content__RatePostRequest *req,
			      Content__PostRating *rating)
{
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(sql_find_rating_put(c, req, rating, &found));
	if (found)
		return STATUS_OK;

	TRY(may_judge(c, req->community_id, req->post_id, person));
	return sql_rating_put(c, req, rating);
}

enum status content_withdraw_rating(struct call *c, const Content__WithdrawRatingRequest *req,
				    Content__WithdrawRatingResponse *reply)
{
	const char *person;

	TRY(replica_actor(c, "person_id", req->person_id, &person));

	return sql_rating_withdraw(c, req, reply);
}

static Content__QualityWeights *weights_of(struct call *c)
{
	Content__QualityWeights *weights = arena_alloc(c->arena, sizeof(*weights));

	*weights = content_quality_weights(c)->weights;
	return weights;
}

static Content__QualityTask task_of(struct call *c)
{
	Content__QualityTask task = CONTENT__QUALITY_TASK__INIT;

	task.weights = weights_of(c);
	task.weights_name = content_quality_weights(c)->name;
	return task;
}

enum status content_get_post_quality(struct call *c, const Content__GetPostQualityRequest *req,
				     Content__PostQuality *quality)
{
	Content__QualityTask task = task_of(c);
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));
	task.community_id = req->community_id;
	task.post_id = req->post_id;
	TRY(sql_post_quality_get(c, &task, quality));
	quality->weights = task.weights;

	return STATUS_OK;
}

enum status content_list_top_posts(struct call *c, const Content__ListTopPostsRequest *req,
				   Content__ListTopPostsResponse *reply)
{
	TRY(replica_know_caller(c, req->community_id));

	return sql_top_post_list(c, req, reply);
}

enum status content_get_content_quality(struct call *c,
					const Content__GetContentQualityRequest *req,
					Content__ContentQuality *quality)
{
	Content__QualityCell *total = arena_alloc(c->arena, sizeof(*total));

	content__quality_cell__init(total);
	TRY(sql_content_quality_get(c, req, quality));
	TRY(sql_content_quality_total(c, req, total));
	TRY(sql_content_quality_kinds(c, req, quality));
	TRY(sql_content_quality_topics(c, req, quality));
	quality->total = total;
	quality->weights = weights_of(c);

	return STATUS_OK;
}

/* A community's row is locked before the statement that counts begins: so it sees all that those
 * who folded before have seen, and more. */
enum status quality_fold(struct call *c, bool *ret_worked)
{
	Content__QualityTask task = task_of(c);
	Content__QualityDone done = CONTENT__QUALITY_DONE__INIT;

	TRY(sql_quality_enter(c, &task));
	TRY(sql_quality_lock(c, &task));
	if (task.n_community_ids)
		TRY(sql_quality_fold(c, &task, &done));
	*ret_worked = done.count > 0;

	return STATUS_OK;
}

enum status quality_catch_up(struct call *c, bool *ret_worked)
{
	Content__QualityTask task = task_of(c);
	Content__QualityDone moved = CONTENT__QUALITY_DONE__INIT;
	Content__QualityDone done = CONTENT__QUALITY_DONE__INIT;

	TRY(sql_quality_reweigh(c, &task, &moved));
	TRY(sql_quality_catch_up(c, &task, &done));
	*ret_worked = moved.count + done.count > 0;

	return STATUS_OK;
}
