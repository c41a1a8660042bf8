/* kith health [SERVICE]: whether a process serves. Of the whole suite and of the gateway asked over
 * HTTP, of a service over nng. */
#include <stdio.h>

#include "base/text.h"
#include "command.h"
#include "http.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "kith_methods.h"
#include "suite.h"

/* The connection is only being made while the first attempt is. */
#define PATIENCE_US (3 * INT64_C(1000000))

static int run(struct cli *cli, int argc, char **argv)
{
	Ops__CheckHealthRequest request = OPS__CHECK_HEALTH_REQUEST__INIT;
	struct suite_call call = {.method = method_ops_check_health, .request = &request.base};
	struct suite *suite = NULL;

	if (argc == 0)
		return http_print(cli, "GET", "/readyz", NULL);
	if (text_equal(argv[0], "gateway"))
		return http_print(cli, "GET", "/healthz", NULL);

	enum status status = suite_open(cli, &suite);
	if (status != STATUS_OK)
		return (int)status;
	call.service = argv[0];
	status = suite_ask(suite, &cli->arena, &call, PATIENCE_US);
	suite_close(suite);
	if (status != STATUS_OK)
		return cli_fail(status, "%s: %s", argv[0], call.message);

	const Ops__CheckHealthResponse *reply = (const Ops__CheckHealthResponse *)call.reply;
	printf("%s %s%s%s (%s)\n", argv[0], reply->serving ? "SERVING" : "NOT_SERVING",
	       *reply->reason != '\0' ? ": " : "", reply->reason, reply->version);
	return reply->serving ? 0 : STATUS_UNAVAILABLE;
}

const struct command command_health = {
	.name = "health",
	.arguments = "[SERVICE]",
	.does = "tells whether the suite, or one process of it, serves",
	.takes = 1 << OPTION_URL | 1 << OPTION_KEY | 1 << OPTION_CONFIG,
	.max = 1,
	.run = run,
};
