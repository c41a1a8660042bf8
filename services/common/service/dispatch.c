/* Serving the calls of a batch: access, handler, transaction, stored reply; one log line and one
 * metric each.
 *
 * Reads of a batch run as a group (db/db.h). Writes do so too, in one transaction: optimistically,
 * without asking first whether they were done before. Whatever does not go well there (a refusal, a
 * violated constraint, a reply that is stored already, a lost commit) is found out by running the
 * calls concerned one by one, where the claim of the request's name comes first. */
#include "dispatch.h"

#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/metrics.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "db/db.h"
#include "event.sql.h"
#include "idempotency.h"
#include "job.h"
#include "rpc/access.h"
#include "rpc/wire.h"

#define MAX_ROUNDS     64 /* round trips of one handler */
#define GROUP_ATTEMPTS 3
#define ALONE_ATTEMPTS 8
#define PAUSE_US       2000
#define CHAINED_ENOUGH 3  /* batches, after which the method's calls run one by one */
#define CHAINED_RETRY  64 /* batches, after which it is tried again */

/* A method's calls on one worker. */
struct batch {
	struct dispatcher *d;
	const struct handler *handler;
	struct method_record *record;
	struct db *db;
	struct server_call **calls;
	size_t n;
};

/* From its start, be it for the first time or again. */
static enum status run_handler(struct batch *b, struct server_call *call)
{
	struct call *c = &call->call;

	protobuf_c_message_init(c->method->reply, call->reply);
	call_forgive(c);
	TRY(access_check(c, call->request, b->d->service->rank));

	return b->handler->run(c, call->request, call->reply);
}

static void encode(struct server_call *call)
{
	size_t size = protobuf_c_message_get_packed_size(call->reply);
	uint8_t *bytes = arena_alloc(call->call.arena, size + 1);

	protobuf_c_message_pack(call->reply, bytes);
	call->encoded = bytes;
	call->encoded_size = size;
}

/* Lets the calls go on as far as they get with what was answered. */
static size_t advance(struct batch *b)
{
	size_t n_pending = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->calls[i]->status != STATUS_PENDING)
			continue;
		b->calls[i]->status = run_handler(b, b->calls[i]);
		n_pending += b->calls[i]->status == STATUS_PENDING;
	}

	return n_pending;
}

static void group_begin(struct batch *b, struct call ***ret_calls)
{
	struct call **calls = arena_array(b->calls[0]->call.arena, b->n, sizeof(struct call *));

	for (size_t i = 0; i < b->n; i++) {
		db_call_restart(&b->calls[i]->call);
		calls[i] = &b->calls[i]->call;
	}
	*ret_calls = calls;
	db_group_begin(b->db, calls, b->n);
}

/* -- reads */

/* A connection that broke while idle is found out by the first call on it; that one may try again.
 */
static void read_alone(struct batch *b, struct server_call *call)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		db_call_restart(&call->call);
		call->status = run_handler(b, call);
		if (call->status != STATUS_UNAVAILABLE)
			return;
	}
}

static void read_group(struct batch *b)
{
	enum status status = STATUS_OK;
	struct call **calls;

	group_begin(b, &calls);
	for (int round = 0; round < MAX_ROUNDS && status == STATUS_OK && advance(b); round++)
		status = db_group_flush(b->db);
	db_group_end(b->db);
}

static void serve_reads(struct batch *b)
{
	if (b->n > 1)
		read_group(b);
	for (size_t i = 0; i < b->n; i++)
		if (b->calls[i]->status == STATUS_PENDING ||
		    b->calls[i]->status == STATUS_UNAVAILABLE)
			read_alone(b, b->calls[i]);
}

/* -- writes, one by one */

static bool lost_to_others(const struct call *c, enum status status)
{
	return status == STATUS_ABORTED && (text_equal(c->fault.reason, "CONCURRENT_CHANGE") ||
					    text_equal(c->fault.reason, "STATEMENT_STALE"));
}

static bool worth_another(const struct server_call *call, enum status status)
{
	if (lost_to_others(&call->call, status))
		return true;

	/* Whether a lost commit happened, the stored reply will tell. A transaction that lost its
	 * connection before did not happen. */
	return (status == STATUS_UNKNOWN && idempotency_wanted(call)) ||
	       status == STATUS_UNAVAILABLE;
}

static enum status commit(struct batch *b, struct server_call *call)
{
	struct call *c = &call->call;
	Event__StoredReply row;

	if (!idempotency_wanted(call))
		return db_commit(c);

	idempotency_row(b->d->request_key, call, &row);
	db_commit_next(c);

	return sql_reply_fill(c, &row);
}

static enum status write_once(struct batch *b, struct server_call *call)
{
	bool done = false;

	db_call_restart(&call->call);
	call->encoded = NULL;
	call->call.wake = 0;
	TRY(db_begin(&call->call));
	if (idempotency_wanted(call))
		TRY(idempotency_claim(b->d->request_key, call, &done));
	if (done) {
		db_rollback(b->db);
		return STATUS_OK;
	}
	TRY(run_handler(b, call));
	encode(call);

	return commit(b, call);
}

static void pause_before(int attempt)
{
	unsigned random;
	struct timespec time = {0};

	id_random(&random, sizeof(random));
	time.tv_nsec = (long)(random % ((unsigned)attempt * PAUSE_US) + PAUSE_US / 2) * 1000;
	nanosleep(&time, NULL);
}

static void write_alone(struct batch *b, struct server_call *call)
{
	for (int attempt = 1;; attempt++) {
		call->status = write_once(b, call);
		if (call->status == STATUS_OK)
			break;
		call->encoded = NULL;
		db_rollback(b->db);
		if (!worth_another(call, call->status) || attempt == ALONE_ATTEMPTS ||
		    call_left_us(&call->call) == 0)
			return;
		pause_before(attempt);
	}

	jobs_wake(b->d->jobs, b->d->wake | call->call.wake);
}

/* -- writes, together */

/* All replies in one statement, the commit on its heels. */
static enum status commit_group(struct batch *b, struct call *c)
{
	Event__StoreRepliesRequest request = EVENT__STORE_REPLIES_REQUEST__INIT;

	request.replies = arena_array(c->arena, b->n, sizeof(*request.replies));
	for (size_t i = 0; i < b->n; i++) {
		Event__StoredReply *row;

		if (b->calls[i]->status != STATUS_OK)
			continue;
		encode(b->calls[i]);
		if (!idempotency_wanted(b->calls[i]))
			continue;
		row = arena_alloc(c->arena, sizeof(*row));
		idempotency_row(b->d->request_key, b->calls[i], row);
		request.replies[request.n_replies++] = row;
	}
	if (request.n_replies == 0)
		return db_commit(c);
	db_commit_next(c);

	return sql_reply_store(c, &request);
}

/* Runs the calls in one transaction. True when it committed: then the calls that are OK are done,
 * the others still to be run alone. False: nothing was done; those that stood in the way are marked
 * in `spoilt`. */
static bool write_group(struct batch *b, bool *spoilt, bool *ret_chained)
{
	struct call carrier = b->calls[0]->call, **calls;
	enum status status = STATUS_OK;
	bool clean = true;
	unsigned wake = b->d->wake;

	for (size_t i = 0; i < b->n; i++)
		b->calls[i]->status = STATUS_PENDING;
	group_begin(b, &calls);
	status = db_begin(&carrier);
	for (int round = 0; round < MAX_ROUNDS && status == STATUS_OK && clean; round++) {
		size_t n_pending = advance(b);

		for (size_t i = 0; i < b->n; i++) {
			struct server_call *call = b->calls[i];

			spoilt[i] = call->status != STATUS_OK && db_call_wrote(&call->call) &&
				    (b->n > 1 || call->status != STATUS_PENDING);
			*ret_chained |= spoilt[i] && call->status == STATUS_PENDING;
			clean = clean && !spoilt[i];
		}
		if (!clean || n_pending == 0)
			break;
		status = db_group_flush(b->db);
		for (size_t i = 0; status != STATUS_OK && i < b->n; i++)
			spoilt[i] = db_call_failed(&b->calls[i]->call);
	}
	for (size_t i = 0; i < b->n; i++)
		clean = clean && b->calls[i]->status != STATUS_PENDING;
	if (status == STATUS_OK && clean) {
		carrier.steps = NULL;
		carrier.fault = (struct fault){0};
		status = commit_group(b, &carrier);
	}
	db_group_end(b->db);
	if (status != STATUS_OK || !clean) {
		db_rollback(b->db);
		return false;
	}

	for (size_t i = 0; i < b->n; i++)
		wake |= b->calls[i]->status == STATUS_OK ? b->calls[i]->call.wake : 0;
	jobs_wake(b->d->jobs, wake);

	return true;
}

static bool may_group(struct batch *b)
{
	unsigned chained = b->record->chained;

	if (chained < CHAINED_ENOUGH || b->n == 1)
		return true;
	b->record->chained = chained < CHAINED_RETRY ? chained + 1 : 0;

	return false;
}

/* Takes the marked calls out of `b`; false when none is marked, so that nobody knows whom to blame.
 */
static bool set_aside(struct batch *b, const bool *spoilt)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (spoilt[i])
			b->calls[i]->status = STATUS_PENDING;
		else
			b->calls[n++] = b->calls[i];
	if (n == b->n)
		return false;
	b->n = n;

	return true;
}

static void serve_writes(struct batch *b)
{
	struct batch group = *b;
	struct arena *arena = b->calls[0]->call.arena;
	bool *spoilt = arena_array(arena, b->n, sizeof(bool)), committed = false, chained = false;

	group.calls = arena_array(arena, b->n, sizeof(struct server_call *));
	memcpy(group.calls, b->calls, b->n * sizeof(struct server_call *));
	if (!may_group(b))
		group.n = 0;
	for (int attempt = 0; attempt < GROUP_ATTEMPTS && group.n && !committed; attempt++) {
		memset(spoilt, 0, b->n * sizeof(bool));
		committed = write_group(&group, spoilt, &chained);
		if (!committed && !set_aside(&group, spoilt))
			break;
	}
	if (chained)
		b->record->chained++;
	else if (committed && b->n > 1)
		b->record->chained = 0;

	/* A refusal counts only when it is not the echo of the request's own first delivery. */
	for (size_t i = 0; committed && i < group.n; i++)
		if (group.calls[i]->status != STATUS_OK &&
		    (idempotency_wanted(group.calls[i]) ||
		     worth_another(group.calls[i], group.calls[i]->status)))
			group.calls[i]->status = STATUS_PENDING;
	for (size_t i = 0; !committed && i < group.n; i++)
		group.calls[i]->status = STATUS_PENDING;
	for (size_t i = 0; i < b->n; i++)
		if (b->calls[i]->status == STATUS_PENDING)
			write_alone(b, b->calls[i]);
}

/* -- both */

static const char *string_in(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *f)
{
	return *(const char *const *)(const void *)((const char *)message + f->offset);
}

/* A field request_id of the request goes before the envelope's. */
static void prepare(struct batch *b, struct server_call *call)
{
	struct call *c = &call->call;
	const ProtobufCFieldDescriptor *f = c->method->request_id;
	const char *id = "";

	c->db = b->db;
	c->peers = b->d->peers;
	c->jobs = b->d->jobs;
	c->service = b->d->state;
	c->steps = NULL;
	c->wake = 0;
	if (f)
		id = string_in(call->request, f);
	if (*id)
		c->request_id = id;
	if (!c->request_id || c->method->read_only)
		c->request_id = "";
	if (strlen(c->request_id) > REQUEST_ID_MAX)
		call->status =
			call_violation(c, "request_id", "is longer than %d bytes", REQUEST_ID_MAX);
}

/* Two transactions that take the same rows in the same order do not deadlock. The rows a request
 * is about are named by its ids, in the order of their fields: the community, then what is in it.
 */
static int by_ids(const void *a, const void *b)
{
	const struct server_call *const *x = a, *const *y = b;
	const ProtobufCMessageDescriptor *type = (*x)->request->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];
		int order;

		if (f->type != PROTOBUF_C_TYPE_STRING || f->label == PROTOBUF_C_LABEL_REPEATED ||
		    !text_ends(f->name, "_id"))
			continue;
		order = strcmp(string_in((*x)->request, f), string_in((*y)->request, f));
		if (order)
			return order;
	}

	return (*x > *y) - (*x < *y);
}

static void account(struct batch *b, struct server_call *call, int64_t us)
{
	struct call *c = &call->call;
	unsigned code = call->status <= STATUS_UNAUTHENTICATED ? call->status : STATUS_UNKNOWN;
	struct metric *metric = b->record->durations[code];
	char message[256];

	if (!metric) {
		char labels[256];

		snprintf(labels, sizeof(labels), "method=\"%s\",code=\"%s\"", c->method->name,
			 status_name(call->status));
		metric = metric_histogram("kith_call_duration_seconds",
					  "Time from the batch's start to the call's answer.",
					  labels);
		b->record->durations[code] = metric;
	}
	metric_observe_us(metric, us);

	if (call->status == STATUS_OK)
		call_log(c, LOG_INFO, "call", "status=OK us=%lld n=%zu", (long long)us, b->n);
	else
		call_log(c, call->status == STATUS_INTERNAL ? LOG_ERROR : LOG_INFO, "call",
			 "status=%s reason=%s us=%lld n=%zu message=%s", status_name(call->status),
			 c->fault.reason ? c->fault.reason : "-", (long long)us, b->n,
			 log_quote(c->fault.message ? c->fault.message : "", message,
				   sizeof(message)));
}

static const struct handler *handler_of(const struct service *service, const struct method *method)
{
	for (size_t i = 0; i < service->n_handlers; i++)
		if (service->handlers[i].method == method)
			return &service->handlers[i];

	return NULL;
}

void dispatch_serve(void *user, unsigned worker, const struct method *method,
		    struct server_call *calls, size_t n)
{
	struct dispatcher *d = user;
	struct batch b = {.d = d, .handler = handler_of(d->service, method), .db = d->dbs[worker]};
	int64_t start = clock_mono_us();

	b.calls = arena_array(calls[0].call.arena, n, sizeof(struct server_call *));
	for (size_t i = 0; i < n; i++) {
		if (calls[i].status != STATUS_PENDING)
			continue;
		if (!b.handler) {
			calls[i].status = call_fail(&calls[i].call, STATUS_UNIMPLEMENTED,
						    "METHOD_NOT_SERVED", "not served here");
			continue;
		}
		prepare(&b, &calls[i]);
		if (calls[i].status == STATUS_PENDING)
			b.calls[b.n++] = &calls[i];
	}
	if (b.n == 0)
		return;

	b.record = &d->records[b.handler - d->service->handlers];
	if (method->read_only) {
		serve_reads(&b);
	} else {
		qsort(b.calls, b.n, sizeof(struct server_call *), by_ids);
		serve_writes(&b);
	}
	for (size_t i = 0; i < b.n; i++)
		account(&b, b.calls[i], clock_mono_us() - start);
}
