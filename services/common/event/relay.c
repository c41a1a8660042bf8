/* From the outbox to the consumers' inboxes. Statements are in sql/outbox.sql and sql/lease.sql. */
#include "event/relay.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/method.h"
#include "event.sql.h"
#include "google/rpc/status.pb-c.h"
#include "kith/event/v1/store.pb-c.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/peers.h"
#include "rpc/wire.h"

#define CHUNK            256 /* events of one DeliverEvents */
#define CHUNKS           4   /* at once */
#define LEASE_US         2000000
#define FIRST_TIMEOUT_US 800000
#define LATE_TIMEOUT_US  5000000
#define CALLER_LIFE_MS   60000
#define ERROR_SIZE       512
#define SUSPECTS         8 /* more of them than that: it is not the events */

struct relay_lane {
	struct relay *relay;
	const char *consumer;
	const struct method *method;
	_Atomic bool away; /* did not take the last delivery: what is new goes to outbox_late at
			      once */
};

struct relay {
	const char *holder;
	struct relay_lane lanes[PEERS_MAX];
	size_t n_lanes;
	int64_t lease_until_us; /* monotonic */
	_Atomic uint64_t delivered, late, dead;
	_Atomic int64_t lag_us;
};

/* Counts down to the last answer. */
struct latch {
	pthread_mutex_t lock;
	pthread_cond_t zero;
	size_t count;
};

struct delivery {
	struct client_call call; /* first: `done` gets it back */
	struct latch *latch;
	enum status status;
	uint8_t details[ERROR_SIZE];
	size_t details_size;
};

static const struct method *deliver_method(const char *consumer)
{
	static const char *const services[] = {"InboxService", "IngestService"};

	for (size_t i = 0; i < 2; i++) {
		const struct method *method;
		char name[128];

		snprintf(name, sizeof(name), "kith.%s.v1.%s/DeliverEvents", consumer, services[i]);
		method = method_find(name);
		if (method)
			return method;
	}

	log_die("relay-consumer", "consumer=%s what=\"has no DeliverEvents\"", consumer);
}

struct relay *relay_new(const char *const *consumers, const char *holder)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		log_die("no-memory", "what=relay");
	relay->holder = holder;
	for (size_t i = 0; consumers[i]; i++) {
		assert(i < PEERS_MAX);
		relay->lanes[i].relay = relay;
		relay->lanes[i].consumer = consumers[i];
		relay->lanes[i].method = deliver_method(consumers[i]);
		relay->n_lanes++;
	}

	return relay;
}

void relay_free(struct relay *relay)
{
	free(relay);
}

struct relay_lane *relay_lane(struct relay *relay, size_t i)
{
	assert(i < relay->n_lanes);

	return &relay->lanes[i];
}

void relay_get_stats(struct relay *relay, struct relay_stats *ret_stats)
{
	ret_stats->delivered = relay->delivered;
	ret_stats->late = relay->late;
	ret_stats->dead = relay->dead;
	ret_stats->lag_us = relay->lag_us;
}

static void lease_of(const struct relay *relay, const char *name, Event__Lease *ret)
{
	event__lease__init(ret);
	ret->name = name;
	ret->holder = relay->holder;
	ret->duration_us = LEASE_US;
}

static enum status hold(struct call *c, const struct relay *relay, const char *name, bool *ret_held)
{
	Event__Lease lease, held = EVENT__LEASE__INIT;
	enum status status;

	lease_of(relay, name, &lease);
	status = sql_lease_take(c, &lease, &held);
	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		*ret_held = false;
		return STATUS_OK;
	}
	TRY(status);
	*ret_held = true;

	return STATUS_OK;
}

void relay_release(struct call *c, struct relay *relay)
{
	Event__Lease lease;

	lease_of(relay, "relay", &lease);
	if (relay->lease_until_us && sql_lease_release(c, &lease) != STATUS_OK)
		call_forgive(c); /* it runs out by itself */
	relay->lease_until_us = 0;
}

static void delivered(struct client_call *call, const struct client_result *result)
{
	struct delivery *d = (struct delivery *)call;
	struct latch *latch = d->latch;

	d->status = result->status;
	if (result->details_size <= sizeof(d->details)) {
		d->details_size = result->details_size;
		if (d->details_size)
			memcpy(d->details, result->details, d->details_size);
	}

	pthread_mutex_lock(&latch->lock);
	if (--latch->count == 0)
		pthread_cond_signal(&latch->zero);
	pthread_mutex_unlock(&latch->lock);
}

/* Signed once for all deliveries of a run. */
static void sign(struct call *c, struct buf *to)
{
	struct caller self = {.kind = CALLER_SERVICE, .id = c->peers->self, .person_id = ""};

	access_sign(&self, clock_wall_us() / 1000 + CALLER_LIFE_MS, c->peers->secret, to);
}

static void encode(struct call *c, Event__OutboxRow *const *rows, size_t n, struct buf *to)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;

	request.n_events = n;
	request.events = arena_array(c->arena, n, sizeof(*request.events));
	for (size_t i = 0; i < n; i++)
		request.events[i] = rows[i]->event;
	wire_encode(&request.base, to);
}

static void send(struct call *c, const struct relay_lane *lane, struct delivery *d,
		 const struct buf *request, const struct buf *caller, int64_t timeout_us)
{
	struct client *client = peers_find(c->peers, lane->method);
	static const struct client_result nobody = {.status = STATUS_UNAVAILABLE};

	d->call = (struct client_call){
		.method = lane->method,
		.request = request->data,
		.request_size = request->size,
		.caller = caller->data,
		.caller_size = caller->size,
		.request_id = "",
		.traceparent = c->traceparent,
		.deadline_us = clock_mono_us() + timeout_us,
		.done = delivered,
	};
	if (client)
		client_send(client, &d->call);
	else
		delivered(&d->call, &nobody);
}

static void latch_init(struct latch *latch, size_t count)
{
	pthread_mutex_init(&latch->lock, NULL);
	pthread_cond_init(&latch->zero, NULL);
	latch->count = count;
}

static void latch_wait(struct latch *latch)
{
	pthread_mutex_lock(&latch->lock);
	while (latch->count)
		pthread_cond_wait(&latch->zero, &latch->lock);
	pthread_mutex_unlock(&latch->lock);
	pthread_cond_destroy(&latch->zero);
	pthread_mutex_destroy(&latch->lock);
}

/* A chunk is settled by itself: what one consumer did not take of it becomes late for him. */
static enum status settle(struct call *c, struct relay *relay, Event__OutboxRow **rows, size_t n,
			  const struct delivery *deliveries)
{
	Event__SettleOutboxRequest request = EVENT__SETTLE_OUTBOX_REQUEST__INIT;

	request.rows = rows;
	request.n_rows = n;
	request.late_consumers = arena_array(c->arena, PEERS_MAX, sizeof(char *));
	for (size_t i = 0; i < relay->n_lanes; i++) {
		struct relay_lane *lane = &relay->lanes[i];

		if (deliveries[i].status == STATUS_OK) {
			relay->delivered += n;
			continue;
		}
		request.late_consumers[request.n_late_consumers++] = (char *)lane->consumer;
		relay->late += n;
		lane->away = true;
	}

	return sql_outbox_settle(c, &request);
}

static enum status deliver_all(struct call *c, struct relay *relay, Event__OutboxRow **rows,
			       size_t n)
{
	size_t n_chunks = (n + CHUNK - 1) / CHUNK;
	struct delivery *deliveries =
		arena_array(c->arena, n_chunks * relay->n_lanes, sizeof(*deliveries));
	struct buf requests[CHUNKS] = {{0}}, caller CLEANUP(buf_fini) = {0};
	enum status status = STATUS_OK;
	struct latch latch;

	latch_init(&latch, n_chunks * relay->n_lanes);
	sign(c, &caller);
	for (size_t i = 0; i < n_chunks; i++) {
		size_t first = i * CHUNK, size = n - first < CHUNK ? n - first : CHUNK;

		encode(c, rows + first, size, &requests[i]);
		for (size_t k = 0; k < relay->n_lanes; k++) {
			struct delivery *d = &deliveries[i * relay->n_lanes + k];
			static const struct client_result away = {.status = STATUS_UNAVAILABLE};

			d->latch = &latch;
			if (relay->lanes[k].away)
				delivered(&d->call, &away);
			else
				send(c, &relay->lanes[k], d, &requests[i], &caller,
				     FIRST_TIMEOUT_US);
		}
	}
	latch_wait(&latch);

	for (size_t i = 0; i < n_chunks; i++) {
		size_t first = i * CHUNK, size = n - first < CHUNK ? n - first : CHUNK;

		buf_fini(&requests[i]);
		if (status == STATUS_OK)
			status = settle(c, relay, rows + first, size,
					&deliveries[i * relay->n_lanes]);
	}

	return status;
}

static int64_t age_us(const struct call *c, const Event__OutboxRow *row)
{
	int64_t wrote = row->write_time
				? row->write_time->seconds * 1000000 + row->write_time->nanos / 1000
				: c->now_us;

	return c->now_us > wrote ? c->now_us - wrote : 0;
}

enum status relay_run(struct call *c, void *user, bool *ret_worked)
{
	struct relay *relay = user;
	Event__TakeOutboxRequest request = EVENT__TAKE_OUTBOX_REQUEST__INIT;
	Event__TakeOutboxResponse taken = EVENT__TAKE_OUTBOX_RESPONSE__INIT;
	int64_t now = clock_mono_us();
	bool held;

	if (now > relay->lease_until_us - LEASE_US / 2) {
		relay->lease_until_us = 0;
		TRY(hold(c, relay, "relay", &held));
		if (!held)
			return STATUS_OK;
		relay->lease_until_us = now + LEASE_US;
	}

	request.max_rows = CHUNK * CHUNKS;
	TRY(sql_outbox_take(c, &request, &taken));
	relay->lag_us = taken.n_rows ? age_us(c, taken.rows[0]) : 0;
	if (taken.n_rows == 0)
		return STATUS_OK;

	TRY(deliver_all(c, relay, taken.rows, taken.n_rows));
	*ret_worked = true;

	return STATUS_OK;
}

static enum status deliver_one(struct call *c, const struct relay_lane *lane,
			       Event__OutboxRow **rows, size_t n, const char **ret_error)
{
	struct buf request CLEANUP(buf_fini) = {0}, caller CLEANUP(buf_fini) = {0};
	struct delivery d = {.latch = NULL};
	struct latch latch;
	ProtobufCMessage *details;

	latch_init(&latch, 1);
	d.latch = &latch;
	sign(c, &caller);
	encode(c, rows, n, &request);
	send(c, lane, &d, &request, &caller, LATE_TIMEOUT_US);
	latch_wait(&latch);

	details = wire_unpack(c->arena, &rpc__status__descriptor, d.details, d.details_size);
	*ret_error = arena_printf(c->arena, "%s: %s", status_name(d.status),
				  details ? ((Rpc__Status *)details)->message : "");

	return d.status;
}

/* What a consumer's refusal says. */
enum verdict {
	VERDICT_AWAY,    /* trying again may help */
	VERDICT_REFUSED, /* something in the events themselves */
	VERDICT_BROKEN,  /* the consumer's bug: perhaps with this event, perhaps with all */
};

static enum verdict verdict_of(enum status status)
{
	switch (status) {
	case STATUS_UNAVAILABLE:
	case STATUS_DEADLINE_EXCEEDED:
	case STATUS_ABORTED:
	case STATUS_CANCELLED:
	case STATUS_RESOURCE_EXHAUSTED:
	case STATUS_UNIMPLEMENTED:
	case STATUS_PERMISSION_DENIED:
	case STATUS_UNAUTHENTICATED:
		return VERDICT_AWAY;
	case STATUS_INTERNAL:
	case STATUS_UNKNOWN:
	case STATUS_DATA_LOSS:
		return VERDICT_BROKEN;
	default:
		return VERDICT_REFUSED;
	}
}

static enum status bury(struct call *c, struct relay_lane *lane, Event__OutboxRow *row,
			const char *error)
{
	Event__BuryLateRequest request = EVENT__BURY_LATE_REQUEST__INIT;
	char quoted[256];

	request.consumer = lane->consumer;
	request.row = row;
	request.error = error;
	TRY(sql_late_bury(c, &request));
	lane->relay->dead++;
	call_log(c, LOG_ERROR, "event-dead", "consumer=%s event=%s error=%s", lane->consumer,
		 row->event->event_id, log_quote(error, quoted, sizeof(quoted)));

	return STATUS_OK;
}

/* One delivery of late rows. */
struct attempt {
	struct relay_lane *lane;
	bool away;     /* nothing goes on for now */
	bool accepted; /* he took something, so what he breaks on is the event */
	Event__OutboxRow *suspects[SUSPECTS];
	size_t n_suspects;
};

static enum status settle_late(struct call *c, struct attempt *a, Event__OutboxRow **rows, size_t n)
{
	Event__SettleLateRequest request = EVENT__SETTLE_LATE_REQUEST__INIT;

	request.consumer = a->lane->consumer;
	request.rows = rows;
	request.n_rows = n;
	a->accepted = true;
	a->lane->relay->delivered += n;

	return sql_late_settle(c, &request);
}

/* Halves until the event that is refused stands alone. */
static enum status deliver_late(struct call *c, struct attempt *a, Event__OutboxRow **rows,
				size_t n)
{
	const char *error;
	enum status status = deliver_one(c, a->lane, rows, n, &error);

	if (status == STATUS_OK)
		return settle_late(c, a, rows, n);

	if (verdict_of(status) == VERDICT_AWAY || a->n_suspects == SUSPECTS) {
		a->away = true;
		return STATUS_OK;
	}
	if (n == 1 && verdict_of(status) == VERDICT_REFUSED)
		return bury(c, a->lane, rows[0], error);
	if (n == 1) {
		a->suspects[a->n_suspects++] = rows[0];
		return STATUS_OK;
	}

	TRY(deliver_late(c, a, rows, n / 2));
	if (a->away)
		return STATUS_OK;

	return deliver_late(c, a, rows + n / 2, n - n / 2);
}

/* When he broke on everything, he is broken. When only on some, they are buried, unless he takes
 * them now: he may have been mended in the middle of it. */
static enum status judge_suspects(struct call *c, struct attempt *a)
{
	if (a->n_suspects && !a->accepted)
		a->away = true;
	for (size_t i = 0; i < a->n_suspects && !a->away; i++) {
		Event__OutboxRow **row = &a->suspects[i];
		const char *error;
		enum status status = deliver_one(c, a->lane, row, 1, &error);

		if (status == STATUS_OK)
			TRY(settle_late(c, a, row, 1));
		else if (verdict_of(status) == VERDICT_AWAY)
			a->away = true;
		else
			TRY(bury(c, a->lane, *row, error));
	}

	return STATUS_OK;
}

enum status relay_late(struct call *c, void *user, bool *ret_worked)
{
	struct relay_lane *lane = user;
	Event__TakeLateRequest request = EVENT__TAKE_LATE_REQUEST__INIT;
	Event__TakeOutboxResponse taken = EVENT__TAKE_OUTBOX_RESPONSE__INIT;
	struct attempt attempt = {.lane = lane};
	bool held;

	request.consumer = lane->consumer;
	request.max_rows = CHUNK;
	TRY(sql_late_take(c, &request, &taken));
	if (taken.n_rows == 0) {
		lane->away = false;
		return STATUS_OK;
	}

	TRY(hold(c, lane->relay, arena_printf(c->arena, "late-%s", lane->consumer), &held));
	if (!held)
		return STATUS_OK;
	TRY(deliver_late(c, &attempt, taken.rows, taken.n_rows));
	TRY(judge_suspects(c, &attempt));
	lane->away = attempt.away;
	*ret_worked = !attempt.away;

	return STATUS_OK;
}
