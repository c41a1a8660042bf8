/* Page tokens: the key of the last row, signed together with the list it belongs to, so that a
 * token of another list, community or filter is refused. Page size may change on the way. */
#include <openssl/hmac.h>
#include <string.h>

#include "base/arena.h"
#include "base/method.h"
#include "base/text.h"
#include "conn.h"

#define MAC_SIZE       16
#define TOKEN_MAX_SIZE 2048
#define KEY_NULL       0xffff

/* What a token is signed for, and where its request has it. */
struct list {
	const char *name;
	const ProtobufCFieldDescriptor *page_size, *page_token;
	unsigned n_keys;
};

static struct list list_of(const struct plan *plan)
{
	return (struct list){plan->sql->name, plan->page_size, plan->page_token, plan->n_keys};
}

static int64_t limit_of(const ProtobufCFieldDescriptor *page_size, const ProtobufCMessage *in)
{
	int32_t size =
		page_size ? *(const int32_t *)(const void *)((const char *)in + page_size->offset)
			  : 0;

	if (size <= 0)
		return PAGE_SIZE_DEFAULT;

	return size < PAGE_SIZE_MAX ? size : PAGE_SIZE_MAX;
}

int64_t page_limit(const struct plan *plan, const ProtobufCMessage *in)
{
	return limit_of(plan->page_size, in);
}

/* HMAC over the list's name, request (without its place in the list) and key. */
static void sign(struct call *c, const struct db *db, const struct list *list,
		 const ProtobufCMessage *in, const void *keys, size_t size,
		 uint8_t ret[static MAC_SIZE])
{
	size_t name = strlen(list->name) + 1;
	ProtobufCMessage *request =
		(ProtobufCMessage *)arena_copy(c->arena, in, in->descriptor->sizeof_message);
	unsigned char mac[EVP_MAX_MD_SIZE];
	uint8_t *bytes;
	size_t n;

	*(const char **)(void *)((char *)request + list->page_token->offset) = "";
	*(int32_t *)(void *)((char *)request + list->page_size->offset) = 0;
	n = name + size + protobuf_c_message_get_packed_size(request);
	bytes = arena_alloc(c->arena, n);
	memcpy(bytes, list->name, name);
	memcpy(bytes + name, keys, size);
	protobuf_c_message_pack(request, bytes + name + size);

	HMAC(EVP_sha256(), db->page_secret, sizeof(db->page_secret), bytes, n, mac, NULL);
	memcpy(ret, mac, MAC_SIZE);
}

static char *token_write(struct call *c, const struct db *db, const struct list *list,
			 const ProtobufCMessage *in, const struct value *keys)
{
	size_t size = MAC_SIZE;
	char *token, *to;

	for (unsigned i = 0; i < list->n_keys; i++)
		size += 2 + (size_t)keys[i].size;

	token = arena_alloc(c->arena, size);
	to = token + MAC_SIZE;
	for (unsigned i = 0; i < list->n_keys; i++) {
		put_be16(to, keys[i].bytes ? (uint16_t)keys[i].size : KEY_NULL);
		to += 2;
		if (keys[i].bytes)
			memcpy(to, keys[i].bytes, (size_t)keys[i].size);
		to += keys[i].size;
	}
	sign(c, db, list, in, token + MAC_SIZE, size - MAC_SIZE, (uint8_t *)token);

	return text_base64url(c->arena, token, size);
}

static enum status bad_token(struct call *c)
{
	struct violation *violation = arena_alloc(c->arena, sizeof(*violation));

	violation->field = "page_token";
	violation->description = "is not a token of this list";
	c->fault.violations = violation;

	return call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_PAGE_TOKEN",
			 "page_token: is not a token of this list");
}

static enum status token_read(struct call *c, const struct db *db, const struct list *list,
			      const ProtobufCMessage *in, const struct value **ret_keys)
{
	const char *text =
		*(const char *const *)(const void *)((const char *)in + list->page_token->offset);
	struct value *keys;
	uint8_t mac[MAC_SIZE], *token;
	const char *from, *end;
	size_t size;

	if (!*text) {
		*ret_keys = NULL;
		return STATUS_OK;
	}
	if (strlen(text) > TOKEN_MAX_SIZE)
		return bad_token(c);

	token = text_unbase64(c->arena, text, strlen(text), &size);
	if (!token || size < MAC_SIZE)
		return bad_token(c);
	/* The last letter has bits that decoding drops; only as it was written is it a token. */
	if (strcmp(text_base64url(c->arena, token, size), text))
		return bad_token(c);
	sign(c, db, list, in, token + MAC_SIZE, size - MAC_SIZE, mac);
	if (!text_same_secret(mac, token, MAC_SIZE))
		return bad_token(c);

	/* It was made here, for a statement of this name; an older binary may have had other keys.
	 */
	keys = arena_array(c->arena, list->n_keys, sizeof(*keys));
	from = (const char *)token + MAC_SIZE;
	end = (const char *)token + size;
	for (unsigned i = 0; i < list->n_keys; i++) {
		uint16_t length;

		if (end - from < 2)
			return bad_token(c);
		length = get_be16(from);
		from += 2;
		if (length == KEY_NULL)
			continue;
		if (end - from < length)
			return bad_token(c);
		keys[i] = (struct value){from, length};
		from += length;
	}
	if (from != end)
		return bad_token(c);
	*ret_keys = keys;

	return STATUS_OK;
}

char *page_write(struct call *c, const struct db *db, const struct plan *plan,
		 const ProtobufCMessage *in, const struct value *keys)
{
	const struct list list = list_of(plan);

	return token_write(c, db, &list, in, keys);
}

enum status page_read(struct call *c, const struct db *db, const struct plan *plan,
		      const ProtobufCMessage *in, const struct value **ret_keys)
{
	const struct list list = list_of(plan);

	return token_read(c, db, &list, in, ret_keys);
}

static struct list list_by(const char *name, const ProtobufCMessage *in, unsigned n_keys)
{
	return (struct list){
		name, protobuf_c_message_descriptor_get_field_by_name(in->descriptor, "page_size"),
		protobuf_c_message_descriptor_get_field_by_name(in->descriptor, "page_token"),
		n_keys};
}

enum status sql_page_begin(struct call *c, const char *list, const ProtobufCMessage *in,
			   int64_t *ret_after, size_t *ret_limit)
{
	const struct list numbers = list_by(list, in, 1);
	const struct value *keys = NULL;

	TRY(token_read(c, c->db, &numbers, in, &keys));
	if (keys && keys->size != sizeof(int64_t))
		return bad_token(c);
	*ret_after = keys ? (int64_t)get_be64(keys->bytes) : 0;
	*ret_limit = (size_t)limit_of(numbers.page_size, in);

	return STATUS_OK;
}

const char *sql_page_token(struct call *c, const char *list, const ProtobufCMessage *in,
			   int64_t last)
{
	const struct list numbers = list_by(list, in, 1);
	char bytes[sizeof(last)];

	put_be64(bytes, (uint64_t)last);

	return token_write(c, c->db, &numbers, in, &(struct value){bytes, sizeof(bytes)});
}

enum status sql_place_read(struct call *c, const char *list, const ProtobufCMessage *in,
			   const char **ret_words, unsigned n, size_t *ret_limit)
{
	const struct list words = list_by(list, in, n);
	const struct value *keys = NULL;

	TRY(token_read(c, c->db, &words, in, &keys));
	for (unsigned i = 0; keys && i < n; i++)
		ret_words[i] = arena_copy(c->arena, keys[i].bytes, (size_t)keys[i].size);
	*ret_limit = (size_t)limit_of(words.page_size, in);

	return STATUS_OK;
}

const char *sql_place_token(struct call *c, const char *list, const ProtobufCMessage *in,
			    const char *const *words, unsigned n)
{
	const struct list of = list_by(list, in, n);
	struct value keys[SQL_MAX_KEYS];

	for (unsigned i = 0; i < n; i++)
		keys[i] = (struct value){words[i], (int)strlen(words[i])};

	return token_write(c, c->db, &of, in, keys);
}
