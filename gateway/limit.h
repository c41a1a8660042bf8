/* Token buckets, one a key or an address, in a table of fixed size: who has not come for longest
 * makes room, which only ever forgives. Belongs to the loop's thread. */
#ifndef KITH_GATEWAY_LIMIT_H
#define KITH_GATEWAY_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct allowance;
struct limit;

/* `rate` calls a second, `burst` at once. NULL when rate is 0: no limit. */
struct limit *limit_new(uint32_t rate, uint32_t burst, uint64_t seed);
void limit_free(struct limit *limit);

/* Takes one call from the bucket of those 16 bytes and tells what is left. False: there was none,
 * and *ret_wait_us says when there will be. Always true without a limit. */
bool limit_take(struct limit *limit, const uint8_t who[static 16], int64_t now_us,
		struct allowance *ret_allowance, int64_t *ret_wait_us) MUST_USE;

#endif
