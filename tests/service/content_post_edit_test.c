/* Changes of published posts where the community asks for review. */
#include "content_words.h"
#include "kith/content/v1/post_edit.pb-c.h"
#include "kith_methods.h"

static void ask_for_review(struct suite *s, const char *community, bool review)
{
	Content__UpdateContentSettingsRequest request =
		CONTENT__UPDATE_CONTENT_SETTINGS_REQUEST__INIT;
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT,
				 now = CONTENT__CONTENT_SETTINGS__INIT;

	settings.require_review = review;
	request.community_id = community;
	request.settings = &settings;
	EXPECT_OK(
		suite_call_as_platform(s, method_content_update_content_settings, &request, &now));
}

/* A community that asks for review, with ann and bob, its members, and mod, its moderator. */
static const char *given_reviewed(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	ask_for_review(s, community, true);

	return community;
}

static struct outcome change(struct suite *s, const char *community, const char *post_id,
			     Content__Post *wanted, Content__Post *ret)
{
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;

	request.community_id = community;
	request.post_id = post_id;
	request.post = wanted;

	return suite_call(s, method_content_update_post, &request, ret);
}

static struct outcome reword(struct suite *s, const char *community, const char *post_id,
			     const char *body, Content__Post *ret)
{
	Content__Post wanted = CONTENT__POST__INIT;

	wanted.body = body;

	return change(s, community, post_id, &wanted, ret);
}

static Content__ListPostEditsResponse edits(struct suite *s, const char *community)
{
	Content__ListPostEditsRequest request = CONTENT__LIST_POST_EDITS_REQUEST__INIT;
	Content__ListPostEditsResponse page = CONTENT__LIST_POST_EDITS_RESPONSE__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_post_edits, &request, &page));

	return page;
}

static struct outcome approve(struct suite *s, const Content__PostEdit *edit, Content__Post *ret)
{
	Content__ApprovePostEditRequest request = CONTENT__APPROVE_POST_EDIT_REQUEST__INIT;

	request.community_id = edit->community_id;
	request.post_id = edit->post_id;
	request.etag = edit->etag;

	return suite_call(s, method_content_approve_post_edit, &request, ret);
}

static struct outcome give_back(struct suite *s, const Content__PostEdit *edit,
				Content__PostEdit *ret)
{
	Content__ReturnPostEditRequest request = CONTENT__RETURN_POST_EDIT_REQUEST__INIT;

	request.community_id = edit->community_id;
	request.post_id = edit->post_id;
	request.note = "why so?";

	return suite_call(s, method_content_return_post_edit, &request, ret);
}

static void new_words_wait_and_the_old_ones_are_read(void **state)
{
	struct suite *s = *state;
	const char *community = given_reviewed(s), *id = given_post(s, community, "ann");
	Content__ListPostEditsResponse page;
	Content__Post post = CONTENT__POST__INIT, wanted = CONTENT__POST__INIT;

	as_named(s, "ann");
	wanted.body = "*new* words";
	wanted.visibility = CONTENT__VISIBILITY__VISIBILITY_PUBLIC;
	EXPECT_OK(change(s, community, id, &wanted, &post));
	assert_true(post.edit_waits);
	EXPECT_TEXT(post.body, "a post");
	EXPECT_INT(post.visibility, CONTENT__VISIBILITY__VISIBILITY_PUBLIC);
	wanted = (Content__Post)CONTENT__POST__INIT;
	wanted.title = "A title";
	EXPECT_OK(change(s, community, id, &wanted, &post));

	page = edits(s, community);
	EXPECT_INT(page.n_edits, 1);
	EXPECT_TEXT(page.edits[0]->title, "A title");
	EXPECT_TEXT(page.edits[0]->body, "*new* words");
	EXPECT_STATUS(approve(s, page.edits[0], &post), PERMISSION_DENIED, NULL);
	as_named(s, "bob");
	EXPECT_INT(edits(s, community).n_edits, 0);
	EXPECT_OK(get_post(s, community, id, &post));
	EXPECT_TEXT(post.body, "a post");

	as_named(s, "mod");
	page = edits(s, community);
	EXPECT_INT(page.n_edits, 1);
	EXPECT_OK(approve(s, page.edits[0], &post));
	EXPECT_TEXT(post.title, "A title");
	EXPECT_TEXT(post.body_html, "<p><em>new</em> words</p>\n");
	EXPECT_INT(edits(s, community).n_edits, 0);
	EXPECT_STATUS(approve(s, page.edits[0], &post), NOT_FOUND, "POST_EDIT_NOT_FOUND");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.post_revision WHERE post_id = '%s' "
				"AND body = 'a post'",
				id),
		   1);
	as_platform(s);
}

static void what_nobody_has_seen_is_not_let_through(void **state)
{
	struct suite *s = *state;
	const char *community = given_reviewed(s), *id = given_post(s, community, "ann");
	Content__PostEdit seen, edit = CONTENT__POST_EDIT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	as_named(s, "ann");
	EXPECT_OK(reword(s, community, id, "harmless", &post));
	as_named(s, "mod");
	seen = *edits(s, community).edits[0];
	as_named(s, "ann");
	EXPECT_OK(reword(s, community, id, "not so", &post));
	as_named(s, "mod");
	EXPECT_STATUS(approve(s, &seen, &post), ABORTED, "ETAG_MISMATCH");

	EXPECT_OK(give_back(s, &seen, &edit));
	EXPECT_TEXT(edit.body, "not so");
	EXPECT_INT(edits(s, community).n_edits, 0);
	EXPECT_STATUS(give_back(s, &seen, &edit), NOT_FOUND, "POST_EDIT_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_TEXT(edits(s, community).edits[0]->note, "why so?");
	assert_non_null(edits(s, community).edits[0]->return_time);
	EXPECT_OK(reword(s, community, id, "better", &post));
	assert_null(edits(s, community).edits[0]->return_time);

	as_named(s, "mod");
	seen = *edits(s, community).edits[0];
	EXPECT_OK(remove_post(s, community, id, &post));
	EXPECT_INT(edits(s, community).n_edits, 0);
	EXPECT_STATUS(approve(s, &seen, &post), FAILED_PRECONDITION, "POST_STATE");
	as_platform(s);
}

static void staff_and_keys_that_act_for_nobody_need_no_review(void **state)
{
	struct suite *s = *state;
	const char *community = given_reviewed(s), *id = given_post(s, community, "ann");
	Content__Post post = CONTENT__POST__INIT;

	as_named(s, "ann");
	EXPECT_OK(reword(s, community, id, "waits", &post));
	as_platform(s);
	EXPECT_OK(reword(s, community, id, "at once", &post));
	EXPECT_TEXT(post.body, "at once");
	assert_true(!post.edit_waits);
	EXPECT_INT(edits(s, community).n_edits, 0);

	id = given_post(s, community, "mod");
	as_named(s, "mod");
	EXPECT_OK(reword(s, community, id, "mine", &post));
	EXPECT_TEXT(post.body, "mine");

	as_named(s, "ann");
	EXPECT_STATUS(post_as(s, community, NULL, "hello", &post), FAILED_PRECONDITION,
		      "REVIEW_REQUIRED");
	ask_for_review(s, community, false);
	EXPECT_OK(post_as(s, community, NULL, "hello", &post));
	EXPECT_OK(reword(s, community, post.post_id, "hello again", &post));
	EXPECT_TEXT(post.body, "hello again");
	as_platform(s);
}

static void new_words_of_an_erased_person_never_come(void **state)
{
	struct suite *s = *state;
	const char *community = given_reviewed(s), *id;
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "max"));
	suite_settle(s);
	id = given_post(s, community, "max");
	as_named(s, "max");
	EXPECT_OK(reword(s, community, id, "of max", &post));
	as_platform(s);
	EXPECT_INT(edits(s, community).n_edits, 1);
	tell_erased(s, method_content_deliver_events, "max");
	EXPECT_INT(edits(s, community).n_edits, 0);
	EXPECT_TEXT(post_of(s, community, id).body, "a post");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_words_wait_and_the_old_ones_are_read),
		cmocka_unit_test(what_nobody_has_seen_is_not_let_through),
		cmocka_unit_test(staff_and_keys_that_act_for_nobody_need_no_review),
		cmocka_unit_test(new_words_of_an_erased_person_never_come),
	};

	return cmocka_run_group_tests_name("content_post_edit", tests, content_setup,
					   suite_teardown);
}
