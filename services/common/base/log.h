/* One line a fact: `time level message-id text key=value …`, or the same as JSON. Library code does
 * not log; processes, jobs and the dispatcher do. Safe from any thread; a line is written whole. */
#ifndef KITH_BASE_LOG_H
#define KITH_BASE_LOG_H

#include <stdbool.h>

#include "compiler.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_options {
	enum log_level level;
	bool json;           /* one JSON object a line instead of text */
	const char *process; /* "member"; not copied, lives as long as the process */
};

/* Before threads start. Without it: INFO and above, text. Writes to stderr. */
void log_setup(const struct log_options *options);

bool log_enabled(enum log_level level);

/* `id` is stable and greppable ("call-failed"); `format` gives key=value pairs in logfmt, strings
 * in it quoted by the caller with log_quote when they come from outside. */
void log_line(enum log_level level, const char *id, const char *format, ...) PRINTF_LIKE(3, 4);

/* `text` as a quoted logfmt value with control characters escaped, cut at `size`; returns `ret`. */
const char *log_quote(const char *text, char *ret, unsigned size);

/* From now on the lines of this thread are kept until log_flush, or until there are 32 KiB of them:
 * one write for many, for a thread that logs each of very many requests. */
void log_gather(void);
void log_flush(void);
/* Before such a thread ends. */
void log_end(void);

/* Logs the reason and aborts. For what cannot go on: no memory, broken invariant. */
void log_die(const char *id, const char *format, ...) PRINTF_LIKE(2, 3) __attribute__((noreturn));

#endif
