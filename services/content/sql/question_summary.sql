-- How a community does with its questions.

-- name: question_summary   in: content.QuestionDays   out: content.QuestionSummary
WITH {question_days}, r AS (
	SELECT count(*) AS question_count, count(*) FILTER (WHERE state = 'OPEN') AS open_count,
		count(*) FILTER (WHERE state = 'ANSWERED') AS answered_count,
		count(*) FILTER (WHERE state = 'RESOLVED') AS resolved_count, count(*) FILTER (WHERE state = 'STALE') AS stale_count,
		count(*) FILTER (WHERE escalated AND state = 'OPEN') AS escalated_count,
		count(*) FILTER (WHERE COALESCE(response_time, :now::timestamptz) > response_due_time) AS response_breached_count,
		count(*) FILTER (WHERE COALESCE(resolve_time, :now::timestamptz) > resolve_due_time) AS resolve_breached_count,
		count(accepted_comment_id) AS accepted_count,
		count(*) FILTER (WHERE open_time <= :now::timestamptz - interval '1 hour') AS hour_n,
		count(*) FILTER (WHERE open_time <= :now::timestamptz - interval '1 hour'
			AND response_time <= open_time + interval '1 hour') AS hour_k,
		count(*) FILTER (WHERE open_time <= :now::timestamptz - interval '24 hours') AS day_n,
		count(*) FILTER (WHERE open_time <= :now::timestamptz - interval '24 hours'
			AND response_time <= open_time + interval '24 hours') AS day_k
	FROM asked
)
SELECT question_count, open_count, answered_count, resolved_count, stale_count, escalated_count, response_breached_count,
	resolve_breached_count, accepted_count,
	hour_k::double precision / GREATEST(hour_n, 1) AS "answered_in_hour.share", hour_n AS "answered_in_hour.n",
	(wilson(hour_k, hour_n))[1] AS "answered_in_hour.low", (wilson(hour_k, hour_n))[2] AS "answered_in_hour.high",
	hour_n < 10 AS "answered_in_hour.insufficient_data",
	day_k::double precision / GREATEST(day_n, 1) AS "answered_in_day.share", day_n AS "answered_in_day.n",
	(wilson(day_k, day_n))[1] AS "answered_in_day.low", (wilson(day_k, day_n))[2] AS "answered_in_day.high",
	day_n < 10 AS "answered_in_day.insufficient_data",
	accepted_count::double precision / GREATEST(question_count, 1) AS "accepted.share", question_count AS "accepted.n",
	(wilson(accepted_count, question_count))[1] AS "accepted.low",
	(wilson(accepted_count, question_count))[2] AS "accepted.high", question_count < 10 AS "accepted.insufficient_data"
FROM r;

-- Who has most at hand first.
-- name: question_summary_experts   in: content.QuestionDays   out: content.QuestionSummary.experts
WITH {question_days}
SELECT expert_person_id AS person_id, count(*) AS question_count, count(*) FILTER (WHERE state = 'OPEN') AS open_count,
	count(*) FILTER (WHERE COALESCE(response_time, :now::timestamptz) > response_due_time) AS response_breached_count,
	count(*) FILTER (WHERE accepted_person_id = expert_person_id) AS accepted_count
FROM asked WHERE expert_person_id IS NOT NULL
GROUP BY expert_person_id
ORDER BY 3 DESC, 2 DESC, 1 LIMIT 1000;

-- What was asked on some days of the community; without days, ever.
-- fragment: question_days
asked AS (
	SELECT qu.* FROM (
		SELECT COALESCE(:start_date::date::timestamp AT TIME ZONE zone, '-infinity') AS from_time,
			COALESCE((:end_date::date + 1)::timestamp AT TIME ZONE zone, 'infinity') AS to_time
		FROM (SELECT COALESCE((SELECT time_zone FROM replica_community WHERE community_id = :community_id), 'UTC') AS zone)
			AS place) AS days
	JOIN question AS qu ON qu.community_id = :community_id AND qu.open_time >= from_time AND qu.open_time < to_time
		AND NOT qu.withdrawn
)
