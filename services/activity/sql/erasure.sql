-- Forgetting a person who was erased. Rows stay, since totals are counted from them. He is looked for where he was a member.

-- fragment: erased
SELECT m.community_id, m.person_id, e.everything
FROM (
	SELECT person_id, bool_or(state = 'ERASE_CONTENT') AS everything
	FROM unnest(:events.person_id::uuid[], :events.type::text[], :events.state::text[]) AS e (person_id, type, state)
	WHERE type = 'PERSON_ERASED'
	GROUP BY person_id
) AS e
JOIN replica_membership m USING (person_id)

-- Of what he planned only drafts go in any case: others come to the rest.
-- name: host_forget   in: event.DeliverEventsRequest   out: none
UPDATE event AS v SET title = '', description = '', venue = '', url = ''
FROM ({erased}) AS e
WHERE v.community_id = e.community_id AND v.host_person_id = e.person_id AND (e.everything OR v.state = 'DRAFT');

-- name: participant_summary   in: activity.GetParticipantSummaryRequest   out: activity.ParticipantSummary
SELECT count(*) FILTER (WHERE what = 'EVENT') AS hosted_event_count,
	count(*) FILTER (WHERE what = 'REGISTRATION') AS registration_count,
	count(*) FILTER (WHERE what = 'ORDER') AS order_count
FROM replica_membership m
CROSS JOIN LATERAL (
	SELECT 'EVENT' AS what FROM event v WHERE v.community_id = m.community_id AND v.host_person_id = m.person_id
	UNION ALL
	SELECT 'REGISTRATION' FROM registration r WHERE r.community_id = m.community_id AND r.person_id = m.person_id
	UNION ALL
	SELECT 'ORDER' FROM orders o WHERE o.community_id = m.community_id AND o.person_id = m.person_id
) AS his
WHERE m.person_id = :person_id;
