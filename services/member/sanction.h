/* Sanctions: what a verdict does to a membership. */
#ifndef KITH_MEMBER_SANCTION_H
#define KITH_MEMBER_SANCTION_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/violation_store.pb-c.h"

struct call;

/* Whether the caller may judge what the person has done. PERMISSION_DENIED OWN_CASE or
 * ROLE_TOO_LOW; his membership otherwise. */
enum status sanction_may_judge(struct call *c, const char *community_id, const char *person_id,
			       Member__Membership *ret) MUST_USE;

/* Does to the membership what the verdict's kind says, and writes into the verdict what it has
 * done. The community is locked. */
enum status sanction_impose(struct call *c, const Member__Membership *membership,
			    Member__Verdict *verdict) MUST_USE;

#endif
