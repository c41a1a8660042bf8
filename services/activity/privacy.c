/* Privacy: how much of what is done together is one person's. Statements are in sql/erasure.sql. */
#include "activity.rpc.h"
#include "activity.sql.h"

enum status activity_get_participant_summary(struct call *c,
					     const Activity__GetParticipantSummaryRequest *req,
					     Activity__ParticipantSummary *summary)
{
	return sql_participant_summary(c, req, summary);
}
