/* Words about communities for the tests of every service: each calls the member service, which the
 * suite must have started. Persons go by short names; "ann" is always the same person. */
#ifndef KITH_TESTS_GIVEN_H
#define KITH_TESTS_GIVEN_H

#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/plan.pb-c.h"
#include "kith/member/v1/subscription.pb-c.h"
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

/* A plan of one month at 1000 fen, and so many days of grace; its id. */
const char *given_plan(struct suite *s, const char *community, int32_t grace_days);

/* As the platform: the person pays for a period of the plan, and becomes a member where he `joins`.
 */
struct outcome subscribe(struct suite *s, const char *community, const char *name, const char *plan,
			 const char *order, bool joins, Member__Subscription *ret);

/* Lets the time of the person's subscription pass: until its end, or until that of its grace. */
void end_subscription(struct suite *s, const char *community, const char *name, bool grace_too);

#endif
