/* SPDX-License-Identifier: MIT */
/* Owns what goes by the text protocol: statements without parameters that are
 * not worth preparing, the transaction around a batch, and the ping. */
#include <string.h>

#include "base/err.h"
#include "driver/my_conn.h"

static int query(my_conn *c, const char *sql)
{
  return mysql_real_query_start(&c->ret.i, c->m, sql, strlen(sql));
}

int ryx_my_text_query(my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  c->run.is_sent = true;
  return mysql_real_query_start(&c->ret.i, c->m, s->sql, s->sql_len);
}

int ryx_my_text_query_cont(my_conn *c, int ready)
{
  return mysql_real_query_cont(&c->ret.i, c->m, ready);
}

static my_phase result_over(my_conn *c)
{
  if (mysql_more_results(c->m)) return MY_TEXT_RESULT;
  return c->err.code ? ryx_my_end_error(c) : ryx_my_end_ok(c);
}

my_phase ryx_my_text_queried(my_conn *c)
{
  unsigned long long n;

  if (c->ret.i) return ryx_my_end_failed(c);
  if (mysql_field_count(c->m) > 0) return MY_TEXT_STORE;
  n = mysql_affected_rows(c->m);
  c->run.affected = ryx_my_exec_affected(mysql_info(c->m), n);
  c->run.last_id = (int64_t)mysql_insert_id(c->m);
  return result_over(c);
}

int ryx_my_text_store(my_conn *c)
{
  return mysql_store_result_start(&c->ret.res, c->m);
}

int ryx_my_text_store_cont(my_conn *c, int ready)
{
  return mysql_store_result_cont(&c->ret.res, c->m, ready);
}

static int pack(my_conn *c, MYSQL_RES *res)
{
  int rc = ryx_my_rows_begin(c, mysql_fetch_fields(res), mysql_num_fields(res));
  MYSQL_ROW row;

  while (rc == 0 && (row = mysql_fetch_row(res)))
    rc = ryx_my_rows_text(c, row, mysql_fetch_lengths(res));
  return rc;
}

/* A procedure answers with its first result set. */
my_phase ryx_my_text_stored(my_conn *c)
{
  MYSQL_RES *res = c->ret.res;

  if (!res) return ryx_my_end_failed(c);
  if (!c->run.pack && pack(c, res)) ryx_err_nomem(&c->err);
  mysql_free_result(res);
  return result_over(c);
}

int ryx_my_text_result(my_conn *c)
{
  return mysql_next_result_start(&c->ret.i, c->m);
}

int ryx_my_text_result_cont(my_conn *c, int ready)
{
  return mysql_next_result_cont(&c->ret.i, c->m, ready);
}

my_phase ryx_my_text_resulted(my_conn *c)
{
  if (c->ret.i > 0) return ryx_my_end_failed(c);
  return mysql_field_count(c->m) ? MY_TEXT_STORE : result_over(c);
}

int ryx_my_text_begin(my_conn *c)
{
  return query(c, "START TRANSACTION");
}

my_phase ryx_my_text_begun(my_conn *c)
{
  if (c->ret.i) return ryx_my_end_failed(c);
  c->run.is_wrapped = true;
  return ryx_my_exec_first(c);
}

int ryx_my_text_commit(my_conn *c)
{
  return query(c, "COMMIT");
}

my_phase ryx_my_text_committed(my_conn *c)
{
  return c->ret.i ? ryx_my_end_failed(c) : ryx_my_end_ok(c);
}

int ryx_my_text_rollback(my_conn *c)
{
  return query(c, "ROLLBACK");
}

/* The statement's own error is the answer, whatever became of this. */
static my_phase answer(my_conn *c)
{
  if (!ryx_my_error_is_fatal((int)mysql_errno(c->m)))
    return ryx_my_end_error(c);
  return ryx_my_end_dead(c);
}

my_phase ryx_my_text_rolled_back(my_conn *c)
{
  return answer(c);
}

/* The library's own ping does not read the status in the answer. */
int ryx_my_text_ping(my_conn *c)
{
  return query(c, "DO 0");
}

my_phase ryx_my_text_pinged(my_conn *c)
{
  return answer(c);
}
