/* Words about activity. */
#include "activity_words.h"

#include "activity/activity.h"
#include "base/clock.h"
#include "kith_methods.h"
#include "member/member.h"

int activity_setup(void **state)
{
	static const struct service *const services[] = {&member_service, &activity_service, NULL};

	return suite_setup(state, services);
}

Google__Protobuf__Timestamp *at(struct suite *s, int64_t seconds)
{
	Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = seconds;
	return time;
}

Google__Protobuf__Timestamp *in(struct suite *s, int64_t seconds)
{
	return at(s, clock_wall_us() / 1000000 + seconds);
}

struct outcome plan_event(struct suite *s, const char *community, Activity__EventState state,
			  int32_t capacity, Activity__Event *ret)
{
	Activity__CreateEventRequest request = ACTIVITY__CREATE_EVENT_REQUEST__INIT;
	Activity__Event event = ACTIVITY__EVENT__INIT;

	event.title = "A meeting";
	event.start_time = in(s, 3600);
	event.end_time = in(s, 7200);
	event.state = state;
	event.capacity = capacity;
	request.community_id = community;
	request.event = &event;

	return suite_call(s, method_activity_create_event, &request, ret);
}

struct outcome get_event(struct suite *s, const char *community, const char *event,
			 Activity__Event *ret)
{
	Activity__GetEventRequest request = ACTIVITY__GET_EVENT_REQUEST__INIT;

	request.community_id = community;
	request.event_id = event;

	return suite_call(s, method_activity_get_event, &request, ret);
}

struct outcome cancel_event(struct suite *s, const char *community, const char *event,
			    Activity__Event *ret)
{
	Activity__CancelEventRequest request = ACTIVITY__CANCEL_EVENT_REQUEST__INIT;

	request.community_id = community;
	request.event_id = event;

	return suite_call(s, method_activity_cancel_event, &request, ret);
}

struct outcome go(struct suite *s, const char *community, const char *event, const char *name,
		  Activity__Registration *ret)
{
	Activity__RegisterForEventRequest request = ACTIVITY__REGISTER_FOR_EVENT_REQUEST__INIT;

	request.community_id = community;
	request.event_id = event;
	request.person_id = person(s, name);

	return suite_call(s, method_activity_register_for_event, &request, ret);
}

struct outcome give_up(struct suite *s, const char *community, const char *event, const char *name,
		       Activity__Registration *ret)
{
	Activity__CancelRegistrationRequest request = ACTIVITY__CANCEL_REGISTRATION_REQUEST__INIT;

	request.community_id = community;
	request.event_id = event;
	request.person_id = person(s, name);

	return suite_call(s, method_activity_cancel_registration, &request, ret);
}

struct outcome check_in(struct suite *s, const char *community, const char *event, const char *name,
			Activity__Registration *ret)
{
	Activity__CheckInRequest request = ACTIVITY__CHECK_IN_REQUEST__INIT;

	request.community_id = community;
	request.event_id = event;
	request.person_id = person(s, name);

	return suite_call(s, method_activity_check_in, &request, ret);
}

const char *given_event(struct suite *s, const char *community, int32_t capacity)
{
	Activity__CreateEventRequest request = ACTIVITY__CREATE_EVENT_REQUEST__INIT;
	Activity__Event event = ACTIVITY__EVENT__INIT, made = ACTIVITY__EVENT__INIT;

	event.title = "A meeting";
	event.start_time = in(s, 3600);
	event.end_time = in(s, 7200);
	event.state = ACTIVITY__EVENT_STATE__EVENT_STATE_OPEN;
	event.capacity = capacity;
	request.community_id = community;
	request.event = &event;
	EXPECT_OK(suite_call_as_platform(s, method_activity_create_event, &request, &made));

	return made.event_id;
}

Activity__Event event_of(struct suite *s, const char *community, const char *event_id)
{
	Activity__GetEventRequest request = ACTIVITY__GET_EVENT_REQUEST__INIT;
	Activity__Event event = ACTIVITY__EVENT__INIT;

	request.community_id = community;
	request.event_id = event_id;
	EXPECT_OK(suite_call_as_platform(s, method_activity_get_event, &request, &event));

	return event;
}

Activity__Registration registration_of(struct suite *s, const char *community, const char *event,
				       const char *name)
{
	Activity__GetRegistrationRequest request = ACTIVITY__GET_REGISTRATION_REQUEST__INIT;
	Activity__Registration registration = ACTIVITY__REGISTRATION__INIT;

	request.community_id = community;
	request.event_id = event;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_activity_get_registration, &request,
					 &registration));

	return registration;
}

/* Nobody takes activity's events here: they stay in the outbox or wait for who was away. */
int64_t told(struct suite *s, const char *type, const char *subject, const char *state)
{
	return postgres_int(
		suite_database(s),
		"SELECT count(DISTINCT event_id) FROM ("
		"SELECT event_id, type, subject_id, state FROM activity.outbox UNION ALL "
		"SELECT event_id, type, subject_id, state FROM activity.outbox_late) AS e "
		"WHERE type = '%s' AND subject_id = '%s' AND '%s' IN ('', state)",
		type, subject, state ? state : "");
}
