/* SPDX-License-Identifier: MIT */
/* Starting threads with all signals blocked. */
#include "engine/thread.h"

#include <pthread.h>
#include <signal.h>

/* A thread begins with the mask of the one that makes it. */
static void block_signals(sigset_t *old)
{
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, old);
}

int ryx_thread_start(uv_thread_t *t, void (*fn)(void *), void *arg)
{
  sigset_t old;
  block_signals(&old);
  int rc = uv_thread_create(t, fn, arg);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return rc < 0 ? RYX_E_OPERATIONAL : 0;
}

int ryx_thread_detached(void *(*fn)(void *), void *arg)
{
  pthread_attr_t attr;
  pthread_t t;
  sigset_t old;
  if (pthread_attr_init(&attr) != 0) return RYX_E_OPERATIONAL;
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  block_signals(&old);
  int rc = pthread_create(&t, &attr, fn, arg);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  pthread_attr_destroy(&attr);
  return rc == 0 ? 0 : RYX_E_OPERATIONAL;
}
