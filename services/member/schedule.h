/* What falls due by itself: requests, invitations and plans that expire, ladders and splits that go
 * on.
 *
 * A deed takes what is due, does a bounded part of it in one transaction of its own, and says
 * whether there may be more. It looks at the row's state again inside the transaction, so two
 * replicas at once, a repetition and a stop in the middle all come to one deed. */
#ifndef KITH_MEMBER_SCHEDULE_H
#define KITH_MEMBER_SCHEDULE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

#define SCHEDULE_PERIOD_US 500000

struct call;

enum status join_request_expire(struct call *c, bool *ret_worked) MUST_USE;

/* Of type job.run. */
enum status schedule_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
