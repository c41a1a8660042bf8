/* Violations: what other services have found. */
#ifndef KITH_MEMBER_VIOLATION_H
#define KITH_MEMBER_VIOLATION_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/event.pb-c.h"

struct call;

/* A listener of the inbox: what moderators have judged of what was said. */
enum status violation_hear(struct call *c, const Event__DeliverEventsRequest *fresh) MUST_USE;

#endif
