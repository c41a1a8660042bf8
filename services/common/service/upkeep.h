/* Private to this room: the job that every service has. */
#ifndef KITH_SERVICE_UPKEEP_H
#define KITH_SERVICE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

#define UPKEEP_PERIOD_US 1000000

struct call;

/* Knows whether the database answers, and forgets what is no longer needed. */
struct upkeep {
	_Atomic bool database_ok;
	int64_t expire_time_us; /* monotonic: next */
};

/* Of type job.run: `user` is a struct upkeep. */
enum status upkeep_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
