/* Media of posts: whether they may be there, and putting them into posts and revisions. */
#ifndef KITH_CONTENT_MEDIA_H
#define KITH_CONTENT_MEDIA_H

#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/content/v1/post_edit.pb-c.h"

struct arena;

/* Versions of a post besides its revisions: as it is, and as an edit that waits will have it. */
#define MEDIA_NOW     INT64_C(0)
#define MEDIA_WAITING INT64_C(-1)

/* Whether a post of that kind may have them in the community. INVALID_ARGUMENT with reason
 * TOO_MANY_MEDIA, MEDIA_TYPE, MEDIA_TOO_LARGE, BAD_URL or BAD_SHA256 and the field. */
enum status media_fit(struct call *c, const char *community_id, Content__PostKind kind, size_t n,
		      Content__Media *const *media) MUST_USE;

/* FAILED_PRECONDITION MEDIA_MISSING where the kind asks for one that is not there. */
enum status media_suffice(struct call *c, Content__PostKind kind, size_t n,
			  Content__Media *const *media) MUST_USE;

/* INVALID_ARGUMENT MEDIA_TYPE unless all of them are types of media. */
enum status media_types_known(struct call *c, const Content__ContentSettings *settings) MUST_USE;

/* What is written for who cannot see or hear them, a line each; "" for nothing. In the arena. */
const char *media_alt_texts(struct arena *arena, size_t n, Content__Media *const *media);

/* Makes them that version's, in the place of those it has. */
enum status media_put(struct call *c, const char *community_id, const char *post_id,
		      int64_t version, size_t n, Content__Media *const *media) MUST_USE;

/* Gives each of the community's posts, and so on, that has any its media; without a question when
 * none has. */
enum status media_show(struct call *c, const char *community_id, size_t n,
		       Content__Post *const *posts) MUST_USE;
/* The same of a list over communities. */
enum status media_show_all(struct call *c, Content__ListPostsResponse *list) MUST_USE;
enum status media_show_edits(struct call *c, const char *community_id, size_t n,
			     Content__PostEdit *const *edits) MUST_USE;
enum status media_show_revisions(struct call *c, const char *community_id, const char *post_id,
				 size_t n, Content__PostRevision *const *revisions) MUST_USE;

#endif
