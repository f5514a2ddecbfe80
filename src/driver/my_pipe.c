/* SPDX-License-Identifier: MIT */
/* Owns what OpenSSL would do to the rest of the thread, and to the process. It
 * writes without MSG_NOSIGNAL, so a server that hung up would kill a host that
 * left SIGPIPE as it is; it queues its errors per thread, where the library
 * finds the ones of a connection that has ended and takes them for the next
 * one's; and at exit it frees what all threads share. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#if RYX_WITH_OPENSSL
#include <openssl/err.h>
#endif

#include "driver/my_conn.h"

/* Threads that are in the library. An engine that is closed waits for its own;
 * os.exit and exit leave engines open, and a thread in the middle of a login
 * that nobody waits for any more would crash. */
enum { EXIT_WAIT_MS = 500 };
static atomic_int n_inside;

static void wait_until_left(void)
{
  const struct timespec ms = {.tv_nsec = 1000 * 1000};

  for (int i = 0; i < EXIT_WAIT_MS && atomic_load(&n_inside) > 0; i++)
    nanosleep(&ms, NULL);
}

/* The other threads stay behind in a fork. */
static void forked(void)
{
  atomic_store(&n_inside, 0);
}

static void begin(void)
{
  pthread_atfork(NULL, NULL, forked);
  atexit(wait_until_left);
}

void ryx_my_pipe_begin(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, begin);
}

static void forget_errors(void)
{
#if RYX_WITH_OPENSSL
  ERR_clear_error();
#endif
}

void ryx_my_pipe_enter(my_pipe *p, bool is_needed)
{
  sigset_t set, pending;

  p->is_on = is_needed;
  if (!is_needed) return;
  atomic_fetch_add(&n_inside, 1);
  forget_errors();
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, &p->old);
  sigpending(&pending);
  p->was_pending = sigismember(&pending, SIGPIPE) == 1;
}

void ryx_my_pipe_leave(const my_pipe *p)
{
  sigset_t set, pending;
  int sig;

  if (!p->is_on) return;
  forget_errors();
  sigpending(&pending);
  if (!p->was_pending && sigismember(&pending, SIGPIPE) == 1) {
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigwait(&set, &sig);
  }
  pthread_sigmask(SIG_SETMASK, &p->old, NULL);
  atomic_fetch_sub(&n_inside, 1);
}
