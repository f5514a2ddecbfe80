/* SPDX-License-Identifier: MIT */
/* The dialects' tables: each has what the writers ask of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "sql/dialect.h"
#include "sql/tree.h"
#include "value/caps.h"

static const ryx_dialect *const dialects[] = {
#define X(name) &ryx_dialect_##name,
    RYX_DIALECTS(X)
#undef X
};
enum { N = sizeof dialects / sizeof dialects[0], NOTATION = 128 };

static void names(void **state)
{
  (void)state;
  for (int i = 0; i < N; i++) {
    assert_ptr_equal(ryx_dialect_find(dialects[i]->name), dialects[i]);
    assert_string_equal(ryx_dialect_name(dialects[i]), dialects[i]->name);
  }
  assert_null(ryx_dialect_find("flying"));
  assert_null(ryx_dialect_spoken("flying", 0));
}

/* What a server speaks, by its driver and what it said of itself. */
static void spoken(void **state)
{
  const ryx_dialect *any = ryx_dialect_spoken("mysql", 0);

  (void)state;
  assert_string_equal(ryx_dialect_name(any), "mariadb");
  assert_string_equal(
      ryx_dialect_name(ryx_dialect_spoken("mysql", RYX_SERVER_MYSQL)), "mysql");
  assert_false(ryx_dialect_is_only(any));
  assert_true(ryx_dialect_is_only(ryx_dialect_spoken("sqlite", 0)));
  assert_ptr_equal(ryx_dialect_spoken("postgres", ~0u),
                   ryx_dialect_find("postgres"));
}

/* Where a slot may stay empty, dialect.h says what that means. */
static void slots(void **state)
{
  (void)state;
  for (int i = 0; i < N; i++) {
    const ryx_dialect *d = dialects[i];
    bool by_column = d->batch == RYX_BATCH_UNNEST;
    const ryx_fold *fold = d->folds;

    assert_true(d->quote && d->placeholder && d->harmless && d->boolean[0] &&
                d->boolean[1] && d->empty_row && d->offset_alone);
    assert_true(d->conflict && d->new_row[0] && d->new_row[1] &&
                d->explain[RYX_EXPLAIN_PLAN] && d->functions && d->json &&
                d->search);
    assert_true(d->lock.update && d->lock.share && d->lock.nowait);
    for (int bits = 0; bits <= (RYX_ORDER_LAST | RYX_ORDER_DESC); bits++)
      assert_non_null(d->order[bits]);
    for (int c = 0; c <= RYX_COMBINE_EXCEPT; c++)
      assert_non_null(d->combine[c]);
    while (fold->cap)
      fold++;
    assert_true(fold->fold && fold->compare && fold->open);
    assert_true(!d->list_cap || d->list_need);
    assert_true((d->caps & RYX_SERVER_ZONES) || d->zones_from);
    assert_int_equal(by_column, d->batch_rows != NULL);
    assert_int_equal(by_column, d->batch_update != NULL);
    assert_int_equal(by_column, d->batch_bind != NULL);
  }
}

/* Gives how many binds there are. */
static int32_t compile(const ryx_dialect *d, const char *notation)
{
  ryx_plan *plan = NULL;
  ryx_err err = {0};
  describe q;
  size_t n = describe_query(&q, notation);
  int32_t n_binds;

  if (ryx_plan_compile(d, ~0u, q.out, n, &plan, &err) < 0)
    fail_msg("%s: %s: %s", d->name, notation, err.message);
  n_binds = plan->n_binds;
  ryx_plan_release(plan);
  return n_binds;
}

/* A lookup of columns of a type with `operand` as each of its operands, or as
 * the one before what is known of a list. */
static int32_t compile_lookup(const ryx_dialect *d, uint32_t lookup, int type,
                              const char *operand)
{
  const ryx_lookup_info *info = ryx_lookup_get(lookup);
  const char *name = ryx_type_name(type);
  const char *elem = type == RYX_T_ARRAY ? "/int" : "";
  bool is_column = operand[0] != '$', is_sized = lookup == RYX_LOOKUP_IN_SIZED;
  char notation[NOTATION];
  size_t at = (size_t)snprintf(notation, sizeof notation,
                               "select t id:int where (%s a:%s%s", info->name,
                               name, elem);

  for (uint32_t i = 0; i < (is_sized ? 1 : info->operands); i++) {
    at +=
        (size_t)snprintf(notation + at, sizeof notation - at, " %s%s%s",
                         operand, is_column ? name : "", is_column ? elem : "");
  }
  snprintf(notation + at, sizeof notation - at, is_sized ? " 0 1)" : ")");
  return compile(d, notation);
}

/* One for columns binds nothing. */
static void check_lookup(const ryx_dialect *d, uint32_t lookup, int type)
{
  int32_t n = compile_lookup(d, lookup, type, "$0");

  assert_int_equal(n > 0, ryx_lookup_get(lookup)->operands > 0);
  if (ryx_lookup_is_in(lookup)) return;
  assert_int_equal(compile_lookup(d, lookup, type, "b:"), 0);
}

/* Trigrams are not of MariaDB and MySQL. */
static bool lacks(const ryx_dialect *d, uint32_t lookup)
{
  return lookup == RYX_LOOKUP_TRIGRAM_SIMILAR &&
         strcmp(d->driver, "mysql") == 0;
}

static void every_lookup_has_a_template(void **state)
{
  (void)state;
  for (int i = 0; i < N; i++) {
    for (uint32_t l = 0; l < RYX_LOOKUP_MAX; l++) {
      for (int type = RYX_T_BOOL; type < RYX_T_MAX; type++) {
        if (!lacks(dialects[i], l) && ryx_lookup_get(l)->types & 1 << type)
          check_lookup(dialects[i], l, type);
      }
    }
  }
}

/* A table without one: an error that names the lookup. */
static void a_lookup_may_be_missing(void **state)
{
  ryx_dialect d = *dialects[0];
  ryx_plan *plan = NULL;
  ryx_err err = {0};
  describe q;
  size_t n = describe_query(&q, "select t id:int where (iregex a:text $0)");

  (void)state;
  d.lookup[RYX_LOOKUP_IREGEX] = (ryx_lookup_sql){NULL, NULL};
  assert_int_equal(ryx_plan_compile(&d, 0, q.out, n, &plan, &err),
                   RYX_E_UNSUPPORTED);
  assert_string_equal(err.message, "this database has no lookup 'iregex'");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names),
      cmocka_unit_test(spoken),
      cmocka_unit_test(slots),
      cmocka_unit_test(every_lookup_has_a_template),
      cmocka_unit_test(a_lookup_may_be_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
