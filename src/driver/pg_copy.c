/* SPDX-License-Identifier: MIT */
/* COPY between client and server, a stream that has its connection to itself.
 * libpq has none in pipeline mode, which is left for as long as it takes. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "driver/pg_conn.h"
#include "value/text.h"

enum {
  PART = 256 * 1024, /* bytes to the client at once */
  READS = 64         /* of one step */
};

/* Statements of our own may still be in flight before it (a cursor's CLOSE), so
 * it begins when its turn has come. */
void ryx_pg_copy_start(ryx_pg *c, const ryx_stmt *s)
{
  c->stream = (ryx_pg_stream){.stmt = s, .copy = RYX_PG_COPY_QUEUED};
  ryx_buf_init(&c->stream.bytes, 0);
  ryx_pg_send_push(c, RYX_PG_COPY, s);
}

static void begin(ryx_pg *c)
{
  ryx_pg_stream *s = &c->stream;

  s->copy = RYX_PG_COPY_ASKED;
  c->blocked = true; /* until a flush has said otherwise */
  if (!PQexitPipelineMode(c->pg) || !PQsendQuery(c->pg, s->stmt->sql))
    ryx_pg_step_die(c, NULL);
}

static void hold(ryx_pg *c)
{
  c->stream.held = c->stream.ready = true;
}

/* libpq gives a row at a time, in memory of its own. */
static void keep(ryx_pg_stream *s, char *row, int n)
{
  if (!s->discard && ryx_buf_put(&s->bytes, row, (size_t)n) < 0) {
    s->oom = s->discard = true;
    ryx_buf_fini(&s->bytes);
  }
  PQfreemem(row);
}

/* As PQgetCopyData, but a read of libpq's is 16 KB, and asking the loop when
 * the next one may be costs as much as the read. */
static int next_row(ryx_pg *c, char **row, int *reads)
{
  int n = PQgetCopyData(c->pg, row, 1);

  if (n != 0 || ++*reads > READS || !PQconsumeInput(c->pg)) return n;
  return PQgetCopyData(c->pg, row, 1);
}

/* True when the last row has come. */
static bool gather(ryx_pg *c)
{
  ryx_pg_stream *s = &c->stream;
  char *row;
  int n, reads = 0;

  while ((n = next_row(c, &row, &reads)) > 0) {
    keep(s, row, n);
    if (s->bytes.len < PART) continue;
    hold(c);
    return false;
  }
  if (n == 0) return false;
  if (n == -2) ryx_pg_step_die(c, NULL);
  s->copy = RYX_PG_COPY_ENDED;
  return n == -1;
}

bool ryx_pg_copy_goes(ryx_pg *c)
{
  switch (c->stream.copy) {
    case RYX_PG_COPY_QUEUED: begin(c); return !c->dead;
    case RYX_PG_COPY_IN:
      if (!c->blocked) hold(c);
      return false;
    case RYX_PG_COPY_OUT: return gather(c);
    case RYX_PG_COPY_NONE:
    case RYX_PG_COPY_ASKED:
    case RYX_PG_COPY_ENDED: break;
  }
  return true;
}

void ryx_pg_copy_begun(ryx_pg *c, PGresult *r)
{
  bool is_in = PQresultStatus(r) == PGRES_COPY_IN;

  PQclear(r);
  c->stream.copy = is_in ? RYX_PG_COPY_IN : RYX_PG_COPY_OUT;
  c->blocked = false;
}

static ryx_sent refused(ryx_err *e)
{
  ryx_err_set(e, RYX_E_MISUSE, "no copy waits for rows");
  return RYX_SENT_REFUSED;
}

ryx_sent ryx_pg_copy_put(void *p, const char *s, size_t n, ryx_err *e)
{
  ryx_pg *c = p;

  if (c->dead) {
    *e = c->why;
    return RYX_SENT_OVER;
  }
  if (c->stream.copy != RYX_PG_COPY_IN || !c->stream.held || c->stream.ready)
    return refused(e);
  c->stream.held = false;
  c->blocked = true;
  if (n > INT32_MAX || PQputCopyData(c->pg, s, (int)n) != 1)
    ryx_pg_step_die(c, NULL);
  return RYX_SENT_WENT;
}

ryx_sent ryx_pg_copy_end(ryx_pg *c, bool keep_rows)
{
  c->stream.held = false;
  c->stream.discard = !keep_rows;
  c->stream.copy = RYX_PG_COPY_ENDED;
  c->blocked = true;
  if (PQputCopyEnd(c->pg, keep_rows ? NULL : "given up by the client") != 1)
    ryx_pg_step_die(c, NULL);
  return RYX_SENT_WENT;
}

/* What lies in the buffer as a row of one cell. */
static int pack(ryx_pg_stream *s)
{
  ryx_val *cell;

  if (ryx_pack_new(1, &s->pack) < 0 ||
      ryx_pack_col(s->pack, 0, "copy", RYX_T_BYTES) < 0)
    return RYX_E_NOMEM;
  cell = ryx_pack_row(s->pack);
  if (!cell) return RYX_E_NOMEM;
  return ryx_pack_bytes(s->pack, cell, RYX_T_BYTES, s->bytes.data,
                        s->bytes.len);
}

int ryx_pg_copy_part(ryx_pg *c, ryx_reply *out)
{
  ryx_pg_stream *s = &c->stream;

  s->ready = false;
  out->more = true;
  if (s->copy == RYX_PG_COPY_IN) return 0;
  if (pack(s) < 0) {
    s->oom = true; /* told when the stream ends */
    ryx_pack_free(s->pack);
  } else {
    out->rows = ryx_pack_rows(s->pack);
  }
  s->pack = NULL;
  ryx_buf_clear(&s->bytes);
  return 0;
}

int ryx_pg_copy_rest(ryx_pg *c, ryx_reply *out)
{
  ryx_pg_stream *s = &c->stream;

  if (s->oom) return ryx_err_nomem(&out->err);
  if (s->bytes.len == 0) return 0;
  if (pack(s) < 0) return ryx_err_nomem(&out->err);
  out->rows = ryx_pack_rows(s->pack);
  s->pack = NULL;
  return 0;
}

/* CONTEXT: COPY items, line 12, column price: "x", or: column price, null
 * input. The words are translated, their order is not: the first number behind
 * a comma is the row's, behind the next comma the second word is the column. */
static size_t column_of(const char *s, const char **name)
{
  const char *colon;
  size_t n;

  *name = strncmp(s, ", ", 2) == 0 ? strchr(s + 2, ' ') : NULL;
  if (!*name) return 0;
  ++*name;
  n = strcspn(*name, ",");
  colon = strstr(*name, ": \"");
  return colon && (size_t)(colon - *name) < n ? (size_t)(colon - *name) : n;
}

void ryx_pg_copy_blame(const PGresult *r, ryx_err *e)
{
  const char *s = PQresultErrorField(r, PG_DIAG_CONTEXT), *name;
  char text[RYX_MESSAGE_MAX + 256];
  size_t n, len;
  int total;

  s = s ? strrchr(s, '\n') ? strrchr(s, '\n') + 1 : s : NULL;
  if (s && strncmp(s, "COPY ", 5) == 0) s = strstr(s, ", ");
  if (!s) return;
  s += strcspn(s, "0123456789");
  n = strspn(s, "0123456789");
  if (n == 0 || n > 18) return;
  len = column_of(s + n, &name);
  if (len > 0 && e->column[0] == '\0') ryx_err_name(e->column, name, len);
  total = snprintf(text, sizeof text, "row %.*s: %.*s%s%s", (int)n, s, (int)len,
                   len > 0 ? name : "", len > 0 ? ": " : "", e->message);
  ryx_err_message(
      e, text, (size_t)total < sizeof text ? (size_t)total : sizeof text - 1);
}
