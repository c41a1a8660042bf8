/* Experts of topics. Statements are in sql/expert.sql. */
#include "kith/member/v1/expert.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status               from
 * COMMUNITY_NOT_FOUND  NOT_FOUND            Designate, Withdraw
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Designate
 * NOT_A_MEMBER         FAILED_PRECONDITION  Designate
 * EXPERT_NOT_FOUND     NOT_FOUND            Withdraw
 */

#define TOPIC_MAX 100

enum status member_designate_expert(struct call *c, const Member__DesignateExpertRequest *req,
				    Member__Expert *expert)
{
	Member__DesignateExpertRequest request = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	bool found;

	for (size_t i = 0; i < req->n_topics; i++)
		if (!req->topics[i][0])
			return call_violation(c, "topics", "must not be empty");
	TRY(texts_fit(c, "topics", req->topics, req->n_topics, TOPIC_MAX));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(person_meant(c, req->person_id, &request.person_id));
	TRY(sql_find_expert_designate(c, &request, expert, &found));
	if (!found)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_A_MEMBER",
				 "only an active member can be an expert");

	return STATUS_OK;
}

enum status member_withdraw_expert(struct call *c, const Member__WithdrawExpertRequest *req,
				   Member__Expert *expert)
{
	Member__WithdrawExpertRequest request = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(person_meant(c, req->person_id, &request.person_id));

	return sql_expert_withdraw(c, &request, expert);
}

enum status member_list_experts(struct call *c, const Member__ListExpertsRequest *req,
				Member__ListExpertsResponse *list)
{
	return sql_expert_list(c, req, list);
}
