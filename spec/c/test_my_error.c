/* SPDX-License-Identifier: MIT */
/* What the MariaDB driver reads in numbers and texts of errors; no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/my.h"
#include "driver/my_conn.h"

typedef struct sample {
  unsigned number;
  const char *sqlstate, *text;
  int code;
  const char *constraint, *table, *column;
} sample;

static void expect(const sample *s, bool is_mysql, bool is_lost)
{
  my_native n = {s->number, s->sqlstate, s->text, is_mysql, is_lost};
  ryx_err e;

  memset(&e, 'x', sizeof e);
  ryx_my_error_fill(&e, &n);
  if (e.code != s->code) print_error("%s\n", s->text);
  assert_int_equal(e.code, s->code);
  assert_int_equal(e.native, s->number);
  assert_string_equal(e.sqlstate, s->sqlstate);
  assert_string_equal(e.constraint, s->constraint);
  assert_string_equal(e.table, s->table);
  assert_string_equal(e.column, s->column);
  assert_true(*e.message);
}

static const sample mariadb[] = {
    {1062, "23000", "Duplicate entry '1' for key 'PRIMARY'", RYX_E_UNIQUE,
     "PRIMARY", "", ""},
    {1062, "23000", "Duplicate entry 'x' for key 'a' for key 'b.c'",
     RYX_E_UNIQUE, "b.c", "", ""},
    {1062, "23000", "Duplicate entry 'cut off", RYX_E_UNIQUE, "", "", ""},
    {1586, "23000", "Duplicate entry 'it's' for key 'n_uq'", RYX_E_UNIQUE,
     "n_uq", "", ""},
    {1169, "23000",
     "Can't write, because of unique constraint, to table 'items'",
     RYX_E_UNIQUE, "", "items", ""},
    {1452, "23000",
     "Cannot add or update a child row: a foreign key constraint fails "
     "(`ryx`.`ec`, CONSTRAINT `to_p` FOREIGN KEY (`p`) REFERENCES `ep` (`id`))",
     RYX_E_FOREIGN_KEY, "to_p", "ec", "p"},
    {1451, "23000",
     "Cannot delete or update a parent row: a foreign key constraint fails "
     "(`d`.`o``dd`, CONSTRAINT `a b` FOREIGN KEY (`x`, `y`) REFERENCES `p` "
     "(`x`, `y`))",
     RYX_E_FOREIGN_KEY, "a b", "o`dd", ""},
    {1452, "23000", "... a foreign key constraint fails (`ryx`.`ec`, CONSTR",
     RYX_E_FOREIGN_KEY, "", "ec", ""},
    {1452, "23000", "... a foreign key constraint fails (`ry",
     RYX_E_FOREIGN_KEY, "", "", ""},
    {1216, "23000", "Cannot add or update a child row", RYX_E_FOREIGN_KEY, "",
     "", ""},
    {1048, "23000", "Column 'n' cannot be null", RYX_E_NOT_NULL, "", "", "n"},
    {1364, "HY000", "Field 'n' doesn't have a default value", RYX_E_NOT_NULL,
     "", "", "n"},
    {1263, "22004",
     "Column set to default value; NULL supplied to NOT NULL column 'n' at row "
     "1",
     RYX_E_NOT_NULL, "", "", "n"},
    {4025, "23000", "CONSTRAINT `q_pos` failed for `ryx`.`ec`", RYX_E_CHECK,
     "q_pos", "ec", ""},
    {4025, "23000", "CONSTRAINT `p.b` failed for `ryx`.`p`", RYX_E_CHECK, "b",
     "p", "b"},
    {1406, "22001", "Data too long for column 's' at row 1", RYX_E_VALIDATION,
     "", "", "s"},
    {1264, "22003", "Out of range value for column 'b' at row 12",
     RYX_E_VALIDATION, "", "", "b"},
    {1366, "22007",
     "Incorrect integer value: 'for column `z`' for column `ryx`.`p`.`b` at "
     "row "
     "1",
     RYX_E_VALIDATION, "", "p", "b"},
    {1292, "22007", "Truncated incorrect DOUBLE value: 'abc'", RYX_E_VALIDATION,
     "", "", ""},
    {1265, "01000", "Data truncated for column 's' at row 1", RYX_E_VALIDATION,
     "", "", "s"},
    {1690, "22003", "BIGINT value is out of range in '1 + 1'", RYX_E_VALIDATION,
     "", "", ""},
    {1213, "40001", "Deadlock found", RYX_E_DEADLOCK, "", "", ""},
    {1205, "HY000", "Lock wait timeout exceeded", RYX_E_TIMEOUT, "", "", ""},
    {1020, "HY000", "Record has changed since last read in table 't'",
     RYX_E_SERIALIZATION, "", "", ""},
    {1317, "70100", "Query execution was interrupted", RYX_E_CANCELLED, "", "",
     ""},
    {1969, "70100", "Query execution was interrupted (max_statement_time)",
     RYX_E_CANCELLED, "", "", ""},
    {1927, "70100", "Connection was killed", RYX_E_OPERATIONAL, "", "", ""},
    {1045, "28000", "Access denied for user", RYX_E_OPERATIONAL, "", "", ""},
    {1644, "08S01", "raised by a user", RYX_E_OPERATIONAL, "", "", ""},
    {2013, "08S01", "raised by a user", RYX_E_OPERATIONAL, "", "", ""},
    {1792, "25006", "Cannot execute statement in a READ ONLY transaction",
     RYX_E_OPERATIONAL, "", "", ""},
    {1064, "42000", "You have an error in your SQL syntax", RYX_E_MISUSE, "",
     "", ""},
};

/* The value leaves the message and stays in the detail. */
static void test_values(void **state)
{
  static const struct {
    unsigned number;
    const char *text, *message;
  } cases[] = {
      {1062, "Duplicate entry 'x' for key 'y' for key 'uq'",
       "Duplicate entry '...' for key 'uq'"},
      {1062, "Duplicate entry 'cut off", "Duplicate entry '..."},
      {1366, "Incorrect integer value: 'it's' for column `d`.`t`.`a` at row 1",
       "Incorrect integer value: '...' for column `d`.`t`.`a` at row 1"},
      {1292, "Truncated incorrect DOUBLE value: 'x'",
       "Truncated incorrect DOUBLE value: '...'"},
      {1292, "Incorrect date value: 'x' for column 'day' at row 1",
       "Incorrect date value: '...' for column 'day' at row 1"},
      {1690, "BIGINT value is out of range in '(`t`.`a` + 7)'",
       "BIGINT value is out of range in '...'"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    my_native n = {cases[i].number, "23000", cases[i].text, false, false};
    ryx_err e;

    ryx_my_error_fill(&e, &n);
    assert_string_equal(e.message, cases[i].message);
    assert_string_equal(e.detail, cases[i].text);
  }
}

static const sample mysql[] = {
    {1062, "23000", "Duplicate entry 'a' for key 'ec.n_uq'", RYX_E_UNIQUE,
     "n_uq", "ec", ""},
    {3819, "HY000", "Check constraint 'q_pos' is violated.", RYX_E_CHECK,
     "q_pos", "", ""},
    {3024, "HY000", "Query execution was interrupted, maximum statement time",
     RYX_E_CANCELLED, "", "", ""},
};

static const sample lost[] = {
    {2006, "HY000", "Server has gone away", RYX_E_CONNECTION, "", "", ""},
    {2013, "HY000", "", RYX_E_CONNECTION, "", "", ""},
    {2008, "HY000", "Client run out of memory", RYX_E_NOMEM, "", "", ""},
};

static void test_samples(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof mariadb / sizeof *mariadb; i++)
    expect(&mariadb[i], false, false);
  for (size_t i = 0; i < sizeof mysql / sizeof *mysql; i++)
    expect(&mysql[i], true, false);
  for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
    expect(&lost[i], false, true);
}

/* Names as long as the server can write them are cut, never overrun. */
static void test_long_names(void **state)
{
  char text[700] = "CONSTRAINT `";
  my_native n = {4025, "23000", text, false, false};
  ryx_err e;

  (void)state;
  memset(text + 12, 'n', 600);
  memcpy(text + 612, "` failed for `a`.`b`", 21);
  ryx_my_error_fill(&e, &n);
  assert_int_equal(strlen(e.constraint), RYX_NAME_MAX);
  assert_string_equal(e.table, "b");
}

/* A sum that is out of range because SQL of ryx wanted to fail. */
static void test_too_many(void **state)
{
  my_native n = {1690, "22003",
                 "BIGINT value is out of range in '9223372036854775806 + 2 * "
                 "count(`n`)'",
                 false, false};
  ryx_err e;

  (void)state;
  ryx_my_error_fill(&e, &n);
  assert_int_equal(e.code, RYX_E_OPERATIONAL);
  assert_int_equal(e.native, 1690);
  assert_non_null(strstr(e.message, "max_allowed_packet"));
}

static void test_farewells(void **state)
{
  (void)state;
  assert_true(ryx_my_error_is_farewell(1053));
  assert_true(ryx_my_error_is_farewell(1927));
  assert_false(ryx_my_error_is_farewell(1062));
  assert_false(ryx_my_error_is_farewell(2013));
  assert_false(ryx_my_error_is_farewell(0));
}

static void test_first_word(void **state)
{
  (void)state;
  assert_true(ryx_my_word_inserts(" \n\tinsert into t"));
  assert_true(ryx_my_word_inserts("REPLACE t"));
  assert_false(ryx_my_word_inserts("UPDATE t"));
  assert_true(ryx_my_word_writes("UPDATE t"));
  assert_false(ryx_my_word_writes("SELECT 'INSERT'"));
}

static void test_begin(void **state)
{
  ryx_begin b = {.isolation = RYX_ISO_DEFAULT};

  (void)state;
  assert_string_equal(ryx_my_driver.begin(&b, 0), "START TRANSACTION");
  assert_null(ryx_my_driver.begin(&b, 1));
  b.isolation = RYX_ISO_REPEATABLE_READ;
  b.read_only = true;
  assert_string_equal(ryx_my_driver.begin(&b, 0),
                      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  assert_string_equal(ryx_my_driver.begin(&b, 1),
                      "START TRANSACTION READ ONLY");
  assert_null(ryx_my_driver.begin(&b, 2));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples),    cmocka_unit_test(test_values),
      cmocka_unit_test(test_long_names), cmocka_unit_test(test_too_many),
      cmocka_unit_test(test_farewells),  cmocka_unit_test(test_first_word),
      cmocka_unit_test(test_begin),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
