/* What falls due by itself: the deeds of a service, one after another. */
#include "schedule.h"

#include "base/call.h"
#include "db/db.h"
#include "service/service.h"

static enum status run_deed(struct call *c, service_deed deed, bool *ret_worked)
{
	enum status status;

	db_call_restart(c);
	TRY(db_begin(c));
	status = deed(c, ret_worked);
	if (status == STATUS_OK)
		status = db_commit(c);
	if (status != STATUS_OK)
		db_rollback(c->db);

	return status;
}

enum status schedule_run(struct call *c, void *user, bool *ret_worked)
{
	const service_deed *deeds = user;
	struct fault fault = {0};
	enum status first = STATUS_OK;

	*ret_worked = false;
	for (size_t i = 0; deeds[i]; i++) {
		bool worked = false;
		enum status status = run_deed(c, deeds[i], &worked);

		*ret_worked |= status == STATUS_OK && worked;
		if (first != STATUS_OK || status == STATUS_OK)
			continue;
		first = status;
		fault = c->fault;
	}
	c->fault = fault;

	return first;
}
