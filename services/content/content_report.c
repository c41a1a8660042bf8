/* Reports of posts and comments. Member alone keeps them, and knows what a reporter's word is
 * worth: one record for all that somebody reports. What is kept here is their weight. Statements
 * are in sql/review.sql. */
#include <strings.h>

#include "base/call.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/ask.h"
#include "kith/content/v1/review_store.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"

/*
 * reason                   status               from
 * REVIEW_TARGET_NOT_FOUND  NOT_FOUND            Report
 * POST_NOT_FOUND           NOT_FOUND            Report
 * MEMBERSHIP_NOT_FOUND     NOT_FOUND            Report
 * POST_STATE               FAILED_PRECONDITION  Report
 * SELF_REPORT              FAILED_PRECONDITION  Report
 * ALREADY_REPORTED         ALREADY_EXISTS       Report
 */

#define POST CONTENT__REVIEW_SUBJECT__REVIEW_SUBJECT_POST

/* The kinds of rules are the same numbers. */
static enum status tell_member(struct call *c, const Content__ReportContentRequest *req,
			       const Content__ReviewTarget *target, Member__ViolationReport *ret)
{
	Member__ReportViolationRequest report = MEMBER__REPORT_VIOLATION_REQUEST__INIT;

	report.community_id = req->community_id;
	report.subject_person_id = target->author_person_id;
	report.subject_id = target->subject_id;
	report.reporter_person_id = c->caller->person_id;
	report.category = (Member__RuleKind)req->category;
	report.evidence = target->words;
	report.note = req->note;

	return ask_peer(c, method_member_report_violation, &report.base, &ret->base);
}

static enum status hold(struct call *c, const char *community_id,
			const Content__ReviewTarget *target)
{
	Content__GetPostRequest post = CONTENT__GET_POST_REQUEST__INIT;
	Content__GetCommentRequest comment = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Post held_post = CONTENT__POST__INIT;
	Content__Comment held_comment = CONTENT__COMMENT__INIT;
	bool found;

	if (target->subject == POST) {
		post.community_id = community_id;
		post.post_id = target->post_id;
		return sql_find_post_hold(c, &post, &held_post, &found);
	}
	comment.community_id = community_id;
	comment.post_id = target->post_id;
	comment.comment_id = target->subject_id;

	return sql_find_comment_hold(c, &comment, &held_comment, &found);
}

/* What is held, or decided on, is locked before the item, as everybody does. */
static enum status lock(struct call *c, const char *community_id,
			const Content__ReviewTarget *target)
{
	Content__GetCommentRequest wanted = CONTENT__GET_COMMENT_REQUEST__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__Post post = CONTENT__POST__INIT;

	if (target->subject == POST)
		return post_lock(c, community_id, target->post_id, &post);
	wanted.community_id = community_id;
	wanted.post_id = target->post_id;
	wanted.comment_id = target->subject_id;

	return sql_comment_lock(c, &wanted, &comment);
}

static enum status weigh(struct call *c, const Content__ReportContentRequest *req,
			 const Content__ReviewTarget *target, int32_t weight)
{
	Content__ReviewOpening opening = CONTENT__REVIEW_OPENING__INIT;
	Content__TextReason why = CONTENT__TEXT_REASON__INIT;
	Content__ReviewItem item = CONTENT__REVIEW_ITEM__INIT;
	Content__GetTextSettingsRequest where = CONTENT__GET_TEXT_SETTINGS_REQUEST__INIT;
	Content__TextSettings settings = CONTENT__TEXT_SETTINGS__INIT;

	TRY(lock(c, req->community_id, target));
	why.cause = CONTENT__TEXT_CAUSE__TEXT_CAUSE_REPORT;
	why.verdict = CONTENT__TEXT_VERDICT__TEXT_VERDICT_HOLD;
	why.category = req->category;
	why.start = why.end = -1;
	opening.community_id = req->community_id;
	opening.subject = target->subject;
	opening.subject_id = target->subject_id;
	opening.post_id = target->post_id;
	opening.author_person_id = target->author_person_id;
	opening.reason = &why;
	opening.weight = weight;
	opening.report_count = 1;
	TRY(sql_review_open(c, &opening, &item));
	where.community_id = req->community_id;
	TRY(sql_text_settings_get(c, &where, &settings));

	return settings.report_hold_weight && item.weight >= settings.report_hold_weight
		       ? hold(c, req->community_id, target)
		       : STATUS_OK;
}

enum status content_report_content(struct call *c, const Content__ReportContentRequest *req,
				   Content__ContentReport *report)
{
	Content__ReviewTarget target = CONTENT__REVIEW_TARGET__INIT;
	Content__Post post = CONTENT__POST__INIT;
	Member__ViolationReport taken = MEMBER__VIOLATION_REPORT__INIT;

	TRY(sql_review_target(c, req, &target));
	TRY(post_read(c, req->community_id, target.post_id, &post));
	TRY(post_readable(c, &post));
	if (strcasecmp(target.author_person_id, c->caller->person_id) == 0)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "SELF_REPORT",
				 "nobody reports himself");
	TRY(tell_member(c, req, &target, &taken));
	TRY(weigh(c, req, &target, taken.weight));

	report->community_id = req->community_id;
	report->subject_id = target.subject_id;
	report->report_id = taken.report_id;
	report->weight = taken.weight;

	return STATUS_OK;
}
