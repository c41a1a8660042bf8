/* Journeys: what other nouns ask of them. */
#ifndef KITH_MEMBER_JOURNEY_H
#define KITH_MEMBER_JOURNEY_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

/* An eraser (erasure.c): forgets what was written about the person. */
enum status journey_erase(struct call *c, const Member__GetPersonRequest *who) MUST_USE;

#endif
