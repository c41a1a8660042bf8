/* Media of posts: what may be there, what must, and what is kept of it. */
#include "content_words.h"
#include "kith/content/v1/post_edit.pb-c.h"
#include "kith_methods.h"

#define KIND(name)  CONTENT__POST_KIND__POST_KIND_##name
#define STATE(name) CONTENT__POST_STATE__POST_STATE_##name
#define MANY        21

static Content__Media medium(const char *type)
{
	Content__Media media = CONTENT__MEDIA__INIT;

	media.url = "https://files.example/it";
	media.media_type = type;
	media.size_bytes = 1000;

	return media;
}

static struct outcome write_with(struct suite *s, const char *community, Content__PostKind kind,
				 Content__PostState state, size_t n, Content__Media *media,
				 Content__Post *ret)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;
	Content__Media *list[MANY];

	for (size_t i = 0; i < n; i++)
		list[i] = &media[i];
	post.author_person_id = person(s, "ann");
	post.kind = kind;
	post.state = state;
	post.body = "look";
	post.n_media = n;
	post.media = list;
	request.community_id = community;
	request.post = &post;

	return suite_call(s, method_content_create_post, &request, ret);
}

static struct outcome publish_with(struct suite *s, const char *community, Content__PostKind kind,
				   const char *type)
{
	Content__Media media = medium(type ? type : "");
	Content__Post post = CONTENT__POST__INIT;

	return write_with(s, community, kind, STATE(PUBLISHED), type ? 1 : 0, &media, &post);
}

static struct outcome change(struct suite *s, const Content__Post *post, char *path,
			     Content__Post *wanted, Content__Post *ret)
{
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = &path;
	mask.n_paths = 1;
	request.community_id = post->community_id;
	request.post_id = post->post_id;
	request.post = wanted;
	request.update_mask = &mask;

	return suite_call(s, method_content_update_post, &request, ret);
}

static struct outcome publish(struct suite *s, const Content__Post *post, Content__Post *ret)
{
	Content__PublishPostRequest request = CONTENT__PUBLISH_POST_REQUEST__INIT;

	request.community_id = post->community_id;
	request.post_id = post->post_id;

	return suite_call(s, method_content_publish_post, &request, ret);
}

static struct outcome set(struct suite *s, const char *community,
			  const Content__ContentSettings *settings, Content__ContentSettings *ret)
{
	Content__UpdateContentSettingsRequest request =
		CONTENT__UPDATE_CONTENT_SETTINGS_REQUEST__INIT;

	request.community_id = community;
	request.settings = (Content__ContentSettings *)settings;

	return suite_call(s, method_content_update_content_settings, &request, ret);
}

static const char *given_home(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);

	return community;
}

static void each_kind_has_media_of_its_types(void **state)
{
	static const char *const types[] = {"image/png", "video/mp4", "audio/mpeg",
					    "application/pdf"};
	static const struct {
		Content__PostKind kind;
		bool takes[4], needs;
	} kinds[] = {
		{KIND(IMAGE), {true, false, false, false}, true},
		{KIND(TEXT), {true, true, true, true}, false},
		{KIND(ARTICLE), {true, true, true, true}, false},
		{KIND(QUESTION), {true, true, true, true}, false},
		{KIND(RESOURCE), {true, true, true, true}, false},
		{KIND(LESSON), {true, true, true, true}, false},
		{KIND(UNSPECIFIED), {true, true, true, true}, false},
		{KIND(VIDEO), {false, true, false, false}, true},
		{KIND(AUDIO), {false, false, true, false}, true},
	};
	struct suite *s = *state;
	const char *community = given_home(s);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (size_t k = 0; k < 4; k++) {
			struct outcome outcome =
				publish_with(s, community, kinds[i].kind, types[k]);

			if (kinds[i].takes[k])
				EXPECT_OK(outcome);
			else if (k == 0) /* a cover alone is no film */
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "MEDIA_MISSING");
			else
				EXPECT_STATUS(outcome, INVALID_ARGUMENT, "MEDIA_TYPE");
		}
		if (kinds[i].needs)
			EXPECT_STATUS(publish_with(s, community, kinds[i].kind, NULL),
				      FAILED_PRECONDITION, "MEDIA_MISSING");
		else
			EXPECT_OK(publish_with(s, community, kinds[i].kind, NULL));
	}
}

static void what_may_hold_a_script_is_no_media(void **state)
{
	static const char *const types[] = {
		"text/html", "image/svg+xml", "application/xhtml+xml",  "text/xml",
		"IMAGE/PNG", "image/png;x=y", "application/javascript", "image/"};
	struct suite *s = *state;
	const char *community = given_home(s);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		EXPECT_STATUS(publish_with(s, community, KIND(TEXT), types[i]), INVALID_ARGUMENT,
			      "MEDIA_TYPE");
}

static void each_is_checked_and_told_by_its_place(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__Media media[MANY];
	Content__Post post = CONTENT__POST__INIT;
	struct outcome outcome;

	for (size_t i = 0; i < MANY; i++)
		media[i] = medium("image/png");
	outcome = write_with(s, community, KIND(IMAGE), STATE(DRAFT), MANY, media, &post);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "TOO_MANY_MEDIA");
	EXPECT_TEXT(outcome_fact(&outcome, "max_count"), "20");
	EXPECT_OK(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), MANY - 1, media, &post));

	media[1].size_bytes = 20 * 1048576 + 1;
	outcome = write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "MEDIA_TOO_LARGE");
	EXPECT_TEXT(outcome_fact(&outcome, "max_bytes"), "20971520");
	assert_true(outcome_names(&outcome, "post.media[1].size_bytes"));
	media[1].size_bytes--;
	EXPECT_OK(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post));
	media[1].size_bytes = 0;
	EXPECT_STATUS(write_with(s, community, KIND(IMAGE), STATE(DRAFT), 2, media, &post),
		      INVALID_ARGUMENT, NULL);

	media[1] = medium("image/png");
	media[1].url = "javascript:alert(1)";
	EXPECT_STATUS(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post),
		      INVALID_ARGUMENT, "BAD_URL");
	media[1] = medium("image/png");
	media[1].sha256 = "abc";
	EXPECT_STATUS(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post),
		      INVALID_ARGUMENT, "BAD_SHA256");
}

static void a_community_allows_fewer_types_and_other_sizes(void **state)
{
	static const char *const pictures[] = {"image/png", "image/webp"}, *const bad[] = {"a/b"};
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__ContentSettings wanted = CONTENT__CONTENT_SETTINGS__INIT,
				 now = CONTENT__CONTENT_SETTINGS__INIT;

	EXPECT_OK(set(s, community, &wanted, &now));
	EXPECT_INT(now.media_max_count, 20);
	EXPECT_INT(now.image_max_bytes, 20971520);
	EXPECT_INT(now.video_max_bytes, INT64_C(2147483648));
	wanted.media_types = (const char **)bad;
	wanted.n_media_types = 1;
	EXPECT_STATUS(set(s, community, &wanted, &now), INVALID_ARGUMENT, "MEDIA_TYPE");
	wanted.media_types = (const char **)pictures;
	wanted.n_media_types = 2;
	wanted.image_max_bytes = 999;
	EXPECT_OK(set(s, community, &wanted, &now));
	EXPECT_INT(now.n_media_types, 2);
	EXPECT_INT(now.image_max_bytes, 999);

	EXPECT_STATUS(publish_with(s, community, KIND(VIDEO), "video/mp4"), INVALID_ARGUMENT,
		      "MEDIA_TYPE");
	EXPECT_STATUS(publish_with(s, community, KIND(IMAGE), "image/png"), INVALID_ARGUMENT,
		      "MEDIA_TOO_LARGE");
	wanted.image_max_bytes = 1000;
	EXPECT_OK(set(s, community, &wanted, &now));
	EXPECT_OK(publish_with(s, community, KIND(IMAGE), "image/png"));
}

static void media_are_told_as_they_were_given(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Media media[2] = {medium("video/webm"), medium("image/webp")};
	Content__Post post = CONTENT__POST__INIT, plain = CONTENT__POST__INIT;

	media[0].width = 640;
	media[0].height = 480;
	media[0].duration_ms = 61000;
	media[0].alt_text = "两只猫";
	media[0].sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	EXPECT_OK(write_with(s, community, KIND(VIDEO), STATE(PUBLISHED), 2, media, &post));
	EXPECT_INT(post.n_media, 2);
	EXPECT_OK(write_with(s, community, KIND(TEXT), STATE(PUBLISHED), 0, NULL, &plain));
	EXPECT_OK(write_with(s, community, KIND(TEXT), STATE(PUBLISHED), 1, media + 1, &plain));

	list.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 3);
	EXPECT_INT(page.posts[0]->n_media, 1);
	EXPECT_INT(page.posts[1]->n_media, 0);
	EXPECT_INT(page.posts[2]->n_media, 2);
	post = post_of(s, community, post.post_id);
	EXPECT_INT(post.media_count, 2);
	EXPECT_TEXT(post.media[0]->url, "https://files.example/it");
	EXPECT_TEXT(post.media[0]->media_type, "video/webm");
	EXPECT_INT(post.media[0]->size_bytes, 1000);
	EXPECT_INT(post.media[0]->width, 640);
	EXPECT_INT(post.media[0]->height, 480);
	EXPECT_INT(post.media[0]->duration_ms, 61000);
	EXPECT_TEXT(post.media[0]->alt_text, "两只猫");
	EXPECT_TEXT(post.media[0]->sha256, media[0].sha256);
	EXPECT_TEXT(post.media[1]->media_type, "image/webp");
}

static void a_draft_may_lack_what_it_needs_to_be_published(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__Media media = medium("image/png"), *list[] = {&media};
	Content__Post draft = CONTENT__POST__INIT, post = CONTENT__POST__INIT,
		      wanted = CONTENT__POST__INIT;

	EXPECT_OK(write_with(s, community, KIND(IMAGE), STATE(DRAFT), 0, NULL, &draft));
	EXPECT_STATUS(publish(s, &draft, &post), FAILED_PRECONDITION, "MEDIA_MISSING");
	EXPECT_INT(post_of(s, community, draft.post_id).state, STATE(DRAFT));
	wanted.media = list;
	wanted.n_media = 1;
	EXPECT_OK(change(s, &draft, "media", &wanted, &post));
	EXPECT_OK(publish(s, &draft, &post));
	EXPECT_INT(post.n_media, 1);
}

/* What was there before posts had media, or came from elsewhere, is changed in all but those. */
static void who_never_had_media_need_not_have_them(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s), *old = given_post(s, community, "ann");
	Content__Post wanted = CONTENT__POST__INIT, post = post_of(s, community, old);

	postgres_int(suite_database(s),
		     "UPDATE content.post SET kind = 'IMAGE' WHERE post_id = '%s'", old);
	wanted.title = "a heading";
	EXPECT_OK(change(s, &post, "title", &wanted, &post));
	EXPECT_INT(post.kind, KIND(IMAGE));
	wanted.kind = KIND(VIDEO);
	EXPECT_STATUS(change(s, &post, "kind", &wanted, &post), FAILED_PRECONDITION,
		      "MEDIA_MISSING");
}

static void other_media_take_their_place_and_the_former_are_kept(void **state)
{
	struct suite *s = *state;
	const char *community = given_home(s);
	Content__ListPostRevisionsRequest list = CONTENT__LIST_POST_REVISIONS_REQUEST__INIT;
	Content__ListPostRevisionsResponse page = CONTENT__LIST_POST_REVISIONS_RESPONSE__INIT;
	Content__Media media[2] = {medium("image/png"), medium("image/gif")}, *one[] = {&media[1]};
	Content__Post post = CONTENT__POST__INIT, wanted = CONTENT__POST__INIT,
		      now = CONTENT__POST__INIT;

	EXPECT_OK(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post));
	wanted.body = "other words";
	EXPECT_OK(change(s, &post, "body", &wanted, &now));
	EXPECT_INT(now.n_media, 2);
	wanted.media = one;
	wanted.n_media = 1;
	EXPECT_OK(change(s, &post, "media", &wanted, &now));
	EXPECT_INT(now.n_media, 1);
	EXPECT_TEXT(now.media[0]->media_type, "image/gif");
	wanted.n_media = 0;
	EXPECT_STATUS(change(s, &post, "media", &wanted, &now), FAILED_PRECONDITION,
		      "MEDIA_MISSING");
	wanted.kind = KIND(TEXT);
	EXPECT_OK(change(s, &post, "kind", &wanted, &now));
	EXPECT_OK(change(s, &post, "media", &wanted, &now));
	EXPECT_INT(now.n_media, 0);
	EXPECT_INT(post_of(s, community, post.post_id).media_count, 0);

	list.community_id = community;
	list.post_id = post.post_id;
	list.page_size = 2;
	EXPECT_OK(suite_call(s, method_content_list_post_revisions, &list, &page));
	EXPECT_INT(page.n_revisions, 2);
	EXPECT_INT(page.revisions[0]->n_media, 1);
	EXPECT_INT(page.revisions[1]->n_media, 1);
	list.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_content_list_post_revisions, &list, &page));
	EXPECT_INT(page.n_revisions, 2);
	EXPECT_INT(page.revisions[0]->n_media, 2);
	EXPECT_INT(page.revisions[1]->n_media, 2);
	EXPECT_TEXT(page.revisions[1]->media[0]->media_type, "image/png");
}

static Content__ListPostEditsResponse waiting(struct suite *s, const char *community)
{
	Content__ListPostEditsRequest request = CONTENT__LIST_POST_EDITS_REQUEST__INIT;
	Content__ListPostEditsResponse page = CONTENT__LIST_POST_EDITS_RESPONSE__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_content_list_post_edits, &request, &page));

	return page;
}

static struct outcome approve(struct suite *s, const Content__PostEdit *edit, Content__Post *ret)
{
	Content__ApprovePostEditRequest request = CONTENT__APPROVE_POST_EDIT_REQUEST__INIT;

	request.community_id = edit->community_id;
	request.post_id = edit->post_id;
	request.etag = edit->etag;

	return suite_call_as_platform(s, method_content_approve_post_edit, &request, ret);
}

/* Where review is asked for, nobody shows what no moderator has seen, nor names anybody by it. */
static void other_media_wait_for_a_moderator(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT;
	Content__Media media[2] = {medium("image/png"), medium("image/gif")}, *one[] = {&media[1]};
	Content__Media film = medium("video/mp4"), *films[] = {&film};
	Content__Post post = CONTENT__POST__INIT, wanted = CONTENT__POST__INIT,
		      now = CONTENT__POST__INIT;
	Content__ListPostEditsResponse page;

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	EXPECT_OK(write_with(s, community, KIND(IMAGE), STATE(PUBLISHED), 2, media, &post));
	settings.require_review = true;
	EXPECT_OK(set(s, community, &settings, &settings));

	as_named(s, "ann");
	wanted.media = one;
	wanted.n_media = 1;
	EXPECT_OK(change(s, &post, "media", &wanted, &now));
	assert_true(now.edit_waits);
	EXPECT_INT(now.n_media, 2);
	wanted.body = "@1, look";
	EXPECT_OK(change(s, &post, "body", &wanted, &now));
	EXPECT_TEXT(now.body, "look");
	as_platform(s);
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT count(*) FROM content.person_mention WHERE subject_id = '%s'",
			     post.post_id),
		0);

	page = waiting(s, community);
	EXPECT_INT(page.n_edits, 1);
	assert_true(page.edits[0]->sets_media);
	EXPECT_INT(page.edits[0]->n_media, 1);
	EXPECT_TEXT(page.edits[0]->media[0]->media_type, "image/gif");
	EXPECT_OK(approve(s, page.edits[0], &now));
	EXPECT_INT(now.n_media, 1);
	EXPECT_TEXT(now.media[0]->media_type, "image/gif");
	EXPECT_TEXT(now.body, "@1, look");
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT count(*) FROM content.person_mention WHERE subject_id = '%s'",
			     post.post_id),
		1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.post_media WHERE post_id = '%s' AND "
				"version < 0",
				post.post_id),
		   0);

	/* A film, then a kind that shows pictures: neither was wrong when it was given. */
	as_named(s, "ann");
	wanted.kind = KIND(TEXT);
	wanted.media = films;
	EXPECT_OK(change(s, &post, "kind", &wanted, &now));
	EXPECT_OK(approve(s, waiting(s, community).edits[0], &now));
	EXPECT_OK(change(s, &post, "media", &wanted, &now));
	wanted.kind = KIND(IMAGE);
	EXPECT_OK(change(s, &post, "kind", &wanted, &now));
	as_platform(s);
	EXPECT_STATUS(approve(s, waiting(s, community).edits[0], &now), INVALID_ARGUMENT,
		      "MEDIA_TYPE");
	EXPECT_INT(post_of(s, community, post.post_id).kind, KIND(TEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_media_of_its_types),
		cmocka_unit_test(what_may_hold_a_script_is_no_media),
		cmocka_unit_test(each_is_checked_and_told_by_its_place),
		cmocka_unit_test(a_community_allows_fewer_types_and_other_sizes),
		cmocka_unit_test(media_are_told_as_they_were_given),
		cmocka_unit_test(a_draft_may_lack_what_it_needs_to_be_published),
		cmocka_unit_test(who_never_had_media_need_not_have_them),
		cmocka_unit_test(other_media_take_their_place_and_the_former_are_kept),
		cmocka_unit_test(other_media_wait_for_a_moderator),
	};

	return cmocka_run_group_tests_name("content_media", tests, content_setup, suite_teardown);
}
