-- The tasks of a series, and who has done them.

-- A task with its day and what who calls has done of it.
-- fragment: task
t.community_id, t.series_id, t.day, t.task_id, t.title, t.body, t.minutes, s.start_date + t.day - 1 AS date, d.done_time

-- name: task_set   in: content.SetTaskRequest   out: content.Task
WITH touched AS (
	UPDATE task_series SET version = version + 1 WHERE community_id = :community_id AND series_id = :series_id
	RETURNING start_date
), t AS (
	INSERT INTO task AS old (community_id, series_id, day, task_id, title, body, minutes)
	VALUES (:community_id, :series_id, :task.day, :new_id, :task.title, :task.body, :task.minutes)
	ON CONFLICT (community_id, series_id, day) DO UPDATE
	SET title = EXCLUDED.title, body = EXCLUDED.body, minutes = EXCLUDED.minutes
	RETURNING *
)
SELECT {task} FROM t, touched AS s, (SELECT NULL::timestamptz AS done_time) AS d;

-- name: task_list   in: content.TaskQuery   out: content.ListTasksResponse.tasks   page: day
SELECT {task}
FROM task_series s JOIN task t USING (community_id, series_id)
LEFT JOIN task_completion d ON d.community_id = t.community_id AND d.series_id = t.series_id AND d.day = t.day
	AND d.person_id = :caller_id::uuid
WHERE t.community_id = :community_id AND t.series_id = :series_id AND t.day > COALESCE(:after.day::integer, 0)
	AND t.day <= s.day_count
	AND (:all_of_them OR t.day <= local_date(s.community_id, :now) - s.start_date + 1)
ORDER BY t.day LIMIT :limit;

-- name: task_list_today   in: content.ListTodayTasksRequest   out: content.ListTodayTasksResponse.tasks   page: series_id
SELECT {task}
FROM (SELECT local_date(:community_id, :now) AS date) AS today
JOIN task_series s ON s.community_id = :community_id AND s.state = 'ACTIVE' AND s.start_date <= today.date
	AND s.series_id > COALESCE(:after.series_id::uuid, '00000000-0000-0000-0000-000000000000')
JOIN task t ON t.community_id = s.community_id AND t.series_id = s.series_id AND t.day = today.date - s.start_date + 1
	AND t.day <= s.day_count
LEFT JOIN task_completion d ON d.community_id = t.community_id AND d.series_id = t.series_id AND d.day = t.day
	AND d.person_id = :caller_id::uuid
ORDER BY s.series_id LIMIT :limit;

-- What follows from `done`, rows that are new: the sums of the persons, the tasks and the series.
-- fragment: count_done
participant AS (
	INSERT INTO task_participant AS p (community_id, series_id, person_id, done_count, punctual_count)
	SELECT community_id, series_id, person_id, count(*), count(*) FILTER (WHERE punctual)
	FROM done
	GROUP BY community_id, series_id, person_id
	ORDER BY community_id, series_id, person_id
	ON CONFLICT (community_id, series_id, person_id) DO UPDATE
	SET done_count = p.done_count + EXCLUDED.done_count, punctual_count = p.punctual_count + EXCLUDED.punctual_count
	RETURNING community_id, series_id, person_id, done_count
), counted AS (
	UPDATE task AS t
	SET done_count = t.done_count + n.done, punctual_count = t.punctual_count + n.punctual
	FROM (SELECT community_id, series_id, day, count(*) AS done, count(*) FILTER (WHERE punctual) AS punctual
		FROM done GROUP BY community_id, series_id, day) AS n
	WHERE t.community_id = n.community_id AND t.series_id = n.series_id AND t.day = n.day
), joined AS (
	UPDATE task_series AS s
	SET participant_count = s.participant_count + n.fresh
	FROM (SELECT community_id, series_id, count(*) AS fresh FROM participant AS p
		WHERE done_count = (SELECT count(*) FROM done WHERE done.community_id = p.community_id
			AND done.series_id = p.series_id AND done.person_id = p.person_id)
		GROUP BY community_id, series_id) AS n
	WHERE s.community_id = n.community_id AND s.series_id = n.series_id
)

-- One that somebody else has just made is seen by asking again.
-- name: task_complete   in: content.CompleteTaskRequest   out: content.TaskCompletion
WITH one AS (
	SELECT s.community_id, s.series_id, s.check_in_programme_id, t.day, t.task_id, m.person_id,
		s.start_date + t.day - 1 AS date, local_date(s.community_id, :now::timestamptz) AS today, s.last_date,
		s.late_policy = 'UNTIL_END' AS late
	FROM task_series s JOIN task t USING (community_id, series_id) JOIN replica_present m USING (community_id)
	WHERE s.community_id = :community_id AND s.series_id = :series_id AND s.state = 'ACTIVE' AND t.day = :day
		AND t.day <= s.day_count AND m.person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
), done AS (
	INSERT INTO task_completion (community_id, series_id, person_id, day, done_time, punctual, source)
	SELECT community_id, series_id, person_id, day, :now::timestamptz, today = date, 'MEMBER'
	FROM one WHERE today = date OR late AND today > date AND today <= last_date
	ON CONFLICT DO NOTHING
	RETURNING *
), {count_done}, told AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, activity_date)
	SELECT done.community_id, 'TASK_COMPLETED', done.done_time, done.person_id, one.task_id, one.check_in_programme_id,
		CASE WHEN done.punctual THEN 'ON_TIME' ELSE 'LATE' END, 1, one.date
	FROM done, one WHERE one.check_in_programme_id IS NOT NULL
)
SELECT community_id, series_id, day, person_id, done_time, punctual, source FROM done
UNION ALL
SELECT d.community_id, d.series_id, d.day, d.person_id, d.done_time, d.punctual, d.source
FROM task_completion d
WHERE d.community_id = :community_id AND d.series_id = :series_id AND d.day = :day
	AND d.person_id = COALESCE(:person_id::uuid, :caller_id::uuid);

-- name: task_time   in: content.CompleteTaskRequest   out: content.TaskTime
SELECT s.start_date + t.day - 1 AS date, today.date AS today, today.date < s.start_date + t.day - 1 AS to_come,
	today.date = s.start_date + t.day - 1 OR s.late_policy = 'UNTIL_END' AND today.date > s.start_date + t.day - 1
		AND today.date <= s.last_date AS allowed
FROM task_series s JOIN task t USING (community_id, series_id)
CROSS JOIN LATERAL (SELECT local_date(s.community_id, :now) AS date) AS today
WHERE s.community_id = :community_id AND s.series_id = :series_id AND t.day = :day AND t.day <= s.day_count;

-- A programme's check-ins complete the tasks of their days in the series that are bound to it, also where the news come
-- after the end.
-- name: task_check_in   in: event.DeliverEventsRequest   out: none
WITH told AS (
	SELECT community_id, person_id, programme_id, date, min(occur_time) AS occur_time
	FROM unnest(:events.community_id::uuid[], :events.type::text[], :events.person_id::uuid[], :events.parent_id::uuid[],
		:events.date::date[], :events.occur_time::timestamptz[])
		AS e (community_id, type, person_id, programme_id, date, occur_time)
	WHERE type = 'CHECKED_IN'
	GROUP BY community_id, person_id, programme_id, date
), done AS (
	INSERT INTO task_completion (community_id, series_id, person_id, day, done_time, punctual, source)
	SELECT s.community_id, s.series_id, e.person_id, t.day, e.occur_time,
		local_date(s.community_id, e.occur_time) = e.date, 'CHECK_IN'
	FROM told e
	JOIN task_series s ON s.community_id = e.community_id AND s.check_in_programme_id = e.programme_id
		AND s.state IN ('ACTIVE', 'ENDED')
	JOIN task t ON t.community_id = s.community_id AND t.series_id = s.series_id AND t.day = e.date - s.start_date + 1
		AND t.day <= s.day_count
	ORDER BY s.community_id, s.series_id, e.person_id, t.day
	ON CONFLICT DO NOTHING
	RETURNING *
), {count_done}
SELECT;

-- Rows of days in a row: day less its place among them is the same. A row that reaches yesterday goes on.
-- name: task_progress   in: content.GetTaskProgressRequest   out: content.TaskProgress
WITH s AS (
	SELECT community_id, series_id, day_count, GREATEST(0, LEAST(local_date(community_id, :now),
		local_date(community_id, COALESCE(end_time, :now::timestamptz)), last_date + 1) - start_date + 1) AS today
	FROM task_series
	WHERE community_id = :community_id AND series_id = :series_id
), streak AS (
	SELECT count(*) AS length, max(day) AS last_day
	FROM (SELECT day, day - row_number() OVER (ORDER BY day) AS start FROM task_completion
		WHERE community_id = :community_id AND series_id = :series_id AND person_id = :person_id AND punctual) AS d
	GROUP BY start
)
SELECT s.community_id, s.series_id, :person_id::uuid AS person_id, s.day_count, LEAST(s.today, s.day_count) AS due_count,
	COALESCE(p.done_count, 0) AS done_count, COALESCE(p.punctual_count, 0) AS punctual_count,
	COALESCE((SELECT max(length) FROM streak WHERE last_day >= s.today - 1), 0)::integer AS streak,
	COALESCE((SELECT max(length) FROM streak), 0)::integer AS longest_streak
FROM s LEFT JOIN task_participant p ON p.community_id = s.community_id AND p.series_id = s.series_id
	AND p.person_id = :person_id;
