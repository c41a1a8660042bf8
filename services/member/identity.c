/* Identities: who a person is elsewhere. Statements are in sql/identity.sql. */

#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason              status               from
 * IDENTITY_NOT_FOUND  NOT_FOUND            Unlink, Lookup
 * PERSON_NOT_FOUND    NOT_FOUND            Link
 * IDENTITY_TAKEN      ALREADY_EXISTS       Link
 * PERSON_ERASED       FAILED_PRECONDITION  Link
 */

enum status member_link_identity(struct call *c, const Member__LinkIdentityRequest *req,
				 Member__Identity *identity)
{
	Member__LinkIdentityRequest request = *req;
	enum status status;

	TRY(person_take(c, req->person_id, &request.person_id));
	status = sql_identity_link(c, &request, identity);
	if (status != STATUS_NOT_FOUND)
		return status;

	call_forgive(c);
	return call_fail(c, STATUS_ALREADY_EXISTS, "IDENTITY_TAKEN", "somebody else goes by it");
}

enum status member_unlink_identity(struct call *c, const Member__UnlinkIdentityRequest *req,
				   Member__Identity *identity)
{
	return sql_identity_unlink(c, req, identity);
}

enum status member_list_identities(struct call *c, const Member__ListIdentitiesRequest *req,
				   Member__ListIdentitiesResponse *list)
{
	return sql_identity_list(c, req, list);
}

enum status member_lookup_identity(struct call *c, const Member__LookupIdentityRequest *req,
				   Member__Identity *identity)
{
	return sql_identity_lookup(c, req, identity);
}
