/* Methods that the gateway serves itself: they ask several services at once and join the answers.
 */
#include "view/view.h"

#include <string.h>

#include "base/method.h"
#include "exchange.h"
#include "forward.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/access.h"
#include "rpc/validate.h"
#include "rpc/wire.h"
#include "state.h"

#define JOIN_MAX_US INT64_C(50000) /* kept of the caller's time for joining, a tenth at most */

static const struct view *const views[] = {&view_overview};

/* Ranks are member's to tell: a view that needs one asks. Here only key, scope and community count.
 */
static enum status any_rank(struct call *c, const char *community_id, enum rank *ret_rank)
{
	(void)c;
	(void)community_id;
	*ret_rank = RANK_OWNER;
	return STATUS_OK;
}

static void join(struct exchange *x)
{
	ProtobufCMessage *reply = wire_new(&x->arena, x->call.method->reply);
	enum status status = x->view->join(x, reply);

	if (x->answered)
		return;
	if (status == STATUS_OK)
		exchange_reply_message(x, reply);
	else
		exchange_fail(x, status);
}

static void returned(struct leg *leg)
{
	struct exchange *x = leg->user;

	if (--x->n_legs_out == 0 && !x->released)
		join(x);
	exchange_unpin(x);
}

void view_ask(struct exchange *x, const struct method *method, const ProtobufCMessage *request)
{
	int64_t left_us = x->call.deadline_us - x->gateway->loop.now_us;
	int64_t kept_us = left_us / 10 < JOIN_MAX_US ? left_us / 10 : JOIN_MAX_US;

	if (forward_leg(x, method, request, x->call.deadline_us - kept_us, returned)) {
		x->n_legs_out++;
	} else {
		x->legs[x->n_legs].status = STATUS_UNAVAILABLE;
		x->n_legs++;
	}
}

static void read_reason(struct exchange *x, const struct leg *leg, const char **ret_reason,
			const char **ret_message)
{
	const Rpc__Status *status = (const Rpc__Status *)wire_unpack(
		&x->arena, &rpc__status__descriptor, leg->result.data, leg->result.size);

	*ret_reason = status_name(leg->status);
	*ret_message = leg->message;
	if (status == NULL || leg->result.size == 0)
		return;

	*ret_message = status->message;
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *detail = status->details[i];
		const Rpc__ErrorInfo *info;

		if (!strstr(detail->type_url, "google.rpc.ErrorInfo"))
			continue;
		info = (const Rpc__ErrorInfo *)wire_unpack(&x->arena, &rpc__error_info__descriptor,
							   detail->value.data, detail->value.len);
		if (info != NULL)
			*ret_reason = info->reason;
	}
}

void *view_answer(struct exchange *x, unsigned i, enum status *ret_status, const char **ret_reason,
		  const char **ret_message)
{
	const struct leg *leg = &x->legs[i];
	void *message = NULL;

	if (leg->status == STATUS_OK) {
		message = wire_unpack(&x->arena, leg->call.method->reply, leg->result.data,
				      leg->result.size);
		*ret_status = message == NULL ? STATUS_INTERNAL : STATUS_OK;
		*ret_reason = status_name(*ret_status);
		*ret_message = "";
	} else {
		*ret_status = leg->status;
		read_reason(x, leg, ret_reason, ret_message);
	}
	return message;
}

enum status view_fail(struct exchange *x, unsigned i)
{
	forward_failure(x, &x->legs[i]);
	return x->legs[i].status;
}

enum status view_start(struct exchange *x)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (strcmp(views[i]->method, x->call.method->name) == 0)
			x->view = views[i];
	if (x->view == NULL)
		return call_fail(&x->call, STATUS_UNIMPLEMENTED, NULL, "no such view");

	if (x->request == NULL)
		TRY(wire_decode(&x->call, x->call.method->request, x->message, x->message_size,
				&x->request));
	TRY(validate_request(&x->call, x->request));
	TRY(access_check(&x->call, x->request, any_rank));

	x->pins++; /* every service may fail at once */
	x->n_legs_out++;
	x->view->ask(x);
	if (--x->n_legs_out == 0 && !x->released)
		join(x);
	exchange_unpin(x);
	return STATUS_OK;
}
