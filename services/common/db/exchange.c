/* One round trip: some statements, one sync, their answers. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "conn.h"

static struct expect *expect(struct exchange *x, int what)
{
	struct expect *e = &x->list[x->n++];

	*e = (struct expect){.what = what};

	return e;
}

enum status exchange_start(struct exchange *x)
{
	TRY(conn_open(x->c, x->db));
	if (!x->db->begin_pending)
		return STATUS_OK;

	expect(x, EXPECT_BEGIN);
	x->db->begin_pending = false;
	x->db->in_transaction = true;

	return conn_queue_text(x->db, "BEGIN") ? STATUS_OK : conn_lost(x->c, x->db);
}

enum status exchange_add(struct exchange *x, struct step *step)
{
	struct plan *plan = step->plan;
	struct value *values = step->values;
	bool many = step->same != NULL, prepares;
	struct expect *e;

	if (many) {
		size_t n = 0, n_params = plan->sql->n_params;
		struct value *column;

		for (const struct step *s = step; s; s = s->same)
			n++;
		values = arena_array(x->c->arena, n_params, sizeof(*values));
		column = arena_array(x->c->arena, n, sizeof(*column));
		for (size_t i = 0; i < n_params; i++) {
			n = 0;
			for (const struct step *s = step; s; s = s->same)
				column[n++] = s->values[i];
			values[i] = bind_array(x->c->arena, plan->params[i].type, column, n);
		}
	}

	if (!plan_queue(x->db, plan, many, values, &prepares))
		return conn_lost(x->c, x->db);
	if (prepares) {
		e = expect(x, EXPECT_PREPARE);
		e->plan = plan;
		e->many = many;
	}
	e = expect(x, EXPECT_ANSWER);
	e->plan = plan;
	e->many = many;
	e->step = step;
	for (struct step *s = step; s; s = s->same) {
		s->sent = true;
		if (plan->sql->writes)
			steps_of(s->call)->wrote = true;
	}

	return STATUS_OK;
}

enum status exchange_add_commit(struct exchange *x)
{
	expect(x, EXPECT_COMMIT);

	return conn_queue_text(x->db, "COMMIT") ? STATUS_OK : conn_lost(x->c, x->db);
}

static void file(struct exchange *x, const struct expect *e, PGresult *result)
{
	int n = PQntuples(result);

	e->step->result = result; /* the first of many owns it */
	x->db->rows += (uint64_t)n;
	if (!e->many) {
		e->step->n = n;
		e->step->filed = true;
		return;
	}

	/* The rows come in any order, each with the place of its call. */
	struct step **steps;
	int count = 0;

	for (struct step *s = e->step; s; s = s->same)
		count++;
	steps = arena_array(x->c->arena, (size_t)count, sizeof(struct step *));
	count = 0;
	for (struct step *s = e->step; s; s = s->same) {
		s->result = result;
		s->shift = 1;
		s->filed = true;
		steps[count++] = s;
	}
	for (int row = 0; row < n; row++) {
		int ordinal = (int)get_be32(PQgetvalue(result, row, 0));

		assert(ordinal >= 1 && ordinal <= count);
		if (steps[ordinal - 1]->n++ == 0)
			steps[ordinal - 1]->first = row;
	}
}

/* Takes one result over. */
static enum status take(struct exchange *x, const struct expect *e, PGresult *result)
{
	static const struct sql commit = {.name = "commit", .where = "commit"};
	ExecStatusType got = PQresultStatus(result);
	bool ok = got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK;
	enum status status = STATUS_OK;

	if (e->what == EXPECT_PREPARE && !ok)
		plan_prepared(x->db, e->plan, e->many, false);
	if (ok && e->what == EXPECT_ANSWER) {
		file(x, e, result);
		return STATUS_OK;
	}

	if (e->what == EXPECT_COMMIT && ok)
		x->db->in_transaction = false;
	if (e->what == EXPECT_COMMIT && ok && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		status = call_fail(x->c, STATUS_ABORTED, "CONCURRENT_CHANGE",
				   "the transaction was rolled back");
	if (!ok && got != PGRES_PIPELINE_ABORTED) {
		struct call *c = e->step && !e->many ? e->step->call : x->c;

		if (c->steps)
			c->steps->failed = e->step && !e->many;
		status = sqlstate_fail(c, x->db, e->plan ? e->plan->sql : &commit, result);
	}
	PQclear(result);

	return status;
}

enum status exchange_run(struct exchange *x)
{
	bool commits = x->n && x->list[x->n - 1].what == EXPECT_COMMIT;
	enum status status = STATUS_OK, got;
	PGresult *result = NULL;

	if (!conn_sync(x->db))
		return conn_lost(x->c, x->db);

	for (size_t i = 0; i <= x->n; i++) {
		result = NULL;
		got = conn_next(x->c, x->db, x->c->deadline_us, &result);
		if (got == STATUS_OK && (i == x->n) != !result) {
			PQclear(result);
			got = conn_lost(x->c, x->db);
		}
		if (got != STATUS_OK && commits && status == STATUS_OK) {
			call_forgive(x->c);
			return call_fail(x->c, STATUS_UNKNOWN, "COMMIT_LOST",
					 "the connection was lost while committing");
		}
		if (got != STATUS_OK)
			return status != STATUS_OK ? status : got;
		if (!result)
			break;
		got = take(x, &x->list[i], result);
		if (status == STATUS_OK)
			status = got;
		if (!x->db->pg)
			return status;
	}

	return status;
}
