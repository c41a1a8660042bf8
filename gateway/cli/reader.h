/* Lines of a file, plain or gzip, or of standard input. */
#ifndef KITH_CLI_READER_H
#define KITH_CLI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct reader;

/* "-" is standard input. Says on standard error why it cannot be opened. */
enum status reader_open(const char *file, struct reader **ret_reader) MUST_USE;
void reader_close(struct reader *reader); /* accepts NULL */

/* The next line without its end, valid until the next call. OUT_OF_RANGE behind the last one;
 * RESOURCE_EXHAUSTED for a line longer than LINE_MAX_BYTES, which is skipped; DATA_LOSS when the
 * rest of the file cannot be read. */
enum status reader_next(struct reader *reader, const char **ret_line, size_t *ret_size) MUST_USE;

/* Number of the line that reader_next told last; the first is 1. */
uint64_t reader_number(const struct reader *reader);

/* How much of the file has been read, 0 to 1; below 0 when nobody knows. */
double reader_share(const struct reader *reader);

#endif
