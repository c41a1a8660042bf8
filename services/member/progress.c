/* What members did and what they have reached by it. Statements are in sql/progress.sql, those
 * about levels and journeys in sql/ladder.sql and sql/journey.sql. */
#include "progress.h"

#include "base/arena.h"
#include "base/call.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/* Memberships a transaction: enough to be fast, few enough to keep nobody waiting for long who
 * wants to join meanwhile. */
#define BITE_ROWS 5000

/* The communities asked for are locked. The journey looks at the level, so it comes last. */
static enum status settle(struct call *c, const Member__ProgressQuery *query)
{
	TRY(sql_level_settle(c, query));

	return sql_journey_settle(c, query);
}

enum status progress_settle(struct call *c, const Member__ProgressQuery *query)
{
	TRY(sql_standing_settle(c, query));

	return settle(c, query);
}

enum status member_deliver_days(struct call *c, const Member__DeliverDaysRequest *req,
				Member__DeliverDaysResponse *reply)
{
	Member__ProgressQuery query = MEMBER__PROGRESS_QUERY__INIT;

	(void)reply;
	query.community_ids = arena_array(c->arena, req->n_days, sizeof(char *));
	query.person_ids = arena_array(c->arena, req->n_days, sizeof(char *));
	for (size_t i = 0; i < req->n_days; i++) {
		query.community_ids[query.n_community_ids++] = req->days[i]->community_id;
		query.person_ids[query.n_person_ids++] = req->days[i]->person_id;
	}

	query.cause = MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_ACTIVITY;
	TRY(sql_progress_lock(c, &query));
	TRY(sql_member_day_tell(c, req));

	return progress_settle(c, &query);
}

static enum status review_bite(struct call *c, Member__Review *review)
{
	Member__ProgressQuery query = MEMBER__PROGRESS_QUERY__INIT;
	Member__ReviewBite bite = MEMBER__REVIEW_BITE__INIT;

	review->row_limit = BITE_ROWS;
	TRY(sql_review_take(c, review, &bite));
	if (bite.n_members == 0)
		return sql_review_finish(c, review);

	query.cause = review->cause;
	query.community_ids = arena_array(c->arena, bite.n_members, sizeof(char *));
	query.person_ids = arena_array(c->arena, bite.n_members, sizeof(char *));
	for (size_t i = 0; i < bite.n_members; i++) {
		query.community_ids[query.n_community_ids++] = review->community_id;
		query.person_ids[query.n_person_ids++] = bite.members[i]->person_id;
	}
	TRY(settle(c, &query));

	review->after_number = bite.members[bite.n_members - 1]->number;

	return bite.n_members < BITE_ROWS ? sql_review_finish(c, review)
					  : sql_review_continue(c, review);
}

/* What an archived community has come to stays as it is. */
enum status progress_review(struct call *c, bool *ret_worked)
{
	Member__Review due = MEMBER__REVIEW__INIT, review = MEMBER__REVIEW__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	bool found;

	TRY(sql_find_review_due(c, &due, &found));
	if (!found)
		return STATUS_OK;

	TRY(community_lock(c, due.community_id, &community));
	TRY(sql_find_review_get(c, &due, &review, &found));
	*ret_worked = true;
	if (!found)
		return STATUS_OK;

	return community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE
		       ? review_bite(c, &review)
		       : sql_review_finish(c, &review);
}
