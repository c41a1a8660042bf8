/* Lists of communities under conditions. */
#ifndef KITH_MEMBER_PORTFOLIO_H
#define KITH_MEMBER_PORTFOLIO_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/community.pb-c.h"

struct call;

/* ListCommunities where the request names any condition. */
enum status portfolio_of_all(struct call *c, const Member__ListCommunitiesRequest *req,
			     Member__ListCommunitiesResponse *list) MUST_USE;

#endif
