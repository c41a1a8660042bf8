/* kill -9 of the service while it works: what was acknowledged is there, and nothing is there
 * twice. */
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "given.h"
#include "kith_methods.h"
#include "member/member.h"

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
	};

	return cmocka_run_group_tests_name("member: killed", tests, start, suite_teardown);
}
