/* SPDX-License-Identifier: MIT */
/* Connections and statements of Connector/C; a failure raises Lua's error. */
#ifndef RYX_BENCH_RAW_MY_H
#define RYX_BENCH_RAW_MY_H

#include <lua.h>
#include <mysql.h>
#include <stdint.h>

/* A connection to mysql:// or mariadb://root@host:port/database. */
MYSQL *raw_my_open(lua_State *L, const char *url);

MYSQL_STMT *raw_my_prepare(lua_State *L, MYSQL *m, const char *sql);

int raw_my_fail(lua_State *L, MYSQL_STMT *st);

/* Microseconds since 1970, after 1970 only, as a date and time. */
void raw_my_put_time(MYSQL_TIME *t, int64_t us);

#endif
