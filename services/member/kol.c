/* Key opinion leaders and managers: a pipeline of stages. Statements are in sql/kol.sql. */
#include "kol.h"

#include "base/arena.h"
#include "kith/member/v1/kol.pb-c.h"
#include "kith/member/v1/kol_store.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status               from
 * COMMUNITY_NOT_FOUND  NOT_FOUND            Create, Promote, Demote, Drop, UpdatePolicy, GetPolicy
 * KOL_NOT_FOUND        NOT_FOUND            Get, Promote, Demote, Drop
 * KOL_EXISTS           ALREADY_EXISTS       Create
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Create, Promote, Demote, Drop, UpdatePolicy
 * NOT_A_MEMBER         FAILED_PRECONDITION  Create, Promote
 * KOL_AT_TOP           FAILED_PRECONDITION  Promote
 * KOL_AT_FOOT          FAILED_PRECONDITION  Demote
 * KOL_DROPPED          FAILED_PRECONDITION  Promote, Demote, Drop
 * KOL_REQUIREMENTS     FAILED_PRECONDITION  Promote
 * ETAG_MISMATCH        ABORTED              UpdatePolicy
 * REQUIREMENT_TWICE    INVALID_ARGUMENT     UpdatePolicy
 * NO_STAGE_ABOVE       INVALID_ARGUMENT     UpdatePolicy
 */

#define NONE       MEMBER__KOL_STAGE__KOL_STAGE_UNSPECIFIED
#define PROSPECT   MEMBER__KOL_STAGE__KOL_STAGE_PROSPECT
#define CANDIDATE  MEMBER__KOL_STAGE__KOL_STAGE_CANDIDATE
#define KOL        MEMBER__KOL_STAGE__KOL_STAGE_KOL
#define AMBASSADOR MEMBER__KOL_STAGE__KOL_STAGE_AMBASSADOR
#define DROPPED    MEMBER__KOL_STAGE__KOL_STAGE_DROPPED

enum move { CREATE, PROMOTE, DEMOTE, DROP };

/* Where each move leads from each stage, or why it does not. */
static const struct {
	Member__KolStage to;
	enum status status;
	const char *reason;
} moves[][4] = {
	[NONE] = {[CREATE] = {.to = PROSPECT}},
	[PROSPECT] = {{NONE, STATUS_ALREADY_EXISTS, "KOL_EXISTS"},
		      {.to = CANDIDATE},
		      {NONE, STATUS_FAILED_PRECONDITION, "KOL_AT_FOOT"},
		      {.to = DROPPED}},
	[CANDIDATE] = {{NONE, STATUS_ALREADY_EXISTS, "KOL_EXISTS"},
		       {.to = KOL},
		       {.to = PROSPECT},
		       {.to = DROPPED}},
	[KOL] = {{NONE, STATUS_ALREADY_EXISTS, "KOL_EXISTS"},
		 {.to = AMBASSADOR},
		 {.to = CANDIDATE},
		 {.to = DROPPED}},
	[AMBASSADOR] = {{NONE, STATUS_ALREADY_EXISTS, "KOL_EXISTS"},
			{NONE, STATUS_FAILED_PRECONDITION, "KOL_AT_TOP"},
			{.to = KOL},
			{.to = DROPPED}},
	[DROPPED] = {{.to = PROSPECT},
		     {NONE, STATUS_FAILED_PRECONDITION, "KOL_DROPPED"},
		     {NONE, STATUS_FAILED_PRECONDITION, "KOL_DROPPED"},
		     {NONE, STATUS_FAILED_PRECONDITION, "KOL_DROPPED"}},
};

static enum status read_kol(struct call *c, const Member__KolStep *step, Member__Kol *ret,
			    bool *ret_found)
{
	Member__GetKolRequest wanted = MEMBER__GET_KOL_REQUEST__INIT;

	wanted.community_id = step->community_id;
	wanted.person_id = step->person_id;
	wanted.track = step->track;
	if (ret_found)
		return sql_find_kol_get(c, &wanted, ret, ret_found);

	return sql_kol_get(c, &wanted, ret);
}

static enum status member_now(struct call *c, const Member__KolStep *step)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	bool found;

	wanted.community_id = step->community_id;
	wanted.person_id = step->person_id;
	TRY(sql_find_membership_rank(c, &wanted, &membership, &found));
	if (found)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
			 "the person is no member now");
}

/* Adds a fact "post_weeks": "2 of 3" where there is less than is demanded. */
static bool has(struct call *c, const char *what, int64_t there_is, int64_t demanded)
{
	if (there_is >= demanded)
		return true;

	call_fact(c, what,
		  arena_printf(c->arena, "%lld of %lld", (long long)there_is, (long long)demanded));

	return false;
}

static enum status meets(struct call *c, const Member__KolEvidence *evidence,
			 const Member__KolRequirement *demanded)
{
	bool all = true;

	all &= has(c, "post_weeks", evidence->post_weeks, demanded->post_weeks);
	all &= has(c, "post_count", evidence->post_count, demanded->post_count);
	all &= has(c, "answer_count", evidence->answer_count, demanded->answer_count);
	all &= has(c, "accepted_answer_count", evidence->accepted_answer_count,
		   demanded->accepted_answer_count);
	all &= has(c, "engaged_weeks", evidence->engaged_weeks, demanded->engaged_weeks);
	all &= has(c, "reach", evidence->reach, demanded->reach);
	all &= has(c, "member_days", evidence->member_days, demanded->member_days);
	if (evidence->muted)
		call_fact(c, "muted", "true");
	if (all && !evidence->muted)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "KOL_REQUIREMENTS",
			 "there is less than the next stage demands");
}

static enum status check_requirements(struct call *c, const Member__KolStep *step)
{
	Member__GetKolPolicyRequest key = MEMBER__GET_KOL_POLICY_REQUEST__INIT;
	Member__KolPolicy policy = MEMBER__KOL_POLICY__INIT;

	key.community_id = step->community_id;
	TRY(sql_kol_requirements(c, &key, &policy));
	for (size_t i = 0; i < policy.n_requirements; i++)
		if (policy.requirements[i]->track == step->track &&
		    policy.requirements[i]->stage == step->to_stage)
			return meets(c, step->evidence, policy.requirements[i]);

	return STATUS_OK;
}

/* The move, for everybody else to wait for. `step` says who, why, and whether by force. */
static enum status make_move(struct call *c, enum move move, Member__KolStep *step,
			     Member__Kol *kol)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__KolEvidence evidence = MEMBER__KOL_EVIDENCE__INIT;
	Member__Kol was = MEMBER__KOL__INIT;
	bool found;

	TRY(community_lock(c, step->community_id, &community));
	TRY(community_open(c, &community));
	TRY(person_meant(c, step->person_id, &step->person_id));
	TRY(read_kol(c, step, &was, move == CREATE ? &found : NULL));
	if (moves[was.stage][move].reason)
		return call_fail(c, moves[was.stage][move].status, moves[was.stage][move].reason,
				 "the pipeline does not lead there");
	step->from_stage = was.stage;
	step->to_stage = moves[was.stage][move].to;

	if (move == CREATE || move == PROMOTE)
		TRY(member_now(c, step));
	TRY(sql_kol_evidence(c, step, &evidence));
	step->evidence = &evidence;
	if (move == PROMOTE && !step->forced)
		TRY(check_requirements(c, step));
	TRY(sql_kol_step(c, step, kol));
	kol->evidence = arena_alloc(c->arena, sizeof(*kol->evidence));
	*kol->evidence = evidence;

	return STATUS_OK;
}

static Member__KolStep step_of(const char *community_id, const char *person_id,
			       Member__KolTrack track, const char *reason)
{
	Member__KolStep step = MEMBER__KOL_STEP__INIT;

	step.community_id = community_id;
	step.person_id = person_id;
	step.track = track;
	step.reason = reason;

	return step;
}

enum status member_create_kol(struct call *c, const Member__CreateKolRequest *req, Member__Kol *kol)
{
	Member__KolStep step = step_of(req->community_id, req->person_id, req->track, req->reason);

	return make_move(c, CREATE, &step, kol);
}

enum status member_promote_kol(struct call *c, const Member__PromoteKolRequest *req,
			       Member__Kol *kol)
{
	Member__KolStep step = step_of(req->community_id, req->person_id, req->track, req->reason);

	if (req->force && !req->reason[0])
		return call_violation(c, "reason", "is required with force");
	step.forced = req->force;

	return make_move(c, PROMOTE, &step, kol);
}

enum status member_demote_kol(struct call *c, const Member__DemoteKolRequest *req, Member__Kol *kol)
{
	Member__KolStep step = step_of(req->community_id, req->person_id, req->track, req->reason);

	return make_move(c, DEMOTE, &step, kol);
}

enum status member_drop_kol(struct call *c, const Member__DropKolRequest *req, Member__Kol *kol)
{
	Member__KolStep step = step_of(req->community_id, req->person_id, req->track, req->reason);

	return make_move(c, DROP, &step, kol);
}

enum status member_get_kol(struct call *c, const Member__GetKolRequest *req, Member__Kol *kol)
{
	Member__KolStep step = step_of(req->community_id, req->person_id, req->track, "");

	TRY(sql_kol_get(c, req, kol));
	kol->evidence = arena_alloc(c->arena, sizeof(*kol->evidence));
	member__kol_evidence__init(kol->evidence);

	return sql_kol_evidence(c, &step, kol->evidence);
}

enum status member_list_kols(struct call *c, const Member__ListKolsRequest *req,
			     Member__ListKolsResponse *list)
{
	return sql_kol_list(c, req, list);
}

enum status member_list_kol_changes(struct call *c, const Member__ListKolChangesRequest *req,
				    Member__ListKolChangesResponse *list)
{
	return sql_kol_change_list(c, req, list);
}

enum status member_list_kol_suggestions(struct call *c,
					const Member__ListKolSuggestionsRequest *req,
					Member__ListKolSuggestionsResponse *list)
{
	return sql_kol_suggestions(c, req, list);
}

static enum status check_policy(struct call *c, const Member__KolPolicy *policy)
{
	for (size_t i = 0; i < policy->n_requirements; i++) {
		const Member__KolRequirement *one = policy->requirements[i];

		if (one->stage == PROSPECT || one->stage == DROPPED)
			return call_fail(c, STATUS_INVALID_ARGUMENT, "NO_STAGE_ABOVE",
					 "nobody is promoted to that stage");
		for (size_t k = 0; k < i; k++)
			if (policy->requirements[k]->track == one->track &&
			    policy->requirements[k]->stage == one->stage)
				return call_fail(c, STATUS_INVALID_ARGUMENT, "REQUIREMENT_TWICE",
						 "a stage of a track has one requirement");
	}

	return STATUS_OK;
}

enum status member_update_kol_policy(struct call *c, const Member__UpdateKolPolicyRequest *req,
				     Member__KolPolicy *policy)
{
	Member__GetKolPolicyRequest key = MEMBER__GET_KOL_POLICY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__KolPolicy was = MEMBER__KOL_POLICY__INIT;

	key.community_id = req->community_id;
	TRY(check_policy(c, req->policy));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_kol_policy_get(c, &key, &was));
	TRY(etag_matches(c, req->policy->etag, was.etag));
	TRY(sql_kol_policy_store(c, req, policy));

	return sql_kol_requirements(c, &key, policy);
}

enum status member_get_kol_policy(struct call *c, const Member__GetKolPolicyRequest *req,
				  Member__KolPolicy *policy)
{
	TRY(community_exists(c, req->community_id));
	TRY(sql_kol_policy_get(c, req, policy));

	return sql_kol_requirements(c, req, policy);
}

/* Those of the events that `wanted` picks, in the arena. */
static Event__DeliverEventsRequest picked(struct call *c, const Event__DeliverEventsRequest *fresh,
					  bool (*wanted)(const Event__Event *event))
{
	Event__DeliverEventsRequest some = EVENT__DELIVER_EVENTS_REQUEST__INIT;

	some.events = arena_array(c->arena, fresh->n_events, sizeof(*some.events));
	for (size_t i = 0; i < fresh->n_events; i++)
		if (wanted(fresh->events[i]))
			some.events[some.n_events++] = fresh->events[i];

	return some;
}

static bool reaches(const Event__Event *event)
{
	return event->other_person_id[0] &&
	       (event->type == EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED ||
		event->type == EVENT__EVENT_TYPE__EVENT_TYPE_REACTION_ADDED);
}

static bool judges_answer(const Event__Event *event)
{
	return event->type == EVENT__EVENT_TYPE__EVENT_TYPE_ANSWER_ACCEPTED ||
	       event->type == EVENT__EVENT_TYPE__EVENT_TYPE_ANSWER_UNACCEPTED;
}

enum status kol_listen(struct call *c, const Event__DeliverEventsRequest *fresh)
{
	Event__DeliverEventsRequest met = picked(c, fresh, reaches);
	Event__DeliverEventsRequest judged = picked(c, fresh, judges_answer);

	if (met.n_events > 0)
		TRY(sql_reached_tell(c, &met));

	return judged.n_events > 0 ? sql_accepted_tell(c, &judged) : STATUS_OK;
}
