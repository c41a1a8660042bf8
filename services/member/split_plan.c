/* Making plans of splits: reads members and ties, shares them out, writes down who moves.
 * Statements are in sql/split_plan.sql. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/id.h"
#include "db/db.h"
#include "event.sql.h"
#include "kith/member/v1/split.pb-c.h"
#include "kith/member/v1/split_store.pb-c.h"
#include "member.sql.h"
#include "partition.h"
#include "split.h"
#include "split_strategy.h"

#define LEASE_US 10000000 /* a plan that takes longer may be made twice, and counts once */
#define STORE_US 30000000

struct planning {
	Member__SplitKey key;
	Member__Split split;
	Member__SplitMembers members;
	Member__SplitRooms rooms;
	struct partition partition;
	uint64_t seed;
};

static Event__Lease lease_of(struct call *c, const char *split_id)
{
	Event__Lease lease = EVENT__LEASE__INIT;

	lease.name = arena_printf(c->arena, "split %s", split_id);
	lease.holder = call_new_id(c);
	lease.duration_us = LEASE_US;

	return lease;
}

static enum status take_lease(struct call *c, const Event__Lease *lease, bool *ret_held)
{
	Event__Lease held = EVENT__LEASE__INIT;

	TRY(db_begin(c));
	TRY(sql_find_lease_take(c, lease, &held, ret_held));

	return db_commit(c);
}

static enum status release(struct call *c, const Event__Lease *lease)
{
	TRY(db_begin(c));
	TRY(sql_lease_release(c, lease));

	return db_commit(c);
}

/* -- from rows to a partition */

static int compare_numbers(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool position_of(const Member__SplitMembers *members, int64_t number, uint32_t *ret)
{
	const int64_t *found = bsearch(&number, members->numbers, members->n_numbers,
				       sizeof(*members->numbers), compare_numbers);

	if (found)
		*ret = (uint32_t)(found - members->numbers);

	return found;
}

/* Ties to whom has left since the members were read are left out. */
static enum status read_ties(struct call *c, const struct planning *p, struct ties **ret)
{
	Member__SplitTies rows = MEMBER__SPLIT_TIES__INIT;
	uint32_t *a, *b;
	size_t n = 0;

	TRY(sql_split_ties(c, &p->key, &rows));
	a = arena_array(c->arena, rows.n_numbers + 1, sizeof(*a));
	b = arena_array(c->arena, rows.n_numbers + 1, sizeof(*b));
	for (size_t i = 0; i < rows.n_numbers; i++) {
		if (!position_of(&p->members, rows.numbers[i], &a[n]) ||
		    !position_of(&p->members, rows.other_numbers[i], &b[n]))
			continue;
		rows.weights[n++] = rows.weights[i];
	}
	*ret = ties_new(c->arena, p->members.n_numbers, a, b, rows.weights, n);

	return STATUS_OK;
}

static bool by_load(const Member__Split *split)
{
	return split->reason == MEMBER__SPLIT_REASON__SPLIT_REASON_MESSAGE_LOAD;
}

/* Everybody in the source, and what there is of room. */
static void lay_out(struct call *c, struct planning *p, const struct ties *ties)
{
	struct partition *partition = &p->partition;
	size_t n = p->members.n_numbers;
	int64_t *size = arena_array(c->arena, n + 1, sizeof(*size));
	bool *fixed = arena_array(c->arena, n + 1, sizeof(*fixed));

	*partition = (struct partition){
		.ties = ties, .size = size, .fixed = fixed, .n = n, .n_parts = p->rooms.n_rooms};
	partition->part = arena_array(c->arena, n + 1, sizeof(*partition->part));
	for (size_t i = 0; i < n; i++) {
		size[i] = by_load(&p->split) ? ties_load(ties, i) : 1;
		fixed[i] = p->members.fixed[i];
		partition->fill[0] += size[i];
	}
	for (size_t k = 1; k < partition->n_parts; k++) {
		partition->fresh[k] = !p->split.parts[k]->community_id[0];
		partition->fill[k] = by_load(&p->split) ? p->rooms.rooms[k]->load
							: p->rooms.rooms[k]->member_count;
	}
}

static void set_bounds(struct planning *p)
{
	struct partition *partition = &p->partition;
	int64_t n = (int64_t)partition->n_parts, total = 0, max, min;

	for (size_t k = 0; k < partition->n_parts; k++)
		total += partition->fill[k];
	max = p->split.max_size ? p->split.max_size : (11 * total + 10 * n - 1) / (10 * n);
	min = p->split.min_size ? p->split.min_size : total / (2 * n);
	for (size_t k = 0; k < partition->n_parts; k++) {
		int64_t capacity = p->rooms.rooms[k]->capacity;

		partition->max[k] = max;
		if (!by_load(&p->split) && capacity > 0 && capacity < max)
			partition->max[k] = capacity;
	}
	partition->min = min < max ? min : max;
}

static bool names_values(const Member__Split *split)
{
	for (size_t i = 0; i < split->n_parts; i++)
		if (split->parts[i]->n_values > 0)
			return true;

	return false;
}

static enum status share_out(struct call *c, struct planning *p)
{
	switch (p->split.strategy) {
	case MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_FILL:
		split_fill(&p->partition);
		return STATUS_OK;
	case MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_BY_ATTRIBUTE:
		if (!names_values(&p->split)) {
			split_by_label(c->arena, &p->partition, p->members.labels);
			return STATUS_OK;
		}
		split_by_wish(&p->partition, p->members.wishes);
		return STATUS_OK;
	case MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_BY_TAG:
		split_by_wish(&p->partition, p->members.wishes);
		return STATUS_OK;
	case MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_BY_GRAPH:
		return split_by_graph(c, &p->partition, p->seed);
	default:
		split_least_loaded(&p->partition);
		return STATUS_OK;
	}
}

/* -- from the partition to rows */

static void cut_row(struct cut cut, Member__SplitCut *ret)
{
	member__split_cut__init(ret);
	ret->tie_count = cut.count;
	ret->tie_weight = cut.weight;
}

static enum status store(struct call *c, const struct planning *p)
{
	const struct partition *partition = &p->partition;
	int64_t heads[PARTS_MAX], present[PARTS_MAX], *loads;
	int64_t inner_counts[PARTS_MAX], inner_weights[PARTS_MAX];
	struct cut inner[PARTS_MAX], outer[PARTS_MAX];
	Member__SplitCut cut, random_cut, number_cut;
	Member__SplitPlan plan = MEMBER__SPLIT_PLAN__INIT;

	plan.community_id = p->key.community_id;
	plan.split_id = p->key.split_id;
	plan.member_count = (int64_t)partition->n;
	plan.tie_count = partition->ties->count;
	plan.tie_weight = partition->ties->total;
	cut_row(partition_cut(partition), &cut);
	cut_row(split_cut_by_lot(partition), &random_cut);
	cut_row(split_cut_by_number(c->arena, partition), &number_cut);
	plan.cut = &cut;
	plan.random_cut = &random_cut;
	plan.number_cut = &number_cut;

	plan.numbers = arena_array(c->arena, partition->n + 1, sizeof(*plan.numbers));
	plan.positions = arena_array(c->arena, partition->n + 1, sizeof(*plan.positions));
	loads = arena_array(c->arena, PARTS_MAX, sizeof(*loads));
	for (size_t i = 0; i < partition->n; i++) {
		loads[partition->part[i]] += ties_load(partition->ties, i);
		if (partition->part[i] == 0)
			continue;
		plan.numbers[plan.n_numbers++] = p->members.numbers[i];
		plan.positions[plan.n_positions++] = partition->part[i];
	}
	partition_heads(partition, heads);
	present[0] = heads[0];
	heads[0] = 0;
	for (size_t k = 1; k < partition->n_parts; k++) {
		present[k] = p->rooms.rooms[k]->member_count;
		loads[k] += p->rooms.rooms[k]->load;
	}
	partition_ties(partition, inner, outer);
	for (size_t k = 0; k < partition->n_parts; k++) {
		inner_counts[k] = inner[k].count;
		inner_weights[k] = inner[k].weight;
	}
	plan.inner_tie_counts = inner_counts;
	plan.inner_tie_weights = inner_weights;
	plan.n_inner_tie_counts = plan.n_inner_tie_weights = partition->n_parts;
	plan.present_counts = present;
	plan.arriving_counts = heads;
	plan.loads = loads;
	plan.n_present_counts = plan.n_arriving_counts = plan.n_loads = partition->n_parts;

	/* The time that sharing out took is not the database's fault. */
	c->deadline_us = clock_mono_us() + STORE_US;
	TRY(db_begin(c));
	TRY(sql_split_plan(c, &plan));

	return db_commit(c);
}

static enum status make_plan(struct call *c, struct planning *p)
{
	struct ties *ties;
	uint8_t id[16];

	TRY(sql_split_get(c, &p->key, &p->split));
	TRY(sql_split_parts(c, &p->key, &p->split));
	TRY(sql_split_members(c, &p->key, &p->members));
	TRY(sql_split_rooms(c, &p->key, &p->rooms));
	TRY(read_ties(c, p, &ties));
	if (!id_to_bytes(p->key.split_id, id))
		return call_fail(c, STATUS_INTERNAL, NULL, "split id %s", p->key.split_id);
	memcpy(&p->seed, id + 8, sizeof(p->seed));

	lay_out(c, p, ties);
	set_bounds(p);
	TRY(share_out(c, p));

	return store(c, p);
}

enum status split_plan_run(struct call *c, void *user, bool *ret_worked)
{
	struct planning p = {.split = MEMBER__SPLIT__INIT,
			     .members = MEMBER__SPLIT_MEMBERS__INIT,
			     .rooms = MEMBER__SPLIT_ROOMS__INIT};
	Event__Lease lease;
	enum status status;
	bool found, held;

	(void)user;
	*ret_worked = false;
	member__split_key__init(&p.key);
	TRY(sql_find_split_to_plan(c, &p.key, &found));
	if (!found)
		return STATUS_OK;
	lease = lease_of(c, p.key.split_id);
	TRY(take_lease(c, &lease, &held));
	if (!held)
		return STATUS_OK;

	status = make_plan(c, &p);
	if (status != STATUS_OK)
		db_rollback(c->db);
	*ret_worked = status == STATUS_OK;
	TRY(release(c, &lease));

	return status;
}
