/* Checking a text before others see it. */
#ifndef KITH_CONTENT_TEXT_CHECK_H
#define KITH_CONTENT_TEXT_CHECK_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/text_check.pb-c.h"
#include "kith/content/v1/text_store.pb-c.h"

struct arena;
struct call;
struct dictionary;
struct folding;
struct wordlist;

/* What a process checks with: the word lists it has compiled, the signs of advertisements. */
struct text_checker;

/* The job that reads word lists which have changed. */
#define WORD_LISTS_JOB "word-lists"

/* The dictionary and the folding outlive it. */
struct text_checker *text_checker_new(const struct dictionary *dictionary,
				      const struct folding *folding) MUST_USE;
void text_checker_free(struct text_checker *checker); /* accepts NULL */
enum status text_checker_refresh(struct call *c) MUST_USE;

/* The community's list is used from now on, and read at once. */
void text_checker_want(struct call *c, const char *community_id);

/* What the text holds, whoever says it: words of the two lists, which may be NULL, an
 * advertisement, links, and what it is like. Any thread. */
void text_scan(const struct text_checker *checker, struct arena *arena,
	       const struct wordlist *platform, const struct wordlist *community, const char *text,
	       Content__TextScan *ret);

/* Something that a person is about to say. */
struct text {
	const char *community_id;
	const char *person_id;
	const char *subject_id; /* the post or comment; "" for nothing that is kept */
	const char *title;
	const char *body;
	const char *alt_texts; /* of its media, a line each; "" for none */
};

/* What would become of it. UNAVAILABLE TEXT_CHECK_NOT_READY while this process has yet to read the
 * community's words. */
enum status text_check(struct call *c, const struct text *text, Content__TextCheck *ret) MUST_USE;

/* The same where the caller says it now: *ret_held tells whether a moderator looks first, and
 * `ret_why` why. FAILED_PRECONDITION TEXT_REJECTED with the facts cause, category, word, start,
 * end; RESOURCE_EXHAUSTED RATE_EXCEEDED with a delay. Nothing is looked for where no person
 * calls. */
enum status text_admit(struct call *c, const struct text *text, bool *ret_held,
		       Content__TextReason *ret_why) MUST_USE;

#endif
