/* Who did something on each day of a span. */
#include "days.h"

#include <assert.h>

#include "base/arena.h"
#include "base/call.h"
#include "bitmap/bitmap.h"
#include "evaluation.sql.h"

enum status days_load(struct call *c, const char *community_id, int32_t start, int32_t end,
		      bool with_engaged, struct days *ret)
{
	Evaluation__DaySpan query = EVALUATION__DAY_SPAN__INIT;
	Evaluation__Cells cells = EVALUATION__CELLS__INIT;
	int32_t kinds[] = {KIND_ACTIVE, KIND_ENGAGED};
	CLEANUP(days_fini) struct days days = {.start = start};

	query.community_id = community_id;
	query.start_day = start;
	query.end_day = end;
	query.kinds = kinds;
	query.n_kinds = with_engaged ? 2 : 1;
	TRY(sql_bitmap_list(c, &query, &cells));

	days.n = end < start ? 0 : (size_t)(end - start) + 1;
	days.list = arena_array(c->arena, days.n + 1, sizeof(*days.list));
	for (size_t i = 0; i < days.n; i++) {
		days.list[i].active = bitmap_new();
		days.list[i].engaged = bitmap_new();
	}

	for (size_t i = 0; i < cells.n_cells; i++) {
		const Evaluation__Cell *cell = cells.cells[i];
		struct day *day = &days.list[cell->day - start];

		TRY(bitmap_add_bytes(cell->kind == KIND_ACTIVE ? day->active : day->engaged,
				     cell->bits.data, cell->bits.len));
		if (cell->kind == KIND_ACTIVE)
			day->interactions += cell->interaction_count;
	}

	*ret = days;
	days.n = 0;
	return STATUS_OK;
}

void days_fini(struct days *days)
{
	for (size_t i = 0; i < days->n; i++) {
		bitmap_free(days->list[i].active);
		bitmap_free(days->list[i].engaged);
	}
	days->n = 0;
}

struct bitmap *days_union(const struct days *days, int32_t start, int32_t end)
{
	struct bitmap *all = bitmap_new();
	int32_t last = days->start + (int32_t)days->n - 1;

	for (int32_t day = start < days->start ? days->start : start; day <= end && day <= last;
	     day++)
		bitmap_add(all, days->list[day - days->start].active);

	return all;
}

/* The unions of a sliding window in three steps a day, however long the window: from the day to the
 * end of its block of `window` days, and from the beginning of the block to the day (M. van Herk,
 * Pattern Recognition Letters 13, 1992; J. Gil and M. Werman, IEEE PAMI 15, 1993). */
void days_window(struct call *c, const struct days *days, size_t window, int32_t *counts)
{
	size_t n = days->n;
	struct bitmap **until, **since;

	assert(window > 0);

	until = arena_array(c->arena, n, sizeof(struct bitmap *)); /* block's first day … day */
	since = arena_array(c->arena, n, sizeof(struct bitmap *)); /* day … block's last day */

	for (size_t i = 0; i < n; i++) {
		until[i] = bitmap_copy(days->list[i].active);
		if (i % window != 0)
			bitmap_add(until[i], until[i - 1]);
	}
	for (size_t i = n; i-- > 0;) {
		since[i] = bitmap_copy(days->list[i].active);
		if (i + 1 < n && (i + 1) % window != 0)
			bitmap_add(since[i], since[i + 1]);
	}

	for (size_t i = 0; i < n; i++)
		counts[i] = i + 1 < window ? bitmap_count(until[i])
					   : bitmap_count_or(since[i + 1 - window], until[i]);

	for (size_t i = 0; i < n; i++) {
		bitmap_free(until[i]);
		bitmap_free(since[i]);
	}
}
