/* SPDX-License-Identifier: MIT */
/* The C face as a host uses it, on SQLite in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ryx.h"

typedef struct fixture {
  ryx *r;
  int db;
  ryx_err err;
} fixture;

static int open_memory(void **state)
{
  fixture *f = calloc(1, sizeof *f);

  if (!f || ryx_open(NULL, RYX_INLINE, &f->r, &f->err) < 0) return -1;
  f->db = ryx_setup(f->r, "default", "sqlite::memory:", &f->err);
  *state = f;
  return f->db < 0 ? -1 : 0;
}

static int close_memory(void **state)
{
  fixture *f = *state;
  ryx_open_stats left;

  ryx_left_open(f->r, &left);
  ryx_close(f->r);
  free(f);
  return left.requests || left.rows || left.pinned || left.transactions ||
         left.streams;
}

static int run(fixture *f, const char *sql, const ryx_val *params, int n)
{
  ryx_query q = {.size = sizeof q,
                 .alias = f->db,
                 .sql = sql,
                 .params = params,
                 .n_params = n};
  ryx_result res;
  int rc = ryx_run(f->r, &q, &res, &f->err);

  ryx_result_free(&res);
  return rc;
}

/* The first cell of a statement, as text. */
static const char *scalar(fixture *f, const char *sql, ryx_val param)
{
  static char out[128];
  ryx_query q = {.size = sizeof q,
                 .alias = f->db,
                 .sql = sql,
                 .params = &param,
                 .n_params = 1};
  ryx_result res;
  ryx_val v;

  if (ryx_run(f->r, &q, &res, &f->err) < 0) return f->err.message;
  assert_true(ryx_result_next(&res));
  ryx_result_cell(&res, 0, &v);
  ryx_val_text(&v, out, sizeof out);
  ryx_result_free(&res);
  return out;
}

static void test_values_pass(void **state)
{
  fixture *f = *state;

  assert_string_equal(scalar(f, "SELECT ?", ryx_int(INT64_MIN)),
                      "-9223372036854775808");
  assert_string_equal(scalar(f, "SELECT ?", ryx_double(1.5)), "1.5");
  assert_string_equal(scalar(f, "SELECT ?", ryx_text("a'b")), "a'b");
  assert_string_equal(scalar(f, "SELECT typeof(?)", ryx_null()), "null");
  assert_string_equal(scalar(f, "SELECT '?' || ?", ryx_text("x")), "?x");
}

/* What is too long for a value is refused, never cut. */
static void test_values_that_are_none(void **state)
{
  static const size_t too_long = (UINT64_C(1) << 32) + 5;
  fixture *f = *state;
  const ryx_val none[] = {
      ryx_bytes(RYX_T_TEXT, "hello", too_long),
      ryx_bytes(RYX_T_BYTES, "hello", (size_t)UINT32_MAX + 1),
      ryx_bytes(RYX_T_TEXT + 256, "hello", 5),
      ryx_bytes(-1, "hello", 5),
      {.type = 200},
  };
  char out[8];

  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    ryx_val two[] = {ryx_int(1), none[i]}, v = none[i];
    ryx_text_buf b = {0};
    ryx_civil parts;
    void *mem;

    assert_int_equal(run(f, "SELECT ?, ?", two, 2), RYX_E_VALIDATION);
    assert_non_null(
        strstr(f->err.message, "value 2 has more than 4294967295 bytes"));
    assert_int_equal(ryx_val_text(&v, out, sizeof out), RYX_E_VALIDATION);
    assert_int_equal(ryx_val_convert(&v, RYX_T_TEXT, &mem, &f->err),
                     RYX_E_VALIDATION);
    assert_int_equal(ryx_json_add_value(&b, &v, &f->err), RYX_E_VALIDATION);
    assert_null(b.data);
    assert_false(ryx_val_parts(&v, &parts));
  }
  assert_int_equal(ryx_bytes(RYX_T_TEXT, "x", UINT32_MAX).len, UINT32_MAX);
}

static void test_parameters_are_counted(void **state)
{
  fixture *f = *state;
  ryx_val one = ryx_int(1);

  assert_int_equal(run(f, "SELECT ?, ?", &one, 1), RYX_E_MISUSE);
  assert_non_null(strstr(f->err.message, "2 parameters"));
  assert_int_equal(run(f, "SELECT 1", &one, 1), RYX_E_MISUSE);
}

static void test_a_query_needs_something_to_run(void **state)
{
  fixture *f = *state;

  assert_int_equal(run(f, NULL, NULL, 0), RYX_E_MISUSE);
}

static void test_misuse_says_the_way_out(void **state)
{
  fixture *f = *state;
  ryx_query q = {.alias = f->db, .sql = "SELECT ?", .n_params = 1};
  ryx_result res;
  ryx *none;

  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
  assert_int_equal(res.code, RYX_E_MISUSE);
  assert_non_null(strstr(f->err.message, "sizeof(ryx_query)"));
  q.size = sizeof q;
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
  assert_non_null(strstr(f->err.message, "params is NULL"));
  assert_int_equal(ryx_open(NULL, (ryx_mode)7, &none, &f->err), RYX_E_MISUSE);
}

static void test_a_short_query_is_understood(void **state)
{
  fixture *f = *state;
  ryx_query q = {.alias = f->db, .sql = "SELECT 1", .label = (const char *)1};
  ryx_result res;

  /* A caller built before the members after n_rows existed. */
  q.size = offsetof(ryx_query, chunk);
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_int_equal(ryx_result_count(&res), 1);
  ryx_result_free(&res);
  ryx_result_free(&res);
}

static void test_errors_are_filled(void **state)
{
  fixture *f = *state;

  assert_int_equal(run(f, "CREATE TABLE t (a INTEGER UNIQUE)", NULL, 0), 0);
  assert_int_equal(run(f, "INSERT INTO t VALUES (1)", NULL, 0), 0);
  assert_int_equal(run(f, "INSERT INTO t VALUES (1)", NULL, 0), RYX_E_UNIQUE);
  assert_string_equal(ryx_error_kind(f->err.code), "unique_violation");
  assert_string_equal(f->err.column, "a");
  assert_int_not_equal(f->err.native, 0);
}

static void test_errors_may_be_ignored(void **state)
{
  fixture *f = *state;
  ryx_query q = {.size = sizeof q, .alias = f->db, .sql = "SELEC"};
  ryx_result res;

  assert_true(ryx_run(f->r, &q, &res, NULL) < 0);
  assert_true(ryx_alias(f->r, "nothing", NULL) < 0);
  assert_true(ryx_setup(f->r, "x", "nonsense://", NULL) < 0);
}

static void test_rows_outside_of_a_result(void **state)
{
  fixture *f = *state;
  ryx_query q = {
      .size = sizeof q, .alias = f->db, .sql = "SELECT 1 AS a, 'b' AS b"};
  ryx_result res;
  ryx_val v;

  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_int_equal(ryx_result_columns(&res), 2);
  assert_string_equal(ryx_result_name(&res, 1), "b");
  assert_string_equal(ryx_result_name(&res, 2), "");
  assert_true(ryx_result_next(&res));
  ryx_result_cell(&res, 5, &v);
  assert_int_equal(v.type, RYX_T_NULL);
  assert_false(ryx_result_next(&res));
  ryx_result_free(&res);
  assert_false(ryx_result_next(&res));
}

static void test_aliases(void **state)
{
  fixture *f = *state;
  const char *const options[] = {"max_connections", "3", NULL};
  const char *const odd[] = {"max_connections", NULL};
  char shown[64];
  int other = ryx_setup_options(f->r, "other",
                                "postgres://u:sec%2Fret@h/d?sslmode=require",
                                options, &f->err);

  assert_true(other >= 0);
  assert_int_equal(ryx_alias(f->r, "other", &f->err), other);
  assert_string_equal(ryx_alias_dialect(f->r, other), "postgres");
  assert_int_equal(ryx_alias_show(f->r, other, shown, sizeof shown), 0);
  assert_null(strstr(shown, "sec"));
  assert_int_equal(ryx_alias_option(f->r, other, "password", shown, 8), 7);
  assert_string_equal(shown, "sec/ret");
  assert_int_equal(ryx_alias_option(f->r, other, "password", shown, 7),
                   RYX_E_MISUSE);
  assert_int_equal(ryx_alias_option(f->r, other, "port", shown, 8), 0);
  assert_int_equal(ryx_alias_option(f->r, other, "sslmode", shown, 8), 7);
  assert_int_equal(ryx_alias_option(f->r, other, "max_connections", shown, 8),
                   1);
  assert_int_equal(ryx_alias_option(f->r, other, "mode", shown, 8),
                   RYX_E_MISUSE);
  assert_int_equal(ryx_alias_option(f->r, 99, "user", shown, 8), RYX_E_MISUSE);
  assert_int_equal(ryx_alias_caps(f->r, other), -1);
  assert_int_equal(ryx_alias_can(f->r, other, "returning"), -1);
  assert_int_equal(ryx_alias_can(f->r, other, "flying"), RYX_E_MISUSE);
  assert_int_equal(ryx_alias_can(f->r, other, "one_writer"), 0);
  assert_int_equal(
      ryx_setup_options(f->r, "x", "sqlite::memory:", odd, &f->err),
      RYX_E_MISUSE);
  assert_true(ryx_alias(f->r, "othe", &f->err) < 0);
  assert_non_null(strstr(f->err.message, "default, other"));
  ryx_forget(f->r, "other");
  assert_null(ryx_alias_dialect(f->r, other));
  assert_true(ryx_alias(f->r, "other", &f->err) < 0);
  assert_int_equal(ryx_alias_can(f->r, other, "one_writer"), -1);
  assert_int_equal(ryx_setup(f->r, "other", "sqlite::memory:", &f->err), other);
  assert_int_equal(ryx_alias_can(f->r, other, "one_writer"), 1);
}

static void test_passwords_stay_inside(void **state)
{
  fixture *f = *state;
  static const char url[] =
      "postgres://u:topsecret@127.0.0.1:1/topsecret?connect_timeout=2";
  ryx_query q = {.size = sizeof q, .op = RYX_OP_CONNECT};
  ryx_result res;

  q.alias = ryx_setup(f->r, "down", url, &f->err);
  assert_true(q.alias >= 0);
  assert_true(ryx_run(f->r, &q, &res, &f->err) < 0);
  assert_null(strstr(f->err.message, "topsecret"));
}

/* A word of the message that is the password, too, is still a word. */
static void test_a_password_may_be_a_word(void **state)
{
  static const char *const urls[] = {
      "postgres://u:server@127.0.0.1:1/d?connect_timeout=2",
      "postgres://u:e@127.0.0.1:1/d?connect_timeout=2",
      "mysql://u:server@127.0.0.1:1/d?connect_timeout=2",
      "mysql://u:mysql@127.0.0.1:1/d?connect_timeout=2",
  };
  fixture *f = *state;
  ryx_query q = {.size = sizeof q, .op = RYX_OP_CONNECT};
  ryx_result res;

  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    q.alias = ryx_setup(f->r, "down", urls[i], &f->err);
    assert_true(q.alias >= 0);
    assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_CONNECTION);
    assert_non_null(strstr(f->err.message, "server"));
    assert_null(strstr(f->err.message, "***"));
  }
}

static void test_setup_again_makes_a_new_database(void **state)
{
  fixture *f = *state;

  assert_int_equal(run(f, "CREATE TABLE t (a INTEGER)", NULL, 0), 0);
  assert_int_equal(ryx_setup(f->r, "default", "sqlite::memory:", &f->err),
                   f->db);
  assert_int_equal(run(f, "SELECT * FROM t", NULL, 0), RYX_E_OPERATIONAL);
}

static void test_engines_share_a_runtime(void **state)
{
  fixture *f = *state;
  ryx *second;
  ryx_query q = {.size = sizeof q, .sql = "SELECT 1"};
  ryx_result res;

  assert_int_equal(ryx_open(ryx_runtime_of(f->r), RYX_INLINE, &second, &f->err),
                   0);
  q.alias = ryx_alias(second, "default", &f->err);
  assert_int_equal(q.alias, f->db);
  assert_int_equal(ryx_run(second, &q, &res, &f->err), 0);
  ryx_result_free(&res);
  /* A database in memory is one for both. */
  assert_int_equal(run(f, "CREATE TABLE shared (n INTEGER)", NULL, 0), 0);
  q.sql = "INSERT INTO shared VALUES (1)";
  assert_int_equal(ryx_run(second, &q, &res, &f->err), 0);
  ryx_result_free(&res);
  q.sql = "SELECT 1";
  /* The second notices what the first sets up. */
  assert_true(ryx_setup(f->r, "default", "sqlite::memory:", &f->err) >= 0);
  assert_int_equal(ryx_run(second, &q, &res, &f->err), 0);
  ryx_result_free(&res);
  assert_true(run(f, "SELECT n FROM shared", NULL, 0) < 0);
  ryx_close(second);
}

/* SELECT "a" FROM "t" WHERE "a" = parameter 0, in the description's bytes. */
static const char description[] = {
    '2', 'S', 0,         's', 0,   1,   't', 0,         1,         't',
    0,   '1', 1,         'c', 0,   1,   'a', RYX_T_INT, 0,         1,
    0,   'l', 5,         'e', 'x', 'a', 'c', 't',       'c',       0,
    1,   'a', RYX_T_INT, 0,   1,   1,   'p', 0,         RYX_T_INT, 0,
    1,   'a', 0,         '1', 0,   '-', '-', 0};

static ryx_plan *plan(fixture *f)
{
  ryx_query connect = {
      .size = sizeof connect, .op = RYX_OP_CONNECT, .alias = f->db};
  ryx_result res;
  ryx_plan *p = NULL;

  assert_int_equal(
      ryx_plan_get(f->r, f->db, description, sizeof description, &p, &f->err),
      1);
  assert_int_equal(ryx_run(f->r, &connect, &res, &f->err), 0);
  assert_int_equal(
      ryx_plan_get(f->r, f->db, description, sizeof description, &p, &f->err),
      0);
  return p;
}

static void test_plans(void **state)
{
  fixture *f = *state;
  ryx_val v = ryx_text("7");
  ryx_query q = {.size = sizeof q, .alias = f->db, .params = &v, .n_params = 1};
  ryx_plan_info info;
  ryx_result res;

  assert_int_equal(run(f, "CREATE TABLE t (a INTEGER)", NULL, 0), 0);
  assert_int_equal(run(f, "INSERT INTO t VALUES (7)", NULL, 0), 0);
  ryx_close(f->r);
  assert_int_equal(ryx_open(NULL, RYX_INLINE, &f->r, &f->err), 0);
  f->db = ryx_setup(f->r, "default", "sqlite::memory:", &f->err);
  q.plan = plan(f);
  ryx_plan_get_info(q.plan, &info);
  assert_int_equal(info.n_params, 1);
  assert_int_equal(info.param_type[0], RYX_T_INT);
  assert_string_equal(info.param_name[0], "a");
  assert_int_equal(info.n_cols, 1);
  assert_int_equal(info.col_type[0], RYX_T_INT);
  assert_int_equal(run(f, "CREATE TABLE t (a INTEGER)", NULL, 0), 0);
  assert_int_equal(run(f, "INSERT INTO t VALUES (7)", NULL, 0), 0);
  /* A text is made an integer before it leaves; an integer goes as it is. */
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_int_equal(ryx_result_count(&res), 1);
  ryx_result_free(&res);
  v = ryx_int(8);
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_int_equal(ryx_result_count(&res), 0);
  ryx_result_free(&res);
  v = ryx_text("seven");
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_VALIDATION);
  assert_non_null(strstr(f->err.message, "seven"));
  v = ryx_bytes(RYX_T_TEXT, "7", SIZE_MAX);
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_VALIDATION);
  q.n_params = 0;
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
  ryx_plan_keep(q.plan);
  ryx_plan_free(q.plan);
  ryx_plan_free(q.plan);
  ryx_plan_free(NULL);
}

static void test_a_plan_belongs_to_its_database(void **state)
{
  fixture *f = *state;
  ryx_val v = ryx_int(1);
  ryx_query q = {.size = sizeof q, .params = &v, .n_params = 1};
  ryx_result res;

  q.plan = plan(f);
  q.alias = ryx_setup(f->r, "other", "mysql://u@127.0.0.1:1/d", &f->err);
  assert_true(q.alias >= 0);
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
  ryx_plan_free(q.plan);
}

/* WHERE "a" contains parameter 1; parameter 0 is not in the text. */
static const char like[] = {
    '2', 'S', 0,   's',        0,   1,   't',        0,   1,   't',        0,
    '1', 1,   'c', 0,          1,   'a', RYX_T_TEXT, 0,   1,   0,          'l',
    9,   'i', 'c', 'o',        'n', 't', 'a',        'i', 'n', 's',        'c',
    0,   1,   'a', RYX_T_TEXT, 0,   1,   1,          'p', 1,   RYX_T_TEXT, 0,
    1,   'a', 0,   '1',        0,   '-', '-',        0};

/* INSERT INTO "t" ("a") of many rows. */
static const char many[] = {'2', 'I', 1,         't', 1, 1,   1,   'a',
                            'p', 0,   RYX_T_INT, 0,   1, 'a', '-', 0};

static ryx_plan *next_plan(fixture *f, const char *text, size_t n)
{
  ryx_plan *p = NULL;

  assert_int_equal(ryx_plan_get(f->r, f->db, text, n, &p, &f->err), 0);
  return p;
}

static void test_what_is_bound_can_be_seen(void **state)
{
  fixture *f = *state;
  ryx_plan *eq = plan(f), *p = next_plan(f, like, sizeof like);
  char text[] = "50%";
  ryx_val v[] = {ryx_int(1), ryx_text(text)}, got;
  ryx_bound *b, *seven;

  assert_int_equal(ryx_bound_new(p, v, 2, &b, &f->err), 0);
  v[0] = ryx_text("7");
  assert_int_equal(ryx_bound_new(eq, v, 1, &seven, &f->err), 0);
  /* It needs neither the plan nor the parameters any more. */
  memset(text, 'x', sizeof text);
  ryx_plan_free(p);
  ryx_plan_free(eq);
  assert_int_equal(ryx_bound_count(b), 1);
  ryx_bound_value(b, 0, &got);
  assert_int_equal(got.type, RYX_T_TEXT);
  assert_int_equal(got.len, 6);
  assert_memory_equal(got.u.s, "%50!%%", 6);
  ryx_bound_value(b, 1, &got);
  assert_int_equal(got.type, RYX_T_NULL);
  ryx_bound_value(seven, 0, &got);
  assert_int_equal(got.type, RYX_T_INT);
  assert_int_equal(got.u.i, 7);
  ryx_bound_free(b);
  ryx_bound_free(seven);
  ryx_bound_free(NULL);
}

static void test_what_cannot_be_bound(void **state)
{
  fixture *f = *state;
  ryx_plan *p = plan(f), *rows = next_plan(f, many, sizeof many);
  ryx_val v = ryx_text("seven");
  ryx_bound *b = NULL;
  ryx_err *e = &f->err;

  assert_int_equal(ryx_bound_new(p, &v, 1, &b, e), RYX_E_VALIDATION);
  assert_string_equal(e->column, "a");
  assert_int_equal(ryx_bound_new(p, &v, 1, &b, NULL), RYX_E_VALIDATION);
  v = ryx_bytes(RYX_T_TEXT, "7", SIZE_MAX);
  assert_int_equal(ryx_bound_new(p, &v, 1, &b, e), RYX_E_VALIDATION);
  assert_int_equal(ryx_bound_new(p, NULL, 0, &b, e), RYX_E_MISUSE);
  assert_int_equal(ryx_bound_new(p, NULL, 1, &b, e), RYX_E_MISUSE);
  assert_int_equal(ryx_bound_new(rows, &v, 1, &b, e), RYX_E_MISUSE);
  assert_non_null(strstr(e->message, "many rows"));
  assert_null(b);
  ryx_plan_free(p);
  ryx_plan_free(rows);
}

static void test_memory_may_run_out_while_binding(void **state)
{
  fixture *f = *state;
  ryx_plan *eq = plan(f), *p = next_plan(f, like, sizeof like);
  ryx_val v[] = {ryx_int(1), ryx_text("50%")};
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM, n;

  for (n = 1; rc < 0; n++) {
    ryx_bound *b;

    assert_int_equal(rc, RYX_E_NOMEM);
    ryx_mem_fail_at(n, false);
    rc = ryx_bound_new(p, v, 2, &b, &f->err);
    ryx_mem_fail_at(0, false);
    ryx_bound_free(b);
    assert_int_equal(ryx_mem_live(), before);
  }
  assert_true(n > 3);
  ryx_plan_free(p);
  ryx_plan_free(eq);
}

static void test_transactions(void **state)
{
  fixture *f = *state;
  ryx_query q = {.size = sizeof q, .op = RYX_OP_BEGIN, .alias = f->db};
  ryx_result res;
  ryx_tx tx;

  assert_int_equal(run(f, "CREATE TABLE t (a INTEGER)", NULL, 0), 0);
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  tx = res.tx;
  q = (ryx_query){.size = sizeof q, .alias = f->db, .tx = tx};
  q.sql = "INSERT INTO t VALUES (1)";
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_int_equal(res.affected, 1);
  q.op = RYX_OP_ROLLBACK;
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), 0);
  assert_string_equal(scalar(f, "SELECT count(*) FROM t WHERE ?", ryx_int(1)),
                      "0");
  q.isolation = 9;
  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
}

static void test_streams_are_sent(void **state)
{
  fixture *f = *state;
  ryx_query q = {
      .size = sizeof q, .alias = f->db, .sql = "SELECT 1", .chunk = 10};
  ryx_result res;

  assert_int_equal(ryx_run(f->r, &q, &res, &f->err), RYX_E_MISUSE);
}

static void test_stats_and_quotes(void **state)
{
  fixture *f = *state;
  ryx_pool_stats s = {.size_of = sizeof s};
  char out[8];

  assert_int_equal(run(f, "SELECT 1", NULL, 0), 0);
  assert_int_equal(ryx_stats(f->r, f->db, &s, &f->err), 0);
  assert_int_equal(s.max, 1);
  assert_true(s.requests >= 1);
  assert_int_equal(ryx_quote(f->r, f->db, "a\"b", out, sizeof out, &f->err), 0);
  assert_string_equal(out, "\"a\"\"b\"");
  assert_true(ryx_quote(f->r, f->db, "too long", out, sizeof out, &f->err) < 0);
  assert_int_equal(ryx_count_params(f->r, f->db, "? '?'", 5, &f->err), 1);
  assert_true(ryx_count_params(f->r, 99, "?", 1, &f->err) < 0);
  assert_true(ryx_stats(f->r, 99, &s, &f->err) < 0);
}

static void test_conversions(void **state)
{
  ryx_val v = ryx_text("2024-02-29T10:00:00.5");
  ryx_civil p;
  ryx_err err;
  void *mem;
  char out[64];

  (void)state;
  assert_int_equal(ryx_val_convert(&v, RYX_T_DATETIME, &mem, &err), 0);
  assert_null(mem);
  assert_true(ryx_val_parts(&v, &p));
  assert_int_equal(p.day, 29);
  assert_int_equal(p.micro, 500000);
  assert_int_equal(ryx_val_make(RYX_T_DATETIME, &p, &v, &err), 0);
  assert_int_equal(ryx_val_text(&v, out, sizeof out), 26);
  assert_string_equal(out, "2024-02-29 10:00:00.500000");
  assert_int_equal(ryx_val_text(&v, out, 5), 26);
  assert_string_equal(out, "2024");
  p.day = 30;
  assert_int_equal(ryx_val_make(RYX_T_DATE, &p, &v, &err), RYX_E_VALIDATION);
  v = ryx_int(5);
  assert_int_equal(ryx_val_convert(&v, RYX_T_DECIMAL, &mem, &err), 0);
  assert_memory_equal(v.u.s, "5", 1);
  ryx_free(mem);
  v = ryx_text("x");
  assert_int_equal(ryx_val_convert(&v, RYX_T_INT, &mem, &err),
                   RYX_E_VALIDATION);
  v = (ryx_val){.type = RYX_T_DATE, .u.i = INT64_MAX};
  assert_false(ryx_val_parts(&v, &p));
}

static void test_times(void **state)
{
  ryx_val day = {.type = RYX_T_DATE, .u.i = 1}, out, now = ryx_now();
  ryx_val span = {.type = RYX_T_DURATION, .u.i = -RYX_DAY_US - 1};
  ryx_err err;
  int64_t days, us;
  char text[64];

  (void)state;
  assert_int_equal(now.type, RYX_T_DATETIME);
  assert_int_equal(ryx_val_iso(&span, text, sizeof text), 14);
  assert_string_equal(text, "-P1DT0.000001S");
  assert_int_equal(ryx_val_iso(&span, text, 4), 14);
  assert_string_equal(text, "-P1");
  assert_true(ryx_val_split(&span, &days, &us));
  assert_int_equal(days, -2);
  assert_int_equal(us, RYX_DAY_US - 1);
  assert_int_equal(ryx_val_add(&now, &span, &out, &err), 0);
  assert_int_equal(ryx_val_sub(&now, &out, &out, &err), 0);
  assert_int_equal(out.type, RYX_T_DURATION);
  assert_int_equal(out.u.i, -span.u.i);
  assert_int_equal(ryx_val_add(&day, &span, &out, &err), RYX_E_VALIDATION);
  assert_int_equal(ryx_val_add(&day, &day, &out, &err), RYX_E_MISUSE);
}

static void test_decimals(void **state)
{
  ryx_err err;
  char *out;
  size_t n;

  (void)state;
  assert_int_equal(ryx_decimal_calc('+', "0.1", 3, "0.2", 3, &out, &n, &err),
                   0);
  assert_string_equal(out, "0.3");
  ryx_free(out);
  assert_true(ryx_decimal_calc('/', "1", 1, "0", 1, &out, &n, &err) < 0);
  assert_int_equal(ryx_decimal_compare("1.50", 4, "1.5", 3), 0);
  assert_true(ryx_decimal_places("1.55", 4, 1, true, &out, &n, &err) < 0);
}

static void test_documents(void **state)
{
  ryx_text_buf b = {0};
  ryx_val day = {.type = RYX_T_DATE};
  ryx_json_item item;
  ryx_json *doc;
  ryx_err err;

  (void)state;
  assert_int_equal(ryx_text_add(&b, "[", 1), 0);
  assert_int_equal(ryx_json_add_int(&b, 1), 0);
  assert_int_equal(ryx_text_add(&b, ",", 1), 0);
  assert_int_equal(ryx_json_add_value(&b, &day, &err), 0);
  assert_int_equal(ryx_text_add(&b, "]", 1), 0);
  assert_int_equal(ryx_json_read(b.data, b.n, &doc, &err), 0);
  ryx_free(b.data);
  ryx_json_look(doc, &item);
  assert_int_equal(item.kind, 6);
  assert_int_equal(item.n, 2);
  ryx_json_look(ryx_json_item_at(doc, 1), &item);
  assert_int_equal(item.n, 10);
  assert_memory_equal(item.s, "1970-01-01", 10);
  ryx_json_release(doc);
}

/* Whatever allocation fails, it is an error and nothing is lost. */
static void test_memory_may_run_out(void **state)
{
  int64_t before = ryx_mem_live();
  bool failed = true;

  (void)state;
  for (int n = 1; failed && n < 2000; n++) {
    ryx *r = NULL;
    ryx_err err = {0};
    ryx_val v = ryx_text("x");
    ryx_query q = {
        .size = sizeof q, .sql = "SELECT ? AS a", .params = &v, .n_params = 1};
    ryx_result res = {0};

    ryx_mem_fail_at(n, false);
    failed = ryx_open(NULL, RYX_INLINE, &r, &err) < 0;
    if (!failed) q.alias = ryx_setup(r, "a", "sqlite::memory:", &err);
    failed = failed || q.alias < 0 || ryx_run(r, &q, &res, &err) < 0;
    ryx_mem_fail_at(0, false);
    ryx_result_free(&res);
    ryx_close(r);
    assert_int_equal(ryx_mem_live(), before);
  }
  assert_false(failed);
}

#define WITH_DB(test) \
  cmocka_unit_test_setup_teardown(test, open_memory, close_memory)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WITH_DB(test_values_pass),
      WITH_DB(test_values_that_are_none),
      WITH_DB(test_parameters_are_counted),
      WITH_DB(test_a_query_needs_something_to_run),
      WITH_DB(test_misuse_says_the_way_out),
      WITH_DB(test_a_short_query_is_understood),
      WITH_DB(test_errors_are_filled),
      WITH_DB(test_errors_may_be_ignored),
      WITH_DB(test_rows_outside_of_a_result),
      WITH_DB(test_aliases),
      WITH_DB(test_passwords_stay_inside),
      WITH_DB(test_a_password_may_be_a_word),
      WITH_DB(test_setup_again_makes_a_new_database),
      WITH_DB(test_engines_share_a_runtime),
      WITH_DB(test_plans),
      WITH_DB(test_a_plan_belongs_to_its_database),
      WITH_DB(test_what_is_bound_can_be_seen),
      WITH_DB(test_what_cannot_be_bound),
      WITH_DB(test_memory_may_run_out_while_binding),
      WITH_DB(test_transactions),
      WITH_DB(test_streams_are_sent),
      WITH_DB(test_stats_and_quotes),
      cmocka_unit_test(test_conversions),
      cmocka_unit_test(test_times),
      cmocka_unit_test(test_decimals),
      cmocka_unit_test(test_documents),
      cmocka_unit_test(test_memory_may_run_out),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
