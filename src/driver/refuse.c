/* SPDX-License-Identifier: MIT */
/* Owns what is said of a parameter that a database cannot hold, and of a result
 * that is larger than the user wants. */
#include <string.h>

#include "base/err.h"
#include "driver/driver.h"

int ryx_refuse_param(const ryx_stmt *s, int i, ryx_err *e)
{
  const char *name = s->names ? s->names[i] : "";
  int code = e->code;

  if (code == RYX_E_NOMEM) return code;
  if (*name == '\0') {
    return ryx_err_set(e, code, "parameter %d: %s", i + 1, e->message);
  }
  (void)ryx_err_set(e, code, "%s: %s", name, e->message);
  ryx_err_name(e->column, name, strlen(name));
  return code;
}

int ryx_refuse_result(const ryx_opts *o, ryx_err *e)
{
  return ryx_err_set(e, RYX_E_OPERATIONAL,
                     "the result is larger than max_result_bytes (%lld): read "
                     "it in parts with iter, or raise the option",
                     (long long)o->max_result_bytes);
}
