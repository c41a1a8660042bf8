/* The activity service: what is done together. One .c a noun; each handler's prototype is in
 * activity.rpc.h. */
#ifndef KITH_ACTIVITY_ACTIVITY_H
#define KITH_ACTIVITY_ACTIVITY_H

#include <stdbool.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/activity/v1/event.pb-c.h"
#include "service/service.h"

extern const struct service activity_service;

/* Reads the event and keeps everybody else from changing it or its registrations until the call
 * ends: what is decided after this sees all that was decided before. NOT_FOUND EVENT_NOT_FOUND. */
enum status event_lock(struct call *c, const char *community_id, const char *event_id,
		       Activity__Event *ret) MUST_USE;

/* One bit a state. */
enum event_states {
	EVENT_DRAFT = 1 << ACTIVITY__EVENT_STATE__EVENT_STATE_DRAFT,
	EVENT_PUBLISHED = 1 << ACTIVITY__EVENT_STATE__EVENT_STATE_PUBLISHED,
	EVENT_OPEN = 1 << ACTIVITY__EVENT_STATE__EVENT_STATE_OPEN,
	EVENT_RUNNING = 1 << ACTIVITY__EVENT_STATE__EVENT_STATE_RUNNING,
	EVENT_ENDED = 1 << ACTIVITY__EVENT_STATE__EVENT_STATE_ENDED,
	EVENT_PLANNED = EVENT_DRAFT | EVENT_PUBLISHED | EVENT_OPEN,
	EVENT_UNDER_WAY = EVENT_PLANNED | EVENT_RUNNING,
};

/* FAILED_PRECONDITION EVENT_STATE, with the state it is in, unless that is one of `states`. */
enum status event_in(struct call *c, const Activity__Event *event, unsigned states) MUST_USE;

/* The job that starts and ends events by the clock. */
enum status event_by_clock(struct call *c, void *user, bool *ret_worked);

#endif
