/* Events: planning, announcing, opening, calling off, and what the clock does. Statements are in
 * sql/event.sql. */
#include "activity.h"
#include "activity.rpc.h"
#include "activity.sql.h"
#include "db/db.h"
#include "event/replica.h"
#include "service/precondition.h"

enum status event_in(struct call *c, const Activity__Event *event, unsigned states)
{
	static const char *const names[] = {"UNSPECIFIED", "DRAFT", "PUBLISHED", "OPEN",
					    "RUNNING",     "ENDED", "CANCELLED"};

	if (1U << event->state & states)
		return STATUS_OK;

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "EVENT_STATE", "not while the event is %s",
			names[event->state]);
	call_fact(c, "state", names[event->state]);
	return STATUS_FAILED_PRECONDITION;
}

enum status event_lock(struct call *c, const char *community_id, const char *event_id,
		       Activity__Event *ret)
{
	Activity__GetEventRequest req = ACTIVITY__GET_EVENT_REQUEST__INIT;

	req.community_id = community_id;
	req.event_id = event_id;

	return sql_event_lock(c, &req, ret);
}

enum status activity_create_event(struct call *c, const Activity__CreateEventRequest *req,
				  Activity__Event *event)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	const Activity__Event *wanted = req->event;
	bool found;

	if (!wanted->title[0])
		return call_violation(c, "event.title", "must not be empty");
	if (!wanted->start_time)
		return call_violation(c, "event.start_time", "must be given");
	if (!wanted->end_time)
		return call_violation(c, "event.end_time", "must be given");
	if (wanted->state && !(1U << wanted->state & EVENT_PLANNED))
		return call_violation(c, "event.state", "must be DRAFT, PUBLISHED or OPEN");

	TRY(replica_community(c, req->community_id, &community)); /* brings the time zone here */
	TRY(sql_find_event_create(c, req, event, &found));
	if (found)
		return STATUS_OK;
	return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
			 "nothing changes any more in an archived community");
}

enum status activity_get_event(struct call *c, const Activity__GetEventRequest *req,
			       Activity__Event *event)
{
	TRY(replica_know_caller(c, req->community_id));

	return sql_event_get(c, req, event);
}

enum status activity_list_events(struct call *c, const Activity__ListEventsRequest *req,
				 Activity__ListEventsResponse *reply)
{
	TRY(replica_know_caller(c, req->community_id));

	return sql_event_list(c, req, reply);
}

enum status activity_update_event(struct call *c, const Activity__UpdateEventRequest *req,
				  Activity__Event *event)
{
	static const char *const changeable[] = {
		"title",      "description", "mode",     "venue",          "url",
		"start_time", "end_time",    "capacity", "host_person_id", NULL};
	Activity__Event old = ACTIVITY__EVENT__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "title") && !req->event->title[0])
		return call_violation(c, "event.title", "must not be empty");
	if (mask_has(req->update_mask, "start_time") && !req->event->start_time)
		return call_violation(c, "event.start_time", "must be given");
	if (mask_has(req->update_mask, "end_time") && !req->event->end_time)
		return call_violation(c, "event.end_time", "must be given");

	TRY(event_lock(c, req->community_id, req->event_id, &old));
	TRY(etag_matches(c, req->event->etag, old.etag));
	TRY(event_in(c, &old, EVENT_UNDER_WAY));

	return sql_event_update(c, req, event);
}

/* One step of an event's life, taken from any of the states `from`. */
static enum status move(struct call *c, const char *community_id, const char *event_id,
			unsigned from, Activity__EventState to, Activity__Event *ret)
{
	Activity__Event old = ACTIVITY__EVENT__INIT;

	TRY(event_lock(c, community_id, event_id, &old));
	TRY(event_in(c, &old, from));
	old.state = to;

	return sql_event_move(c, &old, ret);
}

enum status activity_publish_event(struct call *c, const Activity__PublishEventRequest *req,
				   Activity__Event *event)
{
	return move(c, req->community_id, req->event_id, EVENT_DRAFT,
		    ACTIVITY__EVENT_STATE__EVENT_STATE_PUBLISHED, event);
}

enum status activity_open_event(struct call *c, const Activity__OpenEventRequest *req,
				Activity__Event *event)
{
	return move(c, req->community_id, req->event_id, EVENT_DRAFT | EVENT_PUBLISHED,
		    ACTIVITY__EVENT_STATE__EVENT_STATE_OPEN, event);
}

enum status activity_cancel_event(struct call *c, const Activity__CancelEventRequest *req,
				  Activity__Event *event)
{
	return move(c, req->community_id, req->event_id, EVENT_UNDER_WAY,
		    ACTIVITY__EVENT_STATE__EVENT_STATE_CANCELLED, event);
}

enum status activity_get_activity_summary(struct call *c,
					  const Activity__GetActivitySummaryRequest *req,
					  Activity__ActivitySummary *summary)
{
	return sql_activity_summary(c, req, summary);
}

enum status event_by_clock(struct call *c, void *user, bool *ret_worked)
{
	Activity__ListEventsResponse started = ACTIVITY__LIST_EVENTS_RESPONSE__INIT;
	Activity__ListEventsResponse ended = ACTIVITY__LIST_EVENTS_RESPONSE__INIT;

	(void)user;
	TRY(db_begin(c));
	TRY(sql_event_start(c, &started));
	TRY(sql_event_end(c, &ended));
	TRY(db_commit(c));

	*ret_worked = started.n_events + ended.n_events > 0;
	return STATUS_OK;
}
