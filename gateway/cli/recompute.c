/* kith recompute COMMUNITY: counts everything again from the raw interactions. */
#include "command.h"
#include "http.h"

static int run(struct cli *cli, int argc, char **argv)
{
	const char *id;
	enum status status = http_community(cli, argv[0], &id);

	(void)argc;
	if (status != STATUS_OK)
		return (int)status;
	return http_print(cli, "POST",
			  arena_printf(&cli->arena, "/v1/communities/%s/metrics:recompute", id),
			  "{}");
}

const struct command command_recompute = {
	.name = "recompute",
	.arguments = "COMMUNITY",
	.does = "counts a community's numbers again from the raw interactions",
	.takes = 1 << OPTION_URL | 1 << OPTION_KEY,
	.min = 1,
	.max = 1,
	.run = run,
};
