/* Topics: what posts are about, and what is said about each. Statements are in sql/topic.sql and
 * sql/topic_report.sql. */
#include "topic.h"

#include "base/arena.h"
#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/topic_store.pb-c.h"
#include "service/precondition.h"

/*
 * reason               status               from
 * TOPIC_NOT_FOUND      NOT_FOUND            all that name a topic
 * TOPIC_NAME_TAKEN     ALREADY_EXISTS       Create, Update
 * TOPIC_STATE          FAILED_PRECONDITION  each step that the state of the topic, its parent or
 *                                           what it merges into refuses; with the fact state
 * TOPIC_UNKNOWN        FAILED_PRECONDITION  posts
 * TOPIC_TOO_DEEP       FAILED_PRECONDITION  Create, Update, Merge
 * TOPIC_INTO_ITSELF    INVALID_ARGUMENT     Merge
 * ETAG_MISMATCH        ABORTED              Update
 * DATES_REVERSED       INVALID_ARGUMENT     GetReport
 * RANGE_TOO_LONG       INVALID_ARGUMENT     GetReport
 * COMMUNITY_NOT_FOUND  NOT_FOUND            GetReport
 */

#define REPORT_DEFAULT_DAYS 30
#define REPORT_MAX_DAYS     400

#define UNNAMED  CONTENT__TOPIC_STATE__TOPIC_STATE_UNSPECIFIED
#define ACTIVE   CONTENT__TOPIC_STATE__TOPIC_STATE_ACTIVE
#define ARCHIVED CONTENT__TOPIC_STATE__TOPIC_STATE_ARCHIVED
#define MERGED   CONTENT__TOPIC_STATE__TOPIC_STATE_MERGED

/* In which states each step can be taken. */
static const unsigned update = 1U << ACTIVE | 1U << ARCHIVED, archive = 1U << ACTIVE,
		      unarchive = 1U << ARCHIVED, merge = 1U << ACTIVE | 1U << ARCHIVED,
		      take = 1U << ACTIVE;

static enum status may_step(struct call *c, Content__TopicState state, unsigned from)
{
	static const char *const names[] = {"UNSPECIFIED", "ACTIVE", "ARCHIVED", "MERGED"};

	if (from >> state & 1)
		return STATUS_OK;
	call_fact(c, "state", names[state]);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "TOPIC_STATE",
			 "a topic that is %s does not take this step", names[state]);
}

enum status topic_settle(struct call *c, const char *community_id, const char *words,
			 const char **ret_topic)
{
	Content__TopicWords wanted = CONTENT__TOPIC_WORDS__INIT;
	Content__MeantTopic meant = CONTENT__MEANT_TOPIC__INIT;

	*ret_topic = words;
	if (!words[0])
		return STATUS_OK;
	wanted.community_id = community_id;
	wanted.topic = words;
	TRY(sql_topic_meant(c, &wanted, &meant));
	if (meant.state == UNNAMED && meant.topics_only)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "TOPIC_UNKNOWN",
				 "the community has no such topic");
	if (meant.state != UNNAMED)
		TRY(may_step(c, meant.state, take));
	*ret_topic = meant.topic;

	return STATUS_OK;
}

static enum status lock(struct call *c, const char *community_id, const char *topic_id,
			unsigned from, Content__Topic *ret)
{
	Content__GetTopicRequest wanted = CONTENT__GET_TOPIC_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.topic_id = topic_id;
	TRY(sql_topic_lock(c, &wanted, ret));

	return may_step(c, ret->state, from);
}

static enum status get(struct call *c, const char *community_id, const char *topic_id,
		       Content__Topic *ret)
{
	Content__GetTopicRequest wanted = CONTENT__GET_TOPIC_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.topic_id = topic_id;

	return sql_topic_get(c, &wanted, ret);
}

static enum status too_deep(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "TOPIC_TOO_DEEP",
			 "a topic that stands under another has none under itself");
}

/* Whether topics stand under it, one of them left out. */
static enum status has_below(struct call *c, const char *community_id, const char *topic_id,
			     const char *but_topic_id, bool *ret)
{
	Content__TopicBelow wanted = CONTENT__TOPIC_BELOW__INIT;
	Content__TopicCount below = CONTENT__TOPIC_COUNT__INIT;

	wanted.community_id = community_id;
	wanted.topic_id = topic_id;
	wanted.but_topic_id = but_topic_id;
	TRY(sql_topic_below(c, &wanted, &below));
	*ret = below.count > 0;

	return STATUS_OK;
}

/* The parent is kept from changing until the call ends, so that nobody puts it under another
 * meanwhile. `topic_id` is "" for a topic that is being made. */
static enum status may_stand_under(struct call *c, const char *community_id, const char *topic_id,
				   const char *parent_id)
{
	Content__Topic parent = CONTENT__TOPIC__INIT;
	bool below = false;

	if (text_equal(topic_id, parent_id))
		return too_deep(c);
	TRY(lock(c, community_id, parent_id, take, &parent));
	if (topic_id[0])
		TRY(has_below(c, community_id, topic_id, "", &below));

	return parent.parent_id[0] || below ? too_deep(c) : STATUS_OK;
}

enum status content_create_topic(struct call *c, const Content__CreateTopicRequest *req,
				 Content__Topic *topic)
{
	if (!req->topic->topic[0])
		return call_violation(c, "topic.topic", "is required");
	if (req->topic->parent_id[0])
		TRY(may_stand_under(c, req->community_id, "", req->topic->parent_id));

	return sql_topic_create(c, req, topic);
}

enum status content_get_topic(struct call *c, const Content__GetTopicRequest *req,
			      Content__Topic *topic)
{
	return sql_topic_get(c, req, topic);
}

enum status content_list_topics(struct call *c, const Content__ListTopicsRequest *req,
				Content__ListTopicsResponse *reply)
{
	return sql_topic_list(c, req, reply);
}

enum status content_update_topic(struct call *c, const Content__UpdateTopicRequest *req,
				 Content__Topic *topic)
{
	static const char *const changeable[] = {"topic", "description", "parent_id", "position",
						 NULL};
	Content__Topic old = CONTENT__TOPIC__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "topic") && !req->topic->topic[0])
		return call_violation(c, "topic.topic", "is required");
	TRY(lock(c, req->community_id, req->topic_id, update, &old));
	TRY(etag_matches(c, req->topic->etag, old.etag));
	if (req->topic->parent_id[0] &&
	    (!req->update_mask || mask_has(req->update_mask, "parent_id")))
		TRY(may_stand_under(c, req->community_id, req->topic_id, req->topic->parent_id));
	TRY(sql_topic_update(c, req));

	return get(c, req->community_id, req->topic_id, topic);
}

static enum status move(struct call *c, const char *community_id, const char *topic_id,
			unsigned from, Content__TopicState to, Content__Topic *topic)
{
	Content__TopicMove wanted = CONTENT__TOPIC_MOVE__INIT;
	Content__Topic old = CONTENT__TOPIC__INIT;

	TRY(lock(c, community_id, topic_id, from, &old));
	wanted.community_id = community_id;
	wanted.topic_id = topic_id;
	wanted.state = to;
	TRY(sql_topic_move(c, &wanted));

	return get(c, community_id, topic_id, topic);
}

enum status content_archive_topic(struct call *c, const Content__ArchiveTopicRequest *req,
				  Content__Topic *topic)
{
	return move(c, req->community_id, req->topic_id, archive, ARCHIVED, topic);
}

enum status content_unarchive_topic(struct call *c, const Content__UnarchiveTopicRequest *req,
				    Content__Topic *topic)
{
	return move(c, req->community_id, req->topic_id, unarchive, ACTIVE, topic);
}

enum status content_merge_topic(struct call *c, const Content__MergeTopicRequest *req,
				Content__Topic *topic)
{
	Content__Topic from = CONTENT__TOPIC__INIT, into = CONTENT__TOPIC__INIT;
	bool below;

	if (text_equal(req->topic_id, req->into_topic_id))
		return call_fail(c, STATUS_INVALID_ARGUMENT, "TOPIC_INTO_ITSELF",
				 "a topic is merged into another");
	TRY(lock(c, req->community_id, req->topic_id, merge, &from));
	TRY(lock(c, req->community_id, req->into_topic_id, take, &into));
	TRY(has_below(c, req->community_id, req->topic_id, req->into_topic_id, &below));
	if (below && into.parent_id[0] && !text_equal(into.parent_id, from.topic_id))
		return too_deep(c);
	TRY(sql_topic_merge(c, req));

	return get(c, req->community_id, req->into_topic_id, topic);
}

enum status content_mark_post_off_topic(struct call *c, const Content__MarkPostOffTopicRequest *req,
					Content__OffTopicMark *mark)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(post_lock(c, req->community_id, req->post_id, &post));
	TRY(post_published(c, &post));
	if (post.off_topic == req->on_topic)
		return sql_post_mark(c, req, mark);

	mark->community_id = post.community_id;
	mark->post_id = post.post_id;
	mark->off_topic = post.off_topic;
	return STATUS_OK;
}

/* The days that a report is asked for, up to the community's today. */
static enum status read_days(struct call *c, const Content__GetTopicReportRequest *req,
			     Content__TopicReport *report)
{
	Content__CommunityDay now = CONTENT__COMMUNITY_DAY__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	char *start_date = arena_alloc(c->arena, 11), *end_date = arena_alloc(c->arena, 11);
	int32_t today = 0, start = 0, end = 0;

	TRY(replica_community(c, req->community_id, &community));
	TRY(sql_topic_report_day(c, req, &now));
	if (!text_date(now.date, &today))
		return call_fail(c, STATUS_INTERNAL, "", "a community's day is none");
	end = today;
	if (req->end_date[0] && !text_date(req->end_date, &end))
		return call_violation(c, "end_date", "is not a day (YYYY-MM-DD)");
	start = end - REPORT_DEFAULT_DAYS + 1;
	if (req->start_date[0] && !text_date(req->start_date, &start))
		return call_violation(c, "start_date", "is not a day (YYYY-MM-DD)");
	if (start > end)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "DATES_REVERSED",
				 "start_date is after end_date");
	if (end - start >= REPORT_MAX_DAYS)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "RANGE_TOO_LONG",
				 "a report covers at most %d days", REPORT_MAX_DAYS);

	text_from_date(start, start_date);
	text_from_date(end < today ? end : today, end_date);
	report->community_id = req->community_id;
	report->time_zone = now.time_zone;
	report->start_date = start_date;
	report->end_date = end_date;
	report->incomplete = end >= today;

	return STATUS_OK;
}

enum status content_get_topic_report(struct call *c, const Content__GetTopicReportRequest *req,
				     Content__TopicReport *report)
{
	Content__TopicDays days = CONTENT__TOPIC_DAYS__INIT;

	TRY(read_days(c, req, report));
	days.community_id = req->community_id;
	days.start_date = report->start_date;
	days.end_date = report->end_date;
	TRY(sql_topic_report_sum(c, &days, report));
	TRY(sql_topic_report_topics(c, &days, report));

	return sql_topic_report_sources(c, &days, report);
}
