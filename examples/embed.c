/* SPDX-License-Identifier: MIT */
/* A C program that lives on a database with ryx: every scene below is one thing
 * such a program does. It prints one line for each and exits with 0.
 *
 *   cc examples/embed.c $(pkg-config --cflags --libs ryx) -o embed
 *   ./embed                                  an SQLite database in memory
 *   ./embed postgres://user:pw@host/db       or mysql://..., sqlite:file.db
 */
#include <poll.h>
#include <ryx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one database of this program, as setup numbered it. */
typedef struct app {
  ryx *r;
  int db;
} app;

static void fail(const char *scene, const char *why)
{
  fprintf(stderr, "FAILED %s: %s\n", scene, why);
  exit(EXIT_FAILURE);
}

static void check(bool holds, const char *scene, const char *what)
{
  if (!holds) fail(scene, what);
}

static bool is(const app *a, const char *dialect)
{
  /* Not known before the first statement where two databases share a URL. */
  const char *spoken = ryx_alias_dialect(a->r, a->db);

  return spoken && strcmp(spoken, dialect) == 0;
}

static ryx_query query(const app *a, const char *sql)
{
  return (ryx_query){.size = sizeof(ryx_query), .alias = a->db, .sql = sql};
}

/* A statement of which only success matters. */
static void execute(const app *a, const char *sql)
{
  ryx_query q = query(a, sql);
  ryx_result res;
  ryx_err err;

  if (ryx_run(a->r, &q, &res, &err) < 0) fail(sql, err.message);
  ryx_result_free(&res);
}

/* A statement whose answer is one number. */
static int64_t number(const app *a, const char *sql)
{
  ryx_query q = query(a, sql);
  ryx_result res;
  ryx_err err;
  ryx_val v;

  if (ryx_run(a->r, &q, &res, &err) < 0) fail(sql, err.message);
  check(ryx_result_next(&res), sql, "no row");
  ryx_result_cell(&res, 0, &v);
  ryx_result_free(&res);
  return v.u.i;
}

static void create_tables(const app *a)
{
  execute(a, "DROP TABLE IF EXISTS ryx_embed");
  execute(a,
          "CREATE TABLE ryx_embed (id BIGINT PRIMARY KEY, "
          "name VARCHAR(100) NOT NULL UNIQUE, score DOUBLE PRECISION)");
}

/* Values are always parameters: `?` on every database. */
static void insert(const app *a)
{
  static const char *const names[] = {"Ada", "Grace", "Edsger"};
  ryx_query q = query(a, "INSERT INTO ryx_embed VALUES (?, ?, ?)");
  ryx_result res;
  ryx_err err;

  for (int i = 0; i < 3; i++) {
    ryx_val row[] = {ryx_int(i + 1), ryx_text(names[i]), ryx_double(i * 1.5)};

    q.params = row;
    q.n_params = 3;
    if (ryx_run(a->r, &q, &res, &err) < 0) fail("insert", err.message);
    check(res.affected == 1, "insert", "one row is inserted");
  }
}

/* The database's own words, and its code, are in the error. */
static void constraint(const app *a)
{
  ryx_query q = query(a, "INSERT INTO ryx_embed VALUES (9, 'Ada', NULL)");
  ryx_result res;
  ryx_err err;
  int rc = ryx_run(a->r, &q, &res, &err);

  check(rc == RYX_E_UNIQUE, "constraint", "the name is taken");
  check(err.code == rc && err.message[0], "constraint", "the error is filled");
}

static void walk_rows(const app *a)
{
  ryx_val least = ryx_double(1.0);
  ryx_query q = query(
      a, "SELECT id, name, score FROM ryx_embed WHERE score > ? ORDER BY id");
  ryx_result res;
  ryx_err err;
  ryx_val id, name;
  int n = 0;

  q.params = &least;
  q.n_params = 1;
  if (ryx_run(a->r, &q, &res, &err) < 0) fail("query", err.message);
  check(ryx_result_columns(&res) == 3, "query", "three columns");
  while (ryx_result_next(&res)) {
    ryx_result_cell(&res, 0, &id);
    ryx_result_cell(&res, 1, &name); /* borrowed until the next row */
    check(id.u.i == n + 2, "query", "rows in order");
    check(name.len == (n == 0 ? 5 : 6), "query", "names");
    n++;
  }
  check(n == 2, "query", "two rows");
  ryx_result_free(&res);
}

/* A result too large to hold comes in parts. */
static void stream(const app *a)
{
  ryx_query q = query(a,
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                      "FROM n WHERE i < 5000) SELECT i FROM n");
  int64_t sum = 0;
  ryx_result res;
  ryx_tag tag;
  ryx_err err;
  ryx_val v;

  q.chunk = 500;
  if (ryx_send(a->r, &q, &tag, &err) < 0) fail("stream", err.message);
  for (;;) {
    check(ryx_wait(a->r, tag, -1) == 1, "stream", "a part comes");
    check(ryx_take(a->r, tag, &res) == 0, "stream", "it can be taken");
    if (res.code < 0) fail("stream", res.err->message);
    while (ryx_result_next(&res)) {
      ryx_result_cell(&res, 0, &v);
      sum += v.u.i;
    }
    ryx_result_free(&res);
    if (!res.more) break;
    check(ryx_more(a->r, tag, 500) == 0, "stream", "it goes on");
  }
  check(sum == 5000 * 5001 / 2, "stream", "every row came once");
}

/* A loop of one's own: whatever else it polls, ryx is one descriptor in it. */
static void many_at_once(const app *a)
{
  struct pollfd p = {.fd = ryx_fd(a->r), .events = POLLIN};
  ryx_query q = query(a, "SELECT name FROM ryx_embed WHERE id = ?");
  int64_t next_ms;
  int left = 100;
  ryx_result res;
  ryx_tag tag;
  ryx_err err;

  for (int i = 0; i < left; i++) {
    ryx_val id = ryx_int(i % 3 + 1); /* copied by send */

    q.params = &id;
    q.n_params = 1;
    if (ryx_send(a->r, &q, &tag, &err) < 0) fail("many", err.message);
  }
  for (;;) {
    check(ryx_pump(a->r, &next_ms) >= 0, "many", "the engine runs");
    while ((tag = ryx_next(a->r)) != 0) {
      check(ryx_take(a->r, tag, &res) == 0, "many", "a finished tag is taken");
      if (res.code < 0) fail("many", res.err->message);
      check(ryx_result_count(&res) == 1, "many", "one row each");
      ryx_result_free(&res);
      left--;
    }
    if (left == 0) break;
    poll(&p, 1, (int)next_ms);
  }
}

static void rolled_back(const app *a)
{
  ryx_query begin = {.size = sizeof begin, .op = RYX_OP_BEGIN, .alias = a->db};
  ryx_query q = query(a, "DELETE FROM ryx_embed");
  ryx_query rollback = {
      .size = sizeof rollback, .op = RYX_OP_ROLLBACK, .alias = a->db};
  ryx_result res;
  ryx_err err;

  if (ryx_run(a->r, &begin, &res, &err) < 0) fail("begin", err.message);
  q.tx = rollback.tx = res.tx;
  if (ryx_run(a->r, &q, &res, &err) < 0) fail("delete", err.message);
  check(res.affected == 3, "rollback", "all rows are deleted");
  if (ryx_run(a->r, &rollback, &res, &err) < 0) fail("rollback", err.message);
  check(number(a, "SELECT COUNT(*) FROM ryx_embed") == 3, "rollback",
        "and are there again");
}

/* The statement is stopped in the database, not only forgotten here. */
static void timed_out(const app *a)
{
  const char *slow =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
      "WHERE i < 1000000000) SELECT COUNT(*) FROM n";
  ryx_query q;
  ryx_result res;
  ryx_err err;
  int rc;

  if (is(a, "postgres")) slow = "SELECT pg_sleep(30)";
  if (is(a, "mariadb") || is(a, "mysql")) slow = "SELECT SLEEP(30)";
  q = query(a, slow);
  q.timeout_ms = 100;
  rc = ryx_run(a->r, &q, &res, &err);
  check(rc == RYX_E_TIMEOUT, "timeout", "the deadline passes");
  check(number(a, "SELECT COUNT(*) FROM ryx_embed") == 3, "timeout",
        "the connection goes on");
}

/* A connection that the server ends costs one error; the pool dials anew. */
static void killed(const app *a)
{
  const char *suicide = is(a, "postgres")
                            ? "SELECT pg_terminate_backend(pg_backend_pid())"
                            : "KILL CONNECTION_ID()";
  ryx_query q = query(a, suicide);
  ryx_result res;
  ryx_err err;

  check(ryx_run(a->r, &q, &res, &err) < 0, "killed", "it cannot succeed");
  check(number(a, "SELECT COUNT(*) FROM ryx_embed") == 3, "killed",
        "the next statement has another connection");
}

static void nothing_left(const app *a)
{
  ryx_open_stats s;

  execute(a, "DROP TABLE ryx_embed");
  ryx_left_open(a->r, &s);
  check(s.requests == 0 && s.rows == 0 && s.pinned == 0 &&
            s.transactions == 0 && s.streams == 0,
        "left open", "everything was given back");
}

typedef struct scene {
  const char *name;
  void (*play)(const app *a);
  bool on_server; /* not for a database inside this process */
} scene;

static const scene scenes[] = {
    {"create tables", create_tables, false},
    {"insert", insert, false},
    {"constraint error", constraint, false},
    {"query", walk_rows, false},
    {"stream", stream, false},
    {"100 statements at once", many_at_once, false},
    {"transaction rolled back", rolled_back, false},
    {"query timed out", timed_out, false},
    {"killed connection survived", killed, true},
    {"nothing left open", nothing_left, false},
};

int main(int argc, char **argv)
{
  const char *url = argc > 1 ? argv[1] : "sqlite::memory:";
  char shown[256];
  ryx_err err;
  app a;

  if (ryx_open(NULL, RYX_INLINE, &a.r, &err) < 0) fail("open", err.message);
  a.db = ryx_setup(a.r, "default", url, &err);
  if (a.db < 0) fail("setup", err.message);
  ryx_alias_show(a.r, a.db, shown, sizeof shown); /* without the password */
  printf("ryx %s on %s\n", ryx_version(), shown);
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
    if (scenes[i].on_server && is(&a, "sqlite")) continue;
    scenes[i].play(&a);
    printf("ok %s\n", scenes[i].name);
  }
  ryx_close(a.r);
  return EXIT_SUCCESS;
}
