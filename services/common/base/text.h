/* Strings as the edge sees them: UTF-8 checks, numbers that may be wrong, hex and base64url, civil
 * dates. */
#ifndef KITH_BASE_TEXT_H
#define KITH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "compiler.h"

/* Well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF) without NUL. */
bool text_is_utf8(const char *bytes, size_t size);

/* Code points of well-formed UTF-8. */
size_t text_length(const char *string);

bool text_starts(const char *string, const char *prefix);
bool text_ends(const char *string, const char *suffix);
bool text_equal(const char *a, const char *b); /* NULL equals only NULL */

/* The whole string as a number; false, and *ret untouched, when it is not one or does not fit. */
bool text_int64(const char *string, int64_t *ret) MUST_USE;
bool text_uint64(const char *string, uint64_t *ret) MUST_USE;
bool text_double(const char *string, double *ret) MUST_USE;

/* Lower-case hex of `size` bytes into `ret`, which holds 2 * size + 1. */
void text_hex(const void *bytes, size_t size, char *ret);
bool text_unhex(const char *hex, void *ret, size_t size) MUST_USE;

/* base64url without padding, in the arena. text_unbase64url accepts padding and both alphabets,
 * refuses anything else by NULL. */
char *text_base64url(struct arena *arena, const void *bytes, size_t size) MUST_USE;
char *text_base64(struct arena *arena, const void *bytes, size_t size) MUST_USE;
uint8_t *text_unbase64(struct arena *arena, const char *text, size_t size,
		       size_t *ret_size) MUST_USE;

/* "YYYY-MM-DD" to days since 1970-01-01 in the proleptic Gregorian calendar; false unless the day
 * exists. */
bool text_date(const char *string, int32_t *ret_day) MUST_USE;
/* The reverse; `ret` holds 11. Years 0001 to 9999. */
void text_from_date(int32_t day, char *ret);

/* RFC 3339 with offset to microseconds since the epoch, and the offset in seconds where
 * `ret_offset_s` is not NULL. */
bool text_time(const char *string, int64_t *ret_us, int32_t *ret_offset_s) MUST_USE;
/* UTC, with as many of 0, 3 or 6 fraction digits as needed; `ret` holds 28. */
void text_from_time(int64_t us, char *ret);

/* Constant-time comparison of secrets. */
bool text_same_secret(const void *a, const void *b, size_t size);

#endif
