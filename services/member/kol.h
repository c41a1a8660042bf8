/* KOLs and managers: what other nouns ask of them. */
#ifndef KITH_MEMBER_KOL_H
#define KITH_MEMBER_KOL_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

/* A listener (inbox.c): whom each one reaches, from who answers him and who reacts. */
enum status kol_listen(struct call *c, const Event__DeliverEventsRequest *fresh) MUST_USE;

#endif
