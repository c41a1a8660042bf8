/* Lines out of files: plain, gzip, damaged, without an end, and far too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "line.h"
#include "reader.h"

static char path[64];

static struct reader *given_file(const char *bytes, size_t size, bool gzip, size_t cut)
{
	struct reader *reader;
	int fd;

	snprintf(path, sizeof(path), "/tmp/kith-reader-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	gzFile f = gzopen(path, gzip ? "wb" : "wbT");
	assert_int_equal(gzwrite(f, bytes, (unsigned)size), size);
	gzclose(f);
	if (cut > 0)
		assert_int_equal(truncate(path, (off_t)cut), 0);
	assert_int_equal(reader_open(path, &reader), STATUS_OK);
	return reader;
}

static void done(struct reader *reader)
{
	reader_close(reader);
	unlink(path);
}

static void expect_line(struct reader *reader, const char *text)
{
	const char *line;
	size_t size;

	assert_int_equal(reader_next(reader, &line, &size), STATUS_OK);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(line, text, size);
}

static void expect_end(struct reader *reader, enum status status)
{
	const char *line;
	size_t size;

	assert_int_equal(reader_next(reader, &line, &size), status);
}

static void plain_and_gzip_read_alike(void **state)
{
	static const char text[] = "one\n\ntwo\r\nthree";

	(void)state;
	for (int gzip = 0; gzip < 2; gzip++) {
		struct reader *reader = given_file(text, strlen(text), gzip, 0);

		expect_line(reader, "one");
		expect_line(reader, "");
		expect_line(reader, "two");
		expect_line(reader, "three");
		assert_int_equal(reader_number(reader), 4);
		expect_end(reader, STATUS_OUT_OF_RANGE);
		expect_end(reader, STATUS_OUT_OF_RANGE);
		done(reader);
	}
}

static void line_over_the_limit_is_skipped_and_counted(void **state)
{
	size_t size = LINE_MAX_BYTES * 3;
	char *text = malloc(size + 16);
	struct reader *reader;

	(void)state;
	assert_non_null(text);
	memcpy(text, "a\n", 2);
	memset(text + 2, 'x', size);
	memcpy(text + 2 + size, "\nb\n", 3);
	reader = given_file(text, size + 5, false, 0);
	expect_line(reader, "a");
	expect_end(reader, STATUS_RESOURCE_EXHAUSTED);
	assert_int_equal(reader_number(reader), 2);
	expect_line(reader, "b");
	assert_int_equal(reader_number(reader), 3);
	expect_end(reader, STATUS_OUT_OF_RANGE);
	done(reader);
	free(text);
}

static void line_of_just_the_limit_is_read(void **state)
{
	char *text = malloc(LINE_MAX_BYTES + 2);
	const char *line;
	size_t size;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LINE_MAX_BYTES);
	memcpy(text + LINE_MAX_BYTES, "\n", 1);
	struct reader *reader = given_file(text, LINE_MAX_BYTES + 1, false, 0);
	assert_int_equal(reader_next(reader, &line, &size), STATUS_OK);
	assert_int_equal(size, LINE_MAX_BYTES);
	done(reader);
	free(text);
}

static void file_cut_off_is_damage_and_no_end(void **state)
{
	enum { SIZE = 1 << 20 };
	char *text = malloc(SIZE);
	const char *line;
	size_t size;
	enum status status;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < SIZE; i++)
		text[i] = (char)(i % 61 == 60 ? '\n' : 'a' + (int)((unsigned)i * (unsigned)i % 23));
	struct reader *reader = given_file(text, SIZE, true, 400);
	do
		status = reader_next(reader, &line, &size);
	while (status == STATUS_OK);
	assert_int_equal(status, STATUS_DATA_LOSS);
	done(reader);
	free(text);
}

static void absent_file_is_not_found(void **state)
{
	struct reader *reader = NULL;

	(void)state;
	assert_int_equal(reader_open("/nonexistent", &reader), STATUS_NOT_FOUND);
	assert_null(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_gzip_read_alike),
		cmocka_unit_test(line_over_the_limit_is_skipped_and_counted),
		cmocka_unit_test(line_of_just_the_limit_is_read),
		cmocka_unit_test(file_cut_off_is_damage_and_no_end),
		cmocka_unit_test(absent_file_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
