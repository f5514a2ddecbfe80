/* SPDX-License-Identifier: MIT */
/* Plans: binding, patterns, the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "describe.h"
#include "sql/sql.h"
#include "value/caps.h"
#include "value/pg_binary.h"

typedef struct fixture {
  ryx_plan *plan;
  ryx_arena arena;
  ryx_err err;
  ryx_val out[16];
} fixture;

static fixture open_plan(const char *dialect, const char *notation)
{
  fixture f;
  describe d;
  size_t n = describe_query(&d, notation);

  memset(&f, 0, sizeof f);
  ryx_arena_init(&f.arena, 0);
  assert_int_equal(
      ryx_plan_compile(ryx_dialect_find(dialect), RYX_SERVER_JSON_TABLE, d.out,
                       n, &f.plan, &f.err),
      0);
  return f;
}

static void close_plan(fixture *f)
{
  ryx_plan_release(f->plan);
  ryx_arena_fini(&f->arena);
}

static ryx_val text(const char *s)
{
  return (ryx_val){.type = RYX_T_TEXT, .len = (uint32_t)strlen(s), .u.s = s};
}
static ryx_val list(const char *s, int elem)
{
  return (ryx_val){.type = RYX_T_ARRAY,
                   .elem = (uint8_t)elem,
                   .len = (uint32_t)strlen(s),
                   .u.s = s};
}
static ryx_val number(int64_t i)
{
  return (ryx_val){.type = RYX_T_INT, .u.i = i};
}

static void is_text(const ryx_val *v, const char *want)
{
  assert_int_equal(v->len, strlen(want));
  assert_memory_equal(v->u.s, want, v->len);
}

/* The server's own array, of whose items these are the bytes. */
static void is_array(const ryx_val *v, int elem, const char *items, size_t n)
{
  enum { HEAD = 20 };

  assert_int_equal(v->type, RYX_T_ARRAY);
  assert_int_equal(v->elem, elem);
  assert_int_equal(v->reserved, RYX_ARRAY_PG);
  assert_int_equal(v->len, HEAD + n);
  assert_memory_equal(v->u.s + HEAD, items, n);
}
#define IS_ARRAY(v, elem, items) is_array(v, elem, items, sizeof(items) - 1)

static int bind(fixture *f, const ryx_val *in)
{
  return ryx_plan_bind(f->plan, in, f->out, &f->arena, &f->err);
}

static void patterns(void **state)
{
  static const struct {
    const char *dialect, *lookup, *in, *want;
  } cases[] = {
      {"postgres", "contains", "50%_!\\", "%50!%!_!!\\%"},
      {"postgres", "istartswith", "a%", "a!%%"},
      {"postgres", "endswith", "a_", "%a!_"},
      {"sqlite", "endswith", "a*?[]", "*a[*][?][[]]"},
      {"sqlite", "contains", "%", "%"},
      {"mysql", "contains", "", "%%"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char query[80];
    fixture f;
    ryx_val in = text(cases[i].in);

    snprintf(query, sizeof query, "select t id:int where (%s a:text $0)",
             cases[i].lookup);
    f = open_plan(cases[i].dialect, query);
    assert_int_equal(bind(&f, &in), 0);
    is_text(&f.out[0], cases[i].want);
    close_plan(&f);
  }
}

static void prefix_ends(void **state)
{
  static const char *const cases[][2] = {
      {"ab", "ac"},
      {"a\x7f", "a\xc2\x80"},
      {"\xdf\xbf", "\xe0\xa0\x80"},
      {"\xed\x9f\xbf", "\xee\x80\x80"}, /* past the surrogates */
      {"\xef\xbf\xbf", "\xf0\x90\x80\x80"},
      {"a\xf4\x8f\xbf\xbf", "b"},
  };
  fixture f =
      open_plan("postgres", "select t id:int where (startswith a:text $0)");
  ryx_val in;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    in = text(cases[i][0]);
    assert_int_equal(bind(&f, &in), 0);
    is_text(&f.out[0], cases[i][0]);
    is_text(&f.out[1], cases[i][1]);
  }
  in = text("");
  assert_int_equal(bind(&f, &in), 0);
  assert_true(f.out[1].len > 100);
  assert_memory_equal(f.out[1].u.s, "\xf4\x8f\xbf\xbf", 4);
  in = text("\xf4\x8f\xbf\xbf");
  assert_int_equal(bind(&f, &in), 0);
  assert_true(f.out[1].len > 100);
  in = text("a\xff");
  assert_int_equal(bind(&f, &in), RYX_E_VALIDATION);
  assert_string_equal(f.err.column, "a");
  close_plan(&f);
}

static void casts(void **state)
{
  fixture f = open_plan("postgres",
                        "update t key id set a:int=$0 b:date=$1 c:double=$2");
  ryx_val in[] = {text("42"), {.type = RYX_T_NULL}, number(3)};

  (void)state;
  assert_int_equal(bind(&f, in), 0);
  assert_int_equal(f.out[0].type, RYX_T_INT);
  assert_int_equal(f.out[0].u.i, 42);
  assert_int_equal(f.out[1].type, RYX_T_NULL);
  assert_int_equal(f.out[1].elem, RYX_T_DATE);
  assert_int_equal(f.out[2].type, RYX_T_DOUBLE);
  in[1] = text("yesterday");
  assert_int_equal(bind(&f, in), RYX_E_VALIDATION);
  assert_string_equal(f.err.column, "b");
  assert_non_null(strstr(f.err.message, "b: cannot read"));
  close_plan(&f);
}

static void lists(void **state)
{
  fixture f = open_plan("sqlite",
                        "select t id:int where (and (in a:int $0) "
                        "(in b:duration $1))");
  ryx_val in[] = {list("[1,2]", RYX_T_INT),
                  list("[\"01:00:00\",null]", RYX_T_DURATION)};

  (void)state;
  assert_int_equal(bind(&f, in), 0);
  is_text(&f.out[0], "[1,2]");
  is_text(&f.out[1], "[3600000000,null]");
  assert_int_equal(f.out[1].elem, RYX_T_INT);
  in[0] = list("[]", RYX_T_TEXT);
  assert_int_equal(bind(&f, in), RYX_E_VALIDATION);
  assert_non_null(strstr(f.err.message, "a: a list of int is needed"));
  in[0] = number(1);
  assert_int_equal(bind(&f, in), RYX_E_VALIDATION);
  in[0] = list("[]", RYX_T_NULL);
  in[1] = list("[\"soon\"]", RYX_T_DURATION);
  assert_int_equal(bind(&f, in), RYX_E_VALIDATION);
  assert_string_equal(f.err.column, "b");
  close_plan(&f);
}

static void batch_by_column(void **state)
{
  fixture f = open_plan("postgres",
                        "insert t batch set a:int=$0 b:json=$1 "
                        "c:array/int=$2 d:duration=$3 e:date=$4 "
                        "f:decimal=$5");
  ryx_val in[] = {
      number(1),
      {.type = RYX_T_JSON, .len = 4, .u.s = "[\"x\"]"},
      list("[1,2]", RYX_T_INT),
      {.type = RYX_T_DURATION, .u.i = 5},
      text("2024-01-02"),
      text("1.50"),
      text("2"),
      {.type = RYX_T_NULL},
      {.type = RYX_T_NULL},
      {.type = RYX_T_NULL},
      {.type = RYX_T_DATE, .u.i = 0},
      {.type = RYX_T_NULL},
  };
  ryx_val *out;

  (void)state;
  in[1].len = 5;
  assert_int_equal(f.plan->batch, RYX_BATCH_UNNEST);
  assert_false(f.plan->direct);
  assert_int_equal(ryx_plan_bind_batch(f.plan, in, 2, &out, &f.arena, &f.err),
                   0);
  IS_ARRAY(&out[0], RYX_T_INT,
           "\0\0\0\x08\0\0\0\0\0\0\0\x01\0\0\0\x08\0\0\0\0\0\0\0\x02");
  IS_ARRAY(&out[1], RYX_T_TEXT, "\0\0\0\x05[\"x\"]\xFF\xFF\xFF\xFF");
  IS_ARRAY(&out[2], RYX_T_TEXT, "\0\0\0\x05{1,2}\xFF\xFF\xFF\xFF");
  IS_ARRAY(&out[3], RYX_T_INT, "\0\0\0\x08\0\0\0\0\0\0\0\x05\xFF\xFF\xFF\xFF");
  IS_ARRAY(&out[4], RYX_T_DATE,
           "\0\0\0\x04\0\0\x22\x3F\0\0\0\x04\xFF\xFF\xD5\x33");
  is_text(&out[5], "[\"1.50\",null]");
  assert_int_equal(out[5].elem, RYX_T_DECIMAL);
  assert_int_equal(out[5].reserved, 0);
  in[6] = text("two");
  assert_int_equal(ryx_plan_bind_batch(f.plan, in, 2, &out, &f.arena, &f.err),
                   RYX_E_VALIDATION);
  assert_string_equal(f.err.column, "a");
  close_plan(&f);
}

static void batch_by_row(void **state)
{
  fixture f = open_plan("sqlite", "insert t batch set a:int=$0 b:text=$1");
  ryx_val in[] = {number(1), text("x"), text("2"), number(7)}, *out;

  (void)state;
  assert_int_equal(f.plan->batch, RYX_BATCH_REBIND);
  assert_int_equal(ryx_plan_bind_batch(f.plan, in, 2, &out, &f.arena, &f.err),
                   0);
  assert_int_equal(out[2].u.i, 2);
  is_text(&out[3], "7");
  close_plan(&f);
}

static void plan_facts(void **state)
{
  fixture f = open_plan("postgres", "select t id:int where (exact a:uuid $0)");

  (void)state;
  assert_true(f.plan->read);
  assert_int_equal(f.plan->n_params, 1);
  assert_int_equal(f.plan->param_type[0], RYX_T_UUID);
  assert_string_equal(f.plan->param_name[0], "a");
  assert_string_equal(f.plan->bind_name[0], "a");
  assert_string_equal(ryx_dialect_name(f.plan->dialect), "postgres");
  close_plan(&f);
  f = open_plan("postgres", "delete t key id");
  assert_false(f.plan->read);
  close_plan(&f);
  f = open_plan("postgres",
                "with (x columns id writes delete t key id returning 0.id:int)"
                " select x 1.id:int");
  assert_false(f.plan->read);
  assert_int_equal(f.plan->n_cols, 1);
  close_plan(&f);
  f = open_plan("postgres",
                "with (x columns id writes update t key id set a:int=$0 "
                "returning 0.id:int) select x count");
  assert_false(f.plan->read);
  close_plan(&f);
}

static void cache(void **state)
{
  const ryx_dialect *pg = ryx_dialect_find("postgres");
  ryx_plan *a, *b, *c, *d;
  ryx_plans *p;
  describe q;
  ryx_err e;
  size_t n = describe_query(&q, "select t id:int");

  (void)state;
  assert_int_equal(ryx_plans_new(&p), 0);
  assert_int_equal(ryx_plans_get(p, pg, 0, q.out, n, &a, &e), 0);
  assert_int_equal(ryx_plans_get(p, pg, 0, q.out, n, &b, &e), 0);
  assert_int_equal(ryx_plans_get(p, pg, RYX_SERVER_ICU, q.out, n, &c, &e), 0);
  assert_int_equal(
      ryx_plans_get(p, ryx_dialect_find("mysql"), 0, q.out, n, &d, &e), 0);
  assert_ptr_equal(a, b);
  assert_ptr_not_equal(a, c);
  assert_int_equal(a->id, 1);
  assert_int_equal(c->id, 2);
  assert_int_equal(d->id, 3);
  ryx_plan_release(b);
  ryx_plan_release(c);
  ryx_plan_release(d);
  assert_int_equal(ryx_plans_get(p, pg, 0, "x", 1, &b, &e), RYX_E_MISUSE);
  ryx_plans_free(p);
  assert_string_equal(a->sql, "SELECT \"id\" FROM \"t\""); /* it lives on */
  ryx_plan_release(a);
  ryx_plans_free(NULL);
  ryx_plan_release(NULL);
}

static void cache_is_bounded(void **state)
{
  ryx_plan *first = NULL, *plan = NULL;
  int64_t live = 0;
  ryx_plans *p;
  ryx_err e;
  describe q;

  (void)state;
  assert_int_equal(ryx_plans_new(&p), 0);
  for (int i = 0; i < 8200; i++) {
    char text_of[40];
    size_t n;

    snprintf(text_of, sizeof text_of, "select t%d id:int", i);
    n = describe_query(&q, text_of);
    assert_int_equal(
        ryx_plans_get(p, ryx_dialect_find("sqlite"), 0, q.out, n, &plan, &e),
        0);
    if (i == 0) {
      first = plan;
    } else {
      ryx_plan_release(plan);
    }
    if (i == 8191) live = ryx_mem_live();
    assert_int_equal(plan->id, i + 1);
  }
  assert_true(ryx_mem_live() < live / 100);
  assert_string_equal(first->sql, "SELECT \"id\" FROM \"t0\"");
  ryx_plan_release(first);
  ryx_plans_free(p);
}

typedef struct crowd {
  ryx_plans *plans;
  ryx_plan *got[64];
} crowd;

static void *ask(void *arg)
{
  crowd *c = arg;
  describe q;
  ryx_err e;

  for (int i = 0; i < 64; i++) {
    char text_of[40];
    size_t n;

    snprintf(text_of, sizeof text_of, "select t%d id:int", i);
    n = describe_query(&q, text_of);
    if (ryx_plans_get(c->plans, ryx_dialect_find("sqlite"), 0, q.out, n,
                      &c->got[i], &e) < 0) {
      return NULL;
    }
  }
  return c;
}

static void threads_share_plans(void **state)
{
  crowd crowds[4];
  pthread_t threads[4];
  ryx_plans *p;

  (void)state;
  assert_int_equal(ryx_plans_new(&p), 0);
  for (int i = 0; i < 4; i++) {
    crowds[i].plans = p;
    assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowds[i]), 0);
  }
  for (int i = 0; i < 4; i++) {
    void *done;
    pthread_join(threads[i], &done);
    assert_non_null(done);
  }
  for (int k = 0; k < 64; k++) {
    for (int i = 0; i < 4; i++) {
      assert_ptr_equal(crowds[i].got[k], crowds[0].got[k]);
    }
    for (int i = 0; i < 4; i++)
      ryx_plan_release(crowds[i].got[k]);
  }
  ryx_plans_free(p);
}

static void out_of_memory(void **state)
{
  fixture f =
      open_plan("postgres", "insert t batch set a:text=$0 b:array/int=$1");
  ryx_val in[] = {number(1), list("[1]", RYX_T_INT)}, *out;
  int rc = -1, i;

  (void)state;
  for (i = 1; rc != 0; i++) {
    ryx_mem_fail_at(i, false);
    rc = ryx_plan_bind_batch(f.plan, in, 1, &out, &f.arena, &f.err);
    ryx_mem_fail_at(0, false);
    if (rc != 0) assert_int_equal(rc, RYX_E_NOMEM);
    if (rc != 0) ryx_arena_fini(&f.arena);
  }
  assert_true(i > 3);
  close_plan(&f);
}

static int all_freed(void **state)
{
  (void)state;
  return ryx_mem_live() == 0 ? 0 : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(patterns, all_freed),
      cmocka_unit_test_teardown(prefix_ends, all_freed),
      cmocka_unit_test_teardown(casts, all_freed),
      cmocka_unit_test_teardown(lists, all_freed),
      cmocka_unit_test_teardown(batch_by_column, all_freed),
      cmocka_unit_test_teardown(batch_by_row, all_freed),
      cmocka_unit_test_teardown(plan_facts, all_freed),
      cmocka_unit_test_teardown(cache, all_freed),
      cmocka_unit_test_teardown(cache_is_bounded, all_freed),
      cmocka_unit_test_teardown(threads_share_plans, all_freed),
      cmocka_unit_test_teardown(out_of_memory, all_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
