/* The member service as the others see it: its table, and the rank a person acts with. */
#include "member.h"

#include "facet.h"
#include "member.migrations.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "split.h"

static enum status rank_in(struct call *c, const char *community_id, enum rank *ret_rank)
{
	static const enum rank ranks[] = {
		[MEMBER__ROLE__ROLE_UNSPECIFIED] = RANK_NONE,
		[MEMBER__ROLE__ROLE_MEMBER] = RANK_MEMBER,
		[MEMBER__ROLE__ROLE_EXPERT] = RANK_EXPERT,
		[MEMBER__ROLE__ROLE_MODERATOR] = RANK_MODERATOR,
		[MEMBER__ROLE__ROLE_ADMIN] = RANK_ADMIN,
		[MEMBER__ROLE__ROLE_OWNER] = RANK_OWNER,
	};
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	enum status status;

	wanted.community_id = community_id;
	wanted.person_id = c->caller->person_id;
	status = sql_membership_rank(c, &wanted, &membership);
	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		*ret_rank = RANK_NONE;
		return STATUS_OK;
	}
	TRY(status);

	*ret_rank = ranks[membership.role];

	return STATUS_OK;
}

static const char *const consumers[] = {"content", "activity", "evaluation", NULL};

/* Only the job's own thread looks at it. */
static struct facet_round facet_round;

static const struct job jobs[] = {
	{.name = "facets",
	 .period_us = FACET_FOLD_PERIOD_US,
	 .run = facet_fold_run,
	 .user = &facet_round},
	{.name = SPLIT_PLAN_JOB, .period_us = SPLIT_PLAN_PERIOD_US, .run = split_plan_run},
};

const struct service member_service = {
	.name = "member",
	.handlers = member_handlers,
	.n_handlers = member_handlers_count,
	.sql = &member_sql,
	.migrations = &member_migrations,
	.rank = rank_in,
	.consumers = consumers,
	.jobs = jobs,
	.n_jobs = sizeof(jobs) / sizeof(jobs[0]),
	.deeds = member_deeds,
};
