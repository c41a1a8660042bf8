/* Private to this room: the connection underneath, and what is known of each statement on it.
 *
 * The connection is in libpq's pipeline mode for its whole life: an exchange is some queued
 * statements, one sync, and their results up to the sync. Between exchanges it is idle. */
#ifndef KITH_DB_CONN_H
#define KITH_DB_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "db/db.h"
#include "db/plan.h"

struct canceller;

/* One statement of a call: noted, sent, answered. */
struct step {
	const struct sql *sql; /* NULL: an answer from elsewhere */
	struct plan *plan;
	struct value *values;
	struct step *same; /* further calls in the same batched form */
	bool sent;
	bool filed;       /* the answer is here */
	PGresult *result; /* rows [first, first + n) of it, columns shifted */
	int first, n, shift;
	ProtobufCMessage *answer; /* from elsewhere, with its status and fault */
	enum status status;
	struct fault fault;
	struct call *call;
	struct step *next;
};

/* All statements of a call, in order. A handler that is run again meets them again. */
struct steps {
	struct step *first, **end;
	struct step **cursor; /* where the handler is in this run */
	bool wrote;           /* has sent a statement that writes */
	bool failed;          /* its statement spoilt the group */
};

struct steps *steps_of(struct call *c);

/* What an exchange's results are, in order. */
struct expect {
	enum { EXPECT_BEGIN, EXPECT_PREPARE, EXPECT_ANSWER, EXPECT_COMMIT } what;
	bool many;
	struct plan *plan;
	struct step *step;
};

/* One round trip being put together. */
struct exchange {
	struct call *c; /* whose deadline counts */
	struct db *db;
	struct expect *list; /* room for 2 a step and 2 more */
	size_t n;
};

/* Opens the connection and queues a BEGIN that is due. */
enum status exchange_start(struct exchange *x) MUST_USE;
/* Queues a statement, or the batched form of all that hang on the step's `same`. */
enum status exchange_add(struct exchange *x, struct step *step) MUST_USE;
enum status exchange_add_commit(struct exchange *x) MUST_USE;
/* Sends, and files the answers into the steps; the caller owns their results. On failure the first
 * reason is in the fault of the call that met it, and what was filed is still the caller's. After a
 * lost COMMIT: UNKNOWN. */
enum status exchange_run(struct exchange *x) MUST_USE;

struct group {
	struct call *const *calls; /* NULL: no group is open */
	size_t n_calls;
	PGresult **results; /* the filed answers point into these until group_end */
	size_t n_results, results_capacity;
};

struct db {
	char *url, *schema, *name;
	bool prepare;
	int64_t connect_timeout_us;
	uint8_t page_secret[32];

	PGconn *pg;            /* NULL when not connected */
	unsigned generation;   /* counts connections: what an older one prepared is gone */
	bool stale;            /* statements no longer fit the schema: reconnect before the next */
	int64_t retry_time_us; /* monotonic; no connect before */
	int64_t backoff_us;
	bool begin_pending;  /* BEGIN leaves with the next statement */
	bool in_transaction; /* BEGIN has been sent */
	bool commit_next;    /* COMMIT leaves with the next statement */
	bool timed_out;      /* this exchange was asked to stop because of its deadline */
	struct canceller *canceller;

	struct plan *plans; /* open addressing by the statement's address */
	size_t plan_slots;  /* power of two */
	struct group group;
	_Atomic uint64_t round_trips, statements, rows, reconnects; /* read from any thread */
};

/* Connects unless it is. UNAVAILABLE with the back-off, or DEADLINE_EXCEEDED. */
enum status conn_open(struct call *c, struct db *db) MUST_USE;

/* Queues for the next sync; each gives one result, in order. False when the connection is lost. */
bool conn_queue_text(struct db *db, const char *text) MUST_USE;
bool conn_queue_params(struct db *db, const char *text, size_t n, const Oid *types,
		       const struct value *values) MUST_USE;
bool conn_queue_prepare(struct db *db, const char *name, const char *text) MUST_USE;
bool conn_queue_describe(struct db *db, const char *name) MUST_USE;
bool conn_queue_prepared(struct db *db, const char *name, size_t n,
			 const struct value *values) MUST_USE;

/* Ends what is queued: one round trip. */
bool conn_sync(struct db *db) MUST_USE;

/* The next result of the exchange, caller-owned; NULL after the last. At the deadline the server is
 * asked to stop; when it does not, the connection is given up. */
enum status conn_next(struct call *c, struct db *db, int64_t deadline_us,
		      PGresult **ret_result) MUST_USE;

/* Reads up to the sync and throws away. */
void conn_drain(struct call *c, struct db *db, int64_t deadline_us);

/* Gives the connection up. */
void conn_drop(struct db *db);

/* UNAVAILABLE because the connection was lost, in the call's fault. */
enum status conn_lost(struct call *c, struct db *db);

/* What a failed result means, said in the call's fault. */
enum status sqlstate_fail(struct call *c, struct db *db, const struct sql *s,
			  const PGresult *result);

#endif
