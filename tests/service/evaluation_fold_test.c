/* From raw interactions to bitmaps: exact whatever comes in whatever order, and whatever dies. */
#include "evaluation_desk.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "evaluation.sql.h"
#include "kith/member/v1/inbox.pb-c.h"

#define N_PERSONS 40
#define N_DEEDS   3000

static const Evaluation__InteractionKind kinds[] = {
	EVALUATION__INTERACTION_KIND__INTERACTION_KIND_VISIT,
	EVALUATION__INTERACTION_KIND__INTERACTION_KIND_POST,
	EVALUATION__INTERACTION_KIND__INTERACTION_KIND_COMMENT,
	EVALUATION__INTERACTION_KIND__INTERACTION_KIND_REACTION,
	EVALUATION__INTERACTION_KIND__INTERACTION_KIND_MESSAGE,
};

static void given_members(struct desk *d, unsigned community, const char *zone)
{
	EXPECT_OK(desk_tell_community(d, community, zone, 1));
	for (unsigned person = 0; person < N_PERSONS; person++)
		EXPECT_OK(desk_tell_member(d, community, person, 1, NOW_S - 2 * YEAR_S, 0, ""));
}

/* Deeds of two years, many of them around midnights. */
static void random_deeds(struct desk *d, struct deed *deeds, size_t n, unsigned community)
{
	for (size_t i = 0; i < n; i++) {
		int64_t day = desk_random(d, 730);
		int64_t second = desk_random(d, 3) ? desk_random(d, DAY_S)
						   : (DAY_S - 90 + desk_random(d, 180)) % DAY_S;

		deeds[i] = (struct deed){
			.community = community,
			.person = desk_random(d, N_PERSONS),
			.kind = kinds[desk_random(d, 5)],
			.at_us = (NOW_S - 2 * YEAR_S + day * DAY_S + second) * 1000000 +
				 desk_random(d, 1000000),
			.ref = desk_random(d, 1000000),
		};
	}
}

static void shuffle(struct desk *d, struct deed *deeds, size_t n)
{
	for (size_t i = n; i-- > 1;) {
		size_t k = desk_random(d, (uint32_t)i + 1);
		struct deed swap = deeds[i];

		deeds[i] = deeds[k];
		deeds[k] = swap;
	}
}

/* What is counted against the raw rows, by SQL alone: cells of people and interactions. */
static int64_t cells_unlike_raw(struct desk *d, unsigned community)
{
	return SQL_INT(
		d,
		"WITH raw AS (SELECT (i.occur_time AT TIME ZONE c.time_zone)::date - "
		"DATE '1970-01-01' AS day, i.kind, m.number FROM interaction i "
		"JOIN replica_membership m USING (community_id, person_id) "
		"JOIN replica_community c USING (community_id) "
		"WHERE community_id = '%s' AND NOT removed), "
		"said AS (SELECT day, k AS kind, count(DISTINCT number) AS members, count(*) "
		"AS n FROM raw, LATERAL (VALUES (kind::int), (0), (CASE WHEN kind IN (2, 3, 4, "
		"5, 7, 8) THEN -1 END)) AS v (k) WHERE k IS NOT NULL GROUP BY 1, 2) "
		"SELECT count(*) FROM said FULL JOIN (SELECT day, kind::int, member_count, "
		"interaction_count FROM bitmap WHERE community_id = '%s') b USING (day, kind) "
		"WHERE members IS DISTINCT FROM member_count "
		"OR n IS DISTINCT FROM interaction_count",
		community_id(community), community_id(community));
}

/* Members' days against the raw rows, and against what member is to be told of them last. */
static int64_t days_unlike_raw(struct desk *d, unsigned community)
{
	return SQL_INT(
		d,
		"WITH raw AS (SELECT (i.occur_time AT TIME ZONE c.time_zone)::date - "
		"DATE '1970-01-01' AS day, person_id, kind, count(*) AS n FROM interaction i "
		"JOIN replica_membership m USING (community_id, person_id) "
		"JOIN replica_community c USING (community_id) "
		"WHERE community_id = '%s' AND NOT removed GROUP BY 1, 2, 3), "
		"told AS (SELECT DISTINCT ON (day, person_id, kind) t.* FROM untold, "
		"unnest(days, person_ids, kinds, counts, versions) "
		"AS t (day, person_id, kind, n, version) WHERE community_id = '%s' "
		"ORDER BY day, person_id, kind, version DESC), "
		"kept AS (SELECT * FROM member_day WHERE community_id = '%s') "
		"SELECT (SELECT count(*) FROM raw FULL JOIN (SELECT * FROM kept WHERE count > 0) k "
		"USING (day, person_id, kind) WHERE n IS DISTINCT FROM count) + (SELECT count(*) "
		"FROM told FULL JOIN kept USING (day, person_id, kind) "
		"WHERE (n, told.version) IS DISTINCT FROM (count, kept.version))",
		community_id(community), community_id(community), community_id(community));
}

static int64_t counts_unlike_raw(struct desk *d, unsigned community)
{
	return cells_unlike_raw(d, community) + days_unlike_raw(d, community);
}

static void any_order_batches_and_duplicates_count_the_same(void **state)
{
	static const char *const zones[] = {"Europe/Berlin", "Asia/Shanghai", "America/New_York",
					    "Australia/Lord_Howe", "America/Havana"};
	static struct deed deeds[N_DEEDS], twice[2 * N_DEEDS];
	struct desk *d = *state;

	for (unsigned z = 0; z < 5; z++) {
		unsigned straight = 10 + 2 * z, crooked = straight + 1;
		char expected[65], actual[65];
		int32_t created = 0;
		bool worked;

		/* In one order, all known before, folded at the end. */
		random_deeds(d, deeds, N_DEEDS, straight);
		given_members(d, straight, zones[z]);
		for (size_t i = 0; i < N_DEEDS; i += 1000)
			created += desk_ingest(d, deeds + i, 1000);
		desk_settle(d);
		EXPECT_EQUAL(counts_unlike_raw(d, straight), 0);
		desk_print(d, straight, expected);

		/* Each twice, shuffled, in batches of any size, folded in between; half of the
		 * members and the community itself are known only later. */
		for (size_t i = 0; i < 2 * N_DEEDS; i++) {
			twice[i] = deeds[i % N_DEEDS];
			twice[i].community = crooked;
		}
		shuffle(d, twice, 2 * N_DEEDS);
		for (unsigned person = 0; person < N_PERSONS; person += 2)
			EXPECT_OK(desk_tell_member(d, crooked, person, 1, NOW_S - YEAR_S, 0, ""));
		for (size_t from = 0, step; from < 2 * N_DEEDS; from += step) {
			step = desk_random(d, 700) + 1;
			step = from + step > 2 * N_DEEDS ? 2 * N_DEEDS - from : step;
			created -= desk_ingest(d, twice + from, step);
			if (desk_random(d, 2))
				EXPECT_OK(desk_fold(d, &worked));
			if (from < N_DEEDS && from + step >= N_DEEDS)
				EXPECT_OK(desk_tell_community(d, crooked, zones[z], 1));
		}
		for (unsigned person = 1; person < N_PERSONS; person += 2)
			EXPECT_OK(desk_tell_member(d, crooked, person, 1, NOW_S - YEAR_S, 0, ""));
		desk_settle(d);

		EXPECT_EQUAL(created, 0);
		desk_print(d, crooked, actual);
		assert_string_equal(actual, expected);
		EXPECT_EQUAL(counts_unlike_raw(d, crooked), 0);
		EXPECT_EQUAL(desk_recompute(d, straight), 0);
		EXPECT_EQUAL(desk_recompute(d, crooked), 0);
		desk_print(d, crooked, actual);
		assert_string_equal(actual, expected);
	}
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM pending"), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM waiting"), 0);
}

static void one_minute_over_midnight_is_the_next_day(void **state)
{
	/* 2026-01-10 22:59 and 23:01 UTC: 23:59 and 00:01 in Berlin. */
	const struct deed deeds[] = {
		{30, 1, kinds[1], INT64_C(1768085940) * 1000000, 1},
		{30, 1, kinds[1], INT64_C(1768086060) * 1000000, 2},
	};
	struct desk *d = *state;

	given_members(d, 30, "Europe/Berlin");
	EXPECT_EQUAL(desk_ingest(d, deeds, 2), 2);
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT count(*) FROM bitmap WHERE community_id = '%s' AND kind = 0 "
			     "AND day IN (DATE '2026-01-10' - DATE '1970-01-01', "
			     "DATE '2026-01-11' - DATE '1970-01-01')",
			     community_id(30)),
		     2);
}

static void members_of_other_chunks_are_counted(void **state)
{
	const struct deed deeds[] = {
		{31, 65534, kinds[1], NOW_S * 1000000, 1},
		{31, 65535, kinds[1], NOW_S * 1000000, 2},
		{31, 200000, kinds[0], NOW_S * 1000000, 3},
	};
	struct desk *d = *state;

	EXPECT_OK(desk_tell_community(d, 31, "UTC", 1));
	for (size_t i = 0; i < 3; i++)
		EXPECT_OK(desk_tell_member(d, 31, deeds[i].person, 1, NOW_S - DAY_S, 0, ""));
	EXPECT_EQUAL(desk_ingest(d, deeds, 3), 3);
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT count(*) FROM bitmap WHERE community_id = '%s' AND kind = 0",
			     community_id(31)),
		     3);
	EXPECT_EQUAL(desk_recompute(d, 31), 0);
}

static void recompute_finds_and_mends_what_is_wrong(void **state)
{
	static struct deed deeds[200];
	struct desk *d = *state;
	char before[65], after[65];

	given_members(d, 32, "Europe/Berlin");
	random_deeds(d, deeds, 200, 32);
	EXPECT_EQUAL(desk_ingest(d, deeds, 200), 200);
	desk_settle(d);
	desk_print(d, 32, before);

	SQL_INT(d,
		"UPDATE bitmap SET interaction_count = interaction_count + 1 WHERE (community_id, "
		"day, kind, chunk) = (SELECT community_id, day, kind, chunk FROM bitmap WHERE "
		"community_id = '%s' AND kind = 0 ORDER BY day LIMIT 1)",
		community_id(32));
	SQL_INT(d,
		"DELETE FROM bitmap WHERE (community_id, day, kind, chunk) = (SELECT community_id, "
		"day, kind, chunk FROM bitmap WHERE community_id = '%s' AND kind = 0 ORDER BY day "
		"DESC LIMIT 1)",
		community_id(32));
	SQL_INT(d,
		"INSERT INTO bitmap SELECT community_id, 1, kind, chunk, bits, member_count, "
		"interaction_count FROM bitmap WHERE community_id = '%s' AND kind = 0 LIMIT 1",
		community_id(32));

	EXPECT_EQUAL(desk_recompute(d, 32), 3);
	desk_print(d, 32, after);
	assert_string_equal(after, before);
}

static void recompute_counts_what_is_still_pending(void **state)
{
	static struct deed deeds[200];
	struct desk *d = *state;

	given_members(d, 33, "UTC");
	random_deeds(d, deeds, 200, 33);
	EXPECT_EQUAL(desk_ingest(d, deeds, 200), 200);
	EXPECT_EQUAL(desk_recompute(d, 33), 0);
	EXPECT_EQUAL(counts_unlike_raw(d, 33), 0);
	desk_settle(d);
	EXPECT_EQUAL(counts_unlike_raw(d, 33), 0);
}

static void another_zone_counts_every_day_again(void **state)
{
	static struct deed deeds[500];
	struct desk *d = *state;

	given_members(d, 34, "Asia/Shanghai");
	random_deeds(d, deeds, 500, 34);
	EXPECT_EQUAL(desk_ingest(d, deeds, 500), 500);
	desk_settle(d);

	EXPECT_OK(desk_tell_community(d, 34, "America/New_York", 2));
	assert_true(counts_unlike_raw(d, 34) > 0);
	desk_settle(d);
	EXPECT_EQUAL(counts_unlike_raw(d, 34), 0);
	EXPECT_EQUAL(desk_recompute(d, 34), 0);
}

static void what_was_counted_before_it_was_told_is_told(void **state)
{
	static struct deed deeds[200];
	struct desk *d = *state;

	given_members(d, 70, "Asia/Shanghai");
	random_deeds(d, deeds, 200, 70);
	EXPECT_EQUAL(desk_ingest(d, deeds, 200), 200);
	desk_settle(d);
	SQL_INT(d, "DELETE FROM member_day WHERE community_id = '%s'", community_id(70));
	SQL_INT(d, "DELETE FROM untold WHERE community_id = '%s'", community_id(70));
	SQL_INT(d, "INSERT INTO undigested VALUES ('%s')", community_id(70));
	assert_true(days_unlike_raw(d, 70) > 0);

	desk_settle(d);
	EXPECT_EQUAL(counts_unlike_raw(d, 70), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM undigested"), 0);
}

static void each_kind_is_told_by_its_name(void **state)
{
	unsigned n = evaluation__interaction_kind__descriptor.n_values - 1;
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;
	Member__DeliverDaysRequest told = MEMBER__DELIVER_DAYS_REQUEST__INIT;
	struct deed deeds[32];
	struct desk *d = *state;

	given_members(d, 72, "UTC");
	for (unsigned i = 0; i < n; i++)
		deeds[i] = (struct deed){72, 1, (Evaluation__InteractionKind)(i + 1),
					 NOW_S * 1000000, i};
	EXPECT_EQUAL(desk_ingest(d, deeds, n), n);
	desk_settle(d);
	EXPECT_EQUAL(days_unlike_raw(d, 72), 0);

	SQL_INT(d, "DELETE FROM untold WHERE community_id <> '%s'", community_id(72));
	query.row_limit = 1;
	EXPECT_OK(sql_untold_take(desk_call(d), &query, &told));
	EXPECT_EQUAL(told.n_days, n);
	for (unsigned i = 0; i < n; i++)
		EXPECT_EQUAL(told.days[i]->kind, i + 1);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM untold"), 0);
}

static void what_member_does_not_take_stays_to_be_told(void **state)
{
	struct desk *d = *state;
	struct tell_round round = {0};
	int64_t untold = SQL_INT(d, "SELECT sum(cell_count) FROM untold");
	bool worked;

	assert_true(untold > 0);
	EXPECT_OK(tell_run(desk_call(d), &round, &worked));
	assert_false(worked);
	EXPECT_EQUAL(SQL_INT(d, "SELECT sum(cell_count) FROM untold"), untold);
}

/* Nothing changed, nothing told. */
static void recompute_tells_only_what_was_wrong(void **state)
{
	static struct deed deeds[200];
	struct desk *d = *state;
	int64_t told;

	given_members(d, 71, "UTC");
	random_deeds(d, deeds, 200, 71);
	EXPECT_EQUAL(desk_ingest(d, deeds, 200), 200);
	desk_settle(d);
	told = SQL_INT(d, "SELECT sum(cell_count) FROM untold");
	EXPECT_EQUAL(desk_recompute(d, 71), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT sum(cell_count) FROM untold"), told);

	SQL_INT(d,
		"UPDATE member_day SET count = count + 1 WHERE (community_id, day, person_id, "
		"kind) = "
		"(SELECT community_id, day, person_id, kind FROM member_day WHERE community_id = "
		"'%s' "
		"LIMIT 1)",
		community_id(71));
	EXPECT_EQUAL(desk_recompute(d, 71), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT sum(cell_count) FROM untold"), told + 1);
	EXPECT_EQUAL(counts_unlike_raw(d, 71), 0);
}

static void another_number_counts_every_day_again(void **state)
{
	const struct deed deed = {35, 7, kinds[1], NOW_S * 1000000, 1};
	struct desk *d = *state;

	given_members(d, 35, "UTC");
	EXPECT_EQUAL(desk_ingest(d, &deed, 1), 1);
	desk_settle(d);
	SQL_INT(d, "UPDATE tenure SET number = 77 WHERE community_id = '%s' AND person_id = '%s'",
		community_id(35), person_id(7));
	EXPECT_OK(desk_tell_member(d, 35, 7, 2, NOW_S - YEAR_S, 0, ""));
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM dirty"), 1);
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM dirty"), 0);
}

/* The events of posts, in every order, leave what the last version says. */
static void what_is_taken_back_no_longer_counts(void **state)
{
	static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					{1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const Event__EventType types[] = {EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED,
						 EVENT__EVENT_TYPE__EVENT_TYPE_POST_REMOVED,
						 EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED};
	struct desk *d = *state;

	given_members(d, 36, "Europe/Berlin");
	for (unsigned last = 1; last <= 3; last++) {
		for (unsigned o = 0; o < 6; o++) {
			unsigned subject = last * 10 + o;
			int64_t day = NOW_S - (int64_t)subject * DAY_S;

			for (unsigned i = 0; i < 3; i++) {
				int version = orders[o][i];
				bool worked;

				if (version >= (int)last)
					continue;
				EXPECT_OK(desk_tell(d, 36, types[version], 3, subject, version + 1,
						    version == 1 ? NOW_S : day, ""));
				if ((o + i) % 2)
					EXPECT_OK(desk_fold(d, &worked));
			}
			desk_settle(d);
			EXPECT_EQUAL(SQL_INT(d,
					     "SELECT count(*) FROM bitmap WHERE community_id = "
					     "'%s' AND kind = 0 AND day = (to_timestamp(%lld) AT "
					     "TIME ZONE 'Europe/Berlin')::date - DATE '1970-01-01'",
					     community_id(36), (long long)day),
				     last != 2);
		}
	}
	EXPECT_EQUAL(counts_unlike_raw(d, 36), 0);
	EXPECT_EQUAL(desk_recompute(d, 36), 0);
}

static void what_is_taken_back_while_it_waits_never_counts(void **state)
{
	struct desk *d = *state;
	bool worked;

	EXPECT_OK(desk_tell_community(d, 37, "UTC", 1));
	EXPECT_OK(desk_tell(d, 37, EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED, 3, 900, 1, NOW_S,
			    ""));
	EXPECT_OK(desk_fold(d, &worked));
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM waiting"), 1);
	EXPECT_OK(
		desk_tell(d, 37, EVENT__EVENT_TYPE__EVENT_TYPE_POST_REMOVED, 3, 900, 2, NOW_S, ""));
	EXPECT_OK(desk_tell_member(d, 37, 3, 1, NOW_S - DAY_S, 0, ""));
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM waiting"), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM bitmap WHERE community_id = '%s'",
			     community_id(37)),
		     0);
}

static void each_service_s_events_count(void **state)
{
	struct desk *d = *state;

	given_members(d, 38, "UTC");
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, 1, 1, 1, NOW_S,
			    "PUBLISHED"));
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_REACTION_ADDED, 2, 1, 1, NOW_S,
			    "+1"));
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_ATTENDANCE_RECORDED, 3, 2, 1,
			    NOW_S, "ATTENDED"));
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_ORDER_CHANGED, 4, 3, 1, NOW_S,
			    "CREATED"));
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_ORDER_CHANGED, 5, 4, 2, NOW_S,
			    "PAID"));
	EXPECT_OK(desk_tell(d, 38, EVENT__EVENT_TYPE__EVENT_TYPE_REGISTRATION_CHANGED, 6, 2, 1,
			    NOW_S, "GOING"));
	desk_settle(d);
	EXPECT_EQUAL(
		SQL_INT(d, "SELECT member_count FROM bitmap WHERE community_id = '%s' AND kind = 0",
			community_id(38)),
		4);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT member_count FROM bitmap WHERE community_id = '%s' AND kind = "
			     "-1",
			     community_id(38)),
		     3);
}

/* A fold that meets a lock, dies there, and is run again. */
struct dying {
	struct desk *desk;
	enum status status;
};

static void *fold_and_die(void *user)
{
	struct dying *dying = user;
	bool worked;

	dying->status = desk_fold(dying->desk, &worked);
	return NULL;
}

static void a_killed_fold_loses_and_doubles_nothing(void **state)
{
	/* Where it stands when it is killed: at the community's row, at its pending rows, at its
	 * bitmaps. */
	static const char *const locks[] = {
		"SELECT 1 FROM fold WHERE community_id = '%s' FOR UPDATE",
		"SELECT 1 FROM pending WHERE community_id = '%s' FOR UPDATE",
		"SELECT 1 FROM bitmap WHERE community_id = '%s' FOR UPDATE",
	};
	static struct deed deeds[600];
	struct desk *d = *state;

	given_members(d, 39, "Europe/Berlin");
	random_deeds(d, deeds, 600, 39);
	EXPECT_EQUAL(desk_ingest(d, deeds, 300), 300);
	desk_settle(d);
	for (size_t i = 0; i < 3; i++) {
		struct dying dying = {.desk = desk_beside(d)};
		pthread_t thread;

		EXPECT_EQUAL(desk_ingest(d, deeds + 300 + 100 * i, 100), 100);
		SQL_INT(d, "BEGIN");
		SQL_INT(d, locks[i], community_id(39));
		assert_int_equal(pthread_create(&thread, NULL, fold_and_die, &dying), 0);
		while (SQL_INT(d,
			       "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT "
			       "granted AND locktype = 'transactionid'") == 0)
			sched_yield();
		pthread_join(thread, NULL);
		SQL_INT(d, "ROLLBACK");
		assert_int_not_equal(dying.status, STATUS_OK);
		desk_free(dying.desk);

		EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM pending"), 100);
		desk_settle(d);
		EXPECT_EQUAL(counts_unlike_raw(d, 39), 0);
		EXPECT_EQUAL(desk_recompute(d, 39), 0);
	}
}

/* Two replicas ingest, fold, take back and rebuild at the same time. */
struct rival {
	struct desk *desk;
	unsigned from;
};

static void *compete(void *user)
{
	struct rival *rival = user;
	static struct deed deeds[2][400];
	struct deed *own = deeds[rival->from];
	bool worked;

	rival->desk->seed = rival->from + 1;
	random_deeds(rival->desk, own, 400, 40);
	for (size_t i = 0; i < 400; i += 40) {
		unsigned subject = 5000 + (unsigned)i * 2 + rival->from;
		/* The other one delivers its removal, sometimes first. */
		unsigned theirs = 5000 + (unsigned)i * 2 + 1 - rival->from;

		desk_ingest(rival->desk, own + i, 40);
		EXPECT_OK(desk_tell(rival->desk, 40, EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED,
				    subject % N_PERSONS, subject, 1, NOW_S - (int64_t)i * DAY_S,
				    ""));
		(void)!desk_fold(rival->desk, &worked);
		EXPECT_OK(desk_tell(rival->desk, 40, EVENT__EVENT_TYPE__EVENT_TYPE_POST_REMOVED,
				    theirs % N_PERSONS, theirs, 2, NOW_S, ""));
		(void)!desk_rebuild(rival->desk, &worked);
	}
	return NULL;
}

static void two_replicas_count_once(void **state)
{
	struct desk *d = *state;
	struct rival rivals[2] = {{desk_beside(d), 0}, {desk_beside(d), 1}};
	pthread_t threads[2];

	given_members(d, 40, "Asia/Shanghai");
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, compete, &rivals[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	desk_settle(d);
	for (int i = 0; i < 2; i++)
		desk_free(rivals[i].desk);

	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT count(*) FROM interaction WHERE community_id = '%s' AND NOT "
			     "removed AND ref LIKE '%%-%%'",
			     community_id(40)),
		     0);
	EXPECT_EQUAL(counts_unlike_raw(d, 40), 0);
	EXPECT_EQUAL(desk_recompute(d, 40), 0);
}

static void the_future_is_refused(void **state)
{
	struct desk *d = *state;
	struct call *c = desk_call(d);
	Evaluation__IngestInteractionsRequest req = EVALUATION__INGEST_INTERACTIONS_REQUEST__INIT;
	Evaluation__IngestInteractionsResponse reply =
		EVALUATION__INGEST_INTERACTIONS_RESPONSE__INIT;
	Evaluation__InteractionItem item = EVALUATION__INTERACTION_ITEM__INIT, *items = &item;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	time.seconds = NOW_S + 2 * DAY_S;
	item.community_id = community_id(1);
	item.person_id = person_id(1);
	item.kind = kinds[0];
	item.occur_time = &time;
	req.items = &items;
	req.n_items = 1;
	assert_int_equal(evaluation_ingest_interactions(c, &req, &reply), STATUS_INVALID_ARGUMENT);
	assert_string_equal(c->fault.violations->field, "items[0].occur_time");
}

static void a_nobody_of_an_unknown_zone_stops_nobody(void **state)
{
	const struct deed deeds[] = {
		{41, 1, kinds[1], NOW_S * 1000000, 1},
		{42, 1, kinds[1], NOW_S * 1000000, 1},
	};
	struct desk *d = *state;

	EXPECT_OK(desk_tell_community(d, 41, "Mars/Olympus", 1));
	EXPECT_OK(desk_tell_member(d, 41, 1, 1, NOW_S - DAY_S, 0, ""));
	given_members(d, 42, "UTC");
	EXPECT_EQUAL(desk_ingest(d, deeds, 2), 2);
	desk_settle(d);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM bitmap WHERE community_id = '%s'",
			     community_id(42)),
		     3);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM waiting WHERE community_id = '%s'",
			     community_id(41)),
		     1);
	SQL_INT(d, "DELETE FROM waiting");
}

static void who_is_not_known_is_asked_about_later_and_later(void **state)
{
	const struct deed deed = {43, 5, kinds[1], NOW_S * 1000000, 1};
	struct desk *d = *state;
	bool worked;

	EXPECT_OK(desk_tell_community(d, 43, "UTC", 1));
	EXPECT_EQUAL(desk_ingest(d, &deed, 1), 1);
	desk_settle(d);

	/* Nobody answers here: it waits, one second, then two. */
	for (int i = 1; i <= 2; i++) {
		EXPECT_OK(waiting_run(desk_call(d), NULL, &worked));
		EXPECT_OK(waiting_run(desk_call(d), NULL, &worked));
		EXPECT_EQUAL(SQL_INT(d, "SELECT try_count FROM waiting"), i);
		EXPECT_EQUAL(SQL_INT(d, "SELECT extract(epoch FROM try_time)::bigint FROM waiting"),
			     d->now_s + i);
		d->now_s += i;
	}

	SQL_INT(d,
		"INSERT INTO replica_membership (community_id, person_id, number, role, state, "
		"version) VALUES ('%s', '%s', 6, 'MEMBER', 'LEFT', 1)",
		community_id(43), person_id(5));
	EXPECT_OK(waiting_run(desk_call(d), NULL, &worked));
	desk_settle(d);
	d->now_s = NOW_S;
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM waiting"), 0);
	EXPECT_EQUAL(SQL_INT(d, "SELECT count(*) FROM bitmap WHERE community_id = '%s'",
			     community_id(43)),
		     3);
}

static void partitions_reach_a_year_ahead(void **state)
{
	struct desk *d = *state;

	EXPECT_EQUAL(SQL_INT(d, "SELECT make_interaction_partitions('2031-05-15')") > 0, 1);
	EXPECT_EQUAL(SQL_INT(d, "SELECT make_interaction_partitions('2031-05-15')"), 0);
	EXPECT_EQUAL(SQL_INT(d,
			     "SELECT count(*) FROM pg_class WHERE relname = "
			     "'interaction_2031_05'"),
		     1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_batches_and_duplicates_count_the_same),
		cmocka_unit_test(one_minute_over_midnight_is_the_next_day),
		cmocka_unit_test(members_of_other_chunks_are_counted),
		cmocka_unit_test(recompute_finds_and_mends_what_is_wrong),
		cmocka_unit_test(recompute_counts_what_is_still_pending),
		cmocka_unit_test(another_zone_counts_every_day_again),
		cmocka_unit_test(what_was_counted_before_it_was_told_is_told),
		cmocka_unit_test(what_member_does_not_take_stays_to_be_told),
		cmocka_unit_test(each_kind_is_told_by_its_name),
		cmocka_unit_test(recompute_tells_only_what_was_wrong),
		cmocka_unit_test(another_number_counts_every_day_again),
		cmocka_unit_test(what_is_taken_back_no_longer_counts),
		cmocka_unit_test(what_is_taken_back_while_it_waits_never_counts),
		cmocka_unit_test(each_service_s_events_count),
		cmocka_unit_test(a_killed_fold_loses_and_doubles_nothing),
		cmocka_unit_test(two_replicas_count_once),
		cmocka_unit_test(the_future_is_refused),
		cmocka_unit_test(a_nobody_of_an_unknown_zone_stops_nobody),
		cmocka_unit_test(who_is_not_known_is_asked_about_later_and_later),
		cmocka_unit_test(partitions_reach_a_year_ahead),
	};

	return cmocka_run_group_tests_name("evaluation fold", tests, desk_setup, desk_teardown);
}
