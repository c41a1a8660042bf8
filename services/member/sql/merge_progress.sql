-- What merged persons have come to. Days stay under the id that did them (sql/progress.sql, `did`), so what follows from them is
-- settled anew, both when two become one and when they part; here is what cannot be found again from days.

-- Whether the merged one, or his `kin`, did something in the community of m.
-- fragment: merge_days
EXISTS (
	SELECT FROM member_day AS d
	WHERE d.community_id = m.community_id AND d.person_id = ANY (ARRAY(
		SELECT :merged_person_id::uuid UNION ALL SELECT person_id FROM kin)))

-- The communities of either where that is so.
-- name: merge_progress   in: member.PersonMerge   out: member.ProgressQuery
WITH RECURSIVE {merge_kin}
SELECT COALESCE(array_agg(m.community_id), '{}') AS community_ids, COALESCE(array_agg(m.person_id), '{}') AS person_ids
FROM membership AS m
WHERE m.person_id IN (:person_id, :merged_person_id) AND m.state <> 'MERGED' AND {merge_days};

-- name: merge_standings   in: member.PersonMerge
WITH {merge_moved}, pair AS MATERIALIZED (
	SELECT m.*, to_jsonb(s) AS survivor
	FROM moved AS r
	JOIN standing AS m ON m.community_id = r.community_id AND m.person_id = :merged_person_id
	LEFT JOIN standing AS s ON s.community_id = r.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
), made AS (
	INSERT INTO standing AS s (community_id, person_id, first_active_date, last_active_date, first_engaged_date,
		last_engaged_date)
	SELECT community_id, :person_id, first_active_date, last_active_date, first_engaged_date, last_engaged_date FROM pair
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		first_active_date = LEAST(s.first_active_date, EXCLUDED.first_active_date),
		last_active_date = GREATEST(s.last_active_date, EXCLUDED.last_active_date),
		first_engaged_date = LEAST(s.first_engaged_date, EXCLUDED.first_engaged_date),
		last_engaged_date = GREATEST(s.last_engaged_date, EXCLUDED.last_engaged_date)
	RETURNING s.*
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
SELECT community_id, :merge_id, 'STANDING', '', survivor, to_jsonb(made)
FROM pair JOIN made USING (community_id);

-- Each step at the earliest of the two times; what was set by hand stands. The merged one keeps his. Where he has been no
-- member but did something all the same, the survivor's step is noted: only days will carry it on.
-- name: merge_journeys   in: member.PersonMerge
WITH RECURSIVE {merge_kin}, {merge_moved}, met AS MATERIALIZED (
	SELECT community_id, NULL AS step FROM moved WHERE survivor IS NOT NULL
	UNION ALL
	SELECT m.community_id, m.journey_step
	FROM membership AS m
	WHERE m.person_id = :person_id AND m.state <> 'MERGED' AND m.community_id NOT IN (SELECT community_id FROM moved)
		AND {merge_days}
), was AS MATERIALIZED (
	SELECT met.community_id, met.step, jsonb_agg(to_jsonb(s)) FILTER (WHERE s.step IS NOT NULL) AS steps
	FROM met LEFT JOIN journey_step AS s ON s.community_id = met.community_id AND s.person_id = :person_id
	GROUP BY 1, 2
), filled AS (
	INSERT INTO journey_step AS s (community_id, person_id, step, reach_time, cause, reason, set_by_person_id)
	SELECT m.community_id, :person_id, m.step, m.reach_time, m.cause, m.reason, m.set_by_person_id
	FROM moved AS r JOIN journey_step AS m ON m.community_id = r.community_id AND m.person_id = :merged_person_id
	WHERE (SELECT count(*) FROM was) >= 0
	ON CONFLICT (community_id, person_id, step) DO UPDATE SET
		reach_time = EXCLUDED.reach_time, cause = EXCLUDED.cause, reason = EXCLUDED.reason,
		set_by_person_id = EXCLUDED.set_by_person_id
	WHERE s.reach_time > EXCLUDED.reach_time AND s.cause <> 'SET'
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
SELECT community_id, :merge_id, 'JOURNEY', '', steps, to_jsonb(step) FROM was WHERE steps IS NOT NULL OR step IS NOT NULL;

-- As it was; where there are days, they have the last word afterwards.
-- name: unmerge_standings   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.survivor, COALESCE(to_jsonb(s) = r.made, false) OR EXISTS (
		SELECT FROM member_day AS d
		WHERE d.community_id = r.community_id AND d.person_id IN (:person_id, :merged_person_id)) AS fits
	FROM person_merge_row AS r
	LEFT JOIN standing AS s ON s.community_id = r.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'STANDING'
), gone AS (
	DELETE FROM standing AS s USING recorded
	WHERE fits AND survivor IS NULL AND s.community_id = recorded.community_id AND s.person_id = :person_id
), back AS (
	UPDATE standing AS s SET
		first_active_date = was.first_active_date, last_active_date = was.last_active_date,
		first_engaged_date = was.first_engaged_date, last_engaged_date = was.last_engaged_date
	FROM recorded CROSS JOIN jsonb_populate_record(NULL::standing, survivor) AS was
	WHERE fits AND survivor IS NOT NULL AND s.community_id = recorded.community_id AND s.person_id = :person_id
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'STANDING';

-- Who holds the membership from now on has the steps that he had before, and what was set since by hand, with nothing above it.
-- name: unmerge_journeys   in: member.PersonMerge
WITH {merge_moved}, parted AS MATERIALIZED (
	SELECT r.community_id, r.survivor IS NULL AS alone,
		CASE WHEN r.survivor IS NULL THEN :merged_person_id::uuid ELSE :person_id END AS holder_id,
		COALESCE(r.survivor, r.merged) ->> 'journey_step' AS was_step
	FROM moved AS r CROSS JOIN {many}
	WHERE r.put_back
	UNION ALL
	SELECT community_id, false, :person_id, made #>> '{}'
	FROM person_merge_row
	WHERE merge_id = :merge_id AND kind = 'JOURNEY' AND made IS NOT NULL
), since AS MATERIALIZED (
	SELECT parted.holder_id, s.*
	FROM parted JOIN journey_step AS s ON s.community_id = parted.community_id AND s.person_id = :person_id
	WHERE s.cause = 'SET' AND s.reach_time >= (SELECT merge_time FROM person_merge WHERE merge_id = :merge_id)
), before AS MATERIALIZED (
	SELECT parted.holder_id, was.*
	FROM parted
	JOIN person_merge_row AS r ON r.community_id = parted.community_id AND r.merge_id = :merge_id AND r.kind = 'JOURNEY'
	CROSS JOIN jsonb_populate_recordset(NULL::journey_step, r.survivor) AS was
	WHERE NOT alone
	UNION ALL
	SELECT parted.holder_id, s.*
	FROM parted JOIN journey_step AS s ON s.community_id = parted.community_id AND s.person_id = :merged_person_id
	WHERE alone
), has AS MATERIALIZED (
	SELECT * FROM since
	UNION ALL
	SELECT * FROM before WHERE NOT EXISTS (
		SELECT FROM since
		WHERE since.community_id = before.community_id AND journey_rank(since.step) <= journey_rank(before.step))
), keeping AS MATERIALIZED (
	SELECT parted.community_id, parted.holder_id, COALESCE(h.steps, '{}') AS steps
	FROM parted LEFT JOIN (SELECT community_id, array_agg(step) AS steps FROM has GROUP BY 1) AS h USING (community_id)
), gone AS (
	DELETE FROM journey_step AS s USING keeping AS k
	WHERE s.community_id = k.community_id AND s.person_id = ANY (ARRAY[:person_id::uuid, k.holder_id])
		AND NOT (s.person_id = k.holder_id AND s.step = ANY (k.steps))
), kept AS (
	INSERT INTO journey_step (community_id, person_id, step, reach_time, cause, reason, set_by_person_id)
	SELECT community_id, holder_id, step, reach_time, cause, reason, set_by_person_id FROM has
	ON CONFLICT (community_id, person_id, step) DO UPDATE SET
		reach_time = EXCLUDED.reach_time, cause = EXCLUDED.cause, reason = EXCLUDED.reason,
		set_by_person_id = EXCLUDED.set_by_person_id
), furthest AS (
	SELECT community_id, holder_id, (array_agg(step ORDER BY journey_rank(step) DESC))[1] AS step
	FROM (
		SELECT community_id, holder_id, step FROM has
		UNION ALL
		SELECT community_id, holder_id, was_step FROM parted WHERE community_id NOT IN (SELECT community_id FROM since)
	) AS reached
	GROUP BY 1, 2
), stepped AS (
	UPDATE membership AS m SET journey_step = furthest.step
	FROM furthest
	WHERE m.community_id = furthest.community_id AND m.person_id = furthest.holder_id
		AND m.person_id IN (:person_id, :merged_person_id)
)
UPDATE person_merge_row AS r SET put_back = true
FROM parted
WHERE r.community_id = parted.community_id AND r.merge_id = :merge_id AND r.kind = 'JOURNEY';
