/* Registrations: seats, the waitlist, who was there. Statements are in sql/registration.sql. */
#include "activity.h"
#include "activity.rpc.h"
#include "activity.sql.h"
#include "event/replica.h"

static enum status look_up(struct call *c, const char *community_id, const char *event_id,
			   const char *person_id, Activity__Registration *ret)
{
	Activity__GetRegistrationRequest req = ACTIVITY__GET_REGISTRATION_REQUEST__INIT;

	req.community_id = community_id;
	req.event_id = event_id;
	req.person_id = person_id;

	return sql_registration_get(c, &req, ret);
}

static enum status refuse_state(struct call *c, const Activity__Registration *registration,
				const char *why)
{
	static const char *const names[] = {"UNSPECIFIED", "GOING", "WAITLISTED", "CANCELLED"};

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "REGISTRATION_STATE", "%s", why);
	call_fact(c, "state", names[registration->state]);
	return STATUS_FAILED_PRECONDITION;
}

enum status activity_register_for_event(struct call *c,
					const Activity__RegisterForEventRequest *req,
					Activity__Registration *registration)
{
	Activity__Event event = ACTIVITY__EVENT__INIT;
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(event_lock(c, req->community_id, req->event_id, &event));
	TRY(event_in(c, &event, EVENT_OPEN));

	TRY(sql_find_registration_create(c, req, registration, &found));
	if (found)
		return STATUS_OK;

	TRY(replica_admit(c, req->community_id, person, DEED_SILENT));
	return sql_registration_create(c, req, registration);
}

enum status activity_cancel_registration(struct call *c,
					 const Activity__CancelRegistrationRequest *req,
					 Activity__Registration *registration)
{
	Activity__Event event = ACTIVITY__EVENT__INIT;
	bool found;

	TRY(event_lock(c, req->community_id, req->event_id, &event));
	TRY(event_in(c, &event, EVENT_PUBLISHED | EVENT_OPEN | EVENT_RUNNING));

	TRY(sql_find_registration_cancel(c, req, registration, &found));
	if (found)
		return STATUS_OK;

	TRY(look_up(c, req->community_id, req->event_id, req->person_id, registration));
	return refuse_state(c, registration, "who was there cannot give the seat up");
}

enum status activity_get_registration(struct call *c, const Activity__GetRegistrationRequest *req,
				      Activity__Registration *registration)
{
	return sql_registration_get(c, req, registration);
}

enum status activity_list_registrations(struct call *c,
					const Activity__ListRegistrationsRequest *req,
					Activity__ListRegistrationsResponse *reply)
{
	return sql_registration_list(c, req, reply);
}

enum status activity_check_in(struct call *c, const Activity__CheckInRequest *req,
			      Activity__Registration *registration)
{
	Activity__Event event = ACTIVITY__EVENT__INIT;
	bool found;

	TRY(event_lock(c, req->community_id, req->event_id, &event));
	TRY(event_in(c, &event, EVENT_OPEN | EVENT_RUNNING | EVENT_ENDED));

	TRY(sql_find_registration_check_in(c, req, registration, &found));
	if (found)
		return STATUS_OK;

	TRY(look_up(c, req->community_id, req->event_id, req->person_id, registration));
	return refuse_state(c, registration, "only who has a seat can check in");
}
