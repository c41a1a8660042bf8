/* What a subcommand of `kith` is, and what it is told. */
#ifndef KITH_CLI_COMMAND_H
#define KITH_CLI_COMMAND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

enum cli_option {
	OPTION_URL,
	OPTION_KEY,
	OPTION_CONFIG,
	OPTION_NAME,
	OPTION_SCOPES,
	OPTION_COMMUNITY,
	OPTION_PERSON,
	OPTION_EXPIRES,
	OPTION_MAX_ERRORS,
	OPTION_PATIENCE,
	OPTION_RESTART,
	OPTION_QUIET,
	OPTION_DATE,
	OPTION_LIST,
	OPTION_HELP,
	OPTION_COUNT
};

struct cli {
	struct arena arena;               /* of the whole command */
	const char *values[OPTION_COUNT]; /* "" for an option without a value; NULL when not given;
					     a repeated one's values are joined by commas */
};

struct command {
	const char *name;
	const char *arguments;                              /* "FILE|-" */
	const char *does;                                   /* one line */
	unsigned takes;                                     /* bits 1 << enum cli_option */
	int min, max;                                       /* number of arguments */
	int (*run)(struct cli *cli, int argc, char **argv); /* the exit code */
};

/* Exit codes: that of the call's status (0 OK, 3 INVALID_ARGUMENT, 5 NOT_FOUND, 14 UNAVAILABLE …);
 * wrong usage is 3; an import that refused some lines is 1; an export without all that there is
 * ends with the status of what is missing. */

extern const struct command command_call, command_demo, command_export, command_health,
	command_import, command_key, command_overview, command_recompute, command_serve;

/* The option's value; else that of the environment variable; else `otherwise`. */
const char *cli_value(const struct cli *cli, enum cli_option option, const char *variable,
		      const char *otherwise);

/* Prints "kith: …" on standard error and returns `status` as exit code. */
int cli_fail(enum status status, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
