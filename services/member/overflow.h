/* Where those go who find a community full. */
#ifndef KITH_MEMBER_OVERFLOW_H
#define KITH_MEMBER_OVERFLOW_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/membership.pb-c.h"

struct call;

/* Makes the person a member of the first group after the community that has a place: *ret_placed
 * says whether there was one, and `membership` what came of it. The caller has locked the
 * community's row and found that its own rules admit the person, but that it is full: in the groups
 * that follow only the place is asked for. Who is in one of them already stays there.
 * FAILED_PRECONDITION BANNED for whom one of them has put out for good. */
enum status overflow_join(struct call *c, const Member__JoinCommunityRequest *req,
			  Member__Membership *membership, bool *ret_placed) MUST_USE;

#endif
