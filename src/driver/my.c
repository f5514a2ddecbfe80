/* SPDX-License-Identifier: MIT */
/* The driver's table: what may be sent and taken, the dial's begin, the end. */
#include "driver/my.h"

#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/my_conn.h"

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
  ryx_buf_init(&c->text, 0);
  c->deadline_ns = d->deadline_ns;
  ryx_my_machine_dial(c);
  if (ryx_stmts_init(&c->cache, max, drop_stmt, c)) {
    ryx_err_nomem(e);
    return RYX_IO_FAIL;
  }
  return RYX_IO_BLOCK;
}

static ryx_io my_step(void *ud, unsigned ready, ryx_err *e)
{
  int events = 0;

  if (ready & RYX_READY_READ) events |= MYSQL_WAIT_READ;
  if (ready & RYX_READY_WRITE) events |= MYSQL_WAIT_WRITE;
  return ryx_my_machine_run(ryx_my_conn_of(ud), events, e);
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
  bool is_array, is_one;
  uint64_t size;
  int rc;

  if (c->is_dead || !c->m) return over(c, e);
  rc = check_free(c, s, e);
  if (rc == 0) rc = ryx_my_bind_check(c, s, &size, &is_array, e);
  if (rc == 0) rc = check_size(c, s, size, e);
  if (rc) return RYX_SENT_REFUSED;
  if (ryx_my_status_hung_up(c)) {
    ryx_my_machine_lost(c);
    return over(c, e);
  }
  c->run = (my_run){.req = s, .left = -1};
  if ((s->flags & RYX_STMT_STREAM) && s->chunk > 0) c->run.left = s->chunk;
  c->run.is_array = is_array && c->flavour->has_arrays;
  c->run.is_rows = !c->flavour->has_arrays && s->n_batch > 1 && s->row_len > 0;
  /* One array of an INSERT is one statement to the server, so are not too many
   * rows; everything else that comes in several rows is several. */
  is_one =
      c->run.is_array && ryx_my_word_inserts(s->sql) && size <= c->max_packet;
  if (c->run.is_rows) is_one = ryx_my_bind_rows(c) == s->n_batch;
  /* All rows or none needs a transaction of our own. */
  ryx_my_machine_send(c, s->n_batch > 1 && !is_one && !ryx_my_status_in_tx(c));
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
  my_pipe guard;

  if (c->is_dead || !c->m) return over(c, e);
  if (c->state != MY_IDLE || !(c->run.req || c->held.req)) {
    ryx_err_set(e, RYX_E_MISUSE, "no stream waits for more");
    return RYX_SENT_REFUSED;
  }
  if (!c->run.req) {
    c->run = c->held;
    c->held = (my_run){.req = NULL};
  }
  ryx_my_pipe_enter(&guard, c->is_tls);
  ryx_my_machine_more(c, max_rows);
  ryx_my_pipe_leave(&guard);
  return RYX_SENT_WENT;
}

static ryx_io my_reset(void *ud, ryx_err *e)
{
  my_conn *c = ryx_my_conn_of(ud);

  ryx_my_machine_reset(c);
  return ryx_my_machine_run(c, 0, e);
}

static void my_forget(void *ud)
{
  my_conn *c = ryx_my_conn_of(ud);
  my_pipe guard;

  ryx_my_pipe_enter(&guard, c->is_tls);
  ryx_my_reply_forget(c);
  ryx_my_pipe_leave(&guard);
}

static ryx_tx_state my_in_tx(const void *ud)
{
  const my_conn *c = ryx_my_conn_peek(ud);

  if (c->is_dead || !c->m) return RYX_TX_NONE;
  return ryx_my_status_in_tx(c) ? RYX_TX_OPEN : RYX_TX_NONE;
}

static unsigned my_server_caps(const void *ud)
{
  return ryx_my_conn_peek(ud)->caps;
}

/* A call that waits goes to its end, or the library keeps what the call had
 * gathered; the shutdown sees to it that neither this nor the farewell waits
 * for the server. Statements outlive mysql_close, which cuts them off; closing
 * them before it would send a farewell for each. */
static void close_library(my_conn *c)
{
  my_pipe guard;

  ryx_my_pipe_enter(&guard, c->is_tls);
  if (c->waiting || c->run.req) shutdown(my_fd(c), SHUT_RDWR);
  ryx_my_machine_unwind(c);
  ryx_my_reply_drop_result(&c->run);
  mysql_close(c->m);
  c->m = NULL;
  ryx_my_pipe_leave(&guard);
}

static void my_close(void *ud)
{
  my_conn *c = ryx_my_conn_of(ud);

  if (c->m) close_library(c);
  if (c->run.st && !c->run.is_kept) mysql_stmt_close(c->run.st);
  if (c->held.st) mysql_stmt_close(c->held.st);
  ryx_stmts_fini(&c->cache);
  ryx_pack_free(c->run.pack);
  ryx_pack_free(c->run.keys);
  for (int i = 0; i < c->n_replies; i++)
    ryx_rows_free(c->replies[i].rows);
  ryx_mem_free(c->cols);
  ryx_buf_fini(&c->text);
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
    .step = my_step,
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
