/* Words about activity for the tests: events and registrations of persons with short names. */
#ifndef KITH_TESTS_ACTIVITY_WORDS_H
#define KITH_TESTS_ACTIVITY_WORDS_H

#include "given.h"
#include "kith/activity/v1/event.pb-c.h"
#include "kith/activity/v1/registration.pb-c.h"
#include "suite.h"

/* member and activity, each calling the other; for cmocka. */
int activity_setup(void **state);

Google__Protobuf__Timestamp *at(struct suite *s, int64_t seconds);
/* Seconds from now. */
Google__Protobuf__Timestamp *in(struct suite *s, int64_t seconds);

/* Whoever calls now. */
struct outcome plan_event(struct suite *s, const char *community, Activity__EventState state,
			  int32_t capacity, Activity__Event *ret);
struct outcome get_event(struct suite *s, const char *community, const char *event,
			 Activity__Event *ret);
struct outcome cancel_event(struct suite *s, const char *community, const char *event,
			    Activity__Event *ret);
struct outcome go(struct suite *s, const char *community, const char *event, const char *name,
		  Activity__Registration *ret);
struct outcome give_up(struct suite *s, const char *community, const char *event, const char *name,
		       Activity__Registration *ret);
struct outcome check_in(struct suite *s, const char *community, const char *event, const char *name,
			Activity__Registration *ret);

/* The platform, whoever calls otherwise; these must succeed. An open event that starts in an hour;
 * its id. */
const char *given_event(struct suite *s, const char *community, int32_t capacity);
Activity__Event event_of(struct suite *s, const char *community, const char *event);
Activity__Registration registration_of(struct suite *s, const char *community, const char *event,
				       const char *name);

/* How many events of that type about that subject activity has told; with a state, only with it. */
int64_t told(struct suite *s, const char *type, const char *subject, const char *state);

#endif
