/* Subscriptions: what falls due by itself. */
#ifndef KITH_MEMBER_SUBSCRIPTION_H
#define KITH_MEMBER_SUBSCRIPTION_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* Of type service_deed: ends what has not been renewed, and the memberships that hung on it. */
enum status subscription_expire(struct call *c, bool *ret_worked) MUST_USE;

#endif
