/* gRPC on top of HTTP/2: paths to methods, message frames, timeouts, compression. */
#include "grpc.h"

#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "exchange.h"
#include "health.h"
#include "reflection.h"
#include "route.h"
#include "rpc/wire.h"

#define FRAME_HEAD    5 /* compressed flag, length */
#define COMPRESS_FROM 4096
#define GZIP_WINDOW   (15 + 16)
#define MAX_TEXT      1024 /* of grpc-message */

static const struct stream_method *const streams[] = {
	&health_check,
	&health_watch,
	&reflection_v1,
	&reflection_v1alpha,
};

void grpc_begin(struct exchange *x)
{
	if (strcmp(x->head.verb, "POST") != 0) {
		call_fail(&x->call, STATUS_UNIMPLEMENTED, NULL, "gRPC calls are POST");
		exchange_fail(x, STATUS_UNIMPLEMENTED);
		return;
	}
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		if (strcmp(x->head.target + 1, streams[i]->name) == 0)
			x->stream = streams[i];
}

static uint32_t frame_size(const struct exchange *x, size_t at)
{
	const uint8_t *head = (const uint8_t *)x->body.data + at;

	return (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
}

static enum status too_large(struct exchange *x)
{
	return call_fail(&x->call, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE",
			 "a message has at most %u bytes", WIRE_MAX_MESSAGE);
}

/* Plain text of the frame at `at`; what is compressed is unpacked into the arena. */
static enum status open_frame(struct exchange *x, size_t at, const void **ret_bytes,
			      size_t *ret_size)
{
	CLEANUP(buf_fini) struct buf plain = {0};
	const char *bytes = x->body.data + at;
	size_t size = frame_size(x, at);
	enum status status;

	if (bytes[0] == 0) {
		*ret_bytes = bytes + FRAME_HEAD;
		*ret_size = size;
		return STATUS_OK;
	}
	if (bytes[0] != 1 || x->head.grpc_encoding == NULL ||
	    strcasecmp(x->head.grpc_encoding, "gzip") != 0)
		return call_fail(&x->call, STATUS_UNIMPLEMENTED, "GRPC_ENCODING",
				 "messages are taken plain or as gzip");

	status = grpc_gunzip(bytes + FRAME_HEAD, size, WIRE_MAX_MESSAGE, &plain);
	if (status == STATUS_RESOURCE_EXHAUSTED)
		return too_large(x);
	if (status != STATUS_OK)
		return call_fail(&x->call, status, "MALFORMED_MESSAGE", "this is no gzip");
	*ret_bytes = arena_copy(&x->arena, plain.data == NULL ? "" : plain.data, plain.size);
	*ret_size = plain.size;
	return STATUS_OK;
}

/* Takes whole frames off the front and hands them over. */
static void feed_stream(struct exchange *x)
{
	size_t at = 0;

	while (!x->answered && x->body.size - at >= FRAME_HEAD) {
		const void *message = NULL;
		size_t size = frame_size(x, at), plain_size = 0;
		enum status status;

		if (x->body.size - at - FRAME_HEAD < size)
			break;
		status = open_frame(x, at, &message, &plain_size);
		if (status != STATUS_OK)
			exchange_fail(x, status);
		else
			x->stream->message(x, message, plain_size);
		at += FRAME_HEAD + size;
	}
	if (!x->answered)
		buf_drop(&x->body, at);
}

void grpc_body(struct exchange *x, const char *bytes, size_t size)
{
	buf_add(&x->body, bytes, size);
	if (x->body.size >= FRAME_HEAD && frame_size(x, 0) > WIRE_MAX_MESSAGE) {
		exchange_fail(x, too_large(x));
		return;
	}
	if (x->stream != NULL) {
		x->pins++;
		feed_stream(x);
		exchange_unpin(x);
	} else if (x->body.size >= FRAME_HEAD && x->body.size > FRAME_HEAD + frame_size(x, 0)) {
		call_fail(&x->call, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE",
			  "one message is expected");
		exchange_fail(x, STATUS_INVALID_ARGUMENT);
	}
}

enum status grpc_find(struct exchange *x)
{
	const struct method *method = method_find(x->head.target + 1);

	if (method == NULL || !route_is_offered(method))
		return call_fail(&x->call, STATUS_UNIMPLEMENTED, "NO_METHOD",
				 "there is no such method");
	if (x->body.size < FRAME_HEAD || x->body.size != FRAME_HEAD + frame_size(x, 0))
		return call_fail(&x->call, STATUS_INVALID_ARGUMENT, "MALFORMED_MESSAGE",
				 "the message is not whole");

	TRY(open_frame(x, 0, &x->message, &x->message_size));
	x->call.method = method;
	return STATUS_OK;
}

static bool takes_gzip(const struct exchange *x)
{
	const char *accepted = x->head.grpc_accept_encoding;

	return accepted != NULL && strstr(accepted, "gzip") != NULL;
}

/* Appends the gzip of the bytes; false when there is no memory for it. */
static bool gzip(const void *bytes, size_t size, struct buf *to)
{
	z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)size};
	uLong bound;
	bool done;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	bound = deflateBound(&z, (uLong)size);
	z.next_out = buf_reserve(to, bound);
	z.avail_out = (uInt)bound;
	done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (done)
		to->size += z.total_out;
	deflateEnd(&z);
	return done;
}

void grpc_add_frame(struct exchange *x, const void *bytes, size_t size)
{
	struct buf *to = &x->answer;
	size_t head = to->size, length;
	bool packed;

	buf_add(to, "\0\0\0\0\0", FRAME_HEAD);
	/* A stream has told its encoding before its later messages are known. */
	packed = x->stream == NULL && size >= COMPRESS_FROM && takes_gzip(x) &&
		 gzip(bytes, size, to);
	if (packed)
		x->grpc_gzip = true;
	else
		buf_add(to, bytes, size);

	length = to->size - head - FRAME_HEAD;
	to->data[head] = packed;
	for (int i = 0; i < 4; i++)
		to->data[head + 4 - (size_t)i] = (char)(length >> 8 * i);
}

void grpc_add_message(struct exchange *x, const ProtobufCMessage *message)
{
	CLEANUP(buf_fini) struct buf bytes = {0};

	wire_encode(message, &bytes);
	grpc_add_frame(x, bytes.data == NULL ? "" : bytes.data, bytes.size);
}

bool grpc_timeout_us(const char *text, int64_t *ret_us)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = {
		{'H', INT64_C(3600000000)}, {'M', 60000000}, {'S', 1000000}, {'m', 1000}, {'u', 1}};
	int64_t number = 0;
	size_t digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '9'; digits++)
		if (digits < 8)
			number = number * 10 + (text[digits] - '0');
	if (digits == 0 || digits > 8 || text[digits] == '\0' || text[digits + 1] != '\0')
		return false;
	if (text[digits] == 'n') {
		*ret_us = number / 1000;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit == text[digits]) {
			*ret_us = number * units[i].us;
			return true;
		}
	}
	return false;
}

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* Not a check: the service scans the message; here a malformed one just has no such field. */
const char *grpc_string_field(struct arena *arena, const void *bytes, size_t size, uint32_t number)
{
	const uint8_t *at = bytes, *end = at + size;
	const char *found = NULL;
	uint64_t tag, value;

	while (at < end && read_varint(&at, end, &tag)) {
		size_t skip = 0;

		switch (tag & 7) {
		case 0:
			if (!read_varint(&at, end, &value))
				return found;
			break;
		case 1:
			skip = 8;
			break;
		case 2:
			if (!read_varint(&at, end, &value) || value > (uint64_t)(end - at))
				return found;
			skip = (size_t)value;
			if (tag >> 3 == number && text_is_utf8((const char *)at, skip))
				found = arena_copy(arena, at, skip);
			break;
		case 5:
			skip = 4;
			break;
		default:
			return found;
		}
		if (skip > (size_t)(end - at))
			return found;
		at += skip;
	}
	return found;
}

const char *grpc_encode_text(struct arena *arena, const char *text)
{
	size_t size = strlen(text);
	char *encoded, *out;

	if (size > MAX_TEXT)
		size = MAX_TEXT;
	encoded = out = arena_alloc(arena, 3 * size + 1);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c <= 0x7e && c != '%') {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = "0123456789ABCDEF"[c >> 4];
			*out++ = "0123456789ABCDEF"[c & 15];
		}
	}
	return encoded;
}

enum status grpc_gunzip(const void *bytes, size_t size, size_t max, struct buf *to)
{
	z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)size};
	int result = Z_OK;

	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return STATUS_RESOURCE_EXHAUSTED;
	while (result == Z_OK && to->size <= max) {
		size_t room = 16384;

		z.next_out = buf_reserve(to, room);
		z.avail_out = (uInt)room;
		result = inflate(&z, Z_NO_FLUSH);
		to->size += room - z.avail_out;
		if (result == Z_OK && z.avail_in == 0 && z.avail_out > 0)
			break; /* cut short */
	}
	inflateEnd(&z);

	if (to->size > max)
		return STATUS_RESOURCE_EXHAUSTED;
	return result == Z_STREAM_END && z.avail_in == 0 ? STATUS_OK : STATUS_INVALID_ARGUMENT;
}
