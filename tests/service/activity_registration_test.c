/* Registrations: seats, the waitlist and its promotions, who was there; alone and in a crowd. */
#include "activity_words.h"
#include "base/id.h"
#include "kith/activity/v1/import.pb-c.h"
#include "kith_methods.h"

#define CROWD      64
#define GOING      ACTIVITY__REGISTRATION_STATE__REGISTRATION_STATE_GOING
#define WAITLISTED ACTIVITY__REGISTRATION_STATE__REGISTRATION_STATE_WAITLISTED
#define CANCELLED  ACTIVITY__REGISTRATION_STATE__REGISTRATION_STATE_CANCELLED

static const char *given_town(struct suite *s)
{
	static const char *const names[] = {"ann", "bob", "cid", "dan"};
	const char *community = given_community(s);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		EXPECT_OK(join(s, community, names[i]));
	return community;
}

static void seats_go_first_come_first_served_and_then_people_wait(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 1);
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_INT(r.state, GOING);
	EXPECT_INT(r.waitlist_position, 0);
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_INT(r.state, WAITLISTED);
	EXPECT_INT(r.waitlist_position, 1);
	EXPECT_OK(go(s, community, event, "cid", &r));
	EXPECT_INT(r.waitlist_position, 2);
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_INT(r.waitlist_position, 1);
	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_INT(r.state, GOING);

	EXPECT_INT(event_of(s, community, event).going_count, 1);
	EXPECT_INT(event_of(s, community, event).waitlist_count, 2);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, NULL), 3);
}

static void a_seat_given_up_goes_to_the_first_who_waits(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 1);
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_OK(go(s, community, event, "cid", &r));
	EXPECT_OK(give_up(s, community, event, "ann", &r));
	EXPECT_INT(r.state, CANCELLED);
	EXPECT_OK(give_up(s, community, event, "ann", &r));
	EXPECT_INT(registration_of(s, community, event, "bob").state, GOING);
	EXPECT_INT(registration_of(s, community, event, "cid").waitlist_position, 1);
	EXPECT_INT(event_of(s, community, event).going_count, 1);
	EXPECT_INT(event_of(s, community, event).waitlist_count, 1);

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_INT(r.waitlist_position, 2);
	EXPECT_OK(give_up(s, community, event, "cid", &r));
	EXPECT_INT(registration_of(s, community, event, "ann").waitlist_position, 1);
	EXPECT_OK(give_up(s, community, event, "bob", &r));
	EXPECT_INT(registration_of(s, community, event, "ann").state, GOING);
	EXPECT_OK(give_up(s, community, event, "ann", &r));
	EXPECT_INT(event_of(s, community, event).going_count, 0);
	EXPECT_INT(event_of(s, community, event).waitlist_count, 0);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, "CANCELLED"), 4);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, "GOING"), 3);
}

static void a_greater_capacity_admits_who_waits(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 1);
	Activity__UpdateEventRequest update = ACTIVITY__UPDATE_EVENT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Activity__Event wanted = ACTIVITY__EVENT__INIT, changed = ACTIVITY__EVENT__INIT;
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;
	const char *paths[] = {"capacity"};

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_OK(go(s, community, event, "cid", &r));
	EXPECT_OK(go(s, community, event, "dan", &r));
	update.community_id = community;
	update.event_id = event;
	update.event = &wanted;
	update.update_mask = &mask;
	mask.paths = (char **)paths;
	mask.n_paths = 1;
	wanted.capacity = 2;
	EXPECT_OK(suite_call(s, method_activity_update_event, &update, &changed));
	EXPECT_INT(changed.going_count, 2);
	EXPECT_INT(changed.waitlist_count, 2);
	EXPECT_INT(registration_of(s, community, event, "bob").state, GOING);
	EXPECT_INT(registration_of(s, community, event, "cid").waitlist_position, 1);

	wanted.capacity = 1;
	EXPECT_STATUS(suite_call(s, method_activity_update_event, &update, &changed),
		      FAILED_PRECONDITION, "CAPACITY_BELOW_GOING");
	wanted.capacity = 0;
	EXPECT_OK(suite_call(s, method_activity_update_event, &update, &changed));
	EXPECT_INT(changed.going_count, 4);
	EXPECT_INT(changed.waitlist_count, 0);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, "GOING"), 4);
}

static void registration_needs_an_open_event_and_a_member(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 1);
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;
	Activity__Event planned = ACTIVITY__EVENT__INIT;

	EXPECT_STATUS(go(s, community, event, "eve", &r), FAILED_PRECONDITION, "NOT_A_MEMBER");
	EXPECT_OK(plan_event(s, community, ACTIVITY__EVENT_STATE__EVENT_STATE_PUBLISHED, 1,
			     &planned));
	EXPECT_STATUS(go(s, community, planned.event_id, "ann", &r), FAILED_PRECONDITION,
		      "EVENT_STATE");
	EXPECT_STATUS(go(s, given_town(s), event, "ann", &r), NOT_FOUND, "EVENT_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_STATUS(go(s, community, event, "bob", &r), PERMISSION_DENIED, "PERSON_NOT_CALLER");
	EXPECT_OK(go(s, community, event, "ann", &r));
	as_named(s, "bob");
	EXPECT_STATUS(give_up(s, community, event, "ann", &r), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_STATUS(give_up(s, community, event, "dan", &r), NOT_FOUND, "REGISTRATION_NOT_FOUND");
	EXPECT_INT(event_of(s, community, event).going_count, 1);
}

static void who_has_a_seat_checks_in_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 1);
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_STATUS(check_in(s, community, event, "bob", &r), FAILED_PRECONDITION,
		      "REGISTRATION_STATE");
	EXPECT_STATUS(check_in(s, community, event, "cid", &r), NOT_FOUND,
		      "REGISTRATION_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_OK(check_in(s, community, event, "ann", &r));
	assert_non_null(r.attend_time);
	EXPECT_OK(check_in(s, community, event, "ann", &r));
	EXPECT_STATUS(give_up(s, community, event, "ann", &r), FAILED_PRECONDITION,
		      "REGISTRATION_STATE");
	as_platform(s);
	EXPECT_INT(event_of(s, community, event).attended_count, 1);
	EXPECT_INT(told(s, "ATTENDANCE_RECORDED", event, NULL), 1);
}

static void a_list_gives_every_registration_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 2);
	Activity__ListRegistrationsRequest list = ACTIVITY__LIST_REGISTRATIONS_REQUEST__INIT;
	Activity__ListRegistrationsResponse page = ACTIVITY__LIST_REGISTRATIONS_RESPONSE__INIT;
	Activity__Registration r = ACTIVITY__REGISTRATION__INIT;
	int seen = 0;

	EXPECT_OK(go(s, community, event, "ann", &r));
	EXPECT_OK(go(s, community, event, "bob", &r));
	EXPECT_OK(go(s, community, event, "cid", &r));
	list.community_id = community;
	list.event_id = event;
	list.page_size = 2;
	do {
		activity__list_registrations_response__init(&page);
		EXPECT_OK(suite_call(s, method_activity_list_registrations, &list, &page));
		seen += (int)page.n_registrations;
		list.page_token = page.next_page_token;
	} while (list.page_token[0]);
	EXPECT_INT(seen, 3);
	list.state = WAITLISTED;
	EXPECT_OK(suite_call(s, method_activity_list_registrations, &list, &page));
	EXPECT_INT(page.n_registrations, 1);
	EXPECT_INT(page.registrations[0]->waitlist_position, 1);
}

/* The rows are what the counters say, and no seat is free while somebody waits. */
static void expect_sound(struct suite *s, const char *event)
{
	EXPECT_INT(
		postgres_int(
			suite_database(s),
			"SELECT count(*) FROM activity.event v WHERE event_id = '%s' AND ("
			"going_count <> (SELECT count(*) FROM activity.registration r "
			"  WHERE r.event_id = v.event_id AND state = 'GOING') OR "
			"waitlist_count <> (SELECT count(*) FROM activity.registration r "
			"  WHERE r.event_id = v.event_id AND state = 'WAITLISTED') OR "
			"going_count > capacity OR going_count < capacity AND waitlist_count > 0)",
			event),
		0);
}

static void a_crowd_takes_every_seat_and_not_one_more(void **state)
{
	enum { SEATS = 20 };
	struct suite *s = *state;
	const char *community = given_community(s), *event = given_event(s, community, SEATS);
	Activity__RegisterForEventRequest requests[CROWD];
	Activity__CancelRegistrationRequest cancels[CROWD];
	const void *list[CROWD];
	struct outcome outcomes[CROWD];

	for (int i = 0; i < CROWD; i++) {
		const char *name = arena_printf(suite_arena(s), "guest%d", i);

		EXPECT_OK(join(s, community, name));
		activity__register_for_event_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].event_id = event;
		requests[i].person_id = person(s, name);
		activity__cancel_registration_request__init(&cancels[i]);
		cancels[i].community_id = community;
		cancels[i].event_id = event;
		cancels[i].person_id = requests[i].person_id;
		list[i] = &requests[i];
	}
	suite_call_at_once(s, method_activity_register_for_event, CROWD, list, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(event_of(s, community, event).going_count, SEATS);
	EXPECT_INT(event_of(s, community, event).waitlist_count, CROWD - SEATS);
	expect_sound(s, event);

	for (int i = 0; i < CROWD; i++)
		list[i] = &cancels[i];
	suite_call_at_once(s, method_activity_cancel_registration, CROWD / 2, list, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD / 2; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(event_of(s, community, event).going_count, SEATS);
	EXPECT_INT(event_of(s, community, event).waitlist_count, CROWD / 2 - SEATS);
	expect_sound(s, event);
}

static void a_person_registering_many_times_at_once_has_one_seat(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 10);
	Activity__RegisterForEventRequest request = ACTIVITY__REGISTER_FOR_EVENT_REQUEST__INIT;
	const void *list[CROWD];
	struct outcome outcomes[CROWD];

	request.community_id = community;
	request.event_id = event;
	request.person_id = person(s, "ann");
	for (int i = 0; i < CROWD; i++)
		list[i] = &request;
	suite_call_at_once(s, method_activity_register_for_event, CROWD, list, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(event_of(s, community, event).going_count, 1);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, NULL), 1);
}

static Activity__ImportedAttendance *was_there(struct suite *s, const char *community,
					       const char *event, const char *name,
					       Activity__Rsvp rsvp, bool attended)
{
	Activity__ImportedAttendance *item = arena_alloc(suite_arena(s), sizeof(*item));

	activity__imported_attendance__init(item);
	item->community_id = community;
	item->event_id = event;
	item->person_id = person(s, name);
	item->create_time = at(s, 1600000000);
	item->rsvp = rsvp;
	item->attended = attended;
	return item;
}

static void attendances_imported_twice_are_there_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_town(s), *event = given_event(s, community, 0);
	Activity__ImportAttendancesRequest request = ACTIVITY__IMPORT_ATTENDANCES_REQUEST__INIT;
	Activity__ImportAttendancesResponse reply = ACTIVITY__IMPORT_ATTENDANCES_RESPONSE__INIT;
	Activity__Event seen;
	char nowhere[ID_SIZE];
	Activity__ImportedAttendance *items[] = {
		was_there(s, community, event, "ann", ACTIVITY__RSVP__RSVP_YES, false),
		was_there(s, community, event, "ann", ACTIVITY__RSVP__RSVP_UNSPECIFIED, true),
		was_there(s, community, event, "bob", ACTIVITY__RSVP__RSVP_YES, false),
		was_there(s, community, event, "cid", ACTIVITY__RSVP__RSVP_WAITLIST, false),
		was_there(s, community, event, "dan", ACTIVITY__RSVP__RSVP_NO, false),
		was_there(s, community, event, "eve", ACTIVITY__RSVP__RSVP_YES, false),
	};

	id_of("event", "nowhere", nowhere);
	items[5]->event_id = nowhere;
	request.items = items;
	request.n_items = 6;
	EXPECT_OK(suite_call(s, method_activity_import_attendances, &request, &reply));
	EXPECT_INT(reply.created_count, 4);
	EXPECT_INT(reply.unchanged_count, 1);
	EXPECT_INT(reply.n_unknown_items, 1);
	EXPECT_INT(reply.unknown_items[0], 5);
	EXPECT_OK(suite_call(s, method_activity_import_attendances, &request, &reply));
	EXPECT_INT(reply.created_count + reply.updated_count, 0);
	items[3]->attended = true;
	EXPECT_OK(suite_call(s, method_activity_import_attendances, &request, &reply));
	EXPECT_INT(reply.updated_count, 1);

	seen = event_of(s, community, event);
	EXPECT_INT(seen.going_count, 3);
	EXPECT_INT(seen.waitlist_count, 0);
	EXPECT_INT(seen.attended_count, 2);
	EXPECT_INT(told(s, "ATTENDANCE_RECORDED", event, NULL), 2);
	EXPECT_INT(told(s, "REGISTRATION_CHANGED", event, NULL), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seats_go_first_come_first_served_and_then_people_wait),
		cmocka_unit_test(a_seat_given_up_goes_to_the_first_who_waits),
		cmocka_unit_test(a_greater_capacity_admits_who_waits),
		cmocka_unit_test(registration_needs_an_open_event_and_a_member),
		cmocka_unit_test(who_has_a_seat_checks_in_once),
		cmocka_unit_test(a_list_gives_every_registration_once),
		cmocka_unit_test(a_crowd_takes_every_seat_and_not_one_more),
		cmocka_unit_test(a_person_registering_many_times_at_once_has_one_seat),
		cmocka_unit_test(attendances_imported_twice_are_there_once),
	};

	return cmocka_run_group_tests_name("activity_registration", tests, activity_setup,
					   suite_teardown);
}
