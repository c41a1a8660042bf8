/* Posts: writing, reading, changing, taking out of sight. Statements are in sql/post.sql. */
#include <strings.h>

#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/post_store.pb-c.h"
#include "media.h"
#include "mention.h"
#include "review.h"
#include "service/precondition.h"
#include "text/markdown.h"
#include "text_check.h"
#include "topic.h"

/*
 * reason                             status               from
 * POST_NOT_FOUND                     NOT_FOUND            every method that names a post
 * POST_STATE                         FAILED_PRECONDITION  every step, see steps[]
 * REVIEW_REQUIRED                    FAILED_PRECONDITION  Create, Publish, Schedule
 * PLAN_MISSING, LEVEL_MISSING,
 * SOURCE_MISSING, TOPIC_UNKNOWN,
 * TOPIC_STATE                        FAILED_PRECONDITION  Create, Update
 * MEDIA_MISSING                      FAILED_PRECONDITION  Create, Update, Submit, Publish, Schedule
 * MEDIA_TYPE, MEDIA_TOO_LARGE,
 * TOO_MANY_MEDIA, BAD_SHA256,
 * BAD_URL, TOO_MANY_MENTIONS         INVALID_ARGUMENT     Create, Update
 * MEDIA_TYPE                         INVALID_ARGUMENT     UpdateContentSettings
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED, MEMBER_MUTED,
 * RULES_NOT_ACCEPTED                 FAILED_PRECONDITION  Create, Update, Submit, Approve, Publish,
 *                                                         Schedule
 * PERSON_NOT_CALLER                  PERMISSION_DENIED    Create
 * NOT_THE_OWNER                      PERMISSION_DENIED    Update, Submit, Publish, Schedule
 * ROLE_TOO_LOW                       PERMISSION_DENIED    Unschedule, Archive, Unarchive, Remove,
 *                                                         ListRevisions
 * ETAG_MISMATCH                      ABORTED              Update
 * TEXT_REJECTED                      FAILED_PRECONDITION  Create, Update, Publish, Schedule
 * RATE_EXCEEDED                      RESOURCE_EXHAUSTED   Create, Update, Publish, Schedule
 * TEXT_CHECK_NOT_READY               UNAVAILABLE          Create, Update, Publish, Schedule
 */

#define DRAFT     CONTENT__POST_STATE__POST_STATE_DRAFT
#define REVIEW    CONTENT__POST_STATE__POST_STATE_REVIEW
#define SCHEDULED CONTENT__POST_STATE__POST_STATE_SCHEDULED
#define PUBLISHED CONTENT__POST_STATE__POST_STATE_PUBLISHED
#define ARCHIVED  CONTENT__POST_STATE__POST_STATE_ARCHIVED
#define REMOVED   CONTENT__POST_STATE__POST_STATE_REMOVED

#define APPROVED  CONTENT__REVIEW_STATE__REVIEW_STATE_APPROVED
#define REJECTED  CONTENT__REVIEW_STATE__REVIEW_STATE_REJECTED
#define WITHDRAWN CONTENT__REVIEW_STATE__REVIEW_STATE_WITHDRAWN

/* What can be done to a post, and in which of its states. */
static const struct step {
	unsigned from;
	const char *wanted;
} update = {1U << DRAFT | 1U << PUBLISHED | 1U << ARCHIVED, "a draft, published or archived"},
  submit = {1U << DRAFT, "a draft"}, publish = {1U << DRAFT, "a draft"},
  schedule = {1U << DRAFT, "a draft"}, approve = {1U << REVIEW, "waiting for review"},
  give_back = {1U << REVIEW, "waiting for review"},
  unschedule = {1U << SCHEDULED | 1U << REVIEW, "waiting for its time or for review"},
  archive = {1U << PUBLISHED, "published"}, unarchive = {1U << ARCHIVED, "archived"},
  restore = {1U << REMOVED, "removed"}, answer = {1U << PUBLISHED, "published"},
  replace = {1U << PUBLISHED | 1U << ARCHIVED, "published or archived"};

static enum status may_step(struct call *c, const Content__Post *post, const struct step *step)
{
	static const char *const names[] = {"UNSPECIFIED", "DRAFT",     "PUBLISHED", "REMOVED",
					    "REVIEW",      "SCHEDULED", "ARCHIVED"};

	if (step->from & 1U << post->state)
		return STATUS_OK;

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "POST_STATE", "the post is not %s",
			step->wanted);
	call_fact(c, "state", names[post->state]);
	return STATUS_FAILED_PRECONDITION;
}

/* What a statement has answered, with its media, and its words as HTML. */
static enum status shown(struct call *c, enum status status, Content__Post *post)
{
	TRY(status);
	post->body_html = markdown_html(c->arena, post->body);

	return media_show(c, post->community_id, 1, &post);
}

enum status posts_shown(struct call *c, enum status status, Content__ListPostsResponse *list)
{
	TRY(status);
	for (size_t i = 0; i < list->n_posts; i++)
		list->posts[i]->body_html = markdown_html(c->arena, list->posts[i]->body);

	return media_show_all(c, list);
}

enum status post_published(struct call *c, const Content__Post *post)
{
	return may_step(c, post, &answer);
}

enum status post_readable(struct call *c, const Content__Post *post)
{
	return may_step(c, post, &replace);
}

enum status post_lock(struct call *c, const char *community_id, const char *post_id,
		      Content__Post *ret)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;

	req.community_id = community_id;
	req.post_id = post_id;

	return sql_post_lock(c, &req, ret);
}

enum status post_read(struct call *c, const char *community_id, const char *post_id,
		      Content__Post *ret)
{
	Content__GetPostRequest req = CONTENT__GET_POST_REQUEST__INIT;

	req.community_id = community_id;
	req.post_id = post_id;
	TRY(replica_know_caller(c, community_id));

	return sql_post_get(c, &req, ret);
}

enum status content_settings(struct call *c, const char *community_id,
			     Content__ContentSettings *ret)
{
	Content__GetContentSettingsRequest req = CONTENT__GET_CONTENT_SETTINGS_REQUEST__INIT;

	req.community_id = community_id;

	return sql_settings_get(c, &req, ret);
}

/* Whether a moderator has to look at what the caller makes public: where the community asks for
 * review, only its staff and who calls as nobody in person need none. */
static enum status asks_review(struct call *c, const char *community_id, bool *ret_asks)
{
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT;
	bool staff;

	TRY(caller_is_staff(c, community_id, &staff));
	if (!staff)
		TRY(content_settings(c, community_id, &settings));
	*ret_asks = settings.require_review;

	return STATUS_OK;
}

static enum status needs_no_review(struct call *c, const char *community_id)
{
	bool asks;

	TRY(asks_review(c, community_id, &asks));

	return asks ? call_fail(c, STATUS_FAILED_PRECONDITION, "REVIEW_REQUIRED",
				"a moderator has to approve the post")
		    : STATUS_OK;
}

/* What a post says it is about and comes from, as it may say it. */
static enum status settle(struct call *c, const char *community_id, const Content__Post *wanted,
			  Content__Post *ret)
{
	*ret = *wanted;
	if (wanted->source_url[0])
		TRY(web_address(c, "post.source_url", wanted->source_url));

	return topic_settle(c, community_id, wanted->topic, &ret->topic);
}

/* Whether what the caller wants others to read is held for a moderator, and why. */
static enum status admit(struct call *c, const char *community_id, const char *post_id,
			 const Content__Post *words, bool *ret_held, Content__TextReason *ret_why)
{
	const struct text text = {
		community_id, c->caller->person_id,
		post_id,      words->title,
		words->body,  media_alt_texts(c->arena, words->n_media, words->media)};

	return text_admit(c, &text, ret_held, ret_why);
}

enum status content_create_post(struct call *c, const Content__CreatePostRequest *req,
				Content__Post *post)
{
	Content__NamedNumbers named = CONTENT__NAMED_NUMBERS__INIT;
	Content__CreatePostRequest settled = *req;
	Content__Post wanted;
	Content__TextReason why;
	const char *author;
	bool found, held = false;

	TRY(replica_actor(c, "post.author_person_id", req->post->author_person_id, &author));
	if (req->post->state && req->post->state != DRAFT && req->post->state != PUBLISHED)
		return call_violation(c, "post.state", "must be DRAFT or PUBLISHED");
	if (!req->post->title[0] && !req->post->body[0] && !req->post->n_media)
		return call_violation(c, "post.body",
				      "must not be empty where there is nothing else");
	TRY(mention_read(c, "post.body", req->post->body, &named));
	TRY(media_fit(c, req->community_id, req->post->kind, req->post->n_media, req->post->media));
	if (req->post->state != DRAFT)
		TRY(media_suffice(c, req->post->kind, req->post->n_media, req->post->media));

	TRY(settle(c, req->community_id, req->post, &wanted));
	if (req->post->state != DRAFT)
		TRY(admit(c, req->community_id, call_new_id(c), req->post, &held, &why));
	if (held)
		wanted.state = REVIEW;
	settled.post = &wanted;
	TRY(sql_find_post_create(c, &settled, post, &found));
	if (!found) {
		if (req->post->state != DRAFT)
			TRY(needs_no_review(c, req->community_id));
		TRY(replica_admit(c, req->community_id, author, DEED_WORDS));
		TRY(sql_post_create(c, &settled, post));
	}
	if (wanted.n_media)
		TRY(media_put(c, req->community_id, post->post_id, MEDIA_NOW, wanted.n_media,
			      wanted.media));
	if (named.n_numbers)
		TRY(mention_put(c, &named, req->community_id, post->post_id, post->post_id));

	return shown(c, held ? review_post(c, post, &why) : STATUS_OK, post);
}

enum status content_get_post(struct call *c, const Content__GetPostRequest *req,
			     Content__Post *post)
{
	TRY(replica_know_caller(c, req->community_id));

	return shown(c, sql_post_get(c, req, post), post);
}

/* The narrowest index that the request allows. */
enum status content_list_posts(struct call *c, const Content__ListPostsRequest *req,
			       Content__ListPostsResponse *reply)
{
	TRY(replica_know_caller(c, req->community_id));

	if (req->order == CONTENT__POST_ORDER__POST_ORDER_HOT) {
		if (req->state && req->state != PUBLISHED)
			return call_violation(c, "state", "must be PUBLISHED in the order HOT");
		return posts_shown(c, sql_post_list_hot(c, req, reply), reply);
	}
	if (req->author_person_id[0])
		return posts_shown(c, sql_post_list_of_author(c, req, reply), reply);
	if (req->topic[0])
		return posts_shown(c, sql_post_list_of_topic(c, req, reply), reply);
	return posts_shown(c, sql_post_list(c, req, reply), reply);
}

/* Whether an update sets the field: its mask says so, or without a mask, that it is given. */
static bool sets(const Content__UpdatePostRequest *req, const char *field, bool given)
{
	return req->update_mask && req->update_mask->n_paths ? mask_has(req->update_mask, field)
							     : given;
}

/* Whether the post may have the media, and be of the kind, that it is to have. */
static enum status media_fit_update(struct call *c, const Content__UpdatePostRequest *req,
				    bool sets_media, Content__Post *old)
{
	bool sets_kind = sets(req, "kind", req->post->kind);
	Content__PostKind kind = sets_kind ? req->post->kind : old->kind;
	const Content__Post *shows = sets_media ? req->post : old;

	if (!sets_kind && !sets_media)
		return STATUS_OK;
	TRY(media_show(c, req->community_id, 1, &old));
	TRY(media_fit(c, req->community_id, kind, shows->n_media, shows->media));

	return old->state == DRAFT ? STATUS_OK
				   : media_suffice(c, kind, shows->n_media, shows->media);
}

/* What the post says once it is changed; whether that is anything new. */
static enum status after(struct call *c, const Content__UpdatePostRequest *req, Content__Post *old,
			 bool sets_media, Content__Post *ret, bool *ret_new)
{
	Content__Post said = *old;

	TRY(media_show(c, req->community_id, 1, &old));
	said.n_media = sets_media ? req->post->n_media : old->n_media;
	said.media = sets_media ? req->post->media : old->media;
	if (sets(req, "title", req->post->title[0]))
		said.title = req->post->title;
	if (sets(req, "body", req->post->body[0]))
		said.body = req->post->body;
	*ret_new = !text_equal(said.title, old->title) || !text_equal(said.body, old->body) ||
		   !text_equal(media_alt_texts(c->arena, said.n_media, said.media),
			       media_alt_texts(c->arena, old->n_media, old->media));
	*ret = said;

	return STATUS_OK;
}

enum status content_update_post(struct call *c, const Content__UpdatePostRequest *req,
				Content__Post *post)
{
	static const char *const changeable[] = {"title",       "body",       "topic",     "kind",
						 "visibility",  "plan_id",    "min_level", "source",
						 "source_name", "source_url", "media",     NULL};
	bool sets_media = sets(req, "media", req->post->n_media > 0);
	Content__NamedNumbers named = CONTENT__NAMED_NUMBERS__INIT;
	Content__PostUpdate change = CONTENT__POST_UPDATE__INIT;
	Content__Post old = CONTENT__POST__INIT, wanted = *req->post, said;
	Content__TextReason why;
	bool waits = false, held = false, says_new;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(mention_read(c, "post.body", req->post->body, &named));
	TRY(post_lock(c, req->community_id, req->post_id, &old));
	TRY(replica_own(c, old.author_person_id));
	if (c->caller->kind == CALLER_PERSON)
		TRY(replica_admit(c, req->community_id, c->caller->person_id, DEED_WORDS));
	TRY(etag_matches(c, req->post->etag, old.etag));
	TRY(may_step(c, &old, &update));
	TRY(media_fit_update(c, req, sets_media, &old));
	if (text_equal(wanted.topic, old.topic) ||
	    (req->update_mask && !mask_has(req->update_mask, "topic")))
		wanted.topic = "";
	TRY(settle(c, req->community_id, &wanted, &wanted));
	if (!wanted.topic[0])
		wanted.topic = req->post->topic;
	if (1U << old.state & replace.from) {
		TRY(asks_review(c, req->community_id, &waits));
		TRY(after(c, req, &old, sets_media, &said, &says_new));
		if (says_new)
			TRY(admit(c, req->community_id, req->post_id, &said, &held, &why));
		waits |= held;
	}

	change.community_id = req->community_id;
	change.post_id = req->post_id;
	change.post = &wanted;
	change.update_mask = req->update_mask;
	change.words_wait = waits;
	TRY(sql_post_update(c, &change, post));
	if (sets_media)
		TRY(media_put(c, req->community_id, req->post_id, waits ? MEDIA_WAITING : MEDIA_NOW,
			      wanted.n_media, wanted.media));
	if (!waits && sets(req, "body", wanted.body[0]))
		TRY(mention_put(c, &named, req->community_id, req->post_id, req->post_id));

	return shown(c, STATUS_OK, post);
}

/* The author's post, which he may take a step with that leads towards others. */
static enum status own(struct call *c, const char *community_id, const char *post_id,
		       const struct step *step, Content__Post *ret)
{
	TRY(post_lock(c, community_id, post_id, ret));
	TRY(replica_own(c, ret->author_person_id));
	TRY(replica_admit(c, community_id, ret->author_person_id, DEED_WORDS));
	TRY(may_step(c, ret, step));
	TRY(media_show(c, community_id, 1, &ret));

	return media_suffice(c, ret->kind, ret->n_media, ret->media);
}

static enum status move(struct call *c, const char *community_id, const char *post_id,
			Content__PostState state, const Google__Protobuf__Timestamp *time,
			const char *note, Content__Post *post)
{
	Content__PostMove req = CONTENT__POST_MOVE__INIT;

	req.community_id = community_id;
	req.post_id = post_id;
	req.state = state;
	req.schedule_time = (Google__Protobuf__Timestamp *)time;
	req.note = note;

	return shown(c, sql_post_move(c, &req, post), post);
}

/* A moderator is to look at it first. */
static enum status hold(struct call *c, const Content__Post *old, const Content__TextReason *why,
			Content__Post *post)
{
	TRY(review_post(c, old, why));

	return move(c, old->community_id, old->post_id, REVIEW, NULL, "", post);
}

/* A step that the author takes, or a moderator. */
static enum status move_by_either(struct call *c, const char *community_id, const char *post_id,
				  const struct step *step, Content__PostState state,
				  Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(post_lock(c, community_id, post_id, &old));
	TRY(replica_allow(c, community_id, old.author_person_id, RANK_MODERATOR));
	TRY(may_step(c, &old, step));

	return move(c, community_id, post_id, state, NULL, "", post);
}

static enum status lies_ahead(struct call *c, const Google__Protobuf__Timestamp *time)
{
	return time->seconds > c->now_us / 1000000
		       ? STATUS_OK
		       : call_violation(c, "publish_time", "must lie in the future");
}

enum status content_publish_post(struct call *c, const Content__PublishPostRequest *req,
				 Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;
	Content__TextReason why;
	bool held;

	TRY(own(c, req->community_id, req->post_id, &publish, &old));
	TRY(needs_no_review(c, req->community_id));
	TRY(admit(c, req->community_id, req->post_id, &old, &held, &why));

	return held ? hold(c, &old, &why, post) : shown(c, sql_post_publish(c, req, post), post);
}

enum status content_submit_post(struct call *c, const Content__SubmitPostRequest *req,
				Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(own(c, req->community_id, req->post_id, &submit, &old));

	return move(c, req->community_id, req->post_id, REVIEW, NULL, "", post);
}

enum status content_approve_post(struct call *c, const Content__ApprovePostRequest *req,
				 Content__Post *post)
{
	Content__PublishPostRequest now = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__Post old = CONTENT__POST__INIT;

	TRY(post_lock(c, req->community_id, req->post_id, &old));
	TRY(may_step(c, &old, &approve));
	TRY(replica_admit(c, req->community_id, old.author_person_id, DEED_WORDS));
	TRY(review_settle(c, req->community_id, req->post_id, APPROVED));
	if (req->publish_time) {
		TRY(lies_ahead(c, req->publish_time));
		return move(c, req->community_id, req->post_id, SCHEDULED, req->publish_time, "",
			    post);
	}

	now.community_id = req->community_id;
	now.post_id = req->post_id;
	return shown(c, sql_post_publish(c, &now, post), post);
}

enum status content_return_post(struct call *c, const Content__ReturnPostRequest *req,
				Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(post_lock(c, req->community_id, req->post_id, &old));
	TRY(may_step(c, &old, &give_back));
	TRY(review_settle(c, req->community_id, req->post_id, REJECTED));

	return move(c, req->community_id, req->post_id, DRAFT, NULL, req->note, post);
}

enum status content_schedule_post(struct call *c, const Content__SchedulePostRequest *req,
				  Content__Post *post)
{
	Content__PostMove to = CONTENT__POST_MOVE__INIT;
	Content__Post old = CONTENT__POST__INIT;
	Content__TextReason why;
	bool held;

	TRY(lies_ahead(c, req->publish_time));
	TRY(own(c, req->community_id, req->post_id, &schedule, &old));
	TRY(needs_no_review(c, req->community_id));
	TRY(admit(c, req->community_id, req->post_id, &old, &held, &why));
	if (held)
		return hold(c, &old, &why, post);

	to.community_id = req->community_id;
	to.post_id = req->post_id;
	to.state = SCHEDULED;
	to.schedule_time = req->publish_time;
	to.check_due = c->caller->kind == CALLER_PERSON;

	return shown(c, sql_post_move(c, &to, post), post);
}

enum status content_unschedule_post(struct call *c, const Content__UnschedulePostRequest *req,
				    Content__Post *post)
{
	TRY(move_by_either(c, req->community_id, req->post_id, &unschedule, DRAFT, post));

	return review_settle(c, req->community_id, req->post_id, WITHDRAWN);
}

enum status content_archive_post(struct call *c, const Content__ArchivePostRequest *req,
				 Content__Post *post)
{
	return move_by_either(c, req->community_id, req->post_id, &archive, ARCHIVED, post);
}

enum status content_unarchive_post(struct call *c, const Content__UnarchivePostRequest *req,
				   Content__Post *post)
{
	return move_by_either(c, req->community_id, req->post_id, &unarchive, PUBLISHED, post);
}

/* What that makes of what waits for a moderator. */
static Content__ReviewState taken_away(const struct call *c, const Content__Post *post)
{
	return strcasecmp(c->caller->person_id, post->author_person_id) == 0 ? WITHDRAWN : REJECTED;
}

enum status content_remove_post(struct call *c, const Content__RemovePostRequest *req,
				Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(post_lock(c, req->community_id, req->post_id, &old));
	TRY(replica_allow(c, req->community_id, old.author_person_id, RANK_MODERATOR));
	if (old.state != REMOVED) {
		TRY(sql_post_remove(c, req, post));
		return shown(c,
			     review_settle(c, req->community_id, req->post_id, taken_away(c, &old)),
			     post);
	}

	*post = old;
	return shown(c, STATUS_OK, post);
}

enum status content_restore_post(struct call *c, const Content__RestorePostRequest *req,
				 Content__Post *post)
{
	Content__Post old = CONTENT__POST__INIT;

	TRY(post_lock(c, req->community_id, req->post_id, &old));
	TRY(may_step(c, &old, &restore));

	return shown(c, sql_post_restore(c, req, post), post);
}

enum status content_list_post_revisions(struct call *c,
					const Content__ListPostRevisionsRequest *req,
					Content__ListPostRevisionsResponse *reply)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_read(c, req->community_id, req->post_id, &post));
	TRY(replica_allow(c, req->community_id, post.author_person_id, RANK_MODERATOR));

	TRY(sql_post_revision_list(c, req, reply));

	return media_show_revisions(c, req->community_id, req->post_id, reply->n_revisions,
				    reply->revisions);
}

enum status content_get_content_settings(struct call *c,
					 const Content__GetContentSettingsRequest *req,
					 Content__ContentSettings *settings)
{
	return sql_settings_get(c, req, settings);
}

enum status content_update_content_settings(struct call *c,
					    const Content__UpdateContentSettingsRequest *req,
					    Content__ContentSettings *settings)
{
	TRY(media_types_known(c, req->settings));
	TRY(sql_settings_put(c, req));

	return content_settings(c, req->community_id, settings);
}

/* What becomes of a post whose time has come: words that were let through when it was written may
 * be listed since. How much its author writes was looked at then. */
static enum status judge_due(struct call *c, Content__DuePost *due)
{
	const struct text text = {due->community_id, due->author_person_id,
				  due->post_id,      due->title,
				  due->body,         due->alt_texts};
	Content__TextCheck found = CONTENT__TEXT_CHECK__INIT;
	Content__Post post = CONTENT__POST__INIT;

	due->state = due->may ? PUBLISHED : DRAFT;
	if (!due->may)
		due->note = "Its author might not speak in the community when its time came.";
	if (!due->may || !due->check_due)
		return STATUS_OK;

	TRY(text_check(c, &text, &found));
	for (size_t i = 0; i < found.n_reasons; i++) {
		const Content__TextReason *why = found.reasons[i];

		if (why->cause == CONTENT__TEXT_CAUSE__TEXT_CAUSE_RATE)
			continue;
		if (why->verdict == CONTENT__TEXT_VERDICT__TEXT_VERDICT_REJECT) {
			due->state = DRAFT;
			due->note = arena_printf(c->arena, "It has what must not be said here: %s",
						 why->word);
			return STATUS_OK;
		}
		due->state = REVIEW;
		post.community_id = due->community_id;
		post.post_id = due->post_id;
		post.author_person_id = due->author_person_id;
		return review_post(c, &post, why);
	}

	return STATUS_OK;
}

enum status post_publish_due(struct call *c, bool *ret_worked)
{
	Content__DueList list = CONTENT__DUE_LIST__INIT;
	Content__DuePosts due = CONTENT__DUE_POSTS__INIT;

	TRY(sql_post_due(c, &list));
	*ret_worked = list.n_posts > 0;
	if (!*ret_worked)
		return STATUS_OK;
	for (size_t i = 0; i < list.n_posts; i++)
		TRY(judge_due(c, list.posts[i]));

	return sql_post_publish_due(c, &list, &due);
}

enum status content_get_content_summary(struct call *c,
					const Content__GetContentSummaryRequest *req,
					Content__ContentSummary *summary)
{
	return sql_summary_get(c, req, summary);
}
