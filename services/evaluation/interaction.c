/* Interactions sent in bulk. */
#include "base/arena.h"
#include "base/call.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"

/* Clocks differ; the future does not happen. Partitions reach much further. */
#define FUTURE_MAX_S 86400

enum status evaluation_ingest_interactions(struct call *c,
					   const Evaluation__IngestInteractionsRequest *req,
					   Evaluation__IngestInteractionsResponse *reply)
{
	int64_t latest_s = c->now_us / 1000000 + FUTURE_MAX_S;
	enum status status = STATUS_OK;

	for (size_t i = 0; i < req->n_items; i++)
		if (req->items[i]->occur_time->seconds > latest_s)
			status = call_violation(c,
						arena_printf(c->arena, "items[%zu].occur_time", i),
						"is more than a day from now");
	TRY(status);

	return sql_interaction_ingest(c, req, reply);
}
