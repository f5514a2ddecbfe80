/* SPDX-License-Identifier: MIT */
/* Starting threads with all signals blocked. */
#include "engine/thread.h"

#include <pthread.h>

void ryx_thread_block_signals(sigset_t *old)
{
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, old);
}

void ryx_thread_restore_signals(const sigset_t *old)
{
  pthread_sigmask(SIG_SETMASK, old, NULL);
}

int ryx_thread_start(uv_thread_t *t, void (*fn)(void *), void *arg)
{
  sigset_t old;
  ryx_thread_block_signals(&old);
  int rc = uv_thread_create(t, fn, arg);
  ryx_thread_restore_signals(&old);
  return rc < 0 ? RYX_E_OPERATIONAL : 0;
}
