/* Posts: who may write, read, change and remove them, and what is counted and told of them. */
#include <stdio.h>

#include "base/clock.h"
#include "content_words.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith_methods.h"

#define CROWD 64

static void who_has_just_joined_can_post_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	as_named(s, "ann");
	EXPECT_OK(post_as(s, community, NULL, "hello", &post));

	EXPECT_TEXT(post.author_person_id, person(s, "ann"));
	EXPECT_TEXT(post.body, "hello");
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_INT(post.kind, CONTENT__POST_KIND__POST_KIND_TEXT);
	EXPECT_INT(post.visibility, CONTENT__VISIBILITY__VISIBILITY_MEMBER);
	EXPECT_TEXT(post.etag, "1");
	EXPECT_INT(told(s, "POST_PUBLISHED", post.post_id), 1);
	as_platform(s);
}

static void a_stranger_cannot_post(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;

	as_named(s, "eve");
	EXPECT_STATUS(post_as(s, community, NULL, "hello", &post), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_STATUS(post_as(s, community, "eve", "hello", &post), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_INT(summary_of(s, community).post_count, 0);
}

static void who_has_left_cannot_post_and_who_comes_back_can(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(post_as(s, community, "ann", "hello", &post));
	EXPECT_OK(leave(s, community, "ann"));
	tell_membership(s, community, "ann", "LEFT", 2, 0);
	EXPECT_STATUS(post_as(s, community, "ann", "again", &post), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(post_as(s, community, "ann", "again", &post));
}

static void a_muted_member_cannot_speak_and_learns_until_when(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	int64_t now_s = clock_wall_us() / 1000000;
	const char *post_id;
	Content__Post post = CONTENT__POST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;

	EXPECT_OK(join(s, community, "ann"));
	post_id = given_post(s, community, "ann");
	tell_membership(s, community, "ann", "ACTIVE", 100, now_s + 3600);
	EXPECT_STATUS(post_as(s, community, "ann", "hello", &post), FAILED_PRECONDITION,
		      "MEMBER_MUTED");
	EXPECT_STATUS(comment_as(s, community, post_id, "", "ann", &comment), FAILED_PRECONDITION,
		      "MEMBER_MUTED");
	EXPECT_STATUS(react_as(s, community, post_id, "ann", "+1", &reaction), FAILED_PRECONDITION,
		      "MEMBER_MUTED");
	tell_membership(s, community, "ann", "ACTIVE", 101, now_s - 3600);
	EXPECT_OK(post_as(s, community, "ann", "hello", &post));
}

/* He reads as who he is now, and is told whose name to write in. */
static void a_merged_person_is_not_present_and_learns_who_he_is(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge merge = MEMBER__PERSON_MERGE__INIT;
	Content__ListTopicsRequest topics = CONTENT__LIST_TOPICS_REQUEST__INIT;
	Content__ListTopicsResponse list = CONTENT__LIST_TOPICS_RESPONSE__INIT;
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "twin"));
	given_post(s, community, "twin");
	request.person_id = person(s, "one");
	request.merged_person_id = person(s, "twin");
	EXPECT_OK(suite_call_as_platform(s, method_member_merge_persons, &request, &merge));
	suite_settle(s);

	EXPECT_STATUS(post_as(s, community, "twin", "hello", &post), FAILED_PRECONDITION,
		      "PERSON_MERGED");
	EXPECT_OK(post_as(s, community, "one", "hello", &post));
	as_named(s, "twin");
	topics.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_topics, &topics, &list));
	as_platform(s);
}

static void an_older_event_does_not_undo_a_newer_one(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;

	tell_membership(s, community, "bob", "ACTIVE", 9, 0);
	tell_membership(s, community, "bob", "BANNED", 8, 0);
	EXPECT_OK(post_as(s, community, "bob", "still here", &post));
}

static void a_person_speaks_for_himself_only(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;
	struct outcome outcome;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	as_named(s, "ann");
	EXPECT_STATUS(post_as(s, community, "bob", "I am bob", &post), PERMISSION_DENIED,
		      "PERSON_NOT_CALLER");
	as_platform(s);
	outcome = post_as(s, community, NULL, "nobody", &post);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "post.author_person_id"));
}

static void an_empty_post_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post post = CONTENT__POST__INIT;
	struct outcome outcome;

	EXPECT_OK(join(s, community, "ann"));
	outcome = post_as(s, community, "ann", "", &post);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "post.body"));
}

static void a_draft_is_its_authors_until_he_publishes_it(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest create = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, draft = CONTENT__POST__INIT,
		      post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	wanted.title = "Not yet";
	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	create.community_id = community;
	create.post = &wanted;
	as_named(s, "ann");
	EXPECT_OK(suite_call(s, method_content_create_post, &create, &draft));
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 0);

	as_named(s, "bob");
	EXPECT_STATUS(get_post(s, community, draft.post_id, &post), NOT_FOUND, "POST_NOT_FOUND");
	publish.community_id = community;
	publish.post_id = draft.post_id;
	EXPECT_STATUS(suite_call(s, method_content_publish_post, &publish, &post),
		      PERMISSION_DENIED, "NOT_THE_OWNER");

	as_named(s, "ann");
	EXPECT_OK(suite_call(s, method_content_publish_post, &publish, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_STATUS(suite_call(s, method_content_publish_post, &publish, &post),
		      FAILED_PRECONDITION, "POST_STATE");
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 1);

	as_named(s, "bob");
	EXPECT_OK(get_post(s, community, draft.post_id, &post));
	as_platform(s);
	EXPECT_INT(summary_of(s, community).post_count, 1);
}

static void members_read_what_strangers_do_not(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest create = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Post wanted = CONTENT__POST__INIT, open = CONTENT__POST__INIT,
		      post = CONTENT__POST__INIT;
	const char *closed;

	EXPECT_OK(join(s, community, "ann"));
	closed = given_post(s, community, "ann");
	wanted.author_person_id = person(s, "ann");
	wanted.body = "for all";
	wanted.visibility = CONTENT__VISIBILITY__VISIBILITY_PUBLIC;
	create.community_id = community;
	create.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &create, &open));
	list.community_id = community;

	as_named(s, "eve");
	EXPECT_OK(get_post(s, community, open.post_id, &post));
	EXPECT_STATUS(get_post(s, community, closed, &post), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 1);

	EXPECT_OK(join(s, community, "bob"));
	as_named(s, "bob");
	EXPECT_OK(get_post(s, community, closed, &post));
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 2);
	as_platform(s);
}

static void an_update_changes_the_masked_fields_of_the_version_that_was_read(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__UpdatePostRequest update = CONTENT__UPDATE_POST_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	const char *paths[] = {"title"};

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(give_role(s, community, "bob", MEMBER__ROLE__ROLE_ADMIN));
	suite_settle(s);
	update.community_id = community;
	update.post_id = given_post(s, community, "ann");
	update.post = &wanted;
	update.update_mask = &mask;
	mask.paths = (char **)paths;
	mask.n_paths = 1;
	wanted.title = "A title";
	wanted.body = "not in the mask";
	wanted.etag = "1";

	as_named(s, "bob");
	EXPECT_STATUS(suite_call(s, method_content_update_post, &update, &post), PERMISSION_DENIED,
		      "NOT_THE_OWNER");
	as_named(s, "ann");
	EXPECT_OK(suite_call(s, method_content_update_post, &update, &post));
	EXPECT_TEXT(post.title, "A title");
	EXPECT_TEXT(post.body, "a post");
	EXPECT_TEXT(post.etag, "2");
	EXPECT_STATUS(suite_call(s, method_content_update_post, &update, &post), ABORTED,
		      "ETAG_MISMATCH");
	paths[0] = "comment_count";
	EXPECT_STATUS(suite_call(s, method_content_update_post, &update, &post), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	as_platform(s);
}

static void a_removed_post_is_kept_from_members_and_can_come_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__RestorePostRequest restore = CONTENT__RESTORE_POST_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Post post = CONTENT__POST__INIT;
	const char *id;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	id = given_post(s, community, "ann");

	as_named(s, "bob");
	EXPECT_STATUS(remove_post(s, community, id, &post), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "mod");
	EXPECT_OK(remove_post(s, community, id, &post));
	EXPECT_OK(remove_post(s, community, id, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REMOVED);
	EXPECT_INT(told(s, "POST_REMOVED", id), 1);
	EXPECT_OK(get_post(s, community, id, &post));

	as_named(s, "bob");
	EXPECT_STATUS(get_post(s, community, id, &post), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_STATUS(comment_as(s, community, id, "", NULL, &comment), NOT_FOUND,
		      "POST_NOT_FOUND");
	restore.community_id = community;
	restore.post_id = id;
	EXPECT_STATUS(suite_call(s, method_content_restore_post, &restore, &post),
		      PERMISSION_DENIED, NULL);

	as_platform(s);
	EXPECT_INT(summary_of(s, community).post_count, 0);
	EXPECT_STATUS(comment_as(s, community, id, "", "bob", &comment), FAILED_PRECONDITION,
		      "POST_STATE");
	EXPECT_OK(suite_call(s, method_content_restore_post, &restore, &post));
	EXPECT_STATUS(suite_call(s, method_content_restore_post, &restore, &post),
		      FAILED_PRECONDITION, "POST_STATE");
	EXPECT_INT(told(s, "POST_PUBLISHED", id), 2);
	EXPECT_INT(summary_of(s, community).post_count, 1);
}

static void pages_give_every_post_once_newest_first(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	char last[64] = "9";
	int seen = 0, pages = 0;

	EXPECT_OK(join(s, community, "ann"));
	for (int i = 0; i < 7; i++)
		given_post(s, community, "ann");
	list.community_id = community;
	list.page_size = 3;

	do {
		Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;

		EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
		for (size_t i = 0; i < page.n_posts; i++, seen++) {
			const Content__Post *post = page.posts[i];
			char at[64];

			snprintf(at, sizeof(at), "%012lld.%09d",
				 (long long)post->publish_time->seconds, post->publish_time->nanos);
			assert_true(strcmp(at, last) <= 0);
			snprintf(last, sizeof(last), "%s", at);
		}
		list.page_token = page.next_page_token;
		pages++;
	} while (list.page_token[0]);

	EXPECT_INT(seen, 7);
	EXPECT_INT(pages, 3);
}

static void lists_filter_by_author_topic_and_kind(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest create = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	given_post(s, community, "ann");
	wanted.author_person_id = person(s, "bob");
	wanted.body = "why?";
	wanted.topic = "tools";
	wanted.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	create.community_id = community;
	create.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &create, &post));

	list.community_id = community;
	list.author_person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 1);
	list.topic = "toys";
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 0);
	list.author_person_id = "";
	list.topic = "tools";
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 1);
	list.topic = "";
	list.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 1);
	EXPECT_TEXT(page.posts[0]->post_id, post.post_id);
}

static void topics_are_listed_with_their_published_posts(void **state)
{
	static const char *const topics[] = {"tools", "food", "", "tools"};
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest create = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__ListTopicsRequest list = CONTENT__LIST_TOPICS_REQUEST__INIT;
	Content__ListTopicsResponse page = CONTENT__LIST_TOPICS_RESPONSE__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	create.community_id = list.community_id = community;
	create.post = &wanted;
	wanted.author_person_id = person(s, "ann");
	wanted.body = "hello";
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		wanted.topic = topics[i];
		EXPECT_OK(suite_call(s, method_content_create_post, &create, &post));
	}

	list.page_size = 1;
	EXPECT_OK(suite_call(s, method_content_list_topics, &list, &page));
	EXPECT_INT(page.n_topics, 1);
	EXPECT_TEXT(page.topics[0]->topic, "food");
	EXPECT_INT(page.topics[0]->post_count, 1);
	list.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_content_list_topics, &list, &page));
	EXPECT_TEXT(page.topics[0]->topic, "tools");
	EXPECT_INT(page.topics[0]->post_count, 2);
	EXPECT_TEXT(page.next_page_token, "");

	as_named(s, "eve");
	EXPECT_STATUS(suite_call(s, method_content_list_topics, &list, &page), PERMISSION_DENIED,
		      NULL);
	as_platform(s);
}

static void a_repeated_request_is_one_post(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Post first = CONTENT__POST__INIT, second = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	as_named(s, "ann");
	with_request_id(s, "the-same");
	EXPECT_OK(post_as(s, community, NULL, "once", &first));
	with_request_id(s, "the-same");
	EXPECT_OK(post_as(s, community, NULL, "once", &second));
	as_platform(s);
	EXPECT_TEXT(second.post_id, first.post_id);
	EXPECT_INT(summary_of(s, community).post_count, 1);
	EXPECT_INT(told(s, "POST_PUBLISHED", first.post_id), 1);
}

static void totals_are_exact_while_a_crowd_writes(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CreatePostRequest requests[CROWD];
	Content__Post wanted = CONTENT__POST__INIT;
	const void *list[CROWD];
	struct outcome outcomes[CROWD];

	EXPECT_OK(join(s, community, "ann"));
	wanted.author_person_id = person(s, "ann");
	wanted.body = "one of many";
	for (int i = 0; i < CROWD; i++) {
		content__create_post_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].post = &wanted;
		list[i] = &requests[i];
	}
	suite_call_at_once(s, method_content_create_post, CROWD, list, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);

	EXPECT_INT(summary_of(s, community).post_count, CROWD);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.post WHERE community_id = '%s'",
				community),
		   CROWD);
	assert_non_null(summary_of(s, community).last_post_time);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_just_joined_can_post_at_once),
		cmocka_unit_test(a_stranger_cannot_post),
		cmocka_unit_test(who_has_left_cannot_post_and_who_comes_back_can),
		cmocka_unit_test(a_muted_member_cannot_speak_and_learns_until_when),
		cmocka_unit_test(a_merged_person_is_not_present_and_learns_who_he_is),
		cmocka_unit_test(an_older_event_does_not_undo_a_newer_one),
		cmocka_unit_test(a_person_speaks_for_himself_only),
		cmocka_unit_test(an_empty_post_is_refused),
		cmocka_unit_test(a_draft_is_its_authors_until_he_publishes_it),
		cmocka_unit_test(members_read_what_strangers_do_not),
		cmocka_unit_test(an_update_changes_the_masked_fields_of_the_version_that_was_read),
		cmocka_unit_test(a_removed_post_is_kept_from_members_and_can_come_back),
		cmocka_unit_test(pages_give_every_post_once_newest_first),
		cmocka_unit_test(lists_filter_by_author_topic_and_kind),
		cmocka_unit_test(topics_are_listed_with_their_published_posts),
		cmocka_unit_test(a_repeated_request_is_one_post),
		cmocka_unit_test(totals_are_exact_while_a_crowd_writes),
	};

	return cmocka_run_group_tests_name("content_post", tests, content_setup, suite_teardown);
}
