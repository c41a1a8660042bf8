/* What all subcommands do alike: look up their settings, and say what went wrong. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *cli_value(const struct cli *cli, enum cli_option option, const char *variable,
		      const char *otherwise)
{
	const char *value = cli->values[option];

	if (value == NULL && variable != NULL)
		value = getenv(variable);
	return value != NULL && *value != '\0' ? value : otherwise;
}

int cli_fail(enum status status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("kith: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return (int)status;
}
