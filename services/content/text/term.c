/* Terms: folding, and the division of texts. */
#include "term.h"

#include <libstemmer.h>
#include <opencc/opencc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

#define HAN_FIRST 0x3400
#define HAN_LAST  0x9FFF
#define SIGNS_MAX 20 /* that one sign is folded to: one is a whole blessing */
#define TERM_MAX  60 /* bytes of a term; what is longer is cut */

#define POSITION_MAX 16383 /* of a tsvector */

struct folding {
	uint16_t simplified[HAN_LAST - HAN_FIRST + 1]; /* 0: as it is */
};

static bool is_han(utf8proc_int32_t sign)
{
	return sign >= HAN_FIRST && sign <= HAN_LAST;
}

enum status folding_load(struct folding **ret)
{
	opencc_t converter = opencc_open("t2s.json");
	struct folding *folding;

	if (converter == (opencc_t)-1) {
		log_line(LOG_ERROR, "folding-missing", "file=t2s.json install=libopencc-data");
		return STATUS_FAILED_PRECONDITION;
	}
	folding = calloc(1, sizeof(*folding));
	if (!folding)
		log_die("memory", "no memory for the table of characters");

	for (utf8proc_int32_t sign = HAN_FIRST; sign <= HAN_LAST; sign++) {
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t size = utf8proc_encode_char(sign, bytes);
		utf8proc_int32_t simplified = 0;
		char *answer = opencc_convert_utf8(converter, (const char *)bytes, (size_t)size);

		if (answer &&
		    utf8proc_iterate((const utf8proc_uint8_t *)answer, -1, &simplified) > 0 &&
		    is_han(simplified) && simplified != sign)
			folding->simplified[sign - HAN_FIRST] = (uint16_t)simplified;
		opencc_convert_utf8_free(answer);
	}
	opencc_close(converter);
	*ret = folding;

	return STATUS_OK;
}

void folding_free(struct folding *folding)
{
	free(folding);
}

enum class {
	BETWEEN, /* divides */
	LETTER,
	DIGIT,
	DENSE, /* written without spaces */
	SYMBOL,
	NOTHING, /* as if it were not there */
};

static const struct span {
	utf8proc_int32_t first, last;
} dense[] =
	{
		{0x0E00, 0x0EFF}, /* Thai, Lao */
		{0x1000, 0x109F}, /* Burmese */
		{0x1780, 0x17FF}, /* Khmer */
		{0x3005, 0x3007}, /* the signs of repetition and of zero */
		{0x3040, 0x30FF}, /* kana */
		{0x31F0, 0x31FF}, /* more kana */
		{HAN_FIRST, 0x4DBF}, {0x4E00, HAN_LAST}, {0xAC00, 0xD7A3}, /* Hangul */
		{0xF900, 0xFAFF},   /* Han, for compatibility */
		{0x20000, 0x3FFFF}, /* rare Han */
},
  accents[] = {
	  {0x0300, 0x036F}, /* Latin, Greek, Cyrillic */
	  {0x0591, 0x05C7}, /* Hebrew */
	  {0x064B, 0x0670}, /* Arabic */
	  {0xFE00, 0xFE0F}, /* variation selectors */
};

static bool is_in(utf8proc_int32_t sign, const struct span *spans, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sign >= spans[i].first && sign <= spans[i].last)
			return true;
	}

	return false;
}

static enum class class_of(utf8proc_int32_t sign) {
	utf8proc_category_t category = utf8proc_category(sign);

	switch (category){
		case UTF8PROC_CATEGORY_ND : case UTF8PROC_CATEGORY_NL : case
		UTF8PROC_CATEGORY_NO : if (sign != 0x3007) return DIGIT;
		break;
		case UTF8PROC_CATEGORY_SO : return SYMBOL;
		case UTF8PROC_CATEGORY_CF : /* joiners */
			return NOTHING;
		case UTF8PROC_CATEGORY_MN : /* accents, points, and which form an emoji has */
			if (is_in(sign, accents,
				  sizeof(accents) / sizeof(accents[0]))) return NOTHING;
		break;
		case UTF8PROC_CATEGORY_SK : /* the colours of emoji among them */
						return sign >= 0x1F3FB &&
				sign <= 0x1F3FF
			? NOTHING
			: BETWEEN;
		default : break;
	}
if (category > UTF8PROC_CATEGORY_NO) return BETWEEN;
if (is_in(sign, dense, sizeof(dense) / sizeof(dense[0])))
	return DENSE;

return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_MC ? LETTER : BETWEEN;
}

/* A sign of a text, folded. */
struct sign {
	utf8proc_int32_t code;
	enum class class;
	size_t start, end; /* of that which it was folded from */
};

/* What reads a text sign by sign. */
struct reader {
	const struct folding *folding;
	const char *text;
	size_t size, at;
	struct sign signs[SIGNS_MAX]; /* of those, what is still to be taken */
	size_t count, taken;
};

int32_t folding_simplified(const struct folding *folding, int32_t code)
{
	utf8proc_int32_t to = is_han(code) ? folding->simplified[code - HAN_FIRST] : 0;

	return to ? to : code;
}

/* What stands at the place; bytes that are no UTF-8 divide. */
static void read_sign(struct reader *r)
{
	utf8proc_int32_t code, codes[SIGNS_MAX];
	utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)r->text + r->at,
						 (utf8proc_ssize_t)(r->size - r->at), &code);
	utf8proc_ssize_t n = 1;
	int last = 0;

	if (size <= 0) {
		size = 1;
		code = ' ';
	}
	if (code == 0x2019)
		code = '\'';
	codes[0] = code >= 'A' && code <= 'Z' ? code + 32 : code;
	if (code >= 0x80 && (class_of(code) != DENSE || code >= 0xF900))
		n = utf8proc_decompose_char(
			code, codes, SIGNS_MAX,
			UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE, &last);
	if (n < 1 || n > SIGNS_MAX) {
		n = 1;
		codes[0] = ' ';
	}

	for (r->count = 0; r->count < (size_t)n; r->count++) {
		code = folding_simplified(r->folding, codes[r->count]);
		r->signs[r->count] =
			(struct sign){code, class_of(code), r->at, r->at + (size_t)size};
	}
	r->at += (size_t)size;
	r->taken = 0;
}

/* The next sign, not taken; NULL at the end. */
static const struct sign *peek(struct reader *r)
{
	for (;;) {
		while (r->taken < r->count && r->signs[r->taken].class == NOTHING)
			r->taken++;
		if (r->taken < r->count)
			return &r->signs[r->taken];
		if (r->at == r->size)
			return NULL;
		read_sign(r);
	}
}

/* What takes terms, one after the other. */
struct taker {
	struct terms terms;
	struct arena *arena;
	struct sb_stemmer *stemmer;
	size_t most;
};

static bool is_full(const struct taker *t)
{
	return t->terms.count == t->most;
}

static struct term *add_term(struct taker *t, const char *text, size_t size, size_t start,
			     size_t end)
{
	struct term *term = &t->terms.list[t->terms.count++];

	*term = (struct term){.text = arena_copy(t->arena, text, size), .start = start, .end = end};

	return term;
}

static void stem(struct taker *t, struct term *term, size_t size)
{
	const sb_symbol *stem;

	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)term->text[i] >= 0x80)
			return;
	}
	stem = sb_stemmer_stem(t->stemmer, (const sb_symbol *)term->text, (int)size);
	if (stem && sb_stemmer_length(t->stemmer) > 0)
		term->text = arena_copy(t->arena, stem, (size_t)sb_stemmer_length(t->stemmer));
}

/* Whether the sign goes on with a word of the class of which there are `size` bytes: an apostrophe
 * does between letters, a point between digits, + and # after a single letter (C++, C#). */
static bool goes_on(const struct reader *r, const struct sign *sign, enum class class,
		    const char *bytes, size_t size)
{
	char next = sign->end < r->size ? r->text[sign->end] : ' ';
	bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next & 0x80;

	if (sign->class == class || size == 0)
		return true;
	if (class == DIGIT)
		return sign->code == '.' && next >= '0' && next <= '9';
	if (sign->code == '\'')
		return letter;

	return (sign->code == '+' || sign->code == '#') && !letter &&
	       (size == 1 || (size == 2 && bytes[1] == '+'));
}

static void take_word(struct taker *t, struct reader *r, bool joined)
{
	const struct sign *sign = peek(r);
	enum class class = sign->class;
	size_t start = sign->start, end = start, size = 0;
	char bytes[TERM_MAX + 4];
	struct term *term;

	for (; sign && goes_on(r, sign, class, bytes, size); sign = peek(r)) {
		end = sign->end;
		if (size < TERM_MAX)
			size += (size_t)utf8proc_encode_char(sign->code,
							     (utf8proc_uint8_t *)bytes + size);
		r->taken++;
	}
	term = add_term(t, bytes, size, start, end);
	term->last = true;
	term->joined = joined;
	if (class == LETTER)
		stem(t, term, size);
}

static void take_run(struct taker *t, struct reader *r)
{
	utf8proc_uint8_t bytes[8];
	const struct sign *next;

	do {
		struct sign sign = *peek(r);
		utf8proc_ssize_t size = utf8proc_encode_char(sign.code, bytes);
		struct term *term;

		r->taken++;
		next = peek(r);
		if (next && next->class == DENSE) {
			size += utf8proc_encode_char(next->code, bytes + size);
			sign.end = next->end;
		} else {
			next = NULL;
		}
		term = add_term(t, (const char *)bytes, (size_t)size, sign.start, sign.end);
		term->dense = true;
		term->last = !next;
	} while (next && !is_full(t));
}

struct terms terms_of(const struct folding *folding, struct arena *arena, const char *text,
		      size_t size, size_t most)
{
	struct reader r = {.folding = folding, .text = text, .size = size};
	struct taker t = {.arena = arena, .most = most < size * 4 ? most : size * 4};
	const struct sign *sign;
	size_t end = SIZE_MAX; /* of the last word */

	t.terms.list = arena_array(arena, t.most, sizeof(*t.terms.list));
	t.stemmer = sb_stemmer_new("english", "UTF_8");
	if (!t.stemmer)
		log_die("memory", "no memory for the stemmer");

	while (!is_full(&t) && (sign = peek(&r))) {
		struct sign at = *sign;

		switch (at.class) {
		case LETTER:
		case DIGIT:
			take_word(&t, &r, end == at.start);
			end = t.terms.list[t.terms.count - 1].end;
			break;
		case DENSE:
			take_run(&t, &r);
			break;
		case SYMBOL: {
			utf8proc_uint8_t bytes[4];
			utf8proc_ssize_t n = utf8proc_encode_char(at.code, bytes);

			add_term(&t, (const char *)bytes, (size_t)n, at.start, at.end)->last = true;
			r.taken++;
			break;
		}
		case BETWEEN:
		case NOTHING:
			r.taken++;
			break;
		}
	}
	sb_stemmer_delete(t.stemmer);

	return t.terms;
}

size_t terms_to_vector(const struct terms *terms, char weight, size_t position, struct buf *to)
{
	for (size_t i = 0; i < terms->count && position <= POSITION_MAX; i++, position++) {
		term_quote(terms->list[i].text, to);
		buf_add_format(to, ":%zu%c ", position, weight);
	}

	return position;
}

void term_quote(const char *text, struct buf *to)
{
	buf_add_char(to, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_add_char(to, '\'');
		buf_add_char(to, *text);
	}
	buf_add_char(to, '\'');
}
