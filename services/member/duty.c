/* Duties of operators. Statements are in sql/duty.sql; what an operator sees of his communities is
 * in portfolio.c. */
#include "base/text.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith/member/v1/registry_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status               from
 * PERSON_NOT_FOUND     NOT_FOUND            Assign
 * PERSON_ERASED        FAILED_PRECONDITION  Assign
 * COMMUNITY_NOT_FOUND  NOT_FOUND            Assign
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Assign
 * DUTY_NOT_FOUND       NOT_FOUND            Get
 */

/* What the person operates now, and who he is: whoever was being merged is locked once more, as the
 * other one. */
static enum status portfolio_lock(struct call *c, const char *person_id, const char **ret_person_id)
{
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;

	TRY(person_meant(c, person_id, ret_person_id));
	do {
		who.person_id = *ret_person_id;
		TRY(sql_portfolio_lock(c, &who));
		TRY(person_meant(c, who.person_id, ret_person_id));
	} while (!text_equal(who.person_id, *ret_person_id));

	return STATUS_OK;
}

enum status member_assign_duty(struct call *c, const Member__AssignDutyRequest *req,
			       Member__AssignDutyResponse *reply)
{
	Member__AssignDutyRequest request = *req;
	Member__DutyObstacles obstacles = MEMBER__DUTY_OBSTACLES__INIT;

	for (size_t i = 0; i < req->n_kinds; i++)
		if (!req->kinds[i])
			return call_violation(c, "kinds", "must each name a duty");
	TRY(person_take(c, req->person_id, &request.person_id));
	TRY(sql_duty_obstacles(c, req, &obstacles));
	if (obstacles.unknown_community_id[0])
		return call_fail(c, STATUS_NOT_FOUND, "COMMUNITY_NOT_FOUND", "no community %s",
				 obstacles.unknown_community_id);
	if (obstacles.archived_community_id[0])
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "the community %s is archived", obstacles.archived_community_id);
	TRY(portfolio_lock(c, request.person_id, &request.person_id));

	return sql_duty_assign(c, &request, reply);
}

enum status member_revoke_duty(struct call *c, const Member__RevokeDutyRequest *req,
			       Member__RevokeDutyResponse *reply)
{
	Member__RevokeDutyRequest request = *req;

	TRY(portfolio_lock(c, req->person_id, &request.person_id));

	return sql_duty_revoke(c, &request, reply);
}

enum status member_get_duty(struct call *c, const Member__GetDutyRequest *req, Member__Duty *duty)
{
	return sql_duty_get(c, req, duty);
}

enum status member_list_duties(struct call *c, const Member__ListDutiesRequest *req,
			       Member__ListDutiesResponse *list)
{
	return sql_duty_list(c, req, list);
}
