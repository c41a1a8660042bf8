-- Who takes a course, and what of it is done. The handler has locked the course before it runs a writing statement.

-- fragment: enrollment
e.community_id, e.course_id, e.person_id, e.state, e.enroll_time, e.complete_time,
	(SELECT count(*) FROM lesson_done AS d WHERE d.community_id = e.community_id AND d.course_id = e.course_id
		AND d.person_id = e.person_id)::integer AS done_count,
	(SELECT lesson_count FROM course AS c WHERE c.community_id = e.community_id AND c.course_id = e.course_id)
		AS lesson_count

-- name: enrollment_get   in: content.GetEnrollmentRequest   out: content.Enrollment
SELECT {enrollment} FROM enrollment AS e
WHERE e.community_id = :community_id AND e.course_id = :course_id AND e.person_id = :person_id;

-- No row: he is no member, or lacks the plan or the level.
-- name: enrollment_enroll   in: content.EnrollInCourseRequest   out: content.Enrollment
WITH m AS (
	SELECT c.community_id, c.course_id, m.person_id
	FROM course AS c JOIN replica_present AS m USING (community_id)
	WHERE c.community_id = :community_id AND c.course_id = :course_id AND m.person_id = :person_id
		AND (c.plan_id IS NULL OR c.plan_id = m.plan_id) AND c.level <= m.level
), e AS (
	INSERT INTO enrollment AS e (community_id, course_id, person_id, enroll_time)
	SELECT community_id, course_id, person_id, :now::timestamptz FROM m
	ON CONFLICT (community_id, course_id, person_id) DO UPDATE
	SET state = CASE WHEN e.complete_time IS NULL THEN 'ACTIVE' ELSE 'COMPLETED' END WHERE e.state = 'LEFT'
	RETURNING *
), counted AS (
	UPDATE course AS c SET active_count = c.active_count + CASE e.state WHEN 'ACTIVE' THEN 1 ELSE 0 END,
		completed_count = c.completed_count + CASE e.state WHEN 'COMPLETED' THEN 1 ELSE 0 END
	FROM e WHERE c.community_id = e.community_id AND c.course_id = e.course_id
)
SELECT {enrollment} FROM e;

-- name: enrollment_leave   in: content.LeaveCourseRequest   out: content.Enrollment
WITH was AS (
	SELECT * FROM enrollment WHERE community_id = :community_id AND course_id = :course_id AND person_id = :person_id
), gone AS (
	UPDATE enrollment SET state = 'LEFT'
	WHERE community_id = :community_id AND course_id = :course_id AND person_id = :person_id AND state <> 'LEFT'
	RETURNING *
), counted AS (
	UPDATE course AS c SET active_count = c.active_count - CASE was.state WHEN 'ACTIVE' THEN 1 ELSE 0 END,
		completed_count = c.completed_count - CASE was.state WHEN 'COMPLETED' THEN 1 ELSE 0 END
	FROM was WHERE c.community_id = was.community_id AND c.course_id = was.course_id
)
SELECT {enrollment} FROM (SELECT * FROM gone UNION ALL SELECT * FROM was WHERE state = 'LEFT') AS e;

-- name: lesson_complete   in: content.CompleteLessonRequest   out: none
INSERT INTO lesson_done (community_id, course_id, person_id, lesson_id, complete_time)
VALUES (:community_id, :course_id, :person_id, :lesson_id, :now)
ON CONFLICT DO NOTHING;

-- Who has done every lesson there is now has completed the course, and does not lose that when a lesson is added.
-- name: enrollment_settle   in: content.GetCourseRequest   out: none
WITH complete AS (
	UPDATE enrollment AS e SET state = 'COMPLETED', complete_time = :now::timestamptz
	FROM course AS c
	WHERE c.community_id = :community_id AND c.course_id = :course_id AND c.lesson_count > 0
		AND e.community_id = c.community_id AND e.course_id = c.course_id AND e.state = 'ACTIVE'
		AND c.lesson_count = (SELECT count(*) FROM lesson_done AS d WHERE d.community_id = e.community_id
			AND d.course_id = e.course_id AND d.person_id = e.person_id)
	RETURNING e.person_id
)
UPDATE course SET active_count = active_count - (SELECT count(*) FROM complete),
	completed_count = completed_count + (SELECT count(*) FROM complete)
WHERE community_id = :community_id AND course_id = :course_id AND EXISTS (SELECT FROM complete);

-- The same of one person.
-- name: enrollment_settle_one   in: content.CompleteLessonRequest   out: none
WITH complete AS (
	UPDATE enrollment AS e SET state = 'COMPLETED', complete_time = :now::timestamptz
	FROM course AS c
	WHERE c.community_id = :community_id AND c.course_id = :course_id
		AND e.community_id = c.community_id AND e.course_id = c.course_id AND e.person_id = :person_id
		AND e.state = 'ACTIVE'
		AND c.lesson_count = (SELECT count(*) FROM lesson_done AS d WHERE d.community_id = e.community_id
			AND d.course_id = e.course_id AND d.person_id = e.person_id)
	RETURNING e.person_id
)
UPDATE course SET active_count = active_count - 1, completed_count = completed_count + 1
WHERE community_id = :community_id AND course_id = :course_id AND EXISTS (SELECT FROM complete);

-- name: enrollment_list   in: content.ListEnrollmentsRequest   out: content.ListEnrollmentsResponse.enrollments   page: enroll_time, person_id
SELECT {enrollment} FROM enrollment AS e
WHERE e.community_id = :community_id AND e.course_id = :course_id AND e.state = COALESCE(:state::text, e.state)
	AND (e.enroll_time, e.person_id) > (COALESCE(:after.enroll_time::timestamptz, '-infinity'),
		COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.enroll_time, e.person_id LIMIT :limit;
