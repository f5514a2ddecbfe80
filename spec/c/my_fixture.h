/* SPDX-License-Identifier: MIT */
/* What the tests of the driver of MariaDB and MySQL share: a connection to the
 * server that a variable names, RYX_TEST_MY_URL unless the test says another
 * (without it the tests are skipped), driven by a small poll loop. */
#ifndef RYX_SPEC_MY_FIXTURE_H
#define RYX_SPEC_MY_FIXTURE_H

#ifndef SERVER_URL
#define SERVER_URL "RYX_TEST_MY_URL"
#endif

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "driver/my.h"
#include "value/text.h"

typedef struct conn {
  void *c;
  ryx_opts opts;
  ryx_err err;
  int64_t live; /* blocks alive before the dial */
} conn;

static const ryx_driver *const my = &ryx_my_driver;

static inline ryx_io finish(conn *k, ryx_io io)
{
  while (io != RYX_IO_DONE && io != RYX_IO_FAIL) {
    if (io == RYX_IO_YIELD) {
      io = my->step(k->c, 0, &k->err);
      continue;
    }
    struct pollfd p = {.fd = my->fd(k->c)};
    unsigned ready = 0;
    if (io != RYX_IO_WRITE) p.events |= POLLIN;
    if (io != RYX_IO_READ) p.events |= POLLOUT;
    assert_int_equal(poll(&p, 1, 60000), 1);
    if (p.revents & (POLLIN | POLLERR | POLLHUP)) ready |= RYX_READY_READ;
    if (p.revents & (POLLOUT | POLLERR)) ready |= RYX_READY_WRITE;
    io = my->step(k->c, ready, &k->err);
  }
  return io;
}

static inline ryx_io dial(conn *k, const char *options)
{
  const char *base = getenv(SERVER_URL);
  ryx_dial d = {.opts = &k->opts};
  char url[512];

  if (!base) skip();
  k->live = ryx_mem_live();
  snprintf(url, sizeof url, "%s%s", base, options);
  assert_int_equal(ryx_opts_parse(url, &k->opts, &k->err), 0);
  k->c = ryx_mem_new(my->conn_size);
  assert_int_equal(my->dial(k->c, &d, &k->err), RYX_IO_BLOCK);
  return my->step(k->c, 0, &k->err);
}

/* Asks the server to stop what the connection runs. */
static inline int ask_cancel(conn *k, ryx_err *e)
{
  void *cancel = my->cancel_new(k->c);
  int rc;

  assert_non_null(cancel);
  rc = my->cancel_ask(cancel, e);
  my->cancel_free(cancel);
  return rc;
}

static inline void hang_up(conn *k)
{
  my->close(k->c);
  ryx_mem_free(k->c);
  ryx_opts_fini(&k->opts);
  assert_int_equal(ryx_mem_live(), k->live);
}

static inline int open_conn(conn *k, const char *options)
{
  if (dial(k, options) == RYX_IO_DONE) return 0;
  print_error("%s\n", k->err.message);
  fail();
  return -1;
}

static inline ryx_reply run(conn *k, const ryx_stmt *s)
{
  ryx_reply r;

  assert_int_equal(my->send(k->c, s, &k->err), 0);
  finish(k, my->step(k->c, 0, &k->err));
  assert_true(my->take(k->c, &r));
  assert_ptr_equal(r.tag, s->tag);
  return r;
}

static inline ryx_stmt stmt_of(const char *sql)
{
  return (ryx_stmt){.sql = sql, .sql_len = strlen(sql), .n_batch = 1};
}

static inline ryx_reply text(conn *k, const char *sql)
{
  ryx_stmt s = stmt_of(sql);

  return run(k, &s);
}

static inline void ok(conn *k, const char *sql)
{
  ryx_reply r = text(k, sql);

  if (r.code) print_error("%s: %s\n", sql, r.err.message);
  assert_int_equal(r.code, 0);
  ryx_rows_free(r.rows);
}

/* The same statement by the text protocol (0) and the binary one (1). */
static inline ryx_stmt either_way(const char *sql, int by)
{
  ryx_stmt s = stmt_of(sql);

  s.id = (uint32_t)by;
  return s;
}

static inline ryx_io wait_for(conn *k, ryx_io io)
{
  struct pollfd p = {.fd = my->fd(k->c), .events = POLLIN};

  if (io == RYX_IO_YIELD) return my->step(k->c, 0, &k->err);
  assert_int_equal(io, RYX_IO_READ);
  assert_int_equal(poll(&p, 1, 60000), 1);
  return my->step(k->c, RYX_READY_READ, &k->err);
}

static inline ryx_reply with(conn *k, const char *sql, const ryx_val *v, int n)
{
  ryx_stmt s = stmt_of(sql);

  s.params = v;
  s.n_params = n;
  return run(k, &s);
}

/* One number, by the text protocol. */
static inline int64_t number(conn *k, const char *sql)
{
  ryx_reply r = text(k, sql);
  ryx_val v;

  if (r.code) print_error("%s: %s\n", sql, r.err.message);
  assert_int_equal(r.code, 0);
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 0, &v);
  assert_int_equal(v.type, RYX_T_INT);
  ryx_rows_free(r.rows);
  return v.u.i;
}

static inline void kill_conn(conn *by, int64_t id)
{
  char sql[64];

  snprintf(sql, sizeof sql, "KILL %lld", (long long)id);
  ok(by, sql);
}

static inline ryx_val val_int(int64_t i)
{
  return (ryx_val){.type = RYX_T_INT, .u.i = i};
}

static inline ryx_val val_of(int type, int64_t i)
{
  return (ryx_val){.type = (uint8_t)type, .u.i = i};
}

static inline ryx_val val_s(int type, const char *s, size_t n)
{
  return (ryx_val){.type = (uint8_t)type, .len = (uint32_t)n, .u.s = s};
}

static inline ryx_val val_text(const char *s)
{
  return val_s(RYX_T_TEXT, s, strlen(s));
}

static inline bool same(const ryx_val *a, const ryx_val *b)
{
  if (a->type != b->type) return false;
  switch ((ryx_type)a->type) {
    case RYX_T_NULL: return true;
    case RYX_T_DOUBLE: return a->u.d == b->u.d;
    case RYX_T_BOOL:
    case RYX_T_INT:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION: return a->u.i == b->u.i;
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
      return a->len == b->len && memcmp(a->u.s, b->u.s, a->len) == 0;
    case RYX_T_MAX: break;
  }
  return false;
}

/* The first cell of the only row is want. */
static inline void expect_cell(ryx_reply *r, const ryx_val *want)
{
  ryx_val got;

  if (r->code) print_error("%s\n", r->err.message);
  assert_int_equal(r->code, 0);
  assert_non_null(r->rows);
  assert_int_equal(r->rows->n_rows, 1);
  assert_true(ryx_rows_next(r->rows));
  ryx_rows_cell(r->rows, 0, &got);
  if (!same(&got, want)) {
    char a[80], b[80];
    ryx_val_show(&got, a);
    ryx_val_show(want, b);
    print_error("got %s %s, want %s %s\n", ryx_type_name(got.type), a,
                ryx_type_name(want->type), b);
    fail();
  }
  assert_false(ryx_rows_next(r->rows));
  ryx_rows_free(r->rows);
}

#endif
