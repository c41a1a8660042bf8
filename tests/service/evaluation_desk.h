/* The evaluation service without its process: handlers and jobs run one by one on a database of
 * their own, so that a test decides what has been folded and what has not. Persons are numbers. */
#ifndef KITH_TESTS_EVALUATION_DESK_H
#define KITH_TESTS_EVALUATION_DESK_H

#include <setjmp.h> /* cmocka.h wants these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../services/evaluation/fold.h"
#include "../../services/evaluation/rebuild.h"
#include "../../services/evaluation/tell.h"
#include "../../services/evaluation/waiting.h"
#include "base/arena.h"
#include "base/call.h"
#include "base/id.h"
#include "evaluation.rpc.h"
#include "postgres.h"

#define DAY_S  86400
#define YEAR_S (365 * DAY_S)

/* 2026-06-15 12:00 UTC: the present of every call. */
#define NOW_S INT64_C(1781524800)

struct desk {
	struct postgres *pg;
	struct db *db;
	struct arena arena; /* of the present call */
	struct call call;
	int64_t now_s;
	uint64_t seed;
	struct round fold_round, rebuild_round;
};

int desk_setup(void **state);
int desk_teardown(void **state);
/* A second connection with a call of its own to the same database. */
struct desk *desk_beside(const struct desk *d);
void desk_free(struct desk *d);

/* A fresh call: what the last one handed out is gone. */
struct call *desk_call(struct desk *d);
uint32_t desk_random(struct desk *d, uint32_t limit);

/* Ids as text, static, the same for the same number; good for 64 further calls. */
const char *community_id(unsigned n);
const char *person_id(unsigned n);
const char *subject_id(unsigned n);

/* Member's events: the community's zone, and a membership from join to leave (0: still there). The
 * person's number is his own plus one. */
enum status desk_tell_community(struct desk *d, unsigned community, const char *zone,
				int64_t version);
enum status desk_tell_member(struct desk *d, unsigned community, unsigned person, int64_t version,
			     int64_t join_s, int64_t leave_s, const char *reason);
/* The person was merged into another, under whose number he is counted. */
enum status desk_tell_merged(struct desk *d, unsigned community, unsigned person, int64_t version,
			     unsigned survivor);
/* Content's and activity's events. */
enum status desk_tell(struct desk *d, unsigned community, Event__EventType type, unsigned person,
		      unsigned subject, int64_t version, int64_t at_s, const char *state);

struct deed {
	unsigned community, person;
	Evaluation__InteractionKind kind;
	int64_t at_us;
	unsigned ref;
};

/* Sends them in one call; how many were new. */
int32_t desk_ingest(struct desk *d, const struct deed *deeds, size_t n);

/* Runs a job once, or all of them until none finds work. */
enum status desk_fold(struct desk *d, bool *ret_worked);
enum status desk_rebuild(struct desk *d, bool *ret_worked);
void desk_settle(struct desk *d);

/* Cells that recompute says were wrong. */
int64_t desk_recompute(struct desk *d, unsigned community);

/* All that is counted in the community, bit for bit. In the caller's hands until the next
 * desk_print. */
void desk_print(struct desk *d, unsigned community, char ret[static 65]);

#define EXPECT_OK(expression) assert_int_equal((expression), STATUS_OK)
#define EXPECT_EQUAL(a, b)    assert_int_equal((int64_t)(a), (int64_t)(b))
#define SQL_INT(d, ...)       postgres_int((d)->pg, __VA_ARGS__)

#endif
