/* Turns lines into items. Ids follow from outside names, so that importing twice is importing once.
 */
#include "item.h"

#include <assert.h>
#include <string.h>

#include "base/method.h"
#include "base/text.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "kith/activity/v1/import.pb-c.h"
#include "kith/content/v1/import.pb-c.h"
#include "kith/evaluation/v1/interaction.pb-c.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith_methods.h"

const struct method *item_method(enum line_type type)
{
	switch (type) {
	case LINE_COMMUNITY:
		return method_member_import_communities;
	case LINE_MEMBERSHIP:
		return method_member_import_memberships;
	case LINE_POST:
		return method_content_import_posts;
	case LINE_COMMENT:
		return method_content_import_comments;
	case LINE_REACTION:
		return method_content_import_reactions;
	case LINE_EVENT:
		return method_activity_import_events;
	case LINE_ATTENDANCE:
		return method_activity_import_attendances;
	case LINE_ORDER:
		return method_activity_import_orders;
	case LINE_INTERACTION:
		return method_evaluation_ingest_interactions;
	case LINE_TYPES:
		break;
	}
	assert(false);
	return NULL;
}

void item_community_id(const char *name, char ret[static ID_SIZE])
{
	id_of("community", name, ret);
}

void item_person_id(const char *name, char ret[static ID_SIZE])
{
	id_of("person", name, ret);
}

static const char *community_id(struct arena *arena, const struct line *line)
{
	char *id = arena_alloc(arena, ID_SIZE);

	item_community_id(line->community, id);
	return id;
}

static const char *person_id(struct arena *arena, const struct line *line)
{
	char *id = arena_alloc(arena, ID_SIZE);

	item_person_id(line->person, id);
	return id;
}

/* Outside names of posts, events and so on are unique within their community only. */
static const char *inner_id(struct arena *arena, const char *space, const struct line *line,
			    const char *name)
{
	char *id = arena_alloc(arena, ID_SIZE);

	id_of(space, arena_printf(arena, "%s\n%s", line->community, name), id);
	return id;
}

static Google__Protobuf__Timestamp *timestamp(struct arena *arena, int64_t us)
{
	if (us == LINE_NO_TIME)
		return NULL;

	Google__Protobuf__Timestamp *time = arena_alloc(arena, sizeof(*time));
	google__protobuf__timestamp__init(time);
	time->seconds = us / 1000000 - (us % 1000000 < 0);
	time->nanos = (int32_t)((us - time->seconds * 1000000) * 1000);
	return time;
}

static ProtobufCMessage *community(struct arena *arena, const struct line *line)
{
	Member__ImportedCommunity *item = arena_alloc(arena, sizeof(*item));

	member__imported_community__init(item);
	item->community_id = community_id(arena, line);
	item->external_id = line->community;
	item->name = line->name;
	item->kind = (Member__CommunityType)line->kind;
	item->time_zone = line->time_zone;
	item->create_time = timestamp(arena, line->created_us);
	item->join_mode = (Member__JoinMode)line->join_mode;
	item->reported_member_count = line->member_count;
	return &item->base;
}

static ProtobufCMessage *membership(struct arena *arena, const struct line *line)
{
	Member__ImportedMembership *item = arena_alloc(arena, sizeof(*item));

	member__imported_membership__init(item);
	item->community_id = community_id(arena, line);
	item->person_id = person_id(arena, line);
	item->person_external_id = line->person;
	item->role = (Member__Role)line->role;
	item->join_time = timestamp(arena, line->at_us);
	item->leave_time = timestamp(arena, line->end_us);
	item->leave_reason = line->reason;
	item->implicit = line->implicit;
	return &item->base;
}

ProtobufCMessage *item_implicit(struct arena *arena, const struct line *line)
{
	const struct line mention = {
		.type = LINE_MEMBERSHIP,
		.community = line->community,
		.person = line->person,
		.reason = "",
		.at_us = line->at_us,
		.end_us = LINE_NO_TIME,
		.implicit = true,
	};

	return membership(arena, &mention);
}

static ProtobufCMessage *post(struct arena *arena, const struct line *line)
{
	Content__ImportedPost *item = arena_alloc(arena, sizeof(*item));

	content__imported_post__init(item);
	item->community_id = community_id(arena, line);
	item->post_id = inner_id(arena, "post", line, line->id);
	item->author_person_id = person_id(arena, line);
	item->create_time = timestamp(arena, line->at_us);
	item->kind = (Content__PostKind)line->kind;
	item->title = line->title;
	item->body = line->text;
	item->topic = line->topic;
	return &item->base;
}

static ProtobufCMessage *comment(struct arena *arena, const struct line *line)
{
	Content__ImportedComment *item = arena_alloc(arena, sizeof(*item));

	content__imported_comment__init(item);
	item->community_id = community_id(arena, line);
	item->comment_id = inner_id(arena, "comment", line, line->id);
	item->post_id = inner_id(arena, "post", line, line->post);
	/* A reply to the post itself is no reply to a comment. */
	if (*line->reply_to != '\0' && !text_equal(line->reply_to, line->post))
		item->parent_id = inner_id(arena, "comment", line, line->reply_to);
	item->author_person_id = person_id(arena, line);
	item->create_time = timestamp(arena, line->at_us);
	item->body = line->text;
	return &item->base;
}

static ProtobufCMessage *reaction(struct arena *arena, const struct line *line)
{
	Content__ImportedReaction *item = arena_alloc(arena, sizeof(*item));

	content__imported_reaction__init(item);
	item->community_id = community_id(arena, line);
	item->target_id = inner_id(arena, "post", line, line->target);
	item->other_target_id = inner_id(arena, "comment", line, line->target);
	item->person_id = person_id(arena, line);
	item->emoji = line->emoji;
	item->create_time = timestamp(arena, line->at_us);
	return &item->base;
}

static ProtobufCMessage *event(struct arena *arena, const struct line *line)
{
	Activity__ImportedEvent *item = arena_alloc(arena, sizeof(*item));

	activity__imported_event__init(item);
	item->community_id = community_id(arena, line);
	item->event_id = inner_id(arena, "event", line, line->id);
	item->title = line->title;
	item->mode = (Activity__EventMode)line->mode;
	item->start_time = timestamp(arena, line->at_us);
	item->end_time = timestamp(arena, line->end_us);
	item->create_time = timestamp(arena, line->created_us);
	item->state = (Activity__EventState)line->state;
	item->reported_yes_count = (int32_t)line->yes;
	item->reported_waitlist_count = (int32_t)line->waitlist;
	return &item->base;
}

static ProtobufCMessage *attendance(struct arena *arena, const struct line *line)
{
	Activity__ImportedAttendance *item = arena_alloc(arena, sizeof(*item));

	activity__imported_attendance__init(item);
	item->community_id = community_id(arena, line);
	item->event_id = inner_id(arena, "event", line, line->event);
	item->person_id = person_id(arena, line);
	item->create_time = timestamp(arena, line->at_us);
	item->rsvp = (Activity__Rsvp)line->rsvp;
	item->attended = line->attended;
	return &item->base;
}

static ProtobufCMessage *order(struct arena *arena, const struct line *line)
{
	Activity__ImportedOrder *item = arena_alloc(arena, sizeof(*item));

	activity__imported_order__init(item);
	item->community_id = community_id(arena, line);
	item->order_id = inner_id(arena, "order", line, line->id);
	item->person_id = person_id(arena, line);
	item->amount = line->amount;
	item->currency = line->currency;
	item->state = (Activity__OrderState)line->state;
	item->create_time = timestamp(arena, line->at_us);
	return &item->base;
}

static ProtobufCMessage *interaction(struct arena *arena, const struct line *line)
{
	Evaluation__InteractionItem *item = arena_alloc(arena, sizeof(*item));

	evaluation__interaction_item__init(item);
	item->community_id = community_id(arena, line);
	item->person_id = person_id(arena, line);
	item->kind = (Evaluation__InteractionKind)line->kind;
	item->occur_time = timestamp(arena, line->at_us);
	item->ref = line->ref;
	item->reply_to = line->reply_to;
	return &item->base;
}

ProtobufCMessage *item_of(struct arena *arena, const struct line *line)
{
	static ProtobufCMessage *(*const makers[LINE_TYPES])(struct arena *,
							     const struct line *) = {
		[LINE_COMMUNITY] = community,
		[LINE_MEMBERSHIP] = membership,
		[LINE_POST] = post,
		[LINE_COMMENT] = comment,
		[LINE_REACTION] = reaction,
		[LINE_EVENT] = event,
		[LINE_ATTENDANCE] = attendance,
		[LINE_ORDER] = order,
		[LINE_INTERACTION] = interaction,
	};

	return makers[line->type](arena, line);
}
