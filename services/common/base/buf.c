/* Bytes that grow: a message being written. */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define CAPACITY_MIN 64

void buf_fini(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

void *buf_reserve(struct buf *buf, size_t extra)
{
	size_t needed, capacity = buf->capacity;

	if (__builtin_add_overflow(buf->size, extra, &needed) || needed >= SIZE_MAX / 2)
		log_die("no-memory", "buf extra=%zu", extra);

	if (needed >= capacity) { /* one more for the NUL */
		if (capacity < CAPACITY_MIN)
			capacity = CAPACITY_MIN;
		while (capacity <= needed)
			capacity *= 2;

		buf->data = realloc(buf->data, capacity);
		if (!buf->data)
			log_die("no-memory", "buf size=%zu", capacity);
		buf->capacity = capacity;
	}
	buf->data[buf->size] = '\0';

	return buf->data + buf->size;
}

void buf_add(struct buf *buf, const void *bytes, size_t size)
{
	void *to = buf_reserve(buf, size);

	if (size)
		memcpy(to, bytes, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
}

void buf_add_string(struct buf *buf, const char *string)
{
	buf_add(buf, string, strlen(string));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	va_list args;
	int length;
	char *to;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);

	to = buf_reserve(buf, (size_t)length);
	va_start(args, format);
	vsnprintf(to, (size_t)length + 1, format, args);
	va_end(args);
	buf->size += (size_t)length;
}

void buf_drop(struct buf *buf, size_t size)
{
	assert(size <= buf->size);
	if (size == 0)
		return;

	buf->size -= size;
	memmove(buf->data, buf->data + size, buf->size + 1);
}

void buf_clear(struct buf *buf)
{
	buf->size = 0;
	if (buf->data)
		buf->data[0] = '\0';
}
