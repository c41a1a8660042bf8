/* A statement is a function from message to message. The generator makes a `struct sql` and a typed
 * function of every statement in a service's sql folder; those functions call sql_run.
 *
 * A handler may be run several times for one call. In a batch, sql_run notes the statement and
 * returns STATUS_PENDING; the dispatcher executes what all calls of the batch wait for in one round
 * trip and runs each handler again from its start, where the statements already made give the
 * answers they gave. So a handler is straight code, yet a batch costs as many round trips as one
 * call. It follows that a handler changes nothing but through statements and its reply. */
#ifndef KITH_DB_SQL_H
#define KITH_DB_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct call;

/* Where a parameter's value comes from. */
enum sql_source {
	SQL_FIELD,  /* `:community.name`: a field of the request, through singular messages; NULL
		     * where one is absent.  Through a repeated message (`:events.person_id`): the
		     * array of that field over the items.  A repeated scalar: an array. */
	SQL_MASK,   /* `:mask.name`: boolean, whether update_mask covers that field of the masked
		     * resource. Without a mask:   whether the field is set in it. */
	SQL_AFTER,  /* `:after.create_time`: that column of the last row of the page before, NULL on
		       the first page */
	SQL_LIMIT,  /* `:limit`: page_size within its bounds; in a paged list plus one row that
		       tells whether there is more */
	SQL_CALLER, /* `:caller_id`: the acting person's id, NULL when none acts */
	SQL_CALLER_KEY, /* `:caller_key`: the key's or service's id */
	SQL_NOW,        /* `:now`: the call's wall clock */
	SQL_NEW_ID,     /* `:new_id`: the id this call's row gets */
	SQL_REQUEST_ID, /* `:request_id` */
};

struct sql_param {
	enum sql_source source;
	const char *path; /* as written, without the source's prefix: "community.name" */
};

/* What a column set is. */
enum sql_shape {
	SQL_NONE, /* no `out`: only success or failure counts */
	SQL_ONE, /* one row fills the message; no row is NOT_FOUND with reason "<MESSAGE>_NOT_FOUND"
		    and leaves it untouched */
	SQL_MANY, /* rows fill the repeated field `rows` of the message; no row is an empty list */
};

struct sql {
	const char *name;      /* "content.post_publish": also the prepared statement's name */
	const char *where;     /* "services/content/sql/post.sql:12" */
	const char *text;      /* with $1 … $n */
	const char *many_text; /* batchable reads: the inner text with `q.p1 … q.pn` for $1 … $n,
				* for use in `FROM unnest(…) WITH ORDINALITY AS q(p1, …, ordinal),
				* LATERAL (…)`; else NULL */
	const struct sql_param *params;
	size_t n_params;
	const struct ProtobufCMessageDescriptor *in;  /* NULL: takes none */
	const struct ProtobufCMessageDescriptor *out; /* NULL: SQL_NONE */
	enum sql_shape shape;
	const char *rows;        /* SQL_MANY: the repeated field */
	const char *const *page; /* SQL_MANY with keyset pages: the columns of the key in order,
				  * NULL-terminated; the message then has next_page_token and the
				  * request page_size and page_token */
	bool writes;             /* contains INSERT, UPDATE, DELETE, MERGE or FOR UPDATE */
	unsigned index; /* position in its service's table: prepared state is an array by it */
};

/* All statements of one service, generated: member_sql in member.sql.h. */
struct sql_table {
	const char *service;
	const struct sql *const *statements;
	size_t n_statements;
};

/* Runs one statement for a call. `in` is of s->in, `ret` of s->out and initialised; `ret` is filled
 * from the call's arena, and untouched on failure. Columns fill the fields of their names (`AS
 * "stats.likes"` reaches into a submessage); a column without a field, or of a type that does not
 * fit it, is a bug that the contract test finds.
 *
 * Types: uuid, text, varchar, date (YYYY-MM-DD), enum names without their common prefix in text
 * columns ↔ string, enum; boolean ↔ bool; smallint, integer, bigint ↔ any integer or enum; real,
 * double ↔ float, double; bytea ↔ bytes; timestamptz ↔ google.protobuf.Timestamp; arrays of these ↔
 * repeated fields. NULL ↔ absent or default. json, jsonb ↔ string; numeric → any
 * number. As parameter an empty string is NULL for uuid, date and jsonb, and '' for text; an
 * enum's zero is NULL for text.
 *
 * Errors: SQLSTATE decides. A violated constraint's name is the reason: unique
 * "community_slug_taken" → ALREADY_EXISTS COMMUNITY_SLUG_TAKEN; check, foreign key, exclusion →
 * FAILED_PRECONDITION. 40001 and 40P01 → ABORTED, which the dispatcher retries; 57014 →
 * DEADLINE_EXCEEDED or CANCELLED; connection loss and 53xxx → UNAVAILABLE; the rest INTERNAL. */
enum status sql_run(struct call *c, const struct sql *s, const struct ProtobufCMessage *in,
		    struct ProtobufCMessage *ret) MUST_USE;

/* Like `sql_run`, and a missing row is STATUS_OK with *ret_found = false: for statements whose
 * answer may be "none". */
enum status sql_find(struct call *c, const struct sql *s, const struct ProtobufCMessage *in,
		     struct ProtobufCMessage *ret, bool *ret_found) MUST_USE;

/* Pages of a list whose rows the handler finds by itself, ascending by a number: `in` has page_size
 * and page_token, `list` names it in the token's signature. The number after which the page begins,
 * 0 on the first one, and how many rows it has at most; INVALID_ARGUMENT BAD_PAGE_TOKEN. */
enum status sql_page_begin(struct call *c, const char *list, const struct ProtobufCMessage *in,
			   int64_t *ret_after, size_t *ret_limit) MUST_USE;
/* The next_page_token of a page that ends with the number. */
const char *sql_page_token(struct call *c, const char *list, const struct ProtobufCMessage *in,
			   int64_t last) MUST_USE;

/* The same where a page begins at a place that `n` words tell, SQL_MAX_KEYS at most: untouched on
 * the first page. */
enum status sql_place_read(struct call *c, const char *list, const struct ProtobufCMessage *in,
			   const char **ret_words, unsigned n, size_t *ret_limit) MUST_USE;
const char *sql_place_token(struct call *c, const char *list, const struct ProtobufCMessage *in,
			    const char *const *words, unsigned n);

/* One list made of many: all statements of the table whose `out` is a repeated field of `ret`,
 * which all take `in`, one after the other in the table's order. A page has rows of as many of them
 * as fit into page_size, and into a message. */
enum status sql_walk(struct call *c, const struct sql_table *table,
		     const struct ProtobufCMessage *in, struct ProtobufCMessage *ret) MUST_USE;

/* An answer that comes from elsewhere, such as another service, is fetched once even when the
 * handler is run again: recall first; when there is nothing (false), fetch and remember. */
bool sql_recall(struct call *c, struct ProtobufCMessage *ret, enum status *ret_status) MUST_USE;
void sql_remember(struct call *c, const struct ProtobufCMessage *answer, enum status status);

#endif
