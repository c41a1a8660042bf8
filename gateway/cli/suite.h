/* The services themselves, over nng, as one who holds the cluster's secret. Calls go out together
 * and are tried again while a service is away: a service that is killed and comes back is survived.
 */
#ifndef KITH_CLI_SUITE_H
#define KITH_CLI_SUITE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "command.h"

struct method;
struct suite;

/* By the gateway.yaml that the command is told of. Says on standard error what is wrong. */
enum status suite_open(const struct cli *cli, struct suite **ret_suite) MUST_USE;
void suite_close(struct suite *suite); /* accepts NULL */

/* The cluster's secret. */
const uint8_t *suite_secret(const struct suite *suite);

struct suite_violation {
	const char *field; /* "items[3].at" */
	const char *description;
};

struct suite_call {
	const struct method *method;
	const char
		*service; /* whom to ask what all serve (kith.ops); NULL: who serves the method */
	const ProtobufCMessage *request;

	enum status status;
	ProtobufCMessage *reply; /* when OK; in the arena */
	const char *message;     /* otherwise: words; never NULL */
	const char *reason;      /* "" where none was told */
	struct suite_violation *violations;
	size_t n_violations;
};

/* Sends all, waits for all. What fails for lack of a service is sent again, with back-off, until
 * `patience_us` have passed since the first attempt. */
void suite_run(struct suite *suite, struct arena *arena, struct suite_call *calls, size_t n,
	       int64_t patience_us);

/* suite_run of one call. */
enum status suite_ask(struct suite *suite, struct arena *arena, struct suite_call *call,
		      int64_t patience_us) MUST_USE;

#endif
