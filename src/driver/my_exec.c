/* SPDX-License-Identifier: MIT */
/* Owns the life of a prepared statement: prepare, execute for each row or array
 * of parameters, fetch, and the results that a procedure adds. */
#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/err.h"
#include "driver/my_conn.h"

/* An idle server says nothing: anything to read is its farewell. Under TLS it
 * may also be a message of the protocol below, and only the end counts. */
int ryx_my_exec_check(my_conn *c)
{
  char byte;
  ssize_t n = recv(mysql_get_socket(c->m), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  bool waits = n < 0 && (errno == EAGAIN || errno == EINTR);

  c->ret.i = !waits && !(n > 0 && c->is_tls);
  return 0;
}

my_phase ryx_my_exec_checked(my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  if (c->ret.i) {
    ryx_err_set(&c->err, RYX_E_CONNECTION,
                "the server had closed the connection before this statement");
    return ryx_my_end_dead(c);
  }
  if (c->run.wants_wrap) return MY_BEGIN;
  if (s->id == 0 && s->n_params == 0 && s->n_batch == 1 &&
      !(s->flags & RYX_STMT_STREAM))
    return MY_TEXT;
  return ryx_my_exec_first(c);
}

/* A stream has its statement to itself: it may live as long as the stream. */
static bool keeps(const my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  return s->id && !(s->flags & (RYX_STMT_UNNAMED | RYX_STMT_STREAM)) &&
         c->opts->prepare == RYX_PREPARE_NAMED && c->cache.max > 0;
}

my_phase ryx_my_exec_first(my_conn *c)
{
  if (keeps(c)) c->run.st = ryx_stmts_get(&c->cache, c->run.req->id);
  c->run.is_kept = c->run.st != NULL;
  return c->run.st ? MY_EXECUTE : MY_PREPARE;
}

static bool begins_with(const char *sql, const char *const *words)
{
  sql += strspn(sql, " \t\r\n");
  for (; *words; words++) {
    if (strncasecmp(sql, *words, strlen(*words)) == 0) return true;
  }
  return false;
}

bool ryx_my_exec_inserts(const char *sql)
{
  static const char *const words[] = {"INSERT", "REPLACE", NULL};

  return begins_with(sql, words);
}

bool ryx_my_exec_writes(const char *sql)
{
  static const char *const words[] = {"INSERT", "REPLACE", "UPDATE", "DELETE",
                                      NULL};

  return begins_with(sql, words);
}

/* The library loses its way when it asks for a cursor and the server makes
 * none, as for EXPLAIN or INSERT ... RETURNING: those are read whole. */
static bool wants_cursor(const ryx_stmt *s)
{
  static const char *const words[] = {"SELECT", "WITH", "(", NULL};

  return (s->flags & RYX_STMT_STREAM_TX) && begins_with(s->sql, words);
}

static int fail_nomem(my_conn *c)
{
  ryx_err_nomem(&c->err);
  c->ret.i = 1;
  return 0;
}

int ryx_my_exec_prepare(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  unsigned long cursor = CURSOR_TYPE_READ_ONLY, rows = (unsigned long)s->chunk;
  MYSQL_STMT *st = mysql_stmt_init(c->m);

  if (!st) return fail_nomem(c);
  c->run.st = st;
  mysql_stmt_attr_set(st, STMT_ATTR_CB_USER_DATA, c);
  mysql_stmt_attr_set(st, STMT_ATTR_CB_RESULT, (const void *)ryx_my_rows_cell);
  if (wants_cursor(s)) {
    mysql_stmt_attr_set(st, STMT_ATTR_CURSOR_TYPE, &cursor);
    mysql_stmt_attr_set(st, STMT_ATTR_PREFETCH_ROWS, &rows);
  }
  return mysql_stmt_prepare_start(&c->ret.i, st, s->sql, s->sql_len);
}

int ryx_my_exec_prepare_cont(my_conn *c, int ready)
{
  return mysql_stmt_prepare_cont(&c->ret.i, c->run.st, ready);
}

my_phase ryx_my_exec_prepared(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  unsigned long n;

  if (c->ret.i) {
    bool is_text =
        s->n_params == 0 && s->n_batch == 1 && !(s->flags & RYX_STMT_STREAM);
    if (!c->run.st || !is_text ||
        mysql_stmt_errno(c->run.st) != ER_UNSUPPORTED_PS)
      return ryx_my_end_failed(c);
    ryx_my_end_drop(c);
    return MY_TEXT;
  }
  n = mysql_stmt_param_count(c->run.st);
  if (n != (unsigned long)s->n_params) {
    ryx_err_set(&c->err, RYX_E_MISUSE,
                "the statement has %lu placeholders, but %d parameters were "
                "given",
                n, s->n_params);
    return ryx_my_end_failed(c);
  }
  if (keeps(c) && ryx_stmts_put(&c->cache, s->id, c->run.st) == 0)
    c->run.is_kept = true;
  return MY_EXECUTE;
}

int ryx_my_exec_execute(my_conn *c)
{
  c->run.n = c->run.is_array ? ryx_my_bind_fit(c) : 1;
  if (ryx_my_bind(c)) return fail_nomem(c);
  c->run.is_sent = true;
  return mysql_stmt_execute_start(&c->ret.i, c->run.st);
}

int ryx_my_exec_execute_cont(my_conn *c, int ready)
{
  return mysql_stmt_execute_cont(&c->ret.i, c->run.st, ready);
}

/* The server does not know the statement any more; or the table has other
 * columns now, which the library finds out only when a result is there: a
 * SELECT may run again then, a write may not. */
static my_phase execute_failed(my_conn *c)
{
  my_run *r = &c->run;
  unsigned native = mysql_stmt_errno(r->st);
  bool is_gone =
      native == ER_UNKNOWN_STMT_HANDLER || native == ER_NEED_REPREPARE;
  bool may_repeat = is_gone ? r->is_wrapped || !ryx_my_conn_in_tx(c)
                            : r->req->flags & RYX_STMT_READ;

  if (c->err.code || !(is_gone || native == CR_NEW_STMT_METADATA))
    return ryx_my_end_failed(c);
  r->wants_drop = true;
  if (may_repeat && !r->is_again && r->at == 0) {
    r->is_again = r->wants_prepare = true;
  } else {
    ryx_my_error_of(c, r->st, &c->err);
  }
  return MY_DRAIN;
}

int64_t ryx_my_exec_affected(const char *info, unsigned long long counted)
{
  static const char mark[] = "Rows matched: ";
  int64_t n = 0;

  if (!info || strncmp(info, mark, sizeof mark - 1))
    return counted == MYSQL_COUNT_ERROR ? 0 : (int64_t)counted;
  for (info += sizeof mark - 1; *info >= '0' && *info <= '9'; info++)
    n = n * 10 + (*info - '0');
  return n;
}

my_phase ryx_my_exec_next(my_conn *c)
{
  my_run *r = &c->run;

  r->at += r->n;
  if (r->at < r->req->n_batch) return MY_EXECUTE;
  return r->is_wrapped ? MY_COMMIT : ryx_my_end_ok(c);
}

/* Behind a result, or the count that stands in its place. */
static my_phase result_over(my_conn *c)
{
  return mysql_stmt_more_results(c->run.st) ? MY_RESULT : ryx_my_exec_next(c);
}

my_phase ryx_my_exec_executed(my_conn *c)
{
  my_run *r = &c->run;
  unsigned n = mysql_field_count(c->m);
  unsigned long long id;

  if (c->ret.i) return execute_failed(c);
  if (n == 0) {
    id = mysql_stmt_insert_id(r->st);
    if (id) r->last_id = (int64_t)id;
    r->affected +=
        ryx_my_exec_affected(mysql_info(c->m), mysql_stmt_affected_rows(r->st));
    return result_over(c);
  }
  if (ryx_my_rows_begin(c, mariadb_stmt_fetch_fields(r->st), n)) {
    ryx_err_nomem(&c->err);
    return MY_DRAIN;
  }
  if ((r->req->flags & RYX_STMT_STREAM_TX) && !wants_cursor(r->req))
    r->left = -1;
  return MY_FETCH;
}

int ryx_my_exec_fetch(my_conn *c)
{
  return mysql_stmt_fetch_start(&c->ret.i, c->run.st);
}

int ryx_my_exec_fetch_cont(my_conn *c, int ready)
{
  return mysql_stmt_fetch_cont(&c->ret.i, c->run.st, ready);
}

my_phase ryx_my_exec_fetched(my_conn *c)
{
  if (c->ret.i == MYSQL_NO_DATA) return result_over(c);
  if (c->ret.i) return ryx_my_end_failed(c);
  if (c->no_memory) {
    c->no_memory = false;
    ryx_err_nomem(&c->err);
    return MY_DRAIN;
  }
  if (c->run.left > 0 && --c->run.left == 0) return ryx_my_end_part(c);
  return MY_FETCH;
}

int ryx_my_exec_drain(my_conn *c)
{
  return mysql_stmt_free_result_start(&c->ret.b, c->run.st);
}

int ryx_my_exec_drain_cont(my_conn *c, int ready)
{
  return mysql_stmt_free_result_cont(&c->ret.b, c->run.st, ready);
}

my_phase ryx_my_exec_drained(my_conn *c)
{
  my_run *r = &c->run;

  if (ryx_my_error_is_fatal((int)mysql_errno(c->m))) {
    c->err.code = 0; /* what broke the connection counts more */
    return ryx_my_end_failed(c);
  }
  if (r->wants_drop) ryx_my_end_drop(c);
  if (r->wants_prepare) {
    r->wants_drop = r->wants_prepare = false;
    return MY_PREPARE;
  }
  if (c->err.code) return ryx_my_end_failed(c);
  return r->is_ending ? ryx_my_end_ok(c) : result_over(c);
}

int ryx_my_exec_result(my_conn *c)
{
  return mysql_stmt_next_result_start(&c->ret.i, c->run.st);
}

int ryx_my_exec_result_cont(my_conn *c, int ready)
{
  return mysql_stmt_next_result_cont(&c->ret.i, c->run.st, ready);
}

/* A procedure answers with its first result set; the others are read over. */
my_phase ryx_my_exec_resulted(my_conn *c)
{
  if (c->ret.i > 0) return ryx_my_end_failed(c);
  if (c->ret.i < 0) return ryx_my_exec_next(c);
  return mysql_field_count(c->m) ? MY_DRAIN : result_over(c);
}
