/* A gateway in front of four services that know the answers by heart, for gateway_test.py: prints
 * its port, stops when its input ends. Behaviour is chosen by the ids and keys that are sent. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "gateway.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith_methods.h"
#include "rpc/server.h"

#define SECRET "abababababababababababababababababababababababababababababababab"

static const char *const names[] = {"member", "content", "activity", "evaluation"};

/* "kith_<what it may>_<secret>" */
static enum status verify_key(struct call *c, const Member__VerifyApiKeyRequest *request,
			      Member__ApiKey *key)
{
	static const char *scopes[] = {"read", "write", "admin"};
	char *what = arena_string(c->arena, request->key + 5);

	what[strcspn(what, "_")] = '\0';
	key->key_id = what;
	key->scopes = scopes;
	key->n_scopes = 3;
	if (strcmp(what, "readonly") == 0)
		key->n_scopes = 1;
	else if (strcmp(what, "ann") == 0)
		key->person_id = "00000000-0000-7000-8000-0000000000aa";
	else if (strcmp(what, "expired") == 0)
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_EXPIRED", "expired");
	else if (strcmp(what, "revoked") == 0)
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_REVOKED", "revoked");
	else if (strcmp(what, "good") != 0)
		return call_fail(c, STATUS_UNAUTHENTICATED, "KEY_UNKNOWN", "unknown");
	return STATUS_OK;
}

static bool ends(const char *id, const char *with)
{
	return text_ends(id, with);
}

static enum status get_community(struct call *c, const Member__GetCommunityRequest *request,
				 Member__Community *community)
{
	static atomic_int tries;
	const char *id = request->community_id;

	community->community_id = (char *)id;
	community->name = "Curl \"x\" ä";
	community->member_count = INT64_C(9007199254740993);
	community->notice = (char *)c->traceparent;
	community->theme = arena_printf(c->arena, "%d %s %s", c->caller->kind, c->caller->id,
					c->caller->person_id);
	if (ends(id, "404"))
		return call_fail(c, STATUS_NOT_FOUND, "COMMUNITY_NOT_FOUND",
				 "no such community ä%%");
	if (ends(id, "500"))
		return call_fail(c, STATUS_INTERNAL, "SECRET", "secret words");
	if (ends(id, "503") && atomic_fetch_add(&tries, 1) % 2 == 0)
		return call_retry(c, STATUS_UNAVAILABLE, "FLAKY", 1000);
	if (ends(id, "5e3"))
		return call_retry(c, STATUS_UNAVAILABLE, "DOWN", 1000);
	if (ends(id, "510"))
		for (int64_t until = clock_mono_us() + 2000000; clock_mono_us() < until;)
			poll(NULL, 0, 10);
	if (ends(id, "b16")) { /* compresses well */
		char *notice = arena_alloc(c->arena, 100001);

		memset(notice, 'x', 100000);
		community->notice = notice;
	}
	return STATUS_OK;
}

static enum status answer(struct server_call *sc, const struct method *method)
{
	struct call *c = &sc->call;

	if (method == method_member_verify_api_key)
		return verify_key(c, (const Member__VerifyApiKeyRequest *)sc->request,
				  (Member__ApiKey *)sc->reply);
	if (method == method_member_get_community)
		return get_community(c, (const Member__GetCommunityRequest *)sc->request,
				     (Member__Community *)sc->reply);
	if (method == method_member_create_community) {
		const Member__CreateCommunityRequest *request =
			(const Member__CreateCommunityRequest *)sc->request;
		Member__Community *community = (Member__Community *)sc->reply;

		*community = *request->community;
		community->etag = (char *)c->request_id;
		return STATUS_OK;
	}
	if (method == method_member_update_community) {
		const Member__UpdateCommunityRequest *request =
			(const Member__UpdateCommunityRequest *)sc->request;
		Member__Community *community = (Member__Community *)sc->reply;

		*community = *request->community;
		community->community_id = request->community_id;
		community->slug = request->update_mask == NULL || request->update_mask->n_paths == 0
					  ? ""
					  : request->update_mask->paths[0];
		return STATUS_OK;
	}
	if (method == method_member_get_duty)
		return call_fail(c, STATUS_NOT_FOUND, "DUTY_NOT_FOUND", "none");
	if (method == method_member_get_membership) {
		((Member__Membership *)sc->reply)->state =
			MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
		if (ends(((const Member__GetMembershipRequest *)sc->request)->community_id, "add"))
			return call_fail(c, STATUS_NOT_FOUND, "MEMBERSHIP_NOT_FOUND", "none");
		return STATUS_OK;
	}
	if (method == method_content_list_posts) {
		const Content__ListPostsRequest *request =
			(const Content__ListPostsRequest *)sc->request;

		((Content__ListPostsResponse *)sc->reply)->next_page_token = arena_printf(
			c->arena, "%d %s %d", request->page_size, request->topic, request->kind);
		return STATUS_OK;
	}
	if (method == method_evaluation_get_growth)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "NO_DATA", "nothing to count");
	return STATUS_OK;
}

static void serve(void *user, unsigned worker, const struct method *method,
		  struct server_call *calls, size_t n)
{
	(void)user;
	(void)worker;
	for (size_t i = 0; i < n; i++)
		if (calls[i].status == STATUS_PENDING)
			calls[i].status = answer(&calls[i], method);
}

static void write_metrics(void *user, struct buf *to)
{
	buf_add_format(to,
		       "# HELP kith_test_total A count.\n# TYPE kith_test_total counter\n"
		       "kith_test_total{x=\"%s\"} 1\n",
		       (const char *)user);
}

static void interrupt(void *user, unsigned worker)
{
	(void)user;
	(void)worker;
}

static const char *unhealthy(void *user)
{
	(void)user;
	return NULL;
}

static struct server *start_service(const char *name, const char *address, const uint8_t *secret)
{
	const char *addresses[] = {address, NULL};
	struct server_options options = {
		.addresses = addresses,
		.n_workers = 4,
		.process = name,
		.secret = secret,
		.default_timeout_us = 10000000,
		.serve = serve,
		.interrupt = interrupt,
		.metrics = write_metrics,
		.unhealthy = unhealthy,
		.user = (void *)name,
	};
	struct server *server;

	if (server_start(&options, &server) != STATUS_OK)
		exit(1);
	return server;
}

/* gateway_fixture FOLDER [limited | tls] */
int main(int argc, char **argv)
{
	static char *addresses[4][1] = {{"inproc://gateway-test-member"},
					{"inproc://gateway-test-content"},
					{"inproc://gateway-test-activity"},
					{"inproc://gateway-test-evaluation"}};
	struct peer_config peers[4];
	char *listen[] = {"127.0.0.1:0"}, byte, secret_file[256], audit_file[256], cert_file[256],
	     key_file[256];
	struct gateway_config config = {
		.listen = listen,
		.listen_count = 1,
		.secret_file = secret_file,
		.peers = peers,
		.peers_count = 4,
		.default_timeout_ms = 5000,
		.max_timeout_ms = 8000,
		.drain_timeout_ms = 5000,
		.header_timeout_ms = 1000,
		.idle_timeout_ms = 60000,
		.max_connections = 50,
		.max_body_bytes = 4 << 20,
		.key_cache_ms = 1000,
		.workers_per_service = 4,
		.audit_file = audit_file,
		.tls = {"", "", ""},
		.peer_tls = {"", "", ""},
	};
	struct server *servers[4];
	struct gateway *gateway;
	uint8_t secret[32];
	FILE *file;

	if (argc < 2)
		return 2;
	if (argc > 2 && strcmp(argv[2], "limited") == 0) {
		config.rate_per_key = 1;
		config.burst_per_key = 3;
	} else if (argc > 2) {
		snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", argv[1]);
		snprintf(key_file, sizeof(key_file), "%s/key.pem", argv[1]);
		config.tls = (struct tls_config){"", cert_file, key_file};
	}
	log_setup(&(struct log_options){.level = LOG_WARN, .process = "gateway"});
	snprintf(secret_file, sizeof(secret_file), "%s/secret", argv[1]);
	snprintf(audit_file, sizeof(audit_file), "%s/audit", argv[1]);
	file = fopen(secret_file, "w");
	if (file == NULL || fputs(SECRET "\n", file) < 0 || fclose(file) != 0 ||
	    !text_unhex(SECRET, secret, sizeof(secret)))
		return 1;

	for (unsigned i = 0; i < 4; i++) {
		peers[i] = (struct peer_config){(char *)names[i], addresses[i], 1};
		servers[i] = start_service(names[i], addresses[i][0], secret);
	}
	if (gateway_start(&config, &gateway) != STATUS_OK)
		return 1;
	printf("%u\n", gateway_port(gateway));
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	gateway_stop(gateway);
	for (unsigned i = 0; i < 4; i++)
		server_free(servers[i]);
	return 0;
}
