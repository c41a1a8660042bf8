-- Forgetting a person who was erased. Rows stay, since totals are counted from them.

-- Of what he planned only drafts go in any case: others come to the rest.
-- name: host_forget   in: event.DeliverEventsRequest   out: none
UPDATE event AS v SET title = '', description = '', venue = '', url = ''
FROM (
	SELECT person_id, bool_or(state = 'ERASE_CONTENT') AS everything
	FROM unnest(:events.person_id::uuid[], :events.type::text[], :events.state::text[]) AS e (person_id, type, state)
	WHERE type = 'PERSON_ERASED'
	GROUP BY person_id
) AS e
WHERE v.host_person_id = e.person_id AND (e.everything OR v.state = 'DRAFT');

-- A host need not be a member; who takes part is one, or was.
-- name: participant_summary   in: activity.GetParticipantSummaryRequest   out: activity.ParticipantSummary
SELECT (SELECT count(*) FROM event WHERE host_person_id = :person_id) AS hosted_event_count,
	(SELECT count(*) FROM registration JOIN replica_membership USING (community_id, person_id)
		WHERE person_id = :person_id) AS registration_count,
	(SELECT count(*) FROM orders JOIN replica_membership USING (community_id, person_id)
		WHERE person_id = :person_id) AS order_count;
