/* Interactions of people whose number is not known here yet. */
#include "waiting.h"

#include "app/metrics.h"
#include "base/call.h"
#include "db/db.h"
#include "evaluation.sql.h"
#include "event/replica.h"

/* Rows looked at in one turn. */
#define TURN_ROWS 1000

static enum status finish(struct call *c, enum status status)
{
	if (status == STATUS_OK)
		return db_commit(c);

	db_rollback(c->db);
	return status;
}

static enum status take_turn(struct call *c, Evaluation__Strangers *ret)
{
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;

	query.row_limit = TURN_ROWS;
	TRY(db_begin(c));
	return finish(c, sql_waiting_turn(c, &query, ret));
}

static enum status release(struct call *c, const Evaluation__Strangers *strangers)
{
	TRY(db_begin(c));
	return finish(c, sql_waiting_release(c, strangers));
}

enum status waiting_run(struct call *c, void *user, bool *ret_worked)
{
	Evaluation__Strangers strangers = EVALUATION__STRANGERS__INIT;
	Evaluation__WaitingCount count = EVALUATION__WAITING_COUNT__INIT;

	(void)user;
	*ret_worked = false;
	TRY(take_turn(c, &strangers));

	for (size_t i = 0; i < strangers.n_strangers; i++) {
		/* Asks for the membership and the community where they are missing, and keeps the
		 * answers. A refusal is an answer too. */
		enum status status = replica_admit(c, strangers.strangers[i]->community_id,
						   strangers.strangers[i]->person_id, DEED_SILENT);

		call_forgive(c);
		if (status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED)
			break;
	}
	if (strangers.n_strangers > 0)
		TRY(release(c, &strangers));

	TRY(sql_waiting_count(c, &count));
	metric_set(metric_gauge("kith_evaluation_waiting_interactions",
				"Interactions of people who are not known yet.", ""),
		   count.waiting_count);
	return STATUS_OK;
}
