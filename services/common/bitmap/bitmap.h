/* Sets of member numbers, kept as CRoaring bitmaps.
 *
 * Invariant: equal sets have equal bytes, whatever way they came about. Caller-owned; no memory is
 * no set, and ends the process like the arena's. */
#ifndef KITH_BITMAP_BITMAP_H
#define KITH_BITMAP_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct arena;
struct bitmap;

struct bitmap *bitmap_new(void) MUST_USE;
struct bitmap *bitmap_copy(const struct bitmap *bitmap) MUST_USE;
void bitmap_free(struct bitmap *bitmap); /* accepts NULL */
void bitmap_cleanup(struct bitmap **bitmap);

/* Adds what bitmap_bytes wrote; DATA_LOSS, and nothing added, when it is damaged. No bytes are the
 * empty set. */
enum status bitmap_add_bytes(struct bitmap *to, const void *bytes, size_t size) MUST_USE;
void bitmap_add_numbers(struct bitmap *to, const int32_t *numbers, size_t n);
void bitmap_remove_numbers(struct bitmap *from, const int32_t *numbers, size_t n);
void bitmap_add(struct bitmap *to, const struct bitmap *from);
void bitmap_keep(struct bitmap *in, const struct bitmap *what); /* no others stay */
void bitmap_subtract(struct bitmap *from, const struct bitmap *what);

/* How many are in it, or would be in the result. */
int32_t bitmap_count(const struct bitmap *bitmap);
int32_t bitmap_count_and(const struct bitmap *a, const struct bitmap *b);
int32_t bitmap_count_or(const struct bitmap *a, const struct bitmap *b);
int32_t bitmap_count_minus(const struct bitmap *a, const struct bitmap *b);
bool bitmap_equal(const struct bitmap *a, const struct bitmap *b);

/* The first n numbers that are greater than `after`, ascending; fewer at the end. */
size_t bitmap_after(const struct bitmap *bitmap, int64_t after, size_t n, int32_t *ret) MUST_USE;

/* The set in the portable format, in the arena. */
uint8_t *bitmap_bytes(const struct bitmap *bitmap, struct arena *arena, size_t *ret_size) MUST_USE;

#endif
