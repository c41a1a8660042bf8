/* The edge of the house: clients on one side, services on the other. One thread does the work; the
 * functions here may be called by any thread, in the order start, stop. */
#ifndef KITH_GATEWAY_GATEWAY_H
#define KITH_GATEWAY_GATEWAY_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct gateway;
struct gateway_config;

/* Listens and starts the loop's thread. The configuration must outlive it. Says in the log what
 * failed. */
enum status gateway_start(const struct gateway_config *config,
			  struct gateway **ret_gateway) MUST_USE;

/* Drains: health NOT_SERVING, GOAWAY, finishes what is in flight, at most drain_timeout_ms; then
 * frees everything. Accepts NULL. */
void gateway_stop(struct gateway *g);

/* The port of the first listening address, which may have been given as 0. */
uint16_t gateway_port(const struct gateway *g);

#endif
