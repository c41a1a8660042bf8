/* The fold: takes pending interactions into the bitmaps. */
#include "fold.h"

#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "bitmap/bitmap.h"
#include "db/db.h"
#include "evaluation.sql.h"

/* Interactions a transaction. Large enough that a busy day's bitmap is written once for thousands,
 * small enough to be in memory. */
#define BITE_ROWS 50000

enum status fold_cell(struct call *c, Evaluation__Cell *cell, bool onto_bits)
{
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = bitmap_new();
	size_t size;

	if (onto_bits)
		TRY(bitmap_add_bytes(bitmap, cell->bits.data, cell->bits.len));
	bitmap_add_numbers(bitmap, cell->numbers, cell->n_numbers);

	cell->bits.data = bitmap_bytes(bitmap, c->arena, &size);
	cell->bits.len = size;
	cell->member_count = bitmap_count(bitmap);
	cell->interaction_count = (onto_bits ? cell->interaction_count : 0) + cell->found_count;
	return STATUS_OK;
}

/* One bite of the communities named, which are locked. */
static enum status fold_bite(struct call *c, const Evaluation__FoldQuery *query, bool *ret_more)
{
	Evaluation__Cells cells = EVALUATION__CELLS__INIT;

	TRY(sql_fold_take(c, query, &cells));
	for (size_t i = 0; i < cells.n_cells; i++)
		TRY(fold_cell(c, cells.cells[i], true));
	if (cells.n_cells > 0)
		TRY(sql_fold_store(c, &cells));

	*ret_more = cells.n_cells > 0;
	return STATUS_OK;
}

enum status fold_community(struct call *c, const char *community_id)
{
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;
	const char *id = community_id;
	bool more;

	query.community_ids = &id;
	query.n_community_ids = 1;
	query.row_limit = BITE_ROWS;
	do
		TRY(fold_bite(c, &query, &more));
	while (more);

	return STATUS_OK;
}

static enum status fold_next(struct call *c, struct round *round, bool *ret_worked)
{
	Evaluation__FoldQuery query = EVALUATION__FOLD_QUERY__INIT;
	Evaluation__CommunityList list = EVALUATION__COMMUNITY_LIST__INIT;
	bool more;

	query.after_community_id = round->after_community_id;
	query.row_limit = BITE_ROWS;
	TRY(sql_fold_claim(c, &query, &list));
	if (list.n_communities == 0) {
		/* The end of the round; at its beginning there may be more. */
		*ret_worked = *round->after_community_id;
		*round = (struct round){0};
		return STATUS_OK;
	}

	query.community_ids = arena_array(c->arena, list.n_communities, sizeof(char *));
	for (size_t i = 0; i < list.n_communities; i++)
		query.community_ids[query.n_community_ids++] = list.communities[i]->community_id;
	/* Even when this fails: one community that cannot be folded must not stop the others. */
	memcpy(round->after_community_id, query.community_ids[query.n_community_ids - 1], ID_SIZE);

	TRY(fold_bite(c, &query, &more));
	*ret_worked = true;
	return STATUS_OK;
}

enum status fold_run(struct call *c, void *user, bool *ret_worked)
{
	enum status status;

	*ret_worked = false;
	TRY(db_begin(c));
	status = fold_next(c, user, ret_worked);
	if (status == STATUS_OK)
		return db_commit(c);

	db_rollback(c->db);
	return status;
}
