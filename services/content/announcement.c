/* Announcements: what everybody should know, and who has read it. Statements are in
 * sql/announcement.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "service/precondition.h"
#include "text/markdown.h"

/*
 * reason                   status               from
 * ANNOUNCEMENT_NOT_FOUND   NOT_FOUND            Get, Update, Withdraw, MarkRead, ListReceipts
 * BAD_VALIDITY             INVALID_ARGUMENT     Create, Update
 * ANNOUNCEMENT_WITHDRAWN   FAILED_PRECONDITION  Update
 * COMMUNITY_ARCHIVED       FAILED_PRECONDITION  Create
 * NOT_A_MEMBER             FAILED_PRECONDITION  MarkRead
 * PERSON_NOT_CALLER        PERMISSION_DENIED    MarkRead
 * ETAG_MISMATCH            ABORTED              Update
 */

static const char *const changeable[] = {"title", "body", "pinned", "start_time", "end_time", NULL};

static bool before(const Google__Protobuf__Timestamp *a, const Google__Protobuf__Timestamp *b)
{
	return a->seconds != b->seconds ? a->seconds < b->seconds : a->nanos < b->nanos;
}

static enum status bad_validity(struct call *c)
{
	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_VALIDITY", "it would never be valid");

	return call_violation(c, "announcement.end_time", "must come after the start");
}

/* What a statement has answered, with its words as HTML. */
static enum status shown(struct call *c, enum status status, Content__Announcement *announcement)
{
	if (status == STATUS_OK)
		announcement->body_html = markdown_html(c->arena, announcement->body);

	return status;
}

static enum status lock(struct call *c, const char *community_id, const char *announcement_id,
			Content__Announcement *ret)
{
	Content__GetAnnouncementRequest wanted = CONTENT__GET_ANNOUNCEMENT_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.announcement_id = announcement_id;

	return sql_announcement_lock(c, &wanted, ret);
}

enum status content_create_announcement(struct call *c,
					const Content__CreateAnnouncementRequest *req,
					Content__Announcement *announcement)
{
	const Content__Announcement *wanted = req->announcement;
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	now.seconds = c->now_us / 1000000;
	now.nanos = (int32_t)(c->now_us % 1000000) * 1000;
	if (!wanted->title[0])
		return call_violation(c, "announcement.title", "is required");
	if (wanted->end_time &&
	    !before(wanted->start_time ? wanted->start_time : &now, wanted->end_time))
		return bad_validity(c);
	TRY(replica_community(c, req->community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return shown(c, sql_announcement_create(c, req, announcement), announcement);
}

enum status content_get_announcement(struct call *c, const Content__GetAnnouncementRequest *req,
				     Content__Announcement *announcement)
{
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	if (staff)
		return shown(c, sql_announcement_get(c, req, announcement), announcement);

	return shown(c, sql_announcement_get_valid(c, req, announcement), announcement);
}

enum status content_list_announcements(struct call *c, const Content__ListAnnouncementsRequest *req,
				       Content__ListAnnouncementsResponse *list)
{
	Content__ListAnnouncementsRequest request = *req;
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	request.all = req->all && staff;

	TRY(sql_announcement_list(c, &request, list));
	for (size_t i = 0; i < list->n_announcements; i++)
		TRY(shown(c, STATUS_OK, list->announcements[i]));

	return STATUS_OK;
}

enum status content_update_announcement(struct call *c,
					const Content__UpdateAnnouncementRequest *req,
					Content__Announcement *announcement)
{
	const Content__Announcement *wanted = req->announcement;
	Content__Announcement was = CONTENT__ANNOUNCEMENT__INIT;
	const Google__Protobuf__Timestamp *start, *end;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "title") && !wanted->title[0])
		return call_violation(c, "announcement.title", "is required");
	TRY(lock(c, req->community_id, req->announcement_id, &was));
	TRY(etag_matches(c, wanted->etag, was.etag));
	if (was.withdraw_time)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "ANNOUNCEMENT_WITHDRAWN",
				 "what was taken back does not change");
	start = wanted->start_time ? wanted->start_time : was.start_time;
	end = wanted->end_time || mask_has(req->update_mask, "end_time") ? wanted->end_time
									 : was.end_time;
	if (end && !before(start, end))
		return bad_validity(c);

	return shown(c, sql_announcement_update(c, req, announcement), announcement);
}

enum status content_withdraw_announcement(struct call *c,
					  const Content__WithdrawAnnouncementRequest *req,
					  Content__Announcement *announcement)
{
	Content__GetAnnouncementRequest wanted = CONTENT__GET_ANNOUNCEMENT_REQUEST__INIT;

	TRY(sql_announcement_withdraw(c, req));
	wanted.community_id = req->community_id;
	wanted.announcement_id = req->announcement_id;

	return shown(c, sql_announcement_get(c, &wanted, announcement), announcement);
}

enum status content_mark_announcement_read(struct call *c,
					   const Content__MarkAnnouncementReadRequest *req,
					   Content__AnnouncementReceipt *receipt)
{
	Content__MarkAnnouncementReadRequest request = *req;
	Content__GetAnnouncementRequest wanted = CONTENT__GET_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement announcement = CONTENT__ANNOUNCEMENT__INIT;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));
	TRY(sql_find_announcement_read(c, &request, receipt, &found));
	if (found)
		return STATUS_OK;

	wanted.community_id = req->community_id;
	wanted.announcement_id = req->announcement_id;
	TRY(sql_announcement_get_valid(c, &wanted, &announcement));
	TRY(replica_admit(c, req->community_id, request.person_id, DEED_SILENT));

	return sql_announcement_read(c, &request, receipt);
}

enum status content_list_announcement_receipts(struct call *c,
					       const Content__ListAnnouncementReceiptsRequest *req,
					       Content__ListAnnouncementReceiptsResponse *list)
{
	Content__GetAnnouncementRequest wanted = CONTENT__GET_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement announcement = CONTENT__ANNOUNCEMENT__INIT;

	wanted.community_id = req->community_id;
	wanted.announcement_id = req->announcement_id;
	TRY(sql_announcement_get(c, &wanted, &announcement));

	return sql_announcement_readers(c, req, list);
}

enum status content_get_announcement_summary(struct call *c,
					     const Content__GetAnnouncementSummaryRequest *req,
					     Content__AnnouncementSummary *summary)
{
	return sql_announcement_summary(c, req, summary);
}
