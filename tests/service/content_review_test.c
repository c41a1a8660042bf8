/* The review queue: who decides what, once, and what it does. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/question.pb-c.h"
#include "kith/content/v1/review.pb-c.h"
#include "kith/content/v1/text_check.pb-c.h"
#include "kith_methods.h"

#define CROWD 64

#define APPROVE CONTENT__REVIEW_DECISION__REVIEW_DECISION_APPROVE
#define REJECT  CONTENT__REVIEW_DECISION__REVIEW_DECISION_REJECT

#define STATE(name) CONTENT__REVIEW_STATE__REVIEW_STATE_##name

/* With new and bob, whose links are held since they have just come, and two moderators. */
static const char *given_newcomers(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "new"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(join(s, community, "max"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(give_role(s, community, "max", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

static Content__Post held_post(struct suite *s, const char *community)
{
	Content__Post post = CONTENT__POST__INIT;

	as_named(s, "new");
	EXPECT_OK(post_as(s, community, NULL, "see https://kith.example/a", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);

	return post;
}

static Content__Comment held_comment(struct suite *s, const char *community, const char *post)
{
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT, made = CONTENT__COMMENT__INIT;

	comment.body = "see https://kith.example/a";
	request.community_id = community;
	request.post_id = post;
	request.comment = &comment;
	as_named(s, "new");
	EXPECT_OK(suite_call(s, method_content_create_comment, &request, &made));
	EXPECT_INT(made.state, CONTENT__COMMENT_STATE__COMMENT_STATE_HELD);

	return made;
}

static Content__ListReviewItemsResponse items(struct suite *s, const char *community,
					      Content__ReviewState state)
{
	Content__ListReviewItemsRequest request = CONTENT__LIST_REVIEW_ITEMS_REQUEST__INIT;
	Content__ListReviewItemsResponse page = CONTENT__LIST_REVIEW_ITEMS_RESPONSE__INIT;

	request.community_id = community;
	request.state = state;
	EXPECT_OK(suite_call_as_platform(s, method_content_list_review_items, &request, &page));

	return page;
}

static Content__ReviewItem only_item(struct suite *s, const char *community)
{
	Content__ListReviewItemsResponse page = items(s, community, STATE(OPEN));

	EXPECT_INT(page.n_items, 1);

	return *page.items[0];
}

static struct outcome claim(struct suite *s, const Content__ReviewItem *item,
			    Content__ReviewItem *ret)
{
	Content__ClaimReviewItemRequest request = CONTENT__CLAIM_REVIEW_ITEM_REQUEST__INIT;

	request.community_id = item->community_id;
	request.item_id = item->item_id;
	request.etag = item->etag;

	return suite_call(s, method_content_claim_review_item, &request, ret);
}

static Content__DecideReviewItemRequest decision(const Content__ReviewItem *item,
						 Content__ReviewDecision what)
{
	Content__DecideReviewItemRequest request = CONTENT__DECIDE_REVIEW_ITEM_REQUEST__INIT;

	request.community_id = item->community_id;
	request.item_id = item->item_id;
	request.etag = item->etag;
	request.decision = what;
	request.note = "so be it";

	return request;
}

static struct outcome decide(struct suite *s, const Content__ReviewItem *item,
			     Content__ReviewDecision what, Content__ReviewItem *ret)
{
	Content__DecideReviewItemRequest request = decision(item, what);

	return suite_call(s, method_content_decide_review_item, &request, ret);
}

static void an_item_says_what_and_why(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s);
	Content__Post post = held_post(s, community);
	Content__ReviewItem item = only_item(s, community);

	EXPECT_INT(item.subject, CONTENT__REVIEW_SUBJECT__REVIEW_SUBJECT_POST);
	EXPECT_TEXT(item.subject_id, post.post_id);
	EXPECT_TEXT(item.author_person_id, person(s, "new"));
	EXPECT_TEXT(item.excerpt, "see https://kith.example/a");
	EXPECT_INT(item.reason->cause, CONTENT__TEXT_CAUSE__TEXT_CAUSE_LINK);
	EXPECT_TEXT(item.reason->word, "https://kith.example/a");
	EXPECT_INT(item.reason->start, 4);
	EXPECT_INT(item.reason->end, 26);
}

static void what_is_approved_is_public_and_counted(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s), *under = given_post(s, community, "bob");
	Content__Post post = held_post(s, community);
	Content__ReviewItem item = only_item(s, community), done = CONTENT__REVIEW_ITEM__INIT;
	Content__Comment comment;

	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, APPROVE, &done));
	EXPECT_INT(done.state, STATE(APPROVED));
	EXPECT_INT(post_of(s, community, post.post_id).state,
		   CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_INT(summary_of(s, community).post_count, 2);
	EXPECT_INT(told(s, "POST_PUBLISHED", post.post_id), 1);

	comment = held_comment(s, community, under);
	item = only_item(s, community);
	EXPECT_INT(item.subject, CONTENT__REVIEW_SUBJECT__REVIEW_SUBJECT_COMMENT);
	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, APPROVE, &done));
	EXPECT_INT(post_of(s, community, under).comment_count, 1);
	EXPECT_INT(summary_of(s, community).comment_count, 1);
	EXPECT_INT(told(s, "COMMENT_CREATED", comment.comment_id), 1);
	as_platform(s);
}

static Content__Question question_of(struct suite *s, const char *community, const char *post)
{
	Content__GetQuestionRequest request = CONTENT__GET_QUESTION_REQUEST__INIT;
	Content__Question question = CONTENT__QUESTION__INIT;

	request.community_id = community;
	request.post_id = post;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_question, &request, &question));

	return question;
}

static const char *given_question(struct suite *s, const char *community)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, "bob");
	post.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	post.title = "How does one begin?";
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

/* It is one from when it was written. */
static void a_held_answer_is_one_once_it_is_approved(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s), *asked = given_question(s, community);
	Content__Comment answer = held_comment(s, community, asked);
	Content__ReviewItem item = only_item(s, community), done = CONTENT__REVIEW_ITEM__INIT;
	Content__Question question = question_of(s, community, asked);

	EXPECT_INT(question.state, CONTENT__QUESTION_STATE__QUESTION_STATE_OPEN);
	EXPECT_INT(question.answer_count, 0);
	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, APPROVE, &done));
	question = question_of(s, community, asked);
	EXPECT_INT(question.state, CONTENT__QUESTION_STATE__QUESTION_STATE_ANSWERED);
	EXPECT_INT(question.answer_count, 1);
	EXPECT_INT(question.response_time->seconds, answer.create_time->seconds);

	held_comment(s, community, asked);
	item = only_item(s, community);
	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, REJECT, &done));
	EXPECT_INT(question_of(s, community, asked).answer_count, 1);
}

static void what_is_rejected_is_gone(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s), *under = given_post(s, community, "bob");
	Content__Post post = held_post(s, community);
	Content__ReviewItem item = only_item(s, community), done = CONTENT__REVIEW_ITEM__INIT;
	Content__Comment comment;

	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, REJECT, &done));
	EXPECT_INT(done.state, STATE(REJECTED));
	EXPECT_TEXT(done.note, "so be it");
	EXPECT_INT(post_of(s, community, post.post_id).state,
		   CONTENT__POST_STATE__POST_STATE_REMOVED);
	EXPECT_INT(summary_of(s, community).post_count, 1);

	comment = held_comment(s, community, under);
	item = only_item(s, community);
	as_named(s, "mod");
	EXPECT_OK(decide(s, &item, REJECT, &done));
	EXPECT_INT(post_of(s, community, under).comment_count, 0);
	EXPECT_INT(told(s, "COMMENT_REMOVED", comment.comment_id), 0);
	EXPECT_STATUS(decide(s, &item, APPROVE, &done), FAILED_PRECONDITION, "REVIEW_STATE");
	EXPECT_STATUS(claim(s, &item, &done), FAILED_PRECONDITION, "REVIEW_STATE");
	item.item_id = comment.comment_id;
	EXPECT_STATUS(claim(s, &item, &done), NOT_FOUND, "REVIEW_ITEM_NOT_FOUND");
	EXPECT_STATUS(decide(s, &item, APPROVE, &done), NOT_FOUND, "REVIEW_ITEM_NOT_FOUND");
	as_platform(s);
}

static void who_has_taken_an_item_decides_it(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s);
	Content__Post post = held_post(s, community);
	Content__ReviewItem item = only_item(s, community), taken = CONTENT__REVIEW_ITEM__INIT,
			    done = CONTENT__REVIEW_ITEM__INIT;

	as_named(s, "mod");
	EXPECT_OK(claim(s, &item, &taken));
	EXPECT_INT(taken.state, STATE(CLAIMED));
	EXPECT_STATUS(decide(s, &item, APPROVE, &done), ABORTED, "ETAG_MISMATCH");
	as_named(s, "max");
	EXPECT_STATUS(claim(s, &taken, &done), FAILED_PRECONDITION, "REVIEW_TAKEN");
	EXPECT_STATUS(decide(s, &taken, APPROVE, &done), FAILED_PRECONDITION, "REVIEW_TAKEN");
	postgres_text(
		suite_database(s),
		"UPDATE content.review_item SET claim_time = claim_time - interval '31 minutes' "
		"WHERE item_id = '%s'",
		item.item_id);
	EXPECT_OK(claim(s, &taken, &taken));
	EXPECT_OK(decide(s, &taken, APPROVE, &done));
	EXPECT_TEXT(done.reviewer_person_id, person(s, "max"));
	EXPECT_INT(post_of(s, community, post.post_id).state,
		   CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	as_platform(s);
}

static void of_many_who_decide_one_does(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s);
	Content__Post post = held_post(s, community);
	Content__ReviewItem item = only_item(s, community), done[CROWD];
	Content__DecideReviewItemRequest requests[CROWD];
	const void *sent[CROWD];
	void *replies[CROWD];
	struct outcome outcomes[CROWD];
	int decided = 0;

	for (int i = 0; i < CROWD; i++) {
		requests[i] = decision(&item, i % 2 ? APPROVE : REJECT);
		content__review_item__init(&done[i]);
		sent[i] = &requests[i];
		replies[i] = &done[i];
	}
	as_named(s, "mod");
	suite_call_at_once(s, method_content_decide_review_item, CROWD, sent, NULL, replies,
			   outcomes);
	for (int i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			decided++;
		else
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "REVIEW_STATE");
	}
	EXPECT_INT(decided, 1);
	EXPECT_INT(told(s, "POST_PUBLISHED", post.post_id), summary_of(s, community).post_count);
	as_platform(s);
}

static void what_is_done_otherwise_settles_an_item(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s);
	Content__ApprovePostRequest approve = CONTENT__APPROVE_POST_REQUEST__INIT;
	Content__ReturnPostRequest give_back = CONTENT__RETURN_POST_REQUEST__INIT;
	Content__UnschedulePostRequest take_back = CONTENT__UNSCHEDULE_POST_REQUEST__INIT;
	Content__Post post = held_post(s, community), done = CONTENT__POST__INIT;

	as_named(s, "new");
	EXPECT_OK(remove_post(s, community, post.post_id, &done));
	EXPECT_INT(items(s, community, STATE(WITHDRAWN)).n_items, 1);

	post = held_post(s, community);
	approve.community_id = community;
	approve.post_id = post.post_id;
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_approve_post, &approve, &done));
	EXPECT_INT(items(s, community, STATE(APPROVED)).n_items, 1);

	post = held_post(s, community);
	give_back.community_id = community;
	give_back.post_id = post.post_id;
	give_back.note = "no links";
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_return_post, &give_back, &done));
	EXPECT_INT(items(s, community, STATE(REJECTED)).n_items, 1);

	post = held_post(s, community);
	take_back.community_id = community;
	take_back.post_id = post.post_id;
	EXPECT_OK(suite_call(s, method_content_unschedule_post, &take_back, &done));
	EXPECT_INT(items(s, community, STATE(WITHDRAWN)).n_items, 2);
	EXPECT_INT(items(s, community, STATE(OPEN)).n_items, 0);
	as_platform(s);
}

static void nobody_judges_in_his_own_cause(void **state)
{
	struct suite *s = *state;
	const char *community = given_newcomers(s);
	Content__ReviewItem item, done = CONTENT__REVIEW_ITEM__INIT;

	held_post(s, community);
	EXPECT_OK(give_role(s, community, "new", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	item = only_item(s, community);
	as_named(s, "new");
	EXPECT_STATUS(claim(s, &item, &done), PERMISSION_DENIED, "OWN_CASE");
	EXPECT_STATUS(decide(s, &item, APPROVE, &done), PERMISSION_DENIED, "OWN_CASE");
	as_platform(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_says_what_and_why),
		cmocka_unit_test(what_is_approved_is_public_and_counted),
		cmocka_unit_test(a_held_answer_is_one_once_it_is_approved),
		cmocka_unit_test(what_is_rejected_is_gone),
		cmocka_unit_test(who_has_taken_an_item_decides_it),
		cmocka_unit_test(of_many_who_decide_one_does),
		cmocka_unit_test(what_is_done_otherwise_settles_an_item),
		cmocka_unit_test(nobody_judges_in_his_own_cause),
	};

	return cmocka_run_group_tests_name("content_review", tests, content_setup, suite_teardown);
}
