/* What the gateway counts of itself, and its access log: one line a request. Belongs to the loop's
 * thread. */
#ifndef KITH_GATEWAY_TOTALS_H
#define KITH_GATEWAY_TOTALS_H

struct conn;
struct exchange;
struct totals;

struct totals *totals_new(void);
void totals_free(struct totals *totals);

void totals_connections(struct totals *totals, unsigned n);
void totals_in_flight(struct totals *totals, unsigned n);

/* The exchange has its answer, or its client went without one. */
void totals_request(struct totals *totals, const struct exchange *x, const struct conn *conn);

#endif
