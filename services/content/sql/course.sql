-- Courses and lessons. The handler has locked the course before it runs a writing statement.

-- fragment: course
community_id, course_id, title, description, state, plan_id, level, capacity, check_in_programme_id, lesson_count,
	active_count, completed_count, create_time, publish_time, version::text AS etag

-- name: course_create   in: content.CreateCourseRequest   out: content.Course
INSERT INTO course (community_id, course_id, title, description, plan_id, level, capacity, check_in_programme_id,
	create_time)
VALUES (:community_id, :new_id, :course.title, :course.description, :course.plan_id, :course.level, :course.capacity,
	:course.check_in_programme_id, :now)
RETURNING {course};

-- name: course_get   in: content.GetCourseRequest   out: content.Course
SELECT {course} FROM course WHERE community_id = :community_id AND course_id = :course_id;

-- name: course_lock   in: content.GetCourseRequest   out: content.Course
SELECT {course} FROM course WHERE community_id = :community_id AND course_id = :course_id FOR NO KEY UPDATE;

-- name: course_list   in: content.ListCoursesRequest   out: content.ListCoursesResponse.courses   page: create_time, course_id
SELECT {course} FROM course
WHERE community_id = :community_id AND state = COALESCE(:state::text, 'PUBLISHED')
	AND (create_time, course_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.course_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, course_id DESC LIMIT :limit;

-- name: course_update   in: content.UpdateCourseRequest   out: content.Course
UPDATE course SET
	title = CASE WHEN :mask.title THEN :course.title ELSE title END,
	description = CASE WHEN :mask.description THEN :course.description ELSE description END,
	plan_id = CASE WHEN :mask.plan_id THEN :course.plan_id ELSE plan_id END,
	level = CASE WHEN :mask.level THEN :course.level ELSE level END,
	capacity = CASE WHEN :mask.capacity THEN :course.capacity ELSE capacity END,
	check_in_programme_id = CASE WHEN :mask.check_in_programme_id THEN :course.check_in_programme_id
		ELSE check_in_programme_id END,
	version = version + 1
WHERE community_id = :community_id AND course_id = :course_id
RETURNING {course};

-- name: course_publish   in: content.PublishCourseRequest   out: content.Course
UPDATE course SET state = 'PUBLISHED', publish_time = :now, version = version + 1
WHERE community_id = :community_id AND course_id = :course_id
RETURNING {course};

-- name: course_archive   in: content.ArchiveCourseRequest   out: content.Course
UPDATE course SET state = 'ARCHIVED', version = version + 1
WHERE community_id = :community_id AND course_id = :course_id
RETURNING {course};

-- name: lesson_create   in: content.CreateLessonRequest   out: content.Lesson
WITH counted AS (
	UPDATE course SET lesson_count = lesson_count + 1, version = version + 1
	WHERE community_id = :community_id AND course_id = :course_id
	RETURNING community_id, course_id, lesson_count
)
INSERT INTO lesson (community_id, course_id, lesson_id, position, title, body, post_id, minutes)
SELECT community_id, course_id, :new_id::uuid, lesson_count, :lesson.title, :lesson.body, :lesson.post_id::uuid,
	:lesson.minutes
FROM counted
RETURNING community_id, course_id, lesson_id, position, title, body, post_id, minutes;

-- name: lesson_list   in: content.ListLessonsRequest   out: content.ListLessonsResponse.lessons   page: position
SELECT l.community_id, l.course_id, l.lesson_id, l.position, l.title, l.body, l.post_id, l.minutes, d.complete_time
FROM lesson AS l
LEFT JOIN lesson_done AS d ON d.community_id = l.community_id AND d.course_id = l.course_id
	AND d.lesson_id = l.lesson_id AND d.person_id = :caller_id::uuid
WHERE l.community_id = :community_id AND l.course_id = :course_id AND l.position > COALESCE(:after.position::integer, 0)
ORDER BY l.position LIMIT :limit;

-- name: lesson_update   in: content.UpdateLessonRequest   out: content.Lesson
WITH touched AS (
	UPDATE course SET version = version + 1 WHERE community_id = :community_id AND course_id = :course_id
)
UPDATE lesson SET
	title = CASE WHEN :mask.title THEN :lesson.title ELSE title END,
	body = CASE WHEN :mask.body THEN :lesson.body ELSE body END,
	post_id = CASE WHEN :mask.post_id THEN :lesson.post_id ELSE post_id END,
	minutes = CASE WHEN :mask.minutes THEN :lesson.minutes ELSE minutes END
WHERE community_id = :community_id AND course_id = :course_id AND lesson_id = :lesson_id
RETURNING community_id, course_id, lesson_id, position, title, body, post_id, minutes;

-- name: lesson_get   in: content.CompleteLessonRequest   out: content.Lesson
SELECT community_id, course_id, lesson_id, position FROM lesson
WHERE community_id = :community_id AND course_id = :course_id AND lesson_id = :lesson_id;

-- Takes the lesson out and closes up.
-- name: lesson_delete   in: content.DeleteLessonRequest   out: content.Lesson
WITH gone AS (
	DELETE FROM lesson WHERE community_id = :community_id AND course_id = :course_id AND lesson_id = :lesson_id
	RETURNING *
), closed_up AS (
	UPDATE lesson AS l SET position = l.position - 1 FROM gone
	WHERE l.community_id = gone.community_id AND l.course_id = gone.course_id AND l.position > gone.position
), counted AS (
	UPDATE course SET lesson_count = lesson_count - 1, version = version + 1
	WHERE community_id = :community_id AND course_id = :course_id AND EXISTS (SELECT FROM gone)
)
SELECT community_id, course_id, lesson_id, position FROM gone;

-- name: lesson_order   in: content.OrderLessonsRequest   out: content.LessonOrder
WITH wanted AS (
	SELECT lesson_id, place::integer FROM unnest(:lesson_ids::uuid[]) WITH ORDINALITY AS w (lesson_id, place)
), moved AS (
	UPDATE lesson AS l SET position = place FROM wanted
	WHERE l.community_id = :community_id AND l.course_id = :course_id AND l.lesson_id = wanted.lesson_id
	RETURNING l.lesson_id
), touched AS (
	UPDATE course SET version = version + 1 WHERE community_id = :community_id AND course_id = :course_id
)
SELECT count(*)::integer AS moved_count, count(DISTINCT lesson_id)::integer AS lesson_count FROM moved;
