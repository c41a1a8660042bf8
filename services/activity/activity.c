/* The activity service as the others see it: its table and its job. */
#include "activity.h"

#include "activity.migrations.h"
#include "activity.rpc.h"
#include "activity.sql.h"
#include "base/arena.h"
#include "event/replica.h"

#define CLOCK_PERIOD_US 1000000

/* Content tells all that is said to all who listen: only what is of use here costs a receipt. */
static bool is_of_use(const Event__Event *event)
{
	switch (event->type) {
	case EVENT__EVENT_TYPE__EVENT_TYPE_COMMUNITY_CHANGED:
	case EVENT__EVENT_TYPE__EVENT_TYPE_MEMBERSHIP_CHANGED:
	case EVENT__EVENT_TYPE__EVENT_TYPE_DUTY_CHANGED:
	case EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED:
	case EVENT__EVENT_TYPE__EVENT_TYPE_TASK_COMPLETED:
		return true;
	default:
		return false;
	}
}

/* What member decides reaches activity here, and which tasks content says are done. */
enum status activity_deliver_events(struct call *c, const Event__DeliverEventsRequest *req,
				    Event__DeliverEventsResponse *reply)
{
	Event__DeliverEventsRequest use = EVENT__DELIVER_EVENTS_REQUEST__INIT;

	use.events = arena_array(c->arena, req->n_events, sizeof(*use.events));
	for (size_t i = 0; i < req->n_events; i++)
		if (is_of_use(req->events[i]))
			use.events[use.n_events++] = req->events[i];
	if (!use.n_events)
		return STATUS_OK;

	TRY(replica_apply(c, &use, reply));
	if (delivery_has(&use, EVENT__EVENT_TYPE__EVENT_TYPE_TASK_COMPLETED))
		TRY(sql_task_completion_keep(c, &use));
	if (!delivery_has(&use, EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED))
		return STATUS_OK;

	TRY(sql_task_completion_forget(c, &use));
	return sql_host_forget(c, &use);
}

static const char *const consumers[] = {"evaluation", NULL};

static const struct job jobs[] = {
	{.name = "events-by-clock", .period_us = CLOCK_PERIOD_US, .run = event_by_clock},
};

const struct service activity_service = {
	.name = "activity",
	.handlers = activity_handlers,
	.n_handlers = activity_handlers_count,
	.sql = &activity_sql,
	.migrations = &activity_migrations,
	.rank = replica_rank,
	.consumers = consumers,
	.jobs = jobs,
	.n_jobs = sizeof(jobs) / sizeof(jobs[0]),
};
