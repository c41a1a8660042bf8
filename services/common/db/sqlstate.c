/* What PostgreSQL's refusals mean to a caller: the one table from SQLSTATE to status, and from a
 * constraint's name to a reason. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "conn.h"

#define RETRY_US 200000

struct meaning {
	const char *prefix; /* of the SQLSTATE: the first that fits counts */
	enum status status;
	const char *reason; /* NULL: the constraint's name */
};

static const struct meaning meanings[] = {
	{"23505", STATUS_ALREADY_EXISTS, NULL},
	{"23514", STATUS_FAILED_PRECONDITION, NULL},
	{"23503", STATUS_FAILED_PRECONDITION, NULL},
	{"23P01", STATUS_FAILED_PRECONDITION, NULL},
	{"23001", STATUS_FAILED_PRECONDITION, NULL},
	{"23502", STATUS_INVALID_ARGUMENT, "FIELD_REQUIRED"},
	{"21000", STATUS_INVALID_ARGUMENT, "DUPLICATE_ITEM"},
	{"22", STATUS_INVALID_ARGUMENT, "INVALID_VALUE"},
	{"40003", STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE"},
	{"40", STATUS_ABORTED, "CONCURRENT_CHANGE"},
	{"55P03", STATUS_ABORTED, "CONCURRENT_CHANGE"},
	/* The schema changed under a prepared statement, or a pooler lost it. */
	{"0A000", STATUS_ABORTED, "STATEMENT_STALE"},
	{"26000", STATUS_ABORTED, "STATEMENT_STALE"},
	{"57014", STATUS_CANCELLED, "CANCELLED"},
	{"57P", STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE"},
	{"53", STATUS_UNAVAILABLE, "DATABASE_BUSY"},
	{"08", STATUS_UNAVAILABLE, "DATABASE_UNAVAILABLE"},
	{"25006", STATUS_UNAVAILABLE, "DATABASE_READ_ONLY"},
	{"", STATUS_INTERNAL, "STATEMENT_FAILED"},
};

/* "community_slug_taken" is the reason COMMUNITY_SLUG_TAKEN; PostgreSQL's own "post_pkey" is
 * POST_EXISTS. */
static const char *constraint_reason(struct call *c, const char *constraint)
{
	char *reason;

	if (text_ends(constraint, "_pkey"))
		reason = arena_printf(c->arena, "%.*s_EXISTS", (int)strlen(constraint) - 5,
				      constraint);
	else
		reason = arena_string(c->arena, constraint);
	for (char *p = reason; *p; p++)
		*p = (char)toupper((unsigned char)*p);

	return reason;
}

static const char *constraint_message(struct call *c, const char *reason)
{
	char *message = arena_string(c->arena, reason);

	for (char *p = message; *p; p++)
		*p = *p == '_' ? ' ' : (char)tolower((unsigned char)*p);

	return message;
}

enum status sqlstate_fail(struct call *c, struct db *db, const struct sql *s,
			  const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const struct meaning *meaning = meanings;
	const char *reason;

	/* libpq's own errors have no state: the connection is in doubt. */
	if (!state)
		return conn_lost(c, db);

	while (strncmp(state, meaning->prefix, strlen(meaning->prefix)) != 0)
		meaning++;
	if (meaning->status == STATUS_CANCELLED && (db->timed_out || call_left_us(c) == 0))
		return call_fail(c, STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
				 "the statement was stopped at the deadline");
	if (meaning->status == STATUS_UNAVAILABLE)
		return call_retry(c, STATUS_UNAVAILABLE, meaning->reason, RETRY_US);
	if (meaning->reason && strcmp(meaning->reason, "STATEMENT_STALE") == 0)
		db->stale = true;
	if (meaning->reason)
		return call_fail(c, meaning->status, meaning->reason, "%s%s%s",
				 meaning->status == STATUS_INTERNAL ? s->where : "",
				 meaning->status == STATUS_INTERNAL ? ": " : "",
				 message ? message : state);

	reason = constraint_reason(c, constraint ? constraint : "constraint_violated");

	return call_fail(c, meaning->status, reason, "%s", constraint_message(c, reason));
}
