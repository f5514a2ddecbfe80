/* SPDX-License-Identifier: MIT */
/* A SQLite connection in a folder of its own, and results as text: rows divided
 * by '|', cells by ','. */
#ifndef LITE_FIXTURE_H
#define LITE_FIXTURE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
/* cmocka wants the first four */
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "driver/lite.h"

#define D ryx_lite_driver

typedef struct lite {
  ryx_opts opts;
  void *c;
  char text[8192]; /* of the last result */
} lite;

static char folder[64];

static inline int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/ryx-lite-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
  char command[128];

  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static const char counting[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
    "%d) SELECT i FROM n";

/* How large a file may become: a disk that is full, for this process. */
static inline void limit_files(rlim_t bytes)
{
  struct rlimit r;

  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
  r.rlim_cur = bytes;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static inline uint64_t now_ns(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* `name` is a file in the folder, or ":memory:", with options. */
static inline int try_open(lite *l, const char *name, bool reader, ryx_err *e)
{
  ryx_dial d = {.opts = &l->opts, .read_only = reader};
  char url[256];

  snprintf(url, sizeof url, "sqlite:%s%s%s", *name == ':' ? "" : folder,
           *name == ':' ? "" : "/", name);
  assert_int_equal(ryx_opts_parse(url, &l->opts, e), 0);
  d.deadline_ns = now_ns() + 5000000000u;
  l->c = calloc(1, D.conn_size);
  assert_int_equal(D.dial(l->c, &d, e), RYX_IO_BLOCK);
  return D.step(l->c, 0, e) == RYX_IO_DONE ? 0 : e->code;
}

static inline void shut(lite *l)
{
  D.close(l->c);
  free(l->c);
  ryx_opts_fini(&l->opts);
}

static inline void open_lite(lite *l, const char *name)
{
  ryx_err e;

  if (try_open(l, name, false, &e) < 0) fail_msg("%s: %s", name, e.message);
}

static inline void open_reader(lite *l, const char *name)
{
  ryx_err e;

  if (try_open(l, name, true, &e) < 0) fail_msg("%s: %s", name, e.message);
}

static inline void put_cell(ryx_buf *b, const ryx_val *v)
{
  uint32_t i;
  int rc = 0;

  switch ((ryx_type)v->type) {
    case RYX_T_NULL: rc = ryx_buf_puts(b, "NULL"); break;
    case RYX_T_INT: rc = ryx_buf_printf(b, "%lld", (long long)v->u.i); break;
    case RYX_T_DOUBLE: rc = ryx_buf_printf(b, "%.17g", v->u.d); break;
    case RYX_T_TEXT: rc = ryx_buf_put(b, v->u.s, v->len); break;
    case RYX_T_BYTES:
      rc = ryx_buf_puts(b, "x");
      for (i = 0; i < v->len && rc == 0; i++)
        rc = ryx_buf_printf(b, "%02x", (unsigned char)v->u.s[i]);
      break;
    default: fail_msg("type %d from SQLite", v->type);
  }
  assert_int_equal(rc, 0);
}

/* Renders and frees; "" without rows. */
static inline const char *render(lite *l, ryx_rows *rows)
{
  ryx_buf b;
  ryx_val v;
  int i, n = 0;

  ryx_buf_init(&b, sizeof l->text);
  while (rows && ryx_rows_next(rows)) {
    if (n++) assert_int_equal(ryx_buf_putc(&b, '|'), 0);
    for (i = 0; i < rows->n_cols; i++) {
      if (i) assert_int_equal(ryx_buf_putc(&b, ','), 0);
      ryx_rows_cell(rows, i, &v);
      put_cell(&b, &v);
    }
  }
  if (b.len) memcpy(l->text, b.data, b.len);
  l->text[b.len] = 0;
  ryx_buf_fini(&b);
  ryx_rows_free(rows);
  return l->text;
}

static inline ryx_stmt text_stmt(const char *sql)
{
  return (ryx_stmt){
      .sql = sql, .sql_len = strlen(sql), .n_batch = 1, .flags = RYX_STMT_RAW};
}

/* Runs s; the reply's rows are the caller's. Returns reply->code. */
static inline int run(lite *l, const ryx_stmt *s, ryx_reply *reply)
{
  ryx_err e;

  if (D.send(l->c, s, &e) != RYX_SENT_WENT) fail_msg("send: %s", e.message);
  assert_int_equal(D.step(l->c, 0, &e), RYX_IO_DONE);
  assert_true(D.take(l->c, reply));
  return reply->code;
}

/* Runs text that must succeed; what it gave, as text. */
static inline const char *query(lite *l, const char *sql)
{
  ryx_stmt s = text_stmt(sql);
  ryx_reply r;

  if (run(l, &s, &r) < 0) fail_msg("%s: %s", sql, r.err.message);
  return render(l, r.rows);
}

static inline int fails(lite *l, const char *sql, ryx_reply *r)
{
  ryx_stmt s = text_stmt(sql);

  if (run(l, &s, r) == 0) {
    ryx_rows_free(r->rows);
    fail_msg("no error: %s", sql);
  }
  assert_null(r->rows);
  assert_int_equal(r->code, r->err.code);
  return r->code;
}

static inline ryx_val text_val(const char *s)
{
  return (ryx_val){.type = RYX_T_TEXT, .len = (uint32_t)strlen(s), .u.s = s};
}

static inline ryx_val int_val(int64_t i)
{
  return (ryx_val){.type = RYX_T_INT, .u.i = i};
}

#endif
