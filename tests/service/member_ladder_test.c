/* Ladders: scores, promotion, demotion, and the days that pass. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "db/db.h"
#include "event.sql.h"
#include "given.h"
#include "kith/member/v1/ladder.pb-c.h"
#include "kith_methods.h"
#include "member.sql.h"
#include "member/member.h"
#include "member/progress.h"

#define PATIENCE_US INT64_C(60000000)
#define CROWD       20000

#define POST    MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_POST
#define COMMENT MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_COMMENT

/* A post counts 10, a comment 3; levels from 100, 200, 300 on. */
static struct outcome set_ladder(struct suite *s, const char *community, int32_t window_days,
				 const int64_t *thresholds, size_t n, const char *etag,
				 Member__Ladder *ret)
{
	Member__UpdateLadderRequest request = MEMBER__UPDATE_LADDER_REQUEST__INIT;
	Member__Ladder ladder = MEMBER__LADDER__INIT;
	Member__ActivityWeight post = MEMBER__ACTIVITY_WEIGHT__INIT, comment = post;
	Member__ActivityWeight *weights[] = {&post, &comment};
	Member__LadderLevel levels[4], *pointers[4];
	const char *benefits[] = {"a badge", "a seat in the council"};

	post.kind = POST;
	post.weight = 10;
	comment.kind = COMMENT;
	comment.weight = 3;
	for (size_t i = 0; i < n; i++) {
		levels[i] = (Member__LadderLevel)MEMBER__LADDER_LEVEL__INIT;
		levels[i].name = arena_printf(suite_arena(s), "Level %zu", i + 1);
		levels[i].threshold = thresholds[i];
		levels[i].benefits = benefits;
		levels[i].n_benefits = i < 2 ? i + 1 : 0;
		pointers[i] = &levels[i];
	}
	ladder.window_days = window_days;
	ladder.weights = weights;
	ladder.n_weights = 2;
	ladder.levels = pointers;
	ladder.n_levels = n;
	ladder.etag = etag;
	request.community_id = community;
	request.ladder = &ladder;

	return suite_call(s, method_member_update_ladder, &request, ret);
}

static const int64_t hundreds[] = {100, 200, 300};

static const char *given_ladder(struct suite *s, int32_t window_days)
{
	const char *community = given_community(s, .time_zone = "Pacific/Auckland");
	Member__Ladder ladder = MEMBER__LADDER__INIT;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(set_ladder(s, community, window_days, hundreds, 3, "", &ladder));

	return community;
}

/* His score becomes what so many points of comments and posts today make. */
static int32_t level_with(struct suite *s, const char *community, int64_t score)
{
	int64_t comments = score % 10 * 7 % 10; /* whose points end in the score's digit */
	const struct day_wish days[] = {
		{"ann", "COMMENT", 0, comments, 0},
		{"ann", "POST", 0, (score - 3 * comments) / 10, 0},
	};
	Member__Membership ann;

	tell_days(s, community, days, 2);
	ann = membership_of(s, community, "ann");
	EXPECT_INT(ann.score, score);

	return ann.level;
}

static Member__ListLevelChangesResponse changes_of(struct suite *s, const char *community,
						   const char *name)
{
	Member__ListLevelChangesRequest request = MEMBER__LIST_LEVEL_CHANGES_REQUEST__INIT;
	Member__ListLevelChangesResponse list = MEMBER__LIST_LEVEL_CHANGES_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = name ? person(s, name) : "";
	EXPECT_OK(suite_call_as_platform(s, method_member_list_level_changes, &request, &list));

	return list;
}

/* A new day begins for the community. */
static void expect_reviewed(struct suite *s, const char *community)
{
	int64_t until = clock_mono_us() + PATIENCE_US;
	int64_t due;

	do
		due = postgres_int(suite_database(s),
				   "SELECT (due_time <= now())::int FROM member.review "
				   "WHERE community_id = '%s'",
				   community);
	while (due && clock_mono_us() < until);
	EXPECT_INT(due, 0);
}

static void make_due(struct suite *s, const char *community)
{
	postgres_int(suite_database(s),
		     "UPDATE member.review SET due_time = now() WHERE community_id = '%s'",
		     community);
}

static void a_ladder_reads_as_it_was_set(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 30);
	Member__GetLadderRequest request = MEMBER__GET_LADDER_REQUEST__INIT;
	Member__Ladder ladder = MEMBER__LADDER__INIT;

	request.community_id = community;
	as_person(s, person(s, "ann"));
	EXPECT_OK(suite_call(s, method_member_get_ladder, &request, &ladder));
	as_platform(s);
	EXPECT_INT(ladder.window_days, 30);
	EXPECT_INT(ladder.n_weights, 2);
	EXPECT_INT(ladder.weights[0]->kind, POST);
	EXPECT_INT(ladder.weights[1]->weight, 3);
	EXPECT_INT(ladder.n_levels, 3);
	EXPECT_INT(ladder.levels[2]->level, 3);
	EXPECT_INT(ladder.levels[2]->threshold, 300);
	EXPECT_TEXT(ladder.levels[1]->name, "Level 2");
	EXPECT_INT(ladder.levels[1]->n_benefits, 2);
	EXPECT_TEXT(ladder.levels[1]->benefits[1], "a seat in the council");
	EXPECT_INT(ladder.levels[2]->n_benefits, 0);
}

static void a_ladder_that_is_none_is_refused(void **state)
{
	struct suite *s = *state;
	static const int64_t falling[] = {100, 100};
	const char *community = given_community(s, .owner = "ann");
	Member__UpdateLadderRequest request = MEMBER__UPDATE_LADDER_REQUEST__INIT;
	Member__GetLadderRequest wanted = MEMBER__GET_LADDER_REQUEST__INIT;
	Member__Ladder ladder = MEMBER__LADDER__INIT, twice = ladder;
	Member__ActivityWeight weight = MEMBER__ACTIVITY_WEIGHT__INIT;
	Member__ActivityWeight *weights[] = {&weight, &weight};
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;

	wanted.community_id = community;
	EXPECT_STATUS(suite_call(s, method_member_get_ladder, &wanted, &ladder), NOT_FOUND,
		      "LADDER_NOT_FOUND");
	EXPECT_STATUS(set_ladder(s, community, 0, falling, 2, "", &ladder), INVALID_ARGUMENT,
		      "THRESHOLDS_NOT_ASCENDING");
	weight.kind = POST;
	weight.weight = 1;
	twice.weights = weights;
	twice.n_weights = 2;
	request.community_id = community;
	request.ladder = &twice;
	EXPECT_STATUS(suite_call(s, method_member_update_ladder, &request, &ladder),
		      INVALID_ARGUMENT, "KIND_WEIGHED_TWICE");

	EXPECT_OK(set_ladder(s, community, 0, hundreds, 3, "", &ladder));
	EXPECT_TEXT(ladder.etag, "1");
	EXPECT_OK(set_ladder(s, community, 0, hundreds, 2, "1", &ladder));
	EXPECT_STATUS(set_ladder(s, community, 0, hundreds, 3, "1", &ladder), ABORTED,
		      "ETAG_MISMATCH");

	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(set_ladder(s, community, 0, hundreds, 3, "", &ladder), PERMISSION_DENIED,
		      "RANK_TOO_LOW");
	as_platform(s);
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(set_ladder(s, community, 0, hundreds, 3, "", &ladder), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
}

static void who_reaches_a_threshold_is_promoted_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 0);

	EXPECT_INT(level_with(s, community, 99), 0);
	EXPECT_INT(level_with(s, community, 100), 1);
	EXPECT_INT(level_with(s, community, 200), 2);
	EXPECT_INT(level_with(s, community, 5000), 3);
	EXPECT_INT(membership_of(s, community, "bob").level, 0);
}

static void who_falls_keeps_his_level_down_to_ninety_percent(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 0);

	EXPECT_INT(level_with(s, community, 300), 3);
	EXPECT_INT(level_with(s, community, 270), 3);
	EXPECT_INT(level_with(s, community, 269), 2);
	/* Up again only with the whole of it. */
	EXPECT_INT(level_with(s, community, 299), 2);
	EXPECT_INT(level_with(s, community, 300), 3);
	/* In one fall as in several. */
	EXPECT_INT(level_with(s, community, 180), 2);
	EXPECT_INT(level_with(s, community, 179), 1);
	EXPECT_INT(level_with(s, community, 89), 0);
	EXPECT_INT(level_with(s, community, 99), 0);
}

static void each_change_is_logged_and_told(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 0);
	Member__ListLevelChangesResponse list;

	level_with(s, community, 210);
	level_with(s, community, 100);
	list = changes_of(s, community, "ann");
	EXPECT_INT(list.n_changes, 2);
	EXPECT_INT(list.changes[0]->from_level, 2);
	EXPECT_INT(list.changes[0]->to_level, 1);
	EXPECT_INT(list.changes[0]->score, 100);
	EXPECT_INT(list.changes[0]->cause, MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_ACTIVITY);
	EXPECT_INT(list.changes[1]->from_level, 0);
	EXPECT_INT(list.changes[1]->to_level, 2);
	assert_non_null(list.changes[1]->change_time);
	EXPECT_INT(changes_of(s, community, NULL).n_changes, 2);
	EXPECT_INT(changes_of(s, community, "bob").n_changes, 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.level_change c JOIN member.outbox o "
				"USING (community_id, person_id, version) WHERE community_id = "
				"'%s' AND o.membership_level = c.to_level",
				community),
		   2);
}

static void changes_come_page_by_page_to_whom_they_concern(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 0);
	Member__ListLevelChangesRequest request = MEMBER__LIST_LEVEL_CHANGES_REQUEST__INIT;
	Member__ListLevelChangesResponse list = MEMBER__LIST_LEVEL_CHANGES_RESPONSE__INIT;
	size_t n = 0;

	for (int round = 0; round < 3; round++) {
		level_with(s, community, 100);
		level_with(s, community, 0);
	}
	request.community_id = community;
	request.page_size = 4;
	do {
		member__list_level_changes_response__init(&list);
		EXPECT_OK(suite_call(s, method_member_list_level_changes, &request, &list));
		n += list.n_changes;
		request.page_token = list.next_page_token;
	} while (*list.next_page_token);
	EXPECT_INT(n, 6);

	request.page_token = "";
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_list_level_changes, &request, &list),
		      PERMISSION_DENIED, "RANK_TOO_LOW");
	request.person_id = person(s, "bob");
	as_person(s, request.person_id);
	EXPECT_OK(suite_call(s, method_member_list_level_changes, &request, &list));
	request.person_id = person(s, "ann");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_list_level_changes, &request, &list),
		      PERMISSION_DENIED, "RANK_TOO_LOW");
	as_platform(s);
}

static void only_days_in_the_window_count(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 7);

	tell_day(s, community, "ann", "POST", 7, 50);
	EXPECT_INT(membership_of(s, community, "ann").score, 0);
	tell_day(s, community, "ann", "POST", 6, 50);
	EXPECT_INT(membership_of(s, community, "ann").score, 500);
	EXPECT_INT(membership_of(s, community, "ann").level, 3);
}

/* The day that passes is played by days that move back. */
static void the_window_moves_on_with_the_days(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 7);
	Member__ListLevelChangesResponse list;

	tell_day(s, community, "ann", "POST", 6, 10);
	tell_day(s, community, "bob", "POST", 0, 10);
	expect_reviewed(s, community);
	EXPECT_INT(membership_of(s, community, "ann").level, 1);
	postgres_int(suite_database(s),
		     "UPDATE member.member_day SET day = day - 1 WHERE community_id = '%s'",
		     community);
	make_due(s, community);
	expect_reviewed(s, community);
	EXPECT_INT(membership_of(s, community, "ann").level, 0);
	EXPECT_INT(membership_of(s, community, "bob").level, 1);
	list = changes_of(s, community, "ann");
	EXPECT_INT(list.changes[0]->cause, MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_TIME);
	/* Next when the community's day begins. */
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT (due_time = ((now() AT TIME ZONE 'Pacific/Auckland')::date "
				"+ 1)::timestamp AT TIME ZONE 'Pacific/Auckland')::int "
				"FROM member.review WHERE community_id = '%s'",
				community),
		   1);
}

static void another_ladder_reckons_everybody_anew(void **state)
{
	struct suite *s = *state;
	static const int64_t steep[] = {1000}, flat[] = {50};
	const char *community = given_ladder(s, 0);
	Member__Ladder ladder = MEMBER__LADDER__INIT;

	level_with(s, community, 200);
	EXPECT_OK(set_ladder(s, community, 0, flat, 1, "", &ladder));
	expect_reviewed(s, community);
	EXPECT_INT(membership_of(s, community, "ann").level, 1);
	EXPECT_INT(changes_of(s, community, "ann").changes[0]->cause,
		   MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_LADDER);
	EXPECT_OK(set_ladder(s, community, 0, steep, 1, "", &ladder));
	expect_reviewed(s, community);
	EXPECT_INT(membership_of(s, community, "ann").level, 0);
	EXPECT_OK(set_ladder(s, community, 0, NULL, 0, "", &ladder));
	expect_reviewed(s, community);
	EXPECT_INT(membership_of(s, community, "ann").level, 0);
}

static void who_is_no_member_stands_where_he_stood(void **state)
{
	struct suite *s = *state;
	const char *community = given_ladder(s, 0);

	level_with(s, community, 100);
	EXPECT_OK(leave(s, community, "ann"));
	tell_day(s, community, "ann", "POST", 1, 100);
	EXPECT_INT(membership_of(s, community, "ann").level, 1);
	EXPECT_OK(join(s, community, "ann"));
	tell_day(s, community, "ann", "POST", 2, 1);
	EXPECT_INT(membership_of(s, community, "ann").level, 3);
}

/* Another process at the same work, beside the suite's own. */
struct replica {
	pthread_t thread;
	struct db *db;
	_Atomic bool stop;
	unsigned n_bites;
};

static void *replica_run(void *user)
{
	struct replica *r = user;
	struct arena arena = {0};

	while (!r->stop) {
		struct call c = {.arena = &arena,
				 .request_id = "",
				 .traceparent = "",
				 .now_us = clock_wall_us(),
				 .deadline_us = clock_mono_us() + PATIENCE_US,
				 .db = r->db};
		bool worked = false;

		if (db_begin(&c) != STATUS_OK || progress_review(&c, &worked) != STATUS_OK ||
		    db_commit(&c) != STATUS_OK)
			db_rollback(r->db);
		else
			r->n_bites += worked;
		arena_reset(&arena);
		sched_yield();
	}
	arena_fini(&arena);

	return NULL;
}

static void replica_start(struct suite *s, struct replica *r)
{
	static const struct sql_table *const tables[] = {&member_sql, &event_sql, NULL};
	static const uint8_t secret[32];
	const struct db_options options = {.url = postgres_url(suite_database(s)),
					   .schema = "member",
					   .name = "replica",
					   .prepare = true,
					   .connect_timeout_us = 5000000,
					   .page_secret = secret,
					   .tables = tables};

	*r = (struct replica){.db = db_new(&options)};
	assert_int_equal(pthread_create(&r->thread, NULL, replica_run, r), 0);
}

static void replica_stop(struct replica *r)
{
	r->stop = true;
	pthread_join(r->thread, NULL);
	db_free(r->db);
}

/* More members than one bite takes, whose days are drawn by hashes, against one plain query. */
static void two_replicas_reckon_a_crowd_exactly_and_once(void **state)
{
	struct suite *s = *state;
	struct postgres *db = suite_database(s);
	const char *community = given_community(s, .time_zone = "Asia/Shanghai");
	Member__Ladder ladder = MEMBER__LADDER__INIT;
	struct replica replica;
	int64_t begin;

	postgres_int(db,
		     "INSERT INTO member.membership (community_id, person_id, number, join_time) "
		     "SELECT '%s', md5('crowd' || n)::uuid, n, now() "
		     "FROM generate_series(1, %d) n",
		     community, CROWD);
	postgres_int(db,
		     "INSERT INTO member.member_day SELECT '%s', md5('crowd' || n)::uuid, "
		     "(now() AT TIME ZONE 'Asia/Shanghai')::date - (hashint4(n * 7 + k) & "
		     "2147483647) %% 40, "
		     "(ARRAY['POST', 'COMMENT', 'VISIT'])[1 + k %% 3], 1 + (hashint4(n + k) & "
		     "2147483647) %% 9, "
		     "1 FROM generate_series(1, %d) n, generate_series(1, 6) k "
		     "ON CONFLICT DO NOTHING",
		     community, CROWD);
	postgres_int(db, "ANALYZE member.membership, member.member_day");

	replica_start(s, &replica);
	begin = clock_mono_us();
	EXPECT_OK(set_ladder(s, community, 30, hundreds, 3, "", &ladder));
	expect_reviewed(s, community);
	replica_stop(&replica);
	assert_true(replica.n_bites > 0);
	print_message("%d members reckoned in %.1f s\n", CROWD,
		      (double)(clock_mono_us() - begin) / 1e6);

	EXPECT_INT(postgres_int(
			   db,
			   "WITH score AS (SELECT person_id, sum(CASE kind WHEN 'POST' THEN "
			   "10 * count WHEN 'COMMENT' THEN 3 * count ELSE 0 END)::bigint AS score "
			   "FROM member.member_day WHERE community_id = '%s' AND day >= "
			   "(now() AT TIME ZONE 'Asia/Shanghai')::date - 29 GROUP BY 1) "
			   "SELECT count(*) FROM member.membership m LEFT JOIN score "
			   "USING (person_id) WHERE community_id = '%s' AND "
			   "(m.score, m.level) IS DISTINCT FROM (COALESCE(score.score, 0), "
			   "LEAST(3, COALESCE(score.score, 0) / 100))",
			   community, community),
		   0);
	EXPECT_INT(
		postgres_int(
			db,
			"SELECT count(*) FROM member.membership WHERE community_id = '%s' "
			"AND version <> 1 + (level > 0)::int + (journey_step <> 'AUDIENCE')::int",
			community),
		0);
	EXPECT_INT(postgres_int(db,
				"SELECT (SELECT count(*) FROM member.level_change WHERE "
				"community_id = '%s') - (SELECT count(*) FROM member.membership "
				"WHERE community_id = '%s' AND level > 0)",
				community, community),
		   0);
	assert_true(postgres_int(db,
				 "SELECT count(DISTINCT level) FROM member.membership "
				 "WHERE community_id = '%s'",
				 community) == 3);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ladder_reads_as_it_was_set),
		cmocka_unit_test(a_ladder_that_is_none_is_refused),
		cmocka_unit_test(who_reaches_a_threshold_is_promoted_at_once),
		cmocka_unit_test(who_falls_keeps_his_level_down_to_ninety_percent),
		cmocka_unit_test(each_change_is_logged_and_told),
		cmocka_unit_test(changes_come_page_by_page_to_whom_they_concern),
		cmocka_unit_test(only_days_in_the_window_count),
		cmocka_unit_test(the_window_moves_on_with_the_days),
		cmocka_unit_test(another_ladder_reckons_everybody_anew),
		cmocka_unit_test(who_is_no_member_stands_where_he_stood),
		cmocka_unit_test(two_replicas_reckon_a_crowd_exactly_and_once),
	};

	return cmocka_run_group_tests_name("member ladder", tests, setup, suite_teardown);
}
