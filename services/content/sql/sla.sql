-- The community's promise. Without a row it has said nothing: the columns' defaults count.

-- name: sla_get   in: content.GetSlaRequest   out: content.Sla
SELECT asked.community_id, COALESCE(holidays, '{}') AS holidays,
	COALESCE(question_response_minutes, 1440) AS question_response_minutes,
	COALESCE(question_resolve_minutes, 4320) AS question_resolve_minutes,
	COALESCE(feedback_response_minutes, 1440) AS feedback_response_minutes,
	COALESCE(feedback_resolve_minutes, 10080) AS feedback_resolve_minutes,
	COALESCE(complaint_response_minutes, 240) AS complaint_response_minutes,
	COALESCE(complaint_resolve_minutes, 2880) AS complaint_resolve_minutes,
	COALESCE(version, 0)::text AS etag
FROM (SELECT :community_id::uuid AS community_id) AS asked LEFT JOIN sla USING (community_id);

-- name: sla_hours   in: content.GetSlaRequest   out: content.Sla.hours
SELECT weekday, open_minute, close_minute FROM service_hours
WHERE community_id = :community_id ORDER BY weekday, open_minute;

-- name: sla_set   in: content.UpdateSlaRequest   out: none
INSERT INTO sla (community_id, holidays, question_response_minutes, question_resolve_minutes, feedback_response_minutes,
	feedback_resolve_minutes, complaint_response_minutes, complaint_resolve_minutes)
VALUES (:community_id, :sla.holidays::date[], COALESCE(NULLIF(:sla.question_response_minutes::bigint, 0), 1440),
	COALESCE(NULLIF(:sla.question_resolve_minutes::bigint, 0), 4320),
	COALESCE(NULLIF(:sla.feedback_response_minutes::bigint, 0), 1440),
	COALESCE(NULLIF(:sla.feedback_resolve_minutes::bigint, 0), 10080),
	COALESCE(NULLIF(:sla.complaint_response_minutes::bigint, 0), 240),
	COALESCE(NULLIF(:sla.complaint_resolve_minutes::bigint, 0), 2880))
ON CONFLICT (community_id) DO UPDATE SET
	holidays = EXCLUDED.holidays, question_response_minutes = EXCLUDED.question_response_minutes,
	question_resolve_minutes = EXCLUDED.question_resolve_minutes,
	feedback_response_minutes = EXCLUDED.feedback_response_minutes,
	feedback_resolve_minutes = EXCLUDED.feedback_resolve_minutes,
	complaint_response_minutes = EXCLUDED.complaint_response_minutes,
	complaint_resolve_minutes = EXCLUDED.complaint_resolve_minutes, version = sla.version + 1;

-- name: sla_clear_hours   in: content.UpdateSlaRequest   out: none
DELETE FROM service_hours WHERE community_id = :community_id;

-- name: sla_set_hours   in: content.UpdateSlaRequest   out: none
INSERT INTO service_hours (community_id, weekday, open_minute, close_minute)
SELECT :community_id, weekday, open_minute, close_minute
FROM unnest(:sla.hours.weekday::integer[], :sla.hours.open_minute::integer[], :sla.hours.close_minute::integer[])
	AS h (weekday, open_minute, close_minute);
