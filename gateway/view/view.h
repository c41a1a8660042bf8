/* Methods that the gateway serves itself: they ask several services at once and join the answers.
 */
#ifndef KITH_GATEWAY_VIEW_VIEW_H
#define KITH_GATEWAY_VIEW_VIEW_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct exchange;
struct leg;
struct method;
struct ProtobufCMessage;

struct view {
	const char *method; /* "kith.gateway.v1.ViewService/GetCommunityOverview" */
	/* Asks the services; x->request is the decoded and validated request. */
	void (*ask)(struct exchange *x);
	/* All have answered: fills the reply, or fails the whole. */
	enum status (*join)(struct exchange *x, struct ProtobufCMessage *reply);
};

extern const struct view view_overview;

/* Serves the exchange's method; its answer comes by itself. */
enum status view_start(struct exchange *x) MUST_USE;

/* One question, in the caller's name and within a deadline a little shorter than his. The answers
 * are read by the order of the questions. */
void view_ask(struct exchange *x, const struct method *method,
	      const struct ProtobufCMessage *request);

/* The decoded answer of question `i`, NULL unless it came well: then *ret_status and, as far as the
 * service said so, *ret_reason and *ret_message tell why. */
void *view_answer(struct exchange *x, unsigned i, enum status *ret_status, const char **ret_reason,
		  const char **ret_message);

/* Answers the whole exchange with the failure of question `i`. */
enum status view_fail(struct exchange *x, unsigned i);

#endif
