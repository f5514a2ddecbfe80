/* SPDX-License-Identifier: MIT */
/* Users' texts, and quoting: raw.c, taint.c, raws.c, quote.c, dialect.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sql/dialect_list.h"
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

/* As a user writes it, and as the database gets it. */
static void check_count(const char *dialect, const char *sql, int n)
{
  int count = ryx_sql_count(ryx_dialect_find(dialect), sql, strlen(sql));

  if (count != n) fail_msg("%s in %s: %d counted", dialect, sql, count);
}

static void check(const char *dialect, const char *in, const char *want, int n)
{
  ryx_buf out;
  ryx_raw got;
  ryx_err e;

  ryx_buf_init(&out, 0);
  assert_int_equal(
      ryx_sql_raw(ryx_dialect_find(dialect), in, strlen(in), &out, &got, &e),
      0);
  assert_string_equal(out.data ? out.data : "", want ? want : in);
  if (got.n_params != n)
    fail_msg("%s in %s: %d parameters", dialect, in, got.n_params);
  check_count(dialect, in, n);
  if (n > 0 && out.data) check_count(dialect, out.data, n);
  ryx_buf_fini(&out);
}

static void placeholders(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const text_case *c = &cases[i];
    check("postgres", c->in, c->pg, c->n[0]);
    check("mariadb", c->in, c->my, c->n[1]);
    check("mysql", c->in, c->my, c->n[1]);
    check("sqlite", c->in, c->lite, c->n[2]);
  }
}

static void counted(void **state)
{
  (void)state;
  check_count("postgres", "a $2 b $1 c $2", 2);
  check_count("postgres", "a$1 b '$3' $$ $4 $$ --$5", 0);
  check_count("postgres", "$99999999999999999999", 65535);
  check_count("sqlite", "$1 ?", 1);
  check_count("mysql", "", 0);
}

static void literal_question_mark(void **state)
{
  ryx_buf out;
  ryx_err e;
  ryx_raw n;

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
  ryx_raw n;

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

/* What each dialect makes of a text: T taints, w writes or may, r only reads;
 * in the order PostgreSQL, MariaDB, SQLite. */
typedef struct taint_case {
  const char *sql, *want;
} taint_case;

static const taint_case taints[] = {
    {"SELECT 1", "rrr"},
    {"select * FROM t WHERE a = ? AND b IN (?, ?)", "rrr"},
    {" \n\f-- set\n /* x */ (SELECT 1) UNION (SELECT 2);", "rrr"},
    {"SELECT count(*), max(a), lower (b) FROM t GROUP BY a HAVING (a > 1)",
     "rrr"},
    {"SELECT sum(a) OVER (PARTITION BY (b) ORDER BY c) FROM t AS x(a, b)",
     "rrr"},
    {"SELECT a FROM t WHERE EXISTS (SELECT 1) AND NOT (a) OR a = ANY (?)",
     "rrr"},
    {"SELECT CAST(a AS varchar(10)), substr(b, 1), 'f(1)', \"f\" FROM t",
     "rrr"},
    {"VALUES (1), (2)", "rrr"},
    {"WITH a(x) AS (SELECT 1), b(y) AS (SELECT 2) SELECT * FROM a, b", "rrr"},
    {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n "
     "FROM c",
     "rrr"},
    {"SELECT replace(a, 'x', 'y') FROM t", "rrr"},
    {"SELECT t.update, \"update\" FROM t", "rrr"},
    {"INSERT INTO t (a, b) VALUES (?, ?)", "www"},
    {"INSERT INTO \"s\".\"t\" (a) SELECT b FROM u", "www"},
    {"INSERT INTO s . t(a) VALUES (lower(?)) ON CONFLICT (a) DO NOTHING",
     "www"},
    {"INSERT INTO t DEFAULT VALUES RETURNING id", "www"},
    {"INSERT OR REPLACE INTO t(a) VALUES (1)", "www"},
    {"INSERT IGNORE INTO t(a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a)",
     "www"},
    {"REPLACE INTO t(a) VALUES (1)", "www"},
    {"UPDATE t SET (a, b) = (1, 2) WHERE id = ?", "www"},
    {"DELETE FROM t USING (SELECT 1) u WHERE a = coalesce(?, 1)", "www"},
    {"SELECT 1 FROM t FOR UPDATE", "www"},
    {"SELECT 1 FROM t FOR NO KEY UPDATE", "www"},
    {"SELECT 1 FROM t FOR SHARE", "www"},
    {"SELECT 1 FROM t LOCK IN SHARE MODE", "www"},
    {"WITH d AS (DELETE FROM t RETURNING a) SELECT * FROM d", "www"},
    {"WITH d AS (SELECT 1) INSERT INTO t(a) SELECT * FROM d", "www"},
    /* functions that one has and another does not */
    {"SELECT to_char(a, 'x'), jsonb_agg(b), gen_random_uuid() FROM t", "rTT"},
    {"SELECT date_format(a, 'x'), ifnull(b, 1) FROM t", "TrT"},
    {"SELECT strftime('%Y', a), typeof(b) FROM t", "TTr"},
    /* functions that leave something; no server takes a name in marks that it
     * does not know */
    {"SELECT set_config('search_path', ?, false)", "TTT"},
    {"SELECT SET_CONFIG\n/* x */ ('a', 'b', false)", "TTT"},
    {"SELECT pg_catalog.set_config('a', 'b', false)", "TTT"},
    {"SELECT pg_catalog . \"set_config\" ('a', 'b', false)", "TTT"},
    {"SELECT \"set_config\"('a', 'b', false)", "TTT"},
    {"SELECT U&\"\\0073et_config\"('a', 'b', false)", "TTT"},
    {"SELECT 1 WHERE pg_try_advisory_lock(1)", "TTT"},
    {"SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))", "rTT"},
    {"SELECT nextval('s'), currval('s'), lastval()", "TTT"},
    {"SELECT GET_LOCK('x', 1)", "TTT"},
    {"SELECT `GET_LOCK`('x', 1)", "rTT"},
    {"SELECT [load_extension]('x')", "rrT"},
    {"SELECT LAST_INSERT_ID(), last_insert_rowid()", "TTT"},
    {"SELECT mine(a) FROM t", "TTT"},
    {"SELECT other.lower(a) FROM t", "TTT"},
    {"SELECT DISTINCT ON (a) set_config('a', 'b', false) FROM t", "TTT"},
    {"SELECT a_function_whose_name_is_much_longer_than_any_known(1)", "TTT"},
    {"INSERT INTO t(a) VALUES (nextval('s'))", "TTT"},
    {"INSERT INTO t SELECT f(a) FROM u", "TTT"},
    {"WITH a AS (SELECT 1) SELECT f(1) FROM a", "TTT"},
    {"WITH a AS (SELECT f(1)) SELECT 1 FROM a", "TTT"},
    {"WITH a AS (SELECT 1) (SELECT f(1))", "TTT"},
    /* where the rows go */
    {"SELECT * INTO TEMP x FROM t", "TTT"},
    {"SELECT * INTO x FROM t", "TTT"},
    {"SELECT 1 INTO OUTFILE '/x'", "TTT"},
    {"WITH a AS (SELECT 1) SELECT * INTO x FROM a", "TTT"},
    /* variables */
    {"SELECT @a := 1", "rTr"},
    {"SELECT @@sql_mode", "rTr"},
    {"SELECT 1 INTO @a", "TTT"},
    {"SELECT '@a', \"@a\" -- @a", "rrr"},
    {"SELECT 1 /*! , f(1) */", "rTr"},
    {"SELECT 1 /*M!100100 SET */", "rTr"},
    /* two statements */
    {"SELECT 1; SET x = 1", "TTT"},
    {"SELECT 1; -- nothing\n", "rrr"},
    {"SELECT ';' || $$;$$", "rTT"},
    /* what does not begin so */
    {"", "TTT"},
    {"-- SELECT 1", "TTT"},
    {"SET search_path = x", "TTT"},
    {"SET STATEMENT max_statement_time = 1 FOR SELECT 1", "TTT"},
    {"PRAGMA foreign_keys = OFF", "TTT"},
    {"BEGIN", "TTT"},
    {"CREATE TEMP TABLE x (a int)", "TTT"},
    {"LISTEN x", "TTT"},
    {"PREPARE x AS SELECT 1", "TTT"},
    {"EXECUTE x", "TTT"},
    {"CALL x()", "TTT"},
    {"DO $$BEGIN END$$", "TTT"},
    {"DO GET_LOCK('x', 1)", "TTT"},
    {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", "TTT"},
    {"LOCK TABLES t READ", "TTT"},
    {"ATTACH 'x' AS y", "TTT"},
    {"\"SELECT\" 1", "TTT"},
    {"SELECTED 1", "TTT"},
    {"EXPLAIN ANALYZE SELECT 1", "TTT"},
};

static char taint_of(const char *dialect, const char *sql)
{
  ryx_raw got;
  ryx_buf out;

  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_sql_raw(ryx_dialect_find(dialect), sql, strlen(sql),
                               &out, &got, NULL),
                   0);
  ryx_buf_fini(&out);
  assert_false(got.taints && got.reads);
  return got.taints ? 'T' : got.reads ? 'r' : 'w';
}

static void tainting(void **state)
{
  static const struct {
    const char *name;
    int want;
  } dialects[] = {{"postgres", 0}, {"mariadb", 1}, {"mysql", 1}, {"sqlite", 2}};

  (void)state;
  for (size_t i = 0; i < sizeof taints / sizeof taints[0]; i++) {
    for (size_t d = 0; d < sizeof dialects / sizeof dialects[0]; d++) {
      char got = taint_of(dialects[d].name, taints[i].sql);

      if (got != taints[i].want[dialects[d].want])
        fail_msg("%s: %s is %c", dialects[d].name, taints[i].sql, got);
    }
  }
}

static ryx_raw_text *get(ryx_raws *r, const char *dialect, const char *sql)
{
  ryx_raw_text *t;

  assert_int_equal(
      ryx_raws_get(r, ryx_dialect_find(dialect), sql, strlen(sql), &t, NULL),
      0);
  return t;
}

/* The number that the n-th user of a text finds. */
static uint32_t number(ryx_raws *r, const char *dialect, const char *sql)
{
  ryx_raw_text *t = get(r, dialect, sql);
  uint32_t id = t->id;

  ryx_raws_release(t);
  return id;
}

static void second_use_numbers_a_text(void **state)
{
  ryx_plans *plans;
  ryx_raws *r;
  ryx_raw_text *t;

  (void)state;
  assert_int_equal(ryx_plans_new(&plans), 0);
  assert_int_equal(ryx_raws_new(plans, &r), 0);
  assert_int_equal(number(r, "postgres", "SELECT ?"), 0);
  assert_int_equal(number(r, "sqlite", "SELECT ?"), 0);
  assert_int_equal(number(r, "postgres", "SELECT ?"), 1);
  assert_int_equal(ryx_plans_number(plans), 2);
  assert_int_equal(number(r, "sqlite", "SELECT ?"), 3);
  assert_int_equal(number(r, "postgres", "SELECT ?"), 1);
  for (int i = 0; i < 3; i++)
    assert_int_equal(number(r, "postgres", "SET x = ?"), 0);
  t = get(r, "postgres", "SELECT ?");
  assert_string_equal(t->sql, "SELECT $1");
  assert_int_equal(t->sql_len, 9);
  assert_int_equal(t->about.n_params, 1);
  ryx_raws_free(r);
  assert_string_equal(t->sql, "SELECT $1");
  ryx_raws_release(t);
  ryx_raws_release(NULL);
  ryx_plans_free(plans);
}

static void every_dialect_has_its_own(void **state)
{
  static const char *const names[] = {"postgres", "mariadb", "mysql", "sqlite"};
  enum { N = sizeof names / sizeof names[0] };
  ryx_plans *plans;
  ryx_raws *r;

  (void)state;
  assert_int_equal(N, RYX_DIALECTS_MAX);
  assert_int_equal(ryx_plans_new(&plans), 0);
  assert_int_equal(ryx_raws_new(plans, &r), 0);
  for (int i = 0; i < N; i++)
    assert_int_equal(number(r, names[i], "SELECT ?"), 0);
  for (int i = 0; i < N; i++)
    assert_int_equal(number(r, names[i], "SELECT ?"), i + 1);
  ryx_raws_free(r);
  ryx_plans_free(plans);
}

static bool is_numbered(ryx_raws *r, const char *dialect, const char *sql)
{
  number(r, dialect, sql);
  return number(r, dialect, sql) > 0;
}

/* MariaDB's client goes by the columns that the first run had. */
static void stars_are_not_kept_where_they_grow_stale(void **state)
{
  static const char *const stars[] = {
      "SELECT * FROM t",
      "SELECT a, * FROM t",
      "SELECT DISTINCT t.* FROM t",
      "SELECT a FROM t UNION ALL SELECT `b` . * FROM b",
      "INSERT INTO t (a) VALUES (1) RETURNING *",
  };
  static const char *const products[] = {
      "SELECT count(*), a * 2, (a) * b, 2*3, '*' FROM t /* , * */",
      "INSERT INTO t (a) VALUES (2 * ?) RETURNING a",
  };
  ryx_plans *plans;
  ryx_raws *r;

  (void)state;
  assert_int_equal(ryx_plans_new(&plans), 0);
  assert_int_equal(ryx_raws_new(plans, &r), 0);
  for (int i = 0; i < 5; i++) {
    assert_false(is_numbered(r, "mariadb", stars[i]));
    assert_false(is_numbered(r, "mysql", stars[i]));
    assert_true(is_numbered(r, "postgres", stars[i]));
  }
  for (int i = 0; i < 2; i++)
    assert_true(is_numbered(r, "mysql", products[i]));
  ryx_raws_free(r);
  ryx_plans_free(plans);
}

static void texts_used_long_ago_go(void **state)
{
  char sql[32], *big;
  ryx_plans *plans;
  ryx_raws *r;

  (void)state;
  assert_int_equal(ryx_plans_new(&plans), 0);
  assert_int_equal(ryx_raws_new(plans, &r), 0);
  assert_int_equal(number(r, "mysql", "SELECT 0"), 0);
  assert_int_equal(number(r, "mysql", "SELECT 1"), 0);
  for (int i = 2; i < 1024; i++) {
    snprintf(sql, sizeof sql, "SELECT %d", i);
    number(r, "mysql", sql);
  }
  assert_int_equal(number(r, "mysql", "SELECT 0"), 1);
  assert_int_equal(number(r, "mysql", "SELECT 1024"), 0);
  assert_int_equal(number(r, "mysql", "SELECT 0"), 1);
  assert_int_equal(number(r, "mysql", "SELECT 1"), 0);
  assert_int_equal(number(r, "mysql", "SELECT 1"), 2);
  big = ryx_mem_alloc(10000);
  memset(big, ' ', 9999);
  memcpy(big, "SELECT 1", 8);
  big[9999] = '\0';
  for (int i = 0; i < 3; i++)
    assert_int_equal(number(r, "mysql", big), 0);
  ryx_mem_free(big);
  ryx_raws_free(r);
  ryx_plans_free(plans);
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
      cmocka_unit_test_teardown(counted, all_freed),
      cmocka_unit_test_teardown(literal_question_mark, all_freed),
      cmocka_unit_test_teardown(refused_texts, all_freed),
      cmocka_unit_test_teardown(tainting, all_freed),
      cmocka_unit_test_teardown(second_use_numbers_a_text, all_freed),
      cmocka_unit_test_teardown(every_dialect_has_its_own, all_freed),
      cmocka_unit_test_teardown(stars_are_not_kept_where_they_grow_stale,
                                all_freed),
      cmocka_unit_test_teardown(texts_used_long_ago_go, all_freed),
      cmocka_unit_test_teardown(names, all_freed),
      cmocka_unit_test_teardown(dialects, all_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
