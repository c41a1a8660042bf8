-- Journeys: what leads from step to step, and who has reached which.

-- What leads from step to step; the defaults where nothing was set.
-- fragment: journey_window
COALESCE(NULLIF(p.window_days, 0), 30)

-- fragment: journey_fan
COALESCE(NULLIF(p.fan_days, 0), 5)

-- fragment: journey_core
COALESCE(NULLIF(p.core_days, 0), 12)

-- Looks at active members' engaged days, levels and roles. What was set by hand stands: only days after it carry further.
-- A step once reached keeps the earliest time that is found for it, so the order of events does not matter. Member by
-- member (LATERAL): whole lists joined with each other would be compared row by row.
-- name: journey_settle   in: member.ProgressQuery
WITH who AS MATERIALIZED (
	SELECT m.community_id, m.person_id, m.join_time, c.time_zone, {journey_window} AS window_days, {journey_fan} AS fan_days,
		{journey_core} AS core_days, role_rank(m.role) > 1 AS by_role,
		COALESCE(p.core_level, 0) > 0 AND m.level >= p.core_level AS by_level,
		COALESCE((SELECT (max(s.reach_time) AT TIME ZONE c.time_zone)::date FROM journey_step s
			WHERE s.community_id = m.community_id AND s.person_id = m.person_id AND s.cause = 'SET'), '-infinity')
			AS set_date
	FROM {progress_members} JOIN community c ON c.community_id = m.community_id
	LEFT JOIN journey_policy p ON p.community_id = m.community_id
), reached AS (
	SELECT DISTINCT ON (who.community_id, who.person_id, each.step) who.community_id, who.person_id, each.*
	FROM who
	CROSS JOIN LATERAL (
		SELECT min(day)::timestamp AT TIME ZONE time_zone AS trial_time,
			min(day) FILTER (WHERE fan_span < window_days)::timestamp AT TIME ZONE time_zone AS fan_time,
			min(day) FILTER (WHERE core_span < window_days)::timestamp AT TIME ZONE time_zone AS core_time
		FROM (
			SELECT day, day - lag(day, fan_days - 1) OVER (ORDER BY day) AS fan_span,
				day - lag(day, core_days - 1) OVER (ORDER BY day) AS core_span
			FROM (
				SELECT DISTINCT day FROM {did} AS d
				WHERE d.community_id = who.community_id AND d.person_id = who.person_id AND day > set_date
					AND count > 0 AND is_engaged(kind)) AS engaged) AS spans) AS did
	CROSS JOIN LATERAL (VALUES
		('AUDIENCE', CASE WHEN trial_time IS NOT NULL OR by_role OR by_level THEN join_time END, 'JOINED'),
		('TRIAL', trial_time, 'ENGAGED'), ('FAN', fan_time, 'ENGAGED'), ('CORE', core_time, 'ENGAGED'),
		('CORE', CASE WHEN by_role THEN :now::timestamptz END, 'ROLE'),
		('CORE', CASE WHEN by_level THEN :now::timestamptz END, 'LEVEL')) AS each (step, reach_time, cause)
	WHERE each.reach_time IS NOT NULL
	ORDER BY who.community_id, who.person_id, each.step, each.reach_time, each.cause
), kept AS (
	INSERT INTO journey_step AS s (community_id, person_id, step, reach_time, cause)
	SELECT community_id, person_id, step, reach_time, cause FROM reached r
	WHERE NOT EXISTS (
		SELECT FROM journey_step s
		WHERE s.community_id = r.community_id AND s.person_id = r.person_id AND s.step = r.step
			AND (s.reach_time <= r.reach_time OR s.cause = 'SET'))
	ON CONFLICT (community_id, person_id, step) DO UPDATE SET reach_time = EXCLUDED.reach_time, cause = EXCLUDED.cause
), furthest AS (
	SELECT DISTINCT ON (community_id, person_id) community_id, person_id, step FROM reached
	ORDER BY community_id, person_id, journey_rank(step) DESC
), changed AS (
	UPDATE membership m SET journey_step = f.step, version = version + 1 FROM furthest f
	WHERE m.community_id = f.community_id AND m.person_id = f.person_id
		AND journey_rank(f.step) > journey_rank(m.journey_step)
	RETURNING m.*
)
{tell_membership} FROM changed;

-- The step that an expert's role takes him to; FROM the memberships that have a role since now.
-- fragment: journey_by_role
INSERT INTO journey_step AS s (community_id, person_id, step, reach_time, cause)
SELECT community_id, person_id, step, reach_time, cause
FROM changed CROSS JOIN LATERAL (VALUES ('AUDIENCE', join_time, 'JOINED'), ('CORE', :now::timestamptz, 'ROLE'))
	AS each (step, reach_time, cause)
WHERE role_rank(role) > 1
ON CONFLICT (community_id, person_id, step) DO NOTHING

-- name: journey_steps   in: member.GetJourneyRequest   out: member.Journey.steps
SELECT * FROM (
	SELECT step, reach_time, cause, reason, set_by_person_id
	FROM journey_step WHERE community_id = :community_id AND person_id = {named}
	UNION ALL
	SELECT 'AUDIENCE', join_time, 'JOINED', '', NULL
	FROM membership m WHERE community_id = :community_id AND person_id = {named}
		AND NOT EXISTS (SELECT FROM journey_step s
			WHERE s.community_id = m.community_id AND s.person_id = m.person_id AND s.step = 'AUDIENCE')) AS reached
ORDER BY journey_rank(step);

-- The steps above are no longer reached.
-- name: journey_set   in: member.SetJourneyStepRequest   out: member.Membership
WITH was AS (
	SELECT * FROM membership WHERE community_id = :community_id AND person_id = {named}
), changed AS (
	UPDATE membership SET journey_step = :step, version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND state = 'ACTIVE' AND journey_step <> :step::text
	RETURNING *
), above AS (
	DELETE FROM journey_step s USING changed
	WHERE s.community_id = changed.community_id AND s.person_id = changed.person_id
		AND journey_rank(s.step) > journey_rank(changed.journey_step)
), kept AS (
	INSERT INTO journey_step (community_id, person_id, step, reach_time, cause, reason, set_by_person_id)
	SELECT community_id, person_id, journey_step, :now, 'SET', :reason, :caller_id::uuid FROM changed
	ON CONFLICT (community_id, person_id, step) DO UPDATE SET
		reach_time = EXCLUDED.reach_time, cause = EXCLUDED.cause, reason = EXCLUDED.reason,
		set_by_person_id = EXCLUDED.set_by_person_id
), told AS (
	{tell_membership} FROM changed
)
SELECT {membership} FROM (SELECT * FROM changed UNION ALL SELECT * FROM was WHERE NOT EXISTS (SELECT FROM changed)) AS either;

-- name: journey_summary   in: member.GetJourneySummaryRequest   out: member.JourneySummary.steps
SELECT step, count(m.person_id) AS member_count,
	sum(count(m.person_id)) OVER (ORDER BY journey_rank(step) DESC)::bigint AS reached_count
FROM unnest(ARRAY['AUDIENCE', 'TRIAL', 'FAN', 'CORE']) AS s (step)
LEFT JOIN membership m ON m.community_id = :community_id AND m.state = 'ACTIVE' AND m.journey_step = step
GROUP BY step
ORDER BY journey_rank(step);

-- name: journey_policy_get   in: member.GetJourneyPolicyRequest   out: member.JourneyPolicy
SELECT c.community_id, {journey_window} AS window_days, {journey_fan} AS fan_days, {journey_core} AS core_days,
	COALESCE(p.core_level, 0) AS core_level, COALESCE(p.version::text, '') AS etag
FROM community c LEFT JOIN journey_policy p USING (community_id)
WHERE c.community_id = :community_id;

-- name: journey_policy_store   in: member.UpdateJourneyPolicyRequest   out: member.JourneyPolicy
WITH kept AS (
	INSERT INTO journey_policy AS p (community_id, window_days, fan_days, core_days, core_level, update_time)
	VALUES (:community_id, :policy.window_days, :policy.fan_days, :policy.core_days, :policy.core_level, :now)
	ON CONFLICT (community_id) DO UPDATE SET
		window_days = EXCLUDED.window_days, fan_days = EXCLUDED.fan_days, core_days = EXCLUDED.core_days,
		core_level = EXCLUDED.core_level, update_time = EXCLUDED.update_time, version = p.version + 1
	RETURNING *
), due AS (
	INSERT INTO review AS r (community_id, due_time) VALUES (:community_id, :now)
	ON CONFLICT (community_id) DO UPDATE SET due_time = LEAST(r.due_time, EXCLUDED.due_time), after_number = 0
)
SELECT community_id, {journey_window} AS window_days, {journey_fan} AS fan_days, {journey_core} AS core_days, core_level,
	version::text AS etag
FROM kept AS p;

-- What others wrote about him.
-- name: journey_erase   in: member.GetPersonRequest
UPDATE journey_step s SET reason = '' FROM membership m
WHERE m.person_id = :person_id AND s.community_id = m.community_id AND s.person_id = m.person_id AND s.reason <> '';
