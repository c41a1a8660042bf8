/* kith serve FOLDER: the whole suite in one process. The services are spoken to through memory
 * where the configuration lets the environment choose their addresses. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/config.h"
#include "base/log.h"
#include "command.h"
#include "gateway.h"
#include "service/service.h"

extern const struct service member_service, content_service, activity_service, evaluation_service;

static const struct {
	const struct service *service;
	const char *file;
	const char *variable, *address; /* as the files in deploy/config name it */
} parts[] = {
	{&member_service, "member.yaml", "KITH_MEMBER", "inproc://kith-member"},
	{&content_service, "content.yaml", "KITH_CONTENT", "inproc://kith-content"},
	{&activity_service, "activity.yaml", "KITH_ACTIVITY", "inproc://kith-activity"},
	{&evaluation_service, "evaluation.yaml", "KITH_EVALUATION", "inproc://kith-evaluation"},
};

#define N_PARTS (sizeof(parts) / sizeof(*parts))

struct house {
	struct service_config *configs[N_PARTS];
	struct running_service *services[N_PARTS];
	struct gateway_config *gateway_config;
	struct gateway *gateway;
};

/* In the reverse order: nobody loses whom he still asks. */
static void stop(struct house *house)
{
	gateway_stop(house->gateway);
	config_free_gateway(house->gateway_config);
	for (size_t i = N_PARTS; i-- > 0;) {
		service_stop(house->services[i]);
		config_free_service(house->configs[i]);
	}
}

static enum status start(struct cli *cli, const char *folder, struct house *house)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		TRY(config_load_service(arena_printf(&cli->arena, "%s/%s", folder, parts[i].file),
					&house->configs[i]));
		TRY(service_migrate(parts[i].service, house->configs[i]));
		TRY(service_start(parts[i].service, house->configs[i], &house->services[i]));
	}
	TRY(config_load_gateway(arena_printf(&cli->arena, "%s/gateway.yaml", folder),
				&house->gateway_config));
	return gateway_start(house->gateway_config, &house->gateway);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct house house = {0};
	sigset_t ends;
	int signal;

	(void)argc;
	log_setup(&(struct log_options){.level = LOG_INFO, .process = "kith"});
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before the first thread: all inherit it */
	for (size_t i = 0; i < N_PARTS; i++)
		setenv(parts[i].variable, parts[i].address, 0);

	enum status status = start(cli, argv[0], &house);
	if (status == STATUS_OK) {
		log_line(LOG_INFO, "serving", "port=%u", gateway_port(house.gateway));
		sigwait(&ends, &signal);
		log_line(LOG_INFO, "stopping", "signal=%d", signal);
	}
	stop(&house);
	return (int)status;
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "FOLDER",
	.does = "runs the gateway and all services in one process, by the five files in FOLDER",
	.min = 1,
	.max = 1,
	.run = run,
};
