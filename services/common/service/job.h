/* Private to this room: the threads that run a service's jobs. */
#ifndef KITH_SERVICE_JOB_H
#define KITH_SERVICE_JOB_H

#include <stddef.h>

#include "db/db.h"
#include "service/service.h"

struct jobs;
struct peers;

/* `options` and `peers` outlive the jobs; options->name is the prefix of their connections' names.
 */
struct jobs *jobs_new(const char *service, const struct db_options *options, struct peers *peers,
		      void *state);

/* Starts one more; the job is copied. Before the first call is served. */
void jobs_start(struct jobs *jobs, const struct job *job);

/* Wakes those marked in the bits. Any thread. */
void jobs_wake(struct jobs *jobs, unsigned bits);

/* The bit of that name; 0 when there is none. */
unsigned jobs_bit(const struct jobs *jobs, const char *name);

/* Lets each finish what it is at. Accepts NULL. */
void jobs_free(struct jobs *jobs);

#endif
