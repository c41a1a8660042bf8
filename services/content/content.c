/* The content service as the others see it: its table and its job. */
#include "content.h"

#include <stdlib.h>
#include <strings.h>

#include "content.migrations.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "db/db.h"
#include "event/replica.h"
#include "quality.h"
#include "text/term.h"
#include "text/words.h"
#include "text_check.h"

#define FOLD_PERIOD_US       1000000
#define INDEX_PERIOD_US      500000
#define WORD_LISTS_PERIOD_US 1000000

/* What a process of this service has besides its connections. */
struct content {
	struct dictionary *dictionary;
	struct folding *folding;
	struct index_lease index_lease;
	struct text_checker *checker;
	struct quality_weights quality;
};

static void stop(void *state)
{
	struct content *content = state;

	text_checker_free(content->checker);
	dictionary_free(content->dictionary);
	folding_free(content->folding);
	free(content);
}

static enum status start(const struct service *service, const struct service_config *config,
			 void **ret_state)
{
	struct content *content = calloc(1, sizeof(*content));
	enum status status;

	(void)service;
	if (!content)
		log_die("memory", "no memory for the service");
	status = quality_configure(config, &content->quality);
	if (status == STATUS_OK)
		status = dictionary_load(DICTIONARY_FOLDER, &content->dictionary);
	if (status == STATUS_OK)
		status = folding_load(&content->folding);
	if (status != STATUS_OK) {
		stop(content);
		return status;
	}
	content->checker = text_checker_new(content->dictionary, content->folding);
	*ret_state = content;

	return STATUS_OK;
}

const struct dictionary *content_dictionary(const struct call *c)
{
	return ((const struct content *)c->service)->dictionary;
}

const struct folding *content_folding(const struct call *c)
{
	return ((const struct content *)c->service)->folding;
}

struct index_lease *content_index_lease(void *state)
{
	return &((struct content *)state)->index_lease;
}

const struct quality_weights *content_quality_weights(const struct call *c)
{
	return &((const struct content *)c->service)->quality;
}

struct text_checker *content_checker(const struct call *c)
{
	return ((const struct content *)c->service)->checker;
}

static enum status refresh_word_lists(struct call *c, void *user, bool *ret_worked)
{
	(void)user;
	*ret_worked = false;

	return text_checker_refresh(c);
}

/* Keeps the rows that make up a community's totals few. */
static enum status fold_tally(struct call *c, void *user, bool *ret_worked)
{
	(void)user;
	TRY(db_begin(c));
	TRY(sql_tally_fold(c));
	TRY(db_commit(c));

	*ret_worked = false;
	return STATUS_OK;
}

enum status caller_is_staff(struct call *c, const char *community_id, bool *ret_staff)
{
	enum rank rank = RANK_OWNER;

	if (c->caller->kind == CALLER_PERSON)
		TRY(replica_rank(c, community_id, &rank));
	*ret_staff = rank >= RANK_MODERATOR;

	return STATUS_OK;
}

enum status web_address(struct call *c, const char *field, const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0)
		return STATUS_OK;

	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_URL", "no address of the web: %s", url);

	return call_violation(c, field, "must begin with https:// or http://");
}

/* What member decides and judges reaches content here, and what activity counts. */
enum status content_deliver_events(struct call *c, const Event__DeliverEventsRequest *req,
				   Event__DeliverEventsResponse *reply)
{
	TRY(replica_apply(c, req, reply));
	if (delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_CHECKED_IN))
		TRY(sql_task_check_in(c, req));
	if (delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_COMMUNITY_CHANGED)) {
		TRY(sql_slot_rezone(c, req));
		TRY(sql_cadence_rezone(c, req));
	}
	if (delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_EXPERT_CHANGED))
		TRY(expert_learn(c, req));
	if (delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_VIOLATION_JUDGED))
		TRY(sql_report_judge(c, req));

	return delivery_has(req, EVENT__EVENT_TYPE__EVENT_TYPE_PERSON_ERASED)
		       ? person_forget(c, req)
		       : STATUS_OK;
}

static const char *const consumers[] = {"evaluation", "member", "activity", NULL};

static const struct job jobs[] = {
	{.name = "tally-fold", .period_us = FOLD_PERIOD_US, .run = fold_tally},
	{.name = "search-index", .period_us = INDEX_PERIOD_US, .run = search_index_run},
	{.name = WORD_LISTS_JOB, .period_us = WORD_LISTS_PERIOD_US, .run = refresh_word_lists},
};

static const service_deed deeds[] = {
	ticket_close_old, post_publish_due,  task_series_end_due, slot_look_at_due,
	cadence_judge,    text_print_expire, question_find,       question_give_up,
	question_route,   quality_fold,      quality_catch_up,    NULL,
};

const struct service content_service = {
	.name = "content",
	.handlers = content_handlers,
	.n_handlers = content_handlers_count,
	.sql = &content_sql,
	.migrations = &content_migrations,
	.rank = replica_rank,
	.consumers = consumers,
	.jobs = jobs,
	.n_jobs = sizeof(jobs) / sizeof(jobs[0]),
	.deeds = deeds,
	.start = start,
	.stop = stop,
};
