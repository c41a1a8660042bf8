/* From an HTTP path to a method: the routes of the contract, and POST /<method> for every method.
 */
#ifndef KITH_GATEWAY_ROUTE_H
#define KITH_GATEWAY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"

struct method;
struct router;

#define ROUTE_MAX_VARIABLES 8

struct route {
	const struct method *method;
	const char *verb;
	const char *body;                           /* "*", a field, or NULL */
	const char *variables[ROUTE_MAX_VARIABLES]; /* dotted fields of the request */
	unsigned n_variables;
	const char *suffix;       /* "join" of "…/memberships:join"; "" for none */
	const struct route *next; /* on the same path */
};

struct route_match {
	const struct route *route;               /* NULL: the path is known, the verb is not */
	const char *values[ROUTE_MAX_VARIABLES]; /* decoded, in the arena */
	const char *allow;                       /* then: the verbs that are */
};

/* From kith_methods; methods that only services may call have no route. */
struct router *router_new(void);
void router_free(struct router *router);

/* `path` without query. False when nothing is there. */
bool router_find(const struct router *router, struct arena *arena, const char *verb,
		 const char *path, size_t size, struct route_match *ret_match);

/* Whether clients may call it: over HTTP and gRPC alike. */
bool route_is_offered(const struct method *method);

/* %XX, and + as a space in queries. NULL unless the result is UTF-8 without NUL. */
char *route_decode(struct arena *arena, const char *text, size_t size, bool plus);

#endif
