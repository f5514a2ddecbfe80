/* SPDX-License-Identifier: MIT */
/* The driver's table, and the machine that moves a connection from one call of
 * the library to the next. */
#include "driver/my.h"

#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/my_conn.h"

static const my_step steps[MY_PHASE_MAX] = {
    [MY_DIAL] = {ryx_my_dial, NULL, ryx_my_dialled},
    [MY_CHECK] = {ryx_my_exec_check, NULL, ryx_my_exec_checked},
    [MY_BEGIN] = {ryx_my_text_begin, ryx_my_text_query_cont, ryx_my_text_begun},
    [MY_PREPARE] = {ryx_my_exec_prepare, ryx_my_exec_prepare_cont,
                    ryx_my_exec_prepared},
    [MY_EXECUTE] = {ryx_my_exec_execute, ryx_my_exec_execute_cont,
                    ryx_my_exec_executed},
    [MY_FETCH] = {ryx_my_exec_fetch, ryx_my_exec_fetch_cont,
                  ryx_my_exec_fetched},
    [MY_DRAIN] = {ryx_my_exec_drain, ryx_my_exec_drain_cont,
                  ryx_my_exec_drained},
    [MY_RESULT] = {ryx_my_exec_result, ryx_my_exec_result_cont,
                   ryx_my_exec_resulted},
    [MY_TEXT] = {ryx_my_text_query, ryx_my_text_query_cont,
                 ryx_my_text_queried},
    [MY_TEXT_STORE] = {ryx_my_text_store, ryx_my_text_store_cont,
                       ryx_my_text_stored},
    [MY_TEXT_RESULT] = {ryx_my_text_result, ryx_my_text_result_cont,
                        ryx_my_text_resulted},
    [MY_COMMIT] = {ryx_my_text_commit, ryx_my_text_query_cont,
                   ryx_my_text_committed},
    [MY_ROLLBACK] = {ryx_my_text_rollback, ryx_my_text_query_cont,
                     ryx_my_text_rolled_back},
    [MY_PING] = {ryx_my_text_ping, ryx_my_text_query_cont, ryx_my_text_pinged},
    [MY_RESET] = {ryx_my_reset_start, ryx_my_reset_cont, ryx_my_reset_done},
    [MY_DATABASE] = {ryx_my_reset_database, ryx_my_reset_database_cont,
                     ryx_my_reset_database_done},
    [MY_SESSION] = {ryx_my_reset_session, ryx_my_text_query_cont,
                    ryx_my_reset_session_done},
};

static ryx_io io_of(int waiting)
{
  bool reads = waiting & MYSQL_WAIT_READ, writes = waiting & MYSQL_WAIT_WRITE;

  if (reads && writes) return RYX_IO_BOTH;
  return writes ? RYX_IO_WRITE : RYX_IO_READ;
}

static ryx_io move(my_conn *c, int ready)
{
  while (c->phase != MY_IDLE) {
    const my_step *s = &steps[c->phase];
    c->waiting = c->waiting ? s->cont(c, ready) : s->start(c);
    if (c->waiting) return io_of(c->waiting);
    c->phase = s->done(c);
  }
  return c->is_dead ? RYX_IO_FAIL : RYX_IO_DONE;
}

static ryx_io run(my_conn *c, int ready, ryx_err *e)
{
  my_pipe guard;
  ryx_io io;

  ryx_my_pipe_enter(&guard, c->is_tls || c->phase == MY_DIAL);
  io = move(c, ready);
  ryx_my_pipe_leave(&guard);
  if (io == RYX_IO_FAIL && e) *e = c->err;
  return io;
}

static void drop_stmt(void *ctx, void *handle)
{
  (void)ctx;
  mysql_stmt_close(handle);
}

static ryx_io my_dial(void *ud, const ryx_dial *d, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);
  const ryx_opts *o = d->opts;
  uint32_t max = o->statement_cache > 0 ? (uint32_t)o->statement_cache : 0;

  c->opts = o;
  c->deadline_ns = d->deadline_ns;
  c->phase = MY_DIAL;
  if (ryx_stmts_init(&c->cache, max, drop_stmt, c)) {
    ryx_err_nomem(e);
    return RYX_IO_FAIL;
  }
  return RYX_IO_BLOCK;
}

/* A timeout never reaches the library: deadlines are the engine's. */
static ryx_io my_step_on(void *ud, unsigned ready, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);
  int events = 0;

  if (ready & RYX_READY_READ) events |= MYSQL_WAIT_READ;
  if (ready & RYX_READY_WRITE) events |= MYSQL_WAIT_WRITE;
  if (c->waiting && !events) return io_of(c->waiting);
  return run(c, events, e);
}

static int my_fd(const void *ud)
{
  const my_conn *c = ryx_my_conn_peek(ud);

  return c->m ? mysql_get_socket(c->m) : -1;
}

static int check_size(const my_conn *c, const ryx_stmt *s, uint64_t size,
                      ryx_err *e)
{
  uint64_t largest = s->n_batch > 1 ? 0 : size + s->sql_len;

  if (largest <= c->max_packet) return 0;
  ryx_err_set(e, RYX_E_OPERATIONAL,
              "the statement takes %llu bytes, more than the server's "
              "max_allowed_packet of %zu: raise it there",
              (unsigned long long)largest, c->max_packet);
  return e->code;
}

static int check_free(const my_conn *c, const ryx_stmt *s, ryx_err *e)
{
  if (c->run.req) return ryx_err_set(e, RYX_E_MISUSE, "the connection is busy");
  if (c->held.req && (s->flags & RYX_STMT_STREAM))
    return ryx_err_set(e, RYX_E_UNSUPPORTED,
                       "one transaction has one open stream at a time: read "
                       "the inner one with all()");
  return 0;
}

static ryx_sent over(const my_conn *c, ryx_err *e)
{
  *e = c->err;
  if (!e->code) ryx_err_set(e, RYX_E_CONNECTION, "the connection is closed");
  return RYX_SENT_OVER;
}

static ryx_sent my_send(void *ud, const ryx_stmt *s, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);
  bool is_array, is_insert;
  uint64_t size;
  int rc;

  if (c->is_dead || !c->m) return over(c, e);
  rc = check_free(c, s, e);
  if (rc == 0) rc = ryx_my_bind_check(s, &size, &is_array, e);
  if (rc == 0) rc = check_size(c, s, size, e);
  if (rc) return RYX_SENT_REFUSED;
  is_insert = ryx_my_exec_inserts(s->sql);
  c->err.code = 0;
  c->run = (my_run){.req = s, .left = -1};
  if ((s->flags & RYX_STMT_STREAM) && s->chunk > 0) c->run.left = s->chunk;
  c->run.is_array = is_array && c->is_mariadb;
  /* One array of an INSERT is one statement to the server; everything else
   * that comes in several rows is several. */
  c->run.wants_wrap = s->n_batch > 1 && !ryx_my_conn_in_tx(c) &&
                      !(c->run.is_array && is_insert && size <= c->max_packet);
  c->phase = MY_CHECK;
  return RYX_SENT_WENT;
}

static bool my_take(void *ud, ryx_reply *out)
{
  my_conn *c = ryx_my_conn_of(ud);
  const ryx_reply *r = &c->replies[0];

  if (c->n_replies == 0) return false;
  memcpy(out, r, r->code ? sizeof *out : offsetof(ryx_reply, err));
  if (!r->code) out->err.code = 0;
  if (--c->n_replies) c->replies[0] = c->replies[1];
  return true;
}

static ryx_sent my_more(void *ud, int32_t max_rows, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);
  my_run *r = &c->run;

  if (c->is_dead) return over(c, e);
  if (!r->req && c->held.req) {
    *r = c->held;
    c->held = (my_run){.req = NULL};
  }
  if (!r->req || c->phase != MY_IDLE) {
    ryx_err_set(e, RYX_E_MISUSE, "no stream waits for more");
    return RYX_SENT_REFUSED;
  }
  if (max_rows == 0) {
    r->is_ending = true;
    c->phase = MY_DRAIN;
    return RYX_SENT_WENT;
  }
  r->left = max_rows;
  if (ryx_my_rows_begin(c, mariadb_stmt_fetch_fields(r->st),
                        mysql_stmt_field_count(r->st))) {
    ryx_err_nomem(e);
    return RYX_SENT_REFUSED;
  }
  c->phase = MY_FETCH;
  return RYX_SENT_WENT;
}

static ryx_io my_reset(void *ud, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);

  c->phase = MY_RESET;
  return run(c, 0, e);
}

static void my_forget(void *ud)
{
  my_conn *c = ryx_my_conn_of(ud);
  my_pipe guard;

  ryx_my_pipe_enter(&guard, c->is_tls);
  ryx_my_end_forget(c);
  ryx_my_pipe_leave(&guard);
}

bool ryx_my_conn_in_tx(const my_conn *c)
{
  unsigned status = 0;

  mariadb_get_infov(c->m, MARIADB_CONNECTION_SERVER_STATUS, &status);
  return (status & SERVER_STATUS_IN_TRANS) != 0;
}

static ryx_tx_state my_in_tx(const void *ud)
{
  const my_conn *c = ryx_my_conn_peek(ud);

  if (c->is_dead || !c->m) return RYX_TX_NONE;
  return ryx_my_conn_in_tx(c) ? RYX_TX_OPEN : RYX_TX_NONE;
}

static unsigned my_server_caps(const void *ud)
{
  return ryx_my_conn_peek(ud)->caps;
}

/* Statements outlive mysql_close, which cuts them off; closing them before it
 * would send a farewell for each. A call that waits is given up; the shutdown
 * keeps the farewell of the connection from waiting behind it. */
static void my_close(void *ud)
{
  my_conn *c = ryx_my_conn_of(ud);
  my_pipe guard;

  ryx_my_pipe_enter(&guard, c->is_tls);
  if (c->m && (c->waiting || c->run.req)) shutdown(my_fd(c), SHUT_RDWR);
  if (c->m) mysql_close(c->m);
  c->m = NULL;
  ryx_my_pipe_leave(&guard);
  if (c->run.st && !c->run.is_kept) mysql_stmt_close(c->run.st);
  if (c->held.st) mysql_stmt_close(c->held.st);
  ryx_stmts_fini(&c->cache);
  ryx_pack_free(c->run.pack);
  for (int i = 0; i < c->n_replies; i++)
    ryx_rows_free(c->replies[i].rows);
  ryx_mem_free(c->cols);
  ryx_mem_free(c->binds);
  ryx_mem_free(c->slots);
  memset(c, 0, sizeof *c);
}

static const char *my_begin(const ryx_begin *b, int i)
{
  static const char *const levels[] = {
      [RYX_ISO_DEFAULT] = NULL,
      [RYX_ISO_READ_COMMITTED] =
          "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
      [RYX_ISO_REPEATABLE_READ] =
          "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
      [RYX_ISO_SERIALIZABLE] = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  };
  const char *level = levels[b->isolation];

  if (level && i == 0) return level;
  if (i != (level ? 1 : 0)) return NULL;
  return b->read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION";
}

static const char *const schemes[] = {"mysql", "mariadb", NULL};

/* The protocol counts them in 16 bits. */
static int my_max_params(void)
{
  return UINT16_MAX;
}

const ryx_driver ryx_my_driver = {
    .name = "mysql",
    .schemes = schemes,
    .caps = RYX_CAP_TX_STREAM,
    .depth = 1,
    .conn_size = sizeof(my_conn),
    .max_params = my_max_params,
    .ping = "DO 1",
    .dial = my_dial,
    .step = my_step_on,
    .fd = my_fd,
    .send = my_send,
    .take = my_take,
    .more = my_more,
    .reset = my_reset,
    .forget = my_forget,
    .cancel_new = ryx_my_cancel_new,
    .cancel_ask = ryx_my_cancel_ask,
    .cancel_free = ryx_my_cancel_free,
    .in_tx = my_in_tx,
    .server_caps = my_server_caps,
    .close = my_close,
    .begin = my_begin,
};
