/* Lists of words that are looked for in texts: compiled once, then shared by all threads. */
#ifndef KITH_CONTENT_WORDLIST_H
#define KITH_CONTENT_WORDLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/word.pb-c.h"

struct arena;
struct folding;
struct normal;
struct words;

struct wordlist;

/* The list of these words, of which `n` may be 0; 100,000 take some seconds. Holds one reference,
 * for the caller. Words that have the same normal form are one, with the harder action. */
struct wordlist *wordlist_new(const struct folding *folding, Content__Word *const *words, size_t n,
			      int64_t version);
struct wordlist *wordlist_ref(struct wordlist *list);
void wordlist_unref(struct wordlist *list); /* accepts NULL */

int64_t wordlist_version(const struct wordlist *list);
size_t wordlist_size(const struct wordlist *list);

/* A word that a text holds. */
struct found_word {
	const char *word;  /* as the list has it; lives as long as the list */
	bool rejects;      /* else a moderator is to look */
	int category;      /* Content__TextCategory */
	size_t start, end; /* in the normal text, in bytes */
};

/* Calls `found` for each word of the list that the text holds, as often as it does. A match is none
 * that cuts words of the text at both its ends, as 性交 in 异性交友 does, nor one inside a longer
 * word of letters; one that cuts a word at one end, or goes over the end of a sentence, rejects
 * nothing. `words` are those of the normal text. Any thread. */
void wordlist_scan(const struct wordlist *list, struct arena *arena, const struct normal *text,
		   const struct words *words,
		   void (*found)(void *user, const struct found_word *word), void *user);

#endif
