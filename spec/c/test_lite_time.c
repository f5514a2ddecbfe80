/* SPDX-License-Identifier: MIT */
/* Sums, differences and wall times of datetimes in SQL. */
#include "lite_examples.h"

#define T "'2024-02-28 23:59:59.999999'"

static void sums(void **state)
{
  static const example all[] = {
      {"ryx_datetime_add(" T ", 1)", "2024-02-29 00:00:00.000000"},
      {"ryx_datetime_add(" T ", -86400000000)", "2024-02-27 23:59:59.999999"},
      {"ryx_datetime_add('2024-02-28', 0)", "2024-02-28 00:00:00.000000"},
      {"ryx_datetime_add('0001-01-01', 315537897599999999)",
       "9999-12-31 23:59:59.999999"},
      {"ryx_datetime_add(NULL, 1), ryx_datetime_add(" T ", NULL)", "NULL,NULL"},
      {"ryx_datetime_diff('2024-03-01', " T ")", "86400000001"},
      {"ryx_datetime_diff('0001-01-01', '9999-12-31')", "-315537811200000000"},
      {"ryx_datetime_diff(NULL, " T "), ryx_datetime_diff(" T ", NULL)",
       "NULL,NULL"},
  };
  static const example bad[] = {
      {"ryx_datetime_add('9999-12-31 23:59:59.999999', 1)", "years 1 to 9999"},
      {"ryx_datetime_add('0001-01-01', -1)", "years 1 to 9999"},
      {"ryx_datetime_add(" T ", 9223372036854775807)", "years 1 to 9999"},
      {"ryx_datetime_add(" T ", -9223372036854775808)", "years 1 to 9999"},
      {"ryx_datetime_add('infinity', 1)", "infinity"},
      {"ryx_datetime_add('2024-02-30', 1)", "2024-02-30"},
      {"ryx_datetime_add('2024-01-01 10:00', 1)", "2024-01-01 10:00"},
      {"ryx_datetime_add('', 1)", "''"},
      {"ryx_datetime_add(" T ", 'x')", "microseconds"},
      {"ryx_datetime_add(" T ", 1.5)", "microseconds"},
      {"ryx_datetime_diff(" T ", 5)", "'5'"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void wall_times(void **state)
{
  static const example all[] = {
      {"ryx_local('2024-01-15 12:00:00.000250', 'Europe/Berlin')",
       "2024-01-15 13:00:00.000250"},
      {"ryx_local('2024-07-15 12:00:00.000000', 'Europe/Berlin')",
       "2024-07-15 14:00:00.000000"},
      {"ryx_local('1969-12-31 23:59:59.999999', 'UTC')",
       "1969-12-31 23:59:59.999999"},
      {"ryx_local(NULL, 'UTC'), ryx_local('2024-01-01', NULL)", "NULL,NULL"},
      {"group_concat(ryx_local('2024-01-01', z)) FROM (SELECT 'Asia/Tokyo' AS "
       "z UNION ALL SELECT 'America/New_York' UNION ALL SELECT 'Etc/GMT+5')",
       "2024-01-01 09:00:00.000000,2023-12-31 19:00:00.000000,"
       "2023-12-31 19:00:00.000000"},
      {"group_concat(ryx_local(t, 'Asia/Tokyo')) FROM (SELECT '2024-01-01' AS "
       "t UNION ALL SELECT '2025-01-01')",
       "2024-01-01 09:00:00.000000,2025-01-01 09:00:00.000000"},
  };
  static const example bad[] = {
      {"ryx_local('2024-01-01', 'Mars/Olympus')",
       "unknown time zone \"Mars/Olympus\""},
      {"ryx_local('2024-01-01', '')", "unknown time zone \"\""},
      {"ryx_local('x', 'UTC')", "'x'"},
      {"ryx_local('9999-12-31 23:59:59.999999', 'Asia/Tokyo')",
       "years 1 to 9999"},
      {"ryx_local('0001-01-01', 'America/New_York')", "years 1 to 9999"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums),
      cmocka_unit_test(wall_times),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
