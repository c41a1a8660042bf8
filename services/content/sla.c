/* The promise of how soon things are answered. Statements are in sql/sla.sql. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "service/precondition.h"

/*
 * reason             status            from
 * BAD_SERVICE_HOURS  INVALID_ARGUMENT  Update
 * ETAG_MISMATCH      ABORTED           Update
 */

static int by_opening(const void *a, const void *b)
{
	const Content__ServiceHours *x = *(const Content__ServiceHours *const *)a,
				    *y = *(const Content__ServiceHours *const *)b;

	if (x->weekday != y->weekday)
		return x->weekday < y->weekday ? -1 : 1;

	return (x->open_minute > y->open_minute) - (x->open_minute < y->open_minute);
}

static enum status bad_hours(struct call *c, const char *field, const char *what)
{
	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_SERVICE_HOURS", "%s %s", field, what);

	return call_violation(c, field, "%s", what);
}

static enum status check_hours(struct call *c, const Content__Sla *sla)
{
	size_t size = sla->n_hours * sizeof(*sla->hours);
	const Content__ServiceHours **hours =
		arena_array(c->arena, sla->n_hours + 1, sizeof(*hours));
	enum status status = STATUS_OK;

	for (size_t i = 0; i < sla->n_hours; i++)
		if (sla->hours[i]->open_minute >= sla->hours[i]->close_minute)
			status = bad_hours(c,
					   arena_printf(c->arena, "sla.hours[%zu].close_minute", i),
					   "must come after open_minute");
	if (size)
		memcpy(hours, sla->hours, size);
	qsort(hours, sla->n_hours, sizeof(*hours), by_opening);
	for (size_t i = 1; i < sla->n_hours; i++)
		if (hours[i]->weekday == hours[i - 1]->weekday &&
		    hours[i]->open_minute < hours[i - 1]->close_minute)
			status = bad_hours(c, "sla.hours", "must not overlap");

	return status;
}

static enum status read(struct call *c, const char *community_id, Content__Sla *ret)
{
	Content__GetSlaRequest wanted = CONTENT__GET_SLA_REQUEST__INIT;

	wanted.community_id = community_id;
	TRY(sql_sla_get(c, &wanted, ret));

	return sql_sla_hours(c, &wanted, ret);
}

enum status content_get_sla(struct call *c, const Content__GetSlaRequest *req, Content__Sla *sla)
{
	return read(c, req->community_id, sla);
}

enum status content_update_sla(struct call *c, const Content__UpdateSlaRequest *req,
			       Content__Sla *sla)
{
	Content__Sla was = CONTENT__SLA__INIT;

	TRY(check_hours(c, req->sla));
	TRY(read(c, req->community_id, &was));
	TRY(etag_matches(c, req->sla->etag, was.etag));
	TRY(sql_sla_set(c, req));
	TRY(sql_sla_clear_hours(c, req));
	TRY(sql_sla_set_hours(c, req));

	return read(c, req->community_id, sla);
}
