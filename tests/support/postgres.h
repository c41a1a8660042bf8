/* A database of a test program's own: on the server that KITH_TEST_DATABASE_URL names, or without
 * it on a private cluster that lives as long as the program. What goes wrong here ends the program.
 */
#ifndef KITH_TESTS_POSTGRES_H
#define KITH_TESTS_POSTGRES_H

#include <stdint.h>

#include "base/compiler.h"

struct postgres;

/* An empty database. */
struct postgres *postgres_start(void);

/* The same database over a connection of its own, for another thread; stopped before the first. */
struct postgres *postgres_beside(const struct postgres *postgres);

/* Drops it, unless it is one beside another. Accepts NULL. */
void postgres_stop(struct postgres *postgres);

/* Its conninfo, for whoever connects himself. */
const char *postgres_url(const struct postgres *postgres);

/* Runs SQL and gives the first column of its first row: as a number, 0 when there is none or it is
 * NULL; or as text until the next call, "" likewise. One thread at a time. */
int64_t postgres_int(struct postgres *postgres, const char *format, ...) PRINTF_LIKE(2, 3);
const char *postgres_text(struct postgres *postgres, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
