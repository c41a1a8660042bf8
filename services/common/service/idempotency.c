/* A write happens once under its name: (community, caller, request id). Statements are in
 * common/event/sql/idempotency.sql. */
#include "idempotency.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/method.h"
#include "event.sql.h"
#include "service/service.h"

bool idempotency_wanted(const struct server_call *call)
{
	return call->call.request_id && *call->call.request_id;
}

static const char *community_of(const struct server_call *call)
{
	const ProtobufCFieldDescriptor *f = call->call.method->community_id;
	const char *id = "";

	if (f && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED)
		id = *(const char *const *)(const void *)((const char *)call->request + f->offset);

	return *id ? id : "00000000-0000-0000-0000-000000000000";
}

/* The method is part of it: one name under two methods is two different requests. */
static void hash(const uint8_t *key, const struct server_call *call,
		 uint8_t ret[static SHA256_DIGEST_LENGTH])
{
	const char *method = call->call.method->name;
	size_t name = strlen(method) + 1;
	size_t size = protobuf_c_message_get_packed_size(call->request);
	uint8_t *bytes = arena_alloc(call->call.arena, name + size);

	memcpy(bytes, method, name);
	protobuf_c_message_pack(call->request, bytes + name);
	if (!HMAC(EVP_sha256(), key, SERVICE_KEY_SIZE, bytes, name + size, ret, NULL))
		log_die("no-hmac", "what=request");
}

/* The reply as it may be kept: what leaves once is not in it. */
static void keep_reply(struct server_call *call, ProtobufCBinaryData *ret)
{
	const ProtobufCFieldDescriptor *secret = call->call.method->secret;
	ProtobufCMessage *kept;

	ret->data = (uint8_t *)call->encoded;
	ret->len = call->encoded_size;
	if (!secret || !call->encoded)
		return;

	kept = (ProtobufCMessage *)arena_copy(call->call.arena, call->reply,
					      call->reply->descriptor->sizeof_message);
	*(const char **)(void *)((char *)kept + secret->offset) = "";
	ret->data = arena_alloc(call->call.arena, protobuf_c_message_get_packed_size(kept));
	ret->len = protobuf_c_message_pack(kept, ret->data);
}

void idempotency_row(const uint8_t *key, struct server_call *call, Event__StoredReply *ret)
{
	const struct caller *caller = call->call.caller;
	uint8_t *digest = arena_alloc(call->call.arena, SHA256_DIGEST_LENGTH);

	hash(key, call, digest);
	event__stored_reply__init(ret);
	ret->community_id = community_of(call);
	ret->caller = *caller->person_id ? arena_printf(call->call.arena, "%s/%s", caller->id,
							caller->person_id)
					 : caller->id;
	ret->request_id = call->call.request_id;
	ret->request_hash.data = digest;
	ret->request_hash.len = SHA256_DIGEST_LENGTH;
	keep_reply(call, &ret->reply);
}

enum status idempotency_claim(const uint8_t *key, struct server_call *call, bool *ret_done)
{
	struct call *c = &call->call;
	Event__StoredReply mine, stored = EVENT__STORED_REPLY__INIT;
	bool claimed;

	idempotency_row(key, call, &mine);
	TRY(sql_find_reply_claim(c, &mine, &stored, &claimed));
	if (claimed) {
		*ret_done = false;
		return STATUS_OK;
	}

	TRY(sql_reply_find(c, &mine, &stored));
	if (stored.request_hash.len != mine.request_hash.len ||
	    memcmp(stored.request_hash.data, mine.request_hash.data, mine.request_hash.len) != 0)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "REQUEST_ID_REUSED",
				 "another request was made under this request_id");
	call->encoded = stored.reply.data ? stored.reply.data : (const uint8_t *)"";
	call->encoded_size = stored.reply.len;
	*ret_done = true;

	return STATUS_OK;
}
