/* The other services' events: who belongs, and what was said and done. */
#include "base/arena.h"
#include "base/call.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"
#include "event/replica.h"

static bool is_about_belonging(const Event__Event *event)
{
	return event->type == EVENT__EVENT_TYPE__EVENT_TYPE_MEMBERSHIP_CHANGED ||
	       event->type == EVENT__EVENT_TYPE__EVENT_TYPE_COMMUNITY_CHANGED;
}

/* What was known before and is otherwise now: rare, and done apart, since it looks for raw rows in
 * every partition and must not meet a fold that has them in hand. */
static enum status change(struct call *c, const Evaluation__FreshEvents *fresh)
{
	Evaluation__CommunityIds ids = EVALUATION__COMMUNITY_IDS__INIT;
	Evaluation__FreshEvents changed = EVALUATION__FRESH_EVENTS__INIT;

	ids.community_ids = arena_array(c->arena, fresh->n_events, sizeof(*ids.community_ids));
	changed.events = arena_array(c->arena, fresh->n_events, sizeof(*changed.events));
	for (size_t i = 0; i < fresh->n_events; i++) {
		if (!fresh->events[i]->changed)
			continue;
		ids.community_ids[ids.n_community_ids++] = fresh->events[i]->community_id;
		changed.events[changed.n_events++] = fresh->events[i];
	}
	if (changed.n_events == 0)
		return STATUS_OK;

	TRY(sql_fold_lock(c, &ids));
	return sql_delivery_change(c, &changed);
}

/* Every step keeps the highest version, so an event that comes twice changes nothing. */
enum status evaluation_deliver_events(struct call *c, const Event__DeliverEventsRequest *req,
				      Event__DeliverEventsResponse *reply)
{
	Evaluation__FreshEvents fresh = EVALUATION__FRESH_EVENTS__INIT;
	size_t n_belonging = 0;

	for (size_t i = 0; i < req->n_events; i++)
		n_belonging += is_about_belonging(req->events[i]);

	TRY(replica_apply(c, req, reply));
	if (delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED))
		TRY(sql_tenure_forget(c, req));
	if (reply->applied_count == 0)
		return STATUS_OK;

	if (n_belonging > 0) {
		TRY(sql_delivery_belong(c, req));
		TRY(sql_delivery_renumber(c, req));
	}
	if (n_belonging == req->n_events)
		return STATUS_OK;

	TRY(sql_delivery_note(c, req, &fresh));
	if (fresh.n_events == 0)
		return STATUS_OK;

	TRY(sql_delivery_add(c, &fresh));
	return change(c, &fresh);
}
