/* A database with statements of its own for the tests of db. */
#include "db_fixture.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/evaluation/v1/cell.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/event/v1/store.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/community.pb-c.h"

struct postgres *pg;

const struct sql event_echo = {
	.name = "test.event_echo",
	.where = "test",
	.text = "SELECT $1::uuid AS event_id, $2::text AS type, $3::timestamptz AS occur_time, "
		"$4::text AS state, $5::bigint AS version, $6::int AS \"membership.number\", "
		"$7::timestamptz AS \"membership.join_time\", $8::text AS \"membership.role\"",
	.many_text =
		"SELECT q.p1 AS event_id, q.p2 AS type, q.p3 AS occur_time, q.p4 AS state, "
		"q.p5 AS version, q.p6 AS \"membership.number\", "
		"q.p7 AS \"membership.join_time\", q.p8 AS \"membership.role\"",
	.params =
		(const struct sql_param[]){
			{SQL_FIELD, "event_id"},
			{SQL_FIELD, "type"},
			{SQL_FIELD, "occur_time"},
			{SQL_FIELD, "state"},
			{SQL_FIELD, "version"},
			{SQL_FIELD, "membership.number"},
			{SQL_FIELD, "membership.join_time"},
			{SQL_FIELD, "membership.role"},
		},
	.n_params = 8,
	.in = &event__event__descriptor,
	.out = &event__event__descriptor,
	.shape = SQL_ONE,
};

const struct sql reply_echo = {
	.name = "test.reply_echo",
	.where = "test",
	.text = "SELECT $1::bytea AS reply, $2::bytea AS request_hash, $3::uuid AS community_id",
	.params = (const struct sql_param[]){{SQL_FIELD, "reply"},
					     {SQL_FIELD, "request_hash"},
					     {SQL_FIELD, "community_id"}},
	.n_params = 3,
	.in = &event__stored_reply__descriptor,
	.out = &event__stored_reply__descriptor,
	.shape = SQL_ONE,
};

const struct sql rate_echo = {
	.name = "test.rate_echo",
	.where = "test",
	.text = "SELECT $1::float8 AS share, ($2::float8)::numeric AS low, ($3::float8)::float4 AS "
		"high, $4::boolean AS insufficient_data",
	.params = (const struct sql_param[]){{SQL_FIELD, "share"},
					     {SQL_FIELD, "low"},
					     {SQL_FIELD, "high"},
					     {SQL_FIELD, "insufficient_data"}},
	.n_params = 4,
	.in = &evaluation__rate__descriptor,
	.out = &evaluation__rate__descriptor,
	.shape = SQL_ONE,
};

const struct sql key_echo = {
	.name = "test.key_echo",
	.where = "test",
	.text = "SELECT $1::text[] AS scopes, $2::uuid[] AS community_ids",
	.params = (const struct sql_param[]){{SQL_FIELD, "scopes"}, {SQL_FIELD, "community_ids"}},
	.n_params = 2,
	.in = &member__create_api_key_request__descriptor,
	.out = &member__api_key__descriptor,
	.shape = SQL_ONE,
};

/* Items become arrays, arrays become items. */
const struct sql events_echo = {
	.name = "test.events_echo",
	.where = "test",
	.text = "SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[]) AS "
		"e(event_id, type, \"membership.number\", occur_time)",
	.params = (const struct sql_param[]){{SQL_FIELD, "events.event_id"},
					     {SQL_FIELD, "events.type"},
					     {SQL_FIELD, "events.membership.number"},
					     {SQL_FIELD, "events.occur_time"}},
	.n_params = 4,
	.in = &event__deliver_events_request__descriptor,
	.out = &event__deliver_events_request__descriptor,
	.shape = SQL_MANY,
	.rows = "events",
};

const struct sql numeric_read = {
	.name = "test.numeric_read",
	.where = "test",
	.text = "SELECT $1::text::numeric AS version",
	.params = (const struct sql_param[]){{SQL_FIELD, "state"}},
	.n_params = 1,
	.in = &event__event__descriptor,
	.out = &event__event__descriptor,
	.shape = SQL_ONE,
};

const struct sql masks = {
	.name = "test.masks",
	.where = "test",
	.text = "SELECT concat_ws(',', CASE WHEN $1 THEN 'name' END, CASE WHEN $2 THEN 'capacity' "
		"END) AS name",
	.params = (const struct sql_param[]){{SQL_MASK, "name"}, {SQL_MASK, "capacity"}},
	.n_params = 2,
	.in = &member__update_community_request__descriptor,
	.out = &member__community__descriptor,
	.shape = SQL_ONE,
};

const struct sql of_the_call = {
	.name = "test.of_the_call",
	.where = "test",
	.text = "SELECT $1::uuid AS event_id, $2::uuid AS person_id, $3::timestamptz AS "
		"occur_time, concat($4::text, '/', $5::text) AS state",
	.params = (const struct sql_param[]){{SQL_NEW_ID, "new_id"},
					     {SQL_CALLER, "caller_id"},
					     {SQL_NOW, "now"},
					     {SQL_CALLER_KEY, "caller_key"},
					     {SQL_REQUEST_ID, "request_id"}},
	.n_params = 5,
	.out = &event__event__descriptor,
	.shape = SQL_ONE,
};

const struct sql post_list = {
	.name = "test.post_list",
	.where = "test",
	.text = "SELECT post_id, create_time FROM post WHERE community_id = $1 AND (create_time, "
		"post_id) < (COALESCE($2::timestamptz, 'infinity'), COALESCE($3::uuid, "
		"'ffffffff-ffff-ffff-ffff-ffffffffffff')) ORDER BY create_time DESC, post_id DESC "
		"LIMIT $4",
	.params = (const struct sql_param[]){{SQL_FIELD, "community_id"},
					     {SQL_AFTER, "create_time"},
					     {SQL_AFTER, "post_id"},
					     {SQL_LIMIT, "limit"}},
	.n_params = 4,
	.in = &content__list_posts_request__descriptor,
	.out = &content__list_posts_response__descriptor,
	.shape = SQL_MANY,
	.rows = "posts",
	.page = (const char *const[]){"create_time", "post_id", NULL},
};

const struct sql post_get = {
	.name = "test.post_get",
	.where = "test",
	.text = "SELECT post_id, create_time FROM post WHERE community_id = $1 AND post_id = $2",
	.many_text =
		"SELECT post_id, create_time FROM post WHERE community_id = q.p1 AND post_id "
		"= q.p2",
	.params = (const struct sql_param[]){{SQL_FIELD, "community_id"}, {SQL_FIELD, "post_id"}},
	.n_params = 2,
	.in = &content__get_post_request__descriptor,
	.out = &content__post__descriptor,
	.shape = SQL_ONE,
};

const struct sql wrong_column = {
	.name = "test.wrong_column",
	.where = "services/x/sql/y.sql:7",
	.text = "SELECT 1 AS no_such_field",
	.out = &content__post__descriptor,
	.shape = SQL_ONE,
};

const struct sql sleepy = {
	.name = "test.sleepy",
	.where = "test",
	.text = "SELECT 1::bigint AS count FROM pg_sleep(20)",
	.out = &event__count_response__descriptor,
	.shape = SQL_ONE,
};

const struct sql backend = {
	.name = "test.backend",
	.where = "test",
	.text = "SELECT pg_backend_pid()::bigint AS count",
	.out = &event__count_response__descriptor,
	.shape = SQL_ONE,
};

const struct sql note = {
	.name = "test.note",
	.where = "test",
	.text = "INSERT INTO note (number) VALUES ($1)",
	.params = (const struct sql_param[]){{SQL_FIELD, "version"}},
	.n_params = 1,
	.in = &event__event__descriptor,
	.shape = SQL_NONE,
	.writes = true,
};

static const struct sql *const statements[] = {
	&event_echo,  &reply_echo, &rate_echo, &key_echo,     &events_echo, &numeric_read, &masks,
	&of_the_call, &post_list,  &post_get,  &wrong_column, &sleepy,      &backend,      &note,
};

const struct sql_table table = {"test", statements, COUNT(statements)};

static struct caller person = {
	.kind = CALLER_PERSON, .id = "key", .person_id = "00000000-0000-7000-8000-00000000000a"};

struct call new_call(struct desk *desk)
{
	return (struct call){
		.arena = &desk->arena,
		.caller = &person,
		.request_id = "request-1",
		.traceparent = "",
		.now_us = INT64_C(1700000000123456),
		.deadline_us = clock_mono_us() + 10000000,
		.db = desk->db,
	};
}

static struct db *new_db(bool prepare)
{
	static const struct sql_table *const tables[] = {&table, NULL};
	static const uint8_t secret[32] = {7};
	struct db_options options = {
		.url = postgres_url(pg),
		.schema = "public",
		.name = "db_test",
		.prepare = prepare,
		.connect_timeout_us = 5000000,
		.page_secret = secret,
		.tables = tables,
	};

	return db_new(&options);
}

int open_desk(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->db = new_db(true);
	desk->call = new_call(desk);
	*state = desk;

	return 0;
}

/* As behind a transaction-mode pooler. */
int open_unprepared(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->db = new_db(false);
	desk->call = new_call(desk);
	*state = desk;

	return 0;
}

int close_desk(void **state)
{
	struct desk *desk = *state;

	db_free(desk->db);
	arena_fini(&desk->arena);
	free(desk);

	return 0;
}

void expect(struct call *c, enum status got, enum status wanted)
{
	if (got != wanted)
		print_error("%s: %s\n", status_name(got), c->fault.message);
	assert_int_equal(got, wanted);
}

int desk_setup(void **state)
{
	(void)state;
	log_setup(&(struct log_options){.level = LOG_ERROR, .process = "test"});
	pg = postgres_start();
	postgres_int(pg,
		     "CREATE TABLE post (community_id uuid, post_id uuid, create_time "
		     "timestamptz, PRIMARY KEY (community_id, post_id))");
	postgres_int(pg,
		     "INSERT INTO post SELECT '%s', ('00000000-0000-7000-8000-' || lpad(i::text, "
		     "12, '0'))::uuid, timestamptz '2024-01-01' + i / 3 * interval '1 hour' FROM "
		     "generate_series(1, 100) AS i",
		     COMMUNITY);
	postgres_int(pg,
		     "CREATE TABLE note (number bigint CONSTRAINT number_taken UNIQUE "
		     "CONSTRAINT number_negative CHECK (number > 0))");

	return 0;
}

int desk_teardown(void **state)
{
	(void)state;
	postgres_stop(pg);

	return 0;
}
