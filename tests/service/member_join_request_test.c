/* Join requests: asking, answering, time that runs out, and all of it at once. */
#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/join_policy.pb-c.h"
#include "kith/member/v1/join_request.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD       64
#define PATIENCE_US 10000000

#define APPROVAL_MODE MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL
#define PENDING       MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_PENDING
#define APPROVED      MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_APPROVED
#define REJECTED      MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_REJECTED
#define EXPIRED       MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_EXPIRED
#define CANCELLED     MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_CANCELLED

static struct outcome ask_with(struct suite *s, Member__RequestToJoinRequest *request,
			       const char *name, Member__JoinRequest *ret)
{
	struct outcome outcome;

	request->person_id = person(s, name);
	as_person(s, request->person_id);
	outcome = suite_call(s, method_member_request_to_join, request, ret);
	as_platform(s);

	return outcome;
}

static struct outcome ask(struct suite *s, const char *community, const char *name,
			  Member__JoinRequest *ret)
{
	Member__RequestToJoinRequest request = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;

	request.community_id = community;
	*ret = (Member__JoinRequest)MEMBER__JOIN_REQUEST__INIT;

	return ask_with(s, &request, name, ret);
}

static Member__JoinRequest asked(struct suite *s, const char *community, const char *name)
{
	Member__JoinRequest request;

	EXPECT_OK(ask(s, community, name, &request));
	EXPECT_INT(request.state, PENDING);

	return request;
}

static struct outcome approve(struct suite *s, const Member__JoinRequest *of)
{
	Member__ApproveJoinRequestRequest request = MEMBER__APPROVE_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest changed = MEMBER__JOIN_REQUEST__INIT;

	request.community_id = of->community_id;
	request.join_request_id = of->join_request_id;

	return suite_call(s, method_member_approve_join_request, &request, &changed);
}

static struct outcome reject(struct suite *s, const Member__JoinRequest *of)
{
	Member__RejectJoinRequestRequest request = MEMBER__REJECT_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest changed = MEMBER__JOIN_REQUEST__INIT;

	request.community_id = of->community_id;
	request.join_request_id = of->join_request_id;
	request.reason = "not now";

	return suite_call(s, method_member_reject_join_request, &request, &changed);
}

static struct outcome cancel(struct suite *s, const Member__JoinRequest *of)
{
	Member__CancelJoinRequestRequest request = MEMBER__CANCEL_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest changed = MEMBER__JOIN_REQUEST__INIT;

	request.community_id = of->community_id;
	request.join_request_id = of->join_request_id;
	request.person_id = of->person_id;

	return suite_call(s, method_member_cancel_join_request, &request, &changed);
}

static Member__JoinRequest read_again(struct suite *s, const Member__JoinRequest *of)
{
	Member__GetJoinRequestRequest request = MEMBER__GET_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest read = MEMBER__JOIN_REQUEST__INIT;

	request.community_id = of->community_id;
	request.join_request_id = of->join_request_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_join_request, &request, &read));

	return read;
}

static void let_time_run_out(struct suite *s, const Member__JoinRequest *of)
{
	postgres_text(suite_database(s),
		      "UPDATE member.join_request SET expire_time = now() - interval '1 s' "
		      "WHERE join_request_id = '%s'",
		      of->join_request_id);
}

static int64_t members(struct suite *s, const char *community)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.membership WHERE community_id = '%s' "
			    "AND state = 'ACTIVE'",
			    community);
}

static void approval_admits_at_once(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .owner = "ann", .join_mode = APPROVAL_MODE, .capacity = 9);
	Member__RequestToJoinRequest wanted = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	Member__JoinRequest request = MEMBER__JOIN_REQUEST__INIT;
	Member__Membership bob;

	wanted.community_id = community;
	wanted.source = "fair";
	wanted.campaign = "spring";
	wanted.scene = "stand";
	wanted.inviter_person_id = person(s, "ann");
	EXPECT_OK(ask_with(s, &wanted, "bob", &request));
	EXPECT_INT(request.state, PENDING);
	EXPECT_INT(request.expire_time->seconds - request.create_time->seconds, 7 * 86400);
	EXPECT_INT(members(s, community), 1);

	as_person(s, person(s, "ann"));
	EXPECT_OK(approve(s, &request));
	request = read_again(s, &request);
	EXPECT_INT(request.state, APPROVED);
	EXPECT_TEXT(request.decider_person_id, person(s, "ann"));
	assert_non_null(request.decide_time);
	bob = membership_of(s, community, "bob");
	EXPECT_INT(bob.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(bob.source, "fair");
	EXPECT_TEXT(bob.campaign, "spring");
	EXPECT_TEXT(bob.scene, "stand");
	EXPECT_TEXT(bob.inviter_person_id, person(s, "ann"));
	EXPECT_INT(member_count(s, community), 2);
	as_platform(s);
}

static void each_state_but_pending_is_an_end(void **state)
{
	static struct outcome (*const deeds[])(struct suite *, const Member__JoinRequest *) = {
		approve, reject, cancel};
	static const char *const names[] = {
		"JOIN_REQUEST_STATE_APPROVED", "JOIN_REQUEST_STATE_REJECTED",
		"JOIN_REQUEST_STATE_CANCELLED", "JOIN_REQUEST_STATE_EXPIRED"};
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);

	as_platform(s);
	for (size_t end = 0; end < 4; end++) {
		Member__JoinRequest request =
			asked(s, community, arena_printf(suite_arena(s), "asker %zu", end));

		if (end < 3)
			EXPECT_OK(deeds[end](s, &request));
		else
			let_time_run_out(s, &request);
		for (size_t i = 0; i < 3; i++) {
			struct outcome outcome = deeds[i](s, &request);

			EXPECT_STATUS(outcome, FAILED_PRECONDITION, "JOIN_REQUEST_STATE");
			EXPECT_TEXT(outcome_fact(&outcome, "state"), names[end]);
		}
	}
	EXPECT_INT(members(s, community), 1);
}

static void one_request_is_pending_at_a_time(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	Member__JoinRequest first = asked(s, community, "bob"), second;

	EXPECT_STATUS(ask(s, community, "bob", &second), ALREADY_EXISTS, "JOIN_REQUEST_PENDING");
	EXPECT_OK(reject(s, &first));
	EXPECT_TEXT(read_again(s, &first).reason, "not now");
	second = asked(s, community, "bob");
	let_time_run_out(s, &second);
	asked(s, community, "bob");
	EXPECT_INT(read_again(s, &second).state, EXPIRED);
}

static void who_is_in_or_was_banned_does_not_ask(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .join_mode = APPROVAL_MODE);
	Member__RemoveMembershipRequest ban = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership banned = MEMBER__MEMBERSHIP__INIT;
	Member__JoinRequest request;

	EXPECT_STATUS(ask(s, community, "ann", &request), FAILED_PRECONDITION, "ALREADY_A_MEMBER");
	request = asked(s, community, "bob");
	EXPECT_OK(join(s, community, "cid"));
	ban.community_id = community;
	ban.person_id = person(s, "cid");
	ban.ban = true;
	EXPECT_OK(suite_call(s, method_member_remove_membership, &ban, &banned));
	EXPECT_STATUS(ask(s, community, "cid", &request), FAILED_PRECONDITION, "BANNED");
	EXPECT_STATUS(ask(s, "11111111-1111-4111-8111-111111111111", "cid", &request), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void only_a_way_with_approval_takes_requests(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__JoinRequest request;
	struct outcome outcome;

	EXPECT_STATUS(ask(s, community, "bob", &request), FAILED_PRECONDITION,
		      "APPROVAL_NOT_OFFERED");
	given_ways(s, community, "PAID,APPROVAL VERIFIED", NULL);
	outcome = ask(s, community, "bob", &request);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "VERIFICATION_REQUIRED");
	EXPECT_TEXT(outcome_fact(&outcome, "missing"), "VERIFIED");
	postgres_text(suite_database(s),
		      "UPDATE member.person SET verify_time = now() WHERE person_id = '%s'",
		      person(s, "bob"));
	request = asked(s, community, "bob");

	/* What else the way asks for has to hold when he is let in, too. */
	postgres_text(suite_database(s),
		      "UPDATE member.person SET verify_time = NULL WHERE person_id = '%s'",
		      person(s, "bob"));
	EXPECT_STATUS(approve(s, &request), FAILED_PRECONDITION, "VERIFICATION_REQUIRED");
	EXPECT_INT(read_again(s, &request).state, PENDING);
}

static void questions_are_answered_one_by_one(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	const char *questions[] = {"Why?", "Whence?"}, *answers[] = {"Because.", "From afar."};
	Member__UpdateJoinPolicyRequest update = MEMBER__UPDATE_JOIN_POLICY_REQUEST__INIT;
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT, changed = MEMBER__JOIN_POLICY__INIT;
	Member__RequestToJoinRequest wanted = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	Member__JoinRequest request = MEMBER__JOIN_REQUEST__INIT;

	policy.questions = questions;
	policy.n_questions = 2;
	policy.request_valid_days = 1;
	update.community_id = community;
	update.join_policy = &policy;
	EXPECT_OK(suite_call_as_platform(s, method_member_update_join_policy, &update, &changed));

	wanted.community_id = community;
	EXPECT_STATUS(ask_with(s, &wanted, "bob", &request), INVALID_ARGUMENT, "BAD_ANSWERS");
	wanted.answers = answers;
	wanted.n_answers = 1;
	EXPECT_STATUS(ask_with(s, &wanted, "bob", &request), INVALID_ARGUMENT, "BAD_ANSWERS");
	wanted.n_answers = 2;
	answers[1] = "";
	EXPECT_STATUS(ask_with(s, &wanted, "bob", &request), INVALID_ARGUMENT, "BAD_ANSWERS");
	answers[1] = "From afar.";
	EXPECT_OK(ask_with(s, &wanted, "bob", &request));
	EXPECT_TEXT(request.questions[0], "Why?");
	EXPECT_TEXT(request.answers[1], "From afar.");
	EXPECT_INT(request.expire_time->seconds - request.create_time->seconds, 86400);
}

static void full_community_leaves_the_request_pending(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .owner = "ann", .capacity = 1, .join_mode = APPROVAL_MODE);
	Member__JoinRequest request = asked(s, community, "bob");

	EXPECT_STATUS(approve(s, &request), RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	EXPECT_INT(read_again(s, &request).state, PENDING);
	EXPECT_INT(members(s, community), 1);
}

static void who_gets_in_otherwise_asks_no_more(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	Member__JoinRequest request = asked(s, community, "bob");

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_INT(read_again(s, &request).state, CANCELLED);
}

static void invitation_of_a_request_counts_when_it_is_approved(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann"), *code;
	Member__RequestToJoinRequest wanted = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	Member__JoinRequest bob = MEMBER__JOIN_REQUEST__INIT, cid = MEMBER__JOIN_REQUEST__INIT;

	given_ways(s, community, "INVITE APPROVAL", NULL);
	code = given_invitation(s, community, "ann", 1);
	wanted.community_id = community;
	EXPECT_STATUS(ask_with(s, &wanted, "bob", &bob), FAILED_PRECONDITION,
		      "INVITATION_REQUIRED");
	wanted.invitation_code = "nonsense";
	EXPECT_STATUS(ask_with(s, &wanted, "bob", &bob), NOT_FOUND, "INVITATION_NOT_FOUND");
	wanted.invitation_code = code;
	EXPECT_OK(ask_with(s, &wanted, "bob", &bob));
	EXPECT_OK(ask_with(s, &wanted, "cid", &cid));
	EXPECT_OK(approve(s, &bob));
	EXPECT_TEXT(membership_of(s, community, "bob").inviter_person_id, person(s, "ann"));
	EXPECT_STATUS(approve(s, &cid), FAILED_PRECONDITION, "INVITATION_USED_UP");
	EXPECT_INT(read_again(s, &cid).state, PENDING);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT use_count FROM member.invitation WHERE code = '%s'", code),
		   1);
}

static void person_sees_his_own_and_moderators_all(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann", .join_mode = APPROVAL_MODE);
	Member__JoinRequest bob = asked(s, community, "bob"), cid = asked(s, community, "cid");
	Member__ListJoinRequestsRequest list = MEMBER__LIST_JOIN_REQUESTS_REQUEST__INIT;
	Member__ListJoinRequestsResponse page = MEMBER__LIST_JOIN_REQUESTS_RESPONSE__INIT;
	Member__GetJoinRequestRequest get = MEMBER__GET_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest read = MEMBER__JOIN_REQUEST__INIT;

	EXPECT_OK(join(s, community, "dan"));
	EXPECT_OK(give_role(s, community, "dan", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(reject(s, &cid));
	list.community_id = get.community_id = community;

	as_person(s, person(s, "dan"));
	EXPECT_OK(suite_call(s, method_member_list_join_requests, &list, &page));
	EXPECT_INT(page.n_join_requests, 2);
	list.state = PENDING;
	page = (Member__ListJoinRequestsResponse)MEMBER__LIST_JOIN_REQUESTS_RESPONSE__INIT;
	EXPECT_OK(suite_call(s, method_member_list_join_requests, &list, &page));
	EXPECT_INT(page.n_join_requests, 1);
	EXPECT_TEXT(page.join_requests[0]->join_request_id, bob.join_request_id);

	as_person(s, person(s, "cid"));
	list.state = 0;
	EXPECT_STATUS(suite_call(s, method_member_list_join_requests, &list, &page),
		      PERMISSION_DENIED, NULL);
	list.person_id = person(s, "cid");
	page = (Member__ListJoinRequestsResponse)MEMBER__LIST_JOIN_REQUESTS_RESPONSE__INIT;
	EXPECT_OK(suite_call(s, method_member_list_join_requests, &list, &page));
	EXPECT_INT(page.n_join_requests, 1);
	EXPECT_TEXT(page.join_requests[0]->join_request_id, cid.join_request_id);
	get.person_id = person(s, "cid");
	get.join_request_id = bob.join_request_id;
	EXPECT_STATUS(suite_call(s, method_member_get_join_request, &get, &read), NOT_FOUND,
		      "JOIN_REQUEST_NOT_FOUND");
	EXPECT_STATUS(approve(s, &bob), PERMISSION_DENIED, NULL);
	bob.person_id = person(s, "cid");
	EXPECT_STATUS(cancel(s, &bob), NOT_FOUND, "JOIN_REQUEST_NOT_FOUND");
	as_platform(s);
}

static void schedule_writes_down_what_has_expired(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	Member__JoinRequest request = asked(s, community, "bob"),
			    other = asked(s, community, "cid");
	int64_t until_us = clock_mono_us() + PATIENCE_US;

	let_time_run_out(s, &request);
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.join_request WHERE state = 'EXPIRED' "
			    "AND join_request_id = '%s'",
			    request.join_request_id) == 0)
		assert_true(clock_mono_us() < until_us);
	EXPECT_INT(read_again(s, &other).state, PENDING);
}

/* Of each request one approves, one rejects, one takes back, one lets the person in without it; and
 * of every other one time runs out. */
static void whatever_happens_at_once_he_is_in_once(void **state)
{
	enum { PEOPLE = CROWD / 4 };
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	Member__ApproveJoinRequestRequest approvals[PEOPLE];
	Member__RejectJoinRequestRequest rejections[PEOPLE];
	Member__CancelJoinRequestRequest cancellations[PEOPLE];
	Member__JoinCommunityRequest joins[PEOPLE];
	const struct method *methods[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	for (unsigned i = 0; i < PEOPLE; i++) {
		Member__JoinRequest request =
			asked(s, community, arena_printf(suite_arena(s), "racer %u", i));

		approvals[i] = (Member__ApproveJoinRequestRequest)
			MEMBER__APPROVE_JOIN_REQUEST_REQUEST__INIT;
		rejections[i] =
			(Member__RejectJoinRequestRequest)MEMBER__REJECT_JOIN_REQUEST_REQUEST__INIT;
		cancellations[i] =
			(Member__CancelJoinRequestRequest)MEMBER__CANCEL_JOIN_REQUEST_REQUEST__INIT;
		joins[i] = (Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
		approvals[i].community_id = rejections[i].community_id =
			cancellations[i].community_id = joins[i].community_id = community;
		approvals[i].join_request_id = rejections[i].join_request_id =
			cancellations[i].join_request_id = request.join_request_id;
		cancellations[i].person_id = joins[i].person_id = request.person_id;
		methods[4 * i] = method_member_approve_join_request;
		methods[4 * i + 1] = method_member_reject_join_request;
		methods[4 * i + 2] = method_member_cancel_join_request;
		methods[4 * i + 3] = method_member_join_community;
		pointers[4 * i] = &approvals[i];
		pointers[4 * i + 1] = &rejections[i];
		pointers[4 * i + 2] = &cancellations[i];
		pointers[4 * i + 3] = &joins[i];
	}
	postgres_text(suite_database(s),
		      "UPDATE member.join_request SET expire_time = now() - interval '1 s' "
		      "WHERE community_id = '%s' AND get_byte(uuid_send(person_id), 15) %% 2 = 0",
		      community);
	suite_call_mixed(s, CROWD, methods, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < PEOPLE; i++) {
		unsigned answers = 0;

		for (unsigned k = 0; k < 3; k++) {
			if (outcomes[4 * i + k].status == STATUS_OK)
				answers++;
			else
				EXPECT_STATUS(outcomes[4 * i + k], FAILED_PRECONDITION,
					      "JOIN_REQUEST_STATE");
		}
		assert_true(answers <= 1);
		EXPECT_OK(outcomes[4 * i + 3]);
	}
	EXPECT_INT(members(s, community), PEOPLE);
	EXPECT_INT(member_count(s, community), PEOPLE);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.membership WHERE community_id = '%s' "
				"AND version <> 1",
				community),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.join_request WHERE community_id = "
				"'%s' AND state = 'PENDING' AND expire_time > now()",
				community),
		   0);
}

static void of_64_asking_at_once_as_many_as_fit_are_approved(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .join_mode = APPROVAL_MODE, .capacity = CROWD / 4);
	Member__ApproveJoinRequestRequest approvals[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		Member__JoinRequest request =
			asked(s, community, arena_printf(suite_arena(s), "crowd %u", i));

		approvals[i] = (Member__ApproveJoinRequestRequest)
			MEMBER__APPROVE_JOIN_REQUEST_REQUEST__INIT;
		approvals[i].community_id = community;
		approvals[i].join_request_id = request.join_request_id;
		pointers[i] = &approvals[i];
	}
	suite_call_at_once(s, method_member_approve_join_request, CROWD, pointers, NULL, NULL,
			   outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
	}
	EXPECT_INT(members(s, community), CROWD / 4);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.join_request WHERE community_id = "
				"'%s' AND state = 'PENDING'",
				community),
		   CROWD - CROWD / 4);
}

static void one_person_asking_at_once_asks_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .join_mode = APPROVAL_MODE);
	Member__RequestToJoinRequest request = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	int64_t made = 0;

	request.community_id = community;
	request.person_id = person(s, "bob");
	for (unsigned i = 0; i < CROWD; i++)
		pointers[i] = &request;
	suite_call_at_once(s, method_member_request_to_join, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			made++;
		else
			EXPECT_STATUS(outcomes[i], ALREADY_EXISTS, "JOIN_REQUEST_PENDING");
	}
	EXPECT_INT(made, 1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(approval_admits_at_once),
		cmocka_unit_test(each_state_but_pending_is_an_end),
		cmocka_unit_test(one_request_is_pending_at_a_time),
		cmocka_unit_test(who_is_in_or_was_banned_does_not_ask),
		cmocka_unit_test(only_a_way_with_approval_takes_requests),
		cmocka_unit_test(questions_are_answered_one_by_one),
		cmocka_unit_test(full_community_leaves_the_request_pending),
		cmocka_unit_test(who_gets_in_otherwise_asks_no_more),
		cmocka_unit_test(invitation_of_a_request_counts_when_it_is_approved),
		cmocka_unit_test(person_sees_his_own_and_moderators_all),
		cmocka_unit_test(schedule_writes_down_what_has_expired),
		cmocka_unit_test(whatever_happens_at_once_he_is_in_once),
		cmocka_unit_test(of_64_asking_at_once_as_many_as_fit_are_approved),
		cmocka_unit_test(one_person_asking_at_once_asks_once),
	};

	return cmocka_run_group_tests_name("member: join requests", tests, start, suite_teardown);
}
