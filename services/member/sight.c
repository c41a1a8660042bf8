/* What one may see of another's attributes, and how a value looks behind its mask. */
#include "sight.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define PHONE_DIGITS_MIN 7
#define PHONE_HIDDEN     4

enum sight sight_of(enum viewer viewer, Member__Visibility visibility, bool masked)
{
	/* Who has to stand how close. */
	static const enum viewer least[] = {
		[MEMBER__VISIBILITY__VISIBILITY_UNSPECIFIED] = VIEWER_SELF,
		[MEMBER__VISIBILITY__VISIBILITY_PUBLIC] = VIEWER_STRANGER,
		[MEMBER__VISIBILITY__VISIBILITY_MEMBERS] = VIEWER_MEMBER,
		[MEMBER__VISIBILITY__VISIBILITY_STAFF] = VIEWER_STAFF,
		[MEMBER__VISIBILITY__VISIBILITY_SELF] = VIEWER_SELF,
	};

	if (viewer < least[visibility])
		return SIGHT_NONE;

	return masked && viewer < VIEWER_SELF ? SIGHT_MASKED : SIGHT_CLEAR;
}

/* Bytes of the code point at `at`. */
static size_t point(const char *at)
{
	size_t n = 1;

	while (((unsigned char)at[n] & 0xc0) == 0x80)
		n++;

	return n;
}

static const char *last_point(const char *value)
{
	const char *at = value + strlen(value) - 1;

	while (at > value && ((unsigned char)*at & 0xc0) == 0x80)
		at--;

	return at;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* With so few characters that the ends would tell it, one end or none is left. */
static void mask_any(struct buf *to, const char *value)
{
	size_t length = text_length(value);

	if (length > 1)
		buf_add(to, value, point(value));
	buf_add_string(to, "***");
	if (length > 3)
		buf_add_string(to, last_point(value));
}

/* Four digits are hidden: before the last four of a long number, before the last two of a short
 * one. What stands between digits stays. */
static void mask_phone(struct buf *to, const char *value)
{
	size_t n = 0, tail, seen = 0;

	for (const char *at = value; *at; at++)
		n += is_digit(*at);
	if (n < PHONE_DIGITS_MIN) {
		mask_any(to, value);
		return;
	}

	tail = n >= 11 ? 4 : 2;
	for (const char *at = value; *at; at++) {
		bool hidden = is_digit(*at) && seen >= n - tail - PHONE_HIDDEN && seen < n - tail;

		seen += is_digit(*at);
		buf_add(to, hidden ? "*" : at, 1);
	}
}

static void mask_email(struct buf *to, const char *value)
{
	const char *at = strrchr(value, '@');

	if (!at) {
		mask_any(to, value);
		return;
	}
	if (at > value && value + point(value) < at)
		buf_add(to, value, point(value));
	buf_add_string(to, "***");
	buf_add_string(to, at);
}

/* The family name of those who write it first; a star for every other character. */
static void mask_name(struct buf *to, const char *value)
{
	size_t first = *value ? point(value) : 0;

	if (text_length(value) > 1)
		buf_add(to, value, first);
	else
		first = 0;
	for (const char *at = value + first; *at; at += point(at))
		buf_add_string(to, "*");
}

const char *sight_mask(struct arena *arena, const char *name, const char *value)
{
	static const struct {
		const char *name;
		void (*mask)(struct buf *to, const char *value);
	} forms[] = {
		{"phone", mask_phone},
		{"email", mask_email},
		{"real_name", mask_name},
	};
	void (*mask)(struct buf * to, const char *value) = mask_any;
	CLEANUP(buf_fini) struct buf masked = {0};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (text_equal(name, forms[i].name))
			mask = forms[i].mask;
	mask(&masked, value);

	return arena_copy(arena, masked.data, masked.size);
}
