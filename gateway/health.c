/* Whether Kith serves: each service is asked once a second. */
#include "health.h"

#include <stdlib.h>
#include <string.h>

#include "app/metrics.h"
#include "base/log.h"
#include "base/method.h"
#include "exchange.h"
#include "grpc/health/v1/health.pb-c.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "kith_methods.h"
#include "rpc/wire.h"
#include "state.h"
#include "json/json.h"

#define POLL_US     1000000
#define PATIENCE_US 2000000 /* for an answer: a process that stops is seen within this */

typedef GrpcHealth__HealthCheckResponse__ServingStatus ServingStatus;

#define UNKNOWN_SERVICE GRPC_HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN
#define IS_SERVING      GRPC_HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define IS_NOT_SERVING  GRPC_HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING

struct state {
	struct health *health;
	const struct peer *peer;
	struct leg leg;
	bool serving;
	char reason[160], version[32];
	struct metric *gauge;
};

/* A client that waits for changes. */
struct watcher {
	struct watcher *next;
	struct exchange *x;
	char service[128];
	ServingStatus told;
};

struct health {
	struct gateway *gateway;
	struct timer timer;
	bool draining, stopped;
	struct state states[PEERS_MAX];
	struct watcher *watchers;
};

bool health_serving(const struct health *health)
{
	if (health->draining || health->gateway->peers.n == 0)
		return false;
	for (unsigned i = 0; i < health->gateway->peers.n; i++)
		if (!health->states[i].serving)
			return false;
	return true;
}

static bool process_serves(const struct health *health, const char *process)
{
	if (health->draining)
		return false;
	if (strcmp(process, "gateway") == 0)
		return true;
	for (unsigned i = 0; i < health->gateway->peers.n; i++)
		if (strcmp(health->states[i].peer->service, process) == 0)
			return health->states[i].serving;
	return false;
}

/* By the name of a gRPC service; empty for all. */
static ServingStatus status_of(const struct health *health, const char *name)
{
	size_t size = strlen(name);

	if (size == 0)
		return health_serving(health) ? IS_SERVING : IS_NOT_SERVING;
	if (strncmp(name, "grpc.", 5) == 0)
		return health->draining ? IS_NOT_SERVING : IS_SERVING;
	for (size_t i = 0; i < kith_methods_count; i++)
		if (strncmp(kith_methods[i].name, name, size) == 0 &&
		    kith_methods[i].name[size] == '/')
			return process_serves(health, kith_methods[i].service) ? IS_SERVING
									       : IS_NOT_SERVING;
	return UNKNOWN_SERVICE;
}

static void tell(struct exchange *x, ServingStatus status)
{
	GrpcHealth__HealthCheckResponse response = GRPC_HEALTH__HEALTH_CHECK_RESPONSE__INIT;

	response.status = status;
	exchange_stream_message(x, &response.base);
}

static void tell_watchers(struct health *health)
{
	for (struct watcher *watcher = health->watchers; watcher != NULL; watcher = watcher->next) {
		ServingStatus status = status_of(health, watcher->service);

		if (status != watcher->told) {
			watcher->told = status;
			tell(watcher->x, status);
		}
	}
}

static void set_state(struct state *state, bool serving, const char *reason, const char *version)
{
	if (serving != state->serving)
		log_line(serving ? LOG_INFO : LOG_WARN, "service-health",
			 "service=%s serving=%d reason=\"%s\"", state->peer->service, serving,
			 reason);
	state->serving = serving;
	snprintf(state->reason, sizeof(state->reason), "%s", reason);
	snprintf(state->version, sizeof(state->version), "%s", version);
	metric_set(state->gauge, serving);
}

static void answered(struct leg *leg)
{
	struct state *state = leg->user;
	CLEANUP(arena_fini) struct arena arena = {0};
	const Ops__CheckHealthResponse *response = NULL;

	if (leg->status == STATUS_OK)
		response = (const Ops__CheckHealthResponse *)wire_unpack(
			&arena, &ops__check_health_response__descriptor, leg->result.data,
			leg->result.size);
	if (response != NULL)
		set_state(state, response->serving, response->reason, response->version);
	else if (!state->health->stopped)
		set_state(state, false, status_name(leg->status), "");
	leg_reset(leg);
	tell_watchers(state->health);
}

static void poll_services(struct timer *timer)
{
	struct health *health = (struct health *)((char *)timer - offsetof(struct health, timer));
	struct gateway *g = health->gateway;
	const struct buf *self = gateway_self(g);

	for (unsigned i = 0; i < g->peers.n; i++) {
		struct leg *leg = &health->states[i].leg;

		if (leg->in_flight)
			continue;
		buf_clear(&leg->request);
		buf_add(&leg->request, self->data, self->size);
		leg->call = (struct client_call){
			.method = method_ops_check_health,
			.request = "",
			.caller = leg->request.data, /* a copy: the original may be renewed */
			.caller_size = leg->request.size,
			.request_id = "",
			.traceparent = "",
			.deadline_us = g->loop.now_us + PATIENCE_US,
		};
		leg->done = answered;
		leg->user = &health->states[i];
		leg_start(g, leg, g->peers.list[i].client);
	}
	loop_timer_set(&g->loop, &health->timer, g->loop.now_us + POLL_US);
}

struct health *health_new(struct gateway *g)
{
	struct health *health = calloc(1, sizeof(*health));

	if (health == NULL)
		log_die("no-memory", "health");
	health->gateway = g;
	for (unsigned i = 0; i < g->peers.n; i++) {
		struct state *state = &health->states[i];
		char labels[64];

		state->health = health;
		state->peer = &g->peers.list[i];
		snprintf(state->reason, sizeof(state->reason), "not asked yet");
		snprintf(labels, sizeof(labels), "peer=\"%s\"", state->peer->service);
		state->gauge = metric_gauge("kith_peer_serving",
					    "1 while the service says that it serves.", labels);
	}
	health->timer.fire = poll_services;
	loop_timer_set(&g->loop, &health->timer, g->loop.now_us);
	return health;
}

void health_stop(struct health *health)
{
	health->stopped = true;
	loop_timer_clear(&health->gateway->loop, &health->timer);
	for (unsigned i = 0; i < health->gateway->peers.n; i++)
		leg_cancel(&health->states[i].leg);
}

bool health_busy(const struct health *health)
{
	for (unsigned i = 0; i < health->gateway->peers.n; i++)
		if (health->states[i].leg.in_flight)
			return true;
	return false;
}

void health_free(struct health *health)
{
	if (health == NULL)
		return;
	for (unsigned i = 0; i < health->gateway->peers.n; i++)
		leg_fini(&health->states[i].leg);
	free(health);
}

void health_drain(struct health *health)
{
	health->draining = true;
	tell_watchers(health);
}

void health_write(const struct health *health, struct buf *to)
{
	buf_add_format(to, "{\"serving\":%s,\"services\":{",
		       health_serving(health) ? "true" : "false");
	for (unsigned i = 0; i < health->gateway->peers.n; i++) {
		const struct state *state = &health->states[i];

		if (i > 0)
			buf_add_char(to, ',');
		json_write_string(state->peer->service, strlen(state->peer->service), to);
		buf_add_format(to,
			       ":{\"serving\":%s,\"reason\":", state->serving ? "true" : "false");
		json_write_string(state->reason, strlen(state->reason), to);
		buf_add_string(to, ",\"version\":");
		json_write_string(state->version, strlen(state->version), to);
		buf_add_char(to, '}');
	}
	buf_add_string(to, "}}\n");
}

static const GrpcHealth__HealthCheckRequest *decode(struct exchange *x, const void *bytes,
						    size_t size)
{
	ProtobufCMessage *message;
	enum status status = wire_decode(&x->call, &grpc_health__health_check_request__descriptor,
					 bytes, size, &message);

	if (status == STATUS_OK)
		return (const GrpcHealth__HealthCheckRequest *)message;
	exchange_fail(x, status);
	return NULL;
}

static void check_message(struct exchange *x, const void *bytes, size_t size)
{
	const GrpcHealth__HealthCheckRequest *request = decode(x, bytes, size);
	ServingStatus status;

	if (request == NULL)
		return;
	status = status_of(x->gateway->health, request->service);
	if (status == UNKNOWN_SERVICE) {
		exchange_fail(x, call_fail(&x->call, STATUS_NOT_FOUND, "NO_SERVICE",
					   "there is no such service"));
		return;
	}
	tell(x, status);
	exchange_stream_end(x, STATUS_OK);
}

static void check_end(struct exchange *x)
{
	exchange_fail(x, call_fail(&x->call, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE",
				   "one message is expected"));
}

static void watch_message(struct exchange *x, const void *bytes, size_t size)
{
	struct health *health = x->gateway->health;
	const GrpcHealth__HealthCheckRequest *request = decode(x, bytes, size);
	struct watcher *watcher;

	if (request == NULL || x->stream_state != NULL)
		return;
	watcher = calloc(1, sizeof(*watcher));
	if (watcher == NULL)
		log_die("no-memory", "watcher");
	watcher->x = x;
	snprintf(watcher->service, sizeof(watcher->service), "%s", request->service);
	watcher->told = status_of(health, watcher->service);
	watcher->next = health->watchers;
	health->watchers = watcher;
	x->stream_state = watcher;
	tell(x, watcher->told);
}

static void watch_end(struct exchange *x)
{
	if (x->stream_state == NULL)
		check_end(x);
}

static void watch_gone(struct exchange *x)
{
	struct watcher **at = &x->gateway->health->watchers;

	while (*at != NULL && *at != x->stream_state)
		at = &(*at)->next;
	if (*at != NULL)
		*at = (*at)->next;
	free(x->stream_state);
	x->stream_state = NULL;
}

const struct stream_method health_check = {
	.name = "grpc.health.v1.Health/Check",
	.message = check_message,
	.end = check_end,
};

const struct stream_method health_watch = {
	.name = "grpc.health.v1.Health/Watch",
	.message = watch_message,
	.end = watch_end,
	.gone = watch_gone,
};
