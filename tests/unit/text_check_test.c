/* How well texts are told apart: a sample of ours, labelled by hand, with what it is that one looks
 * for; precision and recall of each, and the least that they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "content/text/term.h"
#include "content/text/wordlist.h"
#include "content/text/words.h"
#include "content/text_check.h"

#define SAMPLE "tests/unit/text_check.sample"

/* What a platform might have on its list; the sample writes them in other ways as well. */
static const char *const listed[] = {
	"傻逼",
	"他妈的",
	"废物",
	"滚出",
	"全家死光",
	"脑残",
	"贱人",
	"人渣",
	"fucking",
	"kill yourself",
	"retard",
	"piece of shit",
	"代开发票",
	"收购银行卡",
	"迷药",
	"假证",
	"网络赌博",
	"赌场",
	"buy fake passport",
	"cocaine for sale",
	"枪支",
	"裸聊",
	"性交",
	"开发票",
	"ass",
	"shit",
	"法轮功",
};

#define N_LISTED (sizeof(listed) / sizeof(listed[0]))

static struct arena arena;
static struct dictionary *dictionary;
static struct folding *folding;
static struct text_checker *checker;
static struct wordlist *list;

struct tally {
	const char *category;
	int right, wrong, missed, passed; /* true and false positives, false and true negatives */
	double precision, recall;         /* at least */
};

static bool is_found(const Content__TextScan *scan, const char *category)
{
	if (text_equal(category, "link"))
		return scan->link_count > 0;
	for (size_t i = 0; i < scan->n_reasons; i++) {
		bool word = scan->reasons[i]->cause == CONTENT__TEXT_CAUSE__TEXT_CAUSE_WORD;

		if (word == text_equal(category, "word"))
			return true;
	}

	return false;
}

/* \u200b in the sample is the sign itself. */
static char *unescape(const char *text)
{
	char *plain = arena_string(&arena, text), *at = strstr(plain, "\\u200b");

	if (at) {
		memcpy(at, "\xE2\x80\x8B", 3);
		memmove(at + 3, at + 6, strlen(at + 6) + 1);
	}

	return plain;
}

static void count(struct tally *tallies, char *line)
{
	char *label = strchr(line, '\t'), *text = label ? strchr(label + 1, '\t') : NULL;
	struct tally *tally = tallies;
	Content__TextScan scan;

	assert_non_null(text);
	*label++ = *text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	while (!text_equal(tally->category, line))
		tally++;
	text_scan(checker, &arena, list, NULL, unescape(text), &scan);

	bool bad = text_equal(label, "bad"), seen = is_found(&scan, line);

	if (bad != seen)
		print_message("%s %s: %s\n", line, bad ? "missed" : "wrong", text);
	tally->right += bad && seen;
	tally->wrong += !bad && seen;
	tally->missed += bad && !seen;
	tally->passed += !bad && !seen;
}

static void bad_texts_are_told_from_innocent_ones(void **state)
{
	struct tally tallies[] = {
		{.category = "word", .precision = 0.90, .recall = 0.90},
		{.category = "advert", .precision = 0.95, .recall = 0.90},
		{.category = "link", .precision = 0.95, .recall = 0.85},
	};
	FILE *file = fopen(KITH_SOURCE "/" SAMPLE, "r");
	char line[1024];
	int n = 0;

	(void)state;
	assert_non_null(file);
	for (; fgets(line, sizeof(line), file); n++)
		count(tallies, line);
	fclose(file);
	assert_true(n >= 200);

	print_message("category  bad  fine  found  wrongly  missed  precision  recall\n");
	for (size_t i = 0; i < 3; i++) {
		const struct tally *t = &tallies[i];
		double precision = (double)t->right / (t->right + t->wrong);
		double recall = (double)t->right / (t->right + t->missed);

		print_message("%-8s %4d %5d %6d %8d %7d %9.3f %8.3f\n", t->category,
			      t->right + t->missed, t->wrong + t->passed, t->right, t->wrong,
			      t->missed, precision, recall);
		assert_true(precision >= t->precision);
		assert_true(recall >= t->recall);
	}
}

/* A moderator reads the account whole, and no more of an English sentence than that. */
static void an_advertisement_is_told_as_far_as_it_goes(void **state)
{
	static const struct {
		const char *text, *word;
	} told[] = {
		{"加微信 kefu8888 领取优惠", "微信 kefu8888"},
		{"低价批发,加我v信:abc12345", "v信:abc12345"},
		{"Cheap watches, wechat seller9988 now", "wechat seller9988"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		Content__TextScan scan;

		text_scan(checker, &arena, NULL, NULL, told[i].text, &scan);
		assert_int_equal(scan.n_reasons, 1);
		assert_string_equal(scan.reasons[0]->word, told[i].word);
	}
}

static int load(void **state)
{
	Content__Word words[N_LISTED], *all[N_LISTED];

	(void)state;
	if (dictionary_load(DICTIONARY_FOLDER, &dictionary) != STATUS_OK ||
	    folding_load(&folding) != STATUS_OK)
		return -1;
	checker = text_checker_new(dictionary, folding);
	for (size_t i = 0; i < N_LISTED; i++) {
		content__word__init(&words[i]);
		words[i].word = listed[i];
		words[i].action = CONTENT__WORD_ACTION__WORD_ACTION_REJECT;
		all[i] = &words[i];
	}
	list = wordlist_new(folding, all, N_LISTED, 1);

	return 0;
}

static int unload(void **state)
{
	(void)state;
	wordlist_unref(list);
	text_checker_free(checker);
	dictionary_free(dictionary);
	folding_free(folding);
	arena_fini(&arena);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_texts_are_told_from_innocent_ones),
		cmocka_unit_test(an_advertisement_is_told_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
