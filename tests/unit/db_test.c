/* Statements on a real PostgreSQL: every type both ways, pages and their tokens, masks, groups
 * against singles, deadlines, lost connections. Statements are written out as the generator would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "db/db.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/evaluation/v1/cell.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/event/v1/store.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "postgres.h"

#define COMMUNITY    "00000000-0000-7000-8000-0000000000c1"
#define OTHER        "00000000-0000-7000-8000-0000000000c2"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct postgres *pg;

/* -- the statements */

static const struct sql event_echo = {
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

static const struct sql reply_echo = {
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

static const struct sql rate_echo = {
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

static const struct sql key_echo = {
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
static const struct sql events_echo = {
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

static const struct sql numeric_read = {
	.name = "test.numeric_read",
	.where = "test",
	.text = "SELECT $1::text::numeric AS version",
	.params = (const struct sql_param[]){{SQL_FIELD, "state"}},
	.n_params = 1,
	.in = &event__event__descriptor,
	.out = &event__event__descriptor,
	.shape = SQL_ONE,
};

static const struct sql masks = {
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

static const struct sql of_the_call = {
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

static const struct sql post_list = {
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

static const struct sql post_get = {
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

static const struct sql wrong_column = {
	.name = "test.wrong_column",
	.where = "services/x/sql/y.sql:7",
	.text = "SELECT 1 AS no_such_field",
	.out = &content__post__descriptor,
	.shape = SQL_ONE,
};

static const struct sql sleepy = {
	.name = "test.sleepy",
	.where = "test",
	.text = "SELECT 1::bigint AS count FROM pg_sleep(20)",
	.out = &event__count_response__descriptor,
	.shape = SQL_ONE,
};

static const struct sql backend = {
	.name = "test.backend",
	.where = "test",
	.text = "SELECT pg_backend_pid()::bigint AS count",
	.out = &event__count_response__descriptor,
	.shape = SQL_ONE,
};

static const struct sql note = {
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

static const struct sql_table table = {"test", statements, COUNT(statements)};

/* -- the desk */

struct desk {
	struct db *db;
	struct arena arena;
	struct call call;
};

static struct caller person = {
	.kind = CALLER_PERSON, .id = "key", .person_id = "00000000-0000-7000-8000-00000000000a"};

static struct call new_call(struct desk *desk)
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

static int open_desk(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->db = new_db(true);
	desk->call = new_call(desk);
	*state = desk;

	return 0;
}

/* As behind a transaction-mode pooler. */
static int open_unprepared(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->db = new_db(false);
	desk->call = new_call(desk);
	*state = desk;

	return 0;
}

static int close_desk(void **state)
{
	struct desk *desk = *state;

	db_free(desk->db);
	arena_fini(&desk->arena);
	free(desk);

	return 0;
}

static void expect(struct call *c, enum status got, enum status wanted)
{
	if (got != wanted)
		print_error("%s: %s\n", status_name(got), c->fault.message);
	assert_int_equal(got, wanted);
}

/* -- types */

static void fill_event(Event__Event *event, Event__MembershipState *membership,
		       Google__Protobuf__Timestamp times[2])
{
	google__protobuf__timestamp__init(&times[0]);
	google__protobuf__timestamp__init(&times[1]);
	times[0].seconds = -1; /* before 1970, with a fraction */
	times[0].nanos = 999999000;
	times[1].seconds = 253402300799;
	event__membership_state__init(membership);
	membership->number = 2147483647;
	membership->role = "OWNER";
	membership->join_time = &times[1];
	event__event__init(event);
	event->event_id = "0123abcd-ef01-7234-8567-89abcdef0123";
	event->type = EVENT__EVENT_TYPE__EVENT_TYPE_ORDER_CHANGED;
	event->occur_time = &times[0];
	event->state = "it's “quoted” \\ 中文";
	event->version = INT64_MIN;
	event->membership = membership;
}

static void expect_event(const Event__Event *event)
{
	assert_string_equal(event->event_id, "0123abcd-ef01-7234-8567-89abcdef0123");
	assert_int_equal(event->type, EVENT__EVENT_TYPE__EVENT_TYPE_ORDER_CHANGED);
	assert_int_equal(event->occur_time->seconds, -1);
	assert_int_equal(event->occur_time->nanos, 999999000);
	assert_string_equal(event->state, "it's “quoted” \\ 中文");
	assert_true(event->version == INT64_MIN);
	assert_int_equal(event->membership->number, 2147483647);
	assert_string_equal(event->membership->role, "OWNER");
	assert_int_equal(event->membership->join_time->seconds, 253402300799);
}

static void scalars_come_back_as_they_went(void **state)
{
	struct desk *desk = *state;
	Google__Protobuf__Timestamp times[2];
	Event__MembershipState membership;
	Event__Event in, out = EVENT__EVENT__INIT;

	fill_event(&in, &membership, times);
	expect(&desk->call, sql_run(&desk->call, &event_echo, &in.base, &out.base), STATUS_OK);
	expect_event(&out);
}

static void absent_values_are_null_both_ways(void **state)
{
	struct desk *desk = *state;
	Event__Event in = EVENT__EVENT__INIT, out = EVENT__EVENT__INIT;

	expect(&desk->call, sql_run(&desk->call, &event_echo, &in.base, &out.base), STATUS_OK);
	assert_string_equal(out.event_id, "");
	assert_int_equal(out.type, 0);
	assert_null(out.occur_time);
	assert_string_equal(out.state, "");
	assert_null(out.membership);
}

static void bytes_may_hold_anything(void **state)
{
	struct desk *desk = *state;
	Event__StoredReply in = EVENT__STORED_REPLY__INIT, out = EVENT__STORED_REPLY__INIT;
	uint8_t bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	in.reply.data = bytes;
	in.reply.len = sizeof(bytes);
	expect(&desk->call, sql_run(&desk->call, &reply_echo, &in.base, &out.base), STATUS_OK);
	assert_int_equal(out.reply.len, sizeof(bytes));
	assert_memory_equal(out.reply.data, bytes, sizeof(bytes));
	assert_int_equal(out.request_hash.len, 0);
}

static void reals_and_booleans_come_back(void **state)
{
	struct desk *desk = *state;
	Evaluation__Rate in = EVALUATION__RATE__INIT, out = EVALUATION__RATE__INIT;

	in.share = 0.1;
	in.low = -12345.6789;
	in.high = 0.5;
	in.insufficient_data = 1;
	expect(&desk->call, sql_run(&desk->call, &rate_echo, &in.base, &out.base), STATUS_OK);
	assert_true(out.share == 0.1);
	assert_true(out.low > -12345.67891 && out.low < -12345.67889);
	assert_true(out.high == 0.5);
	assert_true(out.insufficient_data);
}

static void numerics_are_read_as_integers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {{"0", 0},
		     {"1", 1},
		     {"-1", -1},
		     {"10000", 10000},
		     {"100000000", 100000000},
		     {"1234567890123456789", 1234567890123456789},
		     {"-98765432100", -98765432100},
		     {"12.9", 12},
		     {"0.0001", 0}};
	struct desk *desk = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		Event__Event in = EVENT__EVENT__INIT, out = EVENT__EVENT__INIT;

		in.state = cases[i].text;
		expect(&desk->call, sql_run(&desk->call, &numeric_read, &in.base, &out.base),
		       STATUS_OK);
		assert_true(out.version == cases[i].value);
	}
}

static void arrays_come_back_even_empty(void **state)
{
	struct desk *desk = *state;
	const char *scopes[] = {"read", "", "with \"quotes\", {braces}"};
	const char *ids[] = {COMMUNITY, OTHER};
	Member__CreateApiKeyRequest in = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Member__ApiKey out = MEMBER__API_KEY__INIT, none = MEMBER__API_KEY__INIT;

	in.scopes = (void *)scopes;
	in.n_scopes = 3;
	in.community_ids = (void *)ids;
	in.n_community_ids = 2;
	expect(&desk->call, sql_run(&desk->call, &key_echo, &in.base, &out.base), STATUS_OK);
	assert_int_equal(out.n_scopes, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(out.scopes[i], scopes[i]);
	assert_int_equal(out.n_community_ids, 2);
	assert_string_equal(out.community_ids[1], OTHER);

	in.n_scopes = in.n_community_ids = 0;
	expect(&desk->call, sql_run(&desk->call, &key_echo, &in.base, &none.base), STATUS_OK);
	assert_int_equal(none.n_scopes, 0);
}

static void items_become_arrays_and_rows_become_items(void **state)
{
	struct desk *desk = *state;
	Event__DeliverEventsRequest in = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsRequest out = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Google__Protobuf__Timestamp times[2];
	Event__MembershipState membership;
	Event__Event first, second = EVENT__EVENT__INIT, *events[] = {&first, &second};

	fill_event(&first, &membership, times);
	in.events = events;
	in.n_events = 2;
	expect(&desk->call, sql_run(&desk->call, &events_echo, &in.base, &out.base), STATUS_OK);
	assert_int_equal(out.n_events, 2);
	assert_string_equal(out.events[0]->event_id, first.event_id);
	assert_int_equal(out.events[0]->membership->number, 2147483647);
	assert_int_equal(out.events[0]->occur_time->nanos, 999999000);
	assert_string_equal(out.events[1]->event_id, "");
	assert_null(out.events[1]->membership);

	in.n_events = 0;
	event__deliver_events_request__init(&out);
	expect(&desk->call, sql_run(&desk->call, &events_echo, &in.base, &out.base), STATUS_OK);
	assert_int_equal(out.n_events, 0);
}

static void wrong_values_name_their_field(void **state)
{
	struct desk *desk = *state;
	Event__Event in = EVENT__EVENT__INIT, out = EVENT__EVENT__INIT;
	Event__MembershipState membership = EVENT__MEMBERSHIP_STATE__INIT;

	in.event_id = "not a uuid";
	expect(&desk->call, sql_run(&desk->call, &event_echo, &in.base, &out.base),
	       STATUS_INVALID_ARGUMENT);
	assert_string_equal(desk->call.fault.violations->field, "event_id");

	call_forgive(&desk->call);
	in.event_id = "";
	in.membership = &membership;
	membership.number = INT64_C(1) << 31; /* the column is an integer */
	expect(&desk->call, sql_run(&desk->call, &event_echo, &in.base, &out.base),
	       STATUS_INVALID_ARGUMENT);
	assert_string_equal(desk->call.fault.violations->field, "membership.number");
}

static void call_gives_its_own_values(void **state)
{
	struct desk *desk = *state;
	Event__Event out = EVENT__EVENT__INIT;

	expect(&desk->call, sql_run(&desk->call, &of_the_call, NULL, &out.base), STATUS_OK);
	assert_string_equal(out.event_id, call_new_id(&desk->call));
	assert_string_equal(out.person_id, person.person_id);
	assert_int_equal(out.occur_time->seconds, 1700000000);
	assert_int_equal(out.occur_time->nanos, 123456000);
	assert_string_equal(out.state, "key/request-1");
}

static void mask_decides_and_without_it_what_is_set(void **state)
{
	static const struct {
		const char *paths[2];
		size_t n;
		const char *name;
		int64_t capacity;
		const char *covered;
	} cases[] = {
		{{"name", "capacity"}, 2, "", 0, "name,capacity"},
		{{"capacity"}, 1, "x", 0, "capacity"},
		{{"*"}, 1, "", 0, "name,capacity"},
		{{"nam"}, 1, "x", 1, ""},
		{{NULL}, 0, "x", 0, "name"},
		{{NULL}, 0, "", 7, "capacity"},
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		Member__UpdateCommunityRequest in = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
		Member__Community community = MEMBER__COMMUNITY__INIT, out = community;
		Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

		community.name = cases[i].name;
		community.capacity = cases[i].capacity;
		in.community = &community;
		mask.paths = (void *)cases[i].paths;
		mask.n_paths = cases[i].n;
		in.update_mask = cases[i].n ? &mask : NULL;
		expect(&desk->call, sql_run(&desk->call, &masks, &in.base, &out.base), STATUS_OK);
		assert_string_equal(out.name, cases[i].covered);
	}
}

/* -- rows */

static void missing_row_is_named_or_only_not_found(void **state)
{
	struct desk *desk = *state;
	Content__GetPostRequest in = CONTENT__GET_POST_REQUEST__INIT;
	Content__Post out = CONTENT__POST__INIT;
	bool found = true;

	in.community_id = COMMUNITY;
	in.post_id = OTHER;
	expect(&desk->call, sql_find(&desk->call, &post_get, &in.base, &out.base, &found),
	       STATUS_OK);
	assert_false(found);
	expect(&desk->call, sql_run(&desk->call, &post_get, &in.base, &out.base), STATUS_NOT_FOUND);
	assert_string_equal(desk->call.fault.reason, "POST_NOT_FOUND");
}

static void statement_that_does_not_fit_says_where(void **state)
{
	struct desk *desk = *state;
	Content__Post out = CONTENT__POST__INIT;

	expect(&desk->call, sql_run(&desk->call, &wrong_column, NULL, &out.base), STATUS_INTERNAL);
	assert_non_null(strstr(desk->call.fault.message, "services/x/sql/y.sql:7"));
	assert_non_null(strstr(desk->call.fault.message, "no_such_field"));
}

static void pages_follow_each_other_and_miss_nothing(void **state)
{
	struct desk *desk = *state;
	Content__ListPostsRequest in = CONTENT__LIST_POSTS_REQUEST__INIT;
	const char *token = "", *last = NULL;
	size_t n = 0, pages = 0;

	in.community_id = COMMUNITY;
	do {
		Content__ListPostsResponse out = CONTENT__LIST_POSTS_RESPONSE__INIT;

		in.page_size = pages ? 7 : 10; /* may change on the way */
		in.page_token = token;
		expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &out.base),
		       STATUS_OK);
		assert_in_range(out.n_posts, 1, 10);
		for (size_t i = 0; i < out.n_posts; i++) {
			if (last && i == 0)
				assert_string_not_equal(out.posts[i]->post_id, last);
			last = out.posts[i]->post_id;
		}
		n += out.n_posts;
		pages++;
		token = out.next_page_token;
	} while (*token);
	assert_int_equal(n, 100);
	assert_int_equal(pages, 14);
}

static void tampered_and_foreign_tokens_are_refused(void **state)
{
	struct desk *desk = *state;
	Content__ListPostsRequest in = CONTENT__LIST_POSTS_REQUEST__INIT;
	Content__ListPostsResponse out = CONTENT__LIST_POSTS_RESPONSE__INIT, other = out;
	char *token;
	size_t size;

	in.community_id = COMMUNITY;
	in.page_size = 3;
	expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &out.base), STATUS_OK);
	token = (char *)out.next_page_token;
	size = strlen(token);

	for (size_t i = 0; i < size; i++) {
		char was = token[i];
		enum status status;

		token[i] = was == 'A' ? 'B' : 'A';
		in.page_token = token;
		call_forgive(&desk->call);
		status = sql_run(&desk->call, &post_list, &in.base, &other.base);
		/* The last character's spare bits say nothing. */
		if (i < size - 1) {
			expect(&desk->call, status, STATUS_INVALID_ARGUMENT);
			assert_string_equal(desk->call.fault.reason, "BAD_PAGE_TOKEN");
			assert_string_equal(desk->call.fault.violations->field, "page_token");
		}
		token[i] = was;
	}
	for (size_t cut = 1; cut < size; cut += 5) {
		in.page_token = arena_copy(&desk->arena, token, cut);
		call_forgive(&desk->call);
		expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &other.base),
		       STATUS_INVALID_ARGUMENT);
	}

	call_forgive(&desk->call);
	in.page_token = token;
	in.community_id = OTHER;
	expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &other.base),
	       STATUS_INVALID_ARGUMENT);
	call_forgive(&desk->call);
	in.community_id = COMMUNITY;
	in.topic = "another filter";
	expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &other.base),
	       STATUS_INVALID_ARGUMENT);
	call_forgive(&desk->call);
	in.topic = "";
	expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &other.base), STATUS_OK);
}

static void page_size_has_bounds(void **state)
{
	struct desk *desk = *state;
	static const int32_t sizes[][2] = {
		{0, 50}, {-5, 50}, {1, 1}, {1000, 100}, {INT32_MAX, 100}};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		Content__ListPostsRequest in = CONTENT__LIST_POSTS_REQUEST__INIT;
		Content__ListPostsResponse out = CONTENT__LIST_POSTS_RESPONSE__INIT;

		in.community_id = COMMUNITY;
		in.page_size = sizes[i][0];
		expect(&desk->call, sql_run(&desk->call, &post_list, &in.base, &out.base),
		       STATUS_OK);
		assert_int_equal(out.n_posts, sizes[i][1]);
	}
}

/* -- groups */

static void group_gives_what_singles_give_in_one_round_trip(void **state)
{
	struct desk *desk = *state;
	struct call calls[20], *list[20];
	Content__GetPostRequest requests[20];
	Content__Post posts[20];
	struct db_stats before, after;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20; i++) {
			calls[i] = new_call(desk);
			list[i] = &calls[i];
			content__get_post_request__init(&requests[i]);
			content__post__init(&posts[i]);
			requests[i].community_id = COMMUNITY;
			/* In falling order, and every fourth is not there. */
			requests[i].post_id =
				i % 4 ? arena_printf(&desk->arena, "00000000-0000-7000-8000-%012d",
						     90 - i)
				      : OTHER;
		}
		db_group_begin(desk->db, list, 20);
		for (int i = 0; i < 20; i++)
			expect(&calls[i],
			       sql_run(&calls[i], &post_get, &requests[i].base, &posts[i].base),
			       STATUS_PENDING);
		db_get_stats(desk->db, &before);
		expect(&calls[0], db_group_flush(desk->db), STATUS_OK);
		db_get_stats(desk->db, &after);
		for (int i = 0; i < 20; i++) {
			expect(&calls[i],
			       sql_run(&calls[i], &post_get, &requests[i].base, &posts[i].base),
			       i % 4 ? STATUS_OK : STATUS_NOT_FOUND);
			if (i % 4)
				assert_string_equal(posts[i].post_id, requests[i].post_id);
		}
		db_group_end(desk->db);
	}
	assert_int_equal(after.round_trips - before.round_trips, 1);
	assert_int_equal(after.statements - before.statements, 1);
}

static void group_keeps_types_and_nulls(void **state)
{
	struct desk *desk = *state;
	struct call calls[2] = {new_call(desk), new_call(desk)}, *list[] = {&calls[0], &calls[1]};
	Google__Protobuf__Timestamp times[2];
	Event__MembershipState membership;
	Event__Event in, nothing = EVENT__EVENT__INIT;
	Event__Event out[2] = {EVENT__EVENT__INIT, EVENT__EVENT__INIT};

	fill_event(&in, &membership, times);
	db_group_begin(desk->db, list, 2);
	for (int i = 0; i < 2; i++)
		expect(&calls[i],
		       sql_run(&calls[i], &event_echo, i ? &nothing.base : &in.base, &out[i].base),
		       STATUS_PENDING);
	expect(&calls[0], db_group_flush(desk->db), STATUS_OK);
	for (int i = 0; i < 2; i++)
		expect(&calls[i],
		       sql_run(&calls[i], &event_echo, i ? &nothing.base : &in.base, &out[i].base),
		       STATUS_OK);
	db_group_end(desk->db);
	expect_event(&out[0]);
	assert_null(out[1].membership);
	assert_string_equal(out[1].state, "");
}

static void failed_statement_of_a_group_is_known_by_its_call(void **state)
{
	struct desk *desk = *state;
	struct call calls[3], *list[3];
	Event__Event in[3] = {EVENT__EVENT__INIT, EVENT__EVENT__INIT, EVENT__EVENT__INIT};
	int64_t before = postgres_int(pg, "SELECT count(*) FROM note");

	for (int i = 0; i < 3; i++) {
		calls[i] = new_call(desk);
		list[i] = &calls[i];
		in[i].version = i == 1 ? -1 : 100 + i; /* a check refuses negative ones */
	}
	expect(&calls[0], db_begin(&calls[0]), STATUS_OK);
	db_group_begin(desk->db, list, 3);
	for (int i = 0; i < 3; i++)
		expect(&calls[i], sql_run(&calls[i], &note, &in[i].base, NULL), STATUS_PENDING);
	expect(&calls[1], db_group_flush(desk->db), STATUS_FAILED_PRECONDITION);
	assert_false(db_call_failed(&calls[0]));
	assert_true(db_call_failed(&calls[1]));
	assert_false(db_call_failed(&calls[2]));
	assert_string_equal(calls[1].fault.reason, "NUMBER_NEGATIVE");
	db_group_end(desk->db);
	db_rollback(desk->db);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note"), before);
}

/* -- transactions and the connection */

static void commit_keeps_and_rollback_forgets(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__Event in = EVENT__EVENT__INIT;

	in.version = 1;
	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	db_rollback(desk->db);
	in.version = 2;
	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	expect(c, db_commit(c), STATUS_OK);
	in.version = 3;
	expect(c, db_begin(c), STATUS_OK);
	db_commit_next(c);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number = 1"), 0);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number IN (2, 3)"), 2);

	/* Unique by name. */
	in.version = 3;
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_ALREADY_EXISTS);
	assert_string_equal(c->fault.reason, "NUMBER_TAKEN");
}

static void deadline_ends_a_statement_and_keeps_the_connection(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t start, pid;

	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	pid = out.count;
	start = clock_mono_us();
	c->deadline_us = start + 200000;
	expect(c, sql_run(c, &sleepy, NULL, &out.base), STATUS_DEADLINE_EXCEEDED);
	assert_in_range(clock_mono_us() - start, 190000, 1500000);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_DEADLINE_EXCEEDED);

	*c = new_call(desk);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	assert_int_equal(out.count, pid);
}

static void lost_connection_is_unavailable_then_new(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t pid;

	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	pid = out.count;
	postgres_int(pg, "SELECT pg_terminate_backend(%lld, 5000)::int", (long long)pid);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_UNAVAILABLE);
	assert_true(c->fault.retry_after_us > 0);
	call_forgive(c);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	assert_int_not_equal(out.count, pid);
}

static void lost_transaction_goes_on_only_after_rollback(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	Event__Event in = EVENT__EVENT__INIT;

	expect(c, db_begin(c), STATUS_OK);
	expect(c, sql_run(c, &backend, NULL, &out.base), STATUS_OK);
	postgres_int(pg, "SELECT pg_terminate_backend(%lld, 5000)::int", (long long)out.count);
	in.version = 4;
	for (int i = 0; i < 3; i++) {
		expect(c, sql_run(c, &note, &in.base, NULL), STATUS_UNAVAILABLE);
		call_forgive(c);
	}
	expect(c, db_commit(c), STATUS_UNAVAILABLE);
	call_forgive(c);
	db_rollback(desk->db);
	expect(c, sql_run(c, &note, &in.base, NULL), STATUS_OK);
	assert_int_equal(postgres_int(pg, "SELECT count(*) FROM note WHERE number = 4"), 1);
}

static void schema_that_changed_is_met_by_a_new_connection(void **state)
{
	struct desk *desk = *state;
	struct call *c = &desk->call;
	Content__GetPostRequest in = CONTENT__GET_POST_REQUEST__INIT;
	Content__Post out = CONTENT__POST__INIT;

	in.community_id = COMMUNITY;
	in.post_id = "00000000-0000-7000-8000-000000000001";
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_OK);
	postgres_int(pg, "ALTER TABLE post ALTER COLUMN create_time TYPE timestamp");
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_ABORTED);
	assert_string_equal(c->fault.reason, "STATEMENT_STALE");
	call_forgive(c);
	expect(c, sql_run(c, &post_get, &in.base, &out.base), STATUS_OK);
	postgres_int(pg, "ALTER TABLE post ALTER COLUMN create_time TYPE timestamptz");
}

static void server_that_is_not_there_is_unavailable_at_once(void **state)
{
	struct desk desk = {0};
	static const struct sql_table *const tables[] = {&table, NULL};
	static const uint8_t secret[32];
	struct db_options options = {
		.url = "postgresql:///x?host=/tmp/no-such-folder",
		.schema = "public",
		.name = "db_test",
		.prepare = true,
		.connect_timeout_us = 5000000,
		.page_secret = secret,
		.tables = tables,
	};
	Event__CountResponse out = EVENT__COUNT_RESPONSE__INIT;
	int64_t start = clock_mono_us();

	(void)state;
	desk.db = db_new(&options);
	for (int i = 0; i < 3; i++) {
		struct call c = new_call(&desk);

		expect(&c, sql_run(&c, &backend, NULL, &out.base), STATUS_UNAVAILABLE);
		assert_true(c.fault.retry_after_us > 0);
	}
	assert_in_range(clock_mono_us() - start, 0, 2000000);
	db_free(desk.db);
	arena_fini(&desk.arena);
}

static int setup(void **state)
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

static int teardown(void **state)
{
	(void)state;
	postgres_stop(pg);

	return 0;
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
#define UNPREPARED(test)                                                                           \
	{                                                                                          \
#test "_without_prepared_statements", test, open_unprepared, close_desk, NULL      \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(scalars_come_back_as_they_went),
		DESK(absent_values_are_null_both_ways),
		DESK(bytes_may_hold_anything),
		DESK(reals_and_booleans_come_back),
		DESK(numerics_are_read_as_integers),
		DESK(arrays_come_back_even_empty),
		DESK(items_become_arrays_and_rows_become_items),
		DESK(wrong_values_name_their_field),
		DESK(call_gives_its_own_values),
		DESK(mask_decides_and_without_it_what_is_set),
		DESK(missing_row_is_named_or_only_not_found),
		DESK(statement_that_does_not_fit_says_where),
		DESK(pages_follow_each_other_and_miss_nothing),
		DESK(tampered_and_foreign_tokens_are_refused),
		DESK(page_size_has_bounds),
		DESK(group_gives_what_singles_give_in_one_round_trip),
		DESK(group_keeps_types_and_nulls),
		DESK(failed_statement_of_a_group_is_known_by_its_call),
		DESK(commit_keeps_and_rollback_forgets),
		DESK(deadline_ends_a_statement_and_keeps_the_connection),
		DESK(lost_connection_is_unavailable_then_new),
		DESK(lost_transaction_goes_on_only_after_rollback),
		DESK(schema_that_changed_is_met_by_a_new_connection),
		UNPREPARED(scalars_come_back_as_they_went),
		UNPREPARED(pages_follow_each_other_and_miss_nothing),
		UNPREPARED(group_gives_what_singles_give_in_one_round_trip),
		UNPREPARED(group_keeps_types_and_nulls),
		cmocka_unit_test(server_that_is_not_there_is_unavailable_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
