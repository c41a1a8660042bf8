/* Ways in: what a join policy asks of a person, and letting him in. */
#ifndef KITH_MEMBER_ADMISSION_H
#define KITH_MEMBER_ADMISSION_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "filter/filter.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/invitation.pb-c.h"
#include "kith/member/v1/join_policy.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"

struct call;

/* What the conditions of a join policy may speak of; ended by a NULL name. */
extern const struct filter_field admission_fields[];

enum admission {
	ADMISSION_OPEN,     /* himself, by any way but those that need an approval */
	ADMISSION_APPROVAL, /* somebody says yes: by a way that needs it */
	ADMISSION_ADDED,    /* an admin or the platform adds him, whatever the policy */
};

/* The policy with its ways and conditions. NOT_FOUND COMMUNITY_NOT_FOUND. */
enum status join_policy_read(struct call *c, const char *community_id,
			     Member__JoinPolicy *ret) MUST_USE;

/* "VERIFIED" of JOIN_MODE_VERIFIED. Static. */
const char *join_mode_name(Member__JoinMode mode);

/* Whether the person may come in, and whether it is his paid plan that opens the way; else
 * FAILED_PRECONDITION with what is missing of the nearest way. `invitation`: what he brings,
 * usable; NULL for none. */
enum status admission_check(struct call *c, enum admission how, const Member__JoinPolicy *policy,
			    const char *person_id, const Member__Invitation *invitation,
			    bool *ret_pays) MUST_USE;

/* Lets him in after all checks, those of the invitation too; a present member's membership is
 * returned unchanged. The community is locked. `invitation_id`: what he has brought before, with a
 * join request; or "". */
enum status admission_admit(struct call *c, enum admission how, const Member__Community *community,
			    const Member__JoinCommunityRequest *req, const char *invitation_id,
			    Member__Membership *membership) MUST_USE;

/* FAILED_PRECONDITION INVITER_NOT_A_MEMBER unless the named inviter, another one, is or was a
 * member; none is well. He is named as who he is now. */
enum status admission_inviter(struct call *c, const char *community_id, const char *person_id,
			      const char **inviter_person_id) MUST_USE;

/* The invitation of that code, or of that id, as the person may use it now; *ret_found is false
 * when neither is given. NOT_FOUND INVITATION_NOT_FOUND; FAILED_PRECONDITION INVITATION_EXPIRED,
 * _USED_UP, _REVOKED, _NOT_FOR_YOU. */
enum status invitation_pick(struct call *c, const char *community_id, const char *person_id,
			    const char *code, const char *invitation_id, Member__Invitation *ret,
			    bool *ret_found) MUST_USE;

/* Counts that he came by it, once a person. */
enum status invitation_take(struct call *c, const Member__Invitation *invitation,
			    const char *person_id) MUST_USE;

/* Of type service_deed: requests that nobody answered in time. */
enum status join_request_expire(struct call *c, bool *ret_worked) MUST_USE;

#endif
