/* The 17 gRPC codes: the only return values for things that can fail. */
#ifndef KITH_BASE_STATUS_H
#define KITH_BASE_STATUS_H

#include <stdbool.h>

#include "compiler.h"

enum status {
	STATUS_OK = 0,
	STATUS_CANCELLED = 1,           /* the client gave up */
	STATUS_UNKNOWN = 2,             /* a peer answered something outside this list */
	STATUS_INVALID_ARGUMENT = 3,    /* wrong whatever the state of the system is */
	STATUS_DEADLINE_EXCEEDED = 4,   /* it may or may not have happened */
	STATUS_NOT_FOUND = 5,           /* no such thing, or not for this caller */
	STATUS_ALREADY_EXISTS = 6,      /* a unique name is taken */
	STATUS_PERMISSION_DENIED = 7,   /* the caller is known and may not */
	STATUS_RESOURCE_EXHAUSTED = 8,  /* a quota, a capacity or a rate is used up */
	STATUS_FAILED_PRECONDITION = 9, /* not in this state; retrying alone does not help */
	STATUS_ABORTED = 10,            /* lost against a concurrent change; read again and retry */
	STATUS_OUT_OF_RANGE = 11,       /* past the end of what there is */
	STATUS_UNIMPLEMENTED = 12,      /* no such method */
	STATUS_INTERNAL = 13,           /* our bug; the client learns only the trace id */
	STATUS_UNAVAILABLE = 14,        /* try again after the given delay */
	STATUS_DATA_LOSS = 15,          /* stored bytes are damaged */
	STATUS_UNAUTHENTICATED = 16,    /* no valid credentials */

	/* Never leaves a process: the statement is queued, the handler will be run again from its
	 * start with the answer (db/sql.h). TRY passes it on like any other. */
	STATUS_PENDING = 100,
};

/* "NOT_FOUND"; "UNKNOWN" for a number that is no status. Static. */
const char *status_name(enum status status);

/* The status of that name, STATUS_UNKNOWN when there is none. */
enum status status_from_name(const char *name);

/* The HTTP code that carries the status, after the public gRPC to HTTP mapping. */
int status_http(enum status status);

#endif
