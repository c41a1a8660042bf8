/* kill -9 of the service while it plans and carries out a split: it goes on where it was, nobody is
 * lost and nobody is in two parts. */
#include <time.h>

#include "base/clock.h"
#include "kith_methods.h"
#include "member/member.h"
#include "split_words.h"

#define CROWD 3000
#define KILLS 5

static void pause_ms(unsigned ms)
{
	const struct timespec wait = {0, 1000000L * ms};

	nanosleep(&wait, NULL);
}

static void split_goes_on_after_each_kill(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Split wish = MEMBER__SPLIT__INIT, plan, is;
	int64_t before = 0, until = clock_mono_us() + 120000000;

	given_crowd(s, community, "crowd", CROWD);
	for (unsigned i = 0; i < 10; i++) /* who is gone when it starts */
		EXPECT_OK(leave(s, community, arena_printf(suite_arena(s), "crowd %u", i * 300)));
	wish.strategy = MEMBER__SPLIT_STRATEGY__SPLIT_STRATEGY_LEAST_LOADED;
	EXPECT_OK(create_split(s, community, &wish, NULL, 3, &plan));
	suite_kill(s, "member"); /* most likely while it plans */
	suite_revive(s, "member");
	plan = await_split(s, &plan, MEMBER__SPLIT_STATE__SPLIT_STATE_PLANNED);
	EXPECT_INT(plan.member_count, CROWD - 10);
	EXPECT_OK(leave(s, community, "crowd 2999")); /* and who is gone since */
	EXPECT_OK(start_split(s, &plan, &is));

	for (unsigned kill = 0; kill < KILLS; kill++) {
		while (split_of(s, &plan).moved_count == before)
			assert_true(clock_mono_us() < until);
		pause_ms(3 * kill); /* somewhere in the next batch */
		suite_kill(s, "member");
		suite_revive(s, "member");
		is = split_of(s, &plan);
		print_message("kill %u: %lld moved\n", kill, (long long)is.moved_count);
		assert_true(is.moved_count > before);
		before = is.moved_count;
	}
	is = await_split(s, &plan, MEMBER__SPLIT_STATE__SPLIT_STATE_DONE);

	EXPECT_INT(is.moved_count, plan.move_count - 1);
	EXPECT_INT(is.skipped_count, 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM (SELECT person_id FROM member.membership "
				"WHERE person_id IN (SELECT person_id FROM member.membership WHERE "
				"community_id = '%s' AND state <> 'LEFT') GROUP BY person_id "
				"HAVING count(*) FILTER (WHERE state = 'ACTIVE') <> 1) AS astray",
				community),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.membership WHERE state = 'ACTIVE'"),
		   CROWD - 11);
	for (size_t i = 0; i < is.n_parts; i++)
		expect_whole(s, is.parts[i]->community_id);
}

static int start(void **state)
{
	*state = suite_start_processes((const struct service *const[]){&member_service, NULL});

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_goes_on_after_each_kill),
	};

	return cmocka_run_group_tests_name("member: split killed", tests, start, suite_teardown);
}
