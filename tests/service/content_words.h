/* Words about content for the tests: posts, comments, reactions of persons with short names. */
#ifndef KITH_TESTS_CONTENT_WORDS_H
#define KITH_TESTS_CONTENT_WORDS_H

#include "given.h"
#include "kith/content/v1/comment.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/content/v1/reaction.pb-c.h"
#include "suite.h"

/* member and content, each calling the other; for cmocka. */
int content_setup(void **state);

/* Whoever calls now, in the author's name. */
struct outcome post_as(struct suite *s, const char *community, const char *author, const char *body,
		       Content__Post *ret);
struct outcome comment_as(struct suite *s, const char *community, const char *post,
			  const char *parent, const char *author, Content__Comment *ret);
struct outcome react_as(struct suite *s, const char *community, const char *target,
			const char *name, const char *emoji, Content__Reaction *ret);

/* Whoever calls now. */
struct outcome get_post(struct suite *s, const char *community, const char *post,
			Content__Post *ret);
struct outcome remove_post(struct suite *s, const char *community, const char *post,
			   Content__Post *ret);
struct outcome remove_comment(struct suite *s, const Content__Comment *comment,
			      Content__Comment *ret);

/* The platform, whoever calls otherwise; these must succeed. */
const char *given_post(struct suite *s, const char *community, const char *author);
Content__Post post_of(struct suite *s, const char *community, const char *post);
Content__ContentSummary summary_of(struct suite *s, const char *community);

/* Nothing of a text but its words is checked in the community from now on: who speaks often may. */
void check_words_only(struct suite *s, const char *community);

/* How many events of that type about that subject, or of what is said to it, content has told. */
int64_t told(struct suite *s, const char *type, const char *subject);

/* Member tells content of a membership, as its events do. */
void tell_membership(struct suite *s, const char *community, const char *name, const char *state,
		     int64_t version, int64_t mute_until_s);

/* Member tells the service by that method that the person was erased; his words may stay. */
void tell_erased(struct suite *s, const struct method *deliver, const char *name);

#endif
