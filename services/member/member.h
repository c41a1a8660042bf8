/* The member service: who belongs. One .c a noun; each handler's prototype is in member.rpc.h. */
#ifndef KITH_MEMBER_MEMBER_H
#define KITH_MEMBER_MEMBER_H

#include <stddef.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/member/v1/community.pb-c.h"
#include "service/service.h"

extern const struct service member_service;

/* Reads the community and keeps everybody else from changing who belongs to it until the call ends:
 * what is decided after this sees all that was decided before. NOT_FOUND COMMUNITY_NOT_FOUND. */
enum status community_lock(struct call *c, const char *community_id,
			   Member__Community *ret) MUST_USE;

/* FAILED_PRECONDITION COMMUNITY_ARCHIVED unless it is active. */
enum status community_open(struct call *c, const Member__Community *community) MUST_USE;

/* NOT_FOUND PERSON_NOT_FOUND unless there is such a person. */
enum status person_exists(struct call *c, const char *person_id) MUST_USE;

/* INVALID_ARGUMENT BAD_TIME_ZONE with a violation of `field` unless the name is empty or a zone of
 * the database. */
enum status time_zone_known(struct call *c, const char *field, const char *name) MUST_USE;

/* The same for n names at once, each named `<list>[i].<field>`. */
enum status time_zones_known(struct call *c, const char *list, const char *field,
			     const char **names, size_t n) MUST_USE;

/* ABORTED ETAG_MISMATCH when the client read another version than there is; no etag never does. */
enum status etag_matches(struct call *c, const char *given, const char *current) MUST_USE;

/* INVALID_ARGUMENT FIELD_NOT_CHANGEABLE when the mask names a field that is not in the
 * NULL-terminated list. */
enum status mask_allows(struct call *c, const Google__Protobuf__FieldMask *mask,
			const char *const *changeable) MUST_USE;

/* Whether the mask covers the field; without a mask nothing is known and it is false. */
bool mask_has(const Google__Protobuf__FieldMask *mask, const char *field);

#endif
