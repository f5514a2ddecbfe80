/* SPDX-License-Identifier: MIT */
/* Owns the ends of a statement: what is answered, what is let go of, and what
 * becomes of the connection. */
#include <errmsg.h>
#include <string.h>

#include "base/err.h"
#include "driver/my_conn.h"

/* The error record is large and rarely used: it is not cleared. */
static ryx_reply *push(my_conn *c, const my_run *r)
{
  ryx_reply *out = &c->replies[c->n_replies++];

  memset(out, 0, offsetof(ryx_reply, err));
  out->tag = r->req->tag;
  return out;
}

static void push_error(my_conn *c, const my_run *r, bool not_started)
{
  ryx_reply *out = push(c, r);

  out->err = c->err;
  out->code = c->err.code;
  out->not_started = not_started;
}

/* The write of nine bytes on a connection with nothing in flight does not
 * block. */
void ryx_my_end_drop(my_conn *c)
{
  if (!c->run.st) return;
  if (c->run.is_kept) {
    ryx_stmts_remove(&c->cache, c->run.req->id);
  } else {
    mysql_stmt_close(c->run.st);
  }
  c->run.st = NULL;
  c->run.is_kept = false;
}

void ryx_my_end_forget(my_conn *c)
{
  c->forgets = c->run.req != NULL;
  if (!c->forgets) ryx_stmts_clear(&c->cache);
}

static void release(my_conn *c)
{
  if (!c->run.is_kept) ryx_my_end_drop(c);
  ryx_pack_free(c->run.pack);
  c->run = (my_run){.req = NULL};
  c->err.code = 0;
  if (c->forgets) ryx_my_end_forget(c);
}

/* The key of the row inserted, as a result of its own. */
static ryx_rows *key_row(int64_t id)
{
  ryx_pack *p = NULL;
  ryx_val *cell = NULL;

  if (ryx_pack_new(1, &p) == 0 && ryx_pack_col(p, 0, "id", RYX_T_INT) == 0)
    cell = ryx_pack_row(p);
  if (!cell) {
    ryx_pack_free(p);
    return NULL;
  }
  cell->type = RYX_T_INT;
  cell->u.i = id;
  return ryx_pack_rows(p);
}

my_phase ryx_my_end_ok(my_conn *c)
{
  my_run *r = &c->run;
  ryx_reply *out = push(c, r);

  out->affected = r->affected;
  out->last_id = r->last_id;
  if (r->pack) {
    if (ryx_my_exec_writes(r->req->sql))
      out->affected = ryx_pack_count(r->pack);
    out->rows = ryx_pack_rows(r->pack);
    r->pack = NULL;
  } else if (r->req->flags & RYX_STMT_KEYS) {
    out->rows = key_row(r->last_id);
    if (!out->rows) out->code = ryx_err_nomem(&out->err);
  }
  release(c);
  return MY_IDLE;
}

my_phase ryx_my_end_part(my_conn *c)
{
  ryx_reply *out = push(c, &c->run);

  out->more = true;
  out->rows = ryx_pack_rows(c->run.pack);
  c->run.pack = NULL;
  if (c->run.req->flags & RYX_STMT_STREAM_TX) {
    c->held = c->run;
    c->run = (my_run){.req = NULL};
  }
  return MY_IDLE;
}

my_phase ryx_my_end_error(my_conn *c)
{
  push_error(c, &c->run, !c->run.is_sent);
  release(c);
  return MY_IDLE;
}

/* An error packet does not say whether the transaction stands, but the answer
 * to the ping does. */
my_phase ryx_my_end_failed(my_conn *c)
{
  if (!c->err.code) ryx_my_error_of(c, c->run.st, &c->err);
  if (ryx_my_error_is_fatal(c->err.native)) return ryx_my_end_dead(c);
  if (c->run.is_wrapped) return MY_ROLLBACK;
  return c->err.native ? MY_PING : ryx_my_end_error(c);
}

/* The library says "gone" when it could not write the last byte of the
 * statement: the server cannot have begun it. "Lost" says nothing. Statements
 * stay where they are until close: the connection cannot carry their end. */
my_phase ryx_my_end_dead(my_conn *c)
{
  my_run *r = &c->run;
  bool is_unsent = c->err.native == CR_SERVER_GONE_ERROR && r->at == 0 &&
                   !r->is_wrapped && !r->pack;

  c->is_dead = true;
  if (r->req) push_error(c, r, !r->is_sent || is_unsent);
  if (c->held.req) push_error(c, &c->held, false);
  ryx_pack_free(r->pack);
  r->pack = NULL;
  r->req = c->held.req = NULL;
  return MY_IDLE;
}
