/* Imports: what was done elsewhere, in bulk. Statements are in sql/import.sql. */
#include "activity.rpc.h"
#include "activity.sql.h"

enum status activity_import_events(struct call *c, const Activity__ImportEventsRequest *req,
				   Activity__ImportEventsResponse *reply)
{
	return sql_import_events(c, req, reply);
}

enum status activity_import_attendances(struct call *c,
					const Activity__ImportAttendancesRequest *req,
					Activity__ImportAttendancesResponse *reply)
{
	return sql_import_attendances(c, req, reply);
}

enum status activity_import_orders(struct call *c, const Activity__ImportOrdersRequest *req,
				   Activity__ImportOrdersResponse *reply)
{
	return sql_import_orders(c, req, reply);
}
