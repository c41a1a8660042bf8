/* Conditions on communities: the fields that a list's request names, and its filter. */
#ifndef KITH_MEMBER_CONDITION_H
#define KITH_MEMBER_CONDITION_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "filter/filter.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/registry_store.pb-c.h"

struct call;

#define CONDITION_FACETS 400 /* combinations there are */

/* Reads the sieve's filter, and fills in what follows from that and from what it asks for: the
 * facets that may meet the condition, the language and the times that all who meet it have. Whether
 * more than the facets has to be looked at: *ret_depends. INVALID_ARGUMENT BAD_FILTER. */
enum status condition_read(struct call *c, Member__CommunitySieve *sieve,
			   const struct filter **ret_filter, bool *ret_depends) MUST_USE;

/* Whether a community that was read meets both. */
enum status condition_met(struct call *c, const Member__Facets *asked, const struct filter *filter,
			  Member__Community *community, bool *ret_met) MUST_USE;

#endif
