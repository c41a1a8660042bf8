/* kith call METHOD [JSON]: any method of the contract, through the gateway. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/method.h"
#include "base/text.h"
#include "command.h"
#include "http.h"

#define BODY_MAX (4u << 20)

/* "kith.member.v1.CommunityService/GetCommunity" as "member.CommunityService/GetCommunity" or,
 * where no other method has that name, "GetCommunity". */
static bool goes_by(const struct method *method, const char *word)
{
	const char *name = method->name, *last = strchr(name, '/');

	if (text_equal(name, word) || (last != NULL && text_equal(last + 1, word)))
		return true;
	if (!text_starts(name, "kith."))
		return false;
	name += strlen("kith.");
	size_t length = strcspn(name, ".");
	const char *rest = name + length;
	return strncmp(name, word, length) == 0 && text_starts(rest, ".v1") &&
	       text_equal(rest + strlen(".v1"), word + length);
}

static const struct method *find(const char *word, unsigned *ret_n)
{
	const struct method *found = NULL;

	for (size_t i = 0; i < kith_methods_count; i++)
		if (goes_by(&kith_methods[i], word)) {
			found = &kith_methods[i];
			++*ret_n;
		}
	return found;
}

static void list(void)
{
	for (size_t i = 0; i < kith_methods_count; i++)
		if (kith_methods[i].access != ACCESS_SERVICE)
			printf("%-60s %-6s %s\n", kith_methods[i].name,
			       kith_methods[i].verb != NULL ? kith_methods[i].verb : "",
			       kith_methods[i].route != NULL ? kith_methods[i].route : "");
}

static enum status read_input(struct buf *to)
{
	size_t n;

	do {
		n = fread(buf_reserve(to, 65536), 1, 65536, stdin);
		to->size += n;
	} while (n > 0 && to->size <= BODY_MAX);
	buf_add_char(to, '\0');
	return to->size <= BODY_MAX ? STATUS_OK : STATUS_INVALID_ARGUMENT;
}

static int run(struct cli *cli, int argc, char **argv)
{
	CLEANUP(buf_fini) struct buf input = {0};
	const char *body = argc > 1 ? argv[1] : "{}";
	unsigned n = 0;

	if (cli->values[OPTION_LIST] != NULL) {
		list();
		return 0;
	}
	if (argc == 0)
		return cli_fail(STATUS_INVALID_ARGUMENT,
				"which method? kith call --list tells them");

	const struct method *method = find(argv[0], &n);
	if (n != 1)
		return cli_fail(STATUS_UNIMPLEMENTED,
				"%s method goes by '%s'; kith call --list tells them",
				n == 0 ? "no" : "more than one", argv[0]);
	if (text_equal(body, "-")) {
		if (read_input(&input) != STATUS_OK)
			return cli_fail(STATUS_INVALID_ARGUMENT, "more than 4 MiB of input");
		body = input.data;
	}
	return http_print(cli, "POST", arena_printf(&cli->arena, "/%s", method->name), body);
}

const struct command command_call = {
	.name = "call",
	.arguments = "METHOD [JSON|-]",
	.does = "calls any method with a JSON request and prints the reply",
	.takes = 1 << OPTION_URL | 1 << OPTION_KEY | 1 << OPTION_PERSON | 1 << OPTION_LIST,
	.max = 2,
	.run = run,
};
