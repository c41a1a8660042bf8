/* Ties between members, as content's events make them. */
#ifndef KITH_MEMBER_TIE_H
#define KITH_MEMBER_TIE_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/event.pb-c.h"

struct call;

/* A listener of the inbox: comments and reactions, given and taken back. */
enum status tie_observe(struct call *c, const Event__DeliverEventsRequest *fresh) MUST_USE;

#endif
