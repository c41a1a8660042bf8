/* One line a fact, written whole to stderr. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "text.h"

#define LINE_MAX_SIZE 8192 /* longer lines are cut */
#define GATHER_SIZE   32768

static struct log_options options = {.level = LOG_INFO, .process = "kith"};

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void log_setup(const struct log_options *given)
{
	options = *given;
}

bool log_enabled(enum log_level level)
{
	return level >= options.level;
}

struct line {
	char bytes[LINE_MAX_SIZE];
	size_t size;
};

/* Leaves room for the newline and the closing brace. */
static void put(struct line *line, const char *bytes, size_t size)
{
	size_t room = sizeof(line->bytes) - 4 - line->size;

	if (size > room)
		size = room;
	memcpy(line->bytes + line->size, bytes, size);
	line->size += size;
}

static void put_string(struct line *line, const char *string)
{
	put(line, string, strlen(string));
}

/* `text` between quotes, cut at the size of the buffer; the same escapes serve logfmt and JSON. */
const char *log_quote(const char *text, char *ret, unsigned size)
{
	unsigned n = 0;

	if (size < 3) {
		if (size)
			ret[0] = '\0';
		return ret;
	}

	ret[n++] = '"';
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[8] = {(char)c};

		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c == '\n')
			snprintf(escape, sizeof(escape), "\\n");
		else if (c < 0x20 || c == 0x7f)
			snprintf(escape, sizeof(escape), "\\u%04x", c);

		if (n + strlen(escape) + 2 > size)
			break;
		for (const char *e = escape; *e; e++)
			ret[n++] = *e;
	}
	ret[n++] = '"';
	ret[n] = '\0';

	return ret;
}

static void put_json_string(struct line *line, const char *bytes, size_t size)
{
	char copy[LINE_MAX_SIZE], quoted[LINE_MAX_SIZE];

	if (size >= sizeof(copy))
		size = sizeof(copy) - 1;
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	put_string(line, log_quote(copy, quoted, sizeof(quoted)));
}

/* The end of a quoted value, past its closing quote; NULL when it was cut. */
static const char *quoted_end(const char *at)
{
	for (at++; *at; at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '"')
			return at + 1;
	}

	return NULL;
}

/* key=value pairs become members; the words before the first pair become "text". */
static void put_pairs(struct line *line, const char *text)
{
	const char *at = text, *words_end = text;

	while (*at) {
		const char *key = at, *key_end = at + strcspn(at, "= "), *end;

		if (*key_end != '=' || key_end == key) {
			at = key_end + strspn(key_end, " ");
			if (at == key)
				at++;
			if (words_end == key)
				words_end = at;
			continue;
		}

		put_string(line, ",");
		put_json_string(line, key, (size_t)(key_end - key));
		put_string(line, ":");
		at = key_end + 1;
		end = *at == '"' ? quoted_end(at) : NULL;
		if (end) {
			put(line, at, (size_t)(end - at));
		} else {
			end = at + strcspn(at, " ");
			put_json_string(line, at, (size_t)(end - at));
		}
		at = end + strspn(end, " ");
	}

	if (words_end > text) {
		while (words_end > text && words_end[-1] == ' ')
			words_end--;
		put_string(line, ",\"text\":");
		put_json_string(line, text, (size_t)(words_end - text));
	}
}

static _Thread_local char *gathered; /* NULL: lines are written at once */
static _Thread_local size_t gathered_size;

static void write_whole(const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDERR_FILENO, bytes, size);

		if (written <= 0)
			return; /* nobody to tell */
		bytes += written;
		size -= (size_t)written;
	}
}

void log_gather(void)
{
	if (gathered == NULL)
		gathered = malloc(GATHER_SIZE); /* without memory, as before */
}

void log_flush(void)
{
	if (gathered != NULL)
		write_whole(gathered, gathered_size);
	gathered_size = 0;
}

void log_end(void)
{
	log_flush();
	free(gathered);
	gathered = NULL;
}

static void write_line(enum log_level level, const char *id, const char *format, va_list args)
{
	char text[LINE_MAX_SIZE / 2], time[32];
	struct line line = {.size = 0};

	vsnprintf(text, sizeof(text), format, args);
	text_from_time(clock_wall_us(), time);

	if (options.json) {
		put_string(&line, "{\"time\":\"");
		put_string(&line, time);
		put_string(&line, "\",\"level\":\"");
		put_string(&line, level_names[level]);
		put_string(&line, "\",\"process\":\"");
		put_string(&line, options.process);
		put_string(&line, "\",\"id\":\"");
		put_string(&line, id);
		put_string(&line, "\"");
		put_pairs(&line, text);
		line.bytes[line.size++] = '}';
	} else {
		put_string(&line, time);
		put_string(&line, " ");
		put_string(&line, level_names[level]);
		put_string(&line, " ");
		put_string(&line, options.process);
		put_string(&line, " ");
		put_string(&line, id);
		put_string(&line, " ");
		for (char *c = text; *c; c++) /* one line is one fact */
			if (*c == '\n')
				*c = ' ';
		put_string(&line, text);
	}
	line.bytes[line.size++] = '\n';

	if (gathered == NULL) {
		write_whole(line.bytes, line.size);
		return;
	}
	if (gathered_size + line.size > GATHER_SIZE)
		log_flush();
	memcpy(gathered + gathered_size, line.bytes, line.size);
	gathered_size += line.size;
}

void log_line(enum log_level level, const char *id, const char *format, ...)
{
	va_list args;

	if (!log_enabled(level))
		return;

	va_start(args, format);
	write_line(level, id, format, args);
	va_end(args);
}

void log_die(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_ERROR, id, format, args);
	va_end(args);
	log_flush();
	abort();
}
