/* The member service: who belongs. One .c a noun; each handler's prototype is in member.rpc.h. */
#ifndef KITH_MEMBER_MEMBER_H
#define KITH_MEMBER_MEMBER_H

#include <stddef.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/card.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "service/precondition.h"
#include "service/service.h"

struct filter;

extern const struct service member_service;
extern const service_deed member_deeds[];

/* Reads the community and keeps everybody else from changing who belongs to it until the call ends:
 * what is decided after this sees all that was decided before. NOT_FOUND COMMUNITY_NOT_FOUND. */
enum status community_lock(struct call *c, const char *community_id,
			   Member__Community *ret) MUST_USE;

/* NOT_FOUND COMMUNITY_NOT_FOUND unless there is such a community. */
enum status community_exists(struct call *c, const char *community_id) MUST_USE;

/* FAILED_PRECONDITION COMMUNITY_ARCHIVED unless it is active. */
enum status community_open(struct call *c, const Member__Community *community) MUST_USE;

/* A page of those who meet a filter, ascending by number. The rows are as they are when they are
 * read, just after it was found who meets it. `list` and `req` are as sql_page_begin has them. */
struct membership_page {
	Member__Membership **memberships;
	size_t n;
	int64_t total; /* on all pages */
	const char *next_token;
};
enum status membership_page_of(struct call *c, const char *community_id,
			       const struct filter *filter, const char *list,
			       const ProtobufCMessage *req, struct membership_page *ret) MUST_USE;

/* Makes the person a member of the community, which is locked, whatever its join policy: see
 * admission.h. RESOURCE_EXHAUSTED COMMUNITY_FULL, FAILED_PRECONDITION COMMUNITY_ARCHIVED, BANNED.
 */
enum status membership_join(struct call *c, const Member__Community *community,
			    const Member__JoinCommunityRequest *req,
			    Member__Membership *ret) MUST_USE;

/* FAILED_PRECONDITION BANNED. */
enum status person_banned(struct call *c);

/* PERMISSION_DENIED ROLE_TOO_LOW unless the membership's role is below the rank the caller acts
 * with. */
enum status membership_below(struct call *c, const Member__Membership *membership) MUST_USE;

/* Who is meant by the id: a person who was merged into another is that one. All that follow find
 * him so; the ids are in the call's arena. NOT_FOUND PERSON_NOT_FOUND. */
enum status person_named(struct call *c, const char *person_id,
			 const char **ret_person_id) MUST_USE;

/* The same where nobody need be known by the id: for who is found, or is not, by another noun. Once
 * a community is locked, none of its members is merged before the call ends. */
enum status person_meant(struct call *c, const char *person_id,
			 const char **ret_person_id) MUST_USE;

/* Who is meant, and what is known of him. FAILED_PRECONDITION PERSON_ERASED. */
enum status person_read(struct call *c, const char *person_id, Member__Person *ret) MUST_USE;

/* The same, and nobody else changes him before the call ends. */
enum status person_lock(struct call *c, const char *person_id, Member__Person *ret) MUST_USE;

/* The same, and keeps him from being merged or erased until the call ends: for who becomes a
 * member, before the community is locked. */
enum status person_take(struct call *c, const char *person_id, const char **ret_person_id) MUST_USE;

/* The attributes of a member as the caller may see them. NOT_FOUND MEMBERSHIP_NOT_FOUND. */
enum status card_attributes(struct call *c, const char *community_id, const char *person_id,
			    size_t *ret_n, Member__CardAttribute ***ret) MUST_USE;

/* What the events say about what their persons care for. */
enum status portrait_hear(struct call *c, const Event__DeliverEventsRequest *fresh) MUST_USE;

/* INVALID_ARGUMENT BAD_TIME_ZONE with a violation of `field` unless the name is empty or a zone of
 * the database. */
enum status time_zone_known(struct call *c, const char *field, const char *name) MUST_USE;

/* The same for n names at once, each named `<list>[i].<field>`. */
enum status time_zones_known(struct call *c, const char *list, const char *field,
			     const char **names, size_t n) MUST_USE;

/* FAILED_PRECONDITION PERSON_ERASED. */
enum status person_erased(struct call *c);

#endif
