/* What a person takes away: all of it, page by page, of every service and every id of his; nothing
 * of another's. */
#include <sched.h>
#include <string.h>

#include "activity/activity.h"
#include "base/clock.h"
#include "base/text.h"
#include "content/content.h"
#include "evaluation/evaluation.h"
#include "export_words.h"
#include "kith/activity/v1/privacy.pb-c.h"
#include "kith/content/v1/privacy.pb-c.h"
#include "kith/evaluation/v1/privacy.pb-c.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define PATIENCE_US   INT64_C(60000000)
#define MESSAGE_BYTES ((size_t)4 << 20)

#define SQL(s, ...)     postgres_text(suite_database(s), __VA_ARGS__)
#define SQL_INT(s, ...) postgres_int(suite_database(s), __VA_ARGS__)

/* Returns once evaluation has been told all there is, and has counted it. */
static void settle(struct suite *s)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	suite_settle(s);
	while (SQL_INT(s,
		       "SELECT (SELECT count(*) FROM evaluation.pending) + "
		       "(SELECT count(*) FROM evaluation.dirty) + "
		       "(SELECT count(*) FROM evaluation.untold)") > 0) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}
}

/* n posts of n bytes of body, and as many comments, reactions, receipts, notes, registrations,
 * orders, interactions; all his, in one community. Once evaluation knows him there: what it is told
 * of somebody before would wait a turn. */
static void given_deeds(struct suite *s, const char *community, const char *who, int n, int bytes)
{
	settle(s);
	SQL(s,
	    "INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
	    "visibility, title, body, topic, was_published, create_time, publish_time, "
	    "update_time) "
	    "SELECT '%s', gen_random_uuid(), '%s', 'TEXT', 'PUBLISHED', 'MEMBER', 'post ' || i, "
	    "repeat('w', %d), '', true, now(), now(), now() FROM generate_series(1, %d) i",
	    community, who, bytes, n);
	SQL(s,
	    "INSERT INTO content.post_revision SELECT community_id, post_id, 1, 'was', 'before', "
	    "'', "
	    "'TEXT', now() FROM content.post WHERE author_person_id = '%s'",
	    who);
	SQL(s,
	    "INSERT INTO content.comment (community_id, comment_id, post_id, author_person_id, "
	    "state, body, create_time) SELECT community_id, gen_random_uuid(), post_id, "
	    "author_person_id, 'PUBLISHED', 'a comment', now() "
	    "FROM content.post WHERE author_person_id = '%s'",
	    who);
	SQL(s,
	    "INSERT INTO content.reaction (community_id, target_id, person_id, emoji, create_time) "
	    "SELECT community_id, post_id, author_person_id, e, now() FROM content.post, "
	    "unnest(ARRAY['+1', '-1']) e WHERE author_person_id = '%s'",
	    who);
	SQL(s,
	    "INSERT INTO activity.orders (community_id, order_id, person_id, amount, currency, "
	    "state, create_time, update_time) SELECT '%s', gen_random_uuid(), '%s', i, 'CNY', "
	    "'PAID', now(), now() FROM generate_series(1, %d) i",
	    community, who, n);
	SQL(s,
	    "WITH raw AS (INSERT INTO evaluation.interaction (community_id, occur_time, "
	    "interaction_id, person_id, kind, ref) SELECT '%s', now() - i * interval '1 hour', "
	    "gen_random_uuid(), '%s', 1 + i %% 2, gen_random_uuid() FROM generate_series(1, %d) i "
	    "RETURNING *) INSERT INTO evaluation.pending SELECT community_id, occur_time, "
	    "interaction_id, person_id, kind FROM raw",
	    community, who, n);
	settle(s);
}

/* -- all of an export, section after section */

struct taken {
	size_t posts, revisions, comments, reactions, orders, interactions, days, memberships;
	size_t n_replies;
	bool wrong; /* a row of another's */
};

static void take_content(struct taken *t, const Content__PersonRecords *page, const char *who)
{
	for (size_t i = 0; i < page->n_posts; i++)
		t->wrong |= strcmp(page->posts[i]->author_person_id, who) != 0;
	for (size_t i = 0; i < page->n_comments; i++)
		t->wrong |= strcmp(page->comments[i]->author_person_id, who) != 0;
	for (size_t i = 0; i < page->n_reactions; i++)
		t->wrong |= strcmp(page->reactions[i]->person_id, who) != 0;
	t->posts += page->n_posts;
	t->revisions += page->n_post_revisions;
	t->comments += page->n_comments;
	t->reactions += page->n_reactions;
}

static void take_evaluation(struct taken *t, const Evaluation__PersonRecords *page, const char *who)
{
	for (size_t i = 0; i < page->n_interactions; i++)
		t->wrong |= strcmp(page->interactions[i]->person_id, who) != 0;
	t->interactions += page->n_interactions;
}

/* Keeps the ids of posts and refs of interactions, so that SQL can tell whether one comes twice. */
static void note_seen(struct suite *s, const Member__ExportSection *section)
{
	for (size_t i = 0; section->content && i < section->content->n_posts; i++)
		SQL(s, "INSERT INTO seen VALUES ('%s')", section->content->posts[i]->post_id);
	for (size_t i = 0; section->evaluation && i < section->evaluation->n_interactions; i++)
		SQL(s, "INSERT INTO seen VALUES ('%s')", section->evaluation->interactions[i]->ref);
}

static void take_section(struct suite *s, struct taken *t, const Member__ExportSection *section)
{
	EXPECT_TEXT(section->reason, "OK");
	EXPECT_INT(section->code, STATUS_OK);
	if (section->member) {
		t->memberships += section->member->n_memberships;
		t->days += section->member->n_days;
	}
	if (section->content)
		take_content(t, section->content, section->person_id);
	if (section->activity)
		t->orders += section->activity->n_orders;
	if (section->evaluation)
		take_evaluation(t, section->evaluation, section->person_id);
	note_seen(s, section);
}

static struct taken take_all(struct suite *s, const char *person_id, int32_t page_size)
{
	Member__PersonExport first, next;
	struct taken t = {0};

	SQL(s, "DROP TABLE IF EXISTS seen; CREATE TEMPORARY TABLE seen (name text)");
	EXPECT_OK(export_page(s, person_id, page_size, "", &first));
	assert_true(protobuf_c_message_get_packed_size(&first.base) < MESSAGE_BYTES);
	t.n_replies++;
	for (size_t i = 0; i < first.n_sections; i++) {
		const Member__ExportSection *section = first.sections[i];

		take_section(s, &t, section);
		while (*section->next_page_token) {
			const char *token = section->next_page_token;

			EXPECT_OK(export_page(s, person_id, page_size, token, &next));
			EXPECT_INT(next.n_sections, 1);
			assert_true(protobuf_c_message_get_packed_size(&next.base) < MESSAGE_BYTES);
			t.n_replies++;
			section = next.sections[0];
			EXPECT_TEXT(section->service, first.sections[i]->service);
			take_section(s, &t, section);
		}
	}
	assert_false(t.wrong);
	EXPECT_INT(SQL_INT(s, "SELECT count(*) - count(DISTINCT name) FROM seen"), 0);

	return t;
}

/* -- scenarios */

static void much_comes_in_pages_each_row_once(void **state)
{
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "ann");
	const char *ann = person(s, "ann");
	struct taken t;

	EXPECT_OK(join(s, home, "bob"));
	given_deeds(s, home, ann, 4000, 10);
	given_deeds(s, home, person(s, "bob"), 10, 10);
	as_person(s, ann);
	t = take_all(s, ann, 1000);
	as_platform(s);
	EXPECT_INT(t.posts, 4000);
	EXPECT_INT(t.revisions, 4000);
	EXPECT_INT(t.comments, 4000);
	EXPECT_INT(t.reactions, 8000);
	EXPECT_INT(t.orders, 4000);
	EXPECT_INT(t.interactions, 4000);
	EXPECT_INT(t.memberships, 1);
	assert_true(t.days > 160 &&
		    t.days == (size_t)SQL_INT(s,
					      "SELECT count(*) FROM member.member_day "
					      "WHERE person_id = '%s'",
					      ann));
	assert_true(t.n_replies < 40);
}

static void a_small_page_is_of_many_nouns(void **state)
{
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "cara");
	Content__ListContentRecordsRequest request = CONTENT__LIST_CONTENT_RECORDS_REQUEST__INIT;
	Content__PersonRecords page = CONTENT__PERSON_RECORDS__INIT;

	given_deeds(s, home, person(s, "cara"), 2, 10);
	request.person_id = person(s, "cara");
	request.page_size = 5;
	as_person(s, request.person_id);
	EXPECT_OK(suite_call(s, method_content_list_content_records, &request, &page));
	EXPECT_INT(page.n_posts, 2);
	EXPECT_INT(page.n_post_revisions, 2);
	EXPECT_TEXT(page.post_revisions[0]->revision->body, "before");
	EXPECT_TEXT(page.post_revisions[0]->post_id, page.posts[0]->post_id);
	EXPECT_INT(page.n_comments, 1);
	EXPECT_INT(page.n_reactions, 0);
	request.page_token = page.next_page_token;
	content__person_records__init(&page);
	EXPECT_OK(suite_call(s, method_content_list_content_records, &request, &page));
	EXPECT_INT(page.n_posts + page.n_post_revisions, 0);
	EXPECT_INT(page.n_comments, 1);
	EXPECT_INT(page.n_reactions, 4);
	as_platform(s);
	EXPECT_INT(take_all(s, person(s, "cara"), 1).reactions, 4);
}

/* Such that few of them make a message. */
static void long_words_make_short_pages(void **state)
{
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "dan");
	struct taken t;

	given_deeds(s, home, person(s, "dan"), 60, 100000);
	t = take_all(s, person(s, "dan"), 1000);
	EXPECT_INT(t.posts, 60);
	EXPECT_INT(t.comments, 60);
	assert_true(t.n_replies > 6);
}

static void who_was_merged_into_him_is_he(void **state)
{
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "ann");
	const char *eve = person(s, "eve"), *eva = person(s, "eva");
	Member__MergePersonsRequest merge = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge merged = MEMBER__PERSON_MERGE__INIT;
	Member__PersonExport all;
	struct taken t;

	EXPECT_OK(join(s, home, "eve"));
	EXPECT_OK(join(s, home, "eva"));
	given_deeds(s, home, eve, 3, 10);
	given_deeds(s, home, eva, 4, 10);
	EXPECT_INT(take_all(s, eve, 0).posts, 3);
	merge.person_id = eve;
	merge.merged_person_id = eva;
	EXPECT_OK(suite_call(s, method_member_merge_persons, &merge, &merged));
	settle(s);

	as_person(s, eve);
	t = take_all(s, eve, 2);
	EXPECT_INT(t.posts, 7);
	EXPECT_INT(t.orders, 7);
	EXPECT_INT(t.interactions, 7);
	as_platform(s);
	EXPECT_OK(export_page(s, eva, 0, "", &all));
	EXPECT_TEXT(all.person->person_id, eve);
	EXPECT_INT(all.n_sections, 8);
	EXPECT_INT(section_of(&all, "member")->member->n_merges, 1);
	EXPECT_INT(section_of(&all, "content")->content->n_posts, 3);
	EXPECT_TEXT(all.sections[5]->service, "content");
	EXPECT_TEXT(all.sections[5]->person_id, eva);
	EXPECT_INT(all.sections[5]->content->n_posts, 4);
}

static void a_token_opens_nothing_else(void **state)
{
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "fay"), *token;
	Content__ListContentRecordsRequest request = CONTENT__LIST_CONTENT_RECORDS_REQUEST__INIT;
	Content__PersonRecords page = CONTENT__PERSON_RECORDS__INIT;
	Member__PersonExport all;
	char *bent;

	given_deeds(s, home, person(s, "fay"), 3, 10);
	as_platform(s);
	EXPECT_OK(export_page(s, person(s, "fay"), 1, "", &all));
	token = section_of(&all, "content")->next_page_token;
	EXPECT_OK(export_page(s, person(s, "fay"), 1, token, &all));
	EXPECT_STATUS(export_page(s, person(s, "gus"), 1, token, &all), INVALID_ARGUMENT,
		      "BAD_PAGE_TOKEN");
	bent = arena_string(suite_arena(s), token);
	bent[0] = bent[0] == 'A' ? 'B' : 'A';
	EXPECT_STATUS(export_page(s, person(s, "fay"), 1, bent, &all), INVALID_ARGUMENT,
		      "BAD_PAGE_TOKEN");
	request.person_id = person(s, "fay");
	request.page_token = token;
	EXPECT_STATUS(suite_call(s, method_content_list_content_records, &request, &page),
		      INVALID_ARGUMENT, "BAD_PAGE_TOKEN");
}

static void nobody_reads_what_is_another_s(void **state)
{
	struct suite *s = *state;
	Content__ListContentRecordsRequest of_content = CONTENT__LIST_CONTENT_RECORDS_REQUEST__INIT;
	Content__PersonRecords content = CONTENT__PERSON_RECORDS__INIT;
	Activity__ListActivityRecordsRequest of_activity =
		ACTIVITY__LIST_ACTIVITY_RECORDS_REQUEST__INIT;
	Activity__PersonRecords activity = ACTIVITY__PERSON_RECORDS__INIT;
	Evaluation__ListEvaluationRecordsRequest of_evaluation =
		EVALUATION__LIST_EVALUATION_RECORDS_REQUEST__INIT;
	Evaluation__PersonRecords evaluation = EVALUATION__PERSON_RECORDS__INIT;
	Member__PersonExport all;

	of_content.person_id = of_activity.person_id = of_evaluation.person_id = person(s, "hal");
	as_person(s, person(s, "ida"));
	EXPECT_STATUS(export_page(s, person(s, "hal"), 0, "", &all), PERMISSION_DENIED,
		      "NOT_ALLOWED");
	EXPECT_STATUS(suite_call(s, method_content_list_content_records, &of_content, &content),
		      PERMISSION_DENIED, "NOT_ALLOWED");
	EXPECT_STATUS(suite_call(s, method_activity_list_activity_records, &of_activity, &activity),
		      PERMISSION_DENIED, "NOT_ALLOWED");
	EXPECT_STATUS(suite_call(s, method_evaluation_list_evaluation_records, &of_evaluation,
				 &evaluation),
		      PERMISSION_DENIED, "NOT_ALLOWED");
	as_person(s, person(s, "hal"));
	EXPECT_OK(suite_call(s, method_content_list_content_records, &of_content, &content));
	EXPECT_OK(suite_call(s, method_activity_list_activity_records, &of_activity, &activity));
	EXPECT_OK(suite_call(s, method_evaluation_list_evaluation_records, &of_evaluation,
			     &evaluation));
	as_platform(s);
}

/* What he is said to have done where he never came. */
static void who_is_not_known_yet_has_done_it_all_the_same(void **state)
{
	struct suite *s = *state;
	Evaluation__IngestInteractionsRequest ingest =
		EVALUATION__INGEST_INTERACTIONS_REQUEST__INIT;
	Evaluation__IngestInteractionsResponse done =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;
	Evaluation__InteractionItem item = EVALUATION__INTERACTION_ITEM__INIT, *items = &item;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	const char *home = given_community(s, .owner = "ann");
	const Evaluation__PersonRecords *kept;
	Member__PersonExport all;

	time.seconds = 1700000000;
	item.community_id = home;
	item.person_id = person(s, "jim");
	item.kind = EVALUATION__INTERACTION_KIND__INTERACTION_KIND_MESSAGE;
	item.occur_time = &time;
	item.ref = "m1";
	ingest.items = &items;
	ingest.n_items = 1;
	EXPECT_OK(suite_call(s, method_evaluation_ingest_interactions, &ingest, &done));
	settle(s);
	all = export_of(s, "jim");
	kept = section_of(&all, "evaluation")->evaluation;
	EXPECT_INT(kept->n_interactions, 0);
	EXPECT_INT(kept->n_uncounted_interactions, 1);
	EXPECT_TEXT(kept->uncounted_interactions[0]->ref, "m1");

	EXPECT_OK(join(s, home, "jim"));
	settle(s);
	all = export_of(s, "jim");
	kept = section_of(&all, "evaluation")->evaluation;
	EXPECT_INT(kept->n_uncounted_interactions, 0);
	EXPECT_INT(kept->n_interactions, 1);
	EXPECT_INT(kept->interactions[0]->kind, item.kind);
	EXPECT_INT(kept->interactions[0]->occur_time->seconds, 1700000000);
}

static int start(void **state)
{
	static const struct service *const services[] = {
		&member_service, &content_service, &activity_service, &evaluation_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_comes_in_pages_each_row_once),
		cmocka_unit_test(a_small_page_is_of_many_nouns),
		cmocka_unit_test(long_words_make_short_pages),
		cmocka_unit_test(who_was_merged_into_him_is_he),
		cmocka_unit_test(a_token_opens_nothing_else),
		cmocka_unit_test(nobody_reads_what_is_another_s),
		cmocka_unit_test(who_is_not_known_yet_has_done_it_all_the_same),
	};

	return cmocka_run_group_tests_name("what a person takes away", tests, start,
					   suite_teardown);
}
