/* Evaluation as its callers meet it: fed by the other services, soon fresh, open to whom it may
 * concern. */
#include <sched.h>

#include "base/clock.h"
#include "content/content.h"
#include "evaluation/evaluation.h"
#include "given.h"
#include "kith/content/v1/comment.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/content/v1/question.pb-c.h"
#include "kith/evaluation/v1/interaction.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/member/v1/kol.pb-c.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "suite.h"

/* How long is waited: a sanitized build on a busy machine is no measure of freshness. */
#define PATIENCE_US INT64_C(30000000)

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, &content_service,
							 &evaluation_service, NULL};

	return suite_setup(state, services);
}

static Evaluation__MetricSummary summary_of(struct suite *s, const char *community)
{
	Evaluation__GetMetricSummaryRequest request = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	Evaluation__MetricSummary summary = EVALUATION__METRIC_SUMMARY__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_evaluation_get_metric_summary, &request,
					 &summary));
	return summary;
}

static struct outcome ingest(struct suite *s, const char *community, const char *name,
			     int64_t at_us, Evaluation__IngestInteractionsResponse *ret)
{
	Evaluation__IngestInteractionsRequest request =
		EVALUATION__INGEST_INTERACTIONS_REQUEST__INIT;
	Evaluation__InteractionItem item = EVALUATION__INTERACTION_ITEM__INIT, *items = &item;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	time.seconds = at_us / 1000000;
	time.nanos = (int32_t)(at_us % 1000000 * 1000);
	item.community_id = community;
	item.person_id = person(s, name);
	item.kind = EVALUATION__INTERACTION_KIND__INTERACTION_KIND_VISIT;
	item.occur_time = &time;
	request.items = &items;
	request.n_items = 1;
	return suite_call(s, method_evaluation_ingest_interactions, &request, ret);
}

static void expect_active(struct suite *s, const char *community, int32_t active, int32_t engaged)
{
	int64_t until = clock_mono_us() + PATIENCE_US;
	Evaluation__MetricSummary summary;

	do {
		sched_yield();
		summary = summary_of(s, community);
	} while ((summary.active != active || summary.engaged != engaged) &&
		 clock_mono_us() < until);
	EXPECT_INT(summary.active, active);
	EXPECT_INT(summary.engaged, engaged);
}

static void what_is_ingested_is_soon_counted_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");
	int64_t now = clock_wall_us();
	Evaluation__IngestInteractionsResponse reply =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(ingest(s, community, "ann", now, &reply));
	EXPECT_INT(reply.created_count, 1);
	expect_active(s, community, 1, 0);

	evaluation__ingest_interactions_response__init(&reply);
	EXPECT_OK(ingest(s, community, "ann", now, &reply));
	EXPECT_INT(reply.created_count, 0);
	EXPECT_INT(reply.unchanged_count, 1);
	EXPECT_INT(summary_of(s, community).interactions, 1);
}

static void who_turn_out_to_be_one_count_once_until_they_are_parted(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");
	int64_t now = clock_wall_us();
	Evaluation__IngestInteractionsResponse reply =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge first = MEMBER__PERSON_MERGE__INIT, second = MEMBER__PERSON_MERGE__INIT;
	Member__UnmergePersonsRequest undo = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;
	Member__UnmergePersonsResponse undone = MEMBER__UNMERGE_PERSONS_RESPONSE__INIT;

	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"tri", "twin", "one"};

		EXPECT_OK(join(s, community, names[i]));
		EXPECT_OK(ingest(s, community, names[i], now, &reply));
	}
	expect_active(s, community, 3, 0);

	request.person_id = person(s, "twin");
	request.merged_person_id = person(s, "tri");
	EXPECT_OK(suite_call(s, method_member_merge_persons, &request, &first));
	expect_active(s, community, 2, 0);
	request.person_id = person(s, "one");
	request.merged_person_id = person(s, "twin");
	EXPECT_OK(suite_call(s, method_member_merge_persons, &request, &second));
	expect_active(s, community, 1, 0);
	EXPECT_INT(summary_of(s, community).member_count, 1);

	undo.merge_id = second.merge_id;
	EXPECT_OK(suite_call(s, method_member_unmerge_persons, &undo, &undone));
	expect_active(s, community, 2, 0);
	undo.merge_id = first.merge_id;
	EXPECT_OK(suite_call(s, method_member_unmerge_persons, &undo, &undone));
	expect_active(s, community, 3, 0);
	EXPECT_INT(summary_of(s, community).member_count, 3);
}

static void what_is_said_and_taken_back_counts_and_does_not(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "America/New_York");
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__RemovePostRequest removal = CONTENT__REMOVE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, created = CONTENT__POST__INIT;

	EXPECT_OK(join(s, community, "ann"));
	post.author_person_id = person(s, "ann");
	post.body = "hello";
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &created));
	expect_active(s, community, 1, 1);

	removal.community_id = community;
	removal.post_id = created.post_id;
	content__post__init(&post);
	EXPECT_OK(suite_call(s, method_content_remove_post, &removal, &post));
	expect_active(s, community, 0, 0);
}

static void members_come_and_go_in_the_summary(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	int64_t until = clock_mono_us() + PATIENCE_US;
	Evaluation__MetricSummary summary;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(leave(s, community, "bob"));
	do {
		sched_yield();
		summary = summary_of(s, community);
	} while (summary.leave_count != 1 && clock_mono_us() < until);
	EXPECT_INT(summary.member_count, 1);
	EXPECT_INT(summary.join_count, 2);
	EXPECT_INT(summary.leave_count, 1);
}

static void a_community_just_made_has_a_report(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Europe/Berlin");

	EXPECT_TEXT(summary_of(s, community).time_zone, "Europe/Berlin");
}

static void nobody_knows_an_unknown_community(void **state)
{
	struct suite *s = *state;
	Evaluation__GetActivityRequest request = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;

	request.community_id = "01890000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_evaluation_get_activity, &request, &report), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void reports_are_for_moderators(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Evaluation__GetActivityRequest request = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
	Evaluation__IngestInteractionsResponse ingested =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	request.community_id = community;

	as_person(s, person(s, "ann"));
	EXPECT_STATUS(suite_call(s, method_evaluation_get_activity, &request, &report),
		      PERMISSION_DENIED, NULL);
	EXPECT_STATUS(ingest(s, community, "ann", clock_wall_us(), &ingested), PERMISSION_DENIED,
		      NULL);
	as_platform(s);
	EXPECT_OK(suite_call(s, method_evaluation_get_activity, &request, &report));
}

/* Days of the community that member and evaluation do not agree on, or that are not what was done.
 */
static int64_t days_unlike(struct suite *s, const char *community, const char *zone)
{
	return postgres_int(suite_database(s),
			    "WITH did AS (SELECT person_id, (occur_time AT TIME ZONE '%s')::date "
			    "AS day, count(*) AS n "
			    "FROM evaluation.interaction WHERE community_id = '%s' AND kind = 1 "
			    "AND NOT removed "
			    "GROUP BY 1, 2) SELECT count(*) FROM did FULL JOIN (SELECT * FROM "
			    "member.member_day "
			    "WHERE community_id = '%s' AND count > 0) d USING (person_id, day) "
			    "WHERE n IS DISTINCT FROM count OR kind IS DISTINCT FROM 'VISIT'",
			    zone, community, community);
}

static void expect_days(struct suite *s, const char *community, const char *zone)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (days_unlike(s, community, zone) && clock_mono_us() < until)
		sched_yield();
	EXPECT_INT(days_unlike(s, community, zone), 0);
}

static void member_is_told_what_members_did_on_their_days(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, changed = wanted;
	Evaluation__IngestInteractionsResponse ingested =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	for (int64_t hours = 0; hours < 60; hours += 4)
		EXPECT_OK(ingest(s, community, hours % 12 ? "ann" : "bob",
				 clock_wall_us() - hours * 3600 * 1000000, &ingested));
	expect_days(s, community, "Asia/Shanghai");

	/* All days move. */
	wanted.time_zone = "America/Los_Angeles";
	request.community_id = community;
	request.community = &wanted;
	EXPECT_OK(suite_call(s, method_member_update_community, &request, &changed));
	expect_days(s, community, "America/Los_Angeles");
}

static void recompute_changes_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Evaluation__IngestInteractionsResponse ingested =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;
	Evaluation__RecomputeRequest request = EVALUATION__RECOMPUTE_REQUEST__INIT;
	Evaluation__RecomputeResponse reply = EVALUATION__RECOMPUTE_RESPONSE__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(ingest(s, community, "ann", clock_wall_us(), &ingested));
	expect_active(s, community, 1, 0);
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_evaluation_recompute, &request, &reply));
	EXPECT_INT(reply.interaction_count, 1);
	EXPECT_INT(reply.cell_count, 2);
	EXPECT_INT(reply.differing_cell_count, 0);
}

/* Returns once the statement counts so many. */
static void until_count(struct suite *s, int64_t n, const char *sql, const char *id)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s), sql, id) != n) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}
}

static void until_evidence(struct suite *s, const char *community, const char *name, int64_t n)
{
	int64_t until = clock_mono_us() + PATIENCE_US;
	Member__GetKolRequest request = MEMBER__GET_KOL_REQUEST__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	do {
		assert_true(clock_mono_us() < until);
		member__kol__init(&kol);
		EXPECT_OK(suite_call_as_platform(s, method_member_get_kol, &request, &kol));
	} while (kol.evidence->accepted_answer_count != n);
}

static void answers_count_as_such_and_accepted_ones_for_who_gave_them(void **state)
{
	static const char answers[] =
		"SELECT count(*) FROM evaluation.interaction WHERE kind = 4 "
		"AND NOT removed AND ref = '%s'";
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__CreateKolRequest raise = MEMBER__CREATE_KOL_REQUEST__INIT;
	Content__CreatePostRequest ask = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__CreateCommentRequest answer = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__AcceptAnswerRequest accept = CONTENT__ACCEPT_ANSWER_REQUEST__INIT;
	Content__UnacceptAnswerRequest unaccept = CONTENT__UNACCEPT_ANSWER_REQUEST__INIT;
	Content__RemoveCommentRequest drop = CONTENT__REMOVE_COMMENT_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, asked = CONTENT__POST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT, given = CONTENT__COMMENT__INIT;
	Content__Question question = CONTENT__QUESTION__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	raise.community_id = ask.community_id = answer.community_id = community;
	raise.person_id = person(s, "bob");
	raise.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	EXPECT_OK(suite_call(s, method_member_create_kol, &raise, &kol));
	post.author_person_id = person(s, "ann");
	post.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	post.body = "How does one?";
	ask.post = &post;
	EXPECT_OK(suite_call(s, method_content_create_post, &ask, &asked));
	comment.author_person_id = person(s, "bob");
	comment.body = "Like this.";
	answer.post_id = asked.post_id;
	answer.comment = &comment;
	EXPECT_OK(suite_call(s, method_content_create_comment, &answer, &given));
	until_count(s, 1, answers, given.comment_id);
	until_evidence(s, community, "bob", 0);

	accept.community_id = unaccept.community_id = drop.community_id = community;
	accept.post_id = unaccept.post_id = drop.post_id = asked.post_id;
	accept.comment_id = unaccept.comment_id = drop.comment_id = given.comment_id;
	EXPECT_OK(suite_call(s, method_content_accept_answer, &accept, &question));
	until_evidence(s, community, "bob", 1);
	EXPECT_OK(suite_call(s, method_content_unaccept_answer, &unaccept, &question));
	until_evidence(s, community, "bob", 0);
	EXPECT_OK(suite_call(s, method_content_accept_answer, &accept, &question));
	until_evidence(s, community, "bob", 1);
	EXPECT_OK(suite_call(s, method_content_remove_comment, &drop, &given));
	until_evidence(s, community, "bob", 0);
	until_count(s, 0, answers, given.comment_id);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM evaluation.interaction WHERE kind = 3 AND "
				"ref = '%s'",
				given.comment_id),
		   0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ingested_is_soon_counted_once),
		cmocka_unit_test(who_turn_out_to_be_one_count_once_until_they_are_parted),
		cmocka_unit_test(what_is_said_and_taken_back_counts_and_does_not),
		cmocka_unit_test(members_come_and_go_in_the_summary),
		cmocka_unit_test(a_community_just_made_has_a_report),
		cmocka_unit_test(nobody_knows_an_unknown_community),
		cmocka_unit_test(reports_are_for_moderators),
		cmocka_unit_test(answers_count_as_such_and_accepted_ones_for_who_gave_them),
		cmocka_unit_test(member_is_told_what_members_did_on_their_days),
		cmocka_unit_test(recompute_changes_nothing),
	};

	return cmocka_run_group_tests_name("evaluation", tests, setup, suite_teardown);
}
