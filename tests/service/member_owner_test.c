/* Exactly one owner, whatever 64 clients do at once and however often the service is killed. */
#include <pthread.h>
#include <time.h>

#include "given.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD       64
#define ROUNDS      6
#define COMMUNITIES 4
#define PEOPLE      12

/* Kills the service after a while that is another one each round. */
struct killer {
	struct suite *s;
	unsigned after_ms;
};

static void *kill_soon(void *user)
{
	const struct killer *killer = user;
	const struct timespec wait = {0, 1000000L * killer->after_ms};

	nanosleep(&wait, NULL);
	suite_kill(killer->s, "member");

	return NULL;
}

/* Communities that have had an owner and have not exactly one, or another than they say. */
static int64_t without_one_owner(struct suite *s)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.community c WHERE 1 <> (SELECT count(*) "
			    "FROM member.membership m WHERE m.community_id = c.community_id "
			    "AND m.role = 'OWNER' AND m.state = 'ACTIVE' "
			    "AND m.person_id = c.owner_person_id)");
}

static int64_t miscounted(struct suite *s)
{
	return postgres_int(
		suite_database(s),
		"SELECT count(*) FROM member.community c JOIN (SELECT community_id, "
		"count(*) FILTER (WHERE state = 'ACTIVE') AS members, count(*) AS numbers "
		"FROM member.membership GROUP BY 1) m USING (community_id) "
		"WHERE (member_count, last_number) <> (members, numbers)");
}

union deed {
	Member__TransferOwnershipRequest transfer;
	Member__LeaveCommunityRequest leave;
	Member__JoinCommunityRequest join;
	Member__MergePersonsRequest merge;
};

static const char *somebody(struct suite *s, unsigned round, unsigned i)
{
	return person(s, arena_printf(suite_arena(s), "round %u heir %u", round, i % PEOPLE));
}

static const struct method *choose(struct suite *s, const char *const *communities, unsigned round,
				   unsigned i, union deed *deed)
{
	const char *community = communities[i % COMMUNITIES];
	const char *who = somebody(s, round, i / COMMUNITIES);

	switch (i % 5) {
	case 0:
		deed->leave = (Member__LeaveCommunityRequest)MEMBER__LEAVE_COMMUNITY_REQUEST__INIT;
		deed->leave.community_id = community;
		deed->leave.person_id = who;
		return method_member_leave_community;
	case 1:
		deed->join = (Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
		deed->join.community_id = community;
		deed->join.person_id = who;
		return method_member_join_community;
	case 2:
		deed->merge = (Member__MergePersonsRequest)MEMBER__MERGE_PERSONS_REQUEST__INIT;
		deed->merge.person_id = somebody(s, round, i);
		deed->merge.merged_person_id = somebody(s, round, i + 1);
		return method_member_merge_persons;
	default:
		deed->transfer =
			(Member__TransferOwnershipRequest)MEMBER__TRANSFER_OWNERSHIP_REQUEST__INIT;
		deed->transfer.community_id = community;
		deed->transfer.new_owner_person_id = who;
		return method_member_transfer_ownership;
	}
}

static void there_is_one_owner_through_transfers_leaves_merges_and_kills(void **state)
{
	struct suite *s = *state;
	union deed deeds[CROWD];
	const struct method *methods[CROWD];
	const void *pointers[CROWD];
	const char *ids[CROWD];
	struct outcome outcomes[CROWD];

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct killer killer = {s, 3 + 6 * round};
		const char *communities[COMMUNITIES];
		unsigned done = 0, merged = 0;
		pthread_t thread;

		for (unsigned i = 0; i < COMMUNITIES; i++) {
			communities[i] = given_community(
				s, .owner = arena_printf(suite_arena(s), "round %u heir %u", round,
							 i));
			for (unsigned k = 0; k < PEOPLE; k++)
				EXPECT_OK(join(s, communities[i],
					       arena_printf(suite_arena(s), "round %u heir %u",
							    round, k)));
		}
		for (unsigned i = 0; i < CROWD; i++) {
			methods[i] = choose(s, communities, round, i, &deeds[i]);
			pointers[i] = &deeds[i];
			ids[i] = arena_printf(suite_arena(s), "round %u deed %u", round, i);
		}

		assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
		suite_call_mixed(s, CROWD, methods, pointers, ids, NULL, outcomes);
		pthread_join(thread, NULL);
		EXPECT_INT(without_one_owner(s), 0);
		suite_revive(s, "member");
		suite_call_mixed(s, CROWD, methods, pointers, ids, NULL, outcomes);
		for (unsigned i = 0; i < CROWD; i++) {
			/* Refused by what holds, never by an accident. */
			if (outcomes[i].status != STATUS_OK)
				assert_int_equal(outcomes[i].status, STATUS_FAILED_PRECONDITION);
			done += outcomes[i].status == STATUS_OK;
			merged += outcomes[i].status == STATUS_OK &&
				  methods[i] == method_member_merge_persons;
		}
		print_message("killed after %u ms: %u of %u done, %u merges\n", killer.after_ms,
			      done, CROWD, merged);
		assert_true(merged > 0);
		EXPECT_INT(without_one_owner(s), 0);
		EXPECT_INT(miscounted(s), 0);
		EXPECT_INT(
			postgres_int(suite_database(s),
				     "SELECT count(*) FROM member.membership m JOIN "
				     "member.person p USING (person_id) WHERE p.state = 'MERGED' "
				     "AND m.state <> 'MERGED'"),
			0);
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
		cmocka_unit_test(there_is_one_owner_through_transfers_leaves_merges_and_kills),
	};

	return cmocka_run_group_tests_name("member: owner", tests, start, suite_teardown);
}
