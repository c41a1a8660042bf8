/* Forgetting a person: what each noun does about its own rows. */
#ifndef KITH_MEMBER_ERASURE_H
#define KITH_MEMBER_ERASURE_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

/* Takes all that could tell who he was out of every noun's rows, in the call's transaction. Rows
 * that totals are counted from stay, with his id and nothing else of him. */
enum status erasure_run(struct call *c, const Member__GetPersonRequest *who) MUST_USE;

#endif
