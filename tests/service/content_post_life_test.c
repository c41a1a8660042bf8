/* A post's way from draft to archive, its time, its readers by plan and level, its former words. */
#include "base/clock.h"
#include "content_words.h"
#include "kith_methods.h"

#define STATE(name) CONTENT__POST_STATE__POST_STATE_##name
#define IN(name)    (1U << STATE(name))
#define CROWD       500

#define STEP(verb, Verb)                                                                           \
	static struct outcome verb(struct suite *s, const Content__Post *post, Content__Post *ret) \
	{                                                                                          \
		Content__##Verb##PostRequest request;                                              \
                                                                                                   \
		content__##verb##_post_request__init(&request);                                    \
		request.community_id = post->community_id;                                         \
		request.post_id = post->post_id;                                                   \
                                                                                                   \
		return suite_call(s, method_content_##verb##_post, &request, ret);                 \
	}

STEP(submit, Submit)
STEP(approve, Approve)
STEP(publish, Publish)
STEP(unschedule, Unschedule)
STEP(archive, Archive)
STEP(unarchive, Unarchive)
STEP(restore, Restore)

static struct outcome give_back(struct suite *s, const Content__Post *post, Content__Post *ret)
{
	Content__ReturnPostRequest request = CONTENT__RETURN_POST_REQUEST__INIT;

	request.community_id = post->community_id;
	request.post_id = post->post_id;
	request.note = "say why";

	return suite_call(s, method_content_return_post, &request, ret);
}

static struct outcome schedule_in(struct suite *s, const Content__Post *post, int64_t in_s,
				  Content__Post *ret)
{
	Content__SchedulePostRequest request = CONTENT__SCHEDULE_POST_REQUEST__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	time.seconds = clock_wall_us() / 1000000 + in_s;
	request.community_id = post->community_id;
	request.post_id = post->post_id;
	request.publish_time = &time;

	return suite_call(s, method_content_schedule_post, &request, ret);
}

static struct outcome schedule(struct suite *s, const Content__Post *post, Content__Post *ret)
{
	return schedule_in(s, post, 3600, ret);
}

static struct outcome update(struct suite *s, const Content__Post *post, const char *body,
			     Content__Post *ret)
{
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT;

	wanted.body = body;
	request.community_id = post->community_id;
	request.post_id = post->post_id;
	request.post = &wanted;

	return suite_call(s, method_content_update_post, &request, ret);
}

static struct outcome reword(struct suite *s, const Content__Post *post, Content__Post *ret)
{
	return update(s, post, "other words", ret);
}

static struct outcome write_post(struct suite *s, const char *community, Content__Post *wanted,
				 Content__Post *ret)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;

	if (!wanted->body[0])
		wanted->body = "some *words*";
	request.community_id = community;
	request.post = wanted;

	return suite_call(s, method_content_create_post, &request, ret);
}

static Content__Post given_draft(struct suite *s, const char *community, const char *author)
{
	Content__Post wanted = CONTENT__POST__INIT, draft = CONTENT__POST__INIT;

	wanted.author_person_id = person(s, author);
	wanted.state = STATE(DRAFT);
	EXPECT_OK(write_post(s, community, &wanted, &draft));

	return draft;
}

/* A community with ann, its member, and mod, its moderator; who joins first would own it. */
static const char *given_staffed(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

static void every_step_is_refused_in_every_state_it_does_not_lead_from(void **state)
{
	static const char *const names[] = {NULL,     "DRAFT",     "PUBLISHED", "REMOVED",
					    "REVIEW", "SCHEDULED", "ARCHIVED"};
	static const struct {
		struct outcome (*take)(struct suite *s, const Content__Post *post,
				       Content__Post *ret);
		unsigned from;
		Content__PostState to; /* UNSPECIFIED: where it was */
	} steps[] = {
		{submit, IN(DRAFT), STATE(REVIEW)},
		{approve, IN(REVIEW), STATE(PUBLISHED)},
		{give_back, IN(REVIEW), STATE(DRAFT)},
		{publish, IN(DRAFT), STATE(PUBLISHED)},
		{schedule, IN(DRAFT), STATE(SCHEDULED)},
		{unschedule, IN(SCHEDULED) | IN(REVIEW), STATE(DRAFT)},
		{archive, IN(PUBLISHED), STATE(ARCHIVED)},
		{unarchive, IN(ARCHIVED), STATE(PUBLISHED)},
		{restore, IN(REMOVED), STATE(DRAFT)},
		{reword, IN(DRAFT) | IN(PUBLISHED) | IN(ARCHIVED), STATE(UNSPECIFIED)},
	};
	struct suite *s = *state;
	const char *community = given_staffed(s);

	for (Content__PostState at = STATE(DRAFT); at <= STATE(ARCHIVED); at++) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			Content__Post draft = given_draft(s, community, "ann");
			Content__Post post = CONTENT__POST__INIT;
			struct outcome outcome;

			postgres_int(suite_database(s),
				     "UPDATE content.post SET state = '%s', schedule_time = now() "
				     "+ interval '1 day' WHERE post_id = '%s'",
				     names[at], draft.post_id);
			outcome = steps[i].take(s, &draft, &post);
			if (steps[i].from & 1U << at) {
				EXPECT_OK(outcome);
				EXPECT_INT(post.state, steps[i].to ? steps[i].to : at);
			} else {
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "POST_STATE");
				EXPECT_TEXT(outcome_fact(&outcome, "state"), names[at]);
				EXPECT_INT(post_of(s, community, draft.post_id).state, at);
			}
		}
	}
}

static void where_review_is_asked_for_a_moderator_publishes(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__UpdateContentSettingsRequest ask = CONTENT__UPDATE_CONTENT_SETTINGS_REQUEST__INIT;
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT,
				 now = CONTENT__CONTENT_SETTINGS__INIT;
	Content__Post draft = given_draft(s, community, "ann"), post = CONTENT__POST__INIT;

	settings.require_review = true;
	ask.community_id = community;
	ask.settings = &settings;
	as_named(s, "mod");
	EXPECT_STATUS(suite_call(s, method_content_update_content_settings, &ask, &now),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_OK(suite_call(s, method_content_update_content_settings, &ask, &now));
	assert_true(now.require_review);

	as_named(s, "ann");
	EXPECT_STATUS(post_as(s, community, NULL, "hello", &post), FAILED_PRECONDITION,
		      "REVIEW_REQUIRED");
	EXPECT_STATUS(publish(s, &draft, &post), FAILED_PRECONDITION, "REVIEW_REQUIRED");
	EXPECT_STATUS(schedule(s, &draft, &post), FAILED_PRECONDITION, "REVIEW_REQUIRED");
	EXPECT_OK(submit(s, &draft, &post));
	EXPECT_STATUS(approve(s, &draft, &post), PERMISSION_DENIED, NULL);

	as_named(s, "mod");
	EXPECT_STATUS(submit(s, &draft, &post), PERMISSION_DENIED, "NOT_THE_OWNER");
	EXPECT_OK(give_back(s, &draft, &post));
	EXPECT_TEXT(post.note, "say why");
	as_named(s, "ann");
	EXPECT_OK(submit(s, &draft, &post));
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 0);
	as_named(s, "mod");
	EXPECT_OK(approve(s, &draft, &post));
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 1);
	EXPECT_OK(post_as(s, community, NULL, "staff needs none", &post));
	as_platform(s);
}

static void make_due(struct suite *s, const char *community)
{
	postgres_int(suite_database(s),
		     "UPDATE content.post SET schedule_time = now() - interval '1 minute' "
		     "WHERE community_id = '%s' AND state = 'SCHEDULED'",
		     community);
}

static void scheduled_posts_publish_by_themselves_each_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__Post draft = given_draft(s, community, "ann"), post = CONTENT__POST__INIT;
	int64_t until = clock_mono_us() + 60000000;

	EXPECT_STATUS(schedule_in(s, &draft, -60, &post), INVALID_ARGUMENT, NULL);
	EXPECT_OK(schedule(s, &draft, &post));
	assert_non_null(post.schedule_time);
	postgres_int(
		suite_database(s),
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
		"visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time, schedule_time) SELECT community_id, gen_random_uuid(), "
		"author_person_id, kind, state, visibility, title, body, topic, false, "
		"create_time, publish_time, update_time, schedule_time FROM content.post, "
		"generate_series(2, %d) WHERE post_id = '%s'",
		CROWD, draft.post_id);
	make_due(s, community);
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.post WHERE community_id = '%s' AND "
			    "state = 'SCHEDULED'",
			    community) > 0)
		assert_true(clock_mono_us() < until);

	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.outbox WHERE community_id = '%s' AND "
				"type = 'POST_PUBLISHED'",
				community),
		   CROWD);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(DISTINCT subject_id) FROM content.outbox WHERE "
				"community_id = '%s' AND type = 'POST_PUBLISHED'",
				community),
		   CROWD);
	EXPECT_INT(summary_of(s, community).post_count, CROWD);
	assert_null(post_of(s, community, draft.post_id).schedule_time);
}

static void who_may_not_speak_when_the_time_comes_has_his_draft_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__Post draft = given_draft(s, community, "ann"), post = CONTENT__POST__INIT;
	int64_t until = clock_mono_us() + 20000000;

	EXPECT_OK(schedule(s, &draft, &post));
	tell_membership(s, community, "ann", "ACTIVE", 100, clock_wall_us() / 1000000 + 3600);
	make_due(s, community);
	do {
		assert_true(clock_mono_us() < until);
		post = post_of(s, community, draft.post_id);
	} while (post.state == STATE(SCHEDULED));

	EXPECT_INT(post.state, STATE(DRAFT));
	assert_true(post.note[0] != '\0');
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 0);
	EXPECT_INT(summary_of(s, community).post_count, 0);
}

static void plans_and_levels_decide_who_reads(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s), *plan = person(s, "the plan");
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Post paid = CONTENT__POST__INIT, high = CONTENT__POST__INIT,
		      post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	paid.author_person_id = high.author_person_id = person(s, "ann");
	paid.visibility = CONTENT__VISIBILITY__VISIBILITY_PAID;
	high.visibility = CONTENT__VISIBILITY__VISIBILITY_LEVEL;
	EXPECT_STATUS(write_post(s, community, &paid, &post), FAILED_PRECONDITION, "PLAN_MISSING");
	EXPECT_STATUS(write_post(s, community, &high, &post), FAILED_PRECONDITION, "LEVEL_MISSING");
	paid.plan_id = plan;
	high.min_level = 3;
	EXPECT_OK(write_post(s, community, &paid, &paid));
	EXPECT_OK(write_post(s, community, &high, &high));
	list.community_id = community;

	as_named(s, "bob");
	EXPECT_STATUS(get_post(s, community, paid.post_id, &post), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_STATUS(get_post(s, community, high.post_id, &post), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 0);
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET level = 3, plan_id = '%s' WHERE "
		     "community_id = '%s' AND person_id = '%s'",
		     plan, community, person(s, "bob"));
	EXPECT_OK(get_post(s, community, paid.post_id, &post));
	EXPECT_OK(get_post(s, community, high.post_id, &post));
	as_named(s, "ann");
	EXPECT_OK(get_post(s, community, paid.post_id, &post));
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 2);
	as_named(s, "eve");
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 0);
	as_platform(s);
}

static void an_archived_post_is_read_and_not_answered(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__ListPostsRequest list = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse page = CONTENT__LIST_POSTS_RESPONSE__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Post old = post_of(s, community, given_post(s, community, "ann")),
		      post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "bob"));
	as_named(s, "bob");
	EXPECT_STATUS(archive(s, &old, &post), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "ann");
	EXPECT_OK(archive(s, &old, &post));
	as_named(s, "bob");
	EXPECT_OK(get_post(s, community, old.post_id, &post));
	EXPECT_STATUS(comment_as(s, community, old.post_id, "", NULL, &comment),
		      FAILED_PRECONDITION, "POST_STATE");
	list.community_id = community;
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 0);
	list.state = STATE(ARCHIVED);
	EXPECT_OK(suite_call(s, method_content_list_posts, &list, &page));
	EXPECT_INT(page.n_posts, 1);
	as_platform(s);
}

static void the_archive_is_counted_by_itself_and_returned_to(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__Post old = post_of(s, community, given_post(s, community, "ann")),
		      post = CONTENT__POST__INIT;

	(void)given_post(s, community, "ann");
	EXPECT_OK(archive(s, &old, &post));
	EXPECT_INT(summary_of(s, community).post_count, 1);
	EXPECT_INT(summary_of(s, community).archived_count, 1);

	EXPECT_OK(remove_post(s, community, old.post_id, &post));
	EXPECT_INT(summary_of(s, community).archived_count, 0);
	EXPECT_OK(restore(s, &old, &post));
	EXPECT_INT(post.state, STATE(ARCHIVED));
	EXPECT_INT(summary_of(s, community).post_count, 1);
	EXPECT_INT(summary_of(s, community).archived_count, 1);

	EXPECT_OK(unarchive(s, &old, &post));
	EXPECT_OK(remove_post(s, community, old.post_id, &post));
	EXPECT_OK(restore(s, &old, &post));
	EXPECT_INT(post.state, STATE(PUBLISHED));
	EXPECT_INT(summary_of(s, community).post_count, 2);
	EXPECT_INT(summary_of(s, community).archived_count, 0);
}

static void a_published_post_keeps_its_former_words(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__ListPostRevisionsRequest list = CONTENT__LIST_POST_REVISIONS_REQUEST__INIT;
	Content__ListPostRevisionsResponse page = CONTENT__LIST_POST_REVISIONS_RESPONSE__INIT;
	Content__Post draft = given_draft(s, community, "ann"), post = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(update(s, &draft, "first", &post));
	EXPECT_OK(publish(s, &draft, &post));
	EXPECT_OK(update(s, &draft, "second", &post));
	EXPECT_OK(update(s, &draft, "third", &post));
	list.community_id = community;
	list.post_id = draft.post_id;
	list.page_size = 1;

	as_named(s, "bob");
	EXPECT_STATUS(suite_call(s, method_content_list_post_revisions, &list, &page),
		      PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "ann");
	EXPECT_OK(suite_call(s, method_content_list_post_revisions, &list, &page));
	EXPECT_INT(page.n_revisions, 1);
	EXPECT_TEXT(page.revisions[0]->body, "second");
	list.page_token = page.next_page_token;
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_list_post_revisions, &list, &page));
	EXPECT_INT(page.n_revisions, 1);
	EXPECT_TEXT(page.revisions[0]->body, "first");
	EXPECT_TEXT(page.next_page_token, "");
	as_platform(s);
}

static void words_are_given_as_safe_html(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s);
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_OK(post_as(s, community, "ann", "*so* <script>x()</script> [a](javascript:x())",
			  &post));
	post = post_of(s, community, post.post_id);
	assert_non_null(strstr(post.body_html, "<em>so</em>"));
	assert_null(strstr(post.body_html, "<script"));
	assert_null(strstr(post.body_html, "javascript:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_is_refused_in_every_state_it_does_not_lead_from),
		cmocka_unit_test(where_review_is_asked_for_a_moderator_publishes),
		cmocka_unit_test(scheduled_posts_publish_by_themselves_each_once),
		cmocka_unit_test(who_may_not_speak_when_the_time_comes_has_his_draft_back),
		cmocka_unit_test(plans_and_levels_decide_who_reads),
		cmocka_unit_test(an_archived_post_is_read_and_not_answered),
		cmocka_unit_test(the_archive_is_counted_by_itself_and_returned_to),
		cmocka_unit_test(a_published_post_keeps_its_former_words),
		cmocka_unit_test(words_are_given_as_safe_html),
	};

	return cmocka_run_group_tests_name("content_post_life", tests, content_setup,
					   suite_teardown);
}
