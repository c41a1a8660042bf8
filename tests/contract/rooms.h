/* The services as the contract sees them: their schemas on a database of the test's own, and their
 * statements in both forms. */
#ifndef KITH_TESTS_ROOMS_H
#define KITH_TESTS_ROOMS_H

#include <stddef.h>

struct arena;
struct buf;
struct migration_set;
struct postgres;
struct sql;
struct sql_table;

struct room {
	const char *name;
	const struct migration_set *migrations;
	const struct sql_table *sql;
};

#define N_ROOMS 4
extern const struct room rooms[N_ROOMS];

/* All schemas as their migrations leave them. */
struct postgres *rooms_start(void);

/* Puts a row into every table, whatever its constraints: they are dropped. All that is an id, also
 * of persons where one may be missing, is `id`; texts are x, all else is nothing, at one
 * moment. */
void room_fill(struct postgres *postgres, const struct room *room, const char *id);

/* Prepares the statement's plain form as `plain`; the types of its parameters, as the server
 * deduced them, with a space after each but the last. */
const char *room_prepare(struct postgres *postgres, const struct sql *s, struct arena *arena);

/* Its batched form, as the connection makes it of those types. */
void room_batched_form(const struct sql *s, const char *types, struct buf *to);

#define FOR_EACH_ROOM(test)                                                                        \
	{#test "(member)", test, NULL, NULL, (void *)&rooms[0]},                                   \
		{#test "(content)", test, NULL, NULL, (void *)&rooms[1]},                          \
		{#test "(activity)", test, NULL, NULL, (void *)&rooms[2]},                         \
	{                                                                                          \
#test "(evaluation)", test, NULL, NULL, (void *)&rooms[3]                          \
	}

#endif
