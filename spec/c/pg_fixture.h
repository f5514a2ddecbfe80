/* SPDX-License-Identifier: MIT */
/* What the tests of the PostgreSQL driver share: a connection to the server
 * that RYX_TEST_PG_URL names, and a poll(2) loop that drives step. */
#ifndef RYX_SPEC_PG_FIXTURE_H
#define RYX_SPEC_PG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "driver/pg.h"
#include "driver/pg_conn.h"

#define D (&ryx_pg_driver)

typedef struct pg_client {
  ryx_pg *c;
  ryx_opts opts;
  ryx_err e;
} pg_client;

static inline const char *pg_url(void)
{
  return getenv("RYX_TEST_PG_URL");
}

/* Polls for what io says; what step wants next. */
static inline ryx_io pg_wait(pg_client *k, ryx_io io)
{
  struct pollfd p = {.fd = D->fd(k->c)};
  unsigned ready = 0;

  if (io == RYX_IO_YIELD) return D->step(k->c, 0, &k->e);
  if (io != RYX_IO_WRITE) p.events |= POLLIN;
  if (io != RYX_IO_READ) p.events |= POLLOUT;
  assert_int_equal(poll(&p, 1, 20000), 1);
  if (p.revents & (POLLIN | POLLHUP | POLLERR)) ready |= RYX_READY_READ;
  if (p.revents & POLLOUT) ready |= RYX_READY_WRITE;
  return D->step(k->c, ready, &k->e);
}

/* Until nothing is in flight, or the connection is dead. */
static inline ryx_io pg_settle(pg_client *k, ryx_io io)
{
  while (io != RYX_IO_DONE && io != RYX_IO_FAIL)
    io = pg_wait(k, io);
  return io;
}

static inline ryx_io pg_drive(pg_client *k)
{
  return pg_settle(k, D->step(k->c, 0, &k->e));
}

/* Until a reply is there. */
static inline void pg_reply(pg_client *k, ryx_reply *out)
{
  ryx_io io = D->step(k->c, 0, &k->e);

  while (!D->take(k->c, out)) {
    assert_true(io != RYX_IO_DONE && io != RYX_IO_FAIL);
    io = pg_wait(k, io);
  }
}

static inline void pg_open_with(pg_client *k, const char *option,
                                const char *value)
{
  ryx_dial dial = {.opts = &k->opts};

  memset(k, 0, sizeof *k);
  if (!pg_url()) skip();
  assert_int_equal(ryx_opts_parse(pg_url(), &k->opts, &k->e), 0);
  if (option) {
    assert_int_equal(ryx_opts_set(&k->opts, option, value, &k->e), 0);
  }
  k->c = ryx_mem_new(D->conn_size);
  if (pg_settle(k, D->dial(k->c, &dial, &k->e)) != RYX_IO_DONE) {
    fail_msg("%s", k->e.message);
  }
}

static inline void pg_open(pg_client *k)
{
  pg_open_with(k, NULL, NULL);
}

/* Asks the server to stop what the connection runs. */
static inline int pg_ask_cancel(pg_client *k, ryx_err *e)
{
  void *cancel = D->cancel_new(k->c);
  int rc;

  assert_non_null(cancel);
  rc = D->cancel_ask(cancel, e);
  D->cancel_free(cancel);
  return rc;
}

static inline void pg_shut(pg_client *k)
{
  D->close(k->c);
  ryx_mem_free(k->c);
  ryx_opts_fini(&k->opts);
  assert_int_equal(ryx_rows_live(), 0);
}

static inline ryx_stmt pg_stmt(const char *sql, unsigned flags, uint32_t id)
{
  return (ryx_stmt){.id = id,
                    .flags = flags,
                    .sql = sql,
                    .sql_len = strlen(sql),
                    .n_batch = 1};
}

static inline void pg_send(pg_client *k, ryx_stmt *s)
{
  s->tag = s;
  if (D->send(k->c, s, &k->e) != RYX_SENT_WENT) fail_msg("%s", k->e.message);
}

/* Sends s and gives its reply, whatever it is. */
static inline int pg_run(pg_client *k, ryx_stmt *s, ryx_reply *out)
{
  pg_send(k, s);
  pg_reply(k, out);
  assert_ptr_equal(out->tag, s);
  return out->code;
}

/* Runs raw text that must succeed; returns the rows affected. */
static inline int64_t pg_exec(pg_client *k, const char *sql)
{
  ryx_stmt s = pg_stmt(sql, RYX_STMT_RAW, 0);
  ryx_reply r;

  if (pg_run(k, &s, &r) != 0) fail_msg("%s: %s", sql, r.err.message);
  ryx_rows_free(r.rows);
  return r.affected;
}

static inline int pg_fails(pg_client *k, const char *sql)
{
  ryx_stmt s = pg_stmt(sql, RYX_STMT_RAW, 0);
  ryx_reply r;

  pg_run(k, &s, &r);
  ryx_rows_free(r.rows);
  return r.code;
}

/* The integer in the first cell; frees the rows. */
static inline int64_t pg_first(ryx_rows *rows)
{
  ryx_val v;

  assert_non_null(rows);
  assert_true(ryx_rows_next(rows));
  ryx_rows_cell(rows, 0, &v);
  assert_int_equal(v.type, RYX_T_INT);
  ryx_rows_free(rows);
  return v.u.i;
}

static inline int64_t pg_int(pg_client *k, const char *sql)
{
  ryx_stmt s = pg_stmt(sql, RYX_STMT_RAW, 0);
  ryx_reply r;

  if (pg_run(k, &s, &r) != 0) fail_msg("%s: %s", sql, r.err.message);
  return pg_first(r.rows);
}

/* The server loses the prepared statements of k without its driver's doing, as
 * behind a pooler. */
static inline void pg_lose_statements(pg_client *k)
{
  ryx_stmt s = pg_stmt("SELECT pg_temp.lose()", RYX_STMT_READ, 0);
  ryx_reply r;

  pg_exec(k,
          "CREATE OR REPLACE FUNCTION pg_temp.lose() RETURNS int LANGUAGE "
          "plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$");
  k->c->names.doubtful = false;
  if (pg_run(k, &s, &r) != 0) fail_msg("%s", r.err.message);
  ryx_rows_free(r.rows);
}

static inline ryx_val pg_text(const char *s)
{
  return (ryx_val){.type = RYX_T_TEXT, .len = (uint32_t)strlen(s), .u.s = s};
}

static inline ryx_val pg_num(int64_t i)
{
  return (ryx_val){.type = RYX_T_INT, .u.i = i};
}

#endif
