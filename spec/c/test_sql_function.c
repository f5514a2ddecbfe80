/* SPDX-License-Identifier: MIT */
/* The table of functions: names, and the holes of every template. What the SQL
 * gives is checked on servers by spec/sql/function_check.lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sql/dialect.h"
#include "sql/function.h"

static const ryx_dialect *const dialects[] = {
#define X(dialect) &ryx_dialect_##dialect,
    RYX_DIALECTS(X)
#undef X
};
enum { TABLES = sizeof dialects / sizeof dialects[0] };

static const char *template_of(int table, int i)
{
  const ryx_dialect *d = dialects[table];

  if (d->functions[i]) return d->functions[i];
  if (d->family_functions && d->family_functions[i])
    return d->family_functions[i];
  return ryx_functions_common[i];
}

/* Say how many places a decimal has, where a server must be told; or what a
 * document was where a change of it may be NULL. */
static bool may_leave_out(int i)
{
  return i == RYX_FN_DECIMAL_OF || i == RYX_FN_WIDEN_DECIMAL ||
         i == RYX_FN_MODE_DECIMAL || i == RYX_FN_JSON_OR;
}

static void names(void **state)
{
  (void)state;
  for (int i = 0; i < RYX_FN_MAX; i++) {
    const ryx_function_info *f = ryx_function_get((uint32_t)i);

    assert_int_equal(f->name_len, strlen(f->name));
    assert_int_equal(ryx_function_find(f->name, f->name_len), i);
    assert_true(f->least <= f->most);
  }
  assert_int_equal(ryx_function_find("nothing", 7), -1);
  assert_int_equal(ryx_function_find("", 0), -1);
}

/* Those of an insert: SQLite and MySQL have none, PostgreSQL needs no mark. */
static bool is_of_insert(int i)
{
  return i == RYX_FN_MARKED || i == RYX_FN_IS_NEW;
}

/* REVERSE is the one that no function of SQLite serves, and trigrams are not of
 * MariaDB and MySQL. */
static void every_database_has_a_template(void **state)
{
  (void)state;
  for (int t = 0; t < TABLES; t++) {
    for (int i = 0; i < RYX_FN_MAX; i++) {
      bool is_lite = dialects[t] == &ryx_dialect_lite;
      bool is_my = strcmp(dialects[t]->driver, "mysql") == 0;
      if (is_lite && i == RYX_FN_REVERSE) continue;
      if (is_my && i == RYX_FN_TRIGRAM_SIMILARITY) continue;
      if ((is_lite || dialects[t] == &ryx_dialect_mysql) && is_of_insert(i))
        continue;
      if (!template_of(t, i))
        fail_msg("%s has none in table %d", ryx_function_get((uint32_t)i)->name,
                 t);
    }
  }
}

/* Digits name an argument that is always there; all of them are used. */
static void check_holes(const char *s, const ryx_function_info *f, int fn)
{
  unsigned used = 0;

  for (const char *p = strchr(s, '%'); p; p = strchr(p + 1, '%')) {
    p++;
    if (*p >= '1' && *p <= '9') {
      if ((uint32_t)(*p - '0') > f->least) fail_msg("%s: %s", f->name, s);
      used |= 1u << (*p - '0');
    } else if (*p == '*') {
      used = ~0u;
    } else if (*p == 'r') {
      used |= ~2u;
    } else if (*p == '\0' || !strchr("fibdDqko%", *p)) {
      fail_msg("%s: a hole %%%c in %s", f->name, *p, s);
    }
  }
  if (may_leave_out(fn)) return;
  for (uint32_t i = 1; i <= f->least; i++)
    if (!(used & 1u << i)) fail_msg("%s: no %%%u in %s", f->name, i, s);
  if (f->most > f->least && used != ~0u) fail_msg("%s: no %%*", f->name);
}

static void holes(void **state)
{
  (void)state;
  for (int t = 0; t < TABLES; t++) {
    for (int i = 0; i < RYX_FN_MAX; i++) {
      const char *s = template_of(t, i);
      if (s && !is_of_insert(i))
        check_holes(s, ryx_function_get((uint32_t)i), i);
    }
  }
}

/* A template that stands beside others must hold together. */
static void parentheses_match(void **state)
{
  (void)state;
  for (int t = 0; t < TABLES; t++) {
    for (int i = 0; i < RYX_FN_MAX; i++) {
      const char *s = template_of(t, i);
      int depth = 0, quotes = 0;

      for (; s && *s; s++) {
        if (*s == '\'') quotes++;
        if (quotes % 2) continue;
        depth += (*s == '(') - (*s == ')');
        assert_true(depth >= 0);
      }
      assert_int_equal(depth, 0);
      assert_int_equal(quotes % 2, 0);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names),
      cmocka_unit_test(every_database_has_a_template),
      cmocka_unit_test(holes),
      cmocka_unit_test(parentheses_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
