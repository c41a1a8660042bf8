/* Any bytes as an HTTP path: what is found has a method that clients may call and values that are
 * text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const verbs[] = {"GET", "POST", "PATCH", "DELETE", "PUT"};
	static struct router *router;
	CLEANUP(arena_fini) struct arena arena = {0};

	if (router == NULL)
		router = router_new();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct route_match match;

		if (!router_find(router, &arena, verbs[i], (const char *)data, size, &match))
			continue;
		if (match.route == NULL) {
			if (match.allow == NULL || *match.allow == '\0')
				abort();
			continue;
		}
		if (!route_is_offered(match.route->method) ||
		    strcmp(match.route->verb, verbs[i]) != 0)
			abort();
		for (unsigned k = 0; k < match.route->n_variables; k++)
			if (match.values[k] == NULL ||
			    !text_is_utf8(match.values[k], strlen(match.values[k])))
				abort();
	}
	return 0;
}
