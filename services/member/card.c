/* Member cards: what one member may see of another. Statements are in sql/card.sql. */
#include <strings.h>

#include "base/arena.h"
#include "kith/member/v1/card.pb-c.h"
#include "kith/member/v1/card_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "sight.h"

/*
 * reason                status               from
 * MEMBERSHIP_NOT_FOUND  NOT_FOUND            Get, Unmask
 * PERSON_NOT_FOUND      NOT_FOUND            Unmask
 * PERSON_ERASED         FAILED_PRECONDITION  Unmask
 */

/* As what the caller looks at members of the community. */
static enum status viewer_in(struct call *c, const char *community_id, enum viewer *ret)
{
	enum rank rank;

	if (c->caller->kind != CALLER_PERSON) {
		*ret = VIEWER_PLATFORM;
		return STATUS_OK;
	}
	TRY(member_service.rank(c, community_id, &rank));
	*ret = rank >= RANK_MODERATOR ? VIEWER_STAFF
	       : rank >= RANK_MEMBER  ? VIEWER_MEMBER
				      : VIEWER_STRANGER;

	return STATUS_OK;
}

static void query(struct call *c, enum viewer viewer, Member__CardQuery *ret)
{
	ret->staff = viewer >= VIEWER_STAFF;
	ret->visibilities = arena_array(c->arena, MEMBER__VISIBILITY__VISIBILITY_SELF,
					sizeof(*ret->visibilities));
	for (Member__Visibility v = MEMBER__VISIBILITY__VISIBILITY_PUBLIC;
	     v <= MEMBER__VISIBILITY__VISIBILITY_SELF; v++)
		if (sight_of(viewer, v, false) != SIGHT_NONE)
			ret->visibilities[ret->n_visibilities++] = v;
}

/* The attributes of the card's person, each as the viewer sees it. `caller`: who that is. */
static void dress(struct call *c, Member__MemberCard *card, const Member__CardSet *set,
		  const char *caller, enum viewer viewer)
{
	if (strcasecmp(card->person_id, caller) == 0)
		viewer = VIEWER_SELF;
	card->attributes = arena_array(c->arena, set->n_attributes, sizeof(*card->attributes));
	for (size_t i = 0; i < set->n_attributes; i++) {
		const Member__OwnedAttribute *owned = set->attributes[i];
		enum sight sight = sight_of(viewer, owned->visibility, owned->masked);
		Member__CardAttribute *shown;

		if (strcasecmp(owned->person_id, card->person_id) != 0 || sight == SIGHT_NONE)
			continue;
		shown = arena_alloc(c->arena, sizeof(*shown));
		member__card_attribute__init(shown);
		shown->name = owned->name;
		shown->masked = sight == SIGHT_MASKED;
		shown->value = shown->masked ? sight_mask(c->arena, owned->name, owned->value)
					     : owned->value;
		card->attributes[card->n_attributes++] = shown;
	}
}

static enum status look(struct call *c, Member__CardQuery *wanted, enum viewer *ret_viewer,
			Member__CardSet *ret)
{
	const char *caller = "";

	TRY(viewer_in(c, wanted->community_id, ret_viewer));
	if (c->caller->kind == CALLER_PERSON)
		TRY(person_meant(c, c->caller->person_id, &caller));
	query(c, *ret_viewer, wanted);
	TRY(sql_card_list(c, wanted, ret));
	TRY(sql_card_attributes(c, wanted, ret));
	for (size_t i = 0; i < ret->n_cards; i++)
		dress(c, ret->cards[i], ret, caller, *ret_viewer);

	return STATUS_OK;
}

static enum status look_at_one(struct call *c, const char *community_id, const char *person_id,
			       Member__CardSet *ret)
{
	Member__CardQuery wanted = MEMBER__CARD_QUERY__INIT;
	enum viewer viewer;

	wanted.community_id = community_id;
	wanted.person_ids = &person_id;
	wanted.n_person_ids = 1;
	TRY(look(c, &wanted, &viewer, ret));
	if (ret->n_cards == 0)
		return call_fail(c, STATUS_NOT_FOUND, "MEMBERSHIP_NOT_FOUND",
				 "no member to be seen");

	return STATUS_OK;
}

enum status card_attributes(struct call *c, const char *community_id, const char *person_id,
			    size_t *ret_n, Member__CardAttribute ***ret)
{
	Member__CardSet set = MEMBER__CARD_SET__INIT;

	TRY(look_at_one(c, community_id, person_id, &set));
	*ret_n = set.cards[0]->n_attributes;
	*ret = set.cards[0]->attributes;

	return STATUS_OK;
}

enum status member_get_member_card(struct call *c, const Member__GetMemberCardRequest *req,
				   Member__MemberCard *card)
{
	Member__CardSet set = MEMBER__CARD_SET__INIT;

	TRY(look_at_one(c, req->community_id, req->person_id, &set));
	*card = *set.cards[0];

	return STATUS_OK;
}

enum status member_list_member_cards(struct call *c, const Member__ListMemberCardsRequest *req,
				     Member__ListMemberCardsResponse *list)
{
	Member__CardQuery wanted = MEMBER__CARD_QUERY__INIT;
	Member__CardSet set = MEMBER__CARD_SET__INIT;
	enum viewer viewer;

	wanted.community_id = req->community_id;
	wanted.person_ids = req->person_ids;
	wanted.n_person_ids = req->n_person_ids;
	TRY(look(c, &wanted, &viewer, &set));
	list->cards = set.cards;
	list->n_cards = set.n_cards;

	return STATUS_OK;
}

/* Takes the masks off, and notes the names of what was behind them. */
static void unmask(struct call *c, Member__CardSet *set, Member__MemberAudit *audit)
{
	Member__MemberCard *card = set->cards[0];

	audit->attribute_names =
		arena_array(c->arena, card->n_attributes, sizeof(*audit->attribute_names));
	for (size_t i = 0; i < set->n_attributes; i++) {
		/* All are of one person, and all of them are shown. */
		if (!card->attributes[i]->masked)
			continue;
		card->attributes[i]->value = set->attributes[i]->value;
		card->attributes[i]->masked = false;
		audit->attribute_names[audit->n_attribute_names++] = card->attributes[i]->name;
	}
}

enum status member_unmask_member_card(struct call *c, const Member__UnmaskMemberCardRequest *req,
				      Member__MemberCard *card)
{
	Member__MemberAudit audit = MEMBER__MEMBER_AUDIT__INIT;
	Member__CardSet set = MEMBER__CARD_SET__INIT;

	/* He is there to be looked at until this is done. */
	TRY(person_take(c, req->person_id, &audit.person_id));
	TRY(look_at_one(c, req->community_id, audit.person_id, &set));
	unmask(c, &set, &audit);
	audit.community_id = req->community_id;
	audit.reason = req->reason;
	TRY(sql_member_audit_write(c, &audit));
	*card = *set.cards[0];

	return STATUS_OK;
}

enum status member_list_member_audits(struct call *c, const Member__ListMemberAuditsRequest *req,
				      Member__ListMemberAuditsResponse *list)
{
	return sql_member_audit_list(c, req, list);
}
