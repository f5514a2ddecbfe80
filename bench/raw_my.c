/* SPDX-License-Identifier: MIT */
/* Connections and statements of Connector/C. */
#include "raw_my.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

MYSQL *raw_my_open(lua_State *L, const char *url)
{
  char host[64], database[64];
  unsigned port;
  MYSQL *m = mysql_init(NULL);
  if (sscanf(url, "%*[a-z]://root@%63[^:]:%u/%63[^?]", host, &port, database) !=
      3)
    luaL_error(L, "cannot read %s", url);
  mysql_options(m, MYSQL_OPT_NONBLOCK, NULL);
  if (!mysql_real_connect(m, host, "root", NULL, database, port, NULL, 0))
    luaL_error(L, "mysql: %s", mysql_error(m));
  return m;
}

int raw_my_fail(lua_State *L, MYSQL_STMT *st)
{
  return luaL_error(L, "mysql: %s", mysql_stmt_error(st));
}

MYSQL_STMT *raw_my_prepare(lua_State *L, MYSQL *m, const char *sql)
{
  MYSQL_STMT *st = mysql_stmt_init(m);
  if (mysql_stmt_prepare(st, sql, strlen(sql))) raw_my_fail(L, st);
  return st;
}

void raw_my_put_time(MYSQL_TIME *t, int64_t us)
{
  /* Civil from days: Howard Hinnant, "chrono-Compatible Low-Level Date
   * Algorithms". */
  int64_t days = us / 86400000000, in_day = us % 86400000000;
  int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;
  *t = (MYSQL_TIME){
      .year = (unsigned)(yoe + era * 400 + (month <= 2)),
      .month = (unsigned)month,
      .day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
      .hour = (unsigned)(in_day / 3600000000),
      .minute = (unsigned)(in_day / 60000000 % 60),
      .second = (unsigned)(in_day / 1000000 % 60),
      .second_part = (unsigned long)(in_day % 1000000),
      .time_type = MYSQL_TIMESTAMP_DATETIME,
  };
}
