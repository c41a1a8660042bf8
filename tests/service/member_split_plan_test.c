/* Plans of splits: who would go where, and what cannot be planned. */
#include "kith_methods.h"
#include "member/member.h"
#include "split_words.h"

/* How many of a split's planned moves are of persons whom the condition on their membership m in
 * the source finds. */
static int64_t moves_of(struct suite *s, const Member__Split *split, const char *condition)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.split_move k JOIN member.membership m "
			    "USING (community_id, person_id) WHERE split_id = '%s' AND (%s)",
			    split->split_id, condition);
}

/* -- strategies */

static void fill_fills_one_part_after_the_other(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Readers", .owner = "fill owner");
	Member__Split plan;

	given_crowd(s, community, "fill", 24); /* 25 with the owner */
	plan = given_split(s, community, order(s, STRATEGY(FILL), 0, 10), NULL, 2);
	EXPECT_INT(plan.member_count, 25);
	EXPECT_INT(plan.move_count, 15);
	EXPECT_INT(plan.n_parts, 3);
	EXPECT_INT(plan.parts[0]->present_count, 10);
	EXPECT_INT(plan.parts[1]->present_count, 1); /* the owner, who gets the new ones too */
	EXPECT_INT(plan.parts[1]->arriving_count, 9);
	EXPECT_INT(plan.parts[2]->arriving_count, 6);
	EXPECT_TEXT(plan.parts[1]->name, "Readers 2");
	EXPECT_TEXT(plan.parts[2]->name, "Readers 3");
	EXPECT_INT(moves_of(s, &plan, "m.number <= 10"), 0);
	EXPECT_INT(moves_of(s, &plan, "m.number > 19 AND position = 2"), 6);
}

static void least_loaded_moves_the_last_to_the_emptiest(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *small = given_community(s),
		   *large = given_community(s);
	Member__Split plan;

	given_crowd(s, community, "least", 40);
	given_crowd(s, small, "least small", 2);
	given_crowd(s, large, "least large", 10);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			   (const char *const[]){large, small, NULL}, 0);
	EXPECT_INT(plan.parts[1]->present_count, 10);
	EXPECT_INT(plan.parts[1]->arriving_count, 7);
	EXPECT_INT(plan.parts[2]->arriving_count, 15);
	EXPECT_INT(plan.parts[0]->present_count, 18);
	EXPECT_INT(moves_of(s, &plan, "m.number <= 18"), 0);
}

static void message_load_balances_load_and_not_heads(void **state)
{
	struct suite *s = *state;
	Member__Split *wish = order(s, STRATEGY(LEAST_LOADED), 0, 1000);
	const char *community = given_community(s);
	Member__ImportTiesResponse counts = MEMBER__IMPORT_TIES_RESPONSE__INIT;
	/* 0 and 1 talk a lot, 2 and 3 half as much, the others hardly. */
	const struct tie ties[] = {{0, 1, 100}, {2, 3, 50}, {4, 5, 10}, {6, 7, 10}};
	Member__Split plan;

	given_crowd(s, community, "load", 20);
	EXPECT_OK(import_ties(s, community, "test", "load", ties, 4, &counts));
	wish->reason = MEMBER__SPLIT_REASON__SPLIT_REASON_MESSAGE_LOAD;
	plan = given_split(s, community, wish, NULL, 1);
	/* 340 in all; 140 of the last eight who talk leave 200, and the next would be 100 more. */
	EXPECT_INT(plan.parts[0]->load, 200);
	EXPECT_INT(plan.parts[1]->load, 140);
	EXPECT_INT(plan.parts[1]->arriving_count, 6);
}

static void tag_names_the_part(void **state)
{
	struct suite *s = *state;
	Member__Split *wish = order(s, STRATEGY(BY_TAG), 0, 10);
	const char *community = given_community(s);
	Member__SplitPart north = MEMBER__SPLIT_PART__INIT, south = MEMBER__SPLIT_PART__INIT;
	const char *north_tags[] = {"north", "pole"}, *south_tags[] = {"south"};
	Member__SplitPart *parts[] = {&north, &south};
	Member__Split plan;

	given_crowd(s, community, "tag", 12);
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET tags = CASE number %% 4 WHEN 1 THEN '{x,north}' "
		     "WHEN 2 THEN '{pole,south}' WHEN 3 THEN '{south}' ELSE '{}' END::text[] "
		     "WHERE community_id = '%s'",
		     community);
	north.values = north_tags;
	north.n_values = 2;
	south.values = south_tags;
	south.n_values = 1;
	south.name = "The South";
	wish->parts = parts;
	wish->n_parts = 2;
	plan = given_split(s, community, wish, NULL, 0);
	EXPECT_INT(plan.parts[0]->present_count, 3);
	EXPECT_INT(plan.parts[1]->arriving_count, 6);
	EXPECT_INT(plan.parts[2]->arriving_count, 3);
	EXPECT_TEXT(plan.parts[2]->name, "The South");
	EXPECT_INT(plan.parts[1]->n_values, 2);
	EXPECT_INT(moves_of(s, &plan, "m.tags = '{}'"), 0);
}

static void attribute_keeps_those_of_a_place_together(void **state)
{
	struct suite *s = *state;
	Member__Split *wish = order(s, STRATEGY(BY_ATTRIBUTE), 0, 20);
	const char *community = given_community(s);
	Member__Split plan;

	given_crowd(s, community, "place", 30);
	/* 15 of one city, 10 of another, 3 of a third; one keeps his to himself, one shows it
	 * masked. */
	postgres_int(suite_database(s),
		     "INSERT INTO member.person_attribute (person_id, name, value, visibility, "
		     "update_time, masked) SELECT person_id, 'region', CASE WHEN number <= 15 THEN "
		     "'Oslo' "
		     "WHEN number <= 25 THEN 'Turin' ELSE 'Basel' END, "
		     "CASE number WHEN 30 THEN 'SELF' ELSE 'MEMBERS' END, now(), number = 29 "
		     "FROM member.membership WHERE community_id = '%s'",
		     community);
	wish->attribute = "region";
	plan = given_split(s, community, wish, NULL, 1);
	EXPECT_INT(plan.parts[1]->arriving_count, 15);
	EXPECT_INT(moves_of(s, &plan, "m.number <= 15"), 15);
	EXPECT_INT(plan.parts[0]->present_count, 15);
}

static void graph_cuts_less_than_chance_within_bounds(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "graph owner");
	Member__Split plan, again;
	int64_t largest_group;

	given_crowd(s, community, "graph", 240);
	given_groups(s, community, "graph", 240, 4, 20, 1, 7);
	plan = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 50, 75), NULL, 3);
	print_message(
		"of %lld ties (weight %lld): cut %lld (%lld), by lot %lld (%lld), by number "
		"%lld (%lld); %lld move\n",
		(long long)plan.tie_count, (long long)plan.tie_weight,
		(long long)plan.cut->tie_count, (long long)plan.cut->tie_weight,
		(long long)plan.random_cut->tie_count, (long long)plan.random_cut->tie_weight,
		(long long)plan.number_cut->tie_count, (long long)plan.number_cut->tie_weight,
		(long long)plan.move_count);
	assert_true(plan.cut->tie_weight * 3 < plan.random_cut->tie_weight);
	assert_true(plan.cut->tie_weight * 3 < plan.number_cut->tie_weight);
	EXPECT_INT(
		plan.cut->tie_weight,
		postgres_int(suite_database(s),
			     "SELECT sum(t.weight) FROM member.tie t WHERE t.community_id = '%s' "
			     "AND COALESCE((SELECT position FROM member.split_move k "
			     "WHERE k.split_id = '%s' AND k.person_id = t.person_id), 0) <> "
			     "COALESCE((SELECT position FROM member.split_move k "
			     "WHERE k.split_id = '%s' AND k.person_id = t.other_person_id), 0)",
			     community, plan.split_id, plan.split_id));
	for (size_t i = 0; i < plan.n_parts; i++) {
		int64_t size = plan.parts[i]->present_count + plan.parts[i]->arriving_count;

		assert_true(size >= 50 && size <= 75);
	}
	/* The four groups are found, and one of them stays. */
	largest_group = plan.parts[0]->present_count;
	for (size_t i = 1; i < plan.n_parts; i++)
		assert_true(plan.parts[i]->arriving_count <= largest_group);
	EXPECT_INT(plan.move_count, 241 - largest_group);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM (SELECT m.number %% 4 AS g FROM "
				"member.membership m LEFT JOIN member.split_move k ON "
				"k.split_id = '%s' AND k.person_id = m.person_id WHERE "
				"m.community_id = '%s' AND m.number > 1 GROUP BY m.number %% 4, "
				"k.position HAVING count(*) < 55) AS stray",
				plan.split_id, community),
		   0);

	again = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 50, 75), NULL, 3);
	EXPECT_INT(again.cut->tie_weight, plan.cut->tie_weight);
}

static void graph_keeps_bounds_where_groups_do_not_fit(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *target = given_community(s);
	Member__Split plan;

	given_crowd(s, community, "tight", 150);
	given_crowd(s, target, "tight there", 30);
	given_groups(s, community, "tight", 120, 2, 20, 1, 11); /* and 30 without any tie */
	plan = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 40, 65),
			   (const char *const[]){target, NULL}, 2);
	for (size_t i = 0; i < plan.n_parts; i++) {
		int64_t size = plan.parts[i]->present_count + plan.parts[i]->arriving_count;

		assert_true(size >= 40 && size <= 65);
	}
	assert_true(plan.cut->tie_weight < plan.random_cut->tie_weight);
	assert_true(plan.cut->tie_weight < plan.number_cut->tie_weight);
}

/* Least would be cut if all who talk stayed and all who do not went. */
static void graph_makes_parts_that_hold_together(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "hold owner");
	int64_t inner = 0, size;
	Member__Split plan;

	given_crowd(s, community, "hold", 150);
	given_groups(s, community, "hold", 80, 2, 40, 3, 13); /* and 70 who do not talk */
	plan = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 40, 85), NULL, 1);
	EXPECT_INT(plan.n_parts, 2);
	for (size_t i = 0; i < plan.n_parts; i++) {
		const Member__SplitPart *part = plan.parts[i];

		size = part->present_count + part->arriving_count;
		assert_true(size >= 40 && size <= 85);
		assert_true(part->inner_tie_weight > 2 * plan.cut->tie_weight);
		EXPECT_INT(part->load, 2 * part->inner_tie_weight + plan.cut->tie_weight);
		inner += part->inner_tie_weight;
	}
	EXPECT_INT(inner + plan.cut->tie_weight, plan.tie_weight);
	EXPECT_INT(plan.parts[0]->inner_tie_count + plan.parts[1]->inner_tie_count +
			   plan.cut->tie_count,
		   plan.tie_count);
	assert_true(plan.cut->tie_weight * 3 < plan.random_cut->tie_weight);
	/* One of the two groups goes, the other stays, but for the odd one. */
	assert_true(moves_of(s, &plan, "m.number BETWEEN 2 AND 81 AND m.number % 2 = 0") >= 38 ||
		    moves_of(s, &plan, "m.number BETWEEN 2 AND 81 AND m.number % 2 = 1") >= 38);
}

static void graph_balances_load_when_messages_are_too_many(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Split *wish = order(s, STRATEGY(BY_GRAPH), 0, 0);
	Member__Split plan;
	int64_t total = 0;

	given_crowd(s, community, "talk", 120);
	given_groups(s, community, "talk", 90, 3, 30, 2, 5); /* and 30 who do not talk */
	wish->reason = MEMBER__SPLIT_REASON__SPLIT_REASON_MESSAGE_LOAD;
	plan = given_split(s, community, wish, NULL, 2);
	for (size_t i = 0; i < plan.n_parts; i++) {
		int64_t load = plan.parts[i]->load;

		/* Half an even share to 1.1 of them. */
		assert_true(load * 6 >= plan.tie_weight * 2);
		assert_true(load * 30 <= plan.tie_weight * 2 * 11 + 30);
		total += load;
	}
	EXPECT_INT(total, 2 * plan.tie_weight);
	assert_true(plan.cut->tie_weight * 2 < plan.random_cut->tie_weight);
	EXPECT_INT(moves_of(s, &plan, "m.number > 90"),
		   0); /* nothing is won by moving the silent */
}

static void staff_and_pinned_stay(void **state)
{
	struct suite *s = *state;
	Member__Split *wish = order(s, STRATEGY(LEAST_LOADED), 0, 0);
	const char *community = given_community(s, .owner = "keep owner");
	const char *pinned[] = {one_of(s, "keep", 19)};
	Member__Split plan;

	given_crowd(s, community, "keep", 20);
	EXPECT_OK(give_role(s, community, "keep 18", MEMBER__ROLE__ROLE_MODERATOR));
	wish->pinned_person_ids = pinned;
	wish->n_pinned_person_ids = 1;
	plan = given_split(s, community, wish, NULL, 1);
	EXPECT_INT(plan.move_count, 10);
	EXPECT_INT(plan.n_pinned_person_ids, 1);
	EXPECT_INT(moves_of(s, &plan, "role <> 'MEMBER' OR m.number >= 20"), 0);
}

/* -- orders */

static void plan_that_is_cancelled_while_it_is_made_stays_so(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Split cancelled, is;

	given_crowd(s, community, "early", 100);
	for (int i = 0; i < 10; i++) {
		EXPECT_OK(create_split(s, community, order(s, STRATEGY(BY_GRAPH), 0, 0), NULL, 1,
				       &cancelled));
		EXPECT_OK(cancel_split(s, &cancelled, &is));
	}
	/* Once this later one is planned, the planner has done with the others. */
	is = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 0, 0), NULL, 1);
	EXPECT_INT(split_of(s, &cancelled).state, STATE(CANCELLED));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.split_move WHERE community_id = '%s' "
				"AND split_id <> '%s'",
				community, is.split_id),
		   0);
}

static void plan_that_cannot_be_is_refused(void **state)
{
	struct suite *s = *state;
	Member__Split *wish = order(s, STRATEGY(FILL), 0, 0);
	const char *community = given_community(s, .owner = "ann"), *other = given_community(s),
		   *gone = given_community(s, .owner = "ann"), *invalid[] = {"ann"};
	const char *const self[] = {community, NULL}, *const twice[] = {other, other, NULL},
			  *const unknown[] = {person(s, "ann"), NULL},
			  *const archived[] = {gone, NULL}, *const foreign[] = {other, NULL};
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community was = MEMBER__COMMUNITY__INIT;
	Member__Split is;
	struct outcome outcome;

	given_crowd(s, community, "cannot", 9);
	archive.community_id = gone;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &was));

	EXPECT_STATUS(
		create_split(s, community, order(s, STRATEGY(UNSPECIFIED), 0, 0), NULL, 1, &is),
		INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 0, &is),
		      INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 20, &is),
		      INVALID_ARGUMENT, NULL);
	outcome = create_split(s, community, order(s, STRATEGY(FILL), 0, 0), self, 0, &is);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "split.parts[0].community_id"));
	outcome = create_split(s, community, order(s, STRATEGY(FILL), 0, 0), twice, 0, &is);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "split.parts[1].community_id"));
	outcome = create_split(s, community, order(s, STRATEGY(BY_TAG), 0, 0), NULL, 1, &is);
	assert_true(outcome_names(&outcome, "split.parts"));
	outcome = create_split(s, community, order(s, STRATEGY(BY_ATTRIBUTE), 0, 0), NULL, 1, &is);
	assert_true(outcome_names(&outcome, "split.attribute"));
	outcome = create_split(s, community, order(s, STRATEGY(FILL), 3, 2), NULL, 1, &is);
	assert_true(outcome_names(&outcome, "split.min_size"));
	wish->pinned_person_ids = invalid;
	wish->n_pinned_person_ids = 1;
	EXPECT_STATUS(create_split(s, community, wish, NULL, 1, &is), INVALID_ARGUMENT, NULL);

	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 4), NULL, 1, &is),
		      FAILED_PRECONDITION, "SPLIT_DOES_NOT_FIT");
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), unknown, 0, &is),
		      NOT_FOUND, "TARGET_NOT_FOUND");
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), archived, 0, &is),
		      FAILED_PRECONDITION, "TARGET_ARCHIVED");
	EXPECT_STATUS(create_split(s, gone, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		      FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(
		create_split(s, person(s, "ann"), order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		NOT_FOUND, "COMMUNITY_NOT_FOUND");
	as_person(s, person(s, "ann"));
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), foreign, 0, &is),
		      PERMISSION_DENIED, "TARGET_NOT_YOURS");
	as_person(s, person(s, "cannot 1"));
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		      PERMISSION_DENIED, NULL);
	as_platform(s);

	postgres_int(suite_database(s),
		     "UPDATE member.community SET last_number = 200001, member_count = 200001 "
		     "WHERE community_id = '%s'",
		     other);
	EXPECT_STATUS(create_split(s, other, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		      FAILED_PRECONDITION, "SPLIT_TOO_LARGE");
	for (int i = 0; i < 10; i++)
		EXPECT_OK(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is));
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		      RESOURCE_EXHAUSTED, "SPLITS_OPEN");
}

static void a_bound_key_reaches_no_foreign_target(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *foreign = given_community(s);
	const char *const mine[] = {community}, *const targets[] = {foreign, NULL};
	Member__Split is;

	as_caller(s, &(struct caller){.kind = CALLER_PLATFORM,
				      .id = "bound",
				      .person_id = "",
				      .scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN,
				      .community_ids = mine,
				      .n_community_ids = 1});
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), targets, 0, &is),
		      NOT_FOUND, "TARGET_NOT_FOUND");
	EXPECT_OK(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is));
	as_platform(s);
}

static void lists_give_everything_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ListSplitsRequest splits = MEMBER__LIST_SPLITS_REQUEST__INIT;
	Member__ListSplitsResponse page = MEMBER__LIST_SPLITS_RESPONSE__INIT;
	Member__ListSplitMovesRequest moves = MEMBER__LIST_SPLIT_MOVES_REQUEST__INIT;
	Member__Split plan, first;
	int64_t last = 0, n = 0;

	given_crowd(s, community, "list", 30);
	first = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0), NULL, 1);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0), NULL, 2);
	splits.community_id = community;
	splits.page_size = 1;
	EXPECT_OK(suite_call(s, method_member_list_splits, &splits, &page));
	EXPECT_INT(page.n_splits, 1);
	EXPECT_TEXT(page.splits[0]->split_id, plan.split_id);
	splits.page_token = page.next_page_token;
	page = (Member__ListSplitsResponse)MEMBER__LIST_SPLITS_RESPONSE__INIT;
	EXPECT_OK(suite_call(s, method_member_list_splits, &splits, &page));
	EXPECT_TEXT(page.splits[0]->split_id, first.split_id);
	EXPECT_TEXT(page.next_page_token, "");

	moves.community_id = community;
	moves.split_id = plan.split_id;
	moves.page_size = 7;
	do {
		Member__ListSplitMovesResponse list = MEMBER__LIST_SPLIT_MOVES_RESPONSE__INIT;

		EXPECT_OK(suite_call(s, method_member_list_split_moves, &moves, &list));
		for (size_t i = 0; i < list.n_moves; i++, n++) {
			assert_true(list.moves[i]->number > last);
			last = list.moves[i]->number;
		}
		moves.page_token = list.next_page_token;
	} while (moves.page_token[0]);
	EXPECT_INT(n, plan.move_count);
	EXPECT_INT(n, 20);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fill_fills_one_part_after_the_other),
		cmocka_unit_test(least_loaded_moves_the_last_to_the_emptiest),
		cmocka_unit_test(message_load_balances_load_and_not_heads),
		cmocka_unit_test(tag_names_the_part),
		cmocka_unit_test(attribute_keeps_those_of_a_place_together),
		cmocka_unit_test(graph_cuts_less_than_chance_within_bounds),
		cmocka_unit_test(graph_keeps_bounds_where_groups_do_not_fit),
		cmocka_unit_test(graph_makes_parts_that_hold_together),
		cmocka_unit_test(graph_balances_load_when_messages_are_too_many),
		cmocka_unit_test(staff_and_pinned_stay),
		cmocka_unit_test(plan_that_is_cancelled_while_it_is_made_stays_so),
		cmocka_unit_test(plan_that_cannot_be_is_refused),
		cmocka_unit_test(a_bound_key_reaches_no_foreign_target),
		cmocka_unit_test(lists_give_everything_once),
	};

	return cmocka_run_group_tests_name("member: split plans", tests, start, suite_teardown);
}
