/* The calendar: slots, the posts that fill them, planned against done. Statements are in
 * sql/calendar.sql. */
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "report.h"
#include "service/precondition.h"

/*
 * reason                             status               from
 * SLOT_NOT_FOUND                     NOT_FOUND            every method that names a slot; also who
 *                                                         may not see it
 * SLOT_STATE                         FAILED_PRECONDITION  every step, see steps[]
 * SLOT_PAST                          FAILED_PRECONDITION  Create, CreateWeekly, Update, Schedule
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED                      FAILED_PRECONDITION  Create, CreateWeekly, Update
 * POST_NOT_FOUND                     NOT_FOUND            Fill
 * POST_STATE                         FAILED_PRECONDITION  Fill, Schedule
 * SLOT_POST_TAKEN                    ALREADY_EXISTS       Fill (index)
 * ROLE_TOO_LOW                       PERMISSION_DENIED    Schedule
 * DATES_REVERSED, RANGE_TOO_LONG     INVALID_ARGUMENT     CreateWeekly, List, report
 * NO_SLOTS, TOO_MANY_SLOTS           INVALID_ARGUMENT     CreateWeekly
 * ETAG_MISMATCH                      ABORTED              Update
 */

#define WEEKLY_SLOTS_MAX  500
#define TOLERANCE_MINUTES 60

#define IDEA      CONTENT__SLOT_STATE__SLOT_STATE_IDEA
#define DRAFT     CONTENT__SLOT_STATE__SLOT_STATE_DRAFT
#define REVIEW    CONTENT__SLOT_STATE__SLOT_STATE_REVIEW
#define SCHEDULED CONTENT__SLOT_STATE__SLOT_STATE_SCHEDULED
#define SKIPPED   CONTENT__SLOT_STATE__SLOT_STATE_SKIPPED

/* What can be done to a slot, and in which of its states. */
static const struct step {
	unsigned from;
	const char *wanted;
} update = {1U << IDEA | 1U << DRAFT | 1U << REVIEW | 1U << SCHEDULED, "still to come"},
  erase = {1U << IDEA | 1U << SKIPPED, "an idea or skipped"}, fill = {1U << IDEA, "an idea"},
  clear = {1U << DRAFT | 1U << REVIEW | 1U << SCHEDULED, "filled with a post to come"},
  schedule = {1U << DRAFT | 1U << REVIEW, "a draft or waiting for review"},
  skip = {1U << IDEA | 1U << DRAFT | 1U << REVIEW, "an idea, a draft or waiting for review"},
  reopen = {1U << SKIPPED, "skipped"};

static enum status may_step(struct call *c, const Content__Slot *slot, const struct step *step)
{
	static const char *const names[] = {"UNSPECIFIED", "IDEA",      "DRAFT",  "REVIEW",
					    "SCHEDULED",   "PUBLISHED", "SKIPPED"};

	if (step->from & 1U << slot->state)
		return STATUS_OK;

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "SLOT_STATE", "the slot is not %s",
			step->wanted);
	call_fact(c, "state", names[slot->state]);
	return STATUS_FAILED_PRECONDITION;
}

static enum status past(struct call *c)
{
	return call_fail(c, STATUS_FAILED_PRECONDITION, "SLOT_PAST", "its moment is over");
}

/* To whom it is neither his own nor within his role, it is not there. */
static enum status visible(struct call *c, const Content__Slot *slot)
{
	enum status status =
		replica_allow(c, slot->community_id, slot->owner_person_id, RANK_MODERATOR);

	if (status != STATUS_PERMISSION_DENIED)
		return status;

	call_forgive(c);
	return call_fail(c, STATUS_NOT_FOUND, "SLOT_NOT_FOUND", "slot not found");
}

static enum status get(struct call *c, const char *community_id, const char *slot_id,
		       Content__Slot *ret)
{
	Content__GetSlotRequest wanted = CONTENT__GET_SLOT_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.slot_id = slot_id;
	TRY(sql_slot_get(c, &wanted, ret));

	return visible(c, ret);
}

/* The slot, which may take the step; it and its post are locked from here on. */
static enum status begin_step(struct call *c, const char *community_id, const char *slot_id,
			      const struct step *step, Content__Slot *ret)
{
	Content__GetSlotRequest wanted = CONTENT__GET_SLOT_REQUEST__INIT;
	Content__GetPostRequest of = CONTENT__GET_POST_REQUEST__INIT;
	Content__Slot slot = CONTENT__SLOT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	wanted.community_id = of.community_id = community_id;
	wanted.slot_id = slot_id;
	TRY(sql_slot_lock(c, &wanted, &slot));
	of.post_id = slot.post_id;
	if (of.post_id[0])
		TRY(sql_post_lock(c, &of, &post));
	TRY(get(c, community_id, slot_id, ret));

	return may_step(c, ret, step);
}

/* Whether something may be planned in the community, for that owner ("" for nobody). */
static enum status may_plan(struct call *c, const char *community_id, const char *owner_id)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(replica_community(c, community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return owner_id[0] ? replica_admit(c, community_id, owner_id, DEED_SILENT) : STATUS_OK;
}

static enum status needed(struct call *c, bool date, bool kind, bool title)
{
	enum status status = STATUS_OK;

	if (!date)
		status = call_violation(c, "slot.date", "is required");
	if (!kind)
		status = call_violation(c, "slot.kind", "is required");
	if (!title)
		status = call_violation(c, "slot.title", "is required");

	return status;
}

enum status content_create_slot(struct call *c, const Content__CreateSlotRequest *req,
				Content__Slot *slot)
{
	const Content__Slot *wanted = req->slot;
	bool found;

	TRY(needed(c, wanted->date[0], wanted->kind, wanted->title[0]));
	TRY(may_plan(c, req->community_id, wanted->owner_person_id));
	TRY(sql_find_slot_create(c, req, slot, &found));

	return found ? STATUS_OK : past(c);
}

/* How many days of the span fall on one of the weekdays. */
static int32_t count_days(const Content__CreateWeeklySlotsRequest *req)
{
	int32_t start = 0, end = 0, count = 0;

	if (!text_date(req->start_date, &start) || !text_date(req->end_date, &end))
		return 0;

	/* 1970-01-01 was a Thursday. */
	for (int32_t day = start; day <= end; day++) {
		bool wanted = false;

		for (size_t i = 0; i < req->n_weekdays; i++)
			wanted |= req->weekdays[i] == ((day + 3) % 7 + 7) % 7 + 1;
		count += wanted;
	}

	return count;
}

enum status content_create_weekly_slots(struct call *c,
					const Content__CreateWeeklySlotsRequest *req,
					Content__CreateWeeklySlotsResponse *reply)
{
	const Content__Slot *wanted = req->slot;
	int32_t count;

	TRY(needed(c, true, wanted->kind, wanted->title[0]));
	TRY(report_days_check(c, req->start_date, req->end_date));
	count = count_days(req);
	if (count == 0)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "NO_SLOTS",
				 "there is no such weekday between the dates");
	if (count > WEEKLY_SLOTS_MAX)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "TOO_MANY_SLOTS",
				 "at most %d slots at once", WEEKLY_SLOTS_MAX);
	TRY(may_plan(c, req->community_id, wanted->owner_person_id));
	TRY(sql_slot_create_weekly(c, req, reply));

	return reply->n_slots ? STATUS_OK : past(c);
}

enum status content_get_slot(struct call *c, const Content__GetSlotRequest *req,
			     Content__Slot *slot)
{
	TRY(sql_slot_get(c, req, slot));

	return visible(c, slot);
}

/* Who is no moderator sees his own. */
enum status content_list_slots(struct call *c, const Content__ListSlotsRequest *req,
			       Content__ListSlotsResponse *list)
{
	Content__ListSlotsRequest request = *req;
	bool staff;

	TRY(report_days_check(c, req->start_date, req->end_date));
	TRY(caller_is_staff(c, req->community_id, &staff));
	if (!staff) {
		request.owner_person_id = c->caller->person_id;
		if (req->owner_person_id[0] &&
		    strcasecmp(req->owner_person_id, c->caller->person_id) != 0)
			return STATUS_OK;
	}

	return sql_slot_list(c, &request, list);
}

enum status content_update_slot(struct call *c, const Content__UpdateSlotRequest *req,
				Content__Slot *slot)
{
	static const char *const changeable[] = {"date",  "minute",          "kind", "topic",
						 "title", "owner_person_id", NULL};
	const Content__Slot *wanted = req->slot;
	Content__Slot was = CONTENT__SLOT__INIT;
	bool found;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(needed(c, wanted->date[0] || !mask_has(req->update_mask, "date"),
		   wanted->kind || !mask_has(req->update_mask, "kind"),
		   wanted->title[0] || !mask_has(req->update_mask, "title")));
	TRY(begin_step(c, req->community_id, req->slot_id, &update, &was));
	TRY(etag_matches(c, wanted->etag, was.etag));
	TRY(may_plan(c, req->community_id,
		     !req->update_mask || mask_has(req->update_mask, "owner_person_id")
			     ? wanted->owner_person_id
			     : ""));
	TRY(sql_find_slot_update(c, req, slot, &found));

	return found ? STATUS_OK : past(c);
}

enum status content_delete_slot(struct call *c, const Content__DeleteSlotRequest *req,
				Content__DeleteSlotResponse *reply)
{
	Content__Slot was = CONTENT__SLOT__INIT;

	(void)reply;
	TRY(begin_step(c, req->community_id, req->slot_id, &erase, &was));

	return sql_slot_delete(c, req);
}

enum status content_fill_slot(struct call *c, const Content__FillSlotRequest *req,
			      Content__Slot *slot)
{
	Content__Slot was = CONTENT__SLOT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	TRY(begin_step(c, req->community_id, req->slot_id, &fill, &was));
	TRY(post_read(c, req->community_id, req->post_id, &post));
	if (post.state == CONTENT__POST_STATE__POST_STATE_REMOVED) {
		call_fact(c, "state", "REMOVED");
		return call_fail(c, STATUS_FAILED_PRECONDITION, "POST_STATE",
				 "a removed post fills nothing");
	}
	TRY(sql_slot_fill(c, req));

	return get(c, req->community_id, req->slot_id, slot);
}

enum status content_clear_slot(struct call *c, const Content__ClearSlotRequest *req,
			       Content__Slot *slot)
{
	Content__Slot was = CONTENT__SLOT__INIT;

	TRY(begin_step(c, req->community_id, req->slot_id, &clear, &was));
	TRY(sql_slot_clear(c, req));

	return get(c, req->community_id, req->slot_id, slot);
}

/* The post takes the step, by its own rules. */
enum status content_schedule_slot(struct call *c, const Content__ScheduleSlotRequest *req,
				  Content__Slot *slot)
{
	Content__SchedulePostRequest draft = CONTENT__SCHEDULE_POST_REQUEST__INIT;
	Content__ApprovePostRequest review = CONTENT__APPROVE_POST_REQUEST__INIT;
	Content__Slot was = CONTENT__SLOT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	TRY(begin_step(c, req->community_id, req->slot_id, &schedule, &was));
	if (time_has_passed(c, was.due_time))
		return past(c);

	draft.community_id = review.community_id = req->community_id;
	draft.post_id = review.post_id = was.post_id;
	draft.publish_time = review.publish_time = was.due_time;
	if (was.state == REVIEW) {
		TRY(replica_allow(c, req->community_id, "", RANK_MODERATOR));
		TRY(content_approve_post(c, &review, &post));
	} else {
		TRY(content_schedule_post(c, &draft, &post));
	}

	return get(c, req->community_id, req->slot_id, slot);
}

enum status content_skip_slot(struct call *c, const Content__SkipSlotRequest *req,
			      Content__Slot *slot)
{
	Content__Slot was = CONTENT__SLOT__INIT;

	TRY(begin_step(c, req->community_id, req->slot_id, &skip, &was));
	TRY(sql_slot_skip(c, req));

	return get(c, req->community_id, req->slot_id, slot);
}

enum status content_reopen_slot(struct call *c, const Content__ReopenSlotRequest *req,
				Content__Slot *slot)
{
	Content__Slot was = CONTENT__SLOT__INIT;

	TRY(begin_step(c, req->community_id, req->slot_id, &reopen, &was));
	TRY(sql_slot_reopen(c, req));

	return get(c, req->community_id, req->slot_id, slot);
}

enum status slot_look_at_due(struct call *c, bool *ret_worked)
{
	Content__DueSlots due = CONTENT__DUE_SLOTS__INIT;

	TRY(sql_slot_look_at_due(c, &due));
	*ret_worked = due.count > 0;

	return STATUS_OK;
}

static void add_kind(struct call *c, Content__CalendarReport *report, Content__ReportGroup *group)
{
	Content__KindCounts *counts = arena_alloc(c->arena, sizeof(*counts));

	content__kind_counts__init(counts);
	counts->kind = group->kind;
	counts->counts = group->counts;
	report->by_kind[report->n_by_kind++] = counts;
}

static void add_owner(struct call *c, Content__CalendarReport *report, Content__ReportGroup *group)
{
	Content__OwnerCounts *counts = arena_alloc(c->arena, sizeof(*counts));

	content__owner_counts__init(counts);
	counts->owner_person_id = group->owner_person_id;
	counts->counts = group->counts;
	report->by_owner[report->n_by_owner++] = counts;
}

static void add_week(struct call *c, Content__CalendarReport *report, Content__ReportGroup *group)
{
	Content__WeekCounts *counts = arena_alloc(c->arena, sizeof(*counts));

	content__week_counts__init(counts);
	counts->start_date = group->start_date;
	counts->counts = group->counts;
	report->by_week[report->n_by_week++] = counts;
}

enum status content_get_calendar_report(struct call *c,
					const Content__GetCalendarReportRequest *req,
					Content__CalendarReport *report)
{
	Content__DaySpan span = CONTENT__DAY_SPAN__INIT;
	Content__ReportGroups all = CONTENT__REPORT_GROUPS__INIT;

	TRY(report_days(c, req->community_id, req->start_date, req->end_date, &span));
	span.tolerance_minutes =
		req->tolerance_minutes ? req->tolerance_minutes : TOLERANCE_MINUTES;
	TRY(sql_calendar_report(c, &span, &all));

	report->community_id = span.community_id;
	report->time_zone = span.time_zone;
	report->start_date = span.start_date;
	report->end_date = span.end_date;
	report->by_kind = arena_array(c->arena, all.n_groups, sizeof(*report->by_kind));
	report->by_owner = arena_array(c->arena, all.n_groups, sizeof(*report->by_owner));
	report->by_week = arena_array(c->arena, all.n_groups, sizeof(*report->by_week));
	for (size_t i = 0; i < all.n_groups; i++) {
		static void (*const add[])(struct call *, Content__CalendarReport *,
					   Content__ReportGroup *) = {
			[CONTENT__REPORT_GROUP__OF__OF_KIND] = add_kind,
			[CONTENT__REPORT_GROUP__OF__OF_OWNER] = add_owner,
			[CONTENT__REPORT_GROUP__OF__OF_WEEK] = add_week,
		};

		if (all.groups[i]->of == CONTENT__REPORT_GROUP__OF__OF_ALL)
			report->counts = all.groups[i]->counts;
		else
			add[all.groups[i]->of](c, report, all.groups[i]);
	}
	report->punctuality =
		report_rate(c, report->counts->on_time_count,
			    report->counts->planned_count - report->counts->upcoming_count);

	return STATUS_OK;
}
