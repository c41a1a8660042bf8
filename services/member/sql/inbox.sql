-- What the other services tell: each event once.

-- name: inbox_claim   in: event.DeliverEventsRequest   out: member.FreshEvents.event_ids
INSERT INTO inbox (event_id, receive_time)
SELECT DISTINCT event_id, :now::timestamptz FROM unnest(:events.event_id::uuid[]) AS e (event_id)
ORDER BY event_id
ON CONFLICT DO NOTHING
RETURNING event_id;
