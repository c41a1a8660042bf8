/* Carrying out splits, a batch at a time. Statements are in sql/split_move.sql. */
#include "base/call.h"
#include "kith/member/v1/split_store.pb-c.h"
#include "member.sql.h"
#include "reach.h"
#include "split.h"

#define BATCH 200 /* members a transaction: both communities are locked that long */

enum status split_advance(struct call *c, bool *ret_worked)
{
	Member__SplitBite bite = MEMBER__SPLIT_BITE__INIT;
	Member__SplitBiteResult result = MEMBER__SPLIT_BITE_RESULT__INIT;

	TRY(sql_find_split_due(c, &bite, ret_worked));
	if (!*ret_worked)
		return STATUS_OK;

	bite.row_limit = BATCH;
	TRY(reach_lock(c, bite.community_id, bite.part_community_id));
	if (bite.position == 0)
		return sql_split_finish(c, &bite);
	if (bite.state == MEMBER__SPLIT_STATE__SPLIT_STATE_RUNNING)
		return sql_split_carry(c, &bite, &result);

	return sql_split_return(c, &bite, &result);
}
