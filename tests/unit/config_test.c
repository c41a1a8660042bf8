/* Configuration files: what stands in deploy/config loads; what is wrong is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/buf.h"

static const char *const services[] = {"member", "content", "activity", "evaluation"};

static void shipped_path(const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "%s/deploy/config/%s.yaml", KITH_SOURCE, name);
}

/* The shipped file with the line that starts with `key` replaced (by nothing when `line` is NULL);
 * a path that the caller unlinks. */
static void given_file_with(const char *shipped, const char *key, const char *line, char *ret_path)
{
	char path[512], text[1024];
	int fd;

	snprintf(ret_path, 64, "/tmp/kith-config-XXXXXX");
	fd = mkstemp(ret_path);
	assert_true(fd >= 0);
	FILE *to = fdopen(fd, "w");
	shipped_path(shipped, path, sizeof(path));
	FILE *from = fopen(path, "r");
	assert_non_null(from);
	while (fgets(text, sizeof(text), from) != NULL)
		if (strncmp(text, key, strlen(key)) != 0)
			fputs(text, to);
		else if (line != NULL)
			fprintf(to, "%s\n", line);
	fclose(from);
	fclose(to);
}

static enum status load_with(const char *key, const char *line)
{
	char path[64];
	struct service_config *config = NULL;

	given_file_with("member", key, line, path);
	enum status status = config_load_service(path, &config);
	config_free_service(config);
	unlink(path);
	return status;
}

static void shipped_files_are_complete(void **state)
{
	char path[512];
	struct gateway_config *gateway = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		struct service_config *config = NULL;

		shipped_path(services[i], path, sizeof(path));
		assert_int_equal(config_load_service(path, &config), STATUS_OK);
		assert_string_equal(config->database.schema, services[i]);
		config_free_service(config);
	}
	shipped_path("gateway", path, sizeof(path));
	assert_int_equal(config_load_gateway(path, &gateway), STATUS_OK);
	assert_int_equal(gateway->peers_count, 4);
	config_free_gateway(gateway);
}

static void missing_key_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_with("workers:", NULL), STATUS_INVALID_ARGUMENT);
}

static void unknown_key_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_with("workers:", "workers: 4\nwrkers: 4"), STATUS_INVALID_ARGUMENT);
}

static void value_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_with("workers:", "workers: 0"), STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:", "workers: -1"), STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:", "workers: many"), STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:", "workers: 256"), STATUS_OK);
}

static void weights_of_a_formula_sum_to_1(void **state)
{
	(void)state;
	assert_int_equal(load_with("workers:",
				   "workers: 4\nformulas: [{name: f, weights: ["
				   "{term: a, weight: 0.7}, {term: b, weight: 0.2}, "
				   "{term: c, weight: 0.1}]}]"),
			 STATUS_OK);
	assert_int_equal(load_with("workers:",
				   "workers: 4\nformulas: [{name: f, weights: ["
				   "{term: a, weight: 0.7}, {term: b, weight: 0.2}]}]"),
			 STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:",
				   "workers: 4\nformulas: [{name: f, weights: ["
				   "{term: a, weight: 1.5}, {term: b, weight: -0.5}]}]"),
			 STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:",
				   "workers: 4\nformulas: [{name: f, weights: ["
				   "{term: a, weight: nan}]}]"),
			 STATUS_INVALID_ARGUMENT);
}

static void a_formula_has_its_terms_and_no_others(void **state)
{
	static struct weight_config weights[] = {{"a", 0.25}, {"b", 0.75}};
	static struct formula_config formula = {"f", weights, 2};
	static const char *const others[] = {"a", "c"}, *const own[] = {"b", "a"};
	const struct service_config config = {.formulas = &formula, .formulas_count = 1};
	double a, b, *const ret[] = {&b, &a};

	(void)state;
	assert_int_equal(config_formula(&config, "g", own, ret, 2), STATUS_INVALID_ARGUMENT);
	assert_int_equal(config_formula(&config, "f", own, ret, 1), STATUS_INVALID_ARGUMENT);
	assert_int_equal(config_formula(&config, "f", others, ret, 2), STATUS_INVALID_ARGUMENT);
	assert_int_equal(config_formula(&config, "f", own, ret, 2), STATUS_OK);
	assert_true(a == 0.25 && b == 0.75);
}

static void broken_yaml_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_with("workers:", "workers: [4"), STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("workers:", "\tworkers: 4"), STATUS_INVALID_ARGUMENT);
}

static void absent_file_is_refused(void **state)
{
	struct service_config *config = NULL;

	(void)state;
	assert_int_equal(config_load_service("/nonexistent.yaml", &config),
			 STATUS_INVALID_ARGUMENT);
	assert_null(config);
}

static void environment_fills_what_the_file_names(void **state)
{
	char path[512];
	struct service_config *config = NULL;

	(void)state;
	shipped_path("member", path, sizeof(path));
	setenv("KITH_WORKERS", "7", 1);
	setenv("KITH_MEMBER", "tcp://0.0.0.0:7001", 1);
	assert_int_equal(config_load_service(path, &config), STATUS_OK);
	assert_int_equal(config->workers, 7);
	assert_string_equal(config->listen[0], "tcp://0.0.0.0:7001");
	config_free_service(config);
	unsetenv("KITH_WORKERS");
	unsetenv("KITH_MEMBER");
}

static void environment_cannot_add_structure(void **state)
{
	char path[512];
	struct service_config *config = NULL;

	(void)state;
	shipped_path("member", path, sizeof(path));
	setenv("KITH_SECRETS", "x\"\nworkers: 9\n#", 1);
	assert_int_equal(config_load_service(path, &config), STATUS_INVALID_ARGUMENT);
	unsetenv("KITH_SECRETS");
	assert_int_equal(load_with("secret_file:", "secret_file: \"${KITH_NOT_SET}\""),
			 STATUS_INVALID_ARGUMENT);
	assert_int_equal(load_with("secret_file:", "secret_file: \"${KITH_NOT_SET\""),
			 STATUS_INVALID_ARGUMENT);
}

static void secret_is_64_hex_digits(void **state)
{
	static const struct {
		const char *text;
		enum status status;
	} cases[] = {
		{"  00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", STATUS_OK},
		{"00112233445566778899aabbccddeeff", STATUS_INVALID_ARGUMENT},
		{"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		 STATUS_INVALID_ARGUMENT},
		{"", STATUS_INVALID_ARGUMENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[] = "/tmp/kith-secret-XXXXXX";
		uint8_t secret[32];
		int fd = mkstemp(path);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)),
				 strlen(cases[i].text));
		close(fd);
		assert_int_equal(config_read_secret(path, secret), cases[i].status);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_files_are_complete),
		cmocka_unit_test(missing_key_is_refused),
		cmocka_unit_test(unknown_key_is_refused),
		cmocka_unit_test(value_out_of_range_is_refused),
		cmocka_unit_test(weights_of_a_formula_sum_to_1),
		cmocka_unit_test(a_formula_has_its_terms_and_no_others),
		cmocka_unit_test(broken_yaml_is_refused),
		cmocka_unit_test(absent_file_is_refused),
		cmocka_unit_test(environment_fills_what_the_file_names),
		cmocka_unit_test(environment_cannot_add_structure),
		cmocka_unit_test(secret_is_64_hex_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
