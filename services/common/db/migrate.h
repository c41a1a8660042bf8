/* Brings a schema to the version the binary needs: numbered files, each once, each in its own
 * transaction, forward only. */
#ifndef KITH_DB_MIGRATE_H
#define KITH_DB_MIGRATE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/status.h"

/* A file migrations/NNNN_name.sql, embedded by the build. One whose first line is "-- concurrently"
 * runs outside of transactions, so that it may build indexes while others write. */
struct migration {
	unsigned number;
	const char *name;
	const char *text;
};

struct migration_set {
	const char *schema; /* "member", "event": whose files; a schema may hold several sets */
	const struct migration *migrations;
	size_t n_migrations;
};

/* Creates the schema if need be and applies what is missing, in order. A lock keeps two migrators
 * apart; a file whose checksum differs from what was applied is refused with its name, and a schema
 * newer than the binary is left alone. Writes what it does to the log. `url` may log in as any role
 * that may create the schema. */
enum status migrate_run(const char *url, const char *schema,
			const struct migration_set *set) MUST_USE;

/* Whether the schema has all migrations of the set (it may have more). FAILED_PRECONDITION when it
 * lacks some, UNAVAILABLE when there is no answer; says so in the log. */
enum status migrate_check(const char *url, const char *schema,
			  const struct migration_set *set) MUST_USE;

#endif
