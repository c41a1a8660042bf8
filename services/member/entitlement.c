/* Entitlements: what persons have acquired elsewhere. Statements are in sql/entitlement.sql. */
#include "kith/member/v1/entitlement.pb-c.h"

#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                 status            from
 * PERSON_NOT_FOUND       NOT_FOUND         Grant
 * ENTITLEMENT_NOT_FOUND  NOT_FOUND         Revoke
 * BAD_UNTIL_TIME         INVALID_ARGUMENT  Grant
 */

enum status member_grant_entitlement(struct call *c, const Member__GrantEntitlementRequest *req,
				     Member__Entitlement *entitlement)
{
	Member__GrantEntitlementRequest request = *req;

	if (time_has_passed(c, req->until_time)) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_UNTIL_TIME",
			  "the entitlement would be over from the start");
		return call_violation(c, "until_time", "has passed");
	}
	TRY(person_take(c, req->person_id, &request.person_id));

	return sql_entitlement_grant(c, &request, entitlement);
}

enum status member_revoke_entitlement(struct call *c, const Member__RevokeEntitlementRequest *req,
				      Member__Entitlement *entitlement)
{
	return sql_entitlement_revoke(c, req, entitlement);
}

enum status member_list_entitlements(struct call *c, const Member__ListEntitlementsRequest *req,
				     Member__ListEntitlementsResponse *list)
{
	return sql_entitlement_list(c, req, list);
}
