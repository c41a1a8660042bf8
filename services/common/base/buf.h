/* Bytes that grow: a message being written.
 *
 * Invariant: `data` holds `size` bytes and, unless it is NULL, a NUL after them. */
#ifndef KITH_BASE_BUF_H
#define KITH_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

struct buf {
	char *data;
	size_t size;
	size_t capacity;
};

/* A buffer starts as all zeroes; buf_fini leaves it so. Aborts when there is no memory, like the
 * arena. */
void buf_fini(struct buf *buf);

/* Makes room for `extra` bytes and returns where they go; the caller then adds what it wrote to
 * `size`. */
void *buf_reserve(struct buf *buf, size_t extra) MUST_USE;

void buf_add(struct buf *buf, const void *bytes, size_t size);
void buf_add_string(struct buf *buf, const char *string);
void buf_add_char(struct buf *buf, char c);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Drops the first `size` bytes. */
void buf_drop(struct buf *buf, size_t size);

/* Empties it and keeps the memory. */
void buf_clear(struct buf *buf);

#endif
