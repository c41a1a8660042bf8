/* What an import has met so far: a time by a pair of ids. */
#ifndef KITH_CLI_SEEN_H
#define KITH_CLI_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct seen_entry {
	uint8_t key[32]; /* both ids; all zeroes where nothing is */
	int64_t time_us;
};

/* Starts as all zeroes. At most three quarters of the entries are in use. */
struct seen {
	struct seen_entry *entries;
	size_t n, capacity;
};

void seen_fini(struct seen *seen);

/* The entry of the two ids; a new one has time INT64_MAX. Valid until the next call. `b` may be "".
 */
struct seen_entry *seen_find(struct seen *seen, const char *a, const char *b);

#endif
