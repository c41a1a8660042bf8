/* Join policies: by which ways one gets in. Statements are in sql/join_policy.sql. */
#include "kith/member/v1/join_policy.pb-c.h"

#include <string.h>

#include "admission.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/text.h"
#include "kith/member/v1/joining_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Get, Update
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Update
 * ETAG_MISMATCH         ABORTED              Update
 * BAD_WAYS              INVALID_ARGUMENT     Update
 * BAD_FILTER            INVALID_ARGUMENT     Update
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 */

#define QUESTION_MAX       500 /* characters */
#define REQUEST_VALID_DAYS 7

static const char *const changeable[] = {
	"ways",         "conditions",  "questions", "request_valid_days",
	"invite_quota", "invite_role", NULL};

enum status join_policy_read(struct call *c, const char *community_id, Member__JoinPolicy *ret)
{
	Member__GetJoinPolicyRequest wanted = MEMBER__GET_JOIN_POLICY_REQUEST__INIT;
	bool found;

	wanted.community_id = community_id;
	TRY(sql_find_join_policy_get(c, &wanted, ret, &found));
	if (!found)
		return call_fail(c, STATUS_NOT_FOUND, "COMMUNITY_NOT_FOUND", "no such community");
	TRY(sql_join_way_list(c, &wanted, ret));

	return sql_join_condition_list(c, &wanted, ret);
}

enum status member_get_join_policy(struct call *c, const Member__GetJoinPolicyRequest *req,
				   Member__JoinPolicy *policy)
{
	return join_policy_read(c, req->community_id, policy);
}

/* -- what a policy may be */

static enum status bad_ways(struct call *c, const char *field, const char *what)
{
	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_WAYS", "%s %s", field, what);

	return call_violation(c, field, "%s", what);
}

static enum status check_way(struct call *c, const Member__JoinPolicy *policy, size_t at)
{
	const char *field = arena_printf(c->arena, "join_policy.ways[%zu]", at);
	const Member__JoinWay *way = policy->ways[at];
	unsigned seen = 0;

	for (size_t i = 0; i < way->n_modes; i++) {
		Member__JoinMode mode = way->modes[i];

		if (mode == MEMBER__JOIN_MODE__JOIN_MODE_UNSPECIFIED ||
		    mode == MEMBER__JOIN_MODE__JOIN_MODE_MIXED)
			return bad_ways(c, field, "names a mode that is none of a way");
		if (seen & 1u << mode)
			return bad_ways(c, field, "names a mode twice");
		if (mode == MEMBER__JOIN_MODE__JOIN_MODE_OPEN &&
		    (policy->n_ways > 1 || way->n_modes > 1))
			return bad_ways(c, field, "is open, which makes all others idle");
		if (mode == MEMBER__JOIN_MODE__JOIN_MODE_CONDITION && !policy->n_conditions)
			return bad_ways(c, field, "asks for conditions, and there are none");
		seen |= 1u << mode;
	}

	return STATUS_OK;
}

/* The fields that speak of a community speak of it by its id. */
static bool names_communities(const struct filter *f)
{
	if (!f->field)
		return names_communities(f->left) && (!f->right || names_communities(f->right));
	if (text_equal(f->field->name, "levels."))
		return id_is_valid(f->name + strlen("levels."));

	return !text_equal(f->field->name, "member_of") || f->op == FILTER_PRESENT ||
	       id_is_valid(f->text);
}

static enum status check_condition(struct call *c, const Member__JoinCondition *condition,
				   size_t at)
{
	const char *field = arena_printf(c->arena, "join_policy.conditions[%zu].filter", at);
	const struct filter *filter;

	TRY(filter_parse(c, field, condition->filter, admission_fields, &filter));
	if (!filter)
		return call_violation(c, field, "is required");
	if (names_communities(filter))
		return STATUS_OK;
	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_FILTER", "%s names no community by its id",
		  field);

	return call_violation(c, field, "names no community by its id");
}

static enum status check_policy(struct call *c, const Member__JoinPolicy *policy)
{
	if (policy->n_ways == 0)
		return bad_ways(c, "join_policy.ways", "are none");
	for (size_t i = 0; i < policy->n_ways; i++)
		TRY(check_way(c, policy, i));
	for (size_t i = 0; i < policy->n_conditions; i++)
		TRY(check_condition(c, policy->conditions[i], i));
	for (size_t i = 0; i < policy->n_questions; i++) {
		size_t length = text_length(policy->questions[i]);

		if (length == 0 || length > QUESTION_MAX)
			return call_violation(
				c, arena_printf(c->arena, "join_policy.questions[%zu]", i),
				"has 1 to %d characters", QUESTION_MAX);
	}

	return STATUS_OK;
}

/* -- change */

/* Whether the request changes the field; without a mask, when it is set. */
static bool changes(const Member__UpdateJoinPolicyRequest *req, const char *field, bool is_set)
{
	if (!req->update_mask || req->update_mask->n_paths == 0)
		return is_set;

	return mask_has(req->update_mask, field);
}

static void merge(const Member__UpdateJoinPolicyRequest *req, Member__JoinPolicy *policy)
{
	const Member__JoinPolicy *wanted = req->join_policy;

	if (changes(req, "ways", wanted->n_ways)) {
		policy->ways = wanted->ways;
		policy->n_ways = wanted->n_ways;
	}
	if (changes(req, "conditions", wanted->n_conditions)) {
		policy->conditions = wanted->conditions;
		policy->n_conditions = wanted->n_conditions;
	}
	if (changes(req, "questions", wanted->n_questions)) {
		policy->questions = wanted->questions;
		policy->n_questions = wanted->n_questions;
	}
	if (changes(req, "request_valid_days", wanted->request_valid_days))
		policy->request_valid_days = wanted->request_valid_days ? wanted->request_valid_days
									: REQUEST_VALID_DAYS;
	if (changes(req, "invite_quota", wanted->invite_quota))
		policy->invite_quota = wanted->invite_quota;
	if (changes(req, "invite_role", wanted->invite_role))
		policy->invite_role =
			wanted->invite_role ? wanted->invite_role : MEMBER__ROLE__ROLE_MEMBER;
}

static const char *modes_of(struct call *c, const Member__JoinWay *way)
{
	CLEANUP(buf_fini) struct buf names = {0};

	for (size_t i = 0; i < way->n_modes; i++)
		buf_add_format(&names, "%s%s", i ? " " : "", join_mode_name(way->modes[i]));

	return arena_string(c->arena, names.data);
}

static enum status store(struct call *c, Member__JoinPolicy *policy)
{
	Member__StoredJoinPolicy row = MEMBER__STORED_JOIN_POLICY__INIT;
	bool single = policy->n_ways == 1 && policy->ways[0]->n_modes == 1;

	policy->join_mode = single ? policy->ways[0]->modes[0] : MEMBER__JOIN_MODE__JOIN_MODE_MIXED;
	row.join_policy = policy;
	row.ways = arena_array(c->arena, policy->n_ways, sizeof(*row.ways));
	for (size_t i = 0; i < policy->n_ways; i++)
		row.ways[row.n_ways++] = modes_of(c, policy->ways[i]);

	return sql_join_policy_store(c, &row);
}

enum status member_update_join_policy(struct call *c, const Member__UpdateJoinPolicyRequest *req,
				      Member__JoinPolicy *policy)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(etag_matches(c, req->join_policy->etag, community.etag));
	TRY(join_policy_read(c, req->community_id, &wanted));
	merge(req, &wanted);
	TRY(check_policy(c, &wanted));
	TRY(store(c, &wanted));

	return join_policy_read(c, req->community_id, policy);
}
