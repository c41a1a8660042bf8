/* Addresses of the web in a text. */
#ifndef KITH_CONTENT_LINK_H
#define KITH_CONTENT_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct links {
	size_t count;
	size_t start, end; /* of the first, in bytes */
	bool hides; /* one is of a service that shortens addresses: where it leads is not seen */
};

/* With a scheme or www., or a name under a domain that nothing but addresses ends with. Addresses
 * of mail and names of files are none. */
struct links links_of(const char *text, size_t size);

#endif
