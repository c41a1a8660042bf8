-- Goals. What changes one follows community_lock, so that one is primary at most.

-- fragment: goal
community_id, goal_id, kind, metric, target, deadline_time, "primary", note, state, baseline, baseline_time,
	create_time, close_time, final_value, final_value_time, version::text AS etag

-- name: goal_create   in: member.CreateGoalRequest   out: member.Goal
INSERT INTO goal (community_id, goal_id, kind, metric, target, deadline_time, "primary", note, baseline, baseline_time,
	create_time)
VALUES (:community_id, :new_id, :goal.kind, :goal.metric, :goal.target, :goal.deadline_time, :goal.primary, :goal.note,
	:goal.baseline, :goal.baseline_time, :now)
RETURNING {goal};

-- name: goal_get   in: member.GetGoalRequest   out: member.Goal
SELECT {goal}
FROM goal WHERE community_id = :community_id AND goal_id = :goal_id;

-- name: goal_list   in: member.ListGoalsRequest   out: member.ListGoalsResponse.goals   page: create_time, goal_id
SELECT {goal}
FROM goal
WHERE community_id = :community_id AND state = COALESCE(:state::text, state)
	AND (create_time, goal_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.goal_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, goal_id DESC LIMIT :limit;

-- name: goal_update   in: member.UpdateGoalRequest   out: member.Goal
UPDATE goal SET
	kind = CASE WHEN :mask.kind THEN :goal.kind ELSE kind END,
	target = CASE WHEN :mask.target THEN :goal.target ELSE target END,
	deadline_time = CASE WHEN :mask.deadline_time THEN :goal.deadline_time ELSE deadline_time END,
	note = CASE WHEN :mask.note THEN :goal.note ELSE note END,
	version = version + 1
WHERE community_id = :community_id AND goal_id = :goal_id
RETURNING {goal};

-- The primary one so far steps down before the new one steps up, because the index that allows one looks at every row as
-- it is written.
-- name: goal_set_primary   in: member.SetPrimaryGoalRequest   out: member.Goal
WITH stepped_down AS (
	UPDATE goal SET "primary" = false, version = version + 1
	WHERE community_id = :community_id AND "primary" AND state = 'OPEN' AND goal_id <> :goal_id
	RETURNING goal_id
), stepped_up AS (
	UPDATE goal SET "primary" = true, version = version + 1
	WHERE community_id = :community_id AND goal_id = :goal_id AND NOT "primary"
		AND (SELECT count(*) FROM stepped_down) >= 0
	RETURNING *
)
SELECT {goal}
FROM (SELECT * FROM stepped_up
	UNION ALL SELECT * FROM goal
	WHERE community_id = :community_id AND goal_id = :goal_id AND NOT EXISTS (SELECT FROM stepped_up)) AS either;

-- name: goal_close   in: member.GoalClosing   out: member.Goal
UPDATE goal SET state = :state, close_time = :now, final_value = :final_value, final_value_time = :final_value_time,
	version = version + 1
WHERE community_id = :community_id AND goal_id = :goal_id
RETURNING {goal};
