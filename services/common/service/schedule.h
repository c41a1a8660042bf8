/* Private to this room: the job of what falls due by itself. */
#ifndef KITH_SERVICE_SCHEDULE_H
#define KITH_SERVICE_SCHEDULE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

#define SCHEDULE_PERIOD_US 500000

struct call;

/* Of type job.run: `user` is a service's deeds. Each is done in a transaction of its own; one that
 * fails does not keep the others from being done, and the first reason is told. */
enum status schedule_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
