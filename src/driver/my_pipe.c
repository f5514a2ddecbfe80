/* SPDX-License-Identifier: MIT */
/* Owns the protection of the process from SIGPIPE: with TLS the library writes
 * through OpenSSL, which knows no MSG_NOSIGNAL, and a server that hung up would
 * kill a host that left the signal as it is. */
#include <pthread.h>

#include "driver/my_conn.h"

void ryx_my_pipe_enter(my_pipe *p, bool is_needed)
{
  sigset_t set, pending;

  p->is_on = is_needed;
  if (!is_needed) return;
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
  sigpending(&pending);
  if (!p->was_pending && sigismember(&pending, SIGPIPE) == 1) {
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigwait(&set, &sig);
  }
  pthread_sigmask(SIG_SETMASK, &p->old, NULL);
}
