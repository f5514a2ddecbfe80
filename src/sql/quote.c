/* SPDX-License-Identifier: MIT */
/* Identifiers are always quoted: no list of reserved words is ever needed. */
#include "sql/quote.h"

#include <string.h>

#include "base/err.h"
#include "sql/dialect.h"

int ryx_quote_name(char quote, const char *name, size_t n,
                   char out[RYX_QUOTED_MAX])
{
  char *at = out;

  if (n == 0 || n > RYX_IDENT_MAX) return RYX_E_MISUSE;
  *at++ = quote;
  for (size_t i = 0; i < n; i++) {
    if (name[i] == '\0') return RYX_E_MISUSE;
    if (name[i] == quote) *at++ = quote;
    *at++ = name[i];
  }
  *at++ = quote;
  return (int)(at - out);
}

int ryx_quote_error(const char *name, size_t n, ryx_err *e)
{
  char shown[RYX_NAME_MAX + 1];

  if (n == 0) {
    return ryx_err_set(e, RYX_E_MISUSE, "a name in SQL must not be empty");
  }
  ryx_err_name(shown, name, n);
  if (memchr(name, '\0', n)) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the name '%s' must not hold a NUL byte", shown);
  }
  return ryx_err_set(e, RYX_E_MISUSE,
                     "the name '%s' is longer than %d bytes: shorten it", shown,
                     RYX_IDENT_MAX);
}

int ryx_sql_quote(const ryx_dialect *d, const char *name, size_t n,
                  ryx_buf *out, ryx_err *e)
{
  char quoted[RYX_QUOTED_MAX];
  int len = ryx_quote_name(d->quote, name, n, quoted);
  int rc;

  if (len < 0) return ryx_quote_error(name, n, e);
  rc = ryx_buf_put(out, quoted, (size_t)len);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0) return ryx_err_set(e, rc, "the SQL text is too long");
  return 0;
}
