/* Search: what is found in Chinese, in English and in both, how it is shown, and to whom. */
#include <sched.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "content_words.h"
#include "kith/content/v1/search.pb-c.h"
#include "kith_methods.h"

#define PATIENCE_US INT64_C(30000000)
#define MANY        130

/* Returns once search knows all that was said so far. */
static void hear_of_words(struct suite *s)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s),
			    "SELECT (SELECT count(*) FROM content.post WHERE indexed_version <> "
			    "version) + (SELECT count(*) FROM content.comment WHERE "
			    "indexed_version <> version)") > 0) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}
}

static const char *say_words(struct suite *s, const char *community, const char *author,
			     const char *title, const char *body, const char *topic)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, author);
	post.title = title;
	post.body = body;
	post.topic = topic;
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

static const char *given_members(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);

	return community;
}

static struct outcome search(struct suite *s, const char *community, const char *query,
			     Content__SearchResponse *ret)
{
	Content__SearchPostsRequest request = CONTENT__SEARCH_POSTS_REQUEST__INIT;

	request.community_id = community;
	request.query = query;
	*ret = (Content__SearchResponse)CONTENT__SEARCH_RESPONSE__INIT;

	return suite_call(s, method_content_search_posts, &request, ret);
}

static size_t hits(struct suite *s, const char *community, const char *query)
{
	Content__SearchResponse found;

	EXPECT_OK(search(s, community, query, &found));

	return found.n_hits;
}

static const struct {
	char name;
	const char *title, *body;
} said[] = {
	{'a', "周末徒步活动报名", "这个周末我们去西湖边徒步，报名截止到周五晚上。"},
	{'b', "社群运营的第一步", "先想清楚社群的定位，再谈拉新和留存。社群运营不是发广告。"},
	{'c', "AI 绘画入门", "用 AI 画一只猫，只要三步。适合零基础的同学。"},
	{'d', "How we ran our first meeting",
	 "Running meetings is easy: write down what was decided, and who does it."},
	{'e', "Release notes v2.5", "Version 2.5 fixes crashes on iPhone15 and adds C++ examples."},
	{'f', "Price list", "The prices: ￥99 a month. ＡＰＰＬＥ stickers are free."},
	{'g', "機器學習讀書會", "每週三晚上，我們一起讀一章。新手也歡迎。"},
	{'h', "今天好开心🎉", "拿到奖学金啦！谢谢大家 ❤️"},
	{'i', "Café au lait", "Where is the best café near the university?"},
	{'j', "第3期训练营开营", "第3期训练营今天开营，学员一共42人。"},
	{'k', "To be or not to be", "That is the question."},
	{'l', "猫咪领养", "有三只小猫找新家，已打疫苗。"},
	{'m', "打卡挑战", "连续打卡 100 天，拿奖学金。"},
	{'n', "A diary", "She studied; he studies; they are studying."},
	{'o', "拼团优惠", "三人成团，iPhone 手机壳 9.9 元。"},
	{'p', "こんにちは世界", "ひらがなとカタカナの検索"},
	{'q', "New members’ guide", "Don't worry, e-mail us: help@example.org"},
};

static const struct {
	const char *query, *found;
} asked[] = {
	/* Two characters, also where they are no word or cross two. */
	{"西湖", "a"},
	{"徒步", "a"},
	{"社群", "b"},
	{"运营", "b"},
	{"群运", "b"},
	{"学金", "hm"},
	{"打卡", "m"},
	{"领养", "l"},
	{"小猫", "l"},
	/* More of them: as they stand, or divided into words. */
	{"奖学金", "hm"},
	{"社群运营", "b"},
	{"训练营开营", "j"},
	{"周末徒步", "a"},
	{"西湖徒步", "a"},
	{"\"西湖徒步\"", ""},
	{"“西湖边徒步”", "a"},
	{"留存 定位", "b"},
	{"留存 西湖", ""},
	/* One: words that begin with it, or it by itself. */
	{"猫", "cl"},
	/* Traditional and simplified. */
	{"机器学习", "g"},
	{"機器學習", "g"},
	{"读书会", "g"},
	{"獎學金", "hm"},
	/* Mixed. */
	{"AI绘画", "c"},
	{"ai 猫", "c"},
	{"iPhone手机壳", "o"},
	{"第3期", "j"},
	{"第4期", ""},
	{"meeting 徒步", ""},
	/* English in its forms. */
	{"meet", "d"},
	{"MEETINGS", "d"},
	{"run", "d"},
	{"study", "n"},
	{"crash", "e"},
	{"price", "f"},
	{"member", "q"},
	{"don’t worry", "q"},
	{"notes release", "e"},
	{"\"release notes\"", "e"},
	{"\"notes release\"", ""},
	/* Common words. */
	{"the question", "k"},
	{"to be", "k"},
	{"\"to be or not to be\"", "k"},
	/* Numbers and names. */
	{"v2.5", "e"},
	{"2.5", "e"},
	{"9.9", "o"},
	{"42人", "j"},
	{"iphone", "eo"},
	{"iPhone 15", "e"},
	{"iphone15", "e"},
	{"C++", "e"},
	{"C", ""},
	/* Width, case, accents, signs, other scripts. */
	{"apple", "f"},
	{"ｐｒｉｃｅ", "f"},
	{"CAFE", "i"},
	{"🎉", "h"},
	{"❤", "h"},
	{"ひらがな", "p"},
	{"カタカナ", "p"},
	/* Nothing that is there. */
	{"zebra", ""},
	{"斑马", ""},
};

static void what_is_asked_for_is_found(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s), *ids[128] = {0};
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		ids[(unsigned char)said[i].name] =
			say_words(s, community, "ann", said[i].title, said[i].body, "");
	hear_of_words(s);

	as_named(s, "bob");
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		Content__SearchResponse found;
		char names[32] = {0};
		size_t n = 0;

		EXPECT_OK(search(s, community, asked[i].query, &found));
		for (char name = 'a'; name <= 'z'; name++) {
			for (size_t k = 0; k < found.n_hits; k++) {
				if (ids[(unsigned char)name] &&
				    text_equal(found.hits[k]->post_id, ids[(unsigned char)name]))
					names[n++] = name;
			}
		}
		if (!text_equal(names, asked[i].found) || found.n_hits != n) {
			print_error("%s found '%s', not '%s'\n", asked[i].query, names,
				    asked[i].found);
			wrong++;
		}
	}
	as_platform(s);
	print_message("%zu queries asked\n", sizeof(asked) / sizeof(asked[0]));
	assert_int_equal(wrong, 0);
}

static void a_query_without_words_is_refused(void **state)
{
	static const char *const empty[] = {" ", "，。！？", "...", "\"\"", "- _ /", "&|!():*<->"};
	struct suite *s = *state;
	const char *community = given_members(s);
	Content__SearchResponse found;

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct outcome outcome = search(s, community, empty[i], &found);

		EXPECT_STATUS(outcome, INVALID_ARGUMENT, "NO_WORDS");
		assert_true(outcome_names(&outcome, "query"));
	}
	EXPECT_STATUS(search(s, community, "", &found), INVALID_ARGUMENT, NULL);
}

/* Whatever one writes is words and what stands between. */
static void no_query_does_harm(void **state)
{
	static const char *const hostile[] = {
		"'; DROP TABLE content.post; --",
		"hunt' & !'x",
		"hunt:*A <-> x",
		"a & | ! ( ) <5> b",
		"hunt\\' \\",
		"\"hunt",
		"hunt\" \"",
		"“hunt",
		"@c0 @a0 @0_1",
		"%s%n%d",
		"hunt:*",
		"!hunt",
		"<mark>hunt</mark>",
		"\xef\xbf\xbf hunt \xef\xbf\xbd",
		"ﷺ ﷺ ﷺ",
		"ㄅㄆㄇ ㅋㅋㅋ ฟฟ",
		"👩‍👩‍👧‍👦 🇨🇳 1️⃣",
		"𠮷野家 𝕳𝖚𝖓𝖙",
	};
	struct suite *s = *state;
	const char *community = given_members(s);
	char *longest = arena_alloc(suite_arena(s), 10001);
	Content__SearchResponse found;

	say_words(s, community, "ann", "The hunt", "a hunt for 𝕳𝖚𝖓𝖙 words", "");
	hear_of_words(s);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		EXPECT_OK(search(s, community, hostile[i], &found));
	EXPECT_INT(hits(s, community, "hunt:* !hunt"), 1);
	EXPECT_INT(hits(s, community, "\"hunt"), 1);

	memset(longest, '\'', 10000);
	EXPECT_STATUS(search(s, community, longest, &found), INVALID_ARGUMENT, NULL);
	for (size_t i = 0; i < 200; i++)
		longest[i] = "a1 "[i % 3];
	longest[200] = '\0';
	EXPECT_OK(search(s, community, longest, &found));
}

static void what_is_found_is_marked_and_harmless(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	CLEANUP(buf_fini) struct buf body = {0};
	Content__SearchResponse found;

	say_words(s, community, "ann", "<b>Running</b> & 西湖跑步",
		  "no <script>alert('run')</script>", "");
	hear_of_words(s);
	EXPECT_OK(search(s, community, "run 西湖", &found));
	EXPECT_INT(found.n_hits, 1);
	EXPECT_TEXT(found.hits[0]->title_html,
		    "&lt;b&gt;<mark>Running</mark>&lt;/b&gt; &amp; <mark>西湖</mark>跑步");
	EXPECT_TEXT(found.hits[0]->snippet_html,
		    "no &lt;script&gt;alert(&#39;<mark>run</mark>&#39;)"
		    "&lt;/script&gt;");

	/* Of a long text, the piece where the words are. */
	for (int i = 0; i < 2000; i++)
		buf_add_string(&body, i == 1500 ? "灯笼 lantern 节。" : "某些字，words & ");
	say_words(s, community, "ann", "", body.data, "");
	hear_of_words(s);
	EXPECT_OK(search(s, community, "灯笼 lanterns", &found));
	EXPECT_INT(found.n_hits, 1);
	assert_non_null(
		strstr(found.hits[0]->snippet_html, "<mark>灯笼</mark> <mark>lantern</mark> 节。"));
	assert_true(text_starts(found.hits[0]->snippet_html, "…"));
	assert_true(text_ends(found.hits[0]->snippet_html, "…"));
	assert_true(text_is_utf8(found.hits[0]->snippet_html, strlen(found.hits[0]->snippet_html)));
	assert_in_range(text_length(found.hits[0]->snippet_html), 160, 400);
}

static void titles_weigh_more_than_texts_and_texts_more_than_comments(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s), *body, *title;
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT, made = CONTENT__COMMENT__INIT;
	Content__SearchPostsRequest narrow = CONTENT__SEARCH_POSTS_REQUEST__INIT;
	Content__SearchFilter filter = CONTENT__SEARCH_FILTER__INIT;
	Content__SearchResponse found;

	title = say_words(s, community, "ann", "lanterns", "of paper", "craft");
	body = say_words(s, community, "bob", "paper", "for a lantern", "");
	comment.author_person_id = person(s, "bob");
	comment.body = "my lantern burns";
	request.community_id = community;
	request.post_id = title;
	request.comment = &comment;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_comment, &request, &made));
	hear_of_words(s);

	EXPECT_OK(search(s, community, "lantern", &found));
	EXPECT_INT(found.n_hits, 3);
	EXPECT_TEXT(found.hits[0]->hit_id, title);
	EXPECT_TEXT(found.hits[1]->hit_id, body);
	EXPECT_TEXT(found.hits[2]->hit_id, made.comment_id);
	EXPECT_TEXT(found.hits[2]->comment_id, made.comment_id);
	EXPECT_TEXT(found.hits[2]->post_id, title);
	EXPECT_TEXT(found.hits[2]->snippet_html, "my <mark>lantern</mark> burns");
	EXPECT_TEXT(found.hits[0]->comment_id, "");
	assert_true(found.hits[0]->score > found.hits[1]->score);
	EXPECT_INT(hits(s, community, "craft"), 1);

	narrow.community_id = community;
	narrow.query = "lantern";
	narrow.filter = &filter;
	filter.scope = CONTENT__SEARCH_SCOPE__SEARCH_SCOPE_COMMENTS;
	EXPECT_OK(suite_call(s, method_content_search_posts, &narrow, &found));
	EXPECT_INT(found.n_hits, 1);
	filter.scope = CONTENT__SEARCH_SCOPE__SEARCH_SCOPE_POSTS;
	EXPECT_OK(suite_call(s, method_content_search_posts, &narrow, &found));
	EXPECT_INT(found.n_hits, 2);
	filter.author_person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_content_search_posts, &narrow, &found));
	EXPECT_INT(found.n_hits, 1);
	EXPECT_TEXT(found.hits[0]->hit_id, body);
	filter.author_person_id = "";
	filter.topic = "craft";
	EXPECT_OK(suite_call(s, method_content_search_posts, &narrow, &found));
	EXPECT_INT(found.n_hits, 1);
	filter.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	EXPECT_OK(suite_call(s, method_content_search_posts, &narrow, &found));
	EXPECT_INT(found.n_hits, 0);
}

static void a_span_of_time_narrows_a_search(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	Content__SearchPostsRequest request = CONTENT__SEARCH_POSTS_REQUEST__INIT;
	Content__SearchFilter filter = CONTENT__SEARCH_FILTER__INIT;
	Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Timestamp to = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Content__SearchResponse found = CONTENT__SEARCH_RESPONSE__INIT;

	for (int i = 0; i < 4; i++)
		postgres_int(suite_database(s),
			     "UPDATE content.post SET publish_time = now() - interval '%d days', "
			     "version = version + 1 WHERE post_id = '%s'",
			     400 * i, say_words(s, community, "ann", "", "lanterns", ""));
	hear_of_words(s);
	EXPECT_INT(hits(s, community, "lantern"), 4);

	request.community_id = community;
	request.query = "lantern";
	request.filter = &filter;
	from.seconds = clock_wall_us() / 1000000 - 900 * INT64_C(86400);
	to.seconds = clock_wall_us() / 1000000 - 300 * INT64_C(86400);
	filter.from_time = &from;
	EXPECT_OK(suite_call(s, method_content_search_posts, &request, &found));
	EXPECT_INT(found.n_hits, 3);
	filter.to_time = &to;
	EXPECT_OK(suite_call(s, method_content_search_posts, &request, &found));
	EXPECT_INT(found.n_hits, 2);
}

static Content__Post given_visible(struct suite *s, const char *community, const char *author,
				   Content__Visibility visibility, const char *plan)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, author);
	post.body = "secret lanterns";
	post.visibility = visibility;
	if (visibility == CONTENT__VISIBILITY__VISIBILITY_PAID)
		post.plan_id = plan;
	if (visibility == CONTENT__VISIBILITY__VISIBILITY_LEVEL)
		post.min_level = 3;
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made;
}

static size_t home_hits(struct suite *s, const char *name)
{
	Content__SearchHomeRequest request = CONTENT__SEARCH_HOME_REQUEST__INIT;
	Content__SearchResponse found = CONTENT__SEARCH_RESPONSE__INIT;

	request.person_id = person(s, name);
	request.query = "secret lantern";
	EXPECT_OK(suite_call(s, method_content_search_home, &request, &found));

	return found.n_hits;
}

static void nobody_finds_what_he_may_not_see(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s), *plan = person(s, "a plan");
	Content__SearchAllPostsRequest all = CONTENT__SEARCH_ALL_POSTS_REQUEST__INIT;
	Content__SearchResponse found = CONTENT__SEARCH_RESPONSE__INIT;
	Content__Post post = CONTENT__POST__INIT;
	Content__Post public =
		given_visible(s, community, "ann", CONTENT__VISIBILITY__VISIBILITY_PUBLIC, NULL);

	given_visible(s, community, "ann", CONTENT__VISIBILITY__VISIBILITY_MEMBER, NULL);
	given_visible(s, community, "ann", CONTENT__VISIBILITY__VISIBILITY_PAID, plan);
	given_visible(s, community, "ann", CONTENT__VISIBILITY__VISIBILITY_LEVEL, NULL);
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	hear_of_words(s);

	as_named(s, "ann");
	EXPECT_INT(hits(s, community, "lanterns"), 4);
	EXPECT_INT(home_hits(s, "ann"), 4);
	as_named(s, "mod");
	EXPECT_INT(hits(s, community, "lanterns"), 4);
	EXPECT_INT(home_hits(s, "mod"), 4);
	as_named(s, "stranger");
	EXPECT_INT(hits(s, community, "lanterns"), 1);
	EXPECT_INT(home_hits(s, "stranger"), 0);
	as_named(s, "bob");
	EXPECT_INT(hits(s, community, "lanterns"), 2);
	EXPECT_INT(home_hits(s, "bob"), 2);
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET level = 3, plan_id = '%s' WHERE "
		     "community_id = '%s' AND person_id = '%s'",
		     plan, community, person(s, "bob"));
	EXPECT_INT(hits(s, community, "lanterns"), 4);
	EXPECT_INT(home_hits(s, "bob"), 4);
	all.query = "secret lantern";
	EXPECT_STATUS(suite_call(s, method_content_search_all_posts, &all, &found),
		      PERMISSION_DENIED, NULL);

	/* From the moment on in which it is removed; another's search waits for nothing. */
	as_platform(s);
	EXPECT_OK(remove_post(s, community, public.post_id, &post));
	as_named(s, "bob");
	EXPECT_INT(hits(s, community, "lanterns"), 3);
	as_platform(s);
	EXPECT_OK(suite_call(s, method_content_search_all_posts, &all, &found));
	EXPECT_INT(found.n_hits, 3);
	hear_of_words(s);
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT length(words) FROM content.search_entry WHERE entry_id = '%s'",
			     public.post_id),
		0);

	EXPECT_OK(leave(s, community, "bob"));
	suite_settle(s);
	as_named(s, "bob");
	EXPECT_INT(home_hits(s, "bob"), 0);
	EXPECT_INT(hits(s, community, "lanterns"), 0);
	as_platform(s);
}

static void what_is_changed_is_found_by_its_new_words(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__ArchivePostRequest archive = CONTENT__ARCHIVE_POST_REQUEST__INIT;
	Content__SearchPostsRequest search_too = CONTENT__SEARCH_POSTS_REQUEST__INIT;
	Content__SearchFilter filter = CONTENT__SEARCH_FILTER__INIT;
	Content__SearchResponse found = CONTENT__SEARCH_RESPONSE__INIT;
	Content__Post wanted = CONTENT__POST__INIT, post = CONTENT__POST__INIT;

	request.community_id = archive.community_id = community;
	request.post_id = archive.post_id =
		say_words(s, community, "ann", "", "paper lanterns", "");
	wanted.body = "glass lamps";
	request.post = &wanted;
	hear_of_words(s);
	EXPECT_INT(hits(s, community, "paper"), 1);
	EXPECT_OK(suite_call(s, method_content_update_post, &request, &post));
	hear_of_words(s);
	EXPECT_INT(hits(s, community, "paper"), 0);
	EXPECT_INT(hits(s, community, "lamp"), 1);

	EXPECT_OK(suite_call(s, method_content_archive_post, &archive, &post));
	EXPECT_INT(hits(s, community, "lamp"), 0);
	search_too.community_id = community;
	search_too.query = "lamp";
	search_too.filter = &filter;
	filter.include_archived = true;
	EXPECT_OK(suite_call(s, method_content_search_posts, &search_too, &found));
	EXPECT_INT(found.n_hits, 1);
}

static void pages_hold_all_and_nothing_twice_while_others_write(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);

	for (int i = 0; i < MANY; i++)
		say_words(s, community, "ann", "", i % 3 ? "a lantern" : "lantern after lantern",
			  "");
	hear_of_words(s);

	for (int order = CONTENT__SEARCH_ORDER__SEARCH_ORDER_RELEVANCE;
	     order <= CONTENT__SEARCH_ORDER__SEARCH_ORDER_NEW; order++) {
		int64_t before = postgres_int(suite_database(s),
					      "SELECT count(*) FROM content.post WHERE "
					      "community_id = '%s'",
					      community);
		Content__SearchPostsRequest request = CONTENT__SEARCH_POSTS_REQUEST__INIT;
		const char *seen[2 * MANY];
		size_t n = 0;

		request.community_id = community;
		request.query = "lanterns";
		request.order = (Content__SearchOrder)order;
		request.page_size = 20;
		do {
			Content__SearchResponse page = CONTENT__SEARCH_RESPONSE__INIT;

			EXPECT_OK(suite_call(s, method_content_search_posts, &request, &page));
			for (size_t i = 0; i < page.n_hits; i++) {
				for (size_t k = 0; k < n; k++)
					assert_false(text_equal(seen[k], page.hits[i]->hit_id));
				seen[n++] = page.hits[i]->hit_id;
			}
			request.page_token = page.next_page_token;
			say_words(s, community, "bob", "", "a later lantern", "");
			hear_of_words(s);
		} while (request.page_token[0]);
		/* What was written meanwhile may be among the less relevant. */
		assert_in_range(n, before, before + 10);
		if (order == CONTENT__SEARCH_ORDER__SEARCH_ORDER_NEW)
			EXPECT_INT(n, before);
	}
}

static void imported_words_are_found(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);

	postgres_int(
		suite_database(s),
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
		"visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time) SELECT '%s', gen_random_uuid(), '%s', 'TEXT', 'PUBLISHED', 'MEMBER', "
		"'', CASE n %% 700 WHEN 0 THEN 'a rare 灯笼' ELSE 'a frequent 灯火' END, '', true, "
		"at, at, at FROM generate_series(1, 9000) AS n, LATERAL (SELECT timestamptz "
		"'2020-01-01Z' + n * interval '5 hours' AS at) AS a",
		community, person(s, "ann"));
	hear_of_words(s);
	EXPECT_INT(hits(s, community, "灯笼"), 12);
	EXPECT_INT(hits(s, community, "frequent 灯火"), 50);
	EXPECT_INT(hits(s, community, "rare 灯火"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_found),
		cmocka_unit_test(a_query_without_words_is_refused),
		cmocka_unit_test(no_query_does_harm),
		cmocka_unit_test(what_is_found_is_marked_and_harmless),
		cmocka_unit_test(titles_weigh_more_than_texts_and_texts_more_than_comments),
		cmocka_unit_test(a_span_of_time_narrows_a_search),
		cmocka_unit_test(nobody_finds_what_he_may_not_see),
		cmocka_unit_test(what_is_changed_is_found_by_its_new_words),
		cmocka_unit_test(pages_hold_all_and_nothing_twice_while_others_write),
		cmocka_unit_test(imported_words_are_found),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
