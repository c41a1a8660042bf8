/* The configuration files: structs, with their libcyaml schema beside them in config.c. Complete
 * files only: a missing or unknown key is refused with file and line. Secrets come from files named
 * by *_file keys. */
#ifndef KITH_APP_CONFIG_H
#define KITH_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct log_config {
	char *level;  /* debug info warn error */
	char *format; /* text json */
};

struct tls_config {
	char *ca_file, *cert_file, *key_file; /* "" for none */
};

struct peer_config {
	char *service;
	char **addresses;
	unsigned addresses_count;
};

struct database_config {
	char *url_file; /* read when `url` is empty */
	char *url;
	char *schema;
	bool prepare; /* off behind a transaction-mode PgBouncer */
	uint32_t connect_timeout_ms;
};

struct weight_config {
	char *term;
	double weight; /* 0 to 1 */
};

/* A published formula of the service's: how much each of its terms weighs. They sum to 1. */
struct formula_config {
	char *name;
	struct weight_config *weights;
	unsigned weights_count;
};

/* member.yaml, content.yaml, activity.yaml, evaluation.yaml */
struct service_config {
	char **listen;
	unsigned listen_count;
	uint32_t workers;
	uint32_t default_timeout_ms;
	uint32_t drain_timeout_ms; /* after SIGTERM, until what is in flight is given up */
	char *secret_file;         /* 64 hex digits: the cluster's secret */
	struct database_config database;
	struct peer_config *peers;
	unsigned peers_count;
	struct formula_config *formulas; /* of services that have some */
	unsigned formulas_count;
	struct tls_config tls;
	struct log_config log;
};

/* gateway.yaml */
struct gateway_config {
	char **listen; /* "127.0.0.1:8080" */
	unsigned listen_count;
	char *secret_file;
	struct peer_config *peers;
	unsigned peers_count;
	uint32_t default_timeout_ms, max_timeout_ms, drain_timeout_ms;
	uint32_t header_timeout_ms, idle_timeout_ms;
	uint32_t max_connections, max_body_bytes;
	uint32_t key_cache_ms; /* how long a checked key is trusted before it is asked for again */
	uint32_t rate_per_key, burst_per_key; /* calls a second; 0: no limit */
	uint32_t rate_per_address, burst_per_address;
	uint32_t workers_per_service; /* window of the batching client */
	char *audit_file;             /* "" for none */
	struct tls_config tls;        /* of the HTTP port */
	struct tls_config peer_tls;   /* towards the services */
	struct log_config log;
};

/* Both log the error with file and line, and return INVALID_ARGUMENT. Free with config_free_*. */
enum status config_load_service(const char *file, struct service_config **ret_config) MUST_USE;
enum status config_load_gateway(const char *file, struct gateway_config **ret_config) MUST_USE;
void config_free_service(struct service_config *config);
void config_free_gateway(struct gateway_config *config);

/* The weights of the formula's terms, which are those and no others; INVALID_ARGUMENT otherwise,
 * which is logged. */
enum status config_formula(const struct service_config *config, const char *name,
			   const char *const *terms, double *const *ret_weights,
			   unsigned n) MUST_USE;

/* The secret in that file: 64 hex digits, surrounding space ignored. */
enum status config_read_secret(const char *file, uint8_t ret[static 32]) MUST_USE;
/* The first line of that file. Freed by the caller. */
enum status config_read_line(const char *file, char **ret) MUST_USE;

#endif
