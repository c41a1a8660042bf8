-- Task series. Every step has locked the series before.

-- fragment: task_series
community_id, series_id, title, description, start_date, day_count, check_in_programme_id, late_policy, state,
	participant_count, create_time, end_time, version::text AS etag

-- name: task_series_create   in: content.CreateTaskSeriesRequest   out: content.TaskSeries
INSERT INTO task_series (community_id, series_id, title, description, start_date, day_count, check_in_programme_id,
	late_policy, create_time)
VALUES (:community_id, :new_id, :series.title, :series.description, :series.start_date, :series.day_count,
	:series.check_in_programme_id, COALESCE(:series.late_policy::text, 'ON_ITS_DAY'), :now)
RETURNING {task_series};

-- name: task_series_get   in: content.GetTaskSeriesRequest   out: content.TaskSeries
SELECT {task_series} FROM task_series WHERE community_id = :community_id AND series_id = :series_id;

-- name: task_series_lock   in: content.GetTaskSeriesRequest   out: content.TaskSeries
SELECT {task_series} FROM task_series WHERE community_id = :community_id AND series_id = :series_id FOR NO KEY UPDATE;

-- name: task_series_list   in: content.ListTaskSeriesRequest   out: content.ListTaskSeriesResponse.series   page: start_date, series_id
SELECT {task_series} FROM task_series
WHERE community_id = :community_id AND state = COALESCE(:state::text, 'ACTIVE')
	AND (start_date, series_id) < (COALESCE(:after.start_date::date, 'infinity'),
		COALESCE(:after.series_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY start_date DESC, series_id DESC LIMIT :limit;

-- name: task_series_update   in: content.UpdateTaskSeriesRequest   out: content.TaskSeries
UPDATE task_series SET
	title = CASE WHEN :mask.title THEN :series.title ELSE title END,
	description = CASE WHEN :mask.description THEN :series.description ELSE description END,
	start_date = CASE WHEN :mask.start_date THEN :series.start_date ELSE start_date END,
	day_count = CASE WHEN :mask.day_count THEN :series.day_count ELSE day_count END,
	check_in_programme_id = CASE WHEN :mask.check_in_programme_id THEN :series.check_in_programme_id
		ELSE check_in_programme_id END,
	late_policy = CASE WHEN :mask.late_policy THEN COALESCE(:series.late_policy::text, 'ON_ITS_DAY') ELSE late_policy END,
	version = version + 1
WHERE community_id = :community_id AND series_id = :series_id
RETURNING {task_series};

-- name: task_series_move   in: content.TaskSeriesMove   out: content.TaskSeries
UPDATE task_series SET
	state = :state, end_time = CASE WHEN :state IN ('ENDED', 'CANCELLED') THEN :now::timestamptz END, version = version + 1
WHERE community_id = :community_id AND series_id = :series_id
RETURNING {task_series};

-- name: task_series_calendar   in: content.GetTaskSeriesRequest   out: content.TaskCalendar
SELECT today.date - s.start_date + 1 AS today, today.date AS today_date,
	COALESCE((SELECT min(d.day) FROM generate_series(1, s.day_count) AS d (day)
		WHERE NOT EXISTS (SELECT FROM task t WHERE t.community_id = s.community_id AND t.series_id = s.series_id
			AND t.day = d.day)), 0) AS missing_day
FROM task_series s CROSS JOIN LATERAL (SELECT local_date(s.community_id, :now) AS date) AS today
WHERE s.community_id = :community_id AND s.series_id = :series_id;

-- Those whose last day is over where they are; anywhere on earth it is at most 14 hours later than in UTC.
-- name: task_series_end_due   in: none   out: content.EndedTaskSeries
WITH due AS (
	SELECT community_id, series_id FROM task_series
	WHERE state = 'ACTIVE' AND last_date < ((:now::timestamptz AT TIME ZONE 'UTC') + interval '14 hours')::date
		AND last_date < local_date(community_id, :now)
	LIMIT 100
	FOR NO KEY UPDATE SKIP LOCKED
), ended AS (
	UPDATE task_series s SET state = 'ENDED', end_time = :now::timestamptz, version = s.version + 1
	FROM due
	WHERE s.community_id = due.community_id AND s.series_id = due.series_id AND s.state = 'ACTIVE'
	RETURNING 1
)
SELECT count(*) AS count FROM ended;

-- name: task_series_report   in: content.GetTaskSeriesReportRequest   out: content.TaskSeriesReport
SELECT community_id, series_id, participant_count, participant_count < 10 AS insufficient_data
FROM task_series WHERE community_id = :community_id AND series_id = :series_id;

-- name: task_series_report_days   in: content.GetTaskSeriesReportRequest   out: content.TaskSeriesReport.days
SELECT t.day, s.start_date + t.day - 1 AS date, t.done_count, t.punctual_count,
	t.done_count::double precision / NULLIF(s.participant_count, 0) AS completion_rate,
	(wilson(t.done_count, s.participant_count))[1] AS completion_low,
	(wilson(t.done_count, s.participant_count))[2] AS completion_high
FROM task_series s JOIN task t USING (community_id, series_id)
WHERE s.community_id = :community_id AND s.series_id = :series_id
	AND t.day <= local_date(s.community_id, :now) - s.start_date + 1
ORDER BY t.day;
