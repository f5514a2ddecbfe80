/* SPDX-License-Identifier: MIT */
/* Owns the replies: what is answered of a statement, and what is let go of with
 * it. */
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

static void push_error(my_conn *c, const my_run *r, const ryx_err *e,
                       bool not_started)
{
  ryx_reply *out = push(c, r);

  out->err = *e;
  out->code = e->code;
  out->not_started = not_started;
}

/* The write of nine bytes on a connection with nothing in flight does not
 * block. */
void ryx_my_reply_drop(my_conn *c)
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

void ryx_my_reply_forget(my_conn *c)
{
  c->forgets = c->run.req != NULL;
  if (!c->forgets) ryx_stmts_clear(&c->cache);
}

/* The library would read a result to its end before it frees it, and later
 * follow a handle that is closed by then. */
void ryx_my_reply_drop_result(my_run *r)
{
  if (!r->res) return;
  r->res->handle = NULL;
  mysql_free_result(r->res);
  r->res = NULL;
}

static void release(my_conn *c)
{
  if (!c->run.is_kept) ryx_my_reply_drop(c);
  ryx_my_reply_drop_result(&c->run);
  ryx_pack_free(c->run.pack);
  ryx_pack_free(c->run.keys);
  c->run = (my_run){.req = NULL};
  c->err.code = 0;
  if (c->forgets) ryx_my_reply_forget(c);
}

static int begin_keys(my_run *r)
{
  if (r->keys) return 0;
  if (ryx_pack_new(1, &r->keys)) return RYX_E_NOMEM;
  return ryx_pack_col(r->keys, 0, "id", RYX_T_INT);
}

/* A result of its own. Rows of one INSERT have keys that follow each other. */
int ryx_my_reply_keys(my_conn *c, int64_t first)
{
  my_run *r = &c->run;

  if (begin_keys(r)) return RYX_E_NOMEM;
  for (int32_t i = 0; i < r->n; i++) {
    ryx_val *cell = ryx_pack_row(r->keys);
    if (!cell) return RYX_E_NOMEM;
    cell->type = RYX_T_INT;
    cell->u.i = first + i * c->key_step;
  }
  return 0;
}

void ryx_my_reply_ok(my_conn *c)
{
  my_run *r = &c->run;
  ryx_reply *out = push(c, r);

  out->affected = r->affected;
  out->last_id = r->last_id;
  if (r->pack) {
    if (ryx_my_word_writes(r->req->sql))
      out->affected = ryx_pack_count(r->pack);
    out->rows = ryx_pack_rows(r->pack);
    r->pack = NULL;
  } else if (r->keys) {
    out->rows = ryx_pack_rows(r->keys);
    r->keys = NULL;
  }
  release(c);
}

void ryx_my_reply_part(my_conn *c)
{
  ryx_reply *out = push(c, &c->run);

  out->more = true;
  out->rows = ryx_pack_rows(c->run.pack);
  c->run.pack = NULL;
  if (c->run.req->flags & RYX_STMT_STREAM_TX) {
    c->held = c->run;
    c->run = (my_run){.req = NULL};
  }
}

void ryx_my_reply_error(my_conn *c)
{
  push_error(c, &c->run, &c->err, !c->run.is_sent);
  release(c);
}

/* The library says "gone" when it could not write the last byte of a statement:
 * the server cannot have begun it. "Lost" says nothing. Statements stay where
 * they are until close: the connection cannot carry their end. */
void ryx_my_reply_dead(my_conn *c, const ryx_err *lost)
{
  my_run *r = &c->run;
  bool is_unsent =
      c->err.native == CR_SERVER_GONE_ERROR && !r->is_begun && !r->is_wrapped;

  c->is_dead = true;
  if (r->req) push_error(c, r, &c->err, !r->is_sent || is_unsent);
  if (c->held.req) push_error(c, &c->held, lost, false);
  ryx_pack_free(r->pack);
  ryx_pack_free(r->keys);
  r->pack = r->keys = NULL;
  r->req = c->held.req = NULL;
  c->err = *lost;
}
