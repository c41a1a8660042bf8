/* Which share of each cohort acted k periods later. */
#include "base/arena.h"
#include "base/call.h"
#include "base/rate.h"
#include "bitmap/bitmap.h"
#include "days.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"
#include "span.h"

#define RETENTION_MAX_PERIODS     130
#define RETENTION_DEFAULT_PERIODS 12

/* The sets of n periods. */
struct sets {
	size_t n;
	struct bitmap **list;
};

static struct sets sets_new(struct call *c, size_t n)
{
	struct sets sets = {n, arena_array(c->arena, n + 1, sizeof(struct bitmap *))};

	for (size_t i = 0; i < n; i++)
		sets.list[i] = bitmap_new();

	return sets;
}

static void sets_fini(struct sets *sets)
{
	for (size_t i = 0; i < sets->n; i++)
		bitmap_free(sets->list[i]);
}

/* Who first joined in each period. */
static enum status cohorts_by_join(struct call *c, const struct span *span, const int32_t *starts,
				   struct sets *cohorts)
{
	Evaluation__MemberQuery query = EVALUATION__MEMBER_QUERY__INIT;
	Evaluation__JoinDays joins = EVALUATION__JOIN_DAYS__INIT;

	query.community_id = span->community_id;
	query.start_day = starts[0];
	query.end_day = starts[cohorts->n] - 1;
	TRY(sql_join_days(c, &query, &joins));

	for (size_t i = 0; i < joins.n_days; i++)
		bitmap_add_numbers(
			cohorts->list[period_find(starts, cohorts->n, joins.days[i]->day)],
			joins.days[i]->numbers, joins.days[i]->n_numbers);

	return STATUS_OK;
}

/* Who was first active in each period: active then and on no day before. */
static enum status cohorts_by_action(struct call *c, const struct span *span, const int32_t *starts,
				     const struct sets *active, struct sets *cohorts)
{
	Evaluation__DaySpan query = EVALUATION__DAY_SPAN__INIT;
	Evaluation__Cells cells = EVALUATION__CELLS__INIT;
	CLEANUP(bitmap_cleanup) struct bitmap *seen = bitmap_new();
	int32_t kind = KIND_ACTIVE;

	query.community_id = span->community_id;
	query.start_day = INT32_MIN;
	query.end_day = starts[0] - 1;
	query.kinds = &kind;
	query.n_kinds = 1;
	TRY(sql_bitmap_list(c, &query, &cells));
	for (size_t i = 0; i < cells.n_cells; i++)
		TRY(bitmap_add_bytes(seen, cells.cells[i]->bits.data, cells.cells[i]->bits.len));

	for (size_t i = 0; i < cohorts->n; i++) {
		bitmap_add(cohorts->list[i], active->list[i]);
		bitmap_subtract(cohorts->list[i], seen);
		bitmap_add(seen, active->list[i]);
	}
	return STATUS_OK;
}

static Evaluation__RetentionCell *cell(struct call *c, size_t k, int32_t count, int32_t n,
				       bool incomplete)
{
	Evaluation__RetentionCell *ret = arena_alloc(c->arena, sizeof(*ret));
	struct rate rate = rate_of(count, n);

	evaluation__retention_cell__init(ret);
	ret->period_index = (int32_t)k;
	ret->count = count;
	ret->share = rate.share;
	ret->low = rate.low;
	ret->high = rate.high;
	ret->incomplete = incomplete;
	return ret;
}

/* One row of the matrix. From the last period back, so that `later` gathers who acted in a period
 * or after it. */
static Evaluation__RetentionCohort *row(struct call *c, const struct span *span,
					const int32_t *starts, size_t i,
					const struct bitmap *cohort, const struct sets *active,
					bool or_after)
{
	Evaluation__RetentionCohort *ret = arena_alloc(c->arena, sizeof(*ret));
	CLEANUP(bitmap_cleanup) struct bitmap *later = bitmap_new();
	size_t n = active->n - i;

	evaluation__retention_cohort__init(ret);
	ret->start_date = day_text(c, starts[i]);
	ret->n = bitmap_count(cohort);
	ret->insufficient_data = ret->n < RATE_MIN_N;
	ret->n_cells = n;
	ret->cells = arena_array(c->arena, n, sizeof(*ret->cells));

	for (size_t k = n; k-- > 0;) {
		const struct bitmap *who = active->list[i + k];

		if (or_after) {
			bitmap_add(later, who);
			who = later;
		}
		ret->cells[k] = cell(c, k, bitmap_count_and(cohort, who), ret->n,
				     starts[i + k + 1] > span->today);
	}
	return ret;
}

/* Over the cohorts that have members and whose k-th period is over. */
static Evaluation__RetentionMean *mean(struct call *c, const Evaluation__RetentionReport *report,
				       size_t k)
{
	Evaluation__RetentionMean *ret = arena_alloc(c->arena, sizeof(*ret));
	int64_t count = 0, n = 0;
	double shares = 0;
	struct rate rate;

	evaluation__retention_mean__init(ret);
	for (size_t i = 0; i + k < report->n_cohorts; i++) {
		const Evaluation__RetentionCohort *cohort = report->cohorts[i];

		if (cohort->n == 0 || cohort->cells[k]->incomplete)
			continue;
		count += cohort->cells[k]->count;
		n += cohort->n;
		shares += cohort->cells[k]->share;
		ret->cohort_count++;
	}
	rate = rate_of(count, n);

	ret->period_index = (int32_t)k;
	ret->weighted = rate.share;
	ret->low = rate.low;
	ret->high = rate.high;
	ret->n = (int32_t)n;
	ret->simple = ret->cohort_count ? shares / ret->cohort_count : 0;
	ret->insufficient_data = rate.insufficient;
	return ret;
}

static enum status matrix(struct call *c, const struct span *span, const int32_t *starts, size_t n,
			  Evaluation__RetentionReport *reply)
{
	CLEANUP(days_fini) struct days days = {0};
	CLEANUP(sets_fini) struct sets active = sets_new(c, n);
	CLEANUP(sets_fini) struct sets cohorts = sets_new(c, n);

	TRY(days_load(c, span->community_id, starts[0], starts[n] - 1, false, &days));
	for (size_t i = 0; i < n; i++) {
		bitmap_free(active.list[i]);
		active.list[i] = days_union(&days, starts[i], starts[i + 1] - 1);
	}

	if (reply->cohort_kind == EVALUATION__COHORT_KIND__COHORT_KIND_FIRST_ACTION)
		TRY(cohorts_by_action(c, span, starts, &active, &cohorts));
	else
		TRY(cohorts_by_join(c, span, starts, &cohorts));

	reply->cohorts = arena_array(c->arena, n, sizeof(*reply->cohorts));
	reply->means = arena_array(c->arena, n, sizeof(*reply->means));
	reply->n_cohorts = reply->n_means = n;
	for (size_t i = 0; i < n; i++)
		reply->cohorts[i] =
			row(c, span, starts, i, cohorts.list[i], &active,
			    reply->retention_kind ==
				    EVALUATION__RETENTION_KIND__RETENTION_KIND_ON_OR_AFTER);
	for (size_t k = 0; k < n; k++)
		reply->means[k] = mean(c, reply, k);

	return STATUS_OK;
}

enum status evaluation_get_retention(struct call *c, const Evaluation__GetRetentionRequest *req,
				     Evaluation__RetentionReport *reply)
{
	Evaluation__Period length = req->period ? req->period : EVALUATION__PERIOD__PERIOD_MONTH;
	struct span span;
	int32_t *starts;
	size_t n;

	TRY(span_read(c, req->community_id, req->start_date, req->end_date, 1, &span));
	if (!*req->start_date)
		for (int i = 1; i < RETENTION_DEFAULT_PERIODS; i++)
			span.start = period_before(length, period_start(length, span.start));
	starts = span_periods(c, &span, length, &n);
	if (n > RETENTION_MAX_PERIODS)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "RANGE_TOO_LONG",
				 "retention covers at most %d periods", RETENTION_MAX_PERIODS);

	reply->community_id = span.community_id;
	reply->time_zone = span.time_zone;
	reply->period = length;
	reply->cohort_kind =
		req->cohort_kind ? req->cohort_kind : EVALUATION__COHORT_KIND__COHORT_KIND_JOIN;
	reply->retention_kind = req->retention_kind ? req->retention_kind
						    : EVALUATION__RETENTION_KIND__RETENTION_KIND_ON;
	return n == 0 ? STATUS_OK : matrix(c, &span, starts, n, reply);
}
