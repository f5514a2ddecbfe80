/* SPDX-License-Identifier: MIT */
/* value/json_array: items, and PostgreSQL's array literal both ways. */
#include "value/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"

typedef int convert(const char *s, size_t n, int elem, ryx_buf *out,
                    ryx_err *e);

static void becomes(convert *f, int elem, const char *in, const char *expected)
{
  ryx_buf out;
  ryx_err e;

  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_buf_puts(&out, ">"), 0);
  if (f(in, strlen(in), elem, &out, &e) < 0) fail_msg("%s: %s", in, e.message);
  assert_string_equal(out.data + 1, expected);
  ryx_buf_fini(&out);
}

static void refused(convert *f, int elem, const char *in)
{
  ryx_buf out;
  ryx_err e;

  ryx_buf_init(&out, 0);
  if (f(in, strlen(in), elem, &out, &e) != RYX_E_VALIDATION) {
    fail_msg("%s was read", in);
  }
  assert_int_equal(e.code, RYX_E_VALIDATION);
  ryx_buf_fini(&out);
}

/* The two texts turn into each other. */
static void both(int elem, const char *json, const char *pg)
{
  becomes(ryx_json_array_to_pg, elem, json, pg);
  becomes(ryx_json_array_from_pg, elem, pg, json);
}

static void literals_round_trip(void **state)
{
  (void)state;
  both(RYX_T_INT, "[]", "{}");
  both(RYX_T_INT, "[1,null,-9223372036854775808]",
       "{1,NULL,-9223372036854775808}");
  both(RYX_T_INT, "[0,-2,30]", "{0,-2,30}");
  both(RYX_T_INT, "[9223372036854775807,1]", "{9223372036854775807,1}");
  both(RYX_T_INT, "[[1,2],[3,null]]", "{{1,2},{3,NULL}}");
  both(RYX_T_DOUBLE, "[1.5]", "{1.5}");
  both(RYX_T_BOOL, "[true,false,null]", "{true,false,NULL}");
  both(RYX_T_TEXT, "[\"\",\"NULL\",null,\"a,b\",\"{x}\",\" \"]",
       "{\"\",\"NULL\",NULL,\"a,b\",\"{x}\",\" \"}");
  both(RYX_T_TEXT, "[\"q\\\"b\\\\n\\nz\",\"\xF0\x9F\x98\x80\"]",
       "{\"q\\\"b\\\\n\nz\",\"\xF0\x9F\x98\x80\"}");
  both(RYX_T_BYTES, "[\"00ff\",\"\"]", "{\"\\\\x00ff\",\"\\\\x\"}");
  both(RYX_T_DATE, "[\"2024-01-02\",\"9999-12-31\"]",
       "{\"2024-01-02\",\"9999-12-31\"}");
  both(RYX_T_DATETIME, "[\"2024-01-02 03:04:05.000000\"]",
       "{\"2024-01-02 03:04:05.000000\"}");
  both(RYX_T_UUID, "[\"12345678-9abc-def0-1234-56789abcdef0\"]",
       "{\"12345678-9abc-def0-1234-56789abcdef0\"}");
  both(RYX_T_DECIMAL, "[\"1.50\",\"NaN\"]", "{\"1.50\",\"NaN\"}");
  both(RYX_T_JSON, "[{\"a\":[1]},[2],\"s\"]",
       "{\"{\\\"a\\\":[1]}\",\"[2]\",\"\\\"s\\\"\"}");
}

static void server_forms_are_read(void **state)
{
  convert *f = ryx_json_array_from_pg;

  (void)state;
  becomes(f, RYX_T_BOOL, "{t,f,NULL}", "[true,false,null]");
  becomes(f, RYX_T_TEXT, "{abc,null,\"null\"}", "[\"abc\",null,\"null\"]");
  becomes(f, RYX_T_DOUBLE, "{NaN,Infinity,-Infinity,1,1e+300}",
          "[\"NaN\",\"Infinity\",\"-Infinity\",1.0,1e+300]");
  becomes(f, RYX_T_INT, "[0:1]={1,2}", "[1,2]");
  becomes(f, RYX_T_DATETIMETZ, "{\"2024-01-02 03:04:05+01\"}",
          "[\"2024-01-02 02:04:05.000000\"]");
  becomes(f, RYX_T_DURATION, "{\"1 day 02:00:00\"}", "[\"26:00:00.000000\"]");
  becomes(f, RYX_T_DECIMAL, "{1.50,-0.5}", "[\"1.50\",\"-0.5\"]");
  becomes(f, RYX_T_INT, "{{{{{{1}}}}}}", "[[[[[[1]]]]]]");
}

static void host_forms_are_written(void **state)
{
  convert *f = ryx_json_array_to_pg;

  (void)state;
  becomes(f, RYX_T_DOUBLE, "[1,\"NaN\",\"-Infinity\"]",
          "{1,\"NaN\",\"-Infinity\"}");
  becomes(f, RYX_T_DOUBLE, "[0.25,-1.5,0,null]", "{0.25,-1.5,0,NULL}");
  becomes(f, RYX_T_DOUBLE, "[1e3]", "{1000.0}");
  becomes(f, RYX_T_DECIMAL, "[1]", "{1}");
  becomes(f, RYX_T_TEXT, "[\"\\t\\r\\b\\f\\/\\n\"]", "{\"\t\r\b\f/\n\"}");
  becomes(f, RYX_T_TEXT, "[\"\\u00e9\\\"\"]", "{\"\xC3\xA9\\\"\"}");
  becomes(f, RYX_T_TEXT, "[ \"a\" , null ]", "{\"a\",NULL}");
  becomes(f, RYX_T_INT, "[[],[]]", "{}");
  becomes(f, RYX_T_INT, "[[[]],[[]]]", "{}");
}

static void bad_arrays_are_not_written(void **state)
{
  convert *f = ryx_json_array_to_pg;

  (void)state;
  refused(f, RYX_T_INT, "[[1],[2,3]]");
  refused(f, RYX_T_INT, "[[1],2]");
  refused(f, RYX_T_INT, "[1,[2]]");
  refused(f, RYX_T_INT, "[[1],null]");
  refused(f, RYX_T_INT, "[[1],[]]");
  refused(f, RYX_T_INT, "[[],[1]]");
  refused(f, RYX_T_INT, "[1,[]]");
  refused(f, RYX_T_INT, "[[],1]");
  refused(f, RYX_T_INT, "[[[[[[[1]]]]]]]");
  refused(f, RYX_T_INT, "[1,]");
  refused(f, RYX_T_INT, "[,1]");
  refused(f, RYX_T_INT, "[-]");
  refused(f, RYX_T_INT, "[1-2]");
  refused(f, RYX_T_INT, "[1,01]");
  refused(f, RYX_T_INT, "[9223372036854775808]");
  refused(f, RYX_T_INT, "[1.5]");
  refused(f, RYX_T_INT, "[\"1\"]");
  refused(f, RYX_T_INT, "[true]");
  refused(f, RYX_T_INT, "[{}]");
  refused(f, RYX_T_INT, "{}");
  refused(f, RYX_T_INT, "1");
  refused(f, RYX_T_INT, "[1");
  refused(f, RYX_T_DOUBLE, "[1.]");
  refused(f, RYX_T_DOUBLE, "[.5]");
  refused(f, RYX_T_DOUBLE, "[01.5]");
  refused(f, RYX_T_DOUBLE, "[1e999]");
  refused(f, RYX_T_BOOL, "[truefalse]");
  refused(f, RYX_T_BOOL, "[1]");
  refused(f, RYX_T_TEXT, "[\"a]");
  refused(f, RYX_T_TEXT, "[\"a\\\"]");
  refused(f, RYX_T_TEXT, "[\"\\q\"]");
  refused(f, RYX_T_TEXT, "[\"\x01\"]");
  refused(f, RYX_T_TEXT, "[\"\xFF\"]");
  refused(f, RYX_T_TEXT, "[\"a\"\"b\"]");
  refused(f, RYX_T_TEXT, "[\"a\"]]");
  refused(f, RYX_T_TEXT, "[nul]");
  refused(f, RYX_T_DOUBLE, "[\"x\"]");
  refused(f, RYX_T_BYTES, "[\"0g\"]");
  refused(f, RYX_T_BYTES, "[\"000\"]");
  refused(f, RYX_T_TEXT, "[1]");
  refused(f, RYX_T_TEXT, "[\"a\\u0000b\"]");
  refused(f, RYX_T_BYTES, "[\"00\\u000000\"]");
}

static void bad_literals_are_not_read(void **state)
{
  convert *f = ryx_json_array_from_pg;
  const char *bad[] = {"",         "{",           "}",
                       "{1",       "{1,}",        "{,1}",
                       "{1,,2}",   "{1}2",        "1",
                       "{1 2}",    "{\"1}",       "{\"1\\",
                       "{1}}",     "{{1}",        "{{1},2}",
                       "{1,{2}}",  "{{1},{2,3}}", "[0:1]",
                       "{x}",      "{1.5}",       "{{{{{{{1}}}}}}}",
                       "{\"1\"2}", "{{},1}",      "{{}{}}"};

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    refused(f, RYX_T_INT, bad[i]);
  }
  refused(f, RYX_T_TEXT, "{\"\xFF\"}");
  refused(f, RYX_T_BYTES, "{abc}");
  refused(f, RYX_T_BYTES, "{\"\\\\x0\"}");
  refused(f, RYX_T_JSON, "{\"{\"}");
}

static void item(ryx_val v, const char *expected)
{
  ryx_buf out;
  ryx_err e;

  ryx_buf_init(&out, 0);
  if (ryx_json_put_item(&out, &v, &e) < 0) fail_msg("%s", e.message);
  assert_string_equal(out.data, expected);
  ryx_buf_fini(&out);
}

static ryx_val bytes(int type, const char *s)
{
  return (ryx_val){.type = (uint8_t)type, .len = (uint32_t)strlen(s), .u.s = s};
}

static ryx_val number(int type, int64_t i)
{
  return (ryx_val){.type = (uint8_t)type, .u.i = i};
}

static void items_have_their_form(void **state)
{
  (void)state;
  item(number(RYX_T_NULL, 0), "null");
  item(number(RYX_T_BOOL, 1), "true");
  item(number(RYX_T_INT, INT64_MAX), "9223372036854775807");
  item((ryx_val){.type = RYX_T_DOUBLE, .u.d = 2}, "2.0");
  item((ryx_val){.type = RYX_T_DOUBLE, .u.d = (double)NAN}, "\"NaN\"");
  item((ryx_val){.type = RYX_T_DOUBLE, .u.d = -(double)INFINITY},
       "\"-Infinity\"");
  item(bytes(RYX_T_TEXT, "a\"b"), "\"a\\\"b\"");
  item(bytes(RYX_T_BYTES, "\x01\xFF"), "\"01ff\"");
  item(bytes(RYX_T_DECIMAL, "1.50"), "\"1.50\"");
  item(number(RYX_T_DATE, 0), "\"1970-01-01\"");
  item(number(RYX_T_DATETIME, INT64_MIN), "\"-infinity\"");
  item(number(RYX_T_DURATION, 1), "\"00:00:00.000001\"");
  item(bytes(RYX_T_JSON, "{\"b\":1, \"a\":2}"), "{\"a\":2,\"b\":1}");
  item(bytes(RYX_T_ARRAY, "[1, [2]]"), "[1,[2]]");
}

static void bad_items_are_refused(void **state)
{
  ryx_val bad[] = {bytes(RYX_T_TEXT, "\xFF"), bytes(RYX_T_JSON, "1,2"),
                   bytes(RYX_T_JSON, ""), bytes(RYX_T_ARRAY, "[1],[2]")};
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_json_put_item(&out, &bad[i], &e), RYX_E_VALIDATION);
    assert_int_equal(e.code, RYX_E_VALIDATION);
    assert_int_equal(out.len, 0);
  }
  ryx_buf_fini(&out);
}

static void out_of_memory_leaks_nothing(void **state)
{
  const char *json = "[\"some text\",\"more\"]", *pg = "{\"1 day\",02:00:00}";
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;

  (void)state;
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_buf out;
    ryx_err e;
    ryx_buf_init(&out, 0);
    ryx_mem_fail_at(at, false);
    rc = ryx_json_array_to_pg(json, strlen(json), RYX_T_TEXT, &out, &e);
    if (rc == 0) {
      rc = ryx_json_array_from_pg(pg, strlen(pg), RYX_T_DURATION, &out, &e);
    }
    if (rc < 0) assert_int_equal(e.code, RYX_E_NOMEM);
    ryx_mem_fail_at(0, false);
    ryx_buf_fini(&out);
    assert_int_equal(ryx_mem_live(), before);
    assert_true(at < 50);
  }
  assert_int_equal(rc, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(literals_round_trip),
      cmocka_unit_test(server_forms_are_read),
      cmocka_unit_test(host_forms_are_written),
      cmocka_unit_test(bad_arrays_are_not_written),
      cmocka_unit_test(bad_literals_are_not_read),
      cmocka_unit_test(items_have_their_form),
      cmocka_unit_test(bad_items_are_refused),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
