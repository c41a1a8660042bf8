/* How protoc-c names things in C. */
#ifndef KITH_GEN_CNAME_H
#define KITH_GEN_CNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* "member.GetCommunityRequest" → "Member__GetCommunityRequest" */
const char *cname_type(struct arena *arena, const char *dotted);
/* "member.GetCommunityRequest" → "member__get_community_request" */
const char *cname_symbol(struct arena *arena, const char *dotted);
/* "GetCommunity" → "get_community" */
const char *cname_snake(struct arena *arena, const char *camel);
void cname_snake_into(const char *camel, char *ret, size_t size);
/* "get_community" → "GET_COMMUNITY" */
const char *cname_upper(struct arena *arena, const char *snake);
/* "create_time" → "createTime", as JSON has it */
const char *cname_json(struct arena *arena, const char *snake);

#endif
