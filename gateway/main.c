/* kith-gateway: HTTP and gRPC on one side, the services on the other. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "base/log.h"
#include "gateway.h"

static void set_up_log(const struct log_config *config)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	struct log_options options = {.level = LOG_INFO, .process = "gateway"};

	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(config->level, levels[i]) == 0)
			options.level = (enum log_level)i;
	options.json = strcmp(config->format, "json") == 0;
	log_setup(&options);
}

static void wait_for_end(const sigset_t *ends)
{
	int signal;

	while (sigwait(ends, &signal) != 0)
		;
}

int main(int argc, char **argv)
{
	struct gateway_config *config;
	struct gateway *gateway;
	sigset_t ends;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("kith-gateway %s\n", KITH_VERSION) < 0;
	if (argc != 3 || strcmp(argv[1], "--config") != 0) {
		fprintf(stderr, "usage: kith-gateway --config FILE\n");
		return 2;
	}

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);

	if (config_load_gateway(argv[2], &config) != STATUS_OK)
		return 1;
	set_up_log(&config->log);
	if (gateway_start(config, &gateway) != STATUS_OK) {
		config_free_gateway(config);
		return 1;
	}
	log_line(LOG_INFO, "serving", "address=%s port=%u", config->listen[0],
		 gateway_port(gateway));
	wait_for_end(&ends);
	gateway_stop(gateway);
	config_free_gateway(config);
	log_line(LOG_INFO, "stopped", "version=%s", KITH_VERSION);
	return 0;
}
