/* Takes lines in windows and hands them to the services: first the communities of the window, then
 * its memberships, then what hangs on those, each step in calls of many items that travel together.
 *
 * What hangs on a post or event that has not come yet is kept and tried again at the end. */
#ifndef KITH_CLI_INTAKE_H
#define KITH_CLI_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "line.h"
#include "seen.h"

struct suite;

struct intake_item {
	struct ProtobufCMessage *message;
	uint64_t line; /* where it stands in the file */
};

struct intake_list {
	struct intake_item *items;
	size_t n, capacity;
};

struct intake_totals {
	uint64_t lines, created, changed, unchanged;
};

struct intake {
	struct suite *suite;
	const char *file; /* for messages */
	int64_t patience_us;
	uint64_t max_errors;

	struct arena arena; /* of the window */
	struct intake_list lists[LINE_TYPES];
	struct seen communities; /* known to exist */
	struct seen memberships; /* earliest time that was told */

	struct arena late_arena;
	struct intake_list late[LINE_TYPES];
	size_t n_late;
	bool final; /* nothing more comes: what is unknown now is an error */

	uint64_t errors;
	uint64_t persons; /* created */
	struct intake_totals totals[LINE_TYPES];
};

void intake_fini(struct intake *intake);

/* Notes a line of the window. A wrong one is told on standard error and counted. RESOURCE_EXHAUSTED
 * past max_errors. */
enum status intake_add(struct intake *intake, const char *text, size_t size,
		       uint64_t number) MUST_USE;

/* A line that could not even be read. */
enum status intake_refuse(struct intake *intake, uint64_t number, const char *field,
			  const char *reason) MUST_USE;

/* Sends the window and begins a new one. Fails when a service stayed away, or answered what is no
 * fault of an item; it is safe to send the window again. */
enum status intake_flush(struct intake *intake) MUST_USE;

/* The same for what was kept. */
enum status intake_finish(struct intake *intake) MUST_USE;

#endif
