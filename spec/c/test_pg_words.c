/* SPDX-License-Identifier: MIT */
/* What the PostgreSQL driver sees in a statement's text. */
#include "pg_fixture.h"

typedef struct word_case {
  const char *sql;
  bool copy, planned, select;
} word_case;

static const word_case cases[] = {
    {"COPY t FROM STDIN", true, false, false},
    {"copy t to stdout", true, false, false},
    {" /* a /* b */ c */ -- d\n COPY (SELECT 1) TO STDOUT (FORMAT csv)", true,
     false, false},
    {"COPY \"from\"(a, b) FROM/**/STDIN WITH (NULL 'x')", true, false, false},
    {"COPY (SELECT e'\\') TO STDOUT', $a$ ) TO STDOUT $a$) TO '/tmp/x'", false,
     false, false},
    {"COPY stdin TO '/tmp/from stdin'", false, false, false},
    {"COPY t FROM PROGRAM 'cat TO STDOUT'", false, false, false},
    {"COPY t FROM", false, false, false},
    {"COPY (SELECT ((1), ')') TO STDOUT", false, false, false},
    {"COPYING FROM STDIN", false, false, false},
    {"SELECT 'COPY t FROM STDIN'", false, true, true},
    {"((select 1) union (select 2))", false, true, true},
    {"values (1)", false, true, true},
    {"WITH a AS (DELETE FROM t) SELECT 1", false, true, false},
    {"INSERT INTO t VALUES (1)", false, true, false},
    {"-- x\nupdate t set a = 1", false, true, false},
    {"selects", false, false, false},
    {"select_1", false, false, false},
    {"CALL p()", false, false, false},
    {"DO $$ BEGIN END $$", false, false, false},
    {"/* never closed", false, false, false},
    {"'never closed", false, false, false},
    {"", false, false, false},
};

static void words_tell_the_kind(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const word_case *c = &cases[i];

    if (ryx_pg_words_copy(c->sql) == c->copy &&
        ryx_pg_words_planned(c->sql) == c->planned &&
        ryx_pg_words_select(c->sql) == c->select) {
      continue;
    }
    fail_msg("%s", c->sql);
  }
  assert_true(ryx_pg_words_rollback("/* x */ rollback to a"));
  assert_true(ryx_pg_words_rollback("ABORT"));
  assert_false(ryx_pg_words_rollback("COMMIT"));
  assert_true(ryx_pg_words_drops("do $$ begin end $$"));
  assert_false(ryx_pg_words_drops("DROP TABLE t"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_tell_the_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
