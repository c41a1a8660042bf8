/* Privacy: what of all that is done together is one person's. Statements are in sql/export.sql and
 * sql/erasure.sql. */
#include "activity.rpc.h"
#include "activity.sql.h"

enum status activity_get_participant_summary(struct call *c,
					     const Activity__GetParticipantSummaryRequest *req,
					     Activity__ParticipantSummary *summary)
{
	return sql_participant_summary(c, req, summary);
}

enum status activity_list_activity_records(struct call *c,
					   const Activity__ListActivityRecordsRequest *req,
					   Activity__PersonRecords *page)
{
	return sql_walk(c, &activity_sql, &req->base, &page->base);
}
