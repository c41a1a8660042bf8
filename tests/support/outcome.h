/* What became of a call, and what a test expects of it. */
#ifndef KITH_TESTS_OUTCOME_H
#define KITH_TESTS_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/status.h"

/* What became of a call. `reason` is ErrorInfo's, "" when there is none. */
struct outcome {
	enum status status;
	const char *reason;
	const char *message;
	const struct metadata *facts;
	const struct violation *violations;
	int64_t retry_after_us;
};

/* From a client's result: `details` is an encoded google.rpc.Status or NULL. */
struct outcome outcome_read(struct arena *arena, enum status status, const void *details,
			    size_t size);

/* Whether a violation names that field. */
bool outcome_names(const struct outcome *outcome, const char *field);

/* The value of that fact of ErrorInfo, "" when there is none. */
const char *outcome_fact(const struct outcome *outcome, const char *key);

/* The test goes on only when the call ended so; otherwise it fails and says what was said. */
#define EXPECT_STATUS(outcome, code, reason)                                                       \
	outcome_expect(__FILE__, __LINE__, #outcome, (outcome), STATUS_##code, (reason))
#define EXPECT_OK(outcome) outcome_expect(__FILE__, __LINE__, #outcome, (outcome), STATUS_OK, NULL)
#define EXPECT_INT(actual, expected)                                                               \
	int_expect(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))
#define EXPECT_TEXT(actual, expected) text_expect(__FILE__, __LINE__, #actual, (actual), (expected))

void outcome_expect(const char *file, int line, const char *what, struct outcome outcome,
		    enum status status, const char *reason);
void int_expect(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void text_expect(const char *file, int line, const char *what, const char *actual,
		 const char *expected);

#endif
