/* SPDX-License-Identifier: MIT */
/* COPY between client and server: rows in and out, errors half-way, giving up,
 * the death of the server, and the pipeline afterwards. */
#include "pg_fixture.h"

enum { COPY = RYX_STMT_STREAM | RYX_STMT_COPY };

static void open_table(pg_client *k)
{
  pg_open(k);
  pg_exec(k, "CREATE TEMP TABLE ryx_t_copy (a int PRIMARY KEY, b text)");
}

/* Begins to copy rows in: the first part says that they may come. */
static void begin(pg_client *k, ryx_stmt *s, unsigned flags)
{
  ryx_reply r;

  *s = pg_stmt("COPY ryx_t_copy (a, b) FROM STDIN", COPY | flags, 0);
  assert_int_equal(pg_run(k, s, &r), 0);
  assert_true(r.more);
  assert_null(r.rows);
}

static void put(pg_client *k, const char *rows)
{
  ryx_reply r;

  assert_int_equal(D->put(k->c, rows, strlen(rows), &k->e), RYX_SENT_WENT);
  pg_reply(k, &r);
  assert_int_equal(r.code, 0);
  assert_true(r.more);
}

static int end(pg_client *k, bool keep, ryx_reply *r)
{
  assert_int_equal(D->more(k->c, keep, &k->e), RYX_SENT_WENT);
  pg_reply(k, r);
  assert_false(r->more);
  return r->code;
}

static void rows_go_in(void **state)
{
  pg_client k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_table(&k);
  begin(&k, &s, 0);
  put(&k, "1\tone\n2\t\\N\n");
  put(&k, "3\tthr\\tee\n");
  assert_int_equal(end(&k, true, &r), 0);
  assert_int_equal(r.affected, 3);
  assert_int_equal(pg_int(&k, "SELECT count(b) FROM ryx_t_copy"), 2);
  begin(&k, &s, 0); /* and again, after statements in the pipeline */
  assert_int_equal(end(&k, true, &r), 0);
  assert_int_equal(r.affected, 0);
  pg_shut(&k);
}

static void much_goes_in(void **state)
{
  enum { N = 20000 };
  char *rows = malloc((size_t)N * 128), *at = rows;
  pg_client k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  if (!pg_url()) free(rows);
  open_table(&k);
  for (int i = 0; i < N; i++)
    at += sprintf(at, "%d\t%0100d\n", i, i);
  begin(&k, &s, 0);
  put(&k, rows);
  free(rows);
  assert_int_equal(end(&k, true, &r), 0);
  assert_int_equal(r.affected, N);
  pg_shut(&k);
}

static void what_is_given_up_is_not_kept(void **state)
{
  pg_client k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_table(&k);
  begin(&k, &s, 0);
  put(&k, "1\tone\n");
  assert_int_equal(end(&k, false, &r), RYX_E_CANCELLED);
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_copy"), 0);
  assert_int_equal(D->in_tx(k.c), RYX_TX_NONE);
  pg_shut(&k);
}

static void an_error_names_its_row(void **state)
{
  pg_client k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_table(&k);
  begin(&k, &s, 0);
  put(&k, "1\tone\n2\ttwo\n1\tagain\n");
  put(&k, "4\tfour\n"); /* the server throws it away */
  assert_int_equal(end(&k, true, &r), RYX_E_UNIQUE);
  assert_ptr_equal(strstr(r.err.message, "row 3: "), r.err.message);
  begin(&k, &s, 0);
  put(&k, "x\tone\n");
  assert_int_not_equal(end(&k, true, &r), 0);
  assert_ptr_equal(strstr(r.err.message, "row 1: a: "), r.err.message);
  assert_string_equal(r.err.column, "a");
  assert_string_equal(r.err.sqlstate, "22P02");
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_copy"), 0);
  pg_shut(&k);
}

static void a_statement_that_fails_begins_nothing(void **state)
{
  ryx_stmt s = pg_stmt("COPY ryx_t_nowhere (a) FROM STDIN", COPY, 0);
  pg_client k;
  ryx_reply r;

  (void)state;
  pg_open(&k);
  assert_int_not_equal(pg_run(&k, &s, &r), 0);
  assert_false(r.more);
  assert_int_equal(D->put(k.c, "1\n", 2, &k.e), RYX_SENT_REFUSED);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void it_has_the_connection_of_a_transaction(void **state)
{
  ryx_stmt other = pg_stmt("SELECT 1", RYX_STMT_RAW, 0);
  pg_client k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_table(&k);
  pg_exec(&k, "BEGIN");
  begin(&k, &s, RYX_STMT_STREAM_TX);
  assert_int_equal(D->send(k.c, &other, &k.e), RYX_SENT_REFUSED);
  put(&k, "1\tone\n");
  assert_int_equal(end(&k, true, &r), 0);
  assert_int_equal(D->in_tx(k.c), RYX_TX_OPEN);
  begin(&k, &s, RYX_STMT_STREAM_TX);
  assert_int_equal(end(&k, false, &r), RYX_E_CANCELLED);
  assert_int_equal(D->in_tx(k.c), RYX_TX_FAILED);
  pg_exec(&k, "ROLLBACK");
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_copy"), 0);
  pg_shut(&k);
}

/* Parts of text until the end: how many bytes, how many parts. */
static size_t read_out(pg_client *k, ryx_stmt *s, int *parts, ryx_reply *r)
{
  size_t n = 0;
  ryx_val v;

  pg_send(k, s);
  for (*parts = 0;; ++*parts) {
    pg_reply(k, r);
    if (r->rows && ryx_rows_next(r->rows)) {
      ryx_rows_cell(r->rows, 0, &v);
      assert_int_equal(v.type, RYX_T_BYTES);
      n += v.len;
    }
    ryx_rows_free(r->rows);
    if (!r->more) return n;
    assert_int_equal(D->more(k->c, 1000, &k->e), RYX_SENT_WENT);
  }
}

static void rows_come_out(void **state)
{
  ryx_stmt s = pg_stmt(
      "COPY (SELECT repeat('x', 99) FROM generate_series(1, 10000)) TO STDOUT",
      COPY | RYX_STMT_READ, 0);
  pg_client k;
  ryx_reply r;
  int parts;

  (void)state;
  pg_open(&k);
  assert_int_equal(read_out(&k, &s, &parts, &r), 1000000);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, 10000);
  assert_true(parts > 2);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void an_error_half_way_out_is_told(void **state)
{
  ryx_stmt s = pg_stmt(
      "COPY (SELECT 1 / (100 - g) FROM generate_series(1, 200) g) TO STDOUT",
      COPY | RYX_STMT_READ, 0);
  pg_client k;
  ryx_reply r;
  int parts;

  (void)state;
  pg_open(&k);
  (void)read_out(&k, &s, &parts, &r);
  assert_int_not_equal(r.code, 0);
  assert_non_null(strstr(r.err.message, "division by zero"));
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void what_nobody_reads_is_thrown_away(void **state)
{
  ryx_stmt s = pg_stmt(
      "COPY (SELECT repeat('x', 99) FROM generate_series(1, 30000)) TO STDOUT",
      COPY | RYX_STMT_READ, 0);
  pg_client k;
  ryx_reply r;

  (void)state;
  pg_open(&k);
  assert_int_equal(pg_run(&k, &s, &r), 0);
  assert_true(r.more);
  ryx_rows_free(r.rows);
  assert_int_equal(D->more(k.c, 0, &k.e), RYX_SENT_WENT);
  pg_reply(&k, &r);
  assert_false(r.more);
  assert_null(r.rows);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void a_server_that_dies_takes_it_along(void **state)
{
  pg_client k, killer;
  char sql[80];
  ryx_stmt s;
  ryx_reply r = {0};
  int pid;

  (void)state;
  open_table(&k);
  pg_open(&killer);
  pid = PQbackendPID(k.c->pg);
  begin(&k, &s, 0);
  snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", pid);
  pg_exec(&killer, sql);
  pg_exec(&killer, "SELECT pg_sleep(0.2)");
  for (int i = 0; i < 100 && r.code == 0; i++) {
    if (D->put(k.c, "1\tone\n", 6, &k.e) != RYX_SENT_WENT) break;
    pg_drive(&k);
    assert_true(D->take(k.c, &r));
  }
  if (r.code == 0) {
    assert_int_equal(D->more(k.c, 1, &k.e), RYX_SENT_WENT);
    pg_drive(&k);
    assert_true(D->take(k.c, &r));
  }
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_int_equal(D->step(k.c, 0, &k.e), RYX_IO_FAIL);
  pg_shut(&k);
  pg_shut(&killer);
}

static void a_row_is_text_with_tabs(void **state)
{
  const ryx_val row[] = {
      {.type = RYX_T_NULL},
      {.type = RYX_T_INT, .u.i = -5},
      {.type = RYX_T_BOOL, .u.i = 1},
      {.type = RYX_T_TEXT, .len = 6, .u.s = "a\tb\n\\r"},
      {.type = RYX_T_BYTES, .len = 2, .u.s = "\0\xff"},
      {.type = RYX_T_ARRAY, .elem = RYX_T_TEXT, .len = 5, .u.s = "[\"x\"]"},
      {.type = RYX_T_DATETIMETZ, .u.i = 0},
  };
  const ryx_val bad[] = {{.type = RYX_T_INT},
                         {.type = RYX_T_TEXT, .len = 3, .u.s = "a\0b"}};
  ryx_buf b;
  ryx_err e;
  int at;

  (void)state;
  ryx_buf_init(&b, 0);
  assert_int_equal(D->copy_row(&b, row, 7, &at, &e), 0);
  assert_string_equal(b.data,
                      "\\N\t-5\tt\ta\\tb\\n\\\\r\t\\\\x00ff\t{\"x\"}\t"
                      "1970-01-01 00:00:00.000000+00\n");
  assert_int_equal(D->copy_row(&b, bad, 2, &at, &e), RYX_E_VALIDATION);
  assert_int_equal(at, 1);
  ryx_buf_fini(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_go_in),
      cmocka_unit_test(much_goes_in),
      cmocka_unit_test(what_is_given_up_is_not_kept),
      cmocka_unit_test(an_error_names_its_row),
      cmocka_unit_test(a_statement_that_fails_begins_nothing),
      cmocka_unit_test(it_has_the_connection_of_a_transaction),
      cmocka_unit_test(rows_come_out),
      cmocka_unit_test(an_error_half_way_out_is_told),
      cmocka_unit_test(what_nobody_reads_is_thrown_away),
      cmocka_unit_test(a_server_that_dies_takes_it_along),
      cmocka_unit_test(a_row_is_text_with_tabs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
