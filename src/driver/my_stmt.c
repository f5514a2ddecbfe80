/* SPDX-License-Identifier: MIT */
/* Owns the binary protocol: the calls of a prepared statement. */
#include "base/err.h"
#include "driver/my_conn.h"

static int out_of_memory(my_conn *c)
{
  ryx_err_nomem(&c->err);
  c->ret.i = 1;
  return 0;
}

/* The library loses its way when it asks for a cursor and the server makes
 * none, as for EXPLAIN or INSERT ... RETURNING: those are read whole. */
static bool wants_cursor(const ryx_stmt *s)
{
  return (s->flags & RYX_STMT_STREAM_TX) && ryx_my_word_selects(s->sql);
}

/* The text with its row so many times. */
static int put_rows(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  size_t end = s->row_at + s->row_len;
  int rc;

  ryx_buf_clear(&c->text);
  rc = ryx_buf_put(&c->text, s->sql, end);
  for (int32_t i = 1; rc == 0 && i < c->run.n_prepared; i++) {
    rc = ryx_buf_putc(&c->text, ',');
    if (rc == 0) rc = ryx_buf_put(&c->text, s->sql + s->row_at, s->row_len);
  }
  return rc ? rc : ryx_buf_put(&c->text, s->sql + end, s->sql_len - end);
}

static int prepare_rows(my_conn *c)
{
  c->run.n_prepared = ryx_my_bind_rows(c);
  if (put_rows(c)) return out_of_memory(c);
  return mysql_stmt_prepare_start(&c->ret.i, c->run.st, c->text.data,
                                  c->text.len);
}

int ryx_my_stmt_prepare(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  unsigned long cursor = CURSOR_TYPE_READ_ONLY, rows = (unsigned long)s->chunk;
  MYSQL_STMT *st = mysql_stmt_init(c->m);

  if (!st) return out_of_memory(c);
  c->run.st = st;
  mysql_stmt_attr_set(st, STMT_ATTR_CB_USER_DATA, c);
  mysql_stmt_attr_set(st, STMT_ATTR_CB_RESULT, (const void *)ryx_my_rows_cell);
  if (wants_cursor(s)) {
    mysql_stmt_attr_set(st, STMT_ATTR_CURSOR_TYPE, &cursor);
    mysql_stmt_attr_set(st, STMT_ATTR_PREFETCH_ROWS, &rows);
  }
  if (c->run.is_rows) return prepare_rows(c);
  return mysql_stmt_prepare_start(&c->ret.i, st, s->sql, s->sql_len);
}

int ryx_my_stmt_prepare_cont(my_conn *c, int ready)
{
  return mysql_stmt_prepare_cont(&c->ret.i, c->run.st, ready);
}

int ryx_my_stmt_flush(my_conn *c)
{
  return mysql_stmt_free_result_start(&c->ret.b, c->run.st);
}

int ryx_my_stmt_flush_cont(my_conn *c, int ready)
{
  return mysql_stmt_free_result_cont(&c->ret.b, c->run.st, ready);
}

static int execute(my_conn *c)
{
  c->run.n = c->run.is_array ? ryx_my_bind_fit(c) : 1;
  if (c->run.is_rows) c->run.n = c->run.n_prepared;
  if (ryx_my_bind(c)) return out_of_memory(c);
  c->run.is_sent = true;
  return mysql_stmt_execute_start(&c->ret.i, c->run.st);
}

static int execute_cont(my_conn *c, int ready)
{
  return mysql_stmt_execute_cont(&c->ret.i, c->run.st, ready);
}

static const MYSQL_FIELD *fields(my_conn *c)
{
  c->run.is_cursor = wants_cursor(c->run.req) && ryx_my_status_has_cursor(c);
  return mariadb_stmt_fetch_fields(c->run.st);
}

static int row(my_conn *c)
{
  return mysql_stmt_fetch_start(&c->ret.i, c->run.st);
}

static int row_cont(my_conn *c, int ready)
{
  return mysql_stmt_fetch_cont(&c->ret.i, c->run.st, ready);
}

static my_got got(my_conn *c)
{
  if (c->ret.i == MYSQL_NO_DATA) return MY_GOT_END;
  return c->ret.i ? MY_GOT_ERROR : MY_GOT_ROW;
}

static bool has_next(const my_conn *c)
{
  return mysql_stmt_more_results(c->run.st);
}

static int next(my_conn *c)
{
  return mysql_stmt_next_result_start(&c->ret.i, c->run.st);
}

static int next_cont(my_conn *c, int ready)
{
  return mysql_stmt_next_result_cont(&c->ret.i, c->run.st, ready);
}

static void count(my_conn *c)
{
  unsigned long long id = mysql_stmt_insert_id(c->run.st);
  unsigned long long n = mysql_stmt_affected_rows(c->run.st);

  if (id) c->run.last_id = (int64_t)id;
  if (n != MYSQL_COUNT_ERROR) c->run.affected += (int64_t)n;
}

const my_protocol ryx_my_stmt_protocol = {
    .execute = {execute, execute_cont},
    .row = {row, row_cont},
    .next = {next, next_cont},
    .fields = fields,
    .got = got,
    .has_next = has_next,
    .count = count,
};
