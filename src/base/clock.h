/* SPDX-License-Identifier: MIT */
/* Moments and spans: nanoseconds of the monotonic clock, which no change of the
 * wall clock moves. It is the clock of uv_hrtime. 0 is "no moment". */
#ifndef RYX_BASE_CLOCK_H
#define RYX_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define RYX_NS_PER_US UINT64_C(1000)
#define RYX_NS_PER_MS UINT64_C(1000000)
#define RYX_NS_PER_S  UINT64_C(1000000000)

static inline uint64_t ryx_clock_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * RYX_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ms milliseconds after the moment; a span that no clock reaches ends at the
 * last moment there is. ms <= 0: the moment itself. */
static inline uint64_t ryx_clock_after(uint64_t moment, int64_t ms)
{
  if (ms <= 0) return moment;
  if ((uint64_t)ms > (UINT64_MAX - moment) / RYX_NS_PER_MS) return UINT64_MAX;
  return moment + (uint64_t)ms * RYX_NS_PER_MS;
}

/* Milliseconds from now until the moment, rounded up; 0 when it has passed. */
static inline uint64_t ryx_clock_ms_until(uint64_t moment, uint64_t now)
{
  if (moment <= now) return 0;
  return (moment - now - 1) / RYX_NS_PER_MS + 1;
}

#endif
