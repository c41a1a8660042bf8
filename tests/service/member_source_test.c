/* Sources: each stay keeps whence it came, and the tree of who brought whom holds. */
#include "given.h"
#include "kith/member/v1/source.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome come_from(struct suite *s, const char *community, const char *name,
				const char *source, const char *inviter)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	struct outcome outcome;

	request.community_id = community;
	request.person_id = person(s, name);
	request.source = source;
	request.campaign = arena_printf(suite_arena(s), "%s campaign", source);
	request.scene = arena_printf(suite_arena(s), "%s scene", source);
	request.inviter_person_id = inviter ? person(s, inviter) : "";
	as_person(s, request.person_id);
	outcome = suite_call(s, method_member_join_community, &request, &membership);
	as_platform(s);

	return outcome;
}

static Member__ListStaysResponse stays(struct suite *s, const char *community, const char *name)
{
	Member__ListStaysRequest request = MEMBER__LIST_STAYS_REQUEST__INIT;
	Member__ListStaysResponse list = MEMBER__LIST_STAYS_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_stays, &request, &list));

	return list;
}

static void coming_back_keeps_the_stay_before(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListStaysResponse list;

	EXPECT_OK(come_from(s, community, "bob", "poster", "ann"));
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come_from(s, community, "bob", "radio", NULL));
	EXPECT_OK(come_from(s, community, "bob", "again", NULL)); /* present: nothing changes */
	list = stays(s, community, "bob");
	EXPECT_INT(list.n_stays, 2);
	EXPECT_INT(list.stays[0]->sequence, 1);
	EXPECT_INT(list.stays[0]->state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	EXPECT_TEXT(list.stays[0]->source, "poster");
	EXPECT_TEXT(list.stays[0]->campaign, "poster campaign");
	EXPECT_TEXT(list.stays[0]->scene, "poster scene");
	EXPECT_TEXT(list.stays[0]->inviter_person_id, person(s, "ann"));
	EXPECT_TEXT(list.stays[0]->leave_reason, "tired");
	assert_non_null(list.stays[0]->leave_time);
	EXPECT_INT(list.stays[1]->sequence, 2);
	EXPECT_INT(list.stays[1]->state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_TEXT(list.stays[1]->source, "radio");
	EXPECT_TEXT(list.stays[1]->inviter_person_id, "");
	assert_null(list.stays[1]->leave_time);

	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come_from(s, community, "bob", "poster", NULL));
	list = stays(s, community, "bob");
	EXPECT_INT(list.n_stays, 3);
	EXPECT_INT(list.stays[1]->state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
}

static void stays_are_for_oneself_and_moderators(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListStaysRequest request = MEMBER__LIST_STAYS_REQUEST__INIT;
	Member__ListStaysResponse list = MEMBER__LIST_STAYS_RESPONSE__INIT;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	request.community_id = community;
	request.person_id = person(s, "bob");
	as_person(s, person(s, "bob"));
	EXPECT_OK(suite_call(s, method_member_list_stays, &request, &list));
	EXPECT_INT(list.n_stays, 1);
	as_person(s, person(s, "cid"));
	EXPECT_STATUS(suite_call(s, method_member_list_stays, &request, &list), PERMISSION_DENIED,
		      NULL);
	as_platform(s);
}

static Member__ListReferralsResponse referrals(struct suite *s, const char *community,
					       const char *name, int32_t depth)
{
	Member__ListReferralsRequest request = MEMBER__LIST_REFERRALS_REQUEST__INIT;
	Member__ListReferralsResponse list = MEMBER__LIST_REFERRALS_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.max_depth = depth;
	EXPECT_OK(suite_call_as_platform(s, method_member_list_referrals, &request, &list));

	return list;
}

static void expect_referral(struct suite *s, const Member__Referral *referral, const char *name,
			    const char *inviter, int32_t depth, int64_t direct, int64_t all)
{
	EXPECT_TEXT(referral->person_id, person(s, name));
	EXPECT_TEXT(referral->inviter_person_id, inviter ? person(s, inviter) : "");
	EXPECT_INT(referral->depth, depth);
	EXPECT_INT(referral->direct_count, direct);
	EXPECT_INT(referral->descendant_count, all);
}

/* ann - bob - cid - dan - eve - fay, and ann - gus. */
static const char *given_tree(struct suite *s)
{
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(come(s, community, "bob", given_invitation(s, community, "ann", 1)));
	EXPECT_OK(come_from(s, community, "cid", "friend", "bob"));
	EXPECT_OK(come_from(s, community, "dan", "friend", "cid"));
	EXPECT_OK(come_from(s, community, "eve", "friend", "dan"));
	EXPECT_OK(come_from(s, community, "fay", "friend", "eve"));
	EXPECT_OK(come_from(s, community, "gus", "friend", "ann"));

	return community;
}

static void tree_is_flat_bounded_and_counted_whole(void **state)
{
	struct suite *s = *state;
	const char *community = given_tree(s);
	Member__ListReferralsResponse list = referrals(s, community, "ann", 0);

	EXPECT_INT(list.n_referrals, 5);
	expect_referral(s, list.referrals[0], "ann", NULL, 0, 2, 6);
	expect_referral(s, list.referrals[1], "bob", "ann", 1, 1, 4);
	expect_referral(s, list.referrals[2], "gus", "ann", 1, 0, 0);
	expect_referral(s, list.referrals[3], "cid", "bob", 2, 1, 3);
	expect_referral(s, list.referrals[4], "dan", "cid", 3, 1, 2);
	EXPECT_INT(referrals(s, community, "ann", 20).n_referrals, 7);
	EXPECT_INT(referrals(s, community, "gus", 20).n_referrals, 1);
	EXPECT_INT(referrals(s, community, "stranger", 20).n_referrals, 0);
}

static void tree_comes_in_pages(void **state)
{
	struct suite *s = *state;
	const char *community = given_tree(s);
	Member__ListReferralsRequest request = MEMBER__LIST_REFERRALS_REQUEST__INIT;
	Member__ListReferralsResponse page;
	size_t n = 0;

	request.community_id = community;
	request.person_id = person(s, "ann");
	request.max_depth = 20;
	request.page_size = 2;
	as_person(s, request.person_id);
	do {
		page = (Member__ListReferralsResponse)MEMBER__LIST_REFERRALS_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_referrals, &request, &page));
		n += page.n_referrals;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);
	EXPECT_INT(n, 7);
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_list_referrals, &request, &page),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void who_comes_back_stays_with_his_first_inviter(void **state)
{
	struct suite *s = *state;
	const char *community = given_tree(s);

	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_STATUS(come_from(s, community, "bob", "friend", "bob"), FAILED_PRECONDITION,
		      "INVITER_NOT_A_MEMBER");
	EXPECT_STATUS(come_from(s, community, "hal", "friend", "stranger"), FAILED_PRECONDITION,
		      "INVITER_NOT_A_MEMBER");

	/* She came after him and stands below him: this stay is by her, the tree is as it was,
	 * without a circle. */
	EXPECT_OK(come(s, community, "bob", given_invitation(s, community, "fay", 1)));
	EXPECT_TEXT(membership_of(s, community, "bob").inviter_person_id, person(s, "fay"));
	expect_referral(s, referrals(s, community, "ann", 1).referrals[1], "bob", "ann", 1, 1, 4);
	EXPECT_INT(referrals(s, community, "fay", 20).n_referrals, 1);
}

static void expect_count(const Member__SourceCount *count, const char *value, int64_t joins,
			 int64_t present, int64_t persons)
{
	EXPECT_TEXT(count->value, value);
	EXPECT_INT(count->join_count, joins);
	EXPECT_INT(count->present_count, present);
	EXPECT_INT(count->person_count, persons);
}

static void report_counts_stays_by_where_they_came_from(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__GetSourceReportRequest request = MEMBER__GET_SOURCE_REPORT_REQUEST__INIT;
	Member__SourceReport report = MEMBER__SOURCE_REPORT__INIT;
	Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	EXPECT_OK(come_from(s, community, "ann", "poster", NULL));
	EXPECT_OK(come_from(s, community, "bob", "poster", NULL));
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(come_from(s, community, "bob", "poster", NULL));
	EXPECT_OK(come_from(s, community, "cid", "radio", "ann"));
	EXPECT_OK(leave(s, community, "cid"));
	EXPECT_OK(join(s, community, "dan"));

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_source_report, &request, &report));
	EXPECT_INT(report.n_counts, 3);
	expect_count(report.counts[0], "poster", 3, 2, 2);
	expect_count(report.counts[1], "", 1, 1, 1);
	expect_count(report.counts[2], "radio", 1, 0, 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT (SELECT count(*) FROM member.stay WHERE community_id = "
				"'%s') + (SELECT count(*) FROM member.membership WHERE "
				"community_id = '%s')",
				community, community),
		   5);

	request.by = MEMBER__SOURCE_KEY__SOURCE_KEY_INVITER;
	report = (Member__SourceReport)MEMBER__SOURCE_REPORT__INIT;
	EXPECT_OK(suite_call(s, method_member_get_source_report, &request, &report));
	EXPECT_INT(report.n_counts, 2);
	expect_count(report.counts[1], person(s, "ann"), 1, 0, 1);

	request.by = MEMBER__SOURCE_KEY__SOURCE_KEY_CAMPAIGN;
	postgres_text(suite_database(s),
		      "UPDATE member.stay SET join_time = join_time - interval '2 days' "
		      "WHERE community_id = '%s'",
		      community);
	start.seconds = postgres_int(suite_database(s),
				     "SELECT extract(epoch FROM now() - interval '1 day')::bigint");
	request.start_time = &start;
	report = (Member__SourceReport)MEMBER__SOURCE_REPORT__INIT;
	EXPECT_OK(suite_call(s, method_member_get_source_report, &request, &report));
	expect_count(report.counts[0], "poster campaign", 2, 2, 2);
	request.start_time = NULL;
	request.end_time = &start;
	report = (Member__SourceReport)MEMBER__SOURCE_REPORT__INIT;
	EXPECT_OK(suite_call(s, method_member_get_source_report, &request, &report));
	EXPECT_INT(report.n_counts, 1);
	expect_count(report.counts[0], "poster campaign", 1, 0, 1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coming_back_keeps_the_stay_before),
		cmocka_unit_test(stays_are_for_oneself_and_moderators),
		cmocka_unit_test(tree_is_flat_bounded_and_counted_whole),
		cmocka_unit_test(tree_comes_in_pages),
		cmocka_unit_test(who_comes_back_stays_with_his_first_inviter),
		cmocka_unit_test(report_counts_stays_by_where_they_came_from),
	};

	return cmocka_run_group_tests_name("member: sources", tests, start, suite_teardown);
}
