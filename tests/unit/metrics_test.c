/* Metrics: series are registered once, written in Prometheus text form, touched without a lock. */
#include "app/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void expect_line(const char *line, const char *extra)
{
	CLEANUP(buf_fini) struct buf text = {0};

	metrics_write(&text, extra);
	if (!strstr(text.data, line))
		fail_msg("no line '%s' in:\n%s", line, text.data);
}

static void a_counter_counts(void **state)
{
	struct metric *metric = metric_counter("t_calls_total", "Calls.", "code=\"OK\"");

	(void)state;
	metric_add(metric, 2);
	metric_add(metric, 3);
	expect_line("# HELP t_calls_total Calls.\n# TYPE t_calls_total counter\n", "");
	expect_line("\nt_calls_total{code=\"OK\"} 5\n", "");
	expect_line("\nt_calls_total{code=\"OK\",service=\"x\"} 5\n", "service=\"x\"");
}

static void the_same_name_and_labels_are_the_same_series(void **state)
{
	struct metric *one = metric_gauge("t_open", "Open.", "a=\"1\"");
	struct metric *two = metric_gauge("t_open", "Open.", "a=\"2\"");

	(void)state;
	assert_ptr_equal(metric_gauge("t_open", "Open.", "a=\"1\""), one);
	assert_ptr_not_equal(one, two);
	metric_set(one, 7);
	metric_set(two, -1);
	expect_line("# TYPE t_open gauge\nt_open{a=\"1\"} 7\nt_open{a=\"2\"} -1\n", "");
}

static void no_labels_leave_no_braces(void **state)
{
	(void)state;
	metric_add(metric_counter("t_plain_total", "Plain.", ""), 1);
	expect_line("\nt_plain_total 1\n", "");
}

static void a_histogram_is_cumulative_and_in_seconds(void **state)
{
	struct metric *metric = metric_histogram("t_duration_seconds", "Time.", "");

	(void)state;
	metric_observe_us(metric, 100);
	metric_observe_us(metric, 101);
	metric_observe_us(metric, 70000000);
	expect_line("\nt_duration_seconds_bucket{le=\"0.0001\"} 1\n", "");
	expect_line("\nt_duration_seconds_bucket{le=\"0.00025\"} 2\n", "");
	expect_line("\nt_duration_seconds_bucket{le=\"60\"} 2\n", "");
	expect_line("\nt_duration_seconds_bucket{le=\"+Inf\"} 3\n", "");
	expect_line("\nt_duration_seconds_sum 70.000201\n", "");
	expect_line("\nt_duration_seconds_count 3\n", "");
}

static void *count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10000; i++)
		metric_add(metric_counter("t_shared_total", "Shared.", ""), 1);

	return NULL;
}

static void many_threads_lose_nothing(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	expect_line("\nt_shared_total 40000\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_counts),
		cmocka_unit_test(the_same_name_and_labels_are_the_same_series),
		cmocka_unit_test(no_labels_leave_no_braces),
		cmocka_unit_test(a_histogram_is_cumulative_and_in_seconds),
		cmocka_unit_test(many_threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
