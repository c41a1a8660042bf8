/* Who takes a course, and how far each has come. Statements are in sql/enrollment.sql. */
#include "base/arena.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "course.h"
#include "event/replica.h"

/*
 * reason                status               from
 * COURSE_NOT_FOUND      NOT_FOUND            Enroll, List
 * ENROLLMENT_NOT_FOUND  NOT_FOUND            Leave, Get
 * LESSON_NOT_FOUND      NOT_FOUND            CompleteLesson
 * COURSE_STATE          FAILED_PRECONDITION  Enroll
 * COURSE_FULL           RESOURCE_EXHAUSTED   Enroll
 * PLAN_REQUIRED         FAILED_PRECONDITION  Enroll, with the fact plan_id
 * LEVEL_REQUIRED        FAILED_PRECONDITION  Enroll, with the fact level
 * NOT_ENROLLED          FAILED_PRECONDITION  CompleteLesson
 * NOT_A_MEMBER          FAILED_PRECONDITION  Enroll
 * PERSON_NOT_CALLER     PERMISSION_DENIED    Enroll, Leave, CompleteLesson
 */

#define LEFT CONTENT__ENROLLMENT_STATE__ENROLLMENT_STATE_LEFT

static enum status find(struct call *c, const char *community_id, const char *course_id,
			const char *person_id, Content__Enrollment *ret, bool *ret_found)
{
	Content__GetEnrollmentRequest wanted = CONTENT__GET_ENROLLMENT_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.course_id = course_id;
	wanted.person_id = person_id;

	return sql_find_enrollment_get(c, &wanted, ret, ret_found);
}

enum status course_taken(struct call *c, const char *community_id, const char *course_id,
			 const char *person_id, bool *ret_taken)
{
	Content__Enrollment enrollment = CONTENT__ENROLLMENT__INIT;
	bool found;

	TRY(find(c, community_id, course_id, person_id, &enrollment, &found));
	*ret_taken = found && enrollment.state != LEFT;

	return STATUS_OK;
}

/* Why the course took him not in, who is a member. */
static enum status refused(struct call *c, const Content__Course *course)
{
	if (course->plan_id[0]) {
		call_fact(c, "plan_id", course->plan_id);
		call_fact(c, "level", arena_printf(c->arena, "%d", course->level));
		return call_fail(c, STATUS_FAILED_PRECONDITION, "PLAN_REQUIRED",
				 "the course is for who has the plan");
	}
	call_fact(c, "level", arena_printf(c->arena, "%d", course->level));

	return call_fail(c, STATUS_FAILED_PRECONDITION, "LEVEL_REQUIRED",
			 "the course is for level %d and above", course->level);
}

enum status content_enroll_in_course(struct call *c, const Content__EnrollInCourseRequest *req,
				     Content__Enrollment *enrollment)
{
	Content__EnrollInCourseRequest request = *req;
	Content__Course course = CONTENT__COURSE__INIT;
	bool found, staff;

	TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));
	TRY(course_lock(c, req->community_id, req->course_id, &course));
	TRY(find(c, req->community_id, req->course_id, request.person_id, enrollment, &found));
	if (found && enrollment->state != LEFT)
		return STATUS_OK;
	TRY(course_visible(c, req->community_id, req->course_id, &course, &staff));
	if (course.state != CONTENT__COURSE_STATE__COURSE_STATE_PUBLISHED)
		return course_refuse_state(c, &course);
	TRY(replica_admit(c, req->community_id, request.person_id, false));
	if (course.capacity > 0 && course.active_count >= course.capacity &&
	    !(found && enrollment->complete_time))
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "COURSE_FULL",
				 "the course has all who can take it at a time");

	content__enrollment__init(enrollment);
	TRY(sql_find_enrollment_enroll(c, &request, enrollment, &found));

	return found ? STATUS_OK : refused(c, &course);
}

enum status content_leave_course(struct call *c, const Content__LeaveCourseRequest *req,
				 Content__Enrollment *enrollment)
{
	Content__LeaveCourseRequest request = *req;
	Content__Course course = CONTENT__COURSE__INIT;

	TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));
	TRY(course_lock(c, req->community_id, req->course_id, &course));

	return sql_enrollment_leave(c, &request, enrollment);
}

enum status content_complete_lesson(struct call *c, const Content__CompleteLessonRequest *req,
				    Content__Enrollment *enrollment)
{
	Content__CompleteLessonRequest request = *req;
	Content__Course course = CONTENT__COURSE__INIT;
	Content__Lesson lesson = CONTENT__LESSON__INIT;
	bool taken, found;

	TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));
	TRY(course_lock(c, req->community_id, req->course_id, &course));
	TRY(sql_lesson_get(c, &request, &lesson));
	TRY(course_taken(c, req->community_id, req->course_id, request.person_id, &taken));
	if (!taken)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NOT_ENROLLED",
				 "lessons are done by who takes the course");
	TRY(sql_lesson_complete(c, &request));
	TRY(sql_enrollment_settle_one(c, &request));

	return find(c, req->community_id, req->course_id, request.person_id, enrollment, &found);
}

enum status content_get_enrollment(struct call *c, const Content__GetEnrollmentRequest *req,
				   Content__Enrollment *enrollment)
{
	return sql_enrollment_get(c, req, enrollment);
}

enum status content_list_enrollments(struct call *c, const Content__ListEnrollmentsRequest *req,
				     Content__ListEnrollmentsResponse *list)
{
	Content__Course course = CONTENT__COURSE__INIT;
	bool staff;

	TRY(course_visible(c, req->community_id, req->course_id, &course, &staff));

	return sql_enrollment_list(c, req, list);
}
