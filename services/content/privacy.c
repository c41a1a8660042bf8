/* Privacy: what of all that is said is one person's, and forgetting it. Statements are in
 * sql/export.sql and sql/erasure.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"

/* One a noun that holds words of persons, in no order. */
static enum status (*const erasers[])(struct call *c, const Event__DeliverEventsRequest *req) = {
	sql_post_forget,           sql_comment_forget,  sql_search_forget,  sql_announcement_forget,
	sql_ticket_forget,         sql_task_forget,     sql_share_forget,   sql_bookmark_forget,
	sql_person_mention_forget, sql_outbox_forget,   sql_slot_forget,    sql_alert_forget,
	sql_text_forget,           sql_question_forget, sql_quality_forget, NULL,
};

enum status person_forget(struct call *c, const Event__DeliverEventsRequest *req)
{
	for (size_t i = 0; erasers[i]; i++)
		TRY(erasers[i](c, req));

	return STATUS_OK;
}

enum status content_get_author_summary(struct call *c, const Content__GetAuthorSummaryRequest *req,
				       Content__AuthorSummary *summary)
{
	return sql_author_summary(c, req, summary);
}

enum status content_list_content_records(struct call *c,
					 const Content__ListContentRecordsRequest *req,
					 Content__PersonRecords *page)
{
	return sql_walk(c, &content_sql, &req->base, &page->base);
}
