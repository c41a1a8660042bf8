/* Quality: votes and ratings are counted exactly, and the score is what the formula says of them.
 */
#include <math.h>

#include "base/clock.h"
#include "base/id.h"
#include "content_words.h"
#include "kith/content/v1/quality.pb-c.h"
#include "kith/content/v1/question.pb-c.h"
#include "kith/member/v1/sanction.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"

#define N_AT_ONCE   64
#define PATIENCE_US 30000000

static struct outcome vote(struct suite *s, const char *community, const char *post,
			   const char *person_id, bool useful)
{
	Content__VotePostRequest request = CONTENT__VOTE_POST_REQUEST__INIT;
	Content__PostVote reply = CONTENT__POST_VOTE__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = person_id;
	request.useful = useful;

	return suite_call(s, method_content_vote_post, &request, &reply);
}

static struct outcome rate(struct suite *s, const char *community, const char *post,
			   const char *person_id, int value, int quality, int timeliness)
{
	Content__RatePostRequest request = CONTENT__RATE_POST_REQUEST__INIT;
	Content__PostRating reply = CONTENT__POST_RATING__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = person_id;
	request.value = value;
	request.quality = quality;
	request.timeliness = timeliness;

	return suite_call(s, method_content_rate_post, &request, &reply);
}

static int32_t withdraw_vote(struct suite *s, const char *community, const char *post,
			     const char *person_id)
{
	Content__WithdrawVoteRequest request = CONTENT__WITHDRAW_VOTE_REQUEST__INIT;
	Content__WithdrawVoteResponse reply = CONTENT__WITHDRAW_VOTE_RESPONSE__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = person_id;
	EXPECT_OK(suite_call(s, method_content_withdraw_vote, &request, &reply));

	return reply.withdrawn_count;
}

static int32_t withdraw_rating(struct suite *s, const char *community, const char *post,
			       const char *person_id)
{
	Content__WithdrawRatingRequest request = CONTENT__WITHDRAW_RATING_REQUEST__INIT;
	Content__WithdrawRatingResponse reply = CONTENT__WITHDRAW_RATING_RESPONSE__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = person_id;
	EXPECT_OK(suite_call(s, method_content_withdraw_rating, &request, &reply));

	return reply.withdrawn_count;
}

static Content__PostQuality quality_of(struct suite *s, const char *community, const char *post)
{
	Content__GetPostQualityRequest request = CONTENT__GET_POST_QUALITY_REQUEST__INIT;
	Content__PostQuality quality = CONTENT__POST_QUALITY__INIT;

	request.community_id = community;
	request.post_id = post;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_post_quality, &request, &quality));

	return quality;
}

static Content__ListTopPostsResponse best(struct suite *s, const char *community, int32_t size,
					  const char *token)
{
	Content__ListTopPostsRequest request = CONTENT__LIST_TOP_POSTS_REQUEST__INIT;
	Content__ListTopPostsResponse page = CONTENT__LIST_TOP_POSTS_RESPONSE__INIT;

	request.community_id = community;
	request.page_size = size;
	request.page_token = token;
	EXPECT_OK(suite_call(s, method_content_list_top_posts, &request, &page));

	return page;
}

/* Returns once every stored score is what it should be. */
static void settle(struct suite *s)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s),
			    "SELECT (SELECT count(*) FROM content.quality_due) + "
			    "(SELECT count(*) FROM content.community_quality WHERE behind)") > 0)
		assert_true(clock_mono_us() < until);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* So many more members without names; their ids. */
static const char **given_crowd(struct suite *s, const char *community, int n)
{
	const char **ids = arena_array(suite_arena(s), (size_t)n, sizeof(*ids));

	for (int i = 0; i < n; i++) {
		char id[ID_SIZE];

		id_new(id);
		ids[i] = arena_string(suite_arena(s), id);
		postgres_int(suite_database(s),
			     "INSERT INTO content.replica_membership (community_id, person_id, "
			     "number, role, state, version) VALUES ('%s', '%s', %d, 'MEMBER', "
			     "'ACTIVE', 1)",
			     community, ids[i], 1000 + i);
	}

	return ids;
}

/* Stored scores that differ from the formula, written out here over the raw rows; the mean in use
 * is at most its step away from the mean of the raw ratings. */
static int64_t differing(struct suite *s, const char *community)
{
	return postgres_int(
		suite_database(s),
		"WITH raw AS (SELECT p.post_id, q.score, c.mean, "
		"(SELECT count(*) FROM content.post_vote v WHERE v.post_id = p.post_id)::float8 AS "
		"n, "
		"(SELECT count(*) FROM content.post_vote v WHERE v.post_id = p.post_id AND useful)"
		"::float8 AS k, "
		"(SELECT count(*) FROM content.post_rating r WHERE r.post_id = p.post_id) AS "
		"ratings, "
		"(SELECT COALESCE(sum((value + quality + timeliness) / 3.0), 0) FROM "
		"content.post_rating r WHERE r.post_id = p.post_id) AS rated, "
		"(SELECT count(DISTINCT author_person_id) FROM content.comment k WHERE k.post_id = "
		"p.post_id AND k.state = 'PUBLISHED' AND k.author_person_id <> p.author_person_id)"
		"::float8 + 3 * (SELECT count(*) FROM content.question qu WHERE qu.post_id = "
		"p.post_id AND qu.accepted_comment_id IS NOT NULL) AS depth, "
		"(SELECT COALESCE(sum(report_count), 0) FROM content.post_report r WHERE r.post_id "
		"= "
		"p.post_id)::float8 AS judged, "
		"(SELECT COALESCE(sum(report_count), 0) FROM content.post_report r WHERE r.post_id "
		"= "
		"p.post_id AND upheld)::float8 AS upheld "
		"FROM content.post_quality q JOIN content.post p USING (community_id, post_id) "
		"JOIN content.community_quality c USING (community_id) WHERE community_id = '%s'), "
		"wilson AS (SELECT *, CASE WHEN n = 0 THEN 0 ELSE (k / n + 3.8414588206941236 / (2 "
		"* n) "
		"- 1.959963984540054 * sqrt((k / n) * (1 - k / n) / n + 3.8414588206941236 / (4 * "
		"n * "
		"n))) / (1 + 3.8414588206941236 / n) END AS low FROM raw) "
		"SELECT count(*) FROM wilson WHERE score IS NULL OR abs(score - 100 * (0.5 * low + "
		"0.3 "
		"* (rated + 10 * mean) / (ratings + 10) / 5 + 0.2 * depth / (depth + 3)) * (1 - "
		"upheld "
		"/ (judged + 1))) > 1e-9 OR abs(mean - (SELECT (COALESCE(sum((value + quality + "
		"timeliness) / 3.0), 0) + 30) / (count(*) + 10) FROM content.post_rating WHERE "
		"community_id = '%s')) >= 0.05",
		community, community);
}

static void one_of_one_does_not_outrank_98_of_100(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *few, *many, **crowd = given_crowd(s, community, 100);
	Content__ListTopPostsResponse page;

	EXPECT_OK(join(s, community, "ann"));
	few = given_post(s, community, "ann");
	many = given_post(s, community, "ann");
	EXPECT_OK(vote(s, community, few, crowd[0], true));
	for (int i = 0; i < 100; i++)
		EXPECT_OK(vote(s, community, many, crowd[i], i >= 2));
	settle(s);

	page = best(s, community, 0, "");
	EXPECT_INT(page.n_posts, 2);
	EXPECT_TEXT(page.posts[0]->post_id, many);
	assert_true(near(page.posts[1]->score, quality_of(s, community, few).score));
	EXPECT_INT(quality_of(s, community, many).useful_count, 98);
	EXPECT_INT(quality_of(s, community, many).vote_count, 100);
	assert_true(fabs(quality_of(s, community, many).useful_low - 0.93) < 0.001);
	assert_true(fabs(quality_of(s, community, few).useful_low - 0.2065) < 0.001);
	EXPECT_INT(differing(s, community), 0);

	page = best(s, community, 1, "");
	EXPECT_TEXT(page.posts[0]->post_id, many);
	page = best(s, community, 1, page.next_page_token);
	EXPECT_TEXT(page.posts[0]->post_id, few);
	EXPECT_TEXT(page.next_page_token, "");
}

static void a_score_can_be_computed_by_hand(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *post;
	Content__Comment comment = CONTENT__COMMENT__INIT, own = CONTENT__COMMENT__INIT;
	Content__PostQuality q;
	double mean = (4 + 5 / 3.0 + 30) / 12;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cy"));
	post = given_post(s, community, "ann");
	q = quality_of(s, community, post);
	assert_true(near(q.score, 100 * 0.3 * 3 / 5));

	EXPECT_OK(rate(s, community, post, person(s, "bob"), 5, 4, 3));
	EXPECT_OK(rate(s, community, post, person(s, "cy"), 1, 2, 2));
	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	EXPECT_OK(comment_as(s, community, post, "", "ann", &own));
	settle(s);
	q = quality_of(s, community, post);
	EXPECT_INT(q.rating_count, 2);
	EXPECT_INT(q.depth, 1);
	assert_true(near(q.value_mean, 3) && near(q.quality_mean, 3) &&
		    near(q.timeliness_mean, 2.5));
	assert_true(near(q.rating_mean, (4 + 5 / 3.0) / 2));
	assert_true(near(q.community_rating_mean, mean) || fabs(mean - 3) < 0.05);
	assert_true(near(q.score, 100 * (q.weights->rating_weight * q.rating / 5 +
					 q.weights->depth_weight * 1 / 4)));
	assert_true(near(q.rating, (4 + 5 / 3.0 + 10 * q.community_rating_mean) / 12));

	/* What is taken back leaves nothing. */
	EXPECT_INT(withdraw_rating(s, community, post, person(s, "bob")), 1);
	EXPECT_INT(withdraw_rating(s, community, post, person(s, "bob")), 0);
	EXPECT_INT(withdraw_rating(s, community, post, person(s, "cy")), 1);
	EXPECT_OK(vote(s, community, post, person(s, "bob"), true));
	EXPECT_INT(withdraw_vote(s, community, post, person(s, "bob")), 1);
	EXPECT_INT(withdraw_vote(s, community, post, person(s, "bob")), 0);
	settle(s);
	EXPECT_INT(quality_of(s, community, post).rating_count, 0);
	EXPECT_INT(quality_of(s, community, post).vote_count, 0);
	EXPECT_INT(differing(s, community), 0);
}

static void nobody_judges_his_own_post_nor_without_belonging(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *post;
	Content__Post removed = CONTENT__POST__INIT;
	int64_t until_s = clock_wall_us() / 1000000 + 3600;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	post = given_post(s, community, "ann");
	suite_settle(s);

	as_named(s, "ann");
	EXPECT_STATUS(vote(s, community, post, "", true), FAILED_PRECONDITION, "OWN_POST");
	EXPECT_STATUS(rate(s, community, post, "", 5, 5, 5), FAILED_PRECONDITION, "OWN_POST");
	EXPECT_STATUS(vote(s, community, post, person(s, "bob"), true), PERMISSION_DENIED,
		      "PERSON_NOT_CALLER");
	as_named(s, "bob");
	EXPECT_OK(vote(s, community, post, "", true));
	EXPECT_STATUS(rate(s, community, post, "", 6, 5, 5), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(rate(s, community, post, "", 5, 0, 5), INVALID_ARGUMENT, NULL);
	tell_membership(s, community, "bob", "ACTIVE", 100, until_s);
	as_named(s, "bob");
	EXPECT_STATUS(vote(s, community, post, "", false), FAILED_PRECONDITION, "MEMBER_MUTED");
	tell_membership(s, community, "bob", "ACTIVE", 101, 0);
	as_platform(s);
	EXPECT_STATUS(vote(s, community, post, person(s, "eve"), true), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_OK(remove_post(s, community, post, &removed));
	EXPECT_STATUS(vote(s, community, post, person(s, "bob"), false), FAILED_PRECONDITION,
		      "POST_STATE");
	settle(s);
	EXPECT_INT(best(s, community, 0, "").n_posts, 0);
	EXPECT_INT(quality_of(s, community, post).vote_count, 1);
}

/* Half of them are one person who cannot make up his mind; the fold goes on all the while. */
static void what_many_say_at_once_is_counted_exactly(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *post, **crowd = given_crowd(s, community, N_AT_ONCE);
	Content__VotePostRequest votes[N_AT_ONCE];
	Content__RatePostRequest ratings[N_AT_ONCE];
	Content__CreateCommentRequest comments[N_AT_ONCE];
	Content__Comment words[N_AT_ONCE];
	const struct method *methods[N_AT_ONCE];
	const void *requests[N_AT_ONCE];
	struct outcome outcomes[N_AT_ONCE];

	EXPECT_OK(join(s, community, "ann"));
	post = given_post(s, community, "ann");
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < N_AT_ONCE; i++) {
			const char *who = crowd[i % 2 ? i : 0];

			content__vote_post_request__init(&votes[i]);
			content__rate_post_request__init(&ratings[i]);
			content__create_comment_request__init(&comments[i]);
			content__comment__init(&words[i]);
			votes[i].community_id = ratings[i].community_id = community;
			comments[i].community_id = community;
			votes[i].post_id = ratings[i].post_id = comments[i].post_id = post;
			votes[i].person_id = ratings[i].person_id = who;
			votes[i].useful = (i + round) % 3 != 0;
			ratings[i].value = 1 + (i + round) % 5;
			ratings[i].quality = 1 + i % 5;
			ratings[i].timeliness = 1 + (i * 7 + round) % 5;
			words[i].author_person_id = who;
			words[i].body = "an answer";
			comments[i].comment = &words[i];
			methods[i] = i % 4 < 2    ? method_content_vote_post
				     : i % 8 != 7 ? method_content_rate_post
						  : method_content_create_comment;
			requests[i] = i % 4 < 2    ? (void *)&votes[i]
				      : i % 8 != 7 ? (void *)&ratings[i]
						   : (void *)&comments[i];
		}
		suite_call_mixed(s, N_AT_ONCE, methods, requests, NULL, NULL, outcomes);
		for (int i = 0; i < N_AT_ONCE; i++)
			EXPECT_OK(outcomes[i]);
	}
	settle(s);

	EXPECT_INT(differing(s, community), 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.community_quality c WHERE "
				"community_id = '%s' AND (rating_count, mark_sum) <> (SELECT "
				"count(*), sum(value + quality + timeliness) FROM "
				"content.post_rating r WHERE r.community_id = c.community_id)",
				community),
		   0);
	EXPECT_INT(quality_of(s, community, post).answerer_count, 8);
}

static void others_follow_when_the_mean_moves(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *unrated, *rated, **crowd = given_crowd(s, community, 20);
	double before;

	EXPECT_OK(join(s, community, "ann"));
	unrated = given_post(s, community, "ann");
	rated = given_post(s, community, "ann");
	EXPECT_OK(vote(s, community, unrated, crowd[0], true));
	settle(s);
	before = best(s, community, 0, "").posts[0]->score;
	for (int i = 0; i < 20; i++)
		EXPECT_OK(rate(s, community, rated, crowd[i], 5, 5, 5));
	settle(s);

	EXPECT_INT(differing(s, community), 0);
	assert_true(quality_of(s, community, unrated).score > before + 5);
	assert_true(fabs(quality_of(s, community, unrated).community_rating_mean - 130 / 30.0) <
		    0.05);

	/* Scores that were made with other weights are made anew. */
	postgres_int(suite_database(s),
		     "UPDATE content.post_quality SET score = 0 WHERE community_id = '%s'",
		     community);
	EXPECT_INT(differing(s, community), 2);
	postgres_int(suite_database(s),
		     "UPDATE content.community_quality SET weights = 'of yesterday' WHERE "
		     "community_id = '%s'",
		     community);
	for (int64_t until = clock_mono_us() + PATIENCE_US; differing(s, community) > 0;)
		assert_true(clock_mono_us() < until);
}

static const char *report(struct suite *s, const char *community, const char *post,
			  const char *reporter)
{
	Member__ReportViolationRequest request = MEMBER__REPORT_VIOLATION_REQUEST__INIT;
	Member__ViolationReport reply = MEMBER__VIOLATION_REPORT__INIT;

	request.community_id = community;
	request.subject_person_id = person(s, "ann");
	request.subject_id = post;
	request.category = MEMBER__RULE_KIND__RULE_KIND_ADVERTISING;
	as_named(s, reporter);
	EXPECT_OK(suite_call(s, method_member_report_violation, &request, &reply));
	as_platform(s);

	return reply.case_id;
}

static void review(struct suite *s, const char *community, const char *case_id)
{
	Member__StartReviewRequest request = MEMBER__START_REVIEW_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;

	request.community_id = community;
	request.case_id = case_id;
	EXPECT_OK(suite_call(s, method_member_start_review, &request, &one));
}

static void expect_judged(struct suite *s, const char *community, const char *post, int64_t upheld,
			  int64_t judged)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (quality_of(s, community, post).judged_report_count != judged ||
	       quality_of(s, community, post).upheld_report_count != upheld)
		assert_true(clock_mono_us() < until);
	settle(s);
	EXPECT_INT(differing(s, community), 0);
}

static void reports_count_when_they_are_upheld(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *post, *case_id;
	Member__DismissViolationRequest dismiss = MEMBER__DISMISS_VIOLATION_REQUEST__INIT;
	Member__UpholdViolationRequest uphold = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;
	Member__AppealSanctionRequest appeal = MEMBER__APPEAL_SANCTION_REQUEST__INIT;
	Member__JudgeAppealRequest decide = MEMBER__JUDGE_APPEAL_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;
	Member__Sanction sanction = MEMBER__SANCTION__INIT;
	double clean;

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cy"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	post = given_post(s, community, "ann");
	clean = quality_of(s, community, post).score;

	/* One that was false takes nothing away. */
	case_id = report(s, community, post, "bob");
	review(s, community, case_id);
	dismiss.community_id = community;
	dismiss.case_id = case_id;
	EXPECT_OK(suite_call(s, method_member_dismiss_violation, &dismiss, &one));
	expect_judged(s, community, post, 0, 1);
	assert_true(near(quality_of(s, community, post).score, clean));

	case_id = report(s, community, post, "cy");
	EXPECT_TEXT(report(s, community, post, "founder"), case_id);
	review(s, community, case_id);
	uphold.community_id = community;
	uphold.case_id = case_id;
	EXPECT_OK(suite_call(s, method_member_uphold_violation, &uphold, &sanction));
	expect_judged(s, community, post, 2, 3);
	assert_true(near(quality_of(s, community, post).score, clean * (1 - 2 / 4.0)));

	/* Overturned, it is as if it had been false. */
	appeal.community_id = community;
	appeal.sanction_id = sanction.sanction_id;
	appeal.person_id = person(s, "ann");
	appeal.appeal = "It was no advert.";
	as_named(s, "ann");
	EXPECT_OK(suite_call(s, method_member_appeal_sanction, &appeal, &sanction));
	decide.community_id = community;
	decide.sanction_id = sanction.sanction_id;
	decide.accept = true;
	decide.answer = "Right.";
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_member_judge_appeal, &decide, &sanction));
	as_platform(s);
	expect_judged(s, community, post, 0, 3);
	assert_true(near(quality_of(s, community, post).score, clean));
}

static void scores_are_summed_up_where_there_are_enough(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char **crowd = given_crowd(s, community, 11);
	Content__GetContentQualityRequest request = CONTENT__GET_CONTENT_QUALITY_REQUEST__INIT;
	Content__ContentQuality sum = CONTENT__CONTENT_QUALITY__INIT;
	Content__CreatePostRequest write = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	double scores[11] = {0}, total = 0;

	EXPECT_OK(join(s, community, "ann"));
	write.community_id = community;
	write.post = &wanted;
	wanted.author_person_id = person(s, "ann");
	wanted.body = "a post";
	for (int i = 0; i < 11; i++) {
		wanted.kind = i < 10 ? CONTENT__POST_KIND__POST_KIND_TEXT
				     : CONTENT__POST_KIND__POST_KIND_ARTICLE;
		wanted.topic = i < 10 ? "tea" : "";
		EXPECT_OK(suite_call(s, method_content_create_post, &write, &post));
		for (int k = 0; k <= i; k++)
			EXPECT_OK(vote(s, community, post.post_id, crowd[k], true));
		scores[i] = quality_of(s, community, post.post_id).score;
		total += scores[i];
	}
	settle(s);

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_get_content_quality, &request, &sum));
	EXPECT_INT(sum.total->n, 11);
	assert_true(near(sum.total->mean, total / 11) && near(sum.total->median, scores[5]));
	EXPECT_INT(sum.n_kinds, 2);
	EXPECT_INT(sum.n_topics, 2);
	EXPECT_TEXT(sum.topics[0]->topic, "tea");
	EXPECT_INT(sum.topics[0]->n, 10);
	assert_true(near(sum.topics[0]->median, (scores[4] + scores[5]) / 2));
	EXPECT_INT(sum.topics[1]->n, 1);
	assert_true(sum.topics[1]->insufficient_data && sum.topics[1]->mean == 0);
	assert_true(sum.weights->useful_weight == 0.5);
	EXPECT_TEXT(best(s, community, 1, "").posts[0]->post_id, post.post_id);
}

static void an_accepted_answer_adds_to_depth(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest write = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__AcceptAnswerRequest accept = CONTENT__ACCEPT_ANSWER_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	Content__Comment answer = CONTENT__COMMENT__INIT, removed = CONTENT__COMMENT__INIT;
	Content__Question question = CONTENT__QUESTION__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	wanted.author_person_id = person(s, "ann");
	wanted.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	wanted.body = "which tea?";
	write.community_id = community;
	write.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &write, &post));
	EXPECT_OK(comment_as(s, community, post.post_id, "", "bob", &answer));
	EXPECT_INT(quality_of(s, community, post.post_id).depth, 1);

	accept.community_id = community;
	accept.post_id = post.post_id;
	accept.comment_id = answer.comment_id;
	EXPECT_OK(suite_call(s, method_content_accept_answer, &accept, &question));
	EXPECT_INT(quality_of(s, community, post.post_id).depth, 4);
	assert_true(quality_of(s, community, post.post_id).answer_accepted);
	settle(s);
	EXPECT_INT(differing(s, community), 0);

	EXPECT_OK(remove_comment(s, &answer, &removed));
	EXPECT_INT(quality_of(s, community, post.post_id).depth, 0);
	settle(s);
	EXPECT_INT(differing(s, community), 0);
}

static void what_an_erased_person_thought_goes_with_its_sums(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *post, *other;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "max"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	post = given_post(s, community, "ann");
	other = given_post(s, community, "ann");
	EXPECT_OK(vote(s, community, post, person(s, "max"), true));
	EXPECT_OK(rate(s, community, post, person(s, "max"), 1, 2, 3));
	EXPECT_OK(vote(s, community, other, person(s, "max"), false));
	EXPECT_OK(vote(s, community, post, person(s, "bob"), true));
	EXPECT_OK(rate(s, community, post, person(s, "bob"), 3, 3, 3));

	tell_erased(s, method_content_deliver_events, "max");
	settle(s);
	EXPECT_INT(quality_of(s, community, post).vote_count, 1);
	EXPECT_INT(quality_of(s, community, post).rating_count, 1);
	assert_true(quality_of(s, community, post).value_mean == 3);
	EXPECT_INT(quality_of(s, community, other).vote_count, 0);
	EXPECT_INT(differing(s, community), 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT (SELECT count(*) FROM content.post_vote WHERE person_id = "
				"'%s') + (SELECT count(*) FROM content.post_rating WHERE person_id "
				"= '%s')",
				person(s, "max"), person(s, "max")),
		   0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_one_does_not_outrank_98_of_100),
		cmocka_unit_test(a_score_can_be_computed_by_hand),
		cmocka_unit_test(nobody_judges_his_own_post_nor_without_belonging),
		cmocka_unit_test(what_many_say_at_once_is_counted_exactly),
		cmocka_unit_test(others_follow_when_the_mean_moves),
		cmocka_unit_test(reports_count_when_they_are_upheld),
		cmocka_unit_test(scores_are_summed_up_where_there_are_enough),
		cmocka_unit_test(an_accepted_answer_adds_to_depth),
		cmocka_unit_test(what_an_erased_person_thought_goes_with_its_sums),
	};

	return cmocka_run_group_tests_name("content_quality", tests, content_setup, suite_teardown);
}
