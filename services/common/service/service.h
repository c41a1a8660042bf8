/* What a service's main() calls: everything the four services share and the gateway must not have.
 * May use rpc, db, event, app. */
#ifndef KITH_SERVICE_SERVICE_H
#define KITH_SERVICE_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/method.h"
#include "base/status.h"
#include "db/migrate.h"
#include "db/sql.h"
#include "rpc/access.h"

struct service_config;

#define JOBS_MAX 16 /* the service's own */

/* Work that a service does by itself. Each runs on a thread and a connection of its own, again
 * after `period_us`, at once when `run` found work (*ret_worked) or job_wake was called; replicas
 * share the work by leases, so that each deed is done once. */
struct job {
	const char *name; /* for logs and metrics: "outbox-to-content" */
	int64_t period_us;
	/* `c` is a call of the service itself (SERVICE) with an empty arena and its own db; the job
	 * makes its own transactions with db_begin and db_commit, and what is open when it returns
	 * is rolled back. `user` is the service's state where the job has none of its own. */
	enum status (*run)(struct call *c, void *user, bool *ret_worked);
	void *user;
};

/* Something that falls due by itself: expiries, publications, steps of long work. It takes what is
 * due, does a bounded part of it in the transaction it is called in, and says whether there may be
 * more. It looks at a row's state again once it has locked it, so two replicas at once, a
 * repetition and a stop in the middle all come to one deed. Looks at an index when nothing is due.
 */
typedef enum status (*service_deed)(struct call *c, bool *ret_worked);

struct service {
	const char *name; /* "member" */
	const struct handler *handlers;
	size_t n_handlers;
	const struct sql_table *sql;
	const struct migration_set *migrations;
	access_rank rank;
	/* Who gets this service's events, NULL-terminated: "content", "activity", "evaluation".
	 * Each gets a relay job. */
	const char *const *consumers;
	const struct job *jobs;
	size_t n_jobs;
	const service_deed *deeds; /* NULL-terminated; NULL: none */
	/* State of the service's own, put into call.service; may be NULL. */
	enum status (*start)(const struct service *service, const struct service_config *config,
			     void **ret_state);
	void (*stop)(void *state);
};

/* The whole life of a process, `kith-member --config FILE [migrate]`: with `migrate` brings the
 * schema up to date and ends; else serves until SIGTERM or SIGINT, then drains. Refuses to serve
 * while migrations are missing. Returns the exit code. */
int service_main(const struct service *service, int argc, char **argv);

/* The same inside a process that has several (kith serve): migrated, started and stopped by hand.
 * The configuration outlives the running service. */
struct running_service;
enum status service_migrate(const struct service *service,
			    const struct service_config *config) MUST_USE;
enum status service_start(const struct service *service, const struct service_config *config,
			  struct running_service **ret_running) MUST_USE;
/* New calls are refused from now on, health says so. */
void service_drain(struct running_service *running);
/* Finishes what is in flight, for at most the configured time. Accepts NULL. */
void service_stop(struct running_service *running);

#define SERVICE_KEY_SIZE 32

/* A key for one purpose, made of the cluster's secret: the same in every replica, and useless for
 * any other purpose. */
void service_key(const struct call *c, const char *purpose, uint8_t ret[static SERVICE_KEY_SIZE]);

/* Wakes the service's job of that name as soon as what `c` has written is committed. */
void job_wake(struct call *c, const char *name);

#endif
