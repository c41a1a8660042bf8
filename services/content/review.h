/* What waits for a moderator. */
#ifndef KITH_CONTENT_REVIEW_H
#define KITH_CONTENT_REVIEW_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/comment.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/content/v1/review.pb-c.h"

struct call;

/* From now on it waits, for that reason. */
enum status review_post(struct call *c, const Content__Post *post,
			const Content__TextReason *why) MUST_USE;
enum status review_comment(struct call *c, const Content__Comment *comment,
			   const Content__TextReason *why) MUST_USE;

/* Whatever waits about it is settled: something else has become of it. */
enum status review_settle(struct call *c, const char *community_id, const char *subject_id,
			  Content__ReviewState state) MUST_USE;

#endif
