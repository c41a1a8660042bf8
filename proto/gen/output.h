/* What the generator writes: files that change only when their text does, and errors with file and
 * line. */
#ifndef KITH_GEN_OUTPUT_H
#define KITH_GEN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"

/* `file:line: text` on stderr. The generator goes on, to find the others, and fails at its end. */
void error_at(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
size_t errors_count(void);

/* The first lines of a generated file: what it is, and that nobody edits it. */
void output_head(struct buf *to, const char *what);

/* A C string literal, one source line per text line, each indented by a tab. */
void output_literal(struct buf *to, const char *text);
void output_bytes(struct buf *to, const void *bytes, size_t size);

/* Writes `directory/name` unless it holds these bytes already, so that nothing is rebuilt in vain;
 * empties the buffer. After an error nothing is written any more. */
void output_write(const char *directory, const char *name, struct buf *text);

/* The whole file; false when it cannot be read. */
bool input_read(const char *path, struct buf *to);

#endif
