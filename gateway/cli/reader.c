/* Splits what zlib reads (plain files as they are) into lines. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "line.h"

#define CHUNK (256u << 10)

struct reader {
	gzFile gz;
	struct buf bytes; /* read and not yet told */
	size_t begin;     /* of the next line in them */
	size_t searched;  /* no newline before this */
	bool skipping;    /* the rest of a line that was too long */
	bool end;         /* nothing more comes */
	uint64_t number;
	int64_t size; /* of the file; 0 when unknown */
};

enum status reader_open(const char *file, struct reader **ret_reader)
{
	int fd = text_equal(file, "-") ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
	struct stat about;

	if (fd < 0)
		return (enum status)cli_fail(STATUS_NOT_FOUND, "%s: %s", file, strerror(errno));

	struct reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL || (reader->gz = gzdopen(fd, "rb")) == NULL)
		log_die("no-memory", "what=reader");
	gzbuffer(reader->gz, CHUNK);
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
		reader->size = about.st_size;
	*ret_reader = reader;
	return STATUS_OK;
}

void reader_close(struct reader *reader)
{
	if (reader == NULL)
		return;
	gzclose_r(reader->gz);
	buf_fini(&reader->bytes);
	free(reader);
}

static enum status fill(struct reader *reader)
{
	int problem = Z_OK;

	buf_drop(&reader->bytes, reader->begin);
	reader->searched -= reader->begin;
	reader->begin = 0;

	int n = gzread(reader->gz, buf_reserve(&reader->bytes, CHUNK), CHUNK);
	if (n > 0)
		reader->bytes.size += (size_t)n;
	gzerror(reader->gz, &problem);
	if (n < 0 || (n == 0 && problem != Z_OK && problem != Z_STREAM_END))
		return STATUS_DATA_LOSS;
	reader->end = n == 0;
	return STATUS_OK;
}

enum status reader_next(struct reader *reader, const char **ret_line, size_t *ret_size)
{
	for (;;) {
		struct buf *bytes = &reader->bytes;
		const char *newline = bytes->size > reader->searched
					      ? memchr(bytes->data + reader->searched, '\n',
						       bytes->size - reader->searched)
					      : NULL;
		size_t stop = newline != NULL ? (size_t)(newline - bytes->data) : bytes->size;

		reader->searched = stop;
		if (newline != NULL || (reader->end && stop > reader->begin)) {
			const char *line = bytes->data + reader->begin;
			size_t size = stop - reader->begin;
			bool skipped = reader->skipping;

			reader->begin = reader->searched = stop + (newline != NULL);
			reader->skipping = false;
			if (skipped)
				continue;
			reader->number++;
			if (size > LINE_MAX_BYTES)
				return STATUS_RESOURCE_EXHAUSTED;
			*ret_line = line;
			*ret_size = size > 0 && line[size - 1] == '\r' ? size - 1 : size;
			return STATUS_OK;
		}
		if (reader->end)
			return STATUS_OUT_OF_RANGE;
		if (stop - reader->begin > LINE_MAX_BYTES) {
			bool first = !reader->skipping;

			reader->begin = stop;
			reader->skipping = true;
			if (first) {
				reader->number++;
				return STATUS_RESOURCE_EXHAUSTED;
			}
		}
		TRY(fill(reader));
	}
}

uint64_t reader_number(const struct reader *reader)
{
	return reader->number;
}

double reader_share(const struct reader *reader)
{
	return reader->size > 0 ? (double)gzoffset(reader->gz) / (double)reader->size : -1;
}
