/* Overflow: who finds a community full is handed on to its next group. */
#include "given.h"
#include "kith/member/v1/overflow.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 64

static struct outcome set_overflow(struct suite *s, const char *community, const char *next,
				   Member__Overflow *ret)
{
	Member__UpdateOverflowRequest request = MEMBER__UPDATE_OVERFLOW_REQUEST__INIT;

	request.community_id = community;
	request.overflow_community_id = next;
	*ret = (Member__Overflow)MEMBER__OVERFLOW__INIT;

	return suite_call(s, method_member_update_overflow, &request, ret);
}

static struct outcome get_overflow(struct suite *s, const char *community, Member__Overflow *ret)
{
	Member__GetOverflowRequest request = MEMBER__GET_OVERFLOW_REQUEST__INIT;

	request.community_id = community;
	*ret = (Member__Overflow)MEMBER__OVERFLOW__INIT;

	return suite_call(s, method_member_get_overflow, &request, ret);
}

static void given_chain(struct suite *s, const char *const *communities)
{
	Member__Overflow overflow;

	for (; communities[1]; communities++)
		EXPECT_OK(set_overflow(s, communities[0], communities[1], &overflow));
}

/* Whoever calls now. */
static struct outcome join_of(struct suite *s, const char *community, const char *name,
			      Member__Membership *ret)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	*ret = (Member__Membership)MEMBER__MEMBERSHIP__INIT;

	return suite_call(s, method_member_join_community, &request, ret);
}

static void full_community_hands_on_to_the_next_with_a_place(void **state)
{
	struct suite *s = *state;
	const char *chain[] = {given_community(s, .capacity = 1), given_community(s, .capacity = 1),
			       given_community(s, .capacity = 1), NULL};
	Member__Membership membership;

	given_chain(s, chain);
	EXPECT_OK(join_of(s, chain[0], "one", &membership));
	EXPECT_TEXT(membership.community_id, chain[0]);
	EXPECT_OK(join_of(s, chain[1], "two", &membership));
	EXPECT_OK(join_of(s, chain[0], "three", &membership));
	EXPECT_TEXT(membership.community_id, chain[2]);
	EXPECT_INT(membership.number, 1);
	EXPECT_OK(join_of(s, chain[0], "three", &membership)); /* he is there already */
	EXPECT_TEXT(membership.community_id, chain[2]);
	EXPECT_INT(membership.version, 1);
	EXPECT_STATUS(join_of(s, chain[0], "four", &membership), RESOURCE_EXHAUSTED,
		      "COMMUNITY_FULL");
	EXPECT_STATUS(join_of(s, chain[2], "four", &membership), RESOURCE_EXHAUSTED,
		      "COMMUNITY_FULL");
}

static void repeated_under_its_name_it_is_one_join(void **state)
{
	struct suite *s = *state;
	const char *chain[] = {given_community(s, .capacity = 1), given_community(s), NULL};
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership first = MEMBER__MEMBERSHIP__INIT, again = MEMBER__MEMBERSHIP__INIT;

	given_chain(s, chain);
	EXPECT_OK(join(s, chain[0], "one"));
	request.community_id = chain[0];
	request.person_id = person(s, "two");
	with_request_id(s, "overflow-1");
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &first));
	EXPECT_OK(leave(s, chain[0], "one"));
	with_request_id(s, "overflow-1");
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &again));
	EXPECT_TEXT(again.community_id, chain[1]);
	EXPECT_INT(again.version, first.version);
	EXPECT_INT(member_count(s, chain[0]), 0);
}

static void the_first_community_decides(void **state)
{
	struct suite *s = *state;
	const char *open[] = {given_community(s, .capacity = 1),
			      given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_INVITE),
			      NULL};
	const char *closed[] = {
		given_community(s, .capacity = 1, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_INVITE),
		given_community(s), NULL};
	Member__Membership membership;

	given_chain(s, open);
	given_chain(s, closed);
	EXPECT_OK(join(s, open[0], "first in"));
	EXPECT_OK(join(s, closed[0], "first in"));
	as_person(s, person(s, "next in"));
	EXPECT_STATUS(join_of(s, open[1], "next in", &membership), FAILED_PRECONDITION,
		      "INVITATION_REQUIRED");
	EXPECT_OK(join_of(s, open[0], "next in", &membership));
	EXPECT_TEXT(membership.community_id, open[1]);
	EXPECT_STATUS(join_of(s, closed[0], "next in", &membership), FAILED_PRECONDITION,
		      "INVITATION_REQUIRED");
	EXPECT_INT(member_count(s, closed[1]), 0);
	as_platform(s);
}

static void who_is_banned_from_a_group_is_not_handed_on(void **state)
{
	struct suite *s = *state;
	const char *chain[] = {given_community(s, .capacity = 1), given_community(s),
			       given_community(s), NULL};
	Member__RemoveMembershipRequest ban = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	given_chain(s, chain);
	EXPECT_OK(join(s, chain[0], "good"));
	EXPECT_OK(join(s, chain[2], "bad"));
	ban.community_id = chain[2];
	ban.person_id = person(s, "bad");
	ban.ban = true;
	EXPECT_OK(suite_call(s, method_member_remove_membership, &ban, &membership));
	EXPECT_STATUS(join_of(s, chain[0], "bad", &membership), FAILED_PRECONDITION, "BANNED");
	EXPECT_INT(member_count(s, chain[1]), 0);
}

static void archived_group_is_passed_over(void **state)
{
	struct suite *s = *state;
	const char *chain[] = {given_community(s, .capacity = 1), given_community(s),
			       given_community(s), NULL};
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community was = MEMBER__COMMUNITY__INIT;
	Member__Membership membership;

	given_chain(s, chain);
	archive.community_id = chain[1];
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &was));
	EXPECT_OK(join(s, chain[0], "one"));
	EXPECT_OK(join_of(s, chain[0], "two", &membership));
	EXPECT_TEXT(membership.community_id, chain[2]);
}

static void wrong_chains_are_refused(void **state)
{
	struct suite *s = *state;
	const char *a = given_community(s, .owner = "ann"), *b = given_community(s),
		   *c = given_community(s), *last = given_community(s);
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community was = MEMBER__COMMUNITY__INIT;
	Member__Overflow overflow;

	EXPECT_STATUS(get_overflow(s, a, &overflow), NOT_FOUND, "OVERFLOW_NOT_FOUND");
	EXPECT_STATUS(set_overflow(s, a, a, &overflow), FAILED_PRECONDITION, "OVERFLOW_RING");
	EXPECT_OK(set_overflow(s, a, b, &overflow));
	EXPECT_OK(set_overflow(s, b, c, &overflow));
	EXPECT_STATUS(set_overflow(s, c, a, &overflow), FAILED_PRECONDITION, "OVERFLOW_RING");
	EXPECT_OK(get_overflow(s, a, &overflow));
	EXPECT_TEXT(overflow.overflow_community_id, b);
	EXPECT_INT(overflow.n_chain_community_ids, 2);
	EXPECT_TEXT(overflow.chain_community_ids[1], c);
	EXPECT_OK(set_overflow(s, a, "", &overflow));
	EXPECT_TEXT(overflow.community_id, a);
	EXPECT_STATUS(get_overflow(s, a, &overflow), NOT_FOUND, "OVERFLOW_NOT_FOUND");

	EXPECT_STATUS(set_overflow(s, a, person(s, "ann"), &overflow), NOT_FOUND,
		      "TARGET_NOT_FOUND");
	EXPECT_STATUS(set_overflow(s, person(s, "ann"), a, &overflow), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	as_person(s, person(s, "ann"));
	EXPECT_STATUS(set_overflow(s, a, b, &overflow), PERMISSION_DENIED, "TARGET_NOT_YOURS");
	EXPECT_STATUS(set_overflow(s, b, a, &overflow), PERMISSION_DENIED, NULL);
	as_platform(s);

	for (int i = 0; i < 20; i++) {
		const char *before = given_community(s);

		EXPECT_OK(set_overflow(s, before, last, &overflow));
		last = before;
	}
	EXPECT_INT(overflow.n_chain_community_ids, 20);
	EXPECT_STATUS(set_overflow(s, a, last, &overflow), FAILED_PRECONDITION,
		      "OVERFLOW_TOO_LONG");

	archive.community_id = c;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &was));
	EXPECT_STATUS(set_overflow(s, a, c, &overflow), FAILED_PRECONDITION, "TARGET_ARCHIVED");
	EXPECT_STATUS(set_overflow(s, c, a, &overflow), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
}

/* Two updates at once that together would close a ring. */
static void no_ring_comes_about_at_once(void **state)
{
	struct suite *s = *state;
	Member__UpdateOverflowRequest requests[2];
	const void *pointers[2];
	struct outcome outcomes[2];

	for (int round = 0; round < 20; round++) {
		const char *a = given_community(s), *b = given_community(s);

		for (int i = 0; i < 2; i++) {
			requests[i] = (Member__UpdateOverflowRequest)
				MEMBER__UPDATE_OVERFLOW_REQUEST__INIT;
			requests[i].community_id = i ? a : b;
			requests[i].overflow_community_id = i ? b : a;
			pointers[i] = &requests[i];
		}
		suite_call_at_once(s, method_member_update_overflow, 2, pointers, NULL, NULL,
				   outcomes);
		EXPECT_INT((outcomes[0].status == STATUS_OK) + (outcomes[1].status == STATUS_OK),
			   1);
	}
}

static void of_64_at_once_as_many_as_all_groups_admit_come_in(void **state)
{
	struct suite *s = *state;
	const char *chain[] = {given_community(s, .capacity = 10),
			       given_community(s, .capacity = 7),
			       given_community(s, .capacity = 20), NULL};
	Member__JoinCommunityRequest requests[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	int admitted = 0;

	given_chain(s, chain);
	for (unsigned i = 0; i < CROWD; i++) {
		requests[i] = (Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
		requests[i].community_id = chain[i % 2]; /* at both ends of the first link */
		requests[i].person_id = person(s, arena_printf(suite_arena(s), "flood %u", i));
		pointers[i] = &requests[i];
	}
	suite_call_at_once(s, method_member_join_community, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		admitted += outcomes[i].status == STATUS_OK;
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	}
	EXPECT_INT(admitted, 37);
	EXPECT_INT(member_count(s, chain[0]), 10);
	EXPECT_INT(member_count(s, chain[1]), 7);
	EXPECT_INT(member_count(s, chain[2]), 20);
	for (int i = 0; i < 3; i++)
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT count(*) - max(number) FROM member.membership "
					"WHERE community_id = '%s' AND state = 'ACTIVE'",
					chain[i]),
			   0);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_community_hands_on_to_the_next_with_a_place),
		cmocka_unit_test(repeated_under_its_name_it_is_one_join),
		cmocka_unit_test(the_first_community_decides),
		cmocka_unit_test(who_is_banned_from_a_group_is_not_handed_on),
		cmocka_unit_test(archived_group_is_passed_over),
		cmocka_unit_test(wrong_chains_are_refused),
		cmocka_unit_test(no_ring_comes_about_at_once),
		cmocka_unit_test(of_64_at_once_as_many_as_all_groups_admit_come_in),
	};

	return cmocka_run_group_tests_name("member: overflow", tests, start, suite_teardown);
}
