/* HTTP routes: their variables are fields, and no two of them meet. */
#ifndef KITH_GEN_ROUTE_H
#define KITH_GEN_ROUTE_H

#include "contract.h"

/* Checks the route of `rpc`, and against the routes of those before it. */
void route_check(const struct contract *contract, const struct rpc *rpc);

/* The next {variable} of a route: sets *at behind it; NULL when there are no more. */
const char *route_variable(struct arena *arena, const char **at);

#endif
