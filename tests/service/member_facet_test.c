/* Facets: whatever is asked of the index, whenever, equals what the rows say. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "given.h"
#include "kith/member/v1/segment.pb-c.h"
#include "kith_methods.h"
#include "member.sql.h"
#include "member/member.h"

#define MEMBERS       20000
#define NICKS_INDEXED 10000
#define FILTERS       60 /* each time; those with changes before each are as many again */
#define PAGE          20
#define FOLD_MAX_US   INT64_C(120000000)

static const char *community;

/* A crowd of whom every facet has frequent and rare values, and some none. */
static const char *const crowd[] = {
	"CREATE FUNCTION chance(i bigint, k integer, below integer) RETURNS integer LANGUAGE sql "
	"IMMUTABLE AS "
	"$$ SELECT (hashint8(i * 100 + k) & 2147483647) %% below $$",
	"CREATE FUNCTION person_of(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS "
	"$$ SELECT ('00000000-0000-8000-8000-' || lpad(to_hex(i), 12, '0'))::uuid $$",
	"INSERT INTO person (person_id, create_time, update_time, verify_time) "
	"SELECT person_of(i), now(), now(), CASE WHEN chance(i, 1, 10) = 0 THEN now() END "
	"FROM generate_series(1, %2$d) AS i",
	"INSERT INTO membership (community_id, person_id, number, role, state, join_time, "
	"leave_time, level, tags, "
	"source, campaign, plan_id, rules_version, journey_step, mute_until_time) "
	"SELECT '%1$s', person_of(i), i, "
	"CASE WHEN chance(i, 2, 100) < 90 THEN 'MEMBER' WHEN chance(i, 2, 100) < 96 THEN 'EXPERT' "
	"ELSE 'ADMIN' END, "
	"CASE WHEN chance(i, 3, 10) < 8 THEN 'ACTIVE' ELSE 'LEFT' END, "
	"now() - chance(i, 4, 1500 * 24) * interval '1 hour', CASE WHEN chance(i, 3, 10) >= 8 THEN "
	"now() END, "
	"chance(i, 5, 8), ARRAY(SELECT DISTINCT 't' || chance(i, 50 + k, 20) FROM "
	"generate_series(1, chance(i, 6, 4)) AS k), "
	"CASE WHEN chance(i, 7, 3) = 0 THEN '' ELSE 'channel ' || chance(i, 8, 50) END, "
	"CASE WHEN chance(i, 9, 100) = 0 THEN 'c' || chance(i, 10, 5) ELSE '' END, "
	"CASE WHEN chance(i, 11, 10) = 0 THEN person_of(chance(i, 12, 3)) END, chance(i, 13, 4), "
	"(ARRAY['AUDIENCE', 'TRIAL', 'FAN', 'CORE'])[1 + chance(i, 14, 4)], "
	"CASE WHEN chance(i, 15, 50) = 0 THEN now() + (chance(i, 16, 3) - 1) * interval '1 day' "
	"END "
	"FROM generate_series(1, %2$d) AS i",
	"UPDATE community SET last_number = %2$d, rules_version = 2, "
	"member_count = (SELECT count(*) FROM membership WHERE state = 'ACTIVE' AND community_id = "
	"'%1$s') "
	"WHERE community_id = '%1$s'",
	"INSERT INTO standing (community_id, person_id, first_active_date, last_active_date, "
	"first_engaged_date, "
	"last_engaged_date) SELECT '%1$s', person_of(i), current_date - 300, current_date - "
	"chance(i, 17, 200), "
	"CASE WHEN chance(i, 18, 2) = 0 THEN current_date - 250 - chance(i, 19, 50) END, "
	"CASE WHEN chance(i, 18, 2) = 0 THEN current_date - chance(i, 20, 250) END "
	"FROM generate_series(1, %2$d) AS i WHERE chance(i, 21, 10) < 7",
	"INSERT INTO person_attribute (person_id, name, value, visibility, masked, update_time) "
	"SELECT person_of(i), a.name, a.value, a.visibility, a.masked, now() FROM "
	"generate_series(1, %2$d) AS i, LATERAL (VALUES "
	"('region', 'r' || chance(i, 22, 30), 'PUBLIC', false, 2), ('age', (chance(i, 23, 100) - "
	"5)::text, 'MEMBERS', false, 2), "
	"('age', 'old', 'MEMBERS', false, 200), ('nick', 'n' || i, 'STAFF', false, 1), "
	"('bio', repeat('word ', 60) || 'end' || chance(i, 24, 3), 'PUBLIC', false, 100), "
	"('secret', 'x', 'SELF', false, 2), ('shape', 'x', 'PUBLIC', true, 2)) AS a (name, value, "
	"visibility, masked, one_in) "
	"WHERE chance(i, length(a.name || a.value), a.one_in) = 0 ON CONFLICT DO NOTHING",
	"CREATE FUNCTION said(person uuid, what text) RETURNS text LANGUAGE sql STABLE AS "
	"$$ SELECT value FROM member.person_attribute WHERE person_id = person AND name = what "
	"AND visibility <> 'SELF' AND NOT masked $$",
	"CREATE VIEW probe AS SELECT m.*, (m.join_time AT TIME ZONE c.time_zone)::date AS joined, "
	"s.last_active_date, "
	"s.first_engaged_date, s.last_engaged_date, p.verify_time, c.rules_version AS in_force, "
	"(now() AT TIME ZONE c.time_zone)::date AS today FROM membership AS m JOIN community AS c "
	"USING (community_id) "
	"JOIN person AS p USING (person_id) LEFT JOIN standing AS s ON s.community_id = "
	"m.community_id "
	"AND s.person_id = m.person_id",
	"UPDATE membership SET indexed_version = 0 WHERE community_id = '%1$s'",
	"ANALYZE",
};

/* The same thing said to the service and to PostgreSQL; of a number below `below`, or of the day so
 * many days ago. */
static const struct {
	const char *filter, *sql;
	int below;
	bool day;
} terms[] = {
	{"state = ACTIVE", "state = 'ACTIVE'"},
	{"state = LEFT", "state = 'LEFT'"},
	{"role = MEMBER", "role = 'MEMBER'"},
	{"role = EXPERT", "role = 'EXPERT'"},
	{"role != ADMIN", "role <> 'ADMIN'"},
	{"journey_step = FAN", "journey_step = 'FAN'"},
	{"level = %d", "level = %d", 9},
	{"level >= %d", "level >= %d", 9},
	{"level < %d", "level < %d", 9},
	{"tags:t%d", "'t%d' = ANY (tags)", 21},
	{"tags:*", "cardinality(tags) > 0"},
	{"source = \"channel %d\"", "source = 'channel %d'", 51},
	{"source:\"l 1\"", "source LIKE '%%l 1%%'"},
	{"source:*", "source <> ''"},
	{"campaign = c%d", "campaign = 'c%d'", 5},
	{"campaign != c%d", "campaign <> 'c%d'", 5},
	{"plan:*", "plan_id IS NOT NULL"},
	{"muted = true", "mute_until_time > now()"},
	{"muted = false", "NOT COALESCE(mute_until_time > now(), false)"},
	{"joined >= %s", "joined >= DATE '%s'", 1600, true},
	{"joined < %s", "joined < DATE '%s'", 1600, true},
	{"joined = %s", "joined = DATE '%s'", 1500, true},
	{"last_active > %s", "last_active_date > DATE '%s'", 220, true},
	{"last_active:*", "last_active_date IS NOT NULL"},
	{"first_engaged <= %s", "first_engaged_date <= DATE '%s'", 320, true},
	{"last_engaged = %s", "last_engaged_date = DATE '%s'", 250, true},
	{"silent_days >= %d", "today - COALESCE(last_active_date, joined) >= %d", 300},
	{"silent_days < %d", "today - COALESCE(last_active_date, joined) < %d", 300},
	{"silent_days = %d", "today - COALESCE(last_active_date, joined) = %d", 300},
	{"lurker = true",
	 "state = 'ACTIVE' AND joined <= today - 14 AND last_active_date > today - 30 "
	 "AND NOT COALESCE(last_engaged_date > today - 90, false)"},
	{"lurker = false",
	 "NOT (state = 'ACTIVE' AND joined <= today - 14 AND COALESCE(last_active_date > today - "
	 "30, "
	 "false) AND NOT COALESCE(last_engaged_date > today - 90, false))"},
	{"verified = true", "verify_time IS NOT NULL"},
	{"verified = false", "verify_time IS NULL"},
	{"verified:*", "true"},
	{"rules_accepted = true", "rules_version >= in_force"},
	{"attributes.region = r%d", "said(person_id, 'region') = 'r%d'", 31},
	{"attributes.region:*", "said(person_id, 'region') IS NOT NULL"},
	{"attributes.age >= %d",
	 "said(person_id, 'age') ~ '^-?[0-9]+$' AND said(person_id, 'age')::bigint >= %d", 110},
	{"attributes.age = %d", "said(person_id, 'age') = '%d'", 100},
	{"attributes.nick:n%d", "said(person_id, 'nick') LIKE '%%n%d%%'", 1000},
	{"attributes.bio:\"end%d\"", "said(person_id, 'bio') LIKE '%%end%d%%'", 3},
	{"attributes.secret:*", "false"},
	{"attributes.shape = x", "false"},
	{"attributes.none = x", "false"},
};

static uint64_t seed = 7;

static int chance(int below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int)((seed >> 33) % (uint64_t)below);
}

/* A number or a day into the two forms. The formats are those of the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_term(struct buf *filter, struct buf *sql)
{
	size_t i = (size_t)chance((int)(sizeof(terms) / sizeof(terms[0])));
	int number = terms[i].below ? chance(terms[i].below) : 0;
	char day[11];

	buf_add_string(sql, "COALESCE(");
	if (terms[i].day) {
		text_from_date((int32_t)(clock_wall_us() / 86400000000) - number, day);
		buf_add_format(filter, terms[i].filter, day);
		buf_add_format(sql, terms[i].sql, day);
	} else {
		buf_add_format(filter, terms[i].filter, number);
		buf_add_format(sql, terms[i].sql, number);
	}
	buf_add_string(sql, ", false)");
}
#pragma GCC diagnostic pop

static void add_filter(struct buf *filter, struct buf *sql, int depth)
{
	int what = depth > 0 ? chance(4) : 3;

	if (what == 3) {
		add_term(filter, sql);
		return;
	}
	buf_add_string(filter, what == 2 ? "NOT (" : "(");
	buf_add_string(sql, what == 2 ? "NOT (" : "(");
	add_filter(filter, sql, depth - 1);
	if (what < 2) {
		buf_add_string(filter, what ? " AND " : " OR ");
		buf_add_string(sql, what ? " AND " : " OR ");
		add_filter(filter, sql, depth - 1);
	}
	buf_add_string(filter, ")");
	buf_add_string(sql, ")");
}

/* How many, and the numbers of the first page: as the service and as the rows tell. */
static void expect_equal(struct suite *s, const char *filter, const char *sql)
{
	Member__ListMembershipsRequest request = MEMBER__LIST_MEMBERSHIPS_REQUEST__INIT;
	Member__ListMembershipsResponse page = MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;
	CLEANUP(buf_fini) struct buf told = {0};
	const char *expected;

	request.community_id = community;
	request.filter = filter;
	request.page_size = PAGE;
	EXPECT_OK(suite_call(s, method_member_list_memberships, &request, &page));
	buf_add_format(&told, "%lld:", (long long)page.total_size);
	for (size_t i = 0; i < page.n_memberships; i++)
		buf_add_format(&told, " %lld", (long long)page.memberships[i]->number);

	expected = postgres_text(suite_database(s),
				 "SELECT count(*) || ':' || COALESCE(' ' || array_to_string("
				 "(array_agg(number ORDER BY number))[1:%d], ' '), '') "
				 "FROM probe WHERE community_id = '%s' AND (%s)",
				 PAGE, community, sql);
	if (!text_equal(told.data, expected))
		fail_msg("%s:\nthe service %s\nthe rows %s", filter, told.data, expected);
}

static void expect_random_filters_equal(struct suite *s, int n, const char *change)
{
	for (int i = 0; i < n; i++) {
		CLEANUP(buf_fini) struct buf filter = {0}, sql = {0};

		add_filter(&filter, &sql, 3);
		if (change)
			postgres_text(suite_database(s), change, community, (int)(seed >> 40),
				      MEMBERS);
		expect_equal(s, filter.data, sql.data);
	}
}

static int64_t count_unseen(struct suite *s)
{
	return postgres_int(
		suite_database(s),
		"SELECT (SELECT count(*) FROM membership WHERE indexed_version <> version) + "
		"(SELECT count(*) FROM facet_index WHERE renew_after_number IS NOT NULL)");
}

static void until_all_is_seen(struct suite *s)
{
	int64_t began = clock_mono_us();

	while (count_unseen(s) > 0) {
		if (clock_mono_us() > began + FOLD_MAX_US)
			fail_msg("the index does not catch up");
	}
	print_message("seen after %lld ms\n", (long long)(clock_mono_us() - began) / 1000);
}

static void a_crowd_is_given(void **state)
{
	struct suite *s = *state;

	community = given_community(s, .time_zone = "Asia/Shanghai");
	postgres_text(suite_database(s), "SET search_path = member");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
		postgres_text(suite_database(s), crowd[i], community, MEMBERS);
#pragma GCC diagnostic pop
}

static void what_nobody_has_folded_is_told_right(void **state)
{
	struct suite *s = *state;

	assert_true(count_unseen(s) > 0);
	expect_random_filters_equal(s, 3, NULL);
}

static void what_is_folded_is_told_right(void **state)
{
	struct suite *s = *state;

	until_all_is_seen(s);
	EXPECT_INT(
		postgres_int(
			suite_database(s),
			"SELECT count(*) FROM facet WHERE name = 'attributes.nick' AND scale = 0"),
		10000);
	expect_random_filters_equal(s, FILTERS, NULL);
}

/* Before each question fifty members change, in all that facets come from. */
static void what_changes_is_told_at_once(void **state)
{
	struct suite *s = *state;

	expect_random_filters_equal(
		s, FILTERS,
		"WITH picked AS (SELECT DISTINCT 1 + chance(%2$d, g, %3$d) AS number FROM "
		"generate_series(1, 50) AS g), "
		"who AS (SELECT m.person_id, m.number FROM membership AS m JOIN picked USING "
		"(number) WHERE community_id = '%1$s'), "
		"s AS (INSERT INTO standing (community_id, person_id, last_active_date) "
		"SELECT '%1$s', person_id, current_date FROM who WHERE number %% 2 = 0 "
		"ON CONFLICT (community_id, person_id) DO UPDATE SET last_active_date = "
		"EXCLUDED.last_active_date, "
		"last_engaged_date = CASE WHEN standing.last_engaged_date IS NULL THEN "
		"current_date END), "
		"a AS (INSERT INTO person_attribute (person_id, name, value, update_time) "
		"SELECT person_id, 'region', 'r1', now() FROM who WHERE number %% 2 = 0 "
		"ON CONFLICT (person_id, name) DO UPDATE SET value = 'r' || chance(%2$d, 1, 40)) "
		"UPDATE membership AS m SET indexed_version = CASE WHEN m.number %% 2 = 0 THEN 0 "
		"ELSE m.indexed_version END, "
		"version = version + m.number %% 2, level = CASE WHEN m.number %% 2 = 0 THEN level "
		"ELSE (level + 3) %% 8 END, "
		"tags = CASE WHEN m.number %% 2 = 0 THEN tags ELSE ARRAY['t' || chance(%2$d, 2, "
		"20)] END, "
		"role = CASE WHEN m.number %% 4 = 1 THEN 'EXPERT' ELSE role END "
		"FROM who WHERE m.community_id = '%1$s' AND m.number = who.number");
	until_all_is_seen(s);
	expect_random_filters_equal(s, FILTERS / 4, NULL);
}

static void days_are_those_of_the_community_whatever_its_zone(void **state)
{
	struct suite *s = *state;
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, changed = MEMBER__COMMUNITY__INIT;
	char day[11], filter[64], sql[64];

	request.community_id = community;
	request.community = &wanted;
	wanted.time_zone = "America/Los_Angeles";
	text_from_date((int32_t)(clock_wall_us() / 86400000000) - 100, day);
	snprintf(filter, sizeof(filter), "joined = %s", day);
	snprintf(sql, sizeof(sql), "joined = DATE '%s'", day);
	expect_equal(s, filter, sql);
	EXPECT_OK(suite_call(s, method_member_update_community, &request, &changed));
	expect_equal(s, filter, sql);
	until_all_is_seen(s);
	expect_equal(s, filter, sql);
	expect_random_filters_equal(s, FILTERS / 4, NULL);
}

static atomic_bool swapping;

/* Two members change roles with each other, again and again: there are always as many of each. */
static void *swap_roles(void *user)
{
	struct postgres *beside = user;

	postgres_text(beside, "SET search_path = member");
	for (int i = 0; swapping; i++)
		postgres_text(
			beside,
			"WITH expert AS (SELECT number FROM membership WHERE community_id = '%1$s' "
			"AND "
			"role = 'EXPERT' AND number > chance(%2$d, 1, %3$d) ORDER BY number LIMIT "
			"100), "
			"member AS (SELECT number FROM membership WHERE community_id = '%1$s' AND "
			"role = 'MEMBER' AND number > chance(%2$d, 2, %3$d) ORDER BY number LIMIT "
			"(SELECT count(*) FROM expert)), kept AS (SELECT number FROM expert ORDER "
			"BY number LIMIT "
			"(SELECT count(*) FROM member)) UPDATE membership SET version = version + "
			"1, "
			"role = CASE role WHEN 'EXPERT' THEN 'MEMBER' ELSE 'EXPERT' END "
			"WHERE community_id = '%1$s' AND (number IN (SELECT number FROM kept) "
			"OR number IN (SELECT number FROM member))",
			community, i, MEMBERS - 5000);

	return NULL;
}

static int64_t count_experts(struct suite *s)
{
	Member__GetFilterExplanationRequest request = MEMBER__GET_FILTER_EXPLANATION_REQUEST__INIT;
	Member__FilterExplanation told = MEMBER__FILTER_EXPLANATION__INIT;

	request.community_id = community;
	request.filter = "role = EXPERT";
	EXPECT_OK(suite_call(s, method_member_get_filter_explanation, &request, &told));

	return told.member_count;
}

static void a_count_is_of_one_moment(void **state)
{
	struct suite *s = *state;
	struct postgres *beside = postgres_beside(suite_database(s));
	int64_t experts = count_experts(s), versions = 0;
	pthread_t thread;

	swapping = true;
	assert_int_equal(pthread_create(&thread, NULL, swap_roles, beside), 0);
	for (int i = 0; i < 100; i++)
		EXPECT_INT(count_experts(s), experts);
	swapping = false;
	pthread_join(thread, NULL);
	postgres_stop(beside);
	versions = postgres_int(
		suite_database(s),
		"SELECT sum(version) - count(*) FROM membership WHERE community_id = '%s'",
		community);
	print_message("%lld changes meanwhile\n", (long long)versions);
	assert_true(versions > 1000);
	until_all_is_seen(s);
	EXPECT_INT(count_experts(s), experts);
}

static void words_that_nobody_has_any_more_are_forgotten(void **state)
{
	struct suite *s = *state;

	assert_true(postgres_int(suite_database(s),
				 "SELECT count(*) FROM facet WHERE name = 'attributes.region'") >
		    0);
	postgres_text(suite_database(s),
		      "WITH gone AS (DELETE FROM person_attribute WHERE name = 'region' RETURNING "
		      "person_id) "
		      "UPDATE membership SET indexed_version = 0 WHERE person_id IN (SELECT "
		      "person_id FROM gone)");
	until_all_is_seen(s);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM facet WHERE name = 'attributes.region'"),
		   0);
}

/* The plan of a statement as the service's connections make it, whatever its parameters are. */
static const char *plan_of(struct suite *s, const char *name)
{
	CLEANUP(buf_fini) struct buf nulls = {0};
	const struct sql *sql = NULL;

	for (size_t i = 0; i < member_sql.n_statements; i++)
		if (text_equal(member_sql.statements[i]->name, name))
			sql = member_sql.statements[i];
	assert_non_null(sql);
	for (size_t i = 0; i < sql->n_params; i++)
		buf_add_string(&nulls, i ? ", NULL" : "NULL");
	postgres_text(suite_database(s), "PREPARE plan AS %s", sql->text);
	postgres_text(suite_database(s), "SET plan_cache_mode = force_generic_plan");
	postgres_text(suite_database(s), "SET enable_seqscan = off");
	arena_reset(suite_arena(s));
	const char *plan =
		arena_string(suite_arena(s),
			     postgres_text(suite_database(s),
					   "EXPLAIN (FORMAT JSON) EXECUTE plan (%s)", nulls.data));
	postgres_text(suite_database(s), "DEALLOCATE plan");

	return plan;
}

static void statements_use_their_indexes(void **state)
{
	static const struct {
		const char *statement;
		const char *indexes[8];
	} expected[] = {
		{"member.facet_read",
		 {"membership_unindexed", "facet_member_loose", "membership_number_taken",
		  "facet_value_taken", "facet_by_number", "facet_bits_pkey", "membership_muted"}},
		{"member.facet_person", {"standing_pkey", "person_attribute_pkey"}},
		{"member.membership_numbered", {"membership_number_taken"}},
		{"member.facet_claim", {"membership_unindexed"}},
		{"member.facet_take", {"membership_unindexed"}},
		{"member.facet_admit", {"membership_number_taken", "facet_value_taken"}},
		{"member.facet_fold",
		 {"membership_number_taken", "facet_value_taken", "facet_member_pkey", "facet_pkey",
		  "facet_bits_pkey"}},
		{"member.facet_sweep", {"facet_pkey", "facet_bits_pkey"}},
		{"member.facet_renew", {"facet_index_renewal", "membership_number_taken"}},
		{"member.segment_list", {"segment_name_taken"}},
		{"member.segment_get", {"segment_pkey"}},
	};
	struct suite *s = *state;

	postgres_text(suite_database(s),
		      "INSERT INTO segment (community_id, segment_id, name, filter, create_time, "
		      "update_time) SELECT '%s', person_of(i), 'segment ' || i, '', now(), now() "
		      "FROM generate_series(1, 1000) AS i",
		      community);
	postgres_text(suite_database(s), "ANALYZE");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const char *plan = plan_of(s, expected[i].statement);

		for (const char *const *index = expected[i].indexes; *index; index++)
			if (!strstr(plan, *index))
				fail_msg("%s does not use %s: %s", expected[i].statement, *index,
					 plan);
		if (strstr(plan, "Seq Scan"))
			fail_msg("%s scans a table: %s", expected[i].statement, plan);
	}
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_is_given),
		cmocka_unit_test(what_nobody_has_folded_is_told_right),
		cmocka_unit_test(what_is_folded_is_told_right),
		cmocka_unit_test(what_changes_is_told_at_once),
		cmocka_unit_test(days_are_those_of_the_community_whatever_its_zone),
		cmocka_unit_test(a_count_is_of_one_moment),
		cmocka_unit_test(words_that_nobody_has_any_more_are_forgotten),
		cmocka_unit_test(statements_use_their_indexes),
	};

	return cmocka_run_group_tests_name("member: facets", tests, start, suite_teardown);
}
