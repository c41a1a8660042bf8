/* kith overview COMMUNITY: what the four services know of a community, in one answer. */
#include "command.h"
#include "http.h"

static int run(struct cli *cli, int argc, char **argv)
{
	const char *id;
	enum status status = http_community(cli, argv[0], &id);

	(void)argc;
	if (status != STATUS_OK)
		return (int)status;
	return http_print(cli, "GET", arena_printf(&cli->arena, "/v1/communities/%s/overview", id),
			  NULL);
}

const struct command command_overview = {
	.name = "overview",
	.arguments = "COMMUNITY",
	.does = "prints a community's overview; by its id, external id or slug",
	.takes = 1 << OPTION_URL | 1 << OPTION_KEY,
	.min = 1,
	.max = 1,
	.run = run,
};
