/* SPDX-License-Identifier: MIT */
/* Owns what OpenSSL would do to the rest of the thread. It writes without
 * MSG_NOSIGNAL, so a server that hung up would kill a host that left SIGPIPE as
 * it is; and it queues its errors per thread, where the library finds the ones
 * of a connection that has ended and takes them for the next one's. */
#include <pthread.h>
#if RYX_WITH_OPENSSL
#include <openssl/err.h>
#endif

#include "driver/my_conn.h"

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
}
