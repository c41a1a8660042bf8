/* HTTP/2 through nghttp2, which frames and checks; exchanges and limits are ours. */
#include "h2.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "exchange.h"
#include "grpc.h"
#include "state.h"

#define MAX_STREAMS   256
#define MAX_HEAD      16384
#define STREAM_WINDOW (1 << 20)
#define CONN_WINDOW   (8 << 20)
#define OUT_SIZE      65536 /* filled at a time; the rest waits in nghttp2 */
#define MAX_HEADERS   24
#define RESETS_FORGIVEN                                                                            \
	200 /* streams that a client may open and reset, beyond those it lets be                   \
	     */

struct h2 {
	nghttp2_session *session;
	unsigned served, resets;
	bool noticed; /* the first of two steps of draining is done */
};

static struct exchange *exchange_of(nghttp2_session *session, int32_t stream_id)
{
	return nghttp2_session_get_stream_user_data(session, stream_id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct conn *conn = user;
	struct exchange *x;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;

	x = exchange_new(conn);
	x->stream_id = frame->hd.stream_id;
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, x);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
		     void *user)
{
	struct exchange *x = exchange_of(session, frame->hd.stream_id);
	const char *key = (const char *)name;

	(void)flags;
	(void)user;
	if (x == NULL || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;

	x->head_size += name_size + value_size + 32;
	if (x->head_size > MAX_HEAD)
		return 0; /* answered with 431 once it is whole */
	if (name_size == 7 && memcmp(key, ":method", 7) == 0)
		x->head.verb = arena_copy(&x->arena, value, value_size);
	else if (name_size == 5 && memcmp(key, ":path", 5) == 0)
		x->head.target = arena_copy(&x->arena, value, value_size);
	else if (key[0] != ':' &&
		 !exchange_header(x, key, name_size, (const char *)value, value_size))
		x->head_twice = true;
	return 0;
}

static void head_done(struct exchange *x)
{
	if (x->head.verb == NULL)
		x->head.verb = "-";
	if (x->head.target == NULL || x->head.target[0] != '/')
		x->head.target = "/";
	x->head_only = strcmp(x->head.verb, "HEAD") == 0;

	if (x->head_size > MAX_HEAD || strlen(x->head.target) > EXCHANGE_MAX_TARGET) {
		call_fail(&x->call, STATUS_INVALID_ARGUMENT, "HEAD_TOO_LARGE",
			  "the head of the request is too large");
		exchange_fail_http(x, STATUS_INVALID_ARGUMENT, 431);
	} else if (x->head_twice) {
		call_fail(&x->call, STATUS_INVALID_ARGUMENT, "MALFORMED_REQUEST",
			  "a header is given twice or too long");
		exchange_fail_http(x, STATUS_INVALID_ARGUMENT, 400);
	} else {
		exchange_begin(x, -1);
	}
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct exchange *x;

	(void)user;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	x = exchange_of(session, frame->hd.stream_id);
	if (x == NULL)
		return 0;

	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		head_done(x);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		exchange_end(x);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
		   size_t size, void *user)
{
	struct exchange *x = exchange_of(session, stream_id);

	(void)flags;
	(void)user;
	if (x != NULL)
		exchange_body(x, (const char *)data, size);
	return 0;
}

/* The answer is out while the client still sends: it may stop. */
static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct exchange *x;

	(void)user;
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	x = exchange_of(session, frame->hd.stream_id);
	if (x != NULL && !x->ended)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
					  NGHTTP2_NO_ERROR);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error, void *user)
{
	struct conn *conn = user;
	struct h2 *h = conn->codec_state;
	struct exchange *x = exchange_of(session, stream_id);

	(void)error;
	if (x == NULL)
		return 0;

	h->served++;
	if (!x->answered && ++h->resets > RESETS_FORGIVEN && h->resets > h->served / 2)
		nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
	nghttp2_session_set_stream_user_data(session, stream_id, NULL);
	exchange_release(x);
	return 0;
}

static void h2_open(struct conn *conn)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, MAX_STREAMS},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, MAX_HEAD},
	};
	struct h2 *h = calloc(1, sizeof(*h));
	nghttp2_session_callbacks *callbacks;

	if (h == NULL || nghttp2_session_callbacks_new(&callbacks) != 0)
		log_die("no-memory", "h2");
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	if (nghttp2_session_server_new(&h->session, callbacks, conn) != 0)
		log_die("no-memory", "h2");
	nghttp2_session_callbacks_del(callbacks);

	nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				sizeof(settings) / sizeof(settings[0]));
	nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, CONN_WINDOW);
	conn->codec_state = h;
	conn_touch(conn);
}

static void h2_close(struct conn *conn)
{
	struct h2 *h = conn->codec_state;

	nghttp2_session_del(h->session);
	free(h);
	conn->codec_state = NULL;
}

static size_t h2_input(struct conn *conn, const char *bytes, size_t size)
{
	struct h2 *h = conn->codec_state;
	ssize_t used = nghttp2_session_mem_recv(h->session, (const uint8_t *)bytes, size);

	conn_touch(conn); /* whatever came may have made frames: acknowledgements, windows */
	if (used < 0) {
		conn_finish(conn);
		return size;
	}
	return (size_t)used;
}

static void h2_output(struct conn *conn)
{
	struct h2 *h = conn->codec_state;

	while (conn->out.size < OUT_SIZE) {
		const uint8_t *bytes;
		ssize_t size = nghttp2_session_mem_send(h->session, &bytes);

		if (size <= 0)
			break;
		buf_add(&conn->out, bytes, (size_t)size);
	}
	if (!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session))
		conn_finish(conn);
}

/* The headers of one answer; strings live as long as the exchange. */
struct fields {
	nghttp2_nv list[MAX_HEADERS];
	size_t n;
};

static void add(struct fields *fields, const char *name, const char *value, bool varies)
{
	if (fields->n == MAX_HEADERS)
		return;
	fields->list[fields->n++] = (nghttp2_nv){
		.name = (uint8_t *)name,
		.value = (uint8_t *)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = varies ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE,
	};
}

static void add_lower(struct exchange *x, struct fields *fields, const struct header *header)
{
	char *name = arena_string(&x->arena, header->name);

	for (char *at = name; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	add(fields, name, header->value, true);
}

static void add_grpc_status(struct exchange *x, struct fields *fields)
{
	static const char *const numbers[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
					      "9", "10", "11", "12", "13", "14", "15", "16"};

	add(fields, "grpc-status", numbers[(unsigned)x->status < 17 ? x->status : 2], false);
	if (x->status == STATUS_OK)
		return;
	add(fields, "grpc-message", grpc_encode_text(&x->arena, x->grpc_message), true);
	if (x->details.size > 0) {
		char *text = text_base64(&x->arena, x->details.data, x->details.size);

		text[strcspn(text, "=")] = '\0';
		add(fields, "grpc-status-details-bin", text, true);
	}
}

static ssize_t read_answer(nghttp2_session *session, int32_t stream_id, uint8_t *to, size_t room,
			   uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct exchange *x = source->ptr;
	size_t left = x->answer.size - x->answer_sent;
	size_t size = left < room ? left : room;

	(void)user;
	if (size > 0)
		memcpy(to, x->answer.data + x->answer_sent, size);
	x->answer_sent += size;
	if (x->answer_sent < x->answer.size)
		return (ssize_t)size;

	if (!x->answered) {
		buf_clear(&x->answer);
		x->answer_sent = 0;
		x->deferred = size == 0;
		return size == 0 ? NGHTTP2_ERR_DEFERRED : (ssize_t)size;
	}
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (x->protocol == PROTOCOL_GRPC) {
		struct fields trailers = {.n = 0};

		add_grpc_status(x, &trailers);
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		nghttp2_submit_trailer(session, stream_id, trailers.list, trailers.n);
	}
	return (ssize_t)size;
}

static void h2_answer(struct exchange *x)
{
	struct conn *conn = x->conn;
	struct h2 *h = conn->codec_state;
	nghttp2_data_provider provider = {.source.ptr = x, .read_callback = read_answer};
	struct fields fields = {.n = 0};
	bool trailers_only = x->protocol == PROTOCOL_GRPC && x->answered && x->answer.size == 0;
	char code[12], trace_id[33], length[24], limits[3][12];

	conn_touch(conn);
	if (x->headers_sent) {
		if (x->deferred || x->answered)
			nghttp2_session_resume_data(h->session, x->stream_id);
		x->deferred = false;
		return;
	}
	x->headers_sent = true;

	snprintf(code, sizeof(code), "%d", x->http_status);
	add(&fields, ":status", code, false);
	add(&fields, "content-type", x->content_type, false);
	add(&fields, "date", conn->gateway->date, false);
	add(&fields, "traceparent", x->traceparent, true);
	add(&fields, "kith-trace-id", exchange_trace_id(x, trace_id), true);
	if (x->protocol == PROTOCOL_GRPC) {
		add(&fields, "grpc-accept-encoding", "identity,gzip", false);
		if (x->grpc_gzip)
			add(&fields, "grpc-encoding", "gzip", false);
		if (trailers_only)
			add_grpc_status(x, &fields);
	} else {
		snprintf(length, sizeof(length), "%zu", x->answer.size);
		add(&fields, "content-length", length, true);
	}
	if (x->allowance.limit > 0) {
		snprintf(limits[0], sizeof(limits[0]), "%u", x->allowance.limit);
		snprintf(limits[1], sizeof(limits[1]), "%u", x->allowance.remaining);
		snprintf(limits[2], sizeof(limits[2]), "%u", x->allowance.reset_s);
		add(&fields, "ratelimit-limit", limits[0], false);
		add(&fields, "ratelimit-remaining", limits[1], true);
		add(&fields, "ratelimit-reset", limits[2], true);
	}
	for (const struct header *header = x->headers; header != NULL; header = header->next)
		add_lower(x, &fields, header);

	nghttp2_submit_response(h->session, x->stream_id, fields.list, fields.n,
				trailers_only || x->head_only ? NULL : &provider);
}

/* First a notice, so that what is on its way is still taken; then the last stream's number. Called
 * at each sweep. */
static void h2_drain(struct conn *conn)
{
	struct h2 *h = conn->codec_state;

	if (!h->noticed)
		nghttp2_submit_shutdown_notice(h->session);
	else
		nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
				      nghttp2_session_get_last_proc_stream_id(h->session),
				      NGHTTP2_NO_ERROR, NULL, 0);
	if (h->noticed && conn->n_exchanges == 0)
		conn_finish(conn);
	h->noticed = true;
	conn_touch(conn);
}

const struct codec h2_codec = {
	.name = "http/2",
	.grpc = true,
	.open = h2_open,
	.input = h2_input,
	.answer = h2_answer,
	.output = h2_output,
	.drain = h2_drain,
	.close = h2_close,
};
