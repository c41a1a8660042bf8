/* Any bytes as a text: its normal form knows where it stood, is its own normal form, and whatever
 * is found in it lies within. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "content/text/link.h"
#include "content/text/normal.h"
#include "content/text/term.h"
#include "content/text/wordlist.h"
#include "content/text/words.h"
#include "content/text_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct folding *folding;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct wordlist *given_list(void)
{
	static const char *const texts[] = {"微信", "a", "ab", "ba", "1"};
	Content__Word words[5], *list[5];

	for (size_t i = 0; i < 5; i++) {
		content__word__init(&words[i]);
		words[i].word = texts[i];
		words[i].action = CONTENT__WORD_ACTION__WORD_ACTION_HOLD;
		list[i] = &words[i];
	}

	return wordlist_new(folding, list, 5, 1);
}

static void check_normal(struct arena *arena, const char *text, size_t size)
{
	struct normal normal = normal_of(folding, arena, text, size), again;
	uint32_t before = 0;

	must(normal.size <= 2 * size);
	must(text_is_utf8(normal.text, normal.size));
	for (size_t i = 0; i < normal.size; i++) {
		must(normal.starts[i] >= before && normal.starts[i] < size);
		before = normal.starts[i];
	}
	again = normal_of(folding, arena, normal.text, normal.size);
	must(again.size <= normal.size);
}

static void check_scan(const struct text_checker *checker, const struct wordlist *list,
		       struct arena *arena, const char *text)
{
	Content__TextScan scan;
	int32_t signs = (int32_t)text_length(text);

	text_scan(checker, arena, list, NULL, text, &scan);
	must(scan.n_reasons <= 20);
	for (size_t i = 0; i < scan.n_reasons; i++) {
		const Content__TextReason *reason = scan.reasons[i];

		must(0 <= reason->start && reason->start < reason->end && reason->end <= signs);
		must(i == 0 || scan.reasons[i - 1]->verdict >= reason->verdict);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dictionary *dictionary;
	static struct text_checker *checker;
	static struct wordlist *list;
	CLEANUP(arena_fini) struct arena arena = {0};
	const char *text = arena_copy(&arena, data, size);
	struct links links = links_of(text, size);

	if (!checker) {
		must(dictionary_load(DICTIONARY_FOLDER, &dictionary) == STATUS_OK);
		must(folding_load(&folding) == STATUS_OK);
		checker = text_checker_new(dictionary, folding);
		list = given_list();
	}
	must(links.count == 0 || links.end <= size);
	check_normal(&arena, text, size);
	if (text_is_utf8(text, size))
		check_scan(checker, list, &arena, text);

	return 0;
}
