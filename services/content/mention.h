/* Mentions of members in posts and comments. */
#ifndef KITH_CONTENT_MENTION_H
#define KITH_CONTENT_MENTION_H

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/mention_store.pb-c.h"

/* Whom the words name, by number. INVALID_ARGUMENT TOO_MANY_MENTIONS with a violation of `field`
 * when they are too many. */
enum status mention_read(struct call *c, const char *field, const char *words,
			 Content__NamedNumbers *ret) MUST_USE;

/* Notes them as those whom the subject, a post or a comment on it, names, and nobody else. */
enum status mention_put(struct call *c, Content__NamedNumbers *named, const char *community_id,
			const char *post_id, const char *subject_id) MUST_USE;

#endif
