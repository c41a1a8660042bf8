/* A query: what is sought, as a person writes it, and where a text has it. */
#ifndef KITH_CONTENT_QUERY_H
#define KITH_CONTENT_QUERY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct dictionary;
struct folding;

/* Groups, all of which have to be there, of terms that follow each other. */
struct query {
	struct group {
		struct part {
			const char *text; /* of a term */
			size_t distance;  /* from the first part, in terms */
			bool prefix;      /* any term that begins so */
		} * parts;
		size_t count;
	} * groups;
	size_t count; /* 0: nothing is sought */
};

/* A run that is written without spaces is divided into words by the dictionary; what stands between
 * quotation marks is one group. In the arena. */
struct query query_of(const struct folding *folding, const struct dictionary *dictionary,
		      struct arena *arena, const char *text);

/* Whether it seeks words by their beginnings, for which an index reads all words that begin so. */
bool query_has_prefix(const struct query *query);

/* The same as PostgreSQL reads it. */
const char *query_tsquery(const struct query *query, struct arena *arena);

/* The text as HTML with <mark> around what is sought. Where it is longer than `most` characters, a
 * piece of it that has much of what is sought, with an ellipsis where it is cut. Looks at so many
 * terms of the text. In the arena. */
const char *query_mark(const struct query *query, const struct folding *folding,
		       struct arena *arena, const char *text, size_t most, size_t terms_most);

#endif
