/* kill -9 of the service while it indexes: in the end all that was said is found, once. */
#include <sched.h>

#include "base/clock.h"
#include "content/content.h"
#include "content_words.h"
#include "kith/content/v1/search.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define POSTS 3000
#define KILLS 5

static int64_t count_behind(struct suite *s)
{
	return postgres_int(suite_database(s),
			    "SELECT (SELECT count(*) FROM content.post WHERE "
			    "indexed_version <> version) + (SELECT count(*) FROM "
			    "content.comment WHERE indexed_version <> version)");
}

/* So many posts, all with a frequent word and each hundredth with a rare one, and a comment on
 * each.
 */
static void said_at_once(struct suite *s, const char *community)
{
	postgres_int(
		suite_database(s),
		"WITH p AS (INSERT INTO content.post (community_id, post_id, author_person_id, "
		"kind, "
		"state, visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time) SELECT '%s', gen_random_uuid(), '%s', 'TEXT', 'PUBLISHED', 'MEMBER', "
		"'', "
		"CASE n %% 100 WHEN 0 THEN '灯火 罕见' ELSE '灯火' END, '', true, now(), now() - n "
		"* "
		"interval '1 hour', now() FROM generate_series(1, %d) AS n RETURNING *) INSERT "
		"INTO "
		"content.comment (community_id, comment_id, post_id, author_person_id, state, "
		"body, "
		"create_time) SELECT community_id, gen_random_uuid(), post_id, author_person_id, "
		"'PUBLISHED', 'a lantern', now() FROM p",
		community, person(s, "ann"), POSTS);
}

static size_t count_found(struct suite *s, const char *community, const char *query)
{
	Content__SearchPostsRequest request = CONTENT__SEARCH_POSTS_REQUEST__INIT;
	size_t n = 0;

	request.community_id = community;
	request.query = query;
	request.order = CONTENT__SEARCH_ORDER__SEARCH_ORDER_NEW;
	request.page_size = 200;
	do {
		Content__SearchResponse page = CONTENT__SEARCH_RESPONSE__INIT;

		EXPECT_OK(suite_call(s, method_content_search_posts, &request, &page));
		n += page.n_hits;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);

	return n;
}

static void an_index_that_is_killed_is_taken_up_again(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	int64_t until = clock_mono_us() + INT64_C(240000000);
	int killed_within = 0;

	EXPECT_OK(join(s, community, "ann"));
	said_at_once(s, community);
	for (int i = 0; i < KILLS; i++) {
		int64_t before = count_behind(s), now;

		while ((now = count_behind(s)) == before && now > 0)
			assert_true(clock_mono_us() < until);
		suite_kill(s, "content");
		killed_within += now > 0;
		print_message("killed with %lld behind\n", (long long)now);
		suite_revive(s, "content");
	}
	assert_true(killed_within > 0);
	while (count_behind(s) > 0) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}

	EXPECT_INT(count_found(s, community, "灯火"), POSTS);
	EXPECT_INT(count_found(s, community, "罕见"), POSTS / 100);
	EXPECT_INT(count_found(s, community, "lanterns"), POSTS);
}

static int start(void **state)
{
	*state = suite_start_processes(
		(const struct service *const[]){&member_service, &content_service, NULL});

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_that_is_killed_is_taken_up_again),
	};

	return cmocka_run_group_tests_name("content: search killed", tests, start, suite_teardown);
}
