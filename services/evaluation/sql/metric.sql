-- What the reports read.

-- The community's zone and its present day.
-- name: community_day   in: evaluation.CommunityKey   out: evaluation.CommunityDay
SELECT z.name AS time_zone, (:now::timestamptz AT TIME ZONE z.name)::date - DATE '1970-01-01' AS today
FROM replica_community JOIN zone z ON z.name = time_zone
WHERE community_id = :community_id::uuid;

-- name: bitmap_list   in: evaluation.DaySpan   out: evaluation.Cells.cells
SELECT day, kind, chunk, bits, interaction_count
FROM bitmap
WHERE community_id = :community_id::uuid AND day BETWEEN :start_day::integer AND :end_day::integer
	AND kind = ANY (:kinds::smallint[])
ORDER BY day;

-- Joins and leaves by local day. Bounds on time are wider than the days by what zones can differ from UTC.
-- name: member_days   in: evaluation.MemberQuery   out: evaluation.MemberDays.days
WITH c AS MATERIALIZED (
	SELECT z.name AS zone, ((DATE '1970-01-01' + :start_day::integer)::timestamp - interval '1 day') AT TIME ZONE 'UTC' AS low,
		((DATE '1970-01-01' + :end_day::integer)::timestamp + interval '2 days') AT TIME ZONE 'UTC' AS high
	FROM replica_community JOIN zone z ON z.name = time_zone
	WHERE community_id = :community_id::uuid
), change AS (
	SELECT (join_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' AS day, 1 AS joined, 0 AS left_, '' AS reason
	FROM c JOIN tenure ON community_id = :community_id::uuid AND NOT merged AND join_time >= c.low AND join_time < c.high
	UNION ALL
	SELECT (leave_time AT TIME ZONE c.zone)::date - DATE '1970-01-01', 0, 1, leave_reason
	FROM c JOIN tenure ON community_id = :community_id::uuid AND NOT merged AND leave_time >= c.low AND leave_time < c.high
)
SELECT day, sum(joined) AS join_count, sum(left_) AS leave_count, reason AS leave_reason
FROM change
WHERE day BETWEEN :start_day::integer AND :end_day::integer
GROUP BY day, reason
ORDER BY day, leave_count DESC, reason;

-- Members when the day before start_day ended.
-- name: member_total   in: evaluation.MemberQuery   out: evaluation.MemberTotal
WITH c AS MATERIALIZED (
	SELECT z.name AS zone, ((DATE '1970-01-01' + :start_day::integer)::timestamp + interval '1 day') AT TIME ZONE 'UTC' AS high
	FROM replica_community JOIN zone z ON z.name = time_zone
	WHERE community_id = :community_id::uuid
)
SELECT
	(SELECT count(*) FROM c JOIN tenure ON community_id = :community_id::uuid AND NOT merged AND join_time < c.high
	WHERE (join_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' < :start_day::integer)
	- (SELECT count(*) FROM c JOIN tenure ON community_id = :community_id::uuid AND NOT merged AND leave_time < c.high
	WHERE (leave_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' < :start_day::integer) AS member_count;

-- Who joined for the first time on which day.
-- name: join_days   in: evaluation.MemberQuery   out: evaluation.JoinDays.days
WITH c AS MATERIALIZED (
	SELECT z.name AS zone, ((DATE '1970-01-01' + :start_day::integer)::timestamp - interval '1 day') AT TIME ZONE 'UTC' AS low,
		((DATE '1970-01-01' + :end_day::integer)::timestamp + interval '2 days') AT TIME ZONE 'UTC' AS high
	FROM replica_community JOIN zone z ON z.name = time_zone
	WHERE community_id = :community_id::uuid
), first AS (
	SELECT (t.join_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' AS day, t.number::integer AS number
	FROM c JOIN tenure t ON t.community_id = :community_id::uuid AND t.join_time >= c.low AND t.join_time < c.high
	WHERE NOT t.merged AND NOT EXISTS (
		SELECT FROM tenure e
		WHERE e.community_id = t.community_id AND e.person_id = t.person_id
			AND (e.join_time, e.version) < (t.join_time, t.version))
)
SELECT day, array_agg(number) AS numbers
FROM first
WHERE day BETWEEN :start_day::integer AND :end_day::integer
GROUP BY day
ORDER BY day;
