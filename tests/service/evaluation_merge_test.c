/* Persons who turn out to be one are counted once, and as before when they are two again. */
#include "evaluation_desk.h"

#include <string.h>

#define COMMUNITY 50
#define N_PERSONS 30
#define N_DEEDS   1500
#define DAYS      60

static void given_world(struct desk *d)
{
	static struct deed deeds[N_DEEDS];

	EXPECT_OK(desk_tell_community(d, COMMUNITY, "Asia/Shanghai", 1));
	for (unsigned person = 0; person < N_PERSONS; person++)
		EXPECT_OK(desk_tell_member(d, COMMUNITY, person, 1, NOW_S - (DAYS + person) * DAY_S,
					   0, ""));
	for (unsigned i = 0; i < N_DEEDS; i++)
		deeds[i] = (struct deed){
			.community = COMMUNITY,
			.person = desk_random(d, N_PERSONS / 3) + (i % 9 ? 0 : N_PERSONS / 2),
			.kind = i % 2 ? EVALUATION__INTERACTION_KIND__INTERACTION_KIND_POST
				      : EVALUATION__INTERACTION_KIND__INTERACTION_KIND_VISIT,
			.at_us = (NOW_S - (int64_t)desk_random(d, DAYS * DAY_S)) * 1000000,
			.ref = i,
		};
	EXPECT_EQUAL(desk_ingest(d, deeds, N_DEEDS / 2), N_DEEDS / 2);
	EXPECT_EQUAL(desk_ingest(d, deeds + N_DEEDS / 2, N_DEEDS / 2), N_DEEDS / 2);
	desk_settle(d);
}

/* As member tells it, the survivors' later joins included. */
static void merge_all(struct desk *d, int64_t version)
{
	for (unsigned person = 1; person <= 3; person++)
		EXPECT_OK(desk_tell_merged(d, COMMUNITY, person, version, 0));
	EXPECT_OK(desk_tell_member(d, COMMUNITY, 0, version, NOW_S - (DAYS + 3) * DAY_S, 0, ""));
	EXPECT_OK(desk_tell_merged(d, COMMUNITY, 5, version, 4));
	EXPECT_OK(desk_tell_member(d, COMMUNITY, 4, version, NOW_S - (DAYS + 5) * DAY_S, 0, ""));
}

static void part_all(struct desk *d, int64_t version)
{
	for (unsigned person = 0; person <= 5; person++)
		EXPECT_OK(desk_tell_member(d, COMMUNITY, person, version,
					   NOW_S - (DAYS + person) * DAY_S, 0, ""));
}

/* People on one local day or more of them, by plain SQL over the raw rows. Merged: persons 1, 2 and
 * 3 are 0, and 5 is 4. */
static int64_t people(struct desk *d, bool merged, const char *last, int days, const char *kinds)
{
	return SQL_INT(d,
		       "SELECT count(DISTINCT CASE WHEN NOT %s THEN person_id "
		       "WHEN person_id IN ('%s', '%s', '%s') THEN '%s' "
		       "WHEN person_id = '%s' THEN '%s' ELSE person_id END) "
		       "FROM interaction WHERE community_id = '%s' AND kind IN (%s) AND "
		       "(occur_time AT TIME ZONE 'Asia/Shanghai')::date "
		       "BETWEEN DATE '%s' - %d AND '%s'",
		       merged ? "true" : "false", person_id(1), person_id(2), person_id(3),
		       person_id(0), person_id(5), person_id(4), community_id(COMMUNITY), kinds,
		       last, days - 1, last);
}

/* Days on which the active, the engaged or WAU are not what the raw rows say. */
static int64_t wrong_days(struct desk *d, bool merged)
{
	struct call *c = desk_call(d);
	Evaluation__GetActivityRequest request = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
	int64_t wrong = 0;

	request.community_id = arena_string(c->arena, community_id(COMMUNITY));
	request.start_date = "2026-04-20";
	request.end_date = "2026-06-15";
	EXPECT_OK(evaluation_get_activity(c, &request, &report));
	EXPECT_EQUAL(report.n_days, 57);
	for (size_t i = 0; i < report.n_days; i++) {
		const Evaluation__ActivityDay *day = report.days[i];

		wrong += day->active != people(d, merged, day->date, 1, "1, 2") ||
			 day->engaged != people(d, merged, day->date, 1, "2") ||
			 day->wau != people(d, merged, day->date, 7, "1, 2");
	}

	return wrong;
}

static int64_t members(struct desk *d)
{
	struct call *c = desk_call(d);
	Evaluation__GetGrowthRequest request = EVALUATION__GET_GROWTH_REQUEST__INIT;
	Evaluation__GrowthReport report = EVALUATION__GROWTH_REPORT__INIT;

	request.community_id = arena_string(c->arena, community_id(COMMUNITY));
	request.start_date = "2026-06-14";
	request.end_date = "2026-06-15";
	EXPECT_OK(evaluation_get_growth(c, &request, &report));

	return report.periods[report.n_periods - 1]->member_count;
}

static void merged_persons_are_counted_once_and_parted_ones_as_before(void **state)
{
	struct desk *d = *state;
	char before[65], now[65];

	given_world(d);
	EXPECT_EQUAL(wrong_days(d, false), 0);
	assert_true(wrong_days(d, true) > 0);
	EXPECT_EQUAL(members(d), N_PERSONS);
	desk_print(d, COMMUNITY, before);

	merge_all(d, 2);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM dirty"), 1);
	desk_settle(d);
	EXPECT_EQUAL(wrong_days(d, true), 0);
	EXPECT_EQUAL(members(d), N_PERSONS - 4);
	EXPECT_EQUAL(desk_recompute(d, COMMUNITY), 0);

	part_all(d, 3);
	desk_settle(d);
	EXPECT_EQUAL(wrong_days(d, false), 0);
	EXPECT_EQUAL(members(d), N_PERSONS);
	desk_print(d, COMMUNITY, now);
	assert_string_equal(now, before);
}

/* What comes late or twice changes nothing. */
static void events_in_any_order_come_to_the_same(void **state)
{
	struct desk *d = *state;
	char merged[65], now[65];

	merge_all(d, 4);
	desk_settle(d);
	desk_print(d, COMMUNITY, merged);
	part_all(d, 6);
	merge_all(d, 5);
	desk_settle(d);
	EXPECT_EQUAL(wrong_days(d, false), 0);
	EXPECT_EQUAL(members(d), N_PERSONS);

	merge_all(d, 8);
	part_all(d, 7);
	desk_settle(d);
	EXPECT_EQUAL(wrong_days(d, true), 0);
	EXPECT_EQUAL(members(d), N_PERSONS - 4);
	desk_print(d, COMMUNITY, now);
	assert_string_equal(now, merged);
}

/* A merged person's deeds may be known before he is. */
static void deeds_of_a_merged_person_wait_for_his_number(void **state)
{
	const struct deed deeds[] = {
		{51, 1, EVALUATION__INTERACTION_KIND__INTERACTION_KIND_POST,
		 NOW_S * INT64_C(1000000), 1},
		{51, 2, EVALUATION__INTERACTION_KIND__INTERACTION_KIND_POST,
		 NOW_S * INT64_C(1000000), 2},
	};
	struct desk *d = *state;

	EXPECT_OK(desk_tell_community(d, 51, "UTC", 1));
	EXPECT_OK(desk_tell_member(d, 51, 2, 1, NOW_S - DAY_S, 0, ""));
	EXPECT_EQUAL(desk_ingest(d, deeds, 2), 2);
	desk_settle(d);
	EXPECT_OK(desk_tell_merged(d, 51, 1, 2, 2));
	EXPECT_OK(desk_tell_member(d, 51, 1, 1, NOW_S - DAY_S, 0, ""));
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT member_count FROM bitmap WHERE community_id = '%s' "
			     "AND kind = 0",
			     community_id(51)),
		     1);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT interaction_count FROM bitmap WHERE community_id = '%s' "
			     "AND kind = 0",
			     community_id(51)),
		     2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_persons_are_counted_once_and_parted_ones_as_before),
		cmocka_unit_test(events_in_any_order_come_to_the_same),
		cmocka_unit_test(deeds_of_a_merged_person_wait_for_his_number),
	};

	return cmocka_run_group_tests_name("evaluation: merges", tests, desk_setup, desk_teardown);
}
