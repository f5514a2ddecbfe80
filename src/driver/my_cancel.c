/* SPDX-License-Identifier: MIT */
/* Owns the cancel: KILL QUERY on a connection of its own, which blocks for as
 * long as connect_timeout allows. It holds nothing of the connection it asks
 * about, and so may outlive it. */
#include <mysqld_error.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/my_conn.h"

typedef struct question {
  const ryx_opts *opts;
  unsigned long thread_id;
} question;

void *ryx_my_cancel_new(const void *ud)
{
  const my_conn *c = ryx_my_conn_peek(ud);
  question *q = ryx_mem_new(sizeof *q);

  if (q) *q = (question){c->opts, c->thread_id};
  return q;
}

void ryx_my_cancel_free(void *cancel)
{
  ryx_mem_free(cancel);
}

static int kill_query(const question *q, ryx_err *e)
{
  MYSQL *m = NULL;
  char sql[48];
  int rc = ryx_my_dial_open(q->opts, 0, &m, e);

  if (rc) return rc;
  snprintf(sql, sizeof sql, "KILL QUERY %lu", q->thread_id);
  /* A connection that is gone has nothing to cancel. */
  if (mysql_query(m, sql) && mysql_errno(m) != ER_NO_SUCH_THREAD) {
    rc = ryx_err_set(e, RYX_E_CONNECTION, "cannot cancel the statement: %s",
                     mysql_error(m));
    e->native = (int)mysql_errno(m);
  }
  mysql_close(m);
  return rc;
}

int ryx_my_cancel_ask(void *cancel, ryx_err *e)
{
  my_pipe guard;
  int rc;

  ryx_my_pipe_enter(&guard, true);
  rc = kill_query(cancel, e);
  ryx_my_pipe_leave(&guard);
  return rc;
}
