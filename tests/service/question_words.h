/* Words about questions for the tests: ann asks, others answer, a moderator is mia. */
#ifndef KITH_TESTS_QUESTION_WORDS_H
#define KITH_TESTS_QUESTION_WORDS_H

#include "content_words.h"
#include "kith/content/v1/question.pb-c.h"

#define STATE(name) CONTENT__QUESTION_STATE__QUESTION_STATE_##name
#define PATIENCE_US INT64_C(20000000)

/* A question of ann's, with the answers of bob and cid to it, which may be "". */
struct asked {
	const char *community, *post, *answer, *other_answer;
};

/* A community; ann, bob and cid are members, mia is moderator. */
const char *given_askers(struct suite *s);

/* The platform, whoever calls otherwise; these must succeed. The ids of post and comment. */
const char *ask_about(struct suite *s, const char *community, const char *topic);
Content__Question question_of(struct suite *s, const struct asked *asked);

/* Whoever calls now. */
const char *give_answer(struct suite *s, const char *community, const char *post, const char *name);
struct outcome accept_answer(struct suite *s, const struct asked *asked, const char *comment,
			     Content__Question *ret);
struct outcome assign_question(struct suite *s, const struct asked *asked, const char *name,
			       Content__Question *ret);
struct outcome pass_question(struct suite *s, const struct asked *asked, Content__Question *ret);

/* As if so much time had gone since it was asked: "25 hours". */
void let_pass(struct suite *s, const struct asked *asked, const char *time);

/* Returns once the question is in that state. */
void until_question(struct suite *s, const struct asked *asked, Content__QuestionState state);

#endif
