/* Word lists by hyperscan: all words at once, in one pass over the text. */
#include "wordlist.h"

#include <hs/hs.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "normal.h"
#include "sign.h"
#include "words.h"

struct entry {
	char *word;   /* as it was given */
	char *normal; /* as it is looked for */
	size_t size;
	bool rejects;
	int category;
};

struct wordlist {
	atomic_int refs;
	int64_t version;
	struct entry *entries; /* by their normal form */
	size_t n;
	hs_database_t *database; /* NULL: nothing to look for */
	hs_scratch_t *scratch;   /* what each scan has a copy of */
};

static void *must(void *memory)
{
	if (!memory)
		log_die("no-memory", "what=wordlist");

	return memory;
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->normal, y->normal);

	return order ? order : (int)y->rejects - (int)x->rejects;
}

static void entry_fini(struct entry *entry)
{
	free(entry->word);
	free(entry->normal);
}

/* In the order of their normal form, each once. */
static void take(struct wordlist *list, const struct folding *folding, Content__Word *const *words,
		 size_t n)
{
	struct arena arena = {0};
	size_t kept = 0;

	list->entries = must(calloc(n + 1, sizeof(*list->entries)));
	for (size_t i = 0; i < n; i++) {
		struct normal normal =
			normal_of(folding, &arena, words[i]->word, strlen(words[i]->word));

		if (normal.size)
			list->entries[list->n++] = (struct entry){
				.word = must(strdup(words[i]->word)),
				.normal = must(strdup(normal.text)),
				.size = normal.size,
				.rejects = words[i]->action ==
					   CONTENT__WORD_ACTION__WORD_ACTION_REJECT,
				.category = words[i]->category,
			};
		arena_reset(&arena);
	}
	arena_fini(&arena);

	qsort(list->entries, list->n, sizeof(*list->entries), compare);
	for (size_t i = 0; i < list->n; i++) {
		if (kept && strcmp(list->entries[kept - 1].normal, list->entries[i].normal) == 0)
			entry_fini(&list->entries[i]);
		else
			list->entries[kept++] = list->entries[i];
	}
	list->n = kept;
}

static void compile(struct wordlist *list)
{
	const char **texts = must(calloc(list->n, sizeof(*texts)));
	size_t *sizes = must(calloc(list->n, sizeof(*sizes)));
	unsigned *flags = must(calloc(list->n, sizeof(*flags)));
	unsigned *ids = must(calloc(list->n, sizeof(*ids)));
	hs_compile_error_t *error = NULL;

	for (size_t i = 0; i < list->n; i++) {
		texts[i] = list->entries[i].normal;
		sizes[i] = list->entries[i].size;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(texts, flags, ids, sizes, (unsigned)list->n, HS_MODE_BLOCK, NULL,
				 &list->database, &error) != HS_SUCCESS)
		log_die("wordlist", "words=%zu error=%s", list->n, error->message);
	if (hs_alloc_scratch(list->database, &list->scratch) != HS_SUCCESS)
		log_die("no-memory", "what=wordlist");
	free(texts);
	free(sizes);
	free(flags);
	free(ids);
}

struct wordlist *wordlist_new(const struct folding *folding, Content__Word *const *words, size_t n,
			      int64_t version)
{
	struct wordlist *list = must(calloc(1, sizeof(*list)));

	list->refs = 1;
	list->version = version;
	take(list, folding, words, n);
	if (list->n)
		compile(list);

	return list;
}

struct wordlist *wordlist_ref(struct wordlist *list)
{
	list->refs++;

	return list;
}

void wordlist_unref(struct wordlist *list)
{
	if (!list || --list->refs > 0)
		return;

	for (size_t i = 0; i < list->n; i++)
		entry_fini(&list->entries[i]);
	free(list->entries);
	hs_free_scratch(list->scratch);
	hs_free_database(list->database);
	free(list);
}

int64_t wordlist_version(const struct wordlist *list)
{
	return list->version;
}

size_t wordlist_size(const struct wordlist *list)
{
	return list->n;
}

struct scan {
	const struct wordlist *list;
	const struct normal *text;
	const bool *inside; /* of each byte: whether a Chinese word goes on there */
	void (*found)(void *user, const struct found_word *word);
	void *user;
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

/* Whether a run of Latin letters, or one of digits, goes on from one byte to the next. */
static bool runs_on(const struct normal *text, size_t at)
{
	if (at == 0 || at >= text->size)
		return false;

	return (is_letter(text->text[at - 1]) && is_letter(text->text[at])) ||
	       (is_digit(text->text[at - 1]) && is_digit(text->text[at]));
}

static bool goes_over_a_stop(const struct normal *text, size_t start, size_t end)
{
	for (size_t i = start + 1; i < end; i++)
		if (text->gaps[i] == GAP_STOP)
			return true;

	return false;
}

static int match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		 void *user)
{
	const struct scan *scan = user;
	const struct entry *entry = &scan->list->entries[id];
	size_t end = (size_t)to, start = end - entry->size;
	int cuts = scan->inside[start] + scan->inside[end];

	(void)from;
	(void)flags;
	if (cuts == 2 || runs_on(scan->text, start) || runs_on(scan->text, end))
		return 0;

	bool stops = goes_over_a_stop(scan->text, start, end);

	if (stops && cuts)
		return 0;
	scan->found(scan->user, &(struct found_word){
					.word = entry->word,
					.rejects = entry->rejects && !cuts && !stops,
					.category = entry->category,
					.start = start,
					.end = end,
				});

	return 0;
}

void wordlist_scan(const struct wordlist *list, struct arena *arena, const struct normal *text,
		   const struct words *words,
		   void (*found)(void *user, const struct found_word *word), void *user)
{
	bool *inside = arena_array(arena, text->size + 1, sizeof(*inside));
	hs_scratch_t *scratch = NULL;

	if (!list->database || text->size == 0)
		return;
	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->list[i];
		utf8proc_int32_t sign;

		(void)sign_next(text->text + word->start, text->size - word->start, &sign);
		if (sign_is_chinese(sign))
			memset(inside + word->start + 1, true, word->end - word->start - 1);
	}

	struct scan scan = {list, text, inside, found, user};

	if (hs_clone_scratch(list->scratch, &scratch) != HS_SUCCESS)
		log_die("no-memory", "what=wordlist");
	if (hs_scan(list->database, text->text, (unsigned)text->size, 0, scratch, match, &scan) !=
	    HS_SUCCESS)
		log_die("wordlist", "the text could not be scanned");
	hs_free_scratch(scratch);
}
