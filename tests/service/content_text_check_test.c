/* Text checks: every verdict, and what becomes of the post or comment. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/text_check.pb-c.h"
#include "kith/content/v1/word.pb-c.h"
#include "kith_methods.h"

#define PATIENCE_US INT64_C(60000000)

#define HOLD   CONTENT__WORD_ACTION__WORD_ACTION_HOLD
#define REJECT CONTENT__WORD_ACTION__WORD_ACTION_REJECT

#define IS_HELD     CONTENT__TEXT_VERDICT__TEXT_VERDICT_HOLD
#define IS_REJECTED CONTENT__TEXT_VERDICT__TEXT_VERDICT_REJECT
#define IS_ALLOWED  CONTENT__TEXT_VERDICT__TEXT_VERDICT_ALLOW

#define LONG_TEXT                                                                                  \
	"This Saturday we walk from the old station along the river to the tea house, and "        \
	"whoever "                                                                                 \
	"likes brings a book to read aloud; the walk takes three hours, the train home leaves at " \
	"six."

static struct outcome look(struct suite *s, const char *community, const char *name,
			   const char *body, Content__TextCheck *ret)
{
	Content__CheckTextRequest request = CONTENT__CHECK_TEXT_REQUEST__INIT;

	request.community_id = community;
	request.person_id = name ? person(s, name) : "";
	request.body = body;

	return suite_call_as_platform(s, method_content_check_text, &request, ret);
}

/* What is found once the process has read its lists. */
static Content__TextCheck looked(struct suite *s, const char *community, const char *name,
				 const char *body)
{
	int64_t until = clock_mono_us() + PATIENCE_US;
	Content__TextCheck found = CONTENT__TEXT_CHECK__INIT;
	struct outcome outcome = look(s, community, name, body, &found);

	while (outcome.status != STATUS_OK) {
		EXPECT_STATUS(outcome, UNAVAILABLE, "TEXT_CHECK_NOT_READY");
		assert_true(clock_mono_us() < until);
		outcome = look(s, community, name, body, &found);
	}

	return found;
}

/* Returns once the process looks for the words of that version. */
static void wait_for_words(struct suite *s, const char *community, int64_t version)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (looked(s, community, NULL, "a text").community_version < version)
		assert_true(clock_mono_us() < until);
}

static Content__WordList add(struct suite *s, const char *community, const char *word,
			     Content__WordAction action)
{
	Content__AddWordsRequest request = CONTENT__ADD_WORDS_REQUEST__INIT;
	Content__WordList list = CONTENT__WORD_LIST__INIT;
	Content__Word one = CONTENT__WORD__INIT, *words[] = {&one};

	one.word = word;
	one.action = action;
	one.category = CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_SPEECH;
	request.community_id = community;
	request.words = words;
	request.n_words = 1;
	EXPECT_OK(suite_call_as_platform(s, method_content_add_words, &request, &list));

	return list;
}

/* With ann and bob, who have long been members, new, who has just come, and mod, who moderates. */
static const char *given_readers(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "new"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	postgres_text(
		suite_database(s),
		"UPDATE content.replica_membership SET join_time = join_time - interval '30 days' "
		"WHERE community_id = '%s' AND person_id <> '%s'",
		community, person(s, "new"));

	return community;
}

static void set(struct suite *s, const char *community, Content__TextSettings settings)
{
	Content__UpdateTextSettingsRequest request = CONTENT__UPDATE_TEXT_SETTINGS_REQUEST__INIT;
	Content__TextSettings now = CONTENT__TEXT_SETTINGS__INIT;

	request.community_id = community;
	request.settings = &settings;
	EXPECT_OK(suite_call_as_platform(s, method_content_update_text_settings, &request, &now));
}

static struct outcome comment_with(struct suite *s, const char *community, const char *post,
				   const char *body, Content__Comment *ret)
{
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	comment.body = body;
	request.community_id = community;
	request.post_id = post;
	request.comment = &comment;

	return suite_call(s, method_content_create_comment, &request, ret);
}

static void a_word_is_refused_or_held_however_it_is_written(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__Post post = CONTENT__POST__INIT;
	Content__TextCheck found;
	struct outcome outcome;

	add(s, community, "法轮大法", REJECT);
	wait_for_words(s, community, add(s, community, "垃圾", HOLD).version);

	as_named(s, "ann");
	outcome = post_as(s, community, NULL, "我说：法 輪*大\xE2\x80\x8B法 好", &post);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TEXT_REJECTED");
	EXPECT_TEXT(outcome_fact(&outcome, "word"), "法轮大法");
	EXPECT_TEXT(outcome_fact(&outcome, "category"), "SPEECH");
	EXPECT_TEXT(outcome_fact(&outcome, "start"), "3");
	EXPECT_TEXT(outcome_fact(&outcome, "end"), "10");
	EXPECT_INT(summary_of(s, community).post_count, 0);

	EXPECT_OK(post_as(s, community, NULL, "真是垃圾", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);
	EXPECT_INT(summary_of(s, community).post_count, 0);
	EXPECT_INT(told(s, "POST_PUBLISHED", post.post_id), 0);

	found = looked(s, community, "ann", "真是垃 圾");
	EXPECT_INT(found.verdict, IS_HELD);
	EXPECT_INT(found.reasons[0]->start, 2);
	EXPECT_INT(found.reasons[0]->end, 5);
	EXPECT_INT(looked(s, community, "ann", "你好").verdict, IS_ALLOWED);

	as_platform(s);
}

static void words_are_kept_counted_and_taken_off(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__AddWordsRequest request = CONTENT__ADD_WORDS_REQUEST__INIT;
	Content__RemoveWordsRequest take = CONTENT__REMOVE_WORDS_REQUEST__INIT;
	Content__ListWordsRequest page = CONTENT__LIST_WORDS_REQUEST__INIT;
	Content__ListWordsResponse words = CONTENT__LIST_WORDS_RESPONSE__INIT;
	Content__WordList list = CONTENT__WORD_LIST__INIT;
	Content__Word one = CONTENT__WORD__INIT, *only[] = {&one};
	const char *gone[] = {"b", "none"};

	add(s, community, "a", HOLD);
	add(s, community, "b", HOLD);
	list = add(s, community, "a", REJECT);
	EXPECT_INT(list.word_count, 2);
	EXPECT_INT(list.version, 3);

	page.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_words, &page, &words));
	EXPECT_INT(words.n_words, 2);
	EXPECT_TEXT(words.words[0]->word, "a");
	EXPECT_INT(words.words[0]->action, REJECT);

	take.community_id = community;
	take.words = gone;
	take.n_words = 2;
	EXPECT_OK(suite_call(s, method_content_remove_words, &take, &list));
	EXPECT_INT(list.word_count, 1);

	one.word = "?!";
	one.action = HOLD;
	one.category = CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_SPEECH;
	request.community_id = community;
	request.words = only;
	request.n_words = 1;
	EXPECT_STATUS(suite_call(s, method_content_add_words, &request, &list), INVALID_ARGUMENT,
		      "WORD_UNREADABLE");
	postgres_text(suite_database(s),
		      "UPDATE content.word_list SET word_count = 100000 WHERE community_id = '%s'",
		      community);
	one.word = "more";
	EXPECT_STATUS(suite_call(s, method_content_add_words, &request, &list), RESOURCE_EXHAUSTED,
		      "WORDS_TOO_MANY");
}

static void the_platforms_words_hold_everywhere(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__AddPlatformWordsRequest request = CONTENT__ADD_PLATFORM_WORDS_REQUEST__INIT;
	Content__RemovePlatformWordsRequest take = CONTENT__REMOVE_PLATFORM_WORDS_REQUEST__INIT;
	Content__ListPlatformWordsRequest page = CONTENT__LIST_PLATFORM_WORDS_REQUEST__INIT;
	Content__GetPlatformWordListRequest which = CONTENT__GET_PLATFORM_WORD_LIST_REQUEST__INIT;
	Content__ListWordsResponse words = CONTENT__LIST_WORDS_RESPONSE__INIT;
	Content__WordList list = CONTENT__WORD_LIST__INIT;
	Content__Word one = CONTENT__WORD__INIT, *only[] = {&one};
	const char *gone[] = {"everywhere forbidden"};
	int64_t until = clock_mono_us() + PATIENCE_US;

	one.word = gone[0];
	one.action = REJECT;
	one.category = CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_SPEECH;
	request.words = only;
	request.n_words = 1;
	EXPECT_OK(suite_call(s, method_content_add_platform_words, &request, &list));
	EXPECT_TEXT(list.community_id, "");
	while (looked(s, community, "mod", "EVERYWHERE forbidden").verdict != IS_REJECTED)
		assert_true(clock_mono_us() < until);

	EXPECT_OK(suite_call(s, method_content_list_platform_words, &page, &words));
	EXPECT_INT(words.n_words, 1);
	take.words = gone;
	take.n_words = 1;
	EXPECT_OK(suite_call(s, method_content_remove_platform_words, &take, &list));
	EXPECT_OK(suite_call(s, method_content_get_platform_word_list, &which, &list));
	EXPECT_INT(list.word_count, 0);
}

static void a_newcomers_link_is_held_and_not_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__Post post = CONTENT__POST__INIT;

	as_named(s, "new");
	EXPECT_OK(post_as(s, community, NULL, "see https://kith.example/a", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);
	as_named(s, "ann");
	EXPECT_OK(post_as(s, community, NULL, "see https://kith.example/a", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	as_named(s, "mod");
	EXPECT_OK(post_as(s, community, NULL, "see https://kith.example/a", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);

	/* A platform key speaks for whom it likes, unchecked. */
	as_platform(s);
	EXPECT_OK(post_as(s, community, "new", "see https://kith.example/a", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
}

static void nearly_the_same_again_is_held(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s), *other = given_readers(s);
	Content__Post first = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	Content__TextCheck found;

	as_named(s, "ann");
	EXPECT_OK(post_as(s, community, NULL, LONG_TEXT, &first));
	as_named(s, "bob");
	EXPECT_OK(post_as(s, other, NULL, LONG_TEXT, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_OK(post_as(s, community, NULL, LONG_TEXT "!!", &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);

	found = looked(s, community, "bob", "*" LONG_TEXT);
	EXPECT_INT(found.reasons[0]->cause, CONTENT__TEXT_CAUSE__TEXT_CAUSE_DUPLICATE);
	as_platform(s);
}

static void who_writes_too_much_waits(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__TextSettings settings = CONTENT__TEXT_SETTINGS__INIT;
	Content__Post post = CONTENT__POST__INIT;
	struct outcome outcome;

	settings.newcomer_days = 3;
	settings.newcomer_hour_limit = 2;
	settings.member_day_limit = 3;
	set(s, community, settings);

	as_named(s, "new");
	EXPECT_OK(post_as(s, community, NULL, "one", &post));
	EXPECT_OK(post_as(s, community, NULL, "two", &post));
	outcome = post_as(s, community, NULL, "three", &post);
	EXPECT_STATUS(outcome, RESOURCE_EXHAUSTED, "RATE_EXCEEDED");
	assert_true(outcome.retry_after_us > 3000000000 && outcome.retry_after_us <= 3600000000);
	EXPECT_INT(summary_of(s, community).post_count, 2);

	as_named(s, "ann");
	for (int i = 0; i < 3; i++)
		EXPECT_OK(post_as(s, community, NULL, "again", &post));
	EXPECT_STATUS(post_as(s, community, NULL, "and again", &post), RESOURCE_EXHAUSTED,
		      "RATE_EXCEEDED");
	as_named(s, "mod");
	for (int i = 0; i < 4; i++)
		EXPECT_OK(post_as(s, community, NULL, "again", &post));
	as_platform(s);
}

static void new_words_of_a_post_are_checked_as_well(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, wanted = CONTENT__POST__INIT;

	add(s, community, "坏词", REJECT);
	wait_for_words(s, community, add(s, community, "疑词", HOLD).version);
	as_named(s, "ann");
	EXPECT_OK(post_as(s, community, NULL, "good", &post));
	request.community_id = community;
	request.post_id = post.post_id;
	request.post = &wanted;
	wanted.body = "坏词";
	EXPECT_STATUS(suite_call(s, method_content_update_post, &request, &post),
		      FAILED_PRECONDITION, "TEXT_REJECTED");
	wanted.body = "疑词";
	EXPECT_OK(suite_call(s, method_content_update_post, &request, &post));
	EXPECT_INT(post.edit_waits, true);
	EXPECT_TEXT(post_of(s, community, post.post_id).body, "good");
	wanted.body = "better";
	EXPECT_OK(suite_call(s, method_content_update_post, &request, &post));
	EXPECT_TEXT(post.body, "better");
	as_platform(s);
}

static void a_draft_is_checked_when_it_is_published(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;

	wait_for_words(s, community, add(s, community, "疑词", HOLD).version);
	as_named(s, "ann");
	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	wanted.body = "疑词";
	request.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_DRAFT);
	publish.community_id = community;
	publish.post_id = post.post_id;
	EXPECT_OK(suite_call(s, method_content_publish_post, &publish, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);
	EXPECT_INT(summary_of(s, community).post_count, 0);
	as_platform(s);
}

/* A picture, and what it is said to show. */
static Content__Media picture(const char *alt_text)
{
	Content__Media media = CONTENT__MEDIA__INIT;

	media.url = "https://kith.example/a.png";
	media.media_type = "image/png";
	media.size_bytes = 1000;
	media.alt_text = alt_text;

	return media;
}

static void what_media_are_said_to_show_is_checked_as_well(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__Media media[2] = {picture("一条河"), picture("这是坏词")};
	Content__Media *list[] = {&media[0], &media[1]};
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__UpdatePostRequest update = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	struct outcome outcome;

	add(s, community, "坏词", REJECT);
	wait_for_words(s, community, add(s, community, "疑词", HOLD).version);
	as_named(s, "ann");
	wanted.title = "a title";
	wanted.body = "a body";
	wanted.media = list;
	wanted.n_media = 2;
	request.community_id = publish.community_id = update.community_id = community;
	request.post = update.post = &wanted;
	outcome = suite_call(s, method_content_create_post, &request, &post);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TEXT_REJECTED");
	EXPECT_TEXT(outcome_fact(&outcome, "start"), "21");
	EXPECT_TEXT(outcome_fact(&outcome, "end"), "23");

	wanted.n_media = 1;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	update.post_id = post.post_id;
	wanted.n_media = 2;
	EXPECT_STATUS(suite_call(s, method_content_update_post, &update, &post),
		      FAILED_PRECONDITION, "TEXT_REJECTED");
	media[1].alt_text = "这是疑词";
	EXPECT_OK(suite_call(s, method_content_update_post, &update, &post));
	EXPECT_INT(post.edit_waits, true);

	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	publish.post_id = post.post_id;
	EXPECT_OK(suite_call(s, method_content_publish_post, &publish, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_REVIEW);
	as_platform(s);
}

/* A post of ann's with a picture, whose time has come; what has become of it. */
static Content__Post due_post(struct suite *s, const char *community, const char *body,
			      const char *alt_text, const char *word, Content__WordAction action)
{
	Content__Media media = picture(alt_text), *list = &media;
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__SchedulePostRequest schedule = CONTENT__SCHEDULE_POST_REQUEST__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;
	int64_t until = clock_mono_us() + PATIENCE_US;

	as_named(s, "ann");
	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	wanted.body = body;
	wanted.media = &list;
	wanted.n_media = 1;
	request.community_id = schedule.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	time.seconds = clock_wall_us() / 1000000 + 3600;
	schedule.post_id = post.post_id;
	schedule.publish_time = &time;
	EXPECT_OK(suite_call(s, method_content_schedule_post, &schedule, &post));
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_SCHEDULED);
	if (word)
		wait_for_words(s, community, add(s, community, word, action).version);
	postgres_text(suite_database(s),
		      "UPDATE content.post SET schedule_time = now() WHERE post_id = '%s'",
		      post.post_id);
	while (post.state == CONTENT__POST_STATE__POST_STATE_SCHEDULED) {
		post = post_of(s, community, post.post_id);
		assert_true(clock_mono_us() < until);
	}
	as_platform(s);

	return post;
}

static void a_post_is_checked_again_when_its_time_comes(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s);
	Content__Post post;

	EXPECT_INT(due_post(s, community, "一切都好", "一条河", NULL, HOLD).state,
		   CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_INT(due_post(s, community, "后来可疑", "一条河", "可疑", HOLD).state,
		   CONTENT__POST_STATE__POST_STATE_REVIEW);
	post = due_post(s, community, "后来禁止", "一条河", "禁止", REJECT);
	EXPECT_INT(post.state, CONTENT__POST_STATE__POST_STATE_DRAFT);
	EXPECT_TEXT(post.note, "It has what must not be said here: 禁止");
	EXPECT_INT(due_post(s, community, "一张照片", "后来不好", "不好", REJECT).state,
		   CONTENT__POST_STATE__POST_STATE_DRAFT);
	EXPECT_INT(summary_of(s, community).post_count, 1);
}

static void a_held_comment_is_seen_by_its_author_and_moderators(void **state)
{
	struct suite *s = *state;
	const char *community = given_readers(s), *post = given_post(s, community, "bob");
	Content__ListCommentsRequest request = CONTENT__LIST_COMMENTS_REQUEST__INIT;
	Content__ListCommentsResponse page = CONTENT__LIST_COMMENTS_RESPONSE__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT, gone = CONTENT__COMMENT__INIT;
	Content__Reaction reaction = CONTENT__REACTION__INIT;
	static const char *const names[] = {"ann", "mod", "bob"};
	static const size_t seen[] = {1, 1, 0};

	wait_for_words(s, community, add(s, community, "疑词", HOLD).version);
	as_named(s, "ann");
	EXPECT_OK(comment_with(s, community, post, "疑词", &comment));
	EXPECT_INT(comment.state, CONTENT__COMMENT_STATE__COMMENT_STATE_HELD);
	request.community_id = community;
	request.post_id = post;
	for (size_t i = 0; i < 3; i++) {
		as_named(s, names[i]);
		EXPECT_OK(suite_call(s, method_content_list_comments, &request, &page));
		EXPECT_INT(page.n_comments, seen[i]);
	}
	EXPECT_STATUS(react_as(s, community, comment.comment_id, NULL, "+", &reaction),
		      FAILED_PRECONDITION, "TARGET_REMOVED");
	EXPECT_INT(post_of(s, community, post).comment_count, 0);
	EXPECT_INT(summary_of(s, community).comment_count, 0);
	EXPECT_INT(told(s, "COMMENT_CREATED", comment.comment_id), 0);

	as_named(s, "bob");
	EXPECT_STATUS(remove_comment(s, &comment, &gone), NOT_FOUND, "COMMENT_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_OK(remove_comment(s, &comment, &gone));
	EXPECT_INT(post_of(s, community, post).comment_count, 0);
	EXPECT_INT(summary_of(s, community).comment_count, 0);
	EXPECT_INT(told(s, "COMMENT_REMOVED", comment.comment_id), 0);
	as_platform(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_refused_or_held_however_it_is_written),
		cmocka_unit_test(words_are_kept_counted_and_taken_off),
		cmocka_unit_test(the_platforms_words_hold_everywhere),
		cmocka_unit_test(a_newcomers_link_is_held_and_not_refused),
		cmocka_unit_test(nearly_the_same_again_is_held),
		cmocka_unit_test(who_writes_too_much_waits),
		cmocka_unit_test(new_words_of_a_post_are_checked_as_well),
		cmocka_unit_test(a_draft_is_checked_when_it_is_published),
		cmocka_unit_test(what_media_are_said_to_show_is_checked_as_well),
		cmocka_unit_test(a_post_is_checked_again_when_its_time_comes),
		cmocka_unit_test(a_held_comment_is_seen_by_its_author_and_moderators),
	};

	return cmocka_run_group_tests_name("content_text_check", tests, content_setup,
					   suite_teardown);
}
