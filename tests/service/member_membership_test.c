/* Memberships: joining, leaving, roles, and what holds whatever happens at once. */
#include <string.h>

#include "given.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 64

static struct outcome join_self(struct suite *s, const char *community, const char *name,
				Member__Membership *ret)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.source = "poster";
	as_person(s, request.person_id);

	return suite_call(s, method_member_join_community, &request, ret);
}

static struct outcome remove_member(struct suite *s, const char *community, const char *name,
				    bool ban)
{
	Member__RemoveMembershipRequest request = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership removed = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = "spam";
	request.ban = ban;

	return suite_call(s, method_member_remove_membership, &request, &removed);
}

static struct outcome set_role(struct suite *s, const char *community, const char *name,
			       Member__Role role)
{
	Member__UpdateMembershipRoleRequest request = MEMBER__UPDATE_MEMBERSHIP_ROLE_REQUEST__INIT;
	Member__Membership changed = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.role = role;

	return suite_call(s, method_member_update_membership_role, &request, &changed);
}

static struct outcome transfer(struct suite *s, const char *community, const char *name)
{
	Member__TransferOwnershipRequest request = MEMBER__TRANSFER_OWNERSHIP_REQUEST__INIT;
	Member__Community changed = MEMBER__COMMUNITY__INIT;

	request.community_id = community;
	request.new_owner_person_id = person(s, name);

	return suite_call(s, method_member_transfer_ownership, &request, &changed);
}

static void given_member(struct suite *s, const char *community, const char *name,
			 Member__Role role)
{
	EXPECT_OK(join(s, community, name));
	if (role != MEMBER__ROLE__ROLE_MEMBER)
		EXPECT_OK(give_role(s, community, name, role));
}

/* What a community's rows must say together, whatever was done to them. */
static void expect_sound(struct suite *s, const char *community)
{
	struct postgres *db = suite_database(s);

	EXPECT_INT(postgres_int(db,
				"SELECT c.member_count - (SELECT count(*) FROM member.membership m "
				"WHERE m.community_id = c.community_id AND m.state = 'ACTIVE') "
				"FROM member.community c WHERE community_id = '%s'",
				community),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT c.last_number - (SELECT count(*) FROM member.membership m "
				"WHERE m.community_id = c.community_id) FROM member.community c "
				"WHERE community_id = '%s'",
				community),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT COALESCE(max(number), 0) - count(DISTINCT number) "
				"FROM member.membership WHERE community_id = '%s'",
				community),
		   0);
	/* Each change of a membership was told once, and the last one as the row is now. */
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.membership m "
				"WHERE community_id = '%s' AND version <> (SELECT count(*) "
				"FROM member.outbox o WHERE o.community_id = m.community_id "
				"AND o.person_id = m.person_id AND o.type = 'MEMBERSHIP_CHANGED')",
				community),
		   0);
	EXPECT_INT(
		postgres_int(db,
			     "SELECT count(*) FROM member.membership m WHERE community_id = '%s' "
			     "AND NOT EXISTS (SELECT FROM member.outbox o "
			     "WHERE o.community_id = m.community_id AND o.person_id = m.person_id "
			     "AND (o.version, o.membership_number, o.membership_role, "
			     "o.membership_state) = (m.version, m.number, m.role, m.state))",
			     community),
		0);
}

static void who_joins_is_a_member_with_the_next_number(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Membership bob = MEMBER__MEMBERSHIP__INIT;

	EXPECT_OK(join_self(s, community, "bob", &bob));
	EXPECT_INT(bob.number, 2);
	EXPECT_INT(bob.role, MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_INT(bob.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(bob.source, "poster");
	assert_non_null(bob.join_time);
	assert_null(bob.leave_time);
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s, community);
}

static void full_community_refuses_and_says_so(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 1);

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_STATUS(join(s, community, "bob"), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	EXPECT_INT(member_count(s, community), 1);
	expect_sound(s, community);
}

static void present_member_of_full_community_joins_again_unchanged(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 1);

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_INT(membership_of(s, community, "ann").version, 1);
	expect_sound(s, community);
}

static void refusals_leave_no_hole_in_the_numbers(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 2);

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_STATUS(join(s, community, "cid"), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	EXPECT_STATUS(join(s, community, "dan"), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_OK(join(s, community, "dan"));
	EXPECT_INT(membership_of(s, community, "dan").number, 3);
	expect_sound(s, community);
}

static void who_comes_back_keeps_his_number(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Membership ann;

	given_member(s, community, "ann", MEMBER__ROLE__ROLE_ADMIN);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(leave(s, community, "ann"));
	ann = membership_of(s, community, "ann");
	EXPECT_INT(ann.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	EXPECT_TEXT(ann.leave_reason, "tired");
	assert_non_null(ann.leave_time);
	EXPECT_OK(join(s, community, "ann"));
	ann = membership_of(s, community, "ann");
	EXPECT_INT(ann.number, 1);
	EXPECT_INT(ann.role, MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_INT(ann.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(ann.leave_reason, "");
	assert_null(ann.leave_time);
	expect_sound(s, community);
}

static void unknown_person_or_community_is_not_found(void **state)
{
	struct suite *s = *state;
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership ret = MEMBER__MEMBERSHIP__INIT;
	const char *nowhere = "11111111-1111-4111-8111-111111111111";

	as_platform(s);
	request.community_id = given_community(s);
	request.person_id = nowhere;
	EXPECT_STATUS(suite_call(s, method_member_join_community, &request, &ret), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	EXPECT_STATUS(join(s, nowhere, "ann"), NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_STATUS(leave(s, nowhere, "ann"), NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_STATUS(leave(s, request.community_id, "ann"), NOT_FOUND, "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(remove_member(s, request.community_id, "ann", false), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(set_role(s, request.community_id, "ann", MEMBER__ROLE__ROLE_EXPERT),
		      NOT_FOUND, "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(transfer(s, nowhere, "ann"), NOT_FOUND, "COMMUNITY_NOT_FOUND");
}

static void closed_modes_admit_whom_the_platform_adds(void **state)
{
	static const struct {
		Member__JoinMode mode;
		const char *reason;
	} modes[] = {
		{MEMBER__JOIN_MODE__JOIN_MODE_INVITE, "INVITATION_REQUIRED"},
		{MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL, "APPROVAL_REQUIRED"},
		{MEMBER__JOIN_MODE__JOIN_MODE_PAID, "PAYMENT_REQUIRED"},
		{MEMBER__JOIN_MODE__JOIN_MODE_VERIFIED, "VERIFICATION_REQUIRED"},
		{MEMBER__JOIN_MODE__JOIN_MODE_CONDITION, "CONDITION_FAILED"},
	};
	struct suite *s = *state;
	Member__Membership ret = MEMBER__MEMBERSHIP__INIT;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		const char *community = given_community(s, .join_mode = modes[i].mode);

		EXPECT_STATUS(join_self(s, community, "ann", &ret), FAILED_PRECONDITION,
			      modes[i].reason);
		EXPECT_OK(join(s, community, "ann"));
		EXPECT_OK(join_self(s, community, "ann", &ret));
		expect_sound(s, community);
	}
}

static void admin_adds_others_and_a_member_only_himself(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership ret = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, "cid");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_join_community, &request, &ret),
		      PERMISSION_DENIED, NULL);
	as_person(s, person(s, "ann"));
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &ret));
}

static void leaving_twice_changes_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_INT(membership_of(s, community, "ann").version, 2);
	EXPECT_INT(member_count(s, community), 0);
	expect_sound(s, community);
}

static void owner_cannot_leave_or_be_put_out(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	as_platform(s);
	EXPECT_STATUS(leave(s, community, "ann"), FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE");
	EXPECT_STATUS(remove_member(s, community, "ann", true), FAILED_PRECONDITION,
		      "OWNER_CANNOT_LEAVE");
	EXPECT_STATUS(set_role(s, community, "ann", MEMBER__ROLE__ROLE_MEMBER), FAILED_PRECONDITION,
		      "OWNER_BY_TRANSFER_ONLY");
	expect_sound(s, community);
}

static void removed_member_may_come_back_and_a_banned_one_not(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	as_platform(s);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(remove_member(s, community, "bob", false));
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_REMOVED);
	EXPECT_INT(member_count(s, community), 1);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(remove_member(s, community, "bob", true));
	EXPECT_STATUS(join(s, community, "bob"), FAILED_PRECONDITION, "BANNED");
	EXPECT_OK(remove_member(s, community, "bob", false)); /* lifts the ban */
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s, community);
}

static void who_has_left_can_be_banned_but_not_removed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	as_platform(s);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(remove_member(s, community, "bob", false));
	EXPECT_INT(membership_of(s, community, "bob").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	EXPECT_OK(remove_member(s, community, "bob", true));
	EXPECT_STATUS(join(s, community, "bob"), FAILED_PRECONDITION, "BANNED");
	EXPECT_INT(member_count(s, community), 0);
	expect_sound(s, community);
}

static void nobody_acts_on_a_role_that_is_not_below_his(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	given_member(s, community, "bob", MEMBER__ROLE__ROLE_ADMIN);
	given_member(s, community, "cid", MEMBER__ROLE__ROLE_ADMIN);
	given_member(s, community, "dan", MEMBER__ROLE__ROLE_MODERATOR);
	given_member(s, community, "eve", MEMBER__ROLE__ROLE_MEMBER);

	as_person(s, person(s, "bob"));
	EXPECT_STATUS(remove_member(s, community, "cid", false), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_STATUS(set_role(s, community, "cid", MEMBER__ROLE__ROLE_MEMBER), PERMISSION_DENIED,
		      "ROLE_TOO_LOW");
	EXPECT_STATUS(set_role(s, community, "eve", MEMBER__ROLE__ROLE_ADMIN), PERMISSION_DENIED,
		      "ROLE_TOO_LOW");
	EXPECT_STATUS(remove_member(s, community, "ann", false), FAILED_PRECONDITION,
		      "OWNER_CANNOT_LEAVE");
	EXPECT_OK(set_role(s, community, "eve", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(remove_member(s, community, "dan", false));
	as_person(s, person(s, "eve"));
	EXPECT_STATUS(remove_member(s, community, "bob", false), PERMISSION_DENIED, NULL);
	as_person(s, person(s, "ann"));
	EXPECT_OK(remove_member(s, community, "cid", true));
	EXPECT_OK(set_role(s, community, "bob", MEMBER__ROLE__ROLE_EXPERT));
	as_platform(s);
	expect_sound(s, community);
}

static void role_is_for_active_members_and_owner_by_transfer(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	as_platform(s);
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_STATUS(set_role(s, community, "ann", MEMBER__ROLE__ROLE_OWNER), FAILED_PRECONDITION,
		      "OWNER_BY_TRANSFER_ONLY");
	EXPECT_STATUS(set_role(s, community, "ann", MEMBER__ROLE__ROLE_UNSPECIFIED),
		      INVALID_ARGUMENT, NULL);
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_STATUS(set_role(s, community, "ann", MEMBER__ROLE__ROLE_EXPERT), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	expect_sound(s, community);
}

static void ownership_goes_over_in_one_step(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(transfer(s, community, "bob"));
	EXPECT_INT(membership_of(s, community, "ann").role, MEMBER__ROLE__ROLE_ADMIN);
	EXPECT_INT(membership_of(s, community, "bob").role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_TEXT(community_of(s, community).owner_person_id, person(s, "bob"));
	EXPECT_STATUS(transfer(s, community, "ann"), PERMISSION_DENIED, NULL);
	EXPECT_OK(leave(s, community, "ann"));
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(transfer(s, community, "ann"), FAILED_PRECONDITION, "NOT_A_MEMBER");
	EXPECT_STATUS(transfer(s, community, "zoe"), FAILED_PRECONDITION, "NOT_A_MEMBER");
	EXPECT_OK(transfer(s, community, "bob"));
	as_platform(s);
	expect_sound(s, community);
}

static void platform_appoints_the_first_owner(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	as_platform(s);
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(transfer(s, community, "ann"));
	EXPECT_INT(membership_of(s, community, "ann").role, MEMBER__ROLE__ROLE_OWNER);
	expect_sound(s, community);
}

static size_t list_all(struct suite *s, Member__ListMembershipsRequest *request)
{
	Member__ListMembershipsResponse page;
	int64_t last = 0;
	size_t n = 0;

	request->page_token = "";
	do {
		page = (Member__ListMembershipsResponse)MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_memberships, request, &page));
		assert_true(page.n_memberships <= (size_t)request->page_size);
		for (size_t i = 0; i < page.n_memberships; i++) {
			assert_true(page.memberships[i]->number > last);
			last = page.memberships[i]->number;
		}
		n += page.n_memberships;
		request->page_token = page.next_page_token;
	} while (request->page_token[0]);

	return n;
}

static void list_gives_every_membership_once_by_number(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListMembershipsRequest request = MEMBER__LIST_MEMBERSHIPS_REQUEST__INIT;
	Member__ListMembershipsResponse page = MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;

	for (int i = 0; i < 10; i++)
		EXPECT_OK(join(s, community, arena_printf(suite_arena(s), "guest %d", i)));
	EXPECT_OK(give_role(s, community, "guest 7", MEMBER__ROLE__ROLE_EXPERT));
	EXPECT_OK(leave(s, community, "guest 3"));

	as_person(s, person(s, "guest 1"));
	request.community_id = community;
	request.page_size = 3;
	EXPECT_INT(list_all(s, &request), 11);
	request.state = MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
	EXPECT_INT(list_all(s, &request), 10);
	request.role = MEMBER__ROLE__ROLE_EXPERT;
	EXPECT_INT(list_all(s, &request), 1);
	request.state = MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_UNSPECIFIED;
	request.role = MEMBER__ROLE__ROLE_MEMBER;
	EXPECT_INT(list_all(s, &request), 9);
	as_person(s, person(s, "stranger"));
	EXPECT_STATUS(suite_call(s, method_member_list_memberships, &request, &page),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void join_repeated_under_one_request_id_is_one(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership first = MEMBER__MEMBERSHIP__INIT, again = MEMBER__MEMBERSHIP__INIT;

	as_platform(s);
	request.community_id = community;
	request.person_id = person(s, "ann");
	with_request_id(s, "join-1");
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &first));
	EXPECT_OK(leave(s, community, "ann"));
	with_request_id(s, "join-1");
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &again));
	EXPECT_INT(again.version, first.version);
	EXPECT_INT(membership_of(s, community, "ann").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	request.person_id = person(s, "bob");
	with_request_id(s, "join-1");
	assert_int_not_equal(suite_call(s, method_member_join_community, &request, &again).status,
			     STATUS_OK);
	expect_sound(s, community);
}

/* 64 persons at the same moment; how many came in. */
static size_t crowd_joins(struct suite *s, const char *community, unsigned different)
{
	Member__JoinCommunityRequest requests[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	size_t admitted = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		requests[i] = (Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
		requests[i].community_id = community;
		requests[i].person_id =
			person(s, arena_printf(suite_arena(s), "crowd %u", i % different));
		pointers[i] = &requests[i];
	}
	as_platform(s);
	suite_call_at_once(s, method_member_join_community, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			admitted++;
		else
			EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	}

	return admitted;
}

static void of_64_at_once_exactly_as_many_as_fit_come_in(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = 10);

	EXPECT_INT(crowd_joins(s, community, CROWD), 10);
	EXPECT_INT(member_count(s, community), 10);
	expect_sound(s, community);
}

/* Half of the calls are leaves of who came before, half are joins: never more than fit, and full in
 * the end, since there were always enough who wanted in. */
static void capacity_is_kept_and_used_while_others_leave(void **state)
{
	enum { CAPACITY = 16, ROUNDS = 4 };
	struct suite *s = *state;
	const char *community = given_community(s, .capacity = CAPACITY);
	Member__JoinCommunityRequest joins[CROWD];
	Member__LeaveCommunityRequest leaves[CROWD];
	const struct method *methods[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	for (unsigned round = 0; round < ROUNDS; round++) {
		crowd_joins(s, community, CROWD);
		EXPECT_INT(member_count(s, community), CAPACITY);
		for (unsigned i = 0; i < CROWD; i++) {
			const char *name = arena_printf(suite_arena(s), "crowd %u", i);
			bool goes = (i + round) % 2;

			joins[i] =
				(Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
			leaves[i] = (Member__LeaveCommunityRequest)
				MEMBER__LEAVE_COMMUNITY_REQUEST__INIT;
			joins[i].community_id = leaves[i].community_id = community;
			joins[i].person_id = leaves[i].person_id = person(s, name);
			methods[i] =
				goes ? method_member_leave_community : method_member_join_community;
			pointers[i] = goes ? (const void *)&leaves[i] : &joins[i];
		}
		as_platform(s);
		suite_call_mixed(s, CROWD, methods, pointers, NULL, NULL, outcomes);
		assert_true(member_count(s, community) <= CAPACITY);
		expect_sound(s, community);
	}
	crowd_joins(s, community, CROWD);
	EXPECT_INT(member_count(s, community), CAPACITY);
	expect_sound(s, community);
}

static void joins_of_the_same_persons_at_once_leave_no_hole(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);

	EXPECT_INT(crowd_joins(s, community, 5), CROWD);
	EXPECT_INT(member_count(s, community), 5);
	expect_sound(s, community);
}

static void one_request_id_at_once_is_one_join(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	const char *ids[16];
	const void *requests[16];
	struct outcome outcomes[16];

	as_platform(s);
	request.community_id = community;
	request.person_id = person(s, "ann");
	for (unsigned i = 0; i < 16; i++) {
		ids[i] = "same";
		requests[i] = &request;
	}
	suite_call_at_once(s, method_member_join_community, 16, requests, ids, NULL, outcomes);
	for (unsigned i = 0; i < 16; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(membership_of(s, community, "ann").version, 1);
	expect_sound(s, community);
}

/* Everybody hands the community to everybody and leaves it, all at once, as the platform. */
static void there_is_one_owner_whatever_happens_at_once(void **state)
{
	enum { PEOPLE = 8, ROUNDS = 5 };
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "king 0");
	Member__TransferOwnershipRequest transfers[PEOPLE];
	Member__LeaveCommunityRequest leaves[PEOPLE];
	const void *pointers[PEOPLE];
	struct outcome outcomes[PEOPLE];

	as_platform(s);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < PEOPLE; i++) {
			const char *name = arena_printf(suite_arena(s), "king %u", i);

			EXPECT_OK(join(s, community, name));
			transfers[i] = (Member__TransferOwnershipRequest)
				MEMBER__TRANSFER_OWNERSHIP_REQUEST__INIT;
			transfers[i].community_id = community;
			transfers[i].new_owner_person_id = person(s, name);
			pointers[i] = &transfers[i];
		}
		suite_call_at_once(s, method_member_transfer_ownership, PEOPLE, pointers, NULL,
				   NULL, outcomes);
		for (unsigned i = 0; i < PEOPLE; i++)
			EXPECT_OK(outcomes[i]);
		for (unsigned i = 0; i < PEOPLE; i++) {
			leaves[i] = (Member__LeaveCommunityRequest)
				MEMBER__LEAVE_COMMUNITY_REQUEST__INIT;
			leaves[i].community_id = community;
			leaves[i].person_id = transfers[i].new_owner_person_id;
			pointers[i] = &leaves[i];
		}
		suite_call_at_once(s, method_member_leave_community, PEOPLE, pointers, NULL, NULL,
				   outcomes);
		EXPECT_INT(member_count(s, community), 1);
		EXPECT_INT(
			postgres_int(
				suite_database(s),
				"SELECT count(*) FROM member.membership m JOIN member.community c "
				"USING (community_id) WHERE community_id = '%s' "
				"AND m.role = 'OWNER' AND m.person_id = c.owner_person_id",
				community),
			1);
		expect_sound(s, community);
	}
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joins_is_a_member_with_the_next_number),
		cmocka_unit_test(full_community_refuses_and_says_so),
		cmocka_unit_test(present_member_of_full_community_joins_again_unchanged),
		cmocka_unit_test(refusals_leave_no_hole_in_the_numbers),
		cmocka_unit_test(who_comes_back_keeps_his_number),
		cmocka_unit_test(unknown_person_or_community_is_not_found),
		cmocka_unit_test(closed_modes_admit_whom_the_platform_adds),
		cmocka_unit_test(admin_adds_others_and_a_member_only_himself),
		cmocka_unit_test(leaving_twice_changes_nothing),
		cmocka_unit_test(owner_cannot_leave_or_be_put_out),
		cmocka_unit_test(removed_member_may_come_back_and_a_banned_one_not),
		cmocka_unit_test(who_has_left_can_be_banned_but_not_removed),
		cmocka_unit_test(nobody_acts_on_a_role_that_is_not_below_his),
		cmocka_unit_test(role_is_for_active_members_and_owner_by_transfer),
		cmocka_unit_test(ownership_goes_over_in_one_step),
		cmocka_unit_test(platform_appoints_the_first_owner),
		cmocka_unit_test(list_gives_every_membership_once_by_number),
		cmocka_unit_test(join_repeated_under_one_request_id_is_one),
		cmocka_unit_test(of_64_at_once_exactly_as_many_as_fit_come_in),
		cmocka_unit_test(capacity_is_kept_and_used_while_others_leave),
		cmocka_unit_test(joins_of_the_same_persons_at_once_leave_no_hole),
		cmocka_unit_test(one_request_id_at_once_is_one_join),
		cmocka_unit_test(there_is_one_owner_whatever_happens_at_once),
	};

	return cmocka_run_group_tests_name("member: memberships", tests, start, suite_teardown);
}
