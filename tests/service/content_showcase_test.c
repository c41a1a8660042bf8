/* The showcase: what is shown to whom and in which order, what goes outside, and what is said
 * there. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/showcase.pb-c.h"
#include "kith_methods.h"

static const char *publish(struct suite *s, const char *community, const char *title,
			   Content__Visibility visibility)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	wanted.author_person_id = person(s, "ann");
	wanted.title = title;
	wanted.body = "*made* by us";
	wanted.visibility = visibility;
	request.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

static struct outcome feature(struct suite *s, const char *community, const char *post,
			      int32_t place, int64_t until_s)
{
	Content__FeaturePostRequest request = CONTENT__FEATURE_POST_REQUEST__INIT;
	Content__FeaturedPost featured = CONTENT__FEATURED_POST__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	until.seconds = clock_wall_us() / 1000000 + until_s;
	request.community_id = community;
	request.post_id = post;
	request.place = place;
	request.note = "by hand";
	request.until_time = until_s ? &until : NULL;

	return suite_call(s, method_content_feature_post, &request, &featured);
}

static bool unfeature(struct suite *s, const char *community, const char *post)
{
	Content__UnfeaturePostRequest request = CONTENT__UNFEATURE_POST_REQUEST__INIT;
	Content__UnfeaturePostResponse reply = CONTENT__UNFEATURE_POST_RESPONSE__INIT;

	request.community_id = community;
	request.post_id = post;
	EXPECT_OK(suite_call(s, method_content_unfeature_post, &request, &reply));

	return reply.was_featured;
}

static Content__ListShowcaseResponse shown(struct suite *s, const char *community)
{
	Content__ListShowcaseRequest request = CONTENT__LIST_SHOWCASE_REQUEST__INIT;
	Content__ListShowcaseResponse list = CONTENT__LIST_SHOWCASE_RESPONSE__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_showcase, &request, &list));

	return list;
}

static const char *given_home(struct suite *s)
{
	const char *community = given_community(s, .owner = "olga");

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	as_platform(s);

	return community;
}

static void posts_are_shown_in_their_places_to_whom_they_are_for(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	const char *mine = publish(s, community, "for us", CONTENT__VISIBILITY__VISIBILITY_MEMBER);
	const char *open = publish(s, community, "for all", CONTENT__VISIBILITY__VISIBILITY_PUBLIC);
	Content__ListShowcaseResponse list;
	Content__Post removed = CONTENT__POST__INIT;

	EXPECT_OK(feature(s, community, mine, 2, 0));
	EXPECT_OK(feature(s, community, open, 3, 0));
	EXPECT_OK(feature(s, community, open, 1, 3600)); /* in another place now, and once */
	as_named(s, "ann");
	list = shown(s, community);
	EXPECT_INT(list.n_posts, 2);
	EXPECT_TEXT(list.posts[0]->title, "for all");
	EXPECT_TEXT(list.posts[0]->body_html, "<p><em>made</em> by us</p>\n");
	EXPECT_TEXT(list.posts[1]->note, "by hand");
	as_named(s, "stranger");
	list = shown(s, community);
	EXPECT_INT(list.n_posts, 1);
	EXPECT_TEXT(list.posts[0]->post_id, open);

	as_platform(s);
	EXPECT_OK(remove_post(s, community, open, &removed));
	EXPECT_INT(shown(s, community).n_posts, 1);
	assert_true(unfeature(s, community, mine));
	assert_false(unfeature(s, community, mine));
	EXPECT_INT(shown(s, community).n_posts, 0);
}

static void only_what_can_be_seen_is_shown(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s), *nowhere = "11111111-1111-4111-8111-111111111111";
	const char *post = publish(s, community, "x", CONTENT__VISIBILITY__VISIBILITY_PUBLIC);
	Content__Post removed = CONTENT__POST__INIT;

	EXPECT_STATUS(feature(s, community, nowhere, 0, 0), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_STATUS(feature(s, given_community(s), post, 0, 0), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_STATUS(feature(s, community, post, 0, -1), INVALID_ARGUMENT, "BAD_UNTIL_TIME");
	EXPECT_OK(feature(s, community, post, 0, 3600));
	postgres_int(suite_database(s),
		     "UPDATE content.showcase SET until_time = now() - interval '1 s' WHERE "
		     "post_id = '%s'",
		     post);
	EXPECT_INT(shown(s, community).n_posts, 0);
	EXPECT_OK(remove_post(s, community, post, &removed));
	EXPECT_STATUS(feature(s, community, post, 0, 0), FAILED_PRECONDITION, "POST_STATE");
}

static void a_showcase_has_an_end(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	const char *post = publish(s, community, "x", CONTENT__VISIBILITY__VISIBILITY_PUBLIC);

	postgres_int(suite_database(s),
		     "INSERT INTO content.showcase (community_id, post_id, feature_time) "
		     "SELECT '%s', gen_random_uuid(), now() FROM generate_series(1, 200)",
		     community);
	EXPECT_STATUS(feature(s, community, post, 0, 0), RESOURCE_EXHAUSTED, "SHOWCASE_FULL");
	postgres_int(suite_database(s),
		     "DELETE FROM content.showcase WHERE ctid = (SELECT ctid FROM content.showcase "
		     "WHERE community_id = '%s' LIMIT 1)",
		     community);
	EXPECT_OK(feature(s, community, post, 0, 0));
	EXPECT_OK(feature(s, community, post, 1, 0));
}

static void what_is_public_goes_outside_as_one_text(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__ExportShowcaseRequest request = CONTENT__EXPORT_SHOWCASE_REQUEST__INIT;
	Content__ShowcaseExport text = CONTENT__SHOWCASE_EXPORT__INIT;

	EXPECT_OK(feature(s, community,
			  publish(s, community, "secret", CONTENT__VISIBILITY__VISIBILITY_MEMBER),
			  0, 0));
	EXPECT_OK(feature(s, community,
			  publish(s, community, "First", CONTENT__VISIBILITY__VISIBILITY_PUBLIC), 1,
			  0));
	EXPECT_OK(feature(s, community,
			  publish(s, community, "Second", CONTENT__VISIBILITY__VISIBILITY_PUBLIC),
			  2, 0));
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_export_showcase, &request, &text));
	EXPECT_INT(text.post_count, 2);
	EXPECT_TEXT(text.markdown,
		    arena_printf(suite_arena(s),
				 "# First\n\n> by hand\n\n*made* by us\n\n(%s)\n\n---\n\n"
				 "# Second\n\n> by hand\n\n*made* by us\n\n(%s)\n",
				 person(s, "ann"), person(s, "ann")));
}

static struct outcome mention(struct suite *s, const char *community, const char *url,
			      const char *post, int64_t reach, Content__OutsideMention *ret)
{
	Content__RecordMentionRequest request = CONTENT__RECORD_MENTION_REQUEST__INIT;

	content__outside_mention__init(ret);
	request.community_id = community;
	request.url = url;
	request.post_id = post;
	request.reach = reach;

	return suite_call(s, method_content_record_mention, &request, ret);
}

static void a_mention_is_noted_once_an_address(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__ListMentionsRequest request = CONTENT__LIST_MENTIONS_REQUEST__INIT;
	Content__ListMentionsResponse list = CONTENT__LIST_MENTIONS_RESPONSE__INIT;
	Content__OutsideMention first, again;
	struct outcome outcome;

	EXPECT_OK(mention(s, community, "https://paper.example/a", "", 100, &first));
	EXPECT_OK(mention(s, community, "https://paper.example/a", "", 900, &again));
	EXPECT_TEXT(again.mention_id, first.mention_id);
	EXPECT_INT(again.mention_time->seconds, first.mention_time->seconds);
	EXPECT_OK(mention(s, community, "https://paper.example/b", "", 1, &again));
	EXPECT_OK(mention(s, given_home(s), "https://paper.example/a", "", 1, &again));
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_mentions, &request, &list));
	EXPECT_INT(list.n_mentions, 2);
	EXPECT_INT(list.mentions[1]->reach, 900);
	outcome = mention(s, community, "paper.example", "", 1, &again);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_URL");
	assert_true(outcome_names(&outcome, "url"));
	EXPECT_STATUS(mention(s, community, "https://paper.example/c",
			      "11111111-1111-4111-8111-111111111111", 1, &again),
		      NOT_FOUND, "POST_NOT_FOUND");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_are_shown_in_their_places_to_whom_they_are_for),
		cmocka_unit_test(only_what_can_be_seen_is_shown),
		cmocka_unit_test(a_showcase_has_an_end),
		cmocka_unit_test(what_is_public_goes_outside_as_one_text),
		cmocka_unit_test(a_mention_is_noted_once_an_address),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
