/* What a deed in one community needs to reach into others. Access was checked for the first alone.
 */
#ifndef KITH_MEMBER_REACH_H
#define KITH_MEMBER_REACH_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;

/* Whether the caller may decide about those communities as well, and how many members they have
 * together. NOT_FOUND TARGET_NOT_FOUND, also where his key does not reach; PERMISSION_DENIED
 * TARGET_NOT_YOURS unless he is at least an admin there; FAILED_PRECONDITION TARGET_ARCHIVED. */
enum status reach_check(struct call *c, const char **community_ids, size_t n,
			int64_t *ret_member_count) MUST_USE;

/* Locks both communities in the order in which everybody does. */
enum status reach_lock(struct call *c, const char *community_id, const char *other_id) MUST_USE;

#endif
