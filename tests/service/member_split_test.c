/* Splits: carried out, stopped, taken back. */
#include "base/clock.h"
#include "kith_methods.h"
#include "member/member.h"
#include "split_words.h"

static Member__Split moved(struct suite *s, const Member__Split *split)
{
	Member__Split started;

	EXPECT_OK(start_split(s, split, &started));
	EXPECT_INT(started.state, STATE(RUNNING));

	return await_split(s, &started, STATE(DONE));
}

static void there_are_as_many_parts_as_allowed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Split plan;

	given_crowd(s, community, "many", 40);
	plan = given_split(s, community, order(s, STRATEGY(FILL), 0, 2), NULL, 19);
	EXPECT_INT(plan.move_count, 38);
	plan = moved(s, &plan);
	EXPECT_INT(plan.n_parts, 20);
	for (size_t i = 0; i < plan.n_parts; i++) {
		EXPECT_INT(member_count(s, plan.parts[i]->community_id), 2);
		expect_whole(s, plan.parts[i]->community_id);
	}
}

static void who_moves_keeps_what_he_is(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Whole", .owner = "carry owner",
						.time_zone = "Asia/Tokyo");
	Member__Split plan, done;
	Member__Membership here, there;
	Member__Community part;

	given_crowd(s, community, "carry", 9);
	EXPECT_OK(give_role(s, community, "carry 8", MEMBER__ROLE__ROLE_EXPERT));
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET tags = '{old,wise}', level = 3, score = 70, "
		     "mute_until_time = '2100-01-01Z', plan_id = community_id, source = 'fair' "
		     "WHERE community_id = '%s' AND number = 10",
		     community);
	postgres_int(suite_database(s),
		     "INSERT INTO member.subscription (community_id, person_id, plan_id, state, "
		     "start_time, end_time, grace_end_time) SELECT community_id, person_id, "
		     "community_id, 'ACTIVE', now(), '2100-01-01Z', '2100-01-01Z' FROM "
		     "member.membership "
		     "WHERE community_id = '%s' AND number = 10",
		     community);
	postgres_int(suite_database(s),
		     "INSERT INTO member.standing (community_id, person_id, first_active_date) "
		     "SELECT community_id, person_id, '2020-02-02' FROM member.membership "
		     "WHERE community_id = '%s' AND number = 10",
		     community);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0), NULL, 1);
	EXPECT_TEXT(plan.parts[1]->community_id, "");
	done = moved(s, &plan);
	EXPECT_INT(done.moved_count, 4);
	EXPECT_INT(done.skipped_count, 0);

	part = community_of(s, done.parts[1]->community_id);
	EXPECT_TEXT(part.name, "Whole 2");
	EXPECT_TEXT(part.time_zone, "Asia/Tokyo");
	EXPECT_TEXT(part.owner_person_id, person(s, "carry owner"));
	EXPECT_INT(part.member_count, 5); /* with the owner, who has both */
	EXPECT_INT(member_count(s, community), 6);

	here = membership_of(s, community, "carry 8");
	there = membership_of(s, part.community_id, "carry 8");
	EXPECT_INT(here.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_MOVED);
	EXPECT_TEXT(here.leave_reason, "split");
	EXPECT_INT(there.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_INT(there.role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_INT(there.join_time->seconds, here.join_time->seconds);
	EXPECT_INT(there.join_time->seconds, 1577836808);
	EXPECT_INT(there.level, 3);
	EXPECT_INT(there.score, 70);
	EXPECT_INT(there.n_tags, 2);
	EXPECT_TEXT(there.plan_id, community);
	EXPECT_TEXT(there.source, "fair");
	EXPECT_INT(there.mute_until_time->seconds, here.mute_until_time->seconds);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.subscription JOIN member.standing "
				"USING (community_id, person_id) WHERE community_id = '%s' AND "
				"state = 'ACTIVE' AND first_active_date = '2020-02-02'",
				part.community_id),
		   1);
	expect_whole(s, community);
	expect_whole(s, part.community_id);
}

static void who_changed_since_the_plan_is_passed_over(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *target = given_community(s, .capacity = 7);
	Member__ListSplitMovesRequest request = MEMBER__LIST_SPLIT_MOVES_REQUEST__INIT;
	Member__ListSplitMovesResponse list = MEMBER__LIST_SPLIT_MOVES_RESPONSE__INIT;
	Member__Split plan, done;

	given_crowd(s, community, "since", 12);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			   (const char *const[]){target, NULL}, 0);
	EXPECT_INT(plan.move_count, 6);
	EXPECT_OK(leave(s, community, "since 11"));
	EXPECT_OK(give_role(s, community, "since 10", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(join(s, target, "since 9")); /* went there by himself */
	EXPECT_OK(join(s, community, "since new"));
	for (int i = 0; i < 5; i++)
		EXPECT_OK(join(s, target, arena_printf(suite_arena(s), "since guest %d", i)));
	done = moved(s, &plan);

	EXPECT_INT(done.moved_count, 2);
	EXPECT_INT(done.skipped_count, 4);
	EXPECT_INT(member_count(s, target), 7);
	EXPECT_INT(membership_of(s, community, "since 9").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_MOVED);
	EXPECT_INT(membership_of(s, target, "since 9").version, 1);
	EXPECT_INT(membership_of(s, community, "since new").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	request.community_id = community;
	request.split_id = plan.split_id;
	EXPECT_OK(suite_call(s, method_member_list_split_moves, &request, &list));
	EXPECT_INT(list.n_moves, 6);
	EXPECT_INT(list.moves[0]->state, MEMBER__SPLIT_MOVE_STATE__SPLIT_MOVE_STATE_MOVED);
	EXPECT_TEXT(list.moves[1]->why, "FULL");
	EXPECT_TEXT(list.moves[2]->why, "FULL");
	EXPECT_INT(list.moves[3]->state, MEMBER__SPLIT_MOVE_STATE__SPLIT_MOVE_STATE_MOVED);
	EXPECT_TEXT(list.moves[4]->why, "STAFF");
	EXPECT_TEXT(list.moves[5]->why, "GONE");
	expect_whole(s, community);
	expect_whole(s, target);
}

static void who_is_banned_from_the_target_stays(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *target = given_community(s);
	Member__RemoveMembershipRequest ban = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__Split plan, done;

	given_crowd(s, community, "ban", 4);
	EXPECT_OK(join(s, target, "ban 3"));
	ban.community_id = target;
	ban.person_id = person(s, "ban 3");
	ban.ban = true;
	EXPECT_OK(suite_call(s, method_member_remove_membership, &ban, &membership));
	EXPECT_OK(join(s, target, "ban 2"));
	EXPECT_OK(leave(s, target, "ban 2")); /* and comes back with his number */
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			   (const char *const[]){target, NULL}, 0);
	done = moved(s, &plan);
	EXPECT_INT(done.moved_count, 1);
	EXPECT_INT(done.skipped_count, 1);
	EXPECT_INT(membership_of(s, community, "ban 3").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_INT(membership_of(s, target, "ban 2").number, 2);
	expect_whole(s, community);
	expect_whole(s, target);
}

static void revert_takes_back_who_has_not_changed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *part;
	Member__Split plan, done, back;

	given_crowd(s, community, "back", 20);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0), NULL, 1);
	done = moved(s, &plan);
	EXPECT_INT(done.moved_count, 10);
	part = done.parts[1]->community_id;
	EXPECT_OK(give_role(s, part, "back 19", MEMBER__ROLE__ROLE_EXPERT));
	EXPECT_OK(leave(s, part, "back 18"));
	EXPECT_OK(revert_split(s, &done, &back));
	back = await_split(s, &back, STATE(REVERTED));
	EXPECT_INT(back.reverted_count, 8);
	EXPECT_INT(member_count(s, community), 18);
	EXPECT_INT(member_count(s, part), 1);
	EXPECT_INT(membership_of(s, community, "back 10").join_time->seconds, 1577836810);
	EXPECT_INT(membership_of(s, part, "back 19").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	expect_whole(s, community);
	expect_whole(s, part);
	EXPECT_STATUS(revert_split(s, &done, &back), FAILED_PRECONDITION, "SPLIT_STATE");
}

/* Two targets and a community of 60 that is planned to be shared among them; the second target is
 * older than the community, so a batch waits for it before it holds anything else. */
struct divided {
	const char *community, *first, *second;
	Member__Split plan;
};

static struct divided given_divided(struct suite *s, const char *crowd)
{
	struct divided d = {.second = given_community(s)};

	d.community = given_community(s);
	d.first = given_community(s);
	given_crowd(s, d.community, crowd, 60);
	d.plan = given_split(s, d.community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			     (const char *const[]){d.first, d.second, NULL}, 0);
	EXPECT_INT(d.plan.move_count, 40);

	return d;
}

/* Until let_go, what needs the community's row waits. */
static void hold(struct suite *s, const char *community)
{
	postgres_int(suite_database(s), "BEGIN");
	postgres_int(suite_database(s),
		     "SELECT 1 FROM member.community WHERE community_id = '%s' FOR UPDATE",
		     community);
}

static void let_go(struct suite *s)
{
	postgres_int(suite_database(s), "COMMIT");
}

static void await_moved(struct suite *s, const Member__Split *split, int64_t count)
{
	int64_t until = clock_mono_us() + 20000000;

	while (split_of(s, split).moved_count != count)
		assert_true(clock_mono_us() < until);
}

static void cancel_stops_and_who_has_moved_stays_moved(void **state)
{
	struct suite *s = *state;
	struct divided d = given_divided(s, "stop");
	Member__Split is;

	hold(s, d.second);
	EXPECT_OK(start_split(s, &d.plan, &is));
	await_moved(s, &is, 20);
	EXPECT_OK(cancel_split(s, &is, &is));
	EXPECT_INT(is.state, STATE(CANCELLED));
	let_go(s);
	EXPECT_OK(cancel_split(s, &is, &is));
	EXPECT_INT(is.moved_count, 20);
	EXPECT_INT(member_count(s, d.community), 40);
	EXPECT_INT(member_count(s, d.first), 20);
	EXPECT_INT(member_count(s, d.second), 0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.split_move WHERE split_id = '%s'",
				is.split_id),
		   20);
	EXPECT_STATUS(start_split(s, &is, &is), FAILED_PRECONDITION, "SPLIT_STATE");

	is = d.plan;
	EXPECT_OK(revert_split(s, &is, &is));
	await_split(s, &is, STATE(REVERTED));
	EXPECT_INT(member_count(s, d.community), 60);
	expect_whole(s, d.community);
	expect_whole(s, d.first);
}

static void only_one_split_moves_members_at_a_time(void **state)
{
	struct suite *s = *state;
	struct divided d = given_divided(s, "twice");
	Member__Split second, is;

	second = given_split(s, d.community, order(s, STRATEGY(FILL), 0, 40), NULL, 1);
	hold(s, d.second);
	EXPECT_OK(start_split(s, &d.plan, &is));
	EXPECT_STATUS(start_split(s, &second, &is), ALREADY_EXISTS, "SPLIT_RUNNING");
	let_go(s);
	await_split(s, &d.plan, STATE(DONE));
	EXPECT_OK(start_split(s, &second, &is));
	is = await_split(s, &second, STATE(DONE));
	EXPECT_INT(is.moved_count, 0); /* the first had moved them all */
	EXPECT_INT(is.skipped_count, 20);
	expect_whole(s, d.community);
}

static void started_by_many_at_once_it_starts_once(void **state)
{
	enum { CALLERS = 64 };
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "once owner");
	Member__StartSplitRequest request = MEMBER__START_SPLIT_REQUEST__INIT;
	const void *requests[CALLERS];
	struct outcome outcomes[CALLERS];
	Member__Split plan;
	int started = 0;

	given_crowd(s, community, "once", 20);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0), NULL, 2);
	request.community_id = community;
	request.split_id = plan.split_id;
	for (int i = 0; i < CALLERS; i++)
		requests[i] = &request;
	suite_call_at_once(s, method_member_start_split, CALLERS, requests, NULL, NULL, outcomes);
	for (int i = 0; i < CALLERS; i++) {
		started += outcomes[i].status == STATUS_OK;
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "SPLIT_STATE");
	}
	EXPECT_INT(started, 1);
	plan = await_split(s, &plan, STATE(DONE));
	EXPECT_INT(plan.moved_count, 13);
	for (size_t i = 0; i < plan.n_parts; i++)
		expect_whole(s, plan.parts[i]->community_id);
}

static void owner_splits_and_an_admin_only_plans(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "king");
	Member__Split plan, is;

	given_crowd(s, community, "realm", 10);
	EXPECT_OK(give_role(s, community, "realm 0", MEMBER__ROLE__ROLE_ADMIN));
	EXPECT_OK(give_role(s, community, "realm 1", MEMBER__ROLE__ROLE_MODERATOR));
	as_person(s, person(s, "realm 1"));
	EXPECT_STATUS(create_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1, &is),
		      PERMISSION_DENIED, "RANK_TOO_LOW");
	as_person(s, person(s, "realm 0"));
	plan = given_split(s, community, order(s, STRATEGY(FILL), 0, 0), NULL, 1);
	EXPECT_STATUS(start_split(s, &plan, &is), PERMISSION_DENIED, "RANK_TOO_LOW");
	as_person(s, person(s, "king"));
	EXPECT_OK(start_split(s, &plan, &is));
	is = await_split(s, &plan, STATE(DONE));
	EXPECT_TEXT(community_of(s, is.parts[1]->community_id).owner_person_id, person(s, "king"));
	as_platform(s);
}

static void each_state_refuses_what_does_not_follow(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *target = given_community(s);
	Member__Split plan, other, none = MEMBER__SPLIT__INIT, is;

	given_crowd(s, community, "state", 6);
	plan = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			   (const char *const[]){target, NULL}, 0);
	EXPECT_STATUS(revert_split(s, &plan, &is), FAILED_PRECONDITION, "SPLIT_STATE");
	moved(s, &plan);
	EXPECT_STATUS(start_split(s, &plan, &is), FAILED_PRECONDITION, "SPLIT_STATE");
	EXPECT_STATUS(cancel_split(s, &plan, &is), FAILED_PRECONDITION, "SPLIT_STATE");

	other = given_split(s, community, order(s, STRATEGY(LEAST_LOADED), 0, 0),
			    (const char *const[]){target, NULL}, 0);
	EXPECT_OK(cancel_split(s, &other, &is));
	EXPECT_STATUS(start_split(s, &other, &is), FAILED_PRECONDITION, "SPLIT_STATE");
	EXPECT_OK(revert_split(s, &other, &is)); /* nobody had moved */
	await_split(s, &other, STATE(REVERTED));
	EXPECT_STATUS(cancel_split(s, &other, &is), FAILED_PRECONDITION, "SPLIT_STATE");

	none.community_id = community;
	none.split_id = community;
	EXPECT_STATUS(start_split(s, &none, &is), NOT_FOUND, "SPLIT_NOT_FOUND");
	EXPECT_STATUS(cancel_split(s, &none, &is), NOT_FOUND, "SPLIT_NOT_FOUND");
	EXPECT_STATUS(revert_split(s, &none, &is), NOT_FOUND, "SPLIT_NOT_FOUND");
	none.community_id = person(s, "nobody's community");
	EXPECT_STATUS(start_split(s, &none, &is), NOT_FOUND, "COMMUNITY_NOT_FOUND");
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_as_many_parts_as_allowed),
		cmocka_unit_test(who_moves_keeps_what_he_is),
		cmocka_unit_test(who_changed_since_the_plan_is_passed_over),
		cmocka_unit_test(who_is_banned_from_the_target_stays),
		cmocka_unit_test(revert_takes_back_who_has_not_changed),
		cmocka_unit_test(cancel_stops_and_who_has_moved_stays_moved),
		cmocka_unit_test(only_one_split_moves_members_at_a_time),
		cmocka_unit_test(started_by_many_at_once_it_starts_once),
		cmocka_unit_test(owner_splits_and_an_admin_only_plans),
		cmocka_unit_test(each_state_refuses_what_does_not_follow),
	};

	return cmocka_run_group_tests_name("member: splits", tests, start, suite_teardown);
}
