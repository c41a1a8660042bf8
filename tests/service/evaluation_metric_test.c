/* Every number of the reports against plain SQL over the raw rows and over what really happened. */
#include "evaluation_desk.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define N_PERSONS 60
#define N_DEEDS   4000
#define DAYS      400

struct zone {
	unsigned community;
	const char *name;
};

static const struct zone zones[] = {
	{1, "Europe/Berlin"}, {2, "Asia/Shanghai"},     {3, "America/New_York"},
	{4, "Pacific/Apia"},  {5, "America/Sao_Paulo"}, {6, "America/Havana"},
};

#define N_ZONES (sizeof(zones) / sizeof(zones[0]))

/* The persons' comings and goings, told to evaluation in any order, and kept beside it as they are.
 */
static void given_history(struct desk *d, unsigned community)
{
	static const char *const reasons[] = {"", "moved", "no time"};

	for (unsigned person = 0; person < N_PERSONS; person++) {
		int64_t time = NOW_S - (int64_t)(desk_random(d, DAYS) + 10) * DAY_S;
		int64_t joins[4], leaves[4];
		const char *why[4];
		unsigned n = desk_random(d, 3) + 1, kept = 0;

		for (unsigned i = 0; i < n && time < NOW_S; i++) {
			joins[kept] = time += desk_random(d, 2) ? desk_random(d, DAY_S) : 0;
			time += desk_random(d, 60 * DAY_S);
			leaves[kept] = (desk_random(d, 2) || i + 1 < n) && time < NOW_S ? time : 0;
			why[kept] = reasons[desk_random(d, 3)];
			kept++;
			if (!leaves[kept - 1])
				break;
			time += desk_random(d, 40 * DAY_S);
		}

		/* Version 2i + 1 is the join and 2i + 2 the leave; some come late, some never. */
		for (unsigned i = 0; i < kept; i++)
			if (leaves[i] && desk_random(d, 2))
				EXPECT_OK(desk_tell_member(d, community, person, 2 * i + 2,
							   joins[i], leaves[i], why[i]));
		for (unsigned i = kept; i-- > 0;)
			EXPECT_OK(
				desk_tell_member(d, community, person, 2 * i + 1, joins[i], 0, ""));
		for (unsigned i = 0; i < kept; i++) {
			if (leaves[i])
				EXPECT_OK(desk_tell_member(d, community, person, 2 * i + 2,
							   joins[i], leaves[i], why[i]));
			SQL_INT(d,
				"INSERT INTO truth SELECT '%s', '%s', %u, to_timestamp(%lld), "
				"to_timestamp(NULLIF(%lld, 0)), '%s'",
				community_id(community), person_id(person), person + 1,
				(long long)joins[i], (long long)leaves[i], leaves[i] ? why[i] : "");
		}
	}
}

static void given_deeds(struct desk *d, unsigned community)
{
	static const Evaluation__InteractionKind kinds[] = {
		EVALUATION__INTERACTION_KIND__INTERACTION_KIND_VISIT,
		EVALUATION__INTERACTION_KIND__INTERACTION_KIND_POST,
		EVALUATION__INTERACTION_KIND__INTERACTION_KIND_ANSWER,
		EVALUATION__INTERACTION_KIND__INTERACTION_KIND_CHECK_IN,
		EVALUATION__INTERACTION_KIND__INTERACTION_KIND_PURCHASE,
	};
	static struct deed deeds[N_DEEDS];

	for (size_t i = 0; i < N_DEEDS; i++) {
		/* Some are busy, some hardly ever there; nobody in the last three months of the
		 * first year's quarter. */
		unsigned person = desk_random(d, desk_random(d, N_PERSONS) + 1);
		int64_t ago = desk_random(d, DAYS + 30);

		if (ago > 200 && ago < 240)
			ago = 100;
		deeds[i] = (struct deed){
			.community = community,
			.person = person,
			.kind = kinds[desk_random(d, 5)],
			.at_us = ((int64_t)NOW_S - ago * DAY_S - desk_random(d, DAY_S)) * 1000000,
			.ref = desk_random(d, 1000000),
		};
	}
	for (size_t i = 0; i < N_DEEDS; i += 500)
		desk_ingest(d, deeds + i, 500);
}

static int setup(void **state)
{
	struct desk *d;

	if (desk_setup(state) != 0)
		return -1;
	d = *state;

	SQL_INT(d,
		"CREATE TABLE truth (community_id uuid, person_id uuid, number int, join_time "
		"timestamptz, leave_time timestamptz, reason text)");
	for (size_t z = 0; z < N_ZONES; z++) {
		EXPECT_OK(desk_tell_community(d, zones[z].community, zones[z].name, 1));
		given_history(d, zones[z].community);
		given_deeds(d, zones[z].community);
	}
	desk_settle(d);

	SQL_INT(d,
		"CREATE TABLE acted AS SELECT i.community_id, i.person_id, i.kind, "
		"(i.occur_time AT TIME ZONE c.time_zone)::date AS day FROM interaction i JOIN "
		"replica_community c USING (community_id)");
	SQL_INT(d, "CREATE INDEX ON acted (community_id, day)");
	SQL_INT(d,
		"CREATE TABLE belonged AS SELECT t.*, (join_time AT TIME ZONE time_zone)::date AS "
		"join_day, (leave_time AT TIME ZONE time_zone)::date AS leave_day FROM truth t "
		"JOIN replica_community c USING (community_id)");
	SQL_INT(d, "ANALYZE");
	return 0;
}

static const char *period_word(Evaluation__Period period)
{
	return period == EVALUATION__PERIOD__PERIOD_DAY    ? "day"
	       : period == EVALUATION__PERIOD__PERIOD_WEEK ? "week"
							   : "month";
}

static void expect_same(struct buf *actual, const char *expected)
{
	assert_string_equal(actual->data ? actual->data : "", expected);
	assert_true(actual->size > 0);
}

static void activity_is_what_the_raw_rows_say(void **state)
{
	static const struct {
		const char *start, *end;
		int wau, mau;
	} asked[] = {
		{"2025-10-20", "2026-04-05", 7, 30}, /* over both clock changes of the north */
		{"2025-05-15", "2026-06-15", 7, 28},
		{"2026-02-01", "2026-02-01", 7, 30},
		{"2025-12-01", "2026-01-31", 1, 366},
	};
	struct desk *d = *state;

	for (size_t z = 0; z < N_ZONES; z++) {
		for (size_t a = 0; a < sizeof(asked) / sizeof(asked[0]); a++) {
			CLEANUP(buf_fini) struct buf actual = {0};
			Evaluation__GetActivityRequest req = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
			Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
			struct call *c = desk_call(d);

			req.community_id = community_id(zones[z].community);
			req.start_date = asked[a].start;
			req.end_date = asked[a].end;
			req.wau_days = asked[a].wau;
			req.mau_days = asked[a].mau;
			EXPECT_OK(evaluation_get_activity(c, &req, &report));
			assert_string_equal(report.time_zone, zones[z].name);
			for (size_t i = 0; i < report.n_days; i++) {
				const Evaluation__ActivityDay *day = report.days[i];

				buf_add_format(&actual, "%s%s,%d,%d,%d,%d,%d,%d", i ? ";" : "",
					       day->date, day->active, day->engaged, day->wau,
					       day->mau, day->interactions, day->incomplete);
			}

			expect_same(
				&actual,
				postgres_text(
					d->pg,
					"WITH a AS NOT MATERIALIZED (SELECT * FROM acted WHERE "
					"community_id = "
					"'%s'), "
					"today AS (SELECT (to_timestamp(%lld) AT TIME ZONE "
					"'%s')::date AS today) SELECT string_agg(concat_ws(',', "
					"day::date, (SELECT count(DISTINCT person_id) FROM a WHERE "
					"a.day = d.day), (SELECT count(DISTINCT person_id) FROM a "
					"WHERE a.day = d.day AND kind IN (2, 3, 4, 5, 7, 8)), "
					"(SELECT count(DISTINCT person_id) FROM a WHERE a.day "
					"BETWEEN d.day::date - %d + 1 AND d.day), "
					"(SELECT count(DISTINCT person_id) FROM a WHERE a.day "
					"BETWEEN d.day::date - %d + 1 AND d.day), (SELECT count(*) "
					"FROM a WHERE a.day = d.day), (d.day >= today)::int), ';' "
					"ORDER BY day) FROM today, generate_series(date '%s', "
					"least(date '%s', today)::timestamp, '1 day') d (day)",
					community_id(zones[z].community), (long long)NOW_S,
					zones[z].name, asked[a].wau, asked[a].mau, asked[a].start,
					asked[a].end));
		}
	}
}

static void stickiness_is_the_sums_of_the_days(void **state)
{
	struct desk *d = *state;
	struct call *c = desk_call(d);
	Evaluation__GetActivityRequest req = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
	double active = 0, mau = 0, ratios = 0;
	int n = 0;

	req.community_id = community_id(1);
	EXPECT_OK(evaluation_get_activity(c, &req, &report));
	EXPECT_EQUAL(report.n_days, 30);
	assert_true(report.days[29]->incomplete);
	for (size_t i = 0; i < 29; i++) {
		active += report.days[i]->active;
		mau += report.days[i]->mau;
		ratios += (double)report.days[i]->active / report.days[i]->mau;
		n++;
	}
	assert_float_equal((float)report.stickiness->ratio, (float)(active / mau), 1e-6f);
	assert_float_equal((float)report.stickiness->mean_daily_ratio, (float)(ratios / n), 1e-6f);
	EXPECT_EQUAL(report.stickiness->n, (int)mau);
	assert_true(report.stickiness->low < report.stickiness->ratio);
	assert_true(report.stickiness->high > report.stickiness->ratio);
	assert_false(report.stickiness->insufficient_data);
}

static void growth_is_what_really_happened(void **state)
{
	/* A reference in plain SQL is slow; the shorter the periods, the fewer days. */
	static const char *const starts[] = {"2026-05-20", "2025-10-17", "2025-09-17"};
	static const Evaluation__Period periods[] = {EVALUATION__PERIOD__PERIOD_DAY,
						     EVALUATION__PERIOD__PERIOD_WEEK,
						     EVALUATION__PERIOD__PERIOD_MONTH};
	struct desk *d = *state;

	for (size_t z = 0; z < N_ZONES; z++) {
		for (size_t p = 0; p < 3; p++) {
			CLEANUP(buf_fini) struct buf actual = {0};
			Evaluation__GetGrowthRequest req = EVALUATION__GET_GROWTH_REQUEST__INIT;
			Evaluation__GrowthReport report = EVALUATION__GROWTH_REPORT__INIT;
			struct call *c = desk_call(d);

			req.community_id = community_id(zones[z].community);
			req.start_date = starts[p];
			req.end_date = "2026-06-20";
			req.period = periods[p];
			EXPECT_OK(evaluation_get_growth(c, &req, &report));
			for (size_t i = 0; i < report.n_periods; i++) {
				const Evaluation__GrowthPeriod *g = report.periods[i];

				buf_add_format(&actual, "%s%s,%d,%d,%d,%d,%d,%d,%d,%d",
					       i ? ";" : "", g->start_date, g->member_count,
					       g->join_count, g->leave_count, g->active_count,
					       g->new_count, g->returning_count,
					       g->resurrecting_count, g->dormant_count);
				for (size_t r = 0; r < g->n_leave_reasons; r++)
					buf_add_format(&actual, "|%s=%d",
						       g->leave_reasons[r]->reason,
						       g->leave_reasons[r]->count);
				EXPECT_EQUAL(g->active_count, g->new_count + g->returning_count +
								      g->resurrecting_count);
				if (i == 0)
					continue;
				EXPECT_EQUAL(report.periods[i - 1]->active_count,
					     g->returning_count + g->dormant_count);
				EXPECT_EQUAL(g->member_count, report.periods[i - 1]->member_count +
								      g->join_count -
								      g->leave_count);
			}
			assert_true(report.periods[report.n_periods - 1]->incomplete);
			assert_false(report.periods[report.n_periods - 2]->incomplete);

			expect_same(
				&actual,
				postgres_text(
					d->pg,
					"WITH a AS (SELECT DISTINCT person_id, date_trunc('%s', "
					"day)::date AS t FROM acted WHERE community_id = '%s'), m "
					"AS "
					"(SELECT * FROM belonged WHERE community_id = '%s'), f AS "
					"(SELECT person_id, min(join_day) AS first FROM m GROUP BY "
					"1), "
					"s AS (SELECT t::date AS t, (t + '1 %s')::date AS next, (t "
					"- "
					"interval '1 %s')::date AS before FROM "
					"generate_series(date_trunc('%s', date '%s'), "
					"least(date '2026-06-20', (to_timestamp(%lld) AT TIME ZONE "
					"'%s')::date)::timestamp, '1 %s') t) SELECT "
					"string_agg(concat_ws(',', t, (SELECT count(*) FROM m "
					"WHERE "
					"join_day < next AND (leave_day IS NULL OR leave_day >= "
					"next)), (SELECT count(*) FROM m WHERE join_day >= t AND "
					"join_day < next), (SELECT count(*) FROM m WHERE leave_day "
					">= "
					"t AND leave_day < next), (SELECT count(*) FROM a WHERE "
					"a.t = "
					"s.t), (SELECT count(*) FROM a JOIN f USING (person_id) "
					"WHERE "
					"a.t = s.t AND first >= s.t AND NOT EXISTS (SELECT FROM a "
					"b "
					"WHERE b.person_id = a.person_id AND b.t = before)), "
					"(SELECT "
					"count(*) FROM a WHERE a.t = s.t AND EXISTS (SELECT FROM a "
					"b "
					"WHERE b.person_id = a.person_id AND b.t = before)), "
					"(SELECT "
					"count(*) FROM a JOIN f USING (person_id) WHERE a.t = s.t "
					"AND "
					"first < s.t AND NOT EXISTS (SELECT FROM a b WHERE "
					"b.person_id = a.person_id AND b.t = before)), (SELECT "
					"count(*) FROM a WHERE a.t = before AND NOT EXISTS (SELECT "
					"FROM a b WHERE b.person_id = a.person_id AND b.t = s.t))) "
					"|| "
					"COALESCE((SELECT string_agg('|' || reason || '=' || n, '' "
					"ORDER BY n DESC, reason) FROM (SELECT reason, count(*) AS "
					"n "
					"FROM m WHERE leave_day >= t AND leave_day < next GROUP BY "
					"1) "
					"r), ''), ';' ORDER BY t) FROM s",
					period_word(periods[p]), community_id(zones[z].community),
					community_id(zones[z].community), period_word(periods[p]),
					period_word(periods[p]), period_word(periods[p]), starts[p],
					(long long)NOW_S, zones[z].name, period_word(periods[p])));
		}
	}
}

static void retention_is_what_the_raw_rows_say(void **state)
{
	static const struct {
		Evaluation__Period period;
		const char *start, *end;
	} asked[] = {
		{EVALUATION__PERIOD__PERIOD_MONTH, "2025-08-10", "2026-06-15"},
		{EVALUATION__PERIOD__PERIOD_WEEK, "2025-12-01", "2026-05-20"},
		{EVALUATION__PERIOD__PERIOD_DAY, "2026-03-20", "2026-04-10"},
	};
	struct desk *d = *state;

	for (unsigned round = 0; round < N_ZONES * 3 * 4; round++) {
		const struct zone *zone = &zones[round % N_ZONES];
		const char *start = asked[round / N_ZONES % 3].start;
		const char *end = asked[round / N_ZONES % 3].end;
		Evaluation__Period period = asked[round / N_ZONES % 3].period;
		bool by_join = round / N_ZONES / 3 % 2, or_after = round / N_ZONES / 6;
		const char *word = period_word(period);
		CLEANUP(buf_fini) struct buf actual = {0};
		Evaluation__GetRetentionRequest req = EVALUATION__GET_RETENTION_REQUEST__INIT;
		Evaluation__RetentionReport report = EVALUATION__RETENTION_REPORT__INIT;

		req.community_id = community_id(zone->community);
		req.start_date = start;
		req.end_date = end;
		req.period = period;
		req.cohort_kind = by_join ? EVALUATION__COHORT_KIND__COHORT_KIND_JOIN
					  : EVALUATION__COHORT_KIND__COHORT_KIND_FIRST_ACTION;
		req.retention_kind =
			or_after ? EVALUATION__RETENTION_KIND__RETENTION_KIND_ON_OR_AFTER
				 : EVALUATION__RETENTION_KIND__RETENTION_KIND_ON;
		EXPECT_OK(evaluation_get_retention(desk_call(d), &req, &report));
		for (size_t i = 0; i < report.n_cohorts; i++) {
			const Evaluation__RetentionCohort *cohort = report.cohorts[i];

			for (size_t k = 0; k < cohort->n_cells; k++)
				buf_add_format(&actual, "%s%s,%d,%d,%d", i + k ? ";" : "",
					       cohort->start_date, cohort->n,
					       cohort->cells[k]->period_index,
					       cohort->cells[k]->count);
		}

		expect_same(
			&actual,
			postgres_text(
				d->pg,
				"WITH a AS (SELECT DISTINCT person_id, date_trunc('%s', day)::date "
				"AS t FROM acted WHERE community_id = '%s'), m AS (SELECT "
				"person_id, "
				"date_trunc('%s', min(join_day))::date AS t FROM belonged WHERE "
				"community_id = '%s' GROUP BY 1), f AS (SELECT person_id, min(t) "
				"AS t "
				"FROM a GROUP BY 1), cohort AS (SELECT * FROM %s), s AS (SELECT "
				"t::date "
				"AS t, row_number() OVER (ORDER BY t) AS i FROM "
				"generate_series(date_trunc('%s', date '%s'), timestamp '%s', "
				"'1 %s') t) SELECT string_agg(concat_ws(',', c.t, (SELECT count(*) "
				"FROM cohort WHERE cohort.t = c.t), k.i - c.i, (SELECT "
				"count(DISTINCT "
				"person_id) FROM cohort JOIN a USING (person_id) WHERE cohort.t = "
				"c.t "
				"AND %s)), ';' ORDER BY c.i, k.i) FROM s c JOIN s k ON k.i >= c.i",
				word, community_id(zone->community), word,
				community_id(zone->community), by_join ? "m" : "f", word, start,
				end, word,
				or_after ? "a.t >= k.t AND a.t <= (SELECT max(t) FROM s)"
					 : "a.t = k.t"));
	}
}

static void means_of_retention_leave_out_what_is_not_over(void **state)
{
	struct desk *d = *state;
	Evaluation__GetRetentionRequest req = EVALUATION__GET_RETENTION_REQUEST__INIT;
	Evaluation__RetentionReport report = EVALUATION__RETENTION_REPORT__INIT;

	req.community_id = community_id(1);
	EXPECT_OK(evaluation_get_retention(desk_call(d), &req, &report));
	EXPECT_EQUAL(report.n_cohorts, 12);
	assert_string_equal(report.cohorts[0]->start_date, "2025-07-01");
	for (size_t k = 0; k < 12; k++) {
		const Evaluation__RetentionMean *mean = report.means[k];
		double count = 0, n = 0, shares = 0;
		int cohorts = 0;

		for (size_t i = 0; i + k < 12; i++) {
			const Evaluation__RetentionCell *cell = report.cohorts[i]->cells[k];

			EXPECT_EQUAL(cell->incomplete, i + k == 11);
			if (cell->incomplete || report.cohorts[i]->n == 0)
				continue;
			count += cell->count;
			n += report.cohorts[i]->n;
			shares += (double)cell->count / report.cohorts[i]->n;
			cohorts++;
		}
		EXPECT_EQUAL(mean->cohort_count, cohorts);
		EXPECT_EQUAL(mean->n, (int)n);
		assert_float_equal((float)mean->weighted, (n > 0 ? (float)(count / n) : 0), 1e-6f);
		assert_float_equal((float)mean->simple, (cohorts ? (float)(shares / cohorts) : 0),
				   1e-6f);
		EXPECT_EQUAL(mean->insufficient_data, n < 10);
	}
}

static void summary_is_the_last_day(void **state)
{
	struct desk *d = *state;
	Evaluation__GetMetricSummaryRequest req = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	Evaluation__GetActivityRequest activity_req = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__MetricSummary summary = EVALUATION__METRIC_SUMMARY__INIT;
	Evaluation__ActivityReport activity = EVALUATION__ACTIVITY_REPORT__INIT;
	int32_t wau, mau, members;

	activity_req.community_id = community_id(2);
	EXPECT_OK(evaluation_get_activity(desk_call(d), &activity_req, &activity));
	wau = activity.days[29]->wau;
	mau = activity.days[29]->mau;

	req.community_id = community_id(2);
	EXPECT_OK(evaluation_get_metric_summary(desk_call(d), &req, &summary));
	members = (int32_t)SQL_INT(
		d, "SELECT count(*) FROM truth WHERE community_id = '%s' AND leave_time IS NULL",
		community_id(2));
	assert_string_equal(summary.date, "2026-06-15");
	EXPECT_EQUAL(summary.wau, wau);
	EXPECT_EQUAL(summary.mau, mau);
	EXPECT_EQUAL(summary.member_count, members);
	EXPECT_EQUAL(summary.last_interaction_time->seconds,
		     SQL_INT(d,
			     "SELECT extract(epoch FROM max(occur_time))::bigint FROM interaction "
			     "WHERE community_id = '%s'",
			     community_id(2)));
}

static enum status ask_activity(struct desk *d, const char *start, const char *end, size_t *ret_n)
{
	Evaluation__GetActivityRequest req = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;
	enum status status;

	req.community_id = community_id(1);
	req.start_date = start;
	req.end_date = end;
	status = evaluation_get_activity(desk_call(d), &req, &report);
	*ret_n = report.n_days;
	return status;
}

static void ranges_have_limits(void **state)
{
	struct desk *d = *state;
	size_t n;

	assert_int_equal(ask_activity(d, "2026-02-02", "2026-02-01", &n), STATUS_INVALID_ARGUMENT);
	assert_string_equal(d->call.fault.reason, "DATES_REVERSED");
	assert_int_equal(ask_activity(d, "2016-01-01", "2026-06-15", &n), STATUS_INVALID_ARGUMENT);
	assert_string_equal(d->call.fault.reason, "RANGE_TOO_LONG");
	assert_int_equal(ask_activity(d, "2026-02-30", "", &n), STATUS_INVALID_ARGUMENT);
	EXPECT_OK(ask_activity(d, "2016-05-01", "2026-06-15", &n));
	EXPECT_EQUAL(n, 3698);
	/* The future is empty. */
	EXPECT_OK(ask_activity(d, "2026-06-10", "2027-06-15", &n));
	EXPECT_EQUAL(n, 6);
	EXPECT_OK(ask_activity(d, "2026-06-16", "2027-06-15", &n));
	EXPECT_EQUAL(n, 0);
}

static void nothing_happened_is_zero_and_not_enough(void **state)
{
	struct desk *d = *state;
	Evaluation__GetActivityRequest req = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__ActivityReport report = EVALUATION__ACTIVITY_REPORT__INIT;

	EXPECT_OK(desk_tell_community(d, 50, "UTC", 1));
	req.community_id = community_id(50);
	EXPECT_OK(evaluation_get_activity(desk_call(d), &req, &report));
	EXPECT_EQUAL(report.n_days, 30);
	EXPECT_EQUAL(report.days[29]->mau, 0);
	assert_true(report.stickiness->insufficient_data);
	EXPECT_EQUAL(report.stickiness->n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(activity_is_what_the_raw_rows_say),
		cmocka_unit_test(stickiness_is_the_sums_of_the_days),
		cmocka_unit_test(growth_is_what_really_happened),
		cmocka_unit_test(retention_is_what_the_raw_rows_say),
		cmocka_unit_test(means_of_retention_leave_out_what_is_not_over),
		cmocka_unit_test(summary_is_the_last_day),
		cmocka_unit_test(ranges_have_limits),
		cmocka_unit_test(nothing_happened_is_zero_and_not_enough),
	};

	return cmocka_run_group_tests_name("evaluation metrics", tests, setup, desk_teardown);
}
