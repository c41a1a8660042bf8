/* Running statements: one call on its own, or as part of a group that is replayed. */
#include "db/sql.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "conn.h"

struct steps *steps_of(struct call *c)
{
	if (!c->steps) {
		c->steps = arena_alloc(c->arena, sizeof(*c->steps));
		c->steps->end = c->steps->cursor = &c->steps->first;
	}

	return c->steps;
}

bool db_call_wrote(const struct call *c)
{
	return c->steps && c->steps->wrote;
}

bool db_call_failed(const struct call *c)
{
	return c->steps && c->steps->failed;
}

void db_call_restart(struct call *c)
{
	c->steps = NULL;
	call_forgive(c);
}

static struct step *append(struct call *c, const struct sql *s)
{
	struct steps *steps = steps_of(c);
	struct step *step = arena_alloc(c->arena, sizeof(*step));

	step->sql = s;
	step->call = c;
	*steps->end = step;
	steps->end = &step->next;
	steps->cursor = &step->next;

	return step;
}

static enum status diverged(struct call *c, const char *name)
{
	return call_fail(c, STATUS_INTERNAL, "HANDLER_DIVERGED",
			 "run again, the handler did not ask for the same: %s", name);
}

/* Notes the statement, or gives the answer that an earlier flush has filed. */
static enum status replay(struct call *c, const struct sql *s, const ProtobufCMessage *in,
			  struct step **ret_step)
{
	struct steps *steps = steps_of(c);
	struct step *step = *steps->cursor;

	if (!step) {
		struct plan *plan;
		struct value *values;

		/* Bound now: what `in` points to may be on the handler's stack. */
		TRY(plan_get(c, c->db, s, &plan));
		TRY(bind_params(c, c->db, plan, in, &values));
		step = append(c, s);
		step->plan = plan;
		step->values = values;
		return STATUS_PENDING;
	}
	if (step->sql != s)
		return diverged(c, s->name);
	if (!step->filed)
		return STATUS_PENDING;
	steps->cursor = &step->next;
	*ret_step = step;

	return STATUS_OK;
}

static enum status alone(struct call *c, const struct sql *s, const ProtobufCMessage *in,
			 struct step *step)
{
	struct expect list[5];
	struct exchange x = {.c = c, .db = c->db, .list = list};

	TRY(plan_get(c, c->db, s, &step->plan));
	TRY(bind_params(c, c->db, step->plan, in, &step->values));
	TRY(exchange_start(&x));
	TRY(exchange_add(&x, step));
	if (c->db->commit_next)
		TRY(exchange_add_commit(&x));

	return exchange_run(&x);
}

/* "POST_NOT_FOUND" for content.Post. */
static enum status not_found(struct call *c, const ProtobufCMessageDescriptor *out)
{
	const char *name = out->short_name;
	char *reason = arena_alloc(c->arena, 2 * strlen(name) + sizeof("_NOT_FOUND"));
	char *to = reason, *words;

	for (const char *p = name; *p; p++) {
		if (p > name && isupper((unsigned char)*p))
			*to++ = '_';
		*to++ = (char)toupper((unsigned char)*p);
	}
	memcpy(to, "_NOT_FOUND", sizeof("_NOT_FOUND"));

	words = arena_string(c->arena, reason);
	for (char *p = words; *p; p++)
		*p = *p == '_' ? ' ' : (char)tolower((unsigned char)*p);

	return call_fail(c, STATUS_NOT_FOUND, reason, "%s", words);
}

static enum status run(struct call *c, const struct sql *s, const ProtobufCMessage *in,
		       ProtobufCMessage *ret, bool *ret_found)
{
	struct db *db = c->db;
	struct step single = {.sql = s, .call = c}, *step = &single;
	enum status status;
	bool found;

	assert(!s->in == !in);
	status = db->group.calls && !db->commit_next ? replay(c, s, in, &step)
						     : alone(c, s, in, &single);
	db->commit_next = false;
	found = status == STATUS_OK && step->n > 0;
	if (status == STATUS_OK && s->shape != SQL_NONE && (found || s->shape == SQL_MANY))
		status = row_fill(c, db, step->plan, in, step->result, step->first, step->n,
				  step->shift, ret);
	PQclear(single.result);
	if (status != STATUS_OK)
		return status;

	if (s->shape == SQL_ONE && !found && !ret_found)
		return not_found(c, s->out);
	if (ret_found)
		*ret_found = found;

	return STATUS_OK;
}

enum status sql_run(struct call *c, const struct sql *s, const ProtobufCMessage *in,
		    ProtobufCMessage *ret)
{
	return run(c, s, in, ret, NULL);
}

enum status sql_find(struct call *c, const struct sql *s, const ProtobufCMessage *in,
		     ProtobufCMessage *ret, bool *ret_found)
{
	bool found = false;

	TRY(run(c, s, in, ret, &found));
	*ret_found = found;

	return STATUS_OK;
}

bool sql_recall(struct call *c, ProtobufCMessage *ret, enum status *ret_status)
{
	struct steps *steps = steps_of(c);
	struct step *step = *steps->cursor;

	if (!c->db->group.calls || !step)
		return false;
	if (step->sql) {
		*ret_status = diverged(c, "an answer from elsewhere");
		return true;
	}

	steps->cursor = &step->next;
	if (step->status == STATUS_OK)
		memcpy(ret, step->answer, ret->descriptor->sizeof_message);
	else if (!c->fault.message)
		c->fault = step->fault;
	*ret_status = step->status;

	return true;
}

void sql_remember(struct call *c, const ProtobufCMessage *answer, enum status status)
{
	struct step *step;

	if (!c->db->group.calls)
		return;

	step = append(c, NULL);
	step->filed = true;
	step->status = status;
	step->fault = c->fault;
	if (status == STATUS_OK)
		step->answer = (ProtobufCMessage *)arena_copy(c->arena, answer,
							      answer->descriptor->sizeof_message);
}
