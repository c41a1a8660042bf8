/* Rules: publishing, accepting. Statements are in sql/rule.sql. */
#include "rule.h"

#include "kith/member/v1/rule.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Publish
 * RULE_SET_NOT_FOUND    NOT_FOUND            Get, Accept
 * MEMBERSHIP_NOT_FOUND  NOT_FOUND            Accept
 * BAD_ACCEPT_BY_TIME    INVALID_ARGUMENT     Publish
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Publish
 * RULES_VERSION_OLD     FAILED_PRECONDITION  Accept
 * NOT_A_MEMBER          FAILED_PRECONDITION  Accept
 */

enum status member_publish_rules(struct call *c, const Member__PublishRulesRequest *req,
				 Member__RuleSet *rules)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (req->accept_by_time && req->accept_by_time->seconds <= c->now_us / 1000000) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_ACCEPT_BY_TIME",
			  "nobody could accept the rules in time");
		return call_violation(c, "accept_by_time", "has passed");
	}
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_rules_publish(c, req, rules));

	return sql_rules_of(c, rules, rules);
}

enum status member_get_rules(struct call *c, const Member__GetRulesRequest *req,
			     Member__RuleSet *rules)
{
	TRY(sql_rules_get(c, req, rules));

	return sql_rules_of(c, rules, rules);
}

enum status member_list_rule_versions(struct call *c, const Member__ListRuleVersionsRequest *req,
				      Member__ListRuleVersionsResponse *list)
{
	return sql_rules_list(c, req, list);
}

enum status member_accept_rules(struct call *c, const Member__AcceptRulesRequest *req,
				Member__Membership *membership)
{
	Member__GetRulesRequest wanted = MEMBER__GET_RULES_REQUEST__INIT;
	Member__RuleSet newest = MEMBER__RULE_SET__INIT;

	wanted.community_id = req->community_id;
	TRY(sql_rules_get(c, &wanted, &newest));
	if (req->version > newest.version)
		return call_fail(c, STATUS_NOT_FOUND, "RULE_SET_NOT_FOUND",
				 "there are no such rules yet");
	if (req->version < newest.version) {
		call_fact(c, "version", arena_printf(c->arena, "%d", newest.version));
		return call_fail(c, STATUS_FAILED_PRECONDITION, "RULES_VERSION_OLD",
				 "there are newer rules");
	}
	TRY(sql_rules_accept(c, req, membership));
	if (membership->rules_version < req->version)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "the person is no member now");

	return STATUS_OK;
}

enum status member_list_rule_acceptances(struct call *c,
					 const Member__ListRuleAcceptancesRequest *req,
					 Member__ListRuleAcceptancesResponse *list)
{
	return sql_rule_acceptance_list(c, req, list);
}

enum status rules_come_into_force(struct call *c, bool *ret_worked)
{
	Member__GetCommunityRequest where = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(sql_find_rules_due(c, &where, ret_worked));
	if (!*ret_worked)
		return STATUS_OK;
	TRY(sql_community_lock(c, &where, &community));

	return sql_rules_force(c, &where);
}
