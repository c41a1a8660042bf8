-- Ladders, and who stands how high on them.

-- fragment: ladder
community_id, window_days, version::text AS etag, update_time

-- Replaces the ladder, and has everybody reckoned anew.
-- name: ladder_store   in: member.LadderStore   out: member.Ladder
WITH kept AS (
	INSERT INTO ladder AS l (community_id, window_days, update_time)
	VALUES (:request.community_id, :request.ladder.window_days, :now)
	ON CONFLICT (community_id) DO UPDATE SET
		window_days = EXCLUDED.window_days, update_time = EXCLUDED.update_time, version = l.version + 1
	RETURNING *
), weights_gone AS (
	DELETE FROM ladder_weight
	WHERE community_id = :request.community_id AND kind <> ALL (:request.ladder.weights.kind::text[])
), weights AS (
	INSERT INTO ladder_weight (community_id, kind, weight)
	SELECT :request.community_id, kind, weight
	FROM unnest(:request.ladder.weights.kind::text[], :request.ladder.weights.weight::bigint[]) AS w (kind, weight)
	ON CONFLICT (community_id, kind) DO UPDATE SET weight = EXCLUDED.weight
), levels_gone AS (
	DELETE FROM ladder_level
	WHERE community_id = :request.community_id AND level > cardinality(:request.ladder.levels.threshold::bigint[])
), levels AS (
	INSERT INTO ladder_level (community_id, level, name, threshold, benefits)
	SELECT :request.community_id, level, name, threshold, ARRAY(
		SELECT benefit FROM unnest(:benefit_levels::integer[], :benefits::text[]) WITH ORDINALITY AS b (of_level, benefit, place)
		WHERE of_level = level ORDER BY place)
	FROM unnest(:request.ladder.levels.name::text[], :request.ladder.levels.threshold::bigint[]) WITH ORDINALITY
		AS l (name, threshold, level)
	ON CONFLICT (community_id, level) DO UPDATE SET
		name = EXCLUDED.name, threshold = EXCLUDED.threshold, benefits = EXCLUDED.benefits
), due AS (
	INSERT INTO review (community_id, due_time, cause) VALUES (:request.community_id, :now, 'LADDER')
	ON CONFLICT (community_id) DO UPDATE SET due_time = EXCLUDED.due_time, after_number = 0, cause = EXCLUDED.cause
)
SELECT {ladder} FROM kept;

-- name: ladder_get   in: member.GetLadderRequest   out: member.Ladder
SELECT {ladder} FROM ladder WHERE community_id = :community_id;

-- name: ladder_weights   in: member.GetLadderRequest   out: member.Ladder.weights
SELECT kind, weight FROM ladder_weight WHERE community_id = :community_id ORDER BY weight DESC, kind;

-- name: ladder_levels   in: member.GetLadderRequest   out: member.Ladder.levels
SELECT level, name, threshold, benefits FROM ladder_level WHERE community_id = :community_id ORDER BY level;

-- Reckons the scores of active members and the levels that follow: the highest of those whose threshold is reached, or
-- which one stands on or above and of which the score is still 90 %. That a fall in two halves ends where one of the same
-- depth does is why a level below is kept at 90 %, too.
-- name: level_settle   in: member.ProgressQuery
WITH scored AS MATERIALIZED (
	SELECT m.community_id, m.person_id, m.level AS from_level, COALESCE((
		SELECT sum(w.weight * d.count)
		FROM {did} AS d JOIN ladder_weight w ON w.community_id = d.community_id AND w.kind = d.kind
		WHERE d.community_id = m.community_id AND d.person_id = m.person_id
			AND d.day > CASE l.window_days WHEN 0 THEN '-infinity'
				ELSE (:now::timestamptz AT TIME ZONE c.time_zone)::date - l.window_days END), 0)::bigint AS score
	FROM {progress_members} JOIN community c ON c.community_id = m.community_id
	JOIN ladder l ON l.community_id = m.community_id
), ranked AS MATERIALIZED (
	SELECT scored.*, COALESCE((
		SELECT max(l.level) FROM ladder_level l
		WHERE l.community_id = scored.community_id
			AND (scored.score >= l.threshold OR l.level <= scored.from_level AND scored.score * 10 >= l.threshold * 9)),
		0) AS level
	FROM scored
), changed AS (
	UPDATE membership m SET
		score = r.score, level = r.level, indexed_version = 0,
		version = version + CASE WHEN r.level = r.from_level THEN 0 ELSE 1 END
	FROM ranked r
	WHERE m.community_id = r.community_id AND m.person_id = r.person_id AND (m.score, m.level) <> (r.score, r.level)
	RETURNING m.*, r.from_level
), moved AS (
	SELECT * FROM changed WHERE level <> from_level
), logged AS (
	INSERT INTO level_change (community_id, person_id, version, from_level, to_level, score, cause, change_time)
	SELECT community_id, person_id, version, from_level, level, score, :cause, :now FROM moved
)
{tell_membership} FROM moved;

-- name: level_change_list   in: member.ListLevelChangesRequest   out: member.ListLevelChangesResponse.changes   page: change_time, person_id, version
SELECT community_id, person_id, version, from_level, to_level, score, cause, change_time
FROM level_change
WHERE community_id = :community_id AND (change_time, person_id, version) < (
	COALESCE(:after.change_time::timestamptz, 'infinity'),
	COALESCE(:after.person_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), COALESCE(:after.version::bigint, 0))
ORDER BY change_time DESC, person_id DESC, version DESC LIMIT :limit;

-- Under all of his ids: what he reached before two of them became one is his.
-- name: level_change_list_person   in: member.ListLevelChangesRequest   out: member.ListLevelChangesResponse.changes   page: change_time, person_id, version
SELECT community_id, person_id, version, from_level, to_level, score, cause, change_time
FROM level_change
WHERE community_id = :community_id AND person_id = ANY ({ids}) AND (change_time, person_id, version) < (
	COALESCE(:after.change_time::timestamptz, 'infinity'),
	COALESCE(:after.person_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), COALESCE(:after.version::bigint, 0))
ORDER BY change_time DESC, person_id DESC, version DESC LIMIT :limit;
