/* Counting again from the raw interactions. */
#include "rebuild.h"

#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "bitmap/bitmap.h"
#include "days.h"
#include "db/db.h"
#include "evaluation.rpc.h"
#include "evaluation.sql.h"
#include "fold.h"
#include "span.h"

/* Whether what is stored says what the raw interactions say. */
static enum status is_exact(const Evaluation__Cell *cell, bool *ret_exact)
{
	CLEANUP(bitmap_cleanup) struct bitmap *stored = bitmap_new(), *found = bitmap_new();

	TRY(bitmap_add_bytes(stored, cell->bits.data, cell->bits.len));
	bitmap_add_numbers(found, cell->numbers, cell->n_numbers);

	*ret_exact = cell->found_count == cell->interaction_count && bitmap_equal(stored, found);
	return STATUS_OK;
}

/* Counts the days of one span again. Adds to the result what there was and what was wrong. */
static enum status rebuild_span(struct call *c, const Evaluation__DaySpan *span,
				Evaluation__RecomputeResponse *result)
{
	Evaluation__Cells cells = EVALUATION__CELLS__INIT, stale = EVALUATION__CELLS__INIT,
			  wrong = EVALUATION__CELLS__INIT;

	TRY(sql_rebuild_take(c, span, &cells));

	stale.cells = arena_array(c->arena, cells.n_cells, sizeof(*stale.cells));
	wrong.cells = arena_array(c->arena, cells.n_cells, sizeof(*wrong.cells));
	for (size_t i = 0; i < cells.n_cells; i++) {
		Evaluation__Cell *cell = cells.cells[i];
		bool exact;

		if (cell->found_count == 0) {
			stale.cells[stale.n_cells++] = cell;
			continue;
		}
		TRY(is_exact(cell, &exact));
		if (!exact) {
			TRY(fold_cell(c, cell, false));
			wrong.cells[wrong.n_cells++] = cell;
		}
		result->cell_count++;
		if (cell->kind == KIND_ACTIVE)
			result->interaction_count += cell->found_count;
	}
	result->differing_cell_count += (int64_t)(wrong.n_cells + stale.n_cells);

	if (wrong.n_cells > 0)
		TRY(sql_fold_store(c, &wrong));
	return stale.n_cells > 0 ? sql_rebuild_drop(c, &stale) : STATUS_OK;
}

/* Counts again what is dirty in a locked community. */
static enum status rebuild_dirty(struct call *c, const char *community_id,
				 Evaluation__RecomputeResponse *result)
{
	Evaluation__CommunityKey key = EVALUATION__COMMUNITY_KEY__INIT;
	Evaluation__DaySpans spans = EVALUATION__DAY_SPANS__INIT;

	key.community_id = community_id;
	TRY(sql_rebuild_begin(c, &key, &spans));
	for (size_t i = 0; i < spans.n_spans; i++) {
		spans.spans[i]->community_id = community_id;
		TRY(rebuild_span(c, spans.spans[i], result));
	}
	return STATUS_OK;
}

static enum status lock(struct call *c, const char *community_id)
{
	Evaluation__CommunityIds ids = EVALUATION__COMMUNITY_IDS__INIT;

	ids.community_ids = &community_id;
	ids.n_community_ids = 1;
	return sql_fold_lock(c, &ids);
}

static enum status rebuild_next(struct call *c, struct round *round, bool *ret_worked)
{
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;
	Evaluation__CommunityList list = EVALUATION__COMMUNITY_LIST__INIT;
	Evaluation__RecomputeResponse result = EVALUATION__RECOMPUTE_RESPONSE__INIT;
	const char *community_id;

	query.after_community_id = round->after_community_id;
	query.row_limit = 1;
	TRY(sql_rebuild_list(c, &query, &list));
	if (list.n_communities == 0) {
		*ret_worked = *round->after_community_id;
		*round = (struct round){0};
		return STATUS_OK;
	}

	community_id = list.communities[0]->community_id;
	memcpy(round->after_community_id, community_id, ID_SIZE);
	TRY(lock(c, community_id));
	TRY(rebuild_dirty(c, community_id, &result));
	*ret_worked = true;
	return STATUS_OK;
}

enum status rebuild_run(struct call *c, void *user, bool *ret_worked)
{
	enum status status;

	*ret_worked = false;
	TRY(db_begin(c));
	status = rebuild_next(c, user, ret_worked);
	if (status == STATUS_OK)
		return db_commit(c);

	db_rollback(c->db);
	return status;
}

/* First all that is known to be outstanding, so that what then differs was counted wrongly. */
enum status evaluation_recompute(struct call *c, const Evaluation__RecomputeRequest *req,
				 Evaluation__RecomputeResponse *reply)
{
	Evaluation__CommunityKey key = EVALUATION__COMMUNITY_KEY__INIT;
	Evaluation__RecomputeResponse outstanding = EVALUATION__RECOMPUTE_RESPONSE__INIT;
	struct span span;

	key.community_id = req->community_id;
	TRY(span_today(c, req->community_id, &span));
	TRY(lock(c, req->community_id));
	TRY(fold_community(c, req->community_id));
	TRY(rebuild_dirty(c, req->community_id, &outstanding));

	TRY(sql_rebuild_doubt(c, &key));
	return rebuild_dirty(c, req->community_id, reply);
}
