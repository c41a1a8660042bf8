/* Courses, as the nouns around them see them. */
#ifndef KITH_CONTENT_COURSE_H
#define KITH_CONTENT_COURSE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/course.pb-c.h"

struct call;

/* The course, and nobody else changes it, its lessons or who takes it until the call ends.
 * NOT_FOUND COURSE_NOT_FOUND. */
enum status course_lock(struct call *c, const char *community_id, const char *course_id,
			Content__Course *ret) MUST_USE;

/* The course where the caller may see it: NOT_FOUND COURSE_NOT_FOUND otherwise. *ret_staff tells
 * whether he sees it as a moderator. */
enum status course_visible(struct call *c, const char *community_id, const char *course_id,
			   Content__Course *ret, bool *ret_staff) MUST_USE;

/* FAILED_PRECONDITION COURSE_STATE with the state it is in. */
enum status course_refuse_state(struct call *c, const Content__Course *course);

/* Counts anew who has done every lesson, after the lessons have changed. */
enum status course_settle(struct call *c, const char *community_id, const char *course_id) MUST_USE;

/* Whether the person takes the course now, or has completed it. */
enum status course_taken(struct call *c, const char *community_id, const char *course_id,
			 const char *person_id, bool *ret_taken) MUST_USE;

#endif
