/* Tickets: feedback and complaints, until they are settled. Statements are in sql/ticket.sql. */
#include "base/arena.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/ticket_store.pb-c.h"

/*
 * reason             status               from
 * TICKET_NOT_FOUND   NOT_FOUND            all but Create, List, summary; also who may not see it
 * TICKET_STATE       FAILED_PRECONDITION  each step that its state does not allow, with the fact
 * state REOPEN_TOO_LATE    FAILED_PRECONDITION  Reopen NOT_THE_OWNER      PERMISSION_DENIED Close
 * ROLE_TOO_LOW       PERMISSION_DENIED    AddNote
 * NOT_A_MEMBER       FAILED_PRECONDITION  Create, Start (the assignee)
 */

#define REOPEN_WITHIN_US (30 * INT64_C(86400000000))

#define NEW          CONTENT__TICKET_STATE__TICKET_STATE_NEW
#define ACKNOWLEDGED CONTENT__TICKET_STATE__TICKET_STATE_ACKNOWLEDGED
#define IN_PROGRESS  CONTENT__TICKET_STATE__TICKET_STATE_IN_PROGRESS
#define RESOLVED     CONTENT__TICKET_STATE__TICKET_STATE_RESOLVED
#define CLOSED       CONTENT__TICKET_STATE__TICKET_STATE_CLOSED
#define REOPENED     CONTENT__TICKET_STATE__TICKET_STATE_REOPENED

/* From which states each is reached. */
static const unsigned reached_from[] = {
	[ACKNOWLEDGED] = 1u << NEW | 1u << REOPENED,
	[IN_PROGRESS] = 1u << NEW | 1u << ACKNOWLEDGED | 1u << REOPENED | 1u << IN_PROGRESS,
	[RESOLVED] = 1u << NEW | 1u << ACKNOWLEDGED | 1u << IN_PROGRESS | 1u << REOPENED,
	[CLOSED] = 1u << RESOLVED,
	[REOPENED] = 1u << RESOLVED | 1u << CLOSED,
};

static enum status refuse_state(struct call *c, const Content__Ticket *ticket)
{
	static const char *const names[] = {"UNSPECIFIED", "NEW",    "ACKNOWLEDGED", "IN_PROGRESS",
					    "RESOLVED",    "CLOSED", "REOPENED"};

	call_fact(c, "state", names[ticket->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "TICKET_STATE",
			 "a ticket that is %s does not take this step", names[ticket->state]);
}

static bool is_person(const struct call *c)
{
	return c->caller->kind == CALLER_PERSON;
}

/* To whom it is neither his own nor within his role, it is not there. */
static enum status visible(struct call *c, const Content__Ticket *ticket)
{
	enum status status =
		replica_allow(c, ticket->community_id, ticket->person_id, RANK_MODERATOR);

	if (status != STATUS_PERMISSION_DENIED)
		return status;

	call_forgive(c);
	return call_fail(c, STATUS_NOT_FOUND, "TICKET_NOT_FOUND", "ticket not found");
}

static enum status get(struct call *c, const char *community_id, const char *ticket_id,
		       Content__Ticket *ret)
{
	Content__GetTicketRequest wanted = CONTENT__GET_TICKET_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.ticket_id = ticket_id;
	TRY(sql_ticket_get(c, &wanted, ret));

	return visible(c, ret);
}

static enum status lock(struct call *c, const char *community_id, const char *ticket_id,
			Content__Ticket *ret)
{
	Content__GetTicketRequest wanted = CONTENT__GET_TICKET_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.ticket_id = ticket_id;
	TRY(sql_ticket_lock(c, &wanted, ret));

	return visible(c, ret);
}

/* The step to that state, where the ticket, which is locked now, may take it. */
static enum status begin_step(struct call *c, const char *community_id, const char *ticket_id,
			      Content__TicketState to, Content__TicketMove *ret,
			      Content__Ticket *ret_was)
{
	TRY(lock(c, community_id, ticket_id, ret_was));
	if (!(reached_from[to] >> ret_was->state & 1))
		return refuse_state(c, ret_was);

	content__ticket_move__init(ret);
	ret->community_id = community_id;
	ret->ticket_id = ticket_id;
	ret->state = to;
	/* What moderators do answers who brought it; what he does himself does not. */
	ret->responds = to == ACKNOWLEDGED || to == IN_PROGRESS || to == RESOLVED;

	return STATUS_OK;
}

enum status content_create_ticket(struct call *c, const Content__CreateTicketRequest *req,
				  Content__Ticket *ticket)
{
	Content__CreateTicketRequest request = *req;
	Content__Ticket wanted = *req->ticket;
	bool found;

	TRY(replica_actor(c, "ticket.person_id", req->ticket->person_id, &wanted.person_id));
	if (!wanted.kind)
		return call_violation(c, "ticket.kind", "is required");
	if (!wanted.subject[0])
		return call_violation(c, "ticket.subject", "is required");
	request.ticket = &wanted;
	TRY(sql_find_ticket_create(c, &request, ticket, &found));
	if (found)
		return STATUS_OK;

	/* Who is muted may still complain. */
	TRY(replica_admit(c, req->community_id, wanted.person_id, DEED_SILENT));
	return sql_ticket_create(c, &request, ticket);
}

enum status content_get_ticket(struct call *c, const Content__GetTicketRequest *req,
			       Content__Ticket *ticket)
{
	return get(c, req->community_id, req->ticket_id, ticket);
}

enum status content_list_tickets(struct call *c, const Content__ListTicketsRequest *req,
				 Content__ListTicketsResponse *list)
{
	Content__ListTicketsRequest own = *req;
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	if (!staff)
		TRY(replica_actor(c, "person_id", req->person_id, &own.person_id));
	if (own.person_id[0])
		return sql_ticket_list_of_person(c, &own, list);

	return sql_ticket_list(c, req, list);
}

enum status content_acknowledge_ticket(struct call *c, const Content__AcknowledgeTicketRequest *req,
				       Content__Ticket *ticket)
{
	Content__TicketMove move;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(begin_step(c, req->community_id, req->ticket_id, ACKNOWLEDGED, &move, &was));
	move.note = req->note;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_start_ticket(struct call *c, const Content__StartTicketRequest *req,
				 Content__Ticket *ticket)
{
	Content__TicketMove move;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(begin_step(c, req->community_id, req->ticket_id, IN_PROGRESS, &move, &was));
	move.note = req->note;
	move.assignee_person_id = req->assignee_person_id;
	if (move.assignee_person_id[0])
		TRY(replica_admit(c, req->community_id, move.assignee_person_id, DEED_SILENT));
	else if (is_person(c))
		move.assignee_person_id = c->caller->person_id;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_resolve_ticket(struct call *c, const Content__ResolveTicketRequest *req,
				   Content__Ticket *ticket)
{
	Content__TicketMove move;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(begin_step(c, req->community_id, req->ticket_id, RESOLVED, &move, &was));
	move.resolution = req->resolution;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_close_ticket(struct call *c, const Content__CloseTicketRequest *req,
				 Content__Ticket *ticket)
{
	Content__TicketMove move;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(begin_step(c, req->community_id, req->ticket_id, CLOSED, &move, &was));
	TRY(replica_own(c, was.person_id));
	move.satisfaction = req->satisfaction;
	move.satisfaction_comment = req->satisfaction_comment;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_reopen_ticket(struct call *c, const Content__ReopenTicketRequest *req,
				  Content__Ticket *ticket)
{
	Content__TicketMove move;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(begin_step(c, req->community_id, req->ticket_id, REOPENED, &move, &was));
	if (was.resolve_time && was.resolve_time->seconds * 1000000 + REOPEN_WITHIN_US < c->now_us)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "REOPEN_TOO_LATE",
				 "it was settled more than 30 days ago; bring a new one");
	move.note = req->note;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_add_ticket_note(struct call *c, const Content__AddTicketNoteRequest *req,
				    Content__TicketNote *note)
{
	Content__Ticket ticket = CONTENT__TICKET__INIT;
	bool staff;

	TRY(lock(c, req->community_id, req->ticket_id, &ticket));
	if (ticket.state == CLOSED)
		return refuse_state(c, &ticket);
	TRY(caller_is_staff(c, req->community_id, &staff));
	if (req->internal && !staff)
		return call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
				 "notes among moderators are made by moderators");
	if (staff && !req->internal)
		TRY(sql_ticket_respond(c, req));

	return sql_ticket_note_add(c, req, note);
}

enum status content_list_ticket_notes(struct call *c, const Content__ListTicketNotesRequest *req,
				      Content__ListTicketNotesResponse *list)
{
	Content__TicketNoteQuery query = CONTENT__TICKET_NOTE_QUERY__INIT;
	Content__Ticket ticket = CONTENT__TICKET__INIT;
	bool staff;

	TRY(get(c, req->community_id, req->ticket_id, &ticket));
	TRY(caller_is_staff(c, req->community_id, &staff));
	query.community_id = req->community_id;
	query.ticket_id = req->ticket_id;
	query.internal = staff;
	query.page_size = req->page_size;
	query.page_token = req->page_token;

	return sql_ticket_note_list(c, &query, list);
}

enum status content_get_ticket_summary(struct call *c, const Content__GetTicketSummaryRequest *req,
				       Content__TicketSummary *summary)
{
	return sql_ticket_summary(c, req, summary);
}

enum status ticket_close_old(struct call *c, bool *ret_worked)
{
	Content__ClosedTickets closed = CONTENT__CLOSED_TICKETS__INIT;

	TRY(sql_ticket_close_old(c, &closed));
	*ret_worked = closed.count > 0;

	return STATUS_OK;
}
