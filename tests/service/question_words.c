/* Words about questions. */
#include "question_words.h"

#include "base/clock.h"
#include "kith_methods.h"

const char *ask_about(struct suite *s, const char *community, const char *topic)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, "ann");
	post.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	post.title = "How does one?";
	post.topic = topic;
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

const char *give_answer(struct suite *s, const char *community, const char *post, const char *name)
{
	Content__Comment comment = CONTENT__COMMENT__INIT;

	EXPECT_OK(comment_as(s, community, post, "", name, &comment));

	return comment.comment_id;
}

const char *given_askers(struct suite *s)
{
	static const char *const names[] = {"ann", "bob", "cid", "mia"};
	const char *community = given_community(s);

	for (size_t i = 0; i < 4; i++)
		EXPECT_OK(join(s, community, names[i]));
	EXPECT_OK(give_role(s, community, "mia", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	as_platform(s);

	return community;
}

Content__Question question_of(struct suite *s, const struct asked *asked)
{
	Content__GetQuestionRequest request = CONTENT__GET_QUESTION_REQUEST__INIT;
	Content__Question question = CONTENT__QUESTION__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_question, &request, &question));

	return question;
}

struct outcome accept_answer(struct suite *s, const struct asked *asked, const char *comment,
			     Content__Question *ret)
{
	Content__AcceptAnswerRequest request = CONTENT__ACCEPT_ANSWER_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	request.comment_id = comment;
	content__question__init(ret);

	return suite_call(s, method_content_accept_answer, &request, ret);
}

struct outcome assign_question(struct suite *s, const struct asked *asked, const char *name,
			       Content__Question *ret)
{
	Content__AssignQuestionRequest request = CONTENT__ASSIGN_QUESTION_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	request.person_id = person(s, name);
	content__question__init(ret);

	return suite_call(s, method_content_assign_question, &request, ret);
}

struct outcome pass_question(struct suite *s, const struct asked *asked, Content__Question *ret)
{
	Content__PassQuestionRequest request = CONTENT__PASS_QUESTION_REQUEST__INIT;

	request.community_id = asked->community;
	request.post_id = asked->post;
	content__question__init(ret);

	return suite_call(s, method_content_pass_question, &request, ret);
}

void let_pass(struct suite *s, const struct asked *asked, const char *time)
{
	postgres_int(suite_database(s),
		     "UPDATE content.question SET open_time = open_time - interval '%s', "
		     "response_due_time = response_due_time - interval '%s', resolve_due_time = "
		     "resolve_due_time - interval '%s', route_time = route_time - interval '%s' "
		     "WHERE post_id = '%s'",
		     time, time, time, time, asked->post);
}

void until_question(struct suite *s, const struct asked *asked, Content__QuestionState state)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (question_of(s, asked).state != state)
		assert_true(clock_mono_us() < until);
}
