/* Rules: versions, acceptance, and when they come into force. */
#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/rule.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome publish(struct suite *s, const char *community, int64_t accept_by_s,
			      Member__RuleSet *ret)
{
	Member__PublishRulesRequest request = MEMBER__PUBLISH_RULES_REQUEST__INIT;
	Google__Protobuf__Timestamp accept_by = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Member__Rule speech = MEMBER__RULE__INIT, links = MEMBER__RULE__INIT;
	Member__Rule *rules[] = {&speech, &links};

	speech.kind = MEMBER__RULE_KIND__RULE_KIND_SPEECH;
	speech.text = "Be kind.";
	speech.pattern = "idiot\nmoron";
	speech.action = MEMBER__RULE_ACTION__RULE_ACTION_HOLD;
	links.kind = MEMBER__RULE_KIND__RULE_KIND_ADVERTISING;
	links.text = "At most two links a day.";
	links.pattern = "http";
	links.limit = 2;
	links.action = MEMBER__RULE_ACTION__RULE_ACTION_REJECT;
	accept_by.seconds = accept_by_s;
	request.community_id = community;
	request.rules = rules;
	request.n_rules = 2;
	request.note = "kinder";
	request.accept_by_time = accept_by_s ? &accept_by : NULL;
	*ret = (Member__RuleSet)MEMBER__RULE_SET__INIT;

	return suite_call(s, method_member_publish_rules, &request, ret);
}

static struct outcome get_rules(struct suite *s, const char *community, int32_t version,
				Member__RuleSet *ret)
{
	Member__GetRulesRequest request = MEMBER__GET_RULES_REQUEST__INIT;

	request.community_id = community;
	request.version = version;
	*ret = (Member__RuleSet)MEMBER__RULE_SET__INIT;

	return suite_call(s, method_member_get_rules, &request, ret);
}

static struct outcome accept(struct suite *s, const char *community, const char *name,
			     int32_t version)
{
	Member__AcceptRulesRequest request = MEMBER__ACCEPT_RULES_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.version = version;

	return suite_call(s, method_member_accept_rules, &request, &membership);
}

static int64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

static void every_version_stands_and_the_newest_is_in_force(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	const char *ann = person(s, "ann"), *bob = person(s, "bob");
	Member__ListRuleVersionsRequest list = MEMBER__LIST_RULE_VERSIONS_REQUEST__INIT;
	Member__ListRuleVersionsResponse page = MEMBER__LIST_RULE_VERSIONS_RESPONSE__INIT;
	Member__RuleSet rules;

	EXPECT_STATUS(get_rules(s, community, 0, &rules), NOT_FOUND, "RULE_SET_NOT_FOUND");
	as_person(s, bob);
	EXPECT_STATUS(publish(s, community, 0, &rules), PERMISSION_DENIED, NULL);
	as_person(s, ann);
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_INT(rules.version, 1);
	EXPECT_INT(rules.n_rules, 2);
	EXPECT_TEXT(rules.publisher_person_id, ann);
	assert_non_null(rules.force_time);
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_INT(rules.version, 2);
	EXPECT_INT(community_of(s, community).rules_version, 2);
	as_person(s, bob);
	EXPECT_OK(get_rules(s, community, 1, &rules));
	EXPECT_INT(rules.version, 1);
	EXPECT_INT(rules.rules[1]->limit, 2);
	EXPECT_INT(rules.rules[1]->kind, MEMBER__RULE_KIND__RULE_KIND_ADVERTISING);
	EXPECT_TEXT(rules.rules[0]->pattern, "idiot\nmoron");
	EXPECT_OK(get_rules(s, community, 0, &rules));
	EXPECT_INT(rules.version, 2);
	EXPECT_STATUS(get_rules(s, community, 3, &rules), NOT_FOUND, "RULE_SET_NOT_FOUND");
	list.community_id = community;
	EXPECT_OK(suite_call(s, method_member_list_rule_versions, &list, &page));
	EXPECT_INT(page.n_rule_sets, 2);
	EXPECT_INT(page.rule_sets[0]->version, 2);
	as_platform(s);
	/* The community was told twice, once a version. */
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.outbox WHERE community_id = '%s' "
				"AND type = 'COMMUNITY_CHANGED' AND community_rules_version > 0",
				community),
		   2);
}

static void a_member_accepts_the_newest_version_only(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ListRuleAcceptancesRequest list = MEMBER__LIST_RULE_ACCEPTANCES_REQUEST__INIT;
	Member__ListRuleAcceptancesResponse page = MEMBER__LIST_RULE_ACCEPTANCES_RESPONSE__INIT;
	Member__RuleSet rules;

	as_platform(s);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	EXPECT_STATUS(accept(s, community, "bob", 1), NOT_FOUND, "RULE_SET_NOT_FOUND");
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_STATUS(accept(s, community, "bob", 2), NOT_FOUND, "RULE_SET_NOT_FOUND");
	EXPECT_STATUS(accept(s, community, "stranger", 1), NOT_FOUND, "MEMBERSHIP_NOT_FOUND");
	as_person(s, person(s, "cid"));
	EXPECT_STATUS(accept(s, community, "bob", 1), PERMISSION_DENIED, NULL);
	as_person(s, person(s, "bob"));
	EXPECT_OK(accept(s, community, "bob", 1));
	EXPECT_OK(accept(s, community, "bob", 1));
	EXPECT_INT(membership_of(s, community, "bob").rules_version, 1);
	EXPECT_INT(membership_of(s, community, "bob").version, 2);
	as_platform(s);
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_STATUS(accept(s, community, "bob", 1), FAILED_PRECONDITION, "RULES_VERSION_OLD");
	EXPECT_OK(accept(s, community, "bob", 2));
	EXPECT_OK(accept(s, community, "cid", 2));
	EXPECT_OK(leave(s, community, "cid"));
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_STATUS(accept(s, community, "cid", 3), FAILED_PRECONDITION, "NOT_A_MEMBER");

	EXPECT_OK(get_rules(s, community, 2, &rules));
	EXPECT_INT(rules.accepted_count, 2);
	list.community_id = community;
	list.version = 2;
	EXPECT_OK(suite_call(s, method_member_list_rule_acceptances, &list, &page));
	EXPECT_INT(page.n_acceptances, 2);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT sum(accepted_count) - (SELECT count(*) FROM "
				"member.rule_acceptance a WHERE a.community_id = '%s') "
				"FROM member.rule_set WHERE community_id = '%s'",
				community, community),
		   0);
}

static void rules_with_a_date_come_into_force_then(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	int64_t until = clock_mono_us() + 20000000;
	Member__RuleSet rules;

	as_platform(s);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_STATUS(publish(s, community, now_s() - 1, &rules), INVALID_ARGUMENT,
		      "BAD_ACCEPT_BY_TIME");
	EXPECT_OK(publish(s, community, 0, &rules));
	EXPECT_OK(publish(s, community, now_s() + 3600, &rules));
	EXPECT_OK(publish(s, community, now_s() + 7200, &rules));
	assert_null(rules.force_time);
	EXPECT_INT(community_of(s, community).rules_version, 1);
	EXPECT_OK(accept(s, community, "bob", 3)); /* before he has to */
	postgres_int(suite_database(s),
		     "UPDATE member.rule_set SET accept_by_time = now() - interval '1 ms' "
		     "WHERE community_id = '%s' AND version > 1",
		     community);
	while (community_of(s, community).rules_version < 3)
		assert_true(clock_mono_us() < until);
	EXPECT_OK(get_rules(s, community, 3, &rules));
	assert_non_null(rules.force_time);
	EXPECT_OK(get_rules(s, community, 2, &rules)); /* its place was taken */
	assert_null(rules.force_time);
}

static void an_archived_community_gets_no_rules(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__RuleSet rules;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_archive_community, &request, &archived));
	EXPECT_STATUS(publish(s, community, 0, &rules), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(publish(s, person(s, "nothing"), 0, &rules), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void of_64_versions_at_once_each_has_its_number(void **state)
{
	enum { CROWD = 64 };
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__PublishRulesRequest request = MEMBER__PUBLISH_RULES_REQUEST__INIT;
	Member__Rule rule = MEMBER__RULE__INIT, *rules[] = {&rule};
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];

	rule.kind = MEMBER__RULE_KIND__RULE_KIND_QUALITY;
	rule.text = "Say something new.";
	rule.action = MEMBER__RULE_ACTION__RULE_ACTION_WARN;
	request.community_id = community;
	request.rules = rules;
	request.n_rules = 1;
	for (unsigned i = 0; i < CROWD; i++)
		pointers[i] = &request;
	suite_call_at_once(s, method_member_publish_rules, CROWD, pointers, NULL, NULL, outcomes);
	for (unsigned i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_INT(community_of(s, community).rules_version, CROWD);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.rule WHERE community_id = '%s'",
				community),
		   CROWD);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_stands_and_the_newest_is_in_force),
		cmocka_unit_test(a_member_accepts_the_newest_version_only),
		cmocka_unit_test(rules_with_a_date_come_into_force_then),
		cmocka_unit_test(an_archived_community_gets_no_rules),
		cmocka_unit_test(of_64_versions_at_once_each_has_its_number),
	};

	return cmocka_run_group_tests_name("member: rules", tests, start, suite_teardown);
}
