/* Topics: names old and new, groups one deep, each step and each step that is none, sources, and
 * the report against plain SQL. */
#include <math.h>
#include <string.h>

#include "content_words.h"
#include "kith/content/v1/topic.pb-c.h"
#include "kith_methods.h"

#define STATE(name) CONTENT__TOPIC_STATE__TOPIC_STATE_##name

/* Masks. */
static char *name_paths[] = {"topic"}, *parent_paths[] = {"parent_id"}, *title_paths[] = {"title"},
	    *source_paths[] = {"source"};

static Google__Protobuf__FieldMask mask_of(char **paths)
{
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = paths;
	mask.n_paths = 1;

	return mask;
}

static struct outcome create(struct suite *s, const char *community, const char *name,
			     const char *parent, Content__Topic *ret)
{
	Content__CreateTopicRequest request = CONTENT__CREATE_TOPIC_REQUEST__INIT;
	Content__Topic topic = CONTENT__TOPIC__INIT;

	topic.topic = name;
	topic.description = "what belongs there";
	topic.parent_id = parent;
	request.community_id = community;
	request.topic = &topic;
	content__topic__init(ret);

	return suite_call(s, method_content_create_topic, &request, ret);
}

static Content__Topic given_topic(struct suite *s, const char *community, const char *name,
				  const char *parent)
{
	Content__Topic topic;

	EXPECT_OK(create(s, community, name, parent, &topic));

	return topic;
}

static struct outcome rename_topic(struct suite *s, const char *community, const char *topic_id,
				   const char *name, const char *etag, Content__Topic *ret)
{
	Content__UpdateTopicRequest request = CONTENT__UPDATE_TOPIC_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = mask_of(name_paths);
	Content__Topic topic = CONTENT__TOPIC__INIT;

	topic.topic = name;
	topic.etag = etag;
	request.community_id = community;
	request.topic_id = topic_id;
	request.topic = &topic;
	request.update_mask = &mask;
	content__topic__init(ret);

	return suite_call(s, method_content_update_topic, &request, ret);
}

static struct outcome put_under(struct suite *s, const char *community, const char *topic_id,
				const char *parent, Content__Topic *ret)
{
	Content__UpdateTopicRequest request = CONTENT__UPDATE_TOPIC_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = mask_of(parent_paths);
	Content__Topic topic = CONTENT__TOPIC__INIT;

	topic.parent_id = parent;
	request.community_id = community;
	request.topic_id = topic_id;
	request.topic = &topic;
	request.update_mask = &mask;
	content__topic__init(ret);

	return suite_call(s, method_content_update_topic, &request, ret);
}

static struct outcome archive(struct suite *s, const char *community, const char *topic_id)
{
	Content__ArchiveTopicRequest request = CONTENT__ARCHIVE_TOPIC_REQUEST__INIT;
	Content__Topic topic = CONTENT__TOPIC__INIT;

	request.community_id = community;
	request.topic_id = topic_id;

	return suite_call(s, method_content_archive_topic, &request, &topic);
}

static struct outcome unarchive(struct suite *s, const char *community, const char *topic_id)
{
	Content__UnarchiveTopicRequest request = CONTENT__UNARCHIVE_TOPIC_REQUEST__INIT;
	Content__Topic topic = CONTENT__TOPIC__INIT;

	request.community_id = community;
	request.topic_id = topic_id;

	return suite_call(s, method_content_unarchive_topic, &request, &topic);
}

static struct outcome merge(struct suite *s, const char *community, const char *topic_id,
			    const char *into, Content__Topic *ret)
{
	Content__MergeTopicRequest request = CONTENT__MERGE_TOPIC_REQUEST__INIT;

	request.community_id = community;
	request.topic_id = topic_id;
	request.into_topic_id = into;
	content__topic__init(ret);

	return suite_call(s, method_content_merge_topic, &request, ret);
}

static Content__Topic topic_of(struct suite *s, const char *community, const char *topic_id)
{
	Content__GetTopicRequest request = CONTENT__GET_TOPIC_REQUEST__INIT;
	Content__Topic topic = CONTENT__TOPIC__INIT;

	request.community_id = community;
	request.topic_id = topic_id;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_topic, &request, &topic));

	return topic;
}

static Content__ListTopicsResponse topics_of(struct suite *s, const char *community,
					     int32_t page_size, const char *token)
{
	Content__ListTopicsRequest request = CONTENT__LIST_TOPICS_REQUEST__INIT;
	Content__ListTopicsResponse list = CONTENT__LIST_TOPICS_RESPONSE__INIT;

	request.community_id = community;
	request.page_size = page_size;
	request.page_token = token;
	EXPECT_OK(suite_call_as_platform(s, method_content_list_topics, &request, &list));

	return list;
}

static struct outcome post_about(struct suite *s, const char *community, const char *topic,
				 Content__Post *ret)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	post.author_person_id = person(s, "ann");
	post.body = "words";
	post.topic = topic;
	request.community_id = community;
	request.post = &post;
	content__post__init(ret);

	return suite_call(s, method_content_create_post, &request, ret);
}

static size_t n_posts_about(struct suite *s, const char *community, const char *topic,
			    const char *author)
{
	Content__ListPostsRequest request = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse list = CONTENT__LIST_POSTS_RESPONSE__INIT;

	request.community_id = community;
	request.topic = topic;
	request.author_person_id = author ? person(s, author) : "";
	EXPECT_OK(suite_call_as_platform(s, method_content_list_posts, &request, &list));

	return list.n_posts;
}

/* ann is a member. */
static const char *given_speaker(struct suite *s)
{
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	as_platform(s);

	return community;
}

static void a_new_name_is_the_name_of_old_posts_too(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__Topic topic, now;
	Content__Post before, after, other;

	EXPECT_OK(post_about(s, community, "golang", &before));
	topic = given_topic(s, community, "golang", "");
	EXPECT_INT(topic.post_count, 1);
	EXPECT_INT(topic.state, STATE(ACTIVE));
	EXPECT_OK(rename_topic(s, community, topic.topic_id, "Go", topic.etag, &now));
	EXPECT_TEXT(now.topic, "Go");
	EXPECT_INT(now.n_other_names, 1);
	EXPECT_TEXT(now.other_names[0], "golang");
	EXPECT_INT(now.post_count, 1);
	EXPECT_TEXT(now.description, "what belongs there");
	EXPECT_TEXT(post_of(s, community, before.post_id).topic, "Go");
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT topic FROM content.post WHERE post_id = '%s'",
				  before.post_id),
		    "golang");

	/* The former name still leads there. */
	EXPECT_OK(post_about(s, community, "golang", &after));
	EXPECT_TEXT(after.topic, "Go");
	EXPECT_OK(post_about(s, community, "food", &other));
	EXPECT_INT(n_posts_about(s, community, "golang", NULL), 2);
	EXPECT_INT(n_posts_about(s, community, "Go", NULL), 2);
	EXPECT_INT(n_posts_about(s, community, "Go", "ann"), 2);
	EXPECT_INT(n_posts_about(s, community, "food", "ann"), 1);
	EXPECT_INT(topic_of(s, community, topic.topic_id).post_count, 2);

	EXPECT_STATUS(rename_topic(s, community, topic.topic_id, "Rust", topic.etag, &now), ABORTED,
		      "ETAG_MISMATCH");
	EXPECT_OK(rename_topic(s, community, topic.topic_id, "golang", "", &now));
	EXPECT_TEXT(post_of(s, community, after.post_id).topic, "golang");
	EXPECT_STATUS(create(s, community, "Go", "", &topic), ALREADY_EXISTS, "TOPIC_NAME_TAKEN");
	topic = given_topic(s, community, "Rust", "");
	EXPECT_STATUS(rename_topic(s, community, topic.topic_id, "Go", "", &now), ALREADY_EXISTS,
		      "TOPIC_NAME_TAKEN");
}

static void topics_and_other_words_are_listed_by_name(void **state)
{
	static const char *const words[] = {"b", "d", "d", "a", "e"};
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__Topic renamed, now;
	Content__ListTopicsResponse list;
	Content__Post post;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		EXPECT_OK(post_about(s, community, words[i], &post));
	EXPECT_OK(remove_post(s, community, post.post_id, &post));
	renamed = given_topic(s, community, "d", "");
	EXPECT_OK(rename_topic(s, community, renamed.topic_id, "c", "", &now));
	given_topic(s, community, "without posts", "");

	list = topics_of(s, community, 2, "");
	EXPECT_INT(list.n_topics, 2);
	EXPECT_TEXT(list.topics[0]->topic, "a");
	EXPECT_TEXT(list.topics[0]->topic_id, "");
	EXPECT_INT(list.topics[0]->state, STATE(UNSPECIFIED));
	EXPECT_TEXT(list.topics[1]->topic, "b");
	list = topics_of(s, community, 2, list.next_page_token);
	EXPECT_INT(list.n_topics, 2);
	EXPECT_TEXT(list.topics[0]->topic, "c");
	EXPECT_TEXT(list.topics[0]->topic_id, renamed.topic_id);
	EXPECT_INT(list.topics[0]->post_count, 2);
	EXPECT_TEXT(list.topics[1]->topic, "without posts");
	EXPECT_INT(list.topics[1]->post_count, 0);
	EXPECT_TEXT(list.next_page_token, "");
}

static void groups_are_one_deep(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s), *elsewhere = given_speaker(s);
	Content__Topic top = given_topic(s, community, "tools", "");
	Content__Topic below = given_topic(s, community, "saws", top.topic_id);
	Content__Topic lone = given_topic(s, community, "food", "");
	Content__Topic foreign = given_topic(s, elsewhere, "tools", ""), now;

	EXPECT_TEXT(below.parent_id, top.topic_id);
	EXPECT_STATUS(create(s, community, "fret saws", below.topic_id, &now), FAILED_PRECONDITION,
		      "TOPIC_TOO_DEEP");
	EXPECT_STATUS(put_under(s, community, top.topic_id, lone.topic_id, &now),
		      FAILED_PRECONDITION, "TOPIC_TOO_DEEP");
	EXPECT_STATUS(put_under(s, community, lone.topic_id, lone.topic_id, &now),
		      FAILED_PRECONDITION, "TOPIC_TOO_DEEP");
	EXPECT_STATUS(put_under(s, community, lone.topic_id, foreign.topic_id, &now), NOT_FOUND,
		      "TOPIC_NOT_FOUND");
	EXPECT_OK(put_under(s, community, lone.topic_id, top.topic_id, &now));
	EXPECT_TEXT(now.parent_id, top.topic_id);
	EXPECT_TEXT(now.topic, "food");
	EXPECT_OK(put_under(s, community, below.topic_id, "", &now));
	EXPECT_TEXT(now.parent_id, "");
	EXPECT_OK(merge(s, community, top.topic_id, below.topic_id, &now));
	EXPECT_TEXT(topic_of(s, community, lone.topic_id).parent_id, below.topic_id);
	/* What has topics under itself is not merged into what stands under another. */
	top = given_topic(s, community, "places", "");
	foreign = given_topic(s, community, "towns", top.topic_id);
	EXPECT_STATUS(merge(s, community, top.topic_id, lone.topic_id, &now), FAILED_PRECONDITION,
		      "TOPIC_TOO_DEEP");
	EXPECT_OK(merge(s, community, top.topic_id, foreign.topic_id, &now));
	EXPECT_TEXT(now.parent_id, "");
}

static void a_merged_topic_gives_all_it_had(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__Topic a = given_topic(s, community, "beer", ""), now;
	Content__Topic b = given_topic(s, community, "wine", "");
	Content__Post of_a, of_b, later;

	EXPECT_OK(post_about(s, community, "beer", &of_a));
	EXPECT_OK(post_about(s, community, "wine", &of_b));
	EXPECT_STATUS(merge(s, community, a.topic_id, a.topic_id, &now), INVALID_ARGUMENT,
		      "TOPIC_INTO_ITSELF");
	EXPECT_OK(merge(s, community, a.topic_id, b.topic_id, &now));
	EXPECT_TEXT(now.topic_id, b.topic_id);
	EXPECT_INT(now.post_count, 2);
	EXPECT_TEXT(now.other_names[0], "beer");
	EXPECT_TEXT(post_of(s, community, of_a.post_id).topic, "wine");
	EXPECT_OK(post_about(s, community, "beer", &later));
	EXPECT_TEXT(later.topic, "wine");
	now = topic_of(s, community, a.topic_id);
	EXPECT_INT(now.state, STATE(MERGED));
	EXPECT_TEXT(now.merged_into_id, b.topic_id);
	EXPECT_INT(now.post_count, 0);
	EXPECT_INT(topics_of(s, community, 10, "").n_topics, 1);
}

static void each_state_allows_its_steps(void **state)
{
	static const struct {
		Content__TopicState state;
		const char *name;
		bool archive, unarchive, update, merge, take;
	} cases[] = {
		{STATE(ACTIVE), "ACTIVE", true, false, true, true, true},
		{STATE(ARCHIVED), "ARCHIVED", false, true, true, true, false},
		{STATE(MERGED), "MERGED", false, false, false, false, false},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < 3; i++)
		for (int step = 0; step < 6; step++) {
			const char *community = given_speaker(s);
			Content__Topic topic = given_topic(s, community, "a", ""), now;
			Content__Topic other = given_topic(s, community, "b", "");
			bool allowed[] = {cases[i].archive, cases[i].unarchive, cases[i].update,
					  cases[i].merge,   cases[i].take,      cases[i].take};
			struct outcome outcome;

			if (cases[i].state == STATE(ARCHIVED))
				EXPECT_OK(archive(s, community, topic.topic_id));
			if (cases[i].state == STATE(MERGED))
				EXPECT_OK(merge(s, community, topic.topic_id,
						given_topic(s, community, "c", "").topic_id, &now));
			switch (step) {
			case 0:
				outcome = archive(s, community, topic.topic_id);
				break;
			case 1:
				outcome = unarchive(s, community, topic.topic_id);
				break;
			case 2:
				outcome = rename_topic(s, community, topic.topic_id, "z", "", &now);
				break;
			case 3:
				outcome = merge(s, community, topic.topic_id, other.topic_id, &now);
				break;
			case 4:
				outcome = merge(s, community, other.topic_id, topic.topic_id, &now);
				break;
			default:
				outcome = create(s, community, "under it", topic.topic_id, &now);
			}
			if (allowed[step]) {
				EXPECT_OK(outcome);
				continue;
			}
			EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TOPIC_STATE");
			EXPECT_TEXT(outcome_fact(&outcome, "state"), cases[i].name);
			EXPECT_INT(topic_of(s, community, topic.topic_id).state, cases[i].state);
		}
}

static void an_archived_topic_takes_no_new_posts(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__Topic topic = given_topic(s, community, "tools", "");
	Google__Protobuf__FieldMask mask = mask_of(title_paths);
	Content__UpdatePostRequest update = CONTENT__UPDATE_POST_REQUEST__INIT;
	Content__Post post, other, changed = CONTENT__POST__INIT;
	struct outcome outcome;

	EXPECT_OK(post_about(s, community, "tools", &post));
	EXPECT_OK(archive(s, community, topic.topic_id));
	outcome = post_about(s, community, "tools", &other);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "TOPIC_STATE");
	EXPECT_TEXT(outcome_fact(&outcome, "state"), "ARCHIVED");

	/* What is there already may be worded anew. */
	post.title = "a title";
	update.community_id = community;
	update.post_id = post.post_id;
	update.post = &post;
	update.update_mask = &mask;
	EXPECT_OK(suite_call(s, method_content_update_post, &update, &changed));
	EXPECT_TEXT(changed.topic, "tools");
	post.etag = "";
	update.update_mask = NULL;
	EXPECT_OK(suite_call(s, method_content_update_post, &update, &changed));
	EXPECT_TEXT(changed.topic, "tools");
	EXPECT_OK(unarchive(s, community, topic.topic_id));
	EXPECT_OK(post_about(s, community, "tools", &other));
}

static void a_community_may_ask_for_its_topics_only(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__UpdateContentSettingsRequest request =
		CONTENT__UPDATE_CONTENT_SETTINGS_REQUEST__INIT;
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT, kept = settings;
	Content__Post post;

	EXPECT_OK(post_about(s, community, "whatever", &post));
	given_topic(s, community, "tools", "");
	settings.topics_only = true;
	request.community_id = community;
	request.settings = &settings;
	EXPECT_OK(suite_call(s, method_content_update_content_settings, &request, &kept));
	EXPECT_INT(kept.topics_only, 1);
	EXPECT_STATUS(post_about(s, community, "whatever", &post), FAILED_PRECONDITION,
		      "TOPIC_UNKNOWN");
	EXPECT_OK(post_about(s, community, "tools", &post));
	EXPECT_OK(post_about(s, community, "", &post));
}

static void a_quoted_post_says_where_it_is_from(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__UpdatePostRequest update = CONTENT__UPDATE_POST_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = mask_of(source_paths);
	Content__Post wanted = CONTENT__POST__INIT, post = wanted;

	wanted.author_person_id = person(s, "ann");
	wanted.body = "somebody else's words";
	wanted.source = CONTENT__POST_SOURCE__POST_SOURCE_QUOTED;
	request.community_id = community;
	request.post = &wanted;
	EXPECT_STATUS(suite_call(s, method_content_create_post, &request, &post),
		      FAILED_PRECONDITION, "SOURCE_MISSING");
	wanted.source_url = "javascript:alert(1)";
	EXPECT_STATUS(suite_call(s, method_content_create_post, &request, &post), INVALID_ARGUMENT,
		      "BAD_URL");
	wanted.source_url = "https://example.org/words";
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	EXPECT_INT(post.source, CONTENT__POST_SOURCE__POST_SOURCE_QUOTED);
	EXPECT_TEXT(post.source_url, "https://example.org/words");
	wanted.source = CONTENT__POST_SOURCE__POST_SOURCE_UNSPECIFIED;
	wanted.source_url = "";
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &post));
	EXPECT_INT(post.source, CONTENT__POST_SOURCE__POST_SOURCE_ORIGINAL);
	wanted.source = CONTENT__POST_SOURCE__POST_SOURCE_QUOTED;
	update.community_id = community;
	update.post_id = post.post_id;
	update.post = &wanted;
	update.update_mask = &mask;
	EXPECT_STATUS(suite_call(s, method_content_update_post, &update, &post),
		      FAILED_PRECONDITION, "SOURCE_MISSING");
	wanted.source = CONTENT__POST_SOURCE__POST_SOURCE_PARTNER;
	EXPECT_OK(suite_call(s, method_content_update_post, &update, &post));
	EXPECT_INT(post.source, CONTENT__POST_SOURCE__POST_SOURCE_PARTNER);
}

static struct outcome mark(struct suite *s, const char *community, const char *post, bool on_topic)
{
	Content__MarkPostOffTopicRequest request = CONTENT__MARK_POST_OFF_TOPIC_REQUEST__INIT;
	Content__OffTopicMark made = CONTENT__OFF_TOPIC_MARK__INIT;
	struct outcome outcome;

	request.community_id = community;
	request.post_id = post;
	request.on_topic = on_topic;
	outcome = suite_call(s, method_content_mark_post_off_topic, &request, &made);
	if (outcome.status == STATUS_OK)
		EXPECT_INT(made.off_topic, !on_topic);

	return outcome;
}

static Content__TopicReport report_of(struct suite *s, const char *community, const char *start,
				      const char *end)
{
	Content__GetTopicReportRequest request = CONTENT__GET_TOPIC_REPORT_REQUEST__INIT;
	Content__TopicReport report = CONTENT__TOPIC_REPORT__INIT;

	request.community_id = community;
	request.start_date = start;
	request.end_date = end;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_topic_report, &request, &report));

	return report;
}

/* 200 posts and 400 comments over forty days around the end of summer time; every third post of a
 * topic that has two names, some removed, some off topic, some from elsewhere. */
static void given_autumn(struct suite *s, const char *community)
{
	struct postgres *db = suite_database(s);

	postgres_int(
		db,
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, "
		"state, visibility, title, body, topic, was_published, create_time, "
		"publish_time, update_time, source, source_name, off_topic) SELECT '%s', "
		"md5('%s' || i)::uuid, md5('who' || i %% 7)::uuid, 'TEXT', CASE WHEN i %% 11 = "
		"0 THEN 'REMOVED' WHEN i %% 13 = 0 THEN 'ARCHIVED' ELSE 'PUBLISHED' END, "
		"'MEMBER', '', 'x', (ARRAY['old', 'new', 'food', ''])[i %% 4 + 1], true, t, t, "
		"t, CASE WHEN i %% 5 = 0 THEN 'QUOTED' WHEN i %% 5 = 1 THEN 'PARTNER' ELSE "
		"'ORIGINAL' END, 'a paper', i %% 6 = 0 FROM generate_series(1, 200) AS i, "
		"LATERAL (SELECT timestamptz '2026-10-05 21:00+00' + i * interval '4.8 hours' "
		"AS t) AS at",
		community, community);
	postgres_int(db,
		     "INSERT INTO content.comment (community_id, comment_id, post_id, "
		     "author_person_id, state, body, create_time) SELECT '%s', md5('%s c' || "
		     "i)::uuid, md5('%s' || i %% 200 + 1)::uuid, md5('who' || i %% 17)::uuid, CASE "
		     "WHEN i %% 9 = 0 THEN 'REMOVED' ELSE 'PUBLISHED' END, 'y', timestamptz "
		     "'2026-10-05 21:00+00' + i * interval '2.4 hours' FROM generate_series(1, "
		     "400) AS i",
		     community, community, community);
}

/* The same by plain SQL: `what` over the rows `said`. */
static int64_t plainly(struct suite *s, const char *community, const char *what)
{
	return postgres_int(
		suite_database(s),
		"WITH said AS (SELECT CASE topic WHEN 'old' THEN 'new' ELSE topic END AS topic, "
		"author_person_id, source, off_topic, 'POST' AS what FROM content.post WHERE "
		"community_id = '%s' AND state IN ('PUBLISHED', 'ARCHIVED') AND (publish_time AT "
		"TIME ZONE 'Europe/Berlin')::date BETWEEN '2026-10-20' AND '2026-10-30' UNION ALL "
		"SELECT CASE p.topic WHEN 'old' THEN 'new' ELSE p.topic END, k.author_person_id, "
		"'', false, 'COMMENT' FROM content.comment k JOIN content.post p USING "
		"(community_id, post_id) WHERE k.community_id = '%s' AND k.state = 'PUBLISHED' AND "
		"p.state <> 'REMOVED' AND (k.create_time AT TIME ZONE 'Europe/Berlin')::date "
		"BETWEEN '2026-10-20' AND '2026-10-30') SELECT %s FROM said",
		community, community, what);
}

static void the_report_is_what_plain_sql_counts(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Europe/Berlin");
	Content__Topic topic = given_topic(s, community, "old", ""), now;
	struct arena *arena = suite_arena(s);
	Content__TopicReport report;
	double p, n, z2 = 1.959963984540054 * 1.959963984540054;

	suite_settle(s);
	EXPECT_OK(rename_topic(s, community, topic.topic_id, "new", "", &now));
	given_autumn(s, community);
	report = report_of(s, community, "2026-10-20", "2026-10-30");
	EXPECT_TEXT(report.time_zone, "Europe/Berlin");
	EXPECT_INT(report.incomplete, 0);
	EXPECT_INT(report.post_count,
		   plainly(s, community, "count(*) FILTER (WHERE what = 'POST')"));
	assert_true(report.post_count > 40);
	EXPECT_INT(report.comment_count,
		   plainly(s, community, "count(*) FILTER (WHERE what = 'COMMENT')"));
	EXPECT_INT(report.participant_count,
		   plainly(s, community, "count(DISTINCT author_person_id)"));
	EXPECT_INT(report.off_topic_count,
		   plainly(s, community, "count(*) FILTER (WHERE off_topic)"));
	EXPECT_INT(report.off_topic->n, report.post_count);
	EXPECT_INT(report.off_topic->insufficient_data, 0);
	n = (double)report.post_count;
	p = (double)report.off_topic_count / n;
	assert_true(fabs(report.off_topic->share - p) < 1e-12);
	assert_true(fabs(report.off_topic->low -
			 (p + z2 / (2 * n) - sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))) /
				 (1 + z2 / n)) < 1e-12);
	assert_true(report.off_topic->high > p && report.off_topic->high < 1);

	EXPECT_INT(report.n_topics, 3);
	for (size_t i = 0; i < report.n_topics; i++) {
		const Content__TopicFigures *one = report.topics[i];

		EXPECT_TEXT(one->topic_id, strcmp(one->topic, "new") == 0 ? topic.topic_id : "");
		EXPECT_INT(one->post_count,
			   plainly(s, community,
				   arena_printf(arena,
						"count(*) FILTER (WHERE what = 'POST' AND topic = "
						"'%s')",
						one->topic)));
		EXPECT_INT(one->comment_count,
			   plainly(s, community,
				   arena_printf(arena,
						"count(*) FILTER (WHERE what = 'COMMENT' AND topic "
						"= '%s')",
						one->topic)));
		EXPECT_INT(one->participant_count,
			   plainly(s, community,
				   arena_printf(arena,
						"count(DISTINCT author_person_id) FILTER (WHERE "
						"topic = '%s')",
						one->topic)));
		EXPECT_INT(
			one->off_topic_count,
			plainly(s, community,
				arena_printf(arena,
					     "count(*) FILTER (WHERE off_topic AND topic = '%s')",
					     one->topic)));
	}
	EXPECT_INT(report.n_sources, 3);
	for (size_t i = 0; i < report.n_sources; i++)
		EXPECT_INT(report.sources[i]->share->n, report.post_count);
	EXPECT_INT(report.sources[0]->source, CONTENT__POST_SOURCE__POST_SOURCE_ORIGINAL);
	EXPECT_INT(report.sources[0]->post_count,
		   plainly(s, community, "count(*) FILTER (WHERE source = 'ORIGINAL')"));
}

static void off_topic_is_what_a_moderator_says(void **state)
{
	struct suite *s = *state;
	const char *community = given_speaker(s);
	Content__GetTopicReportRequest request = CONTENT__GET_TOPIC_REPORT_REQUEST__INIT;
	Content__TopicReport report = CONTENT__TOPIC_REPORT__INIT;
	Content__Post post, gone;
	struct outcome outcome;

	EXPECT_OK(post_about(s, community, "tools", &post));
	EXPECT_OK(post_about(s, community, "tools", &gone));
	EXPECT_OK(mark(s, community, post.post_id, false));
	EXPECT_OK(mark(s, community, post.post_id, false));
	assert_true(post_of(s, community, post.post_id).off_topic);
	report = report_of(s, community, "", "");
	EXPECT_INT(report.off_topic_count, 1);
	EXPECT_INT(report.post_count, 2);
	EXPECT_INT(report.off_topic->insufficient_data, 1);
	EXPECT_INT(report.incomplete, 1);
	EXPECT_OK(mark(s, community, post.post_id, true));
	EXPECT_INT(report_of(s, community, "", "").off_topic_count, 0);
	EXPECT_OK(remove_post(s, community, gone.post_id, &gone));
	outcome = mark(s, community, gone.post_id, false);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "POST_STATE");
	EXPECT_TEXT(outcome_fact(&outcome, "state"), "REMOVED");
	as_named(s, "ann");
	EXPECT_STATUS(mark(s, community, post.post_id, false), PERMISSION_DENIED, NULL);
	as_platform(s);
	request.community_id = community;
	request.start_date = "2026-02-01";
	request.end_date = "2026-01-01";
	EXPECT_STATUS(suite_call(s, method_content_get_topic_report, &request, &report),
		      INVALID_ARGUMENT, "DATES_REVERSED");
	request.start_date = "2020-01-01";
	EXPECT_STATUS(suite_call(s, method_content_get_topic_report, &request, &report),
		      INVALID_ARGUMENT, "RANGE_TOO_LONG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_name_is_the_name_of_old_posts_too),
		cmocka_unit_test(topics_and_other_words_are_listed_by_name),
		cmocka_unit_test(groups_are_one_deep),
		cmocka_unit_test(a_merged_topic_gives_all_it_had),
		cmocka_unit_test(each_state_allows_its_steps),
		cmocka_unit_test(an_archived_topic_takes_no_new_posts),
		cmocka_unit_test(a_community_may_ask_for_its_topics_only),
		cmocka_unit_test(a_quoted_post_says_where_it_is_from),
		cmocka_unit_test(the_report_is_what_plain_sql_counts),
		cmocka_unit_test(off_topic_is_what_a_moderator_says),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
