/* Services in this process, and a client that calls them. */
#include "suite.h"

#include <protobuf-c/protobuf-c.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
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
	struct running_service *running;
	struct client *client; /* batches, as the gateway does */
	struct client *crowd;  /* one call a message */
};

struct suite {
	struct arena arena;
	struct postgres *postgres;
	char secret_file[64];
	uint8_t secret[ACCESS_SECRET_SIZE];
	struct host hosts[SERVICES_MAX];
	unsigned n;
	struct buf caller;   /* who calls now, signed */
	struct buf platform; /* likewise */
	const char *request_id;
};

static char *print(struct suite *s, const char *format, ...) PRINTF_LIKE(2, 3);
static char *print(struct suite *s, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	return arena_string(&s->arena, text);
}

static void write_secret(struct suite *s)
{
	char hex[2 * ACCESS_SECRET_SIZE + 1];
	int fd;

	id_random(s->secret, sizeof(s->secret));
	text_hex(s->secret, sizeof(s->secret), hex);
	snprintf(s->secret_file, sizeof(s->secret_file), "/tmp/kith-test-secret.XXXXXX");
	fd = mkstemp(s->secret_file);
	if (fd < 0 || write(fd, hex, strlen(hex)) != (ssize_t)strlen(hex))
		log_die("test-secret", "file=%s", s->secret_file);
	close(fd);
}

static char **one(struct suite *s, char *string)
{
	char **list = arena_array(&s->arena, 2, sizeof(*list));

	list[0] = string;

	return list;
}

static void configure(struct suite *s, struct host *host)
{
	struct service_config *config = &host->config;
	const char *name = host->service.name;

	*config = (struct service_config){
		.listen = one(s, print(s, "inproc://%s-%p", name, (void *)s)),
		.listen_count = 1,
		.workers = WORKERS,
		.default_timeout_ms = TIMEOUT_US / 1000,
		.drain_timeout_ms = 5000,
		.secret_file = s->secret_file,
		.database = {.url = arena_string(&s->arena, postgres_url(s->postgres)),
			     .url_file = "",
			     .schema = arena_string(&s->arena, name),
			     .prepare = true,
			     .connect_timeout_ms = 5000},
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

static void start(struct suite *s, struct host *host)
{
	if (service_migrate(&host->service, &host->config) != STATUS_OK ||
	    service_start(&host->service, &host->config, &host->running) != STATUS_OK)
		log_die("test-start", "service=%s", host->service.name);
	host->client = dial(s, host, 0);
	host->crowd = dial(s, host, 1);
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

struct suite *suite_start(const struct service *const *services)
{
	struct suite *s = calloc(1, sizeof(*s));

	if (!s)
		log_die("test-memory", "none");
	log_setup(&(struct log_options){.level = LOG_WARN, .process = "test"});
	s->postgres = postgres_start();
	write_secret(s);

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

void suite_stop(struct suite *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		client_free(s->hosts[i].client);
		client_free(s->hosts[i].crowd);
	}
	for (unsigned i = 0; i < s->n; i++)
		service_stop(s->hosts[i].running);
	postgres_stop(s->postgres);
	unlink(s->secret_file);
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

void as_person(struct suite *s, const char *person_id)
{
	as_caller(s, &(struct caller){.kind = CALLER_PERSON,
				      .id = "test",
				      .person_id = person_id,
				      .scopes = SCOPE_READ | SCOPE_WRITE});
}

void as_nobody(struct suite *s)
{
	buf_clear(&s->caller);
}

void with_request_id(struct suite *s, const char *request_id)
{
	s->request_id = arena_string(&s->arena, request_id);
}

static struct host *host_of(struct suite *s, const struct method *method)
{
	for (unsigned i = 0; i < s->n; i++)
		if (text_equal(s->hosts[i].service.name, method->service))
			return &s->hosts[i];

	log_die("test-method", "%s is of no service that was started", method->name);
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

static struct violation *read_violations(struct suite *s, const Rpc__BadRequest *bad)
{
	struct violation *list = NULL, **end = &list;

	for (size_t i = 0; bad && i < bad->n_field_violations; i++) {
		*end = arena_alloc(&s->arena, sizeof(**end));
		(*end)->field = bad->field_violations[i]->field;
		(*end)->description = bad->field_violations[i]->description;
		end = &(*end)->next;
	}

	return list;
}

static void read_detail(struct suite *s, const Google__Protobuf__Any *any, struct outcome *ret)
{
	const void *bytes = any->value.data;
	size_t size = any->value.len;

	if (text_ends(any->type_url, "google.rpc.ErrorInfo")) {
		const Rpc__ErrorInfo *info = (const void *)wire_unpack(
			&s->arena, &rpc__error_info__descriptor, bytes, size);
		ret->reason = info->reason;
	} else if (text_ends(any->type_url, "google.rpc.BadRequest")) {
		ret->violations = read_violations(
			s, (const void *)wire_unpack(&s->arena, &rpc__bad_request__descriptor,
						     bytes, size));
	} else if (text_ends(any->type_url, "google.rpc.RetryInfo")) {
		const Rpc__RetryInfo *retry = (const void *)wire_unpack(
			&s->arena, &rpc__retry_info__descriptor, bytes, size);
		if (retry->retry_delay)
			ret->retry_after_us = retry->retry_delay->seconds * 1000000 +
					      retry->retry_delay->nanos / 1000;
	}
}

static struct outcome read_outcome(struct suite *s, enum status status, const void *details,
				   size_t size)
{
	struct outcome outcome = {.status = status, .reason = "", .message = ""};
	const Rpc__Status *said;

	if (status == STATUS_OK || !details)
		return outcome;

	said = (const void *)wire_unpack(&s->arena, &rpc__status__descriptor, details, size);
	if (!said)
		log_die("test-status", "google.rpc.Status cannot be read");
	outcome.message = said->message;
	for (size_t i = 0; i < said->n_details; i++)
		read_detail(s, said->details[i], &outcome);

	return outcome;
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
	status = client_call_sync(host_of(s, method)->client, &call, &s->arena, reply, &details,
				  &size);

	return read_outcome(s, status, details, size);
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

struct crowd {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t left;
};

struct crowd_call {
	struct client_call call; /* first */
	struct crowd *crowd;
	struct buf request, reply, details;
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

	*ret = read_outcome(s, mine->status, mine->details.size ? mine->details.data : NULL,
			    mine->details.size);
	if (mine->status == STATUS_OK && reply) {
		message = wire_unpack(&s->arena, reply->descriptor, mine->reply.data,
				      mine->reply.size);
		if (!message)
			log_die("test-reply", "%s cannot be read", reply->descriptor->name);
		memcpy(reply, message, reply->descriptor->sizeof_message);
	}
	buf_fini(&mine->request);
	buf_fini(&mine->reply);
	buf_fini(&mine->details);
}

void suite_call_at_once(struct suite *s, const struct method *method, size_t n,
			const void *const *requests, const char *const *request_ids,
			void *const *replies, struct outcome *ret)
{
	struct crowd_call *calls = arena_array(&s->arena, n, sizeof(*calls));
	struct crowd crowd = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n};

	for (size_t i = 0; i < n; i++) {
		wire_encode(requests[i], &calls[i].request);
		calls[i].crowd = &crowd;
		calls[i].call = (struct client_call){
			.method = method,
			.request = calls[i].request.data,
			.request_size = calls[i].request.size,
			.caller = s->caller.data,
			.caller_size = s->caller.size,
			.request_id = request_ids ? request_ids[i] : new_request_id(s, method),
			.traceparent = "",
			.deadline_us = clock_mono_us() + TIMEOUT_US,
			.done = crowd_done,
		};
	}
	for (size_t i = 0; i < n; i++)
		client_send(host_of(s, method)->crowd, &calls[i].call);

	pthread_mutex_lock(&crowd.lock);
	while (crowd.left > 0)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);

	for (size_t i = 0; i < n; i++)
		read_crowd(s, &calls[i], replies ? replies[i] : NULL, &ret[i]);
}

bool outcome_names(const struct outcome *outcome, const char *field)
{
	for (const struct violation *v = outcome->violations; v; v = v->next)
		if (text_equal(v->field, field))
			return true;

	return false;
}

void outcome_expect(const char *file, int line, const char *what, struct outcome outcome,
		    enum status status, const char *reason)
{
	if (outcome.status == status && (!reason || text_equal(outcome.reason, reason)))
		return;

	print_error("%s\n  ended %s %s: %s\n  expected %s %s\n", what, status_name(outcome.status),
		    outcome.reason, outcome.message, status_name(status), reason ? reason : "");
	for (const struct violation *v = outcome.violations; v; v = v->next)
		print_error("  %s %s\n", v->field, v->description);
	_fail(file, line);
}

void int_expect(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
	if (actual == expected)
		return;

	print_error("%s is %lld, expected %lld\n", what, (long long)actual, (long long)expected);
	_fail(file, line);
}

void text_expect(const char *file, int line, const char *what, const char *actual,
		 const char *expected)
{
	if (text_equal(actual, expected))
		return;

	print_error("%s is \"%s\", expected \"%s\"\n", what, actual ? actual : "(null)",
		    expected ? expected : "(null)");
	_fail(file, line);
}
