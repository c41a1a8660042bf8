/* Who a person is elsewhere, and who he turned out to be: what others ask of these nouns. */
#ifndef KITH_MEMBER_IDENTITY_H
#define KITH_MEMBER_IDENTITY_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/person.pb-c.h"

struct call;

enum status identity_erase(struct call *c, const Member__GetPersonRequest *who) MUST_USE;
enum status merge_erase(struct call *c, const Member__GetPersonRequest *who) MUST_USE;

#endif
