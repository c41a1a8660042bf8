/* Cadence: targets, how far they are kept, and who is told when not. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/alert.pb-c.h"
#include "kith/content/v1/cadence.pb-c.h"
#include "kith_methods.h"

#define ANY     CONTENT__POST_KIND__POST_KIND_UNSPECIFIED
#define TEXT    CONTENT__POST_KIND__POST_KIND_TEXT
#define ARTICLE CONTENT__POST_KIND__POST_KIND_ARTICLE
#define DAY     CONTENT__CADENCE_PERIOD__CADENCE_PERIOD_DAY
#define WEEK    CONTENT__CADENCE_PERIOD__CADENCE_PERIOD_WEEK
#define MONTH   CONTENT__CADENCE_PERIOD__CADENCE_PERIOD_MONTH

struct target {
	Content__PostKind kind;
	Content__CadencePeriod period;
	int32_t count;
};

static struct outcome aim(struct suite *s, const char *community, const struct target *targets,
			  size_t n, Content__UpdateCadenceResponse *ret)
{
	Content__UpdateCadenceRequest request = CONTENT__UPDATE_CADENCE_REQUEST__INIT;
	Content__CadenceTarget wanted[8], *list[8];

	for (size_t i = 0; i < n; i++) {
		content__cadence_target__init(&wanted[i]);
		wanted[i].kind = targets[i].kind;
		wanted[i].period = targets[i].period;
		wanted[i].count = targets[i].count;
		list[i] = &wanted[i];
	}
	request.community_id = community;
	request.targets = list;
	request.n_targets = n;

	return suite_call(s, method_content_update_cadence, &request, ret);
}

static Content__Cadence cadence_of(struct suite *s, const char *community, int32_t periods)
{
	Content__GetCadenceRequest request = CONTENT__GET_CADENCE_REQUEST__INIT;
	Content__Cadence cadence = CONTENT__CADENCE__INIT;

	request.community_id = community;
	request.period_count = periods;
	EXPECT_OK(suite_call(s, method_content_get_cadence, &request, &cadence));

	return cadence;
}

/* The target holds since so many of its periods, none of which has been judged. */
static void hold_for(struct suite *s, const char *community, const char *period, int32_t periods)
{
	postgres_int(
		suite_database(s),
		"UPDATE content.cadence_target t SET since_date = d, start_date = d, "
		"judge_time = content.local_moment((d + ('1 ' || period)::interval)::date, 0, "
		"zone) "
		"FROM (SELECT time_zone AS zone, (date_trunc('%1$s', now() AT TIME ZONE time_zone) "
		"- "
		"%2$d * interval '1 %1$s')::date AS d FROM content.replica_community "
		"WHERE community_id = '%3$s') AS x WHERE community_id = '%3$s' AND period = '%1$s'",
		period, periods, community);
}

/* Returns once every period that is over has been judged. */
static void be_judged(struct suite *s, const char *community)
{
	int64_t until = clock_mono_us() + 20000000;

	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.cadence_target WHERE "
			    "community_id = '%s' AND judge_time <= now()",
			    community) > 0)
		assert_true(clock_mono_us() < until);
}

static const char *alerts_of(struct suite *s, const char *community)
{
	return postgres_text(suite_database(s),
			     "SELECT string_agg(concat_ws(' ', period, NULLIF(post_kind, ''), "
			     "start_date, actual_count || '/' || target_count), ', ' ORDER BY "
			     "start_date) FROM content.alert WHERE community_id = '%s'",
			     community);
}

/* A post of `kind` so many local days ago, at that local time. */
static void given_old_post(struct suite *s, const char *community, const char *kind,
			   const char *date, const char *time)
{
	const char *post = given_post(s, community, "ann");

	postgres_int(suite_database(s),
		     "UPDATE content.post p SET kind = '%s', publish_time = (date '%s' + time "
		     "'%s') AT TIME ZONE c.time_zone FROM content.replica_community c "
		     "WHERE p.community_id = c.community_id AND post_id = '%s'",
		     kind, date, time, post);
}

static const char *monday(struct suite *s, const char *community, int32_t weeks_ago, int32_t days)
{
	return arena_string(
		suite_arena(s),
		postgres_text(
			suite_database(s),
			"SELECT (date_trunc('week', now() AT TIME ZONE time_zone)::date - 7 * "
			"%d + %d)::text FROM content.replica_community WHERE "
			"community_id = '%s'",
			weeks_ago, days, community));
}

static const char *given_ann(struct suite *s, const char *time_zone)
{
	const char *community = given_community(s, .time_zone = time_zone);

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);

	return community;
}

static void targets_are_set_as_a_whole(void **state)
{
	static const struct target three[] = {{ARTICLE, WEEK, 2}, {ANY, DAY, 1}, {ANY, MONTH, 20}},
				   two[] = {{ARTICLE, WEEK, 2}, {ANY, DAY, 3}},
				   same[] = {{ANY, DAY, 1}, {ANY, DAY, 2}},
				   none[] = {{ANY, DAY, 0}}, no_period[] = {{ANY, 0, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Asia/Shanghai"), *since;
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;

	EXPECT_OK(aim(s, community, three, 3, &set));
	EXPECT_INT(set.n_targets, 3);
	EXPECT_TEXT(set.targets[0]->since_date, postgres_text(suite_database(s),
							      "SELECT ((now() AT TIME ZONE "
							      "'Asia/Shanghai')::date + 1)::text"));
	EXPECT_INT(set.targets[2]->kind, ARTICLE);
	EXPECT_TEXT(set.targets[2]->since_date, monday(s, community, -1, 0));

	/* What stays as it was goes on, what is another begins anew, what is not named ends. */
	hold_for(s, community, "WEEK", 1);
	hold_for(s, community, "DAY", 1);
	since = monday(s, community, 1, 0);
	EXPECT_OK(aim(s, community, two, 2, &set));
	EXPECT_INT(set.n_targets, 2);
	EXPECT_INT(set.targets[0]->count, 3);
	EXPECT_TEXT(set.targets[0]->since_date, postgres_text(suite_database(s),
							      "SELECT ((now() AT TIME ZONE "
							      "'Asia/Shanghai')::date + 1)::text"));
	EXPECT_TEXT(set.targets[1]->since_date, since);

	EXPECT_STATUS(aim(s, community, same, 2, &set), INVALID_ARGUMENT, "DUPLICATE_ITEM");
	EXPECT_STATUS(aim(s, community, none, 1, &set), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(aim(s, community, no_period, 1, &set), INVALID_ARGUMENT, NULL);
	EXPECT_INT(cadence_of(s, community, 0).n_targets, 2);
	EXPECT_OK(aim(s, community, two, 0, &set));
	EXPECT_INT(cadence_of(s, community, 0).n_targets, 0);
}

static void posts_count_for_their_local_period(void **state)
{
	static const struct target targets[] = {{ANY, WEEK, 2}, {ARTICLE, WEEK, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Pacific/Auckland");
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;
	Content__Cadence cadence;
	Content__Post gone = CONTENT__POST__INIT;

	given_old_post(s, community, "TEXT", monday(s, community, 2, 0), "00:00");
	given_old_post(s, community, "ARTICLE", monday(s, community, 2, 6), "23:59");
	given_old_post(s, community, "TEXT", monday(s, community, 1, 0), "00:00");
	EXPECT_OK(remove_post(s, community, given_post(s, community, "ann"), &gone));
	EXPECT_OK(aim(s, community, targets, 2, &set));
	hold_for(s, community, "WEEK", 1);
	cadence = cadence_of(s, community, 4);
	EXPECT_TEXT(cadence.time_zone, "Pacific/Auckland");
	EXPECT_INT(cadence.n_results, 8);

	static const struct {
		Content__PostKind kind;
		int32_t ago;
		int64_t actual;
		bool reached, missed, incomplete;
	} wanted[] = {
		{ANY, 0, 0, false, false, true},     {ANY, 1, 1, false, true, false},
		{ANY, 2, 2, true, false, false},     {ANY, 3, 0, false, false, false},
		{ARTICLE, 0, 0, false, false, true}, {ARTICLE, 1, 0, false, true, false},
		{ARTICLE, 2, 1, true, false, false}, {ARTICLE, 3, 0, false, false, false},
	};

	for (size_t i = 0; i < 8; i++) {
		const Content__CadenceResult *result = cadence.results[i];

		EXPECT_INT(result->kind, wanted[i].kind);
		EXPECT_TEXT(result->start_date, monday(s, community, wanted[i].ago, 0));
		EXPECT_TEXT(result->end_date, monday(s, community, wanted[i].ago, 6));
		EXPECT_INT(result->actual_count, wanted[i].actual);
		EXPECT_INT(result->reached, wanted[i].reached);
		EXPECT_INT(result->missed, wanted[i].missed);
		EXPECT_INT(result->incomplete, wanted[i].incomplete);
	}
}

static void each_missed_period_is_told_of_once(void **state)
{
	static const struct target targets[] = {{ANY, WEEK, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Europe/Berlin"), *expected;
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;
	Content__ListAlertsRequest list = CONTENT__LIST_ALERTS_REQUEST__INIT;
	Content__ListAlertsResponse alerts = CONTENT__LIST_ALERTS_RESPONSE__INIT;

	/* Nobody has judged for five weeks; in the third of them something was said. */
	given_old_post(s, community, "TEXT", monday(s, community, 3, 6), "23:59");
	EXPECT_OK(aim(s, community, targets, 1, &set));
	hold_for(s, community, "WEEK", 5);
	be_judged(s, community);
	expected =
		arena_printf(suite_arena(s), "WEEK %s 0/1, WEEK %s 0/1, WEEK %s 0/1, WEEK %s 0/1",
			     monday(s, community, 5, 0), monday(s, community, 4, 0),
			     monday(s, community, 2, 0), monday(s, community, 1, 0));
	EXPECT_TEXT(alerts_of(s, community), expected);

	/* However often it is judged again. */
	hold_for(s, community, "WEEK", 5);
	be_judged(s, community);
	EXPECT_TEXT(alerts_of(s, community), expected);
	list.community_id = community;
	list.kind = CONTENT__ALERT_KIND__ALERT_KIND_CADENCE_MISSED;
	EXPECT_OK(suite_call(s, method_content_list_alerts, &list, &alerts));
	EXPECT_INT(alerts.n_alerts, 4);
	EXPECT_INT(alerts.alerts[0]->period, WEEK);
	EXPECT_INT(alerts.alerts[0]->target_count, 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.cadence_target WHERE "
				"community_id = '%s' AND start_date = '%s'",
				community, monday(s, community, 0, 0)),
		   1);
}

static void kinds_are_judged_by_themselves(void **state)
{
	static const struct target targets[] = {{ARTICLE, DAY, 1}, {TEXT, DAY, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Asia/Shanghai"), *yesterday;
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;

	yesterday =
		arena_string(suite_arena(s), postgres_text(suite_database(s),
							   "SELECT ((now() AT TIME ZONE "
							   "'Asia/Shanghai')::date - 1)::text"));
	given_old_post(s, community, "TEXT", yesterday, "12:00");
	EXPECT_OK(aim(s, community, targets, 2, &set));
	hold_for(s, community, "DAY", 1);
	be_judged(s, community);
	EXPECT_TEXT(alerts_of(s, community),
		    arena_printf(suite_arena(s), "DAY ARTICLE %s 0/1", yesterday));
}

static void an_archived_community_misses_nothing(void **state)
{
	static const struct target targets[] = {{ANY, MONTH, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Europe/Berlin");
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;

	EXPECT_OK(aim(s, community, targets, 1, &set));
	postgres_int(suite_database(s),
		     "UPDATE content.replica_community SET state = 'ARCHIVED' WHERE "
		     "community_id = '%s'",
		     community);
	hold_for(s, community, "MONTH", 2);
	be_judged(s, community);
	EXPECT_TEXT(alerts_of(s, community), "");
}

/* The end of a week is a local one, also after a move: 2077-11-01 begins a week. */
static void periods_end_by_the_clocks_of_the_community(void **state)
{
	static const struct target targets[] = {{ANY, WEEK, 1}};
	struct suite *s = *state;
	const char *community = given_ann(s, "Europe/Berlin");
	Content__UpdateCadenceResponse set = CONTENT__UPDATE_CADENCE_RESPONSE__INIT;
	Member__UpdateCommunityRequest move = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, moved = MEMBER__COMMUNITY__INIT;
	int64_t until = clock_mono_us() + 20000000;

	EXPECT_OK(aim(s, community, targets, 1, &set));
	postgres_int(suite_database(s),
		     "UPDATE content.cadence_target SET start_date = '2077-10-25' WHERE "
		     "community_id = '%s'",
		     community);
	wanted.time_zone = "Asia/Shanghai";
	move.community_id = community;
	move.community = &wanted;
	EXPECT_OK(suite_call(s, method_member_update_community, &move, &moved));
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.cadence_target WHERE community_id = '%s' "
			    "AND judge_time = '2077-11-01 00:01+08'",
			    community) == 0)
		assert_true(clock_mono_us() < until);
	wanted.time_zone = "Europe/Berlin";
	EXPECT_OK(suite_call(s, method_member_update_community, &move, &moved));
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.cadence_target WHERE community_id = '%s' "
			    "AND judge_time = '2077-11-01 00:01+01'",
			    community) == 0)
		assert_true(clock_mono_us() < until);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_set_as_a_whole),
		cmocka_unit_test(posts_count_for_their_local_period),
		cmocka_unit_test(each_missed_period_is_told_of_once),
		cmocka_unit_test(kinds_are_judged_by_themselves),
		cmocka_unit_test(an_archived_community_misses_nothing),
		cmocka_unit_test(periods_end_by_the_clocks_of_the_community),
	};

	return cmocka_run_group_tests_name("content_cadence", tests, content_setup, suite_teardown);
}
