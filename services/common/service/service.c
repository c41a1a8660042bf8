/* A service while it runs: its workers' connections, its peers, its jobs and its server. */
#include "service/service.h"

#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "dispatch.h"
#include "event.migrations.h"
#include "event.sql.h"
#include "event/relay.h"
#include "job.h"
#include "rpc/client.h"
#include "rpc/peers.h"
#include "rpc/server.h"
#include "schedule.h"
#include "upkeep.h"

#define WORKERS_MAX      64
#define ADDRESSES_MAX    64
#define RELEASE_US       1000000
#define DRAIN_CANCEL_US  100000
#define PEER_WINDOW      4
#define PEER_SLOW_WINDOW 2
#define PEER_MAX_BATCH   64
#define PEER_MAX_WAITING 4096
#define PEER_MAX_BYTES   (64u << 20)

struct running_service {
	struct dispatcher dispatcher; /* first: serve gets the whole */
	const struct service *service;
	const struct service_config *config;
	char *url;
	uint8_t secret[ACCESS_SECRET_SIZE], page_secret[SERVICE_KEY_SIZE];
	uint8_t request_key[SERVICE_KEY_SIZE];
	char name[64], holder[128];
	const struct sql_table *tables[3];
	struct db_options db_options;
	struct peers peers;
	struct db *dbs[WORKERS_MAX];
	void *state;
	struct upkeep upkeep;
	struct relay *relay;
	char late_names[PEERS_MAX][64];
	struct jobs *jobs;
	struct server *server;
	const char **listen;
};

static enum status read_url(const struct service_config *config, char **ret_url)
{
	if (!*config->database.url)
		return config_read_line(config->database.url_file, ret_url);
	*ret_url = strdup(config->database.url);
	if (!*ret_url)
		log_die("no-memory", "what=url");

	return STATUS_OK;
}

enum status service_migrate(const struct service *service, const struct service_config *config)
{
	const char *schema = config->database.schema;
	enum status status;
	char *url;

	TRY(read_url(config, &url));
	status = migrate_run(url, schema, &event_migrations);
	if (status == STATUS_OK)
		status = migrate_run(url, schema, service->migrations);
	free(url);

	return status;
}

static enum status check_migrations(const struct running_service *r)
{
	const char *schema = r->config->database.schema;

	TRY(migrate_check(r->url, schema, &event_migrations));

	return migrate_check(r->url, schema, r->service->migrations);
}

static void name_process(struct running_service *r)
{
	char host[64] = "";
	uint32_t random;

	(void)gethostname(host, sizeof(host) - 1);
	id_random(&random, sizeof(random));
	snprintf(r->name, sizeof(r->name), "kith-%s", r->service->name);
	snprintf(r->holder, sizeof(r->holder), "%s/%ld/%08x", host, (long)getpid(), random);
}

static void derive(const uint8_t secret[static ACCESS_SECRET_SIZE], const char *purpose,
		   uint8_t ret[static SERVICE_KEY_SIZE])
{
	if (!HMAC(EVP_sha256(), secret, ACCESS_SECRET_SIZE, (const unsigned char *)purpose,
		  strlen(purpose), ret, NULL))
		log_die("no-hmac", "what=key");
}

/* Page tokens are signed with a key of their own, so that a token is never a caller; and what is
 * kept of a request tells nobody who has only the database what was in it. */
static void derive_keys(struct running_service *r)
{
	derive(r->secret, "page token", r->page_secret);
	derive(r->secret, "request hash", r->request_key);
}

void service_key(const struct call *c, const char *purpose, uint8_t ret[static SERVICE_KEY_SIZE])
{
	derive(c->peers->secret, purpose, ret);
}

static void connect_peers(struct running_service *r)
{
	const struct service_config *config = r->config;

	r->peers.secret = r->secret;
	r->peers.self = r->service->name;
	for (unsigned i = 0; i < config->peers_count && i < PEERS_MAX; i++) {
		const struct peer_config *peer = &config->peers[i];
		const char *addresses[ADDRESSES_MAX + 1] = {NULL};
		struct client_options options = {
			.addresses = addresses,
			.window = PEER_WINDOW,
			.slow_window = PEER_SLOW_WINDOW,
			.max_batch = PEER_MAX_BATCH,
			.max_waiting = PEER_MAX_WAITING,
			.max_bytes = PEER_MAX_BYTES,
			.tls_ca = config->tls.ca_file,
			.tls_cert = config->tls.cert_file,
			.tls_key = config->tls.key_file,
		};

		for (unsigned k = 0; k < peer->addresses_count && k < ADDRESSES_MAX; k++)
			addresses[k] = peer->addresses[k];
		r->peers.list[r->peers.n++] = (struct peer){
			.service = peer->service,
			.client = client_new(&options),
		};
	}
}

static void open_databases(struct running_service *r)
{
	r->tables[0] = r->service->sql;
	r->tables[1] = &event_sql;
	r->db_options = (struct db_options){
		.url = r->url,
		.schema = r->config->database.schema,
		.name = r->name,
		.prepare = r->config->database.prepare,
		.connect_timeout_us = (int64_t)r->config->database.connect_timeout_ms * 1000,
		.page_secret = r->page_secret,
		.tables = r->tables,
	};
	for (unsigned i = 0; i < r->config->workers; i++) {
		struct db_options options = r->db_options;
		char name[96];

		snprintf(name, sizeof(name), "%s/%u", r->name, i);
		options.name = name;
		r->dbs[i] = db_new(&options);
	}
}

static void start_jobs(struct running_service *r)
{
	const struct service *s = r->service;
	struct job upkeep = {"upkeep", UPKEEP_PERIOD_US, upkeep_run, &r->upkeep};
	struct job relay = {"relay", RELAY_PERIOD_US, relay_run, NULL};

	r->jobs = jobs_new(s->name, &r->db_options, &r->peers, r->state);
	jobs_start(r->jobs, &upkeep);
	if (s->consumers && s->consumers[0]) {
		r->relay = relay_new(s->consumers, r->holder);
		relay.user = r->relay;
		jobs_start(r->jobs, &relay);
	}
	for (size_t i = 0; r->relay && s->consumers[i]; i++) {
		snprintf(r->late_names[i], sizeof(r->late_names[i]), "late-%s", s->consumers[i]);
		jobs_start(r->jobs, &(struct job){r->late_names[i], RELAY_PERIOD_US, relay_late,
						  relay_lane(r->relay, i)});
	}
	for (size_t i = 0; i < s->n_jobs; i++)
		jobs_start(r->jobs, &s->jobs[i]);
	if (s->deeds)
		jobs_start(r->jobs, &(struct job){"schedule", SCHEDULE_PERIOD_US, schedule_run,
						  (void *)(uintptr_t)s->deeds});
}

static void interrupt(void *user, unsigned worker)
{
	struct running_service *r = user;

	db_cancel(r->dbs[worker]);
}

static const char *unhealthy(void *user)
{
	struct running_service *r = user;

	return r->upkeep.database_ok ? NULL : "the database does not answer";
}

static void gauge(const char *name, const char *help, int64_t value)
{
	metric_set(metric_gauge(name, help, ""), value);
}

static void write_metrics(void *user, struct buf *to)
{
	struct running_service *r = user;
	struct db_stats sum = {0};
	struct relay_stats relay = {0};
	char extra[96];

	for (unsigned i = 0; i < r->config->workers; i++) {
		struct db_stats one;

		db_get_stats(r->dbs[i], &one);
		sum.round_trips += one.round_trips;
		sum.statements += one.statements;
		sum.rows += one.rows;
		sum.reconnects += one.reconnects;
	}
	gauge("kith_db_round_trips", "Round trips to the database by workers.", sum.round_trips);
	gauge("kith_db_statements", "Statements run by workers.", sum.statements);
	gauge("kith_db_rows", "Rows that statements gave to workers.", sum.rows);
	gauge("kith_db_reconnects", "Connections that workers made anew.", sum.reconnects);
	if (r->relay) {
		relay_get_stats(r->relay, &relay);
		gauge("kith_events_delivered", "Events taken by consumers.", relay.delivered);
		gauge("kith_events_late", "Events a consumer did not take at once.", relay.late);
		gauge("kith_events_dead", "Events a consumer refuses.", relay.dead);
		gauge("kith_outbox_lag_microseconds", "Age of the oldest event not yet sent.",
		      relay.lag_us);
	}
	snprintf(extra, sizeof(extra), "service=\"%s\"", r->service->name);
	metrics_write(to, extra);
}

static enum status start_server(struct running_service *r)
{
	const struct service_config *config = r->config;
	struct server_options options = {
		.n_workers = config->workers,
		.process = r->service->name,
		.secret = r->secret,
		.default_timeout_us = (int64_t)config->default_timeout_ms * 1000,
		.serve = dispatch_serve,
		.interrupt = interrupt,
		.metrics = write_metrics,
		.unhealthy = unhealthy,
		.user = r,
		.tls_ca = config->tls.ca_file,
		.tls_cert = config->tls.cert_file,
		.tls_key = config->tls.key_file,
	};

	r->listen = calloc(config->listen_count + 1, sizeof(*r->listen));
	if (!r->listen)
		log_die("no-memory", "what=listen");
	for (unsigned i = 0; i < config->listen_count; i++)
		r->listen[i] = config->listen[i];
	options.addresses = r->listen;

	return server_start(&options, &r->server);
}

/* In the order of what needs what; service_stop goes the other way. */
static enum status start(struct running_service *r)
{
	TRY(config_read_secret(r->config->secret_file, r->secret));
	TRY(read_url(r->config, &r->url));
	TRY(check_migrations(r));
	name_process(r);
	derive_keys(r);
	if (r->service->start)
		TRY(r->service->start(r->service, r->config, &r->state));
	connect_peers(r);
	open_databases(r);
	r->upkeep.database_ok = true;
	start_jobs(r);

	r->dispatcher = (struct dispatcher){
		.service = r->service,
		.records = calloc(r->service->n_handlers + 1, sizeof(struct method_record)),
		.dbs = r->dbs,
		.peers = &r->peers,
		.jobs = r->jobs,
		.wake = jobs_bit(r->jobs, "relay"),
		.state = r->state,
		.request_key = r->request_key,
	};
	if (!r->dispatcher.records)
		log_die("no-memory", "what=dispatcher");

	return start_server(r);
}

enum status service_start(const struct service *service, const struct service_config *config,
			  struct running_service **ret_running)
{
	struct running_service *r = calloc(1, sizeof(*r));
	enum status status;

	if (!r)
		log_die("no-memory", "what=service");
	r->service = service;
	r->config = config;
	if (config->workers == 0 || config->workers > WORKERS_MAX) {
		log_line(LOG_ERROR, "config-workers", "what=\"workers must be 1 to %d\"",
			 WORKERS_MAX);
		free(r);
		return STATUS_INVALID_ARGUMENT;
	}
	status = start(r);
	if (status != STATUS_OK) {
		service_stop(r);
		return status;
	}
	log_line(LOG_INFO, "service-started", "service=%s workers=%u", service->name,
		 config->workers);
	*ret_running = r;

	return STATUS_OK;
}

void service_drain(struct running_service *running)
{
	server_drain(running->server);
}

/* Gives up what is still in flight when the time is over. */
struct patience {
	struct running_service *running;
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool over;
};

static void *patience_thread(void *user)
{
	struct patience *p = user;
	int64_t at_us = clock_mono_us() + (int64_t)p->running->config->drain_timeout_ms * 1000;

	pthread_mutex_lock(&p->lock);
	while (!p->over) {
		struct timespec at = {at_us / 1000000, at_us % 1000000 * 1000};

		if (pthread_cond_timedwait(&p->done, &p->lock, &at) == 0)
			continue;
		for (unsigned i = 0; i < p->running->config->workers; i++)
			db_cancel(p->running->dbs[i]);
		at_us = clock_mono_us() + DRAIN_CANCEL_US;
	}
	pthread_mutex_unlock(&p->lock);

	return NULL;
}

static void stop_server(struct running_service *r)
{
	struct patience p = {.running = r, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_condattr_t clock;
	pthread_t thread;

	if (!r->server)
		return;

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&p.done, &clock);
	pthread_condattr_destroy(&clock);
	if (pthread_create(&thread, NULL, patience_thread, &p) != 0)
		log_die("no-thread", "what=drain");
	server_free(r->server);

	pthread_mutex_lock(&p.lock);
	p.over = true;
	pthread_cond_signal(&p.done);
	pthread_mutex_unlock(&p.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&p.done);
}

static void release_leases(struct running_service *r)
{
	struct caller self = {.kind = CALLER_SERVICE, .id = r->service->name, .person_id = ""};
	struct arena arena = {0};
	struct call c = {
		.arena = &arena,
		.caller = &self,
		.request_id = "",
		.traceparent = "",
		.now_us = clock_wall_us(),
		.deadline_us = clock_mono_us() + RELEASE_US,
		.db = r->dbs[0],
	};

	relay_release(&c, r->relay);
	arena_fini(&arena);
}

void service_stop(struct running_service *r)
{
	if (!r)
		return;

	stop_server(r);
	jobs_free(r->jobs);
	if (r->relay)
		release_leases(r);
	relay_free(r->relay);
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		db_free(r->dbs[i]);
	for (unsigned i = 0; i < r->peers.n; i++)
		client_free(r->peers.list[i].client);
	if (r->state && r->service->stop)
		r->service->stop(r->state);
	free(r->dispatcher.records);
	free(r->listen);
	free(r->url);
	free(r);
}
