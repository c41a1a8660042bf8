/* Courses: their lessons in order, who may take them, and how far each has come. */
#include "content_words.h"
#include "kith/content/v1/course.pb-c.h"
#include "kith_methods.h"

#define CROWD 64

static Content__Course create(struct suite *s, const char *community, int64_t capacity)
{
	Content__CreateCourseRequest request = CONTENT__CREATE_COURSE_REQUEST__INIT;
	Content__Course wanted = CONTENT__COURSE__INIT, made = CONTENT__COURSE__INIT;

	as_platform(s);
	wanted.title = "Weaving for beginners";
	wanted.capacity = capacity;
	request.community_id = community;
	request.course = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_course, &request, &made));

	return made;
}

static struct outcome add_lesson(struct suite *s, const Content__Course *course, const char *title,
				 Content__Lesson *ret)
{
	Content__CreateLessonRequest request = CONTENT__CREATE_LESSON_REQUEST__INIT;
	Content__Lesson wanted = CONTENT__LESSON__INIT;

	content__lesson__init(ret);
	wanted.title = title;
	request.community_id = course->community_id;
	request.course_id = course->course_id;
	request.lesson = &wanted;

	return suite_call(s, method_content_create_lesson, &request, ret);
}

static struct outcome publish(struct suite *s, const Content__Course *course)
{
	Content__PublishCourseRequest request = CONTENT__PUBLISH_COURSE_REQUEST__INIT;
	Content__Course ret = CONTENT__COURSE__INIT;

	request.community_id = course->community_id;
	request.course_id = course->course_id;

	return suite_call(s, method_content_publish_course, &request, &ret);
}

static struct outcome archive(struct suite *s, const Content__Course *course)
{
	Content__ArchiveCourseRequest request = CONTENT__ARCHIVE_COURSE_REQUEST__INIT;
	Content__Course ret = CONTENT__COURSE__INIT;

	request.community_id = course->community_id;
	request.course_id = course->course_id;

	return suite_call(s, method_content_archive_course, &request, &ret);
}

static struct outcome get(struct suite *s, const Content__Course *course, Content__Course *ret)
{
	Content__GetCourseRequest request = CONTENT__GET_COURSE_REQUEST__INIT;

	content__course__init(ret);
	request.community_id = course->community_id;
	request.course_id = course->course_id;

	return suite_call(s, method_content_get_course, &request, ret);
}

static struct outcome enroll(struct suite *s, const Content__Course *course, const char *name,
			     Content__Enrollment *ret)
{
	Content__EnrollInCourseRequest request = CONTENT__ENROLL_IN_COURSE_REQUEST__INIT;

	content__enrollment__init(ret);
	request.community_id = course->community_id;
	request.course_id = course->course_id;
	request.person_id = name ? person(s, name) : "";

	return suite_call(s, method_content_enroll_in_course, &request, ret);
}

static struct outcome leave_course(struct suite *s, const Content__Course *course, const char *name)
{
	Content__LeaveCourseRequest request = CONTENT__LEAVE_COURSE_REQUEST__INIT;
	Content__Enrollment ret = CONTENT__ENROLLMENT__INIT;

	request.community_id = course->community_id;
	request.course_id = course->course_id;
	request.person_id = person(s, name);

	return suite_call(s, method_content_leave_course, &request, &ret);
}

static struct outcome complete(struct suite *s, const Content__Lesson *lesson, const char *name,
			       Content__Enrollment *ret)
{
	Content__CompleteLessonRequest request = CONTENT__COMPLETE_LESSON_REQUEST__INIT;

	content__enrollment__init(ret);
	request.community_id = lesson->community_id;
	request.course_id = lesson->course_id;
	request.lesson_id = lesson->lesson_id;
	request.person_id = person(s, name);

	return suite_call(s, method_content_complete_lesson, &request, ret);
}

static struct outcome list_lessons(struct suite *s, const Content__Course *course,
				   Content__ListLessonsResponse *ret)
{
	Content__ListLessonsRequest request = CONTENT__LIST_LESSONS_REQUEST__INIT;

	content__list_lessons_response__init(ret);
	request.community_id = course->community_id;
	request.course_id = course->course_id;

	return suite_call(s, method_content_list_lessons, &request, ret);
}

static struct outcome delete_lesson(struct suite *s, const Content__Lesson *lesson)
{
	Content__DeleteLessonRequest request = CONTENT__DELETE_LESSON_REQUEST__INIT;
	Content__Course ret = CONTENT__COURSE__INIT;

	request.community_id = lesson->community_id;
	request.course_id = lesson->course_id;
	request.lesson_id = lesson->lesson_id;

	return suite_call(s, method_content_delete_lesson, &request, &ret);
}

static struct outcome rename_course(struct suite *s, const Content__Course *course)
{
	Content__UpdateCourseRequest request = CONTENT__UPDATE_COURSE_REQUEST__INIT;
	Content__Course wanted = CONTENT__COURSE__INIT, ret = CONTENT__COURSE__INIT;

	wanted.title = "Knitting";
	request.community_id = course->community_id;
	request.course_id = course->course_id;
	request.course = &wanted;

	return suite_call(s, method_content_update_course, &request, &ret);
}

static struct outcome rename_lesson(struct suite *s, const Content__Lesson *lesson)
{
	Content__UpdateLessonRequest request = CONTENT__UPDATE_LESSON_REQUEST__INIT;
	Content__Lesson wanted = CONTENT__LESSON__INIT, ret = CONTENT__LESSON__INIT;

	wanted.title = "Purl";
	request.community_id = lesson->community_id;
	request.course_id = lesson->course_id;
	request.lesson_id = lesson->lesson_id;
	request.lesson = &wanted;

	return suite_call(s, method_content_update_lesson, &request, &ret);
}

static struct outcome order(struct suite *s, const Content__Course *course, const char **ids,
			    size_t n)
{
	Content__OrderLessonsRequest request = CONTENT__ORDER_LESSONS_REQUEST__INIT;
	Content__Course ret = CONTENT__COURSE__INIT;

	request.community_id = course->community_id;
	request.course_id = course->course_id;
	request.lesson_ids = ids;
	request.n_lesson_ids = n;

	return suite_call(s, method_content_order_lessons, &request, &ret);
}

/* A published course of three lessons; members ann and bob. */
static Content__Course given_course(struct suite *s, int64_t capacity, Content__Lesson lessons[3])
{
	const char *community = given_community(s, .owner = "olga");
	Content__Course course;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	course = create(s, community, capacity);
	EXPECT_OK(add_lesson(s, &course, "warp", &lessons[0]));
	EXPECT_OK(add_lesson(s, &course, "weft", &lessons[1]));
	EXPECT_OK(add_lesson(s, &course, "cloth", &lessons[2]));
	EXPECT_OK(publish(s, &course));

	return course;
}

/* What the counts say is what the rows say. */
static void expect_sound(struct suite *s, const Content__Course *course)
{
	EXPECT_INT(
		postgres_int(
			suite_database(s),
			"SELECT count(*) FROM content.course c WHERE course_id = '%s' AND "
			"(active_count, "
			"completed_count, lesson_count) = ("
			"(SELECT count(*) FROM content.enrollment e WHERE e.course_id = "
			"c.course_id "
			"AND state = 'ACTIVE'), "
			"(SELECT count(*) FROM content.enrollment e WHERE e.course_id = "
			"c.course_id "
			"AND state = 'COMPLETED'), "
			"(SELECT count(*) FROM content.lesson l WHERE l.course_id = c.course_id))",
			course->course_id),
		1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT COALESCE(max(position), 0) - count(DISTINCT position) FROM "
				"content.lesson "
				"WHERE course_id = '%s'",
				course->course_id),
		   0);
}

static void a_course_opens_with_lessons_and_closes(void **state)
{
	struct suite *s = *state;
	Content__Course course = create(s, given_community(s), 0), now;
	Content__Enrollment enrollment;
	Content__Lesson lesson;

	EXPECT_STATUS(publish(s, &course), FAILED_PRECONDITION, "COURSE_WITHOUT_LESSONS");
	EXPECT_OK(add_lesson(s, &course, "warp", &lesson));
	EXPECT_INT(lesson.position, 1);
	EXPECT_STATUS(enroll(s, &course, "ann", &enrollment), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_OK(publish(s, &course));
	EXPECT_STATUS(publish(s, &course), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(delete_lesson(s, &lesson), FAILED_PRECONDITION, "COURSE_WITHOUT_LESSONS");
	EXPECT_OK(archive(s, &course));
	EXPECT_STATUS(archive(s, &course), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(publish(s, &course), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(rename_course(s, &course), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(rename_lesson(s, &lesson), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(delete_lesson(s, &lesson), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(order(s, &course, &lesson.lesson_id, 1), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(add_lesson(s, &course, "weft", &lesson), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_STATUS(enroll(s, &course, "ann", &enrollment), FAILED_PRECONDITION, "COURSE_STATE");
	EXPECT_OK(get(s, &course, &now));
	EXPECT_INT(now.state, CONTENT__COURSE_STATE__COURSE_STATE_ARCHIVED);
	expect_sound(s, &course);
}

static void a_course_has_so_many_lessons_at_most(void **state)
{
	struct suite *s = *state;
	Content__Course course = create(s, given_community(s, .owner = "olga"), 0);
	Content__Lesson lesson;

	for (int i = 0; i < 500; i++)
		EXPECT_OK(add_lesson(s, &course, "a row", &lesson));
	EXPECT_STATUS(add_lesson(s, &course, "one more", &lesson), RESOURCE_EXHAUSTED,
		      "TOO_MANY_LESSONS");
	expect_sound(s, &course);
}

static void lessons_keep_their_order_without_holes(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3];
	Content__Course course = given_course(s, 0, lessons);
	const char *ids[] = {lessons[2].lesson_id, lessons[0].lesson_id, lessons[1].lesson_id};
	const char *twice[] = {lessons[2].lesson_id, lessons[0].lesson_id, lessons[0].lesson_id};
	Content__ListLessonsResponse list;

	EXPECT_OK(order(s, &course, ids, 3));
	EXPECT_OK(list_lessons(s, &course, &list));
	EXPECT_TEXT(list.lessons[0]->title, "cloth");
	EXPECT_TEXT(list.lessons[2]->title, "weft");
	EXPECT_STATUS(order(s, &course, ids, 2), INVALID_ARGUMENT, "BAD_LESSON_ORDER");
	EXPECT_STATUS(order(s, &course, twice, 3), INVALID_ARGUMENT, "BAD_LESSON_ORDER");
	EXPECT_OK(delete_lesson(s, &lessons[0]));
	EXPECT_STATUS(delete_lesson(s, &lessons[0]), NOT_FOUND, "LESSON_NOT_FOUND");
	EXPECT_OK(list_lessons(s, &course, &list));
	EXPECT_INT(list.n_lessons, 2);
	EXPECT_INT(list.lessons[1]->position, 2);
	EXPECT_TEXT(list.lessons[1]->title, "weft");
	expect_sound(s, &course);
}

static void who_does_every_lesson_completes_the_course(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3], added;
	Content__Course course = given_course(s, 0, lessons);
	Content__Enrollment ann, bob;

	EXPECT_STATUS(complete(s, &lessons[0], "ann", &ann), FAILED_PRECONDITION, "NOT_ENROLLED");
	EXPECT_OK(enroll(s, &course, "ann", &ann));
	EXPECT_OK(enroll(s, &course, "bob", &bob));
	EXPECT_OK(complete(s, &lessons[0], "ann", &ann));
	EXPECT_OK(complete(s, &lessons[0], "ann", &ann));
	EXPECT_INT(ann.done_count, 1);
	EXPECT_INT(ann.lesson_count, 3);
	EXPECT_OK(complete(s, &lessons[2], "ann", &ann));
	EXPECT_OK(complete(s, &lessons[1], "ann", &ann));
	EXPECT_INT(ann.state, CONTENT__ENROLLMENT_STATE__ENROLLMENT_STATE_COMPLETED);
	assert_non_null(ann.complete_time);
	expect_sound(s, &course);

	EXPECT_OK(add_lesson(s, &course, "dyes", &added)); /* what was completed stays so */
	EXPECT_OK(enroll(s, &course, "ann", &ann));
	EXPECT_INT(ann.state, CONTENT__ENROLLMENT_STATE__ENROLLMENT_STATE_COMPLETED);
	EXPECT_INT(ann.lesson_count, 4);

	EXPECT_OK(complete(s, &lessons[0], "bob", &bob));
	EXPECT_OK(complete(s, &lessons[1], "bob", &bob));
	EXPECT_OK(delete_lesson(s, &lessons[2])); /* what bob had not done is gone */
	EXPECT_OK(delete_lesson(s, &added));
	EXPECT_OK(enroll(s, &course, "bob", &bob));
	EXPECT_INT(bob.state, CONTENT__ENROLLMENT_STATE__ENROLLMENT_STATE_COMPLETED);
	expect_sound(s, &course);
}

static void who_leaves_comes_back_to_where_he_was(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3];
	Content__Course course = given_course(s, 0, lessons);
	Content__Enrollment ann;
	Content__ListLessonsResponse list;

	EXPECT_STATUS(leave_course(s, &course, "ann"), NOT_FOUND, "ENROLLMENT_NOT_FOUND");
	EXPECT_OK(enroll(s, &course, "ann", &ann));
	EXPECT_OK(complete(s, &lessons[0], "ann", &ann));
	EXPECT_OK(leave_course(s, &course, "ann"));
	EXPECT_OK(leave_course(s, &course, "ann"));
	expect_sound(s, &course);
	EXPECT_STATUS(complete(s, &lessons[1], "ann", &ann), FAILED_PRECONDITION, "NOT_ENROLLED");
	as_named(s, "ann");
	EXPECT_STATUS(list_lessons(s, &course, &list), PERMISSION_DENIED, "NOT_ENROLLED");
	EXPECT_OK(enroll(s, &course, NULL, &ann));
	EXPECT_INT(ann.done_count, 1);
	EXPECT_OK(list_lessons(s, &course, &list));
	assert_non_null(list.lessons[0]->complete_time);
	assert_null(list.lessons[1]->complete_time);
	EXPECT_STATUS(enroll(s, &course, "bob", &ann), PERMISSION_DENIED, "PERSON_NOT_CALLER");
	as_platform(s);
	expect_sound(s, &course);
}

static void a_course_is_seen_by_whom_it_is_for(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3], lesson;
	Content__Course open = given_course(s, 0, lessons), draft, seen;
	Content__Enrollment ann;

	draft = create(s, open.community_id, 0);
	EXPECT_OK(add_lesson(s, &draft, "x", &lesson));
	EXPECT_OK(enroll(s, &open, "ann", &ann));
	EXPECT_OK(archive(s, &open));
	as_named(s, "bob");
	EXPECT_STATUS(get(s, &draft, &seen), NOT_FOUND, "COURSE_NOT_FOUND");
	EXPECT_STATUS(get(s, &open, &seen), NOT_FOUND, "COURSE_NOT_FOUND");
	EXPECT_STATUS(enroll(s, &draft, NULL, &ann), NOT_FOUND, "COURSE_NOT_FOUND");
	as_named(s, "ann");
	EXPECT_OK(get(s, &open, &seen));
	as_named(s, "olga");
	EXPECT_OK(get(s, &draft, &seen));
	as_platform(s);
}

static void plan_and_level_are_asked_for(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3];
	Content__Course course = given_course(s, 0, lessons);
	Content__UpdateCourseRequest request = CONTENT__UPDATE_COURSE_REQUEST__INIT;
	Content__Course wanted = CONTENT__COURSE__INIT, now = CONTENT__COURSE__INIT;
	Content__Enrollment ann;

	wanted.level = 3;
	request.community_id = course.community_id;
	request.course_id = course.course_id;
	request.course = &wanted;
	EXPECT_OK(suite_call(s, method_content_update_course, &request, &now));
	EXPECT_STATUS(enroll(s, &course, "ann", &ann), FAILED_PRECONDITION, "LEVEL_REQUIRED");
	wanted.plan_id = "22222222-2222-4222-8222-222222222222";
	EXPECT_OK(suite_call(s, method_content_update_course, &request, &now));
	EXPECT_STATUS(enroll(s, &course, "ann", &ann), FAILED_PRECONDITION, "PLAN_REQUIRED");
	EXPECT_STATUS(enroll(s, &course, "eve", &ann), FAILED_PRECONDITION, "NOT_A_MEMBER");
	postgres_int(suite_database(s),
		     "UPDATE content.replica_membership SET level = 3, plan_id = '%s' WHERE "
		     "community_id = '%s'",
		     wanted.plan_id, course.community_id);
	EXPECT_OK(enroll(s, &course, "ann", &ann));
	wanted.etag = "1";
	EXPECT_STATUS(suite_call(s, method_content_update_course, &request, &now), ABORTED,
		      "ETAG_MISMATCH");
}

/* A crowd for fewer places: as many get in as there are, and one who leaves makes room for one. */
static void capacity_is_exact_whatever_happens_at_once(void **state)
{
	struct suite *s = *state;
	Content__Lesson lessons[3];
	Content__Course course = given_course(s, 10, lessons), now;
	Content__EnrollInCourseRequest requests[CROWD];
	const void *list[CROWD];
	struct outcome outcomes[CROWD];
	int n_ok = 0;

	for (int i = 0; i < CROWD; i++) {
		const char *name = arena_printf(suite_arena(s), "student-%d", i);

		EXPECT_OK(join(s, course.community_id, name));
		content__enroll_in_course_request__init(&requests[i]);
		requests[i].community_id = course.community_id;
		requests[i].course_id = course.course_id;
		requests[i].person_id = person(s, name);
		list[i] = &requests[i];
	}
	suite_settle(s);
	suite_call_at_once(s, method_content_enroll_in_course, CROWD, list, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++) {
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "COURSE_FULL");
		n_ok += outcomes[i].status == STATUS_OK;
	}
	EXPECT_INT(n_ok, 10);
	EXPECT_OK(get(s, &course, &now));
	EXPECT_INT(now.active_count, 10);
	expect_sound(s, &course);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_course_opens_with_lessons_and_closes),
		cmocka_unit_test(a_course_has_so_many_lessons_at_most),
		cmocka_unit_test(lessons_keep_their_order_without_holes),
		cmocka_unit_test(who_does_every_lesson_completes_the_course),
		cmocka_unit_test(who_leaves_comes_back_to_where_he_was),
		cmocka_unit_test(a_course_is_seen_by_whom_it_is_for),
		cmocka_unit_test(plan_and_level_are_asked_for),
		cmocka_unit_test(capacity_is_exact_whatever_happens_at_once),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
