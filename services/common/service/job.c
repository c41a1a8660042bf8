/* A thread, a connection and an arena for each job. */
#include "job.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define CAPACITY        32 /* bits of call.wake */
#define DEADLINE_US     30000000
#define FAILED_MAX_US   5000000
#define FAILED_FIRST_US 200000

struct runner {
	struct job job;
	struct jobs *jobs;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool woken, stopping;
};

struct jobs {
	const char *service;
	const struct db_options *options;
	struct peers *peers;
	void *state;
	struct caller self;
	struct runner runners[CAPACITY];
	size_t n;
};

struct jobs *jobs_new(const char *service, const struct db_options *options, struct peers *peers,
		      void *state)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		log_die("no-memory", "what=jobs");
	jobs->service = service;
	jobs->options = options;
	jobs->peers = peers;
	jobs->state = state;
	jobs->self = (struct caller){.kind = CALLER_SERVICE, .id = service, .person_id = ""};

	return jobs;
}

static enum status run_once(struct runner *r, struct arena *arena, bool *ret_worked)
{
	struct call c = {
		.arena = arena,
		.caller = &r->jobs->self,
		.request_id = "",
		.traceparent = "",
		.now_us = clock_wall_us(),
		.deadline_us = clock_mono_us() + DEADLINE_US,
		.db = r->db,
		.peers = r->jobs->peers,
		.jobs = r->jobs,
		.service = r->jobs->state,
	};
	enum status status = r->job.run(&c, r->job.user ? r->job.user : r->jobs->state, ret_worked);

	db_rollback(r->db);
	jobs_wake(r->jobs, c.wake);
	if (status != STATUS_OK) {
		char message[512];

		call_log(&c, status == STATUS_UNAVAILABLE ? LOG_WARN : LOG_ERROR, "job-failed",
			 "service=%s job=%s status=%s message=%s", r->jobs->service, r->job.name,
			 status_name(status),
			 log_quote(c.fault.message ? c.fault.message : "", message,
				   sizeof(message)));
	}
	arena_reset(arena);

	return status;
}

/* False when it is time to stop. */
static bool rest(struct runner *r, int64_t us)
{
	int64_t until = clock_mono_us() + us;
	struct timespec at = {until / 1000000, until % 1000000 * 1000};
	bool stopping;

	pthread_mutex_lock(&r->lock);
	while (!r->woken && !r->stopping && us > 0 &&
	       pthread_cond_timedwait(&r->change, &r->lock, &at) == 0)
		;
	r->woken = false;
	stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);

	return !stopping;
}

static void *runner_thread(void *user)
{
	struct runner *r = user;
	struct arena arena = {0};
	int64_t failed_us = 0;
	bool worked;

	do {
		worked = false;
		if (run_once(r, &arena, &worked) == STATUS_OK)
			failed_us = 0;
		else
			failed_us = failed_us ? failed_us * 2 : FAILED_FIRST_US;
		if (failed_us > FAILED_MAX_US)
			failed_us = FAILED_MAX_US;
	} while (rest(r, failed_us ? failed_us : worked ? 0 : r->job.period_us));
	arena_fini(&arena);

	return NULL;
}

void jobs_start(struct jobs *jobs, const struct job *job)
{
	struct runner *r = &jobs->runners[jobs->n];
	struct db_options options = *jobs->options;
	pthread_condattr_t clock;
	char name[64];

	assert(jobs->n < CAPACITY);
	snprintf(name, sizeof(name), "%s/%s", jobs->options->name, job->name);
	options.name = name;
	r->job = *job;
	r->jobs = jobs;
	r->db = db_new(&options);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&r->change, &clock);
	pthread_condattr_destroy(&clock);
	jobs->n++;
	if (pthread_create(&r->thread, NULL, runner_thread, r) != 0)
		log_die("no-thread", "what=job name=%s", job->name);
}

void jobs_wake(struct jobs *jobs, unsigned bits)
{
	for (size_t i = 0; bits && i < jobs->n; i++, bits >>= 1) {
		struct runner *r = &jobs->runners[i];

		if (!(bits & 1))
			continue;
		pthread_mutex_lock(&r->lock);
		r->woken = true;
		pthread_cond_signal(&r->change);
		pthread_mutex_unlock(&r->lock);
	}
}

unsigned jobs_bit(const struct jobs *jobs, const char *name)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (text_equal(jobs->runners[i].job.name, name))
			return 1u << i;

	return 0;
}

void job_wake(struct call *c, const char *name)
{
	c->wake |= jobs_bit(c->jobs, name);
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;

	for (size_t i = 0; i < jobs->n; i++) {
		struct runner *r = &jobs->runners[i];

		pthread_mutex_lock(&r->lock);
		r->stopping = true;
		pthread_cond_signal(&r->change);
		pthread_mutex_unlock(&r->lock);
	}
	for (size_t i = 0; i < jobs->n; i++) {
		struct runner *r = &jobs->runners[i];

		pthread_join(r->thread, NULL);
		db_free(r->db);
		pthread_cond_destroy(&r->change);
		pthread_mutex_destroy(&r->lock);
	}
	free(jobs);
}
