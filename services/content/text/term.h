/* Terms: what search compares of a text and of what is asked for. A word of letters or of digits is
 * a term, in its stem where it is English. Of a run of characters that are written without spaces,
 * as in Chinese, each is a term with the one after it, the last one by itself: so every word of two
 * or more is found by the terms that it begins to end with, however one divides the run. A sign
 * such as an emoji is a term. Case, width, accents and traditional characters are folded. */
#ifndef KITH_CONTENT_TERM_H
#define KITH_CONTENT_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/status.h"

struct arena;
struct buf;

/* What a process knows to make terms by. Never changed after it was loaded: any thread may use it.
 */
struct folding;

/* FAILED_PRECONDITION, and a line in the log that says what to install, where the table of
 * traditional characters is missing. Freed by folding_free. */
enum status folding_load(struct folding **ret) MUST_USE;
void folding_free(struct folding *folding); /* accepts NULL */

/* The simplified character that stands for this one: itself, where it is none that has another. */
int32_t folding_simplified(const struct folding *folding, int32_t code);

struct term {
	const char *text; /* folded, ended by a NUL */
	size_t start;     /* where it stands in the text, in bytes */
	size_t end;
	bool dense;  /* of a run that is written without spaces */
	bool last;   /* ends its run */
	bool joined; /* nothing stands between it and the term before, which is no dense one either
		      */
};

struct terms {
	struct term *list;
	size_t count;
};

/* The terms of `size` bytes of UTF-8 in their order, `most` of them at most. In the arena. */
struct terms terms_of(const struct folding *folding, struct arena *arena, const char *text,
		      size_t size, size_t most);

/* Adds the terms as lexemes of a tsvector with that weight, 'A' to 'D', the first one at `position`
 * (from 1); the position after the last one. Stops at the last position that a tsvector knows. */
size_t terms_to_vector(const struct terms *terms, char weight, size_t position, struct buf *to);

/* Adds the text as one lexeme, quoted. */
void term_quote(const char *text, struct buf *to);

#endif
