-- Forgetting a person who was erased: what he said when he left. Everything else here is numbers.

-- name: tenure_forget   in: event.DeliverEventsRequest   out: none
UPDATE tenure AS t SET leave_reason = ''
FROM replica_membership m
WHERE t.community_id = m.community_id AND t.person_id = m.person_id AND t.leave_reason NOT IN ('', 'erased')
	AND m.person_id IN (
		SELECT person_id FROM unnest(:events.person_id::uuid[], :events.type::text[]) AS e (person_id, type)
		WHERE type = 'PERSON_ERASED');
