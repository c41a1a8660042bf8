/* Sets of member numbers over CRoaring. */
#include "bitmap/bitmap.h"

#include <roaring/roaring.h>

#include "base/arena.h"
#include "base/log.h"

/* `struct bitmap` is CRoaring's own struct under a name of this house. */
static roaring_bitmap_t *roaring(struct bitmap *bitmap)
{
	return (roaring_bitmap_t *)bitmap;
}

static const roaring_bitmap_t *set(const struct bitmap *bitmap)
{
	return (const roaring_bitmap_t *)bitmap;
}

static struct bitmap *checked(roaring_bitmap_t *bitmap)
{
	if (!bitmap)
		log_die("no-memory", "what=bitmap");

	return (struct bitmap *)bitmap;
}

struct bitmap *bitmap_new(void)
{
	return checked(roaring_bitmap_create());
}

struct bitmap *bitmap_copy(const struct bitmap *bitmap)
{
	return checked(roaring_bitmap_copy(set(bitmap)));
}

void bitmap_free(struct bitmap *bitmap)
{
	if (bitmap)
		roaring_bitmap_free(roaring(bitmap));
}

void bitmap_cleanup(struct bitmap **bitmap)
{
	bitmap_free(*bitmap);
}

enum status bitmap_add_bytes(struct bitmap *to, const void *bytes, size_t size)
{
	roaring_bitmap_t *read;

	if (size == 0)
		return STATUS_OK;

	/* The size first: in older versions the safe read accepts bytes left over. */
	if (roaring_bitmap_portable_deserialize_size(bytes, size) != size)
		return STATUS_DATA_LOSS;
	read = roaring_bitmap_portable_deserialize_safe(bytes, size);
	if (!read)
		return STATUS_DATA_LOSS;

	roaring_bitmap_or_inplace(roaring(to), read);
	roaring_bitmap_free(read);
	return STATUS_OK;
}

void bitmap_add_numbers(struct bitmap *to, const int32_t *numbers, size_t n)
{
	roaring_bitmap_add_many(roaring(to), n, (const uint32_t *)numbers);
}

void bitmap_remove_numbers(struct bitmap *from, const int32_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		roaring_bitmap_remove(roaring(from), (uint32_t)numbers[i]);
}

void bitmap_add(struct bitmap *to, const struct bitmap *from)
{
	roaring_bitmap_or_inplace(roaring(to), set(from));
}

void bitmap_keep(struct bitmap *in, const struct bitmap *what)
{
	roaring_bitmap_and_inplace(roaring(in), set(what));
}

void bitmap_subtract(struct bitmap *from, const struct bitmap *what)
{
	roaring_bitmap_andnot_inplace(roaring(from), set(what));
}

int32_t bitmap_count(const struct bitmap *bitmap)
{
	return (int32_t)roaring_bitmap_get_cardinality(set(bitmap));
}

int32_t bitmap_count_and(const struct bitmap *a, const struct bitmap *b)
{
	return (int32_t)roaring_bitmap_and_cardinality(set(a), set(b));
}

int32_t bitmap_count_or(const struct bitmap *a, const struct bitmap *b)
{
	return (int32_t)roaring_bitmap_or_cardinality(set(a), set(b));
}

int32_t bitmap_count_minus(const struct bitmap *a, const struct bitmap *b)
{
	return (int32_t)roaring_bitmap_andnot_cardinality(set(a), set(b));
}

size_t bitmap_after(const struct bitmap *bitmap, int64_t after, size_t n, int32_t *ret)
{
	size_t before, left;

	if (after >= INT32_MAX)
		return 0;
	before = after < 0 ? 0 : roaring_bitmap_rank(set(bitmap), (uint32_t)after);
	left = roaring_bitmap_get_cardinality(set(bitmap)) - before;
	if (left < n)
		n = left;
	if (n > 0)
		roaring_bitmap_range_uint32_array(set(bitmap), before, n, (uint32_t *)ret);

	return n;
}

bool bitmap_equal(const struct bitmap *a, const struct bitmap *b)
{
	return roaring_bitmap_equals(set(a), set(b));
}

/* Without run containers a set has one form alone: an array up to 4,096 members of a chunk, else
 * bits. None of the operations above makes runs, and what was read has none either. (Taking them
 * out by roaring_bitmap_remove_run_compression would loop for ever on a run that ends with the
 * chunk in 0.2.66.) */
uint8_t *bitmap_bytes(const struct bitmap *bitmap, struct arena *arena, size_t *ret_size)
{
	size_t size;
	uint8_t *bytes;

	size = roaring_bitmap_portable_size_in_bytes(set(bitmap));
	bytes = arena_alloc(arena, size);
	roaring_bitmap_portable_serialize(set(bitmap), (char *)bytes);

	*ret_size = size;
	return bytes;
}
