/* What handlers of every service demand before they change a resource. */
#ifndef KITH_SERVICE_PRECONDITION_H
#define KITH_SERVICE_PRECONDITION_H

#include <stdbool.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"

/* ABORTED ETAG_MISMATCH when the client read another version than there is; no etag never does. */
enum status etag_matches(struct call *c, const char *given, const char *current) MUST_USE;

/* INVALID_ARGUMENT FIELD_NOT_CHANGEABLE when the mask names a field that is not in the
 * NULL-terminated list. */
enum status mask_allows(struct call *c, const Google__Protobuf__FieldMask *mask,
			const char *const *changeable) MUST_USE;

/* Whether the mask covers the field; without a mask nothing is known and it is false. */
bool mask_has(const Google__Protobuf__FieldMask *mask, const char *field);

/* Whether the time is over when the call arrives; no time never is. */
bool time_has_passed(const struct call *c, const Google__Protobuf__Timestamp *time);

/* A violation of `<field>[i]` for each of the texts that has more than `max` characters: what a
 * list's max_len does not say of its items. */
enum status texts_fit(struct call *c, const char *field, const char *const *texts, size_t n,
		      size_t max) MUST_USE;

#endif
