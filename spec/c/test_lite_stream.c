/* SPDX-License-Identifier: MIT */
/* Streams of the SQLite driver: stepped part by part where they have a
 * connection alone, read ahead where other statements run between the parts. */
#include <dirent.h>
#include <math.h>

#include "lite_fixture.h"

static void streams(void **state)
{
  char sql[160];
  ryx_stmt s;
  ryx_reply r;
  ryx_err e;
  lite l;
  int i, round;

  (void)state;
  open_lite(&l, "stream.db");
  query(&l, "CREATE TABLE t (a)");
  snprintf(sql, sizeof sql, counting, 10);
  for (round = 0; round < 3; round++) {
    s = text_stmt(sql);
    s.id = round == 0 ? 0 : 7;
    s.flags |= RYX_STMT_STREAM;
    s.chunk = 4;
    assert_int_equal(run(&l, &s, &r), 0);
    assert_true(r.more);
    assert_string_equal(render(&l, r.rows), "1|2|3|4");
    assert_int_equal(D.send(l.c, &s, &e), RYX_SENT_REFUSED);
    assert_int_equal(e.code, RYX_E_MISUSE);
    if (round == 1) D.forget(l.c);
    assert_int_equal(D.more(l.c, 5, &e), 0);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
    assert_true(D.take(l.c, &r));
    assert_true(r.more);
    assert_string_equal(render(&l, r.rows), "5|6|7|8|9");
    assert_int_equal(D.more(l.c, 5, &e), 0);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
    assert_true(D.take(l.c, &r));
    assert_false(r.more);
    assert_string_equal(render(&l, r.rows), "10");
    assert_int_equal(D.more(l.c, 5, &e), RYX_SENT_REFUSED);
    assert_int_equal(e.code, RYX_E_MISUSE);
  }
  /* Ended early, and closed in the middle; a write in between proves that the
   * early end let its snapshot go. */
  for (i = 0; i < 2; i++) {
    assert_int_equal(run(&l, &s, &r), 0);
    assert_true(r.more);
    ryx_rows_free(r.rows);
    if (i == 1) break;
    assert_int_equal(D.more(l.c, 0, &e), 0);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
    assert_true(D.take(l.c, &r));
    assert_false(r.more);
    assert_null(r.rows);
    assert_int_equal(r.code, 0);
    query(&l, "DROP TABLE t");
  }
  shut(&l);
}

static ryx_stmt stream(const char *sql, unsigned flags, int32_t chunk)
{
  ryx_stmt s = text_stmt(sql);

  s.flags |= RYX_STMT_STREAM | flags;
  s.chunk = chunk;
  return s;
}

static int part(lite *l, int32_t max, ryx_reply *r)
{
  ryx_err e;

  assert_int_equal(D.more(l->c, max, &e), RYX_SENT_WENT);
  assert_int_equal(D.step(l->c, 0, &e), RYX_IO_DONE);
  assert_true(D.take(l->c, r));
  return r->code;
}

static int inherited; /* from the program that runs this one */

/* Descriptors of files that have no name. */
static int nameless_files(void)
{
  DIR *d = opendir("/proc/self/fd");
  struct dirent *one;
  char link[400], to[300];
  int n = 0;
  ssize_t len;

  assert_non_null(d);
  while ((one = readdir(d))) {
    snprintf(link, sizeof link, "/proc/self/fd/%s", one->d_name);
    len = readlink(link, to, sizeof to - 1);
    to[len > 0 ? len : 0] = 0;
    n += strstr(to, "(deleted)") != NULL;
  }
  closedir(d);
  return n;
}

static int temporary_files(void)
{
  return nameless_files() - inherited;
}

static void make_rows(lite *l, const char *name, int n)
{
  char sql[200];

  open_lite(l, name);
  query(l, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  snprintf(sql, sizeof sql,
           "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
           "i + 1 FROM n WHERE i < %d) SELECT i, 'v' || i FROM n",
           n);
  query(l, sql);
}

/* Reads what is left in parts of `max` rows, writing between them; the ids must
 * go on from `from`, the values be the old ones. */
static int64_t read_on(lite *l, ryx_reply *r, int64_t from, int32_t max)
{
  char want[32];
  ryx_val v;

  for (;;) {
    while (r->rows && ryx_rows_next(r->rows)) {
      ryx_rows_cell(r->rows, 0, &v);
      assert_int_equal(v.u.i, from);
      ryx_rows_cell(r->rows, 1, &v);
      snprintf(want, sizeof want, "v%d", (int)from++);
      assert_int_equal(v.len, strlen(want));
      assert_memory_equal(v.u.s, want, v.len);
    }
    ryx_rows_free(r->rows);
    if (!r->more) return from - 1;
    query(l, "INSERT INTO t (v) VALUES ('late')");
    query(l, "UPDATE t SET v = 'new' WHERE id % 7 = 0");
    query(l, "DELETE FROM t WHERE id % 11 = 0");
    assert_int_equal(part(l, max, r), 0);
  }
}

static void shows_the_state_at_its_opening(void **state)
{
  static const struct {
    const char *name;
    bool in_tx;
    unsigned flags;
    int rows;
  } cases[] = {{"open1.db", true, RYX_STMT_STREAM_TX, 3000},
               {"open2.db", true, RYX_STMT_STREAM_TX, 200000},
               {":memory:", true, RYX_STMT_STREAM_TX, 3000},
               {":memory:", false, 0, 3000},
               {":memory:", false, 0, 200000}};
  ryx_reply r;
  ryx_stmt s;
  lite l;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    make_rows(&l, cases[i].name, cases[i].rows);
    if (cases[i].in_tx) query(&l, "BEGIN IMMEDIATE");
    s = stream("SELECT id, v FROM t", cases[i].flags, 1000);
    s.id = 5;
    assert_int_equal(run(&l, &s, &r), 0);
    assert_int_equal(r.rows->n_rows, 1000);
    assert_true(r.more);
    assert_int_equal(read_on(&l, &r, 1, cases[i].rows / 5), cases[i].rows);
    assert_int_equal(temporary_files(), 0);
    if (cases[i].in_tx) query(&l, "COMMIT");
    assert_string_not_equal(
        query(&l, "SELECT count(*) FROM t WHERE v = 'late'"), "0");
    shut(&l);
  }
}

/* No end of a block, and no change of the schema, is in its way. */
static void survives_rollbacks(void **state)
{
  ryx_reply r;
  ryx_stmt s;
  lite l;

  (void)state;
  make_rows(&l, "savepoint.db", 20);
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "SAVEPOINT a");
  query(&l, "UPDATE t SET v = v");
  s = stream("SELECT id FROM t", RYX_STMT_STREAM_TX, 5);
  s.id = 1;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(render(&l, r.rows), "1|2|3|4|5");
  query(&l, "ROLLBACK TO a");
  assert_int_equal(part(&l, 5, &r), 0);
  assert_string_equal(r.rows->cols[0].name, "id");
  assert_string_equal(render(&l, r.rows), "6|7|8|9|10");
  query(&l, "DROP TABLE t");
  D.forget(l.c);
  query(&l, "COMMIT");
  assert_int_equal(part(&l, 100, &r), 0);
  assert_string_equal(render(&l, r.rows), "11|12|13|14|15|16|17|18|19|20");
  assert_false(r.more);
  shut(&l);
}

static void the_tag_is_the_streams(void **state)
{
  ryx_stmt s = stream("SELECT id FROM t", RYX_STMT_STREAM_TX, 4), other;
  int mine, whole;
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  make_rows(&l, "tag.db", 10);
  query(&l, "BEGIN");
  s.tag = &mine;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_ptr_equal(r.tag, &mine);
  ryx_rows_free(r.rows);
  /* A second stream comes as a whole. */
  other = s;
  other.tag = &whole;
  assert_int_equal(run(&l, &other, &r), 0);
  assert_ptr_equal(r.tag, &whole);
  assert_false(r.more);
  assert_int_equal(r.rows->n_rows, 10);
  ryx_rows_free(r.rows);
  assert_int_equal(part(&l, 4, &r), 0);
  assert_ptr_equal(r.tag, &mine);
  assert_string_equal(render(&l, r.rows), "5|6|7|8");
  /* An early end. */
  assert_int_equal(part(&l, 0, &r), 0);
  assert_ptr_equal(r.tag, &mine);
  assert_false(r.more);
  assert_null(r.rows);
  assert_int_equal(D.more(l.c, 4, &e), RYX_SENT_REFUSED);
  /* A result that fits into the first part. */
  s.chunk = 10;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_false(r.more);
  assert_int_equal(r.rows->n_rows, 10);
  ryx_rows_free(r.rows);
  shut(&l);
}

static void large_results_go_to_a_file(void **state)
{
  ryx_stmt s = stream("SELECT id, v FROM t", RYX_STMT_STREAM_TX, 100);
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  make_rows(&l, "file.db", 150000);
  query(&l, "BEGIN");
  s.sql = "SELECT id, v FROM t LIMIT 20000";
  s.sql_len = strlen(s.sql);
  assert_int_equal(run(&l, &s, &r), 0);
  ryx_rows_free(r.rows);
  assert_int_equal(temporary_files(), 0);
  assert_int_equal(part(&l, 0, &r), 0);
  s = stream("SELECT id, v FROM t", RYX_STMT_STREAM_TX, 100);
  assert_int_equal(run(&l, &s, &r), 0);
  ryx_rows_free(r.rows);
  assert_int_equal(temporary_files(), 1);
  assert_int_equal(part(&l, 0, &r), 0);
  assert_int_equal(temporary_files(), 0);
  /* Reset and close end it too. */
  assert_int_equal(run(&l, &s, &r), 0);
  ryx_rows_free(r.rows);
  assert_int_equal(D.reset(l.c, &e), RYX_IO_BLOCK);
  assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  assert_int_equal(temporary_files(), 0);
  assert_int_equal(D.more(l.c, 1, &e), RYX_SENT_REFUSED);
  assert_int_equal(run(&l, &s, &r), 0);
  ryx_rows_free(r.rows);
  shut(&l);
  assert_int_equal(temporary_files(), 0);
}

static long resident(void)
{
  FILE *f = fopen("/proc/self/statm", "r");
  long all, here = 0;

  assert_non_null(f);
  if (fscanf(f, "%ld %ld", &all, &here) != 2) here = 0;
  fclose(f);
  return here * sysconf(_SC_PAGESIZE);
}

/* AddressSanitizer keeps what was freed for a while. */
#ifdef __SANITIZE_ADDRESS__
enum { SLACK = 400 << 20 };
#else
enum { SLACK = 16 << 20 };
#endif

static void memory_is_flat(void **state)
{
  ryx_stmt s = stream("SELECT id, v, 'a text that makes the row longer' FROM t",
                      RYX_STMT_STREAM_TX, 1000);
  int64_t rows = 0;
  long start, most = 0;
  ryx_reply r;
  lite l;

  (void)state;
  make_rows(&l, "flat.db", 600000);
  query(&l, "BEGIN IMMEDIATE");
  start = resident();
  assert_int_equal(run(&l, &s, &r), 0);
  for (;;) {
    rows += r.rows ? r.rows->n_rows : 0;
    ryx_rows_free(r.rows);
    if (resident() > most) most = resident();
    if (!r.more) break;
    assert_int_equal(part(&l, 1000, &r), 0);
  }
  assert_int_equal(rows, 600000);
  assert_true(most - start < SLACK);
  shut(&l);
}

static const char kinds[] =
    "SELECT NULL AS a, 9223372036854775807 AS \"b c\", -9223372036854775807 - "
    "1, 0.1, 9e999, 5e-324, '', x'', 'ab' || char(0) || 'c', x'00ff', "
    "char(128512), zeroblob(3000000), i FROM (SELECT 1 AS i UNION ALL SELECT "
    "2 UNION ALL SELECT 'x' UNION ALL SELECT 4.5)";

static void same_cells(ryx_rows *a, ryx_rows *b)
{
  ryx_val x, y;

  assert_int_equal(a->n_cols, b->n_cols);
  for (int i = 0; i < a->n_cols; i++) {
    assert_string_equal(a->cols[i].name, b->cols[i].name);
    ryx_rows_cell(a, i, &x);
    ryx_rows_cell(b, i, &y);
    assert_int_equal(x.type, y.type);
    if (x.type == RYX_T_TEXT || x.type == RYX_T_BYTES) {
      assert_int_equal(x.len, y.len);
      assert_memory_equal(x.u.s, y.u.s, x.len);
    } else {
      assert_memory_equal(&x.u, &y.u, sizeof x.u.i);
    }
  }
}

static void values_are_exact(void **state)
{
  ryx_stmt s = text_stmt(kinds);
  ryx_reply whole, r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  assert_int_equal(run(&l, &s, &whole), 0);
  s = stream(kinds, 0, 1);
  assert_int_equal(run(&l, &s, &r), 0);
  for (int n = 0; n < 4; n++) {
    assert_true(ryx_rows_next(whole.rows));
    assert_true(ryx_rows_next(r.rows));
    same_cells(whole.rows, r.rows);
    ryx_rows_free(r.rows);
    assert_true(r.more == (n < 3));
    if (r.more) assert_int_equal(part(&l, 1, &r), 0);
  }
  ryx_rows_free(whole.rows);
  shut(&l);
}

static void writes_with_rows_count(void **state)
{
  ryx_stmt s = stream("INSERT INTO t (v) SELECT v FROM t RETURNING id",
                      RYX_STMT_STREAM_TX, 2);
  ryx_reply r;
  lite l;

  (void)state;
  make_rows(&l, "returning.db", 5);
  query(&l, "BEGIN IMMEDIATE");
  assert_int_equal(run(&l, &s, &r), 0);
  assert_int_equal(r.affected, 5);
  assert_int_equal(r.last_id, 10);
  assert_string_equal(render(&l, r.rows), "6|7");
  query(&l, "COMMIT");
  assert_int_equal(part(&l, 9, &r), 0);
  assert_string_equal(render(&l, r.rows), "8|9|10");
  shut(&l);
}

static void a_full_disk_fails_the_stream(void **state)
{
  ryx_stmt s = stream("SELECT id, v FROM t", RYX_STMT_STREAM_TX, 100);
  ryx_reply r;
  ryx_err e;
  lite l;
  int rc;

  (void)state;
  make_rows(&l, "full.db", 200000);
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "UPDATE t SET v = 'mine' WHERE id = 1");
  limit_files(100000);
  rc = run(&l, &s, &r);
  limit_files(RLIM_INFINITY);
  assert_int_equal(rc, RYX_E_OPERATIONAL);
  if (!strstr(r.err.message, "temporary file: disk I/O error: File too large"))
    fail_msg("%s", r.err.message);
  assert_null(r.rows);
  assert_false(r.more);
  assert_int_equal(D.more(l.c, 1, &e), RYX_SENT_REFUSED);
  assert_int_equal(temporary_files(), 0);
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "COMMIT");
  assert_string_equal(query(&l, "SELECT v FROM t WHERE id = 1"), "mine");
  shut(&l);
}

static void stops_between_parts(void **state)
{
  static const struct {
    const char *name;
    unsigned flags;
  } cases[] = {{"stop1.db", 0},
               {"stop2.db", RYX_STMT_STREAM_TX},
               {"stop3.db", 0},
               {"stop4.db", RYX_STMT_STREAM_TX}};
  atomic_bool stop;
  ryx_reply r;
  ryx_err e;
  ryx_stmt s;
  lite l;

  (void)state;
  for (int round = 0; round < 4; round++) {
    make_rows(&l, cases[round].name, 1000);
    s = stream("SELECT id FROM t", cases[round].flags, 10);
    s.stop = &stop;
    atomic_store(&stop, false);
    assert_int_equal(run(&l, &s, &r), 0);
    assert_true(r.more);
    ryx_rows_free(r.rows);
    if (round < 2)
      atomic_store(&stop, true);
    else
      s.deadline_ns = now_ns() - 1;
    assert_int_equal(part(&l, 10, &r),
                     round < 2 ? RYX_E_CANCELLED : RYX_E_TIMEOUT);
    assert_false(r.more);
    assert_int_equal(D.more(l.c, 1, &e), RYX_SENT_REFUSED);
    query(&l, "DROP TABLE t");
    /* Its end is not what was stopped. */
    atomic_store(&stop, false);
    s = stream("VALUES (1), (2)", cases[round].flags, 1);
    s.stop = &stop;
    assert_int_equal(run(&l, &s, &r), 0);
    ryx_rows_free(r.rows);
    atomic_store(&stop, true);
    assert_int_equal(part(&l, 0, &r), 0);
    shut(&l);
  }
}

/* Every allocation of ours fails once while a stream is read. */
static void out_of_memory(void **state)
{
  ryx_stmt s = stream("SELECT id, v FROM t", RYX_STMT_STREAM_TX, 10);
  int64_t live, rows = ryx_rows_live();
  int n = 0, rc;
  ryx_reply r;
  lite l;

  (void)state;
  make_rows(&l, "memory.db", 100000);
  live = ryx_mem_live();
  do {
    ryx_mem_fail_at(++n, false);
    rc = run(&l, &s, &r);
    if (rc == 0) {
      ryx_rows_free(r.rows);
      rc = part(&l, 1000, &r);
      ryx_mem_fail_at(0, false);
      if (rc == 0) {
        ryx_rows_free(r.rows);
        assert_int_equal(part(&l, 0, &r), 0);
      }
    }
    ryx_mem_fail_at(0, false);
    assert_true(rc == 0 || rc == RYX_E_NOMEM);
    assert_int_equal(ryx_mem_live(), live);
    assert_int_equal(ryx_rows_live(), rows);
  } while (rc != 0 && n < 100);
  assert_true(n > 10 && n < 100);
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams),
      cmocka_unit_test(shows_the_state_at_its_opening),
      cmocka_unit_test(survives_rollbacks),
      cmocka_unit_test(the_tag_is_the_streams),
      cmocka_unit_test(large_results_go_to_a_file),
      cmocka_unit_test(memory_is_flat),
      cmocka_unit_test(values_are_exact),
      cmocka_unit_test(writes_with_rows_count),
      cmocka_unit_test(a_full_disk_fails_the_stream),
      cmocka_unit_test(stops_between_parts),
      cmocka_unit_test(out_of_memory),
  };
  inherited = nameless_files();
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
