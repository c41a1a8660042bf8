/* Violations: reports, cases, verdicts. Statements are in sql/violation.sql. */
#include "kith/member/v1/violation.pb-c.h"

#include <strings.h>

#include "base/text.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "sanction.h"
#include "violation.h"

/*
 *               StartReview   Dismiss    Uphold   an appeal is accepted
 * OPEN          UNDER_REVIEW  –          –
 * UNDER_REVIEW  (taken over)  DISMISSED  UPHELD
 * UPHELD        –             –          –        OVERTURNED
 * DISMISSED     –             –          –
 * OVERTURNED    –             –          –
 *
 * reason                    status               from
 * VIOLATION_CASE_NOT_FOUND  NOT_FOUND            Get, StartReview, Dismiss, Uphold
 * COMMUNITY_NOT_FOUND       NOT_FOUND            Uphold
 * MEMBERSHIP_NOT_FOUND      NOT_FOUND            Report, StartReview, Dismiss, Uphold
 * ALREADY_REPORTED          ALREADY_EXISTS       Report (also constraint)
 * SELF_REPORT               FAILED_PRECONDITION  Report
 * PERSON_NOT_CALLER         PERMISSION_DENIED    Report
 * ETAG_MISMATCH             ABORTED              StartReview, Dismiss, Uphold
 * CASE_TAKEN                FAILED_PRECONDITION  StartReview, Dismiss, Uphold
 * CASE_STATE                FAILED_PRECONDITION  StartReview, Dismiss, Uphold
 * OWN_CASE                  PERMISSION_DENIED    StartReview, Dismiss, Uphold
 * ROLE_TOO_LOW              PERMISSION_DENIED    StartReview, Dismiss, Uphold
 * OWNER_CANNOT_LEAVE        FAILED_PRECONDITION  Uphold
 */

#define OPEN         MEMBER__VIOLATION_STATE__VIOLATION_STATE_OPEN
#define UNDER_REVIEW MEMBER__VIOLATION_STATE__VIOLATION_STATE_UNDER_REVIEW
#define UPHELD       MEMBER__VIOLATION_STATE__VIOLATION_STATE_UPHELD
#define DISMISSED    MEMBER__VIOLATION_STATE__VIOLATION_STATE_DISMISSED
#define OVERTURNED   MEMBER__VIOLATION_STATE__VIOLATION_STATE_OVERTURNED

/* What follows when a member was found wrong so often before. */
static const Member__SanctionKind ladder[] = {
	MEMBER__SANCTION_KIND__SANCTION_KIND_WARN,
	MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_DAY,
	MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_WEEK,
	MEMBER__SANCTION_KIND__SANCTION_KIND_REMOVE,
	MEMBER__SANCTION_KIND__SANCTION_KIND_BAN,
};

#define N_RUNGS ((int64_t)(sizeof(ladder) / sizeof(ladder[0])))

enum status member_report_violation(struct call *c, const Member__ReportViolationRequest *req,
				    Member__ViolationReport *report)
{
	Member__ReportViolationRequest request = *req;
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership subject = MEMBER__MEMBERSHIP__INIT;
	Member__ViolationReport before = MEMBER__VIOLATION_REPORT__INIT;
	const char *reporter = "";
	bool found = false;

	wanted.community_id = req->community_id;
	wanted.person_id = req->subject_person_id;
	TRY(sql_membership_get(c, &wanted, &subject));

	/* Whoever goes by several ids is one, here as well. */
	request.subject_person_id = subject.person_id;
	if (req->reporter_person_id[0] && c->caller->kind != CALLER_SERVICE)
		return call_fail(c, STATUS_PERMISSION_DENIED, "PERSON_NOT_CALLER",
				 "a person reports in his own name");
	if (c->caller->kind == CALLER_PERSON)
		TRY(person_named(c, c->caller->person_id, &reporter));
	else if (req->reporter_person_id[0])
		TRY(person_named(c, req->reporter_person_id, &reporter));
	request.reporter_person_id = reporter;
	if (strcasecmp(subject.person_id, reporter) == 0)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "SELF_REPORT",
				 "nobody reports himself");
	if (req->subject_id[0])
		TRY(sql_find_violation_reported(c, &request, &before, &found));
	if (found)
		return call_fail(c, STATUS_ALREADY_EXISTS, "ALREADY_REPORTED",
				 "the same was reported by the same before");

	return sql_violation_report(c, &request, report);
}

enum status member_list_violation_cases(struct call *c,
					const Member__ListViolationCasesRequest *req,
					Member__ListViolationCasesResponse *list)
{
	return sql_violation_case_list(c, req, list);
}

enum status member_get_violation_case(struct call *c, const Member__GetViolationCaseRequest *req,
				      Member__ViolationCase *one)
{
	TRY(sql_violation_case_get(c, req, one));
	TRY(sql_violation_reports_of(c, req, one));

	return sql_violation_steps_of(c, req, one);
}

/* The case as the caller has read it, his to look at and nobody else's to change until the call
 * ends; and the membership of whom it is about. */
static enum status lock(struct call *c, const char *community_id, const char *case_id,
			const char *etag, Member__ViolationCase *ret,
			Member__Membership *ret_subject)
{
	Member__GetViolationCaseRequest wanted = MEMBER__GET_VIOLATION_CASE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.case_id = case_id;
	TRY(sql_violation_case_lock(c, &wanted, ret));
	TRY(etag_matches(c, etag, ret->etag));

	return sanction_may_judge(c, community_id, ret->subject_person_id, ret_subject);
}

static enum status refuse_state(struct call *c, const Member__ViolationCase *one)
{
	static const char *const names[] = {
		[OPEN] = "OPEN",           [UNDER_REVIEW] = "UNDER_REVIEW", [UPHELD] = "UPHELD",
		[DISMISSED] = "DISMISSED", [OVERTURNED] = "OVERTURNED",
	};

	call_fact(c, "state", names[one->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "CASE_STATE",
			 "the case's state does not allow it");
}

/* A case that the platform has taken names nobody, as its caller does. */
static bool is_reviewer(const struct call *c, const Member__ViolationCase *one)
{
	return strcasecmp(one->reviewer_person_id, c->caller->person_id) == 0;
}

static enum status taken(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "CASE_TAKEN", "another judges the case");
}

/* A case changes hands upwards only; who is no member any more has no rank. */
static enum status outranks_reviewer(struct call *c, const Member__ViolationCase *one)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership reviewer = MEMBER__MEMBERSHIP__INIT;
	bool found;

	reviewer.community_id = wanted.community_id = one->community_id;
	wanted.person_id = one->reviewer_person_id;
	TRY(sql_find_membership_rank(c, &wanted, &reviewer, &found));

	return found ? membership_below(c, &reviewer) : STATUS_OK;
}

enum status member_start_review(struct call *c, const Member__StartReviewRequest *req,
				Member__ViolationCase *one)
{
	Member__ViolationCase was = MEMBER__VIOLATION_CASE__INIT;
	Member__Membership subject = MEMBER__MEMBERSHIP__INIT;

	TRY(lock(c, req->community_id, req->case_id, req->etag, &was, &subject));
	if (was.state == UNDER_REVIEW && is_reviewer(c, &was)) {
		*one = was;
		return STATUS_OK;
	}
	if (was.state == UNDER_REVIEW && !req->take_over)
		return taken(c);
	if (was.state == UNDER_REVIEW)
		TRY(outranks_reviewer(c, &was));
	else if (was.state != OPEN)
		return refuse_state(c, &was);

	return sql_violation_review(c, req, one);
}

static enum status callers_to_judge(struct call *c, const Member__ViolationCase *one)
{
	if (one->state != UNDER_REVIEW)
		return refuse_state(c, one);

	return is_reviewer(c, one) ? STATUS_OK : taken(c);
}

enum status member_dismiss_violation(struct call *c, const Member__DismissViolationRequest *req,
				     Member__ViolationCase *one)
{
	Member__ViolationCase was = MEMBER__VIOLATION_CASE__INIT;
	Member__Membership subject = MEMBER__MEMBERSHIP__INIT;

	TRY(lock(c, req->community_id, req->case_id, req->etag, &was, &subject));
	TRY(callers_to_judge(c, &was));

	return sql_violation_dismiss(c, req, one);
}

static enum status next_rung(struct call *c, const Member__ViolationCase *one,
			     Member__SanctionKind *ret)
{
	Member__ViolationRecord record = MEMBER__VIOLATION_RECORD__INIT;

	TRY(sql_violation_record(c, one, &record));
	*ret = ladder[record.upheld_count < N_RUNGS ? record.upheld_count : N_RUNGS - 1];

	return STATUS_OK;
}

enum status member_uphold_violation(struct call *c, const Member__UpholdViolationRequest *req,
				    Member__Sanction *sanction)
{
	Member__UpholdViolationRequest request = *req;
	Member__ViolationCase was = MEMBER__VIOLATION_CASE__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership subject = MEMBER__MEMBERSHIP__INIT;
	Member__Verdict verdict = MEMBER__VERDICT__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(lock(c, req->community_id, req->case_id, req->etag, &was, &subject));
	TRY(callers_to_judge(c, &was));
	TRY(next_rung(c, &was, &verdict.kind));
	if (req->sanction && req->sanction != verdict.kind) {
		if (!req->note[0])
			return call_violation(c, "note",
					      "is required where the sanction is not the next one");
		verdict.kind = req->sanction;
	}
	verdict.request = &request;
	verdict.person_id = was.subject_person_id;
	TRY(sanction_impose(c, &subject, &verdict));

	return sql_violation_uphold(c, &verdict, sanction);
}

/* What a moderator has judged in content comes to what it would have come to here. */
static enum status uphold_judged(struct call *c, const Event__Event *event)
{
	Member__UpholdViolationRequest request = MEMBER__UPHOLD_VIOLATION_REQUEST__INIT;
	Member__GetMembershipRequest who = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__ViolationCase one = MEMBER__VIOLATION_CASE__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Membership subject = MEMBER__MEMBERSHIP__INIT;
	Member__Verdict verdict = MEMBER__VERDICT__INIT;
	Member__Sanction sanction = MEMBER__SANCTION__INIT;
	bool found;

	who.community_id = event->community_id;
	who.person_id = event->person_id;
	TRY(community_lock(c, event->community_id, &community));
	TRY(sql_find_membership_get(c, &who, &subject, &found));
	if (!found || subject.role == MEMBER__ROLE__ROLE_OWNER)
		return STATUS_OK;
	TRY(sql_find_violation_judged(c, event, &one, &found));
	if (!found)
		return STATUS_OK;

	TRY(next_rung(c, &one, &verdict.kind));
	request.community_id = event->community_id;
	request.case_id = one.case_id;
	verdict.request = &request;
	verdict.person_id = one.subject_person_id;
	verdict.judge_person_id = event->other_person_id;
	verdict.sanction_id = event->event_id;
	TRY(sanction_impose(c, &subject, &verdict));

	return sql_violation_uphold(c, &verdict, &sanction);
}

enum status violation_hear(struct call *c, const Event__DeliverEventsRequest *fresh)
{
	for (size_t i = 0; i < fresh->n_events; i++) {
		const Event__Event *event = fresh->events[i];

		if (event->type != EVENT__EVENT_TYPE__EVENT_TYPE_CONTENT_JUDGED)
			continue;
		TRY(text_equal(event->state, "REJECTED") ? uphold_judged(c, event)
							 : sql_violation_cleared(c, event));
	}

	return STATUS_OK;
}
