/* SPDX-License-Identifier: MIT */
/* Arrays stored as JSON text, in SQL. */
#include "lite_examples.h"

static void comparing(void **state)
{
  static const example all[] = {
      {"ryx_array_contains('[1,2,3]', '[3,1.0]')", "1"},
      {"ryx_array_contains('[1,2,3]', '[4]')", "0"},
      {"ryx_array_contains('[1]', '[]'), ryx_array_contains('[]', '[]')",
       "1,1"},
      {"ryx_array_contains('[\"a\"]', '[\"a\",\"a\"]')", "1"},
      {"ryx_array_contains('[\"1\"]', '[1]')", "0"},
      {"ryx_array_contains('[null,1]', '[null]')", "0"},
      {"ryx_array_contains('[true]', '[true]')", "1"},
      {"ryx_array_contains('[[1,2]]', '[[1]]')", "0"},
      {"ryx_array_contains('[[1,2]]', '[[1,2.0]]')", "1"},
      {"ryx_array_contains('[{\"a\":1,\"b\":2}]', '[{\"b\":2,\"a\":1}]')", "1"},
      {"ryx_array_contains('[{\"a\":1,\"b\":2}]', '[{\"b\":2}]')", "0"},
      {"ryx_array_contains('[9007199254740993]', '[9007199254740992.0]')", "0"},
      {"ryx_array_overlap('[1,2]', '[2,5]')", "1"},
      {"ryx_array_overlap('[1,2]', '[5]'), ryx_array_overlap('[1]', '[]')",
       "0,0"},
      {"ryx_array_overlap('[null]', '[null]')", "0"},
      {"ryx_array_contains(NULL, '[]'), ryx_array_overlap('[]', NULL)",
       "NULL,NULL"},
  };
  static const example bad[] = {
      {"ryx_array_contains('{}', '[]')", "not an array"},
      {"ryx_array_contains('[]', '1')", "not an array"},
      {"ryx_array_overlap('[', '[]')", "invalid JSON"},
      {"ryx_array_overlap('[]', ']')", "invalid JSON"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void items(void **state)
{
  static const example all[] = {
      {"ryx_array_get('[5,2.5,\"é\",true,false]', 0)", "5"},
      {"typeof(ryx_array_get('[5,2.5,\"a\"]', 1))", "real"},
      {"ryx_array_get('[\"é\"]', 0), ryx_array_get('[true,false]', 0), "
       "ryx_array_get('[true,false]', 1)",
       "é,1,0"},
      {"ryx_array_get('[1]', 1), ryx_array_get('[1]', -1), "
       "ryx_array_get('[null]', 0)",
       "NULL,NULL,NULL"},
      {"ryx_array_get('[1]', 9223372036854775807)", "NULL"},
      {"ryx_array_get('[[1, 2]]', 0)", "[1,2]"},
      {"hex(ryx_array_get('[\"a\\u0000b\"]', 0))", "610062"},
      {"ryx_array_get(NULL, 0), ryx_array_get('[1]', NULL)", "NULL,NULL"},
  };
  static const example bad[] = {
      {"ryx_array_get('{}', 0)", "not an array"},
      {"ryx_array_get('[1]', 'x')", "an integer"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(comparing),
      cmocka_unit_test(items),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
