/* Memory that lives as long as one call. */
#include "arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define CHUNK_MIN (16u << 10)
#define CHUNK_MAX (1u << 20) /* a chunk grows past this only for one allocation that needs it */
#define ALIGN     _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t capacity;
	_Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

static void free_chunks(struct arena_chunk *chunk)
{
	while (chunk) {
		struct arena_chunk *next = chunk->next;

		ASAN_UNPOISON_MEMORY_REGION(chunk->bytes, chunk->capacity);
		free(chunk);
		chunk = next;
	}
}

void arena_fini(struct arena *arena)
{
	free_chunks(arena->chunks);
	*arena = (struct arena){0};
}

/* The newest chunk is the largest of ordinary size; one made for a giant is not worth keeping. */
void arena_reset(struct arena *arena)
{
	struct arena_chunk *kept = arena->chunks;

	while (kept && kept->capacity > CHUNK_MAX) {
		struct arena_chunk *giant = kept;

		kept = kept->next;
		giant->next = NULL;
		free_chunks(giant);
	}

	if (kept) {
		free_chunks(kept->next);
		kept->next = NULL;
		ASAN_POISON_MEMORY_REGION(kept->bytes, kept->capacity);
	}

	*arena = (struct arena){.chunks = kept, .total = kept ? kept->capacity : 0};
}

static void add_chunk(struct arena *arena, size_t size)
{
	size_t capacity = arena->total < CHUNK_MIN ? CHUNK_MIN : arena->total;
	struct arena_chunk *chunk;

	if (capacity > CHUNK_MAX)
		capacity = CHUNK_MAX;
	if (capacity < size)
		capacity = size;

	chunk = malloc(sizeof(*chunk) + capacity);
	if (!chunk)
		log_die("no-memory", "arena size=%zu", capacity);

	chunk->next = arena->chunks;
	chunk->capacity = capacity;
	ASAN_POISON_MEMORY_REGION(chunk->bytes, capacity);
	arena->chunks = chunk;
	arena->used = 0;
	arena->total += capacity;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded;
	char *bytes;

	if (size > SIZE_MAX / 2)
		log_die("no-memory", "arena size=%zu", size);
	rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (rounded == 0)
		rounded = ALIGN; /* every allocation has an address of its own */

	if (!arena->chunks || arena->chunks->capacity - arena->used < rounded)
		add_chunk(arena, rounded);

	bytes = arena->chunks->bytes + arena->used;
	arena->used += rounded;
	ASAN_UNPOISON_MEMORY_REGION(bytes, size);

	return memset(bytes, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		log_die("no-memory", "arena count=%zu size=%zu", count, size);

	return arena_alloc(arena, bytes);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);

	if (size)
		memcpy(copy, bytes, size);

	return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	int length;
	char *text;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);

	text = arena_alloc(arena, (size_t)length + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);

	return text;
}
