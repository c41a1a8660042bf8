/* Lists under conditions: whatever the condition, they hold what plain SQL over all rows finds, in
 * its order. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define N_COMMUNITIES 9000

/* A filter and what it means. */
static const struct {
	const char *filter;
	const char *sql;
} conditions[] = {
	{"type = REGION", "type = 'REGION'"},
	{"stage != LAUNCH AND state = ACTIVE", "stage <> 'LAUNCH' AND state = 'ACTIVE'"},
	{"product_strategy = PRODUCT_FIRST OR type = LEARNING",
	 "product_strategy = 'PRODUCT_FIRST' OR type = 'LEARNING'"},
	{"member_count >= 1000", "member_count >= 1000"},
	{"member_count > 12 AND member_count <= 14", "member_count > 12 AND member_count <= 14"},
	{"NOT (size_class = SMALL OR member_count < 500)",
	 "NOT (size_class = 'SMALL' OR member_count < 500)"},
	{"locale = \"fi\"", "locale = 'fi'"},
	{"locale = \"fi\" AND stage = DECLINE AND join_mode = INVITE",
	 "locale = 'fi' AND stage = 'DECLINE' AND join_mode = 'INVITE'"},
	{"-locale:*", "locale = ''"},
	{"theme:\"17 lant\"", "strpos(theme, '17 lant') > 0"},
	{"join_mode = PAID AND type = PRODUCT AND member_count = 77",
	 "join_mode = 'PAID' AND type = 'PRODUCT' AND member_count = 77"},
	{"create_date >= 2024-03-01 AND create_date < 2024-03-04",
	 "create_time >= '2024-03-01Z' AND create_time < '2024-03-04Z'"},
	{"create_date = 2024-05-05 AND stage = GROWTH",
	 "create_time >= '2024-05-05Z' AND create_time < '2024-05-06Z' AND stage = 'GROWTH'"},
	{"create_date <= 2023-06-01 AND NOT type = REGION",
	 "create_time < '2023-06-02Z' AND type <> 'REGION'"},
	{"member_count > 1000000", "false"},
	{"type = REGION AND type = PRODUCT", "false"},
};

#define N_CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

/* The ids of a list one after the other, all its pages together. */
struct listed {
	char *ids; /* "<id>\n<id>\n…" */
	size_t n, n_pages;
};

static void note(struct suite *s, struct listed *to, Member__Community **communities, size_t n)
{
	if (!to->ids)
		to->ids = arena_alloc(suite_arena(s), N_COMMUNITIES * 37 + 1);
	for (size_t i = 0; i < n; i++) {
		memcpy(to->ids + 37 * to->n, communities[i]->community_id, 36);
		to->ids[37 * to->n++ + 36] = '\n';
	}
	to->ids[37 * to->n] = 0;
	to->n_pages++;
}

static struct listed list_all(struct suite *s, Member__ListCommunitiesRequest *request)
{
	Member__ListCommunitiesResponse page;
	struct listed all = {0};

	request->page_token = "";
	do {
		member__list_communities_response__init(&page);
		EXPECT_OK(suite_call(s, method_member_list_communities, request, &page));
		assert_true(page.n_communities <= (size_t)request->page_size);
		note(s, &all, page.communities, page.n_communities);
		request->page_token = page.next_page_token;
	} while (*page.next_page_token);

	return all;
}

static struct listed list_portfolio(struct suite *s, Member__ListPortfolioRequest *request)
{
	Member__ListPortfolioResponse page;
	struct listed all = {0};

	request->page_token = "";
	do {
		member__list_portfolio_response__init(&page);
		EXPECT_OK(suite_call(s, method_member_list_portfolio, request, &page));
		EXPECT_INT(page.n_duties, page.n_communities);
		for (size_t i = 0; i < page.n_duties; i++)
			EXPECT_TEXT(page.duties[i]->community_id,
				    page.communities[i]->community_id);
		note(s, &all, page.communities, page.n_communities);
		request->page_token = page.next_page_token;
	} while (*page.next_page_token);

	return all;
}

static void expect_rows(struct suite *s, const struct listed *all, const char *what,
			const char *from, const char *where)
{
	const char *wanted =
		postgres_text(suite_database(s),
			      "SELECT COALESCE(string_agg(community_id::text || E'\\n', '' "
			      "ORDER BY create_time DESC, community_id DESC), '') FROM "
			      "member.community %s WHERE %s",
			      from, where);

	if (strcmp(wanted, all->ids) != 0)
		fail_msg("%s: %zu listed, %zu wanted", what, all->n, strlen(wanted) / 37);
}

static void lists_hold_what_sql_finds(void **state)
{
	struct suite *s = *state;

	as_platform(s);
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		Member__ListCommunitiesRequest request = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
		struct listed all;

		request.filter = conditions[i].filter;
		request.page_size = 700;
		all = list_all(s, &request);
		expect_rows(s, &all, conditions[i].filter, "", conditions[i].sql);
	}
}

static void fields_and_filter_go_together(void **state)
{
	struct suite *s = *state;
	Member__ListCommunitiesRequest request = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
	struct listed all;

	as_platform(s);
	request.stage = MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_DECLINE;
	request.page_size = 60;
	all = list_all(s, &request);
	expect_rows(s, &all, "stage", "", "stage = 'DECLINE'");
	request.product_strategy = MEMBER__PRODUCT_STRATEGY__PRODUCT_STRATEGY_PRODUCT_FIRST;
	request.filter = "member_count < 30 AND size_class = SMALL";
	all = list_all(s, &request);
	expect_rows(
		s, &all, "stage, strategy, filter", "",
		"stage = 'DECLINE' AND product_strategy = 'PRODUCT_FIRST' AND member_count < 30 "
		"AND size_class = 'SMALL'");
}

static void expect_portfolio(struct suite *s)
{
	Member__ListPortfolioRequest request = MEMBER__LIST_PORTFOLIO_REQUEST__INIT;
	struct listed all;

	request.person_id = person(s, "olga");
	as_person(s, request.person_id);
	request.page_size = 300;
	all = list_portfolio(s, &request);
	EXPECT_INT(all.n, N_COMMUNITIES / 3);
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		request.filter = conditions[i].filter;
		all = list_portfolio(s, &request);
		expect_rows(s, &all, conditions[i].filter, "JOIN member.duty USING (community_id)",
			    conditions[i].sql);
	}
	request.filter = "";
	request.stage = MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_DECLINE;
	all = list_portfolio(s, &request);
	expect_rows(s, &all, "stage", "JOIN member.duty USING (community_id)", "stage = 'DECLINE'");
}

static void portfolio_holds_what_sql_finds(void **state)
{
	expect_portfolio(*state);
}

/* Who operates many is looked for among all; that he does is known by his count. */
static void portfolio_of_who_operates_many_holds_the_same(void **state)
{
	struct suite *s = *state;

	postgres_text(suite_database(s),
		      "INSERT INTO member.portfolio (person_id, community_count) "
		      "VALUES ('%s', 1000000)",
		      person(s, "olga"));
	expect_portfolio(s);
}

static void bad_filter_and_foreign_token_are_refused(void **state)
{
	struct suite *s = *state;
	Member__ListCommunitiesRequest request = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
	Member__ListCommunitiesResponse page = MEMBER__LIST_COMMUNITIES_RESPONSE__INIT;

	as_platform(s);
	request.filter = "colour = BLUE";
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &request, &page),
		      INVALID_ARGUMENT, "BAD_FILTER");
	request.filter = "type = BLUE";
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &request, &page),
		      INVALID_ARGUMENT, "BAD_FILTER");
	request.filter = "type = REGION";
	request.page_size = 5;
	EXPECT_OK(suite_call(s, method_member_list_communities, &request, &page));
	request.page_token = page.next_page_token;
	request.filter = "type = PRODUCT";
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &request, &page),
		      INVALID_ARGUMENT, "BAD_PAGE_TOKEN");
}

/* Of every sort, by the remainders of their number. */
static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};
	struct suite *s;

	if (suite_setup(state, services))
		return 1;
	s = *state;
	postgres_text(
		suite_database(s),
		"INSERT INTO member.community (community_id, name, theme, type, locale, join_mode, "
		"state, "
		"member_count, last_number, stage, product_strategy, create_time, update_time) "
		"SELECT md5(n::text)::uuid, 'C' || n, n %% 100 || ' lanterns', "
		"(ARRAY['INDUSTRY', 'INTEREST', 'REGION', 'PRODUCT', 'LEARNING'])[n %% 5 + 1], "
		"(ARRAY['zh-CN', 'en', '', 'fi'])[LEAST(n %% 40, 3) + 1], "
		"(ARRAY['OPEN', 'INVITE', 'APPROVAL', 'PAID', 'VERIFIED', 'CONDITION', 'MIXED'])"
		"[n %% 7 + 1], CASE n %% 11 WHEN 0 THEN 'ARCHIVED' ELSE 'ACTIVE' END, "
		"CASE WHEN n %% 500 = 0 THEN 20000 ELSE n %% 997 END, 20000, "
		"(ARRAY['LAUNCH', 'GROWTH', 'MATURITY', 'DECLINE', 'TRANSFORM'])[n / 7 %% 5 + 1], "
		"CASE n %% 13 WHEN 0 THEN 'PRODUCT_FIRST' ELSE 'COMMUNITY_FIRST' END, "
		"timestamptz '2023-01-01Z' + n / 3 * interval '1 hour', now() "
		"FROM generate_series(1, %d) AS n",
		N_COMMUNITIES);
	postgres_text(suite_database(s),
		      "INSERT INTO member.duty (community_id, person_id, role, kinds, "
		      "community_create_time, assign_time) "
		      "SELECT community_id, '%s', 'ADMIN', '{CONTENT}', create_time, now() "
		      "FROM member.community WHERE substr(name, 2)::int %% 3 = 0",
		      person(s, "olga"));

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_hold_what_sql_finds),
		cmocka_unit_test(fields_and_filter_go_together),
		cmocka_unit_test(portfolio_holds_what_sql_finds),
		cmocka_unit_test(portfolio_of_who_operates_many_holds_the_same),
		cmocka_unit_test(bad_filter_and_foreign_token_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
