/* Feeds: what is new and what is warm, in one community and at home over all of them. */
#include "base/buf.h"
#include "base/text.h"
#include "content_words.h"
#include "kith/content/v1/feed.pb-c.h"
#include "kith_methods.h"

#define HOT         CONTENT__POST_ORDER__POST_ORDER_HOT
#define NEW         CONTENT__POST_ORDER__POST_ORDER_NEW
#define COMMUNITIES 7
#define EACH        9

static struct outcome ask_feed(struct suite *s, const char *name, Content__PostOrder order,
			       int32_t page_size, const char *token,
			       Content__ListPostsResponse *ret)
{
	Content__GetHomeFeedRequest request = CONTENT__GET_HOME_FEED_REQUEST__INIT;

	request.person_id = person(s, name);
	request.order = order;
	request.page_size = page_size;
	request.page_token = token;
	*ret = (Content__ListPostsResponse)CONTENT__LIST_POSTS_RESPONSE__INIT;

	return suite_call(s, method_content_get_home_feed, &request, ret);
}

static size_t feed_size(struct suite *s, const char *name)
{
	Content__ListPostsResponse page;

	EXPECT_OK(ask_feed(s, name, NEW, 0, "", &page));

	return page.n_posts;
}

static const char *given_home(struct suite *s, const char *name)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, name));
	suite_settle(s);

	return community;
}

/* The post was published so many hours ago. */
static void publish_ago(struct suite *s, const char *post, int hours)
{
	postgres_int(suite_database(s),
		     "UPDATE content.post SET publish_time = date_trunc('hour', now()) - interval "
		     "'%d hours', hot_time = NULL WHERE post_id = '%s'",
		     hours, post);
}

static void answer(struct suite *s, const char *community, const char *post, unsigned comments,
		   unsigned reactions)
{
	static const char *const signs[] = {"+1", "!", "?", "*", "%", "#", "$", "&"};
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;

	for (unsigned i = 0; i < comments; i++)
		EXPECT_OK(comment_as(s, community, post, "", "ann", &comment));
	for (unsigned i = 0; i < reactions; i++)
		EXPECT_OK(react_as(s, community, post, "ann", signs[i], &reaction));
}

static int64_t hours_warmer(struct suite *s, const char *community, const char *post_id)
{
	Content__Post post = post_of(s, community, post_id);

	return (post.hot_time->seconds - post.publish_time->seconds) / 3600;
}

static void each_doubling_makes_a_post_four_hours_newer(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s, "bob"), *post = given_post(s, community, "ann");
	Content__RemoveReactionRequest back = CONTENT__REMOVE_REACTION_REQUEST__INIT;
	Content__RemoveReactionResponse removed = CONTENT__REMOVE_REACTION_RESPONSE__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT, gone = CONTENT__COMMENT__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;

	EXPECT_INT(hours_warmer(s, community, post), 0);
	EXPECT_OK(react_as(s, community, post, "bob", "+1", &reaction)); /* 1 + 1 = 2 */
	EXPECT_INT(hours_warmer(s, community, post), 4);
	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment)); /* 1 + 1 + 2 = 4 */
	EXPECT_INT(hours_warmer(s, community, post), 8);
	answer(s, community, post, 1, 1); /* 1 + 2 + 4 = 7 */
	EXPECT_INT(hours_warmer(s, community, post), 8);
	EXPECT_OK(react_as(s, community, post, "bob", "!", &reaction)); /* 8 */
	EXPECT_INT(hours_warmer(s, community, post), 12);

	EXPECT_OK(remove_comment(s, &comment, &gone)); /* 6 */
	EXPECT_INT(hours_warmer(s, community, post), 8);
	back.community_id = community;
	back.target_id = post;
	back.person_id = person(s, "bob");
	back.emoji = "+1";
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &back, &removed)); /* 5 */
	back.emoji = "!";
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &back, &removed)); /* 4 */
	EXPECT_INT(hours_warmer(s, community, post), 8);
}

static void a_warm_post_stands_above_newer_ones(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s, "bea"), *posts[3];
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Post gone = CONTENT__POST__INIT;

	for (int i = 0; i < 3; i++)
		publish_ago(s, posts[i] = given_post(s, community, "ann"), 5 * i);
	answer(s, community, posts[2], 3, 2); /* 1 + 2 + 6 = 9: 12 hours, 2 in the future */
	answer(s, community, posts[1], 0, 1); /* 4 hours: still one behind */

	list.community_id = community;
	list.order = HOT;
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 3);
	EXPECT_TEXT(page.posts[0]->post_id, posts[2]);
	EXPECT_TEXT(page.posts[1]->post_id, posts[0]);
	EXPECT_TEXT(page.posts[2]->post_id, posts[1]);
	assert_true(page.posts[0]->body_html[0] != '\0');

	list.author_person_id = person(s, "bea");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 0);
	list.author_person_id = "";
	list.state = CONTENT__POST_STATE__POST_STATE_ARCHIVED;
	EXPECT_STATUS(suite_call(s, method_content_list_posts, &list, &page), INVALID_ARGUMENT,
		      NULL);

	as_named(s, "bea");
	EXPECT_OK(ask_feed(s, "bea", HOT, 2, "", &page));
	EXPECT_INT(page.n_posts, 2);
	EXPECT_TEXT(page.posts[0]->post_id, posts[2]);
	EXPECT_OK(ask_feed(s, "bea", HOT, 2, page.next_page_token, &page));
	EXPECT_INT(page.n_posts, 1);
	EXPECT_TEXT(page.posts[0]->post_id, posts[1]);
	as_platform(s);
	EXPECT_OK(remove_post(s, community, posts[2], &gone));
	EXPECT_OK(ask_feed(s, "bea", HOT, 0, "", &page));
	EXPECT_INT(page.n_posts, 2);
}

/* A page of any size, in either order, against one sort of everything. */
static void the_feed_is_that_of_one_sort_over_all_communities(void **state)
{
	static const int32_t sizes[] = {1, 2, 5, 17, 50};
	struct suite *s = *state;

	for (int i = 0; i < COMMUNITIES; i++)
		given_home(s, "reader");
	/* The last one has nothing, the first one most. Indexed, so that no job reckons how warm
	 * they are. */
	postgres_int(
		suite_database(s),
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
		"visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time, hot_time, indexed_version) SELECT community_id, gen_random_uuid(), "
		"'%s', 'TEXT', CASE n %% 5 WHEN 4 THEN 'REMOVED' ELSE 'PUBLISHED' END, 'MEMBER', "
		"'', 'words', '', true, at, at, at, CASE n %% 3 WHEN 0 THEN at + "
		"interval '4 hours' * (n %% 7) END, 1 FROM (SELECT community_id, rank() OVER "
		"(ORDER "
		"BY "
		"community_id) AS place FROM content.replica_membership WHERE person_id = '%s') AS "
		"c, generate_series(1, %d * (%d - place)) AS n, LATERAL (SELECT date_trunc('hour', "
		"now()) - interval '1 hour' * (n * (place %% 3 + 1)) AS at) AS a",
		person(s, "ann"), person(s, "reader"), EACH, COMMUNITIES);

	as_named(s, "reader");
	for (int order = NEW; order <= HOT; order++) {
		const char *expected = postgres_text(
			suite_database(s),
			"SELECT string_agg(post_id::text, ' ' ORDER BY %s DESC, post_id DESC) FROM "
			"content.post WHERE state = 'PUBLISHED' AND community_id IN (SELECT "
			"community_id "
			"FROM content.replica_membership WHERE person_id = '%s')",
			order == NEW ? "publish_time" : "COALESCE(hot_time, publish_time)",
			person(s, "reader"));

		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			CLEANUP(buf_fini) struct buf got = {0};
			Content__ListPostsResponse page;
			const char *token = "";

			do {
				EXPECT_OK(ask_feed(s, "reader", (Content__PostOrder)order, sizes[i],
						   token, &page));
				for (size_t k = 0; k < page.n_posts; k++)
					buf_add_format(&got, "%s%s", got.size ? " " : "",
						       page.posts[k]->post_id);
				token = page.next_page_token;
			} while (token[0]);
			EXPECT_TEXT(got.data, expected);
		}
	}
	as_platform(s);
}

static void pages_hold_all_and_nothing_twice_while_others_write(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s, "pager"), *other = given_home(s, "pager"),
		   *token = "";
	Content__ListPostsResponse page;
	size_t n = 0;

	for (int i = 0; i < 30; i++)
		given_post(s, i % 2 ? community : other, "ann");
	do {
		EXPECT_OK(ask_feed(s, "pager", NEW, 7, token, &page));
		n += page.n_posts;
		token = page.next_page_token;
		given_post(s, community, "ann");
		given_post(s, other, "ann");
	} while (token[0]);
	EXPECT_INT(n, 30);
}

static const char *given_visible(struct suite *s, const char *community,
				 Content__Visibility visible, const char *plan)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, "ann");
	post.body = "words";
	post.visibility = visible;
	if (visible == CONTENT__VISIBILITY__VISIBILITY_PAID)
		post.plan_id = plan;
	if (visible == CONTENT__VISIBILITY__VISIBILITY_LEVEL)
		post.min_level = 3;
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

static void the_feed_has_what_its_person_may_see(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s, "carl"), *left = given_home(s, "carl"),
		   *plan = person(s, "its plan");
	Content__ArchivePostRequest archive = CONTENT__ARCHIVE_POST_REQUEST__INIT;
	Content__ListPostsResponse page;
	Content__Post post = CONTENT__POST__INIT;

	given_visible(s, community, CONTENT__VISIBILITY__VISIBILITY_PUBLIC, NULL);
	archive.post_id = given_visible(s, community, CONTENT__VISIBILITY__VISIBILITY_MEMBER, NULL);
	given_visible(s, community, CONTENT__VISIBILITY__VISIBILITY_PAID, plan);
	given_visible(s, community, CONTENT__VISIBILITY__VISIBILITY_LEVEL, NULL);
	given_visible(s, left, CONTENT__VISIBILITY__VISIBILITY_PUBLIC, NULL);

	as_named(s, "carl");
	EXPECT_INT(feed_size(s, "carl"), 3);
	EXPECT_STATUS(ask_feed(s, "ann", NEW, 0, "", &page), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_INT(feed_size(s, "carl"), 3); /* what he would */
	EXPECT_OK(leave(s, left, "carl"));
	suite_settle(s);
	EXPECT_INT(feed_size(s, "carl"), 2);
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET level = 3, plan_id = '%s' WHERE "
		     "community_id = '%s' AND person_id = '%s'",
		     plan, community, person(s, "carl"));
	EXPECT_INT(feed_size(s, "carl"), 4);
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_content_archive_post, &archive, &post));
	EXPECT_INT(feed_size(s, "carl"), 3);
	EXPECT_INT(feed_size(s, "nobody who has joined"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_doubling_makes_a_post_four_hours_newer),
		cmocka_unit_test(a_warm_post_stands_above_newer_ones),
		cmocka_unit_test(the_feed_is_that_of_one_sort_over_all_communities),
		cmocka_unit_test(pages_hold_all_and_nothing_twice_while_others_write),
		cmocka_unit_test(the_feed_has_what_its_person_may_see),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
