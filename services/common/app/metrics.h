/* Counters, gauges and histograms in Prometheus text form. Registered once, then touched from any
 * thread without a lock. */
#ifndef KITH_APP_METRICS_H
#define KITH_APP_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct metric;

/* Registers a series, or returns the one registered before under the same name and labels. `labels`
 * is `method="GetPost",code="OK"` or "". Names and help are static strings; labels are copied.
 * Never fails, never freed. */
struct metric *metric_counter(const char *name, const char *help, const char *labels);
struct metric *metric_gauge(const char *name, const char *help, const char *labels);
/* Durations: observed in microseconds, exposed in seconds, buckets from 100 us to 60 s. */
struct metric *metric_histogram(const char *name, const char *help, const char *labels);

void metric_add(struct metric *metric, int64_t n);
void metric_set(struct metric *metric, int64_t value);
void metric_observe_us(struct metric *metric, int64_t us);

/* All series of the process, grouped by name with HELP and TYPE, each with `extra` labels added
 * ("service=\"member\"" or ""). */
void metrics_write(struct buf *to, const char *extra);

#endif
