/* Two clocks: wall time for what is stored, monotonic time for deadlines and durations.
 * Microseconds. */
#ifndef KITH_BASE_CLOCK_H
#define KITH_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);

#endif
