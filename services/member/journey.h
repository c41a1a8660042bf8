/* Journeys: what other nouns ask of them. */
#ifndef KITH_MEMBER_JOURNEY_H
#define KITH_MEMBER_JOURNEY_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

#endif
