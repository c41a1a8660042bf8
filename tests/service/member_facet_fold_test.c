/* The fold of the index of facets: two at once and a kill in the middle leave what one would have
 * left. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "db/db.h"
#include "event.sql.h"
#include "given.h"
#include "kith_methods.h"
#include "member.sql.h"
#include "member/facet.h"
#include "member/member.h"

#define COMMUNITIES 20
#define MEMBERS     400 /* of each */
#define KILLS       3

/* A crowd in many communities, whom nobody has folded. */
static void given_crowds(struct suite *s, const char **communities)
{
	for (unsigned i = 0; i < COMMUNITIES; i++)
		communities[i] = given_community(s);
	for (unsigned i = 0; i < COMMUNITIES; i++)
		postgres_text(suite_database(s),
			      "INSERT INTO member.membership (community_id, person_id, number, "
			      "join_time, level, tags) SELECT '%s', md5('%s ' || i)::uuid, "
			      "i + (SELECT last_number FROM member.community WHERE community_id = "
			      "'%s'), now(), i %% 8, ARRAY['t' || i %% 20] "
			      "FROM generate_series(1, %d) AS i",
			      communities[i], communities[i], communities[i], MEMBERS);
}

static int64_t count_unseen(struct suite *s)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.membership "
			    "WHERE indexed_version <> version");
}

static void until_all_is_seen(struct suite *s)
{
	int64_t until = clock_mono_us() + 120000000;

	while (count_unseen(s) > 0)
		assert_true(clock_mono_us() < until);
}

/* What the index says of a level and of a tag is what the rows say; and it has seen each once. */
static void expect_folded(struct suite *s, const char *const *communities)
{
	for (unsigned i = 0; i < COMMUNITIES; i++) {
		Member__GetFilterExplanationRequest request =
			MEMBER__GET_FILTER_EXPLANATION_REQUEST__INIT;
		Member__FilterExplanation told = MEMBER__FILTER_EXPLANATION__INIT;

		request.community_id = communities[i];
		request.filter = "level >= 3 AND NOT tags:t7";
		EXPECT_OK(suite_call(s, method_member_get_filter_explanation, &request, &told));
		EXPECT_INT(told.member_count,
			   postgres_int(suite_database(s),
					"SELECT count(*) FROM member.membership WHERE community_id "
					"= '%s' AND level >= 3 AND NOT 't7' = ANY (tags)",
					communities[i]));
	}
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT (SELECT count(*) FROM member.membership) - "
				"(SELECT count(*) FROM member.facet_member)"),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.facet GROUP BY community_id, name, "
				"scale, value HAVING count(*) > 1"),
		   0);
}

static void change_all(struct suite *s)
{
	postgres_text(suite_database(s),
		      "UPDATE member.membership SET level = (level + 3) %% 8, "
		      "version = version + 1");
}

/* The job of a second replica, beside that of the service; how many rounds had something to do. */
struct replica {
	struct suite *s;
	atomic_bool stopping;
	unsigned worked;
};

static void *fold_too(void *user)
{
	static const uint8_t secret[32] = {1};
	const struct sql_table *const tables[] = {&member_sql, &event_sql, NULL};
	struct replica *replica = user;
	struct facet_round round = {0};
	struct arena arena = {0};
	struct db *db = db_new(&(struct db_options){.url = postgres_url(suite_database(replica->s)),
						    .schema = "member",
						    .name = "second",
						    .prepare = true,
						    .connect_timeout_us = 10000000,
						    .page_secret = secret,
						    .tables = tables});

	while (!replica->stopping) {
		struct call c = {.arena = &arena,
				 .db = db,
				 .request_id = "",
				 .traceparent = "",
				 .now_us = clock_wall_us(),
				 .deadline_us = clock_mono_us() + 60000000};
		bool worked = false;

		replica->worked += facet_fold_run(&c, &round, &worked) == STATUS_OK && worked;
		arena_reset(&arena);
	}
	db_free(db);
	arena_fini(&arena);

	return NULL;
}

static void two_folds_share_the_work(void **state)
{
	struct suite *s = *state;
	const char *communities[COMMUNITIES];
	struct replica replica = {.s = s};
	pthread_t thread;

	given_crowds(s, communities);
	assert_int_equal(pthread_create(&thread, NULL, fold_too, &replica), 0);
	for (unsigned i = 0; i < 2; i++) {
		until_all_is_seen(s);
		change_all(s);
	}
	until_all_is_seen(s);
	replica.stopping = true;
	pthread_join(thread, NULL);
	print_message("the second worked %u times\n", replica.worked);
	assert_true(replica.worked > 0);
	expect_folded(s, communities);
}

static void a_fold_that_is_killed_is_taken_up_again(void **state)
{
	struct suite *s = *state;
	const char *communities[COMMUNITIES];
	unsigned killed_within = 0;

	given_crowds(s, communities);
	for (unsigned kill = 0; kill < KILLS; kill++) {
		int64_t until = clock_mono_us() + 120000000, before = count_unseen(s), now;

		while ((now = count_unseen(s)) == before && now > 0)
			assert_true(clock_mono_us() < until);
		suite_kill(s, "member");
		killed_within += now > 0;
		print_message("killed with %lld unseen\n", (long long)now);
		suite_revive(s, "member");
	}
	assert_true(killed_within > 0);
	until_all_is_seen(s);
	expect_folded(s, communities);
	change_all(s);
	suite_kill(s, "member");
	suite_revive(s, "member");
	until_all_is_seen(s);
	expect_folded(s, communities);
}

static int start(void **state)
{
	*state = suite_start_processes((const struct service *const[]){&member_service, NULL});

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_folds_share_the_work),
		cmocka_unit_test(a_fold_that_is_killed_is_taken_up_again),
	};

	return cmocka_run_group_tests_name("member: fold killed", tests, start, suite_teardown);
}
