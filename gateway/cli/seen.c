/* A hash table with open addressing. The ids in its keys are random or digests, so their bytes are
 * their hash. */
#include "seen.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"

#define CAPACITY_FIRST 1024 /* a power of two, as every later one */

void seen_fini(struct seen *seen)
{
	free(seen->entries);
	*seen = (struct seen){0};
}

static bool is_free(const struct seen_entry *entry)
{
	static const uint8_t nothing[sizeof(entry->key)];

	return memcmp(entry->key, nothing, sizeof(nothing)) == 0;
}

static struct seen_entry *place(const struct seen *seen, const uint8_t key[static 32])
{
	uint64_t a, b;

	memcpy(&a, key, sizeof(a));
	memcpy(&b, key + 16 + 8, sizeof(b));
	for (size_t i = (a ^ b) & (seen->capacity - 1);; i = (i + 1) & (seen->capacity - 1)) {
		struct seen_entry *entry = &seen->entries[i];

		if (is_free(entry) || memcmp(entry->key, key, sizeof(entry->key)) == 0)
			return entry;
	}
}

static void grow(struct seen *seen)
{
	struct seen bigger = {
		.n = seen->n,
		.capacity = seen->capacity > 0 ? seen->capacity * 2 : CAPACITY_FIRST,
	};

	bigger.entries = calloc(bigger.capacity, sizeof(*bigger.entries));
	if (bigger.entries == NULL)
		log_die("no-memory", "what=import");
	for (size_t i = 0; i < seen->capacity; i++)
		if (!is_free(&seen->entries[i]))
			*place(&bigger, seen->entries[i].key) = seen->entries[i];
	free(seen->entries);
	*seen = bigger;
}

struct seen_entry *seen_find(struct seen *seen, const char *a, const char *b)
{
	uint8_t key[32] = {0};
	bool valid = id_to_bytes(a, key) && (*b == '\0' || id_to_bytes(b, key + 16));

	assert(valid);
	(void)valid;
	if (seen->n >= seen->capacity / 4 * 3)
		grow(seen);

	struct seen_entry *entry = place(seen, key);
	if (is_free(entry)) {
		memcpy(entry->key, key, sizeof(key));
		entry->time_us = INT64_MAX;
		seen->n++;
	}
	return entry;
}
