/* Reviews of real names. Statements are in sql/verification.sql.
 *
 * Invariant: neither a name nor a document's number leaves this file but as mask, tail and keyed
 * hash. */
#include "kith/member/v1/verification.pb-c.h"

#include <ctype.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "kith/member/v1/joining_store.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                  status               from
 * PERSON_NOT_FOUND        NOT_FOUND            Submit, Start, Approve, Reject
 * VERIFICATION_NOT_FOUND  NOT_FOUND            all but Submit, List
 * DOCUMENT_ALREADY_USED   ALREADY_EXISTS       Submit
 * BAD_DOCUMENT_NUMBER     INVALID_ARGUMENT     Submit
 * PERSON_ERASED           FAILED_PRECONDITION  Submit, Start, Approve, Reject
 * VERIFICATION_STATE      FAILED_PRECONDITION  Submit, Start, Approve, Reject
 */

#define NUMBER_MIN 6
#define NUMBER_MAX 40
#define TAIL_SIZE  4
#define HASH_SIZE  32

/* For brevity here. */
#define SUBMITTED    MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_SUBMITTED
#define UNDER_REVIEW MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_UNDER_REVIEW
#define VERIFIED     MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_VERIFIED
#define REJECTED     MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_REJECTED

static enum status wrong_state(struct call *c, Member__VerificationState state)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&member__verification_state__descriptor, (int)state);

	call_fact(c, "state", value->name);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "VERIFICATION_STATE",
			 "the review is not in the state for this");
}

/* -- submitting */

/* The number as everybody writes it: upper case, without blanks and hyphens. NULL when it is none.
 */
static const char *plain_number(struct call *c, const char *written)
{
	char *plain = arena_alloc(c->arena, strlen(written) + 1);
	size_t n = 0;

	for (; *written; written++) {
		unsigned char byte = (unsigned char)*written;

		if (byte == ' ' || byte == '-')
			continue;
		if (byte > 0x7f || !isalnum(byte))
			return NULL;
		plain[n++] = (char)toupper(byte);
	}

	return n < NUMBER_MIN || n > NUMBER_MAX ? NULL : plain;
}

/* Its first character; how long it is is hidden too. */
static const char *masked(struct call *c, const char *name)
{
	size_t size = 1;

	while (((unsigned char)name[size] & 0xc0) == 0x80)
		size++;

	return arena_printf(c->arena, "%.*s**", (int)size, name);
}

/* Without the cluster's secret nobody finds a number by trying all there are. */
static ProtobufCBinaryData keyed_hash(struct call *c, Member__DocumentKind kind, const char *number)
{
	const char *document = arena_printf(c->arena, "%d/%s", (int)kind, number);
	uint8_t key[SERVICE_KEY_SIZE], *hash = arena_alloc(c->arena, HASH_SIZE);

	service_key(c, "real name", key);
	if (!HMAC(EVP_sha256(), key, sizeof(key), (const uint8_t *)document, strlen(document), hash,
		  NULL))
		log_die("no-hmac", "what=document");

	return (ProtobufCBinaryData){HASH_SIZE, hash};
}

/* A review that goes on or went well leaves nothing to submit. */
static enum status may_submit(struct call *c, const char *person_id, const char **ret_person_id)
{
	Member__GetVerificationRequest wanted = MEMBER__GET_VERIFICATION_REQUEST__INIT;
	Member__Person person = MEMBER__PERSON__INIT;
	Member__Verification latest = MEMBER__VERIFICATION__INIT;
	bool found;

	TRY(person_lock(c, person_id, &person));
	*ret_person_id = wanted.person_id = person.person_id;
	TRY(sql_find_verification_latest(c, &wanted, &latest, &found));
	if (found && latest.state != REJECTED)
		return wrong_state(c, latest.state);

	return STATUS_OK;
}

enum status member_submit_verification(struct call *c, const Member__SubmitVerificationRequest *req,
				       Member__Verification *verification)
{
	Member__SubmittedDocument document = MEMBER__SUBMITTED_DOCUMENT__INIT;
	Member__SubmittedDocument claimed = MEMBER__SUBMITTED_DOCUMENT__INIT;
	const char *number = plain_number(c, req->document_number);
	bool free_to_use;

	if (!number) {
		call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_DOCUMENT_NUMBER",
			  "a document's number has %d to %d letters and digits", NUMBER_MIN,
			  NUMBER_MAX);
		return call_violation(c, "document_number", "has %d to %d letters and digits",
				      NUMBER_MIN, NUMBER_MAX);
	}
	TRY(may_submit(c, req->person_id, &document.person_id));
	document.masked_name = masked(c, req->real_name);
	document.document_kind = req->document_kind;
	document.document_tail = number + strlen(number) - TAIL_SIZE;
	document.document_hash = keyed_hash(c, req->document_kind, number);
	TRY(sql_find_document_claim(c, &document, &claimed, &free_to_use));
	if (!free_to_use)
		return call_fail(c, STATUS_ALREADY_EXISTS, "DOCUMENT_ALREADY_USED",
				 "somebody else has submitted this document");

	return sql_verification_submit(c, &document, verification);
}

/* -- reading */

enum status member_get_verification(struct call *c, const Member__GetVerificationRequest *req,
				    Member__Verification *verification)
{
	return sql_verification_latest(c, req, verification);
}

enum status member_list_verifications(struct call *c, const Member__ListVerificationsRequest *req,
				      Member__ListVerificationsResponse *list)
{
	return sql_verification_list(c, req, list);
}

/* -- reviewing */

/* SUBMITTED goes to UNDER_REVIEW, and from there to either end. */
static enum status go_on(struct call *c, Member__VerificationStep *step, Member__Verification *ret)
{
	Member__Person person = MEMBER__PERSON__INIT;
	Member__Verification was = MEMBER__VERIFICATION__INIT;

	TRY(person_lock(c, step->person_id, &person));
	step->person_id = person.person_id;
	TRY(sql_verification_pick(c, step, &was));
	if (was.state != (step->state == UNDER_REVIEW ? SUBMITTED : UNDER_REVIEW))
		return wrong_state(c, was.state);

	return sql_verification_step(c, step, ret);
}

enum status member_start_verification_review(struct call *c,
					     const Member__StartVerificationReviewRequest *req,
					     Member__Verification *verification)
{
	Member__VerificationStep step = MEMBER__VERIFICATION_STEP__INIT;

	step.person_id = req->person_id;
	step.verification_id = req->verification_id;
	step.reviewer = req->reviewer;
	step.state = UNDER_REVIEW;

	return go_on(c, &step, verification);
}

enum status member_approve_verification(struct call *c,
					const Member__ApproveVerificationRequest *req,
					Member__Verification *verification)
{
	Member__VerificationStep step = MEMBER__VERIFICATION_STEP__INIT;

	step.person_id = req->person_id;
	step.verification_id = req->verification_id;
	step.reviewer = req->reviewer;
	step.state = VERIFIED;

	return go_on(c, &step, verification);
}

enum status member_reject_verification(struct call *c, const Member__RejectVerificationRequest *req,
				       Member__Verification *verification)
{
	Member__VerificationStep step = MEMBER__VERIFICATION_STEP__INIT;

	step.person_id = req->person_id;
	step.verification_id = req->verification_id;
	step.reviewer = req->reviewer;
	step.reason = req->reason;
	step.state = REJECTED;

	return go_on(c, &step, verification);
}
