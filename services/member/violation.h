/* Violations: what is forgotten with a person. */
#ifndef KITH_MEMBER_VIOLATION_H
#define KITH_MEMBER_VIOLATION_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

/* An eraser: what he said and what was said of him; that there was a case stays. */
enum status violation_erase(struct call *c, const Member__GetPersonRequest *who) MUST_USE;

#endif
