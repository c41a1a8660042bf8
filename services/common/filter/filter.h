/* Predicates in the language of `filter` fields: a part of AIP-160, read against the fields that a
 * list or a segment knows.
 *
 *	role = "EXPERT" AND (level >= 3 OR tags:"host") AND NOT attributes.region = "Shanghai"
 *
 * AND, OR, NOT and `-` before a term, parentheses; AND binds tighter than OR. A term is
 * `field op value` with = != < <= > >=, or `field:value` (has: a set holds the value, a text
 * contains it; `field:*` is "is there at all"). Values are words, numbers, dates (YYYY-MM-DD), true
 * and false, or strings in double quotes with \" and \\. A value that is not there makes every
 * term false, and so its negation true; != is NOT =. Texts are compared byte by byte; a text that
 * reads as an integer is also compared with numbers, any other text is neither less nor greater.
 *
 * A parsed filter is immutable and lives in the arena of the call that parsed it. */
#ifndef KITH_FILTER_FILTER_H
#define KITH_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;
struct arena;

#define FILTER_DEPTH_MAX 32 /* of parentheses and NOTs */
#define FILTER_TERMS_MAX 64

enum filter_type {
	FILTER_TEXT,   /* = != : (contains); < <= > >= with an integer */
	FILTER_WORD,   /* one of `words`; = != */
	FILTER_NUMBER, /* int64; all comparisons */
	FILTER_DATE,   /* a civil day; all comparisons */
	FILTER_BOOL,   /* = != */
	FILTER_SET,    /* several texts; : only */
};

struct filter_field {
	const char *name; /* "role"; one that ends in '.' is a family: "attributes." and any name
			     behind it */
	enum filter_type type;
	const char *const *words; /* FILTER_WORD: NULL-terminated */
};

enum filter_op {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT, /* left only */
	FILTER_EQ,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
	FILTER_HAS,
	FILTER_PRESENT, /* field:* */
};

struct filter {
	enum filter_op op;
	const struct filter *left, *right;
	/* Of a term: */
	const struct filter_field *field;
	const char *name;   /* as written: "attributes.region" */
	const char *text;   /* the value as text */
	int64_t number;     /* NUMBER; DATE: days since 1970-01-01; BOOL: 0 or 1; TEXT: of a
			       comparison */
	const char *source; /* as written; of any filter, not only of a term */
};

/* Reads `text`, the request's field `where`, against `fields` (ended by a NULL name).
 * INVALID_ARGUMENT BAD_FILTER with a violation of `where` that says at which character and what was
 * expected there; *ret_filter is NULL for an empty text, which everything meets. */
enum status filter_parse(struct call *c, const char *where, const char *text,
			 const struct filter_field *fields,
			 const struct filter **ret_filter) MUST_USE;

/* The values one thing has for a term's name: FILTER_SET may have several. n = 0: not there. */
struct filter_values {
	const char *const *texts; /* TEXT, WORD, SET; n of them */
	size_t n;
	int64_t number; /* NUMBER, DATE, BOOL, with n = 1 */
};

/* Gives the values of `name`. May run a statement: PENDING goes through. */
typedef enum status (*filter_lookup)(struct call *c, void *user, const char *name,
				     const struct filter_field *field, struct filter_values *ret);

/* Whether the thing meets the filter; NULL is met. */
enum status filter_test(struct call *c, const struct filter *filter, filter_lookup lookup,
			void *user, bool *ret_met) MUST_USE;

/* Whether a thing with these values meets the one term: anything but AND, OR and NOT. */
bool filter_term_met(const struct filter *term, const struct filter_values *values) MUST_USE;

/* The conditions joined by AND at the top, in the order they are written; none for NULL. */
const struct filter **filter_conditions(struct arena *arena, const struct filter *filter,
					size_t *ret_n) MUST_USE;

/* The first of the conditions joined by AND at the top that the thing does not meet, as it was
 * written; NULL when it meets them all. */
enum status filter_failing(struct call *c, const struct filter *filter, filter_lookup lookup,
			   void *user, const char **ret_condition) MUST_USE;

/* In one form, with every parenthesis that is needed and no other: filters that differ in blanks,
 * quotes, parentheses or ways to write NOT print equal, and what is printed parses to the same.
 * "" for NULL. */
const char *filter_print(struct arena *arena, const struct filter *filter) MUST_USE;

#endif
