/* The house's test vocabulary: services running in this process on a database of their own, called
 * as their clients call them. See given.h for the words about communities.
 *
 *	struct outcome outcome = suite_call(s, method_member_get_community, &request, &community);
 *	EXPECT_STATUS(outcome, NOT_FOUND, "COMMUNITY_NOT_FOUND");
 *
 * A suite belongs to one thread. What it hands out lives until suite_stop. */
#ifndef KITH_TESTS_SUITE_H
#define KITH_TESTS_SUITE_H

#include <setjmp.h> /* cmocka.h wants these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "outcome.h"
#include "postgres.h"

struct method;
struct service;
struct suite;

/* Starts the services, NULL-terminated, each able to call the others; migrates their schemas. */
struct suite *suite_start(const struct service *const *services);
void suite_stop(struct suite *s);

/* Each in a process of its own, over ipc://, with the configuration file that is shipped. Those can
 * be killed at any moment, and started again; clients come back by themselves. */
struct suite *suite_start_processes(const struct service *const *services);
void suite_kill(struct suite *s, const char *service);
void suite_revive(struct suite *s, const char *service); /* until it answers */

/* Setup and teardown as cmocka wants them: `*state` is the suite. */
int suite_setup(void **state, const struct service *const *services);
int suite_teardown(void **state);

struct arena *suite_arena(struct suite *s);
struct postgres *suite_database(struct suite *s);

/* Returns once all events have been taken by those they are for, also by who did not take one at
 * the first attempt. */
void suite_settle(struct suite *s);

/* Who calls from now on. At first the platform, with all scopes. */
void as_platform(struct suite *s);
void as_service(struct suite *s);
void as_person(struct suite *s, const char *person_id);
void as_nobody(struct suite *s);
/* Anyone else. */
void as_caller(struct suite *s, const struct caller *caller);

/* Calls a method: `request` and `reply` are messages of its types. A write gets a request id of its
 * own, or the one that with_request_id has set for this call. */
struct outcome suite_call(struct suite *s, const struct method *method, const void *request,
			  void *reply);
void with_request_id(struct suite *s, const char *request_id);

/* The same as the platform, whoever calls otherwise: for what a test takes as given. */
struct outcome suite_call_as_platform(struct suite *s, const struct method *method,
				      const void *request, void *reply);

/* The next calls at once are of these persons, one each. */
void with_callers(struct suite *s, const char *const *person_ids);

/* Sends n calls at the same moment, each in a message of its own, so that the service serves as
 * many at once as it has workers. `request_ids` may be NULL; `replies` too. */
void suite_call_at_once(struct suite *s, const struct method *method, size_t n,
			const void *const *requests, const char *const *request_ids,
			void *const *replies, struct outcome *ret);

/* The same, each call of a method of its own. */
void suite_call_mixed(struct suite *s, size_t n, const struct method *const *methods,
		      const void *const *requests, const char *const *request_ids,
		      void *const *replies, struct outcome *ret);

#endif
