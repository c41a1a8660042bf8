/* Search among many entries: however far its steps go, it finds what plain SQL finds. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "content_words.h"
#include "kith/content/v1/search.pb-c.h"
#include "kith_methods.h"

#define PATIENCE_US INT64_C(120000000)
#define NEWEST      500 /* of which the order RELEVANCE makes its pages */

/* One word each, and the posts of which it is. */
static const struct {
	const char *query, *posts;
} sought[] = {
	{"lantern", "true"},
	{"fourth", "n % 4 = 0"},
	{"fiftieth", "n % 50 = 0"},
	{"rarity", "n % 900 = 7"},
	{"once", "n = 1"},
	{"猫", "n % 30 = 0"},
	{"最早", "n > 14000"},
	{"刚才", "n < 300"},
	{"fourth fiftieth", "n % 100 = 0"},
	{"fourth rarity", "n % 900 = 7 AND n % 4 = 0"},
	{"nowhere", "false"},
};

/* 15,000 posts, one an hour: four of five in one community, the others in another. */
static void given_posts(struct suite *s, const char *large, const char *small)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	postgres_int(suite_database(s),
		     "CREATE TABLE said AS SELECT n, gen_random_uuid() AS post_id, "
		     "CASE WHEN n %% 5 = 0 THEN '%s' ELSE '%s' END::uuid AS community_id, "
		     "now() - n * interval '1 hour' AS at, concat_ws(' ', 'lantern', "
		     "CASE WHEN n %% 4 = 0 THEN 'fourth' END, CASE WHEN n %% 50 = 0 THEN "
		     "'fiftieth' END, "
		     "CASE WHEN n %% 900 = 7 THEN 'rarity' END, CASE WHEN n = 1 THEN 'once' END, "
		     "CASE WHEN n %% 30 = 0 THEN '小猫' || (n %% 7) || '只' END, "
		     "CASE WHEN n > 14000 THEN '最早' WHEN n < 300 THEN '刚才' END) AS body "
		     "FROM generate_series(1, 15000) AS n",
		     small, large);
	postgres_int(
		suite_database(s),
		"INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, "
		"visibility, title, body, topic, was_published, create_time, publish_time, "
		"update_time) SELECT community_id, post_id, '%s', 'TEXT', 'PUBLISHED', 'MEMBER', "
		"'', body, '', true, at, at, at FROM said",
		person(s, "ann"));
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM (SELECT FROM content.post "
			    "WHERE indexed_version <> version LIMIT 1) AS p") > 0) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}
}

/* The ids of all pages, a line each. Nobody: of all posts. */
static void read_pages(struct suite *s, const char *person_id, const char *query,
		       Content__SearchOrder order, struct buf *ids)
{
	Content__SearchHomeRequest home = CONTENT__SEARCH_HOME_REQUEST__INIT;
	Content__SearchAllPostsRequest all = CONTENT__SEARCH_ALL_POSTS_REQUEST__INIT;
	const char *token = "";

	home.person_id = person_id;
	home.query = all.query = query;
	home.order = all.order = order;
	home.page_size = all.page_size = 100;
	do {
		Content__SearchResponse page = CONTENT__SEARCH_RESPONSE__INIT;

		home.page_token = all.page_token = token;
		EXPECT_OK(*person_id ? suite_call(s, method_content_search_home, &home, &page)
				     : suite_call_as_platform(s, method_content_search_all_posts,
							      &all, &page));
		for (size_t i = 0; i < page.n_hits; i++)
			buf_add_format(ids, "%s\n", page.hits[i]->post_id);
		token = page.next_page_token;
	} while (*token);
	buf_add_char(ids, 0);
}

/* The same by SQL, of the communities that the condition names. */
static const char *by_hand(struct suite *s, const char *where, const char *posts, int most,
			   const char *order)
{
	return postgres_text(
		suite_database(s),
		"SELECT COALESCE(string_agg(post_id || E'\\n', '' ORDER BY %s), '') FROM "
		"(SELECT * FROM said WHERE (%s) AND (%s) "
		"ORDER BY at DESC, post_id DESC LIMIT %d) AS newest",
		order, where, posts, most);
}

static int compare_lines(const void *a, const void *b)
{
	return memcmp(a, b, ID_SIZE);
}

static void expect_same(struct suite *s, const char *person_id, const char *where)
{
	for (size_t i = 0; i < sizeof(sought) / sizeof(sought[0]); i++) {
		CLEANUP(buf_fini) struct buf newest = {0}, relevant = {0};

		read_pages(s, person_id, sought[i].query, CONTENT__SEARCH_ORDER__SEARCH_ORDER_NEW,
			   &newest);
		EXPECT_TEXT(newest.data,
			    by_hand(s, where, sought[i].posts, 15000, "at DESC, post_id DESC"));
		read_pages(s, person_id, sought[i].query,
			   CONTENT__SEARCH_ORDER__SEARCH_ORDER_RELEVANCE, &relevant);
		qsort(relevant.data, relevant.size / ID_SIZE, ID_SIZE, compare_lines);
		EXPECT_TEXT(relevant.data, by_hand(s, where, sought[i].posts, NEWEST,
						   "post_id::text COLLATE \"C\""));
	}
}

static void steps_find_what_sql_finds(void **state)
{
	struct suite *s = *state;
	const char *large = given_community(s), *small = given_community(s);
	const char *where = arena_printf(suite_arena(s), "community_id = '%s'", small);

	EXPECT_OK(join(s, large, "ann"));
	EXPECT_OK(join(s, small, "ann"));
	EXPECT_OK(join(s, small, "bob"));
	suite_settle(s);
	given_posts(s, large, small);

	expect_same(s, "", "true");
	as_named(s, "ann");
	expect_same(s, person(s, "ann"), "true");
	as_named(s, "bob");
	expect_same(s, person(s, "bob"), where);
	as_named(s, "eve");
	expect_same(s, person(s, "eve"), "false");
	as_platform(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_find_what_sql_finds),
	};

	return cmocka_run_group_tests_name("the steps of a search", tests, content_setup,
					   suite_teardown);
}
