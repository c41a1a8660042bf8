/* Persons. Statements are in sql/person.sql. */
#include "base/id.h"
#include "kith/member/v1/person.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                    status               from
 * PERSON_NOT_FOUND          NOT_FOUND            Get, Lookup, Update, whatever takes a person
 * PERSON_EXTERNAL_ID_TAKEN  ALREADY_EXISTS       Create (constraint)
 * PERSON_ERASED             FAILED_PRECONDITION  Update, whatever takes a person
 * BAD_TIME_ZONE             INVALID_ARGUMENT     Create, Update
 * FIELD_NOT_CHANGEABLE      INVALID_ARGUMENT     Update
 * ETAG_MISMATCH             ABORTED              Update
 */

static const char *const changeable[] = {"display_name", "locale", "time_zone", NULL};

enum status person_erased(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "PERSON_ERASED",
			 "nothing is kept of the person but that he was");
}

static enum status not_erased(struct call *c, const Member__Person *person)
{
	return person->state == MEMBER__PERSON_STATE__PERSON_STATE_ERASED ? person_erased(c)
									  : STATUS_OK;
}

enum status person_read(struct call *c, const char *person_id, Member__Person *ret)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;

	wanted.person_id = person_id;
	TRY(sql_person_named(c, &wanted, ret));

	return not_erased(c, ret);
}

typedef enum status (*hold_function)(struct call *c, const Member__GetPersonRequest *who,
				     Member__Person *ret);

/* Whoever was being merged when his turn came is asked for once more, as the other one. */
static enum status follow(struct call *c, hold_function hold, const char *person_id,
			  Member__Person *ret)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;

	wanted.person_id = person_id;
	do {
		member__person__init(ret);
		TRY(hold(c, &wanted, ret));
		wanted.person_id = ret->merged_into_person_id;
	} while (ret->merged_into_person_id[0]);

	return not_erased(c, ret);
}

enum status person_lock(struct call *c, const char *person_id, Member__Person *ret)
{
	return follow(c, sql_person_lock_named, person_id, ret);
}

enum status person_named(struct call *c, const char *person_id, const char **ret_person_id)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;
	Member__Person person = MEMBER__PERSON__INIT;

	wanted.person_id = person_id;
	TRY(sql_person_named(c, &wanted, &person));

	*ret_person_id = person.person_id;
	return STATUS_OK;
}

enum status person_take(struct call *c, const char *person_id, const char **ret_person_id)
{
	Member__Person person;

	TRY(follow(c, sql_person_take, person_id, &person));

	*ret_person_id = person.person_id;
	return STATUS_OK;
}

enum status person_meant(struct call *c, const char *person_id, const char **ret_person_id)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;
	Member__Person person = MEMBER__PERSON__INIT;

	wanted.person_id = person_id;
	TRY(sql_person_meant(c, &wanted, &person));

	*ret_person_id = person.person_id;
	return STATUS_OK;
}

enum status member_create_person(struct call *c, const Member__CreatePersonRequest *req,
				 Member__Person *person)
{
	Member__CreatePersonRequest request = *req;
	Member__Person wanted = *req->person;
	char id[ID_SIZE];

	TRY(time_zone_known(c, "person.time_zone", wanted.time_zone));

	/* An import of the same outside system will come to the same id. */
	id_of("person", wanted.external_id, id);
	wanted.person_id = wanted.external_id[0] ? id : call_new_id(c);
	request.person = &wanted;

	return sql_person_create(c, &request, person);
}

enum status member_get_person(struct call *c, const Member__GetPersonRequest *req,
			      Member__Person *person)
{
	return sql_person_get(c, req, person);
}

enum status member_lookup_person(struct call *c, const Member__LookupPersonRequest *req,
				 Member__Person *person)
{
	Member__GetPersonRequest wanted = MEMBER__GET_PERSON_REQUEST__INIT;
	char id[ID_SIZE];

	id_of("person", req->external_id, id);
	wanted.person_id = id;

	return sql_person_get(c, &wanted, person);
}

enum status member_update_person(struct call *c, const Member__UpdatePersonRequest *req,
				 Member__Person *person)
{
	Member__UpdatePersonRequest request = *req;
	Member__Person was = MEMBER__PERSON__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(time_zone_known(c, "person.time_zone", req->person->time_zone));
	TRY(person_lock(c, req->person_id, &was));
	TRY(etag_matches(c, req->person->etag, was.etag));

	request.person_id = was.person_id;

	return sql_person_update(c, &request, person);
}
