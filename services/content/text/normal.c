/* Normal form: sign by sign, then once over the whole for what stands alone. */
#include "normal.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "sign.h"
#include "term.h"

#define FORMS_MAX   4 /* signs that one may stand for; more are left out */
#define SINGLES_MIN 3 /* letters alone in a row that become a word */

struct writer {
	const struct folding *folding;
	char *text;
	uint32_t *starts;
	uint8_t *gaps;
	size_t size, capacity;
	uint8_t gap;  /* since the last sign */
	bool chinese; /* the last sign was */
};

static uint8_t gap_of(utf8proc_int32_t sign)
{
	switch (sign) {
	case '\n':
	case '\r':
	case ',':
	case ';':
	case '!':
	case '?':
	case 0x3001: /* 、 */
	case 0x3002: /* 。 */
		return GAP_STOP;
	default:
		return GAP_SIGNS;
	}
}

static void put(struct writer *w, utf8proc_int32_t sign, size_t start, uint8_t gap)
{
	utf8proc_uint8_t bytes[4];
	size_t n = (size_t)utf8proc_encode_char(sign, bytes);

	if (w->size + n > w->capacity)
		return;
	w->gaps[w->size] = gap;
	for (size_t i = 0; i < n; i++)
		w->starts[w->size + i] = (uint32_t)start;
	memcpy(w->text + w->size, bytes, n);
	w->size += n;
}

static void add_sign(struct writer *w, utf8proc_int32_t sign, size_t start)
{
	bool chinese = sign_is_chinese(sign);

	if (chinese)
		sign = folding_simplified(w->folding, sign);
	if (w->gap && w->size && !chinese && !w->chinese)
		put(w, ' ', start, GAP_NONE);
	put(w, sign, start, w->gap);
	w->gap = GAP_NONE;
	w->chinese = chinese;
}

static void add_gap(struct writer *w, uint8_t gap)
{
	if (gap > w->gap)
		w->gap = gap;
}

static void add_other(struct writer *w, utf8proc_int32_t sign, size_t start)
{
	utf8proc_int32_t forms[FORMS_MAX];
	int class = 0;
	utf8proc_category_t category = utf8proc_category(sign);
	utf8proc_ssize_t n;

	/* What has no width hides nothing: it is as if it were not there. */
	if (category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_MN ||
	    category == UTF8PROC_CATEGORY_ME)
		return;
	n = utf8proc_decompose_char(sign, forms, FORMS_MAX,
				    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
					    UTF8PROC_DECOMPOSE,
				    &class);
	if (n > FORMS_MAX)
		n = FORMS_MAX;
	for (utf8proc_ssize_t i = 0; i < n; i++) {
		if (sign_is_written(forms[i]))
			add_sign(w, forms[i], start);
		else
			add_gap(w, gap_of(forms[i]));
	}
	if (n < 0)
		add_gap(w, gap_of(sign));
}

static void add(struct writer *w, utf8proc_int32_t sign, size_t start)
{
	if (sign >= 0xFF01 && sign <= 0xFF5E)
		sign -= 0xFF01 - '!';

	if (sign >= 'A' && sign <= 'Z')
		add_sign(w, sign + 32, start);
	else if (sign < 0x80 && sign_is_written(sign))
		add_sign(w, sign, start);
	else if (sign < 0x80 || sign == 0x3000 || sign == 0x3001 || sign == 0x3002)
		add_gap(w, gap_of(sign));
	else if (sign >= 0x3400 && sign <= 0x9FFF)
		add_sign(w, sign, start);
	else
		add_other(w, sign, start);
}

/* Nothing of a word, or of an account's name, stands at that place. */
static bool is_edge(const struct writer *w, size_t at)
{
	return at >= w->size || w->text[at] == ' ' || (unsigned char)w->text[at] >= 0x80;
}

/* A letter or digit that stands alone. */
static bool is_single(const struct writer *w, size_t at)
{
	return !is_edge(w, at) && (at == 0 || is_edge(w, at - 1)) && is_edge(w, at + 1);
}

static size_t count_singles(const struct writer *w, size_t at)
{
	size_t n = 0;

	while (is_single(w, at + 2 * n) && (n == 0 || w->text[at + 2 * n - 1] == ' '))
		n++;

	return n;
}

/* Takes the spaces out of "v i p". */
static void join_singles(struct writer *w)
{
	size_t to = 0, singles;

	for (size_t at = 0; at < w->size;) {
		singles = count_singles(w, at);

		size_t end = singles ? at + 2 * singles - 1 : at + 1;

		for (; at < end; at += singles >= SINGLES_MIN ? 2 : 1, to++) {
			w->text[to] = w->text[at];
			w->starts[to] = w->starts[at];
			w->gaps[to] = w->gaps[at];
		}
		at = end;
	}
	w->size = to;
}

struct normal normal_of(const struct folding *folding, struct arena *arena, const char *text,
			size_t size)
{
	size_t capacity = size * 2;
	struct writer w = {
		.folding = folding,
		.text = arena_alloc(arena, capacity + 1),
		.starts = arena_array(arena, capacity + 1, sizeof(*w.starts)),
		.gaps = arena_alloc(arena, capacity + 1),
		.capacity = capacity,
	};

	for (size_t at = 0; at < size;) {
		utf8proc_int32_t sign;
		size_t step = sign_next(text + at, size - at, &sign);

		add(&w, sign, at);
		at += step;
	}
	join_singles(&w);
	w.text[w.size] = '\0';
	w.starts[w.size] = (uint32_t)size;

	return (struct normal){w.text, w.size, w.starts, w.gaps};
}
