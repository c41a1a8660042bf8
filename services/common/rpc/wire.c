/* From bytes to messages and back: the scan that stands before every unpacking. */
#include "wire.h"

#include <stdbool.h>

#include "base/call.h"
#include "base/text.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/reader.h"

#define TYPE_URL    "type.googleapis.com/"
#define MEMBER_COST 48 /* what protobuf-c notes about one field it met, rounded up */

/* protobuf-c merges a message field that is given more than once, copying all lists anew each time.
 * A few more such fields than the type has are let through, a flood is not. */
#define MAX_MERGES 8

struct scan {
	size_t left; /* of WIRE_MAX_UNPACKED */
	const char *problem;
};

static bool fail(struct scan *s, const char *problem)
{
	if (!s->problem)
		s->problem = problem;

	return false;
}

static bool charge(struct scan *s, size_t size)
{
	if (size > s->left)
		return fail(s, "the message unpacks to more than fits");
	s->left -= size;

	return true;
}

static enum wire_type wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_FIXED32;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_FIXED64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_PIECE;
	default:
		return WIRE_VARINT;
	}
}

static bool scan_packed(struct scan *s, enum wire_type type, struct reader r)
{
	size_t size = reader_left(&r);
	size_t item = type == WIRE_FIXED32 ? 4 : 8;

	if (type != WIRE_VARINT) {
		if (size % item != 0)
			return fail(s, "a packed list ends within an item");
		return charge(s, size);
	}

	while (r.at < r.end) {
		reader_varint(&r, READER_MAX_VARINT);
		if (!r.at)
			return fail(s, "a packed list ends within an item");
	}

	return charge(s, size * sizeof(uint64_t));
}

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *type, struct reader r,
			 unsigned depth);

/* `piece` is what stands behind the length of a length-prefixed field. */
static bool scan_piece(struct scan *s, const ProtobufCFieldDescriptor *field, struct reader piece,
		       unsigned depth)
{
	const ProtobufCMessageDescriptor *type = field->descriptor;

	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		return charge(s, type->sizeof_message) && scan_message(s, type, piece, depth + 1);
	case PROTOBUF_C_TYPE_STRING:
		if (!text_is_utf8((const char *)piece.at, reader_left(&piece)))
			return fail(s, "a string is no UTF-8 or holds a NUL");
		return charge(s, reader_left(&piece) + 1);
	case PROTOBUF_C_TYPE_BYTES:
		return charge(s, reader_left(&piece));
	default:
		return scan_packed(s, wire_type_of(field->type), piece);
	}
}

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *type, struct reader r,
			 unsigned depth)
{
	unsigned merges_left = type->n_fields + MAX_MERGES;

	if (depth > WIRE_MAX_DEPTH)
		return fail(s, "messages are nested too deep");

	while (r.at < r.end) {
		const ProtobufCFieldDescriptor *field;
		enum wire_type wire_type;
		struct reader piece;
		uint64_t value;
		uint32_t number = reader_field(&r, &wire_type, &value, &piece);
		bool repeated;

		if (number == 0)
			return fail(s, "a field is malformed or cut off");
		if (!charge(s, MEMBER_COST))
			return false;

		field = protobuf_c_message_descriptor_get_field(type, number);
		if (!field) {
			if (!charge(s, piece.at ? reader_left(&piece) : READER_MAX_VARINT))
				return false;
			continue;
		}

		repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
		if (repeated && !charge(s, sizeof(ProtobufCBinaryData)))
			return false;
		if (wire_type != wire_type_of(field->type) &&
		    !(repeated && wire_type == WIRE_PIECE))
			return fail(s, "a field has another type than the contract says");
		if (field->type == PROTOBUF_C_TYPE_MESSAGE && !repeated && merges_left-- == 0)
			return fail(s, "a message field is given too often");
		if (wire_type == WIRE_PIECE && !scan_piece(s, field, piece, depth))
			return false;
	}

	return true;
}

enum status wire_scan(struct call *c, const ProtobufCMessageDescriptor *type, const void *bytes,
		      size_t size)
{
	struct scan scan = {.left = WIRE_MAX_UNPACKED};

	if (size > WIRE_MAX_MESSAGE)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE",
				 "%s is larger than %u bytes", type->name, WIRE_MAX_MESSAGE);
	if (!scan_message(&scan, type, reader_of(bytes, size), 1))
		return call_fail(c, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE", "%s: %s",
				 type->name, scan.problem);

	return STATUS_OK;
}

enum status wire_decode(struct call *c, const ProtobufCMessageDescriptor *type, const void *bytes,
			size_t size, ProtobufCMessage **ret_message)
{
	ProtobufCMessage *message;

	TRY(wire_scan(c, type, bytes, size));
	message = wire_unpack(c->arena, type, bytes, size);
	if (!message)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE",
				 "%s cannot be unpacked", type->name);
	*ret_message = message;

	return STATUS_OK;
}

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void free_nothing(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer;
}

ProtobufCAllocator wire_allocator(struct arena *arena)
{
	return (ProtobufCAllocator){allocate, free_nothing, arena};
}

ProtobufCMessage *wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
			      const void *bytes, size_t size)
{
	ProtobufCAllocator allocator = wire_allocator(arena);

	return protobuf_c_message_unpack(type, &allocator, size, bytes);
}

void wire_encode(const ProtobufCMessage *message, struct buf *to)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	void *at = buf_reserve(to, size);

	to->size += protobuf_c_message_pack(message, at);
	to->data[to->size] = 0;
}

ProtobufCMessage *wire_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

	protobuf_c_message_init(type, message);

	return message;
}

static void add_detail(struct arena *arena, Rpc__Status *status, const ProtobufCMessage *detail)
{
	Google__Protobuf__Any *any = arena_alloc(arena, sizeof(*any));

	google__protobuf__any__init(any);
	any->type_url = arena_printf(arena, TYPE_URL "%s", detail->descriptor->name);
	any->value.len = protobuf_c_message_get_packed_size(detail);
	any->value.data = arena_alloc(arena, any->value.len + 1);
	protobuf_c_message_pack(detail, any->value.data);
	status->details[status->n_details++] = any;
}

static void add_error_info(struct arena *arena, Rpc__Status *status, const struct fault *fault,
			   const char *reason)
{
	Rpc__ErrorInfo info = RPC__ERROR_INFO__INIT;
	size_t n = 0;

	for (const struct metadata *m = fault->metadata; m; m = m->next)
		n++;
	info.reason = reason;
	info.domain = "kith";
	info.metadata = arena_array(arena, n + 1, sizeof(*info.metadata));
	for (const struct metadata *m = fault->metadata; m; m = m->next) {
		Rpc__ErrorInfo__MetadataEntry *entry = arena_alloc(arena, sizeof(*entry));

		rpc__error_info__metadata_entry__init(entry);
		entry->key = m->key;
		entry->value = m->value;
		info.metadata[info.n_metadata++] = entry;
	}
	add_detail(arena, status, &info.base);
}

static void add_bad_request(struct arena *arena, Rpc__Status *status,
			    const struct violation *violations)
{
	Rpc__BadRequest bad = RPC__BAD_REQUEST__INIT;
	size_t n = 0;

	for (const struct violation *v = violations; v; v = v->next)
		n += *v->field != '\0';
	if (n == 0)
		return;
	bad.field_violations = arena_array(arena, n, sizeof(*bad.field_violations));
	for (const struct violation *v = violations; v; v = v->next) {
		Rpc__BadRequest__FieldViolation *field = arena_alloc(arena, sizeof(*field));

		if (!*v->field)
			continue; /* the request as a whole: the message says all */
		rpc__bad_request__field_violation__init(field);
		field->field = v->field;
		field->description = v->description;
		bad.field_violations[bad.n_field_violations++] = field;
	}
	add_detail(arena, status, &bad.base);
}

void wire_encode_status(const struct call *c, enum status status, struct buf *to)
{
	Rpc__Status message = RPC__STATUS__INIT;
	Google__Protobuf__Any *details[3];
	Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
	Rpc__RetryInfo retry = RPC__RETRY_INFO__INIT;
	const struct fault nothing = {0}, *fault = &c->fault;
	const char *reason;

	if (status == STATUS_INTERNAL || status == STATUS_UNKNOWN)
		fault = &nothing;
	reason = fault->reason ? fault->reason : status_name(status);

	message.code = (int32_t)status;
	message.message = fault->message ? fault->message : status_name(status);
	if (fault == &nothing)
		message.message = arena_printf(c->arena, "internal error, trace %s",
					       c->traceparent && *c->traceparent ? c->traceparent
										 : "unknown");
	message.details = details;

	add_error_info(c->arena, &message, fault, reason);
	if (fault->violations)
		add_bad_request(c->arena, &message, fault->violations);
	if (fault->retry_after_us > 0) {
		delay.seconds = fault->retry_after_us / 1000000;
		delay.nanos = (int32_t)(fault->retry_after_us % 1000000 * 1000);
		retry.retry_delay = &delay;
		add_detail(c->arena, &message, &retry.base);
	}

	wire_encode(&message.base, to);
}
