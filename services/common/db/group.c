/* Transactions, and the calls of a batch run together. */
#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "conn.h"

enum status db_begin(struct call *c)
{
	assert(!c->db->in_transaction);
	c->db->begin_pending = true;

	return STATUS_OK;
}

enum status db_commit(struct call *c)
{
	struct expect list[2];
	struct exchange x = {.c = c, .db = c->db, .list = list};

	if (!c->db->in_transaction) {
		c->db->begin_pending = false; /* nothing was done */
		return STATUS_OK;
	}
	TRY(exchange_start(&x));
	TRY(exchange_add_commit(&x));

	return exchange_run(&x);
}

void db_commit_next(struct call *c)
{
	c->db->commit_next = true;
}

void db_rollback(struct db *db)
{
	static struct caller nobody;
	struct arena arena = {0};
	struct call c = {.arena = &arena, .db = db, .caller = &nobody};

	db->begin_pending = false;
	db->commit_next = false;
	if (!db->in_transaction)
		return;

	c.deadline_us = clock_mono_us() + db->connect_timeout_us;
	if (db->pg && PQstatus(db->pg) == CONNECTION_OK && conn_queue_text(db, "ROLLBACK") &&
	    conn_sync(db))
		conn_drain(&c, db, c.deadline_us);
	/* A cancellation that comes late may have hit the ROLLBACK itself. */
	if (db->pg && PQtransactionStatus(db->pg) != PQTRANS_IDLE)
		conn_drop(db);
	db->in_transaction = false;
	arena_fini(&arena);
}

void db_group_begin(struct db *db, struct call *const *calls, size_t n)
{
	assert(!db->group.calls && n > 0);
	db->group.calls = calls;
	db->group.n_calls = n;
}

static void keep(struct group *group, PGresult *result)
{
	if (group->n_results == group->results_capacity) {
		group->results_capacity =
			group->results_capacity ? group->results_capacity * 2 : 64;
		group->results =
			realloc(group->results, group->results_capacity * sizeof(PGresult *));
		if (!group->results)
			log_die("no-memory", "what=group");
	}
	group->results[group->n_results++] = result;
}

/* What the calls wait for, in their order. */
static size_t waiting_steps(const struct group *group, struct arena *arena, struct step ***ret)
{
	struct step **steps;
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			steps = arena_array(arena, n + 1, sizeof(struct step *));
		n = 0;
		for (size_t i = 0; i < group->n_calls; i++) {
			if (!group->calls[i]->steps)
				continue;
			for (struct step *s = group->calls[i]->steps->first; s; s = s->next) {
				if (s->filed)
					continue;
				if (pass == 1)
					steps[n] = s;
				n++;
			}
		}
	}
	*ret = steps;

	return n;
}

/* Queues step i, and with it in one statement all that wait for the same batchable one. */
static enum status add(struct exchange *x, struct step **steps, size_t i, size_t n)
{
	struct step *step = steps[i], **end = &step->same;

	if (step->sent)
		return STATUS_OK;
	for (size_t k = i + 1; step->plan->many_text && k < n; k++) {
		if (steps[k]->sql != step->sql || steps[k]->sent)
			continue;
		*end = steps[k];
		end = &steps[k]->same;
	}

	return exchange_add(x, step);
}

enum status db_group_flush(struct db *db)
{
	struct group *group = &db->group;
	struct call carrier = *group->calls[0]; /* its memory, but the latest deadline of all */
	struct exchange x = {.c = &carrier, .db = db};
	struct step **steps;
	enum status status;
	size_t n = waiting_steps(group, carrier.arena, &steps);

	carrier.steps = NULL;
	carrier.fault = (struct fault){0};
	for (size_t i = 0; i < group->n_calls; i++) {
		if (group->calls[i]->steps)
			group->calls[i]->steps->cursor = &group->calls[i]->steps->first;
		if (group->calls[i]->deadline_us > carrier.deadline_us)
			carrier.deadline_us = group->calls[i]->deadline_us;
	}
	if (n == 0)
		return STATUS_OK;

	x.list = arena_array(carrier.arena, 2 * n + 2, sizeof(*x.list));
	status = exchange_start(&x);
	for (size_t i = 0; i < n && status == STATUS_OK; i++)
		status = add(&x, steps, i, n);
	if (status == STATUS_OK)
		status = exchange_run(&x);

	for (size_t i = 0; i < x.n; i++)
		if (x.list[i].what == EXPECT_ANSWER && x.list[i].step->result)
			keep(group, x.list[i].step->result);

	return status;
}

void db_group_end(struct db *db)
{
	struct group *group = &db->group;

	for (size_t i = 0; i < group->n_results; i++)
		PQclear(group->results[i]);
	group->n_results = 0;
	group->calls = NULL;
	group->n_calls = 0;
}

enum status db_ping(struct call *c)
{
	struct db *db = c->db;
	PGresult *result = NULL;
	enum status status;

	TRY(conn_open(c, db));
	if (!conn_queue_text(db, "SELECT 1") || !conn_sync(db))
		return conn_lost(c, db);
	TRY(conn_next(c, db, c->deadline_us, &result));
	status = PQresultStatus(result) == PGRES_TUPLES_OK ? STATUS_OK : STATUS_UNAVAILABLE;
	PQclear(result);
	conn_drain(c, db, c->deadline_us);

	return status;
}
