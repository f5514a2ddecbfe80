/* SPDX-License-Identifier: MIT */
/* Owns the states of a connection: which call into the library follows which.
 * Each state is one call; its `done` looks at the result and names the next
 * state. my_conn.h has the picture. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "driver/my_conn.h"

/* A lost connection says nothing of what it had told before it was lost: the
 * statement's own error stands, but for a farewell. */
static my_state die(my_conn *c)
{
  ryx_err lost;

  ryx_my_error_of(c, NULL, &lost);
  if (!c->err.code) c->err = lost;
  if (ryx_my_error_is_farewell(c->err.native)) c->err.code = RYX_E_CONNECTION;
  ryx_my_reply_dead(c, &lost);
  return MY_IDLE;
}

static my_state answer_error(my_conn *c)
{
  ryx_my_reply_error(c);
  return MY_IDLE;
}

/* An error packet says neither whether the transaction stands nor whether the
 * server goes on: its number can be anybody's, by SIGNAL. The answer to the
 * ping tells both. */
static my_state fail(my_conn *c)
{
  MYSQL_STMT *st = c->run.st;

  if (ryx_my_status_is_lost(c)) {
    ryx_my_error_of(c, st, &c->err); /* counts more than what c->err held */
    return die(c);
  }
  if (!c->err.code) ryx_my_error_of(c, st, &c->err);
  if (c->run.is_wrapped) return MY_ROLLBACK;
  return c->err.native ? MY_PING : answer_error(c);
}

static my_state asked(my_conn *c)
{
  return c->ret.i ? die(c) : answer_error(c);
}

static int query(my_conn *c, const char *sql)
{
  return ryx_my_text_query(c, sql, strlen(sql));
}

/* The library's own ping does not read the status in the answer. */
static int ping(my_conn *c)
{
  return query(c, "DO 0");
}

static int rollback(my_conn *c)
{
  return query(c, "ROLLBACK");
}

static int commit(my_conn *c)
{
  return query(c, "COMMIT");
}

static my_state committed(my_conn *c)
{
  if (c->ret.i) return fail(c);
  ryx_my_reply_ok(c);
  return MY_IDLE;
}

/* A stream has its statement to itself: it may live as long as the stream. */
static bool keeps(const my_conn *c)
{
  const ryx_stmt *s = c->run.req;

  return s->id && !c->run.is_rows &&
         !(s->flags & (RYX_STMT_UNNAMED | RYX_STMT_STREAM)) &&
         c->opts->prepare <= RYX_PREPARE_NAMED && c->cache.max > 0;
}

static bool is_plain(const ryx_stmt *s)
{
  return s->n_params == 0 && s->n_batch == 1 && !(s->flags & RYX_STMT_STREAM);
}

static my_state by_text(my_conn *c)
{
  c->run.via = &ryx_my_text_protocol;
  return MY_EXECUTE;
}

static my_state first(my_conn *c)
{
  my_run *r = &c->run;

  if (r->req->id == 0 && is_plain(r->req)) return by_text(c);
  r->via = &ryx_my_stmt_protocol;
  if (keeps(c)) r->st = ryx_stmts_get(&c->cache, r->req->id);
  r->is_kept = r->st != NULL;
  if (r->is_kept && !ryx_my_bind_suits(c)) ryx_my_reply_drop(c);
  return r->st ? MY_EXECUTE : MY_PREPARE;
}

static int begin(my_conn *c)
{
  return query(c, "START TRANSACTION");
}

static my_state begun(my_conn *c)
{
  if (c->ret.i) return fail(c);
  c->run.is_wrapped = true;
  return first(c);
}

/* What cannot be prepared goes as text. Where the server has too many
 * statements, of all connections together, this one gives up its own. */
static my_state not_prepared(my_conn *c)
{
  my_run *r = &c->run;
  unsigned native = r->st ? mysql_stmt_errno(r->st) : 0;

  if (native == ER_UNSUPPORTED_PS && is_plain(r->req)) {
    ryx_my_reply_drop(c);
    return by_text(c);
  }
  if (native == ER_MAX_PREPARED_STMT_COUNT_REACHED && c->cache.n) {
    ryx_my_reply_drop(c);
    ryx_stmts_clear(&c->cache);
    return MY_PREPARE;
  }
  return fail(c);
}

static my_state prepared(my_conn *c)
{
  const ryx_stmt *s = c->run.req;
  unsigned long n;

  if (c->ret.i) return not_prepared(c);
  n = mysql_stmt_param_count(c->run.st);
  if (!c->run.is_rows && n != (unsigned long)s->n_params) {
    ryx_err_set(&c->err, RYX_E_MISUSE,
                "the statement has %lu placeholders, but %d parameters were "
                "given",
                n, s->n_params);
    return fail(c);
  }
  if (keeps(c) && ryx_stmts_put(&c->cache, s->id, c->run.st) == 0)
    c->run.is_kept = true;
  return MY_EXECUTE;
}

/* No more rows are wanted. A cursor's are still on the server, all others are
 * on their way and have to be read. */
static my_state leave(my_conn *c)
{
  ryx_my_rows_drop(c);
  if (!c->run.is_cursor) return MY_ROW;
  if (c->err.code) return answer_error(c);
  ryx_my_reply_ok(c);
  return MY_IDLE;
}

/* The next rows of parameters; texts of several rows are one for each number.
 */
static my_state another(my_conn *c)
{
  if (!c->run.is_rows || ryx_my_bind_rows(c) == c->run.n_prepared)
    return MY_EXECUTE;
  ryx_my_reply_drop(c);
  return MY_PREPARE;
}

/* Behind the last result: the rows of parameters are gone through. */
static my_state settled(my_conn *c)
{
  my_run *r = &c->run;

  if (r->wants_drop) ryx_my_reply_drop(c);
  r->wants_drop = false;
  if (r->wants_prepare) {
    r->wants_prepare = false;
    return MY_PREPARE;
  }
  if (c->err.code) return fail(c);
  r->at += r->n;
  if (r->at < r->req->n_batch) return another(c);
  if (r->is_wrapped) return MY_COMMIT;
  ryx_my_reply_ok(c);
  return MY_IDLE;
}

/* Behind a result, or the count that stands in its place. */
static my_state result_over(my_conn *c)
{
  return c->run.via->has_next(c) ? MY_NEXT : settled(c);
}

/* A write that is committed already cannot be refused for the rows it answers
 * with. */
static bool is_bounded(const my_conn *c)
{
  return !ryx_my_word_writes(c->run.req->sql) || ryx_my_status_in_tx(c);
}

/* A procedure answers with its first result set; the others are read over. */
static my_state open_result(my_conn *c, bool is_first)
{
  my_run *r = &c->run;
  const MYSQL_FIELD *fields = r->via->fields(c);

  if (!fields) return fail(c);
  r->is_dropping = c->err.code || (!is_first && r->pack);
  if (r->is_dropping) return MY_ROW;
  r->is_bounded = is_bounded(c);
  /* Nobody else can use the connection before such a result is read. */
  if ((r->req->flags & RYX_STMT_STREAM_TX) && !r->is_cursor) r->left = -1;
  if (ryx_my_rows_begin(c, fields, mysql_field_count(c->m)) == 0) return MY_ROW;
  ryx_err_nomem(&c->err);
  return leave(c);
}

/* A CALL that says so may have had effect: its procedure can raise any number.
 * Whatever else raised it has had none. */
static bool may_begin_again(const my_conn *c)
{
  const my_run *r = &c->run;

  return !ryx_my_word_calls(r->req->sql) &&
         (r->is_wrapped || !ryx_my_status_in_tx(c));
}

/* The server does not know the statement any more; or the table has other
 * columns now, which the library finds out only when a result is there: a
 * SELECT may run again then, a write may not. */
static my_state not_executed(my_conn *c)
{
  my_run *r = &c->run;
  unsigned native = r->st ? mysql_stmt_errno(r->st) : 0;
  bool is_gone =
      native == ER_UNKNOWN_STMT_HANDLER || native == ER_NEED_REPREPARE;
  bool may_repeat =
      is_gone ? may_begin_again(c) : r->req->flags & RYX_STMT_READ;

  if (c->err.code || !(is_gone || native == CR_NEW_STMT_METADATA))
    return fail(c);
  r->wants_drop = true;
  if (may_repeat && !r->is_again && r->at == 0) {
    r->is_again = r->wants_prepare = true;
  } else {
    ryx_my_error_of(c, r->st, &c->err);
  }
  return is_gone ? settled(c) : MY_FLUSH;
}

static my_state flushed(my_conn *c)
{
  return ryx_my_status_is_lost(c) ? fail(c) : result_over(c);
}

static int execute(my_conn *c)
{
  return c->run.via->execute.start(c);
}

static int execute_cont(my_conn *c, int ready)
{
  return c->run.via->execute.cont(c, ready);
}

static my_state counted(my_conn *c)
{
  my_run *r = &c->run;

  r->via->count(c);
  if ((r->req->flags & RYX_STMT_KEYS) && ryx_my_reply_keys(c, r->last_id))
    ryx_err_nomem(&c->err);
  return result_over(c);
}

static my_state executed(my_conn *c)
{
  my_run *r = &c->run;

  if (c->ret.i) return not_executed(c);
  r->is_begun = true;
  if (mysql_field_count(c->m) == 0) {
    return counted(c);
  }
  return open_result(c, true);
}

static int row(my_conn *c)
{
  return c->run.via->row.start(c);
}

static int row_cont(my_conn *c, int ready)
{
  return c->run.via->row.cont(c, ready);
}

/* A cancel that meets a stream which its reader left is no error. */
static my_state rows_over(my_conn *c, my_got got)
{
  my_run *r = &c->run;

  if (got == MY_GOT_ERROR && !(r->is_ending && !ryx_my_status_is_lost(c)))
    return fail(c);
  r->is_dropping = false;
  return result_over(c);
}

static my_state got_row(my_conn *c)
{
  my_run *r = &c->run;
  my_got got = r->via->got(c);

  if (got != MY_GOT_ROW) return rows_over(c, got);
  if (r->is_dropping) return MY_ROW;
  if (ryx_my_rows_check(c, &c->err)) return leave(c);
  if (r->left < 0 || --r->left > 0) return MY_ROW;
  ryx_my_reply_part(c);
  return MY_IDLE;
}

static int next(my_conn *c)
{
  return c->run.via->next.start(c);
}

static int next_cont(my_conn *c, int ready)
{
  return c->run.via->next.cont(c, ready);
}

static my_state next_begun(my_conn *c)
{
  if (c->ret.i > 0) return fail(c);
  if (c->ret.i < 0) return settled(c);
  return mysql_field_count(c->m) ? open_result(c, false) : result_over(c);
}

static my_state dialled(my_conn *c)
{
  c->is_dead = c->ret.i != 0;
  return MY_IDLE;
}

static int reset(my_conn *c)
{
  return mysql_reset_connection_start(&c->ret.i, c->m);
}

static int reset_cont(my_conn *c, int ready)
{
  return mysql_reset_connection_cont(&c->ret.i, c->m, ready);
}

/* The server has closed all statements; only our handles are left to free. A
 * reset leaves the database where USE put it. */
static my_state reset_done(my_conn *c)
{
  if (c->ret.i) return die(c);
  ryx_stmts_clear(&c->cache);
  return c->opts->database ? MY_DATABASE : MY_SESSION;
}

static int database(my_conn *c)
{
  return mysql_select_db_start(&c->ret.i, c->m, c->opts->database);
}

static int database_cont(my_conn *c, int ready)
{
  return mysql_select_db_cont(&c->ret.i, c->m, ready);
}

static my_state database_done(my_conn *c)
{
  return c->ret.i ? die(c) : MY_SESSION;
}

static int session(my_conn *c)
{
  return query(c, c->flavour->session);
}

static my_state session_done(my_conn *c)
{
  return c->ret.i ? die(c) : MY_IDLE;
}

static const struct {
  my_call call;
  my_state (*done)(my_conn *c);
} states[MY_STATE_MAX] = {
    [MY_DIAL] = {{ryx_my_dial, NULL}, dialled},
    [MY_BEGIN] = {{begin, ryx_my_text_query_cont}, begun},
    [MY_PREPARE] = {{ryx_my_stmt_prepare, ryx_my_stmt_prepare_cont}, prepared},
    [MY_EXECUTE] = {{execute, execute_cont}, executed},
    [MY_ROW] = {{row, row_cont}, got_row},
    [MY_FLUSH] = {{ryx_my_stmt_flush, ryx_my_stmt_flush_cont}, flushed},
    [MY_NEXT] = {{next, next_cont}, next_begun},
    [MY_COMMIT] = {{commit, ryx_my_text_query_cont}, committed},
    [MY_ROLLBACK] = {{rollback, ryx_my_text_query_cont}, asked},
    [MY_PING] = {{ping, ryx_my_text_query_cont}, asked},
    [MY_RESET] = {{reset, reset_cont}, reset_done},
    [MY_DATABASE] = {{database, database_cont}, database_done},
    [MY_SESSION] = {{session, ryx_my_text_query_cont}, session_done},
};

static ryx_io io_of(int waiting)
{
  bool reads = waiting & MYSQL_WAIT_READ, writes = waiting & MYSQL_WAIT_WRITE;

  if (reads && writes) return RYX_IO_BOTH;
  return writes ? RYX_IO_WRITE : RYX_IO_READ;
}

/* Has this step had its share? Asked before each row. */
static bool is_spent(unsigned *rows, uint64_t *since)
{
  if ((*rows)++ == 0) *since = ryx_clock_now();
  if (*rows % RYX_STEP_ROWS) return false;
  return ryx_clock_now() - *since > RYX_STEP_US * RYX_NS_PER_US;
}

static ryx_io move(my_conn *c, int ready)
{
  unsigned rows = 0;
  uint64_t since = 0;

  while (c->state != MY_IDLE) {
    const my_call *call = &states[c->state].call;
    if (c->waiting) {
      c->waiting = call->cont(c, ready);
    } else if (c->state == MY_ROW && is_spent(&rows, &since)) {
      return RYX_IO_YIELD;
    } else {
      c->waiting = call->start(c);
    }
    if (c->waiting) return io_of(c->waiting);
    c->state = states[c->state].done(c);
  }
  return c->is_dead ? RYX_IO_FAIL : RYX_IO_DONE;
}

/* A timeout never reaches the library: deadlines are the engine's. */
ryx_io ryx_my_machine_run(my_conn *c, int ready, ryx_err *e)
{
  my_pipe guard;
  ryx_io io;

  if (c->waiting && !ready) return io_of(c->waiting);
  ryx_my_pipe_enter(&guard, c->is_tls || c->state == MY_DIAL);
  io = move(c, ready);
  ryx_my_pipe_leave(&guard);
  if (io == RYX_IO_FAIL && e) *e = c->err;
  return io;
}

void ryx_my_machine_dial(my_conn *c)
{
  c->state = MY_DIAL;
}

void ryx_my_machine_send(my_conn *c, bool wraps)
{
  c->err.code = 0;
  c->state = wraps ? MY_BEGIN : first(c);
}

void ryx_my_machine_more(my_conn *c, int32_t max_rows)
{
  my_run *r = &c->run;

  r->left = max_rows;
  r->is_ending = max_rows == 0;
  if (r->is_ending) {
    c->state = leave(c);
  } else if (ryx_my_rows_begin(c, mariadb_stmt_fetch_fields(r->st),
                               mysql_stmt_field_count(r->st))) {
    ryx_err_nomem(&c->err);
    c->state = leave(c);
  } else {
    c->state = MY_ROW;
  }
}

void ryx_my_machine_reset(my_conn *c)
{
  c->err.code = 0;
  c->state = MY_RESET;
}

void ryx_my_machine_lost(my_conn *c)
{
  ryx_err_set(&c->err, RYX_E_CONNECTION,
              "the server had closed the connection before this statement");
  ryx_my_reply_dead(c, &c->err);
}

void ryx_my_machine_unwind(my_conn *c)
{
  while (c->waiting)
    c->waiting =
        states[c->state].call.cont(c, MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
}
