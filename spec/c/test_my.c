/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server: values, the
 * statement cache, errors, transactions. */
#include <math.h>

#include "driver/my_conn.h"
#include "my_fixture.h"
#include "value/time.h"

/* Stores v in a column of this type and reads it back as want, by the binary
 * and by the text protocol, and finds the row by it. */
static void round_trip(conn *k, const char *type, ryx_val v, ryx_val want)
{
  char sql[256];
  ryx_reply r;

  ok(k, "DROP TABLE IF EXISTS rt");
  snprintf(sql, sizeof sql, "CREATE TABLE rt (c %s NULL) CHARSET utf8mb4",
           type);
  ok(k, sql);
  r = with(k, "INSERT INTO rt VALUES (?)", &v, 1);
  if (r.code) print_error("%s: %s\n", type, r.err.message);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, 1);
  r = text(k, "SELECT c FROM rt");
  expect_cell(&r, &want);
  if (v.type == RYX_T_NULL) return;
  r = with(k, "SELECT c FROM rt WHERE c = ?", &v, 1);
  expect_cell(&r, &want);
}

static void same_type_back(conn *k, const char *type, ryx_val v)
{
  round_trip(k, type, v, v);
}

static void test_numbers(void **state)
{
  conn k;
  char long_decimal[80];
  const char *decimals[] = {"0.00", "-0.01", "12345678901234.56", "-1.10"};

  (void)state;
  open_conn(&k, "");
  same_type_back(&k, "BIGINT", val_int(INT64_MIN));
  same_type_back(&k, "BIGINT", val_int(INT64_MAX));
  same_type_back(&k, "TINYINT", val_int(-128));
  same_type_back(&k, "TINYINT UNSIGNED", val_int(255));
  same_type_back(&k, "SMALLINT", val_int(-32768));
  same_type_back(&k, "SMALLINT UNSIGNED", val_int(65535));
  same_type_back(&k, "MEDIUMINT", val_int(-8388608));
  same_type_back(&k, "MEDIUMINT UNSIGNED", val_int(16777215));
  same_type_back(&k, "INT", val_int(INT32_MIN));
  same_type_back(&k, "INT UNSIGNED", val_int(UINT32_MAX));
  same_type_back(&k, "BIGINT UNSIGNED", val_int(INT64_MAX));
  same_type_back(&k, "YEAR", val_int(2155));
  same_type_back(&k, "BIT(63)", val_int(INT64_MAX));
  round_trip(&k, "BOOLEAN", val_of(RYX_T_BOOL, 1), val_int(1));
  round_trip(&k, "BIGINT", val_of(RYX_T_DURATION, -5), val_int(-5));
  round_trip(&k, "BIGINT", val_of(RYX_T_NULL, 0), val_of(RYX_T_NULL, 0));
  round_trip(&k, "BIGINT UNSIGNED",
             val_s(RYX_T_DECIMAL, "18446744073709551615", 20),
             val_s(RYX_T_DECIMAL, "18446744073709551615", 20));
  for (size_t i = 0; i < 4; i++)
    same_type_back(&k, "DECIMAL(20,2)",
                   val_s(RYX_T_DECIMAL, decimals[i], strlen(decimals[i])));
  round_trip(&k, "DECIMAL(8,2) ZEROFILL", val_s(RYX_T_DECIMAL, "1.50", 4),
             val_s(RYX_T_DECIMAL, "1.50", 4));
  memset(long_decimal, '9', sizeof long_decimal);
  same_type_back(&k, "DECIMAL(65,0)", val_s(RYX_T_DECIMAL, long_decimal, 65));
  long_decimal[35] = '.';
  same_type_back(&k, "DECIMAL(65,30)", val_s(RYX_T_DECIMAL, long_decimal, 66));
  same_type_back(&k, "DOUBLE", (ryx_val){.type = RYX_T_DOUBLE, .u.d = 0.1});
  same_type_back(
      &k, "DOUBLE",
      (ryx_val){.type = RYX_T_DOUBLE, .u.d = -1.7976931348623157e308});
  same_type_back(&k, "DOUBLE", (ryx_val){.type = RYX_T_DOUBLE, .u.d = 5e-324});
  same_type_back(&k, "FLOAT", (ryx_val){.type = RYX_T_DOUBLE, .u.d = 0.5});
  hang_up(&k);
}

/* A decimal parameter against a decimal column is compared as such: as doubles
 * these two are equal. */
static void test_decimal_is_exact(void **state)
{
  conn k;
  ryx_val a = val_s(RYX_T_DECIMAL, "12345678901234567890.0001", 25);
  ryx_val b = val_s(RYX_T_DECIMAL, "12345678901234567890.0002", 25);
  ryx_val zero = val_int(0);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, "DROP TABLE IF EXISTS rt");
  ok(&k, "CREATE TABLE rt (c DECIMAL(40,4))");
  r = with(&k, "INSERT INTO rt VALUES (?)", &a, 1);
  assert_int_equal(r.code, 0);
  r = with(&k, "SELECT COUNT(*) FROM rt WHERE c = ?", &b, 1);
  expect_cell(&r, &zero);
  r = with(&k, "SELECT COUNT(*) FROM rt WHERE c >= ?", &b, 1);
  expect_cell(&r, &zero);
  hang_up(&k);
}

static void test_text_and_bytes(void **state)
{
  static char big[16 * 1024 * 1024 + 3];
  conn k;

  (void)state;
  open_conn(&k, "");
  same_type_back(&k, "VARCHAR(80)", val_text(""));
  same_type_back(&k, "VARCHAR(80)",
                 val_text("caf\xc3\xa9 \xf0\x9f\x98\x80 '\"\\%_"));
  same_type_back(&k, "CHAR(20)", val_text("abc"));
  same_type_back(&k, "LONGBLOB", val_s(RYX_T_BYTES, "", 0));
  same_type_back(&k, "VARBINARY(20)", val_s(RYX_T_BYTES, "\xff\x00\xfe", 3));
  round_trip(&k, "JSON", val_s(RYX_T_JSON, "{\"a\":[1,2]}", 11),
             val_s(RYX_T_JSON, "{\"a\":[1,2]}", 11));
  same_type_back(&k, "UUID",
                 val_s(RYX_T_UUID, "00112233-4455-6677-8899-aabbccddeeff", 36));
  round_trip(&k, "ENUM('x','y')", val_text("y"), val_text("y"));
  memset(big, 'x', sizeof big);
  for (size_t i = 0; i < sizeof big; i += 97)
    big[i] = (char)i;
  same_type_back(&k, "LONGBLOB", val_s(RYX_T_BYTES, big, sizeof big));
  same_type_back(&k, "LONGBLOB", val_s(RYX_T_BYTES, big, 70000));
  same_type_back(&k, "LONGBLOB", val_s(RYX_T_BYTES, big, 250));
  same_type_back(&k, "LONGBLOB", val_s(RYX_T_BYTES, big, 251));
  hang_up(&k);
}

static void test_times(void **state)
{
  const int64_t day = INT64_C(86400000000);
  int64_t first = ryx_civil_days(1, 1, 1), last = ryx_civil_days(9999, 12, 31);
  conn k;
  ryx_reply r;
  ryx_val no_day = val_of(RYX_T_DATE, RYX_TIME_ZEROS);
  ryx_val no_moment = val_of(RYX_T_DATETIME, RYX_TIME_ZEROS), v;

  (void)state;
  open_conn(&k, "");
  same_type_back(&k, "DATE", val_of(RYX_T_DATE, first));
  same_type_back(&k, "DATE", val_of(RYX_T_DATE, last));
  same_type_back(&k, "DATE", val_of(RYX_T_DATE, 0));
  same_type_back(&k, "DATETIME(6)", val_of(RYX_T_DATETIME, first * day));
  same_type_back(&k, "DATETIME(6)",
                 val_of(RYX_T_DATETIME, last * day + day - 1));
  same_type_back(&k, "DATETIME(6)", val_of(RYX_T_DATETIME, -1));
  same_type_back(&k, "DATETIME(6)", val_of(RYX_T_DATETIME, 1000000));
  round_trip(&k, "DATETIME(6)", val_of(RYX_T_DATETIMETZ, 5),
             val_of(RYX_T_DATETIME, 5));
  same_type_back(&k, "TIMESTAMP(6)", val_of(RYX_T_DATETIME, 1700000000123456));
  same_type_back(&k, "TIME(6)", val_of(RYX_T_TIME, 0));
  same_type_back(&k, "TIME(6)", val_of(RYX_T_TIME, day - 1));
  same_type_back(&k, "TIME(6)", val_of(RYX_T_TIME, 1));
  v = val_of(RYX_T_DURATION, -(25 * INT64_C(3600000000) + 1));
  for (int i = 0; i < 2; i++) {
    ryx_stmt s = stmt_of("SELECT CAST('-25:00:00.000001' AS TIME(6))");
    s.id = (uint32_t)i; /* 0 goes by the text protocol */
    r = run(&k, &s);
    expect_cell(&r, &v);
  }
  ok(&k, "SET sql_mode = ''");
  ok(&k, "CREATE OR REPLACE TABLE rt (c DATE, d DATETIME)");
  ok(&k, "INSERT INTO rt VALUES ('0000-00-00', '0000-00-00 00:00:00')");
  r = text(&k, "SELECT c FROM rt");
  expect_cell(&r, &no_day);
  r = text(&k, "SELECT d FROM rt");
  expect_cell(&r, &no_moment);
  v = val_int(1);
  r = with(&k, "SELECT d FROM rt WHERE ? = 1", &v, 1);
  expect_cell(&r, &no_moment);
  ok(&k, "UPDATE rt SET c = '2024-00-10'");
  r = with(&k, "SELECT c FROM rt WHERE ? = 1", &v, 1);
  expect_cell(&r, &no_day);
  hang_up(&k);
}

static void expect_refused(conn *k, ryx_val v, const char *word)
{
  ryx_stmt s = stmt_of("SELECT ?");

  s.params = &v;
  s.n_params = 1;
  assert_int_equal(my->send(k->c, &s, &k->err), RYX_SENT_REFUSED);
  assert_int_equal(k->err.code, RYX_E_VALIDATION);
  assert_non_null(strstr(k->err.message, word));
}

/* These never leave; the connection does not notice. */
static ryx_val doubles(const char *s)
{
  ryx_val v = val_s(RYX_T_ARRAY, s, strlen(s));

  v.elem = RYX_T_DOUBLE;
  return v;
}

static void test_refused_values(void **state)
{
  conn k;
  char digits[70], deep[64];

  (void)state;
  open_conn(&k, "");
  memset(digits, '1', sizeof digits);
  expect_refused(&k, (ryx_val){.type = RYX_T_DOUBLE, .u.d = NAN}, "NaN");
  expect_refused(&k, (ryx_val){.type = RYX_T_DOUBLE, .u.d = -INFINITY}, "NaN");
  expect_refused(&k, val_s(RYX_T_TEXT, "\xff", 1), "UTF-8");
  expect_refused(&k, val_s(RYX_T_TEXT, "a\0b", 3), "NUL");
  expect_refused(&k, val_s(RYX_T_DECIMAL, "NaN", 3), "NaN");
  expect_refused(&k, val_s(RYX_T_DECIMAL, digits, 66), "66 digits");
  expect_refused(&k, val_of(RYX_T_DATE, INT64_MAX), "9999");
  expect_refused(&k, val_of(RYX_T_DATE, ryx_civil_days(1, 1, 1) - 1), "9999");
  expect_refused(&k, val_of(RYX_T_DATETIME, INT64_MIN), "9999");
  expect_refused(&k, val_of(RYX_T_TIME, INT64_C(86400000000)), "one day");
  expect_refused(&k, doubles("[0.0,\"Infinity\"]"), "infinity");
  memset(deep, '[', 32);
  memset(deep + 32, ']', 32);
  expect_refused(&k, val_s(RYX_T_JSON, deep, 64), "nested deeper than 31");
  assert_int_equal(number(&k, "SELECT 7"), 7);
  hang_up(&k);
}

static int64_t prepared_count(conn *k)
{
  return number(k,
                "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM "
                "information_schema.session_status WHERE VARIABLE_NAME = "
                "'COM_STMT_PREPARE'");
}

static void test_cache(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT ?");
  ryx_val v = val_int(1);
  ryx_reply r;
  int64_t before;

  (void)state;
  open_conn(&k, "?statement_cache=4");
  s.params = &v;
  s.n_params = 1;
  before = prepared_count(&k);
  for (int i = 0; i < 40; i++) {
    s.id = 1 + (uint32_t)(i % 4);
    r = run(&k, &s);
    expect_cell(&r, &v);
  }
  assert_int_equal(prepared_count(&k) - before, 4);
  for (int i = 0; i < 40; i++) { /* one more than fits, in turn: all miss */
    s.id = 1 + (uint32_t)(i % 5);
    r = run(&k, &s);
    expect_cell(&r, &v);
  }
  assert_in_range(prepared_count(&k) - before, 30, 44);
  hang_up(&k);
}

static void test_altered_table(void **state)
{
  conn k, other;
  ryx_stmt s = stmt_of("SELECT * FROM alt");
  ryx_val v = val_int(1), t = val_text("1");
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  assert_int_equal(dial(&other, ""), RYX_IO_DONE);
  ok(&other, "CREATE OR REPLACE TABLE alt (a INT)");
  ok(&other, "INSERT INTO alt VALUES (1)");
  s.id = 9;
  s.flags = RYX_STMT_READ;
  r = run(&k, &s);
  expect_cell(&r, &v);
  ok(&other, "ALTER TABLE alt MODIFY a VARCHAR(20)");
  r = run(&k, &s);
  expect_cell(&r, &t);
  ok(&other, "ALTER TABLE alt ADD b INT");
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.rows->n_cols, 2);
  ryx_rows_free(r.rows);
  ok(&other, "ALTER TABLE alt DROP b");
  s.flags = 0; /* may not run twice: it fails, and the next run is right */
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  r = run(&k, &s);
  expect_cell(&r, &t);
  my->close(other.c);
  ryx_mem_free(other.c);
  ryx_opts_fini(&other.opts);
  hang_up(&k);
}

static void test_placeholders(void **state)
{
  conn k;
  ryx_val v[2] = {val_int(1), val_int(2)};
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  r = with(&k, "SELECT ?", v, 2);
  assert_int_equal(r.code, RYX_E_MISUSE);
  assert_true(r.not_started);
  r = with(&k, "SELEC ?", v, 1);
  assert_int_equal(r.code, RYX_E_MISUSE);
  assert_int_equal(r.err.native, 1064);
  assert_string_equal(r.err.sqlstate, "42000");
  assert_int_equal(number(&k, "SELECT 1"), 1);
  hang_up(&k);
}

static void test_affected(void **state)
{
  conn k;
  ryx_val v[2] = {val_int(5), val_int(5)};
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k,
     "CREATE OR REPLACE TABLE af (id INT AUTO_INCREMENT PRIMARY KEY, a INT)");
  r = with(&k, "INSERT INTO af (a) VALUES (?), (?)", v, 2);
  assert_int_equal(r.affected, 2);
  assert_null(r.rows);
  assert_int_equal(r.last_id, 1);
  r = text(&k, "UPDATE af SET a = 5");
  assert_int_equal(r.affected, 2); /* matched, none changed */
  r = with(&k, "UPDATE af SET a = ? WHERE a = ?", v, 2);
  assert_int_equal(r.affected, 2);
  r = with(&k, "DELETE FROM af WHERE a = ? AND id = 1 AND ? = 5 RETURNING id",
           v, 2);
  assert_int_equal(r.affected, 1);
  v[0] = val_int(1);
  expect_cell(&r, &v[0]);
  hang_up(&k);
}

static void test_procedures(void **state)
{
  conn k;
  ryx_val v = val_int(3);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k,
     "CREATE OR REPLACE PROCEDURE pr(x INT) BEGIN SELECT x; SELECT x, 2; "
     "SELECT 'z'; END");
  for (int i = 0; i < 2; i++) {
    r = with(&k, "CALL pr(?)", &v, 1);
    expect_cell(&r, &v);
    r = text(&k, "CALL pr(3)");
    expect_cell(&r, &v);
  }
  hang_up(&k);
}

static void test_errors(void **state)
{
  conn k;
  ryx_val v = val_text("a");
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, "DROP TABLE IF EXISTS ec, ep");
  ok(&k, "CREATE TABLE ep (id INT PRIMARY KEY)");
  ok(&k,
     "CREATE TABLE ec (n VARCHAR(3) NOT NULL, q INT DEFAULT 1, p INT, UNIQUE "
     "KEY n_uq (n), CONSTRAINT q_pos CHECK (q > 0), CONSTRAINT to_p FOREIGN "
     "KEY (p) REFERENCES ep (id))");
  r = with(&k, "INSERT INTO ec (n) VALUES (?)", &v, 1);
  assert_int_equal(r.code, 0);
  r = with(&k, "INSERT INTO ec (n) VALUES (?)", &v, 1);
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_string_equal(r.err.constraint, "n_uq");
  assert_int_equal(r.err.native, 1062);
  r = text(&k, "INSERT INTO ec (n, p) VALUES ('b', 5)");
  assert_int_equal(r.code, RYX_E_FOREIGN_KEY);
  assert_string_equal(r.err.constraint, "to_p");
  assert_string_equal(r.err.table, "ec");
  assert_string_equal(r.err.column, "p");
  r = text(&k, "INSERT INTO ec (n) VALUES (NULL)");
  assert_int_equal(r.code, RYX_E_NOT_NULL);
  assert_string_equal(r.err.column, "n");
  r = text(&k, "INSERT INTO ec (q) VALUES (1)");
  assert_int_equal(r.code, RYX_E_NOT_NULL);
  r = text(&k, "INSERT INTO ec (n, q) VALUES ('c', -1)");
  assert_int_equal(r.code, RYX_E_CHECK);
  assert_string_equal(r.err.constraint, "q_pos");
  assert_string_equal(r.err.table, "ec");
  r = text(&k, "INSERT INTO ec (n) VALUES ('long')");
  assert_int_equal(r.code, RYX_E_VALIDATION);
  assert_string_equal(r.err.column, "n");
  r = text(&k, "INSERT INTO ec (n, q) VALUES ('d', 'x')");
  assert_int_equal(r.code, RYX_E_VALIDATION);
  assert_string_equal(r.err.column, "q");
  r = text(&k, "SELECT 9223372036854775807 + 1");
  assert_int_equal(r.code, RYX_E_VALIDATION);
  r = text(&k, "SELECT nothing FROM nowhere");
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  hang_up(&k);
}

static void begin(conn *k, const ryx_begin *b)
{
  const char *sql;

  for (int i = 0; (sql = my->begin(b, i)); i++)
    ok(k, sql);
}

static void test_transactions(void **state)
{
  ryx_begin plain = {.isolation = RYX_ISO_DEFAULT};
  ryx_begin strict = {.isolation = RYX_ISO_SERIALIZABLE, .read_only = true};
  conn k;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, "CREATE OR REPLACE TABLE tx (a INT PRIMARY KEY)");
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  begin(&k, &plain);
  assert_int_equal(my->in_tx(k.c), RYX_TX_OPEN);
  ok(&k, "INSERT INTO tx VALUES (1)");
  r = text(&k, "INSERT INTO tx VALUES (1)");
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_int_equal(my->in_tx(k.c), RYX_TX_OPEN);
  ok(&k, "ROLLBACK");
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  begin(&k, &strict);
  r = text(&k, "INSERT INTO tx VALUES (1)");
  assert_int_equal(r.err.native, 1792);
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  ok(&k, "ROLLBACK");
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM tx"), 0);
  hang_up(&k);
}

/* Two transactions lock two rows crosswise: the server rolls one back whole,
 * which only asking tells. */
static void test_deadlock(void **state)
{
  conn a, b;
  ryx_stmt s = stmt_of("UPDATE dl SET v = 1 WHERE id = 2");
  ryx_reply ra, rb;
  ryx_io io;

  (void)state;
  open_conn(&a, "");
  assert_int_equal(dial(&b, ""), RYX_IO_DONE);
  ok(&a, "CREATE OR REPLACE TABLE dl (id INT PRIMARY KEY, v INT)");
  ok(&a, "INSERT INTO dl VALUES (1, 0), (2, 0)");
  ok(&a, "START TRANSACTION");
  ok(&b, "START TRANSACTION");
  ok(&a, "UPDATE dl SET v = 1 WHERE id = 1");
  ok(&b, "UPDATE dl SET v = 1 WHERE id = 2");
  assert_int_equal(my->send(a.c, &s, &a.err), 0);
  io = my->step(a.c, 0, &a.err);
  rb = text(&b, "UPDATE dl SET v = 1 WHERE id = 1");
  finish(&a, io);
  assert_true(my->take(a.c, &ra));
  assert_true((ra.code == RYX_E_DEADLOCK) != (rb.code == RYX_E_DEADLOCK));
  assert_int_equal(my->in_tx(a.c), ra.code ? RYX_TX_NONE : RYX_TX_OPEN);
  assert_int_equal(my->in_tx(b.c), rb.code ? RYX_TX_NONE : RYX_TX_OPEN);
  my->close(b.c);
  ryx_mem_free(b.c);
  ryx_opts_fini(&b.opts);
  hang_up(&a);
}

/* A password is refused, and not shown. */
/* The dial leaves the process's SIGPIPE and the descriptor as they ought to be.
 */
static ryx_stmt plus_one(const ryx_val *v)
{
  ryx_stmt s = stmt_of("SELECT ? + 1");

  s.id = 9;
  s.params = v;
  s.n_params = 1;
  return s;
}

/* Spoils the kept handle, so that the server does not know it. */
static void spoil(conn *k)
{
  my_conn *c = k->c;
  MYSQL_STMT *st = ryx_stmts_get(&c->cache, 9);

  assert_non_null(st);
  st->stmt_id += 777;
}

static void test_vanished_statement(void **state)
{
  conn k;
  ryx_val v = val_int(1), two = val_int(2);
  ryx_stmt s = plus_one(&v);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  r = run(&k, &s);
  expect_cell(&r, &two);
  spoil(&k);
  r = run(&k, &s);
  expect_cell(&r, &two);
  spoil(&k);
  ok(&k, "START TRANSACTION");
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  assert_int_equal(r.err.native, 1243);
  r = run(&k, &s);
  expect_cell(&r, &two);
  hang_up(&k);
}

/* Whichever allocation fails, the statement says so and the connection stays
 * usable. */
static void test_out_of_memory(void **state)
{
  conn k;
  ryx_val v = val_int(1);
  int failures = 0;

  (void)state;
  open_conn(&k, "");
  for (int n = 1; n < 40; n++) {
    ryx_stmt s = stmt_of("SELECT seq, REPEAT('x', ?) FROM seq_1_to_500");
    ryx_reply r;
    s.params = &v;
    s.n_params = n % 2; /* both protocols; the text one is an error */
    if (!s.n_params) s = stmt_of("SELECT seq, 'abc' FROM seq_1_to_500");
    s.id = s.n_params ? (uint32_t)n : 0;
    ryx_mem_fail_at(n / 2 + 1, false);
    r = run(&k, &s);
    ryx_mem_fail_at(0, false);
    failures += r.code != 0;
    if (r.code) assert_int_equal(r.code, RYX_E_NOMEM);
    if (!r.code) assert_int_equal(r.rows->n_rows, 500);
    if (!r.code) ryx_rows_free(r.rows);
    assert_int_equal(number(&k, "SELECT 1"), 1);
  }
  assert_true(failures > 5);
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_decimal_is_exact),
      cmocka_unit_test(test_text_and_bytes),
      cmocka_unit_test(test_times),
      cmocka_unit_test(test_refused_values),
      cmocka_unit_test(test_cache),
      cmocka_unit_test(test_altered_table),
      cmocka_unit_test(test_placeholders),
      cmocka_unit_test(test_affected),
      cmocka_unit_test(test_procedures),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_transactions),
      cmocka_unit_test(test_deadlock),
      cmocka_unit_test(test_vanished_statement),
      cmocka_unit_test(test_out_of_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
