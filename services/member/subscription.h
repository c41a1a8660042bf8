/* Subscriptions: what falls due by itself, and what is forgotten with a person. */
#ifndef KITH_MEMBER_SUBSCRIPTION_H
#define KITH_MEMBER_SUBSCRIPTION_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

/* A deed of the schedule: ends what has not been renewed, and the memberships that hung on it. */
enum status subscription_expire(struct call *c, bool *ret_worked) MUST_USE;

/* An eraser: the reasons that were given in words. */
enum status subscription_erase(struct call *c, const Member__GetPersonRequest *who) MUST_USE;

#endif
