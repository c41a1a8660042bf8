/* The index of search: takes up what was written, changed or taken out of sight. Statements are in
 * sql/search.sql. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "content.h"
#include "content.sql.h"
#include "db/db.h"
#include "event.sql.h"
#include "kith/event/v1/store.pb-c.h"
#include "text/term.h"

#define BATCH_ROWS 200   /* of posts, and as many of comments */
#define WORDS_MAX  16000 /* of a text; search.proto says so */
#define LEASE_US   INT64_C(4000000)

/* Replicas would take up the same: one does at a time. A lease is taken again when half of it has
 * gone. */
static enum status hold_lease(struct call *c, struct index_lease *lease, bool *ret_held)
{
	Event__Lease wanted = EVENT__LEASE__INIT, held = EVENT__LEASE__INIT;
	int64_t now = clock_mono_us();

	*ret_held = now < lease->until_us - LEASE_US / 2;
	if (*ret_held)
		return STATUS_OK;

	if (!lease->holder[0])
		id_new(lease->holder);
	lease->until_us = 0;
	wanted.name = "search-index";
	wanted.holder = lease->holder;
	wanted.duration_us = LEASE_US;
	TRY(sql_find_lease_take(c, &wanted, &held, ret_held));
	if (*ret_held)
		lease->until_us = now + LEASE_US;

	return STATUS_OK;
}

static const char *words_of_text(struct call *c, const Content__SearchText *text)
{
	CLEANUP(buf_fini) struct buf words = {0};
	bool is_post = text_equal(text->post_id, text->entry_id);
	const struct {
		const char *text;
		char weight;
	} parts[] = {{text->title, 'A'}, {text->topic, 'B'}, {text->body, is_post ? 'C' : 'D'}};
	size_t position = 1;

	buf_add_char(&words, ' ');
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct terms terms = terms_of(content_folding(c), c->arena, parts[i].text,
					      strlen(parts[i].text), WORDS_MAX);

		/* A phrase does not go on from one to the next. */
		position = terms_to_vector(&terms, parts[i].weight, position, &words) + 1;
	}

	return arena_copy(c->arena, words.data, words.size);
}

enum status search_index_run(struct call *c, void *user, bool *ret_worked)
{
	Content__SearchTake take = CONTENT__SEARCH_TAKE__INIT;
	Content__SearchBatch batch = CONTENT__SEARCH_BATCH__INIT;
	bool held;

	*ret_worked = false;
	TRY(hold_lease(c, content_index_lease(user), &held));
	if (!held)
		return STATUS_OK;

	TRY(db_begin(c));
	take.row_limit = BATCH_ROWS;
	TRY(sql_search_take(c, &take, &batch));
	if (batch.n_texts > 0) {
		for (size_t i = 0; i < batch.n_texts; i++)
			batch.texts[i]->words = words_of_text(c, batch.texts[i]);
		TRY(sql_search_store(c, &batch));
		TRY(sql_search_settle(c, &batch));
	}
	TRY(db_commit(c));

	*ret_worked = batch.n_texts > 0;
	return STATUS_OK;
}
