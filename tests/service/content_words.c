/* Words about content. */
#include "content_words.h"

#include "base/clock.h"
#include "base/id.h"
#include "content/content.h"
#include "kith/content/v1/text_check.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

/* Nobody takes content's events here: tests find them in the outbox. */
int content_setup(void **state)
{
	static struct service content;
	const struct service *const services[] = {&member_service, &content, NULL};

	content = content_service;
	content.consumers = NULL;

	return suite_setup(state, services);
}

struct outcome post_as(struct suite *s, const char *community, const char *author, const char *body,
		       Content__Post *ret)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	post.author_person_id = author ? person(s, author) : "";
	post.body = body;
	request.community_id = community;
	request.post = &post;

	return suite_call(s, method_content_create_post, &request, ret);
}

struct outcome comment_as(struct suite *s, const char *community, const char *post,
			  const char *parent, const char *author, Content__Comment *ret)
{
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;

	comment.author_person_id = author ? person(s, author) : "";
	comment.parent_id = parent;
	comment.body = "an answer";
	request.community_id = community;
	request.post_id = post;
	request.comment = &comment;

	return suite_call(s, method_content_create_comment, &request, ret);
}

struct outcome react_as(struct suite *s, const char *community, const char *target,
			const char *name, const char *emoji, Content__Reaction *ret)
{
	Content__AddReactionRequest request = CONTENT__ADD_REACTION_REQUEST__INIT;

	request.community_id = community;
	request.target_id = target;
	request.person_id = name ? person(s, name) : "";
	request.emoji = emoji;

	return suite_call(s, method_content_add_reaction, &request, ret);
}

struct outcome get_post(struct suite *s, const char *community, const char *post,
			Content__Post *ret)
{
	Content__GetPostRequest request = CONTENT__GET_POST_REQUEST__INIT;

	request.community_id = community;
	request.post_id = post;

	return suite_call(s, method_content_get_post, &request, ret);
}

struct outcome remove_post(struct suite *s, const char *community, const char *post,
			   Content__Post *ret)
{
	Content__RemovePostRequest request = CONTENT__REMOVE_POST_REQUEST__INIT;

	request.community_id = community;
	request.post_id = post;

	return suite_call(s, method_content_remove_post, &request, ret);
}

struct outcome remove_comment(struct suite *s, const Content__Comment *comment,
			      Content__Comment *ret)
{
	Content__RemoveCommentRequest request = CONTENT__REMOVE_COMMENT_REQUEST__INIT;

	request.community_id = comment->community_id;
	request.post_id = comment->post_id;
	request.comment_id = comment->comment_id;

	return suite_call(s, method_content_remove_comment, &request, ret);
}

const char *given_post(struct suite *s, const char *community, const char *author)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, author);
	post.body = "a post";
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));

	return made.post_id;
}

Content__Post post_of(struct suite *s, const char *community, const char *post_id)
{
	Content__GetPostRequest request = CONTENT__GET_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	request.community_id = community;
	request.post_id = post_id;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_post, &request, &post));

	return post;
}

Content__ContentSummary summary_of(struct suite *s, const char *community)
{
	Content__GetContentSummaryRequest request = CONTENT__GET_CONTENT_SUMMARY_REQUEST__INIT;
	Content__ContentSummary summary = CONTENT__CONTENT_SUMMARY__INIT;

	request.community_id = community;
	EXPECT_OK(
		suite_call_as_platform(s, method_content_get_content_summary, &request, &summary));

	return summary;
}

void check_words_only(struct suite *s, const char *community)
{
	Content__UpdateTextSettingsRequest request = CONTENT__UPDATE_TEXT_SETTINGS_REQUEST__INIT;
	Content__TextSettings settings = CONTENT__TEXT_SETTINGS__INIT;

	request.community_id = community;
	request.settings = &settings;
	EXPECT_OK(suite_call_as_platform(s, method_content_update_text_settings, &request,
					 &settings));
}

/* Nobody takes content's events here: they stay in the outbox or wait for who was away. */
int64_t told(struct suite *s, const char *type, const char *subject)
{
	return postgres_int(suite_database(s),
			    "SELECT count(DISTINCT event_id) FROM ("
			    "SELECT event_id, type, subject_id, parent_id FROM content.outbox "
			    "UNION ALL "
			    "SELECT event_id, type, subject_id, parent_id FROM content.outbox_late"
			    ") AS e WHERE type = '%s' AND '%s' IN (subject_id, parent_id)",
			    type, subject);
}

void tell_membership(struct suite *s, const char *community, const char *name, const char *state,
		     int64_t version, int64_t mute_until_s)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	Event__MembershipState membership = EVENT__MEMBERSHIP_STATE__INIT;
	Google__Protobuf__Timestamp mute = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char id[ID_SIZE];

	id_new(id);
	now.seconds = 1700000000;
	mute.seconds = mute_until_s;
	membership.number = 1;
	membership.role = "MEMBER";
	membership.state = state;
	membership.mute_until_time = mute_until_s ? &mute : NULL;
	event.event_id = id;
	event.community_id = community;
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_MEMBERSHIP_CHANGED;
	event.occur_time = &now;
	event.person_id = person(s, name);
	event.version = version;
	event.membership = &membership;
	request.events = events;
	request.n_events = 1;

	as_service(s);
	EXPECT_OK(suite_call(s, method_content_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, 1);
	EXPECT_OK(suite_call(s, method_content_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, 0);
	as_platform(s);
}

void tell_erased(struct suite *s, const struct method *deliver, const char *name)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	char id[ID_SIZE];

	id_new(id);
	now.seconds = clock_wall_us() / 1000000;
	event.event_id = id;
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED;
	event.occur_time = &now;
	event.person_id = person(s, name);
	event.state = "KEEP_CONTENT";
	event.version = 1;
	request.events = events;
	request.n_events = 1;
	as_service(s);
	EXPECT_OK(suite_call(s, deliver, &request, &reply));
	as_platform(s);
}
