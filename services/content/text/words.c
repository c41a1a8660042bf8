/* Words: libfriso reads its lexicons, the table that is made of them is ours. friso's own division
 * writes into the lexicon's entries, so that threads could not share one, and trusts its text to be
 * UTF-8; and it takes several times as long. */
#include "words.h"

#include <friso.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "sign.h"

#define WORD_MAX 5          /* signs of the longest Chinese word that is looked for */
#define SLOTS    (1U << 19) /* of the table, more than twice as many as there are keys */
#define KEYS_MAX (SLOTS / 4 * 3)

/* A slot's lowest bits; the others are the key. */
#define IS_WORD 1U /* the signs are a word */
#define LEADS   2U /* and more words begin with them */
#define FLAGS   (IS_WORD | LEADS)

struct dictionary {
	uint64_t slots[SLOTS]; /* keys of 62 bits, too many for two words to share one; 0: free */
	size_t n_keys;
};

static uint64_t key_add(uint64_t key, utf8proc_int32_t sign)
{
	key = (key ^ (uint64_t)sign) * 0x9E3779B97F4A7C15U;

	return key ^ key >> 29;
}

/* The slot of the key, or the free one where it belongs. */
static size_t slot_of(const struct dictionary *d, uint64_t key)
{
	size_t at = key >> 45 & (SLOTS - 1);

	while (d->slots[at] && (d->slots[at] & ~(uint64_t)FLAGS) != (key & ~(uint64_t)FLAGS))
		at = (at + 1) & (SLOTS - 1);

	return at;
}

static bool add(struct dictionary *d, uint64_t key, unsigned flag)
{
	size_t at = slot_of(d, key);

	if (!d->slots[at] && ++d->n_keys > KEYS_MAX)
		return false;
	d->slots[at] |= (key & ~(uint64_t)FLAGS) | flag;

	return true;
}

/* Every beginning of the word leads to it. What is not Chinese, or too long, is not taken. */
static bool take(struct dictionary *d, const struct hash_entry *entry)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)entry->_key;
	utf8proc_int32_t sign = 0;
	uint64_t keys[WORD_MAX], key = 0;
	size_t n = 0;

	for (utf8proc_ssize_t size; *at; at += size) {
		size = utf8proc_iterate(at, -1, &sign);
		if (size <= 0 || n == WORD_MAX || !sign_is_chinese(sign))
			return true;
		keys[n++] = key = key_add(key, sign);
	}

	for (size_t i = 0; i + 1 < n; i++) {
		if (!add(d, keys[i], LEADS))
			return false;
	}

	return n == 0 || add(d, key, IS_WORD);
}

static bool take_all(struct dictionary *d, const friso_hash_cdt *lexicon)
{
	for (size_t i = 0; i < lexicon->length; i++) {
		for (const struct hash_entry *e = lexicon->table[i]; e; e = e->_next) {
			if (!take(d, e))
				return false;
		}
	}

	return d->n_keys > 0;
}

enum status dictionary_load(const char *folder, struct dictionary **ret)
{
	char index[4096];

	snprintf(index, sizeof(index), "%sfriso.lex.ini", folder);
	if (access(index, R_OK) != 0) {
		log_line(LOG_ERROR, "dictionary-missing", "file=%s install=friso-dict", index);
		return STATUS_FAILED_PRECONDITION;
	}

	struct dictionary *d = calloc(1, sizeof(*d));
	friso_t friso = friso_new();
	friso_config_t config = friso_new_config();

	if (!d)
		log_die("memory", "no memory for the dictionary");
	friso->dic = friso_dic_new();
	config->add_syn = 0;
	friso_dic_load_from_ifile(friso, config, (char *)folder, WORD_MAX * 4);

	bool taken = take_all(d, friso->dic[__LEX_CJK_WORDS__]);

	friso_free(friso);
	friso_free_config(config);
	if (!taken) {
		log_line(LOG_ERROR, "dictionary-unfit", "folder=%s words=%zu", folder, d->n_keys);
		free(d);
		return STATUS_FAILED_PRECONDITION;
	}
	*ret = d;

	return STATUS_OK;
}

void dictionary_free(struct dictionary *dictionary)
{
	free(dictionary);
}

/* A run of Chinese: its signs, where each begins, and the best division from each to the end. */
struct run {
	utf8proc_int32_t *signs;
	uint32_t *starts; /* one more than signs */
	size_t count;
	struct best {
		uint32_t words;   /* as few as can be; */
		uint32_t squares; /* then of like length, which is the smallest sum of squares; then
				    the first is the longest */
		uint32_t length;  /* of the first word, in signs */
	} * best;
};

static bool is_better(const struct best *a, const struct best *b)
{
	return a->words != b->words ? a->words < b->words : a->squares <= b->squares;
}

/* From the end to the beginning, since a division is the best one of what is left after a word. */
static void divide(const struct dictionary *d, struct run *run)
{
	run->best[run->count] = (struct best){0};
	for (size_t i = run->count; i-- > 0;) {
		uint64_t key = 0, slot = LEADS;
		size_t most = run->count - i < WORD_MAX ? run->count - i : WORD_MAX;

		for (uint32_t n = 1; n <= most && slot & LEADS; n++) {
			key = key_add(key, run->signs[i + n - 1]);
			slot = d->slots[slot_of(d, key)];
			if (n > 1 && !(slot & IS_WORD))
				continue;

			struct best this = run->best[i + n];

			this.words++;
			this.squares += n * n;
			this.length = n;
			if (n == 1 || is_better(&this, &run->best[i]))
				run->best[i] = this;
		}
	}
}

/* Lower case may take more bytes than the text: room for that is made. */
static char *lower(struct arena *arena, const char *text, size_t size, size_t *ret_size)
{
	char *low = arena_alloc(arena, size * 2 + 1);
	size_t at = 0;

	for (size_t i = 0; i < size;) {
		utf8proc_int32_t sign = (unsigned char)text[i];

		if (sign < 0x80) {
			low[at++] = (char)(sign >= 'A' && sign <= 'Z' ? sign + 32 : sign);
			i++;
			continue;
		}
		i += sign_next(text + i, size - i, &sign);
		at += (size_t)utf8proc_encode_char(utf8proc_tolower(sign),
						   (utf8proc_uint8_t *)low + at);
	}
	*ret_size = at;

	return low;
}

static void add_word(struct words *words, struct arena *arena, const char *text, size_t start,
		     size_t end)
{
	struct word *word = &words->list[words->count++];

	*word = (struct word){.start = start, .end = end};
	word->text = lower(arena, text + start, end - start, &word->size);
}

struct words words_of(const struct dictionary *dictionary, struct arena *arena, const char *text,
		      size_t size)
{
	/* Words of one byte have something between them, Chinese ones are longer. */
	struct words words = {.list = arena_array(arena, size / 2 + 1, sizeof(struct word))};
	struct run run = {
		.signs = arena_array(arena, size / 3 + 1, sizeof(*run.signs)),
		.starts = arena_array(arena, size / 3 + 2, sizeof(*run.starts)),
		.best = arena_array(arena, size / 3 + 2, sizeof(*run.best)),
	};

	for (size_t i = 0; i < size;) {
		utf8proc_int32_t sign;
		size_t step = sign_next(text + i, size - i, &sign), start = i;

		for (run.count = 0; i < size && sign_is_chinese(sign); run.count++) {
			run.signs[run.count] = sign;
			run.starts[run.count] = (uint32_t)i;
			i += step;
			step = i < size ? sign_next(text + i, size - i, &sign) : 0;
		}
		if (run.count) {
			run.starts[run.count] = (uint32_t)i;
			divide(dictionary, &run);
			for (size_t k = 0; k < run.count; k += run.best[k].length)
				add_word(&words, arena, text, run.starts[k],
					 run.starts[k + run.best[k].length]);
			continue;
		}

		while (i < size && sign_is_written(sign) && !sign_is_chinese(sign)) {
			i += step;
			step = i < size ? sign_next(text + i, size - i, &sign) : 0;
		}
		if (i > start)
			add_word(&words, arena, text, start, i);
		else
			i += step;
	}

	return words;
}
