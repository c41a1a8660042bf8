/* The fold: takes members whom the index of facets has not seen into it. */
#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "bitmap/bitmap.h"
#include "db/db.h"
#include "facet.h"
#include "member.sql.h"

/* Members a transaction: enough that a value's bitmap is written once for many, few enough that
 * whoever changes one of them does not wait. */
#define BITE_ROWS 5000

static enum status fold_cell(struct call *c, Member__FacetCell *cell, bool *ret_emptied)
{
	CLEANUP(bitmap_cleanup) struct bitmap *bitmap = bitmap_new();
	size_t size;

	TRY(bitmap_add_bytes(bitmap, cell->bits.data, cell->bits.len));
	bitmap_remove_numbers(bitmap, cell->removed_numbers, cell->n_removed_numbers);
	bitmap_add_numbers(bitmap, cell->added_numbers, cell->n_added_numbers);

	cell->bits = (ProtobufCBinaryData){0};
	if (bitmap_count(bitmap) == 0) {
		*ret_emptied = true;
		return STATUS_OK;
	}
	cell->bits.data = bitmap_bytes(bitmap, c->arena, &size);
	cell->bits.len = size;
	return STATUS_OK;
}

/* Members of the communities claimed, of one after the other: a row is skipped for who holds it
 * only where it lies. */
static enum status take_bite(struct call *c, Member__FacetFold *fold)
{
	Member__FacetFoldQuery query = MEMBER__FACET_FOLD_QUERY__INIT;

	fold->members = arena_array(c->arena, BITE_ROWS, sizeof(*fold->members));
	for (size_t i = 0; i < fold->n_communities && fold->n_members < BITE_ROWS; i++) {
		Member__FacetFold of = MEMBER__FACET_FOLD__INIT;

		query.community_id = fold->communities[i]->community_id;
		query.row_limit = BITE_ROWS - (int32_t)fold->n_members;
		TRY(sql_facet_take(c, &query, &of));
		for (size_t k = 0; k < of.n_members; k++)
			fold->members[fold->n_members++] = of.members[k];
	}

	return STATUS_OK;
}

/* One bite of the communities claimed. */
static enum status fold_bite(struct call *c, Member__FacetFold *fold)
{
	bool emptied = false;

	TRY(take_bite(c, fold));
	if (fold->n_members == 0)
		return STATUS_OK;

	TRY(sql_facet_admit(c, fold));
	TRY(sql_facet_fold(c, fold, fold));
	for (size_t i = 0; i < fold->n_cells; i++)
		TRY(fold_cell(c, fold->cells[i], &emptied));
	if (fold->n_cells > 0)
		TRY(sql_facet_store(c, fold));
	if (emptied)
		TRY(sql_facet_sweep(c, fold));

	return STATUS_OK;
}

static enum status fold_next(struct call *c, struct facet_round *round, bool *ret_worked)
{
	Member__FacetFoldQuery query = MEMBER__FACET_FOLD_QUERY__INIT;
	Member__FacetFold renewed = MEMBER__FACET_FOLD__INIT, fold = MEMBER__FACET_FOLD__INIT;

	query.after_community_id = round->after_community_id;
	query.row_limit = BITE_ROWS;
	TRY(sql_facet_renew(c, &query, &renewed));
	TRY(sql_facet_claim(c, &query, &fold));
	if (fold.n_communities == 0) {
		/* The end of the round; at its beginning there may be more. */
		*ret_worked = *round->after_community_id || renewed.n_communities > 0;
		*round = (struct facet_round){0};
		return STATUS_OK;
	}

	/* Even when this fails: one community that cannot be folded must not stop the others. */
	memcpy(round->after_community_id, fold.communities[fold.n_communities - 1]->community_id,
	       ID_SIZE);

	TRY(fold_bite(c, &fold));
	*ret_worked = true;
	return STATUS_OK;
}

enum status facet_fold_run(struct call *c, void *user, bool *ret_worked)
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
