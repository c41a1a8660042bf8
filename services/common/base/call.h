/* One call on its way: who asks, until when, with what memory, and what went wrong. The first
 * argument of every handler and of every statement. */
#ifndef KITH_BASE_CALL_H
#define KITH_BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "compiler.h"
#include "log.h"
#include "status.h"

struct db;
struct jobs;
struct method;
struct peers;
struct steps;

enum caller_kind { CALLER_NOBODY, CALLER_SERVICE, CALLER_PLATFORM, CALLER_PERSON };

enum scope { SCOPE_READ = 1, SCOPE_WRITE = 2, SCOPE_ADMIN = 4 };

struct caller {
	enum caller_kind kind;
	const char *id;        /* the key's id; for a service its name */
	const char *person_id; /* "" unless a person acts */
	unsigned scopes;       /* bits of enum scope */
	const char *const *community_ids;
	size_t n_community_ids; /* 0: all communities */
};

struct violation {
	const char *field;
	const char *description;
	struct violation *next;
};

struct metadata {
	const char *key;
	const char *value;
	struct metadata *next;
};

/* Why a call fails: becomes google.rpc.Status with ErrorInfo, BadRequest and RetryInfo. */
struct fault {
	const char *reason; /* "COMMUNITY_FULL"; NULL: the status' own name */
	const char *message;
	struct metadata *metadata;
	struct violation *violations;
	int64_t retry_after_us; /* 0: no RetryInfo */
};

struct call {
	struct arena *arena; /* the reply and all that leads to it; gone once it is sent */
	const struct method *method;
	const struct caller *caller;
	const char *request_id;  /* "" for reads */
	const char *traceparent; /* W3C; never NULL */
	int64_t now_us;      /* wall clock when the call arrived; one value for the whole call */
	int64_t deadline_us; /* monotonic */
	const char *new_id;  /* the id this call's new row gets, made at first use: call_new_id */
	struct fault fault;
	struct db *db;       /* the worker's connection; NULL in the gateway */
	struct steps *steps; /* what its statements have answered so far (db/sql.h) */
	struct peers *peers; /* the other services; NULL in the gateway */
	struct jobs *jobs;   /* of this process' service; NULL in the gateway */
	unsigned wake;       /* jobs to wake once this call is committed: job_wake */
	void *service;       /* the service's own state, set by its main */
};

/* Says why and returns `status`, so that a handler ends with `return call_fail(c, …)`. The text is
 * for people, the reason for programs. The first violation or fault stays when more follow. */
enum status call_fail(struct call *c, enum status status, const char *reason, const char *format,
		      ...) PRINTF_LIKE(4, 5);

/* Adds a fact to the fault: metadata of ErrorInfo. The value is copied. */
void call_fact(struct call *c, const char *key, const char *value);

/* INVALID_ARGUMENT because of one field, or with "" because of the request as a whole; adds to what
 * was found before. */
enum status call_violation(struct call *c, const char *field, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* UNAVAILABLE (or RESOURCE_EXHAUSTED) with the delay after which a retry makes sense. */
enum status call_retry(struct call *c, enum status status, const char *reason, int64_t after_us);

/* Forgets the fault: the handler dealt with it. */
void call_forgive(struct call *c);

/* The UUIDv7 of the row this call makes: the same one each time it is asked. */
const char *call_new_id(struct call *c);

/* What is left until the deadline, 0 when it has passed. */
int64_t call_left_us(const struct call *c);

/* log_line with the call's trace id, method and caller. */
void call_log(const struct call *c, enum log_level level, const char *id, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
