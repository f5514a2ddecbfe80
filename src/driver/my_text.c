/* SPDX-License-Identifier: MIT */
/* Owns the text protocol: statements without parameters that are not worth
 * preparing, read row by row. */
#include "driver/my_conn.h"

int ryx_my_text_query(my_conn *c, const char *sql, size_t n)
{
  return mysql_real_query_start(&c->ret.i, c->m, sql, n);
}

int ryx_my_text_query_cont(my_conn *c, int ready)
{
  return mysql_real_query_cont(&c->ret.i, c->m, ready);
}

static int execute(my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  c->run.n = 1;
  c->run.is_sent = true;
  return ryx_my_text_query(c, s->sql, s->sql_len);
}

static const MYSQL_FIELD *fields(my_conn *c)
{
  c->run.res = mysql_use_result(c->m);
  return c->run.res ? mysql_fetch_fields(c->run.res) : NULL;
}

static int row(my_conn *c)
{
  return mysql_fetch_row_start(&c->ret.row, c->run.res);
}

static int row_cont(my_conn *c, int ready)
{
  return mysql_fetch_row_cont(&c->ret.row, c->run.res, ready);
}

static my_got got(my_conn *c)
{
  MYSQL_RES *res = c->run.res;

  if (c->ret.row) {
    ryx_my_rows_text(c, c->ret.row, mysql_fetch_lengths(res),
                     mysql_num_fields(res));
    return MY_GOT_ROW;
  }
  ryx_my_reply_drop_result(&c->run);
  return mysql_errno(c->m) ? MY_GOT_ERROR : MY_GOT_END;
}

static bool has_next(const my_conn *c)
{
  return mysql_more_results(c->m);
}

static int next(my_conn *c)
{
  return mysql_next_result_start(&c->ret.i, c->m);
}

static int next_cont(my_conn *c, int ready)
{
  return mysql_next_result_cont(&c->ret.i, c->m, ready);
}

static void count(my_conn *c)
{
  unsigned long long n = mysql_affected_rows(c->m);

  c->run.last_id = (int64_t)mysql_insert_id(c->m);
  if (n != MYSQL_COUNT_ERROR) c->run.affected = (int64_t)n;
}

const my_protocol ryx_my_text_protocol = {
    .execute = {execute, ryx_my_text_query_cont},
    .row = {row, row_cont},
    .next = {next, next_cont},
    .fields = fields,
    .got = got,
    .has_next = has_next,
    .count = count,
};
