/* What the gateway tells about itself over HTTP, without a key. */
#include "pages.h"

#include <string.h>

#include "exchange.h"
#include "health.h"
#include "kith_openapi.h"
#include "scrape.h"
#include "state.h"
#include "totals.h"

/* The process is alive: it answers. */
static void healthz(struct exchange *x)
{
	buf_add_string(&x->answer, "ok\n");
	exchange_page(x, 200, "text/plain; charset=utf-8");
}

/* Everything serves; each service says for itself how it is. */
static void readyz(struct exchange *x)
{
	health_write(x->gateway->health, &x->answer);
	exchange_page(x, health_serving(x->gateway->health) ? 200 : 503, "application/json");
}

static void openapi(struct exchange *x)
{
	buf_add(&x->answer, kith_openapi, kith_openapi_size);
	exchange_page(x, 200, "application/json");
}

static void metrics(struct exchange *x)
{
	totals_in_flight(x->gateway->totals, x->gateway->in_flight);
	scrape(x);
}

static const struct {
	const char *path;
	void (*serve)(struct exchange *x);
} pages[] = {
	{"/healthz", healthz},
	{"/readyz", readyz},
	{"/metrics", metrics},
	{"/openapi.json", openapi},
};

bool pages_serve(struct exchange *x)
{
	size_t size = strcspn(x->head.target, "?");

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strlen(pages[i].path) != size ||
		    memcmp(pages[i].path, x->head.target, size) != 0)
			continue;
		x->page = true;
		if (strcmp(x->head.verb, "GET") == 0 || x->head_only) {
			pages[i].serve(x);
		} else {
			exchange_add_header(x, "Allow", "GET, HEAD");
			call_fail(&x->call, STATUS_UNIMPLEMENTED, "METHOD_NOT_ALLOWED",
				  "this path takes GET, HEAD");
			exchange_fail_http(x, STATUS_UNIMPLEMENTED, 405);
		}
		return true;
	}
	return false;
}
