/* Questions: until an answer is accepted, and whom they are taken to. Statements are in
 * sql/question.sql, sql/question_route.sql and sql/question_summary.sql. */
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/question_store.pb-c.h"

/*
 * reason                         status               from
 * POST_NOT_FOUND                 NOT_FOUND            all that name a post
 * QUESTION_NOT_FOUND             NOT_FOUND            the same
 * COMMENT_NOT_FOUND              NOT_FOUND            Accept
 * QUESTION_STATE                 FAILED_PRECONDITION  each step that its state does not allow, with
 *                                                     the fact state
 * NOT_AN_ANSWER                  FAILED_PRECONDITION  Accept
 * ANSWER_NOT_ACCEPTED            FAILED_PRECONDITION  Unaccept
 * NOT_ASKED                      FAILED_PRECONDITION  Pass
 * NOT_A_MEMBER,
 * COMMUNITY_ARCHIVED             FAILED_PRECONDITION  Assign
 * ROLE_TOO_LOW                   PERMISSION_DENIED    Accept, Unaccept, Close, Reopen
 * DATES_REVERSED                 INVALID_ARGUMENT     GetSummary
 */

#define OPEN     CONTENT__QUESTION_STATE__QUESTION_STATE_OPEN
#define ANSWERED CONTENT__QUESTION_STATE__QUESTION_STATE_ANSWERED
#define RESOLVED CONTENT__QUESTION_STATE__QUESTION_STATE_RESOLVED
#define STALE    CONTENT__QUESTION_STATE__QUESTION_STATE_STALE

/* From which states each step leads on. */
static const unsigned accept = 1U << ANSWERED | 1U << STALE, unaccept = 1U << RESOLVED,
		      close = 1U << OPEN | 1U << ANSWERED | 1U << STALE,
		      reopen = 1U << RESOLVED | 1U << STALE, assign = 1U << OPEN | 1U << ANSWERED,
		      pass = 1U << OPEN;

static enum status may_step(struct call *c, const Content__Question *question, unsigned from)
{
	static const char *const names[] = {"UNSPECIFIED", "OPEN", "ANSWERED", "RESOLVED", "STALE"};

	if (from >> question->state & 1)
		return STATUS_OK;
	call_fact(c, "state", names[question->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "QUESTION_STATE",
			 "a question that is %s does not take this step", names[question->state]);
}

/* The question, locked behind its post: whoever answers, removes an answer or takes a step waits
 * for one another there. */
static enum status lock(struct call *c, const char *community_id, const char *post_id,
			Content__Question *ret)
{
	Content__GetQuestionRequest wanted = CONTENT__GET_QUESTION_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	wanted.community_id = community_id;
	wanted.post_id = post_id;
	TRY(post_lock(c, community_id, post_id, &post));

	return sql_question_lock(c, &wanted, ret);
}

/* The same for a step that who asked takes, or a moderator. */
static enum status begin_step(struct call *c, const char *community_id, const char *post_id,
			      unsigned from, Content__Question *ret)
{
	TRY(lock(c, community_id, post_id, ret));
	TRY(replica_allow(c, community_id, ret->author_person_id, RANK_MODERATOR));

	return may_step(c, ret, from);
}

enum status content_get_question(struct call *c, const Content__GetQuestionRequest *req,
				 Content__Question *question)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));

	return sql_question_get(c, req, question);
}

/* The narrowest index that the request allows. */
enum status content_list_questions(struct call *c, const Content__ListQuestionsRequest *req,
				   Content__ListQuestionsResponse *list)
{
	TRY(replica_know_caller(c, req->community_id));
	if (req->expert_person_id[0])
		return sql_question_list_of_expert(c, req, list);
	if (req->topic[0])
		return sql_question_list_of_topic(c, req, list);

	return sql_question_list(c, req, list);
}

static enum status not_an_answer(struct call *c)
{
	return call_fail(
		c, STATUS_FAILED_PRECONDITION, "NOT_AN_ANSWER",
		"an answer answers the question itself, is of somebody else, and is there");
}

enum status content_accept_answer(struct call *c, const Content__AcceptAnswerRequest *req,
				  Content__Question *question)
{
	Content__GetCommentRequest wanted = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(begin_step(c, req->community_id, req->post_id, accept, &was));
	wanted.community_id = req->community_id;
	wanted.post_id = req->post_id;
	wanted.comment_id = req->comment_id;
	TRY(sql_comment_get(c, &wanted, &comment));
	if (comment.parent_id[0] || text_equal(comment.author_person_id, was.author_person_id) ||
	    comment.state != CONTENT__COMMENT_STATE__COMMENT_STATE_PUBLISHED)
		return not_an_answer(c);

	return sql_question_accept(c, req, question);
}

static enum status take_up(struct call *c, const char *community_id, const char *post_id,
			   bool counts, Content__Question *question)
{
	Content__QuestionReopening wanted = CONTENT__QUESTION_REOPENING__INIT;

	wanted.community_id = community_id;
	wanted.post_id = post_id;
	wanted.counts = counts;

	return sql_question_reopen(c, &wanted, question);
}

enum status content_unaccept_answer(struct call *c, const Content__UnacceptAnswerRequest *req,
				    Content__Question *question)
{
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(begin_step(c, req->community_id, req->post_id, unaccept, &was));
	if (!text_equal(was.accepted_comment_id, req->comment_id))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "ANSWER_NOT_ACCEPTED",
				 "that is not what was accepted");

	return take_up(c, req->community_id, req->post_id, false, question);
}

enum status content_close_question(struct call *c, const Content__CloseQuestionRequest *req,
				   Content__Question *question)
{
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(begin_step(c, req->community_id, req->post_id, close, &was));

	return sql_question_close(c, req, question);
}

enum status content_reopen_question(struct call *c, const Content__ReopenQuestionRequest *req,
				    Content__Question *question)
{
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(begin_step(c, req->community_id, req->post_id, reopen, &was));

	return take_up(c, req->community_id, req->post_id, true, question);
}

enum status content_assign_question(struct call *c, const Content__AssignQuestionRequest *req,
				    Content__Question *question)
{
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(lock(c, req->community_id, req->post_id, &was));
	TRY(may_step(c, &was, assign));
	TRY(replica_admit(c, req->community_id, req->person_id, DEED_SILENT));

	return sql_question_assign(c, req, question);
}

enum status content_pass_question(struct call *c, const Content__PassQuestionRequest *req,
				  Content__Question *question)
{
	Content__Question was = CONTENT__QUESTION__INIT;

	TRY(lock(c, req->community_id, req->post_id, &was));
	TRY(may_step(c, &was, pass));
	if (!was.expert_person_id[0] ||
	    (c->caller->kind == CALLER_PERSON &&
	     strcasecmp(c->caller->person_id, was.expert_person_id) != 0))
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_ASKED",
				 "only who was asked last passes a question on");

	return sql_question_pass(c, req, question);
}

enum status content_list_question_routes(struct call *c,
					 const Content__ListQuestionRoutesRequest *req,
					 Content__ListQuestionRoutesResponse *list)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));

	return sql_question_route_list(c, req, list);
}

enum status content_get_question_summary(struct call *c,
					 const Content__GetQuestionSummaryRequest *req,
					 Content__QuestionSummary *summary)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Content__QuestionDays days = CONTENT__QUESTION_DAYS__INIT;
	int32_t start, end;

	if (text_date(req->start_date, &start) && text_date(req->end_date, &end) && start > end)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "DATES_REVERSED",
				 "start_date is after end_date");
	TRY(replica_community(c, req->community_id, &community));
	days.community_id = req->community_id;
	days.start_date = req->start_date;
	days.end_date = req->end_date;
	TRY(sql_question_summary(c, &days, summary));
	summary->community_id = req->community_id;

	return sql_question_summary_experts(c, &days, summary);
}

enum status expert_learn(struct call *c, const Event__DeliverEventsRequest *req)
{
	return sql_expert_told(c, req);
}

/* The posts are locked before their answers are counted: who answers meanwhile waits, and finds a
 * question. */
enum status question_find(struct call *c, bool *ret_worked)
{
	Content__QuestionKeys found = CONTENT__QUESTION_KEYS__INIT;

	TRY(sql_question_find(c, &found));
	*ret_worked = found.n_keys > 0;

	return *ret_worked ? sql_question_found(c, &found) : STATUS_OK;
}

/* One after another, since each changes who has the fewest. */
enum status question_route(struct call *c, bool *ret_worked)
{
	Content__QuestionKeys due = CONTENT__QUESTION_KEYS__INIT;

	TRY(sql_question_route_due(c, &due));
	for (size_t i = 0; i < due.n_keys; i++)
		TRY(sql_question_take(c, due.keys[i]));
	*ret_worked = due.n_keys > 0;

	return STATUS_OK;
}

enum status question_give_up(struct call *c, bool *ret_worked)
{
	Content__QuestionCount given_up = CONTENT__QUESTION_COUNT__INIT;

	TRY(sql_question_give_up(c, &given_up));
	*ret_worked = given_up.count > 0;

	return STATUS_OK;
}
