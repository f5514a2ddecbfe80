/* SPDX-License-Identifier: MIT */
/* The session of a SQLite connection: what a statement leaves behind is known,
 * and undone for the next user. */
#include "driver/lite_conn.h"

#include "lite_fixture.h"

static void reset(lite *l)
{
  ryx_err e;

  assert_int_equal(D.reset(l->c, &e), RYX_IO_BLOCK);
  if (D.step(l->c, 0, &e) != RYX_IO_DONE) fail_msg("reset: %s", e.message);
}

static void reset_undoes_the_session(void **state)
{
  ryx_err e;
  lite l, r;
  char sql[160];

  (void)state;
  open_lite(&l, "reset.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "PRAGMA foreign_keys = off");
  query(&l, "PRAGMA synchronous = off");
  query(&l, "CREATE TEMP TABLE \"a\"\"b\" (a)");
  query(&l, "CREATE INDEX temp.i ON \"a\"\"b\" (a)");
  query(&l, "CREATE TEMP VIEW v AS SELECT * FROM \"a\"\"b\"");
  snprintf(sql, sizeof sql, "ATTACH '%s/other.db' AS \"o'o\"", folder);
  query(&l, sql);
  query(&l, "BEGIN");
  query(&l, "INSERT INTO t VALUES (1)");
  assert_int_equal(D.reset(l.c, &e), RYX_IO_BLOCK);
  assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "PRAGMA foreign_keys"), "1");
  assert_string_equal(query(&l, "PRAGMA synchronous"), "1");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  assert_string_equal(query(&l, "SELECT count(*) FROM temp.sqlite_schema"),
                      "0");
  assert_string_equal(
      query(&l, "SELECT count(*) FROM pragma_database_list WHERE seq > 1"),
      "0");
  open_reader(&r, "reset.db");
  query(&r, "PRAGMA query_only = off");
  query(&r, "CREATE TEMP TABLE x (a)");
  assert_int_equal(D.reset(r.c, &e), RYX_IO_BLOCK);
  assert_int_equal(D.step(r.c, 0, &e), RYX_IO_DONE);
  assert_string_equal(query(&r, "PRAGMA query_only"), "1");
  assert_string_equal(query(&r, "SELECT count(*) FROM temp.sqlite_schema"),
                      "0");
  shut(&r);
  shut(&l);
}

static bool has_module(lite *l, const char *name)
{
  char sql[100];

  snprintf(sql, sizeof sql,
           "SELECT count(*) FROM pragma_module_list WHERE name = '%s'", name);
  return strcmp(query(l, sql), "1") == 0;
}

/* A reset runs statements only after one that may have changed something. */
static void knows_what_changes_it(void **state)
{
  static const struct {
    const char *sql;
    bool changes;
  } cases[] = {
      {"SELECT * FROM t", false},
      {"INSERT INTO t VALUES (1)", false},
      {"CREATE TABLE u (a)", false},
      {"ALTER TABLE u ADD COLUMN b", false},
      {"DROP TABLE u", false},
      {"ANALYZE", false},
      {"PRAGMA foreign_keys", false},
      {"PRAGMA foreign_keys = off", true},
      {"PRAGMA case_sensitive_like(1)", true},
      {"SELECT ryx_foreign_keys(0)", true},
      {"CREATE TEMP TABLE x (a)", true},
      {"CREATE TEMP VIEW v AS SELECT 1", true},
      {"CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", true},
      {"CREATE TABLE temp.y AS SELECT 1 AS a", true},
      {"CREATE VIRTUAL TABLE temp.z USING fts5(a)", true},
      {"ATTACH ':memory:' AS other", true},
  };
  lite l;

  (void)state;
  open_lite(&l, "knows.db");
  query(&l, "CREATE TABLE t (a)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ryx_lite *c = l.c;
    if (strstr(cases[i].sql, "fts5") && !has_module(&l, "fts5")) continue;
    query(&l, cases[i].sql);
    if (c->is_changed != cases[i].changes) fail_msg("%s", cases[i].sql);
    reset(&l);
    assert_false(c->is_changed);
    assert_string_equal(query(&l, "SELECT count(*) FROM temp.sqlite_schema"),
                        "0");
  }
  shut(&l);
}

/* Also from the cache of statements, where nothing is prepared. */
static void cached_statements_change_it_again(void **state)
{
  ryx_stmt s = text_stmt("ATTACH ':memory:' AS other");
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "cached.db");
  s.id = 9;
  for (int i = 0; i < 3; i++) {
    if (run(&l, &s, &r) < 0) fail_msg("%s", r.err.message);
    ryx_rows_free(r.rows);
    reset(&l);
  }
  assert_string_equal(query(&l,
                            "SELECT count(*) FROM pragma_database_list "
                            "WHERE name = 'other'"),
                      "0");
  shut(&l);
}

static void settings_come_back(void **state)
{
  static const struct {
    const char *set, *ask, *is;
  } cases[] = {
      {"PRAGMA ignore_check_constraints = ON",
       "PRAGMA ignore_check_constraints", "0"},
      {"PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers", "0"},
      {"PRAGMA reverse_unordered_selects = ON",
       "PRAGMA reverse_unordered_selects", "0"},
      {"PRAGMA case_sensitive_like = ON", "SELECT 'A' LIKE 'a'", "1"},
      {"PRAGMA writable_schema = ON", "PRAGMA writable_schema", "0"},
      {"PRAGMA legacy_alter_table = ON", "PRAGMA legacy_alter_table", "0"},
      {"SELECT ryx_foreign_keys(0)", "PRAGMA foreign_keys", "1"},
      {"PRAGMA query_only = ON", "PRAGMA query_only", "0"},
      {"PRAGMA synchronous = FULL", "PRAGMA synchronous", "1"},
      {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA locking_mode", "normal"},
  };
  lite l;

  (void)state;
  open_lite(&l, "come.db");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    query(&l, cases[i].set);
    reset(&l);
    if (strcmp(query(&l, cases[i].ask), cases[i].is) != 0)
      fail_msg("%s: %s", cases[i].set, l.text);
  }
  shut(&l);
}

/* SQLite's own handler takes the place of ours, and hears no cancel. */
static void waits_are_ours_again(void **state)
{
  ryx_stmt s = text_stmt("CREATE TABLE u (a)");
  lite l, other;
  ryx_reply r;

  (void)state;
  open_lite(&l, "busy.db");
  open_lite(&other, "busy.db");
  query(&l, "PRAGMA busy_timeout = 60000");
  reset(&l);
  query(&other, "BEGIN IMMEDIATE");
  s.deadline_ns = now_ns() + 50000000;
  assert_int_equal(run(&l, &s, &r), RYX_E_TIMEOUT);
  assert_true(now_ns() < s.deadline_ns + 5000000000u);
  shut(&other);
  shut(&l);
}

/* A PRAGMA takes effect while it is prepared, also one that is refused. */
static void refused_text_changes_nothing(void **state)
{
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "refused.db");
  assert_int_equal(fails(&l, "SELECT 1; PRAGMA foreign_keys = off", &r),
                   RYX_E_MISUSE);
  assert_string_equal(query(&l, "PRAGMA foreign_keys"), "1");
  shut(&l);
}

/* What PRAGMA foreign_keys does not do: a parent is made anew, and its rows'
 * children stay. */
static void foreign_keys_rest_inside_a_transaction(void **state)
{
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "keys.db");
  query(&l, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
  query(&l,
        "CREATE TABLE c (p REFERENCES p (id) ON DELETE CASCADE "
        "DEFERRABLE INITIALLY DEFERRED)");
  query(&l, "INSERT INTO p VALUES (1)");
  query(&l, "INSERT INTO c VALUES (1)");
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "SELECT ryx_foreign_keys(0)");
  query(&l, "DROP TABLE p");
  query(&l, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
  query(&l, "INSERT INTO p VALUES (1)");
  query(&l, "SELECT ryx_foreign_keys(1)");
  assert_string_equal(query(&l, "PRAGMA foreign_keys"), "1");
  query(&l, "COMMIT");
  assert_string_equal(query(&l, "SELECT count(*) FROM c"), "1");
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "INSERT INTO c VALUES (2)");
  assert_int_equal(fails(&l, "SELECT ryx_foreign_keys(0)", &r),
                   RYX_E_OPERATIONAL);
  query(&l, "ROLLBACK");
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reset_undoes_the_session),
      cmocka_unit_test(knows_what_changes_it),
      cmocka_unit_test(cached_statements_change_it_again),
      cmocka_unit_test(settings_come_back),
      cmocka_unit_test(waits_are_ours_again),
      cmocka_unit_test(refused_text_changes_nothing),
      cmocka_unit_test(foreign_keys_rest_inside_a_transaction),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
