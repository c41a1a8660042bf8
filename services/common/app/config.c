/* Reads the YAML files: the schema of each struct stands here as data. `${NAME}` and
 * `${NAME:-default}` in a file become the environment's value before it is parsed. */
#include "app/config.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"

#define FILE_MAX     (1u << 20) /* bytes of a configuration file */
#define WORKERS_MAX  256
#define VARIABLE_MAX 64 /* bytes of an environment variable's name */

/* One file on its way from disk to struct. */
struct source {
	const char *file;
	struct buf text;    /* with the environment's values in it */
	struct buf refusal; /* libcyaml's words: the cause first, then where it stands */
};

static void source_fini(struct source *source)
{
	buf_fini(&source->text);
	buf_fini(&source->refusal);
}

static enum status refuse(const struct source *source, unsigned line, const char *key,
			  const char *reason)
{
	char quoted[512];

	log_line(LOG_ERROR, "config-refused", "at=%s:%u key=%s reason=%s", source->file, line, key,
		 log_quote(reason, quoted, sizeof(quoted)));
	return STATUS_INVALID_ARGUMENT;
}

static enum status read_file(const char *file, struct buf *to)
{
	FILE *f = fopen(file, "re");
	size_t n = 0;

	if (f == NULL) {
		log_line(LOG_ERROR, "config-unreadable", "file=%s reason=\"%s\"", file,
			 strerror(errno));
		return STATUS_INVALID_ARGUMENT;
	}
	do {
		n = fread(buf_reserve(to, 4096), 1, 4096, f);
		to->size += n;
	} while (n > 0 && to->size <= FILE_MAX);
	bool failed = ferror(f) != 0;
	fclose(f);

	if (failed || to->size > FILE_MAX) {
		log_line(LOG_ERROR, "config-unreadable", "file=%s reason=\"%s\"", file,
			 failed ? "cannot be read" : "longer than 1 MiB");
		return STATUS_INVALID_ARGUMENT;
	}
	buf_add(to, "", 0);
	return STATUS_OK;
}

/* ---- ${NAME} ---- */

/* A value goes into the middle of a quoted YAML string: what would end the quotes is refused, so
 * that the environment sets values and never structure. */
static bool fits_quotes(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
			return false;
	return true;
}

/* `at` stands behind "${"; *ret_end behind the "}". */
static enum status expand_one(struct source *source, unsigned line, const char *at,
			      const char **ret_end)
{
	const char *end = at + strcspn(at, "}\n");
	size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	char name[VARIABLE_MAX];

	if (*end != '}' || length == 0 || length >= sizeof(name))
		return refuse(source, line, "${", "not of the form ${NAME} or ${NAME:-default}");
	memcpy(name, at, length);
	name[length] = '\0';

	const char *rest = at + length, *value = getenv(name);
	bool has_default = text_starts(rest, ":-");
	if (!has_default && *rest != '}')
		return refuse(source, line, name, "not of the form ${NAME} or ${NAME:-default}");

	if (value != NULL && *value != '\0') {
		if (!fits_quotes(value))
			return refuse(
				source, line, name,
				"a quote, backslash or line break in the variable; use a file");
		buf_add_string(&source->text, value);
	} else if (has_default) {
		buf_add(&source->text, rest + 2, (size_t)(end - rest - 2));
	} else {
		return refuse(source, line, name, "not set in the environment");
	}
	*ret_end = end + 1;
	return STATUS_OK;
}

static enum status expand(struct source *source, const char *text)
{
	unsigned line = 1;
	bool comment = false, quoted = false;

	for (const char *c = text; *c != '\0';) {
		if (!comment && text_starts(c, "${")) {
			TRY(expand_one(source, line, c + 2, &c));
			continue;
		}
		if (*c == '"')
			quoted = !quoted && !comment;
		else if (*c == '#' && !quoted)
			comment = true;
		else if (*c == '\n') {
			line++;
			comment = quoted = false;
		}
		buf_add_char(&source->text, *c++);
	}
	return STATUS_OK;
}

/* ---- libcyaml ---- */

__attribute__((format(printf, 3, 0))) static void note_refusal(cyaml_log_t level, void *ctx,
							       const char *format, va_list args)
{
	struct source *source = ctx;
	char line[512];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	buf_add_string(&source->refusal, line);
}

/* libcyaml says "Load: <cause>" and then, innermost first, "  in mapping field 'x' (line: 3,
 * column: 1)". One log line is made of it. */
static enum status explain(struct source *source, cyaml_err_t error)
{
	char *words = source->refusal.data != NULL ? source->refusal.data : "";
	const char *at = strstr(words, "(line: ");
	unsigned line = 0;
	char reason[256];

	if (at != NULL)
		for (at += strlen("(line: "); *at >= '0' && *at <= '9'; at++)
			line = line * 10 + (unsigned)(*at - '0');
	if (text_starts(words, "Load: "))
		words += strlen("Load: ");
	snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(words, "\n"),
		 *words != '\0' ? words : cyaml_strerror(error));

	const char *field = strstr(words, "in mapping field '");
	char key[64] = "-";
	if (field != NULL) {
		field += strlen("in mapping field '");
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(field, "'"), field);
	}
	return refuse(source, line, key, reason);
}

static enum status load(struct source *source, const cyaml_schema_value_t *schema, void **ret)
{
	CLEANUP(buf_fini) struct buf raw = {0};
	const cyaml_config_t how = {
		.log_fn = note_refusal,
		.log_ctx = source,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};

	TRY(read_file(source->file, &raw));
	TRY(expand(source, raw.data));

	cyaml_err_t error = cyaml_load_data((const uint8_t *)source->text.data, source->text.size,
					    &how, schema, ret, NULL);
	return error == CYAML_OK ? STATUS_OK : explain(source, error);
}

/* ---- what a schema cannot say ---- */

/* The line on which the key first stands. */
static unsigned line_of(const struct source *source, const char *key)
{
	unsigned line = 1;
	size_t length = strlen(key);

	for (const char *c = source->text.data; c != NULL && *c != '\0'; line++) {
		const char *word = c + strspn(c, " -");
		if (strncmp(word, key, length) == 0 && word[length] == ':')
			return line;
		c = strchr(c, '\n');
		if (c != NULL)
			c++;
	}
	return 0;
}

static enum status within(const struct source *source, const char *key, uint32_t value,
			  uint32_t min, uint32_t max)
{
	char reason[64];

	if (value >= min && value <= max)
		return STATUS_OK;
	snprintf(reason, sizeof(reason), "must be from %u to %u", min, max);
	return refuse(source, line_of(source, key), key, reason);
}

static enum status check_log(const struct source *source, const struct log_config *log)
{
	if (!text_equal(log->level, "debug") && !text_equal(log->level, "info") &&
	    !text_equal(log->level, "warn") && !text_equal(log->level, "error"))
		return refuse(source, line_of(source, "level"), "level",
			      "must be debug, info, warn or error");
	if (!text_equal(log->format, "text") && !text_equal(log->format, "json"))
		return refuse(source, line_of(source, "format"), "format", "must be text or json");
	return STATUS_OK;
}

#define SUM_TOLERANCE 1e-9 /* 0.1 is no binary number */

static enum status check_formula(const struct source *source, const struct formula_config *formula)
{
	unsigned line = line_of(source, "formulas");
	double sum = 0;

	for (unsigned i = 0; i < formula->weights_count; i++) {
		if (!(formula->weights[i].weight >= 0 && formula->weights[i].weight <= 1))
			return refuse(source, line, formula->weights[i].term,
				      "must be from 0 to 1");
		sum += formula->weights[i].weight;
	}

	return fabs(sum - 1) <= SUM_TOLERANCE
		       ? STATUS_OK
		       : refuse(source, line, formula->name, "weights must sum to 1");
}

static enum status check_service(const struct source *source, const struct service_config *config)
{
	const struct database_config *db = &config->database;

	TRY(within(source, "workers", config->workers, 1, WORKERS_MAX));
	TRY(within(source, "default_timeout_ms", config->default_timeout_ms, 1, 3600000));
	TRY(within(source, "drain_timeout_ms", config->drain_timeout_ms, 1, 3600000));
	TRY(within(source, "connect_timeout_ms", db->connect_timeout_ms, 1, 600000));
	if (*db->url == '\0' && *db->url_file == '\0')
		return refuse(source, line_of(source, "database"), "database",
			      "needs url or url_file");
	for (unsigned i = 0; i < config->formulas_count; i++)
		TRY(check_formula(source, &config->formulas[i]));
	return check_log(source, &config->log);
}

static enum status check_gateway(const struct source *source, const struct gateway_config *config)
{
	TRY(within(source, "default_timeout_ms", config->default_timeout_ms, 1, 3600000));
	TRY(within(source, "max_timeout_ms", config->max_timeout_ms, config->default_timeout_ms,
		   3600000));
	TRY(within(source, "drain_timeout_ms", config->drain_timeout_ms, 1, 3600000));
	TRY(within(source, "header_timeout_ms", config->header_timeout_ms, 1, 600000));
	TRY(within(source, "idle_timeout_ms", config->idle_timeout_ms, 1, 86400000));
	TRY(within(source, "max_connections", config->max_connections, 1, 1000000));
	TRY(within(source, "max_body_bytes", config->max_body_bytes, 1024, 4u << 20));
	TRY(within(source, "workers_per_service", config->workers_per_service, 1, WORKERS_MAX));
	return check_log(source, &config->log);
}

/* ---- schemas ---- */

static const cyaml_schema_value_t string = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, 4096),
};

static const cyaml_schema_field_t log_fields[] = {
	CYAML_FIELD_STRING_PTR("level", CYAML_FLAG_POINTER, struct log_config, level, 1, 16),
	CYAML_FIELD_STRING_PTR("format", CYAML_FLAG_POINTER, struct log_config, format, 1, 16),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tls_fields[] = {
	CYAML_FIELD_STRING_PTR("ca_file", CYAML_FLAG_POINTER, struct tls_config, ca_file, 0, 4096),
	CYAML_FIELD_STRING_PTR("cert_file", CYAML_FLAG_POINTER, struct tls_config, cert_file, 0,
			       4096),
	CYAML_FIELD_STRING_PTR("key_file", CYAML_FLAG_POINTER, struct tls_config, key_file, 0,
			       4096),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t peer_fields[] = {
	CYAML_FIELD_STRING_PTR("service", CYAML_FLAG_POINTER, struct peer_config, service, 1, 63),
	CYAML_FIELD_SEQUENCE("addresses", CYAML_FLAG_POINTER, struct peer_config, addresses,
			     &string, 1, 64),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t peer = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct peer_config, peer_fields),
};

static const cyaml_schema_field_t weight_fields[] = {
	CYAML_FIELD_STRING_PTR("term", CYAML_FLAG_POINTER, struct weight_config, term, 1, 63),
	CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, struct weight_config, weight),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t weight = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct weight_config, weight_fields),
};

static const cyaml_schema_field_t formula_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct formula_config, name, 1, 63),
	CYAML_FIELD_SEQUENCE("weights", CYAML_FLAG_POINTER, struct formula_config, weights, &weight,
			     1, 32),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t formula = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct formula_config, formula_fields),
};

static const cyaml_schema_field_t database_fields[] = {
	CYAML_FIELD_STRING_PTR("url", CYAML_FLAG_POINTER, struct database_config, url, 0, 4096),
	CYAML_FIELD_STRING_PTR("url_file", CYAML_FLAG_POINTER, struct database_config, url_file, 0,
			       4096),
	CYAML_FIELD_STRING_PTR("schema", CYAML_FLAG_POINTER, struct database_config, schema, 1, 63),
	CYAML_FIELD_BOOL("prepare", CYAML_FLAG_DEFAULT, struct database_config, prepare),
	CYAML_FIELD_UINT("connect_timeout_ms", CYAML_FLAG_DEFAULT, struct database_config,
			 connect_timeout_ms),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t service_fields[] = {
	CYAML_FIELD_SEQUENCE("listen", CYAML_FLAG_POINTER, struct service_config, listen, &string,
			     1, 16),
	CYAML_FIELD_UINT("workers", CYAML_FLAG_DEFAULT, struct service_config, workers),
	CYAML_FIELD_UINT("default_timeout_ms", CYAML_FLAG_DEFAULT, struct service_config,
			 default_timeout_ms),
	CYAML_FIELD_UINT("drain_timeout_ms", CYAML_FLAG_DEFAULT, struct service_config,
			 drain_timeout_ms),
	CYAML_FIELD_STRING_PTR("secret_file", CYAML_FLAG_POINTER, struct service_config,
			       secret_file, 1, 4096),
	CYAML_FIELD_MAPPING("database", CYAML_FLAG_DEFAULT, struct service_config, database,
			    database_fields),
	CYAML_FIELD_SEQUENCE("peers", CYAML_FLAG_POINTER, struct service_config, peers, &peer, 0,
			     8),
	CYAML_FIELD_SEQUENCE("formulas", CYAML_FLAG_POINTER_NULL | CYAML_FLAG_OPTIONAL,
			     struct service_config, formulas, &formula, 0, 16),
	CYAML_FIELD_MAPPING("tls", CYAML_FLAG_DEFAULT, struct service_config, tls, tls_fields),
	CYAML_FIELD_MAPPING("log", CYAML_FLAG_DEFAULT, struct service_config, log, log_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t service = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct service_config, service_fields),
};

static const cyaml_schema_field_t gateway_fields[] = {
	CYAML_FIELD_SEQUENCE("listen", CYAML_FLAG_POINTER, struct gateway_config, listen, &string,
			     1, 16),
	CYAML_FIELD_STRING_PTR("secret_file", CYAML_FLAG_POINTER, struct gateway_config,
			       secret_file, 1, 4096),
	CYAML_FIELD_SEQUENCE("peers", CYAML_FLAG_POINTER, struct gateway_config, peers, &peer, 1,
			     8),
	CYAML_FIELD_UINT("default_timeout_ms", CYAML_FLAG_DEFAULT, struct gateway_config,
			 default_timeout_ms),
	CYAML_FIELD_UINT("max_timeout_ms", CYAML_FLAG_DEFAULT, struct gateway_config,
			 max_timeout_ms),
	CYAML_FIELD_UINT("drain_timeout_ms", CYAML_FLAG_DEFAULT, struct gateway_config,
			 drain_timeout_ms),
	CYAML_FIELD_UINT("header_timeout_ms", CYAML_FLAG_DEFAULT, struct gateway_config,
			 header_timeout_ms),
	CYAML_FIELD_UINT("idle_timeout_ms", CYAML_FLAG_DEFAULT, struct gateway_config,
			 idle_timeout_ms),
	CYAML_FIELD_UINT("max_connections", CYAML_FLAG_DEFAULT, struct gateway_config,
			 max_connections),
	CYAML_FIELD_UINT("max_body_bytes", CYAML_FLAG_DEFAULT, struct gateway_config,
			 max_body_bytes),
	CYAML_FIELD_UINT("key_cache_ms", CYAML_FLAG_DEFAULT, struct gateway_config, key_cache_ms),
	CYAML_FIELD_UINT("rate_per_key", CYAML_FLAG_DEFAULT, struct gateway_config, rate_per_key),
	CYAML_FIELD_UINT("burst_per_key", CYAML_FLAG_DEFAULT, struct gateway_config, burst_per_key),
	CYAML_FIELD_UINT("rate_per_address", CYAML_FLAG_DEFAULT, struct gateway_config,
			 rate_per_address),
	CYAML_FIELD_UINT("burst_per_address", CYAML_FLAG_DEFAULT, struct gateway_config,
			 burst_per_address),
	CYAML_FIELD_UINT("workers_per_service", CYAML_FLAG_DEFAULT, struct gateway_config,
			 workers_per_service),
	CYAML_FIELD_STRING_PTR("audit_file", CYAML_FLAG_POINTER, struct gateway_config, audit_file,
			       0, 4096),
	CYAML_FIELD_MAPPING("tls", CYAML_FLAG_DEFAULT, struct gateway_config, tls, tls_fields),
	CYAML_FIELD_MAPPING("peer_tls", CYAML_FLAG_DEFAULT, struct gateway_config, peer_tls,
			    tls_fields),
	CYAML_FIELD_MAPPING("log", CYAML_FLAG_DEFAULT, struct gateway_config, log, log_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t gateway = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct gateway_config, gateway_fields),
};

/* ---- */

static void free_loaded(const cyaml_schema_value_t *schema, void *data)
{
	const cyaml_config_t how = {.mem_fn = cyaml_mem};

	if (data != NULL)
		cyaml_free(&how, schema, data, 0);
}

enum status config_load_service(const char *file, struct service_config **ret_config)
{
	CLEANUP(source_fini) struct source source = {.file = file};
	void *loaded = NULL;

	TRY(load(&source, &service, &loaded));

	enum status status = check_service(&source, loaded);
	if (status == STATUS_OK)
		*ret_config = loaded;
	else
		free_loaded(&service, loaded);
	return status;
}

enum status config_load_gateway(const char *file, struct gateway_config **ret_config)
{
	CLEANUP(source_fini) struct source source = {.file = file};
	void *loaded = NULL;

	TRY(load(&source, &gateway, &loaded));

	enum status status = check_gateway(&source, loaded);
	if (status == STATUS_OK)
		*ret_config = loaded;
	else
		free_loaded(&gateway, loaded);
	return status;
}

void config_free_service(struct service_config *config)
{
	free_loaded(&service, config);
}

void config_free_gateway(struct gateway_config *config)
{
	free_loaded(&gateway, config);
}

static const struct formula_config *find_formula(const struct service_config *config,
						 const char *name)
{
	for (unsigned i = 0; i < config->formulas_count; i++)
		if (text_equal(config->formulas[i].name, name))
			return &config->formulas[i];

	return NULL;
}

static const struct weight_config *find_weight(const struct formula_config *in, const char *term)
{
	for (unsigned i = 0; i < in->weights_count; i++)
		if (text_equal(in->weights[i].term, term))
			return &in->weights[i];

	return NULL;
}

enum status config_formula(const struct service_config *config, const char *name,
			   const char *const *terms, double *const *ret_weights, unsigned n)
{
	const struct formula_config *found = find_formula(config, name);

	if (!found || found->weights_count != n) {
		log_line(LOG_ERROR, "config-formula", "formula=%s reason=\"%s\"", name,
			 found ? "has other terms" : "is missing");
		return STATUS_INVALID_ARGUMENT;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct weight_config *term = find_weight(found, terms[i]);

		if (!term) {
			log_line(LOG_ERROR, "config-formula", "formula=%s reason=\"weighs no %s\"",
				 name, terms[i]);
			return STATUS_INVALID_ARGUMENT;
		}
		*ret_weights[i] = term->weight;
	}

	return STATUS_OK;
}

enum status config_read_line(const char *file, char **ret)
{
	CLEANUP(buf_fini) struct buf text = {0};

	TRY(read_file(file, &text));

	char *line = strndup(text.data, strcspn(text.data, "\r\n"));
	if (line == NULL)
		log_die("no-memory", "what=config");
	*ret = line;
	return STATUS_OK;
}

enum status config_read_secret(const char *file, uint8_t ret[static 32])
{
	CLEANUP(buf_fini) struct buf text = {0};
	static const char space[] = " \t\r\n";
	uint8_t secret[32];

	TRY(read_file(file, &text));

	char *hex = text.data + strspn(text.data, space);
	hex[strcspn(hex, space)] = '\0';
	if (strlen(hex) != 2 * sizeof(secret) || !text_unhex(hex, secret, sizeof(secret))) {
		log_line(LOG_ERROR, "secret-refused", "file=%s reason=\"not 64 hex digits\"", file);
		return STATUS_INVALID_ARGUMENT;
	}
	memcpy(ret, secret, sizeof(secret));
	return STATUS_OK;
}
