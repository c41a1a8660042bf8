/* Courses and their lessons. Statements are in sql/course.sql. */
#include "course.h"

#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/course_store.pb-c.h"
#include "service/precondition.h"
#include "text/markdown.h"

/*
 * reason                  status               from
 * COURSE_NOT_FOUND        NOT_FOUND            all but Create, List; also who may not see it
 * LESSON_NOT_FOUND        NOT_FOUND            UpdateLesson, DeleteLesson
 * COURSE_STATE            FAILED_PRECONDITION  Update, Publish, Archive, each of lessons
 * COURSE_WITHOUT_LESSONS  FAILED_PRECONDITION  Publish, DeleteLesson (the last of a published one)
 * TOO_MANY_LESSONS        RESOURCE_EXHAUSTED   CreateLesson
 * COMMUNITY_ARCHIVED      FAILED_PRECONDITION  Create
 * BAD_LESSON_ORDER        INVALID_ARGUMENT     OrderLessons
 * NOT_ENROLLED            PERMISSION_DENIED    ListLessons
 * ETAG_MISMATCH           ABORTED              Update
 */

#define LESSONS_MAX 500

#define DRAFT     CONTENT__COURSE_STATE__COURSE_STATE_DRAFT
#define PUBLISHED CONTENT__COURSE_STATE__COURSE_STATE_PUBLISHED
#define ARCHIVED  CONTENT__COURSE_STATE__COURSE_STATE_ARCHIVED

static const char *const course_changeable[] = {
	"title", "description", "plan_id", "level", "capacity", "check_in_programme_id", NULL};
static const char *const lesson_changeable[] = {"title", "body", "post_id", "minutes", NULL};

enum status course_refuse_state(struct call *c, const Content__Course *course)
{
	static const char *const names[] = {"UNSPECIFIED", "DRAFT", "PUBLISHED", "ARCHIVED"};

	call_fact(c, "state", names[course->state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "COURSE_STATE",
			 "not with a course that is %s", names[course->state]);
}

static enum status without_lessons(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "COURSE_WITHOUT_LESSONS",
			 "a published course has a lesson at least");
}

enum status course_lock(struct call *c, const char *community_id, const char *course_id,
			Content__Course *ret)
{
	Content__GetCourseRequest wanted = CONTENT__GET_COURSE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.course_id = course_id;

	return sql_course_lock(c, &wanted, ret);
}

static enum status lock_open(struct call *c, const char *community_id, const char *course_id,
			     Content__Course *ret)
{
	TRY(course_lock(c, community_id, course_id, ret));

	return ret->state == ARCHIVED ? course_refuse_state(c, ret) : STATUS_OK;
}

enum status course_visible(struct call *c, const char *community_id, const char *course_id,
			   Content__Course *ret, bool *ret_staff)
{
	Content__GetCourseRequest wanted = CONTENT__GET_COURSE_REQUEST__INIT;
	bool taken = true;

	wanted.community_id = community_id;
	wanted.course_id = course_id;
	TRY(caller_is_staff(c, community_id, ret_staff));
	TRY(sql_course_get(c, &wanted, ret));
	if (*ret_staff || ret->state == PUBLISHED)
		return STATUS_OK;
	if (ret->state == ARCHIVED)
		TRY(course_taken(c, community_id, course_id, c->caller->person_id, &taken));
	if (ret->state == ARCHIVED && taken)
		return STATUS_OK;

	content__course__init(ret);
	return call_fail(c, STATUS_NOT_FOUND, "COURSE_NOT_FOUND", "course not found");
}

enum status course_settle(struct call *c, const char *community_id, const char *course_id)
{
	Content__GetCourseRequest course = CONTENT__GET_COURSE_REQUEST__INIT;

	course.community_id = community_id;
	course.course_id = course_id;

	return sql_enrollment_settle(c, &course);
}

static enum status read(struct call *c, const char *community_id, const char *course_id,
			Content__Course *ret)
{
	Content__GetCourseRequest wanted = CONTENT__GET_COURSE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.course_id = course_id;

	return sql_course_get(c, &wanted, ret);
}

enum status content_create_course(struct call *c, const Content__CreateCourseRequest *req,
				  Content__Course *course)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->course->title[0])
		return call_violation(c, "course.title", "is required");
	TRY(replica_community(c, req->community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return sql_course_create(c, req, course);
}

enum status content_get_course(struct call *c, const Content__GetCourseRequest *req,
			       Content__Course *course)
{
	bool staff;

	return course_visible(c, req->community_id, req->course_id, course, &staff);
}

enum status content_list_courses(struct call *c, const Content__ListCoursesRequest *req,
				 Content__ListCoursesResponse *list)
{
	Content__ListCoursesRequest request = *req;
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	if (!staff)
		request.state = PUBLISHED;

	return sql_course_list(c, &request, list);
}

enum status content_update_course(struct call *c, const Content__UpdateCourseRequest *req,
				  Content__Course *course)
{
	Content__Course was = CONTENT__COURSE__INIT;

	TRY(mask_allows(c, req->update_mask, course_changeable));
	if (mask_has(req->update_mask, "title") && !req->course->title[0])
		return call_violation(c, "course.title", "is required");
	TRY(lock_open(c, req->community_id, req->course_id, &was));
	TRY(etag_matches(c, req->course->etag, was.etag));

	return sql_course_update(c, req, course);
}

enum status content_publish_course(struct call *c, const Content__PublishCourseRequest *req,
				   Content__Course *course)
{
	Content__Course was = CONTENT__COURSE__INIT;

	TRY(course_lock(c, req->community_id, req->course_id, &was));
	if (was.state != DRAFT)
		return course_refuse_state(c, &was);
	if (was.lesson_count == 0)
		return without_lessons(c);

	return sql_course_publish(c, req, course);
}

enum status content_archive_course(struct call *c, const Content__ArchiveCourseRequest *req,
				   Content__Course *course)
{
	Content__Course was = CONTENT__COURSE__INIT;

	TRY(lock_open(c, req->community_id, req->course_id, &was));

	return sql_course_archive(c, req, course);
}

enum status content_create_lesson(struct call *c, const Content__CreateLessonRequest *req,
				  Content__Lesson *lesson)
{
	Content__Course course = CONTENT__COURSE__INIT;

	if (!req->lesson->title[0])
		return call_violation(c, "lesson.title", "is required");
	TRY(lock_open(c, req->community_id, req->course_id, &course));
	if (course.lesson_count >= LESSONS_MAX)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_LESSONS",
				 "a course has %d lessons at most", LESSONS_MAX);

	TRY(sql_lesson_create(c, req, lesson));
	lesson->body_html = markdown_html(c->arena, lesson->body);

	return STATUS_OK;
}

enum status content_list_lessons(struct call *c, const Content__ListLessonsRequest *req,
				 Content__ListLessonsResponse *list)
{
	Content__Course course = CONTENT__COURSE__INIT;
	bool staff, taken = true;

	TRY(course_visible(c, req->community_id, req->course_id, &course, &staff));
	if (!staff)
		TRY(course_taken(c, req->community_id, req->course_id, c->caller->person_id,
				 &taken));
	if (!taken)
		return call_fail(c, STATUS_PERMISSION_DENIED, "NOT_ENROLLED",
				 "the lessons are for who takes the course");

	TRY(sql_lesson_list(c, req, list));
	for (size_t i = 0; i < list->n_lessons; i++)
		list->lessons[i]->body_html = markdown_html(c->arena, list->lessons[i]->body);

	return STATUS_OK;
}

enum status content_update_lesson(struct call *c, const Content__UpdateLessonRequest *req,
				  Content__Lesson *lesson)
{
	Content__Course course = CONTENT__COURSE__INIT;

	TRY(mask_allows(c, req->update_mask, lesson_changeable));
	if (mask_has(req->update_mask, "title") && !req->lesson->title[0])
		return call_violation(c, "lesson.title", "is required");
	TRY(lock_open(c, req->community_id, req->course_id, &course));

	TRY(sql_lesson_update(c, req, lesson));
	lesson->body_html = markdown_html(c->arena, lesson->body);

	return STATUS_OK;
}

enum status content_delete_lesson(struct call *c, const Content__DeleteLessonRequest *req,
				  Content__Course *course)
{
	Content__Course was = CONTENT__COURSE__INIT;
	Content__Lesson gone = CONTENT__LESSON__INIT;

	TRY(lock_open(c, req->community_id, req->course_id, &was));
	if (was.state == PUBLISHED && was.lesson_count == 1)
		return without_lessons(c);
	TRY(sql_lesson_delete(c, req, &gone));
	TRY(course_settle(c, req->community_id, req->course_id));

	return read(c, req->community_id, req->course_id, course);
}

enum status content_order_lessons(struct call *c, const Content__OrderLessonsRequest *req,
				  Content__Course *course)
{
	Content__Course was = CONTENT__COURSE__INIT;
	Content__LessonOrder order = CONTENT__LESSON_ORDER__INIT;

	TRY(lock_open(c, req->community_id, req->course_id, &was));
	TRY(sql_lesson_order(c, req, &order));
	if ((size_t)was.lesson_count != req->n_lesson_ids ||
	    order.lesson_count != was.lesson_count) {
		(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_LESSON_ORDER",
				"the order names each lesson of the course once");
		return call_violation(c, "lesson_ids", "must name each lesson of the course once");
	}

	return read(c, req->community_id, req->course_id, course);
}
