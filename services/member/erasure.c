/* Forgetting a person. Statements are in sql/erasure.sql. */
#include "erasure.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "event.sql.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith/member/v1/privacy_store.pb-c.h"
#include "kith/member/v1/store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status               from
 * PERSON_NOT_FOUND     NOT_FOUND            Erase
 * ERASURE_NOT_FOUND    NOT_FOUND            GetErasure
 * OWNER_MUST_TRANSFER  FAILED_PRECONDITION  Erase
 * PERSON_MERGED        FAILED_PRECONDITION  Erase
 */

/* A name shorter than this is in too many answers that do not mean it. */
#define NAME_BYTES_MIN 4

/* One a noun that holds words or names of persons, in no order. */
static enum status (*const erasers[])(struct call *c, const Member__GetPersonRequest *who) = {
	sql_designation_erase,   sql_duty_erase,       sql_entitlement_erase,
	sql_erase_api_keys,      sql_erase_attributes, sql_erase_audits,
	sql_erase_contributions, sql_erase_interests,  sql_erase_memberships,
	sql_erase_outbox,        sql_identity_erase,   sql_invitation_erase,
	sql_join_request_erase,  sql_journey_erase,    sql_kol_erase,
	sql_merge_erase,         sql_stay_erase,       sql_subscription_erase,
	sql_verification_erase,  sql_violation_erase,  NULL,
};

enum status erasure_run(struct call *c, const Member__GetPersonRequest *who)
{
	for (size_t i = 0; erasers[i]; i++)
		TRY(erasers[i](c, who));

	return STATUS_OK;
}

static bool is_erased(const Member__Person *person)
{
	return person->state == MEMBER__PERSON_STATE__PERSON_STATE_ERASED;
}

/* The answers that are kept for calls that may be repeated. */
static enum status forget_replies(struct call *c, const Member__Person *person)
{
	Event__ForgetRequest forget = EVENT__FORGET_REQUEST__INIT;
	const char *names[] = {person->display_name, person->external_id};
	const char *words[2];

	forget.person_ids = (const char **)&person->person_id;
	forget.n_person_ids = 1;
	forget.words = words;
	for (size_t i = 0; i < 2; i++)
		if (strlen(names[i]) >= NAME_BYTES_MIN)
			words[forget.n_words++] = names[i];

	return sql_reply_forget(c, &forget);
}

static enum status erase(struct call *c, const Member__ErasePersonRequest *req,
			 const Member__Person *person, Member__Person *ret)
{
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;
	Member__Erasure erasure = MEMBER__ERASURE__INIT;

	who.person_id = person->person_id;
	erasure.person_id = person->person_id;
	erasure.reason = req->reason;
	erasure.content = req->content;
	TRY(erasure_run(c, &who));
	TRY(forget_replies(c, person));

	return sql_erasure_write(c, &erasure, ret);
}

/* Nobody who answers for a community that lives on just vanishes. */
static enum status owns_nothing(struct call *c, const Member__ErasedPersons *he)
{
	Member__Community owned = MEMBER__COMMUNITY__INIT;
	bool found;

	TRY(sql_find_erasure_owned(c, he, &owned, &found));
	if (!found)
		return STATUS_OK;

	call_fact(c, "community_id", owned.community_id);
	return call_fail(c, STATUS_FAILED_PRECONDITION, "OWNER_MUST_TRANSFER",
			 "an owner hands the community over before he is erased");
}

/* The rows of one human being, locked, and which of them the request names. */
static enum status lock(struct call *c, const char *person_id, Member__ErasedPersons *ret,
			const Member__Person **ret_named)
{
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;

	who.person_id = person_id;
	TRY(sql_erasure_lock_persons(c, &who, ret));
	ret->person_ids = arena_array(c->arena, ret->n_persons, sizeof(*ret->person_ids));
	for (size_t i = 0; i < ret->n_persons; i++) {
		ret->person_ids[ret->n_person_ids++] = ret->persons[i]->person_id;
		if (strcasecmp(ret->persons[i]->person_id, person_id) == 0)
			*ret_named = ret->persons[i];
	}
	if (ret->n_persons == 0)
		return call_fail(c, STATUS_NOT_FOUND, "PERSON_NOT_FOUND", "no such person");

	return STATUS_OK;
}

enum status member_erase_person(struct call *c, const Member__ErasePersonRequest *req,
				Member__Person *person)
{
	Member__ErasedPersons he = MEMBER__ERASED_PERSONS__INIT;
	Member__CommunityLock communities = MEMBER__COMMUNITY_LOCK__INIT;
	const Member__Person *named = NULL;

	TRY(lock(c, req->person_id, &he, &named));
	if (named->state == MEMBER__PERSON_STATE__PERSON_STATE_MERGED) {
		call_fact(c, "merged_into_person_id", named->merged_into_person_id);
		return call_fail(c, STATUS_FAILED_PRECONDITION, "PERSON_MERGED",
				 "who he was merged into is erased, and he with him");
	}
	TRY(sql_erasure_lock_communities(c, &he, &communities));
	TRY(owns_nothing(c, &he));
	*person = *named;
	for (size_t i = 0; i < he.n_persons; i++) {
		Member__Person gone = MEMBER__PERSON__INIT;

		if (is_erased(he.persons[i]))
			continue;
		TRY(erase(c, req, he.persons[i], &gone));
		if (he.persons[i] == named)
			*person = gone;
	}

	return STATUS_OK;
}

enum status member_get_erasure(struct call *c, const Member__GetErasureRequest *req,
			       Member__Erasure *erasure)
{
	return sql_erasure_get(c, req, erasure);
}
