/* Words about merged persons for the tests of the member service. */
#ifndef KITH_TESTS_MERGE_WORDS_H
#define KITH_TESTS_MERGE_WORDS_H

#include "given.h"
#include "kith/member/v1/merge.pb-c.h"

/* The other one turns out to be the survivor; the id of the merge. */
const char *merged(struct suite *s, const char *survivor, const char *other);

/* They are two again; how much stayed as it was. */
int32_t parted(struct suite *s, const char *merge_id);

/* A ladder without a window: a post counts 10, a comment 3; levels from 100, 200, 300 on. */
void given_hundreds(struct suite *s, const char *community);

#endif
