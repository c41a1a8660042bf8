/* Strings as the edge sees them: UTF-8, numbers that may be wrong, comparisons. */
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the sequence at `at`, 0 when it is not well-formed. */
static size_t sequence(const uint8_t *at, size_t left)
{
	uint8_t lead = at[0], low = 0x80, high = 0xbf;
	size_t length;

	if (lead < 0x80)
		return lead ? 1 : 0;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;

	length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (left < length)
		return 0;

	if (lead == 0xe0)
		low = 0xa0; /* overlong */
	else if (lead == 0xed)
		high = 0x9f; /* surrogates */
	else if (lead == 0xf0)
		low = 0x90; /* overlong */
	else if (lead == 0xf4)
		high = 0x8f; /* above U+10FFFF */

	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;

	return length;
}

bool text_is_utf8(const char *bytes, size_t size)
{
	const uint8_t *at = (const uint8_t *)(size ? bytes : ""), *end = at + size;

	while (at < end) {
		size_t length;

		/* Eight plain letters at a time: no high bit, no zero byte. */
		while (end - at >= 8) {
			uint64_t word;

			memcpy(&word, at, 8);
			if ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u)
				break;
			at += 8;
		}
		if (at == end)
			break;

		length = sequence(at, (size_t)(end - at));
		if (length == 0)
			return false;
		at += length;
	}

	return true;
}

size_t text_length(const char *string)
{
	size_t n = 0;

	for (; *string; string++)
		n += ((uint8_t)*string & 0xc0) != 0x80;

	return n;
}

bool text_starts(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *string, const char *suffix)
{
	size_t size = strlen(string), n = strlen(suffix);

	return size >= n && memcmp(string + size - n, suffix, n) == 0;
}

bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_uint64(const char *string, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*string)
		return false;

	for (; *string; string++) {
		if (*string < '0' || *string > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*string - '0'), &value))
			return false;
	}

	*ret = value;
	return true;
}

bool text_int64(const char *string, int64_t *ret)
{
	bool negative = *string == '-';
	uint64_t value;

	if (!text_uint64(string + negative, &value) || value > (uint64_t)INT64_MAX + negative)
		return false;

	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

bool text_double(const char *string, double *ret)
{
	double value;
	char *end;

	/* strtod also takes spaces, hex, "inf" and "nan": none of them is a number here. */
	if (!*string || string[strspn(string, "+-.0123456789eE")])
		return false;

	errno = 0;
	value = strtod(string, &end);
	if (*end || end == string || value == __builtin_inf() || value == -__builtin_inf())
		return false;

	*ret = value;
	return true;
}

void text_hex(const void *bytes, size_t size, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++) {
		ret[2 * i] = digits[at[i] >> 4];
		ret[2 * i + 1] = digits[at[i] & 15];
	}
	ret[2 * size] = '\0';
}

/* The digit's value plus one; 0 for what is no digit. Every id on the road passes here. */
static const uint8_t digit_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool text_unhex(const char *hex, void *ret, size_t size)
{
	uint8_t *to = ret;

	if (strnlen(hex, 2 * size + 1) != 2 * size)
		return false;
	for (size_t i = 0; i < 2 * size; i++)
		if (!digit_values[(uint8_t)hex[i]])
			return false;

	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)((digit_values[(uint8_t)hex[2 * i]] - 1) << 4 |
				  (digit_values[(uint8_t)hex[2 * i + 1]] - 1));

	return true;
}

bool text_same_secret(const void *a, const void *b, size_t size)
{
	const volatile uint8_t *left = a, *right = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < size; i++)
		difference |= left[i] ^ right[i];

	return difference == 0;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char *encode(struct arena *arena, const uint8_t *bytes, size_t size, const char *last_two,
		    bool pad)
{
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;
		unsigned letters = 2;

		if (i + 1 < size) {
			group |= (uint32_t)bytes[i + 1] << 8;
			letters = 3;
		}
		if (i + 2 < size) {
			group |= bytes[i + 2];
			letters = 4;
		}
		for (unsigned k = 0; k < 4; k++) {
			unsigned value = group >> (18 - 6 * k) & 63;

			if (k < letters)
				*to++ = value < 62 ? alphabet[value] : last_two[value - 62];
			else if (pad)
				*to++ = '=';
		}
	}

	return text;
}

char *text_base64url(struct arena *arena, const void *bytes, size_t size)
{
	return encode(arena, bytes, size, "-_", false);
}

char *text_base64(struct arena *arena, const void *bytes, size_t size)
{
	return encode(arena, bytes, size, "+/", true);
}

static int letter_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;

	return -1;
}

uint8_t *text_unbase64(struct arena *arena, const char *text, size_t size, size_t *ret_size)
{
	uint8_t *bytes, *to;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	if (size && size % 4 == 0 && text[size - 1] == '=')
		size -= text[size - 2] == '=' ? 2 : 1;
	if (size % 4 == 1)
		return NULL;

	to = bytes = arena_alloc(arena, size / 4 * 3 + 3);
	for (size_t i = 0; i < size; i++) {
		int value = letter_value(text[i]);

		if (value < 0)
			return NULL;
		bits = (bits << 6 | (uint32_t)value) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*to++ = (uint8_t)(bits >> n_bits);
		}
	}

	*ret_size = (size_t)(to - bytes);
	return bytes;
}
