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
