/* Questions: each step and each step that is none, races about one question, and those that come
 * from elsewhere. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/import.pb-c.h"
#include "kith_methods.h"
#include "question_words.h"

#define CROWD 64

enum step { ACCEPT, UNACCEPT, CLOSE, REOPEN, ASSIGN, N_STEPS };

static struct asked given_question(struct suite *s, size_t n_answers)
{
	struct asked asked = {.community = given_askers(s), .answer = "", .other_answer = ""};

	asked.post = ask_about(s, asked.community, "");
	if (n_answers > 0)
		asked.answer = give_answer(s, asked.community, asked.post, "bob");
	if (n_answers > 1)
		asked.other_answer = give_answer(s, asked.community, asked.post, "cid");

	return asked;
}

static struct outcome unaccept(struct suite *s, const struct asked *asked, const char *comment,
			       Content__Question *ret)
{
	Content__UnacceptAnswerRequest request = CONTENT__UNACCEPT_ANSWER_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	request.comment_id = comment;
	content__question__init(ret);

	return suite_call(s, method_content_unaccept_answer, &request, ret);
}

static struct outcome close_question(struct suite *s, const struct asked *asked,
				     Content__Question *ret)
{
	Content__CloseQuestionRequest request = CONTENT__CLOSE_QUESTION_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	request.note = "found it";
	content__question__init(ret);

	return suite_call(s, method_content_close_question, &request, ret);
}

static struct outcome reopen(struct suite *s, const struct asked *asked, Content__Question *ret)
{
	Content__ReopenQuestionRequest request = CONTENT__REOPEN_QUESTION_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	content__question__init(ret);

	return suite_call(s, method_content_reopen_question, &request, ret);
}

static struct asked given_state(struct suite *s, Content__QuestionState state)
{
	struct asked asked = given_question(s, state == STATE(OPEN) ? 0 : 2);
	Content__Question now;

	if (state == STATE(RESOLVED))
		EXPECT_OK(accept_answer(s, &asked, asked.answer, &now));
	if (state == STATE(STALE)) {
		let_pass(s, &asked, "8 days");
		until_question(s, &asked, state);
	}
	EXPECT_INT(question_of(s, &asked).state, state);

	return asked;
}

static int64_t n_told(struct suite *s, const char *type, const struct asked *asked)
{
	return told(s, type, asked->post);
}

static struct outcome take(struct suite *s, enum step step, const struct asked *asked,
			   Content__Question *ret)
{
	switch (step) {
	case ACCEPT:
		return accept_answer(
			s, asked, asked->other_answer[0] ? asked->other_answer : asked->post, ret);
	case UNACCEPT:
		return unaccept(s, asked, asked->answer[0] ? asked->answer : asked->post, ret);
	case CLOSE:
		return close_question(s, asked, ret);
	case REOPEN:
		return reopen(s, asked, ret);
	default:
		return assign_question(s, asked, "cid", ret);
	}
}

static void each_state_allows_its_steps(void **state)
{
	/* Where each step leads from each state; 0: nowhere. */
	static const struct {
		const char *name;
		Content__QuestionState to[N_STEPS];
	} cases[] = {
		[STATE(OPEN)] = {"OPEN", {0, 0, STATE(RESOLVED), 0, STATE(OPEN)}},
		[STATE(ANSWERED)] = {"ANSWERED",
				     {STATE(RESOLVED), 0, STATE(RESOLVED), 0, STATE(ANSWERED)}},
		[STATE(RESOLVED)] = {"RESOLVED", {0, STATE(ANSWERED), 0, STATE(ANSWERED), 0}},
		[STATE(STALE)] = {"STALE",
				  {STATE(RESOLVED), 0, STATE(RESOLVED), STATE(ANSWERED), 0}},
	};
	struct suite *s = *state;

	for (int from = STATE(OPEN); from <= (int)STATE(STALE); from++)
		for (int step = 0; step < N_STEPS; step++) {
			struct asked asked = given_state(s, (Content__QuestionState)from);
			Content__Question before = question_of(s, &asked), now;
			struct outcome outcome = take(s, (enum step)step, &asked, &now);

			if (cases[from].to[step]) {
				EXPECT_OK(outcome);
				EXPECT_INT(now.state, cases[from].to[step]);
				continue;
			}
			EXPECT_STATUS(outcome, FAILED_PRECONDITION, "QUESTION_STATE");
			EXPECT_TEXT(outcome_fact(&outcome, "state"), cases[from].name);
			now = question_of(s, &asked);
			EXPECT_INT(now.state, from);
			if (from != (int)STATE(OPEN)) /* that is taken to nobody meanwhile */
				EXPECT_INT(now.version, before.version);
		}
}

static void a_question_is_answered_and_resolved(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 0);
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Question now = question_of(s, &asked);

	EXPECT_INT(now.state, STATE(OPEN));
	EXPECT_TEXT(now.title, "How does one?");
	EXPECT_INT(now.response_due_time->seconds - now.open_time->seconds, 1440 * 60);
	EXPECT_INT(now.resolve_due_time->seconds - now.open_time->seconds, 4320 * 60);
	/* What ann says herself answers nothing. */
	EXPECT_OK(comment_as(s, asked.community, asked.post, "", "ann", &comment));
	EXPECT_INT(comment.answer, 0);
	EXPECT_INT(question_of(s, &asked).state, STATE(OPEN));
	asked.answer = give_answer(s, asked.community, asked.post, "bob");
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 1);
	assert_non_null(now.response_time);
	/* Nor does a reply to an answer. */
	EXPECT_OK(comment_as(s, asked.community, asked.post, asked.answer, "cid", &comment));
	EXPECT_INT(question_of(s, &asked).answer_count, 1);
	EXPECT_STATUS(accept_answer(s, &asked, comment.comment_id, &now), FAILED_PRECONDITION,
		      "NOT_AN_ANSWER");
	EXPECT_STATUS(accept_answer(s, &asked, asked.post, &now), NOT_FOUND, "COMMENT_NOT_FOUND");

	as_named(s, "bob");
	EXPECT_STATUS(accept_answer(s, &asked, asked.answer, &now), PERMISSION_DENIED,
		      "ROLE_TOO_LOW");
	EXPECT_STATUS(close_question(s, &asked, &now), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_STATUS(assign_question(s, &asked, "bob", &now), PERMISSION_DENIED, "RANK_TOO_LOW");
	as_named(s, "ann");
	EXPECT_OK(accept_answer(s, &asked, asked.answer, &now));
	EXPECT_INT(now.state, STATE(RESOLVED));
	EXPECT_TEXT(now.accepted_comment_id, asked.answer);
	EXPECT_TEXT(now.accepted_person_id, person(s, "bob"));
	assert_non_null(now.resolve_time);
	EXPECT_INT(n_told(s, "ANSWER_ACCEPTED", &asked), 1);
	EXPECT_STATUS(unaccept(s, &asked, comment.comment_id, &now), FAILED_PRECONDITION,
		      "ANSWER_NOT_ACCEPTED");
	as_named(s, "mia");
	EXPECT_OK(unaccept(s, &asked, asked.answer, &now));
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_TEXT(now.accepted_comment_id, "");
	EXPECT_INT(now.reopen_count, 0);
	assert_null(now.resolve_time);
	EXPECT_INT(n_told(s, "ANSWER_UNACCEPTED", &asked), 1);
	EXPECT_OK(close_question(s, &asked, &now));
	EXPECT_TEXT(now.close_note, "found it");
	EXPECT_OK(reopen(s, &asked, &now));
	EXPECT_INT(now.reopen_count, 1);
	EXPECT_TEXT(now.close_note, "");
	EXPECT_INT(n_told(s, "ANSWER_UNACCEPTED", &asked), 1);
	as_platform(s);
	EXPECT_STATUS(assign_question(s, &asked, "stranger", &now), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
}

static void what_is_removed_answers_no_more(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 2);
	Content__Comment comment = CONTENT__COMMENT__INIT, gone;
	Content__Question now;

	comment.community_id = asked.community;
	comment.post_id = asked.post;
	comment.comment_id = asked.answer;
	EXPECT_OK(accept_answer(s, &asked, asked.answer, &now));
	content__comment__init(&gone);
	EXPECT_OK(remove_comment(s, &comment, &gone));
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 1);
	EXPECT_TEXT(now.accepted_comment_id, "");
	EXPECT_TEXT(now.accepted_person_id, "");
	assert_null(now.resolve_time);
	EXPECT_INT(n_told(s, "ANSWER_UNACCEPTED", &asked), 1);
	EXPECT_OK(remove_comment(s, &comment, &gone));
	EXPECT_INT(question_of(s, &asked).answer_count, 1);
	EXPECT_STATUS(accept_answer(s, &asked, asked.answer, &now), FAILED_PRECONDITION,
		      "NOT_AN_ANSWER");
	comment.comment_id = asked.other_answer;
	EXPECT_OK(remove_comment(s, &comment, &gone));
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(OPEN));
	EXPECT_INT(now.answer_count, 0);
	assert_null(now.response_time);
	EXPECT_INT(n_told(s, "ANSWER_UNACCEPTED", &asked), 1);
}

static struct outcome get(struct suite *s, const struct asked *asked)
{
	Content__GetQuestionRequest request = CONTENT__GET_QUESTION_REQUEST__INIT;
	Content__Question question = CONTENT__QUESTION__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;

	return suite_call(s, method_content_get_question, &request, &question);
}

static struct outcome change_kind(struct suite *s, const struct asked *asked,
				  Content__PostKind kind)
{
	static char *paths[] = {"kind"};
	Content__UpdatePostRequest request = CONTENT__UPDATE_POST_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Content__Post post = CONTENT__POST__INIT, now = CONTENT__POST__INIT;

	mask.paths = paths;
	mask.n_paths = 1;
	post.kind = kind;
	request.community_id = asked->community;
	request.post_id = asked->post;
	request.post = &post;
	request.update_mask = &mask;

	return suite_call(s, method_content_update_post, &request, &now);
}

static size_t n_listed(struct suite *s, const struct asked *asked)
{
	Content__ListQuestionsRequest request = CONTENT__LIST_QUESTIONS_REQUEST__INIT;
	Content__ListQuestionsResponse list = CONTENT__LIST_QUESTIONS_RESPONSE__INIT;

	request.community_id = asked->community;
	EXPECT_OK(suite_call(s, method_content_list_questions, &request, &list));

	return list.n_questions;
}

static void a_question_is_there_while_its_post_asks(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 1);
	Content__ArchivePostRequest archive = CONTENT__ARCHIVE_POST_REQUEST__INIT;
	Content__UnarchivePostRequest unarchive = CONTENT__UNARCHIVE_POST_REQUEST__INIT;
	Content__RestorePostRequest restore = CONTENT__RESTORE_POST_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Post post = CONTENT__POST__INIT;
	Content__Question now;

	archive.community_id = unarchive.community_id = restore.community_id = asked.community;
	archive.post_id = unarchive.post_id = restore.post_id = asked.post;
	EXPECT_INT(n_listed(s, &asked), 1);
	EXPECT_OK(suite_call(s, method_content_archive_post, &archive, &post));
	EXPECT_STATUS(get(s, &asked), NOT_FOUND, "QUESTION_NOT_FOUND");
	EXPECT_STATUS(close_question(s, &asked, &now), NOT_FOUND, "QUESTION_NOT_FOUND");
	EXPECT_INT(n_listed(s, &asked), 0);
	EXPECT_OK(suite_call(s, method_content_unarchive_post, &unarchive, &post));
	EXPECT_OK(get(s, &asked));
	EXPECT_OK(remove_post(s, asked.community, asked.post, &post));
	EXPECT_STATUS(get(s, &asked), NOT_FOUND, "QUESTION_NOT_FOUND");
	EXPECT_OK(suite_call(s, method_content_restore_post, &restore, &post));
	EXPECT_OK(get(s, &asked));
	EXPECT_OK(change_kind(s, &asked, CONTENT__POST_KIND__POST_KIND_TEXT));
	EXPECT_STATUS(get(s, &asked), NOT_FOUND, "QUESTION_NOT_FOUND");
	EXPECT_OK(comment_as(s, asked.community, asked.post, "", "cid", &comment));
	EXPECT_INT(comment.answer, 0);
	EXPECT_OK(change_kind(s, &asked, CONTENT__POST_KIND__POST_KIND_QUESTION));
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 2);

	/* What becomes a question only later has the answers that it has. */
	asked.post = given_post(s, asked.community, "ann");
	EXPECT_STATUS(get(s, &asked), NOT_FOUND, "QUESTION_NOT_FOUND");
	EXPECT_OK(comment_as(s, asked.community, asked.post, "", "cid", &comment));
	EXPECT_OK(change_kind(s, &asked, CONTENT__POST_KIND__POST_KIND_QUESTION));
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 1);
}

static void what_is_not_settled_in_time_is_given_up(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_state(s, STATE(STALE));
	Content__Question now = question_of(s, &asked);
	int64_t version = now.version;

	assert_true(now.resolve_breached);
	EXPECT_INT(n_listed(s, &asked), 0);
	give_answer(s, asked.community, asked.post, "cid");
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 3);
	EXPECT_INT(now.version, version + 1);
	assert_true(now.resolve_due_time->seconds * 1000000 > clock_wall_us());
}

/* Answers, acceptances and removals at once, each in a message of its own. */
static void a_crowd_accepts_one_answer(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 0);
	Content__AcceptAnswerRequest requests[CROWD];
	const void *sent[CROWD];
	struct outcome outcomes[CROWD];
	size_t n_ok = 0;
	Content__Question now;

	for (size_t i = 0; i < CROWD; i++) {
		content__accept_answer_request__init(&requests[i]);
		requests[i].community_id = asked.community;
		requests[i].post_id = asked.post;
		requests[i].comment_id =
			give_answer(s, asked.community, asked.post, i % 2 ? "bob" : "cid");
		sent[i] = &requests[i];
	}
	suite_call_at_once(s, method_content_accept_answer, CROWD, sent, NULL, NULL, outcomes);
	for (size_t i = 0; i < CROWD; i++) {
		n_ok += outcomes[i].status == STATUS_OK;
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "QUESTION_STATE");
	}
	EXPECT_INT(n_ok, 1);
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(RESOLVED));
	EXPECT_INT(now.answer_count, CROWD);
	EXPECT_INT(n_told(s, "ANSWER_ACCEPTED", &asked), 1);
}

static void whatever_happens_at_once_the_state_is_right(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 0);
	Content__AcceptAnswerRequest accepts[CROWD];
	Content__RemoveCommentRequest removes[CROWD];
	Content__CreateCommentRequest creates[CROWD];
	Content__Comment comment = CONTENT__COMMENT__INIT;
	const struct method *methods[CROWD];
	const void *sent[CROWD];
	struct outcome outcomes[CROWD];
	const char *answers[CROWD];
	Content__Question now;
	int64_t n;

	comment.body = "late";
	comment.parent_id = "";
	comment.author_person_id = person(s, "cid");
	for (size_t i = 0; i < CROWD; i++)
		answers[i] = give_answer(s, asked.community, asked.post, "bob");
	for (size_t i = 0; i < CROWD; i++) {
		content__accept_answer_request__init(&accepts[i]);
		content__remove_comment_request__init(&removes[i]);
		content__create_comment_request__init(&creates[i]);
		accepts[i].community_id = removes[i].community_id = creates[i].community_id =
			asked.community;
		accepts[i].post_id = removes[i].post_id = creates[i].post_id = asked.post;
		accepts[i].comment_id = removes[i].comment_id = answers[i / 2];
		creates[i].comment = &comment;
		methods[i] = i % 4 == 3   ? method_content_create_comment
			     : i % 2 == 0 ? method_content_remove_comment
					  : method_content_accept_answer;
		sent[i] = i % 4 == 3   ? (const void *)&creates[i]
			  : i % 2 == 0 ? (const void *)&removes[i]
				       : (const void *)&accepts[i];
	}
	suite_call_mixed(s, CROWD, methods, sent, NULL, NULL, outcomes);
	for (size_t i = 0; i < CROWD; i++)
		if (methods[i] != method_content_accept_answer)
			EXPECT_OK(outcomes[i]);
	now = question_of(s, &asked);
	n = postgres_int(suite_database(s),
			 "SELECT count(*) FROM content.comment WHERE post_id = '%s' AND state = "
			 "'PUBLISHED'",
			 asked.post);
	EXPECT_INT(now.answer_count, n);
	EXPECT_INT(post_of(s, asked.community, asked.post).comment_count, n);
	EXPECT_INT(now.state, now.accepted_comment_id[0] ? STATE(RESOLVED) : STATE(ANSWERED));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.question q WHERE post_id = '%s' AND "
				"(accepted_comment_id IS NULL OR EXISTS (SELECT FROM "
				"content.comment k WHERE k.comment_id = accepted_comment_id AND "
				"k.state = 'PUBLISHED')) AND response_time = (SELECT "
				"min(create_time) FROM content.comment k WHERE k.post_id = "
				"q.post_id AND k.state = 'PUBLISHED')",
				asked.post),
		   1);
	EXPECT_INT(n_told(s, "ANSWER_ACCEPTED", &asked) - n_told(s, "ANSWER_UNACCEPTED", &asked),
		   now.accepted_comment_id[0] != '\0');
}

static void questions_of_before_are_found(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 2);
	int64_t until = clock_mono_us() + PATIENCE_US;
	Content__Question now;

	/* As an older version of Kith has left them. */
	postgres_int(suite_database(s),
		     "WITH gone AS (DELETE FROM content.question WHERE post_id = '%s') UPDATE "
		     "content.post SET has_question = false WHERE post_id = '%s'",
		     asked.post, asked.post);
	while (get(s, &asked).status != STATUS_OK)
		assert_true(clock_mono_us() < until);
	now = question_of(s, &asked);
	EXPECT_INT(now.state, STATE(ANSWERED));
	EXPECT_INT(now.answer_count, 2);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.question q WHERE post_id = '%s' AND "
				"response_time = (SELECT min(create_time) FROM content.comment k "
				"WHERE k.post_id = q.post_id)",
				asked.post),
		   1);
}

static void imported_answers_answer(void **state)
{
	struct suite *s = *state;
	struct asked asked = given_question(s, 0);
	Content__ImportCommentsRequest request = CONTENT__IMPORT_COMMENTS_REQUEST__INIT;
	Content__ImportCommentsResponse reply = CONTENT__IMPORT_COMMENTS_RESPONSE__INIT;
	Content__ImportedComment comments[3], *list[3];
	Google__Protobuf__Timestamp times[3];
	char ids[3][37];

	for (int i = 0; i < 3; i++) {
		content__imported_comment__init(&comments[i]);
		google__protobuf__timestamp__init(&times[i]);
		snprintf(ids[i], sizeof(ids[i]), "0192b000-0000-7000-8000-%012d", i);
		times[i].seconds = clock_wall_us() / 1000000 + 10 - i;
		comments[i].community_id = asked.community;
		comments[i].post_id = asked.post;
		comments[i].comment_id = ids[i];
		comments[i].parent_id = i == 2 ? ids[0] : "";
		comments[i].author_person_id = person(s, i == 1 ? "ann" : "bob");
		comments[i].create_time = &times[i];
		comments[i].body = "from elsewhere";
		list[i] = &comments[i];
	}
	request.items = list;
	request.n_items = 3;
	for (int i = 0; i < 2; i++) {
		EXPECT_OK(suite_call(s, method_content_import_comments, &request, &reply));
		EXPECT_INT(question_of(s, &asked).answer_count, 1);
	}
	EXPECT_INT(question_of(s, &asked).state, STATE(ANSWERED));
	EXPECT_INT(question_of(s, &asked).response_time->seconds, times[0].seconds);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(DISTINCT event_id) FROM (SELECT event_id, kind, "
				"parent_id FROM content.outbox UNION ALL SELECT event_id, kind, "
				"parent_id FROM content.outbox_late) AS e WHERE kind = 'ANSWER' "
				"AND parent_id = '%s'",
				asked.post),
		   1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered_and_resolved),
		cmocka_unit_test(each_state_allows_its_steps),
		cmocka_unit_test(what_is_removed_answers_no_more),
		cmocka_unit_test(a_question_is_there_while_its_post_asks),
		cmocka_unit_test(what_is_not_settled_in_time_is_given_up),
		cmocka_unit_test(a_crowd_accepts_one_answer),
		cmocka_unit_test(whatever_happens_at_once_the_state_is_right),
		cmocka_unit_test(questions_of_before_are_found),
		cmocka_unit_test(imported_answers_answer),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
