/* Telling member what its members did on their days. Statements are in sql/tell.sql. */
#include "tell.h"

#include <string.h>

#include "base/call.h"
#include "db/db.h"
#include "evaluation.sql.h"
#include "kith/member/v1/inbox.pb-c.h"
#include "kith_methods.h"
#include "rpc/peers.h"

/* Cells a call, before those told twice are left out; with the last row it is at most twice as
 * many. Large enough to be cheap, small enough that member locks its communities but briefly. */
#define BITE_CELLS 4096

static enum status tell_bite(struct call *c, struct tell_round *at, bool *ret_worked)
{
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;
	Member__DeliverDaysRequest told = MEMBER__DELIVER_DAYS_REQUEST__INIT;
	Member__DeliverDaysResponse reply = MEMBER__DELIVER_DAYS_RESPONSE__INIT;

	query.after_community_id = at->round.after_community_id;
	query.row_limit = BITE_CELLS;
	TRY(sql_untold_take(c, &query, &told));
	if (told.n_days == 0) {
		*ret_worked = at->full;
		*at = (struct tell_round){0};
		return STATUS_OK;
	}

	/* Even when this fails: one community that cannot be told must not stop the others. */
	memcpy(at->round.after_community_id, told.days[told.n_days - 1]->community_id, ID_SIZE);
	TRY(peers_call(c, method_member_deliver_days, &told.base, &reply.base));
	at->full |= told.n_days >= BITE_CELLS / 2;
	*ret_worked = true;

	return STATUS_OK;
}

enum status tell_run(struct call *c, void *user, bool *ret_worked)
{
	enum status status;

	*ret_worked = false;
	TRY(db_begin(c));
	status = tell_bite(c, user, ret_worked);
	if (status == STATUS_OK)
		return db_commit(c);

	db_rollback(c->db);
	if (status != STATUS_UNAVAILABLE && status != STATUS_DEADLINE_EXCEEDED)
		return status;

	/* Member is away: later. */
	call_forgive(c);
	*ret_worked = false;

	return STATUS_OK;
}
