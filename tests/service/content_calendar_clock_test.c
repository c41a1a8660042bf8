/* The calendar: local times, over changes of the clocks. */
#include "content_words.h"
#include "kith/content/v1/calendar.pb-c.h"
#include "kith_methods.h"

static void a_local_time_means_the_first_moment_that_shows_it(void **state)
{
	static const struct {
		const char *zone, *date, *time, *moment;
	} known[] = {
		{"Europe/Berlin", "2026-03-28", "02:30", "2026-03-28 01:30"},
		{"Europe/Berlin", "2026-03-29", "01:59", "2026-03-29 00:59"},
		{"Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 01:00"}, /* left out */
		{"Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"},
		{"Europe/Berlin", "2026-03-29", "03:00", "2026-03-29 01:00"},
		{"Europe/Berlin", "2026-03-29", "03:01", "2026-03-29 01:01"},
		{"Europe/Berlin", "2026-10-25", "01:59", "2026-10-24 23:59"},
		{"Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"}, /* comes twice */
		{"Europe/Berlin", "2026-10-25", "03:00", "2026-10-25 02:00"},
		{"Europe/Berlin", "2027-03-28", "02:30", "2027-03-28 01:00"},
		{"Europe/Berlin", "2027-10-31", "02:30", "2027-10-31 00:30"},
		{"Asia/Shanghai", "2026-03-29", "02:30", "2026-03-28 18:30"},
		{"Asia/Shanghai", "2026-10-25", "02:30", "2026-10-24 18:30"},
		{"Australia/Lord_Howe", "2026-10-04", "02:15",
		 "2026-10-03 15:30"},                                       /* half an hour */
		{"Asia/Beirut", "2026-03-29", "00:00", "2026-03-28 22:00"}, /* no midnight */
		{"America/Havana", "2026-11-01", "00:30", "2026-11-01 04:30"},
		{"Pacific/Apia", "2011-12-30", "12:00", "2011-12-30 10:00"}, /* no such day */
	};
	static const char *const days[][2] = {
		{"Europe/Berlin", "2026-03-29"},       {"Europe/Berlin", "2026-10-25"},
		{"Europe/Berlin", "2027-03-28"},       {"Europe/Berlin", "2027-10-31"},
		{"Asia/Shanghai", "2026-03-29"},       {"Asia/Shanghai", "2026-10-25"},
		{"Australia/Lord_Howe", "2026-04-05"}, {"America/New_York", "2026-11-01"},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		EXPECT_TEXT(postgres_text(suite_database(s),
					  "SELECT to_char(content.local_moment('%s', extract(epoch "
					  "FROM time '%s')::int / 60, '%s') AT TIME ZONE 'UTC', "
					  "'YYYY-MM-DD HH24:MI')",
					  known[i].date, known[i].time, known[i].zone),
			    known[i].moment);

	/* Every quarter of an hour, by looking at every minute of three days. */
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		EXPECT_INT(postgres_int(
				   suite_database(s),
				   "WITH clock AS MATERIALIZED (SELECT t, t AT TIME ZONE '%1$s' AS "
				   "shown "
				   "FROM generate_series(timestamptz '%2$s Z' - interval '1 day', "
				   "timestamptz '%2$s Z' + interval '2 days', interval '1 minute') "
				   "AS t) "
				   "SELECT count(*) FROM generate_series(0, 1439, 15) AS minute "
				   "WHERE content.local_moment('%2$s', minute, '%1$s') IS DISTINCT "
				   "FROM "
				   "(SELECT min(t) FROM clock WHERE shown >= "
				   "date '%2$s' + minute * interval '1 minute')",
				   days[i][0], days[i][1]),
			   0);
}

static struct outcome plan_weekly(struct suite *s, const char *community, int32_t weekday,
				  int32_t minute, const char *start, const char *end,
				  Content__CreateWeeklySlotsResponse *ret)
{
	Content__CreateWeeklySlotsRequest request = CONTENT__CREATE_WEEKLY_SLOTS_REQUEST__INIT;
	Content__Slot wanted = CONTENT__SLOT__INIT;

	wanted.minute = minute;
	wanted.kind = CONTENT__POST_KIND__POST_KIND_ARTICLE;
	wanted.title = "each week";
	request.community_id = community;
	request.slot = &wanted;
	request.weekdays = &weekday;
	request.n_weekdays = 1;
	request.start_date = start;
	request.end_date = end;

	return suite_call(s, method_content_create_weekly_slots, &request, ret);
}

static void weekly_slots_keep_their_local_time(void **state)
{
	static const struct {
		const char *zone;
		int32_t weekday, minute;
		const char *shown; /* each of them, in UTC, with how often */
	} plans[] = {
		/* Tuesdays at 19:00, Sundays at 02:30: on 03-28 from 03:00, on 10-31 the first. */
		{"Europe/Berlin", 2, 1140, "17:00 31, 18:00 4"},
		{"Europe/Berlin", 7, 150, "00:30 31, 01:00 1, 01:30 3"},
		{"Asia/Shanghai", 2, 1140, "11:00 35"},
		{"Asia/Shanghai", 7, 150, "18:30 35"},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		const char *community = given_community(s, .time_zone = plans[i].zone);
		Content__CreateWeeklySlotsResponse made =
			CONTENT__CREATE_WEEKLY_SLOTS_RESPONSE__INIT;

		EXPECT_OK(plan_weekly(s, community, plans[i].weekday, plans[i].minute, "2077-03-10",
				      "2077-11-09", &made));
		EXPECT_INT(made.n_slots, 35);
		for (size_t k = 1; k < made.n_slots; k++)
			assert_true(strcmp(made.slots[k - 1]->date, made.slots[k]->date) < 0);
		EXPECT_TEXT(
			postgres_text(suite_database(s),
				      "SELECT string_agg(shown || ' ' || n, ', ' ORDER BY shown) "
				      "FROM (SELECT to_char(due_time AT TIME ZONE 'UTC', "
				      "'HH24:MI') AS shown, count(*) AS n FROM content.slot "
				      "WHERE community_id = '%s' GROUP BY 1) AS t",
				      community),
			plans[i].shown);
		EXPECT_INT(
			postgres_int(suite_database(s),
				     "SELECT count(*) FROM content.slot WHERE community_id = '%s' "
				     "AND (extract(isodow FROM date) <> %d OR minute <> %d)",
				     community, plans[i].weekday, plans[i].minute),
			0);
	}
}

static void weekly_plans_that_make_no_sense_are_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Europe/Berlin");
	Content__CreateWeeklySlotsResponse made = CONTENT__CREATE_WEEKLY_SLOTS_RESPONSE__INIT;

	EXPECT_STATUS(plan_weekly(s, community, 2, 0, "2077-03-10", "2077-03-09", &made),
		      INVALID_ARGUMENT, "DATES_REVERSED");
	EXPECT_STATUS(plan_weekly(s, community, 2, 0, "2077-03-10", "2077-03-15", &made),
		      INVALID_ARGUMENT, "NO_SLOTS");
	EXPECT_STATUS(plan_weekly(s, community, 2, 0, "2077-03-10", "2086-12-31", &made),
		      INVALID_ARGUMENT, "TOO_MANY_SLOTS");
	EXPECT_STATUS(plan_weekly(s, community, 2, 0, "2077-03-10", "2096-12-31", &made),
		      INVALID_ARGUMENT, "RANGE_TOO_LONG");
	EXPECT_STATUS(plan_weekly(s, community, 2, 0, "2025-01-01", "2025-03-31", &made),
		      FAILED_PRECONDITION, "SLOT_PAST");
	EXPECT_STATUS(plan_weekly(s, community, 8, 0, "2077-03-10", "2077-03-31", &made),
		      INVALID_ARGUMENT, NULL);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.slot WHERE community_id = '%s'",
				community),
		   0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_local_time_means_the_first_moment_that_shows_it),
		cmocka_unit_test(weekly_slots_keep_their_local_time),
		cmocka_unit_test(weekly_plans_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("content_calendar_clock", tests, content_setup,
					   suite_teardown);
}
