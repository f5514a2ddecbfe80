/* SPDX-License-Identifier: MIT */
/* Cancel: a second connection asks the server to stop what the first one runs.
 * libpq copies into the question all that it needs, so it outlives its
 * connection. */
#include "base/err.h"
#include "driver/pg_conn.h"

void *ryx_pg_cancel_new(const void *p)
{
  const ryx_pg *c = p;

  return c->pg ? PQgetCancel(c->pg) : NULL;
}

int ryx_pg_cancel_ask(void *cancel, ryx_err *e)
{
  char why[256] = "";

  if (PQcancel(cancel, why, sizeof why)) return 0;
  return ryx_err_set(e, RYX_E_CONNECTION, "cannot ask to cancel: %s", why);
}

void ryx_pg_cancel_free(void *cancel)
{
  PQfreeCancel(cancel);
}
