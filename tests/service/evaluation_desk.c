/* The evaluation service without its process. */
#include "evaluation_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "db/migrate.h"
#include "evaluation.migrations.h"
#include "evaluation.sql.h"
#include "event.migrations.h"
#include "event.sql.h"

static const struct caller platform = {
	.kind = CALLER_PLATFORM,
	.id = "test",
	.person_id = "",
	.scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN,
};

static const struct sql_table *const tables[] = {&evaluation_sql, &event_sql, NULL};

static struct desk *open_desk(struct postgres *pg)
{
	static const uint8_t secret[32];
	struct desk *d = calloc(1, sizeof(*d));
	struct db_options options = {
		.url = postgres_url(pg),
		.schema = "evaluation",
		.name = "desk",
		.prepare = true,
		.connect_timeout_us = 5000000,
		.page_secret = secret,
		.tables = tables,
	};

	if (!d)
		log_die("test-memory", "none");
	d->pg = pg;
	d->db = db_new(&options);
	d->now_s = NOW_S;
	d->seed = 42;
	return d;
}

int desk_setup(void **state)
{
	struct postgres *pg = postgres_start();

	if (migrate_run(postgres_url(pg), "evaluation", &event_migrations) != STATUS_OK ||
	    migrate_run(postgres_url(pg), "evaluation", &evaluation_migrations) != STATUS_OK)
		return -1;
	postgres_int(pg, "SET search_path = evaluation");
	postgres_int(pg, "SET jit = off");
	*state = open_desk(pg);
	return 0;
}

int desk_teardown(void **state)
{
	struct desk *d = *state;
	struct postgres *pg = d->pg;

	desk_free(d);
	postgres_stop(pg);
	return 0;
}

struct desk *desk_beside(const struct desk *d)
{
	return open_desk(d->pg);
}

void desk_free(struct desk *d)
{
	db_free(d->db);
	arena_fini(&d->arena);
	free(d);
}

struct call *desk_call(struct desk *d)
{
	arena_reset(&d->arena);
	d->call = (struct call){
		.arena = &d->arena,
		.caller = &platform,
		.request_id = "",
		.traceparent = "",
		.now_us = d->now_s * 1000000,
		.deadline_us = clock_mono_us() + 60 * INT64_C(1000000),
		.db = d->db,
	};
	return &d->call;
}

uint32_t desk_random(struct desk *d, uint32_t limit)
{
	d->seed = d->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(d->seed >> 33) % limit;
}

static const char *id(const char *space, unsigned n)
{
	static _Thread_local char ids[64][ID_SIZE];
	static _Thread_local unsigned next;
	char name[16];
	char *ret = ids[next++ % 64];

	snprintf(name, sizeof(name), "%u", n);
	id_of(space, name, ret);
	return ret;
}

const char *community_id(unsigned n)
{
	return id("community", n);
}

const char *person_id(unsigned n)
{
	return id("person", n);
}

const char *subject_id(unsigned n)
{
	return id("subject", n);
}

/* Ends what desk_call and db_begin have begun. */
static enum status finish(struct desk *d, enum status status)
{
	if (status == STATUS_OK)
		return db_commit(&d->call);

	db_rollback(d->db);
	return status;
}

static Google__Protobuf__Timestamp *at(struct call *c, int64_t us)
{
	Google__Protobuf__Timestamp *time = arena_alloc(c->arena, sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = us / 1000000;
	time->nanos = (int32_t)(us % 1000000 * 1000);
	return time;
}

static enum status deliver(struct desk *d, Event__Event *event)
{
	Event__DeliverEventsRequest req = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	char event_id[ID_SIZE];

	id_new(event_id);
	event->event_id = event_id;
	req.events = &event;
	req.n_events = 1;
	TRY(db_begin(&d->call));
	return finish(d, evaluation_deliver_events(&d->call, &req, &reply));
}

enum status desk_tell_community(struct desk *d, unsigned community, const char *zone,
				int64_t version)
{
	struct call *c = desk_call(d);
	Event__Event event = EVENT__EVENT__INIT;
	Event__CommunityState state = EVENT__COMMUNITY_STATE__INIT;

	state.time_zone = zone;
	state.state = "ACTIVE";
	state.create_time = at(c, 0);
	event.community_id = community_id(community);
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_COMMUNITY_CHANGED;
	event.occur_time = at(c, d->now_s * 1000000);
	event.version = version;
	event.community = &state;
	return deliver(d, &event);
}

static enum status tell_membership(struct desk *d, unsigned community, unsigned person,
				   int64_t version, Event__MembershipState *state)
{
	Event__Event event = EVENT__EVENT__INIT;

	event.community_id = community_id(community);
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_MEMBERSHIP_CHANGED;
	event.occur_time = at(&d->call, d->now_s * 1000000);
	event.person_id = person_id(person);
	event.version = version;
	event.membership = state;
	return deliver(d, &event);
}

enum status desk_tell_member(struct desk *d, unsigned community, unsigned person, int64_t version,
			     int64_t join_s, int64_t leave_s, const char *reason)
{
	struct call *c = desk_call(d);
	Event__MembershipState state = EVENT__MEMBERSHIP_STATE__INIT;

	state.number = person + 1;
	state.role = "MEMBER";
	state.state = leave_s ? "LEFT" : "ACTIVE";
	state.join_time = at(c, join_s * 1000000);
	state.leave_time = leave_s ? at(c, leave_s * 1000000) : NULL;
	state.leave_reason = reason;
	return tell_membership(d, community, person, version, &state);
}

enum status desk_tell_merged(struct desk *d, unsigned community, unsigned person, int64_t version,
			     unsigned survivor)
{
	struct call *c = desk_call(d);
	Event__MembershipState state = EVENT__MEMBERSHIP_STATE__INIT;

	state.number = survivor + 1;
	state.role = "MEMBER";
	state.state = "MERGED";
	state.join_time = state.leave_time = at(c, d->now_s * 1000000);
	return tell_membership(d, community, person, version, &state);
}

enum status desk_tell(struct desk *d, unsigned community, Event__EventType type, unsigned person,
		      unsigned subject, int64_t version, int64_t at_s, const char *state)
{
	struct call *c = desk_call(d);
	Event__Event event = EVENT__EVENT__INIT;

	event.community_id = community_id(community);
	event.type = type;
	event.occur_time = at(c, at_s * 1000000);
	event.person_id = person_id(person);
	event.subject_id = subject_id(subject);
	event.version = version;
	event.state = state;
	return deliver(d, &event);
}

int32_t desk_ingest(struct desk *d, const struct deed *deeds, size_t n)
{
	struct call *c = desk_call(d);
	Evaluation__IngestInteractionsRequest req = EVALUATION__INGEST_INTERACTIONS_REQUEST__INIT;
	Evaluation__IngestInteractionsResponse reply =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;

	req.items = arena_array(c->arena, n, sizeof(*req.items));
	req.n_items = n;
	for (size_t i = 0; i < n; i++) {
		Evaluation__InteractionItem *item = arena_alloc(c->arena, sizeof(*item));

		evaluation__interaction_item__init(item);
		item->community_id = arena_string(c->arena, community_id(deeds[i].community));
		item->person_id = arena_string(c->arena, person_id(deeds[i].person));
		item->kind = deeds[i].kind;
		item->occur_time = at(c, deeds[i].at_us);
		item->ref = arena_printf(c->arena, "%u", deeds[i].ref);
		req.items[i] = item;
	}

	EXPECT_OK(db_begin(c));
	EXPECT_OK(finish(d, evaluation_ingest_interactions(c, &req, &reply)));
	EXPECT_EQUAL(reply.created_count + reply.unchanged_count, n);
	return reply.created_count;
}

enum status desk_fold(struct desk *d, bool *ret_worked)
{
	return fold_run(desk_call(d), &d->fold_round, ret_worked);
}

enum status desk_rebuild(struct desk *d, bool *ret_worked)
{
	return rebuild_run(desk_call(d), &d->rebuild_round, ret_worked);
}

void desk_settle(struct desk *d)
{
	bool folded, rebuilt;

	do {
		EXPECT_OK(desk_fold(d, &folded));
		EXPECT_OK(desk_rebuild(d, &rebuilt));
	} while (folded || rebuilt);
}

int64_t desk_recompute(struct desk *d, unsigned community)
{
	struct call *c = desk_call(d);
	Evaluation__RecomputeRequest req = EVALUATION__RECOMPUTE_REQUEST__INIT;
	Evaluation__RecomputeResponse reply = EVALUATION__RECOMPUTE_RESPONSE__INIT;

	req.community_id = community_id(community);
	EXPECT_OK(db_begin(c));
	EXPECT_OK(finish(d, evaluation_recompute(c, &req, &reply)));
	return reply.differing_cell_count;
}

void desk_print(struct desk *d, unsigned community, char ret[static 65])
{
	snprintf(
		ret, 65, "%s",
		postgres_text(d->pg,
			      "SELECT encode(sha256(convert_to(COALESCE(string_agg("
			      "concat_ws(',', day, kind, chunk, encode(bits, 'hex'), member_count, "
			      "interaction_count), ';' ORDER BY day, kind, chunk), ''), 'UTF8')), "
			      "'hex') FROM bitmap WHERE community_id = '%s'",
			      community_id(community)));
}
