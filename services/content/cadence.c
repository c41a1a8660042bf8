/* Cadence: how often a community means to say something. Statements are in sql/cadence.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/calendar_store.pb-c.h"

/*
 * reason          status            from
 * DUPLICATE_ITEM  INVALID_ARGUMENT  Update
 */

enum status content_get_cadence(struct call *c, const Content__GetCadenceRequest *req,
				Content__Cadence *cadence)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_cadence_targets(c, req, cadence));
	cadence->community_id = req->community_id;
	cadence->time_zone = community.time_zone;

	return sql_cadence_results(c, req, cadence);
}

enum status content_update_cadence(struct call *c, const Content__UpdateCadenceRequest *req,
				   Content__UpdateCadenceResponse *reply)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_cadence_drop_others(c, req));
	TRY(sql_cadence_set(c, req));

	return sql_cadence_set_targets(c, req, reply);
}

enum status cadence_judge(struct call *c, bool *ret_worked)
{
	Content__JudgedTargets judged = CONTENT__JUDGED_TARGETS__INIT;

	TRY(sql_cadence_judge(c, &judged));
	*ret_worked = judged.count > 0;

	return STATUS_OK;
}
