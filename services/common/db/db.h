/* A worker's connection to PostgreSQL and the transactions on it. The only room that includes
 * libpq.
 *
 * One thread at a time per `struct db`, except db_cancel. Connects when first needed and again
 * after a loss, with back-off; a lost connection makes calls UNAVAILABLE, never hangs past their
 * deadline. */
#ifndef KITH_DB_DB_H
#define KITH_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"
#include "db/sql.h"

struct ProtobufCMessage;
struct call;
struct db;

struct db_options {
	const char *url;    /* libpq conninfo or URI, without search_path */
	const char *schema; /* becomes search_path */
	const char *name;   /* application_name: "kith-member/3" */
	bool prepare;       /* false behind a transaction-mode PgBouncer: statements go unnamed, and
			     * search_path is the role's own */
	int64_t connect_timeout_us;
	const uint8_t *page_secret; /* 32 bytes: signs page tokens */
	const struct sql_table *const
		*tables; /* the service's and the common ones (event), NULL-terminated */
};

struct db *db_new(const struct db_options *options);
void db_free(struct db *db); /* accepts NULL */

/* Whether the server answers now; reconnects if needed. */
enum status db_ping(struct call *c) MUST_USE;

/* Asks the server what the statement's parameters and columns are: INTERNAL, with place and reason
 * in the fault, where they do not fit its messages. */
enum status db_check(struct call *c, const struct sql *s) MUST_USE;

/* Asks the server to give up what `db` is running. From any thread; does nothing when it is idle.
 */
void db_cancel(struct db *db);

/* One call on its own: statements run at once. A call that writes is between begin and commit or
 * rollback. Reads need neither. Begin leaves with the first statement; db_commit's OK is the
 * promise that the write survives. A commit whose answer was lost returns UNKNOWN: ask the
 * idempotency row. After any other failure, roll back. */
enum status db_begin(struct call *c) MUST_USE;
enum status db_commit(struct call *c) MUST_USE;
/* The next statement of `c` is the last of the transaction: COMMIT leaves with it, and its result
 * is that of db_commit. In a group it runs at once and ends the group's transaction. */
void db_commit_next(struct call *c);
void db_rollback(struct db *db);

/* A batch of calls together. Between group_begin and group_end the sql_run of the calls given notes
 * its statement and returns PENDING; group_flush sends all that is noted (one batched form where
 * every call waits for the same batchable statement, else a pipeline with one sync) and files the
 * answers, so that running the handlers again goes on. group_flush fails as a whole when the
 * connection or the transaction did: then run the calls one by one. */
void db_group_begin(struct db *db, struct call *const *calls, size_t n);
enum status db_group_flush(struct db *db) MUST_USE;
void db_group_end(struct db *db);

/* Whether the call has run a statement that writes: such a call must not be refused inside a shared
 * transaction. */
bool db_call_wrote(const struct call *c);

/* Whether the call's own statement made db_group_flush fail: the others may try again without it.
 */
bool db_call_failed(const struct call *c);

/* Forgets the answers filed for the call, so that its handler starts afresh. */
void db_call_restart(struct call *c);

/* How many round trips, statements and rows there have been; for metrics and tests. Any thread. */
struct db_stats {
	uint64_t round_trips, statements, rows, reconnects;
};
void db_get_stats(const struct db *db, struct db_stats *ret_stats);

#endif
