-- Tickets. Every step is one statement: the ticket as it becomes, and the note that tells of it.

-- fragment: ticket
community_id, ticket_id, person_id, kind, subject, body, subject_id, state, assignee_person_id, resolution, create_time,
	response_time, resolve_time, close_time, response_due_time, resolve_due_time,
	COALESCE(COALESCE(response_time, :now::timestamptz) > response_due_time, false) AS response_breached,
	COALESCE(COALESCE(resolve_time, :now::timestamptz) > resolve_due_time, false) AS resolve_breached,
	reopen_count, satisfaction, satisfaction_comment, version

-- name: ticket_create   in: content.CreateTicketRequest   out: content.Ticket
WITH new AS (
	INSERT INTO ticket (community_id, ticket_id, person_id, kind, subject, body, subject_id, create_time,
		response_due_time, resolve_due_time)
	SELECT m.community_id, :new_id::uuid, m.person_id, :ticket.kind::text, :ticket.subject, :ticket.body,
		:ticket.subject_id::uuid, :now::timestamptz,
		service_time(m.community_id, :now::timestamptz, CASE :ticket.kind::text
			WHEN 'COMPLAINT' THEN COALESCE(sla.complaint_response_minutes, 240)
			ELSE COALESCE(sla.feedback_response_minutes, 1440) END),
		service_time(m.community_id, :now::timestamptz, CASE :ticket.kind::text
			WHEN 'COMPLAINT' THEN COALESCE(sla.complaint_resolve_minutes, 2880)
			ELSE COALESCE(sla.feedback_resolve_minutes, 10080) END)
	FROM replica_present AS m LEFT JOIN sla USING (community_id)
	WHERE m.community_id = :community_id AND m.person_id = :ticket.person_id
	RETURNING *
), noted AS (
	INSERT INTO ticket_note (community_id, ticket_id, note_id, person_id, state, create_time)
	SELECT community_id, ticket_id, ticket_id, person_id, state, create_time FROM new
)
SELECT {ticket} FROM new;

-- name: ticket_get   in: content.GetTicketRequest   out: content.Ticket
SELECT {ticket} FROM ticket WHERE community_id = :community_id AND ticket_id = :ticket_id;

-- name: ticket_lock   in: content.GetTicketRequest   out: content.Ticket
SELECT {ticket} FROM ticket WHERE community_id = :community_id AND ticket_id = :ticket_id FOR NO KEY UPDATE;

-- One short index scan a state, so that the queue costs no more than its page.
-- name: ticket_list   in: content.ListTicketsRequest   out: content.ListTicketsResponse.tickets   page: due_time, ticket_id
SELECT found.*
FROM unnest(CASE WHEN :state::text IS NULL THEN ARRAY['NEW', 'ACKNOWLEDGED', 'IN_PROGRESS', 'RESOLVED', 'REOPENED']
		ELSE ARRAY[:state::text] END) AS s (one_state)
CROSS JOIN LATERAL (
	SELECT {ticket}, due_time
	FROM ticket
	WHERE community_id = :community_id AND state = s.one_state
		AND (due_time, ticket_id) > (COALESCE(:after.due_time::timestamptz, '-infinity'),
			COALESCE(:after.ticket_id::uuid, '00000000-0000-0000-0000-000000000000'))
		AND kind = COALESCE(:kind::text, kind)
		AND (:person_id::uuid IS NULL OR person_id = :person_id)
		AND (:assignee_person_id::uuid IS NULL OR assignee_person_id = :assignee_person_id)
		AND (NOT :breached OR COALESCE(response_time, :now::timestamptz) > response_due_time
			OR COALESCE(resolve_time, :now::timestamptz) > resolve_due_time)
	ORDER BY due_time, ticket_id LIMIT :limit
) AS found
ORDER BY due_time, ticket_id LIMIT :limit;

-- A person's own, in whatever state unless one is named.
-- name: ticket_list_of_person   in: content.ListTicketsRequest   out: content.ListTicketsResponse.tickets   page: due_time, ticket_id
SELECT {ticket}, due_time
FROM ticket
WHERE community_id = :community_id AND person_id = :person_id AND state = COALESCE(:state::text, state)
	AND (:state::text IS NOT NULL OR state <> 'CLOSED')
	AND (due_time, ticket_id) > (COALESCE(:after.due_time::timestamptz, '-infinity'),
		COALESCE(:after.ticket_id::uuid, '00000000-0000-0000-0000-000000000000'))
	AND kind = COALESCE(:kind::text, kind)
	AND (:assignee_person_id::uuid IS NULL OR assignee_person_id = :assignee_person_id)
	AND (NOT :breached OR COALESCE(response_time, :now::timestamptz) > response_due_time
		OR COALESCE(resolve_time, :now::timestamptz) > resolve_due_time)
ORDER BY due_time, ticket_id LIMIT :limit;

-- name: ticket_move   in: content.TicketMove   out: content.Ticket
WITH moved AS (
	UPDATE ticket SET
		state = :state,
		assignee_person_id = COALESCE(:assignee_person_id::uuid, assignee_person_id),
		resolution = CASE :state::text WHEN 'RESOLVED' THEN :resolution ELSE resolution END,
		response_time = CASE WHEN :responds THEN COALESCE(response_time, :now::timestamptz) ELSE response_time END,
		resolve_time = CASE :state::text WHEN 'RESOLVED' THEN :now::timestamptz WHEN 'REOPENED' THEN NULL
			ELSE resolve_time END,
		close_time = CASE :state::text WHEN 'CLOSED' THEN :now::timestamptz WHEN 'REOPENED' THEN NULL
			ELSE close_time END,
		resolve_due_time = CASE :state::text WHEN 'REOPENED' THEN service_time(community_id, :now::timestamptz,
			COALESCE((SELECT CASE kind WHEN 'COMPLAINT' THEN complaint_resolve_minutes
				ELSE feedback_resolve_minutes END FROM sla WHERE community_id = :community_id),
				CASE kind WHEN 'COMPLAINT' THEN 2880 ELSE 10080 END)) ELSE resolve_due_time END,
		reopen_count = reopen_count + CASE :state::text WHEN 'REOPENED' THEN 1 ELSE 0 END,
		satisfaction = CASE :state::text WHEN 'CLOSED' THEN :satisfaction::integer WHEN 'REOPENED' THEN 0
			ELSE satisfaction END,
		satisfaction_comment = CASE :state::text WHEN 'CLOSED' THEN :satisfaction_comment WHEN 'REOPENED' THEN ''
			ELSE satisfaction_comment END,
		version = version + 1
	WHERE community_id = :community_id AND ticket_id = :ticket_id
	RETURNING *
), noted AS (
	INSERT INTO ticket_note (community_id, ticket_id, note_id, person_id, state, text, create_time)
	SELECT community_id, ticket_id, :new_id::uuid, :caller_id::uuid, state,
		CASE state WHEN 'RESOLVED' THEN :resolution ELSE :note END, :now::timestamptz
	FROM moved
)
SELECT {ticket} FROM moved;

-- name: ticket_note_add   in: content.AddTicketNoteRequest   out: content.TicketNote
INSERT INTO ticket_note (community_id, ticket_id, note_id, person_id, text, internal, create_time)
VALUES (:community_id, :ticket_id, :new_id::uuid, :caller_id::uuid, :text, :internal, :now)
RETURNING community_id, ticket_id, note_id, person_id, state, text, internal, create_time;

-- A moderator has answered.
-- name: ticket_respond   in: content.AddTicketNoteRequest   out: none
UPDATE ticket SET response_time = :now, version = version + 1
WHERE community_id = :community_id AND ticket_id = :ticket_id AND response_time IS NULL;

-- name: ticket_note_list   in: content.TicketNoteQuery   out: content.ListTicketNotesResponse.notes   page: note_id
SELECT community_id, ticket_id, note_id, person_id, state, text, internal, create_time
FROM ticket_note
WHERE community_id = :community_id AND ticket_id = :ticket_id AND (:internal OR NOT internal)
	AND note_id > COALESCE(:after.note_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY note_id LIMIT :limit;

-- What has been resolved for two weeks, and nobody said otherwise. The satisfaction stays unsaid.
-- name: ticket_close_old   in: none   out: content.ClosedTickets
WITH old AS (
	SELECT community_id, ticket_id FROM ticket
	WHERE state = 'RESOLVED' AND resolve_time < :now::timestamptz - interval '14 days'
	ORDER BY resolve_time LIMIT 500
), closed AS (
	UPDATE ticket AS t SET state = 'CLOSED', close_time = :now::timestamptz, version = version + 1
	FROM old
	WHERE t.community_id = old.community_id AND t.ticket_id = old.ticket_id AND t.state = 'RESOLVED'
	RETURNING t.community_id, t.ticket_id, t.version
), noted AS (
	INSERT INTO ticket_note (community_id, ticket_id, note_id, state, create_time)
	SELECT community_id, ticket_id,
		encode(substr(sha256(convert_to(ticket_id || ':' || version, 'UTF8')), 1, 16), 'hex')::uuid, 'CLOSED',
		:now::timestamptz
	FROM closed
)
SELECT count(*) AS count FROM closed;

-- name: ticket_summary   in: content.GetTicketSummaryRequest   out: content.TicketSummary
SELECT :community_id::uuid AS community_id,
	count(*) FILTER (WHERE state NOT IN ('RESOLVED', 'CLOSED')) AS open_count,
	count(*) FILTER (WHERE state = 'RESOLVED') AS resolved_count,
	count(*) FILTER (WHERE state = 'CLOSED') AS closed_count,
	count(*) FILTER (WHERE state NOT IN ('RESOLVED', 'CLOSED') AND (resolve_due_time < :now::timestamptz
		OR response_time IS NULL AND response_due_time < :now::timestamptz)) AS breached_count,
	count(*) FILTER (WHERE reopen_count > 0) AS reopened_count,
	count(*) FILTER (WHERE satisfaction > 0) AS satisfaction_count,
	count(*) FILTER (WHERE satisfaction >= 4) AS satisfied_count
FROM ticket WHERE community_id = :community_id;
