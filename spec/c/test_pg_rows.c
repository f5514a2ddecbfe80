/* SPDX-License-Identifier: MIT */
/* driver/pg_rows over results made by hand: every type in both formats, and
 * what falls back to text. */
#include "pg_fixture.h"

static char column[] = "a";

/* A result of one column. */
static PGresult *result(Oid oid, int format)
{
  PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  PGresAttDesc a = {.name = column, .format = format, .typid = oid};

  assert_true(PQsetResultAttrs(r, 1, &a));
  return r;
}

static void add(PGresult *r, const char *s, int n)
{
  char copy[128];

  if (n > 0) memcpy(copy, s, (size_t)n);
  assert_true(PQsetvalue(r, PQntuples(r), 0, n < 0 ? NULL : copy, n));
}

/* The only cell of a result with this column and bytes. */
static ryx_rows *one(Oid oid, int format, const char *s, int n, ryx_val *v)
{
  PGresult *r = result(oid, format);
  ryx_rows *rows;

  add(r, s, n);
  rows = ryx_pg_rows_new(r);
  assert_non_null(rows);
  assert_int_equal(rows->n_rows, 1);
  assert_string_equal(rows->cols[0].name, "a");
  assert_true(ryx_rows_next(rows));
  ryx_rows_cell(rows, 0, v);
  if (rows->cols[0].type != RYX_T_NULL && v->type != RYX_T_NULL) {
    assert_int_equal(v->type, rows->cols[0].type);
  }
  return rows;
}

static void is_int(Oid oid, int format, const char *s, int n, ryx_val want)
{
  ryx_val v;
  ryx_rows *rows = one(oid, format, s, n, &v);

  assert_int_equal(v.type, want.type);
  if (v.u.i != want.u.i) fail_msg("oid %u: %lld", oid, (long long)v.u.i);
  ryx_rows_free(rows);
}

static void is_text(Oid oid, int format, const char *s, int n, ryx_val want)
{
  ryx_val v;
  ryx_rows *rows = one(oid, format, s, n, &v);

  assert_int_equal(v.type, want.type);
  assert_int_equal(v.elem, want.elem);
  assert_int_equal(v.len, want.len);
  assert_memory_equal(v.u.s, want.u.s, v.len);
  ryx_rows_free(rows);
}

#define VI(t, n) ((ryx_val){.type = RYX_T_##t, .u = {.i = (n)}})
#define VD(x)    ((ryx_val){.type = RYX_T_DOUBLE, .u = {.d = (x)}})
#define VS(t, text) \
  ((ryx_val){.type = RYX_T_##t, .len = sizeof(text) - 1, .u = {.s = text}})
#define VA(t, text)                   \
  ((ryx_val){.type = RYX_T_ARRAY,     \
             .elem = RYX_T_##t,       \
             .len = sizeof(text) - 1, \
             .u = {.s = text}})
#define BYTES(text) text, sizeof(text) - 1

static void binary(void **state)
{
  (void)state;
  is_int(21, 1, BYTES("\xff\xfe"), VI(INT, -2));
  is_int(23, 1, BYTES("\x80\0\0\0"), VI(INT, INT32_MIN));
  is_int(20, 1, BYTES("\x7f\xff\xff\xff\xff\xff\xff\xff"), VI(INT, INT64_MAX));
  is_int(26, 1, BYTES("\xff\xff\xff\xff"), VI(INT, UINT32_MAX));
  is_int(16, 1, BYTES("\1"), VI(BOOL, 1));
  is_int(16, 1, BYTES("\0"), VI(BOOL, 0));
  is_int(700, 1, BYTES("\x3f\xc0\0\0"), VD(1.5));
  is_int(701, 1, BYTES("\xbf\xf8\0\0\0\0\0\0"), VD(-1.5));
  is_int(1082, 1, BYTES("\0\0\0\0"), VI(DATE, 10957));
  is_int(1082, 1, BYTES("\x7f\xff\xff\xff"), VI(DATE, INT64_MAX));
  is_int(1082, 1, BYTES("\x80\0\0\0"), VI(DATE, INT64_MIN));
  is_int(1083, 1, BYTES("\0\0\0\0\0\0\0\5"), VI(TIME, 5));
  is_int(1114, 1, BYTES("\0\0\0\0\0\0\0\0"), VI(DATETIME, 946684800000000));
  is_int(1184, 1, BYTES("\x80\0\0\0\0\0\0\0"), VI(DATETIMETZ, INT64_MIN));
  is_text(25, 1, BYTES("h\xc3\xa9"), VS(TEXT, "h\xc3\xa9"));
  is_text(17, 1, BYTES("\0\1"), VS(BYTES, "\0\1"));
  is_text(3802, 1, BYTES("\1{}"), VS(JSON, "{}"));
  is_text(2950, 1,
          BYTES("\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc"
                "\xdd\xee\xff"),
          VS(UUID, "00112233-4455-6677-8899-aabbccddeeff"));
}

static void text(void **state)
{
  (void)state;
  is_int(23, 0, BYTES("-7"), VI(INT, -7));
  is_int(16, 0, BYTES("f"), VI(BOOL, 0));
  is_int(701, 0, BYTES("-Infinity"), VD(-1.0 / 0.0));
  is_int(700, 0, BYTES("0.1"), VD((double)0.1f));
  is_int(1082, 0, BYTES("1970-01-02"), VI(DATE, 1));
  is_int(1186, 0, BYTES("PT1.5S"), VI(DURATION, 1500000));
  is_text(1700, 0, BYTES("1.50"), VS(DECIMAL, "1.50"));
  is_text(1700, 0, BYTES("Infinity"), VS(DECIMAL, "Infinity"));
  is_text(17, 0, BYTES("\\x00ff"), VS(BYTES, "\0\xff"));
  is_text(1007, 0, BYTES("{1,NULL}"), VA(INT, "[1,null]"));
  is_text(1185, 0, BYTES("{\"2024-01-01 00:00:00+00\"}"),
          VA(DATETIMETZ, "[\"2024-01-01 00:00:00.000000\"]"));
}

static void what_has_no_type_is_text(void **state)
{
  (void)state;
  is_text(1186, 0, BYTES("P1M"), VS(TEXT, "P1M"));
  is_text(1082, 0, BYTES("01/02/1970"), VS(TEXT, "01/02/1970"));
  is_text(17, 0, BYTES("a\\000"), VS(TEXT, "a\\000"));
  is_text(1007, 0, BYTES("{{1}"), VS(TEXT, "{{1}"));
  is_text(869, 0, BYTES("::1"), VS(TEXT, "::1"));
  is_text(1187, 0, BYTES("{PT1S}"), VS(TEXT, "{PT1S}"));
}

static void null_is_not_empty(void **state)
{
  ryx_val v;
  ryx_rows *rows = one(25, 1, NULL, -1, &v);

  (void)state;
  assert_int_equal(v.type, RYX_T_NULL);
  ryx_rows_free(rows);
  rows = one(25, 1, "", 0, &v);
  assert_int_equal(v.type, RYX_T_TEXT);
  assert_int_equal(v.len, 0);
  ryx_rows_free(rows);
}

static void rows_are_walked_and_counted(void **state)
{
  PGresult *r = result(1007, 0);
  ryx_rows *rows;
  ryx_val v;

  (void)state;
  add(r, "{1}", 3);
  add(r, "{22}", 4);
  rows = ryx_pg_rows_new(r);
  assert_int_equal(ryx_rows_live(), 1);
  assert_true(ryx_rows_next(rows));
  assert_true(ryx_rows_next(rows));
  ryx_rows_cell(rows, 0, &v);
  assert_memory_equal(v.u.s, "[22]", 4);
  assert_false(ryx_rows_next(rows));
  assert_false(ryx_rows_next(rows));
  ryx_rows_free(rows);
  assert_int_equal(ryx_rows_live(), 0);
}

static void binary_needs_every_codec(void **state)
{
  static const Oid known[] = {16,   20,   21,   23,   25,   17,   19,
                              700,  701,  1042, 1043, 1082, 1083, 1114,
                              1184, 2950, 3802, 114,  26};
  static const Oid unknown[] = {1700, 1186, 1007, 869, 1266, 0};

  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    PGresult *r = result(known[i], 0);
    assert_true(ryx_pg_rows_binary(r));
    PQclear(r);
  }
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    PGresult *r = result(unknown[i], 0);
    assert_false(ryx_pg_rows_binary(r));
    PQclear(r);
  }
}

static void out_of_memory_leaves_the_result(void **state)
{
  PGresult *r = result(25, 0);

  (void)state;
  ryx_mem_fail_at(1, false);
  assert_null(ryx_pg_rows_new(r));
  ryx_mem_fail_at(0, false);
  PQclear(r);
  assert_int_equal(ryx_rows_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(binary),
      cmocka_unit_test(text),
      cmocka_unit_test(what_has_no_type_is_text),
      cmocka_unit_test(null_is_not_empty),
      cmocka_unit_test(rows_are_walked_and_counted),
      cmocka_unit_test(binary_needs_every_codec),
      cmocka_unit_test(out_of_memory_leaves_the_result),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
