/* Token buckets, one a key or an address. */
#include "limit.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "exchange.h"

#define SETS 4096
#define WAYS 8

struct bucket {
	uint8_t who[16];
	double tokens;
	int64_t seen_us; /* 0: free */
};

struct limit {
	double rate, burst;
	uint64_t seed;
	struct bucket buckets[SETS][WAYS];
};

struct limit *limit_new(uint32_t rate, uint32_t burst, uint64_t seed)
{
	struct limit *limit;

	if (rate == 0)
		return NULL;

	limit = calloc(1, sizeof(*limit));
	if (limit == NULL)
		log_die("no-memory", "limit");
	limit->rate = rate;
	limit->burst = burst == 0 ? rate : burst;
	limit->seed = seed;
	return limit;
}

void limit_free(struct limit *limit)
{
	free(limit);
}

static struct bucket *find(struct limit *limit, const uint8_t who[16])
{
	uint64_t low, high, hash;
	struct bucket *set, *oldest;

	memcpy(&low, who, 8);
	memcpy(&high, who + 8, 8);
	hash = (low ^ limit->seed) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 29 ^ high) * UINT64_C(0xbf58476d1ce4e5b9);
	set = oldest = limit->buckets[hash >> 40 & (SETS - 1)];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].seen_us != 0 && memcmp(set[i].who, who, 16) == 0)
			return &set[i];
		if (set[i].seen_us < oldest->seen_us)
			oldest = &set[i];
	}
	memcpy(oldest->who, who, 16);
	oldest->tokens = limit->burst;
	oldest->seen_us = 0;
	return oldest;
}

bool limit_take(struct limit *limit, const uint8_t who[static 16], int64_t now_us,
		struct allowance *ret_allowance, int64_t *ret_wait_us)
{
	struct bucket *bucket;
	bool granted;

	if (limit == NULL)
		return true;

	bucket = find(limit, who);
	if (bucket->seen_us != 0)
		bucket->tokens += (double)(now_us - bucket->seen_us) * limit->rate / 1e6;
	if (bucket->tokens > limit->burst)
		bucket->tokens = limit->burst;
	bucket->seen_us = now_us;

	granted = bucket->tokens >= 1;
	if (granted)
		bucket->tokens -= 1;
	else
		*ret_wait_us = (int64_t)((1 - bucket->tokens) * 1e6 / limit->rate) + 1;

	ret_allowance->limit = (uint32_t)limit->burst;
	ret_allowance->remaining = (uint32_t)bucket->tokens;
	ret_allowance->reset_s = (uint32_t)((limit->burst - bucket->tokens) / limit->rate + 0.999);
	return granted;
}
