/* Words about communities for the tests of every service: each calls the member service, which the
 * suite must have started. Persons go by short names; "ann" is always the same person. */
#ifndef KITH_TESTS_GIVEN_H
#define KITH_TESTS_GIVEN_H

#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/plan.pb-c.h"
#include "kith/member/v1/profile.pb-c.h"
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

/* The person of that name calls from now on. */
void as_named(struct suite *s, const char *name);

/* As the platform, whoever calls otherwise. */
struct outcome join(struct suite *s, const char *community, const char *name);
/* He joins himself, with an invitation's code or NULL. The platform calls afterwards. */
struct outcome come(struct suite *s, const char *community, const char *name, const char *code);
struct outcome leave(struct suite *s, const char *community, const char *name);
struct outcome give_role(struct suite *s, const char *community, const char *name,
			 Member__Role role);

/* The community's join policy: "INVITE APPROVAL, PAID" is two ways; `condition` is a filter or
 * NULL.
 */
void given_ways(struct suite *s, const char *community, const char *ways, const char *condition);

/* A new invitation's code; made by that member, or by the platform where he is NULL. */
const char *given_invitation(struct suite *s, const char *community, const char *name,
			     int32_t max_uses);

/* His membership; the test fails when he has none. */
Member__Membership membership_of(struct suite *s, const char *community, const char *name);
Member__Community community_of(struct suite *s, const char *community);
int64_t member_count(struct suite *s, const char *community);

/* The person of that name says so of himself. */
void say(struct suite *s, const char *name, const char *attribute_name, const char *value,
	 Member__Visibility visibility, bool masked);

/* A plan of one month at 1000 fen, and so many days of grace; its id. */
const char *given_plan(struct suite *s, const char *community, int32_t grace_days);

/* As the platform: the person pays for a period of the plan, and becomes a member where he `joins`.
 */
struct outcome subscribe(struct suite *s, const char *community, const char *name, const char *plan,
			 const char *order, bool joins, Member__Subscription *ret);

/* Lets the time of the person's subscription pass: until its end, or until that of its grace. */
void end_subscription(struct suite *s, const char *community, const char *name, bool grace_too);

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
