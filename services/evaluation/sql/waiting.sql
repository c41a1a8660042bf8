-- Interactions of people who are not known here yet.

-- Some whose turn it is to be asked about; the next turn comes later and later.
-- name: waiting_turn   in: evaluation.FoldQuery   out: evaluation.Strangers.strangers
WITH due AS (
	SELECT DISTINCT community_id, person_id
	FROM (SELECT community_id, person_id FROM waiting WHERE try_time <= :now::timestamptz ORDER BY try_time LIMIT :row_limit::integer) w
), turn AS (
	UPDATE waiting w
	SET try_count = w.try_count + 1,
		try_time = :now::timestamptz + LEAST(interval '1 hour', interval '1 second' * (1 << LEAST(w.try_count, 12)))
	FROM due WHERE w.community_id = due.community_id AND w.person_id = due.person_id
)
SELECT community_id, person_id FROM due ORDER BY community_id, person_id;

-- Who has become known no longer waits.
-- name: waiting_release   in: evaluation.Strangers
WITH known AS (
	DELETE FROM waiting w
	USING unnest(:strangers.community_id::uuid[], :strangers.person_id::uuid[]) s (community_id, person_id),
		replica_membership m, replica_community c, zone z
	WHERE w.community_id = s.community_id AND w.person_id = s.person_id
		AND m.community_id = s.community_id AND m.person_id = s.person_id
		AND c.community_id = s.community_id AND z.name = c.time_zone
	RETURNING w.community_id, w.occur_time, w.interaction_id, w.person_id, w.kind
)
INSERT INTO pending (community_id, occur_time, interaction_id, person_id, kind)
SELECT community_id, occur_time, interaction_id, person_id, kind FROM known
ON CONFLICT DO NOTHING;

-- For the metric, which need not be exact when it is out of all proportion.
-- name: waiting_count   in: none   out: evaluation.WaitingCount
SELECT count(*) AS waiting_count FROM (SELECT FROM waiting LIMIT 100000) w;
