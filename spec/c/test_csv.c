/* SPDX-License-Identifier: MIT */
/* CSV read in parts of every size, what it refuses, and values written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "value/csv.h"
#include "value/export.h"

/* Everything that a text holds, given in parts of n bytes: values in brackets,
 * NULL as -, lines with | between. The code of the first error. */
static int read_all(const char *text, size_t n, char *out, size_t size,
                    ryx_err *e)
{
  ryx_csv *c = ryx_csv_open();
  size_t len = strlen(text), at = 0, to = 0;
  bool over = false;
  int rc = 0;

  assert_non_null(c);
  while (rc >= 0) {
    rc = ryx_csv_read(c, 2, e);
    for (int row = 0; row < rc; row++) {
      for (int col = 0; col < ryx_csv_width(c); col++) {
        ryx_val v;

        ryx_csv_get(c, row, col, &v);
        to += (size_t)snprintf(out + to, size - to, v.type ? "[%.*s]" : "-",
                               (int)v.len, v.type ? v.u.s : "");
      }
      to += (size_t)snprintf(out + to, size - to, "|");
    }
    if (rc != 0) continue;
    if (over) break;
    over = at == len;
    rc = ryx_csv_give(c, text + at, at + n > len ? len - at : n, e);
    at = at + n > len ? len : at + n;
  }
  out[to] = '\0';
  ryx_csv_close(c);
  return rc;
}

static const struct {
  const char *text, *rows;
} good[] = {
    {"", ""},
    {"a,b\n1,2\n", "[a][b]|[1][2]|"},
    {"a,b\r\n1,2", "[a][b]|[1][2]|"},
    {"\xEF\xBB\xBF"
     "a\nb\n",
     "[a]|[b]|"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "a\n",
     "[\xEF\xBB\xBF"
     "a]|"},
    {"a,,\"\"\n,,\n", "[a]-[]|---|"},
    {"\"a,\"\"b\"\"\r\nc\",d\n", "[a,\"b\"\r\nc][d]|"},
    {"a\n\nb", "[a]|-|[b]|"},
    {"\"\"\"\"\n", "[\"]|"},
    {"a,b\n1,", "[a][b]|[1]-|"},
    {" a , b \n", "[ a ][ b ]|"},
    {"a\rb\r", "[a]|[b]|"},
};

static void texts_are_read_in_parts_of_any_size(void **state)
{
  char out[256];
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    for (size_t n = 1; n < 20; n++) {
      assert_int_equal(read_all(good[i].text, n, out, sizeof out, &e), 0);
      assert_string_equal(out, good[i].rows);
    }
  }
}

static void what_is_no_csv_is_refused(void **state)
{
  static const char *const bad[] = {
      "a\"b,c\n", "\"a\"b\n", "\"a", "a,b\n1\n", "a\n1,2\n", "a,b\n\n",
  };
  char out[256];
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    for (size_t n = 1; n < 20; n++) {
      assert_int_equal(read_all(bad[i], n, out, sizeof out, &e),
                       RYX_E_VALIDATION);
    }
  }
}

static void values_are_written(void **state)
{
  static const struct {
    ryx_val v;
    const char *csv, *json;
  } rows[] = {
      {{.type = RYX_T_NULL}, "", "null"},
      {{.type = RYX_T_BOOL, .u.i = 1}, "t", "true"},
      {{.type = RYX_T_INT, .u.i = -7}, "-7", "-7"},
      {{.type = RYX_T_DOUBLE, .u.d = 0.5}, "0.5", "0.5"},
      {{.type = RYX_T_TEXT, .len = 0, .u.s = ""}, "\"\"", "\"\""},
      {{.type = RYX_T_TEXT, .len = 3, .u.s = "a\"b"},
       "\"a\"\"b\"",
       "\"a\\\"b\""},
      {{.type = RYX_T_TEXT, .len = 3, .u.s = "a\nb"}, "\"a\nb\"", "\"a\\nb\""},
      {{.type = RYX_T_BYTES, .len = 2, .u.s = "\1\xff"},
       "\\x01ff",
       "\"\\\\x01ff\""},
      {{.type = RYX_T_DECIMAL, .len = 4, .u.s = "1.50"}, "1.50", "\"1.50\""},
      {{.type = RYX_T_DATE, .u.i = 0}, "1970-01-01", "\"1970-01-01\""},
      {{.type = RYX_T_TIME, .u.i = 500000}, "00:00:00.5", "\"00:00:00.5\""},
      {{.type = RYX_T_DATETIME, .u.i = 0},
       "1970-01-01 00:00:00",
       "\"1970-01-01 00:00:00\""},
      {{.type = RYX_T_DATETIMETZ, .u.i = 10},
       "1970-01-01 00:00:00.00001+00",
       "\"1970-01-01 00:00:00.00001+00\""},
      {{.type = RYX_T_DATETIMETZ, .u.i = INT64_MAX},
       "infinity",
       "\"infinity\""},
      {{.type = RYX_T_DURATION, .u.i = -1000000}, "-00:00:01", "\"-00:00:01\""},
      {{.type = RYX_T_JSON, .len = 9, .u.s = "{\"a\":\n1}"},
       "\"{\"\"a\"\":\n1}\"",
       "{\"a\": 1}"},
      {{.type = RYX_T_ARRAY, .len = 5, .u.s = "[1,2]"}, "\"[1,2]\"", "[1,2]"},
  };
  ryx_buf b;

  (void)state;
  ryx_buf_init(&b, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    ryx_val v = rows[i].v;

    if (v.type == RYX_T_JSON) v.len = (uint32_t)strlen(v.u.s);
    ryx_buf_clear(&b);
    assert_int_equal(ryx_export_csv(&b, &v), 0);
    assert_string_equal(b.data ? b.data : "", rows[i].csv);
    ryx_buf_clear(&b);
    assert_int_equal(ryx_export_json(&b, &v), 0);
    assert_string_equal(b.data, rows[i].json);
  }
  ryx_buf_fini(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_read_in_parts_of_any_size),
      cmocka_unit_test(what_is_no_csv_is_refused),
      cmocka_unit_test(values_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
