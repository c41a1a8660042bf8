/* The activity service as the others see it: its table and its job. */
#include "activity.h"

#include "activity.migrations.h"
#include "activity.rpc.h"
#include "activity.sql.h"
#include "event/replica.h"

#define CLOCK_PERIOD_US 1000000

/* What member decides reaches activity here. */
enum status activity_deliver_events(struct call *c, const Event__DeliverEventsRequest *req,
				    Event__DeliverEventsResponse *reply)
{
	TRY(replica_apply(c, req, reply));

	return delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED)
		       ? sql_host_forget(c, req)
		       : STATUS_OK;
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
