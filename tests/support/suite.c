/* Services, in this process or in their own, and a client that calls them. */
#include "suite.h"

#include <protobuf-c/protobuf-c.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/wire.h"
#include "service/service.h"

#define SERVICES_MAX  4
#define WORKERS       8
#define TIMEOUT_US    30000000
#define CALLER_TTL_MS 3600000

struct host {
	struct service service; /* told of no consumers but those that run here */
	struct service_config config;
	struct running_service *running; /* in this process, */
	pid_t pid;                       /* or in its own; 0: none */
	struct client *client;           /* batches, as the gateway does */
	struct client *crowd;            /* one call a message */
};

struct suite {
	struct arena arena;
	struct postgres *postgres;
	char folder[64]; /* secret and sockets */
	bool processes;
	uint8_t secret[ACCESS_SECRET_SIZE];
	struct host hosts[SERVICES_MAX];
	unsigned n;
	struct buf caller;   /* who calls now, signed */
	struct buf platform; /* likewise */
	const char *request_id;
	const char *const *callers; /* of the next crowd; NULL: who calls now */
};

static void make_folder(struct suite *s)
{
	char hex[2 * ACCESS_SECRET_SIZE + 1];
	FILE *file;

	id_random(s->secret, sizeof(s->secret));
	text_hex(s->secret, sizeof(s->secret), hex);
	snprintf(s->folder, sizeof(s->folder), "/tmp/kith-suite.XXXXXX");
	if (!mkdtemp(s->folder) ||
	    !(file = fopen(arena_printf(&s->arena, "%s/kith_secret", s->folder), "w")))
		log_die("test-folder", "folder=%s", s->folder);
	fputs(hex, file);
	fclose(file);
}

static void remove_folder(struct suite *s)
{
	for (unsigned i = 0; i < s->n; i++)
		unlink(arena_printf(&s->arena, "%s/%s.sock", s->folder, s->hosts[i].service.name));
	unlink(arena_printf(&s->arena, "%s/kith_secret", s->folder));
	rmdir(s->folder);
}

static char **one(struct suite *s, char *string)
{
	char **list = arena_array(&s->arena, 2, sizeof(*list));

	list[0] = string;

	return list;
}

static void configure(struct suite *s, struct host *host)
{
	static struct weight_config quality[] = {{"useful", 0.5}, {"rating", 0.3}, {"depth", 0.2}};
	static struct formula_config formulas[] = {{"quality", quality, 3}};
	struct service_config *config = &host->config;
	const char *name = host->service.name;

	*config = (struct service_config){
		.listen = one(s,
			      s->processes
				      ? arena_printf(&s->arena, "ipc://%s/%s.sock", s->folder, name)
				      : arena_printf(&s->arena, "inproc://%s/%s", s->folder, name)),
		.listen_count = 1,
		.workers = WORKERS,
		.default_timeout_ms = TIMEOUT_US / 1000,
		.drain_timeout_ms = 5000,
		.secret_file = arena_printf(&s->arena, "%s/kith_secret", s->folder),
		.database = {.url = arena_string(&s->arena, postgres_url(s->postgres)),
			     .url_file = "",
			     .schema = arena_string(&s->arena, name),
			     .prepare = true,
			     .connect_timeout_ms = 5000},
		.formulas = formulas,
		.formulas_count = sizeof(formulas) / sizeof(formulas[0]),
		.tls = {"", "", ""},
		.log = {"warn", "text"},
	};
}

/* What nobody consumes stays in the outbox, where tests find it. */
static void keep_consumers(struct suite *s, struct service *service)
{
	const char **kept = arena_array(&s->arena, SERVICES_MAX + 1, sizeof(*kept));
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; service->consumers && service->consumers[k]; k++)
			if (text_equal(service->consumers[k], s->hosts[i].service.name))
				kept[n++] = service->consumers[k];
	service->consumers = kept;
}

/* Each service calls each other one that runs here. */
static void introduce(struct suite *s, struct host *host)
{
	struct peer_config *peers = arena_array(&s->arena, SERVICES_MAX, sizeof(*peers));
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		struct host *other = &s->hosts[i];

		if (other == host)
			continue;
		peers[n].service = arena_string(&s->arena, other->service.name);
		peers[n].addresses = other->config.listen;
		peers[n++].addresses_count = 1;
	}
	host->config.peers = peers;
	host->config.peers_count = n;
	keep_consumers(s, &host->service);
}

static struct client *dial(struct suite *s, struct host *host, unsigned max_batch)
{
	const char **addresses = arena_array(&s->arena, 2, sizeof(*addresses));
	struct client_options options = {.addresses = addresses};
	struct client *client;

	addresses[0] = host->config.listen[0];
	if (max_batch) {
		options.max_batch = max_batch;
		options.window = 4 * WORKERS;
	}
	client = client_new(&options);
	if (!client || !client_wait_connected(client, clock_mono_us() + TIMEOUT_US))
		log_die("test-dial", "address=%s", addresses[0]);

	return client;
}

/* The service's own program with the configuration file that is shipped. It dies with the test: one
 * that crashes must not leave a child that holds ctest's pipe. */
static pid_t spawn(struct host *host, const char *deed)
{
	char program[256], file[256];
	const char *name = host->service.name;
	char *const argv[] = {"setpriv",  "--pdeathsig", "KILL",       program,
			      "--config", file,          (char *)deed, NULL};
	pid_t pid;

	snprintf(program, sizeof(program), KITH_BINARIES "/services/%s/kith-%s", name, name);
	snprintf(file, sizeof(file), KITH_SOURCE "/deploy/config/%s.yaml", name);
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		log_die("test-spawn", "program=%s", program);

	return pid;
}

static void expect_exit(struct host *host, pid_t pid)
{
	int how;

	if (waitpid(pid, &how, 0) != pid || !WIFEXITED(how) || WEXITSTATUS(how) != 0)
		log_die("test-exit", "service=%s ended with %d", host->service.name, how);
}

/* What the shipped configuration files take from the environment. */
static void set_environment(struct suite *s)
{
	static const char *const services[] = {"member", "content", "activity", "evaluation"};

	for (unsigned i = 0; i < sizeof(services) / sizeof(*services); i++) {
		char variable[32] = "KITH_";

		for (unsigned k = 0; services[i][k]; k++)
			variable[5 + k] = (char)(services[i][k] - 'a' + 'A');
		setenv(variable,
		       arena_printf(&s->arena, "ipc://%s/%s.sock", s->folder, services[i]), 1);
	}
	setenv("KITH_SECRETS", s->folder, 1);
	setenv("KITH_DATABASE_URL", postgres_url(s->postgres), 1);
	setenv("KITH_WORKERS", arena_printf(&s->arena, "%u", WORKERS), 1);
	setenv("KITH_LOG_LEVEL", "error", 1);
}

static void start(struct suite *s, struct host *host)
{
	if (s->processes) {
		expect_exit(host, spawn(host, "migrate"));
		host->pid = spawn(host, NULL);
	} else if (service_migrate(&host->service, &host->config) != STATUS_OK ||
		   service_start(&host->service, &host->config, &host->running) != STATUS_OK) {
		log_die("test-start", "service=%s", host->service.name);
	}
	host->client = dial(s, host, 0);
	host->crowd = dial(s, host, 1);
}

static void stop(struct host *host)
{
	service_stop(host->running);
	if (!host->pid)
		return;

	kill(host->pid, SIGTERM);
	expect_exit(host, host->pid);
	host->pid = 0;
}

static const struct caller platform = {
	.kind = CALLER_PLATFORM,
	.id = "test",
	.person_id = "",
	.scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN,
};

static void sign(struct suite *s, const struct caller *caller, struct buf *ret)
{
	buf_clear(ret);
	access_sign(caller, clock_wall_us() / 1000 + CALLER_TTL_MS, s->secret, ret);
}

static struct suite *begin(const struct service *const *services, bool processes)
{
	struct suite *s = calloc(1, sizeof(*s));

	if (!s)
		log_die("test-memory", "none");
	log_setup(&(struct log_options){.level = LOG_WARN, .process = "test"});
	s->postgres = postgres_start();
	s->processes = processes;
	make_folder(s);
	if (processes)
		set_environment(s);

	for (; services[s->n]; s->n++) {
		s->hosts[s->n].service = *services[s->n];
		configure(s, &s->hosts[s->n]);
	}
	for (unsigned i = 0; i < s->n; i++)
		introduce(s, &s->hosts[i]);
	for (unsigned i = 0; i < s->n; i++)
		start(s, &s->hosts[i]);
	sign(s, &platform, &s->platform);
	as_platform(s);

	return s;
}

struct suite *suite_start(const struct service *const *services)
{
	return begin(services, false);
}

struct suite *suite_start_processes(const struct service *const *services)
{
	return begin(services, true);
}

void suite_stop(struct suite *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		client_free(s->hosts[i].client);
		client_free(s->hosts[i].crowd);
	}
	for (unsigned i = 0; i < s->n; i++)
		stop(&s->hosts[i]);
	postgres_stop(s->postgres);
	remove_folder(s);
	buf_fini(&s->caller);
	buf_fini(&s->platform);
	arena_fini(&s->arena);
	free(s);
}

int suite_setup(void **state, const struct service *const *services)
{
	*state = suite_start(services);

	return 0;
}

int suite_teardown(void **state)
{
	suite_stop(*state);

	return 0;
}

struct arena *suite_arena(struct suite *s)
{
	return &s->arena;
}

struct postgres *suite_database(struct suite *s)
{
	return s->postgres;
}

void as_caller(struct suite *s, const struct caller *caller)
{
	sign(s, caller, &s->caller);
}

void as_platform(struct suite *s)
{
	as_caller(s, &platform);
}

void as_service(struct suite *s)
{
	as_caller(s, &(struct caller){.kind = CALLER_SERVICE, .id = "test", .person_id = ""});
}

static struct caller acting(const char *person_id)
{
	return (struct caller){.kind = CALLER_PERSON,
			       .id = "test",
			       .person_id = person_id,
			       .scopes = SCOPE_READ | SCOPE_WRITE};
}

void as_person(struct suite *s, const char *person_id)
{
	struct caller caller = acting(person_id);

	as_caller(s, &caller);
}

void as_nobody(struct suite *s)
{
	buf_clear(&s->caller);
}

void with_request_id(struct suite *s, const char *request_id)
{
	s->request_id = arena_string(&s->arena, request_id);
}

void with_callers(struct suite *s, const char *const *person_ids)
{
	s->callers = person_ids;
}

static struct host *host_named(struct suite *s, const char *service)
{
	for (unsigned i = 0; i < s->n; i++)
		if (text_equal(s->hosts[i].service.name, service))
			return &s->hosts[i];

	log_die("test-service", "%s was not started", service);
}

static const char *new_request_id(struct suite *s, const struct method *method)
{
	const char *given = s->request_id;
	char id[ID_SIZE];

	s->request_id = NULL;
	if (method->read_only)
		return "";
	if (given)
		return given;
	id_new(id);

	return arena_string(&s->arena, id);
}

static struct outcome call_as(struct suite *s, const struct buf *caller,
			      const struct method *method, const void *request, void *reply)
{
	CLEANUP(buf_fini) struct buf bytes = {0};
	const void *details = NULL;
	size_t size = 0;
	enum status status;
	struct client_call call = {
		.method = method,
		.caller = caller->data,
		.caller_size = caller->size,
		.request_id = new_request_id(s, method),
		.traceparent = "",
		.deadline_us = clock_mono_us() + TIMEOUT_US,
	};

	wire_encode(request, &bytes);
	call.request = bytes.data;
	call.request_size = bytes.size;
	status = client_call_sync(host_named(s, method->service)->client, &call, &s->arena, reply,
				  &details, &size);

	return outcome_read(&s->arena, status, details, size);
}

struct outcome suite_call(struct suite *s, const struct method *method, const void *request,
			  void *reply)
{
	return call_as(s, &s->caller, method, request, reply);
}

struct outcome suite_call_as_platform(struct suite *s, const struct method *method,
				      const void *request, void *reply)
{
	return call_as(s, &s->platform, method, request, reply);
}

/* Until the client has seen that its service is gone: else it would send what comes next to the
 * dead. */
static void wait_parted(struct client *client)
{
	int64_t until = clock_mono_us() + TIMEOUT_US;

	while (client_wait_connected(client, 0)) {
		if (clock_mono_us() > until)
			log_die("test-kill", "what=\"the connection stays\"");
		sched_yield();
	}
}

void suite_kill(struct suite *s, const char *service)
{
	struct host *host = host_named(s, service);

	kill(host->pid, SIGKILL);
	waitpid(host->pid, NULL, 0);
	host->pid = 0;
	wait_parted(host->client);
	wait_parted(host->crowd);
}

void suite_revive(struct suite *s, const char *service)
{
	struct host *host = host_named(s, service);

	host->pid = spawn(host, NULL);
	if (!client_wait_connected(host->client, clock_mono_us() + TIMEOUT_US) ||
	    !client_wait_connected(host->crowd, clock_mono_us() + TIMEOUT_US))
		log_die("test-revive", "service=%s", service);
}

/* How many are on their way to who runs here. Counted at one moment: what an event leads to is
 * written together with its receipt, and only then does it leave the outbox. */
static int64_t count_events(struct suite *s)
{
	const char *names = "''", *sum = "0";

	for (unsigned i = 0; i < s->n; i++)
		names = arena_printf(&s->arena, "%s, '%s'", names, s->hosts[i].service.name);
	for (unsigned i = 0; i < s->n; i++) {
		const struct service *service = &s->hosts[i].service;

		if (service->consumers[0])
			sum = arena_printf(&s->arena,
					   "%s + (SELECT count(*) FROM %s.outbox) + (SELECT "
					   "count(*) FROM %s.outbox_late WHERE consumer IN (%s))",
					   sum, service->name, service->name, names);
	}

	return postgres_int(s->postgres, "SELECT %s", sum);
}

void suite_settle(struct suite *s)
{
	int64_t until = clock_mono_us() + TIMEOUT_US;

	while (count_events(s) > 0) {
		if (clock_mono_us() > until)
			log_die("test-settle", "what=\"events stay on their way\"");
		sched_yield();
	}
}

struct crowd {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t left;
};

struct crowd_call {
	struct client_call call; /* first */
	struct crowd *crowd;
	struct buf caller, request, reply, details;
	enum status status;
};

static void crowd_done(struct client_call *call, const struct client_result *result)
{
	struct crowd_call *mine = (struct crowd_call *)call;

	mine->status = result->status;
	buf_add(&mine->reply, result->reply, result->reply_size);
	buf_add(&mine->details, result->details, result->details_size);
	pthread_mutex_lock(&mine->crowd->lock);
	mine->crowd->left--;
	pthread_cond_signal(&mine->crowd->changed);
	pthread_mutex_unlock(&mine->crowd->lock);
}

static void read_crowd(struct suite *s, struct crowd_call *mine, ProtobufCMessage *reply,
		       struct outcome *ret)
{
	ProtobufCMessage *message;

	*ret = outcome_read(&s->arena, mine->status, mine->details.size ? mine->details.data : NULL,
			    mine->details.size);
	if (mine->status == STATUS_OK && reply) {
		message = wire_unpack(&s->arena, reply->descriptor, mine->reply.data,
				      mine->reply.size);
		if (!message)
			log_die("test-reply", "%s cannot be read", reply->descriptor->name);
		memcpy(reply, message, reply->descriptor->sizeof_message);
	}
	buf_fini(&mine->caller);
	buf_fini(&mine->request);
	buf_fini(&mine->reply);
	buf_fini(&mine->details);
}

void suite_call_mixed(struct suite *s, size_t n, const struct method *const *methods,
		      const void *const *requests, const char *const *request_ids,
		      void *const *replies, struct outcome *ret)
{
	struct crowd_call *calls = arena_array(&s->arena, n, sizeof(*calls));
	struct crowd crowd = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n};

	for (size_t i = 0; i < n; i++) {
		struct caller caller = acting(s->callers ? s->callers[i] : "");

		if (s->callers)
			sign(s, &caller, &calls[i].caller);
		else
			buf_add(&calls[i].caller, s->caller.data, s->caller.size);
		wire_encode(requests[i], &calls[i].request);
		calls[i].crowd = &crowd;
		calls[i].call = (struct client_call){
			.method = methods[i],
			.request = calls[i].request.data,
			.request_size = calls[i].request.size,
			.caller = calls[i].caller.data,
			.caller_size = calls[i].caller.size,
			.request_id = request_ids ? request_ids[i] : new_request_id(s, methods[i]),
			.traceparent = "",
			.deadline_us = clock_mono_us() + TIMEOUT_US,
			.done = crowd_done,
		};
	}
	s->callers = NULL;
	for (size_t i = 0; i < n; i++)
		client_send(host_named(s, methods[i]->service)->crowd, &calls[i].call);

	pthread_mutex_lock(&crowd.lock);
	while (crowd.left > 0)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);

	for (size_t i = 0; i < n; i++)
		read_crowd(s, &calls[i], replies ? replies[i] : NULL, &ret[i]);
}

void suite_call_at_once(struct suite *s, const struct method *method, size_t n,
			const void *const *requests, const char *const *request_ids,
			void *const *replies, struct outcome *ret)
{
	const struct method **methods = arena_array(&s->arena, n, sizeof(*methods));

	for (size_t i = 0; i < n; i++)
		methods[i] = method;
	suite_call_mixed(s, n, methods, requests, request_ids, replies, ret);
}
