/* SPDX-License-Identifier: MIT */
/* Preloaded: the wall clock jumps an hour ahead or back, by turns, every time
 * it is read. The monotonic clock is left alone. */
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_reader)(clockid_t, struct timespec *);

static long jump(void)
{
  static int n;
  return n++ % 2 ? 3600 : -3600;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
  clock_reader real;
  int rc;

  *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  rc = real(id, t);
  if (id == CLOCK_REALTIME) t->tv_sec += jump();
  return rc;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
