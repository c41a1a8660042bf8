/* Rules: what falls due by itself. */
#ifndef KITH_MEMBER_RULE_H
#define KITH_MEMBER_RULE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* Of type service_deed: brings into force what had to wait. */
enum status rules_come_into_force(struct call *c, bool *ret_worked) MUST_USE;

#endif
