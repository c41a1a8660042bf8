-- Ties between persons. Both statements write pairs in one order, so that two at once wait for each other in peace.

-- name: tie_import   in: member.ImportTiesRequest   out: member.ImportTiesResponse
WITH item AS (
	SELECT DISTINCT ON (low, high) low, high, weight
	FROM unnest(:items.person_id::uuid[], :items.other_person_id::uuid[], :items.weight::bigint[]) WITH ORDINALITY
		AS i (person_id, other_person_id, weight, place)
	CROSS JOIN LATERAL (SELECT LEAST(person_id, other_person_id), GREATEST(person_id, other_person_id)) AS pair (low, high)
	ORDER BY low, high, place DESC
), written AS (
	INSERT INTO tie (community_id, person_id, other_person_id, source, weight)
	SELECT :community_id::uuid, low, high, :source, weight FROM item
	ORDER BY low, high
	ON CONFLICT (community_id, person_id, other_person_id, source) DO UPDATE SET weight = EXCLUDED.weight
	WHERE tie.weight <> EXCLUDED.weight
	RETURNING 1
)
SELECT count(*) AS changed_count, (SELECT count(*) FROM item) - count(*) AS unchanged_count FROM written;

-- Content's events. Of one comment or reaction the highest version counts, in whatever order they come.
-- name: tie_observe   in: event.DeliverEventsRequest
WITH event AS (
	SELECT DISTINCT ON (community_id, person_id, subject_id) community_id, person_id, subject_id, other_person_id, version,
		kind.weight
	FROM unnest(:events.type::text[], :events.community_id::uuid[], :events.person_id::uuid[],
		:events.subject_id::uuid[], :events.other_person_id::uuid[], :events.version::bigint[])
		AS e (type, community_id, person_id, subject_id, other_person_id, version)
	JOIN (VALUES ('COMMENT_CREATED', 3), ('COMMENT_REMOVED', 0), ('REACTION_ADDED', 1), ('REACTION_REMOVED', 0))
		AS kind (type, weight) USING (type)
	WHERE community_id IS NOT NULL AND person_id IS NOT NULL AND subject_id IS NOT NULL
	ORDER BY community_id, person_id, subject_id, version DESC
), followed AS (
	INSERT INTO contact AS c (community_id, person_id, subject_id, other_person_id, weight, version)
	SELECT community_id, person_id, subject_id, other_person_id, weight, version FROM event
	ORDER BY community_id, person_id, subject_id
	ON CONFLICT (community_id, person_id, subject_id) DO UPDATE SET
		other_person_id = COALESCE(EXCLUDED.other_person_id, c.other_person_id),
		past_weight = c.weight, weight = EXCLUDED.weight, version = EXCLUDED.version
	WHERE c.version < EXCLUDED.version
	RETURNING community_id, person_id, other_person_id, weight - past_weight AS difference
)
INSERT INTO tie (community_id, person_id, other_person_id, source, weight)
SELECT community_id, LEAST(person_id, other_person_id), GREATEST(person_id, other_person_id), 'content', sum(difference)
FROM followed
WHERE person_id <> other_person_id
GROUP BY 1, 2, 3
HAVING sum(difference) <> 0
ORDER BY 1, 2, 3
ON CONFLICT (community_id, person_id, other_person_id, source) DO UPDATE SET weight = tie.weight + EXCLUDED.weight;
