/* What the gateway counts of itself, and its access log: one line a request. */
#include "totals.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/method.h"
#include "conn.h"
#include "exchange.h"

#define N_STATUSES 17

/* Series are made when they are first needed: most methods never fail in most ways. */
struct series {
	struct metric *requests[N_STATUSES];
	struct metric *duration;
};

struct totals {
	struct metric *connections, *in_flight, *bytes_in, *bytes_out;
	struct series *methods; /* beside kith_methods; the last is of everything else */
};

struct totals *totals_new(void)
{
	struct totals *totals = calloc(1, sizeof(*totals));

	if (totals == NULL)
		log_die("no-memory", "totals");
	totals->methods = calloc(kith_methods_count + 1, sizeof(*totals->methods));
	if (totals->methods == NULL)
		log_die("no-memory", "totals");
	totals->connections =
		metric_gauge("kith_http_connections", "Connections that are open.", "");
	totals->in_flight = metric_gauge("kith_http_requests_in_flight",
					 "Requests that wait for their answer.", "");
	totals->bytes_in =
		metric_counter("kith_http_received_bytes_total", "Bytes of request bodies.", "");
	totals->bytes_out =
		metric_counter("kith_http_sent_bytes_total", "Bytes of answers' bodies.", "");
	return totals;
}

void totals_free(struct totals *totals)
{
	if (totals == NULL)
		return;
	free(totals->methods);
	free(totals);
}

void totals_connections(struct totals *totals, unsigned n)
{
	metric_set(totals->connections, n);
}

void totals_in_flight(struct totals *totals, unsigned n)
{
	metric_set(totals->in_flight, n);
}

static const char *method_name(const struct exchange *x)
{
	return x->call.method == NULL ? "-" : x->call.method->name;
}

static void count(struct totals *totals, const struct exchange *x, int64_t duration_us)
{
	const struct method *method = x->call.method;
	struct series *series = &totals->methods[method == NULL ? kith_methods_count
								: (size_t)(method - kith_methods)];
	unsigned status = (unsigned)x->status < N_STATUSES ? (unsigned)x->status : STATUS_UNKNOWN;
	char labels[256];

	if (series->requests[status] == NULL) {
		snprintf(labels, sizeof(labels), "method=\"%s\",code=\"%s\"", method_name(x),
			 status_name((enum status)status));
		series->requests[status] = metric_counter(
			"kith_http_requests_total", "Requests by method and outcome.", labels);
	}
	if (series->duration == NULL) {
		snprintf(labels, sizeof(labels), "method=\"%s\"", method_name(x));
		series->duration =
			metric_histogram("kith_http_request_duration_seconds",
					 "From the request's first byte to its answer.", labels);
	}
	metric_add(series->requests[status], 1);
	metric_observe_us(series->duration, duration_us);
	metric_add(totals->bytes_in, (int64_t)x->body.size);
	metric_add(totals->bytes_out, (int64_t)x->answer.size);
}

void totals_request(struct totals *totals, const struct exchange *x, const struct conn *conn)
{
	int64_t duration_us = clock_mono_us() - x->start_us;
	char trace_id[33], target[160];

	count(totals, x, duration_us);
	if (!log_enabled(LOG_INFO) || x->page)
		return;

	log_line(LOG_INFO, "request",
		 "trace=%s method=%s target=%s protocol=%s status=%s http=%d duration_us=%lld "
		 "in=%zu "
		 "out=%zu key=%s client=%s",
		 x->traceparent[0] == '\0' ? "-" : exchange_trace_id(x, trace_id), method_name(x),
		 log_quote(x->head.target == NULL ? "" : x->head.target, target, sizeof(target)),
		 x->protocol == PROTOCOL_GRPC ? "grpc" : x->codec->name, status_name(x->status),
		 x->http_status, (long long)duration_us, x->body.size, x->answer.size,
		 x->call.caller == NULL ? "-" : x->call.caller->id, conn->address);
}
