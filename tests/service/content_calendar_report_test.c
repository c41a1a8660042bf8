/* Planned against done, and novelty: every number against plain SQL on the rows. */
#include "base/text.h"
#include "content_words.h"
#include "kith/content/v1/calendar.pb-c.h"
#include "kith/content/v1/novelty.pb-c.h"
#include "kith_methods.h"

/* A Wednesday that is over and a Saturday to come, 360 days later: Berlin's clocks change between
 * them. */
static const char *first_day, *last_day;

static int setup(void **state)
{
	struct suite *s;

	if (content_setup(state) != 0)
		return -1;
	s = *state;
	first_day = arena_string(
		suite_arena(s),
		postgres_text(suite_database(s),
			      "SELECT date_trunc('week', now() - interval '266 days')::date + 2"));
	last_day = arena_string(suite_arena(s), postgres_text(suite_database(s),
							      "SELECT date '%s' + 360", first_day));

	return 0;
}

/* Posts of all kinds and states by three authors, and slots with and without one, over more than
 * the span. */
static const char *given_history(struct suite *s, int posts)
{
	const char *community = given_community(s, .time_zone = "Europe/Berlin");

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	postgres_int(
		suite_database(s),
		"WITH random AS MATERIALIZED (SELECT setseed(0.4)), p AS ("
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
		"visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time, schedule_time) SELECT '%1$s', gen_random_uuid(), "
		"(ARRAY['%2$s', '%3$s', '%4$s']::uuid[])[1 + floor(random() * 3)], "
		"(ARRAY['TEXT', 'ARTICLE', 'VIDEO', 'AUDIO'])[1 + floor(random() ^ 3 * 4)], state, "
		"'MEMBER', '', '', (ARRAY['', 'tea', 'books', 'films'])[1 + floor(random() * 4)], "
		"state IN ('PUBLISHED', 'ARCHIVED', 'REMOVED'), t, t, t, '2099-01-01' "
		"FROM random, generate_series(1, %5$d) AS i, LATERAL (SELECT "
		"(ARRAY['PUBLISHED', 'PUBLISHED', 'PUBLISHED', 'ARCHIVED', 'REMOVED', 'DRAFT', "
		"'REVIEW', 'SCHEDULED'])[1 + floor(random() * 8 + i * 0)] AS state, "
		"timestamptz '%6$s' - interval '12 days' + random() * interval '275 days' + i * "
		"interval '0' AS "
		"t) "
		"AS x RETURNING post_id, publish_time) "
		"INSERT INTO content.slot (community_id, date, minute, time_zone, due_time, kind, "
		"topic, title, owner_person_id, post_id, skip_time) "
		"SELECT '%1$s', shown::date, extract(hour FROM shown) * 60 + "
		"extract(minute FROM shown), 'Europe/Berlin', shown AT TIME ZONE 'Europe/Berlin', "
		"(ARRAY['TEXT', 'ARTICLE', 'VIDEO'])[1 + floor(random() * 3)], '', 'an idea', "
		"CASE WHEN random() < 0.8 THEN (ARRAY['%2$s', '%3$s']::uuid[])[1 + "
		"floor(random() * 2)] END, CASE WHEN random() < 0.8 THEN post_id END, "
		"CASE WHEN random() < 0.2 THEN now() END FROM p, LATERAL (SELECT "
		"date_trunc('minute', "
		"publish_time - interval '90 minutes' + random() * interval '3 hours' + "
		"CASE WHEN random() < 0.3 THEN interval '100 days' ELSE interval '0' END) "
		"AT TIME ZONE 'Europe/Berlin' AS shown) AS x WHERE random() < 0.5",
		community, person(s, "ann"), person(s, "bob"), person(s, "eve"), posts, first_day);

	return community;
}

/* What the rows say, group by group: the key and seven counts each. */
static const char *counted(struct suite *s, const char *community, const char *key,
			   const char *condition)
{
	return postgres_text(
		suite_database(s),
		"WITH fact AS (SELECT s.kind, s.owner_person_id AS owner, s.date, CASE "
		"WHEN p.was_published AND p.publish_time - s.due_time > interval '1 hour' THEN "
		"'LATE' "
		"WHEN p.was_published THEN 'ON_TIME' WHEN s.skip_time IS NOT NULL THEN 'SKIPPED' "
		"WHEN s.due_time < now() THEN 'OVERDUE' ELSE 'UPCOMING' END AS outcome "
		"FROM content.slot s LEFT JOIN content.post p USING (community_id, post_id) "
		"WHERE s.community_id = '%1$s' UNION ALL "
		"SELECT kind, author_person_id, (publish_time AT TIME ZONE 'Europe/Berlin')::date, "
		"'UNPLANNED' FROM content.post WHERE community_id = '%1$s' "
		"AND state IN ('PUBLISHED', 'ARCHIVED') AND post_id NOT IN (SELECT post_id FROM "
		"content.slot WHERE community_id = '%1$s' AND post_id IS NOT NULL)) "
		"SELECT string_agg(line, E'\\n' ORDER BY line) FROM (SELECT concat_ws(' ', "
		"COALESCE((%2$s)::text, '-'), count(*) FILTER (WHERE outcome <> 'UNPLANNED'), "
		"count(*) FILTER (WHERE outcome = 'ON_TIME'), "
		"count(*) FILTER (WHERE outcome = 'LATE'), "
		"count(*) FILTER (WHERE outcome = 'SKIPPED'), "
		"count(*) FILTER (WHERE outcome = 'OVERDUE'), "
		"count(*) FILTER (WHERE outcome = 'UPCOMING'), "
		"count(*) FILTER (WHERE outcome = 'UNPLANNED')) AS line FROM fact "
		"WHERE date BETWEEN '%4$s' AND '%5$s' GROUP BY %2$s HAVING %3$s) AS lines",
		community, key, condition, first_day, last_day);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *line(struct suite *s, const char *key, const Content__CalendarCounts *n)
{
	return arena_printf(suite_arena(s), "%s %lld %lld %lld %lld %lld %lld %lld",
			    *key ? key : "-", (long long)n->planned_count,
			    (long long)n->on_time_count, (long long)n->late_count,
			    (long long)n->skipped_count, (long long)n->overdue_count,
			    (long long)n->upcoming_count, (long long)n->unplanned_count);
}

static const char *sorted(struct suite *s, const char **lines, size_t n)
{
	const char *all = "";

	qsort(lines, n, sizeof(*lines), by_text);
	for (size_t i = 0; i < n; i++)
		all = arena_printf(suite_arena(s), "%s%s%s", all, i ? "\n" : "", lines[i]);

	return all;
}

static void the_report_says_what_the_rows_say(void **state)
{
	static const char *const kinds[] = {"",        "TEXT",     "IMAGE",    "VIDEO", "AUDIO",
					    "ARTICLE", "QUESTION", "RESOURCE", "LESSON"};
	struct suite *s = *state;
	const char *community = given_history(s, 1500), *lines[400];
	Content__GetCalendarReportRequest request = CONTENT__GET_CALENDAR_REPORT_REQUEST__INIT;
	Content__CalendarReport report = CONTENT__CALENDAR_REPORT__INIT,
				strict = CONTENT__CALENDAR_REPORT__INIT;
	const Content__CalendarCounts *all;

	request.community_id = community;
	request.start_date = first_day;
	request.end_date = last_day;
	EXPECT_OK(suite_call(s, method_content_get_calendar_report, &request, &report));
	all = report.counts;
	EXPECT_TEXT(line(s, "all", all), counted(s, community, "'all'::text", "true"));
	EXPECT_INT(all->planned_count, all->on_time_count + all->late_count + all->skipped_count +
					       all->overdue_count + all->upcoming_count);
	assert_true(all->on_time_count > 10 && all->late_count > 10 && all->skipped_count > 10 &&
		    all->overdue_count > 10 && all->upcoming_count > 10 &&
		    all->unplanned_count > 10);
	EXPECT_INT(report.punctuality->n, all->planned_count - all->upcoming_count);
	assert_true(report.punctuality->low < report.punctuality->share &&
		    report.punctuality->share < report.punctuality->high);
	assert_false(report.punctuality->insufficient_data);
	EXPECT_TEXT(report.time_zone, "Europe/Berlin");

	request.tolerance_minutes = 5;
	EXPECT_OK(suite_call(s, method_content_get_calendar_report, &request, &strict));
	EXPECT_INT(strict.counts->on_time_count,
		   postgres_int(
			   suite_database(s),
			   "SELECT count(*) FROM content.slot s JOIN content.post p USING "
			   "(community_id, post_id) WHERE s.community_id = '%s' AND was_published "
			   "AND publish_time <= due_time + interval '5 minutes' AND date BETWEEN "
			   "'%s' AND '%s'",
			   community, first_day, last_day));
	assert_true(strict.counts->on_time_count < all->on_time_count);

	for (size_t i = 0; i < report.n_by_kind; i++)
		lines[i] = line(s, kinds[report.by_kind[i]->kind], report.by_kind[i]->counts);
	EXPECT_TEXT(sorted(s, lines, report.n_by_kind), counted(s, community, "kind", "true"));
	for (size_t i = 0; i < report.n_by_owner; i++)
		lines[i] = line(s, report.by_owner[i]->owner_person_id, report.by_owner[i]->counts);
	EXPECT_TEXT(sorted(s, lines, report.n_by_owner),
		    counted(s, community, "owner", "bool_or(outcome <> 'UNPLANNED')"));
	for (size_t i = 0; i < report.n_by_week; i++)
		lines[i] = line(s, report.by_week[i]->start_date, report.by_week[i]->counts);
	EXPECT_TEXT(sorted(s, lines, report.n_by_week),
		    counted(s, community, "date - (extract(isodow FROM date)::int - 1)", "true"));
}

static void an_empty_calendar_reports_nothing(void **state)
{
	struct suite *s = *state;
	Content__GetCalendarReportRequest request = CONTENT__GET_CALENDAR_REPORT_REQUEST__INIT;
	Content__CalendarReport report = CONTENT__CALENDAR_REPORT__INIT;

	request.community_id = given_community(s, .time_zone = "Asia/Shanghai");
	EXPECT_OK(suite_call(s, method_content_get_calendar_report, &request, &report));
	EXPECT_INT(report.counts->planned_count, 0);
	EXPECT_INT(report.punctuality->n, 0);
	assert_true(report.punctuality->insufficient_data);
	EXPECT_INT(report.n_by_week, 0);
	EXPECT_TEXT(report.end_date, postgres_text(suite_database(s),
						   "SELECT (now() AT TIME ZONE "
						   "'Asia/Shanghai')::date::text"));
	EXPECT_TEXT(report.start_date, postgres_text(suite_database(s),
						     "SELECT ((now() AT TIME ZONE "
						     "'Asia/Shanghai')::date - 27)::text"));
	request.start_date = last_day;
	request.end_date = first_day;
	EXPECT_STATUS(suite_call(s, method_content_get_calendar_report, &request, &report),
		      INVALID_ARGUMENT, "DATES_REVERSED");
	request.start_date = "2006-01-01";
	EXPECT_STATUS(suite_call(s, method_content_get_calendar_report, &request, &report),
		      INVALID_ARGUMENT, "RANGE_TOO_LONG");
}

/* A week's line: its Monday, how many posts were new and how many there were, and what was new. For
 * each post it is asked whether its kind was there in any of the weeks before. */
static const char *novel(struct suite *s, const char *community, const char *name, int32_t weeks)
{
	return postgres_text(
		suite_database(s),
		"WITH said AS MATERIALIZED (SELECT %2$s AS name, "
		"(publish_time AT TIME ZONE 'Europe/Berlin')::date AS day, "
		"date_trunc('week', publish_time AT TIME ZONE 'Europe/Berlin')::date AS week "
		"FROM content.post WHERE community_id = '%1$s' AND state IN ('PUBLISHED', "
		"'ARCHIVED') AND %2$s <> ''), judged AS (SELECT *, NOT EXISTS (SELECT FROM said e "
		"WHERE e.name = said.name AND e.day < said.week "
		"AND e.day >= said.week - 7 * %3$d) AS novel FROM said "
		"WHERE day BETWEEN '%4$s' AND '%5$s') "
		"SELECT string_agg(line, E'\\n' ORDER BY line) FROM (SELECT concat_ws(' ', week, "
		"count(*) FILTER (WHERE novel), count(*), "
		"string_agg(DISTINCT name, ' ' ORDER BY name) FILTER (WHERE novel)) AS line "
		"FROM judged GROUP BY week) AS lines",
		community, name, weeks, first_day, last_day);
}

static void novelty_says_what_the_rows_say(void **state)
{
	static const struct {
		Content__NoveltyOf of;
		const char *name;
		int32_t weeks;
	} asked[] = {
		{CONTENT__NOVELTY_OF__NOVELTY_OF_UNSPECIFIED, "kind", 0},
		{CONTENT__NOVELTY_OF__NOVELTY_OF_KIND, "kind", 1},
		/* "books" and "films" are one topic now. */
		{CONTENT__NOVELTY_OF__NOVELTY_OF_TOPIC,
		 "(CASE WHEN topic IN ('books', 'films') THEN 'reading' ELSE topic END)", 1},
	};
	struct suite *s = *state;
	const char *community = given_history(s, 100), *lines[100];

	postgres_int(
		suite_database(s),
		"WITH t AS (INSERT INTO content.topic (community_id, topic_id, name, create_time) "
		"VALUES ('%s', gen_random_uuid(), 'reading', now()) RETURNING *) "
		"INSERT INTO content.topic_term SELECT community_id, term, topic_id FROM t, "
		"unnest('{reading,books,films}'::text[]) AS term",
		community);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		Content__GetNoveltyRequest request = CONTENT__GET_NOVELTY_REQUEST__INIT;
		Content__NoveltyReport report = CONTENT__NOVELTY_REPORT__INIT;
		int64_t count = 0, n = 0;

		request.community_id = community;
		request.start_date = first_day;
		request.end_date = last_day;
		request.of = asked[i].of;
		request.weeks = asked[i].weeks;
		EXPECT_OK(suite_call(s, method_content_get_novelty, &request, &report));
		EXPECT_INT(report.weeks, asked[i].weeks ? asked[i].weeks : 4);
		for (size_t k = 0; k < report.n_by_week; k++) {
			Content__NoveltyWeek *week = report.by_week[k];
			const char *text = arena_printf(
				suite_arena(s), "%s %lld %lld", week->start_date,
				(long long)week->novel_count, (long long)week->novelty->n);

			for (size_t j = 0; j < week->n_names; j++)
				text = arena_printf(suite_arena(s), "%s %s", text, week->names[j]);
			lines[k] = text;
			count += week->novel_count;
			n += week->novelty->n;
			assert_true(week->novelty->insufficient_data == (week->novelty->n < 10));
		}
		EXPECT_TEXT(sorted(s, lines, report.n_by_week),
			    novel(s, community, asked[i].name, report.weeks));
		EXPECT_INT(report.novel_count, count);
		EXPECT_INT(report.novelty->n, n);
		assert_true(count > 0 && count < n);
		assert_true(report.novelty->low < report.novelty->share &&
			    report.novelty->share < report.novelty->high);
	}
}

static void nothing_said_is_not_novel(void **state)
{
	struct suite *s = *state;
	Content__GetNoveltyRequest request = CONTENT__GET_NOVELTY_REQUEST__INIT;
	Content__NoveltyReport report = CONTENT__NOVELTY_REPORT__INIT;

	request.community_id = given_community(s);
	EXPECT_OK(suite_call(s, method_content_get_novelty, &request, &report));
	EXPECT_INT(report.novelty->n, 0);
	assert_true(report.novelty->insufficient_data);
	request.end_date = first_day;
	request.start_date = last_day;
	EXPECT_STATUS(suite_call(s, method_content_get_novelty, &request, &report),
		      INVALID_ARGUMENT, "DATES_REVERSED");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_says_what_the_rows_say),
		cmocka_unit_test(an_empty_calendar_reports_nothing),
		cmocka_unit_test(novelty_says_what_the_rows_say),
		cmocka_unit_test(nothing_said_is_not_novel),
	};

	return cmocka_run_group_tests_name("content_calendar_report", tests, setup, suite_teardown);
}
