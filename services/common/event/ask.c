/* Asking another service from within a handler. */
#include "event/ask.h"

#include "db/sql.h"
#include "rpc/peers.h"

enum status ask_peer(struct call *c, const struct method *method,
		     const struct ProtobufCMessage *request, struct ProtobufCMessage *ret)
{
	enum status status;

	if (sql_recall(c, ret, &status))
		return status;

	status = peers_call(c, method, request, ret);
	sql_remember(c, ret, status);

	return status;
}
