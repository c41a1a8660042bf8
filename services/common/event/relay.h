/* From the outbox to the consumers' inboxes.
 *
 * Invariant: a row leaves the outbox in one statement, either because every consumer has
 * acknowledged it, or into outbox_late for those who have not. A consumer that is away therefore
 * never holds up the others. Delivery is at least once; the inbox makes it once.
 *
 * Two jobs: relay_run takes new rows to all consumers (one replica at a time, by lease); relay_late
 * takes one consumer what he missed, finds the single event that he refuses, and buries it in
 * outbox_dead. Both on the thread of the job that runs them. */
#ifndef KITH_EVENT_RELAY_H
#define KITH_EVENT_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

#define RELAY_PERIOD_US 200000

struct call;
struct relay;
struct relay_lane;

/* `consumers` are service names, NULL-terminated, at most PEERS_MAX, and outlive the relay;
 * `holder` names this process among replicas. */
struct relay *relay_new(const char *const *consumers, const char *holder);
void relay_free(struct relay *relay); /* accepts NULL */

/* The lane of consumer i, for relay_late. */
struct relay_lane *relay_lane(struct relay *relay, size_t i);

/* Of type job.run: `user` is the relay. */
enum status relay_run(struct call *c, void *user, bool *ret_worked) MUST_USE;
/* Likewise: `user` is a lane. */
enum status relay_late(struct call *c, void *user, bool *ret_worked) MUST_USE;

/* Gives the lease back, so that another replica goes on at once. */
void relay_release(struct call *c, struct relay *relay);

/* From any thread. */
struct relay_stats {
	uint64_t delivered, late, dead; /* events times consumers */
	int64_t lag_us; /* age of the oldest row at the last look; 0 when there was none */
};
void relay_get_stats(struct relay *relay, struct relay_stats *ret_stats);

#endif
