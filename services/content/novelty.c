/* Novelty: how much of what is said is new. Statements are in sql/novelty.sql. */
#include "content.rpc.h"
#include "content.sql.h"
#include "report.h"

/*
 * reason                          status            from
 * DATES_REVERSED, RANGE_TOO_LONG  INVALID_ARGUMENT  Get
 */

#define WEEKS_DEFAULT 4

enum status content_get_novelty(struct call *c, const Content__GetNoveltyRequest *req,
				Content__NoveltyReport *report)
{
	Content__DaySpan span = CONTENT__DAY_SPAN__INIT;
	int64_t n = 0;

	TRY(report_days(c, req->community_id, req->start_date, req->end_date, &span));
	span.weeks = req->weeks ? req->weeks : WEEKS_DEFAULT;
	span.by_topic = req->of == CONTENT__NOVELTY_OF__NOVELTY_OF_TOPIC;
	TRY(sql_novelty_report(c, &span, report));

	report->community_id = span.community_id;
	report->time_zone = span.time_zone;
	report->start_date = span.start_date;
	report->end_date = span.end_date;
	report->weeks = span.weeks;
	for (size_t i = 0; i < report->n_by_week; i++) {
		Content__NoveltyWeek *week = report->by_week[i];

		report->novel_count += week->novel_count;
		n += week->novelty->n;
		week->novelty = report_rate(c, week->novel_count, week->novelty->n);
	}
	report->novelty = report_rate(c, report->novel_count, n);

	return STATUS_OK;
}
