/* Asking another service from within a handler. */
#ifndef KITH_EVENT_ASK_H
#define KITH_EVENT_ASK_H

#include "base/compiler.h"
#include "base/status.h"

struct ProtobufCMessage;
struct call;
struct method;

/* peers_call that is made once even when the handler is run again in a batch. `ret` is an
 * initialised message of the method's reply type. */
enum status ask_peer(struct call *c, const struct method *method,
		     const struct ProtobufCMessage *request, struct ProtobufCMessage *ret) MUST_USE;

#endif
