/* The envelope of kith/envelope.proto, read and written in place. */
#include "envelope.h"

#include <string.h>

/* Field numbers of envelope.proto. */
enum { REQUEST_METHOD = 1, REQUEST_CALLS = 2 };
enum { REPLY_RESULTS = 1 };
enum {
	CALL_REQUEST = 1,
	CALL_CALLER = 2,
	CALL_REQUEST_ID = 3,
	CALL_TIMEOUT_US = 4,
	CALL_TRACEPARENT = 5,
	CALL_CANCEL_ID = 6,
};
enum { RESULT_CODE = 1, RESULT_REPLY = 2, RESULT_STATUS = 3 };

static struct piece piece_of(struct reader r)
{
	return (struct piece){r.at, reader_left(&r)};
}

/* Counts the items, which are in the field of that number. */
static bool open_envelope(const void *bytes, size_t size, uint32_t items, struct envelope *ret)
{
	struct reader r = reader_of(bytes, size);

	*ret = (struct envelope){.rest = r};
	while (r.at < r.end) {
		struct reader piece;
		enum wire_type type;
		uint64_t value;
		uint32_t number = reader_field(&r, &type, &value, &piece);

		if (number == 0)
			return false;
		if (number == items) {
			if (type != WIRE_PIECE)
				return false;
			ret->n++;
		} else if (number == REQUEST_METHOD) {
			if (type != WIRE_PIECE)
				return false;
			ret->method = piece_of(piece);
		}
	}

	return true;
}

bool envelope_open_request(const void *bytes, size_t size, struct envelope *ret)
{
	return open_envelope(bytes, size, REQUEST_CALLS, ret);
}

bool envelope_open_reply(const void *bytes, size_t size, struct envelope *ret)
{
	return open_envelope(bytes, size, REPLY_RESULTS, ret);
}

/* The next field of that number. Only for envelopes that were opened, so that it is there. */
static struct reader next_item(struct envelope *envelope, uint32_t items)
{
	struct reader piece;
	enum wire_type type;
	uint64_t value;

	while (envelope->rest.at < envelope->rest.end)
		if (reader_field(&envelope->rest, &type, &value, &piece) == items)
			return piece;

	return (struct reader){0};
}

bool envelope_next_call(struct envelope *envelope, struct envelope_call *ret)
{
	struct reader r = next_item(envelope, REQUEST_CALLS);

	*ret = (struct envelope_call){0};
	while (r.at < r.end) {
		struct reader piece;
		enum wire_type type, expected = WIRE_PIECE;
		uint64_t value;
		uint32_t number = reader_field(&r, &type, &value, &piece);

		switch (number) {
		case 0:
			return false;
		case CALL_TIMEOUT_US:
			expected = WIRE_VARINT;
			ret->timeout_us = (int64_t)value;
			break;
		case CALL_CANCEL_ID:
			expected = WIRE_FIXED64;
			ret->cancel_id = value;
			break;
		case CALL_REQUEST:
			ret->request = piece_of(piece);
			break;
		case CALL_CALLER:
			ret->caller = piece_of(piece);
			break;
		case CALL_REQUEST_ID:
			ret->request_id = piece_of(piece);
			break;
		case CALL_TRACEPARENT:
			ret->traceparent = piece_of(piece);
			break;
		default:
			expected = type;
		}
		if (type != expected)
			return false;
	}

	return true;
}

bool envelope_next_result(struct envelope *envelope, struct envelope_result *ret)
{
	struct reader r = next_item(envelope, REPLY_RESULTS);

	*ret = (struct envelope_result){0};
	while (r.at < r.end) {
		struct reader piece;
		enum wire_type type, expected = WIRE_PIECE;
		uint64_t value;
		uint32_t number = reader_field(&r, &type, &value, &piece);

		switch (number) {
		case 0:
			return false;
		case RESULT_CODE:
			expected = WIRE_VARINT;
			ret->code = (uint32_t)value;
			break;
		case RESULT_REPLY:
			ret->reply = piece_of(piece);
			break;
		case RESULT_STATUS:
			ret->status = piece_of(piece);
			break;
		default:
			expected = type;
		}
		if (type != expected)
			return false;
	}

	return true;
}

static size_t varint_size(uint64_t value)
{
	/* 64 - clz: the bits in use; seven of them go into a byte. */
	return (size_t)(70 - __builtin_clzll(value | 1)) / 7;
}

static uint8_t *write_varint(uint8_t *to, uint64_t value)
{
	while (value >= 0x80) {
		*to++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*to++ = (uint8_t)value;

	return to;
}

static uint8_t *write_tag(uint8_t *to, uint32_t number, enum wire_type type)
{
	*to++ = (uint8_t)(number << 3 | type);

	return to;
}

/* A field of bytes; an empty one is left out. */
static size_t piece_size(struct piece piece)
{
	return piece.size ? 1 + varint_size(piece.size) + piece.size : 0;
}

static uint8_t *write_piece(uint8_t *to, uint32_t number, struct piece piece)
{
	if (piece.size == 0)
		return to;

	to = write_varint(write_tag(to, number, WIRE_PIECE), piece.size);
	memcpy(to, piece.bytes, piece.size);

	return to + piece.size;
}

size_t envelope_method_size(size_t name_size)
{
	return piece_size((struct piece){NULL, name_size});
}

uint8_t *envelope_write_method(uint8_t *to, const char *name, size_t name_size)
{
	return write_piece(to, REQUEST_METHOD, (struct piece){name, name_size});
}

static size_t call_body_size(const struct envelope_call *call)
{
	return piece_size(call->request) + piece_size(call->caller) + piece_size(call->request_id) +
	       piece_size(call->traceparent) +
	       (call->timeout_us ? 1 + varint_size((uint64_t)call->timeout_us) : 0) +
	       (call->cancel_id ? 1 + sizeof(uint64_t) : 0);
}

size_t envelope_call_size(const struct envelope_call *call)
{
	size_t body = call_body_size(call);

	return 1 + varint_size(body) + body;
}

uint8_t *envelope_write_call(uint8_t *to, const struct envelope_call *call)
{
	to = write_varint(write_tag(to, REQUEST_CALLS, WIRE_PIECE), call_body_size(call));
	to = write_piece(to, CALL_REQUEST, call->request);
	to = write_piece(to, CALL_CALLER, call->caller);
	to = write_piece(to, CALL_REQUEST_ID, call->request_id);
	if (call->timeout_us)
		to = write_varint(write_tag(to, CALL_TIMEOUT_US, WIRE_VARINT),
				  (uint64_t)call->timeout_us);
	to = write_piece(to, CALL_TRACEPARENT, call->traceparent);
	if (call->cancel_id) {
		to = write_tag(to, CALL_CANCEL_ID, WIRE_FIXED64);
		for (unsigned i = 0; i < sizeof(uint64_t); i++)
			*to++ = (uint8_t)(call->cancel_id >> (8 * i));
	}

	return to;
}

static size_t result_body_size(uint32_t code, size_t payload_size)
{
	return (code ? 1 + varint_size(code) : 0) + piece_size((struct piece){NULL, payload_size});
}

size_t envelope_result_size(uint32_t code, size_t payload_size)
{
	size_t body = result_body_size(code, payload_size);

	return 1 + varint_size(body) + body;
}

uint8_t *envelope_write_result_head(uint8_t *to, uint32_t code, size_t payload_size)
{
	to = write_varint(write_tag(to, REPLY_RESULTS, WIRE_PIECE),
			  result_body_size(code, payload_size));
	if (code)
		to = write_varint(write_tag(to, RESULT_CODE, WIRE_VARINT), code);
	if (payload_size)
		to = write_varint(write_tag(to, code ? RESULT_STATUS : RESULT_REPLY, WIRE_PIECE),
				  payload_size);

	return to;
}
