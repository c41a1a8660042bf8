/* Counters, gauges and histograms in Prometheus text form. */
#include "metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const char *const kind_names[] = {
	[COUNTER] = "counter",
	[GAUGE] = "gauge",
	[HISTOGRAM] = "histogram",
};

/* Upper bounds of the buckets; one more catches what is longer. */
static const struct bound {
	int64_t us;
	const char *seconds;
} bounds[] = {
	{100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"},
	{5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
	{250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},
	{10000000, "10"}, {30000000, "30"}, {60000000, "60"},
};

#define N_BOUNDS (sizeof(bounds) / sizeof(*bounds))

struct metric {
	struct metric *next; /* of the same family */
	char *labels;
	_Atomic int64_t value; /* of a histogram: the sum in microseconds */
	_Atomic int64_t *buckets;
};

/* All series of one name. */
struct family {
	struct family *next;
	const char *name, *help;
	enum kind kind;
	struct metric *series, **end;
};

/* Families and series are only ever appended, so `lock` guards the lists and not the values. */
static struct {
	pthread_mutex_t lock;
	struct family *families, **end;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER, .end = &registry.families};

static void *alloc_zeroed(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		log_die("no-memory", "bytes=%zu", count * size);

	return memory;
}

static struct family *family_of(enum kind kind, const char *name, const char *help)
{
	struct family *family = registry.families;

	while (family && strcmp(family->name, name) != 0)
		family = family->next;
	if (family)
		return family;

	family = alloc_zeroed(1, sizeof(*family));
	family->name = name;
	family->help = help;
	family->kind = kind;
	family->end = &family->series;
	*registry.end = family;
	registry.end = &family->next;

	return family;
}

static struct metric *metric_of(enum kind kind, const char *name, const char *help,
				const char *labels)
{
	struct family *family;
	struct metric *metric;

	pthread_mutex_lock(&registry.lock);
	family = family_of(kind, name, help);
	metric = family->series;
	while (metric && strcmp(metric->labels, labels) != 0)
		metric = metric->next;

	if (!metric) {
		size_t size = strlen(labels) + 1;

		metric = alloc_zeroed(1, sizeof(*metric));
		metric->labels = alloc_zeroed(1, size);
		memcpy(metric->labels, labels, size);
		if (kind == HISTOGRAM)
			metric->buckets = alloc_zeroed(N_BOUNDS + 1, sizeof(*metric->buckets));
		*family->end = metric;
		family->end = &metric->next;
	}
	pthread_mutex_unlock(&registry.lock);

	return metric;
}

struct metric *metric_counter(const char *name, const char *help, const char *labels)
{
	return metric_of(COUNTER, name, help, labels);
}

struct metric *metric_gauge(const char *name, const char *help, const char *labels)
{
	return metric_of(GAUGE, name, help, labels);
}

struct metric *metric_histogram(const char *name, const char *help, const char *labels)
{
	return metric_of(HISTOGRAM, name, help, labels);
}

void metric_add(struct metric *metric, int64_t n)
{
	atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t us)
{
	size_t i = 0;

	while (i < N_BOUNDS && us > bounds[i].us)
		i++;

	atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metric->value, us, memory_order_relaxed);
}

/* `name_suffix{labels,extra,le="…"} `; empty parts leave no comma. */
static void write_series(struct buf *to, const char *name, const char *suffix, const char *labels,
			 const char *extra, const char *le)
{
	const char *between = "{";

	buf_add_string(to, name);
	buf_add_string(to, suffix);
	if (*labels) {
		buf_add_format(to, "%s%s", between, labels);
		between = ",";
	}
	if (*extra) {
		buf_add_format(to, "%s%s", between, extra);
		between = ",";
	}
	if (le) {
		buf_add_format(to, "%sle=\"%s\"", between, le);
		between = ",";
	}
	buf_add_string(to, *between == ',' ? "} " : " ");
}

/* The count is the sum of the buckets as read here, so that the series agree with each other. */
static void write_histogram(struct buf *to, const char *name, struct metric *metric,
			    const char *extra)
{
	int64_t count = 0;
	double sum_us = (double)atomic_load_explicit(&metric->value, memory_order_relaxed);

	for (size_t i = 0; i <= N_BOUNDS; i++) {
		count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
		write_series(to, name, "_bucket", metric->labels, extra,
			     i < N_BOUNDS ? bounds[i].seconds : "+Inf");
		buf_add_format(to, "%lld\n", (long long)count);
	}

	write_series(to, name, "_sum", metric->labels, extra, NULL);
	buf_add_format(to, "%.6f\n", sum_us / 1e6);
	write_series(to, name, "_count", metric->labels, extra, NULL);
	buf_add_format(to, "%lld\n", (long long)count);
}

void metrics_write(struct buf *to, const char *extra)
{
	pthread_mutex_lock(&registry.lock);
	for (struct family *family = registry.families; family; family = family->next) {
		buf_add_format(to, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
			       family->name, kind_names[family->kind]);
		for (struct metric *m = family->series; m; m = m->next) {
			if (family->kind == HISTOGRAM) {
				write_histogram(to, family->name, m, extra);
				continue;
			}
			write_series(to, family->name, "", m->labels, extra, NULL);
			buf_add_format(
				to, "%lld\n",
				(long long)atomic_load_explicit(&m->value, memory_order_relaxed));
		}
	}
	pthread_mutex_unlock(&registry.lock);
}
