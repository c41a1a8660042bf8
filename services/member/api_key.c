/* API keys. Statements are in sql/api_key.sql. */
#include "base/text.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "service/precondition.h"

/*
 * reason             status               from
 * BAD_SCOPE          INVALID_ARGUMENT     Create
 * BAD_EXPIRE_TIME    INVALID_ARGUMENT     Create
 * PERSON_ERASED      FAILED_PRECONDITION  Create
 * API_KEY_NOT_FOUND  NOT_FOUND            Revoke
 * KEY_UNKNOWN        UNAUTHENTICATED      Verify
 * KEY_EXPIRED        UNAUTHENTICATED      Verify
 * KEY_REVOKED        UNAUTHENTICATED      Verify
 */

/* A key may be made for whom member is yet to hear of, but not for who was erased. */
static enum status may_act(struct call *c, const char **person_id)
{
	enum status status = person_take(c, *person_id, person_id);

	if (status != STATUS_NOT_FOUND)
		return status;
	call_forgive(c);

	return STATUS_OK;
}

enum status member_create_api_key(struct call *c, const Member__CreateApiKeyRequest *req,
				  Member__CreateApiKeyResponse *created)
{
	Member__CreateApiKeyRequest request = *req;

	for (size_t i = 0; i < req->n_scopes; i++) {
		const char *scope = req->scopes[i];

		if (text_equal(scope, "read") || text_equal(scope, "write") ||
		    text_equal(scope, "admin"))
			continue;
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_SCOPE", "no scope: %s", scope);
		return call_violation(c, arena_printf(c->arena, "scopes[%zu]", i),
				      "is none of read, write, admin");
	}
	if (time_has_passed(c, req->expire_time)) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_EXPIRE_TIME",
			  "the key would be worthless from the start");
		return call_violation(c, "expire_time", "has passed");
	}
	if (req->person_id[0])
		TRY(may_act(c, &request.person_id));

	return sql_api_key_create(c, &request, created);
}

enum status member_list_api_keys(struct call *c, const Member__ListApiKeysRequest *req,
				 Member__ListApiKeysResponse *list)
{
	return sql_api_key_list(c, req, list);
}

enum status member_revoke_api_key(struct call *c, const Member__RevokeApiKeyRequest *req,
				  Member__ApiKey *key)
{
	return sql_api_key_revoke(c, req, key);
}

enum status member_verify_api_key(struct call *c, const Member__VerifyApiKeyRequest *req,
				  Member__ApiKey *key)
{
	enum status status = sql_api_key_verify(c, req, key);

	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_UNKNOWN", "no such key");
	}
	TRY(status);
	if (key->revoke_time)
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_REVOKED", "the key was revoked");
	if (time_has_passed(c, key->expire_time))
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_EXPIRED", "the key has expired");

	return STATUS_OK;
}
