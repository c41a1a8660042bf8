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

static enum status may_become(struct call *c, const Content__Ticket *ticket,
			      Content__TicketState state)
{
	return reached_from[state] >> ticket->state & 1 ? STATUS_OK : refuse_state(c, ticket);
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
	TRY(replica_admit(c, req->community_id, wanted.person_id, false));
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
	enum rank rank = RANK_OWNER;

	if (is_person(c))
		TRY(replica_rank(c, req->community_id, &rank));
	if (rank < RANK_MODERATOR)
		TRY(replica_actor(c, "person_id", req->person_id, &own.person_id));
	if (own.person_id[0])
		return sql_ticket_list_of_person(c, &own, list);

	return sql_ticket_list(c, req, list);
}

enum status content_acknowledge_ticket(struct call *c, const Content__AcknowledgeTicketRequest *req,
				       Content__Ticket *ticket)
{
	Content__TicketMove move = CONTENT__TICKET_MOVE__INIT;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(lock(c, req->community_id, req->ticket_id, &was));
	TRY(may_become(c, &was, ACKNOWLEDGED));
	move.community_id = req->community_id;
	move.ticket_id = req->ticket_id;
	move.state = ACKNOWLEDGED;
	move.note = req->note;
	move.responds = true;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_start_ticket(struct call *c, const Content__StartTicketRequest *req,
				 Content__Ticket *ticket)
{
	Content__TicketMove move = CONTENT__TICKET_MOVE__INIT;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(lock(c, req->community_id, req->ticket_id, &was));
	TRY(may_become(c, &was, IN_PROGRESS));
	move.assignee_person_id = req->assignee_person_id;
	if (move.assignee_person_id[0])
		TRY(replica_admit(c, req->community_id, move.assignee_person_id, false));
	else if (is_person(c))
		move.assignee_person_id = c->caller->person_id;
	move.community_id = req->community_id;
	move.ticket_id = req->ticket_id;
	move.state = IN_PROGRESS;
	move.note = req->note;
	move.responds = true;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_resolve_ticket(struct call *c, const Content__ResolveTicketRequest *req,
				   Content__Ticket *ticket)
{
	Content__TicketMove move = CONTENT__TICKET_MOVE__INIT;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(lock(c, req->community_id, req->ticket_id, &was));
	TRY(may_become(c, &was, RESOLVED));
	move.community_id = req->community_id;
	move.ticket_id = req->ticket_id;
	move.state = RESOLVED;
	move.resolution = req->resolution;
	move.responds = true;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_close_ticket(struct call *c, const Content__CloseTicketRequest *req,
				 Content__Ticket *ticket)
{
	Content__TicketMove move = CONTENT__TICKET_MOVE__INIT;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(lock(c, req->community_id, req->ticket_id, &was));
	TRY(replica_own(c, was.person_id));
	TRY(may_become(c, &was, CLOSED));
	move.community_id = req->community_id;
	move.ticket_id = req->ticket_id;
	move.state = CLOSED;
	move.satisfaction = req->satisfaction;
	move.satisfaction_comment = req->satisfaction_comment;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_reopen_ticket(struct call *c, const Content__ReopenTicketRequest *req,
				  Content__Ticket *ticket)
{
	Content__TicketMove move = CONTENT__TICKET_MOVE__INIT;
	Content__Ticket was = CONTENT__TICKET__INIT;

	TRY(lock(c, req->community_id, req->ticket_id, &was));
	TRY(may_become(c, &was, REOPENED));
	if (was.resolve_time && was.resolve_time->seconds * 1000000 + REOPEN_WITHIN_US < c->now_us)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "REOPEN_TOO_LATE",
				 "it was settled more than 30 days ago; bring a new one");
	move.community_id = req->community_id;
	move.ticket_id = req->ticket_id;
	move.state = REOPENED;
	move.note = req->note;

	return sql_ticket_move(c, &move, ticket);
}

enum status content_add_ticket_note(struct call *c, const Content__AddTicketNoteRequest *req,
				    Content__TicketNote *note)
{
	Content__Ticket ticket = CONTENT__TICKET__INIT;
	enum rank rank = RANK_OWNER;

	TRY(lock(c, req->community_id, req->ticket_id, &ticket));
	if (ticket.state == CLOSED)
		return refuse_state(c, &ticket);
	if (is_person(c))
		TRY(replica_rank(c, req->community_id, &rank));
	if (req->internal && rank < RANK_MODERATOR)
		return call_fail(c, STATUS_PERMISSION_DENIED, "ROLE_TOO_LOW",
				 "notes among moderators are made by moderators");
	if (rank >= RANK_MODERATOR && !req->internal)
		TRY(sql_ticket_respond(c, req));

	return sql_ticket_note_add(c, req, note);
}

enum status content_list_ticket_notes(struct call *c, const Content__ListTicketNotesRequest *req,
				      Content__ListTicketNotesResponse *list)
{
	Content__TicketNoteQuery query = CONTENT__TICKET_NOTE_QUERY__INIT;
	Content__Ticket ticket = CONTENT__TICKET__INIT;
	enum rank rank = RANK_OWNER;

	TRY(get(c, req->community_id, req->ticket_id, &ticket));
	if (is_person(c))
		TRY(replica_rank(c, req->community_id, &rank));
	query.community_id = req->community_id;
	query.ticket_id = req->ticket_id;
	query.internal = rank >= RANK_MODERATOR;
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
