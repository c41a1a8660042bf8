/* Events: planning, the steps of their lives, what the clock does, orders, and imports. */
#include "activity_words.h"
#include "base/clock.h"
#include "base/id.h"
#include "kith/activity/v1/import.pb-c.h"
#include "kith_methods.h"

#define STATE(name) ACTIVITY__EVENT_STATE__EVENT_STATE_##name

static const char *given_town(struct suite *s)
{
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	return community;
}

static void a_moderator_plans_and_members_do_not(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__Event event = ACTIVITY__EVENT__INIT;

	as_named(s, "ann");
	EXPECT_STATUS(plan_event(s, community, STATE(UNSPECIFIED), 0, &event), PERMISSION_DENIED,
		      NULL);
	as_named(s, "mod");
	EXPECT_OK(plan_event(s, community, STATE(UNSPECIFIED), 0, &event));
	EXPECT_INT(event.state, STATE(DRAFT));
	EXPECT_TEXT(event.time_zone, "Asia/Shanghai");
	EXPECT_TEXT(event.host_person_id, person(s, "mod"));
	EXPECT_INT(told(s, "EVENT_CHANGED", event.event_id, "DRAFT"), 1);

	as_named(s, "ann");
	EXPECT_STATUS(get_event(s, community, event.event_id, &event), NOT_FOUND,
		      "EVENT_NOT_FOUND");
	as_platform(s);
}

static void an_event_needs_a_title_and_times(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__CreateEventRequest request = ACTIVITY__CREATE_EVENT_REQUEST__INIT;
	Activity__Event wanted = ACTIVITY__EVENT__INIT, event = ACTIVITY__EVENT__INIT;
	struct outcome outcome;

	request.community_id = community;
	request.event = &wanted;
	outcome = suite_call(s, method_activity_create_event, &request, &event);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "event.title"));
	wanted.title = "A meeting";
	outcome = suite_call(s, method_activity_create_event, &request, &event);
	assert_true(outcome_names(&outcome, "event.start_time"));
	wanted.start_time = in(s, 100);
	wanted.end_time = in(s, 50);
	EXPECT_STATUS(suite_call(s, method_activity_create_event, &request, &event),
		      FAILED_PRECONDITION, "EVENT_ENDS_BEFORE_START");
	wanted.end_time = in(s, 150);
	wanted.state = STATE(ENDED);
	outcome = suite_call(s, method_activity_create_event, &request, &event);
	assert_true(outcome_names(&outcome, "event.state"));
	wanted.state = STATE(DRAFT);
	request.community_id = "00000000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_activity_create_event, &request, &event), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void steps_are_taken_in_order_and_told_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__PublishEventRequest publish = ACTIVITY__PUBLISH_EVENT_REQUEST__INIT;
	Activity__OpenEventRequest open = ACTIVITY__OPEN_EVENT_REQUEST__INIT;
	Activity__Event event = ACTIVITY__EVENT__INIT;
	const char *id;

	EXPECT_OK(plan_event(s, community, STATE(UNSPECIFIED), 0, &event));
	id = event.event_id;
	publish.community_id = open.community_id = community;
	publish.event_id = open.event_id = id;
	EXPECT_OK(suite_call(s, method_activity_publish_event, &publish, &event));
	EXPECT_INT(event.state, STATE(PUBLISHED));
	EXPECT_STATUS(suite_call(s, method_activity_publish_event, &publish, &event),
		      FAILED_PRECONDITION, "EVENT_STATE");
	EXPECT_OK(suite_call(s, method_activity_open_event, &open, &event));
	EXPECT_OK(cancel_event(s, community, id, &event));
	EXPECT_INT(event.state, STATE(CANCELLED));
	EXPECT_STATUS(cancel_event(s, community, id, &event), FAILED_PRECONDITION, "EVENT_STATE");
	EXPECT_STATUS(suite_call(s, method_activity_open_event, &open, &event), FAILED_PRECONDITION,
		      "EVENT_STATE");
	EXPECT_INT(told(s, "EVENT_CHANGED", id, NULL), 4);
	EXPECT_INT(told(s, "EVENT_CHANGED", id, "CANCELLED"), 1);
}

static void an_update_changes_the_masked_fields_of_the_version_that_was_read(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__UpdateEventRequest update = ACTIVITY__UPDATE_EVENT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Activity__Event wanted = ACTIVITY__EVENT__INIT, event = ACTIVITY__EVENT__INIT;
	const char *paths[] = {"venue"};

	update.community_id = community;
	update.event_id = given_event(s, community, 5);
	update.event = &wanted;
	update.update_mask = &mask;
	mask.paths = (char **)paths;
	mask.n_paths = 1;
	wanted.title = "not in the mask";
	wanted.venue = "The library";
	wanted.etag = "1";
	EXPECT_OK(suite_call(s, method_activity_update_event, &update, &event));
	EXPECT_TEXT(event.venue, "The library");
	EXPECT_TEXT(event.title, "A meeting");
	EXPECT_INT(event.capacity, 5);
	EXPECT_STATUS(suite_call(s, method_activity_update_event, &update, &event), ABORTED,
		      "ETAG_MISMATCH");
	wanted.etag = "";
	paths[0] = "title";
	wanted.title = "";
	EXPECT_STATUS(suite_call(s, method_activity_update_event, &update, &event),
		      INVALID_ARGUMENT, NULL);
	paths[0] = "going_count";
	EXPECT_STATUS(suite_call(s, method_activity_update_event, &update, &event),
		      INVALID_ARGUMENT, "FIELD_NOT_CHANGEABLE");
	paths[0] = "venue";
	EXPECT_OK(cancel_event(s, community, update.event_id, &event));
	EXPECT_STATUS(suite_call(s, method_activity_update_event, &update, &event),
		      FAILED_PRECONDITION, "EVENT_STATE");
}

static bool reaches(struct suite *s, const char *community, const char *event,
		    Activity__EventState state)
{
	int64_t until = clock_mono_us() + 20000000;

	while (clock_mono_us() < until)
		if (event_of(s, community, event).state == state)
			return true;

	return false;
}

static void the_clock_starts_and_ends_events(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	const char *starting = given_event(s, community, 0), *over = given_event(s, community, 0);

	postgres_int(suite_database(s),
		     "UPDATE activity.event SET start_time = now() - interval '1 minute' "
		     "WHERE event_id = '%s'",
		     starting);
	postgres_int(suite_database(s),
		     "UPDATE activity.event SET start_time = now() - interval '2 minutes', "
		     "end_time = now() - interval '1 minute' WHERE event_id = '%s'",
		     over);
	assert_true(reaches(s, community, starting, STATE(RUNNING)));
	assert_true(reaches(s, community, over, STATE(ENDED)));
	postgres_int(suite_database(s),
		     "UPDATE activity.event SET end_time = now() WHERE event_id = '%s'", starting);
	assert_true(reaches(s, community, starting, STATE(ENDED)));
	EXPECT_INT(told(s, "EVENT_CHANGED", starting, "RUNNING"), 1);
	EXPECT_INT(told(s, "EVENT_CHANGED", starting, "ENDED"), 1);
	EXPECT_INT(told(s, "EVENT_CHANGED", over, NULL), 2);
}

static Activity__ImportedEvent *old_event(struct suite *s, const char *community, const char *name,
					  int64_t start, Activity__EventState state)
{
	Activity__ImportedEvent *item = arena_alloc(suite_arena(s), sizeof(*item));
	char id[ID_SIZE];

	id_of("event", name, id);
	activity__imported_event__init(item);
	item->community_id = community;
	item->event_id = arena_string(suite_arena(s), id);
	item->title = name;
	item->start_time = at(s, start);
	item->state = state;
	item->reported_yes_count = 14;
	return item;
}

static void events_imported_twice_are_there_once_and_summed_up(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__ImportEventsRequest request = ACTIVITY__IMPORT_EVENTS_REQUEST__INIT;
	Activity__ImportEventsResponse reply = ACTIVITY__IMPORT_EVENTS_RESPONSE__INIT;
	Activity__GetActivitySummaryRequest ask = ACTIVITY__GET_ACTIVITY_SUMMARY_REQUEST__INIT;
	Activity__ActivitySummary summary = ACTIVITY__ACTIVITY_SUMMARY__INIT;
	Activity__ListEventsRequest list = ACTIVITY__LIST_EVENTS_REQUEST__INIT;
	Activity__ListEventsResponse page = ACTIVITY__LIST_EVENTS_RESPONSE__INIT;
	int64_t later = clock_wall_us() / 1000000 + 86400;
	Activity__ImportedEvent *items[] = {
		old_event(s, community, "first", 1500000000, STATE(ENDED)),
		old_event(s, community, "second", 1600000000, STATE(UNSPECIFIED)),
		old_event(s, community, "off", 1550000000, STATE(CANCELLED)),
		old_event(s, community, "next", later, STATE(UNSPECIFIED)),
		old_event(s, community, "first", 1500000000, STATE(ENDED)),
	};

	request.items = items;
	request.n_items = 5;
	EXPECT_OK(suite_call(s, method_activity_import_events, &request, &reply));
	EXPECT_INT(reply.created_count, 4);
	EXPECT_INT(reply.unchanged_count, 1);
	EXPECT_OK(suite_call(s, method_activity_import_events, &request, &reply));
	EXPECT_INT(reply.created_count, 0);
	EXPECT_INT(told(s, "EVENT_CHANGED", items[0]->event_id, NULL), 1);

	ask.community_id = community;
	EXPECT_OK(suite_call(s, method_activity_get_activity_summary, &ask, &summary));
	EXPECT_INT(summary.ended_event_count, 2);
	EXPECT_INT(summary.upcoming_event_count, 1);
	EXPECT_TEXT(summary.next_event_id, items[3]->event_id);
	EXPECT_TEXT(summary.last_event_id, items[1]->event_id);
	EXPECT_INT(summary.last_reported_yes_count, 14);

	list.community_id = community;
	list.start_from = at(s, 1550000000);
	list.start_before = at(s, 1700000000);
	EXPECT_OK(suite_call(s, method_activity_list_events, &list, &page));
	EXPECT_INT(page.n_events, 2);
	list.state = STATE(CANCELLED);
	EXPECT_OK(suite_call(s, method_activity_list_events, &list, &page));
	EXPECT_INT(page.n_events, 1);
	EXPECT_TEXT(page.events[0]->event_id, items[2]->event_id);
}

static void a_summary_of_nothing_is_all_zero(void **state)
{
	struct suite *s = *state;
	Activity__GetActivitySummaryRequest ask = ACTIVITY__GET_ACTIVITY_SUMMARY_REQUEST__INIT;
	Activity__ActivitySummary summary = ACTIVITY__ACTIVITY_SUMMARY__INIT;

	ask.community_id = given_community(s);
	EXPECT_OK(suite_call(s, method_activity_get_activity_summary, &ask, &summary));
	EXPECT_INT(summary.upcoming_event_count, 0);
	EXPECT_TEXT(summary.next_event_id, "");
	assert_null(summary.last_start_time);
}

static Activity__ImportedOrder *old_order(struct suite *s, const char *community, const char *name,
					  Activity__OrderState state, int64_t when)
{
	Activity__ImportedOrder *item = arena_alloc(suite_arena(s), sizeof(*item));
	char id[ID_SIZE];

	id_of("order", name, id);
	activity__imported_order__init(item);
	item->community_id = community;
	item->order_id = arena_string(suite_arena(s), id);
	item->person_id = person(s, "ann");
	item->amount = 19900;
	item->currency = "CNY";
	item->state = state;
	item->create_time = at(s, when);
	return item;
}

static void of_an_order_the_latest_state_counts(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s);
	Activity__ImportOrdersRequest request = ACTIVITY__IMPORT_ORDERS_REQUEST__INIT;
	Activity__ImportOrdersResponse reply = ACTIVITY__IMPORT_ORDERS_RESPONSE__INIT;
	Activity__ListOrdersRequest list = ACTIVITY__LIST_ORDERS_REQUEST__INIT;
	Activity__ListOrdersResponse page = ACTIVITY__LIST_ORDERS_RESPONSE__INIT;
	Activity__GetOrderRequest get = ACTIVITY__GET_ORDER_REQUEST__INIT;
	Activity__Order order = ACTIVITY__ORDER__INIT;
	Activity__ImportedOrder *items[] = {
		old_order(s, community, "o1", ACTIVITY__ORDER_STATE__ORDER_STATE_PAID, 1600000100),
		old_order(s, community, "o1", ACTIVITY__ORDER_STATE__ORDER_STATE_CREATED,
			  1600000000),
		old_order(s, community, "o2", ACTIVITY__ORDER_STATE__ORDER_STATE_CREATED,
			  1600000000),
	};

	request.items = items;
	request.n_items = 3;
	EXPECT_OK(suite_call(s, method_activity_import_orders, &request, &reply));
	EXPECT_INT(reply.created_count, 2);
	EXPECT_INT(reply.unchanged_count, 1);
	EXPECT_OK(suite_call(s, method_activity_import_orders, &request, &reply));
	EXPECT_INT(reply.created_count + reply.updated_count, 0);
	items[2]->state = ACTIVITY__ORDER_STATE__ORDER_STATE_REFUNDED;
	items[2]->create_time = at(s, 1600000500);
	EXPECT_OK(suite_call(s, method_activity_import_orders, &request, &reply));
	EXPECT_INT(reply.updated_count, 1);

	get.community_id = community;
	get.order_id = items[0]->order_id;
	EXPECT_OK(suite_call(s, method_activity_get_order, &get, &order));
	EXPECT_INT(order.state, ACTIVITY__ORDER_STATE__ORDER_STATE_PAID);
	EXPECT_INT(order.amount, 19900);
	EXPECT_INT(order.create_time->seconds, 1600000000);
	EXPECT_INT(told(s, "ORDER_CHANGED", order.order_id, NULL), 1);
	EXPECT_INT(told(s, "ORDER_CHANGED", items[2]->order_id, NULL), 2);

	list.community_id = community;
	as_named(s, "ann");
	EXPECT_STATUS(suite_call(s, method_activity_list_orders, &list, &page), PERMISSION_DENIED,
		      NULL);
	list.person_id = person(s, "ann");
	EXPECT_OK(suite_call(s, method_activity_list_orders, &list, &page));
	EXPECT_INT(page.n_orders, 2);
	as_platform(s);
	list.state = ACTIVITY__ORDER_STATE__ORDER_STATE_REFUNDED;
	list.person_id = "";
	EXPECT_OK(suite_call(s, method_activity_list_orders, &list, &page));
	EXPECT_INT(page.n_orders, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moderator_plans_and_members_do_not),
		cmocka_unit_test(an_event_needs_a_title_and_times),
		cmocka_unit_test(steps_are_taken_in_order_and_told_once),
		cmocka_unit_test(an_update_changes_the_masked_fields_of_the_version_that_was_read),
		cmocka_unit_test(the_clock_starts_and_ends_events),
		cmocka_unit_test(events_imported_twice_are_there_once_and_summed_up),
		cmocka_unit_test(a_summary_of_nothing_is_all_zero),
		cmocka_unit_test(of_an_order_the_latest_state_counts),
	};

	return cmocka_run_group_tests_name("activity_event", tests, activity_setup, suite_teardown);
}
