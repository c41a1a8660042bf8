/* What members did, told by evaluation: the last word on each day stands, and standing follows. */
#include <string.h>

#include "given.h"
#include "kith/evaluation/v1/interaction.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/ladder.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define N_DAYS 400

/* The date in that column of his standing; "" when there is none. */
static const char *standing(struct suite *s, const char *community, const char *name,
			    const char *column)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT %s FROM member.standing WHERE community_id = "
					  "'%s' AND person_id = '%s'",
					  column, community, person(s, name)));
}

/* Standings that are not what the days say. */
static int64_t standings_unlike_days(struct suite *s, const char *community)
{
	return postgres_int(
		suite_database(s),
		"SELECT count(*) FROM (SELECT person_id, min(day) AS a, max(day) AS b, "
		"min(day) FILTER (WHERE e) AS c, max(day) FILTER (WHERE e) AS d FROM (SELECT *, "
		"kind IN ('POST', 'COMMENT', 'ANSWER', 'REACTION', 'ATTENDANCE', 'CHECK_IN') AS e "
		"FROM member.member_day WHERE community_id = '%s' AND count > 0) x "
		"GROUP BY person_id) said FULL JOIN (SELECT * FROM member.standing "
		"WHERE community_id = '%s') s USING (person_id) WHERE (a, b, c, d) "
		"IS DISTINCT FROM (first_active_date, last_active_date, first_engaged_date, "
		"last_engaged_date)",
		community, community);
}

static void first_and_last_days_are_those_of_what_stands(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");

	EXPECT_OK(join(s, community, "ann"));
	tell_day(s, community, "ann", "VISIT", 9, 2);
	tell_day(s, community, "ann", "POST", 5, 1);
	tell_day(s, community, "ann", "COMMENT", 2, 3);
	tell_day(s, community, "ann", "MESSAGE", 0, 1);
	EXPECT_TEXT(standing(s, community, "ann", "first_active_date"), days_ago(s, community, 9));
	EXPECT_TEXT(standing(s, community, "ann", "last_active_date"), days_ago(s, community, 0));
	EXPECT_TEXT(standing(s, community, "ann", "first_engaged_date"), days_ago(s, community, 5));
	EXPECT_TEXT(standing(s, community, "ann", "last_engaged_date"), days_ago(s, community, 2));
}

static void what_is_taken_back_takes_its_day_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));
	tell_day(s, community, "ann", "POST", 5, 1);
	tell_day(s, community, "ann", "POST", 2, 1);
	tell_day(s, community, "ann", "POST", 2, 0);
	EXPECT_TEXT(standing(s, community, "ann", "last_engaged_date"), days_ago(s, community, 5));
	tell_day(s, community, "ann", "POST", 5, 0);
	EXPECT_TEXT(standing(s, community, "ann", "last_engaged_date"), "");
	EXPECT_TEXT(standing(s, community, "ann", "first_active_date"), "");
}

static uint32_t draw(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;

	return (uint32_t)(*seed >> 33) % limit;
}

/* All that is kept of the community's days and what follows from them, as one text. */
static const char *print(struct suite *s, const char *community)
{
	return arena_string(
		suite_arena(s),
		postgres_text(
			suite_database(s),
			"SELECT md5((SELECT string_agg(concat_ws(',', external_id, day, kind, "
			"count, "
			"d.version), ';' ORDER BY external_id, day, kind) FROM member.member_day d "
			"JOIN member.person USING (person_id) WHERE community_id = '%s') || "
			"(SELECT string_agg(concat_ws(',', external_id, journey_step, "
			"first_active_date, last_active_date, first_engaged_date, "
			"last_engaged_date), "
			"';' ORDER BY external_id) FROM member.membership JOIN member.person "
			"USING (person_id) LEFT JOIN member.standing USING (community_id, "
			"person_id) "
			"WHERE community_id = '%s') || "
			"(SELECT string_agg(concat_ws(',', external_id, step, reach_time, cause), "
			"';' "
			"ORDER BY external_id, step) FROM member.journey_step "
			"JOIN member.person USING (person_id) "
			"WHERE community_id = '%s' AND step <> 'AUDIENCE'))",
			community, community, community));
}

static void shuffle(struct day_wish *days, size_t n, uint64_t *seed)
{
	for (size_t i = n; i-- > 1;) {
		size_t k = draw(seed, (uint32_t)i + 1);
		struct day_wish swap = days[i];

		days[i] = days[k];
		days[k] = swap;
	}
}

static void any_order_with_duplicates_comes_to_the_same(void **state)
{
	static const char *const names[] = {"ann", "bob", "cem", "dora", "eva"};
	static const char *const kinds[] = {"VISIT", "POST", "COMMENT", "MESSAGE"};
	static struct day_wish days[2 * N_DAYS];
	struct suite *s = *state;
	const char *expected = NULL;
	uint64_t seed = 7;

	/* Versions of a day only grow in what they count, but for visits, which engage nobody. */
	for (size_t i = 0; i < N_DAYS; i++) {
		struct day_wish *day = &days[i];

		*day = (struct day_wish){names[draw(&seed, 5)], kinds[draw(&seed, 4)],
					 (int32_t)draw(&seed, 90), 0, (int64_t)i + 1};
		day->count = strcmp(day->kind, "VISIT") == 0 ? draw(&seed, 3) : (int64_t)i + 1;
		days[N_DAYS + i] = *day;
	}

	for (unsigned round = 0; round < 4; round++) {
		const char *community = given_community(s, .time_zone = "America/New_York");
		size_t n = round ? 2 * N_DAYS : N_DAYS;

		for (size_t i = 0; i < 5; i++)
			EXPECT_OK(join(s, community, names[i]));
		if (round)
			shuffle(days, n, &seed);
		for (size_t from = 0, step; from < n; from += step) {
			step = draw(&seed, 100) + 1;
			step = from + step > n ? n - from : step;
			tell_days(s, community, days + from, step);
		}
		EXPECT_INT(standings_unlike_days(s, community), 0);
		if (!expected)
			expected = print(s, community);
		EXPECT_TEXT(print(s, community), expected);
	}
}

static void the_same_event_twice_is_applied_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const struct day_wish old = {"ann", "POST", 0, 9, 1}, new = {"ann", "POST", 0, 4, 2};

	EXPECT_OK(join(s, community, "ann"));
	tell_days(s, community, &new, 1);
	tell_days(s, community, &old, 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count FROM member.member_day WHERE community_id = '%s'",
				community),
		   4);
}

/* Each value of the contract has the name that evaluation tells. */
static void kinds_are_called_as_evaluation_calls_them(void **state)
{
	const ProtobufCEnumDescriptor *told = &evaluation__interaction_kind__descriptor,
				      *known = &member__activity_kind__descriptor;

	(void)state;
	EXPECT_INT(known->n_values, told->n_values);
	for (unsigned i = 1; i < told->n_values; i++) {
		EXPECT_INT(known->values[i].value, told->values[i].value);
		EXPECT_TEXT(known->values[i].name + strlen("ACTIVITY_KIND_"),
			    told->values[i].name + strlen("INTERACTION_KIND_"));
	}
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_and_last_days_are_those_of_what_stands),
		cmocka_unit_test(what_is_taken_back_takes_its_day_back),
		cmocka_unit_test(any_order_with_duplicates_comes_to_the_same),
		cmocka_unit_test(the_same_event_twice_is_applied_once),
		cmocka_unit_test(kinds_are_called_as_evaluation_calls_them),
	};

	return cmocka_run_group_tests_name("member progress", tests, setup, suite_teardown);
}
