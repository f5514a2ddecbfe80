/* SPDX-License-Identifier: MIT */
/* Owns the rows of a stream that were read ahead, because other statements run
 * on its connection before it ends: in memory, and when they are many in a
 * temporary file, which lies where SQLite's own do and has no name. Rows are
 * written one after the other, then read once in that order.
 *
 * A cell is its type (1 byte), then nothing for NULL, 8 bytes of a number, or a
 * length (4 bytes) and so many bytes. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/lite_conn.h"

enum {
  IN_MEMORY = 1 << 20, /* more goes to the file */
  PIECE = 64 * 1024    /* of a read or write: SQLite's take less than 128 KiB */
};

struct ryx_lite_spill {
  ryx_rows *names;    /* no rows: the columns */
  ryx_buf buf;        /* the end of what was written; then a piece to read */
  size_t used;        /* of buf, while reading */
  sqlite3_file *file; /* NULL: never needed */
  int64_t size, at;   /* of the file: written, and read */
  int64_t n_rows;     /* not yet read */
};

static int file_failed(ryx_lite_spill *sp, int rc, ryx_err *e)
{
  const sqlite3_io_methods *io = sp->file->pMethods;
  int number = 0;

  if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM) return ryx_err_nomem(e);
  if (io) io->xFileControl(sp->file, SQLITE_FCNTL_LAST_ERRNO, &number);
  ryx_err_set(e, RYX_E_OPERATIONAL,
              "cannot keep the rows of the stream in a temporary file: %s%s%s",
              sqlite3_errstr(rc), number ? ": " : "",
              number ? strerror(number) : "");
  e->native = rc;
  return e->code;
}

static int open_file(ryx_lite_spill *sp, ryx_err *e)
{
  enum {
    FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE |
            SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_TRANSIENT_DB
  };
  sqlite3_vfs *v = sqlite3_vfs_find(NULL);
  int rc;

  sp->file = ryx_mem_new((size_t)v->szOsFile);
  if (!sp->file) return ryx_err_nomem(e);
  rc = v->xOpen(v, NULL, sp->file, FLAGS, NULL);
  return rc == SQLITE_OK ? 0 : file_failed(sp, rc, e);
}

static int write_file(ryx_lite_spill *sp, const char *s, size_t n, ryx_err *e)
{
  int rc, some;

  if (n > 0 && !sp->file && (rc = open_file(sp, e)) < 0) return rc;
  for (; n > 0; n -= (size_t)some, s += some) {
    some = n < PIECE ? (int)n : PIECE;
    rc = sp->file->pMethods->xWrite(sp->file, s, some, sp->size);
    if (rc != SQLITE_OK) return file_failed(sp, rc, e);
    sp->size += some;
  }
  return 0;
}

static int flush(ryx_lite_spill *sp, ryx_err *e)
{
  int rc = write_file(sp, sp->buf.data, sp->buf.len, e);

  ryx_buf_clear(&sp->buf);
  return rc;
}

static int put(ryx_lite_spill *sp, const void *s, size_t n, ryx_err *e)
{
  int rc;

  if (n == 0) return 0;
  if (sp->buf.len + n > IN_MEMORY && (rc = flush(sp, e)) < 0) return rc;
  if (n > IN_MEMORY) return write_file(sp, s, n, e);
  return ryx_buf_put(&sp->buf, s, n) < 0 ? ryx_err_nomem(e) : 0;
}

static int put_cell(ryx_lite_spill *sp, const ryx_val *v, ryx_err *e)
{
  char head[1 + sizeof v->u.i] = {(char)v->type};
  int rc;

  switch ((ryx_type)v->type) {
    case RYX_T_INT:
    case RYX_T_DOUBLE:
      memcpy(head + 1, &v->u, sizeof v->u.i);
      return put(sp, head, sizeof head, e);
    case RYX_T_TEXT:
    case RYX_T_BYTES:
      memcpy(head + 1, &v->len, sizeof v->len);
      rc = put(sp, head, 1 + sizeof v->len, e);
      return rc < 0 ? rc : put(sp, v->u.s, v->len, e);
    default: return put(sp, head, 1, e);
  }
}

int ryx_lite_spill_new(ryx_lite_stmt *st, ryx_lite_spill **out, ryx_err *e)
{
  ryx_lite_spill *sp = ryx_mem_new(sizeof *sp);
  ryx_pack *names = NULL;

  *out = sp;
  if (!sp) return ryx_err_nomem(e);
  ryx_buf_init(&sp->buf, 0);
  if (ryx_lite_rows_new(st, &names) < 0) {
    ryx_pack_free(names);
    return ryx_err_nomem(e);
  }
  sp->names = ryx_pack_rows(names);
  return 0;
}

int ryx_lite_spill_put(ryx_lite_spill *sp, sqlite3_stmt *s, ryx_err *e)
{
  int i, rc = 0;
  ryx_val v;

  for (i = 0; i < sp->names->n_cols && rc == 0; i++) {
    if (ryx_lite_rows_cell(s, i, &v) < 0) return ryx_err_nomem(e);
    rc = put_cell(sp, &v, e);
  }
  if (rc == 0) sp->n_rows++;
  return rc;
}

int ryx_lite_spill_end(ryx_lite_spill *sp, ryx_err *e)
{
  return sp->file ? flush(sp, e) : 0;
}

/* The next piece of the file. */
static int refill(ryx_lite_spill *sp, ryx_err *e)
{
  int64_t left = sp->size - sp->at;
  int n = left < PIECE ? (int)left : PIECE, rc;

  ryx_buf_clear(&sp->buf);
  sp->used = 0;
  if (ryx_buf_reserve(&sp->buf, (size_t)n) < 0) return ryx_err_nomem(e);
  rc = sp->file->pMethods->xRead(sp->file, sp->buf.data, n, sp->at);
  if (rc != SQLITE_OK) return file_failed(sp, rc, e);
  sp->buf.len = (size_t)n;
  sp->at += n;
  return 0;
}

static int get(ryx_lite_spill *sp, void *to, size_t n, ryx_err *e)
{
  char *out = to;
  size_t some;
  int rc;

  while (n > 0) {
    if (sp->used == sp->buf.len && (rc = refill(sp, e)) < 0) return rc;
    some = sp->buf.len - sp->used < n ? sp->buf.len - sp->used : n;
    memcpy(out, sp->buf.data + sp->used, some);
    sp->used += some;
    out += some;
    n -= some;
  }
  return 0;
}

static int get_cell(ryx_lite_spill *sp, ryx_pack *p, ryx_val *v, ryx_err *e)
{
  char *bytes;
  int rc = get(sp, &v->type, 1, e);

  if (rc < 0 || v->type == RYX_T_NULL) return rc;
  if (v->type == RYX_T_INT || v->type == RYX_T_DOUBLE)
    return get(sp, &v->u, sizeof v->u.i, e);
  if ((rc = get(sp, &v->len, sizeof v->len, e)) < 0) return rc;
  if (!(bytes = ryx_pack_room(p, v->len))) return ryx_err_nomem(e);
  v->u.s = bytes;
  return get(sp, bytes, v->len, e);
}

static int new_part(const ryx_lite_spill *sp, ryx_pack **out)
{
  int i, n = sp->names->n_cols;
  int rc = ryx_pack_new(n, out);

  for (i = 0; i < n && rc == 0; i++)
    rc = ryx_pack_col(*out, i, sp->names->cols[i].name, RYX_T_NULL);
  return rc;
}

int ryx_lite_spill_row(ryx_lite_spill *sp, ryx_pack **pack, ryx_err *e)
{
  ryx_val *cell;
  int i, rc = 0;

  if (!*pack && new_part(sp, pack) < 0) return ryx_err_nomem(e);
  if (!(cell = ryx_pack_row(*pack))) return ryx_err_nomem(e);
  for (i = 0; i < sp->names->n_cols && rc == 0; i++)
    rc = get_cell(sp, *pack, &cell[i], e);
  if (rc == 0) sp->n_rows--;
  return rc;
}

int64_t ryx_lite_spill_rows(const ryx_lite_spill *sp)
{
  return sp->n_rows;
}

void ryx_lite_spill_free(ryx_lite_spill *sp)
{
  if (!sp) return;
  if (sp->file && sp->file->pMethods) sp->file->pMethods->xClose(sp->file);
  ryx_mem_free(sp->file);
  ryx_rows_free(sp->names);
  ryx_buf_fini(&sp->buf);
  ryx_mem_free(sp);
}
