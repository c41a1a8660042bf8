/* The word lists that this process has compiled: the platform's, and those of the communities whose
 * texts it has seen of late. */
#ifndef KITH_CONTENT_WORDLISTS_H
#define KITH_CONTENT_WORDLISTS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;
struct wordlist;
struct wordlists;

/* Under which the platform's list goes. */
#define PLATFORM_COMMUNITY "00000000-0000-0000-0000-000000000000"

struct wordlists *wordlists_new(void) MUST_USE;
void wordlists_free(struct wordlists *lists); /* accepts NULL */

/* The community's list, for wordlist_unref; NULL where this process has none (yet). Any thread. */
struct wordlist *wordlists_get(struct wordlists *lists, const char *community_id) MUST_USE;

/* From now on the list is kept, and kept up to date, as long as it is asked for. Any thread. */
void wordlists_want(struct wordlists *lists, const char *community_id);

/* Reads and compiles again what has changed: the job "word-lists". */
enum status wordlists_refresh(struct call *c, struct wordlists *lists) MUST_USE;

#endif
