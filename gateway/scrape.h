/* /metrics: the gateway's own and those of every service, with one HELP and TYPE a family. */
#ifndef KITH_GATEWAY_SCRAPE_H
#define KITH_GATEWAY_SCRAPE_H

#include <stddef.h>

#include "base/buf.h"

struct exchange;

/* Asks every service and answers the exchange. */
void scrape(struct exchange *x);

/* Joins expositions: `labels[i]` ("service=\"member\"") goes into every sample of text i that does
 * not have a label of that name. */
void scrape_merge(const char *const *texts, const char *const *labels, size_t n, struct buf *to);

#endif
