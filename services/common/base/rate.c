/* Shares and how far they can be trusted. */
#include "rate.h"

#include <assert.h>
#include <math.h>

/* The normal deviate that 2.5 % exceed. */
#define Z 1.959963984540054

struct rate rate_of(int64_t count, int64_t n)
{
	struct rate rate = {.low = 0, .high = 1, .insufficient = n < RATE_MIN_N};
	double p, centre, half, whole;

	assert(count >= 0 && count <= n);

	if (n == 0)
		return rate;

	p = (double)count / (double)n;
	whole = 1 + Z * Z / (double)n;
	centre = (p + Z * Z / (2 * (double)n)) / whole;
	half = Z / whole * sqrt(p * (1 - p) / (double)n + Z * Z / (4 * (double)n * (double)n));

	rate.share = p;
	rate.low = count == 0 ? 0 : fmax(0, centre - half);
	rate.high = count == n ? 1 : fmin(1, centre + half);
	return rate;
}
