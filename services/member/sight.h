/* What one may see of another's attributes, and how a value looks behind its mask. Pure: neither
 * database nor call. */
#ifndef KITH_MEMBER_SIGHT_H
#define KITH_MEMBER_SIGHT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "kith/member/v1/profile.pb-c.h"

/* Who looks, by how close he stands. */
enum viewer {
	VIEWER_STRANGER, /* holds a key, and no more is known of him */
	VIEWER_MEMBER,   /* belongs to a community with him */
	VIEWER_STAFF,    /* moderates it, or more */
	VIEWER_SELF,
	VIEWER_PLATFORM, /* keeps the data */
	VIEWERS,
};

enum sight {
	SIGHT_NONE,   /* he does not learn that it is there */
	SIGHT_MASKED, /* its shape */
	SIGHT_CLEAR,
};

enum sight sight_of(enum viewer viewer, Member__Visibility visibility, bool masked);

/* The value as others see it when it is masked: what a form of it is known by stays, the rest are
 * stars. phone 138****5678, email a***@x.org, real_name 王*, anything else its first and last
 * character with *** between; so little of a short one that it cannot be guessed. `value` is
 * well-formed UTF-8. */
const char *sight_mask(struct arena *arena, const char *name, const char *value) MUST_USE;

#endif
