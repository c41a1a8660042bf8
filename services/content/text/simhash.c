/* SimHash over words: each bit is what most of the words' hashes have there. */
#include "simhash.h"

#include <stddef.h>

#include "words.h"

static uint64_t hash(const char *text, size_t size)
{
	uint64_t h = 0xCBF29CE484222325U;

	for (size_t i = 0; i < size; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001B3U;
	h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDU;
	h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53U;

	return h ^ h >> 33;
}

uint64_t simhash_of(const struct words *words)
{
	int32_t votes[64] = {0};
	uint64_t result = 0;

	for (size_t i = 0; i < words->count; i++) {
		uint64_t h = hash(words->list[i].text, words->list[i].size);

		for (int bit = 0; bit < 64; bit++)
			votes[bit] += (int32_t)(h >> bit & 1) * 2 - 1;
	}
	for (int bit = 0; bit < 64; bit++)
		result |= (uint64_t)(votes[bit] > 0) << bit;

	return result;
}
