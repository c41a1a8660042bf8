/* What member hears from the other services. Statements are in sql/inbox.sql. */
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "kith/member/v1/inbox.pb-c.h"
#include "kol.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "tie.h"
#include "violation.h"

/* Who listens; each takes the events of its types and leaves the others. */
static enum status (*const listeners[])(struct call *c,
					const Event__DeliverEventsRequest *fresh) = {
	kol_listen, portrait_hear, tie_observe, violation_hear, NULL,
};

static int compare_ids(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of the delivery whose receipt this call has written, each once. */
static enum status claim(struct call *c, const Event__DeliverEventsRequest *req,
			 Event__DeliverEventsRequest *ret_fresh)
{
	Member__FreshEvents ids = MEMBER__FRESH_EVENTS__INIT;

	TRY(sql_inbox_claim(c, req, &ids));
	if (ids.n_event_ids == 0)
		return STATUS_OK;

	qsort(ids.event_ids, ids.n_event_ids, sizeof(*ids.event_ids), compare_ids);
	ret_fresh->events = arena_array(c->arena, req->n_events, sizeof(*ret_fresh->events));
	for (size_t i = 0; i < req->n_events; i++) {
		const char **id = bsearch(&req->events[i]->event_id, ids.event_ids, ids.n_event_ids,
					  sizeof(*ids.event_ids), compare_ids);

		if (!id)
			continue;
		ret_fresh->events[ret_fresh->n_events++] = req->events[i];
	}

	return STATUS_OK;
}

enum status member_deliver_events(struct call *c, const Event__DeliverEventsRequest *req,
				  Event__DeliverEventsResponse *reply)
{
	Event__DeliverEventsRequest fresh = EVENT__DELIVER_EVENTS_REQUEST__INIT;

	TRY(claim(c, req, &fresh));
	reply->applied_count = (int32_t)fresh.n_events;
	for (size_t i = 0; fresh.n_events && listeners[i]; i++)
		TRY(listeners[i](c, &fresh));

	return STATUS_OK;
}
