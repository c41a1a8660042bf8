/* Shares and how far they can be trusted. */
#ifndef KITH_BASE_RATE_H
#define KITH_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Below this n a rate is no statement: INSUFFICIENT_DATA. */
#define RATE_MIN_N 10

struct rate {
	double share; /* 0 when n is 0 */
	double low, high;
	bool insufficient;
};

/* count of n with its 95 % score interval (E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference", JASA 22, 1927). With n = 0 the interval is [0, 1]. */
struct rate rate_of(int64_t count, int64_t n);

#endif
