/* Ladders. Statements are in sql/ladder.sql; who is reckoned when, in progress.c. */
#include "base/arena.h"
#include "base/text.h"
#include "kith/member/v1/ladder.pb-c.h"
#include "kith/member/v1/progress_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                    status               from
 * COMMUNITY_NOT_FOUND       NOT_FOUND            Update
 * LADDER_NOT_FOUND          NOT_FOUND            Get
 * COMMUNITY_ARCHIVED        FAILED_PRECONDITION  Update
 * ETAG_MISMATCH             ABORTED              Update
 * THRESHOLDS_NOT_ASCENDING  INVALID_ARGUMENT     Update
 * KIND_WEIGHED_TWICE        INVALID_ARGUMENT     Update
 */

/* A benefit is a line, not a text. */
#define BENEFIT_MAX 200

static enum status check_weights(struct call *c, const Member__Ladder *ladder)
{
	for (size_t i = 0; i < ladder->n_weights; i++) {
		for (size_t k = 0; k < i; k++) {
			if (ladder->weights[i]->kind != ladder->weights[k]->kind)
				continue;
			call_fail(c, STATUS_INVALID_ARGUMENT, "KIND_WEIGHED_TWICE",
				  "a kind of activity has one weight");
			return call_violation(c,
					      arena_printf(c->arena, "ladder.weights[%zu].kind", i),
					      "is weighed already");
		}
	}

	return STATUS_OK;
}

/* Levels ascend; their benefits are put side by side for the statement. */
static enum status check_levels(struct call *c, const Member__Ladder *ladder,
				Member__LadderStore *store)
{
	size_t n = 0;

	for (size_t i = 0; i < ladder->n_levels; i++)
		n += ladder->levels[i]->n_benefits;
	store->benefits = arena_array(c->arena, n + 1, sizeof(*store->benefits));
	store->benefit_levels = arena_array(c->arena, n + 1, sizeof(*store->benefit_levels));

	for (size_t i = 0; i < ladder->n_levels; i++) {
		const Member__LadderLevel *level = ladder->levels[i];

		if (i > 0 && level->threshold <= ladder->levels[i - 1]->threshold) {
			call_fail(c, STATUS_INVALID_ARGUMENT, "THRESHOLDS_NOT_ASCENDING",
				  "each level begins above the one before");
			return call_violation(
				c, arena_printf(c->arena, "ladder.levels[%zu].threshold", i),
				"is not above that of the level before");
		}
		for (size_t k = 0; k < level->n_benefits; k++) {
			if (text_length(level->benefits[k]) > BENEFIT_MAX)
				return call_violation(
					c,
					arena_printf(c->arena, "ladder.levels[%zu].benefits[%zu]",
						     i, k),
					"is longer than %d characters", BENEFIT_MAX);
			store->benefit_levels[store->n_benefit_levels++] = (int32_t)i + 1;
			store->benefits[store->n_benefits++] = level->benefits[k];
		}
	}

	return STATUS_OK;
}

static enum status read_parts(struct call *c, const char *community_id, Member__Ladder *ladder)
{
	Member__GetLadderRequest wanted = MEMBER__GET_LADDER_REQUEST__INIT;

	wanted.community_id = community_id;
	TRY(sql_ladder_weights(c, &wanted, ladder));

	return sql_ladder_levels(c, &wanted, ladder);
}

enum status member_update_ladder(struct call *c, const Member__UpdateLadderRequest *req,
				 Member__Ladder *ladder)
{
	Member__UpdateLadderRequest request = *req;
	Member__LadderStore store = MEMBER__LADDER_STORE__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__GetLadderRequest key = MEMBER__GET_LADDER_REQUEST__INIT;
	Member__Ladder was = MEMBER__LADDER__INIT;
	bool found;

	store.request = &request;
	key.community_id = req->community_id;
	TRY(check_weights(c, req->ladder));
	TRY(check_levels(c, req->ladder, &store));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_find_ladder_get(c, &key, &was, &found));
	TRY(etag_matches(c, req->ladder->etag, was.etag));
	TRY(sql_ladder_store(c, &store, ladder));

	return read_parts(c, req->community_id, ladder);
}

enum status member_get_ladder(struct call *c, const Member__GetLadderRequest *req,
			      Member__Ladder *ladder)
{
	TRY(sql_ladder_get(c, req, ladder));

	return read_parts(c, req->community_id, ladder);
}

enum status member_list_level_changes(struct call *c, const Member__ListLevelChangesRequest *req,
				      Member__ListLevelChangesResponse *list)
{
	if (req->person_id[0])
		return sql_level_change_list_person(c, req, list);

	return sql_level_change_list(c, req, list);
}
