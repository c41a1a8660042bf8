/* The evaluation service: its methods, its tables and the work it does by itself. */
#include "evaluation.h"

#include "evaluation.migrations.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"
#include "event/replica.h"
#include "fold.h"
#include "rebuild.h"
#include "tell.h"
#include "waiting.h"

static enum status partitions_run(struct call *c, void *user, bool *ret_worked)
{
	(void)user;
	*ret_worked = false;
	return sql_interaction_make_partitions(c);
}

static struct round fold_round, rebuild_round;
static struct tell_round tell_round;

/* The fold looks often, whoever has ingested: reports are to be fresh within a second, and looking
 * at an empty table costs nothing. */
static const struct job jobs[] = {
	{.name = "fold", .period_us = 100000, .run = fold_run, .user = &fold_round},
	{.name = "rebuild", .period_us = 200000, .run = rebuild_run, .user = &rebuild_round},
	{.name = "tell", .period_us = TELL_PERIOD_US, .run = tell_run, .user = &tell_round},
	{.name = "waiting", .period_us = 1000000, .run = waiting_run},
	{.name = "partitions", .period_us = 3600 * INT64_C(1000000), .run = partitions_run},
};

const struct service evaluation_service = {
	.name = "evaluation",
	.handlers = evaluation_handlers,
	.n_handlers = evaluation_handlers_count,
	.sql = &evaluation_sql,
	.migrations = &evaluation_migrations,
	.rank = replica_rank,
	.jobs = jobs,
	.n_jobs = sizeof(jobs) / sizeof(jobs[0]),
};
