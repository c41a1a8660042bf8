/* What this service knows of memberships and communities, which member alone decides on. Fed by
 * events; what is missing or has ended is asked for and kept, so that who has just joined can act
 * at once.
 *
 * Statements that write guard themselves by the view replica_present and need no call here before;
 * when such a statement touched no row, replica_admit says why, or that it may be tried again. */
#ifndef KITH_EVENT_REPLICA_H
#define KITH_EVENT_REPLICA_H

#include <stdbool.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "rpc/access.h"

/* The rank of the acting person, by access_rank's contract: as a member or as an operator,
 * whichever is greater; RANK_NONE for a stranger. */
enum status replica_rank(struct call *c, const char *community_id, enum rank *ret_rank) MUST_USE;

/* What somebody is about to do; each asks for what the one before does, and more. */
enum deed {
	DEED_SILENT, /* of a member of a community that is not archived */
	DEED_SIGN,   /* such as a reaction: of who is not muted */
	DEED_WORDS,  /* of who has accepted the rules in force */
};

/* Whether the person may do that in the community now. FAILED_PRECONDITION with reason
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED, PERSON_MERGED with the fact person_id of who he is now,
 * MEMBER_MUTED with fact mute_until_time, or RULES_NOT_ACCEPTED with fact rules_version. */
enum status replica_admit(struct call *c, const char *community_id, const char *person_id,
			  enum deed deed) MUST_USE;

/* Makes sure that a statement which looks for the acting person in the replica finds him. OK also
 * for strangers and when nobody in person acts. */
enum status replica_know_caller(struct call *c, const char *community_id) MUST_USE;

/* The person a deed is done by: whom the request names, else who calls. PERMISSION_DENIED with
 * reason PERSON_NOT_CALLER when a person names another; a violation of `field` when nobody is
 * meant. */
enum status replica_actor(struct call *c, const char *field, const char *named,
			  const char **ret_person_id) MUST_USE;

/* Refuses a person whose rank is below, unless he is `owner_id` ("" for nobody): PERMISSION_DENIED
 * with reason ROLE_TOO_LOW. Platform keys and services pass. */
enum status replica_allow(struct call *c, const char *community_id, const char *owner_id,
			  enum rank least) MUST_USE;

/* The same where only the owner may: PERMISSION_DENIED with reason NOT_THE_OWNER. */
enum status replica_own(struct call *c, const char *owner_id) MUST_USE;

/* The community's time zone, state and create_time, other fields unset. NOT_FOUND with reason
 * COMMUNITY_NOT_FOUND when member does not know it either. */
enum status replica_community(struct call *c, const char *community_id,
			      Member__Community *ret) MUST_USE;

/* Its type, which member is asked for where only an older version of Kith told of the community. */
enum status replica_community_type(struct call *c, const char *community_id,
				   Member__CommunityType *ret) MUST_USE;

/* Whether an event of that type is among them. */
bool delivery_has(const Event__DeliverEventsRequest *req, Event__EventType type);

/* The whole of an inbox that takes only member's events, but for what the service itself keeps of
 * persons who are erased. */
enum status replica_apply(struct call *c, const Event__DeliverEventsRequest *req,
			  Event__DeliverEventsResponse *reply) MUST_USE;

#endif
