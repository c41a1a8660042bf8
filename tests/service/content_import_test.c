/* Imports of content: what is new is counted and told once, what is there stays. */
#include "base/id.h"
#include "content_words.h"
#include "kith/content/v1/import.pb-c.h"
#include "kith_methods.h"

#define ITEMS 1000

static const char *id(struct suite *s, const char *space, const char *name)
{
	char text[ID_SIZE];

	id_of(space, name, text);
	return arena_string(suite_arena(s), text);
}

static Google__Protobuf__Timestamp *at(struct suite *s, int64_t seconds)
{
	Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = seconds;
	return time;
}

static Content__ImportedPost *old_post(struct suite *s, const char *community, const char *name)
{
	Content__ImportedPost *item = arena_alloc(suite_arena(s), sizeof(*item));

	content__imported_post__init(item);
	item->community_id = community;
	item->post_id = id(s, "post", name);
	item->author_person_id = id(s, "person", "ann");
	item->create_time = at(s, 1500000000);
	item->body = "long ago";
	return item;
}

static Content__ImportPostsResponse import_posts(struct suite *s, Content__ImportedPost **items,
						 size_t n)
{
	Content__ImportPostsRequest request = CONTENT__IMPORT_POSTS_REQUEST__INIT;
	Content__ImportPostsResponse reply = CONTENT__IMPORT_POSTS_RESPONSE__INIT;

	request.items = items;
	request.n_items = n;
	EXPECT_OK(suite_call(s, method_content_import_posts, &request, &reply));
	return reply;
}

static Content__ImportedComment *old_comment(struct suite *s, const char *community,
					     const char *post, const char *name, const char *parent)
{
	Content__ImportedComment *item = arena_alloc(suite_arena(s), sizeof(*item));

	content__imported_comment__init(item);
	item->community_id = community;
	item->comment_id = id(s, "comment", name);
	item->post_id = id(s, "post", post);
	item->parent_id = parent ? id(s, "comment", parent) : "";
	item->author_person_id = id(s, "person", name);
	item->create_time = at(s, 1500000100);
	item->body = "so it was";
	return item;
}

static Content__ImportCommentsResponse import_comments(struct suite *s,
						       Content__ImportedComment **items, size_t n)
{
	Content__ImportCommentsRequest request = CONTENT__IMPORT_COMMENTS_REQUEST__INIT;
	Content__ImportCommentsResponse reply = CONTENT__IMPORT_COMMENTS_RESPONSE__INIT;

	request.items = items;
	request.n_items = n;
	EXPECT_OK(suite_call(s, method_content_import_comments, &request, &reply));
	return reply;
}

static Content__ImportedReaction *old_reaction(struct suite *s, const char *community,
					       const char *target, const char *other,
					       const char *name)
{
	Content__ImportedReaction *item = arena_alloc(suite_arena(s), sizeof(*item));

	content__imported_reaction__init(item);
	item->community_id = community;
	item->target_id = target;
	item->other_target_id = other;
	item->person_id = id(s, "person", name);
	item->emoji = "👍";
	item->create_time = at(s, 1500000200);
	return item;
}

static Content__ImportReactionsResponse import_reactions(struct suite *s,
							 Content__ImportedReaction **items,
							 size_t n)
{
	Content__ImportReactionsRequest request = CONTENT__IMPORT_REACTIONS_REQUEST__INIT;
	Content__ImportReactionsResponse reply = CONTENT__IMPORT_REACTIONS_RESPONSE__INIT;

	request.items = items;
	request.n_items = n;
	EXPECT_OK(suite_call(s, method_content_import_reactions, &request, &reply));
	return reply;
}

static void posts_imported_twice_are_there_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ImportedPost *items[] = {old_post(s, community, "p1"),
					  old_post(s, community, "p2"),
					  old_post(s, community, "p1")};
	Content__ImportPostsResponse reply = import_posts(s, items, 3);
	Content__Post post;

	EXPECT_INT(reply.created_count, 2);
	EXPECT_INT(reply.unchanged_count, 1);
	reply = import_posts(s, items, 3);
	EXPECT_INT(reply.created_count, 0);
	EXPECT_INT(reply.unchanged_count, 3);

	post = post_of(s, community, id(s, "post", "p1"));
	EXPECT_INT(post.publish_time->seconds, 1500000000);
	EXPECT_INT(post.kind, CONTENT__POST_KIND__POST_KIND_TEXT);
	EXPECT_INT(told(s, "POST_PUBLISHED", post.post_id), 1);
	EXPECT_INT(summary_of(s, community).post_count, 2);
	EXPECT_INT(summary_of(s, community).last_post_time->seconds, 1500000000);
}

static void comments_find_their_posts_and_what_they_answer(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ImportedPost *posts[] = {old_post(s, community, "q1")};
	Content__ImportedComment *items[] = {
		old_comment(s, community, "q1", "c2", "c1"),
		old_comment(s, community, "q1", "c1", NULL),
		old_comment(s, community, "nowhere", "c3", NULL),
		old_comment(s, community, "q1", "c4", "nobody"),
	};
	Content__ImportCommentsResponse reply;
	Content__GetCommentRequest get = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	import_posts(s, posts, 1);
	reply = import_comments(s, items, 4);
	EXPECT_INT(reply.created_count, 3);
	EXPECT_INT(reply.unchanged_count, 0);
	EXPECT_INT(reply.n_unknown_items, 1);
	EXPECT_INT(reply.unknown_items[0], 2);
	reply = import_comments(s, items, 4);
	EXPECT_INT(reply.created_count, 0);
	EXPECT_INT(reply.unchanged_count, 3);

	get.community_id = community;
	get.post_id = id(s, "post", "q1");
	get.comment_id = id(s, "comment", "c2");
	EXPECT_OK(suite_call(s, method_content_get_comment, &get, &comment));
	EXPECT_TEXT(comment.parent_id, id(s, "comment", "c1"));
	get.comment_id = id(s, "comment", "c4");
	EXPECT_OK(suite_call(s, method_content_get_comment, &get, &comment));
	EXPECT_TEXT(comment.parent_id, "");
	EXPECT_INT(post_of(s, community, get.post_id).comment_count, 3);
	EXPECT_INT(summary_of(s, community).comment_count, 3);
	EXPECT_INT(told(s, "COMMENT_CREATED", id(s, "comment", "c1")), 1);
}

static void reactions_find_posts_and_comments(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ImportedPost *posts[] = {old_post(s, community, "r1")};
	Content__ImportedComment *comments[] = {old_comment(s, community, "r1", "rc1", NULL)};
	const char *post = id(s, "post", "r1"), *comment = id(s, "comment", "rc1");
	const char *none = id(s, "post", "rc1");
	Content__ImportedReaction *items[] = {
		old_reaction(s, community, post, "", "bob"),
		old_reaction(s, community, post, "", "bob"),
		old_reaction(s, community, none, comment, "bob"),
		old_reaction(s, community, none, "", "bob"),
		old_reaction(s, community, post, "", "cid"),
	};
	Content__ImportReactionsResponse reply;

	import_posts(s, posts, 1);
	import_comments(s, comments, 1);
	reply = import_reactions(s, items, 5);
	EXPECT_INT(reply.created_count, 3);
	EXPECT_INT(reply.unchanged_count, 1);
	EXPECT_INT(reply.n_unknown_items, 1);
	EXPECT_INT(reply.unknown_items[0], 3);
	reply = import_reactions(s, items, 5);
	EXPECT_INT(reply.created_count, 0);
	EXPECT_INT(reply.unchanged_count, 4);

	EXPECT_INT(post_of(s, community, post).reaction_count, 2);
	EXPECT_INT(summary_of(s, community).reaction_count, 3);
	EXPECT_INT(told(s, "REACTION_ADDED", post), 2);
	EXPECT_INT(told(s, "REACTION_ADDED", comment), 1);
}

/* The same thousand from many sides at once, each in an order of its own. */
static void imports_at_once_neither_double_nor_deadlock(void **state)
{
	enum { SIDES = 8 };
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ImportedPost **posts = arena_array(suite_arena(s), ITEMS, sizeof(*posts));
	Content__ImportCommentsRequest requests[SIDES];
	const void *list[SIDES];
	struct outcome outcomes[SIDES];

	for (int i = 0; i < ITEMS; i++)
		posts[i] = old_post(s, community, arena_printf(suite_arena(s), "m%d", i));
	import_posts(s, posts, ITEMS);
	for (int side = 0; side < SIDES; side++) {
		content__import_comments_request__init(&requests[side]);
		requests[side].n_items = ITEMS;
		requests[side].items = arena_array(suite_arena(s), ITEMS, sizeof(void *));
		for (int i = 0; i < ITEMS; i++) {
			const char *name = arena_printf(suite_arena(s), "m%d", i);
			int place = side % 2 ? ITEMS - 1 - i : i;

			requests[side].items[place] = old_comment(s, community, name, name, NULL);
		}
		list[side] = &requests[side];
	}
	suite_call_at_once(s, method_content_import_comments, SIDES, list, NULL, NULL, outcomes);
	for (int side = 0; side < SIDES; side++)
		EXPECT_OK(outcomes[side]);

	EXPECT_INT(summary_of(s, community).post_count, ITEMS);
	EXPECT_INT(summary_of(s, community).comment_count, ITEMS);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.post "
				"WHERE community_id = '%s' AND comment_count <> 1",
				community),
		   0);
}

static void only_the_platform_imports(void **state)
{
	struct suite *s = *state;
	Content__ImportPostsRequest request = CONTENT__IMPORT_POSTS_REQUEST__INIT;
	Content__ImportPostsResponse reply = CONTENT__IMPORT_POSTS_RESPONSE__INIT;
	Content__ImportedPost *items[] = {old_post(s, given_community(s), "x")};
	struct outcome outcome;

	request.items = items;
	request.n_items = 1;
	as_named(s, "ann");
	EXPECT_STATUS(suite_call(s, method_content_import_posts, &request, &reply),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
	items[0]->create_time = NULL;
	outcome = suite_call(s, method_content_import_posts, &request, &reply);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "items[0].create_time"));
}

static void a_line_of_readers_by_plan_or_level_is_named(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ImportPostsRequest request = CONTENT__IMPORT_POSTS_REQUEST__INIT;
	Content__ImportPostsResponse reply = CONTENT__IMPORT_POSTS_RESPONSE__INIT;
	Content__ImportedPost *items[] = {old_post(s, community, "for all"),
					  old_post(s, community, "for payers")};
	struct outcome outcome;

	request.items = items;
	request.n_items = 2;
	items[0]->visibility = CONTENT__VISIBILITY__VISIBILITY_PUBLIC;
	items[1]->visibility = CONTENT__VISIBILITY__VISIBILITY_PAID;
	outcome = suite_call(s, method_content_import_posts, &request, &reply);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "items[1].visibility"));
	assert_false(outcome_names(&outcome, "items[0].visibility"));
	items[1]->visibility = CONTENT__VISIBILITY__VISIBILITY_MEMBER;
	EXPECT_INT(import_posts(s, items, 2).created_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_imported_twice_are_there_once),
		cmocka_unit_test(comments_find_their_posts_and_what_they_answer),
		cmocka_unit_test(reactions_find_posts_and_comments),
		cmocka_unit_test(imports_at_once_neither_double_nor_deadlock),
		cmocka_unit_test(only_the_platform_imports),
		cmocka_unit_test(a_line_of_readers_by_plan_or_level_is_named),
	};

	return cmocka_run_group_tests_name("content_import", tests, content_setup, suite_teardown);
}
