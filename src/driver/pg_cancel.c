/* SPDX-License-Identifier: MIT */
/* Cancel: a second connection asks the server to stop what the first one runs.
 * PQcancel blocks; it uses nothing of the connection but what the dial saved,
 * so it may run on another thread. */
#include "base/err.h"
#include "driver/pg_conn.h"

int ryx_pg_cancel(void *p, ryx_err *e)
{
  ryx_pg *c = p;
  char why[256] = "";

  if (!c->cancel) return 0;
  if (PQcancel(c->cancel, why, sizeof why)) return 0;
  return ryx_err_set(e, RYX_E_CONNECTION, "cannot ask to cancel: %s", why);
}
