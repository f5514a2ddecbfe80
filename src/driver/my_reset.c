/* SPDX-License-Identifier: MIT */
/* Owns the way back to a fresh session: mysql_reset_connection, then the
 * database of the URL, which a reset leaves where USE put it, then the settings
 * of every connection. */
#include <string.h>

#include "driver/my_conn.h"

static my_phase next(my_conn *c, my_phase phase)
{
  if (!c->ret.i) return phase;
  ryx_my_error_of(c, NULL, &c->err);
  return ryx_my_end_dead(c);
}

int ryx_my_reset_start(my_conn *c)
{
  return mysql_reset_connection_start(&c->ret.i, c->m);
}

int ryx_my_reset_cont(my_conn *c, int ready)
{
  return mysql_reset_connection_cont(&c->ret.i, c->m, ready);
}

/* The server has closed all statements; only our handles are left to free. */
my_phase ryx_my_reset_done(my_conn *c)
{
  if (!c->ret.i) ryx_stmts_clear(&c->cache);
  return next(c, c->opts->database ? MY_DATABASE : MY_SESSION);
}

int ryx_my_reset_database(my_conn *c)
{
  return mysql_select_db_start(&c->ret.i, c->m, c->opts->database);
}

int ryx_my_reset_database_cont(my_conn *c, int ready)
{
  return mysql_select_db_cont(&c->ret.i, c->m, ready);
}

my_phase ryx_my_reset_database_done(my_conn *c)
{
  return next(c, MY_SESSION);
}

int ryx_my_reset_session(my_conn *c)
{
  const char *sql = ryx_my_dial_session(c->is_mariadb);

  return mysql_real_query_start(&c->ret.i, c->m, sql, strlen(sql));
}

my_phase ryx_my_reset_session_done(my_conn *c)
{
  return next(c, MY_IDLE);
}
