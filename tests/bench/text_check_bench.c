/* The check of a text of 500 signs against a list of 100,000 words, all of it: normal form, words
 * of the text, word list, links, advertisements, fingerprint.
 *
 *   text_check_bench CHECKS
 *
 * Prints: p50_us p99_us (cpu_p50_us cpu_p99_us). The latter two are of the thread's own time: on a
 * machine that does other things as well, the former are mostly of waiting for a core. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "content/text/term.h"
#include "content/text/wordlist.h"
#include "content/text/words.h"
#include "content/text_check.h"

#define N_WORDS 100000
#define N_TEXTS 500 /* so many that they do not all stay in a cache */
#define SIGNS   500

static struct folding *folding;
static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;

	return (uint32_t)(seed >> 33) % below;
}

/* What the texts are made of, in the proportion in which it comes in them. */
static const char *const pieces[] = {
	"我们", "今天",     "组织",        "一次",     "徒步", "活动",   "，",       "地点", "在",
	"西湖", "公交车站", "集合",        "。",       "请",   "准备",   "饮用水",   "和",   "雨具",
	"報名", "的",       "同學",        "下面",     "接龙", "！",     "費用",     "大家", "研究",
	"生命", "起源",     "图书馆",      "周六",     "下午", "三点",   "读书",     "分享", "经验",
	"\n",   "社区",     "Kubernetes ", "release ", "the ", "notes ", "２０２６", "年",   "１１",
	"月",   " ",        "然后",        "回家",
};

/* Chinese of two to four signs, and a fifth of it Latin. */
static char *word(struct arena *arena)
{
	char *text = arena_alloc(arena, 16), *at = text;

	if (draw(5) == 0) {
		for (uint32_t n = 5 + draw(6); n > 0; n--)
			*at++ = (char)('a' + draw(26));
		return text;
	}
	for (uint32_t n = 2 + draw(3); n > 0; n--) {
		uint32_t sign = 0x4E00 + draw(5000);

		*at++ = (char)(0xE0 | sign >> 12);
		*at++ = (char)(0x80 | (sign >> 6 & 0x3F));
		*at++ = (char)(0x80 | (sign & 0x3F));
	}

	return text;
}

static char *some_text(struct arena *arena)
{
	char *text = arena_alloc(arena, SIGNS * 4 + 64);
	size_t size = 0;

	for (size_t signs = 0; signs < SIGNS;) {
		const char *piece = pieces[draw(sizeof(pieces) / sizeof(pieces[0]))];

		memcpy(text + size, piece, strlen(piece));
		size += strlen(piece);
		signs += text_length(piece);
	}

	return text;
}

static struct wordlist *given_list(struct arena *arena)
{
	Content__Word **words = arena_array(arena, N_WORDS, sizeof(*words));

	for (size_t i = 0; i < N_WORDS; i++) {
		words[i] = arena_alloc(arena, sizeof(*words[i]));
		content__word__init(words[i]);
		words[i]->word = word(arena);
		words[i]->action = CONTENT__WORD_ACTION__WORD_ACTION_HOLD;
	}

	return wordlist_new(folding, words, N_WORDS, 1);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);

	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct dictionary *dictionary;
	struct arena kept = {0}, call = {0};
	const char *texts[N_TEXTS];
	uint64_t n;

	if (argc != 2 || !text_uint64(argv[1], &n) || n == 0 || n > 10000000 ||
	    dictionary_load(DICTIONARY_FOLDER, &dictionary) != STATUS_OK ||
	    folding_load(&folding) != STATUS_OK)
		return 2;

	struct text_checker *checker = text_checker_new(dictionary, folding);
	struct wordlist *list = given_list(&kept);
	int64_t *wall = arena_array(&kept, n, sizeof(*wall));
	int64_t *cpu = arena_array(&kept, n, sizeof(*cpu));

	for (size_t i = 0; i < N_TEXTS; i++)
		texts[i] = some_text(&kept);
	for (size_t i = 0; i < n; i++) {
		int64_t cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID), wall_ns = now_ns(CLOCK_MONOTONIC);
		Content__TextScan scan;

		text_scan(checker, &call, list, NULL, texts[i % N_TEXTS], &scan);
		wall[i] = now_ns(CLOCK_MONOTONIC) - wall_ns;
		cpu[i] = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		arena_reset(&call);
	}
	qsort(wall, n, sizeof(*wall), compare);
	qsort(cpu, n, sizeof(*cpu), compare);
	printf("%.1f %.1f (%.1f %.1f)\n", (double)wall[n / 2] / 1000,
	       (double)wall[n / 100 * 99] / 1000, (double)cpu[n / 2] / 1000,
	       (double)cpu[n / 100 * 99] / 1000);

	return 0;
}
