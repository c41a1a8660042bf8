/* /metrics: the gateway's own and those of every service, with one HELP and TYPE a family. */
#include "scrape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/metrics.h"
#include "base/log.h"
#include "exchange.h"
#include "kith/ops/v1/ops.pb-c.h"
#include "kith_methods.h"
#include "rpc/wire.h"
#include "state.h"

#define PATIENCE_US  1000000
#define MAX_FAMILIES 1024

/* All samples of one name, from everybody. */
struct family {
	const char *name;
	size_t name_size;
	struct buf head, samples;
};

struct families {
	struct family list[MAX_FAMILIES];
	size_t n;
};

static struct family *family(struct families *families, const char *name, size_t size)
{
	for (size_t i = families->n; i-- > 0;) {
		struct family *found = &families->list[i];

		if (found->name_size == size && memcmp(found->name, name, size) == 0)
			return found;
	}
	if (families->n == MAX_FAMILIES)
		return NULL;
	families->list[families->n] = (struct family){.name = name, .name_size = size};
	return &families->list[families->n++];
}

/* name{labels} value → name{labels,extra} value */
static void add_sample(struct buf *to, const char *line, size_t size, const char *extra)
{
	size_t name = strcspn(line, "{ "), label = strcspn(extra, "=");
	const char *open = line[name] == '{' ? line + name : NULL;
	const char *close = open == NULL ? NULL : memrchr(line, '}', size);

	if (*extra == '\0' ||
	    (close != NULL && memmem(open, (size_t)(close - open), extra, label + 1) != NULL)) {
		buf_add(to, line, size);
	} else if (close == NULL) {
		buf_add(to, line, name);
		buf_add_format(to, "{%s}", extra);
		buf_add(to, line + name, size - name);
	} else {
		buf_add(to, line, (size_t)(close - line));
		buf_add_format(to, "%s%s", close == open + 1 ? "" : ",", extra);
		buf_add(to, close, size - (size_t)(close - line));
	}
	buf_add_char(to, '\n');
}

static void add_text(struct families *families, const char *text, const char *extra)
{
	struct family *current = NULL;

	for (size_t size; *text != '\0'; text += size + (text[size] == '\n')) {
		bool help = strncmp(text, "# HELP ", 7) == 0,
		     type = strncmp(text, "# TYPE ", 7) == 0;

		size = strcspn(text, "\n");
		if (help || type) {
			const char *marker = help ? "# HELP " : "# TYPE ";

			current = family(families, text + 7, strcspn(text + 7, " \n"));
			if (current == NULL)
				continue;
			if (current->head.size > 0 && strstr(current->head.data, marker) != NULL)
				continue;
			buf_add(&current->head, text, size);
			buf_add_char(&current->head, '\n');
		} else if (size > 0 && text[0] != '#' && current != NULL) {
			add_sample(&current->samples, text, size, extra);
		}
	}
}

void scrape_merge(const char *const *texts, const char *const *labels, size_t n, struct buf *to)
{
	struct families *families = calloc(1, sizeof(*families));

	if (families == NULL)
		log_die("no-memory", "families");
	for (size_t i = 0; i < n; i++)
		add_text(families, texts[i], labels[i]);
	for (size_t i = 0; i < families->n; i++) {
		struct family *each = &families->list[i];

		buf_add(to, each->head.data, each->head.size);
		buf_add(to, each->samples.data, each->samples.size);
		buf_fini(&each->head);
		buf_fini(&each->samples);
	}
	free(families);
}

static void answer(struct exchange *x)
{
	const struct peers *peers = &x->gateway->peers;
	CLEANUP(buf_fini) struct buf own = {0};
	const char *texts[PEERS_MAX + 1], *labels[PEERS_MAX + 1];
	size_t n = 0;

	metrics_write(&own, "");
	buf_add_string(&own, "");
	texts[n] = own.data == NULL ? "" : own.data;
	labels[n++] = "service=\"gateway\"";
	for (unsigned i = 0; i < peers->n; i++) {
		const struct leg *leg = &x->legs[i];
		const Ops__GetMetricsResponse *response = NULL;

		if (leg->status == STATUS_OK)
			response = (const Ops__GetMetricsResponse *)wire_unpack(
				&x->arena, &ops__get_metrics_response__descriptor, leg->result.data,
				leg->result.size);
		if (response == NULL)
			continue; /* its absence shows in kith_peer_serving */
		texts[n] = response->text;
		labels[n++] = arena_printf(&x->arena, "service=\"%s\"", peers->list[i].service);
	}
	scrape_merge(texts, labels, n, &x->answer);
	exchange_page(x, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static void returned(struct leg *leg)
{
	struct exchange *x = leg->user;

	if (--x->n_legs_out == 0 && !x->released)
		answer(x);
	exchange_unpin(x);
}

void scrape(struct exchange *x)
{
	struct gateway *g = x->gateway;
	const struct buf *self = gateway_self(g);

	buf_clear(&x->signed_caller);
	buf_add(&x->signed_caller, self->data, self->size);
	x->n_legs = x->n_legs_out = g->peers.n;
	for (unsigned i = 0; i < g->peers.n; i++) {
		struct leg *leg = &x->legs[i];

		leg->call = (struct client_call){
			.method = method_ops_get_metrics,
			.request = "",
			.caller = x->signed_caller.data,
			.caller_size = x->signed_caller.size,
			.request_id = "",
			.traceparent = x->traceparent,
			.deadline_us = g->loop.now_us + PATIENCE_US,
		};
		leg->done = returned;
		leg->user = x;
		x->pins++;
		leg_start(g, leg, g->peers.list[i].client);
	}
	if (g->peers.n == 0)
		answer(x);
}
