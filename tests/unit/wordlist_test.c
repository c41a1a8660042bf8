/* Word lists: 100,000 words at once, and what is no match; and how like two texts are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "content/text/normal.h"
#include "content/text/simhash.h"
#include "content/text/term.h"
#include "content/text/wordlist.h"
#include "content/text/words.h"

#define MANY 100000

static struct arena arena;
static struct dictionary *dictionary;
static struct folding *folding;

static struct wordlist *list_of(const char *const *texts, size_t n)
{
	Content__Word **words = arena_array(&arena, n, sizeof(*words));
	struct wordlist *list;

	for (size_t i = 0; i < n; i++) {
		words[i] = arena_alloc(&arena, sizeof(*words[i]));
		content__word__init(words[i]);
		words[i]->word = texts[i];
		words[i]->action = CONTENT__WORD_ACTION__WORD_ACTION_REJECT;
		words[i]->category = CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_SPEECH;
	}
	list = wordlist_new(folding, words, n, 1);

	return list;
}

struct seen {
	size_t count;
	bool rejects;
	char word[100];
};

static void found(void *user, const struct found_word *word)
{
	struct seen *seen = user;

	seen->count++;
	seen->rejects |= word->rejects;
	snprintf(seen->word, sizeof(seen->word), "%s", word->word);
}

static struct seen scan(const struct wordlist *list, const char *text)
{
	struct normal normal = normal_of(folding, &arena, text, strlen(text));
	struct words words = words_of(dictionary, &arena, normal.text, normal.size);
	struct seen seen = {0};

	wordlist_scan(list, &arena, &normal, &words, found, &seen);

	return seen;
}

static void a_word_is_found_however_it_is_written(void **state)
{
	static const char *const texts[] = {"代开发票", "buy now", "VX"};
	struct wordlist *list = list_of(texts, 3);

	(void)state;
	assert_int_equal(scan(list, "專業代-開-發-票").count, 1);
	assert_true(scan(list, "代 开 发 票").rejects);
	assert_int_equal(scan(list, "ＢＵＹ　ＮＯＷ！").count, 1);
	assert_int_equal(scan(list, "我的vx123456").count, 1);
	assert_int_equal(scan(list, "没有什么").count, 0);
	wordlist_unref(list);
}

static void a_word_within_others_is_none(void **state)
{
	static const char *const texts[] = {"性交", "ass", "开发票", "微信"};
	struct wordlist *list = list_of(texts, 4);
	struct seen seen;

	(void)state;
	assert_int_equal(scan(list, "异性交友的话题").count, 0);
	assert_int_equal(scan(list, "first class passengers").count, 0);
	assert_int_equal(scan(list, "you ass!").count, 1);
	seen = scan(list, "我们在开发票据系统");
	assert_int_equal(seen.count, 1);
	assert_false(seen.rejects); /* one end only is cut: somebody should look */
	seen = scan(list, "这里很微。信我");
	assert_false(seen.rejects); /* over the end of a sentence */
	wordlist_unref(list);
}

static void the_same_word_twice_is_one(void **state)
{
	static const char *const texts[] = {"發票", "发票", "发 票", "?!"};
	struct wordlist *list = list_of(texts, 4);

	(void)state;
	assert_int_equal(wordlist_size(list), 1);
	assert_int_equal(scan(list, "发票").count, 1);
	wordlist_unref(list);
}

static void an_empty_list_finds_nothing(void **state)
{
	struct wordlist *list = list_of(NULL, 0);

	(void)state;
	assert_int_equal(scan(list, "发票").count, 0);
	wordlist_unref(list);
}

static void a_hundred_thousand_words_are_one_list(void **state)
{
	const char **texts = arena_array(&arena, MANY, sizeof(*texts));
	struct wordlist *list;

	(void)state;
	for (int i = 0; i < MANY; i++)
		texts[i] = arena_printf(&arena, "word%dend", i);
	texts[5] = "代开发票";
	list = list_of(texts, MANY);
	assert_int_equal(wordlist_size(list), MANY);
	assert_int_equal(scan(list, "there is word77777end in it").count, 1);
	assert_int_equal(scan(list, "代开发票").count, 1);
	assert_int_equal(scan(list, "there is word77777 in it").count, 0);
	wordlist_unref(list);
}

static uint64_t print_of(const char *text)
{
	struct normal normal = normal_of(folding, &arena, text, strlen(text));
	struct words words = words_of(dictionary, &arena, normal.text, normal.size);

	return simhash_of(&words);
}

static int distance(const char *a, const char *b)
{
	return __builtin_popcountll(print_of(a) ^ print_of(b));
}

#define WALK                                                                                                                          \
	"周六我们从老车站出发沿着河边走到茶馆，愿意的朋友带一本书来朗读，全程大约三个小时，" \
	"中午在茶馆休息，下午坐六点的火车回家，请大家准备好雨具和饮用水，报名的同学在下面接龙。"

static void like_texts_have_like_fingerprints(void **state)
{
	(void)state;
	assert_int_equal(distance(WALK, WALK), 0);
	assert_int_equal(distance(WALK, "！！" WALK " ~~~"), 0);
	assert_true(distance(WALK, WALK "来吧") <= SIMHASH_DISTANCE_MAX);
	assert_true(distance(WALK,
			     "下周的读书会改到周三晚上八点，地点在图书馆二楼，主题是城市与记忆，"
			     "请提前读完第一章，并带上自己的笔记，结束后一起去吃宵夜。") >
		    2 * SIMHASH_DISTANCE_MAX);
}

static int load(void **state)
{
	(void)state;

	return dictionary_load(DICTIONARY_FOLDER, &dictionary) == STATUS_OK &&
			       folding_load(&folding) == STATUS_OK
		       ? 0
		       : -1;
}

static int unload(void **state)
{
	(void)state;
	dictionary_free(dictionary);
	folding_free(folding);
	arena_fini(&arena);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_found_however_it_is_written),
		cmocka_unit_test(a_word_within_others_is_none),
		cmocka_unit_test(the_same_word_twice_is_one),
		cmocka_unit_test(an_empty_list_finds_nothing),
		cmocka_unit_test(a_hundred_thousand_words_are_one_list),
		cmocka_unit_test(like_texts_have_like_fingerprints),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
