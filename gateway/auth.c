/* Who calls: API keys, checked by member and remembered for a while, and on whose behalf.
 *
 * A key is remembered by the SHA-256 of its text. It is asked for again in the background when most
 * of its time is over, so that who calls all the time never waits. While member does not answer, a
 * key that was good stays good for AUTH_STALE_US: it could not be revoked either. */
#include "auth.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/method.h"
#include "exchange.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith_methods.h"
#include "leg.h"
#include "rpc/access.h"
#include "rpc/peers.h"
#include "rpc/wire.h"
#include "state.h"

#define AUTH_BUCKETS   4096
#define AUTH_MAX_KEYS  65536
#define AUTH_BAD_US    INT64_C(1000000)   /* how long a refusal is remembered */
#define AUTH_STALE_US  INT64_C(600000000) /* 10 minutes */
#define AUTH_ASK_US    INT64_C(3000000)
#define AUTH_VOICES    4096 /* signed callers kept */
#define AUTH_SIGN_MS   INT64_C(300000)
#define AUTH_RESIGN_MS INT64_C(60000)
#define KEY_MIN_SIZE   24
#define KEY_MAX_SIZE   200
#define DIGEST_SIZE    32

struct key {
	struct key *next; /* in its bucket */
	struct auth *auth;
	uint8_t digest[DIGEST_SIZE];
	enum status status; /* what member said; PENDING before it ever did */
	struct arena arena; /* of `api_key` or of the refusal */
	const Member__ApiKey *api_key;
	unsigned scopes;
	uint32_t version;  /* grows when the answer changes */
	struct buf answer; /* as it came, to see whether it changed */
	int64_t fresh_until_us, stale_until_us;
	struct exchange *waiting;
	struct leg leg;
	char *text; /* while it is being asked for; wiped then */
};

/* A caller that was signed: one a key and person. Direct-mapped. */
struct voice {
	uint8_t digest[DIGEST_SIZE];
	uint32_t version;
	char person_id[ID_SIZE];
	int64_t expire_ms;
	struct buf signed_caller;
};

struct auth {
	struct gateway *gateway;
	struct client *member; /* who knows the keys; NULL when it is not configured */
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	struct key *buckets[AUTH_BUCKETS];
	size_t n_keys;
	struct voice voices[AUTH_VOICES];
};

struct auth *auth_new(struct gateway *g)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (auth == NULL)
		log_die("no-memory", "auth");
	auth->gateway = g;
	auth->member = peers_find(&g->peers, method_member_verify_api_key);
	auth->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	auth->digest = EVP_MD_CTX_new();
	if (auth->sha256 == NULL || auth->digest == NULL)
		log_die("no-sha256", "libcrypto");
	return auth;
}

static void key_free(struct key *key)
{
	arena_fini(&key->arena);
	buf_fini(&key->answer);
	leg_fini(&key->leg);
	free(key->text);
	free(key);
}

void auth_stop(struct auth *auth)
{
	for (size_t i = 0; i < AUTH_BUCKETS; i++)
		for (struct key *key = auth->buckets[i]; key != NULL; key = key->next)
			leg_cancel(&key->leg);
}

void auth_free(struct auth *auth)
{
	if (auth == NULL)
		return;

	for (size_t i = 0; i < AUTH_BUCKETS; i++) {
		while (auth->buckets[i] != NULL) {
			struct key *key = auth->buckets[i];

			auth->buckets[i] = key->next;
			key_free(key);
		}
	}
	for (size_t i = 0; i < AUTH_VOICES; i++)
		buf_fini(&auth->voices[i].signed_caller);
	EVP_MD_CTX_free(auth->digest);
	EVP_MD_free(auth->sha256);
	free(auth);
}

/* Forgets what has gone stale; when that is not enough, everything that is not being asked for. */
static void make_room(struct auth *auth, int64_t now_us)
{
	for (int pass = 0; pass < 2 && auth->n_keys >= AUTH_MAX_KEYS; pass++) {
		for (size_t i = 0; i < AUTH_BUCKETS; i++) {
			struct key **at = &auth->buckets[i];

			while (*at != NULL) {
				struct key *key = *at;

				if (key->leg.in_flight ||
				    (pass == 0 && key->stale_until_us > now_us)) {
					at = &key->next;
					continue;
				}
				*at = key->next;
				auth->n_keys--;
				key_free(key);
			}
		}
	}
}

static struct key *find_key(struct auth *auth, const uint8_t digest[DIGEST_SIZE], int64_t now_us)
{
	struct key **bucket = &auth->buckets[(digest[0] | digest[1] << 8) % AUTH_BUCKETS];
	struct key *key;

	for (key = *bucket; key != NULL; key = key->next)
		if (memcmp(key->digest, digest, DIGEST_SIZE) == 0)
			return key;

	if (auth->n_keys >= AUTH_MAX_KEYS)
		make_room(auth, now_us);
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		log_die("no-memory", "keys=%zu", auth->n_keys);
	memcpy(key->digest, digest, DIGEST_SIZE);
	key->auth = auth;
	key->status = STATUS_PENDING;
	key->next = *bucket;
	*bucket = key;
	auth->n_keys++;
	return key;
}

static unsigned scope_bits(const Member__ApiKey *api_key)
{
	unsigned bits = 0;

	for (size_t i = 0; i < api_key->n_scopes; i++) {
		if (strcmp(api_key->scopes[i], "read") == 0)
			bits |= SCOPE_READ;
		else if (strcmp(api_key->scopes[i], "write") == 0)
			bits |= SCOPE_WRITE;
		else if (strcmp(api_key->scopes[i], "admin") == 0)
			bits |= SCOPE_ADMIN;
	}
	return bits;
}

/* The signed caller of this key acting for this person ("" for nobody). */
static const struct buf *sign(struct auth *auth, const struct key *key, const struct caller *caller,
			      const char *person_id)
{
	int64_t now_ms = auth->gateway->loop.wall_us / 1000, expire_ms = now_ms + AUTH_SIGN_MS;
	uint64_t hash = key->digest[4] | (uint64_t)key->digest[5] << 8;
	struct voice *voice;

	for (const char *at = person_id; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	voice = &auth->voices[(hash ^ hash >> 32) % AUTH_VOICES];
	if (voice->expire_ms > now_ms + AUTH_RESIGN_MS && voice->version == key->version &&
	    memcmp(voice->digest, key->digest, DIGEST_SIZE) == 0 &&
	    strcmp(voice->person_id, person_id) == 0)
		return &voice->signed_caller;

	if (key->api_key->expire_time != NULL &&
	    key->api_key->expire_time->seconds * 1000 < expire_ms)
		expire_ms = key->api_key->expire_time->seconds * 1000 + 1000;
	memcpy(voice->digest, key->digest, DIGEST_SIZE);
	voice->version = key->version;
	memcpy(voice->person_id, person_id, strlen(person_id) + 1);
	voice->expire_ms = expire_ms;
	buf_clear(&voice->signed_caller);
	access_sign(caller, expire_ms, auth->gateway->secret, &voice->signed_caller);
	return &voice->signed_caller;
}

static enum status refuse(struct exchange *x, const char *reason, const char *why)
{
	exchange_add_header(x, "WWW-Authenticate", "Bearer realm=\"kith\"");
	return call_fail(&x->call, STATUS_UNAUTHENTICATED, reason, "%s", why);
}

/* The key is good: whom does it act for? */
static enum status speak(struct auth *auth, const struct key *key, struct exchange *x)
{
	const Member__ApiKey *api_key = key->api_key;
	const char *person_id = api_key->person_id;
	const struct buf *bytes;

	if (api_key->expire_time != NULL &&
	    api_key->expire_time->seconds <= auth->gateway->loop.wall_us / 1000000)
		return refuse(x, "KEY_EXPIRED", "this key has expired");
	if (x->head.person != NULL && *x->head.person != '\0') {
		if (!id_is_valid(x->head.person))
			return call_violation(&x->call, "Kith-Person", "must be a person's id");
		if (*person_id != '\0' && strcasecmp(person_id, x->head.person) != 0)
			return call_fail(&x->call, STATUS_PERMISSION_DENIED, "PERSON_NOT_OF_KEY",
					 "this key acts for one person only");
		person_id = x->head.person;
	}

	x->caller = (struct caller){
		.kind = *person_id == '\0' ? CALLER_PLATFORM : CALLER_PERSON,
		.id = arena_string(&x->arena, api_key->key_id),
		.person_id = person_id,
		.scopes = key->scopes,
		.community_ids = (const char *const *)api_key->community_ids,
		.n_community_ids = api_key->n_community_ids,
	};
	bytes = sign(auth, key, &x->caller, person_id);
	buf_clear(&x->signed_caller);
	buf_add(&x->signed_caller, bytes->data, bytes->size);
	/* The key may be forgotten before the exchange ends. */
	x->caller.person_id = arena_string(&x->arena, person_id);
	x->caller.community_ids = NULL;
	x->caller.n_community_ids = 0;
	if (api_key->n_community_ids > 0) {
		char **ids = arena_array(&x->arena, api_key->n_community_ids, sizeof(*ids));

		for (size_t i = 0; i < api_key->n_community_ids; i++)
			ids[i] = arena_string(&x->arena, api_key->community_ids[i]);
		x->caller.community_ids = (const char *const *)ids;
		x->caller.n_community_ids = api_key->n_community_ids;
	}
	x->call.caller = &x->caller;
	memcpy(x->key_digest, key->digest, sizeof(x->key_digest));
	return STATUS_OK;
}

static void answer(struct auth *auth, const struct key *key, struct exchange *x)
{
	if (key->status == STATUS_OK) {
		exchange_identified(x, speak(auth, key, x));
	} else if (key->status == STATUS_UNAUTHENTICATED || key->status == STATUS_NOT_FOUND) {
		exchange_add_header(x, "WWW-Authenticate", "Bearer realm=\"kith\"");
		if (key->answer.size > 0 && key->status == STATUS_UNAUTHENTICATED)
			exchange_fail_details(x, key->status, key->answer.data, key->answer.size);
		else
			exchange_identified(x, refuse(x, "KEY_UNKNOWN", "no such key"));
	} else {
		exchange_identified(
			x, call_retry(&x->call, STATUS_UNAVAILABLE, "KEY_NOT_CHECKED", 1000000));
	}
}

static void learn(struct key *key, const struct leg *leg)
{
	const struct gateway *g = key->auth->gateway;
	int64_t now_us = g->loop.now_us;
	Member__ApiKey *api_key;
	bool definite = leg->status == STATUS_OK || leg->status == STATUS_UNAUTHENTICATED ||
			leg->status == STATUS_NOT_FOUND || leg->status == STATUS_INVALID_ARGUMENT;

	if (!definite && key->status == STATUS_OK && key->stale_until_us > now_us) {
		key->fresh_until_us = now_us + AUTH_BAD_US;
		return;
	}

	key->fresh_until_us = key->stale_until_us =
		now_us + (definite ? AUTH_BAD_US : AUTH_BAD_US / 10);
	if (leg->status == STATUS_OK) {
		key->fresh_until_us = now_us + g->config->key_cache_ms * INT64_C(750);
		key->stale_until_us = now_us + AUTH_STALE_US;
		if (key->status == STATUS_OK && key->answer.size == leg->result.size &&
		    memcmp(key->answer.data, leg->result.data, leg->result.size) == 0)
			return;
	}

	key->version++;
	arena_reset(&key->arena);
	buf_clear(&key->answer);
	buf_add(&key->answer, leg->result.data, leg->result.size);
	key->api_key = NULL;
	key->status = leg->status == STATUS_INVALID_ARGUMENT ? STATUS_NOT_FOUND : leg->status;
	if (leg->status != STATUS_OK)
		return;

	api_key = (Member__ApiKey *)wire_unpack(&key->arena, &member__api_key__descriptor,
						leg->result.data, leg->result.size);
	if (api_key == NULL) {
		key->status = STATUS_UNAVAILABLE;
		return;
	}
	key->api_key = api_key;
	key->scopes = scope_bits(api_key);
}

static void verified(struct leg *leg)
{
	struct key *key = leg->user;
	struct exchange *waiting = key->waiting;

	learn(key, leg);
	explicit_bzero(key->text, strlen(key->text));
	free(key->text);
	key->text = NULL;
	leg_reset(leg);

	key->waiting = NULL;
	while (waiting != NULL) {
		struct exchange *x = waiting;

		waiting = x->next_waiting;
		x->next_waiting = NULL;
		if (!x->released)
			answer(key->auth, key, x);
		exchange_unpin(x);
	}
}

static void ask(struct auth *auth, struct key *key, const char *text)
{
	struct gateway *g = auth->gateway;
	Member__VerifyApiKeyRequest request = MEMBER__VERIFY_API_KEY_REQUEST__INIT;
	const struct buf *self = gateway_self(g);
	struct leg *leg = &key->leg;

	key->text = strdup(text);
	if (key->text == NULL)
		log_die("no-memory", "key");
	request.key = key->text;
	wire_encode(&request.base, &leg->request);
	leg->call = (struct client_call){
		.method = method_member_verify_api_key,
		.request = leg->request.data,
		.request_size = leg->request.size,
		.caller = self->data,
		.caller_size = self->size,
		.request_id = "",
		.traceparent = "",
		.deadline_us = g->loop.now_us + AUTH_ASK_US,
	};
	leg->done = verified;
	leg->user = key;
	leg->may_retry = true;
	leg_start(g, leg, auth->member);
}

/* kith_<id>_<secret> */
static bool is_well_formed(const char *text, size_t size)
{
	const char *id = text + 5;

	if (size < KEY_MIN_SIZE || size > KEY_MAX_SIZE || strncmp(text, "kith_", 5) != 0)
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		      c == '_' || c == '-'))
			return false;
	}
	return strchr(id, '_') != NULL && *id != '_';
}

void auth_identify(struct auth *auth, struct exchange *x)
{
	int64_t now_us = auth->gateway->loop.now_us;
	const char *text = x->head.api_key;
	uint8_t digest[DIGEST_SIZE];
	struct key *key;
	size_t size;

	if (x->head.authorization != NULL) {
		if (strncasecmp(x->head.authorization, "Bearer ", 7) != 0) {
			exchange_identified(
				x, refuse(x, "KEY_MALFORMED", "the scheme must be Bearer"));
			return;
		}
		text = x->head.authorization + 7;
	}
	if (text == NULL) {
		exchange_identified(
			x, refuse(x, "KEY_MISSING", "give a key: Authorization: Bearer kith_…"));
		return;
	}
	text += strspn(text, " ");
	size = strlen(text);
	if (!is_well_formed(text, size)) {
		exchange_identified(x,
				    refuse(x, "KEY_MALFORMED", "a key reads kith_<id>_<secret>"));
		return;
	}

	if (EVP_DigestInit_ex2(auth->digest, auth->sha256, NULL) != 1 ||
	    EVP_DigestUpdate(auth->digest, text, size) != 1 ||
	    EVP_DigestFinal_ex(auth->digest, digest, NULL) != 1)
		log_die("no-sha256", "libcrypto");
	key = find_key(auth, digest, now_us);

	if (key->fresh_until_us <= now_us && auth->member == NULL) {
		exchange_identified(x, call_retry(&x->call, STATUS_UNAVAILABLE,
						  "SERVICE_NOT_CONFIGURED", AUTH_STALE_US));
		return;
	}
	if (key->fresh_until_us <= now_us) {
		if (!key->leg.in_flight)
			ask(auth, key, text);
		/* A good key that has only just run out is served while it is asked for again. */
		if (key->status != STATUS_OK ||
		    now_us - key->fresh_until_us > auth->gateway->config->key_cache_ms * 250LL) {
			x->next_waiting = key->waiting;
			key->waiting = x;
			x->pins++;
			return;
		}
	}
	answer(auth, key, x);
}
