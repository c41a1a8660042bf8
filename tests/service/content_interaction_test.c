/* What readers do with a post: pass it on, keep it, name one another; and that it is counted. */
#include <string.h>

#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/bookmark.pb-c.h"
#include "kith/content/v1/mention.pb-c.h"
#include "kith/content/v1/review.pb-c.h"
#include "kith/content/v1/share.pb-c.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith_methods.h"

#define CROWD       64
#define STATE(name) CONTENT__POST_STATE__POST_STATE_##name

static struct outcome share(struct suite *s, const char *community, const char *post,
			    const char *name, const char *channel, Content__Share *ret)
{
	Content__SharePostRequest request = CONTENT__SHARE_POST_REQUEST__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = name ? person(s, name) : "";
	request.channel = channel;

	return suite_call(s, method_content_share_post, &request, ret);
}

static struct outcome bookmark(struct suite *s, const char *community, const char *post,
			       const char *name)
{
	Content__BookmarkPostRequest request = CONTENT__BOOKMARK_POST_REQUEST__INIT;
	Content__Bookmark made = CONTENT__BOOKMARK__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = name ? person(s, name) : "";

	return suite_call(s, method_content_bookmark_post, &request, &made);
}

static int let_go(struct suite *s, const char *community, const char *post, const char *name)
{
	Content__UnbookmarkPostRequest request = CONTENT__UNBOOKMARK_POST_REQUEST__INIT;
	Content__UnbookmarkPostResponse reply = CONTENT__UNBOOKMARK_POST_RESPONSE__INIT;

	request.community_id = community;
	request.post_id = post;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_content_unbookmark_post, &request, &reply));

	return reply.removed_count;
}

static Content__ListBookmarksResponse kept_by(struct suite *s, const char *name,
					      const char *community, const char *token)
{
	Content__ListBookmarksRequest request = CONTENT__LIST_BOOKMARKS_REQUEST__INIT;
	Content__ListBookmarksResponse page = CONTENT__LIST_BOOKMARKS_RESPONSE__INIT;

	request.person_id = person(s, name);
	request.community_id = community;
	request.page_size = 2;
	request.page_token = token;
	EXPECT_OK(suite_call(s, method_content_list_bookmarks, &request, &page));

	return page;
}

static Content__ListPersonMentionsResponse named(struct suite *s, const char *name, bool unread)
{
	Content__ListPersonMentionsRequest request = CONTENT__LIST_PERSON_MENTIONS_REQUEST__INIT;
	Content__ListPersonMentionsResponse page = CONTENT__LIST_PERSON_MENTIONS_RESPONSE__INIT;

	request.person_id = person(s, name);
	request.unread = unread;
	EXPECT_OK(suite_call(s, method_content_list_person_mentions, &request, &page));

	return page;
}

static size_t times_named(struct suite *s, const char *name)
{
	return named(s, name, false).n_mentions;
}

/* "@3" for the member of that name. */
static const char *sign_of(struct suite *s, const char *community, const char *name)
{
	return arena_printf(suite_arena(s), "@%d",
			    (int)postgres_int(suite_database(s),
					      "SELECT number FROM member.membership WHERE "
					      "community_id = '%s' AND person_id = '%s'",
					      community, person(s, name)));
}

static struct outcome comment_on(struct suite *s, const char *community, const char *post,
				 const char *author, const char *body, Content__Comment *ret)
{
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	comment.author_person_id = person(s, author);
	comment.body = body;
	request.community_id = community;
	request.post_id = post;
	request.comment = &comment;

	return suite_call(s, method_content_create_comment, &request, ret);
}

static Content__Post given_words(struct suite *s, const char *community, Content__Post *wanted)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	wanted->author_person_id = person(s, "ann");
	request.community_id = community;
	request.post = wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));

	return post;
}

static void reword(struct suite *s, const Content__Post *post, const char *body)
{
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, now = CONTENT__POST__INIT;

	wanted.body = body;
	request.community_id = post->community_id;
	request.post_id = post->post_id;
	request.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_update_post, &request, &now));
}

/* ann, bob and eve are members, mod its moderator. */
static const char *given_town(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "eve"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

static void each_share_counts_and_each_sharer_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__ListSharesRequest list = CONTENT__LIST_SHARES_REQUEST__INIT;
	Content__ListSharesResponse page = CONTENT__LIST_SHARES_RESPONSE__INIT;
	Content__Share one = CONTENT__SHARE__INIT;
	int seen = 0;

	as_named(s, "bob");
	EXPECT_OK(share(s, community, post, NULL, "WeChat", &one));
	EXPECT_TEXT(one.person_id, person(s, "bob"));
	EXPECT_TEXT(one.channel, "WeChat");
	EXPECT_INT(told(s, "POST_SHARED", one.share_id), 1);
	EXPECT_OK(share(s, community, post, NULL, "", &one));
	as_platform(s);
	EXPECT_OK(share(s, community, post, "eve", "mail", &one));
	EXPECT_INT(post_of(s, community, post).share_count, 3);
	EXPECT_INT(post_of(s, community, post).sharer_count, 2);
	EXPECT_INT(summary_of(s, community).share_count, 3);

	list.community_id = community;
	list.post_id = post;
	list.page_size = 2;
	do {
		EXPECT_OK(suite_call(s, method_content_list_shares, &list, &page));
		if (!seen)
			EXPECT_TEXT(page.shares[0]->channel, "mail");
		seen += (int)page.n_shares;
		list.page_token = page.next_page_token;
	} while (list.page_token[0]);
	EXPECT_INT(seen, 3);
}

static void readers_do_what_they_may_and_strangers_nothing(void **state)
{
	struct suite *s = *state;
	Content__Reaction reaction = CONTENT__REACTION__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__Share one = CONTENT__SHARE__INIT;
	Content__Post gone = CONTENT__POST__INIT, paid = CONTENT__POST__INIT;

	tell_membership(s, community, "bob", "ACTIVE", 100, clock_wall_us() / 1000000 + 3600);
	EXPECT_STATUS(share(s, community, post, "bob", "", &one), FAILED_PRECONDITION,
		      "MEMBER_MUTED");
	EXPECT_OK(bookmark(s, community, post, "bob"));
	EXPECT_STATUS(share(s, community, post, "zoe", "", &one), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(bookmark(s, community, post, "zoe"), FAILED_PRECONDITION, "NOT_A_MEMBER");
	as_named(s, "eve");
	EXPECT_STATUS(share(s, community, post, "ann", "", &one), PERMISSION_DENIED,
		      "PERSON_NOT_CALLER");
	EXPECT_STATUS(bookmark(s, community, post, "ann"), PERMISSION_DENIED, "PERSON_NOT_CALLER");
	as_platform(s);

	paid.body = "for payers";
	paid.visibility = CONTENT__VISIBILITY__VISIBILITY_PAID;
	paid.plan_id = person(s, "a plan");
	paid = given_words(s, community, &paid);
	as_named(s, "eve");
	EXPECT_STATUS(share(s, community, paid.post_id, NULL, "", &one), NOT_FOUND,
		      "POST_NOT_FOUND");
	EXPECT_STATUS(bookmark(s, community, paid.post_id, NULL), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_STATUS(react_as(s, community, paid.post_id, NULL, "+1", &reaction), NOT_FOUND,
		      "POST_NOT_FOUND");
	EXPECT_STATUS(comment_as(s, community, paid.post_id, "", NULL, &comment), NOT_FOUND,
		      "POST_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_OK(comment_as(s, community, paid.post_id, "", NULL, &comment));
	as_named(s, "eve");
	EXPECT_STATUS(react_as(s, community, comment.comment_id, NULL, "+1", &reaction), NOT_FOUND,
		      "POST_NOT_FOUND");
	as_named(s, "mod");
	EXPECT_OK(react_as(s, community, comment.comment_id, NULL, "+1", &reaction));
	as_platform(s);

	EXPECT_OK(remove_post(s, community, post, &gone));
	EXPECT_STATUS(share(s, community, post, "ann", "", &one), FAILED_PRECONDITION,
		      "POST_STATE");
	EXPECT_STATUS(bookmark(s, community, post, "ann"), FAILED_PRECONDITION, "POST_STATE");
	EXPECT_INT(let_go(s, community, post, "bob"), 1);
}

static void a_bookmark_is_kept_once_and_for_oneself(void **state)
{
	struct suite *s = *state;
	const char *here = given_town(s), *there = given_town(s);
	const char *posts[] = {given_post(s, here, "ann"), given_post(s, there, "ann"),
			       given_post(s, there, "ann")};
	Content__ListBookmarksRequest request = CONTENT__LIST_BOOKMARKS_REQUEST__INIT;
	Content__ListBookmarksResponse page;

	EXPECT_OK(join(s, here, "nina"));
	EXPECT_OK(join(s, there, "nina"));
	EXPECT_OK(bookmark(s, here, posts[0], "nina"));
	EXPECT_OK(bookmark(s, there, posts[1], "nina"));
	EXPECT_OK(bookmark(s, there, posts[2], "nina"));
	EXPECT_OK(bookmark(s, there, posts[2], "nina"));
	EXPECT_OK(bookmark(s, here, posts[0], "bob"));
	EXPECT_INT(post_of(s, here, posts[0]).bookmark_count, 2);
	EXPECT_INT(post_of(s, there, posts[2]).bookmark_count, 1);
	EXPECT_INT(summary_of(s, there).bookmark_count, 2);

	as_named(s, "nina");
	page = kept_by(s, "nina", "", "");
	EXPECT_INT(page.n_bookmarks, 2);
	EXPECT_TEXT(page.bookmarks[0]->post_id, posts[2]);
	EXPECT_TEXT(page.bookmarks[0]->community_id, there);
	page = kept_by(s, "nina", "", page.next_page_token);
	EXPECT_INT(page.n_bookmarks, 1);
	EXPECT_TEXT(page.bookmarks[0]->post_id, posts[0]);
	EXPECT_INT(kept_by(s, "nina", here, "").n_bookmarks, 1);
	request.person_id = person(s, "bob");
	EXPECT_STATUS(suite_call(s, method_content_list_bookmarks, &request, &page),
		      PERMISSION_DENIED, NULL);
	as_platform(s);

	EXPECT_INT(let_go(s, there, posts[2], "nina"), 1);
	EXPECT_INT(let_go(s, there, posts[2], "nina"), 0);
	EXPECT_INT(post_of(s, there, posts[2]).bookmark_count, 0);
	EXPECT_INT(summary_of(s, there).bookmark_count, 1);
}

/* Half of the crowd passes it on as bob, half as eve; all keep it. */
static void a_crowd_is_counted_exactly(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__SharePostRequest shares[CROWD];
	Content__BookmarkPostRequest marks[CROWD];
	const void *list[CROWD], *kept[CROWD];
	struct outcome outcomes[CROWD];

	for (int i = 0; i < CROWD; i++) {
		const char *who = person(s, i % 2 ? "bob" : "eve");

		content__share_post_request__init(&shares[i]);
		content__bookmark_post_request__init(&marks[i]);
		shares[i].community_id = marks[i].community_id = community;
		shares[i].post_id = marks[i].post_id = post;
		shares[i].person_id = marks[i].person_id = who;
		list[i] = &shares[i];
		kept[i] = &marks[i];
	}
	suite_call_at_once(s, method_content_share_post, CROWD, list, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	suite_call_at_once(s, method_content_bookmark_post, CROWD, kept, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);

	EXPECT_INT(post_of(s, community, post).share_count, CROWD);
	EXPECT_INT(post_of(s, community, post).sharer_count, 2);
	EXPECT_INT(post_of(s, community, post).bookmark_count, 2);
	EXPECT_INT(summary_of(s, community).share_count, CROWD);
	EXPECT_INT(summary_of(s, community).bookmark_count, 2);
}

static void who_is_named_finds_where(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *hugo;
	Content__Post wanted = CONTENT__POST__INIT, post;
	Content__Comment comment = CONTENT__COMMENT__INIT, gone = CONTENT__COMMENT__INIT;
	Content__ListPersonMentionsResponse page;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "hugo"));
	suite_settle(s);
	hugo = sign_of(s, community, "hugo");
	wanted.body = arena_printf(suite_arena(s), "%s and %s, see `%s` @99 %s", hugo, hugo, hugo,
				   sign_of(s, community, "ann"));
	post = given_words(s, community, &wanted);
	assert_non_null(strstr(post.body_html, arena_printf(suite_arena(s), ">%s</span>", hugo)));
	EXPECT_OK(comment_on(s, community, post.post_id, "ann",
			     arena_printf(suite_arena(s), "%s?", hugo), &comment));
	assert_non_null(
		strstr(comment.body_html, arena_printf(suite_arena(s), ">%s</span>", hugo)));

	as_named(s, "hugo");
	page = named(s, "hugo", true);
	EXPECT_INT(page.n_mentions, 2);
	EXPECT_TEXT(page.mentions[0]->subject_id, comment.comment_id);
	EXPECT_TEXT(page.mentions[0]->post_id, post.post_id);
	EXPECT_TEXT(page.mentions[1]->subject_id, post.post_id);
	EXPECT_TEXT(page.mentions[1]->author_person_id, person(s, "ann"));
	assert_null(page.mentions[1]->read_time);
	as_platform(s);
	EXPECT_INT(times_named(s, "ann"), 0); /* by herself */

	EXPECT_OK(remove_comment(s, &comment, &gone));
	EXPECT_INT(times_named(s, "hugo"), 1);
	EXPECT_OK(remove_post(s, community, post.post_id, &post));
	EXPECT_INT(times_named(s, "hugo"), 0);
}

static void mentions_are_read_up_to_a_time_and_by_oneself(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ReadPersonMentionsRequest request = CONTENT__READ_PERSON_MENTIONS_REQUEST__INIT;
	Content__ReadPersonMentionsResponse reply = CONTENT__READ_PERSON_MENTIONS_RESPONSE__INIT;
	Content__ListPersonMentionsResponse page;
	Content__Post wanted = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "iris"));
	suite_settle(s);
	wanted.body = sign_of(s, community, "iris");
	for (int i = 0; i < 3; i++)
		given_words(s, community, &wanted);

	request.person_id = person(s, "iris");
	as_named(s, "ann");
	EXPECT_STATUS(suite_call(s, method_content_read_person_mentions, &request, &reply),
		      PERMISSION_DENIED, NULL);
	as_named(s, "iris");
	page = named(s, "iris", true);
	EXPECT_INT(page.n_mentions, 3);
	request.until_time = page.mentions[1]->mention_time;
	EXPECT_OK(suite_call(s, method_content_read_person_mentions, &request, &reply));
	EXPECT_INT(reply.read_count, 2);
	EXPECT_INT(named(s, "iris", true).n_mentions, 1);
	EXPECT_INT(named(s, "iris", false).n_mentions, 3);
	assert_non_null(named(s, "iris", false).mentions[2]->read_time);
	request.until_time = NULL;
	EXPECT_OK(suite_call(s, method_content_read_person_mentions, &request, &reply));
	EXPECT_INT(reply.read_count, 1);
	EXPECT_INT(named(s, "iris", true).n_mentions, 0);
	as_platform(s);
}

static void who_may_not_hear_of_it_is_not_named(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *all, *plan = person(s, "another plan");
	static const char *const names[] = {"ann", "jack", "kate", "leo"};
	Content__Post words = CONTENT__POST__INIT, paid = CONTENT__POST__INIT;

	for (size_t i = 0; i < 4; i++)
		EXPECT_OK(join(s, community, names[i]));
	suite_settle(s);
	all = arena_printf(suite_arena(s), "%s %s %s", sign_of(s, community, "jack"),
			   sign_of(s, community, "kate"), sign_of(s, community, "leo"));
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET mute_until_time = now() + interval "
		     "'1 hour' WHERE community_id = '%s' AND person_id = '%s'",
		     community, person(s, "jack"));
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET state = 'LEFT' "
		     "WHERE community_id = '%s' AND person_id = '%s'",
		     community, person(s, "kate"));
	words.body = paid.body = all;
	given_words(s, community, &words);
	EXPECT_INT(times_named(s, "jack"), 0);
	EXPECT_INT(times_named(s, "kate"), 0);
	EXPECT_INT(times_named(s, "leo"), 1);
	paid.visibility = CONTENT__VISIBILITY__VISIBILITY_PAID;
	paid.plan_id = plan;
	given_words(s, community, &paid);
	EXPECT_INT(times_named(s, "leo"), 1);
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET plan_id = '%s' "
		     "WHERE community_id = '%s' AND person_id = '%s'",
		     plan, community, person(s, "leo"));
	given_words(s, community, &paid);
	EXPECT_INT(times_named(s, "leo"), 2);
}

static void other_words_name_others(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ReadPersonMentionsRequest request = CONTENT__READ_PERSON_MENTIONS_REQUEST__INIT;
	Content__ReadPersonMentionsResponse reply = CONTENT__READ_PERSON_MENTIONS_RESPONSE__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "mia"));
	EXPECT_OK(join(s, community, "noa"));
	suite_settle(s);
	wanted.body = sign_of(s, community, "mia");
	post = given_words(s, community, &wanted);
	request.person_id = person(s, "mia");
	EXPECT_OK(suite_call(s, method_content_read_person_mentions, &request, &reply));
	reword(s, &post,
	       arena_printf(suite_arena(s), "%s %s", wanted.body, sign_of(s, community, "noa")));
	EXPECT_INT(named(s, "mia", true).n_mentions, 0); /* she has seen it */
	EXPECT_INT(times_named(s, "mia"), 1);
	EXPECT_INT(times_named(s, "noa"), 1);
	reword(s, &post, sign_of(s, community, "noa"));
	EXPECT_INT(times_named(s, "mia"), 0);
	reword(s, &post, "nobody");
	EXPECT_INT(times_named(s, "noa"), 0);
}

static void a_draft_names_nobody_until_it_is_published(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__PublishPostRequest now = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__SchedulePostRequest later = CONTENT__SCHEDULE_POST_REQUEST__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Content__Post wanted = CONTENT__POST__INIT, draft, other, post = CONTENT__POST__INIT;
	int64_t until = clock_mono_us() + 60000000;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "olga"));
	suite_settle(s);
	wanted.body = sign_of(s, community, "olga");
	wanted.state = STATE(DRAFT);
	draft = given_words(s, community, &wanted);
	other = given_words(s, community, &wanted);
	EXPECT_INT(times_named(s, "olga"), 0);

	now.community_id = later.community_id = community;
	now.post_id = draft.post_id;
	EXPECT_OK(suite_call(s, method_content_publish_post, &now, &post));
	EXPECT_INT(times_named(s, "olga"), 1);
	EXPECT_INT(named(s, "olga", false).mentions[0]->mention_time->seconds,
		   post.publish_time->seconds);

	time.seconds = clock_wall_us() / 1000000 + 3600;
	later.post_id = other.post_id;
	later.publish_time = &time;
	EXPECT_OK(suite_call(s, method_content_schedule_post, &later, &post));
	EXPECT_INT(times_named(s, "olga"), 1);
	postgres_int(suite_database(s),
		     "UPDATE content.post SET schedule_time = now() - interval '1 minute' "
		     "WHERE post_id = '%s'",
		     other.post_id);
	while (times_named(s, "olga") < 2)
		assert_true(clock_mono_us() < until);
	EXPECT_TEXT(named(s, "olga", false).mentions[0]->subject_id, other.post_id);
}

/* What is held is not read with the rest: a newcomer's link waits for a moderator. */
static void what_is_held_names_nobody_until_it_is_let_through(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Content__ReadPersonMentionsRequest read = CONTENT__READ_PERSON_MENTIONS_REQUEST__INIT;
	Content__ReadPersonMentionsResponse reply = CONTENT__READ_PERSON_MENTIONS_RESPONSE__INIT;
	Content__ListReviewItemsRequest list = CONTENT__LIST_REVIEW_ITEMS_REQUEST__INIT;
	Content__ListReviewItemsResponse page = CONTENT__LIST_REVIEW_ITEMS_RESPONSE__INIT;
	Content__DecideReviewItemRequest decide = CONTENT__DECIDE_REVIEW_ITEM_REQUEST__INIT;
	Content__ReviewItem item = CONTENT__REVIEW_ITEM__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	EXPECT_OK(join(s, community, "quin"));
	suite_settle(s);
	as_named(s, "bob");
	EXPECT_OK(comment_on(s, community, post, "bob",
			     arena_printf(suite_arena(s), "%s https://kith.example/a",
					  sign_of(s, community, "quin")),
			     &comment));
	EXPECT_INT(comment.state, CONTENT__COMMENT_STATE__COMMENT_STATE_HELD);
	as_platform(s);
	EXPECT_INT(times_named(s, "quin"), 0);
	read.person_id = person(s, "quin");
	EXPECT_OK(suite_call(s, method_content_read_person_mentions, &read, &reply));
	EXPECT_INT(reply.read_count, 0);

	list.community_id = decide.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_review_items, &list, &page));
	EXPECT_INT(page.n_items, 1);
	decide.item_id = page.items[0]->item_id;
	decide.etag = page.items[0]->etag;
	decide.decision = CONTENT__REVIEW_DECISION__REVIEW_DECISION_APPROVE;
	EXPECT_OK(suite_call(s, method_content_decide_review_item, &decide, &item));
	EXPECT_INT(named(s, "quin", true).n_mentions, 1);
}

static void a_text_names_fifty_at_most(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann"), *body = "";
	Content__Comment comment = CONTENT__COMMENT__INIT;
	struct outcome outcome;

	for (int i = 1; i <= 50; i++)
		body = arena_printf(suite_arena(s), "%s @%d @%d", body, i, i);
	EXPECT_OK(comment_on(s, community, post, "ann", body, &comment));
	outcome = comment_on(s, community, post, "ann",
			     arena_printf(suite_arena(s), "%s @51", body), &comment);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "TOO_MANY_MENTIONS");
	assert_true(outcome_names(&outcome, "comment.body"));
	EXPECT_INT(post_of(s, community, post).comment_count, 1);
}

static int64_t rows_of(struct suite *s, const char *name)
{
	return postgres_int(
		suite_database(s),
		"SELECT (SELECT count(*) FROM content.bookmark WHERE person_id = '%1$s') + "
		"(SELECT count(*) FROM content.person_mention WHERE '%1$s' IN (person_id, "
		"author_person_id)) + (SELECT count(*) FROM content.post_share WHERE person_id = "
		"'%1$s' AND channel <> '') + (SELECT count(*) FROM content.post_media m JOIN "
		"content.post USING (community_id, post_id) WHERE author_person_id = '%1$s')",
		person(s, name));
}

static void who_is_erased_has_kept_and_named_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *post = given_post(s, community, "ann");
	Member__ErasePersonRequest request = MEMBER__ERASE_PERSON_REQUEST__INIT;
	Content__CreatePostRequest create = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Media media = CONTENT__MEDIA__INIT, *list[] = {&media};
	Content__Post wanted = CONTENT__POST__INIT, made = CONTENT__POST__INIT;
	Member__Person gone = MEMBER__PERSON__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Share one = CONTENT__SHARE__INIT;
	int64_t until = clock_mono_us() + 60000000;

	EXPECT_OK(join(s, community, "pia"));
	suite_settle(s);
	EXPECT_OK(share(s, community, post, "pia", "my own list", &one));
	EXPECT_OK(bookmark(s, community, post, "pia"));
	EXPECT_OK(bookmark(s, community, post, "bob"));
	EXPECT_OK(comment_on(s, community, post, "ann", sign_of(s, community, "pia"), &comment));
	EXPECT_OK(comment_on(s, community, post, "pia", sign_of(s, community, "ann"), &comment));
	media.url = "https://pia.example/";
	media.media_type = "image/png";
	media.size_bytes = 1;
	wanted.author_person_id = person(s, "pia");
	wanted.body = sign_of(s, community, "bob");
	wanted.media = list;
	wanted.n_media = 1;
	create.community_id = community;
	create.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &create, &made));
	EXPECT_INT(rows_of(s, "pia"), 6);

	request.person_id = person(s, "pia");
	request.reason = MEMBER__ERASURE_REASON__ERASURE_REASON_ASKED;
	request.content = MEMBER__CONTENT_ERASURE__CONTENT_ERASURE_ERASE_CONTENT;
	EXPECT_OK(suite_call(s, method_member_erase_person, &request, &gone));
	while (rows_of(s, "pia") > 0)
		assert_true(clock_mono_us() < until);
	EXPECT_INT(post_of(s, community, post).bookmark_count, 1);
	EXPECT_INT(post_of(s, community, post).share_count, 1);
	EXPECT_INT(summary_of(s, community).bookmark_count, 1);
	EXPECT_INT(post_of(s, community, made.post_id).n_media, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_share_counts_and_each_sharer_once),
		cmocka_unit_test(readers_do_what_they_may_and_strangers_nothing),
		cmocka_unit_test(a_bookmark_is_kept_once_and_for_oneself),
		cmocka_unit_test(a_crowd_is_counted_exactly),
		cmocka_unit_test(who_is_named_finds_where),
		cmocka_unit_test(mentions_are_read_up_to_a_time_and_by_oneself),
		cmocka_unit_test(who_may_not_hear_of_it_is_not_named),
		cmocka_unit_test(other_words_name_others),
		cmocka_unit_test(a_draft_names_nobody_until_it_is_published),
		cmocka_unit_test(what_is_held_names_nobody_until_it_is_let_through),
		cmocka_unit_test(a_text_names_fifty_at_most),
		cmocka_unit_test(who_is_erased_has_kept_and_named_nothing),
	};

	return cmocka_run_group_tests_name("content_interaction", tests, content_setup,
					   suite_teardown);
}
