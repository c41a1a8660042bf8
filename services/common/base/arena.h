/* Memory that lives as long as one call: allocated piece by piece, given back at once.
 *
 * Invariant: what an arena handed out stays where it is until arena_reset or arena_fini.
 * Not shared between threads. Under AddressSanitizer what is not handed out is poisoned. */
#ifndef KITH_BASE_ARENA_H
#define KITH_BASE_ARENA_H

#include <stddef.h>

#include "compiler.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t used;                /* bytes handed out of the newest chunk */
	size_t total;               /* bytes held in all chunks */
};

/* An arena may also start as all zeroes. */
void arena_init(struct arena *arena);

/* Gives back all memory. Accepts an arena that was never used. */
void arena_fini(struct arena *arena);

/* Forgets everything handed out and keeps one chunk for the next call. */
void arena_reset(struct arena *arena);

/* `size` bytes of zeroes, aligned for any type. Never NULL: a process that gets no memory aborts
 * with a log line, since every size is bounded at the edge. */
void *arena_alloc(struct arena *arena, size_t size) MUST_USE;

/* An array of `count` times `size` zero bytes; aborts when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size) MUST_USE;

/* A copy of `size` bytes followed by a NUL. */
char *arena_copy(struct arena *arena, const void *bytes, size_t size) MUST_USE;

/* A copy of the string. */
char *arena_string(struct arena *arena, const char *string) MUST_USE;

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;

#endif
