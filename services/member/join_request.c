/* Join requests: asking to be let in. Statements are in sql/join_request.sql. */
#include "kith/member/v1/join_request.pb-c.h"

#include "admission.h"
#include "base/arena.h"
#include "base/text.h"
#include "kith/member/v1/joining_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                  status               from
 * COMMUNITY_NOT_FOUND     NOT_FOUND            all but Get, List
 * PERSON_NOT_FOUND        NOT_FOUND            Request
 * JOIN_REQUEST_NOT_FOUND  NOT_FOUND            Get, Approve, Reject, Cancel
 * JOIN_REQUEST_PENDING    ALREADY_EXISTS       Request (constraint)
 * BAD_ANSWERS             INVALID_ARGUMENT     Request
 * COMMUNITY_ARCHIVED      FAILED_PRECONDITION  Request, Approve
 * ALREADY_A_MEMBER        FAILED_PRECONDITION  Request
 * BANNED                  FAILED_PRECONDITION  Request, Approve
 * JOIN_REQUEST_STATE      FAILED_PRECONDITION  Approve, Reject, Cancel
 * what is missing         FAILED_PRECONDITION  Request, Approve: see admission.c
 */

#define ANSWER_MAX 1000 /* characters */

/* -- asking */

static enum status bad_answers(struct call *c, const char *field, const char *what)
{
	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_ANSWERS", "%s %s", field, what);

	return call_violation(c, field, "%s", what);
}

static enum status check_answers(struct call *c, const Member__JoinPolicy *policy,
				 const Member__RequestToJoinRequest *req)
{
	if (req->n_answers != policy->n_questions)
		return bad_answers(c, "answers", "are not as many as the questions");
	for (size_t i = 0; i < req->n_answers; i++) {
		size_t length = text_length(req->answers[i]);

		if (length == 0 || length > ANSWER_MAX)
			return bad_answers(c, arena_printf(c->arena, "answers[%zu]", i),
					   "has not 1 to 1,000 characters");
	}

	return STATUS_OK;
}

static enum status not_yet_in(struct call *c, const Member__RequestToJoinRequest *req)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership was = MEMBER__MEMBERSHIP__INIT;
	bool found;

	wanted.community_id = req->community_id;
	wanted.person_id = req->person_id;
	TRY(sql_find_membership_get(c, &wanted, &was, &found));
	if (found && was.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "ALREADY_A_MEMBER",
				 "the person is in already");
	if (found && was.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
		return person_banned(c);

	return STATUS_OK;
}

static enum status create(struct call *c, const Member__RequestToJoinRequest *req,
			  const Member__JoinPolicy *policy, const char *invitation_id,
			  Member__JoinRequest *ret)
{
	Member__NewJoinRequest row = MEMBER__NEW_JOIN_REQUEST__INIT;
	Member__JoinRequest wanted = MEMBER__JOIN_REQUEST__INIT;

	wanted.community_id = req->community_id;
	wanted.person_id = req->person_id;
	wanted.questions = policy->questions;
	wanted.n_questions = policy->n_questions;
	wanted.answers = req->answers;
	wanted.n_answers = req->n_answers;
	wanted.source = req->source;
	wanted.campaign = req->campaign;
	wanted.scene = req->scene;
	wanted.inviter_person_id = req->inviter_person_id;
	wanted.invitation_id = invitation_id;
	row.join_request = &wanted;
	row.valid_days = policy->request_valid_days;

	return sql_join_request_create(c, &row, ret);
}

/* A request of his that has expired without anybody writing it down is no longer in the way. */
static enum status expire_in(struct call *c, const char *community_id)
{
	Member__JoinRequestDue due = MEMBER__JOIN_REQUEST_DUE__INIT;

	due.community_id = community_id;

	return sql_join_request_expire(c, &due);
}

enum status member_request_to_join(struct call *c, const Member__RequestToJoinRequest *req,
				   Member__JoinRequest *request)
{
	Member__RequestToJoinRequest asked = *req;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT;
	Member__Invitation invitation = MEMBER__INVITATION__INIT;
	bool invited, pays;

	TRY(person_take(c, req->person_id, &asked.person_id));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(not_yet_in(c, &asked));
	TRY(invitation_pick(c, req->community_id, asked.person_id, req->invitation_code, "",
			    &invitation, &invited));
	TRY(admission_inviter(c, req->community_id, asked.person_id, &asked.inviter_person_id));
	TRY(join_policy_read(c, req->community_id, &policy));
	TRY(admission_check(c, ADMISSION_APPROVAL, &policy, asked.person_id,
			    invited ? &invitation : NULL, &pays));
	TRY(check_answers(c, &policy, req));
	TRY(expire_in(c, req->community_id));

	return create(c, &asked, &policy, invited ? invitation.invitation_id : "", request);
}

/* -- reading */

enum status member_get_join_request(struct call *c, const Member__GetJoinRequestRequest *req,
				    Member__JoinRequest *request)
{
	return sql_join_request_get(c, req, request);
}

enum status member_list_join_requests(struct call *c, const Member__ListJoinRequestsRequest *req,
				      Member__ListJoinRequestsResponse *list)
{
	return sql_join_request_list(c, req, list);
}

/* -- answering */

/* The pending request, with the community locked: nobody else answers it now. */
static enum status pick_pending(struct call *c, const char *community_id,
				const char *join_request_id, const char *person_id,
				Member__Community *community, Member__JoinRequest *ret)
{
	Member__GetJoinRequestRequest wanted = MEMBER__GET_JOIN_REQUEST_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.join_request_id = join_request_id;
	wanted.person_id = person_id;
	TRY(community_lock(c, community_id, community));
	TRY(sql_join_request_get(c, &wanted, ret));
	if (ret->state == MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_PENDING)
		return STATUS_OK;

	call_fact(c, "state",
		  protobuf_c_enum_descriptor_get_value(&member__join_request_state__descriptor,
						       (int)ret->state)
			  ->name);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "JOIN_REQUEST_STATE",
			 "the request is not pending");
}

static enum status decide(struct call *c, const Member__JoinRequest *was,
			  Member__JoinRequestState state, const char *reason,
			  Member__JoinRequest *ret)
{
	Member__JoinRequestDecision decision = MEMBER__JOIN_REQUEST_DECISION__INIT;

	decision.community_id = was->community_id;
	decision.join_request_id = was->join_request_id;
	decision.state = state;
	decision.reason = reason;

	return sql_join_request_decide(c, &decision, ret);
}

/* Who has asked, as he is called now; persons are locked before communities. */
static enum status take_applicant(struct call *c, const Member__ApproveJoinRequestRequest *req,
				  const char **ret_person_id)
{
	Member__GetJoinRequestRequest wanted = MEMBER__GET_JOIN_REQUEST_REQUEST__INIT;
	Member__JoinRequest asked = MEMBER__JOIN_REQUEST__INIT;

	wanted.community_id = req->community_id;
	wanted.join_request_id = req->join_request_id;
	TRY(sql_join_request_get(c, &wanted, &asked));

	return person_take(c, asked.person_id, ret_person_id);
}

enum status member_approve_join_request(struct call *c,
					const Member__ApproveJoinRequestRequest *req,
					Member__JoinRequest *request)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JoinRequest was = MEMBER__JOIN_REQUEST__INIT;
	Member__JoinCommunityRequest entry = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	TRY(take_applicant(c, req, &entry.person_id));
	TRY(pick_pending(c, req->community_id, req->join_request_id, "", &community, &was));
	TRY(decide(c, &was, MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_APPROVED, "", request));

	entry.community_id = was.community_id;
	entry.source = was.source;
	entry.campaign = was.campaign;
	entry.scene = was.scene;
	entry.inviter_person_id = was.inviter_person_id;

	return admission_admit(c, ADMISSION_APPROVAL, &community, &entry, was.invitation_id,
			       &membership);
}

enum status member_reject_join_request(struct call *c, const Member__RejectJoinRequestRequest *req,
				       Member__JoinRequest *request)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JoinRequest was = MEMBER__JOIN_REQUEST__INIT;

	TRY(pick_pending(c, req->community_id, req->join_request_id, "", &community, &was));

	return decide(c, &was, MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_REJECTED, req->reason,
		      request);
}

enum status member_cancel_join_request(struct call *c, const Member__CancelJoinRequestRequest *req,
				       Member__JoinRequest *request)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__JoinRequest was = MEMBER__JOIN_REQUEST__INIT;

	TRY(pick_pending(c, req->community_id, req->join_request_id, req->person_id, &community,
			 &was));

	return decide(c, &was, MEMBER__JOIN_REQUEST_STATE__JOIN_REQUEST_STATE_CANCELLED, "",
		      request);
}

/* -- time */

enum status join_request_expire(struct call *c, bool *ret_worked)
{
	Member__JoinRequestDue due = MEMBER__JOIN_REQUEST_DUE__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(sql_find_join_request_due(c, &due, ret_worked));
	if (!*ret_worked)
		return STATUS_OK;
	TRY(community_lock(c, due.community_id, &community));

	return expire_in(c, due.community_id);
}
