/* SPDX-License-Identifier: MIT */
/* Owns the cancel: KILL QUERY on a connection of its own, which blocks. It
 * reads only what the dial has set and nobody changes. */
#include <mysqld_error.h>
#include <stdio.h>

#include "base/err.h"
#include "driver/my_conn.h"

static int kill_query(const my_conn *c, ryx_err *e)
{
  MYSQL *m = NULL;
  char sql[48];
  int rc = ryx_my_dial_open(c->opts, 0, &m, e);

  if (rc) return rc;
  snprintf(sql, sizeof sql, "KILL QUERY %lu", c->thread_id);
  /* A connection that is gone has nothing to cancel. */
  if (mysql_query(m, sql) && mysql_errno(m) != ER_NO_SUCH_THREAD) {
    rc = ryx_err_set(e, RYX_E_CONNECTION, "cannot cancel the statement: %s",
                     mysql_error(m));
    e->native = (int)mysql_errno(m);
  }
  mysql_close(m);
  return rc;
}

int ryx_my_cancel(void *ud, ryx_err *e)
{
  my_pipe guard;
  int rc;

  ryx_my_pipe_enter(&guard, true);
  rc = kill_query(ryx_my_conn_peek(ud), e);
  ryx_my_pipe_leave(&guard);
  return rc;
}
