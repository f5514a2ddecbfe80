/* SPDX-License-Identifier: MIT */
/* Tables of SQL expressions and what they give, or what their error says. */
#ifndef LITE_EXAMPLES_H
#define LITE_EXAMPLES_H

#include "lite_fixture.h"

typedef struct example {
  const char *sql, *gives;
} example;

static inline void check(const example *x, size_t n)
{
  char sql[1024];
  lite l;

  open_lite(&l, ":memory:");
  for (size_t i = 0; i < n; i++) {
    snprintf(sql, sizeof sql, "SELECT %s", x[i].sql);
    if (strcmp(query(&l, sql), x[i].gives) != 0)
      fail_msg("%s gives %s, not %s", x[i].sql, l.text, x[i].gives);
  }
  shut(&l);
}

static inline void check_errors(const example *x, size_t n)
{
  char sql[1024];
  ryx_reply r;
  lite l;

  open_lite(&l, ":memory:");
  for (size_t i = 0; i < n; i++) {
    snprintf(sql, sizeof sql, "SELECT %s", x[i].sql);
    assert_int_equal(fails(&l, sql, &r), RYX_E_OPERATIONAL);
    if (!strstr(r.err.message, x[i].gives))
      fail_msg("%s says %s, not %s", sql, r.err.message, x[i].gives);
  }
  shut(&l);
}
#define CHECK(x)        check(x, sizeof x / sizeof *x)
#define CHECK_ERRORS(x) check_errors(x, sizeof x / sizeof *x)

#endif
