/* What falls due by itself. */
#include "schedule.h"

#include "base/call.h"
#include "db/db.h"
#include "progress.h"

/* Each runs within a transaction that is committed when it returns STATUS_OK. */
static enum status (*const deeds[])(struct call *c, bool *ret_worked) = {
	progress_review,
	NULL,
};

static enum status run_deed(struct call *c, size_t i, bool *ret_worked)
{
	enum status status;

	TRY(db_begin(c));
	status = deeds[i](c, ret_worked);
	if (status == STATUS_OK)
		return db_commit(c);

	db_rollback(c->db);
	return status;
}

/* A deed that fails does not keep the others from being done; the first reason is told. */
enum status schedule_run(struct call *c, void *user, bool *ret_worked)
{
	enum status first = STATUS_OK;

	(void)user;
	*ret_worked = false;
	for (size_t i = 0; deeds[i]; i++) {
		bool worked = false;
		enum status status;

		db_call_restart(c);
		status = run_deed(c, i, &worked);
		*ret_worked |= status == STATUS_OK && worked;
		if (first == STATUS_OK)
			first = status;
	}

	return first;
}
