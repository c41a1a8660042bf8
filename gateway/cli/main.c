/* The `kith` command: finds the subcommand in a table, reads options, runs it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"

static const struct command *const commands[] = {
	&command_import, &command_export, &command_call,  &command_overview, &command_recompute,
	&command_health, &command_key,    &command_serve, &command_demo,
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct {
	const char *name;
	const char *value; /* what stands for its value in help; NULL: takes none */
	const char *does;
} options[OPTION_COUNT] = {
	[OPTION_URL] = {"url", "URL", "the gateway; else $KITH_HTTP, else http://127.0.0.1:8080"},
	[OPTION_KEY] = {"key", "KEY", "an API key; else $KITH_KEY"},
	[OPTION_CONFIG] = {"config", "FILE",
			   "gateway.yaml, to talk to the services themselves; else $KITH_CONFIG"},
	[OPTION_NAME] = {"name", "TEXT", "what the key is for"},
	[OPTION_SCOPES] = {"scopes", "LIST", "of read, write, admin; all of them by default"},
	[OPTION_COMMUNITY] = {"community", "ID", "that the key is for; may be repeated"},
	[OPTION_PERSON] = {"person", "ID",
			   "for whom it is done; of a key, for whom alone it may act"},
	[OPTION_EXPIRES] = {"expires", "TIME", "when the key becomes worthless, RFC 3339"},
	[OPTION_MAX_ERRORS] = {"max-errors", "N", "give up after so many bad lines; 100"},
	[OPTION_PATIENCE] = {"patience", "SECONDS",
			     "how long to try again when a service is away; 60"},
	[OPTION_RESTART] = {"restart", NULL, "begin anew instead of where the last run stopped"},
	[OPTION_QUIET] = {"quiet", NULL, "no progress bar"},
	[OPTION_DATE] = {"date", "YYYY-MM-DD", "the demo world's today"},
	[OPTION_LIST] = {"list", NULL, "print all methods with their routes"},
	[OPTION_HELP] = {"help", NULL, "this"},
};

static void print_command_help(const struct command *command)
{
	printf("usage: kith %s %s\n%s.\n", command->name, command->arguments, command->does);
	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (command->takes & 1u << i)
			printf("  --%-11s %-10s %s\n", options[i].name,
			       options[i].value != NULL ? options[i].value : "", options[i].does);
}

static void print_help(void)
{
	printf("usage: kith COMMAND [OPTION]... [ARGUMENT]...\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-13s %-22s %s\n", commands[i]->name, commands[i]->arguments,
		       commands[i]->does);
	printf("\n`kith COMMAND --help` tells its options. Version " KITH_VERSION ".\n");
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (text_equal(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* Fills cli->values; the index of the first argument, or -1. */
static int read_options(struct cli *cli, const struct command *command, int argc, char **argv)
{
	struct option list[OPTION_COUNT + 1] = {0};
	unsigned n = 0;
	int option;

	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (command->takes & 1u << i || i == OPTION_HELP)
			list[n++] = (struct option){
				.name = options[i].name,
				.has_arg =
					options[i].value != NULL ? required_argument : no_argument,
				.val = (int)i,
			};
	while ((option = getopt_long(argc, argv, "", list, NULL)) != -1) {
		if (option == '?')
			return -1;
		const char *before = cli->values[option], *value = optarg != NULL ? optarg : "";
		cli->values[option] =
			before != NULL ? arena_printf(&cli->arena, "%s,%s", before, value) : value;
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};

	if (argc < 2 || text_equal(argv[1], "--help") || text_equal(argv[1], "help")) {
		print_help();
		return argc < 2 ? STATUS_INVALID_ARGUMENT : STATUS_OK;
	}
	if (text_equal(argv[1], "--version")) {
		printf("kith " KITH_VERSION "\n");
		return 0;
	}

	const struct command *command = find(argv[1]);
	if (command == NULL)
		return cli_fail(STATUS_INVALID_ARGUMENT, "no command '%s'; kith --help tells them",
				argv[1]);

	int first = read_options(&cli, command, argc - 1, argv + 1);
	if (first >= 0 && cli.values[OPTION_HELP] != NULL) {
		print_command_help(command);
		return 0;
	}
	int n = argc - 1 - first;
	if (first < 0 || n < command->min || n > command->max)
		return cli_fail(STATUS_INVALID_ARGUMENT, "usage: kith %s %s (or --help)",
				command->name, command->arguments);

	log_setup(&(struct log_options){.level = LOG_WARN, .process = "kith"});
	int code = command->run(&cli, n, argv + 1 + first);
	arena_fini(&cli.arena);
	return code;
}
