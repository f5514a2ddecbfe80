/* SPDX-License-Identifier: MIT */
/* A user's own SQL: its placeholders in the dialect's spelling. */
#include <string.h>

#include "base/err.h"
#include "sql/scan.h"
#include "sql/taint.h"
#include "sql/tree.h"

static int put_placeholder(const ryx_scan *s, ryx_buf *out, int number)
{
  if (s->dialect->placeholder == '$') return ryx_buf_printf(out, "$%d", number);
  return ryx_buf_putc(out, s->dialect->placeholder);
}

/* At a question mark: a parameter, or two that stand for the operator. */
static int put_question(ryx_scan *s, ryx_buf *out, int *n_params, ryx_err *e)
{
  bool is_literal = ryx_scan_starts(s, "??");

  s->at += is_literal ? 2 : 1;
  if (is_literal && s->dialect->placeholder == '?') {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "?? stands for an operator ? that %s does not have",
                       s->dialect->name);
  }
  if (is_literal) return ryx_buf_putc(out, '?');
  return put_placeholder(s, out, ++*n_params);
}

static int translate(ryx_scan *s, ryx_buf *out, int *n_params, ryx_err *e)
{
  const char *from = s->at; /* the first byte not yet written */
  int rc;

  while (s->at < s->end) {
    if (*s->at != '?') {
      ryx_scan_skip(s);
      continue;
    }
    rc = ryx_buf_put(out, from, (size_t)(s->at - from));
    if (rc == 0) rc = put_question(s, out, n_params, e);
    if (rc < 0) return rc;
    from = s->at;
  }
  return ryx_buf_put(out, from, (size_t)(s->end - from));
}

/* At "$12" 12, else 0; one that no statement can have is the largest. */
static int numbered(const ryx_scan *s)
{
  const char *c = s->at;
  int number = 0;

  if (*c != '$' || s->dialect->placeholder != '$') return 0;
  if (c > s->start && (ryx_scan_is_word(c[-1]) || c[-1] == '$')) return 0;
  while (++c < s->end && *c >= '0' && *c <= '9' && number < RYX_PARAMS_MAX)
    number = number * 10 + (*c - '0');
  return number < RYX_PARAMS_MAX ? number : RYX_PARAMS_MAX;
}

int ryx_sql_count(const ryx_dialect *d, const char *sql, size_t n)
{
  ryx_scan s = {.dialect = d, .start = sql, .at = sql, .end = sql + n};
  int highest = 0, marks = 0;

  while (s.at < s.end) {
    int number = numbered(&s);

    if (number > highest) highest = number;
    if (*s.at != '?') {
      ryx_scan_skip(&s);
    } else if (ryx_scan_starts(&s, "??")) {
      s.at += 2;
    } else {
      s.at++;
      marks++;
    }
  }
  return highest > 0 ? highest : marks;
}

int ryx_sql_raw(const ryx_dialect *d, const char *sql, size_t n, ryx_buf *out,
                ryx_raw *about, ryx_err *e)
{
  ryx_scan s = {.dialect = d, .start = sql, .at = sql, .end = sql + n};
  int rc;

  *about = (ryx_raw){.taints = true};
  if (n > 0 && memchr(sql, '\0', n)) {
    return ryx_err_set(e, RYX_E_MISUSE, "the SQL text holds a NUL byte");
  }
  if (e) e->code = 0;
  rc = translate(&s, out, &about->n_params, e);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0 && e && e->code == 0) {
    return ryx_err_set(e, rc, "the SQL text is too long");
  }
  if (rc == 0) ryx_sql_taint(d, sql, n, about);
  return rc;
}
