/* SPDX-License-Identifier: MIT */
/* Out of memory, everywhere: every allocation of a scenario fails in turn, once
 * alone and once with all that come after it. The scenario may fail, but must
 * come to an end; afterwards the same pool works, and nothing is left open.
 *
 *   oom URL      one line of TAP for each scenario */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ryx.h"

/* An end to a scenario that hangs, not a deadline. */
enum { HANG_S = 60, WAIT_MS = 20000 };

/* --- the allocator */

static atomic_long n_allocations, failing; /* failing: the n-th, 0 none */
static atomic_bool from_there_on;

static void *allocate(void *ud, void *p, size_t size)
{
  (void)ud;
  if (size == 0) {
    free(p);
    return NULL;
  }
  long n = atomic_fetch_add(&n_allocations, 1) + 1;
  long at = atomic_load(&failing);
  if (at && (n == at || (n > at && atomic_load(&from_there_on)))) return NULL;
  return realloc(p, size);
}

/* --- what scenarios are made of; every failure is fine */

static const char *failure; /* what a scenario found wrong */

static void wrong(const char *what)
{
  if (!failure) failure = what;
}

/* Waits and takes; the code, or RYX_E_MISUSE. */
static int end(ryx *r, ryx_tag tag, ryx_result *res)
{
  memset(res, 0, sizeof *res);
  int done = ryx_wait(r, tag, WAIT_MS);
  if (done == 0) wrong("a request did not end");
  if (done != 1) return RYX_E_MISUSE;
  int rc = ryx_take(r, tag, res);
  return rc < 0 ? rc : res->code;
}

static int run(ryx *r, ryx_query q, ryx_tx *tx)
{
  ryx_result res;
  ryx_err e;
  ryx_tag tag;
  q.size = sizeof q;
  int rc = ryx_send(r, &q, &tag, &e);
  if (rc < 0) return rc;
  rc = end(r, tag, &res);
  if (rc == 0 && tx) *tx = res.tx;
  while (rc == 0 && ryx_result_next(&res)) {
    ryx_val v;
    ryx_result_cell(&res, 0, &v);
  }
  ryx_result_free(&res);
  return rc;
}

static int text(ryx *r, ryx_tx tx, const char *sql)
{
  return run(r, (ryx_query){.sql = sql, .tx = tx}, NULL);
}

/* --- the scenarios */

static void selects(ryx *r)
{
  ryx_val v[] = {ryx_int(3), ryx_text("abc")};
  run(r,
      (ryx_query){.sql = "SELECT id, name FROM oom WHERE id > ? OR name = ?",
                  .params = v,
                  .n_params = 2,
                  .label = "oom.c"},
      NULL);
}

static void writes(ryx *r)
{
  ryx_val v[] = {ryx_int(7), ryx_text("a name that is longer than a few bytes"),
                 ryx_double(1.5)};
  run(r,
      (ryx_query){.sql = "UPDATE oom SET name = ? WHERE id = ? AND 1.5 = ?",
                  .params = (ryx_val[]){v[1], v[0], v[2]},
                  .n_params = 3},
      NULL);
}

static void fails(ryx *r)
{
  text(r, 0, "INSERT INTO oom (id, name) VALUES (1, 'twice')");
  text(r, 0, "this is no SQL");
}

static void streams_to(ryx *r, ryx_tx tx, int parts)
{
  ryx_query q = {.size = sizeof q,
                 .sql = "SELECT id, name FROM oom ORDER BY id",
                 .chunk = 10,
                 .tx = tx};
  ryx_result res;
  ryx_err e;
  ryx_tag tag;
  if (ryx_send(r, &q, &tag, &e) < 0) return;
  for (int i = 0; end(r, tag, &res) == 0 && res.more; i++) {
    ryx_result_free(&res);
    if (i == parts) {
      ryx_drop(r, tag);
      return;
    }
    if (ryx_more(r, tag, 10) < 0) wrong("more was refused");
  }
  ryx_result_free(&res);
}

static void streams(ryx *r)
{
  streams_to(r, 0, 100);
}

static void leaves_a_stream(ryx *r)
{
  streams_to(r, 0, 2);
}

static void transacts(ryx *r)
{
  ryx_tx tx = 0;
  if (run(r, (ryx_query){.op = RYX_OP_BEGIN}, &tx) != 0) return;
  text(r, tx, "UPDATE oom SET name = 'x' WHERE id = 2");
  run(r, (ryx_query){.op = RYX_OP_SAVEPOINT, .tx = tx}, NULL);
  text(r, tx, "INSERT INTO oom (id, name) VALUES (1, 'twice')");
  run(r, (ryx_query){.op = RYX_OP_ROLLBACK_TO, .tx = tx}, NULL);
  streams_to(r, tx, 1);
  if (run(r, (ryx_query){.op = RYX_OP_COMMIT, .tx = tx}, NULL) != 0)
    ryx_tx_drop(r, tx);
}

static void leaves_a_transaction(ryx *r)
{
  ryx_tx tx = 0;
  if (run(r, (ryx_query){.op = RYX_OP_BEGIN}, &tx) != 0) return;
  text(r, tx, "UPDATE oom SET name = 'y' WHERE id = 2");
  ryx_tx_drop(r, tx);
}

static void cancels(ryx *r)
{
  ryx_query q = {.size = sizeof q,
                 .sql = "SELECT count(*) FROM oom a, oom b, oom c, oom d"};
  ryx_result res;
  ryx_err e;
  ryx_tag tag;
  int64_t next;
  if (ryx_send(r, &q, &tag, &e) < 0) return;
  ryx_pump(r, &next);
  ryx_cancel(r, tag);
  end(r, tag, &res);
  ryx_result_free(&res);
}

static void times_out(ryx *r)
{
  run(r,
      (ryx_query){.sql = "SELECT count(*) FROM oom a, oom b, oom c, oom d",
                  .timeout_ms = 20},
      NULL);
}

static const char *url;

static void opens(ryx *r)
{
  ryx *own;
  ryx_err e;
  (void)r;
  if (ryx_open(NULL, RYX_INLINE, &own, &e) < 0) return;
  if (ryx_setup(own, "default", url, &e) >= 0) selects(own);
  ryx_close(own);
}

static void opens_a_thread(ryx *r)
{
  ryx *own;
  ryx_err e;
  (void)r;
  if (ryx_open(NULL, RYX_THREAD, &own, &e) < 0) return;
  if (ryx_setup(own, "default", url, &e) >= 0) {
    selects(own);
    transacts(own);
  }
  ryx_close(own);
}

/* A second setup replaces the pool, whose connections are to go. */
static void sets_up_again(ryx *r)
{
  ryx_err e;
  if (ryx_setup(r, "default", url, &e) >= 0) selects(r);
}

static const struct {
  const char *name;
  void (*run)(ryx *r);
} scenarios[] = {
    {"selects", selects},
    {"writes", writes},
    {"fails", fails},
    {"streams", streams},
    {"leaves a stream", leaves_a_stream},
    {"transacts", transacts},
    {"leaves a transaction", leaves_a_transaction},
    {"cancels", cancels},
    {"times out", times_out},
    {"opens", opens},
    {"opens a thread", opens_a_thread},
    {"sets up again", sets_up_again},
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* --- the walk */

/* What was left behind ends in the background. */
static bool is_clean(ryx *r)
{
  ryx_open_stats s;
  for (int i = 0; i < 2000; i++) {
    ryx_query nap = {.size = sizeof nap, .op = RYX_OP_SLEEP, .timeout_ms = 1};
    ryx_left_open(r, &s);
    if (!s.requests && !s.pinned && !s.transactions && !s.streams && !s.rows)
      return true;
    run(r, nap, NULL);
  }
  printf(
      "# open: %ld requests, %ld pinned, %ld transactions, %ld streams, "
      "%ld rows\n",
      (long)s.requests, (long)s.pinned, (long)s.transactions, (long)s.streams,
      (long)s.rows);
  return false;
}

static bool works(ryx *r)
{
  int rc = text(r, 0, "SELECT id, name FROM oom WHERE id = 2");
  if (rc == 0) return true;
  printf("# afterwards: %s\n", ryx_error_kind(rc));
  return false;
}

/* Fails allocation n; true when the scenario had fewer. */
static bool fail_one(ryx *r, int i, long n, bool forever)
{
  alarm(HANG_S);
  atomic_store(&from_there_on, forever);
  atomic_store(&n_allocations, 0);
  atomic_store(&failing, n);
  scenarios[i].run(r);
  bool is_through = atomic_load(&n_allocations) < n;
  atomic_store(&failing, 0);
  if (!failure && !works(r)) wrong("the pool does not work afterwards");
  if (!failure && !is_clean(r)) wrong("something is left open");
  if (failure)
    printf("# %s: allocation %ld%s: %s\n", scenarios[i].name, n,
           forever ? " and all after it" : "", failure);
  return is_through || failure;
}

static bool walk(ryx *r, int i)
{
  long n = 0;
  failure = NULL;
  for (int forever = 0; forever < 2; forever++)
    for (n = 1; !fail_one(r, i, n, forever); n++)
      continue;
  printf("%s %d - %s, %ld allocations\n", failure ? "not ok" : "ok", i + 1,
         scenarios[i].name, n - 1);
  fflush(stdout);
  return !failure;
}

static bool fill(ryx *r)
{
  char sql[100];
  text(r, 0, "DROP TABLE oom");
  if (text(r, 0, "CREATE TABLE oom (id INTEGER PRIMARY KEY, name VARCHAR(80))"))
    return false;
  for (int i = 1; i <= 60; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO oom VALUES (%d, 'name %d')", i, i);
    if (text(r, 0, sql)) return false;
  }
  return true;
}

int main(int argc, char **argv)
{
  ryx *r;
  ryx_err e;
  int n_failed = 0;
  if (argc < 2) return 2;
  url = argv[1];
  if (ryx_set_allocator(allocate, NULL) < 0) return 2;
  if (ryx_open(NULL, RYX_INLINE, &r, &e) < 0 ||
      ryx_setup(r, "default", url, &e) < 0 || !fill(r)) {
    printf("not ok 1 - set-up\n");
    return 1;
  }
  printf("1..%d\n", N_SCENARIOS);
  for (int i = 0; i < N_SCENARIOS; i++)
    n_failed += !walk(r, i);
  text(r, 0, "DROP TABLE oom");
  ryx_close(r);
  return n_failed > 0;
}
