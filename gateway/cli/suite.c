/* Calls to the services over nng: signed once a round, sent together, repeated while one is away.
 */
#include "suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/config.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/method.h"
#include "base/text.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/access.h"
#include "rpc/client.h"
#include "rpc/wire.h"

#define SUITE_PEERS_MAX   8 /* as many as a configuration may have */
#define CALL_TIMEOUT_US   (30 * INT64_C(1000000))
#define PAUSE_FIRST_US    (50 * INT64_C(1000))
#define PAUSE_LONGEST_US  (2 * INT64_C(1000000))
#define SIGNATURE_LIFE_MS (60 * INT64_C(60000))

struct suite {
	struct gateway_config *config;
	uint8_t secret[ACCESS_SECRET_SIZE];
	struct {
		const char *service;
		struct client *client;
	} peers[SUITE_PEERS_MAX];
	unsigned n;
};

/* Calls on their way. The last one home wakes who waits. */
struct round {
	pthread_mutex_t lock;
	pthread_cond_t home;
	size_t away;
};

/* One call on its way; what came back is copied, since client_done only lends it. */
struct flight {
	struct client_call call; /* first: client_done gets a pointer to it */
	struct suite_call *of;
	struct round *round;
	struct buf bytes;
	char request_id[ID_SIZE];
	enum status status;
	struct buf answer; /* the reply, or a google.rpc.Status */
	const char *message;
};

enum status suite_open(const struct cli *cli, struct suite **ret_suite)
{
	const char *file = cli_value(cli, OPTION_CONFIG, "KITH_CONFIG", "");
	struct suite *suite = calloc(1, sizeof(*suite));
	enum status status = STATUS_OK;

	if (suite == NULL)
		log_die("no-memory", "what=suite");
	if (*file == '\0') {
		free(suite);
		return (enum status)cli_fail(
			STATUS_INVALID_ARGUMENT,
			"this needs --config FILE or KITH_CONFIG: gateway.yaml");
	}
	status = config_load_gateway(file, &suite->config);
	if (status == STATUS_OK)
		status = config_read_secret(suite->config->secret_file, suite->secret);
	for (unsigned i = 0; status == STATUS_OK && i < suite->config->peers_count; i++) {
		const struct peer_config *peer = &suite->config->peers[i];
		const char **addresses = calloc(peer->addresses_count + 1, sizeof(*addresses));

		if (addresses == NULL)
			log_die("no-memory", "what=suite");
		memcpy(addresses, peer->addresses, peer->addresses_count * sizeof(*addresses));
		suite->peers[suite->n].service = peer->service;
		suite->peers[suite->n++].client = client_new(&(struct client_options){
			.addresses = addresses,
			.window = suite->config->workers_per_service,
			.max_batch = 1, /* each call is a batch of items already */
			.tls_ca = suite->config->peer_tls.ca_file,
			.tls_cert = suite->config->peer_tls.cert_file,
			.tls_key = suite->config->peer_tls.key_file,
		});
		free(addresses);
	}
	if (status != STATUS_OK) {
		suite_close(suite);
		return (enum status)cli_fail(status, "%s: no configuration to work with", file);
	}
	*ret_suite = suite;
	return STATUS_OK;
}

void suite_close(struct suite *suite)
{
	if (suite == NULL)
		return;
	for (unsigned i = 0; i < suite->n; i++)
		client_free(suite->peers[i].client);
	config_free_gateway(suite->config);
	explicit_bzero(suite->secret, sizeof(suite->secret));
	free(suite);
}

const uint8_t *suite_secret(const struct suite *suite)
{
	return suite->secret;
}

static struct client *find(const struct suite *suite, const struct suite_call *call)
{
	const char *service = call->service != NULL ? call->service : call->method->service;

	for (unsigned i = 0; i < suite->n; i++)
		if (text_equal(suite->peers[i].service, service))
			return suite->peers[i].client;
	return NULL;
}

static void landed(struct client_call *call, const struct client_result *result)
{
	struct flight *flight = (struct flight *)call;
	struct round *round = flight->round;

	flight->status = result->status;
	if (result->status == STATUS_OK)
		buf_add(&flight->answer, result->reply, result->reply_size);
	else if (result->details_size > 0)
		buf_add(&flight->answer, result->details, result->details_size);
	flight->message = result->message; /* static: made by the client itself */

	pthread_mutex_lock(&round->lock);
	if (--round->away == 0)
		pthread_cond_signal(&round->home);
	pthread_mutex_unlock(&round->lock);
}

static bool worth_another_try(enum status status)
{
	return status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED ||
	       status == STATUS_ABORTED;
}

/* Takes from the details what a person at a terminal, or the importer, needs. */
static void read_failure(struct arena *arena, const struct flight *flight, struct suite_call *call)
{
	Rpc__Status *status = (Rpc__Status *)wire_unpack(arena, &rpc__status__descriptor,
							 flight->answer.data, flight->answer.size);

	call->message = flight->message != NULL ? arena_string(arena, flight->message)
						: status_name(flight->status);
	call->reason = "";
	if (status == NULL || flight->answer.size == 0)
		return;
	if (*status->message != '\0')
		call->message = status->message;
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *any = status->details[i];

		if (text_ends(any->type_url, "/google.rpc.ErrorInfo")) {
			Rpc__ErrorInfo *info =
				(Rpc__ErrorInfo *)wire_unpack(arena, &rpc__error_info__descriptor,
							      any->value.data, any->value.len);
			if (info != NULL)
				call->reason = info->reason;
		} else if (text_ends(any->type_url, "/google.rpc.BadRequest")) {
			Rpc__BadRequest *bad =
				(Rpc__BadRequest *)wire_unpack(arena, &rpc__bad_request__descriptor,
							       any->value.data, any->value.len);
			if (bad == NULL)
				continue;
			call->n_violations = bad->n_field_violations;
			call->violations = arena_array(arena, bad->n_field_violations,
						       sizeof(*call->violations));
			for (size_t v = 0; v < bad->n_field_violations; v++)
				call->violations[v] = (struct suite_violation){
					bad->field_violations[v]->field,
					bad->field_violations[v]->description,
				};
		}
	}
}

static void read_answer(struct arena *arena, const struct flight *flight, struct suite_call *call)
{
	call->status = flight->status;
	if (call->status == STATUS_OK) {
		call->reply = wire_unpack(arena, call->method->reply, flight->answer.data,
					  flight->answer.size);
		if (call->reply != NULL)
			return;
		call->status = STATUS_DATA_LOSS;
	}
	read_failure(arena, flight, call);
}

/* One attempt at all flights that are not home. */
static void fly(struct suite *suite, struct flight *flights, size_t n, struct round *round)
{
	static const char *const no_scope = "";
	CLEANUP(buf_fini) struct buf signature = {0};
	const struct caller caller = {.kind = CALLER_SERVICE, .id = "cli", .person_id = no_scope};

	access_sign(&caller, clock_wall_us() / 1000 + SIGNATURE_LIFE_MS, suite->secret, &signature);
	round->away = 1; /* this thread, until all are sent */
	for (size_t i = 0; i < n; i++) {
		struct flight *flight = &flights[i];
		struct client *client = find(suite, flight->of);

		if (flight->status != STATUS_PENDING)
			continue;
		buf_clear(&flight->answer);
		if (client == NULL) {
			flight->status = STATUS_UNIMPLEMENTED;
			flight->message = "the configuration names no such service";
			continue;
		}
		flight->call = (struct client_call){
			.method = flight->of->method,
			.request = flight->bytes.data,
			.request_size = flight->bytes.size,
			.caller = signature.data,
			.caller_size = signature.size,
			.request_id = flight->request_id,
			.traceparent = "",
			.deadline_us = clock_mono_us() + CALL_TIMEOUT_US,
			.done = landed,
		};
		pthread_mutex_lock(&round->lock);
		round->away++;
		pthread_mutex_unlock(&round->lock);
		client_send(client, &flight->call);
	}
	pthread_mutex_lock(&round->lock);
	round->away--;
	while (round->away > 0)
		pthread_cond_wait(&round->home, &round->lock);
	pthread_mutex_unlock(&round->lock);
}

static void pause_us(int64_t us)
{
	struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

void suite_run(struct suite *suite, struct arena *arena, struct suite_call *calls, size_t n,
	       int64_t patience_us)
{
	struct round round = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
	struct flight *flights = arena_array(arena, n, sizeof(*flights));
	int64_t until_us = clock_mono_us() + patience_us, pause = PAUSE_FIRST_US;
	bool again = true;

	for (size_t i = 0; i < n; i++) {
		flights[i].of = &calls[i];
		flights[i].round = &round;
		flights[i].status = STATUS_PENDING;
		if (!calls[i].method->read_only)
			id_new(flights[i].request_id);
		wire_encode(calls[i].request, &flights[i].bytes);
	}
	while (again) {
		fly(suite, flights, n, &round);
		again = false;
		if (clock_mono_us() + pause > until_us)
			break;
		for (size_t i = 0; i < n; i++)
			if (worth_another_try(flights[i].status)) {
				flights[i].status = STATUS_PENDING;
				again = true;
			}
		if (again)
			pause_us(pause);
		pause = pause * 2 < PAUSE_LONGEST_US ? pause * 2 : PAUSE_LONGEST_US;
	}
	for (size_t i = 0; i < n; i++) {
		read_answer(arena, &flights[i], &calls[i]);
		buf_fini(&flights[i].bytes);
		buf_fini(&flights[i].answer);
	}
}

enum status suite_ask(struct suite *suite, struct arena *arena, struct suite_call *call,
		      int64_t patience_us)
{
	suite_run(suite, arena, call, 1, patience_us);
	return call->status;
}
