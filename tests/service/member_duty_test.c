/* Operators: their rank, here and in the other services, and how fast it comes and goes. */
#include "base/clock.h"
#include "content/content.h"
#include "content_words.h"
#include "given.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define PATIENCE_US 30000000
#define CROWD       64

#define MODERATOR MEMBER__DUTY_ROLE__DUTY_ROLE_MODERATOR
#define ADMIN     MEMBER__DUTY_ROLE__DUTY_ROLE_ADMIN

static Member__DutyKind all_kinds[] = {
	MEMBER__DUTY_KIND__DUTY_KIND_CONTENT,
	MEMBER__DUTY_KIND__DUTY_KIND_MEMBER,
};

static struct outcome assign(struct suite *s, const char *name, Member__DutyRole role, size_t n,
			     const char **communities, int64_t *ret_count)
{
	Member__AssignDutyRequest request = MEMBER__ASSIGN_DUTY_REQUEST__INIT;
	Member__AssignDutyResponse reply = MEMBER__ASSIGN_DUTY_RESPONSE__INIT;
	struct outcome outcome;

	request.person_id = person(s, name);
	request.community_ids = communities;
	request.n_community_ids = n;
	request.kinds = all_kinds;
	request.n_kinds = 2;
	request.role = role;
	outcome = suite_call_as_platform(s, method_member_assign_duty, &request, &reply);
	if (ret_count)
		*ret_count = reply.assigned_count;

	return outcome;
}

static struct outcome revoke(struct suite *s, const char *name, const char *community,
			     int64_t *ret_count)
{
	Member__RevokeDutyRequest request = MEMBER__REVOKE_DUTY_REQUEST__INIT;
	Member__RevokeDutyResponse reply = MEMBER__REVOKE_DUTY_RESPONSE__INIT;
	struct outcome outcome;

	request.person_id = person(s, name);
	request.community_ids = &community;
	request.n_community_ids = 1;
	outcome = suite_call_as_platform(s, method_member_revoke_duty, &request, &reply);
	if (ret_count)
		*ret_count = reply.revoked_count;

	return outcome;
}

static struct outcome put_out(struct suite *s, const char *community, const char *name)
{
	Member__RemoveMembershipRequest request = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership removed = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);

	return suite_call(s, method_member_remove_membership, &request, &removed);
}

static struct outcome portfolio(struct suite *s, const char *name,
				Member__ListPortfolioResponse *ret)
{
	Member__ListPortfolioRequest request = MEMBER__LIST_PORTFOLIO_REQUEST__INIT;

	request.person_id = person(s, name);
	member__list_portfolio_response__init(ret);

	return suite_call(s, method_member_list_portfolio, &request, ret);
}

static void operator_acts_with_the_rank_of_his_duty(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	EXPECT_OK(give_role(s, community, "cid", MEMBER__ROLE__ROLE_ADMIN));
	as_named(s, "olga");
	EXPECT_STATUS(put_out(s, community, "bob"), PERMISSION_DENIED, "NOT_A_MEMBER");
	EXPECT_OK(assign(s, "olga", MODERATOR, 1, &community, NULL));
	EXPECT_STATUS(put_out(s, community, "bob"), PERMISSION_DENIED, "RANK_TOO_LOW");
	EXPECT_OK(assign(s, "olga", ADMIN, 1, &community, NULL));
	EXPECT_OK(put_out(s, community, "bob"));

	/* Nobody acts on a role that is not below his own, an operator neither. */
	EXPECT_STATUS(put_out(s, community, "cid"), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_STATUS(put_out(s, community, "ann"), FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE");

	EXPECT_OK(revoke(s, "olga", community, NULL));
	EXPECT_STATUS(put_out(s, community, "cid"), PERMISSION_DENIED, "NOT_A_MEMBER");
}

static void greater_of_duty_and_membership_counts(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "olga"));
	EXPECT_OK(assign(s, "olga", ADMIN, 1, &community, NULL));
	as_named(s, "olga");
	EXPECT_OK(put_out(s, community, "bob"));
	EXPECT_INT(membership_of(s, community, "olga").role, MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(assign(s, "ann", MODERATOR, 1, &community, NULL));
	as_named(s, "ann");
	EXPECT_OK(put_out(s, community, "bob")); /* the owner stays what she is */
}

/* In content, which hears of duties by events, and asks about strangers. */
static void duty_has_power_in_the_other_services_at_once_and_loses_it_soon(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Content__Post post = CONTENT__POST__INIT, removed = CONTENT__POST__INIT;
	const char *first = given_post(s, community, "ann"),
		   *second = given_post(s, community, "ann");
	int64_t until;

	EXPECT_OK(assign(s, "olga", MODERATOR, 1, &community, NULL));
	as_named(s, "olga");
	EXPECT_OK(get_post(s, community, first, &post)); /* for members only */
	EXPECT_OK(remove_post(s, community, first, &removed));
	EXPECT_OK(get_post(s, community, first, &post)); /* removed: for moderators only */

	EXPECT_OK(revoke(s, "olga", community, NULL));
	until = clock_mono_us() + PATIENCE_US;
	while (get_post(s, community, first, &post).status == STATUS_OK)
		assert_true(clock_mono_us() < until);
	EXPECT_STATUS(remove_post(s, community, second, &removed), PERMISSION_DENIED,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(get_post(s, community, second, &post), NOT_FOUND, "POST_NOT_FOUND");

	/* Who was refused is believed when he is assigned again. */
	EXPECT_OK(assign(s, "olga", MODERATOR, 1, &community, NULL));
	until = clock_mono_us() + PATIENCE_US;
	while (remove_post(s, community, second, &removed).status != STATUS_OK)
		assert_true(clock_mono_us() < until);
}

static void strangers_leave_no_trace(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Content__Post post = CONTENT__POST__INIT;
	const char *written = given_post(s, community, "ann");

	as_named(s, "stranger");
	for (int i = 0; i < 3; i++)
		EXPECT_STATUS(get_post(s, community, written, &post), NOT_FOUND, "POST_NOT_FOUND");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.replica_duty "
				"WHERE community_id = '%s' AND person_id = '%s'",
				community, person(s, "stranger")),
		   0);
}

static void assigning_is_all_or_nothing(void **state)
{
	struct suite *s = *state;
	const char *communities[] = {given_community(s), "11111111-1111-4111-8111-111111111111"};
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__AssignDutyRequest nobody = MEMBER__ASSIGN_DUTY_REQUEST__INIT;
	Member__AssignDutyResponse reply = MEMBER__ASSIGN_DUTY_RESPONSE__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__ListPortfolioResponse list;

	EXPECT_STATUS(assign(s, "pat", ADMIN, 2, communities, NULL), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	communities[1] = given_community(s);
	request.community_id = communities[1];
	EXPECT_OK(suite_call_as_platform(s, method_member_archive_community, &request, &archived));
	EXPECT_STATUS(assign(s, "pat", ADMIN, 2, communities, NULL), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	as_platform(s);
	EXPECT_OK(portfolio(s, "pat", &list));
	EXPECT_INT(list.community_count, 0);
	EXPECT_INT(list.n_communities, 0);

	nobody.person_id = "11111111-1111-4111-8111-111111111111";
	nobody.community_ids = communities;
	nobody.n_community_ids = 1;
	nobody.kinds = all_kinds;
	nobody.n_kinds = 1;
	nobody.role = ADMIN;
	EXPECT_STATUS(suite_call(s, method_member_assign_duty, &nobody, &reply), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	as_named(s, "pat");
	EXPECT_STATUS(suite_call(s, method_member_assign_duty, &nobody, &reply), PERMISSION_DENIED,
		      NULL);
}

static void portfolio_is_what_one_operates(void **state)
{
	struct suite *s = *state;
	const char *communities[] = {given_community(s, .name = "Old"),
				     given_community(s, .name = "New", .owner = "ann")};
	Member__ListPortfolioResponse list;
	int64_t n;

	EXPECT_OK(assign(s, "quin", ADMIN, 2, communities, &n));
	EXPECT_INT(n, 2);
	EXPECT_OK(assign(s, "quin", ADMIN, 2, communities, &n)); /* has them just so */
	EXPECT_INT(n, 0);
	EXPECT_OK(assign(s, "quin", MODERATOR, 1, communities, &n));
	EXPECT_INT(n, 1);

	as_named(s, "quin");
	EXPECT_OK(portfolio(s, "quin", &list));
	EXPECT_INT(list.community_count, 2);
	EXPECT_INT(list.n_communities, 2);
	EXPECT_TEXT(list.communities[0]->name, "New");
	EXPECT_INT(list.communities[0]->member_count, 1);
	EXPECT_INT(list.duties[0]->role, ADMIN);
	EXPECT_INT(list.duties[0]->n_kinds, 2);
	EXPECT_TEXT(list.duties[1]->community_id, communities[0]);
	EXPECT_INT(list.duties[1]->role, MODERATOR);
	EXPECT_INT(list.duties[1]->version, 2);

	EXPECT_OK(revoke(s, "quin", communities[1], &n));
	EXPECT_INT(n, 1);
	EXPECT_OK(revoke(s, "quin", communities[1], &n));
	EXPECT_INT(n, 0);
	EXPECT_OK(portfolio(s, "quin", &list));
	EXPECT_INT(list.community_count, 1);
	EXPECT_INT(list.n_communities, 1);
	as_named(s, "bob");
	EXPECT_STATUS(portfolio(s, "quin", &list), PERMISSION_DENIED, NULL);
}

static void duties_of_a_community_are_for_its_moderators_and_the_operator(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListDutiesRequest request = MEMBER__LIST_DUTIES_REQUEST__INIT;
	Member__ListDutiesResponse list = MEMBER__LIST_DUTIES_RESPONSE__INIT;
	Member__GetDutyRequest one = MEMBER__GET_DUTY_REQUEST__INIT;
	Member__Duty duty = MEMBER__DUTY__INIT;

	EXPECT_OK(assign(s, "ray", ADMIN, 1, &community, NULL));
	EXPECT_OK(assign(s, "sue", MODERATOR, 1, &community, NULL));
	request.community_id = community;
	request.kind = MEMBER__DUTY_KIND__DUTY_KIND_CONTENT;
	as_named(s, "sue"); /* a moderator by her duty */
	EXPECT_OK(suite_call(s, method_member_list_duties, &request, &list));
	EXPECT_INT(list.n_duties, 2);
	request.kind = MEMBER__DUTY_KIND__DUTY_KIND_SERVICE;
	EXPECT_OK(suite_call(s, method_member_list_duties, &request, &list));
	EXPECT_INT(list.n_duties, 0);
	as_named(s, "bob");
	EXPECT_STATUS(suite_call(s, method_member_list_duties, &request, &list), PERMISSION_DENIED,
		      NULL);

	one.community_id = community;
	one.person_id = person(s, "ray");
	as_named(s, "ray");
	EXPECT_OK(suite_call(s, method_member_get_duty, &one, &duty));
	EXPECT_INT(duty.role, ADMIN);
	EXPECT_OK(revoke(s, "ray", community, NULL));
	EXPECT_STATUS(suite_call(s, method_member_get_duty, &one, &duty), NOT_FOUND,
		      "DUTY_NOT_FOUND");
}

/* What a person's rows say together, whatever was done at once. */
static void count_of_a_portfolio_is_right_however_many_assign_at_once(void **state)
{
	struct suite *s = *state;
	Member__AssignDutyRequest requests[CROWD];
	const void *pointers[CROWD];
	const char *communities[4];
	struct outcome outcomes[CROWD];

	for (size_t i = 0; i < 4; i++)
		communities[i] = given_community(s);
	for (size_t i = 0; i < CROWD; i++) {
		requests[i] = (Member__AssignDutyRequest)MEMBER__ASSIGN_DUTY_REQUEST__INIT;
		requests[i].person_id = person(s, "tim");
		requests[i].community_ids = &communities[i % 4];
		requests[i].n_community_ids = 1;
		requests[i].kinds = all_kinds;
		requests[i].n_kinds = 1 + i / 4 % 2;
		requests[i].role = i / 8 % 2 ? ADMIN : MODERATOR;
		pointers[i] = &requests[i];
	}
	as_platform(s);
	suite_call_at_once(s, method_member_assign_duty, CROWD, pointers, NULL, NULL, outcomes);
	for (size_t i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT community_count FROM member.portfolio "
				"WHERE person_id = '%s'",
				person(s, "tim")),
		   4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operator_acts_with_the_rank_of_his_duty),
		cmocka_unit_test(greater_of_duty_and_membership_counts),
		cmocka_unit_test(duty_has_power_in_the_other_services_at_once_and_loses_it_soon),
		cmocka_unit_test(strangers_leave_no_trace),
		cmocka_unit_test(assigning_is_all_or_nothing),
		cmocka_unit_test(portfolio_is_what_one_operates),
		cmocka_unit_test(duties_of_a_community_are_for_its_moderators_and_the_operator),
		cmocka_unit_test(count_of_a_portfolio_is_right_however_many_assign_at_once),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
