/* Merging persons and taking it back. Statements are in sql/merge.sql. */
#include <strings.h>

#include "base/text.h"
#include "kith/member/v1/merge.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "progress.h"

/*
 * reason                  status               from
 * PERSON_NOT_FOUND        NOT_FOUND            Merge
 * PERSON_MERGE_NOT_FOUND  NOT_FOUND            Unmerge
 * MERGE_SELF              INVALID_ARGUMENT     Merge
 * MERGE_CYCLE             FAILED_PRECONDITION  Merge
 * ALREADY_MERGED          FAILED_PRECONDITION  Merge
 * PERSON_ERASED           FAILED_PRECONDITION  both
 * MERGE_UNDONE            FAILED_PRECONDITION  Unmerge
 * MERGE_NOT_NEWEST        FAILED_PRECONDITION  Unmerge
 */

typedef enum status (*move_function)(struct call *c, const Member__PersonMerge *merge);

/* One a noun that keeps something of persons. Memberships come first: the others ask what became of
 * them. */
static const struct {
	move_function merge, unmerge;
} moves[] = {
	{sql_merge_memberships, sql_unmerge_memberships},
	{sql_merge_stays, sql_unmerge_stays},
	{sql_merge_referrals, sql_unmerge_referrals},
	{sql_merge_requests, sql_unmerge_requests},
	{sql_merge_invitations, sql_unmerge_invitations},
	{sql_merge_subscriptions, sql_unmerge_subscriptions},
	{sql_merge_payments, sql_unmerge_payments},
	{sql_merge_entitlements, sql_unmerge_entitlements},
	{sql_merge_standings, sql_unmerge_standings},
	{sql_merge_journeys, sql_unmerge_journeys},
	{sql_merge_designations, sql_unmerge_designations},
	{sql_merge_kols, sql_unmerge_kols},
	{sql_merge_duties, sql_unmerge_duties},
	{sql_merge_identities, sql_unmerge_identities},
	{sql_merge_attributes, sql_unmerge_attributes},
	{sql_merge_verdicts, sql_unmerge_verdicts},
	{sql_merge_belongings, sql_unmerge_belongings},
};

#define N_MOVES (sizeof(moves) / sizeof(moves[0]))

/* The two persons, locked in one order for all who merge. */
struct pair {
	Member__Person survivor;
	Member__Person merged;
};

static enum status lock_person(struct call *c, const char *person_id, Member__Person *ret)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;

	wanted.person_id = person_id;
	return sql_person_lock(c, &wanted, ret);
}

static enum status lock_pair(struct call *c, const Member__PersonMerge *merge, struct pair *ret)
{
	bool survivor_first = strcasecmp(merge->person_id, merge->merged_person_id) < 0;

	member__person__init(&ret->survivor);
	member__person__init(&ret->merged);
	if (survivor_first)
		TRY(lock_person(c, merge->person_id, &ret->survivor));
	TRY(lock_person(c, merge->merged_person_id, &ret->merged));
	if (!survivor_first)
		TRY(lock_person(c, merge->person_id, &ret->survivor));

	if (ret->survivor.state == MEMBER__PERSON_STATE__PERSON_STATE_ERASED ||
	    ret->merged.state == MEMBER__PERSON_STATE__PERSON_STATE_ERASED)
		return person_erased(c);
	return STATUS_OK;
}

static enum status read_merge(struct call *c, const char *merge_id, Member__PersonMerge *ret)
{
	Member__UnmergePersonsRequest wanted = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;

	wanted.merge_id = merge_id;
	return sql_merge_get(c, &wanted, ret);
}

static enum status refuse_same(struct call *c, const Member__MergePersonsRequest *req)
{
	if (strcasecmp(req->person_id, req->merged_person_id) == 0)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "MERGE_SELF",
				 "the two are one already");

	return call_fail(c, STATUS_FAILED_PRECONDITION, "MERGE_CYCLE",
			 "the survivor was merged into the other one");
}

static enum status refuse_merged(struct call *c, const Member__Person *person)
{
	call_fail(c, STATUS_FAILED_PRECONDITION, "ALREADY_MERGED",
		  "the person is somebody else already");
	call_fact(c, "person_id", person->merged_into_person_id);

	return STATUS_FAILED_PRECONDITION;
}

/* What the two have come to follows from what they did, as one or each for himself. */
static enum status settle(struct call *c, const Member__PersonMerge *merge)
{
	Member__ProgressQuery query = MEMBER__PROGRESS_QUERY__INIT;

	TRY(sql_merge_progress(c, merge, &query));
	if (query.n_person_ids == 0)
		return STATUS_OK;
	query.cause = MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_MERGE;

	return progress_settle(c, &query);
}

enum status member_merge_persons(struct call *c, const Member__MergePersonsRequest *req,
				 Member__PersonMerge *reply)
{
	Member__PersonMerge merge = MEMBER__PERSON_MERGE__INIT;
	struct pair pair;

	merge.merge_id = call_new_id(c);
	merge.merged_person_id = req->merged_person_id;
	merge.reason = req->reason;
	TRY(person_named(c, req->person_id, &merge.person_id));
	if (strcasecmp(merge.person_id, req->merged_person_id) == 0)
		return refuse_same(c, req);

	TRY(lock_pair(c, &merge, &pair));
	if (pair.merged.merged_into_person_id[0])
		return refuse_merged(c, &pair.merged);
	if (pair.survivor.merged_into_person_id[0])
		return call_fail(c, STATUS_ABORTED, "CONCURRENT_CHANGE",
				 "the survivor was merged meanwhile");

	TRY(sql_merge_lock(c, &merge));
	TRY(sql_merge_portfolio_lock(c, &merge));
	TRY(sql_merge_begin(c, &merge));
	TRY(sql_merge_requests_expire(c, &merge));
	for (size_t i = 0; i < N_MOVES; i++)
		TRY(moves[i].merge(c, &merge));
	TRY(sql_merge_end(c, &merge));
	TRY(settle(c, &merge));

	return read_merge(c, merge.merge_id, reply);
}

/* Only what nothing newer has been built upon can be taken back. */
static enum status refuse_older(struct call *c, const Member__PersonMerge *merge)
{
	Member__PersonMerge newer = MEMBER__PERSON_MERGE__INIT;
	bool found;

	TRY(sql_find_merge_newer(c, merge, &newer, &found));
	if (!found)
		return STATUS_OK;

	call_fail(c, STATUS_FAILED_PRECONDITION, "MERGE_NOT_NEWEST",
		  "a newer merge of one of the two is undone first");
	call_fact(c, "merge_id", newer.merge_id);
	return STATUS_FAILED_PRECONDITION;
}

static enum status put_back(struct call *c, const Member__PersonMerge *merge)
{
	TRY(sql_merge_lock(c, merge));
	TRY(sql_merge_portfolio_lock(c, merge));
	TRY(sql_unmerge_judge(c, merge));
	for (size_t i = 0; i < N_MOVES; i++)
		TRY(moves[i].unmerge(c, merge));
	TRY(sql_unmerge_end(c, merge));

	return settle(c, merge);
}

enum status member_unmerge_persons(struct call *c, const Member__UnmergePersonsRequest *req,
				   Member__UnmergePersonsResponse *reply)
{
	Member__PersonMerge merge = MEMBER__PERSON_MERGE__INIT, *undone;
	struct pair pair;

	TRY(read_merge(c, req->merge_id, &merge));
	TRY(lock_pair(c, &merge, &pair));
	/* Not undone when it was read, but perhaps when the persons were free. */
	member__person_merge__init(&merge);
	TRY(read_merge(c, req->merge_id, &merge));
	if (merge.undo_time)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "MERGE_UNDONE",
				 "the merge was taken back already");
	TRY(refuse_older(c, &merge));
	TRY(put_back(c, &merge));

	undone = arena_alloc(c->arena, sizeof(*undone));
	member__person_merge__init(undone);
	TRY(read_merge(c, req->merge_id, undone));
	TRY(sql_unmerge_count(c, &merge, reply));
	TRY(sql_unmerge_remainders(c, &merge, reply));
	reply->merge = undone;

	return STATUS_OK;
}

enum status member_list_person_merges(struct call *c, const Member__ListPersonMergesRequest *req,
				      Member__ListPersonMergesResponse *list)
{
	return sql_merge_list(c, req, list);
}
