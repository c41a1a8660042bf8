-- Carrying out a split, a batch at a time. The rows of both communities are locked; everything else is looked at again.
-- What is updated is named by array as well, so that a batch costs the same however large the split is.

-- The split that has waited longest, and a part of it that has moves to come.
-- name: split_due   out: member.SplitBite
SELECT s.community_id, s.split_id, s.state, COALESCE(k.position, 0) AS position,
	COALESCE(p.part_community_id, s.community_id) AS part_community_id
FROM (
	(SELECT * FROM split WHERE state = 'RUNNING' ORDER BY update_time LIMIT 1)
	UNION ALL
	(SELECT * FROM split WHERE state = 'REVERTING' ORDER BY update_time LIMIT 1)
) AS s
LEFT JOIN LATERAL (
	SELECT position FROM split_move AS k
	WHERE k.community_id = s.community_id AND k.split_id = s.split_id
		AND k.state = CASE s.state WHEN 'RUNNING' THEN 'PLANNED' ELSE 'MOVED' END
	ORDER BY position LIMIT 1
) AS k ON true
LEFT JOIN split_part AS p ON p.community_id = s.community_id AND p.split_id = s.split_id AND p.position = k.position
ORDER BY s.update_time LIMIT 1;

-- name: split_finish   in: member.SplitBite
UPDATE split SET state = CASE state WHEN 'RUNNING' THEN 'DONE' ELSE 'REVERTED' END, end_time = :now, update_time = :now
WHERE community_id = :community_id AND split_id = :split_id AND state = :state
	AND NOT EXISTS (SELECT FROM split_move AS k
		WHERE k.community_id = :community_id AND k.split_id = :split_id
			AND k.state = CASE split.state WHEN 'RUNNING' THEN 'PLANNED' ELSE 'MOVED' END);

-- From the source to the part. Who is there already only leaves the source.
-- name: split_carry   in: member.SplitBite   out: member.SplitBiteResult
WITH target AS (
	SELECT t.last_number,
		t.state = 'ACTIVE' AND s.state = 'ACTIVE' AS open,
		CASE WHEN t.capacity > 0 THEN t.capacity - t.member_count END AS room
	FROM community AS t CROSS JOIN community AS s
	WHERE t.community_id = :part_community_id::uuid AND s.community_id = :community_id
), bite AS (
	SELECT k.number, k.person_id
	FROM split AS s JOIN split_move AS k USING (community_id, split_id)
	WHERE s.community_id = :community_id AND s.split_id = :split_id AND s.state = 'RUNNING'
		AND k.state = 'PLANNED' AND k.position = :position
	ORDER BY k.number LIMIT :row_limit
), met AS (
	SELECT m.*, t.number AS there_number, COALESCE(t.state = 'ACTIVE', false) AS there,
		CASE WHEN m.state <> 'ACTIVE' THEN 'GONE'
			WHEN NOT target.open THEN 'CLOSED'
			WHEN role_rank(m.role) > role_rank('EXPERT') THEN 'STAFF'
			WHEN t.state = 'BANNED' THEN 'BANNED'
			ELSE '' END AS hindrance
	FROM bite AS b
	CROSS JOIN target
	JOIN membership AS m ON m.community_id = :community_id AND m.person_id = b.person_id
	LEFT JOIN membership AS t ON t.community_id = :part_community_id AND t.person_id = b.person_id
), sorted AS (
	SELECT met.*,
		CASE WHEN hindrance <> '' OR there THEN hindrance
			WHEN row_number() OVER (PARTITION BY hindrance <> '' OR there ORDER BY number) > target.room THEN 'FULL'
			ELSE '' END AS why
	FROM met CROSS JOIN target
), gone AS (
	UPDATE membership AS m SET
		role = 'MEMBER', state = 'MOVED', leave_time = :now, leave_reason = 'split', version = m.version + 1
	FROM sorted
	WHERE m.community_id = :community_id AND m.person_id = ANY (ARRAY(SELECT person_id FROM sorted))
		AND m.person_id = sorted.person_id AND why = ''
	RETURNING m.*
), arrived AS (
	INSERT INTO membership (community_id, person_id, number, role, join_time, join_time_implied, mute_until_time, source,
		inviter_person_id, level, score, tags, plan_id, journey_step, campaign, scene)
	SELECT :part_community_id::uuid, person_id,
		COALESCE(there_number, last_number + row_number() OVER (PARTITION BY there_number IS NULL ORDER BY number)),
		role, join_time, join_time_implied, mute_until_time, source, inviter_person_id, level, score, tags, plan_id,
		journey_step, campaign, scene
	FROM sorted CROSS JOIN target
	WHERE why = '' AND NOT there
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = EXCLUDED.role, state = 'ACTIVE', join_time = EXCLUDED.join_time,
		join_time_implied = EXCLUDED.join_time_implied, leave_time = NULL, leave_reason = '',
		mute_until_time = GREATEST(membership.mute_until_time, EXCLUDED.mute_until_time), source = EXCLUDED.source,
		inviter_person_id = EXCLUDED.inviter_person_id, level = EXCLUDED.level, score = EXCLUDED.score,
		tags = EXCLUDED.tags, plan_id = EXCLUDED.plan_id, journey_step = EXCLUDED.journey_step,
		campaign = EXCLUDED.campaign, scene = EXCLUDED.scene, indexed_version = 0, version = membership.version + 1
	RETURNING *
), counted AS (
	UPDATE community SET
		member_count = member_count
			+ CASE community_id WHEN :community_id THEN -(SELECT count(*) FROM gone) ELSE (SELECT count(*) FROM arrived) END,
		last_number = last_number + CASE community_id WHEN :community_id THEN 0
			ELSE (SELECT count(*) FROM sorted WHERE why = '' AND there_number IS NULL) END
	WHERE community_id IN (:community_id, :part_community_id::uuid)
), plans AS (
	INSERT INTO subscription (community_id, person_id, plan_id, state, start_time, end_time, grace_end_time)
	SELECT a.community_id, a.person_id, s.plan_id, s.state, s.start_time, s.end_time, s.grace_end_time
	FROM arrived AS a JOIN subscription AS s ON s.community_id = :community_id AND s.person_id = a.person_id
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		plan_id = EXCLUDED.plan_id, state = EXCLUDED.state, start_time = EXCLUDED.start_time,
		end_time = EXCLUDED.end_time, grace_end_time = EXCLUDED.grace_end_time, version = subscription.version + 1
), standings AS (
	INSERT INTO standing (community_id, person_id, first_active_date, last_active_date, first_engaged_date,
		last_engaged_date)
	SELECT a.community_id, a.person_id, s.first_active_date, s.last_active_date, s.first_engaged_date,
		s.last_engaged_date
	FROM arrived AS a JOIN standing AS s ON s.community_id = :community_id AND s.person_id = a.person_id
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		first_active_date = LEAST(standing.first_active_date, EXCLUDED.first_active_date),
		last_active_date = GREATEST(standing.last_active_date, EXCLUDED.last_active_date),
		first_engaged_date = LEAST(standing.first_engaged_date, EXCLUDED.first_engaged_date),
		last_engaged_date = GREATEST(standing.last_engaged_date, EXCLUDED.last_engaged_date)
), told AS (
	{tell_membership} FROM (SELECT * FROM gone UNION ALL SELECT * FROM arrived) AS both_sides
), noted AS (
	UPDATE split_move AS k SET state = CASE sorted.why WHEN '' THEN 'MOVED' ELSE 'SKIPPED' END, why = sorted.why,
		arrive_version = arrived.version, move_time = :now
	FROM sorted LEFT JOIN arrived USING (person_id)
	WHERE k.community_id = :community_id AND k.split_id = :split_id
		AND k.number = ANY (ARRAY(SELECT number FROM sorted)) AND k.number = sorted.number
), result AS (
	SELECT count(*) FILTER (WHERE why = '') AS moved_count, count(*) FILTER (WHERE why <> '') AS skipped_count FROM sorted
), progress AS (
	UPDATE split SET moved_count = split.moved_count + result.moved_count,
		skipped_count = split.skipped_count + result.skipped_count, update_time = :now
	FROM result
	WHERE community_id = :community_id AND split_id = :split_id
)
SELECT moved_count, skipped_count FROM result;

-- From the part back to the source, whoever is there as he came.
-- name: split_return   in: member.SplitBite   out: member.SplitBiteResult
WITH source AS (
	SELECT t.state = 'ACTIVE' AND s.state = 'ACTIVE' AS open,
		CASE WHEN s.capacity > 0 THEN s.capacity - s.member_count END AS room
	FROM community AS t CROSS JOIN community AS s
	WHERE t.community_id = :part_community_id::uuid AND s.community_id = :community_id
), bite AS (
	SELECT k.number, k.person_id, k.arrive_version
	FROM split AS s JOIN split_move AS k USING (community_id, split_id)
	WHERE s.community_id = :community_id AND s.split_id = :split_id AND s.state = 'REVERTING'
		AND k.state = 'MOVED' AND k.position = :position
	ORDER BY k.number LIMIT :row_limit
), met AS (
	SELECT b.number, b.person_id, t.role,
		CASE WHEN NOT source.open THEN 'CLOSED'
			WHEN m.state = 'MOVED' AND t.state = 'ACTIVE' AND t.version = b.arrive_version THEN ''
			ELSE 'CHANGED' END AS hindrance
	FROM bite AS b
	CROSS JOIN source
	JOIN membership AS m ON m.community_id = :community_id AND m.person_id = b.person_id
	JOIN membership AS t ON t.community_id = :part_community_id AND t.person_id = b.person_id
), sorted AS (
	SELECT met.*,
		CASE WHEN hindrance <> '' THEN hindrance
			WHEN row_number() OVER (PARTITION BY hindrance ORDER BY number) > source.room THEN 'FULL'
			ELSE '' END AS why
	FROM met CROSS JOIN source
), gone AS (
	UPDATE membership AS m SET
		role = 'MEMBER', state = 'MOVED', leave_time = :now, leave_reason = 'split reverted', version = m.version + 1
	FROM sorted
	WHERE m.community_id = :part_community_id AND m.person_id = ANY (ARRAY(SELECT person_id FROM sorted))
		AND m.person_id = sorted.person_id AND why = ''
	RETURNING m.*
), back AS (
	UPDATE membership AS m SET
		role = sorted.role, state = 'ACTIVE', leave_time = NULL, leave_reason = '', indexed_version = 0,
		version = m.version + 1
	FROM sorted
	WHERE m.community_id = :community_id AND m.person_id = ANY (ARRAY(SELECT person_id FROM sorted))
		AND m.person_id = sorted.person_id AND why = ''
	RETURNING m.*
), counted AS (
	UPDATE community SET member_count = member_count
		+ CASE community_id WHEN :community_id THEN (SELECT count(*) FROM back) ELSE -(SELECT count(*) FROM gone) END
	WHERE community_id IN (:community_id, :part_community_id::uuid)
), told AS (
	{tell_membership} FROM (SELECT * FROM gone UNION ALL SELECT * FROM back) AS both_sides
), noted AS (
	UPDATE split_move AS k SET state = CASE sorted.why WHEN '' THEN 'REVERTED' ELSE 'KEPT' END, why = sorted.why,
		move_time = :now
	FROM sorted
	WHERE k.community_id = :community_id AND k.split_id = :split_id
		AND k.number = ANY (ARRAY(SELECT number FROM sorted)) AND k.number = sorted.number
), result AS (
	SELECT count(*) FILTER (WHERE why = '') AS moved_count, count(*) FILTER (WHERE why <> '') AS skipped_count FROM sorted
), progress AS (
	UPDATE split SET reverted_count = split.reverted_count + result.moved_count, update_time = :now
	FROM result
	WHERE community_id = :community_id AND split_id = :split_id
)
SELECT moved_count, skipped_count FROM result;
