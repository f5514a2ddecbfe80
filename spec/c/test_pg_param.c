/* SPDX-License-Identifier: MIT */
/* Values to PostgreSQL and back: declared by field and by value, read as text
 * (a plan's first run) and in binary (its later ones). */
#include "pg_fixture.h"

#include <math.h>

typedef struct value_case {
  const char *sql_type; /* what the parameter is cast to */
  ryx_val v;
} value_case;

#define S(t, text)                                                \
  {                                                               \
    .type = RYX_T_##t, .len = sizeof(text) - 1, .u = {.s = text } \
  }
#define I(t, n)                         \
  {                                     \
    .type = RYX_T_##t, .u = {.i = (n) } \
  }
#define F(x)                               \
  {                                        \
    .type = RYX_T_DOUBLE, .u = {.d = (x) } \
  }
#define A(t, text)                                                          \
  {                                                                         \
    .type = RYX_T_ARRAY, .elem = RYX_T_##t, .len = sizeof(text) - 1, .u = { \
      .s = text                                                             \
    }                                                                       \
  }

static const value_case cases[] = {
    {"int8", I(INT, 0)},
    {"int8", I(INT, -1)},
    {"int8", I(INT, INT64_MAX)},
    {"int8", I(INT, INT64_MIN)},
    {"int4", I(INT, INT32_MIN)},
    {"int2", I(INT, -32768)},
    {"bool", I(BOOL, 0)},
    {"bool", I(BOOL, 1)},
    {"float8", F(0.1)},
    {"float8", F(-1.7976931348623157e308)},
    {"float8", F(5e-324)},
    {"float8", F(INFINITY)},
    {"float4", F((double)0.1f)},
    {"float4", F((double)3.4028235e38f)},
    {"text", S(TEXT, "")},
    {"text", S(TEXT, "'; DROP TABLE x; -- \\ \" $1 ?")},
    {"text", S(TEXT, "\xf0\x9f\x98\x80 \xe2\x82\xac\n\t\x01")},
    {"varchar", S(TEXT, "NULL")},
    {"bytea", S(BYTES, "")},
    {"bytea", S(BYTES, "\0\xff\\x00'\n")},
    {"numeric", S(DECIMAL, "-12345678901234567890.12345678901234567890")},
    {"numeric", S(DECIMAL, "0.00")},
    {"date", I(DATE, 0)},
    {"date", I(DATE, -719162)}, /* 0001-01-01 */
    {"date", I(DATE, 2932896)}, /* 9999-12-31 */
    {"time", I(TIME, 0)},
    {"time", I(TIME, 86399999999)},
    {"timestamp", I(DATETIME, 0)},
    {"timestamp", I(DATETIME, -1)},
    {"timestamp", I(DATETIME, 253402300799999999)},
    {"timestamptz", I(DATETIMETZ, 1705314600123456)},
    {"uuid", S(UUID, "00112233-4455-6677-8899-aabbccddeeff")},
    {"jsonb", S(JSON, "{\"a\": [1, \"\xc3\xa9\", null]}")},
    {"json", S(JSON, "[]")},
    {"jsonb", S(JSON, "null")},
    {"int8[]", A(INT, "[1,null,-9223372036854775808]")},
    {"int8[]", A(INT, "[]")},
    {"text[]", A(TEXT, "[\"\",\"a,b\",\"{\\\"}\",\"NULL\",null,\"\\\\\"]")},
    {"float8[]", A(DOUBLE, "[0.5,\"NaN\"]")},
    {"bool[]", A(BOOL, "[true,false]")},
    {"bytea[]", A(BYTES, "[\"00ff\"]")},
    {"uuid[]", A(UUID, "[\"00112233-4455-6677-8899-aabbccddeeff\"]")},
    {"int8[]", A(INT, "[[1,2],[3,4]]")},
};

static bool is_bytes(const ryx_val *v)
{
  return v->type == RYX_T_TEXT || v->type == RYX_T_BYTES ||
         v->type == RYX_T_DECIMAL || v->type == RYX_T_UUID ||
         v->type == RYX_T_JSON || v->type == RYX_T_ARRAY;
}

static void check(const value_case *c, const ryx_val *got, const char *how)
{
  if (got->type != c->v.type || got->elem != c->v.elem) {
    fail_msg("%s %s: type %d", c->sql_type, how, got->type);
  }
  if (is_bytes(&c->v)) {
    if (got->len == c->v.len && memcmp(got->u.s, c->v.u.s, got->len) == 0) {
      return;
    }
    fail_msg("%s %s: '%.*s' came back as '%.*s'", c->sql_type, how,
             (int)c->v.len, c->v.u.s, (int)got->len, got->u.s);
  }
  if (got->u.i != c->v.u.i) {
    fail_msg("%s %s: %lld came back as %lld", c->sql_type, how,
             (long long)c->v.u.i, (long long)got->u.i);
  }
}

static void round_trip(pg_client *k, const value_case *c, unsigned flags,
                       uint32_t id)
{
  char sql[64];
  ryx_val v[2] = {c->v, {.type = RYX_T_NULL}};
  ryx_val got;
  ryx_stmt s;
  ryx_reply r;

  snprintf(sql, sizeof sql, "SELECT $1::%s, $2::%s", c->sql_type, c->sql_type);
  s = pg_stmt(sql, flags, id);
  s.params = v;
  s.n_params = 2;
  for (int i = 0; i < 3; i++) {
    if (pg_run(k, &s, &r) != 0) fail_msg("%s: %s", sql, r.err.message);
    assert_true(ryx_rows_next(r.rows));
    ryx_rows_cell(r.rows, 0, &got);
    check(c, &got, i == 0 ? "first" : "later");
    ryx_rows_cell(r.rows, 1, &got);
    assert_int_equal(got.type, RYX_T_NULL);
    assert_false(ryx_rows_next(r.rows));
    ryx_rows_free(r.rows);
  }
}

static void declared_values_come_back(void **state)
{
  uint32_t id = 0;
  pg_client k;

  (void)state;
  pg_open(&k);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    round_trip(&k, &cases[i], RYX_STMT_READ, ++id);
  }
  pg_shut(&k);
}

/* Undeclared, the server's input functions decide; what they do not take
 * (years written without an era) is not asked of them. */
static void raw_values_come_back(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ryx_val *v = &cases[i].v;
    bool is_bc = (v->type == RYX_T_DATE && v->u.i == -719163) ||
                 (v->type == RYX_T_DATETIME && v->u.i == -62135596800000001);

    if (!is_bc) round_trip(&k, &cases[i], RYX_STMT_RAW, 0);
  }
  pg_shut(&k);
}

static void binary_is_used_when_all_columns_know_it(void **state)
{
  static const struct {
    const char *sql;
    bool binary;
  } plans[] = {{"SELECT 1, 'a'::text, now(), true", true},
               {"SELECT 1, 1.5", false},
               {"SELECT 1, interval '1 s'", false}};
  pg_client k;

  (void)state;
  pg_open(&k);
  for (uint32_t i = 0; i < 3; i++) {
    ryx_stmt s = pg_stmt(plans[i].sql, RYX_STMT_READ, i + 1);
    ryx_reply r;

    pg_run(&k, &s, &r);
    ryx_rows_free(r.rows);
    pg_run(&k, &s, &r);
    assert_int_equal(pg_first(r.rows), 1);
    assert_int_equal(
        ((ryx_pg_prepared *)ryx_stmts_get(&k.c->names.kept, i + 1))->binary,
        plans[i].binary);
  }
  pg_shut(&k);
}

/* A plan whose first parameter was NULL has no declared type there; one that
 * meets another type than it declared goes unnamed. */
static void types_may_differ_between_runs(void **state)
{
  ryx_val v[] = {{.type = RYX_T_NULL},
                 pg_num(5),
                 pg_text("6"),
                 {.type = RYX_T_DOUBLE, .u.d = 7}};
  static const int64_t sums[] = {-1, 6, 7, 8};
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int first = 0; first < 3; first += 1) {
    for (int i = 0; i < 4; i++) {
      int at = (first + i) % 4;
      ryx_stmt s = pg_stmt("SELECT coalesce(($1::text)::int + 1, -1)",
                           RYX_STMT_READ, 50 + (uint32_t)first);
      ryx_reply r;

      s.params = &v[at];
      s.n_params = 1;
      if (pg_run(&k, &s, &r) != 0) fail_msg("%s", r.err.message);
      assert_int_equal(pg_first(r.rows), sums[at]);
    }
  }
  pg_shut(&k);
}

static void raw_integers_are_as_small_as_they_fit(void **state)
{
  ryx_stmt s = pg_stmt("SELECT (date '2024-01-01' + $1) - date '2024-01-01'",
                       RYX_STMT_RAW, 0);
  ryx_val v = pg_num(7);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  s.params = &v;
  s.n_params = 1;
  assert_int_equal(pg_run(&k, &s, &r), 0);
  assert_int_equal(pg_first(r.rows), 7);
  pg_shut(&k);
}

static void durations_are_microseconds(void **state)
{
  ryx_val v[2] = {{.type = RYX_T_DURATION, .u.i = -3600000001},
                  A(DURATION, "[\"01:00:00.000000\",null,\"-00:00:01\"]")};
  ryx_stmt s = pg_stmt("SELECT $1, $2", RYX_STMT_READ, 0);
  ryx_reply r;
  ryx_val got;
  pg_client k;

  (void)state;
  pg_open(&k);
  s.params = v;
  s.n_params = 2;
  assert_int_equal(pg_run(&k, &s, &r), 0);
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 0, &got);
  assert_int_equal(got.type, RYX_T_INT);
  assert_int_equal(got.u.i, -3600000001);
  ryx_rows_cell(r.rows, 1, &got);
  assert_int_equal(got.elem, RYX_T_INT);
  assert_int_equal(got.len, strlen("[3600000000,null,-1000000]"));
  assert_memory_equal(got.u.s, "[3600000000,null,-1000000]", got.len);
  ryx_rows_free(r.rows);
  pg_shut(&k);
}

static void what_cannot_be_held_does_not_leave(void **state)
{
  static const ryx_val bad[] = {
      S(TEXT, "a\0b"),        S(TEXT, "\xc3("),           S(JSON, "\"\xff\""),
      S(JSON, "\"\\u0000\""), A(TEXT, "[\"\\u0000\"]"),   A(INT, "[[1],[2,3]]"),
      A(INT, "nonsense"),     I(DATETIME, INT64_MIN + 1),
  };
  ryx_stmt s = pg_stmt("SELECT $1", RYX_STMT_READ, 1);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  s.n_params = 1;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    s.params = &bad[i];
    assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_REFUSED);
    assert_int_equal(k.e.code, RYX_E_VALIDATION);
    assert_int_equal(k.e.code, RYX_E_VALIDATION);
  }
  s.n_params = 65536;
  assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_REFUSED);
  assert_int_equal(k.e.code, RYX_E_VALIDATION);
  s = pg_stmt("SELECT 1", RYX_STMT_RAW, 0);
  s.sql_len += 5;
  assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_REFUSED);
  assert_int_equal(k.e.code, RYX_E_VALIDATION);
  assert_false(D->take(k.c, &r));
  assert_int_equal(pg_drive(&k), RYX_IO_DONE);
  pg_shut(&k);
}

/* A list in the user's own SQL: typed by its items, text as the server sees
 * it. */
static void raw_lists_bind(void **state)
{
  static const struct {
    const char *sql;
    ryx_val list;
    int64_t n; /* rows */
  } list_cases[] = {
      {"SELECT 1 FROM ryx_t_l WHERE i = ANY($1)", A(INT, "[1,2,3000000000]"),
       2},
      {"SELECT 1 FROM ryx_t_l WHERE n = ANY($1)", A(INT, "[1,3]"), 2},
      {"SELECT 1 FROM ryx_t_l WHERE t = ANY($1)", A(TEXT, "[\"a,\",\"b\"]"), 1},
      {"SELECT 1 FROM ryx_t_l WHERE d = ANY($1)", A(DOUBLE, "[0.5]"), 3},
      {"SELECT 1 FROM ryx_t_l WHERE b = ANY($1)", A(BOOL, "[true]"), 3},
      {"SELECT 1 FROM ryx_t_l WHERE u = ANY($1)",
       A(TEXT, "[\"00112233-4455-6677-8899-aabbccddeeff\"]"), 3},
      {"SELECT 1 FROM ryx_t_l WHERE i = ANY($1)", A(INT, "[]"), 0},
      {"SELECT 1 FROM ryx_t_l WHERE t = ANY($1)", A(NULL, "[]"), 0},
      {"SELECT 1 FROM ryx_t_l WHERE i <> ALL($1)", A(INT, "[1]"), 2},
      {"SELECT unnest($1)", A(INT, "[1,null]"), 2},
      {"SELECT unnest($1)", A(BOOL, "[true,false]"), 2},
      {"SELECT unnest($1::date[])", A(TEXT, "[\"2024-02-29\"]"), 1},
  };
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k,
          "CREATE TEMP TABLE ryx_t_l AS SELECT g AS i, g::numeric AS n, 'a,' "
          "|| CASE g WHEN 1 THEN '' ELSE 'x' END AS t, 0.5::float8 AS d, true "
          "AS b, '00112233-4455-6677-8899-aabbccddeeff'::uuid AS u FROM "
          "generate_series(1, 3) g");
  for (size_t i = 0; i < sizeof list_cases / sizeof *list_cases; i++) {
    for (int n = 0; n < 2; n++) {
      ryx_stmt s = pg_stmt(list_cases[i].sql, RYX_STMT_RAW, (uint32_t)i + 1);
      ryx_reply r;

      s.params = &list_cases[i].list;
      s.n_params = 1;
      if (pg_run(&k, &s, &r) != 0) {
        fail_msg("%s: %s", s.sql, r.err.message);
      }
      assert_int_equal(r.rows->n_rows, list_cases[i].n);
      ryx_rows_free(r.rows);
    }
  }
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(declared_values_come_back),
      cmocka_unit_test(raw_values_come_back),
      cmocka_unit_test(binary_is_used_when_all_columns_know_it),
      cmocka_unit_test(types_may_differ_between_runs),
      cmocka_unit_test(raw_integers_are_as_small_as_they_fit),
      cmocka_unit_test(durations_are_microseconds),
      cmocka_unit_test(what_cannot_be_held_does_not_leave),
      cmocka_unit_test(raw_lists_bind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
