/* Statements on a real PostgreSQL: every type both ways, pages and their tokens, masks, groups
 * against singles. */
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
#include "db_fixture.h"
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
	assert_string_equal(out.person_id, desk->call.caller->person_id);
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
		UNPREPARED(scalars_come_back_as_they_went),
		UNPREPARED(pages_follow_each_other_and_miss_nothing),
		UNPREPARED(group_gives_what_singles_give_in_one_round_trip),
		UNPREPARED(group_keeps_types_and_nulls),
	};

	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
