/* SPDX-License-Identifier: MIT */
/* The SQLite driver on real files: opening, values, statements, errors. */
#include <math.h>

#include "lite_fixture.h"

static void opens_and_sets_up(void **state)
{
  lite l, r;

  (void)state;
  open_lite(&l, "setup.db");
  assert_string_equal(query(&l, "PRAGMA journal_mode"), "wal");
  assert_string_equal(query(&l, "PRAGMA foreign_keys"), "1");
  assert_string_equal(query(&l, "PRAGMA synchronous"), "1");
  assert_string_equal(query(&l, "PRAGMA query_only"), "0");
  assert_string_equal(query(&l, "PRAGMA wal_autocheckpoint"), "0");
  assert_true(D.server_caps(l.c) & RYX_SERVER_RETURNING);
  query(&l, "CREATE TABLE t (a)");
  open_reader(&r, "setup.db");
  assert_string_equal(query(&r, "PRAGMA query_only"), "1");
  assert_string_equal(query(&r, "SELECT count(*) FROM t"), "0");
  shut(&r);
  shut(&l);
  open_lite(&l, "setup.db?synchronous=full");
  assert_string_equal(query(&l, "PRAGMA synchronous"), "2");
  shut(&l);
}

static void refuses_what_it_cannot_open(void **state)
{
  static const struct {
    const char *name, *says;
    int code;
  } cases[] = {
      {"none/x.db", "there is no such file or folder", RYX_E_CONNECTION},
      {"../../../../../../sys/none.db", "its folder cannot be written",
       RYX_E_CONNECTION},
      {"none.db?mode=rw", "there is no such file or folder", RYX_E_CONNECTION},
      {"none.db?mode=ro", "there is no such file or folder", RYX_E_CONNECTION},
      {"garbage.db", "file is not a database", RYX_E_CONNECTION},
      {"garbage.db?mode=ro", "file is not a database", RYX_E_CONNECTION},
      {".", "cannot open SQLite database '", RYX_E_CONNECTION},
  };
  char path[128];
  FILE *f;
  lite l;
  ryx_err e;

  (void)state;
  snprintf(path, sizeof path, "%s/garbage.db", folder);
  f = fopen(path, "w");
  assert_non_null(f);
  for (int i = 0; i < 2000; i++)
    fputs("garbage ", f);
  fclose(f);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (try_open(&l, cases[i].name, false, &e) != cases[i].code)
      fail_msg("%s opened or failed with %d", cases[i].name, e.code);
    if (!strstr(e.message, cases[i].says) || !strstr(e.message, folder))
      fail_msg("%s: %s", cases[i].name, e.message);
    shut(&l);
  }
}

static void opens_read_only(void **state)
{
  ryx_reply r;
  lite l, ro;

  (void)state;
  open_lite(&l, "ro.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "INSERT INTO t VALUES (1)");
  open_lite(&ro, "ro.db?mode=ro");
  assert_string_equal(query(&ro, "SELECT a FROM t"), "1");
  assert_int_equal(fails(&ro, "INSERT INTO t VALUES (2)", &r),
                   RYX_E_OPERATIONAL);
  assert_non_null(strstr(r.err.message, "readonly"));
  shut(&ro);
  shut(&l);
}

static void a_name_with_file_scheme_is_a_path(void **state)
{
  char name[80];
  lite l;

  (void)state;
  assert_int_equal(chdir(folder), 0);
  snprintf(name, sizeof name, "sqlite:file:x.db%%3fcache=shared");
  {
    ryx_dial d = {.opts = &l.opts, .deadline_ns = now_ns() + 5000000000u};
    ryx_err e;
    assert_int_equal(ryx_opts_parse(name, &l.opts, &e), 0);
    l.c = calloc(1, D.conn_size);
    assert_int_equal(D.dial(l.c, &d, &e), RYX_IO_BLOCK);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  }
  query(&l, "CREATE TABLE t (a)");
  assert_int_equal(access("file:x.db%3fcache=shared", F_OK), 0);
  shut(&l);
  assert_int_equal(chdir("/"), 0);
}

static void in_memory(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "INSERT INTO t VALUES (1), (2)");
  assert_string_equal(query(&l, "SELECT a FROM t"), "1|2");
  assert_int_equal(D.idle(l.c), -1);
  shut(&l);
}

/* What goes in as a parameter, and how it lies in the file. */
static void values_round_trip(void **state)
{
  static const struct {
    ryx_val v;
    const char *type, *text;
  } cases[] = {
      {{.type = RYX_T_NULL}, "null", "NULL"},
      {{.type = RYX_T_BOOL, .u.i = 1}, "integer", "1"},
      {{.type = RYX_T_INT, .u.i = INT64_MAX}, "integer", "9223372036854775807"},
      {{.type = RYX_T_INT, .u.i = INT64_MIN},
       "integer",
       "-9223372036854775808"},
      {{.type = RYX_T_DOUBLE, .u.d = 0.1}, "real", "0.10000000000000001"},
      {{.type = RYX_T_DOUBLE, .u.d = 3}, "real", "3"},
      {{.type = RYX_T_DOUBLE, .u.d = 5e-324},
       "real",
       "4.9406564584124654e-324"},
      {{.type = RYX_T_DOUBLE, .u.d = HUGE_VAL}, "real", "inf"},
      {{.type = RYX_T_TEXT, .u.s = NULL}, "text", ""},
      {{.type = RYX_T_TEXT, .len = 4, .u.s = "1e3 "}, "text", "1e3 "},
      {{.type = RYX_T_TEXT, .len = 7, .u.s = "\xc3\x9f\xf0\x9f\x98\x80z"},
       "text",
       "\xc3\x9f\xf0\x9f\x98\x80z"},
      {{.type = RYX_T_BYTES, .u.s = NULL}, "blob", "x"},
      {{.type = RYX_T_BYTES, .len = 4, .u.s = "\0\xff'\""},
       "blob",
       "x00ff2722"},
      {{.type = RYX_T_DECIMAL, .len = 22, .u.s = "-12345678901234567.890"},
       "text",
       "-12345678901234567.890"},
      {{.type = RYX_T_DATE, .u.i = 0}, "text", "1970-01-01"},
      {{.type = RYX_T_DATE, .u.i = -719162}, "text", "0001-01-01"},
      {{.type = RYX_T_DATE, .u.i = 2932896}, "text", "9999-12-31"},
      {{.type = RYX_T_TIME, .u.i = 86399999999}, "text", "23:59:59.999999"},
      {{.type = RYX_T_DATETIME, .u.i = -1},
       "text",
       "1969-12-31 23:59:59.999999"},
      {{.type = RYX_T_DATETIMETZ, .u.i = 253402300799999999},
       "text",
       "9999-12-31 23:59:59.999999"},
      {{.type = RYX_T_DURATION, .u.i = -5}, "integer", "-5"},
      {{.type = RYX_T_UUID,
        .len = 36,
        .u.s = "00000000-0000-0000-0000-00000000000f"},
       "text",
       "00000000-0000-0000-0000-00000000000f"},
      {{.type = RYX_T_JSON, .len = 7, .u.s = "{\"a\":1}"}, "text", "{\"a\":1}"},
      {{.type = RYX_T_ARRAY, .elem = RYX_T_INT, .len = 5, .u.s = "[1,2]"},
       "text",
       "[1,2]"},
  };
  lite l;

  (void)state;
  open_lite(&l, "values.db");
  query(&l, "CREATE TABLE t (a)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ryx_stmt s = text_stmt("INSERT INTO t VALUES (?) RETURNING typeof(a), a");
    char want[64];
    ryx_reply r;

    s.params = &cases[i].v;
    s.n_params = 1;
    if (run(&l, &s, &r) < 0) fail_msg("%s: %s", cases[i].text, r.err.message);
    assert_int_equal(r.affected, 1);
    assert_int_equal(r.last_id, i + 1);
    assert_string_equal(r.rows->cols[1].name, "a");
    snprintf(want, sizeof want, "%s,%s", cases[i].type, cases[i].text);
    assert_string_equal(render(&l, r.rows), want);
  }
  shut(&l);
}

static void hostile_text_comes_back(void **state)
{
  static const char text[] = "a'; DROP TABLE t; --\"?1\\ \x7f\xef\xbf\xbf";
  ryx_val v = {.type = RYX_T_TEXT, .len = sizeof text - 1, .u.s = text}, got;
  ryx_stmt s = text_stmt("SELECT ?, ?1 = a FROM (SELECT ?1 AS a)");
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  s.params = &v;
  s.n_params = 1;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 0, &got);
  assert_int_equal(got.type, RYX_T_TEXT);
  assert_int_equal(got.len, v.len);
  assert_memory_equal(got.u.s, text, v.len);
  ryx_rows_cell(r.rows, 1, &got);
  assert_int_equal(got.u.i, 1);
  ryx_rows_free(r.rows);
  shut(&l);
}

static void values_are_refused(void **state)
{
  static const struct {
    ryx_val v;
    const char *says;
  } cases[] = {
      {{.type = RYX_T_DOUBLE, .u.d = NAN}, "SQLite has no NaN"},
      {{.type = RYX_T_DECIMAL, .len = 3, .u.s = "NaN"}, "decimal NaN"},
      {{.type = RYX_T_ARRAY,
        .elem = RYX_T_DOUBLE,
        .len = 7,
        .u.s = "[\"NaN\"]"},
       "SQLite has no NaN"},
      {{.type = RYX_T_TEXT, .len = 2, .u.s = "a\xff"}, "not valid UTF-8"},
      {{.type = RYX_T_TEXT, .len = 3, .u.s = "\xed\xa0\x80"}, "UTF-8"},
      {{.type = RYX_T_JSON, .len = 3, .u.s = "\"\xc3\""}, "UTF-8"},
      {{.type = RYX_T_TEXT, .len = 3, .u.s = "a\0b"}, "NUL"},
      {{.type = RYX_T_JSON, .len = 8, .u.s = "\"\\u0000\""}, "NUL"},
      {{.type = RYX_T_DATE, .u.i = INT64_MAX}, "date infinity"},
      {{.type = RYX_T_DATETIME, .u.i = INT64_MIN}, "datetime -infinity"},
      {{.type = RYX_T_DATETIMETZ, .u.i = INT64_MAX}, "datetimetz infinity"},
      {{.type = RYX_T_DATE, .u.i = 2932897}, "out of range"},
      {{.type = RYX_T_DATE, .u.i = -719163}, "out of range"},
      {{.type = RYX_T_TIME, .u.i = 86400000000}, "out of range"},
      {{.type = RYX_T_TIME, .u.i = -1}, "out of range"},
      {{.type = RYX_T_DATETIME, .u.i = 253402300800000000}, "out of range"},
  };
  ryx_stmt s = text_stmt("SELECT ?");
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  s.id = 1;
  s.n_params = 1;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    s.params = &cases[i].v;
    assert_int_equal(run(&l, &s, &r), RYX_E_VALIDATION);
    if (!strstr(r.err.message, cases[i].says)) fail_msg("%s", r.err.message);
  }
  s.n_params = 0;
  assert_int_equal(run(&l, &s, &r), RYX_E_MISUSE);
  assert_non_null(strstr(r.err.message, "takes 1 parameters, 0 were given"));
  shut(&l);
}

static void one_statement_per_call(void **state)
{
  static const char *const good[] = {"SELECT 1;",        "SELECT 1 ; ; \n",
                                     "SELECT 1 -- so\n", "SELECT 1; /* ; */",
                                     ";; SELECT 1",      "-- first\nSELECT 1;"};
  static const char *const two[] = {
      "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t",
      "CREATE TABLE x (a); INSERT INTO x VALUES (1)", "SELECT 1; nonsense"};
  static const char *const empty[] = {"", " ", ";", "-- nothing"};
  ryx_reply r;
  ryx_stmt s;
  ryx_err e;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (a)");
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_string_equal(query(&l, good[i]), "1");
  for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
    assert_int_equal(fails(&l, two[i], &r), RYX_E_MISUSE);
    assert_non_null(strstr(r.err.message, "one statement per call"));
  }
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    assert_int_equal(fails(&l, empty[i], &r), RYX_E_MISUSE);
    assert_non_null(strstr(r.err.message, "empty"));
  }
  s = text_stmt("SELECT 1");
  s.sql = "SELECT 1\0; SELECT 2";
  s.sql_len = 19;
  assert_int_equal(D.send(l.c, &s, &e), RYX_SENT_REFUSED);
  assert_int_equal(e.code, RYX_E_MISUSE);
  assert_int_equal(fails(&l, "SELECT \"typo\" FROM t", &r), RYX_E_OPERATIONAL);
  assert_string_equal(r.err.message, "no such column: typo");
  assert_string_equal(query(&l, "SELECT name FROM sqlite_schema"), "t");
  shut(&l);
}

static void counts_rows(void **state)
{
  static const struct {
    const char *sql;
    int64_t affected, last_id;
  } cases[] = {
      {"INSERT INTO t (v) VALUES (1), (2), (3)", 3, 3},
      {"UPDATE t SET v = v", 3, 0},
      {"UPDATE t SET v = 0 WHERE id > 5", 0, 0},
      {"SELECT v FROM t", 0, 0},
      {"CREATE TABLE u (id INTEGER PRIMARY KEY)", 0, 0},
      {"INSERT INTO u DEFAULT VALUES", 1, 1},
      {"INSERT INTO t (id, v) VALUES (9, 9)", 1, 9},
      {"INSERT INTO u SELECT last_insert_rowid()", 1, 9},
      {"INSERT INTO t (id, v) VALUES (1, 5) ON CONFLICT DO NOTHING", 0, 0},
      {"INSERT INTO t (id, v) VALUES (1, 5) "
       "ON CONFLICT (id) DO UPDATE SET v = 7",
       1, 0},
      {"WITH x AS (SELECT 20 AS i) INSERT INTO t (id) SELECT i FROM x", 1, 20},
      {"ALTER TABLE t ADD COLUMN w", 0, 0},
      {"DELETE FROM t WHERE id < 3", 2, 0},
      {"PRAGMA user_version = 3", 0, 0},
      {"DROP TABLE u", 0, 0},
  };
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ryx_stmt s = text_stmt(cases[i].sql);
    if (run(&l, &s, &r) < 0) fail_msg("%s: %s", s.sql, r.err.message);
    if (r.affected != cases[i].affected || r.last_id != cases[i].last_id)
      fail_msg("%s: %d, %d", s.sql, (int)r.affected, (int)r.last_id);
    ryx_rows_free(r.rows);
  }
  assert_string_equal(query(&l, "SELECT last_insert_rowid()"), "20");
  shut(&l);
}

static void rows_or_no_rows(void **state)
{
  ryx_stmt s = text_stmt("SELECT 1 AS a, 2 AS \"b c\" WHERE 0");
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  assert_int_equal(run(&l, &s, &r), 0);
  assert_non_null(r.rows);
  assert_int_equal(r.rows->n_cols, 2);
  assert_int_equal(r.rows->n_rows, 0);
  assert_string_equal(r.rows->cols[1].name, "b c");
  ryx_rows_free(r.rows);
  s = text_stmt("CREATE TABLE t (a)");
  assert_int_equal(run(&l, &s, &r), 0);
  assert_null(r.rows);
  shut(&l);
}

/* The same id twice, then a schema that changed in between. */
static void cached_statements(void **state)
{
  ryx_stmt s = text_stmt("SELECT * FROM t WHERE a = ?");
  ryx_val v = int_val(1);
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "cache.db?statement_cache=2");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "INSERT INTO t VALUES (1), (2)");
  s.params = &v;
  s.n_params = 1;
  for (uint32_t id = 1; id < 6; id++) {
    s.id = id;
    v.u.i = 1;
    assert_int_equal(run(&l, &s, &r), 0);
    assert_string_equal(render(&l, r.rows), "1");
    v.u.i = 2;
    assert_int_equal(run(&l, &s, &r), 0);
    assert_string_equal(render(&l, r.rows), "2");
  }
  query(&l, "ALTER TABLE t ADD COLUMN b DEFAULT 'x'");
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(render(&l, r.rows), "2,x");
  D.forget(l.c);
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(r.rows->cols[1].name, "b");
  assert_string_equal(render(&l, r.rows), "2,x");
  query(&l, "ALTER TABLE t RENAME COLUMN b TO c");
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(r.rows->cols[1].name, "c");
  assert_string_equal(render(&l, r.rows), "2,x");
  shut(&l);
}

static void errors(void **state)
{
  static const struct {
    const char *sql;
    int code, native;
    const char *constraint, *table, *column;
  } cases[] = {
      {"INSERT INTO t (a) VALUES (1)", RYX_E_UNIQUE, 2067, "", "t", "a"},
      {"INSERT INTO t (id, a) VALUES (1, 9)", RYX_E_UNIQUE, 1555, "", "t",
       "id"},
      {"INSERT INTO t (a, b, c) VALUES (8, 1, 1)", RYX_E_UNIQUE, 2067, "", "t",
       ""},
      {"INSERT INTO t (a, e) VALUES (8, 'X')", RYX_E_UNIQUE, 2067, "t_e", "",
       ""},
      {"INSERT INTO t (a) VALUES (NULL)", RYX_E_NOT_NULL, 1299, "", "t", "a"},
      {"INSERT INTO t (a, p) VALUES (8, 99)", RYX_E_FOREIGN_KEY, 787, "", "",
       ""}, /* a key without a name for its target */
      {"INSERT INTO k VALUES (1, 99)", RYX_E_FOREIGN_KEY, 787, "", "k", "q"},
      {"INSERT INTO k VALUES (99, 1), (1, 1)", RYX_E_FOREIGN_KEY, 787, "", "k",
       "p"},
      {"UPDATE k SET q = 99", RYX_E_FOREIGN_KEY, 787, "", "k", "q"},
      {"UPDATE p SET id = 7", RYX_E_FOREIGN_KEY, 787, "", "", ""},
      {"DELETE FROM p", RYX_E_FOREIGN_KEY, 1811, "", "", ""},
      {"INSERT INTO t (a, d) VALUES (8, -1)", RYX_E_CHECK, 275, "d_positive",
       "", ""},
      {"INSERT INTO t (a, b) VALUES (8, 'x')", RYX_E_CHECK, 275, "", "", ""},
      {"INSERT INTO s VALUES ('x')", RYX_E_CHECK, 3091, "", "", ""},
      {"INSERT INTO t (a, d) VALUES (77, 77)", RYX_E_OPERATIONAL, 1811, "", "",
       ""},
      {"SELEC", RYX_E_MISUSE, 1, "", "", ""},
      {"SELECT (1", RYX_E_MISUSE, 1, "", "", ""},
      {"SELECT 'open", RYX_E_MISUSE, 1, "", "", ""},
      {"SELECT * FROM none", RYX_E_OPERATIONAL, 1, "", "", ""},
      {"SELECT sum(v) FROM (SELECT 9223372036854775807 AS v UNION ALL "
       "SELECT 1)",
       RYX_E_OPERATIONAL, 1, "", "", ""},
  };
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
  query(&l,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL UNIQUE, b CHECK "
        "(typeof(b) IN ('integer', 'null')), c, d CONSTRAINT d_positive CHECK "
        "(d > 0), e, p REFERENCES p ON DELETE RESTRICT, UNIQUE (b, c))");
  query(&l, "CREATE TABLE k (p REFERENCES p (id), q REFERENCES p (id))");
  query(&l, "CREATE UNIQUE INDEX t_e ON t (lower(e))");
  query(&l, "CREATE TABLE s (i INTEGER) STRICT");
  query(&l,
        "CREATE TRIGGER tr BEFORE INSERT ON t WHEN new.a = 77 BEGIN SELECT "
        "RAISE(ABORT, 'not that'); END");
  query(&l, "INSERT INTO p VALUES (1)");
  query(&l, "INSERT INTO t (a, b, c, e, p) VALUES (1, 1, 1, 'x', 1)");
  query(&l, "INSERT INTO k VALUES (1, 1)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int code = fails(&l, cases[i].sql, &r);
    if (code != cases[i].code || r.err.native != cases[i].native)
      fail_msg("%s: %d %d %s", cases[i].sql, code, r.err.native, r.err.message);
    assert_string_equal(r.err.constraint, cases[i].constraint);
    assert_string_equal(r.err.table, cases[i].table);
    assert_string_equal(r.err.column, cases[i].column);
  }
  assert_int_equal(fails(&l, "INSERT INTO t (a,b,c) VALUES (8,1,1)", &r),
                   RYX_E_UNIQUE);
  assert_string_equal(r.err.message, "UNIQUE constraint failed: t.b, t.c");
  shut(&l);
}

/* Every allocation of ours fails once; nothing leaks, nothing is half done. */
static void out_of_memory(void **state)
{
  ryx_stmt s = text_stmt("INSERT INTO t VALUES (?) RETURNING a");
  int64_t live, rows = ryx_rows_live();
  ryx_val v[2] = {text_val("x"), text_val("y")};
  ryx_reply r;
  lite l;
  int n = 0, rc;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (a)");
  s.params = v;
  s.n_params = 1;
  s.n_batch = 2;
  live = ryx_mem_live();
  do {
    s.id = (uint32_t)n + 1;
    ryx_mem_fail_at(++n, false);
    rc = run(&l, &s, &r);
    ryx_mem_fail_at(0, false);
    if (rc == 0) break;
    assert_int_equal(rc, RYX_E_NOMEM);
    assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  } while (n < 50);
  assert_true(n > 1 && n < 50);
  assert_string_equal(render(&l, r.rows), "x|y");
  D.forget(l.c);
  assert_int_equal(ryx_mem_live(), live);
  assert_int_equal(ryx_rows_live(), rows);
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_and_sets_up),
      cmocka_unit_test(refuses_what_it_cannot_open),
      cmocka_unit_test(opens_read_only),
      cmocka_unit_test(a_name_with_file_scheme_is_a_path),
      cmocka_unit_test(in_memory),
      cmocka_unit_test(values_round_trip),
      cmocka_unit_test(hostile_text_comes_back),
      cmocka_unit_test(values_are_refused),
      cmocka_unit_test(one_statement_per_call),
      cmocka_unit_test(counts_rows),
      cmocka_unit_test(rows_or_no_rows),
      cmocka_unit_test(cached_statements),
      cmocka_unit_test(errors),
      cmocka_unit_test(out_of_memory),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
