/* Tickets: who sees them, each step and each step that is none, and the times that run. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/sla.pb-c.h"
#include "kith/content/v1/ticket.pb-c.h"
#include "kith_methods.h"

#define STATE(name) CONTENT__TICKET_STATE__TICKET_STATE_##name

static struct outcome create(struct suite *s, const char *community, const char *name,
			     Content__TicketKind kind, Content__Ticket *ret)
{
	Content__CreateTicketRequest request = CONTENT__CREATE_TICKET_REQUEST__INIT;
	Content__Ticket wanted = CONTENT__TICKET__INIT;

	wanted.person_id = name ? person(s, name) : "";
	wanted.kind = kind;
	wanted.subject = "the lamp is broken";
	wanted.body = "since Monday";
	request.community_id = community;
	request.ticket = &wanted;
	content__ticket__init(ret);

	return suite_call(s, method_content_create_ticket, &request, ret);
}

/* A community with its members ann and bob, moderator mia; a complaint of ann's. */
static Content__Ticket given_ticket(struct suite *s)
{
	const char *community = given_community(s, .owner = "olga");
	Content__Ticket ticket;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mia"));
	EXPECT_OK(give_role(s, community, "mia", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);
	as_platform(s);
	EXPECT_OK(
		create(s, community, "ann", CONTENT__TICKET_KIND__TICKET_KIND_COMPLAINT, &ticket));

	return ticket;
}

/* Takes the step that leads to the state; every step's request begins with community_id and
 * ticket_id. */
static struct outcome step(struct suite *s, const Content__Ticket *ticket, Content__TicketState to,
			   Content__Ticket *ret)
{
	Content__AcknowledgeTicketRequest acknowledge = CONTENT__ACKNOWLEDGE_TICKET_REQUEST__INIT;
	Content__StartTicketRequest start = CONTENT__START_TICKET_REQUEST__INIT;
	Content__ResolveTicketRequest resolve = CONTENT__RESOLVE_TICKET_REQUEST__INIT;
	Content__CloseTicketRequest close = CONTENT__CLOSE_TICKET_REQUEST__INIT;
	Content__ReopenTicketRequest reopen = CONTENT__REOPEN_TICKET_REQUEST__INIT;

	content__ticket__init(ret);
	switch (to) {
	case STATE(ACKNOWLEDGED):
		acknowledge.community_id = ticket->community_id;
		acknowledge.ticket_id = ticket->ticket_id;
		acknowledge.note = "read";
		return suite_call(s, method_content_acknowledge_ticket, &acknowledge, ret);
	case STATE(IN_PROGRESS):
		start.community_id = ticket->community_id;
		start.ticket_id = ticket->ticket_id;
		return suite_call(s, method_content_start_ticket, &start, ret);
	case STATE(RESOLVED):
		resolve.community_id = ticket->community_id;
		resolve.ticket_id = ticket->ticket_id;
		resolve.resolution = "a new lamp";
		return suite_call(s, method_content_resolve_ticket, &resolve, ret);
	case STATE(CLOSED):
		close.community_id = ticket->community_id;
		close.ticket_id = ticket->ticket_id;
		close.satisfaction = 4;
		close.satisfaction_comment = "bright";
		return suite_call(s, method_content_close_ticket, &close, ret);
	default:
		reopen.community_id = ticket->community_id;
		reopen.ticket_id = ticket->ticket_id;
		reopen.note = "dark again";
		return suite_call(s, method_content_reopen_ticket, &reopen, ret);
	}
}

static struct outcome get(struct suite *s, const Content__Ticket *ticket, Content__Ticket *ret)
{
	Content__GetTicketRequest request = CONTENT__GET_TICKET_REQUEST__INIT;

	content__ticket__init(ret);
	request.community_id = ticket->community_id;
	request.ticket_id = ticket->ticket_id;

	return suite_call(s, method_content_get_ticket, &request, ret);
}

static size_t listed(struct suite *s, const char *community, bool breached)
{
	Content__ListTicketsRequest request = CONTENT__LIST_TICKETS_REQUEST__INIT;
	Content__ListTicketsResponse list = CONTENT__LIST_TICKETS_RESPONSE__INIT;

	request.community_id = community;
	request.breached = breached;
	EXPECT_OK(suite_call(s, method_content_list_tickets, &request, &list));

	return list.n_tickets;
}

static size_t notes(struct suite *s, const Content__Ticket *ticket)
{
	Content__ListTicketNotesRequest request = CONTENT__LIST_TICKET_NOTES_REQUEST__INIT;
	Content__ListTicketNotesResponse list = CONTENT__LIST_TICKET_NOTES_RESPONSE__INIT;

	request.community_id = ticket->community_id;
	request.ticket_id = ticket->ticket_id;
	EXPECT_OK(suite_call(s, method_content_list_ticket_notes, &request, &list));

	return list.n_notes;
}

static struct outcome note(struct suite *s, const Content__Ticket *ticket, bool internal)
{
	Content__AddTicketNoteRequest request = CONTENT__ADD_TICKET_NOTE_REQUEST__INIT;
	Content__TicketNote made = CONTENT__TICKET_NOTE__INIT;

	request.community_id = ticket->community_id;
	request.ticket_id = ticket->ticket_id;
	request.text = "about the lamp";
	request.internal = internal;

	return suite_call(s, method_content_add_ticket_note, &request, &made);
}

static void a_ticket_goes_its_way_to_the_end(void **state)
{
	struct suite *s = *state;
	Content__Ticket given = given_ticket(s), now;

	EXPECT_INT(given.state, STATE(NEW));
	assert_null(given.response_time);
	EXPECT_INT(given.response_due_time->seconds - given.create_time->seconds, 240 * 60);
	EXPECT_INT(given.resolve_due_time->seconds - given.create_time->seconds, 2880 * 60);
	as_named(s, "mia");
	EXPECT_OK(step(s, &given, STATE(ACKNOWLEDGED), &now));
	assert_non_null(now.response_time);
	EXPECT_OK(step(s, &given, STATE(IN_PROGRESS), &now));
	EXPECT_TEXT(now.assignee_person_id, person(s, "mia"));
	EXPECT_OK(step(s, &given, STATE(RESOLVED), &now));
	EXPECT_TEXT(now.resolution, "a new lamp");
	EXPECT_STATUS(step(s, &given, STATE(CLOSED), &now), PERMISSION_DENIED, "NOT_THE_OWNER");
	as_named(s, "ann");
	EXPECT_OK(step(s, &given, STATE(CLOSED), &now));
	EXPECT_INT(now.satisfaction, 4);
	EXPECT_TEXT(now.satisfaction_comment, "bright");
	assert_non_null(now.close_time);
	EXPECT_INT(now.version, 5);
	EXPECT_INT(notes(s, &given), 5);
	EXPECT_OK(step(s, &given, STATE(REOPENED), &now));
	EXPECT_INT(now.reopen_count, 1);
	EXPECT_INT(now.satisfaction, 0);
	assert_null(now.resolve_time);
	assert_true(now.resolve_due_time->seconds >= given.resolve_due_time->seconds);
	as_platform(s);
}

/* Every state against every step: what the way does not have is refused with the state it is in. */
static void no_other_step_is_taken(void **state)
{
	static const Content__TicketState ways[][5] = {
		[STATE(NEW)] = {0},
		[STATE(ACKNOWLEDGED)] = {STATE(ACKNOWLEDGED)},
		[STATE(IN_PROGRESS)] = {STATE(IN_PROGRESS)},
		[STATE(RESOLVED)] = {STATE(RESOLVED)},
		[STATE(CLOSED)] = {STATE(RESOLVED), STATE(CLOSED)},
		[STATE(REOPENED)] = {STATE(RESOLVED), STATE(REOPENED)},
	};
	static const char *const allowed[] = {
		[STATE(NEW)] = "AIR",     [STATE(ACKNOWLEDGED)] = "IR", [STATE(IN_PROGRESS)] = "IR",
		[STATE(RESOLVED)] = "CO", [STATE(CLOSED)] = "O",        [STATE(REOPENED)] = "AIR",
	};
	static const char letters[] = "??AIRCO";
	struct suite *s = *state;

	for (Content__TicketState from = STATE(NEW); from <= STATE(REOPENED); from++) {
		for (Content__TicketState to = STATE(ACKNOWLEDGED); to <= STATE(REOPENED); to++) {
			Content__Ticket ticket = given_ticket(s), now;

			for (size_t i = 0; ways[from][i]; i++)
				EXPECT_OK(step(s, &ticket, ways[from][i], &now));
			if (strchr(allowed[from], letters[to])) {
				EXPECT_OK(step(s, &ticket, to, &now));
				EXPECT_INT(now.state, to);
				continue;
			}
			EXPECT_STATUS(step(s, &ticket, to, &now), FAILED_PRECONDITION,
				      "TICKET_STATE");
			EXPECT_OK(get(s, &ticket, &now));
			EXPECT_INT(now.state, from);
		}
	}
}

static void a_ticket_is_seen_by_its_person_and_by_moderators(void **state)
{
	struct suite *s = *state;
	Content__Ticket given = given_ticket(s), now;

	as_named(s, "ann");
	EXPECT_OK(get(s, &given, &now));
	EXPECT_INT(listed(s, given.community_id, false), 1);
	as_named(s, "mia");
	EXPECT_OK(get(s, &given, &now));
	EXPECT_INT(listed(s, given.community_id, false), 1);
	as_named(s, "bob");
	EXPECT_STATUS(get(s, &given, &now), NOT_FOUND, "TICKET_NOT_FOUND");
	EXPECT_STATUS(note(s, &given, false), NOT_FOUND, "TICKET_NOT_FOUND");
	EXPECT_STATUS(step(s, &given, STATE(REOPENED), &now), NOT_FOUND, "TICKET_NOT_FOUND");
	EXPECT_INT(listed(s, given.community_id, false), 0);
	EXPECT_STATUS(create(s, given.community_id, "ann",
			     CONTENT__TICKET_KIND__TICKET_KIND_FEEDBACK, &now),
		      PERMISSION_DENIED, "PERSON_NOT_CALLER");
	as_platform(s);
	EXPECT_STATUS(create(s, given.community_id, "eve",
			     CONTENT__TICKET_KIND__TICKET_KIND_FEEDBACK, &now),
		      FAILED_PRECONDITION, "NOT_A_MEMBER");
	EXPECT_STATUS(create(s, given.community_id, "ann", 0, &now), INVALID_ARGUMENT, NULL);
}

static void notes_among_moderators_stay_among_them(void **state)
{
	struct suite *s = *state;
	Content__Ticket given = given_ticket(s), now;

	as_named(s, "ann");
	EXPECT_OK(note(s, &given, false));
	EXPECT_STATUS(note(s, &given, true), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_OK(get(s, &given, &now));
	assert_null(now.response_time);
	as_named(s, "mia");
	EXPECT_OK(note(s, &given, true));
	EXPECT_OK(get(s, &given, &now));
	assert_null(now.response_time); /* ann has heard nothing */
	EXPECT_INT(notes(s, &given), 3);
	EXPECT_OK(note(s, &given, false));
	EXPECT_OK(get(s, &given, &now));
	assert_non_null(now.response_time);
	as_named(s, "ann");
	EXPECT_INT(notes(s, &given), 3);
	as_platform(s);
}

static void what_is_late_is_in_the_queue_of_the_late(void **state)
{
	struct suite *s = *state;
	Content__Ticket given = given_ticket(s), now;
	Content__GetTicketSummaryRequest request = CONTENT__GET_TICKET_SUMMARY_REQUEST__INIT;
	Content__TicketSummary summary = CONTENT__TICKET_SUMMARY__INIT;

	EXPECT_INT(listed(s, given.community_id, true), 0);
	postgres_int(suite_database(s),
		     "UPDATE content.ticket SET response_due_time = now() - interval '1 second' "
		     "WHERE ticket_id = '%s'",
		     given.ticket_id);
	EXPECT_INT(listed(s, given.community_id, true), 1);
	EXPECT_OK(get(s, &given, &now));
	assert_true(now.response_breached);
	assert_false(now.resolve_breached);
	EXPECT_OK(step(s, &given, STATE(RESOLVED), &now));
	EXPECT_OK(step(s, &given, STATE(CLOSED), &now));
	assert_true(now.response_breached);
	request.community_id = given.community_id;
	EXPECT_OK(suite_call(s, method_content_get_ticket_summary, &request, &summary));
	EXPECT_INT(summary.open_count, 0);
	EXPECT_INT(summary.closed_count, 1);
	EXPECT_INT(summary.breached_count, 0);
	EXPECT_INT(summary.satisfaction_count, 1);
	EXPECT_INT(summary.satisfied_count, 1);
}

static void what_was_settled_long_ago_is_closed_and_stays_so(void **state)
{
	struct suite *s = *state;
	Content__Ticket given = given_ticket(s), now;
	int64_t until = clock_mono_us() + 20000000;

	EXPECT_OK(step(s, &given, STATE(RESOLVED), &now));
	postgres_int(suite_database(s),
		     "UPDATE content.ticket SET resolve_time = now() - interval '31 days' WHERE "
		     "ticket_id = '%s'",
		     given.ticket_id);
	do {
		assert_true(clock_mono_us() < until);
		EXPECT_OK(get(s, &given, &now));
	} while (now.state != STATE(CLOSED));
	EXPECT_INT(now.satisfaction, 0);
	EXPECT_INT(now.version, 3);
	EXPECT_INT(notes(s, &given), 3);
	EXPECT_STATUS(step(s, &given, STATE(REOPENED), &now), FAILED_PRECONDITION,
		      "REOPEN_TOO_LATE");
}

static struct outcome update_sla(struct suite *s, const char *community, Content__Sla *wanted,
				 Content__Sla *ret)
{
	Content__UpdateSlaRequest request = CONTENT__UPDATE_SLA_REQUEST__INIT;

	content__sla__init(ret);
	request.community_id = community;
	request.sla = wanted;

	return suite_call(s, method_content_update_sla, &request, ret);
}

static void times_run_in_service_hours_of_the_communitys_own_days(void **state)
{
	static const struct {
		const char *zone, *start;
		int64_t minutes;
		const char *expected;
	} cases[] = {
		/* Friday 17:30; Monday is a holiday: Tuesday 9:30. */
		{"Asia/Shanghai", "2026-11-27 09:30+00", 60, "2026-12-01 01:30:00+00"},
		/* Saturday noon counts from Tuesday 9:00. */
		{"Asia/Shanghai", "2026-11-28 04:00+00", 30, "2026-12-01 01:30:00+00"},
		/* Exactly the rest of the day. */
		{"Asia/Shanghai", "2026-11-27 09:30+00", 30, "2026-11-27 10:00:00+00"},
		/* Two working days and a half: from Wednesday 9:00 to Friday 13:30. */
		{"Asia/Shanghai", "2026-11-25 01:00+00", 9 * 60 * 2 + 270,
		 "2026-11-27 05:30:00+00"},
		/* Sunday of the spring change has 23 hours (hours of Sunday: 0 to 24). */
		{"Europe/Berlin", "2026-03-28 23:00+00", 23 * 60, "2026-03-29 22:00:00+00"},
		{"Europe/Berlin", "2026-03-28 23:00+00", 23 * 60 + 1, "2026-03-30 07:01:00+00"},
		/* Sunday of the autumn change has 25. */
		{"Europe/Berlin", "2026-10-24 22:00+00", 25 * 60, "2026-10-25 23:00:00+00"},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *community =
			given_community(s, .owner = "ann", .time_zone = cases[i].zone);
		bool berlin = strcmp(cases[i].zone, "Europe/Berlin") == 0;
		Content__Sla wanted = CONTENT__SLA__INIT, sla;
		Content__ServiceHours hours[6], *list[6];
		const char *holidays[] = {"2026-11-30"};

		for (int k = 0; k < 6; k++) {
			content__service_hours__init(&hours[k]);
			hours[k].weekday = k < 5 ? k + 1 : 7;
			hours[k].open_minute = k < 5 ? 9 * 60 : 0;
			hours[k].close_minute = k < 5 ? 18 * 60 : 1440;
			list[k] = &hours[k];
		}
		wanted.hours = list;
		wanted.n_hours = berlin ? 6 : 5;
		wanted.holidays = holidays;
		wanted.n_holidays = 1;
		as_platform(s);
		suite_settle(s);
		EXPECT_OK(update_sla(s, community, &wanted, &sla));
		EXPECT_INT(sla.n_hours, wanted.n_hours);
		EXPECT_TEXT(sla.holidays[0], "2026-11-30");
		EXPECT_INT(sla.complaint_response_minutes, 240);
		EXPECT_TEXT(postgres_text(suite_database(s),
					  "SELECT set_config('search_path', 'content', false), "
					  "set_config('TimeZone', 'UTC', false); SELECT "
					  "service_time('%s', '%s', %lld)",
					  community, cases[i].start, (long long)cases[i].minutes),
			    cases[i].expected);
	}
}

static void hours_that_cannot_be_are_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Sla wanted = CONTENT__SLA__INIT, sla;
	Content__ServiceHours a = CONTENT__SERVICE_HOURS__INIT, b = CONTENT__SERVICE_HOURS__INIT,
			      *list[] = {&a, &b};
	struct outcome outcome;

	as_platform(s);
	wanted.hours = list;
	wanted.n_hours = 2;
	a.weekday = b.weekday = 3;
	a.open_minute = 600;
	a.close_minute = 700;
	b.open_minute = 500;
	b.close_minute = 601;
	outcome = update_sla(s, community, &wanted, &sla);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_SERVICE_HOURS");
	b.close_minute = 500;
	outcome = update_sla(s, community, &wanted, &sla);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_SERVICE_HOURS");
	assert_true(outcome_names(&outcome, "sla.hours[1].close_minute"));
	b.close_minute = 600;
	EXPECT_OK(update_sla(s, community, &wanted, &sla));
	wanted.etag = "7";
	EXPECT_STATUS(update_sla(s, community, &wanted, &sla), ABORTED, "ETAG_MISMATCH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_goes_its_way_to_the_end),
		cmocka_unit_test(no_other_step_is_taken),
		cmocka_unit_test(a_ticket_is_seen_by_its_person_and_by_moderators),
		cmocka_unit_test(notes_among_moderators_stay_among_them),
		cmocka_unit_test(what_is_late_is_in_the_queue_of_the_late),
		cmocka_unit_test(what_was_settled_long_ago_is_closed_and_stays_so),
		cmocka_unit_test(times_run_in_service_hours_of_the_communitys_own_days),
		cmocka_unit_test(hours_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
