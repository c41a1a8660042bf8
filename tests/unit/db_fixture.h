/* A database with statements of its own for the tests of db. */
#ifndef KITH_TESTS_DB_FIXTURE_H
#define KITH_TESTS_DB_FIXTURE_H

#include <setjmp.h> /* cmocka.h wants these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/call.h"
#include "db/db.h"
#include "postgres.h"

#define COMMUNITY    "00000000-0000-7000-8000-0000000000c1"
#define OTHER        "00000000-0000-7000-8000-0000000000c2"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Statements written out as the generator would. */
extern const struct sql event_echo, reply_echo, rate_echo, key_echo, events_echo, numeric_read,
	masks, of_the_call, post_list, post_get, wrong_column, sleepy, backend, note;
extern const struct sql_table table;

/* The database of all tests, with the tables post and note. */
extern struct postgres *pg;

/* A connection and a call of a person on it. */
struct desk {
	struct db *db;
	struct arena arena;
	struct call call;
};

struct call new_call(struct desk *desk);

/* For cmocka: a desk a test; open_unprepared is as behind a transaction-mode pooler. */
int open_desk(void **state);
int open_unprepared(void **state);
int close_desk(void **state);
int desk_setup(void **state);
int desk_teardown(void **state);

/* Says the call's fault when it is not what was wanted. */
void expect(struct call *c, enum status got, enum status wanted);

#define DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
#define UNPREPARED(test)                                                                           \
	{                                                                                          \
#test "_without_prepared_statements", test, open_unprepared, close_desk, NULL      \
	}

#endif
