/* Who may call: signs and checks callers, and holds the one decision. */
#ifndef KITH_RPC_ACCESS_H
#define KITH_RPC_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"

struct ProtobufCMessage;

#define ACCESS_SECRET_SIZE 32

/* Ranks of a person in a community, ascending; the same order as the roles of the contract. */
enum rank { RANK_NONE, RANK_MEMBER, RANK_EXPERT, RANK_MODERATOR, RANK_ADMIN, RANK_OWNER };

/* Tells the rank of c->caller->person_id in the community; RANK_NONE for a stranger. A service
 * answers from its own schema. */
typedef enum status (*access_rank)(struct call *c, const char *community_id, enum rank *ret_rank);

/* A serialized SignedCaller valid until `expire_time_ms`, appended to `to`. */
void access_sign(const struct caller *caller, int64_t expire_time_ms,
		 const uint8_t secret[static ACCESS_SECRET_SIZE], struct buf *to);

/* The caller in those bytes, in the arena, and until when he may be trusted. UNAUTHENTICATED when
 * absent, forged or expired. */
enum status access_verify(struct call *c, const void *bytes, size_t size,
			  const uint8_t secret[static ACCESS_SECRET_SIZE],
			  const struct caller **ret_caller, int64_t *ret_expire_time_ms) MUST_USE;

/* PERMISSION_DENIED with the reason unless the method's access row lets the caller do it with this
 * request: SERVICE callers may call everything; nobody else a method that says only SERVICE;
 *   scopes: reads need "read", writes "write", PLATFORM-only writes "admin";
 *   a key bound to communities is refused any other community's id (NOT_FOUND, so that ids do not
 * leak), and methods without community_id unless they are PUBLIC, or SELF and a person acts;
 * PLATFORM keys then pass;
 * persons need SELF with their own person_id, or a rank that `rank` tells. */
enum status access_check(struct call *c, const struct ProtobufCMessage *request,
			 access_rank rank) MUST_USE;

#endif
