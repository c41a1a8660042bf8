/* kill -9 of the service while it works: what was acknowledged is there, and nothing is there
 * twice. */
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "given.h"
#include "kith_methods.h"
#include "member/member.h"
#include "merge_words.h"

#define CROWD  64
#define ROUNDS 6

/* Kills the service after a while that is another one each round. */
struct killer {
	struct suite *s;
	unsigned round;
};

static void *kill_soon(void *user)
{
	const struct killer *killer = user;
	const struct timespec wait = {0, 2000000L * killer->round};

	nanosleep(&wait, NULL);
	suite_kill(killer->s, "member");

	return NULL;
}

static void joins_under_their_request_ids_happen_once(void **state)
{
	struct suite *s = *state;
	Member__JoinCommunityRequest requests[CROWD];
	Member__Membership first[CROWD], again[CROWD];
	const void *pointers[CROWD];
	const char *ids[CROWD];
	void *first_pointers[CROWD], *again_pointers[CROWD];
	struct outcome outcomes[CROWD], repeated[CROWD];

	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *community = given_community(s);
		struct killer killer = {s, round};
		unsigned acknowledged = 0;
		pthread_t thread;

		for (unsigned i = 0; i < CROWD; i++) {
			requests[i] =
				(Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
			first[i] = again[i] = (Member__Membership)MEMBER__MEMBERSHIP__INIT;
			requests[i].community_id = community;
			requests[i].person_id =
				person(s, arena_printf(suite_arena(s), "crowd %u", i));
			ids[i] = arena_printf(suite_arena(s), "round %u join %u", round, i);
			pointers[i] = &requests[i];
			first_pointers[i] = &first[i];
			again_pointers[i] = &again[i];
		}

		assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
		suite_call_at_once(s, method_member_join_community, CROWD, pointers, ids,
				   first_pointers, outcomes);
		pthread_join(thread, NULL);
		suite_revive(s, "member");
		suite_call_at_once(s, method_member_join_community, CROWD, pointers, ids,
				   again_pointers, repeated);

		for (unsigned i = 0; i < CROWD; i++) {
			EXPECT_OK(repeated[i]);
			if (outcomes[i].status != STATUS_OK)
				continue;
			acknowledged++;
			EXPECT_INT(again[i].number, first[i].number);
		}
		print_message("killed after %u ms: %u of %u acknowledged\n", 2 * round,
			      acknowledged, CROWD);
		EXPECT_INT(member_count(s, community), CROWD);
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT max(number) FROM member.membership "
					"WHERE community_id = '%s' AND version = 1",
					community),
			   CROWD);
		EXPECT_INT(
			postgres_int(suite_database(s),
				     "SELECT count(DISTINCT person_id) + count(*) FROM ("
				     "SELECT event_id, person_id, community_id FROM member.outbox "
				     "UNION SELECT event_id, person_id, community_id "
				     "FROM member.outbox_late) AS o "
				     "WHERE community_id = '%s' AND person_id IS NOT NULL",
				     community),
			2 * CROWD);
	}
}

/* An invitation for fewer than come: exactly as many are in, whenever the service dies. */
static void invitation_admits_as_many_as_it_says(void **state)
{
	enum { USES = 20 };
	struct suite *s = *state;
	Member__JoinCommunityRequest requests[CROWD];
	const void *pointers[CROWD];
	const char *ids[CROWD];
	struct outcome outcomes[CROWD], repeated[CROWD];

	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *community = given_community(s), *code;
		struct killer killer = {s, round};
		pthread_t thread;

		code = given_invitation(s, community, NULL, USES);
		for (unsigned i = 0; i < CROWD; i++) {
			requests[i] =
				(Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
			requests[i].community_id = community;
			requests[i].person_id =
				person(s, arena_printf(suite_arena(s), "crowd %u", i));
			requests[i].invitation_code = code;
			ids[i] = arena_printf(suite_arena(s), "round %u come %u", round, i);
			pointers[i] = &requests[i];
		}

		assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
		suite_call_at_once(s, method_member_join_community, CROWD, pointers, ids, NULL,
				   outcomes);
		pthread_join(thread, NULL);
		suite_revive(s, "member");
		suite_call_at_once(s, method_member_join_community, CROWD, pointers, ids, NULL,
				   repeated);

		for (unsigned i = 0; i < CROWD; i++) {
			if (outcomes[i].status == STATUS_OK)
				EXPECT_OK(repeated[i]);
			if (repeated[i].status != STATUS_OK)
				EXPECT_STATUS(repeated[i], FAILED_PRECONDITION,
					      "INVITATION_USED_UP");
		}
		EXPECT_INT(member_count(s, community), USES);
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT count(*) FROM member.membership WHERE state = "
					"'ACTIVE' AND version = 1 AND community_id = '%s'",
					community),
			   USES);
		EXPECT_INT(
			postgres_int(suite_database(s),
				     "SELECT use_count + (SELECT count(*) FROM "
				     "member.invitation_use u WHERE u.community_id = "
				     "i.community_id) FROM member.invitation i WHERE code = '%s'",
				     code),
			2 * USES);
	}
}

/* Subscriptions end while the service is killed again and again. */
static void what_falls_due_happens_once(void **state)
{
	struct suite *s = *state;
	struct postgres *db = suite_database(s);
	const char *community = given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_PAID);
	const char *plan = given_plan(s, community, 0);
	int64_t until;

	for (unsigned i = 0; i < CROWD; i++) {
		const char *name = arena_printf(suite_arena(s), "payer %u", i);
		Member__Subscription started;

		EXPECT_OK(subscribe(s, community, name, plan, name, true, &started));
	}
	postgres_int(
		db,
		"UPDATE member.subscription SET end_time = now() + interval '2 s' * number / 64, "
		"grace_end_time = now() + interval '2 s' * number / 64 FROM member.membership m "
		"WHERE subscription.community_id = '%s' AND m.community_id = '%s' "
		"AND m.person_id = subscription.person_id",
		community, community);
	for (unsigned round = 1; round < ROUNDS; round++) {
		struct killer killer = {s, 40 * round};

		kill_soon(&killer);
		suite_revive(s, "member");
	}
	until = clock_mono_us() + 20000000;
	while (member_count(s, community) > 0)
		assert_true(clock_mono_us() < until);

	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.subscription_event "
				"WHERE community_id = '%s' AND kind = 'EXPIRED'",
				community),
		   CROWD);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) * 1000 + count(DISTINCT person_id) FROM ("
				"SELECT event_id, person_id, community_id, membership_state "
				"FROM member.outbox UNION "
				"SELECT event_id, person_id, community_id, membership_state "
				"FROM member.outbox_late) AS o "
				"WHERE community_id = '%s' AND membership_state = 'EXPIRED'",
				community),
		   CROWD * 1000 + CROWD);
}

/* What is kept of the pairs, but for versions and what holds the place of what was. */
static const char *pairs(struct suite *s)
{
	return arena_string(
		suite_arena(s),
		postgres_text(
			suite_database(s),
			"SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (SELECT "
			"(to_jsonb(m) - 'version' - 'indexed_version')::text FROM "
			"member.membership m JOIN member.person USING (person_id) WHERE "
			"display_name LIKE 'pair %%' AND m.state <> 'MERGED' UNION ALL SELECT "
			"(to_jsonb(s))::text FROM member.standing s JOIN member.person USING "
			"(person_id) WHERE display_name LIKE 'pair %%' UNION ALL SELECT "
			"(to_jsonb(j))::text FROM member.journey_step j JOIN member.person USING "
			"(person_id) WHERE display_name LIKE 'pair %%') AS l (line)"));
}

/* Pairs become one and two again while the service is killed: each merge and each parting happens
 * once, and in the end all is as before. */
static void merges_happen_once_or_not_at_all(void **state)
{
	enum { PAIRS = 8, PLACES = 12 };
	struct suite *s = *state;
	Member__MergePersonsRequest merges[PAIRS];
	Member__UnmergePersonsRequest partings[PAIRS];
	Member__PersonMerge made[PAIRS];
	const char *merge_ids[PAIRS], *part_ids[PAIRS], *community, *before;
	const void *merge_pointers[PAIRS], *part_pointers[PAIRS];
	void *made_pointers[PAIRS];
	struct outcome outcomes[PAIRS];

	for (unsigned k = 0; k < PLACES; k++) {
		community = given_community(s);
		given_hundreds(s, community);
		for (unsigned i = 0; i < 2 * PAIRS; i++) {
			const char *name = arena_printf(suite_arena(s), "pair %u", i);

			if ((i + k) % 3 == 0)
				continue;
			EXPECT_OK(join(s, community, name));
			tell_day(s, community, name, "POST", (int32_t)(i + k), 11);
		}
	}
	before = pairs(s);

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct killer killer = {s, round};
		pthread_t thread;

		for (unsigned i = 0; i < PAIRS; i++) {
			merges[i] =
				(Member__MergePersonsRequest)MEMBER__MERGE_PERSONS_REQUEST__INIT;
			merges[i].person_id =
				person(s, arena_printf(suite_arena(s), "pair %u", 2 * i));
			merges[i].merged_person_id =
				person(s, arena_printf(suite_arena(s), "pair %u", 2 * i + 1));
			merge_ids[i] = arena_printf(suite_arena(s), "merge %u %u", round, i);
			part_ids[i] = arena_printf(suite_arena(s), "part %u %u", round, i);
			made[i] = (Member__PersonMerge)MEMBER__PERSON_MERGE__INIT;
			merge_pointers[i] = &merges[i];
			part_pointers[i] = &partings[i];
			made_pointers[i] = &made[i];
		}
		assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
		suite_call_at_once(s, method_member_merge_persons, PAIRS, merge_pointers, merge_ids,
				   NULL, outcomes);
		pthread_join(thread, NULL);
		suite_revive(s, "member");
		suite_call_at_once(s, method_member_merge_persons, PAIRS, merge_pointers, merge_ids,
				   made_pointers, outcomes);
		for (unsigned i = 0; i < PAIRS; i++) {
			EXPECT_OK(outcomes[i]);
			partings[i] = (Member__UnmergePersonsRequest)
				MEMBER__UNMERGE_PERSONS_REQUEST__INIT;
			partings[i].merge_id = made[i].merge_id;
		}
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT count(*) FROM member.person_merge WHERE undo_time "
					"IS NULL"),
			   PAIRS);

		assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
		suite_call_at_once(s, method_member_unmerge_persons, PAIRS, part_pointers, part_ids,
				   NULL, outcomes);
		pthread_join(thread, NULL);
		suite_revive(s, "member");
		suite_call_at_once(s, method_member_unmerge_persons, PAIRS, part_pointers, part_ids,
				   NULL, outcomes);
		for (unsigned i = 0; i < PAIRS; i++)
			EXPECT_OK(outcomes[i]);
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT count(*) FROM member.person_merge WHERE undo_time "
					"IS NULL"),
			   0);
		EXPECT_TEXT(pairs(s), before);
	}
}

static int start(void **state)
{
	*state = suite_start_processes((const struct service *const[]){&member_service, NULL});

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_under_their_request_ids_happen_once),
		cmocka_unit_test(invitation_admits_as_many_as_it_says),
		cmocka_unit_test(what_falls_due_happens_once),
		cmocka_unit_test(merges_happen_once_or_not_at_all),
	};

	return cmocka_run_group_tests_name("member: killed", tests, start, suite_teardown);
}
