-- How often a community means to say something.

-- Posts of a kind ('' is any) in local days [from_day, until_day).
-- fragment: published
SELECT count(*) AS actual_count FROM post AS p
WHERE p.community_id = t.community_id AND p.state IN ('PUBLISHED', 'ARCHIVED') AND t.kind IN ('', p.kind)
	AND p.publish_time >= local_moment(from_day, 0, time_zone) AND p.publish_time < local_moment(until_day, 0, time_zone)

-- fragment: targets
SELECT NULLIF(t.kind, '') AS kind, period, count, since_date FROM cadence_target AS t
WHERE community_id = :community_id ORDER BY t.kind, period

-- name: cadence_targets   in: content.GetCadenceRequest   out: content.Cadence.targets
{targets};

-- name: cadence_results   in: content.GetCadenceRequest   out: content.Cadence.results
SELECT NULLIF(t.kind, '') AS kind, t.period, from_day AS start_date, until_day - 1 AS end_date, t.count AS target_count,
	actual_count, actual_count >= t.count AS reached,
	actual_count < t.count AND until_day <= today AND from_day >= t.since_date AS missed, until_day > today AS incomplete
FROM cadence_target AS t
JOIN replica_community USING (community_id)
CROSS JOIN LATERAL (SELECT (:now::timestamptz AT TIME ZONE time_zone)::date AS today, ('1 ' || t.period)::interval AS length)
	AS l
CROSS JOIN LATERAL (
	SELECT (date_trunc(t.period, today::timestamp) - ago * length)::date AS from_day,
		(date_trunc(t.period, today::timestamp) - (ago - 1) * length)::date AS until_day
	FROM generate_series(0, COALESCE(NULLIF(:period_count::integer, 0), 12) - 1) AS ago
) AS d
CROSS JOIN LATERAL ({published}) AS a
WHERE t.community_id = :community_id
ORDER BY t.kind, t.period, from_day DESC;

-- name: cadence_drop_others   in: content.UpdateCadenceRequest   out: none
DELETE FROM cadence_target
WHERE community_id = :community_id AND (kind, period) NOT IN (
	SELECT COALESCE(kind, ''), period FROM unnest(:targets.kind::text[], :targets.period::text[]) AS wanted (kind, period));

-- What says the same as before goes on; anything else holds from the next whole period on.
-- name: cadence_set   in: content.UpdateCadenceRequest   out: none
INSERT INTO cadence_target AS t (community_id, kind, period, count, since_date, start_date, judge_time)
SELECT :community_id::uuid, COALESCE(kind, ''), period, count, next_day, next_day,
	local_moment((next_day + length)::date, 0, time_zone) + interval '1 minute'
FROM unnest(:targets.kind::text[], :targets.period::text[], :targets.count::integer[]) AS wanted (kind, period, count)
CROSS JOIN (SELECT time_zone FROM replica_community WHERE community_id = :community_id FOR SHARE) AS place
CROSS JOIN LATERAL (SELECT ('1 ' || period)::interval AS length) AS l
CROSS JOIN LATERAL (
	SELECT (date_trunc(period, :now::timestamptz AT TIME ZONE time_zone) + length)::date AS next_day) AS n
ON CONFLICT (community_id, kind, period) DO UPDATE
SET count = EXCLUDED.count, since_date = EXCLUDED.since_date, start_date = EXCLUDED.start_date,
    judge_time = EXCLUDED.judge_time
WHERE t.count <> EXCLUDED.count;

-- name: cadence_set_targets   in: content.UpdateCadenceRequest   out: content.UpdateCadenceResponse.targets
{targets};

-- The zone of the community may be another: its periods end at other moments.
-- name: cadence_rezone   in: event.DeliverEventsRequest   out: none
UPDATE cadence_target AS t
SET judge_time = local_moment((t.start_date + ('1 ' || t.period)::interval)::date, 0, c.time_zone) + interval '1 minute'
FROM replica_community AS c
WHERE c.community_id = ANY (:events.community_id::uuid[]) AND t.community_id = c.community_id;

-- Periods that are over, one of each target at a time: an alert for each that was missed. Another replica's row is left to
-- it.
-- name: cadence_judge   in: none   out: content.JudgedTargets
WITH due AS (
	SELECT community_id, kind, period, count, start_date FROM cadence_target
	WHERE judge_time <= :now::timestamptz
	ORDER BY judge_time LIMIT 100
	FOR NO KEY UPDATE SKIP LOCKED
), judged AS (
	SELECT t.*, until_day, time_zone, state, actual_count,
		local_moment((until_day + ('1 ' || t.period)::interval)::date, 0, time_zone) + interval '1 minute' AS next_time
	FROM due AS t
	JOIN replica_community AS c USING (community_id)
	CROSS JOIN LATERAL (SELECT t.start_date AS from_day, (t.start_date + ('1 ' || t.period)::interval)::date AS until_day)
		AS d
	CROSS JOIN LATERAL ({published}) AS a
), done AS (
	UPDATE cadence_target AS t SET start_date = until_day, judge_time = next_time
	FROM judged AS j
	WHERE t.community_id = j.community_id AND t.kind = j.kind AND t.period = j.period AND t.start_date = j.start_date
	RETURNING t.community_id
), raised AS (
	INSERT INTO alert (community_id, kind, post_kind, period, start_date, target_count, actual_count, create_time)
	SELECT community_id, 'CADENCE_MISSED', kind, period, start_date, count, actual_count, :now::timestamptz
	FROM judged
	WHERE actual_count < count AND state <> 'ARCHIVED'
	ON CONFLICT (community_id, post_kind, period, start_date) WHERE kind = 'CADENCE_MISSED' DO NOTHING
)
SELECT count(*) AS count FROM done;
