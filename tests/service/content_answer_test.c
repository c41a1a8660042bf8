/* Comments and reactions: who may give them, whom they reach, and that their counters are exact. */
#include "content_words.h"
#include "kith_methods.h"

#define CROWD 64

static const char *given_town(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	return community;
}

static const char *answered_by_event(struct suite *s, const char *comment)
{
	return postgres_text(suite_database(s),
			     "SELECT other_person_id FROM ("
			     "SELECT subject_id, other_person_id FROM content.outbox UNION ALL "
			     "SELECT subject_id, other_person_id FROM content.outbox_late) AS e "
			     "WHERE subject_id = '%s' LIMIT 1",
			     comment);
}

static void a_comment_tells_whom_it_answers(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__Comment first = CONTENT__COMMENT__INIT, second = CONTENT__COMMENT__INIT;

	EXPECT_OK(comment_as(s, community, post, "", "bob", &first));
	EXPECT_OK(comment_as(s, community, post, first.comment_id, "ann", &second));
	EXPECT_TEXT(second.parent_id, first.comment_id);
	EXPECT_TEXT(second.post_id, post);
	EXPECT_INT(told(s, "COMMENT_CREATED", first.comment_id), 1);
	EXPECT_TEXT(answered_by_event(s, first.comment_id), person(s, "ann"));
	EXPECT_TEXT(answered_by_event(s, second.comment_id), person(s, "bob"));
	EXPECT_INT(post_of(s, community, post).comment_count, 2);
	EXPECT_INT(summary_of(s, community).comment_count, 2);
}

static void a_comment_needs_its_post_and_what_it_answers(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *other = given_town(s);
	const char *post = given_post(s, community, "ann"),
		   *elsewhere = given_post(s, other, "ann");
	const char *next = given_post(s, community, "ann");
	Content__Comment comment = CONTENT__COMMENT__INIT, made = CONTENT__COMMENT__INIT;
	struct outcome outcome;

	EXPECT_STATUS(comment_as(s, community, elsewhere, "", "bob", &comment), NOT_FOUND,
		      "POST_NOT_FOUND");
	EXPECT_OK(comment_as(s, community, next, "", "bob", &made));
	EXPECT_STATUS(comment_as(s, community, post, made.comment_id, "bob", &comment), NOT_FOUND,
		      "COMMENT_NOT_FOUND");
	outcome = comment_as(s, community, post, "no-uuid", "bob", &comment);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "comment.parent_id"));
	EXPECT_STATUS(comment_as(s, community, post, "", "eve", &comment), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_INT(post_of(s, community, post).comment_count, 0);
}

static void a_removed_comment_keeps_its_place_without_its_words(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__Comment first = CONTENT__COMMENT__INIT, second = CONTENT__COMMENT__INIT,
			 gone = CONTENT__COMMENT__INIT;
	Content__ListCommentsRequest list = CONTENT__LIST_COMMENTS_REQUEST__INIT;
	Content__ListCommentsResponse page = CONTENT__LIST_COMMENTS_RESPONSE__INIT;

	EXPECT_OK(comment_as(s, community, post, "", "bob", &first));
	EXPECT_OK(comment_as(s, community, post, first.comment_id, "ann", &second));
	as_named(s, "ann");
	EXPECT_STATUS(remove_comment(s, &first, &gone), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "bob");
	EXPECT_OK(remove_comment(s, &first, &gone));
	EXPECT_OK(remove_comment(s, &first, &gone));
	EXPECT_INT(gone.state, CONTENT__COMMENT_STATE__COMMENT_STATE_REMOVED);
	EXPECT_TEXT(gone.body, "");

	list.community_id = community;
	list.post_id = post;
	EXPECT_OK(suite_call(s, method_content_list_comments, &list, &page));
	EXPECT_INT(page.n_comments, 2);
	EXPECT_TEXT(page.comments[0]->body, "");
	EXPECT_TEXT(page.comments[1]->body, "an answer");
	as_platform(s);

	EXPECT_STATUS(comment_as(s, community, post, first.comment_id, "ann", &gone), NOT_FOUND,
		      "COMMENT_NOT_FOUND");
	EXPECT_INT(told(s, "COMMENT_REMOVED", first.comment_id), 1);
	EXPECT_INT(post_of(s, community, post).comment_count, 1);
	EXPECT_INT(summary_of(s, community).comment_count, 1);
}

static void comments_are_read_by_who_reads_the_post(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__ListCommentsRequest list = CONTENT__LIST_COMMENTS_REQUEST__INIT;
	Content__ListCommentsResponse page = CONTENT__LIST_COMMENTS_RESPONSE__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	int seen = 0;

	for (int i = 0; i < 5; i++)
		EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	list.community_id = community;
	list.post_id = post;
	as_named(s, "eve");
	EXPECT_STATUS(suite_call(s, method_content_list_comments, &list, &page), NOT_FOUND,
		      "POST_NOT_FOUND");
	as_named(s, "bob");
	list.page_size = 2;
	do {
		content__list_comments_response__init(&page);
		EXPECT_OK(suite_call(s, method_content_list_comments, &list, &page));
		seen += (int)page.n_comments;
		list.page_token = page.next_page_token;
	} while (list.page_token[0]);
	EXPECT_INT(seen, 5);
	as_platform(s);
}

static void a_reaction_counts_once_a_person_and_sign(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__RemoveReactionRequest remove = CONTENT__REMOVE_REACTION_REQUEST__INIT;
	Content__RemoveReactionResponse removed = CONTENT__REMOVE_REACTION_RESPONSE__INIT;
	Content__ListReactionsRequest list = CONTENT__LIST_REACTIONS_REQUEST__INIT;
	Content__ListReactionsResponse page = CONTENT__LIST_REACTIONS_RESPONSE__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	as_named(s, "bob");
	EXPECT_OK(react_as(s, community, post, NULL, "👍", &reaction));
	EXPECT_OK(react_as(s, community, post, NULL, "👍", &reaction));
	EXPECT_OK(react_as(s, community, post, NULL, "heart", &reaction));
	EXPECT_TEXT(reaction.person_id, person(s, "bob"));
	as_named(s, "ann");
	EXPECT_OK(react_as(s, community, post, NULL, "👍", &reaction));
	EXPECT_OK(react_as(s, community, comment.comment_id, NULL, "👍", &reaction));
	EXPECT_INT(told(s, "REACTION_ADDED", post), 3);
	EXPECT_INT(post_of(s, community, post).reaction_count, 3);
	EXPECT_INT(summary_of(s, community).reaction_count, 4);

	list.community_id = community;
	list.target_id = post;
	EXPECT_OK(suite_call(s, method_content_list_reactions, &list, &page));
	EXPECT_INT(page.n_reactions, 3);
	list.emoji = "heart";
	EXPECT_OK(suite_call(s, method_content_list_reactions, &list, &page));
	EXPECT_INT(page.n_reactions, 1);

	remove.community_id = community;
	remove.target_id = post;
	remove.emoji = "👍";
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &remove, &removed));
	EXPECT_INT(removed.removed_count, 1);
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &remove, &removed));
	EXPECT_INT(removed.removed_count, 0);
	as_platform(s);
	EXPECT_INT(told(s, "REACTION_REMOVED", post), 1);
	EXPECT_INT(post_of(s, community, post).reaction_count, 2);
	EXPECT_INT(summary_of(s, community).reaction_count, 3);
}

static void a_reaction_needs_its_target(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *other = given_town(s);
	const char *post = given_post(s, community, "ann"),
		   *elsewhere = given_post(s, other, "ann");
	Content__Reaction reaction = CONTENT__REACTION__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Post gone = CONTENT__POST__INIT;

	EXPECT_STATUS(react_as(s, community, elsewhere, "bob", "👍", &reaction), NOT_FOUND,
		      "TARGET_NOT_FOUND");
	EXPECT_STATUS(react_as(s, community, post, "eve", "👍", &reaction), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	EXPECT_OK(remove_comment(s, &comment, &comment));
	EXPECT_STATUS(react_as(s, community, comment.comment_id, "bob", "👍", &reaction),
		      FAILED_PRECONDITION, "TARGET_REMOVED");
	EXPECT_OK(remove_post(s, community, post, &gone));
	EXPECT_STATUS(react_as(s, community, post, "bob", "👍", &reaction), FAILED_PRECONDITION,
		      "POST_STATE");
}

static void counters_are_exact_while_a_crowd_answers(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__CreateCommentRequest requests[CROWD];
	Content__Comment wanted = CONTENT__COMMENT__INIT;
	const void *list[CROWD];
	struct outcome outcomes[CROWD];

	wanted.author_person_id = person(s, "bob");
	wanted.body = "me too";
	for (int i = 0; i < CROWD; i++) {
		content__create_comment_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].post_id = post;
		requests[i].comment = &wanted;
		list[i] = &requests[i];
	}
	suite_call_at_once(s, method_content_create_comment, CROWD, list, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);

	EXPECT_INT(post_of(s, community, post).comment_count, CROWD);
	EXPECT_INT(summary_of(s, community).comment_count, CROWD);
}

/* Half of the crowd gives the same sign, half the other; each counts once. */
static void a_crowd_giving_one_sign_gives_it_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__AddReactionRequest requests[CROWD];
	const void *list[CROWD];
	struct outcome outcomes[CROWD];

	for (int i = 0; i < CROWD; i++) {
		content__add_reaction_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].target_id = post;
		requests[i].person_id = person(s, "bob");
		requests[i].emoji = i % 2 ? "👍" : "👎";
		list[i] = &requests[i];
	}
	suite_call_at_once(s, method_content_add_reaction, CROWD, list, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);

	EXPECT_INT(post_of(s, community, post).reaction_count, 2);
	EXPECT_INT(summary_of(s, community).reaction_count, 2);
	EXPECT_INT(told(s, "REACTION_ADDED", post), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comment_tells_whom_it_answers),
		cmocka_unit_test(a_comment_needs_its_post_and_what_it_answers),
		cmocka_unit_test(a_removed_comment_keeps_its_place_without_its_words),
		cmocka_unit_test(comments_are_read_by_who_reads_the_post),
		cmocka_unit_test(a_reaction_counts_once_a_person_and_sign),
		cmocka_unit_test(a_reaction_needs_its_target),
		cmocka_unit_test(counters_are_exact_while_a_crowd_answers),
		cmocka_unit_test(a_crowd_giving_one_sign_gives_it_once),
	};

	return cmocka_run_group_tests_name("content_answer", tests, content_setup, suite_teardown);
}
