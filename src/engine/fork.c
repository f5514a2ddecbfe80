/* SPDX-License-Identifier: MIT */
/* The fork counter: process-wide by nature, written in fresh children only. */
#include "engine/fork.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_uint epoch;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void bump(void)
{
  atomic_fetch_add_explicit(&epoch, 1, memory_order_relaxed);
}

static void watch(void)
{
  pthread_atfork(NULL, NULL, bump);
}

void ryx_fork_watch(void)
{
  pthread_once(&once, watch);
}

unsigned ryx_fork_epoch(void)
{
  return atomic_load_explicit(&epoch, memory_order_relaxed);
}
