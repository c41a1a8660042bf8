/* The content service: what is said. One .c a noun; each handler's prototype is in content.rpc.h.
 */
#ifndef KITH_CONTENT_CONTENT_H
#define KITH_CONTENT_CONTENT_H

#include <stdbool.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/id.h"
#include "base/status.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "service/service.h"

struct dictionary;
struct folding;
struct text_checker;

extern const struct service content_service;

/* The words this process knows, read when the service started: for words_of. */
const struct dictionary *content_dictionary(const struct call *c);

/* How it folds characters: for terms_of. */
const struct folding *content_folding(const struct call *c);

/* This process' part in the lease of the index of search. */
struct index_lease {
	char holder[ID_SIZE];
	int64_t until_us; /* monotonic */
};
struct index_lease *content_index_lease(void *state);

/* The job that keeps the index of search up to date (struct job). */
enum status search_index_run(struct call *c, void *state, bool *ret_worked) MUST_USE;
/* What this process checks texts with. */
struct text_checker *content_checker(const struct call *c);

/* The post, where the caller may read it: NOT_FOUND with reason POST_NOT_FOUND otherwise. */
enum status post_read(struct call *c, const char *community_id, const char *post_id,
		      Content__Post *ret) MUST_USE;

/* The post, whoever calls, kept from changing until the call ends. NOT_FOUND POST_NOT_FOUND. */
enum status post_lock(struct call *c, const char *community_id, const char *post_id,
		      Content__Post *ret) MUST_USE;

/* What a statement has listed, each with its words as HTML. */
enum status posts_shown(struct call *c, enum status status,
			Content__ListPostsResponse *list) MUST_USE;

/* FAILED_PRECONDITION POST_STATE, with the state it is in, unless the post is published. */
enum status post_published(struct call *c, const Content__Post *post) MUST_USE;

/* The same unless it is published or archived. */
enum status post_readable(struct call *c, const Content__Post *post) MUST_USE;

/* What the community asks of its posts; what it has not said, as it holds then. */
enum status content_settings(struct call *c, const char *community_id,
			     Content__ContentSettings *ret) MUST_USE;

/* Takes the words of who was erased, as the events tell, out of every noun's rows. */
enum status person_forget(struct call *c, const Event__DeliverEventsRequest *req) MUST_USE;

/* What the events say about who is an expert of what. */
enum status expert_learn(struct call *c, const Event__DeliverEventsRequest *req) MUST_USE;

/* Whether the caller acts in the community as a moderator or above; platform keys and services do.
 */
enum status caller_is_staff(struct call *c, const char *community_id, bool *ret_staff) MUST_USE;

/* INVALID_ARGUMENT BAD_URL with a violation of `field` unless the text begins as an address of the
 * web does. */
enum status web_address(struct call *c, const char *field, const char *url) MUST_USE;

/* What falls due by itself (service_deed). */
enum status ticket_close_old(struct call *c, bool *ret_worked) MUST_USE;
enum status post_publish_due(struct call *c, bool *ret_worked) MUST_USE;
enum status task_series_end_due(struct call *c, bool *ret_worked) MUST_USE;
enum status slot_look_at_due(struct call *c, bool *ret_worked) MUST_USE;
enum status cadence_judge(struct call *c, bool *ret_worked) MUST_USE;
enum status text_print_expire(struct call *c, bool *ret_worked) MUST_USE;
enum status question_find(struct call *c, bool *ret_worked) MUST_USE;
enum status question_route(struct call *c, bool *ret_worked) MUST_USE;
enum status question_give_up(struct call *c, bool *ret_worked) MUST_USE;

#endif
