-- What merged persons do for their communities: as experts, as KOLs, as operators. A row goes back where the membership does.

-- The merged one keeps his designations, which say nothing while he is no member. The survivor gets those that held; what
-- of his own held no more must not come back to life by the other's role.
-- name: merge_designations   in: member.PersonMerge
WITH {merge_moved}, stale AS (
	DELETE FROM designation AS d USING moved AS r
	WHERE r.survivor IS NOT NULL AND d.community_id = r.community_id AND d.person_id = :person_id
		AND NOT (r.survivor ->> 'state' = 'ACTIVE' AND r.survivor ->> 'role' <> 'MEMBER'
			AND (r.survivor ->> 'join_time')::timestamptz <= d.designate_time)
	RETURNING d.*
), added AS (
	INSERT INTO designation (community_id, topic, person_id, place, designate_time)
	SELECT d.community_id, d.topic, :person_id, d.place, d.designate_time
	FROM moved AS r JOIN designation AS d ON d.community_id = r.community_id AND d.person_id = :merged_person_id
	WHERE r.merged ->> 'state' = 'ACTIVE' AND r.merged ->> 'role' <> 'MEMBER'
		AND (r.merged ->> 'join_time')::timestamptz <= d.designate_time AND (SELECT count(*) FROM stale) >= 0
	ON CONFLICT (community_id, topic, person_id) DO NOTHING
	RETURNING *
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
SELECT community_id, :merge_id, 'DESIGNATION', topic, to_jsonb(stale), to_jsonb(added)
FROM stale FULL JOIN added USING (community_id, topic);

-- The one who is further stays as far; the merged one keeps his place for himself.
-- name: merge_kols   in: member.PersonMerge
WITH {merge_moved}, pair AS MATERIALIZED (
	SELECT m.*, to_jsonb(s) AS survivor
	FROM moved AS r
	CROSS JOIN (VALUES ('KOL'), ('MANAGER')) AS t (track)
	JOIN kol AS m ON m.community_id = r.community_id AND m.track = t.track AND m.person_id = :merged_person_id
	LEFT JOIN kol AS s ON s.community_id = r.community_id AND s.track = t.track AND s.person_id = :person_id
	WHERE s.stage IS NULL OR kol_rank(m.stage) > kol_rank(s.stage)
), made AS (
	INSERT INTO kol AS s (community_id, person_id, track, stage, reason, create_time, update_time)
	SELECT community_id, :person_id, track, stage, reason, create_time, :now FROM pair
	ON CONFLICT (community_id, track, person_id) DO UPDATE SET
		stage = EXCLUDED.stage, reason = EXCLUDED.reason, update_time = EXCLUDED.update_time, version = s.version + 1
	RETURNING *
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
SELECT community_id, :merge_id, 'KOL', track, survivor, to_jsonb(made)
FROM pair JOIN made USING (community_id, track);

-- Whoever changes duties comes by here; who is given some has been taken as a person before, so rows that are not there yet
-- need not be waited for.
-- name: merge_portfolio_lock   in: member.PersonMerge
SELECT FROM portfolio WHERE person_id IN (:person_id, :merged_person_id) ORDER BY person_id FOR NO KEY UPDATE;

-- Where both operate, with the higher role and the duties of both. The merged one's end, for the other services too.
-- name: merge_duties   in: member.PersonMerge
WITH pair AS MATERIALIZED (
	SELECT m.community_id, m AS merged, s AS survivor,
		COALESCE(s.person_id IS NOT NULL AND s.revoke_time IS NULL, false) AS both_operate
	FROM duty AS m
	LEFT JOIN duty AS s ON s.community_id = m.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
	WHERE m.person_id = :merged_person_id AND m.revoke_time IS NULL
), ended AS (
	UPDATE duty AS m SET revoke_time = :now, version = m.version + 1
	FROM pair
	WHERE m.community_id = pair.community_id AND m.person_id = :merged_person_id
	RETURNING m.*
), made AS (
	INSERT INTO duty AS s (community_id, person_id, role, kinds, community_create_time, assign_time)
	SELECT community_id, :person_id,
		CASE WHEN both_operate AND role_rank((survivor).role) > role_rank((merged).role)
			THEN (survivor).role ELSE (merged).role END,
		ARRAY(SELECT DISTINCT kind
			FROM unnest((merged).kinds || CASE WHEN both_operate THEN (survivor).kinds END) AS k (kind) ORDER BY 1),
		(merged).community_create_time,
		CASE WHEN both_operate THEN LEAST((survivor).assign_time, (merged).assign_time) ELSE (merged).assign_time END
	FROM pair
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = EXCLUDED.role, kinds = EXCLUDED.kinds, assign_time = EXCLUDED.assign_time, revoke_time = NULL,
		version = s.version + 1
	RETURNING s.*
), counted AS (
	INSERT INTO portfolio AS p (person_id, community_count)
	SELECT :person_id::uuid, count(*) FROM pair WHERE NOT both_operate HAVING count(*) > 0
	ON CONFLICT (person_id) DO UPDATE SET community_count = p.community_count + EXCLUDED.community_count
), counted_out AS (
	UPDATE portfolio SET community_count = community_count - (SELECT count(*) FROM pair)
	WHERE person_id = :merged_person_id AND EXISTS (SELECT FROM pair)
), told AS (
	{tell_duty} FROM (SELECT * FROM ended UNION ALL SELECT * FROM made) AS changed
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, merged, made)
SELECT community_id, :merge_id, 'DUTY', '', to_jsonb(survivor), to_jsonb(merged), to_jsonb(made)
FROM pair JOIN made USING (community_id);

-- name: unmerge_designations   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.key, r.survivor, to_jsonb(d) IS NOT DISTINCT FROM r.made
		AND r.community_id NOT IN {merge_stayed} AS fits
	FROM person_merge_row AS r
	LEFT JOIN designation AS d ON d.community_id = r.community_id AND d.topic = r.key AND d.person_id = :person_id
	CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'DESIGNATION'
), gone AS (
	DELETE FROM designation AS d USING recorded
	WHERE fits AND d.community_id = recorded.community_id AND d.topic = recorded.key AND d.person_id = :person_id
	RETURNING d.topic
), back AS (
	INSERT INTO designation
	SELECT was.* FROM recorded CROSS JOIN jsonb_populate_record(NULL::designation, survivor) AS was
	WHERE fits AND survivor IS NOT NULL AND (SELECT count(*) FROM gone) >= 0
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'DESIGNATION' AND r.key = recorded.key;

-- name: unmerge_kols   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.key, r.survivor, COALESCE(to_jsonb(k) = r.made, false)
		AND r.community_id NOT IN {merge_stayed} AS fits
	FROM person_merge_row AS r
	LEFT JOIN kol AS k ON k.community_id = r.community_id AND k.track = r.key AND k.person_id = :person_id
	CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'KOL'
), gone AS (
	DELETE FROM kol AS k USING recorded
	WHERE fits AND survivor IS NULL AND k.community_id = recorded.community_id AND k.track = recorded.key
		AND k.person_id = :person_id
), back AS (
	UPDATE kol AS k SET stage = was.stage, reason = was.reason, update_time = was.update_time, version = k.version + 1
	FROM recorded CROSS JOIN jsonb_populate_record(NULL::kol, survivor) AS was
	WHERE fits AND survivor IS NOT NULL AND k.community_id = recorded.community_id AND k.track = recorded.key
		AND k.person_id = :person_id
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'KOL' AND r.key = recorded.key;

-- What was given by the merge alone is revoked, since versions go on.
-- name: unmerge_duties   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.survivor, was.revoke_time IS NULL AND r.survivor IS NOT NULL AS both_operate, was,
		COALESCE(to_jsonb(d) = r.made, false) AS fits
	FROM person_merge_row AS r
	LEFT JOIN duty AS d ON d.community_id = r.community_id AND d.person_id = :person_id
	CROSS JOIN jsonb_populate_record(NULL::duty, r.survivor) AS was
	CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'DUTY'
), back AS (
	UPDATE duty AS m SET revoke_time = NULL, version = m.version + 1
	FROM recorded
	WHERE fits AND m.community_id = recorded.community_id AND m.person_id = :merged_person_id
	RETURNING m.*
), stayed AS (
	UPDATE duty AS s SET
		role = COALESCE((was).role, s.role), kinds = COALESCE((was).kinds, s.kinds),
		assign_time = COALESCE((was).assign_time, s.assign_time),
		revoke_time = CASE WHEN survivor IS NULL THEN :now ELSE (was).revoke_time END, version = s.version + 1
	FROM recorded
	WHERE fits AND s.community_id = recorded.community_id AND s.person_id = :person_id
	RETURNING s.*
), counted AS (
	UPDATE portfolio SET community_count = community_count + (SELECT CASE person_id WHEN :person_id
			THEN -count(*) FILTER (WHERE fits AND NOT both_operate) ELSE count(*) FILTER (WHERE fits) END FROM recorded)
	WHERE person_id IN (:person_id, :merged_person_id) AND EXISTS (SELECT FROM recorded WHERE fits)
), told AS (
	{tell_duty} FROM (SELECT * FROM back UNION ALL SELECT * FROM stayed) AS changed
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'DUTY';
