/* The words of a text, Chinese and others: what a person who reads it would call one. */
#ifndef KITH_CONTENT_WORDS_H
#define KITH_CONTENT_WORDS_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/status.h"

struct arena;

/* Where the package friso-dict puts its lexicons. */
#define DICTIONARY_FOLDER "/usr/share/friso/dict/UTF-8/"

/* The Chinese words there are. Read once, never changed after: any thread may look up. */
struct dictionary;

/* Reads the lexicons in the folder, whose name ends with '/': half a second. FAILED_PRECONDITION,
 * and a line in the log that says what to install, where they are missing. Freed by
 * dictionary_free. */
enum status dictionary_load(const char *folder, struct dictionary **ret) MUST_USE;
void dictionary_free(struct dictionary *dictionary); /* accepts NULL */

struct word {
	const char *text; /* in lower case, ended by a NUL */
	size_t size;      /* of it, in bytes */
	size_t start;     /* where it stands in the text, in bytes */
	size_t end;
};

struct words {
	struct word *list;
	size_t count;
};

/* The words of `size` bytes, in their order; they do not overlap. Chinese is divided by the
 * dictionary; elsewhere a run of letters and digits is a word; what is neither is none. The same
 * text gives the same words always. Bytes that are no UTF-8 divide. In the arena. */
struct words words_of(const struct dictionary *dictionary, struct arena *arena, const char *text,
		      size_t size);

#endif
