/* SPDX-License-Identifier: MIT */
/* value/json: reading, walking, canonical text. */
#include "value/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>

#include "base/mem.h"

static ryx_json *parse(const char *s)
{
  ryx_json *doc;
  ryx_err e;

  if (ryx_json_parse(s, strlen(s), &doc, &e) < 0) fail_msg("%s", e.message);
  return doc;
}

static void canonical(const char *s, const char *expected)
{
  ryx_json *doc = parse(s);
  ryx_buf out;

  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_json_write(doc, &out), 0);
  assert_string_equal(out.data, expected);
  ryx_buf_fini(&out);
  ryx_json_free(doc);
}

static void documents_become_canonical(void **state)
{
  (void)state;
  canonical(" null ", "null");
  canonical("[true,false]", "[true,false]");
  canonical("{}", "{}");
  canonical("[]", "[]");
  canonical("{\"b\": 1, \"a\": [ ], \"\": {}, \"B\": null, \"aa\": \"x\"}",
            "{\"\":{},\"B\":null,\"a\":[],\"aa\":\"x\",\"b\":1}");
  canonical("{\"\xC3\xA9\":1,\"z\":2}", "{\"z\":2,\"\xC3\xA9\":1}");
  canonical("9223372036854775807", "9223372036854775807");
  canonical("-9223372036854775808", "-9223372036854775808");
  canonical("1.0", "1.0");
  canonical("1e2", "100.0");
  canonical("1e30", "1e+30");
  canonical("-0.0", "-0.0");
  canonical("0.1", "0.1");
  canonical("\"\\u00e9\\ud83d\\ude00\\/\"", "\"\xC3\xA9\xF0\x9F\x98\x80/\"");
  canonical("\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u0000\x7F\"",
            "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u0000\x7F\"");
}

/* Skipped where no locale with another decimal point is installed. */
static void numbers_ignore_the_locale(void **state)
{
  const char *names[] = {"de_DE.UTF-8", "ps_AF.UTF-8"};
  int n = 0;

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    if (!setlocale(LC_ALL, names[i])) continue;
    canonical("[1.25,1e-3]", "[1.25,0.001]");
    n++;
  }
  setlocale(LC_ALL, "C");
  if (n == 0) skip();
}

static void bad_documents_are_refused(void **state)
{
  const char *bad[] = {
      "",
      " ",
      "{",
      "[1,]",
      "{\"a\":1,\"a\":2}",
      "nul",
      "[1] 2",
      "01",
      "1.",
      "'a'",
      "NaN",
      "1e999",
      "\"\xFF\"",
      "\"\n\"",
      "9223372036854775808",
      "\"\\ud800\"",
      "{a:1}",
      "[1 2]",
      "\"\xED\xA0\x80\"",
      "-9223372036854775809",
      "{\"a\\u0000\":1}",
  };
  ryx_json *doc;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_json_parse(bad[i], strlen(bad[i]), &doc, &e),
                     RYX_E_VALIDATION);
    assert_null(doc);
    assert_non_null(strstr(e.message, "invalid JSON at byte"));
  }
  assert_int_equal(ryx_json_parse("1\0", 2, &doc, &e), RYX_E_VALIDATION);
  assert_int_equal(ryx_json_parse("\0", 1, &doc, &e), RYX_E_VALIDATION);
  ryx_json_free(NULL);
}

static void stored_integers_may_be_large(void **state)
{
  static const char *const cases[][2] = {
      {"1", "1"},
      {"[9007199254740993,9223372036854775808]",
       "[9007199254740993,9.223372036854776e+18]"},
      {"{\"a\":-9223372036854775808,\"b\":-9223372036854775809}",
       "{\"a\":-9223372036854775808,\"b\":-9.223372036854776e+18}"},
      {"[\"99999999999999999999\\\"\",99999999999999999999,1.5e3]",
       "[\"99999999999999999999\\\"\",1e+20,1500.0]"},
  };
  ryx_json *doc;
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *in = cases[i][0], *want = cases[i][1];

    assert_int_equal(ryx_json_parse_stored(in, strlen(in), &doc, &e), 0);
    ryx_buf_clear(&out);
    assert_int_equal(ryx_json_write(doc, &out), 0);
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.data, want, out.len);
    ryx_json_free(doc);
  }
  ryx_buf_fini(&out);
  assert_int_equal(ryx_json_parse_stored("[1", 2, &doc, &e), RYX_E_VALIDATION);
  assert_null(doc);
}

static void an_escaped_nul_is_seen(void **state)
{
  static const char yes[] = "[\"\\\\\\u0000\"]", no[] = "[\"\\\\u0000\"]";

  (void)state;
  assert_true(ryx_json_has_nul(yes, sizeof yes - 1));
  assert_false(ryx_json_has_nul(no, sizeof no - 1));
  assert_false(ryx_json_has_nul("\\u000", 5));
}

static void depth_is_limited(void **state)
{
  enum { DEEP = 200000 };
  char *s = malloc(DEEP);
  ryx_json *doc;
  ryx_err e;

  (void)state;
  assert_non_null(s);
  memset(s, '[', DEEP);
  assert_int_equal(ryx_json_parse(s, DEEP, &doc, &e), RYX_E_VALIDATION);
  assert_non_null(strstr(e.message, "depth"));
  memset(s + 1000, ']', 1000);
  s[2000] = '\0';
  canonical(s, s);
  free(s);
}

static void nodes_are_walked(void **state)
{
  ryx_json *doc =
      parse("{\"i\":-5,\"d\":1.5,\"s\":\"a\\u0000b\",\"l\":[1,null]}");
  const ryx_json *value;
  const char *key;
  void *it = NULL;
  size_t n, seen = 0;

  (void)state;
  assert_int_equal(ryx_json_type(doc), RYX_JSON_OBJECT);
  assert_int_equal(ryx_json_size(doc), 4);
  assert_int_equal(ryx_json_int(ryx_json_get(doc, "i")), -5);
  assert_true(ryx_json_double(ryx_json_get(doc, "d")) == 1.5);
  assert_true(ryx_json_double(ryx_json_get(doc, "i")) == -5);
  assert_memory_equal(ryx_json_string(ryx_json_get(doc, "s"), &n), "a\0b", 4);
  assert_int_equal(n, 3);
  assert_null(ryx_json_get(doc, "x"));
  value = ryx_json_get(doc, "l");
  assert_int_equal(ryx_json_size(value), 2);
  assert_int_equal(ryx_json_type(ryx_json_at(value, 1)), RYX_JSON_NULL);
  assert_null(ryx_json_at(value, 2));
  while (ryx_json_pair(doc, &it, &key, &n, &value)) {
    assert_int_equal(n, 1);
    assert_ptr_equal(value, ryx_json_get(doc, key));
    seen++;
  }
  assert_int_equal(seen, 4);
  ryx_json_free(doc);
}

static void pieces_are_checked(void **state)
{
  ryx_buf out;

  (void)state;
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_json_put_string(&out, "\xC0\x80", 2), RYX_E_VALIDATION);
  assert_int_equal(ryx_json_put_double(&out, (double)NAN), RYX_E_VALIDATION);
  assert_int_equal(ryx_json_put_double(&out, (double)INFINITY),
                   RYX_E_VALIDATION);
  assert_int_equal(out.len, 0);
  assert_int_equal(ryx_json_put_string(&out, "", 0), 0);
  assert_int_equal(ryx_json_put_int(&out, INT64_MIN), 0);
  assert_int_equal(ryx_json_put_double(&out, 3), 0);
  assert_string_equal(out.data,
                      "\"\"-9223372036854775808"
                      "3.0");
  ryx_buf_fini(&out);
}

static void out_of_memory_leaks_nothing(void **state)
{
  ryx_json *doc = parse("{\"a\":[1,2.5,\"x\"],\"b\":{\"c\":null}}");
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;

  (void)state;
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_buf out;
    ryx_buf_init(&out, 0);
    ryx_mem_fail_at(at, false);
    rc = ryx_json_write(doc, &out);
    ryx_mem_fail_at(0, false);
    ryx_buf_fini(&out);
    assert_int_equal(ryx_mem_live(), before);
    assert_true(at < 50);
  }
  assert_int_equal(rc, 0);
  ryx_json_free(doc);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(documents_become_canonical),
      cmocka_unit_test(numbers_ignore_the_locale),
      cmocka_unit_test(bad_documents_are_refused),
      cmocka_unit_test(stored_integers_may_be_large),
      cmocka_unit_test(an_escaped_nul_is_seen),
      cmocka_unit_test(depth_is_limited),
      cmocka_unit_test(nodes_are_walked),
      cmocka_unit_test(pieces_are_checked),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
