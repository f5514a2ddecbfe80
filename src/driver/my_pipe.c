/* SPDX-License-Identifier: MIT */
/* Owns the protection of what a thread shares with OpenSSL, through which the
 * library writes with TLS. It knows no MSG_NOSIGNAL: a server that hung up
 * would kill a host that left SIGPIPE as it is. And it keeps a list of errors
 * for each thread: one that is left there, as by a connection's last words,
 * makes the library take the next wait of any connection for its end. */
#include <pthread.h>

#include "driver/my_conn.h"

/* OpenSSL's; NULL where the library has another TLS. */
extern void ERR_clear_error(void) __attribute__((weak));

static void clear_errors(void)
{
  if (ERR_clear_error) ERR_clear_error();
}

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
  clear_errors();
}

void ryx_my_pipe_leave(const my_pipe *p)
{
  sigset_t set, pending;
  int sig;

  if (!p->is_on) return;
  clear_errors();
  sigpending(&pending);
  if (!p->was_pending && sigismember(&pending, SIGPIPE) == 1) {
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigwait(&set, &sig);
  }
  pthread_sigmask(SIG_SETMASK, &p->old, NULL);
}
