/* Questions on their way: whom they are taken to, the queue, the times that run, the figures. */
#include <string.h>

#include "base/clock.h"
#include "kith/content/v1/import.pb-c.h"
#include "kith/content/v1/sla.pb-c.h"
#include "kith/member/v1/expert.pb-c.h"
#include "kith_methods.h"
#include "question_words.h"

static void designate(struct suite *s, const char *community, const char *name, const char *topic,
		      int32_t place)
{
	Member__DesignateExpertRequest request = MEMBER__DESIGNATE_EXPERT_REQUEST__INIT;
	Member__Expert expert = MEMBER__EXPERT__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.topics = &topic;
	request.n_topics = 1;
	request.place = place;
	EXPECT_OK(suite_call_as_platform(s, method_member_designate_expert, &request, &expert));
}

/* Returns once content knows so many experts of the community. */
static void until_experts(struct suite *s, const char *community, int64_t n)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.expert WHERE community_id = '%s' AND "
			    "NOT withdrawn",
			    community) != n)
		assert_true(clock_mono_us() < until);
}

/* Who was asked last, once the question has been taken somewhere so often. */
static const char *asked_of(struct suite *s, const struct asked *asked, int64_t steps)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.question_route WHERE post_id = '%s'",
			    asked->post) != steps)
		assert_true(clock_mono_us() < until);

	return question_of(s, asked).expert_person_id;
}

static void questions_are_shared_out_among_the_experts(void **state)
{
	static const char *const names[] = {"xia", "yan", "zoe"};
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	int64_t counts[3] = {0};

	for (size_t i = 0; i < 3; i++) {
		EXPECT_OK(join(s, asked.community, names[i]));
		designate(s, asked.community, names[i], "saws", 0);
	}
	designate(s, asked.community, "cid", "saws", 9);
	designate(s, asked.community, "bob", "food", 0);
	suite_settle(s);
	until_experts(s, asked.community, 5);
	for (size_t i = 0; i < 9; i++) {
		const char *who;

		asked.post = ask_about(s, asked.community, "saws");
		who = asked_of(s, &asked, 1);
		for (size_t k = 0; k < 3; k++)
			counts[k] += strcmp(who, person(s, names[k])) == 0;
	}
	EXPECT_INT(counts[0], 3);
	EXPECT_INT(counts[1], 3);
	EXPECT_INT(counts[2], 3);
	/* Who has answered has one less open. */
	give_answer(s, asked.community, asked.post, "bob");
	{
		const char *free_again = asked_of(s, &asked, 1);

		asked.post = ask_about(s, asked.community, "saws");
		EXPECT_TEXT(asked_of(s, &asked, 1), free_again);
	}
	/* Nobody is asked what he asks himself. */
	designate(s, asked.community, "ann", "glue", 0);
	until_experts(s, asked.community, 6);
	asked.post = ask_about(s, asked.community, "glue");
	designate(s, asked.community, "bob", "glue", 5);
	until_experts(s, asked.community, 7);
	let_pass(s, &asked, "25 hours");
	EXPECT_TEXT(asked_of(s, &asked, 1), person(s, "bob"));
}

static void a_question_goes_from_expert_to_expert_to_the_moderators(void **state)
{
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	Content__ListQuestionRoutesRequest request = CONTENT__LIST_QUESTION_ROUTES_REQUEST__INIT;
	Content__ListQuestionRoutesResponse list = CONTENT__LIST_QUESTION_ROUTES_RESPONSE__INIT;
	Content__ListQuestionsRequest queue = CONTENT__LIST_QUESTIONS_REQUEST__INIT;
	Content__ListQuestionsResponse waiting = CONTENT__LIST_QUESTIONS_RESPONSE__INIT;
	Content__Question now;

	designate(s, asked.community, "bob", "saws", 1);
	designate(s, asked.community, "cid", "saws", 2);
	suite_settle(s);
	until_experts(s, asked.community, 2);
	asked.post = ask_about(s, asked.community, "saws");
	EXPECT_TEXT(asked_of(s, &asked, 1), person(s, "bob"));
	postgres_int(suite_database(s),
		     "UPDATE content.question SET response_due_time = now(), route_time = now() "
		     "WHERE post_id = '%s'",
		     asked.post);
	EXPECT_TEXT(asked_of(s, &asked, 2), person(s, "cid"));
	now = question_of(s, &asked);
	assert_true(now.response_breached);
	EXPECT_INT(now.escalated, 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT extract(epoch FROM route_time - assign_time)::bigint FROM "
				"content.question WHERE post_id = '%s'",
				asked.post),
		   1440 * 60);
	postgres_int(suite_database(s),
		     "UPDATE content.question SET route_time = now() WHERE post_id = '%s'",
		     asked.post);
	EXPECT_TEXT(asked_of(s, &asked, 3), person(s, "cid"));
	now = question_of(s, &asked);
	EXPECT_INT(now.escalated, 1);
	EXPECT_INT(now.state, STATE(OPEN));

	as_named(s, "mia");
	queue.community_id = asked.community;
	queue.escalated = true;
	EXPECT_OK(suite_call(s, method_content_list_questions, &queue, &waiting));
	EXPECT_INT(waiting.n_questions, 1);
	EXPECT_OK(assign_question(s, &asked, "bob", &now));
	EXPECT_INT(now.escalated, 0);
	EXPECT_TEXT(now.expert_person_id, person(s, "bob"));
	request.community_id = asked.community;
	request.post_id = asked.post;
	EXPECT_OK(suite_call(s, method_content_list_question_routes, &request, &list));
	EXPECT_INT(list.n_routes, 4);
	EXPECT_TEXT(list.routes[0]->person_id, person(s, "bob"));
	EXPECT_TEXT(list.routes[1]->person_id, person(s, "cid"));
	EXPECT_TEXT(list.routes[2]->person_id, "");
	EXPECT_TEXT(list.routes[3]->person_id, person(s, "bob"));
	EXPECT_TEXT(list.routes[3]->by_person_id, person(s, "mia"));
	as_platform(s);
	give_answer(s, asked.community, asked.post, "bob");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.question WHERE route_time IS NULL "
				"AND post_id = '%s'",
				asked.post),
		   1);
}

static void an_expert_passes_a_question_on(void **state)
{
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	Content__ListQuestionRoutesRequest request = CONTENT__LIST_QUESTION_ROUTES_REQUEST__INIT;
	Content__ListQuestionRoutesResponse list = CONTENT__LIST_QUESTION_ROUTES_RESPONSE__INIT;
	Content__Question now;

	asked.post = ask_about(s, asked.community, "saws");
	EXPECT_STATUS(pass_question(s, &asked, &now), FAILED_PRECONDITION, "NOT_ASKED");
	designate(s, asked.community, "bob", "saws", 1);
	designate(s, asked.community, "cid", "saws", 2);
	suite_settle(s);
	asked.post = ask_about(s, asked.community, "saws");
	EXPECT_TEXT(asked_of(s, &asked, 1), person(s, "bob"));
	as_named(s, "cid");
	EXPECT_STATUS(pass_question(s, &asked, &now), FAILED_PRECONDITION, "NOT_ASKED");
	as_named(s, "ann");
	EXPECT_STATUS(pass_question(s, &asked, &now), FAILED_PRECONDITION, "NOT_ASKED");
	as_named(s, "bob");
	EXPECT_OK(pass_question(s, &asked, &now));
	EXPECT_TEXT(now.expert_person_id, "");
	EXPECT_INT(now.escalated, 0);
	EXPECT_STATUS(pass_question(s, &asked, &now), FAILED_PRECONDITION, "NOT_ASKED");
	as_platform(s);
	EXPECT_TEXT(asked_of(s, &asked, 2), person(s, "cid"));

	/* The last one: the moderators need not wait for its time. */
	as_named(s, "cid");
	EXPECT_OK(pass_question(s, &asked, &now));
	as_platform(s);
	EXPECT_TEXT(asked_of(s, &asked, 3), "");
	now = question_of(s, &asked);
	EXPECT_INT(now.escalated, 1);
	EXPECT_INT(now.response_breached, 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.question WHERE route_time IS NULL "
				"AND post_id = '%s'",
				asked.post),
		   1);
	request.community_id = asked.community;
	request.post_id = asked.post;
	EXPECT_OK(suite_call(s, method_content_list_question_routes, &request, &list));
	EXPECT_INT(list.n_routes, 3);
	for (size_t i = 0; i < 3; i++)
		EXPECT_INT(list.routes[i]->pass_time != NULL, i < 2);

	/* A moderator may ask him all the same. */
	EXPECT_OK(assign_question(s, &asked, "bob", &now));
	as_named(s, "bob");
	give_answer(s, asked.community, asked.post, "bob");
	EXPECT_STATUS(pass_question(s, &asked, &now), FAILED_PRECONDITION, "QUESTION_STATE");
	as_platform(s);
}

static void who_is_no_expert_any_more_is_not_asked(void **state)
{
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	Member__WithdrawExpertRequest withdraw = MEMBER__WITHDRAW_EXPERT_REQUEST__INIT;
	Member__Expert expert = MEMBER__EXPERT__INIT;

	designate(s, asked.community, "bob", "saws", 0);
	designate(s, asked.community, "cid", "saws", 1);
	designate(s, asked.community, "mia", "saws", 2);
	until_experts(s, asked.community, 3);
	withdraw.community_id = asked.community;
	withdraw.person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_member_withdraw_expert, &withdraw, &expert));
	EXPECT_OK(leave(s, asked.community, "cid"));
	EXPECT_OK(join(s, asked.community, "cid"));
	suite_settle(s);
	until_experts(s, asked.community, 2);
	asked.post = ask_about(s, asked.community, "saws");
	EXPECT_TEXT(asked_of(s, &asked, 1), person(s, "mia"));
	/* A moderator stays one, whatever he is asked. */
	EXPECT_INT(membership_of(s, asked.community, "mia").role, MEMBER__ROLE__ROLE_MODERATOR);
	/* By then bob is an expert again. */
	designate(s, asked.community, "bob", "saws", 0);
	until_experts(s, asked.community, 3);
	suite_settle(s);
	asked.post = ask_about(s, asked.community, "saws");
	EXPECT_TEXT(asked_of(s, &asked, 1), person(s, "bob"));
}

static void the_queue_is_by_who_waits_and_when_it_is_due(void **state)
{
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	Content__ListQuestionsRequest request = CONTENT__LIST_QUESTIONS_REQUEST__INIT;
	Content__ListQuestionsResponse list = CONTENT__LIST_QUESTIONS_RESPONSE__INIT;
	const char *posts[4];
	Content__Question now;

	for (size_t i = 0; i < 4; i++)
		posts[i] = ask_about(s, asked.community, i == 2 ? "food" : "saws");
	give_answer(s, asked.community, posts[0], "bob");
	asked.post = posts[3];
	let_pass(s, &asked, "2 hours");
	request.community_id = asked.community;
	request.page_size = 2;
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 2);
	EXPECT_TEXT(list.questions[0]->post_id, posts[3]);
	EXPECT_TEXT(list.questions[1]->post_id, posts[1]);
	request.page_token = list.next_page_token;
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 2);
	EXPECT_TEXT(list.questions[0]->post_id, posts[2]);
	EXPECT_TEXT(list.questions[1]->post_id, posts[0]);
	EXPECT_TEXT(list.next_page_token, "");
	request.page_token = "";
	request.page_size = 0;
	request.topic = "food";
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 1);
	request.topic = "";
	request.state = STATE(ANSWERED);
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 1);
	EXPECT_TEXT(list.questions[0]->post_id, posts[0]);
	request.state = STATE(UNSPECIFIED);
	EXPECT_OK(assign_question(s, &asked, "cid", &now));
	request.expert_person_id = person(s, "cid");
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 1);
	EXPECT_TEXT(list.questions[0]->post_id, posts[3]);
	request.expert_person_id = "";
	request.breached = true;
	let_pass(s, &asked, "23 hours");
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));
	EXPECT_INT(list.n_questions, 1);
	EXPECT_TEXT(list.questions[0]->post_id, posts[3]);
}

static void times_run_over_a_clock_change(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .time_zone = "Europe/Berlin");
	Content__UpdateSlaRequest sla = CONTENT__UPDATE_SLA_REQUEST__INIT;
	Content__Sla wanted = CONTENT__SLA__INIT, made = CONTENT__SLA__INIT;
	Content__ServiceHours hours[2], *list[] = {&hours[0], &hours[1]};
	Content__ImportPostsRequest request = CONTENT__IMPORT_POSTS_REQUEST__INIT;
	Content__ImportPostsResponse reply = CONTENT__IMPORT_POSTS_RESPONSE__INIT;
	Content__ImportedPost post = CONTENT__IMPORTED_POST__INIT, *posts[] = {&post};
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	struct asked asked = {community, "0192a000-0000-7000-8000-00000000beef", "", ""};
	Content__Question now;

	for (int i = 0; i < 2; i++) { /* the whole Sunday, Monday from nine to five */
		content__service_hours__init(&hours[i]);
		hours[i].weekday = i ? 1 : 7;
		hours[i].open_minute = i ? 540 : 0;
		hours[i].close_minute = i ? 1020 : 1440;
	}
	wanted.hours = list;
	wanted.n_hours = 2;
	wanted.question_response_minutes = 25 * 60;
	wanted.question_resolve_minutes = 25 * 60 + 90;
	sla.community_id = community;
	sla.sla = &wanted;
	suite_settle(s);
	as_platform(s);
	EXPECT_OK(suite_call(s, method_content_update_sla, &sla, &made));
	/* Saturday evening before the 25 hours of Sunday, 25 October 2026. */
	time.seconds = 1792864800;
	post.community_id = community;
	post.post_id = asked.post;
	post.author_person_id = person(s, "ann");
	post.create_time = &time;
	post.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	post.body = "?";
	request.items = posts;
	request.n_items = 1;
	EXPECT_OK(suite_call(s, method_content_import_posts, &request, &reply));
	EXPECT_INT(reply.created_count, 1);
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT (open_time AT TIME ZONE 'Europe/Berlin') || ' ' || "
				  "(response_due_time AT TIME ZONE 'Europe/Berlin') || ' ' || "
				  "(resolve_due_time AT TIME ZONE 'Europe/Berlin') FROM "
				  "content.question WHERE post_id = '%s'",
				  asked.post),
		    "2026-10-24 20:00:00 2026-10-26 00:00:00 2026-10-26 10:30:00");
	/* Long over: given up, and taken to nobody. */
	until_question(s, &asked, STATE(STALE));
	now = question_of(s, &asked);
	EXPECT_INT(now.response_breached, 1);
	EXPECT_TEXT(now.expert_person_id, "");
}

static void the_summary_counts_the_unanswered(void **state)
{
	struct suite *s = *state;
	struct asked asked = {.community = given_askers(s)};
	Content__GetQuestionSummaryRequest request = CONTENT__GET_QUESTION_SUMMARY_REQUEST__INIT;
	Content__QuestionSummary summary = CONTENT__QUESTION_SUMMARY__INIT;
	Content__Question now;

	/* Twelve of two days ago: three answered within the hour, two within the day, one later. */
	for (int i = 0; i < 12; i++) {
		asked.post = ask_about(s, asked.community, "");
		let_pass(s, &asked, "2 days");
		if (i >= 6)
			continue;
		asked.answer = give_answer(s, asked.community, asked.post, "bob");
		postgres_int(suite_database(s),
			     "UPDATE content.question SET response_time = open_time + interval "
			     "'%d minutes' WHERE post_id = '%s'",
			     i < 3   ? 60
			     : i < 5 ? 1440
				     : 1441,
			     asked.post);
		if (i == 0) {
			EXPECT_OK(assign_question(s, &asked, "bob", &now));
			EXPECT_OK(accept_answer(s, &asked, asked.answer, &now));
		}
	}
	asked.post = ask_about(s, asked.community, ""); /* just now */
	request.community_id = asked.community;
	EXPECT_OK(suite_call(s, method_content_get_question_summary, &request, &summary));
	EXPECT_INT(summary.question_count, 13);
	EXPECT_INT(summary.open_count, 7);
	EXPECT_INT(summary.answered_count, 5);
	EXPECT_INT(summary.resolved_count, 1);
	EXPECT_INT(summary.stale_count, 0);
	EXPECT_INT(summary.accepted_count, 1);
	EXPECT_INT(summary.response_breached_count, 7);
	EXPECT_INT(summary.answered_in_hour->n, 12);
	assert_true(summary.answered_in_hour->share == 3.0 / 12);
	EXPECT_INT(summary.answered_in_hour->insufficient_data, 0);
	assert_true(summary.answered_in_day->share == 5.0 / 12);
	assert_true(summary.answered_in_day->low < 5.0 / 12);
	assert_true(summary.answered_in_day->high > 5.0 / 12);
	EXPECT_INT(summary.accepted->n, 13);
	EXPECT_INT(summary.n_experts, 1);
	EXPECT_TEXT(summary.experts[0]->person_id, person(s, "bob"));
	EXPECT_INT(summary.experts[0]->accepted_count, 1);
	request.start_date = "2020-01-02";
	request.end_date = "2020-01-01";
	EXPECT_STATUS(suite_call(s, method_content_get_question_summary, &request, &summary),
		      INVALID_ARGUMENT, "DATES_REVERSED");
	request.start_date = "2020-01-01";
	content__question_summary__init(&summary);
	EXPECT_OK(suite_call(s, method_content_get_question_summary, &request, &summary));
	EXPECT_INT(summary.question_count, 0);
	EXPECT_INT(summary.accepted->insufficient_data, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_are_shared_out_among_the_experts),
		cmocka_unit_test(a_question_goes_from_expert_to_expert_to_the_moderators),
		cmocka_unit_test(an_expert_passes_a_question_on),
		cmocka_unit_test(who_is_no_expert_any_more_is_not_asked),
		cmocka_unit_test(the_queue_is_by_who_waits_and_when_it_is_due),
		cmocka_unit_test(times_run_over_a_clock_change),
		cmocka_unit_test(the_summary_counts_the_unanswered),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
