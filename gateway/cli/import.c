/* kith import FILE: reads an interchange file window by window, shows how far it is, goes on where
 * the last run stopped, and sums up. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "checkpoint.h"
#include "command.h"
#include "intake.h"
#include "reader.h"
#include "suite.h"

#define WINDOW_LINES 5000
#define PROGRESS_US  (100 * INT64_C(1000))
#define BAR_WIDTH    30

struct progress {
	bool shown; /* a person watches */
	int64_t begin_us, told_us;
	uint64_t skipped; /* lines that an earlier run had done */
};

static void show(struct progress *progress, const struct reader *reader, bool last)
{
	static const char full[] = "##############################";
	int64_t now_us = clock_mono_us();
	double share = last ? 1 : reader_share(reader);
	uint64_t lines = reader_number(reader);

	if (!progress->shown || (!last && now_us - progress->told_us < PROGRESS_US))
		return;
	progress->told_us = now_us;
	double seconds = (double)(now_us - progress->begin_us + 1) / 1e6;
	double rate = (double)(lines - progress->skipped) / seconds;
	if (share >= 0) {
		int done = (int)(share * BAR_WIDTH);
		fprintf(stderr, "\r[%.*s%*s] %3.0f %%", done, full, BAR_WIDTH - done, "",
			share * 100);
	}
	fprintf(stderr, "  %" PRIu64 " lines  %.0f/s \033[K%s", lines, rate, last ? "\n" : "\r");
	fflush(stderr);
}

/* Reads past what an earlier run has done. */
static enum status skip(struct reader *reader, uint64_t lines)
{
	const char *text;
	size_t size;

	while (reader_number(reader) < lines) {
		enum status status = reader_next(reader, &text, &size);
		if (status != STATUS_OK && status != STATUS_RESOURCE_EXHAUSTED)
			return status == STATUS_OUT_OF_RANGE ? STATUS_OK : status;
	}
	return STATUS_OK;
}

/* One window; OUT_OF_RANGE when nothing is left. */
static enum status read_window(struct intake *intake, struct reader *reader)
{
	const char *text;
	size_t size;

	for (unsigned i = 0; i < WINDOW_LINES; i++) {
		enum status status = reader_next(reader, &text, &size);

		if (status == STATUS_RESOURCE_EXHAUSTED)
			TRY(intake_refuse(intake, reader_number(reader), "", "longer than 1 MiB"));
		else if (status == STATUS_DATA_LOSS)
			return (enum status)cli_fail(status, "%s: damaged behind line %" PRIu64,
						     intake->file, reader_number(reader));
		else if (status != STATUS_OK)
			return status;
		else if (size > 0)
			TRY(intake_add(intake, text, size, reader_number(reader)));
	}
	return STATUS_OK;
}

static enum status import(struct intake *intake, struct reader *reader,
			  const struct checkpoint *checkpoint, struct progress *progress)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		status = read_window(intake, reader);
		if (status != STATUS_OK && status != STATUS_OUT_OF_RANGE)
			return status;
		TRY(intake_flush(intake));
		/* What is kept for the end would be lost with this process. */
		if (intake->n_late == 0)
			checkpoint_write(checkpoint, reader_number(reader));
		show(progress, reader, false);
	}
	TRY(intake_finish(intake));
	checkpoint_remove(checkpoint);
	show(progress, reader, true);
	return STATUS_OK;
}

/* One JSON object, for people and programs. */
static void print_summary(const struct intake *intake, const struct progress *progress,
			  uint64_t lines)
{
	double seconds = (double)(clock_mono_us() - progress->begin_us) / 1e6;

	printf("{\"lines\": %" PRIu64 ", \"skipped\": %" PRIu64 ", \"errors\": %" PRIu64
	       ", \"persons_created\": %" PRIu64 ", \"seconds\": %.2f, \"lines_per_second\": %.0f",
	       lines, progress->skipped, intake->errors, intake->persons, seconds,
	       (double)(lines - progress->skipped) / (seconds > 0 ? seconds : 1));
	for (unsigned type = 0; type < LINE_TYPES; type++) {
		const struct intake_totals *t = &intake->totals[type];

		if (t->lines + t->created + t->changed + t->unchanged > 0)
			printf(",\n \"%s\": {\"lines\": %" PRIu64 ", \"created\": %" PRIu64
			       ", \"changed\": %" PRIu64 ", \"unchanged\": %" PRIu64 "}",
			       line_type_name(type), t->lines, t->created, t->changed,
			       t->unchanged);
	}
	printf("}\n");
}

static int run_with(struct cli *cli, struct suite *suite, const char *file, uint64_t max_errors,
		    int64_t patience_us)
{
	CLEANUP(intake_fini)
	struct intake intake = {
		.suite = suite,
		.file = file,
		.max_errors = max_errors,
		.patience_us = patience_us,
	};
	struct progress progress = {
		.shown = isatty(STDERR_FILENO) && cli->values[OPTION_QUIET] == NULL,
		.begin_us = clock_mono_us(),
	};
	struct checkpoint checkpoint;
	struct reader *reader = NULL;
	enum status status = reader_open(file, &reader);

	if (status != STATUS_OK)
		return (int)status;
	checkpoint_init(&checkpoint, &cli->arena, file, suite_secret(suite));
	if (cli->values[OPTION_RESTART] == NULL)
		progress.skipped = checkpoint_read(&checkpoint);
	if (progress.skipped > 0)
		fprintf(stderr, "going on behind line %" PRIu64 "; --restart begins anew\n",
			progress.skipped);
	status = skip(reader, progress.skipped);
	if (status == STATUS_OK)
		status = import(&intake, reader, &checkpoint, &progress);
	if (status == STATUS_RESOURCE_EXHAUSTED && intake.errors >= max_errors)
		cli_fail(status, "given up after %" PRIu64 " bad lines", intake.errors);
	print_summary(&intake, &progress, reader_number(reader));
	reader_close(reader);
	if (intake.errors > 0 && (status == STATUS_OK || status == STATUS_RESOURCE_EXHAUSTED))
		return 1;
	return (int)status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct suite *suite = NULL;
	uint64_t max_errors, patience;

	(void)argc;
	if (!text_uint64(cli_value(cli, OPTION_MAX_ERRORS, NULL, "100"), &max_errors) ||
	    max_errors == 0 ||
	    !text_uint64(cli_value(cli, OPTION_PATIENCE, NULL, "60"), &patience) ||
	    patience > 86400)
		return cli_fail(STATUS_INVALID_ARGUMENT,
				"--max-errors and --patience take numbers");

	enum status status = suite_open(cli, &suite);
	if (status != STATUS_OK)
		return (int)status;
	int code = run_with(cli, suite, argv[0], max_errors, (int64_t)patience * 1000000);
	suite_close(suite);
	return code;
}

const struct command command_import = {
	.name = "import",
	.arguments = "FILE|-",
	.does = "takes over an interchange file (NDJSON, plain or gzip); again changes nothing",
	.takes = 1 << OPTION_CONFIG | 1 << OPTION_MAX_ERRORS | 1 << OPTION_PATIENCE |
		 1 << OPTION_RESTART | 1 << OPTION_QUIET,
	.min = 1,
	.max = 1,
	.run = run,
};
