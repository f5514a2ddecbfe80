/* SPDX-License-Identifier: MIT */
/* Placeholders of a user's text, and quoting: raw.c, quote.c, dialect.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "sql/sql.h"

typedef struct text_case {
  const char *in, *pg, *my, *lite; /* NULL: the same as in */
  int n[3];
} text_case;

static const text_case cases[] = {
    {"a = ? AND b = ?", "a = $1 AND b = $2", NULL, NULL, {2, 2, 2}},
    {"'it''s ?' ?", "'it''s ?' $1", NULL, NULL, {1, 1, 1}},
    {"'a\\' ?", "'a\\' $1", NULL, NULL, {1, 0, 1}},
    {"E'a\\' ?' ?", "E'a\\' ?' $1", NULL, NULL, {1, 1, 1}},
    {"e'\\\\' ?", "e'\\\\' $1", NULL, NULL, {1, 1, 1}},
    {"name'\\' ?", "name'\\' $1", NULL, NULL, {1, 0, 1}},
    {"\"a?\"\"?\" ?", "\"a?\"\"?\" $1", NULL, NULL, {1, 1, 1}},
    {"\"a\\\"?\" ?", "\"a\\\"$1\" ?", NULL, NULL, {1, 1, 1}},
    {"`a?` ?", "`a$1` $2", NULL, NULL, {2, 1, 1}},
    {"x[?] ?", "x[$1] $2", NULL, NULL, {2, 2, 1}},
    {"-- ?\n?", "-- ?\n$1", NULL, NULL, {1, 1, 1}},
    {"1--?", NULL, NULL, NULL, {0, 1, 0}},
    {"1 --", NULL, NULL, NULL, {0, 0, 0}},
    {"a # ?\n?", "a # $1\n$2", NULL, NULL, {2, 1, 2}},
    {"/* ? */ ?", "/* ? */ $1", NULL, NULL, {1, 1, 1}},
    {"/*/ ? */ ?", "/*/ ? */ $1", NULL, NULL, {1, 1, 1}},
    {"/* /*/ ?", NULL, NULL, NULL, {0, 1, 1}},
    {"/* /* ? */ ? */ ?", "/* /* ? */ ? */ $1", NULL, NULL, {1, 2, 2}},
    {"/*! ? */ ?", "/*! ? */ $1", NULL, NULL, {1, 2, 1}},
    {"/*M!100100 ? */", NULL, NULL, NULL, {0, 1, 0}},
    {"/* ? '", NULL, NULL, NULL, {0, 0, 0}},
    {"$$ ? $$ ?", "$$ ? $$ $1", NULL, NULL, {1, 2, 2}},
    {"$a$ ? $$ ? $a$ ?", "$a$ ? $$ ? $a$ $1", NULL, NULL, {1, 3, 3}},
    {"a$b$ ? $b$", "a$b$ $1 $b$", NULL, NULL, {1, 1, 1}},
    {"$1$ ? $1$", "$1$ $1 $1$", NULL, NULL, {1, 1, 1}},
    {"'?", NULL, NULL, NULL, {0, 0, 0}},
    {"", NULL, NULL, NULL, {0, 0, 0}},
    {"a - b / c ?", "a - b / c $1", NULL, NULL, {1, 1, 1}},
};

static void check(const char *dialect, const char *in, const char *want, int n)
{
  ryx_buf out;
  ryx_err e;
  int got;

  ryx_buf_init(&out, 0);
  assert_int_equal(
      ryx_sql_raw(ryx_dialect_find(dialect), in, strlen(in), &out, &got, &e),
      0);
  assert_string_equal(out.data ? out.data : "", want ? want : in);
  if (got != n) fail_msg("%s in %s: %d parameters", dialect, in, got);
  ryx_buf_fini(&out);
}

static void placeholders(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const text_case *c = &cases[i];
    check("postgres", c->in, c->pg, c->n[0]);
    check("mysql", c->in, c->my, c->n[1]);
    check("sqlite", c->in, c->lite, c->n[2]);
  }
}

static void literal_question_mark(void **state)
{
  ryx_buf out;
  ryx_err e;
  int n;

  (void)state;
  check("postgres", "a ?? b", "a ? b", 0);
  check("postgres", "a ??| ?", "a ?| $1", 1);
  check("postgres", "a ???", "a ?$1", 1);
  ryx_buf_init(&out, 0);
  assert_int_equal(
      ryx_sql_raw(ryx_dialect_find("sqlite"), "a ?? b", 6, &out, &n, &e),
      RYX_E_MISUSE);
  assert_non_null(strstr(e.message, "sqlite"));
  ryx_buf_fini(&out);
}

static void refused_texts(void **state)
{
  ryx_buf out;
  ryx_err e;
  int n;

  (void)state;
  ryx_buf_init(&out, 8);
  assert_int_equal(
      ryx_sql_raw(ryx_dialect_find("mysql"), "a\0b", 3, &out, &n, &e),
      RYX_E_MISUSE);
  assert_non_null(strstr(e.message, "NUL"));
  assert_int_equal(
      ryx_sql_raw(ryx_dialect_find("mysql"), "SELECT ?, ?", 11, &out, &n, &e),
      RYX_E_MISUSE);
  assert_non_null(strstr(e.message, "too long"));
  ryx_buf_fini(&out);
}

static void names(void **state)
{
  char longest[65];
  ryx_buf out;
  ryx_err e;

  (void)state;
  memset(longest, '"', sizeof longest);
  ryx_buf_init(&out, 0);
  assert_int_equal(
      ryx_sql_quote(ryx_dialect_find("mysql"), "a`b.c", 5, &out, &e), 0);
  assert_string_equal(out.data, "`a``b.c`");
  ryx_buf_clear(&out);
  assert_int_equal(
      ryx_sql_quote(ryx_dialect_find("sqlite"), longest, 63, &out, &e), 0);
  assert_int_equal(out.len, 128);
  assert_int_equal(
      ryx_sql_quote(ryx_dialect_find("sqlite"), longest, 64, &out, &e),
      RYX_E_MISUSE);
  assert_int_equal(ryx_sql_quote(ryx_dialect_find("sqlite"), "", 0, &out, &e),
                   RYX_E_MISUSE);
  assert_int_equal(
      ryx_sql_quote(ryx_dialect_find("sqlite"), "a\0b", 3, &out, &e),
      RYX_E_MISUSE);
  ryx_buf_fini(&out);
}

static void dialects(void **state)
{
  (void)state;
  assert_null(ryx_dialect_find("oracle"));
  assert_string_equal(ryx_dialect_name(ryx_dialect_find("sqlite")), "sqlite");
  assert_string_equal(ryx_sql_lookups()[0], "exact");
}

static int all_freed(void **state)
{
  (void)state;
  return ryx_mem_live() == 0 ? 0 : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(placeholders, all_freed),
      cmocka_unit_test_teardown(literal_question_mark, all_freed),
      cmocka_unit_test_teardown(refused_texts, all_freed),
      cmocka_unit_test_teardown(names, all_freed),
      cmocka_unit_test_teardown(dialects, all_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
