/* HTTP/1.1. The head is checked byte by byte and then given to libhttp-parser whole; bodies are
 * framed here, since Debian builds the parser without its strict mode. */
#include "http1.h"

#include <http_parser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/config.h"
#include "base/log.h"
#include "exchange.h"
#include "state.h"

#define MAX_HEAD       16384
#define MAX_HEADERS    100
#define MAX_CHUNK_LINE 64 /* size and extension of a chunk; one line of the trailer */

enum phase {
	PHASE_HEAD,       /* nothing, or a part of a head, has come; `x` is NULL */
	PHASE_SIZED,      /* `left` bytes of the body are to come */
	PHASE_CHUNK_SIZE, /* the line that opens a chunk is next */
	PHASE_CHUNK,      /* `left` bytes of the chunk are to come */
	PHASE_CHUNK_END,  /* the line end after a chunk is next */
	PHASE_TRAILER,    /* lines up to an empty one are dropped */
	PHASE_ANSWERING,  /* the request is whole; what comes next waits in conn->in */
};

struct http1 {
	enum phase phase;
	struct exchange *x;
	uint64_t left;
	size_t scanned; /* bytes of the unfinished head that hold no end of it */
	bool keep_alive, chunked;
	/* While the head is parsed. */
	const char *name;
	size_t name_size;
	unsigned n_headers;
	int refused; /* an HTTP code */
	const char *why;
};

static void http1_open(struct conn *conn)
{
	conn->codec_state = calloc(1, sizeof(struct http1));
	if (conn->codec_state == NULL)
		log_die("no-memory", "http1");
}

static void http1_close(struct conn *conn)
{
	free(conn->codec_state);
	conn->codec_state = NULL;
}

/* Each field begins with the end of the line before it. */
static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_add(out, "\r\n", 2);
	buf_add_string(out, name);
	buf_add(out, ": ", 2);
	buf_add_string(out, value);
}

static void add_number(struct buf *out, const char *name, size_t number)
{
	char digits[24], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	add_field(out, name, at);
}

static void http1_answer(struct exchange *x)
{
	struct conn *conn = x->conn;
	struct http1 *h = conn->codec_state;
	struct buf *out = &conn->out;
	bool close = !h->keep_alive || conn->gateway->draining || !x->ended;
	char trace_id[33];

	buf_add_format(out, "HTTP/1.1 %d ", x->http_status);
	buf_add_string(out, http_status_str((enum http_status)x->http_status));
	add_field(out, "Date", conn->gateway->date);
	add_field(out, "Content-Type", x->content_type);
	add_field(out, "traceparent", x->traceparent);
	add_field(out, "Kith-Trace-Id", exchange_trace_id(x, trace_id));
	add_number(out, "Content-Length", x->answer.size);
	if (x->allowance.limit > 0) {
		add_number(out, "RateLimit-Limit", x->allowance.limit);
		add_number(out, "RateLimit-Remaining", x->allowance.remaining);
		add_number(out, "RateLimit-Reset", x->allowance.reset_s);
	}
	for (const struct header *header = x->headers; header != NULL; header = header->next)
		add_field(out, header->name, header->value);
	buf_add_string(out, close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
	if (!x->head_only)
		buf_add(out, x->answer.data, x->answer.size);

	h->x = NULL;
	h->phase = PHASE_HEAD;
	exchange_release(x);
	conn_touch(conn);
	if (close)
		conn_finish(conn);
}

/* The next request may wait in conn->in: it is read once the answer before it is on its way. */
static void http1_output(struct conn *conn)
{
	struct http1 *h = conn->codec_state;

	if (conn->state == CONN_OPEN && h->phase == PHASE_HEAD && conn->in.size > h->scanned)
		conn_resume(conn);
}

/* A request may be on its way: it is answered, with `Connection: close`. Who is silent for a
 * sweep's time is let go. */
static void http1_drain(struct conn *conn)
{
	struct http1 *h = conn->codec_state;

	if (conn->gateway->drain_told && h->phase == PHASE_HEAD && conn->in.size == 0)
		conn_finish(conn);
}

static bool is_token(unsigned char c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c != 0 && strchr(others, c) != NULL);
}

/* Lines end in CRLF, names are tokens with the colon right behind, no line continues the one
 * before, nothing holds control characters. NULL when it is so, else what is wrong. */
static const char *check_head(const char *head, size_t size)
{
	bool first = true;
	int spaces = 0;

	for (size_t at = 0; at < size - 2; first = false) {
		const char *end = memchr(head + at, '\r', size - at);
		size_t line_end = (size_t)(end - head), colon = at;

		if (end[1] != '\n')
			return "a carriage return stands alone";
		if (!first && (head[at] == ' ' || head[at] == '\t'))
			return "a header line is folded";
		if (!first) {
			while (is_token((unsigned char)head[colon]))
				colon++;
			if (colon == at || head[colon] != ':')
				return "a header's name is malformed";
		}
		for (size_t i = colon; i < line_end; i++) {
			unsigned char c = (unsigned char)head[i];

			spaces += first && c == ' ';

			if ((c < 0x20 && (c != '\t' || first)) || c == 0x7f || (first && c > 0x7e))
				return "a control character";
		}
		if (first && spaces != 2)
			return "the request line has three parts";
		at = line_end + 2;
	}
	return NULL;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
	struct http1 *h = parser->data;

	if (size > EXCHANGE_MAX_TARGET) {
		h->refused = 414;
		h->why = "the target is too long";
		return 1;
	}
	h->x->head.target = arena_copy(&h->x->arena, at, size);
	return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t size)
{
	struct http1 *h = parser->data;

	h->name = at;
	h->name_size = size;
	return 0;
}

static bool name_is(const struct http1 *h, const char *name)
{
	return strlen(name) == h->name_size && strncasecmp(h->name, name, h->name_size) == 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t size)
{
	struct http1 *h = parser->data;

	if (++h->n_headers > MAX_HEADERS) {
		h->refused = 431;
		h->why = "too many headers";
		return 1;
	}
	if (name_is(h, "transfer-encoding")) {
		if (h->chunked || size != 7 || strncasecmp(at, "chunked", 7) != 0) {
			h->refused = h->chunked ? 400 : 501;
			h->why = "the only transfer encoding is chunked, once";
			return 1;
		}
		h->chunked = true;
	}
	if (!exchange_header(h->x, h->name, h->name_size, at, size)) {
		h->refused = 400;
		h->why = "a header is given twice or too long";
		return 1;
	}
	return 0;
}

static int on_headers_complete(http_parser *parser)
{
	struct http1 *h = parser->data;

	h->keep_alive = http_should_keep_alive(parser) != 0;
	return 1; /* the parser is not to look for a body */
}

/* Answers a request that was not understood and gives the connection up. */
static void refuse(struct conn *conn, struct exchange *x, int http_status, const char *why)
{
	struct http1 *h = conn->codec_state;

	h->keep_alive = false;
	if (x->head.verb == NULL)
		x->head.verb = "-";
	if (x->head.target == NULL)
		x->head.target = "-";
	call_fail(&x->call, STATUS_INVALID_ARGUMENT, "MALFORMED_REQUEST", "%s", why);
	exchange_fail_http(x, STATUS_INVALID_ARGUMENT, http_status);
}

static const http_parser_settings settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
};

/* The whole head is at hand. */
static void take_head(struct conn *conn, const char *head, size_t size)
{
	struct http1 *h = conn->codec_state;
	struct exchange *x = exchange_new(conn);
	const char *wrong = check_head(head, size);
	http_parser parser;
	bool has_body;

	h->x = x;
	h->phase = PHASE_ANSWERING;
	h->chunked = false;
	h->n_headers = 0;
	h->refused = 0;
	if (wrong != NULL) {
		refuse(conn, x, 400, wrong);
		return;
	}

	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = h;
	http_parser_execute(&parser, &settings, head, size);
	if (h->refused != 0) {
		refuse(conn, x, h->refused, h->why);
		return;
	}
	if (HTTP_PARSER_ERRNO(&parser) != HPE_OK) {
		refuse(conn, x, 400, http_errno_description(HTTP_PARSER_ERRNO(&parser)));
		return;
	}
	if (parser.http_major != 1 || (parser.http_minor == 0 && h->chunked)) {
		refuse(conn, x, parser.http_major == 1 ? 400 : 505,
		       "a version that is not HTTP/1.1");
		return;
	}
	if (h->chunked && (parser.flags & F_CONTENTLENGTH)) {
		refuse(conn, x, 400, "Content-Length and Transfer-Encoding exclude each other");
		return;
	}
	if (x->head.host == NULL && parser.http_minor > 0) {
		refuse(conn, x, 400, "the Host header is missing");
		return;
	}

	x->head.verb = http_method_str((enum http_method)parser.method);
	x->head_only = parser.method == HTTP_HEAD;
	has_body = h->chunked || ((parser.flags & F_CONTENTLENGTH) && parser.content_length > 0);
	h->left = h->chunked || !has_body ? 0 : parser.content_length;
	if (has_body)
		h->phase = h->chunked ? PHASE_CHUNK_SIZE : PHASE_SIZED;

	exchange_begin(x, h->chunked ? -1 : (h->left > INT64_MAX ? INT64_MAX : (int64_t)h->left));
	if (h->x != x)
		return; /* answered, and the connection with it */
	if (!has_body)
		exchange_end(x);
	else if (x->head.expect != NULL && strcasecmp(x->head.expect, "100-continue") == 0) {
		buf_add_string(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
		conn_touch(conn);
	}
}

/* Takes a head when its end has come. Returns how many bytes it used. */
static size_t input_head(struct conn *conn, const char *bytes, size_t size)
{
	struct http1 *h = conn->codec_state;
	size_t from = h->scanned > 3 ? h->scanned - 3 : 0;
	const char *end;

	/* An empty line before a request is forgiven, as RFC 9112 asks. */
	if (h->scanned == 0 && size >= 2 && bytes[0] == '\r' && bytes[1] == '\n')
		return 2;

	end = memmem(bytes + from, size - from, "\r\n\r\n", 4);
	/* A bare LF is looked for at once: its author waits for an answer that would not come. */
	for (const char *lf = bytes + from;
	     (lf = memchr(lf, '\n', (size_t)((end ? end : bytes + size) - lf))) != NULL; lf++) {
		if (lf == bytes || lf[-1] != '\r') {
			h->phase = PHASE_ANSWERING;
			h->x = exchange_new(conn);
			refuse(conn, h->x, 400, "a line feed stands alone");
			return size;
		}
	}
	if ((end == NULL && size > MAX_HEAD) || (end != NULL && end - bytes > MAX_HEAD)) {
		h->phase = PHASE_ANSWERING;
		h->x = exchange_new(conn);
		refuse(conn, h->x, 431, "the head of the request is too large");
		return size;
	}
	if (end == NULL) {
		h->scanned = size;
		if (conn->head_us == 0)
			conn->head_us = conn->gateway->loop.now_us;
		return 0;
	}

	h->scanned = 0;
	conn->head_us = 0;
	take_head(conn, bytes, (size_t)(end - bytes) + 4);
	return (size_t)(end - bytes) + 4;
}

/* A line up to CRLF, which is at most MAX_CHUNK_LINE long. False: refused, or not yet whole
 * (*ret_size 0). */
static bool take_line(struct conn *conn, const char *bytes, size_t size, size_t *ret_size)
{
	struct http1 *h = conn->codec_state;
	const char *end = memchr(bytes, '\n', size);

	*ret_size = 0;
	if (end == NULL && size <= MAX_CHUNK_LINE)
		return false;
	if (end == NULL || end - bytes > MAX_CHUNK_LINE || end == bytes || end[-1] != '\r' ||
	    memchr(bytes, '\r', (size_t)(end - bytes)) != end - 1) {
		refuse(conn, h->x, 400, "a chunk is malformed");
		return false;
	}
	*ret_size = (size_t)(end - bytes) + 1;
	return true;
}

/* 1*HEXDIG [ ";" extension ] */
static bool chunk_size(const char *line, uint64_t *ret)
{
	uint64_t size = 0;
	int digits = 0;

	for (; digits < 16; digits++, line++) {
		unsigned char c = (unsigned char)*line;

		if (c >= '0' && c <= '9')
			size = size << 4 | (uint64_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			size = size << 4 | (uint64_t)((c | 0x20) - 'a' + 10);
		else
			break;
	}
	if (digits == 0 || digits > 15 || (*line != '\r' && *line != ';'))
		return false;
	*ret = size;
	return true;
}

static size_t input_body(struct conn *conn, const char *bytes, size_t size)
{
	struct http1 *h = conn->codec_state;
	struct exchange *x = h->x;
	size_t n = 0;

	switch (h->phase) {
	case PHASE_SIZED:
	case PHASE_CHUNK:
		n = size < h->left ? size : (size_t)h->left;
		h->left -= n;
		exchange_body(x, bytes, n);
		if (h->x == x && h->left == 0) {
			bool whole = h->phase == PHASE_SIZED;

			h->phase = whole ? PHASE_ANSWERING : PHASE_CHUNK_END;
			if (whole)
				exchange_end(x);
		}
		break;
	case PHASE_CHUNK_SIZE:
		if (!take_line(conn, bytes, size, &n))
			break;
		if (!chunk_size(bytes, &h->left))
			refuse(conn, x, 400, "a chunk's size is malformed");
		else
			h->phase = h->left > 0 ? PHASE_CHUNK : PHASE_TRAILER;
		break;
	case PHASE_CHUNK_END:
		if (!take_line(conn, bytes, size, &n))
			break;
		if (n != 2)
			refuse(conn, x, 400, "a chunk is longer than its size");
		else
			h->phase = PHASE_CHUNK_SIZE;
		break;
	case PHASE_TRAILER:
		if (take_line(conn, bytes, size, &n) && n == 2) {
			h->phase = PHASE_ANSWERING;
			exchange_end(x);
		}
		break;
	case PHASE_HEAD:
	case PHASE_ANSWERING:
		break;
	}
	return n;
}

static size_t http1_input(struct conn *conn, const char *bytes, size_t size)
{
	struct http1 *h = conn->codec_state;
	size_t used = 0;

	while (conn->state == CONN_OPEN && used < size && h->phase != PHASE_ANSWERING) {
		enum phase before = h->phase;
		size_t n = before == PHASE_HEAD ? input_head(conn, bytes + used, size - used)
						: input_body(conn, bytes + used, size - used);

		used += n;
		if (n == 0)
			break;
	}
	return used;
}

const struct codec http1_codec = {
	.name = "http/1.1",
	.open = http1_open,
	.input = http1_input,
	.answer = http1_answer,
	.output = http1_output,
	.drain = http1_drain,
	.close = http1_close,
};
