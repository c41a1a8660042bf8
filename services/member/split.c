/* Splits: ordered, looked at, started, stopped, taken back. Statements are in sql/split.sql. */
#include "split.h"

#include <strings.h>

#include "base/id.h"
#include "kith/member/v1/split.pb-c.h"
#include "kith/member/v1/split_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "partition.h"
#include "reach.h"

#define MEMBERS_MAX 200000
#define OPEN_MAX    10

/*
 * reason               status               from
 * COMMUNITY_NOT_FOUND  NOT_FOUND            all writes
 * SPLIT_NOT_FOUND      NOT_FOUND            Get, Start, Cancel, Revert
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Create, Start, Revert
 * SPLIT_STATE          FAILED_PRECONDITION  Start, Cancel, Revert
 * SPLIT_RUNNING        ALREADY_EXISTS       Start, Revert (constraint)
 * SPLIT_TOO_LARGE      FAILED_PRECONDITION  Create
 * SPLIT_DOES_NOT_FIT   FAILED_PRECONDITION  Create
 * SPLITS_OPEN          RESOURCE_EXHAUSTED   Create
 * TARGET_…                                  Create, Start (reach.h)
 */

/* -- what a plan must be */

static enum status check_part(struct call *c, const Member__CreateSplitRequest *req, size_t i)
{
	const Member__SplitPart *part = req->split->parts[i];
	const char *field = arena_printf(c->arena, "split.parts[%zu].community_id", i);

	if (!part->community_id[0])
		return STATUS_OK;

	if (strcasecmp(part->community_id, req->community_id) == 0)
		return call_violation(c, field, "is the source, which is a part anyway");
	for (size_t k = 0; k < i; k++)
		if (strcasecmp(part->community_id, req->split->parts[k]->community_id) == 0)
			return call_violation(c, field, "is a part already");
	if (part->name[0])
		return call_violation(c, arena_printf(c->arena, "split.parts[%zu].name", i),
				      "is for communities that are to be made");

	return STATUS_OK;
}

static enum status check_order(struct call *c, const Member__CreateSplitRequest *req)
{
	const Member__Split *split = req->split;
	bool values = false;

	for (size_t i = 0; i < split->n_parts; i++) {
		TRY(check_part(c, req, i));
		values |= split->parts[i]->n_values > 0;
	}
	if (split->strategy == MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_BY_TAG && !values)
		return call_violation(c, "split.parts", "name no tag");
	if (split->strategy == MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_BY_ATTRIBUTE &&
	    !split->attribute[0])
		return call_violation(c, "split.attribute", "is required");
	if (split->max_size > 0 && split->min_size > split->max_size)
		return call_violation(c, "split.min_size", "is more than max_size");

	return STATUS_OK;
}

/* The existing communities among the parts; those of a stored split begin with the source. */
static const char **existing_targets(struct call *c, const Member__Split *split, size_t *ret_n)
{
	const char **ids = arena_array(c->arena, split->n_parts + 1, sizeof(*ids));
	size_t n = 0;

	for (size_t i = 0; i < split->n_parts; i++) {
		const char *id = split->parts[i]->community_id;

		if (id[0] && strcasecmp(id, split->community_id) != 0)
			ids[n++] = id;
	}
	*ret_n = n;

	return ids;
}

/* `present`: who is in the existing targets. The owner will be in those that are made. */
static enum status check_room(struct call *c, const Member__Community *source,
			      const Member__Split *split, int64_t present)
{
	int64_t n_parts = (int64_t)split->n_parts + 1, total = source->member_count + present;

	for (size_t i = 0; i < split->n_parts; i++)
		total += !split->parts[i]->community_id[0] && source->owner_person_id[0];
	if (source->member_count > MEMBERS_MAX)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "SPLIT_TOO_LARGE",
				 "more than %d members cannot be split at once", MEMBERS_MAX);
	if (split->reason != MEMBER__SPLIT_REASON__SPLIT_REASON_MESSAGE_LOAD &&
	    split->max_size > 0 && split->max_size < (total + n_parts - 1) / n_parts)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "SPLIT_DOES_NOT_FIT",
				 "the parts have no room for all members");

	return STATUS_OK;
}

/* -- parts */

static Member__SplitKey key_of(const char *community_id, const char *split_id)
{
	Member__SplitKey key = MEMBER__SPLIT_KEY__INIT;

	key.community_id = community_id;
	key.split_id = split_id;

	return key;
}

static Member__SplitPartRow part_row(const Member__Split *split, size_t position,
				     Member__SplitPart *part)
{
	Member__SplitPartRow row = MEMBER__SPLIT_PART_ROW__INIT;

	row.community_id = split->community_id;
	row.split_id = split->split_id;
	row.position = (int32_t)position;
	row.part = part;

	return row;
}

static enum status create_part(struct call *c, const Member__Split *split,
			       const Member__Community *source, size_t position,
			       const Member__SplitPart *wish)
{
	Member__SplitPart part = *wish;
	Member__SplitPartRow row = part_row(split, position, &part);

	if (!part.community_id[0] && !part.name[0])
		part.name = arena_printf(c->arena, "%s %zu", source->name, position + 1);

	return sql_split_create_part(c, &row);
}

/* Made in the source's image: its settings, its owner. Where one gets in by what the source has set
 * up beside (plans, conditions), one gets in by invitation until that is set up there too. */
static enum status make_part(struct call *c, const Member__Split *split,
			     const Member__Community *source, size_t position)
{
	Member__SplitPart part = *split->parts[position];
	Member__SplitPartRow row = part_row(split, position, &part);
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = *source, made = MEMBER__COMMUNITY__INIT;
	char id[ID_SIZE];

	id_of("split-part", arena_printf(c->arena, "%s/%zu", split->split_id, position), id);
	part.community_id = wanted.community_id = arena_string(c->arena, id);
	wanted.name = part.name;
	wanted.slug = wanted.external_id = "";
	if (wanted.join_mode != MEMBER__JOIN_MODE__JOIN_MODE_OPEN &&
	    wanted.join_mode != MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL)
		wanted.join_mode = MEMBER__JOIN_MODE__JOIN_MODE_INVITE;
	request.community = &wanted;
	TRY(sql_community_create(c, &request, &made));

	return sql_split_part_made(c, &row);
}

/* -- methods */

enum status member_create_split(struct call *c, const Member__CreateSplitRequest *req,
				Member__Split *split)
{
	Member__Community source = MEMBER__COMMUNITY__INIT;
	Member__OpenSplits open = MEMBER__OPEN_SPLITS__INIT;
	Member__SplitKey key;
	int64_t present;
	size_t n_targets;
	const char **targets = existing_targets(c, req->split, &n_targets);

	TRY(check_order(c, req));
	TRY(community_lock(c, req->community_id, &source));
	TRY(community_open(c, &source));
	TRY(reach_check(c, targets, n_targets, &present));
	TRY(check_room(c, &source, req->split, present));
	TRY(sql_split_open(c, req, &open));
	if (open.open_count >= OPEN_MAX)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "SPLITS_OPEN",
				 "cancel one of the %d plans that wait first", OPEN_MAX);

	TRY(sql_split_create(c, req, split));
	for (size_t i = 0; i < req->split->n_parts; i++)
		TRY(create_part(c, split, &source, i + 1, req->split->parts[i]));
	job_wake(c, SPLIT_PLAN_JOB);
	key = key_of(req->community_id, split->split_id);

	return sql_split_parts(c, &key, split);
}

enum status member_get_split(struct call *c, const Member__GetSplitRequest *req,
			     Member__Split *split)
{
	Member__SplitKey key = key_of(req->community_id, req->split_id);

	TRY(sql_split_get(c, &key, split));

	return sql_split_parts(c, &key, split);
}

enum status member_list_splits(struct call *c, const Member__ListSplitsRequest *req,
			       Member__ListSplitsResponse *list)
{
	return sql_split_list(c, req, list);
}

enum status member_list_split_moves(struct call *c, const Member__ListSplitMovesRequest *req,
				    Member__ListSplitMovesResponse *list)
{
	return sql_split_move_list(c, req, list);
}

static enum status wrong_state(struct call *c, const char *what)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "SPLIT_STATE", "%s", what);
}

enum status member_start_split(struct call *c, const Member__StartSplitRequest *req,
			       Member__Split *split)
{
	Member__SplitKey key = key_of(req->community_id, req->split_id);
	Member__Community source = MEMBER__COMMUNITY__INIT;
	Member__Split was = MEMBER__SPLIT__INIT;
	const char **targets;
	size_t n_targets;
	int64_t present;

	TRY(community_lock(c, req->community_id, &source));
	TRY(community_open(c, &source));
	TRY(sql_split_lock(c, &key, &was));
	if (was.state != MEMBER__SPLIT_STATE__SPLIT_STATE_PLANNED)
		return wrong_state(c, "only a split that is planned can be started");

	TRY(sql_split_parts(c, &key, &was));
	targets = existing_targets(c, &was, &n_targets);
	TRY(reach_check(c, targets, n_targets, &present));
	for (size_t i = 0; i < was.n_parts; i++)
		if (!was.parts[i]->community_id[0])
			TRY(make_part(c, &was, &source, i));
	TRY(sql_split_start(c, &key, split));
	job_wake(c, "schedule");

	return sql_split_parts(c, &key, split);
}

enum status member_cancel_split(struct call *c, const Member__CancelSplitRequest *req,
				Member__Split *split)
{
	Member__SplitKey key = key_of(req->community_id, req->split_id);
	Member__Community source = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &source));
	TRY(sql_split_lock(c, &key, split));
	switch (split->state) {
	case MEMBER__SPLIT_STATE__SPLIT_STATE_PLANNING:
	case MEMBER__SPLIT_STATE__SPLIT_STATE_PLANNED:
	case MEMBER__SPLIT_STATE__SPLIT_STATE_RUNNING:
		TRY(sql_split_cancel(c, &key, split));
		break;
	case MEMBER__SPLIT_STATE__SPLIT_STATE_CANCELLED:
		break;
	default:
		return wrong_state(c, "the split has come to its end");
	}

	return sql_split_parts(c, &key, split);
}

enum status member_revert_split(struct call *c, const Member__RevertSplitRequest *req,
				Member__Split *split)
{
	Member__SplitKey key = key_of(req->community_id, req->split_id);
	Member__Community source = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &source));
	TRY(community_open(c, &source));
	TRY(sql_split_lock(c, &key, split));
	if (split->state != MEMBER__SPLIT_STATE__SPLIT_STATE_DONE &&
	    split->state != MEMBER__SPLIT_STATE__SPLIT_STATE_CANCELLED)
		return wrong_state(c, "only a split that has come to its end can be taken back");

	TRY(sql_split_revert(c, &key, split));
	job_wake(c, "schedule");

	return sql_split_parts(c, &key, split);
}
