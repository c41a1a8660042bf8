/* Topics, for who writes posts. */
#ifndef KITH_CONTENT_TOPIC_H
#define KITH_CONTENT_TOPIC_H

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"

/* The name of today of what a post's words mean, in the call's arena. FAILED_PRECONDITION
 * TOPIC_STATE when that takes no new posts, TOPIC_UNKNOWN when the community asks for its topics
 * only and the words are none. No words always do. */
enum status topic_settle(struct call *c, const char *community_id, const char *words,
			 const char **ret_topic) MUST_USE;

#endif
