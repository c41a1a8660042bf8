/* Words about communities for the tests of every service: each calls the member service, which the
 * suite must have started. Persons go by short names; "ann" is always the same person. */
#ifndef KITH_TESTS_GIVEN_H
#define KITH_TESTS_GIVEN_H

#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "suite.h"

struct community_wish {
	const char *name;  /* "A community" */
	const char *owner; /* by name; NULL for none */
	const char *time_zone;
	int64_t capacity;
	Member__JoinMode join_mode;
	Member__CommunityType type;
};

/* A new community as wished; its id. given_community(s, .capacity = 1) */
#define given_community(s, ...) community_given((s), &(struct community_wish){__VA_ARGS__})
const char *community_given(struct suite *s, const struct community_wish *wish);

/* The id of the person, registered when he is first spoken of. */
const char *person(struct suite *s, const char *name);

/* As the platform, whoever calls otherwise. */
struct outcome join(struct suite *s, const char *community, const char *name);
struct outcome leave(struct suite *s, const char *community, const char *name);
struct outcome give_role(struct suite *s, const char *community, const char *name,
			 Member__Role role);

/* His membership; the test fails when he has none. */
Member__Membership membership_of(struct suite *s, const char *community, const char *name);
Member__Community community_of(struct suite *s, const char *community);
int64_t member_count(struct suite *s, const char *community);

/* What somebody did on the day so many days before the community's today. */
struct day_wish {
	const char *name, *kind; /* "POST" */
	int32_t ago;             /* days */
	int64_t count;
	int64_t version; /* 0: above all versions told before */
};

/* Evaluation tells member of these days, in one delivery. Afterwards the platform calls. */
void tell_days(struct suite *s, const char *community, const struct day_wish *days, size_t n);
/* The same of one day. */
void tell_day(struct suite *s, const char *community, const char *name, const char *kind,
	      int32_t ago, int64_t count);
/* The day as text, by the community's clock. */
const char *days_ago(struct suite *s, const char *community, int32_t n);

#endif
