/* The connection: connecting with back-off, exchanges that respect a deadline, cancelling. */
#include "conn.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

#define BACKOFF_MIN_US  50000
#define BACKOFF_MAX_US  2000000
#define CANCEL_GRACE_US 1000000

/* PQcancel blocks on a connection of its own, so it runs on a thread that may outlive the db. Until
 * it is done no other exchange starts, lest the wrong statement is stopped. */
struct canceller {
	pthread_mutex_t lock;
	pthread_cond_t done;
	PGconn *busy; /* the connection while it is in an exchange */
	unsigned running;
	unsigned refs;
};

struct cancellation {
	struct canceller *canceller;
	PGcancel *cancel;
};

static void canceller_unref(struct canceller *canceller)
{
	pthread_mutex_lock(&canceller->lock);
	bool last = --canceller->refs == 0;
	pthread_mutex_unlock(&canceller->lock);
	if (!last)
		return;

	pthread_cond_destroy(&canceller->done);
	pthread_mutex_destroy(&canceller->lock);
	free(canceller);
}

static struct canceller *canceller_new(void)
{
	struct canceller *canceller = calloc(1, sizeof(*canceller));
	pthread_condattr_t clock;

	if (!canceller)
		log_die("no-memory", "what=canceller");
	canceller->refs = 1;
	pthread_mutex_init(&canceller->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&canceller->done, &clock);
	pthread_condattr_destroy(&clock);

	return canceller;
}

static void *cancel_thread(void *user)
{
	struct cancellation *cancellation = user;
	struct canceller *canceller = cancellation->canceller;
	char error[256];

	(void)PQcancel(cancellation->cancel, error, sizeof(error));
	PQfreeCancel(cancellation->cancel);
	free(cancellation);

	pthread_mutex_lock(&canceller->lock);
	canceller->running--;
	pthread_cond_broadcast(&canceller->done);
	pthread_mutex_unlock(&canceller->lock);
	canceller_unref(canceller);

	return NULL;
}

void db_cancel(struct db *db)
{
	struct canceller *canceller = db->canceller;
	struct cancellation *cancellation = calloc(1, sizeof(*cancellation));
	pthread_t thread;

	if (!cancellation)
		return;

	pthread_mutex_lock(&canceller->lock);
	cancellation->canceller = canceller;
	cancellation->cancel =
		canceller->busy && !canceller->running ? PQgetCancel(canceller->busy) : NULL;
	if (cancellation->cancel &&
	    pthread_create(&thread, NULL, cancel_thread, cancellation) == 0) {
		pthread_detach(thread);
		canceller->running++;
		canceller->refs++;
		cancellation = NULL;
	}
	pthread_mutex_unlock(&canceller->lock);

	if (cancellation) {
		PQfreeCancel(cancellation->cancel);
		free(cancellation);
	}
}

static void set_busy(struct db *db, PGconn *pg)
{
	pthread_mutex_lock(&db->canceller->lock);
	db->canceller->busy = pg;
	pthread_mutex_unlock(&db->canceller->lock);
}

/* Waits for a cancellation on its way; false when it takes too long. */
static bool cancel_settled(struct db *db)
{
	struct canceller *canceller = db->canceller;
	int64_t until = clock_mono_us() + CANCEL_GRACE_US;
	struct timespec at = {until / 1000000, until % 1000000 * 1000};
	bool settled;

	pthread_mutex_lock(&canceller->lock);
	while (canceller->running &&
	       pthread_cond_timedwait(&canceller->done, &canceller->lock, &at) == 0)
		;
	settled = canceller->running == 0;
	pthread_mutex_unlock(&canceller->lock);

	return settled;
}

void conn_drop(struct db *db)
{
	set_busy(db, NULL);
	PQfinish(db->pg);
	db->pg = NULL;
	db->stale = false;
	db->timed_out = false;
}

enum status conn_lost(struct call *c, struct db *db)
{
	conn_drop(db);

	return call_retry(c, STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE", BACKOFF_MIN_US);
}

/* Waits for the socket; 0 at the deadline. */
static int wait_socket(const PGconn *pg, short events, int64_t deadline_us)
{
	struct pollfd fd = {.fd = PQsocket(pg), .events = events};

	for (;;) {
		int64_t left = deadline_us - clock_mono_us();
		int n;

		if (left <= 0)
			return 0;
		left = left / 1000 + 1;
		n = poll(&fd, 1, left > 3600000 ? 3600000 : (int)left);
		if (n > 0)
			return fd.revents & ~events ? POLLIN : fd.revents;
		if (n < 0 && errno != EINTR)
			return POLLIN; /* libpq will find out */
	}
}

static enum status connect_wait(struct call *c, PGconn *pg, int64_t deadline_us)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK) {
		short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		if (state == PGRES_POLLING_FAILED)
			return STATUS_UNAVAILABLE;
		if (!wait_socket(pg, events, deadline_us))
			return call_left_us(c) == 0 ? STATUS_DEADLINE_EXCEEDED : STATUS_UNAVAILABLE;
		state = PQconnectPoll(pg);
	}

	return STATUS_OK;
}

static PGconn *connect_start(const struct db *db, char *options, size_t size)
{
	const char *keys[] = {"dbname",
			      "application_name",
			      "client_encoding",
			      "keepalives_idle",
			      "tcp_user_timeout",
			      "options",
			      NULL};
	const char *values[] = {db->url, db->name, "UTF8", "30", "10000", options, NULL};

	/* Behind a pooler the session's settings are the role's. Plans are generic and may be made
	 * while a table is still empty, where reading it whole looks cheapest: without that choice
	 * the index is taken that will be needed soon. */
	if (db->prepare)
		snprintf(options, size,
			 "-c search_path=%s -c plan_cache_mode=force_generic_plan -c TimeZone=UTC "
			 "-c enable_seqscan=off -c jit=off -c statement_timeout=0",
			 db->schema);
	else
		keys[5] = NULL;

	return PQconnectStartParams(keys, values, 1);
}

static enum status connect_once(struct call *c, struct db *db)
{
	int64_t deadline = clock_mono_us() + db->connect_timeout_us;
	char options[256];
	enum status status;
	PGconn *pg;

	if (deadline > c->deadline_us)
		deadline = c->deadline_us;
	pg = connect_start(db, options, sizeof(options));
	if (!pg)
		log_die("no-memory", "what=connection");

	status =
		PQstatus(pg) == CONNECTION_BAD ? STATUS_UNAVAILABLE : connect_wait(c, pg, deadline);
	if (status == STATUS_OK && (PQsetnonblocking(pg, 1) != 0 || !PQenterPipelineMode(pg)))
		status = STATUS_UNAVAILABLE;
	if (status != STATUS_OK) {
		call_fact(c, "database", PQerrorMessage(pg));
		PQfinish(pg);
		return status;
	}

	db->pg = pg;
	db->generation++;
	db->reconnects += db->generation > 1;

	return STATUS_OK;
}

enum status conn_open(struct call *c, struct db *db)
{
	int64_t now = clock_mono_us();
	enum status status;

	if (c->deadline_us <= now)
		return call_fail(c, STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
				 "the deadline passed before the database was asked");
	if (db->pg && (db->stale || !cancel_settled(db)) && !db->in_transaction)
		conn_drop(db);
	if (db->pg && PQstatus(db->pg) == CONNECTION_OK)
		return STATUS_OK;

	/* What ran in a transaction is gone with its connection: nothing goes on until rollback. */
	if (db->in_transaction)
		return conn_lost(c, db);
	conn_drop(db);
	if (now < db->retry_time_us)
		return call_retry(c, STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE",
				  db->retry_time_us - now);

	status = connect_once(c, db);
	if (status == STATUS_OK) {
		db->backoff_us = 0;
		return STATUS_OK;
	}

	/* Who has little time says nothing of the database: the next call need not wait. */
	if (status == STATUS_DEADLINE_EXCEEDED)
		return call_fail(c, status, "DEADLINE_EXCEEDED", "the database did not answer");

	db->backoff_us = db->backoff_us ? db->backoff_us * 2 : BACKOFF_MIN_US;
	if (db->backoff_us > BACKOFF_MAX_US)
		db->backoff_us = BACKOFF_MAX_US;
	db->retry_time_us = clock_mono_us() + db->backoff_us;

	return call_retry(c, STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE", db->backoff_us);
}

bool conn_queue_text(struct db *db, const char *text)
{
	return PQsendQueryParams(db->pg, text, 0, NULL, NULL, NULL, NULL, 1) == 1;
}

/* The arrays that libpq wants; every parameter is binary. */
struct wire {
	const char *values[SQL_MAX_PARAMS];
	int sizes[SQL_MAX_PARAMS];
};

static const int formats[SQL_MAX_PARAMS] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

static void to_wire(size_t n, const struct value *values, struct wire *ret)
{
	assert(n <= SQL_MAX_PARAMS);
	for (size_t i = 0; i < n; i++) {
		ret->values[i] = values[i].bytes;
		ret->sizes[i] = values[i].size;
	}
}

bool conn_queue_params(struct db *db, const char *text, size_t n, const Oid *types,
		       const struct value *values)
{
	struct wire wire;

	to_wire(n, values, &wire);
	db->statements++;

	return PQsendQueryParams(db->pg, text, (int)n, types, wire.values, wire.sizes, formats,
				 1) == 1;
}

bool conn_queue_prepare(struct db *db, const char *name, const char *text)
{
	return PQsendPrepare(db->pg, name, text, 0, NULL) == 1;
}

bool conn_queue_describe(struct db *db, const char *name)
{
	return PQsendDescribePrepared(db->pg, name) == 1;
}

bool conn_queue_prepared(struct db *db, const char *name, size_t n, const struct value *values)
{
	struct wire wire;

	to_wire(n, values, &wire);
	db->statements++;

	return PQsendQueryPrepared(db->pg, name, (int)n, wire.values, wire.sizes, formats, 1) == 1;
}

bool conn_sync(struct db *db)
{
	set_busy(db, db->pg);
	db->timed_out = false;
	db->round_trips++;

	return PQpipelineSync(db->pg) == 1;
}

/* Waits until PQgetResult would not block. */
static enum status result_wait(struct call *c, struct db *db, int64_t deadline_us)
{
	for (;;) {
		int unsent = PQflush(db->pg);
		int64_t until = db->timed_out ? deadline_us + CANCEL_GRACE_US : deadline_us;
		int ready;

		if (unsent < 0)
			return conn_lost(c, db);
		if (!PQisBusy(db->pg))
			return STATUS_OK;

		ready = wait_socket(db->pg, unsent ? POLLIN | POLLOUT : POLLIN, until);
		if (ready == 0 && db->timed_out) {
			conn_drop(db);
			return call_fail(c, STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
					 "the database did not answer in time");
		}
		if (ready == 0) {
			db->timed_out = true;
			db_cancel(db);
		} else if (ready & POLLIN && !PQconsumeInput(db->pg)) {
			return conn_lost(c, db);
		}
	}
}

enum status conn_next(struct call *c, struct db *db, int64_t deadline_us, PGresult **ret_result)
{
	bool gap = false;

	for (;;) {
		PGresult *result;

		TRY(result_wait(c, db, deadline_us));

		result = PQgetResult(db->pg);
		if (!result && gap)
			return conn_lost(c, db);
		gap = !result;
		if (!result)
			continue; /* stands between the results of a pipeline */

		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			set_busy(db, NULL);
			*ret_result = NULL;
			return STATUS_OK;
		}
		if (PQstatus(db->pg) == CONNECTION_BAD) {
			PQclear(result);
			return conn_lost(c, db);
		}
		*ret_result = result;
		return STATUS_OK;
	}
}

void conn_drain(struct call *c, struct db *db, int64_t deadline_us)
{
	PGresult *result = NULL;

	do {
		PQclear(result);
		result = NULL;
	} while (db->pg && conn_next(c, db, deadline_us, &result) == STATUS_OK && result);
}

struct db *db_new(const struct db_options *options)
{
	struct db *db = calloc(1, sizeof(*db));
	size_t n = 0;

	if (!db)
		log_die("no-memory", "what=db");
	db->url = strdup(options->url);
	db->schema = strdup(options->schema);
	db->name = strdup(options->name);
	db->prepare = options->prepare;
	db->connect_timeout_us = options->connect_timeout_us;
	memcpy(db->page_secret, options->page_secret, sizeof(db->page_secret));
	db->canceller = canceller_new();

	for (const struct sql_table *const *table = options->tables; *table; table++)
		n += (*table)->n_statements;
	for (db->plan_slots = 16; db->plan_slots < 2 * n; db->plan_slots *= 2)
		;
	db->plans = calloc(db->plan_slots, sizeof(*db->plans));
	if (!db->url || !db->schema || !db->name || !db->plans)
		log_die("no-memory", "what=db");
	n = 0;
	for (const struct sql_table *const *table = options->tables; *table; table++)
		for (size_t i = 0; i < (*table)->n_statements; i++)
			plan_init(db, (*table)->statements[i], (unsigned)n++);

	return db;
}

void db_free(struct db *db)
{
	if (!db)
		return;

	conn_drop(db);
	canceller_unref(db->canceller);
	for (size_t i = 0; i < db->plan_slots; i++)
		plan_fini(&db->plans[i]);
	free(db->plans);
	free(db->group.results);
	free(db->url);
	free(db->schema);
	free(db->name);
	free(db);
}

void db_get_stats(const struct db *db, struct db_stats *ret_stats)
{
	*ret_stats = (struct db_stats){db->round_trips, db->statements, db->rows, db->reconnects};
}
