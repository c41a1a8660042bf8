/* The life of a service's process. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/service.h"

#define START_PATIENCE_US (60 * 1000000LL)
#define START_PAUSE_NS    200000000L

static enum log_level level_of(const char *name)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum log_level)i;

	return LOG_INFO;
}

static int usage(const struct service *service)
{
	fprintf(stderr, "usage: kith-%s --config FILE [migrate]\n", service->name);

	return 2;
}

/* Signals wait for sigwait; the threads that start later inherit that. */
static void block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	pthread_sigmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Starts although the database is not up yet, or the process before still holds the address: both
 * come about whenever a host starts or a service is replaced. CANCELLED by a signal. */
static enum status start(const struct service *service, const struct service_config *config,
			 const sigset_t *signals, struct running_service **ret)
{
	const struct timespec pause = {.tv_nsec = START_PAUSE_NS};
	int64_t end_us = clock_mono_us() + START_PATIENCE_US;
	enum status status;

	while ((status = service_start(service, config, ret)) == STATUS_UNAVAILABLE &&
	       clock_mono_us() < end_us)
		if (sigtimedwait(signals, NULL, &pause) > 0)
			return STATUS_CANCELLED;

	return status;
}

static int serve(const struct service *service, const struct service_config *config)
{
	struct running_service *running;
	enum status status;
	sigset_t signals;
	int got;

	block_signals(&signals);
	status = start(service, config, &signals, &running);
	if (status != STATUS_OK)
		return status != STATUS_CANCELLED;

	sigwait(&signals, &got);
	log_line(LOG_INFO, "draining", "signal=%d", got);
	service_drain(running);
	service_stop(running);
	log_line(LOG_INFO, "stopped", "service=%s", service->name);

	return 0;
}

int service_main(const struct service *service, int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{NULL, 0, NULL, 0},
	};
	struct service_config *config;
	const char *file = NULL;
	bool migrates;
	int option, code;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option != 'c')
			return usage(service);
		file = optarg;
	}
	migrates = optind < argc && strcmp(argv[optind], "migrate") == 0;
	if (!file || argc - optind != migrates)
		return usage(service);

	if (config_load_service(file, &config) != STATUS_OK)
		return 1;
	log_setup(&(struct log_options){
		.level = level_of(config->log.level),
		.json = strcmp(config->log.format, "json") == 0,
		.process = service->name,
	});
	code = migrates ? service_migrate(service, config) != STATUS_OK : serve(service, config);
	config_free_service(config);

	return code;
}
