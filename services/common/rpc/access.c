/* Who may call: signs and checks callers, and holds the one decision. */
#include "access.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "kith/envelope.pb-c.h"
#include "rpc/wire.h"

#define MAC_SIZE 32

static const struct scope_name {
	enum scope scope;
	const char *name;
} scope_names[] = {
	{SCOPE_READ, "read"},
	{SCOPE_WRITE, "write"},
	{SCOPE_ADMIN, "admin"},
};

#define N_SCOPES (sizeof(scope_names) / sizeof(*scope_names))

static const Kith__Caller__Kind kinds[] = {
	[CALLER_NOBODY] = KITH__CALLER__KIND__KIND_UNSPECIFIED,
	[CALLER_SERVICE] = KITH__CALLER__KIND__KIND_SERVICE,
	[CALLER_PLATFORM] = KITH__CALLER__KIND__KIND_PLATFORM,
	[CALLER_PERSON] = KITH__CALLER__KIND__KIND_PERSON,
};

static void sign(const void *bytes, size_t size, const uint8_t secret[static ACCESS_SECRET_SIZE],
		 uint8_t mac[static MAC_SIZE])
{
	unsigned mac_size = MAC_SIZE;

	if (!HMAC(EVP_sha256(), secret, ACCESS_SECRET_SIZE, bytes, size, mac, &mac_size))
		log_die("no-hmac", "size=%zu", size);
}

void access_sign(const struct caller *caller, int64_t expire_time_ms,
		 const uint8_t secret[static ACCESS_SECRET_SIZE], struct buf *to)
{
	Kith__Caller message = KITH__CALLER__INIT;
	Kith__SignedCaller signed_caller = KITH__SIGNED_CALLER__INIT;
	const char *scopes[N_SCOPES];
	uint8_t mac[MAC_SIZE];
	CLEANUP(buf_fini) struct buf bytes = {0};

	message.kind = kinds[caller->kind];
	message.key_id = caller->id ? caller->id : "";
	message.person_id = caller->person_id ? caller->person_id : "";
	message.scopes = scopes;
	for (size_t i = 0; i < N_SCOPES; i++)
		if (caller->scopes & scope_names[i].scope)
			scopes[message.n_scopes++] = scope_names[i].name;
	message.community_ids = (const char **)caller->community_ids;
	message.n_community_ids = caller->n_community_ids;
	message.expire_time_ms = expire_time_ms;
	wire_encode(&message.base, &bytes);

	sign(bytes.data, bytes.size, secret, mac);
	signed_caller.caller = (ProtobufCBinaryData){bytes.size, (uint8_t *)bytes.data};
	signed_caller.mac = (ProtobufCBinaryData){sizeof(mac), mac};
	wire_encode(&signed_caller.base, to);
}

static enum status refuse_caller(struct call *c, const char *reason, const char *why)
{
	call_forgive(c); /* the reader's fault says too much */

	return call_fail(c, STATUS_UNAUTHENTICATED, reason, "%s", why);
}

static enum caller_kind kind_of(Kith__Caller__Kind kind)
{
	for (enum caller_kind i = CALLER_NOBODY; i <= CALLER_PERSON; i++)
		if (kinds[i] == kind)
			return i;

	return CALLER_NOBODY;
}

static struct caller *caller_of(struct arena *arena, const Kith__Caller *message)
{
	struct caller *caller = arena_alloc(arena, sizeof(*caller));

	caller->kind = kind_of(message->kind);
	caller->id = message->key_id;
	caller->person_id = message->person_id;
	for (size_t i = 0; i < message->n_scopes; i++)
		for (size_t k = 0; k < N_SCOPES; k++)
			if (text_equal(message->scopes[i], scope_names[k].name))
				caller->scopes |= (unsigned)scope_names[k].scope;
	caller->community_ids = (const char *const *)message->community_ids;
	caller->n_community_ids = message->n_community_ids;

	return caller;
}

enum status access_verify(struct call *c, const void *bytes, size_t size,
			  const uint8_t secret[static ACCESS_SECRET_SIZE],
			  const struct caller **ret_caller, int64_t *ret_expire_time_ms)
{
	const Kith__SignedCaller *signed_caller;
	const Kith__Caller *message;
	const struct caller *caller;
	ProtobufCMessage *unpacked;
	uint8_t mac[MAC_SIZE];

	if (size == 0)
		return refuse_caller(c, "CALLER_MISSING", "the call names no caller");

	if (wire_decode(c, &kith__signed_caller__descriptor, bytes, size, &unpacked) != STATUS_OK)
		return refuse_caller(c, "CALLER_FORGED", "the caller cannot be read");
	signed_caller = (const Kith__SignedCaller *)unpacked;
	sign(signed_caller->caller.data, signed_caller->caller.len, secret, mac);
	if (signed_caller->mac.len != MAC_SIZE ||
	    !text_same_secret(mac, signed_caller->mac.data, MAC_SIZE))
		return refuse_caller(c, "CALLER_FORGED", "the caller's signature is wrong");

	if (wire_decode(c, &kith__caller__descriptor, signed_caller->caller.data,
			signed_caller->caller.len, &unpacked) != STATUS_OK)
		return refuse_caller(c, "CALLER_FORGED", "the caller cannot be read");
	message = (const Kith__Caller *)unpacked;
	if (message->expire_time_ms <= c->now_us / 1000)
		return refuse_caller(c, "CALLER_EXPIRED", "the caller's signature has expired");
	caller = caller_of(c->arena, message);
	if (caller->kind == CALLER_NOBODY || (caller->kind == CALLER_PERSON && !*caller->person_id))
		return refuse_caller(c, "CALLER_UNKNOWN", "the caller is nobody");

	*ret_caller = caller;
	*ret_expire_time_ms = message->expire_time_ms;

	return STATUS_OK;
}

static const char *string_in(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *const *string = (const void *)((const char *)message + field->offset);

	if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
	    *(const uint32_t *)(const void *)((const char *)message + field->quantifier_offset) !=
		    field->id)
		return NULL;

	return *string;
}

/* The id the request is about: its own field, or that of the resource its mask speaks of. NULL when
 * the method is about no such thing; "" when the request leaves it out. */
static const char *id_in(const struct method *method, const ProtobufCMessage *request,
			 const ProtobufCFieldDescriptor *own, const char *name)
{
	const ProtobufCFieldDescriptor *masked = method->masked, *field;
	const ProtobufCMessage *resource;
	const char *id;

	if (own) {
		id = string_in(request, own);
		return id ? id : "";
	}
	if (!masked || masked->type != PROTOBUF_C_TYPE_MESSAGE)
		return NULL;
	field = protobuf_c_message_descriptor_get_field_by_name(masked->descriptor, name);
	if (!field)
		return NULL;

	resource = *(const ProtobufCMessage *const *)(const void *)((const char *)request +
								    masked->offset);
	id = resource ? string_in(resource, field) : NULL;

	return id ? id : "";
}

static enum status check_scope(struct call *c)
{
	const struct method *method = c->method;
	bool platform_only = (method->access & ~(unsigned)ACCESS_SERVICE) == ACCESS_PLATFORM;
	enum scope scope = method->read_only ? SCOPE_READ
			   : platform_only   ? SCOPE_ADMIN
					     : SCOPE_WRITE;

	if (c->caller->scopes & scope)
		return STATUS_OK;

	for (size_t i = 0; i < N_SCOPES; i++)
		if (scope_names[i].scope == scope)
			call_fact(c, "scope", scope_names[i].name);

	return call_fail(c, STATUS_PERMISSION_DENIED, "SCOPE_MISSING",
			 "the key lacks the scope that this method needs");
}

/* A key bound to communities sees no others, and learns nothing about them. */
static enum status check_reach(struct call *c, const char *community_id)
{
	const struct caller *caller = c->caller;

	if (caller->n_community_ids == 0)
		return STATUS_OK;

	if (!community_id) {
		if (c->method->access & ACCESS_PUBLIC ||
		    (c->method->access & ACCESS_SELF && caller->kind == CALLER_PERSON))
			return STATUS_OK;
		return call_fail(c, STATUS_PERMISSION_DENIED, "KEY_BOUND",
				 "the key reaches only some communities, the method all");
	}
	for (size_t i = 0; i < caller->n_community_ids; i++)
		if (strcasecmp(caller->community_ids[i], community_id) == 0)
			return STATUS_OK;

	return call_fail(c, STATUS_NOT_FOUND, "COMMUNITY_NOT_FOUND", "no such community");
}

/* The lowest rank that suffices, RANK_NONE when no rank does. */
static enum rank rank_needed(unsigned access)
{
	if (access & ACCESS_MEMBER)
		return RANK_MEMBER;
	if (access & ACCESS_MODERATOR)
		return RANK_MODERATOR;
	if (access & ACCESS_ADMIN)
		return RANK_ADMIN;
	if (access & ACCESS_OWNER)
		return RANK_OWNER;

	return RANK_NONE;
}

static enum status check_person(struct call *c, const ProtobufCMessage *request,
				const char *community_id, access_rank rank)
{
	static const char *const rank_names[] = {
		[RANK_NONE] = "none",           [RANK_MEMBER] = "member", [RANK_EXPERT] = "expert",
		[RANK_MODERATOR] = "moderator", [RANK_ADMIN] = "admin",   [RANK_OWNER] = "owner",
	};
	const struct method *method = c->method;
	enum rank needed = rank_needed(method->access), has = RANK_NONE;
	const char *person_id;

	if (method->access & ACCESS_PUBLIC)
		return STATUS_OK;

	if (method->access & ACCESS_SELF) {
		person_id = id_in(method, request, method->person_id, "person_id");
		if (person_id && strcasecmp(person_id, c->caller->person_id) == 0)
			return STATUS_OK;
	}

	if (needed != RANK_NONE && community_id && *community_id && rank) {
		TRY(rank(c, community_id, &has));
		if (has >= needed)
			return STATUS_OK;
	}

	if (needed == RANK_NONE)
		return call_fail(c, STATUS_PERMISSION_DENIED, "NOT_ALLOWED",
				 method->access & ACCESS_SELF
					 ? "only the person himself may do this"
					 : "persons may not do this");
	call_fact(c, "needed", rank_names[needed]);

	return call_fail(c, STATUS_PERMISSION_DENIED,
			 has == RANK_NONE ? "NOT_A_MEMBER" : "RANK_TOO_LOW",
			 "this needs the rank of %s in the community", rank_names[needed]);
}

enum status access_check(struct call *c, const struct ProtobufCMessage *request, access_rank rank)
{
	const struct method *method = c->method;
	const char *community_id;

	if (!c->caller || c->caller->kind == CALLER_NOBODY)
		return refuse_caller(c, "CALLER_MISSING", "the call names no caller");
	if (c->caller->kind == CALLER_SERVICE)
		return STATUS_OK;

	if (!(method->access & ~(unsigned)ACCESS_SERVICE))
		return call_fail(c, STATUS_PERMISSION_DENIED, "SERVICE_ONLY",
				 "only other services may call this");
	community_id = id_in(method, request, method->community_id, "community_id");
	TRY(check_scope(c));
	TRY(check_reach(c, community_id));
	if (c->caller->kind == CALLER_PLATFORM)
		return STATUS_OK;

	return check_person(c, request, community_id, rank);
}
