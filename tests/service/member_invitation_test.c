/* Invitations: who makes them, whom they let in, and how often, whatever happens at once. */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/invitation.pb-c.h"
#include "kith/member/v1/join_policy.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD       64
#define INVITE_MODE MEMBER__JOIN_MODE__JOIN_MODE_INVITE

static Google__Protobuf__Timestamp *from_now(struct suite *s, int64_t seconds)
{
	static const Google__Protobuf__Timestamp none = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

	*time = none;
	time->seconds = clock_wall_us() / 1000000 + seconds;

	return time;
}

static struct outcome invite(struct suite *s, const char *community, int32_t max_uses,
			     Member__Invitation *ret)
{
	Member__CreateInvitationRequest request = MEMBER__CREATE_INVITATION_REQUEST__INIT;

	request.community_id = community;
	request.max_uses = max_uses;
	request.source = "letter";
	request.campaign = "autumn";
	request.scene = "door";
	*ret = (Member__Invitation)MEMBER__INVITATION__INIT;

	return suite_call(s, method_member_create_invitation, &request, ret);
}

static struct outcome look_at(struct suite *s, const char *code, Member__InvitationPreview *ret)
{
	Member__GetInvitationRequest request = MEMBER__GET_INVITATION_REQUEST__INIT;

	request.code = code;
	*ret = (Member__InvitationPreview)MEMBER__INVITATION_PREVIEW__INIT;

	return suite_call(s, method_member_get_invitation, &request, ret);
}

static struct outcome revoke(struct suite *s, const Member__Invitation *of, const char *maker)
{
	Member__RevokeInvitationRequest request = MEMBER__REVOKE_INVITATION_REQUEST__INIT;
	Member__Invitation revoked = MEMBER__INVITATION__INIT;

	request.community_id = of->community_id;
	request.invitation_id = of->invitation_id;
	request.person_id = maker ? person(s, maker) : "";

	return suite_call(s, method_member_revoke_invitation, &request, &revoked);
}

static void set_policy(struct suite *s, const char *community, int32_t quota, Member__Role role)
{
	static const char *const paths[] = {"invite_quota", "invite_role"};
	Member__UpdateJoinPolicyRequest request = MEMBER__UPDATE_JOIN_POLICY_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT, made = MEMBER__JOIN_POLICY__INIT;

	mask.paths = (void *)paths;
	mask.n_paths = 2;
	wanted.invite_quota = quota;
	wanted.invite_role = role;
	request.community_id = community;
	request.join_policy = &wanted;
	request.update_mask = &mask;
	EXPECT_OK(suite_call_as_platform(s, method_member_update_join_policy, &request, &made));
}

static int64_t uses(struct suite *s, const char *code)
{
	return postgres_int(suite_database(s),
			    "SELECT i.use_count - 1000 * (SELECT count(*) FROM "
			    "member.invitation_use u WHERE u.invitation_id = i.invitation_id) "
			    "+ 1000 * i.use_count FROM member.invitation i WHERE code = '%s'",
			    code);
}

static void code_lets_in_and_tells_whence(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .join_mode = INVITE_MODE);
	Member__Invitation invitation;
	Member__Membership bob;

	as_person(s, person(s, "ann"));
	EXPECT_OK(invite(s, community, 0, &invitation));
	EXPECT_INT(invitation.max_uses, 1);
	EXPECT_INT(invitation.state, MEMBER__INVITATION_STATE__INVITATION_STATE_ACTIVE);
	EXPECT_INT(strlen(invitation.code), 12);
	for (const char *at = invitation.code; *at; at++)
		assert_true(isalnum((unsigned char)*at));
	EXPECT_OK(come(s, community, "bob", invitation.code));
	bob = membership_of(s, community, "bob");
	EXPECT_TEXT(bob.inviter_person_id, person(s, "ann"));
	EXPECT_TEXT(bob.source, "letter");
	EXPECT_TEXT(bob.campaign, "autumn");
	EXPECT_TEXT(bob.scene, "door");
	EXPECT_INT(uses(s, invitation.code), 1);
}

static void each_refusal_has_its_reason(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .join_mode = INVITE_MODE);
	const char *other = given_community(s, .owner = "ann", .join_mode = INVITE_MODE);
	Member__CreateInvitationRequest for_one = MEMBER__CREATE_INVITATION_REQUEST__INIT;
	Member__Invitation used_up, revoked, expired, personal = MEMBER__INVITATION__INIT;

	as_platform(s);
	EXPECT_OK(invite(s, community, 1, &used_up));
	EXPECT_OK(invite(s, community, 1, &revoked));
	EXPECT_OK(invite(s, community, 1, &expired));
	for_one.community_id = community;
	for_one.target_person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_member_create_invitation, &for_one, &personal));

	EXPECT_STATUS(come(s, community, "cid", "nonsense"), NOT_FOUND, "INVITATION_NOT_FOUND");
	EXPECT_STATUS(come(s, other, "cid", used_up.code), NOT_FOUND, "INVITATION_NOT_FOUND");
	EXPECT_STATUS(come(s, community, "cid", personal.code), FAILED_PRECONDITION,
		      "INVITATION_NOT_FOR_YOU");
	EXPECT_OK(come(s, community, "bob", personal.code));
	EXPECT_OK(come(s, community, "dan", used_up.code));
	EXPECT_STATUS(come(s, community, "cid", used_up.code), FAILED_PRECONDITION,
		      "INVITATION_USED_UP");
	EXPECT_OK(revoke(s, &revoked, NULL));
	EXPECT_OK(revoke(s, &revoked, NULL));
	EXPECT_STATUS(come(s, community, "cid", revoked.code), FAILED_PRECONDITION,
		      "INVITATION_REVOKED");
	postgres_text(suite_database(s),
		      "UPDATE member.invitation SET expire_time = now() - interval '1 s' "
		      "WHERE invitation_id = '%s'",
		      expired.invitation_id);
	EXPECT_STATUS(come(s, community, "cid", expired.code), FAILED_PRECONDITION,
		      "INVITATION_EXPIRED");
}

static void one_person_uses_it_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = INVITE_MODE);
	const char *code = given_invitation(s, community, NULL, 2);

	EXPECT_OK(come(s, community, "bob", code));
	EXPECT_OK(come(s, community, "bob", code));
	EXPECT_INT(uses(s, code), 1);
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come(s, community, "bob", code));
	EXPECT_INT(uses(s, code), 1);
	EXPECT_OK(come(s, community, "cid", code));
	EXPECT_INT(uses(s, code), 2);

	/* Used up; who has come by it comes back by it, nobody else. */
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come(s, community, "bob", code));
	EXPECT_STATUS(come(s, community, "dan", code), FAILED_PRECONDITION, "INVITATION_USED_UP");
	EXPECT_INT(uses(s, code), 2);
}

static void who_was_put_out_invites_nobody(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .join_mode = INVITE_MODE), *code;
	Member__RemoveMembershipRequest remove = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership removed = MEMBER__MEMBERSHIP__INIT;

	EXPECT_OK(join(s, community, "bob"));
	code = given_invitation(s, community, "bob", 5);
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come(s, community, "cid", code));
	EXPECT_STATUS(come(s, community, "bob", code), FAILED_PRECONDITION,
		      "INVITATION_NOT_FOR_YOU"); /* nobody invites himself */
	EXPECT_OK(join(s, community, "bob"));
	remove.community_id = community;
	remove.person_id = person(s, "bob");
	EXPECT_OK(suite_call(s, method_member_remove_membership, &remove, &removed));
	EXPECT_STATUS(come(s, community, "dan", code), FAILED_PRECONDITION, "INVITATION_REVOKED");
}

static void preview_shows_the_community_and_no_person(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Bees", .owner = "ann");
	const char *code = given_invitation(s, community, "ann", 1);
	Member__InvitationPreview preview;

	as_person(s, person(s, "stranger"));
	EXPECT_OK(look_at(s, code, &preview));
	EXPECT_TEXT(preview.community_name, "Bees");
	EXPECT_INT(preview.member_count, 1);
	EXPECT_INT(preview.state, MEMBER__INVITATION_STATE__INVITATION_STATE_ACTIVE);
	assert_false(preview.personal);
	EXPECT_OK(come(s, community, "bob", code));
	EXPECT_OK(look_at(s, code, &preview));
	EXPECT_INT(preview.state, MEMBER__INVITATION_STATE__INVITATION_STATE_USED_UP);
	EXPECT_STATUS(look_at(s, "nonsense", &preview), NOT_FOUND, "INVITATION_NOT_FOUND");
	as_platform(s);
}

static void quota_is_of_persons_and_comes_back_with_a_revocation(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Invitation first, second;
	struct outcome outcome;

	EXPECT_OK(join(s, community, "bob"));
	set_policy(s, community, 5, MEMBER__ROLE__ROLE_MEMBER);
	as_person(s, person(s, "bob"));
	EXPECT_OK(invite(s, community, 3, &first));
	outcome = invite(s, community, 3, &second);
	EXPECT_STATUS(outcome, RESOURCE_EXHAUSTED, "INVITE_QUOTA_EXCEEDED");
	EXPECT_TEXT(outcome_fact(&outcome, "quota"), "5");
	EXPECT_TEXT(outcome_fact(&outcome, "promised"), "3");
	EXPECT_OK(invite(s, community, 2, &second));
	EXPECT_OK(come(s, community, "cid", first.code));
	as_person(s, person(s, "bob"));
	EXPECT_OK(revoke(s, &first, "bob")); /* one came by it: two are free again */
	EXPECT_STATUS(invite(s, community, 3, &first), RESOURCE_EXHAUSTED, "INVITE_QUOTA_EXCEEDED");
	EXPECT_OK(invite(s, community, 2, &first));

	as_person(s, person(s, "ann")); /* staff */
	EXPECT_OK(invite(s, community, 1000, &first));
	as_platform(s);
}

static void policy_says_who_invites(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Invitation invitation;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "eve"));
	EXPECT_OK(give_role(s, community, "eve", MEMBER__ROLE__ROLE_EXPERT));
	set_policy(s, community, 5, MEMBER__ROLE__ROLE_EXPERT);
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(invite(s, community, 1, &invitation), PERMISSION_DENIED,
		      "INVITING_NOT_ALLOWED");
	as_person(s, person(s, "eve"));
	EXPECT_OK(invite(s, community, 1, &invitation));
	set_policy(s, community, 0, MEMBER__ROLE__ROLE_MEMBER);
	as_person(s, person(s, "eve"));
	EXPECT_STATUS(invite(s, community, 1, &invitation), PERMISSION_DENIED,
		      "INVITING_NOT_ALLOWED");
	as_person(s, person(s, "ann"));
	EXPECT_OK(invite(s, community, 1, &invitation));
	as_person(s, person(s, "stranger"));
	EXPECT_STATUS(invite(s, community, 1, &invitation), PERMISSION_DENIED, "NOT_A_MEMBER");
	as_platform(s);
}

static void what_makes_no_invitation(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__CreateInvitationRequest request = MEMBER__CREATE_INVITATION_REQUEST__INIT;
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Invitation made = MEMBER__INVITATION__INIT;

	as_platform(s);
	request.community_id = community;
	request.expire_time = from_now(s, -1);
	EXPECT_STATUS(suite_call(s, method_member_create_invitation, &request, &made),
		      INVALID_ARGUMENT, "BAD_EXPIRE_TIME");
	request.expire_time = from_now(s, 60);
	request.target_person_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(suite_call(s, method_member_create_invitation, &request, &made), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	request.target_person_id = "";
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(suite_call(s, method_member_create_invitation, &request, &made),
		      FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	request.community_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(suite_call(s, method_member_create_invitation, &request, &made), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static size_t count_listed(struct suite *s, const char *community, const char *maker)
{
	Member__ListInvitationsRequest request = MEMBER__LIST_INVITATIONS_REQUEST__INIT;
	Member__ListInvitationsResponse page;
	size_t n = 0;

	request.community_id = community;
	request.person_id = maker ? person(s, maker) : "";
	request.page_size = 2;
	do {
		page = (Member__ListInvitationsResponse)MEMBER__LIST_INVITATIONS_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_invitations, &request, &page));
		n += page.n_invitations;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);

	return n;
}

static void maker_sees_and_revokes_his_own(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListInvitationsRequest request = MEMBER__LIST_INVITATIONS_REQUEST__INIT;
	Member__ListInvitationsResponse page = MEMBER__LIST_INVITATIONS_RESPONSE__INIT;
	Member__Invitation anns, bobs;

	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(invite(s, community, 1, &anns));
	EXPECT_OK(invite(s, community, 1, &anns));
	EXPECT_OK(invite(s, community, 1, &anns));
	as_person(s, person(s, "bob"));
	EXPECT_OK(invite(s, community, 1, &bobs));
	EXPECT_INT(count_listed(s, community, "bob"), 1);
	request.community_id = community;
	EXPECT_STATUS(suite_call(s, method_member_list_invitations, &request, &page),
		      PERMISSION_DENIED, NULL);
	EXPECT_STATUS(revoke(s, &anns, "bob"), NOT_FOUND, "INVITATION_NOT_FOUND");
	EXPECT_STATUS(revoke(s, &anns, "ann"), PERMISSION_DENIED, NULL);
	EXPECT_OK(revoke(s, &bobs, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_INT(count_listed(s, community, NULL), 4);
	as_platform(s);
}

/* 64 persons at the same moment, each with the code; how many came in. */
static size_t crowd_comes(struct suite *s, const char *community, const char *code,
			  unsigned different)
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
		requests[i].invitation_code = code;
		pointers[i] = &requests[i];
	}
	suite_call_at_once(s, method_member_join_community, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			admitted++;
		else
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "INVITATION_USED_UP");
	}

	return admitted;
}

static void n_uses_admit_exactly_n_of_64_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = INVITE_MODE);
	const char *code = given_invitation(s, community, NULL, 10);

	EXPECT_INT(crowd_comes(s, community, code, CROWD), 10);
	EXPECT_INT(uses(s, code), 10);
	EXPECT_INT(member_count(s, community), 10);
}

static void few_persons_at_once_use_it_once_each(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = INVITE_MODE);
	const char *code = given_invitation(s, community, NULL, 5);

	EXPECT_INT(crowd_comes(s, community, code, 5), CROWD);
	EXPECT_INT(uses(s, code), 5);
	EXPECT_INT(member_count(s, community), 5);
}

static void quota_holds_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__CreateInvitationRequest request = MEMBER__CREATE_INVITATION_REQUEST__INIT;
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	int64_t made = 0;

	EXPECT_OK(join(s, community, "bob"));
	set_policy(s, community, 7, MEMBER__ROLE__ROLE_MEMBER);
	request.community_id = community;
	for (unsigned i = 0; i < CROWD; i++)
		pointers[i] = &request;
	as_person(s, person(s, "bob"));
	suite_call_at_once(s, method_member_create_invitation, CROWD, pointers, NULL, NULL,
			   outcomes);
	as_platform(s);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			made++;
		else
			EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "INVITE_QUOTA_EXCEEDED");
	}
	EXPECT_INT(made, 7);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_lets_in_and_tells_whence),
		cmocka_unit_test(each_refusal_has_its_reason),
		cmocka_unit_test(one_person_uses_it_once),
		cmocka_unit_test(who_was_put_out_invites_nobody),
		cmocka_unit_test(preview_shows_the_community_and_no_person),
		cmocka_unit_test(quota_is_of_persons_and_comes_back_with_a_revocation),
		cmocka_unit_test(policy_says_who_invites),
		cmocka_unit_test(what_makes_no_invitation),
		cmocka_unit_test(maker_sees_and_revokes_his_own),
		cmocka_unit_test(n_uses_admit_exactly_n_of_64_at_once),
		cmocka_unit_test(few_persons_at_once_use_it_once_each),
		cmocka_unit_test(quota_holds_at_once),
	};

	return cmocka_run_group_tests_name("member: invitations", tests, start, suite_teardown);
}
