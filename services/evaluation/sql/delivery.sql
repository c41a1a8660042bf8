-- The other services' events: receipt, and what follows from them.

-- Of each interaction the fact with the highest version stands. What it was before is returned, so that the next statements,
-- which see what others have committed meanwhile, can change the raw rows; in the table '-infinity' then means that it was
-- taken back.
-- name: delivery_note   in: event.DeliverEventsRequest   out: evaluation.FreshEvents.events
WITH told AS (
	SELECT DISTINCT ON (community_id, kind, subject_id, person_id)
		community_id, kind, subject_id, person_id, present, occur_time, parent_id,
		COALESCE(NULLIF(version, 0), extract(epoch FROM occur_time) * 1000000)::bigint AS version
	FROM unnest(:events.community_id::uuid[], :events.type::text[], :events.occur_time::timestamptz[],
		:events.person_id::uuid[], :events.subject_id::uuid[], :events.parent_id::uuid[], :events.state::text[],
		:events.version::bigint[], :events.kind::text[])
		AS e (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, of_kind)
	JOIN (VALUES
		('POST_PUBLISHED', '', '', 2::smallint, true), ('POST_REMOVED', '', '', 2, false),
		('COMMENT_CREATED', '', '', 3, true), ('COMMENT_REMOVED', '', '', 3, false),
		('COMMENT_CREATED', '', 'ANSWER', 4, true), ('COMMENT_REMOVED', '', 'ANSWER', 4, false),
		('REACTION_ADDED', '', '', 5, true), ('REACTION_REMOVED', '', '', 5, false),
		('POST_SHARED', '', '', 6, true),
		('ATTENDANCE_RECORDED', '', '', 7, true),
		('ORDER_CHANGED', 'PAID', '', 9, true)) AS meaning (type, only_state, only_kind, kind, present) USING (type)
	WHERE only_state IN ('', state) AND only_kind = CASE of_kind WHEN 'ANSWER' THEN 'ANSWER' ELSE '' END
		AND person_id IS NOT NULL AND subject_id IS NOT NULL
	ORDER BY community_id, kind, subject_id, person_id, 8 DESC
), changed AS (
	INSERT INTO fact AS f (community_id, kind, subject_id, person_id, version, occur_time, present)
	SELECT community_id, kind, subject_id, person_id, version, occur_time, present FROM told
	ORDER BY community_id, kind, subject_id, person_id
	ON CONFLICT (community_id, kind, subject_id, person_id) DO UPDATE
	SET version = EXCLUDED.version, occur_time = EXCLUDED.occur_time, present = EXCLUDED.present,
		replaced_time = CASE WHEN f.present THEN f.occur_time ELSE '-infinity' END
	WHERE f.version < EXCLUDED.version
	RETURNING community_id, kind, subject_id, person_id, occur_time, present, replaced_time
)
SELECT c.community_id, c.kind, c.subject_id, c.person_id, c.occur_time, c.present, t.parent_id,
	c.replaced_time IS NOT NULL AS changed, NULLIF(c.replaced_time, '-infinity') AS replaced_time
FROM changed c JOIN told t USING (community_id, kind, subject_id, person_id);

-- What stands and has no raw row gets one, and is pending.
-- name: delivery_add   in: evaluation.FreshEvents
WITH raw AS (
	INSERT INTO interaction (community_id, occur_time, interaction_id, person_id, kind, ref, reply_to)
	SELECT community_id, occur_time,
		encode(substr(sha256(convert_to(person_id || ':' || kind || ':' || subject_id, 'UTF8')), 1, 16), 'hex')::uuid
			AS interaction_id,
		person_id, kind, subject_id, COALESCE(parent_id::text, '')
	FROM unnest(:events.community_id::uuid[], :events.kind::smallint[], :events.subject_id::uuid[],
		:events.person_id::uuid[], :events.parent_id::uuid[], :events.occur_time::timestamptz[],
		:events.present::boolean[])
		AS e (community_id, kind, subject_id, person_id, parent_id, occur_time, present)
	WHERE present
	ORDER BY community_id, occur_time, interaction_id
	ON CONFLICT DO NOTHING
	RETURNING community_id, occur_time, interaction_id, person_id, kind
)
INSERT INTO pending (community_id, occur_time, interaction_id, person_id, kind)
SELECT community_id, occur_time, interaction_id, person_id, kind FROM raw;

-- Raw rows that no longer stand, or stand again; their days are dirty. The communities are locked (fold_lock), so no fold is
-- at their pending rows.
-- name: delivery_change   in: evaluation.FreshEvents
WITH event AS (
	SELECT *, encode(substr(sha256(convert_to(person_id || ':' || kind || ':' || subject_id, 'UTF8')), 1, 16), 'hex')::uuid
		AS interaction_id
	FROM unnest(:events.community_id::uuid[], :events.kind::smallint[], :events.subject_id::uuid[],
		:events.person_id::uuid[], :events.occur_time::timestamptz[], :events.present::boolean[],
		:events.replaced_time::timestamptz[])
		AS e (community_id, kind, subject_id, person_id, occur_time, present, replaced_time)
), gone AS (
	UPDATE interaction i SET removed = true FROM event e
	WHERE i.community_id = e.community_id AND i.occur_time = e.replaced_time AND i.interaction_id = e.interaction_id
		AND NOT i.removed AND NOT (e.present AND e.replaced_time = e.occur_time)
	RETURNING i.community_id, i.occur_time, i.interaction_id, i.person_id
), unpend AS (
	DELETE FROM pending p USING gone g
	WHERE p.community_id = g.community_id AND p.occur_time = g.occur_time AND p.interaction_id = g.interaction_id
), unwait AS (
	DELETE FROM waiting w USING gone g
	WHERE w.community_id = g.community_id AND w.person_id = g.person_id AND w.occur_time = g.occur_time
		AND w.interaction_id = g.interaction_id
), back AS (
	UPDATE interaction i SET removed = false FROM event e
	WHERE i.community_id = e.community_id AND i.occur_time = e.occur_time AND i.interaction_id = e.interaction_id
		AND i.removed AND e.present
	RETURNING i.community_id, i.occur_time
)
INSERT INTO dirty (community_id, occur_time)
SELECT community_id, occur_time FROM gone UNION SELECT community_id, occur_time FROM back ORDER BY 1, 2
ON CONFLICT DO NOTHING;

-- Who belongs: tenures, the interactions that waited for it, and the communities whose days have moved. Runs after the
-- replica has been brought up to date, which keeps two deliveries of one membership apart. A number that is not what it was
-- puts every bitmap in doubt. One that was merged into another keeps its tenures as they are, for when it is parted again.
-- name: delivery_belong   in: event.DeliverEventsRequest
WITH event AS (
	SELECT DISTINCT ON (community_id, person_id, version) *
	FROM unnest(:events.community_id::uuid[], :events.person_id::uuid[], :events.type::text[], :events.version::bigint[],
		:events.membership.join_time::timestamptz[], :events.membership.leave_time::timestamptz[],
		:events.membership.leave_reason::text[], :events.community.time_zone::text[],
		:events.membership.number::bigint[], :events.membership.state::text[])
		AS e (community_id, person_id, type, version, join_time, leave_time, leave_reason, time_zone, number, state)
	WHERE type IN ('MEMBERSHIP_CHANGED', 'COMMUNITY_CHANGED')
	ORDER BY community_id, person_id, version
), stay AS (
	SELECT community_id, person_id, version, number, join_time, GREATEST(leave_time, join_time) AS leave_time,
		COALESCE(leave_reason, '') AS leave_reason, leave_time IS NULL AS stays
	FROM event WHERE type = 'MEMBERSHIP_CHANGED' AND join_time IS NOT NULL AND state <> 'MERGED'
), replaced AS (
	DELETE FROM tenure t USING stay s
	WHERE t.community_id = s.community_id AND t.person_id = s.person_id AND t.version < s.version
		AND (t.leave_time IS NULL OR s.join_time < t.leave_time)
), kept AS (
	INSERT INTO tenure (community_id, person_id, version, number, join_time, leave_time, leave_reason)
	SELECT community_id, person_id, version, number, join_time, CASE WHEN NOT stays THEN leave_time END, leave_reason
	FROM stay s
	WHERE NOT EXISTS (
		SELECT FROM tenure AS later
		WHERE later.community_id = s.community_id AND later.person_id = s.person_id
			AND later.version > s.version AND (s.stays OR later.join_time < s.leave_time))
		AND NOT EXISTS (
		SELECT FROM stay AS later
		WHERE later.community_id = s.community_id AND later.person_id = s.person_id
			AND later.version > s.version AND (s.stays OR later.join_time < s.leave_time))
	ON CONFLICT DO NOTHING
), moved AS (
	INSERT INTO dirty (community_id, occur_time)
	SELECT DISTINCT community_id, timestamptz '-infinity'
	FROM event LEFT JOIN fold USING (community_id)
	WHERE event.type = 'COMMUNITY_CHANGED' AND fold.time_zone IS DISTINCT FROM event.time_zone
	UNION
	SELECT s.community_id, timestamptz '-infinity'
	FROM stay s JOIN tenure t USING (community_id, person_id)
	WHERE t.number <> s.number
	ORDER BY community_id
	ON CONFLICT DO NOTHING
), of_member AS (
	DELETE FROM waiting w USING (
		SELECT DISTINCT community_id, person_id FROM event WHERE type = 'MEMBERSHIP_CHANGED') e
	WHERE w.community_id = e.community_id AND w.person_id = e.person_id
	RETURNING w.community_id, w.occur_time, w.interaction_id, w.person_id, w.kind
), of_community AS (
	DELETE FROM waiting w USING (
		SELECT DISTINCT community_id FROM event WHERE type = 'COMMUNITY_CHANGED') e
	WHERE w.community_id = e.community_id
	RETURNING w.community_id, w.occur_time, w.interaction_id, w.person_id, w.kind
)
INSERT INTO pending (community_id, occur_time, interaction_id, person_id, kind)
SELECT * FROM of_member UNION SELECT * FROM of_community
ON CONFLICT DO NOTHING;

-- A merged membership goes by the number of who stands for it, and its tenures do not count. Runs last: what has become of
-- tenures that come late, the replica knows.
-- name: delivery_renumber   in: event.DeliverEventsRequest
WITH changed AS MATERIALIZED (
	SELECT t.community_id, t.person_id, t.version, m.number, m.state = 'MERGED' AS merged, t.number <> m.number AS moved
	FROM (
		SELECT DISTINCT community_id, person_id
		FROM unnest(:events.community_id::uuid[], :events.person_id::uuid[], :events.type::text[])
			AS e (community_id, person_id, type)
		WHERE type = 'MEMBERSHIP_CHANGED') AS e
	JOIN replica_membership AS m USING (community_id, person_id)
	JOIN tenure AS t USING (community_id, person_id)
	WHERE t.number <> m.number OR t.merged <> (m.state = 'MERGED')
), renumbered AS (
	UPDATE tenure AS t SET number = changed.number, merged = changed.merged
	FROM changed
	WHERE t.community_id = changed.community_id AND t.person_id = changed.person_id AND t.version = changed.version
)
INSERT INTO dirty (community_id, occur_time)
SELECT DISTINCT community_id, timestamptz '-infinity' FROM changed WHERE moved ORDER BY community_id
ON CONFLICT DO NOTHING;
