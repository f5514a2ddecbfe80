/* SPDX-License-Identifier: MIT */
/* What the reader of descriptions refuses. What it accepts is in the cases of
 * spec/sql. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "describe.h"
#include "sql/sql.h"
#include "sql/tree.h"

/* Together they use every construct. */
static const char *const samples[] = {
    "select t distinct id:int name:text=n where (or (and (exact a:int $0) (not "
    "(in b:text? $1))) (range c:decimal $2 $3)) order a:int?- limit $4 offset "
    "$5",
    "with (x recursive once columns id n (union_all (select t 0.id:int 0=n) "
    "(select "
    "x inner t (exact 2.parent:int 1.id:int) 2.id:int (fn add:int 1.n:int 1))))"
    " select x=y left (except (select t 5.id:int order 5.id:int limit 3) "
    "(select u=v 6.id:int)) as z (exact 4.id:int 3.id:int) cross w right r "
    "true full f false count where (exists (select q exists group 9.a:int))",
    "select t a:int (agg sum:int? distinct b:int filter (not (is c:bool?)) "
    "order b:int- id:int?>)=s (agg count:int *) group a:int having (gt (agg "
    "count:int *) $0)",
    "select t (over (agg max:int b:int) partition a:int order b:int?- frame "
    "groups 3before 2after exclude ties)=m (over (fn rank:int) order a:int "
    "frame rows start end exclude current)=r (over (fn lag:int b:int 1) order "
    "a:int frame range current end exclude group)=l",
    "select t (case text? (gt a:int 1) 'x' else 'it\\'s')=c (value int (select "
    "u 1.n:int)) (cond (notnull a:int?))=b (raw int '1 + ' a:int '')=r -7=n",
    "select t (json json:json m:json 'k' 0)=a (json number:double m:json 'k')=b"
    " (json text:text m:json '' 3)=c (json bool:bool m:text)=d",
    "select t (search rank 'ix' 'simple' $0:text id:int 'A_a' a:text 'C_b' "
    "b:text?)=r where (is (search match 'iy' 'simple' $1:text id:int 'D_a' "
    "a:text))",
    "select t inner u true 0.id:int lock update nowait of 0 1",
    "insert t batch set a:int=$0 b:array/int=$1 returning id:int",
    "insert t default key returning id:int",
    "insert t set a:int= (fn lower:text $0:text) conflict nothing on a key id",
    "insert t set a:int=$0 b:int=$1 conflict update on a set b:int= (fn add:int"
    " b:int new.b:int) where (lt b:int new.b:int?) returning id:int b:int",
    "update t key id set a:int=$0 b:int=a where (gt b:int $1) limit $2 "
    "returning id:int",
    "update t batch key id set id:int=$0 a:int=$1 m:json=$2",
    "delete t key id where (startswith b:text $0) order b:text returning "
    "b:text",
};

/* What not every database has, or what ends with a part that may be missing. */
static const char *const ctes[] = {
    "update t key id set a:int=$0 where (exists (select x exists where (exact "
    "1.id:int 0.id:int))) with (x (select t 2.id:int))",
    "with (x columns id writes delete t key id where (gt b:int $0) returning "
    "0.id:int) (y writes insert t set a:int=$1) select x 2.id:int",
    "insert t rows a b (select u 1.a:int 1.b:text)",
    "with (x columns id writes insert t lists set a:int=$0 b:json=$1 "
    "c:array/int=$2 d:duration=$3 returning 0.id:int) select x 1.id:int",
    "delete t key id where (gt b:int $0) with (x writes update u key id set "
    "a:int=$1)",
};

static int compile(const void *desc, size_t n, ryx_err *e)
{
  static const char *const names[] = {"postgres", "mariadb", "mysql", "sqlite"};
  int rc = 0;

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ryx_plan *p = NULL;
    rc = ryx_plan_compile(ryx_dialect_find(names[i]), ~0u, desc, n, &p, e);
    ryx_plan_release(p);
  }
  return rc;
}

/* All compile it; gives the outcome of the last, which is SQLite's. A
 * copy of its own, so that a checker sees reads behind its end. */
static int compile_copy(const void *desc, size_t n, ryx_err *e)
{
  void *exact = ryx_mem_alloc(n > 0 ? n : 1);
  int rc;

  if (n > 0) memcpy(exact, desc, n);
  rc = compile(exact, n, e);
  ryx_mem_free(exact);
  return rc;
}

static void refuse(const char *bytes, size_t n, const char *why)
{
  ryx_err e = {.code = 0};

  assert_int_equal(compile_copy(bytes, n, &e), RYX_E_MISUSE);
  assert_int_equal(e.code, RYX_E_MISUSE);
  if (!strstr(e.message, why)) fail_msg("'%s' lacks '%s'", e.message, why);
}
#define REFUSE(bytes, why) refuse(bytes, sizeof(bytes) - 1, why)

static void every_prefix(void **state)
{
  describe d;

  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
    size_t n = describe_query(&d, samples[i]);
    ryx_err e;
    assert_int_equal(compile_copy(d.out, n, &e), 0);
    for (size_t k = 0; k < n; k++) {
      assert_int_equal(compile_copy(d.out, k, &e), RYX_E_MISUSE);
    }
  }
}

static void ctes_of_writes(void **state)
{
  describe d;

  (void)state;
  for (size_t i = 0; i < sizeof ctes / sizeof ctes[0]; i++) {
    size_t n = describe_query(&d, ctes[i]);
    ryx_plan *p = NULL;
    ryx_err e;
    assert_int_equal(
        ryx_plan_compile(ryx_dialect_find("postgres"), ~0u, d.out, n, &p, &e),
        0);
    ryx_plan_release(p);
    for (size_t k = 0; k < n; k++) {
      (void)compile_copy(d.out, k, &e);
      d.out[k] ^= 0x55;
      (void)compile_copy(d.out, n, &e);
      d.out[k] ^= 0x55;
    }
  }
}

static void every_byte_changed(void **state)
{
  static const uint8_t bytes[] = {0, 1, 2, 6, 127, 128, 255, '!', '&', 'l'};
  describe d;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
    size_t n = describe_query(&d, samples[i]);
    for (size_t k = 0; k < n; k++) {
      uint8_t old = d.out[k];
      for (size_t b = 0; b < sizeof bytes; b++) {
        int rc;
        d.out[k] = bytes[b];
        rc = compile_copy(d.out, n, &e);
        if (rc != 0) assert_int_equal(e.code, rc);
      }
      d.out[k] = old;
    }
  }
}

/* SELECT of one column of one table, in pieces. */
#define T_AS(join) "t" join "\1t\0" /* and its condition */
#define FROM_T     "\1" T_AS("\0") "1"
#define COLUMN_A   "c\0\1a\2\0\0"
#define PARAM_0    "p\0\2\0\0"
#define END        "1\0" /* WHERE, GROUP BY */ TAIL
#define TAIL       "1\0--\0" /* HAVING, ORDER BY, bounds, lock */
#define SELECT_T   "2S\0s\0" FROM_T
/* With this expression as its column, this condition as its WHERE. */
#define GIVE(expr)  SELECT_T "\1" expr "\0" END
#define WHERE(pred) SELECT_T "\1" COLUMN_A "\0" pred "\0" TAIL

static void malformed_statements(void **state)
{
  (void)state;
  REFUSE("", "at byte 0: it ends too early");
  REFUSE("1S", "version");
  REFUSE("2X", "a statement is expected");
  REFUSE("2S\0o\0\1", "a statement is no set operation");
  REFUSE("2S\0x", "a statement is no set operation");
  REFUSE("2S\1\10", "flags of a CTE are unknown");
  REFUSE("2S\1\5\1x\0D", "flags of a CTE are unknown");
  REFUSE("2S\1\4\1x\0s", "a write is expected");
  REFUSE("2S\1\4\1x\0I\1t\1\1\1ap\0\1\0\0-\0",
         "a CTE writes rows of parameters");
  REFUSE("2S\1\0\1x\0x", "a select is expected");
  REFUSE("2S\1\0\1x\0o\6", "a set operation is unknown");
  REFUSE("2S\1\0\1x\0o\0\0", "a set operation has no parts");
  REFUSE("2S\0s\x10", "flags");
  REFUSE("2S\0s\6" FROM_T "\0" END, "both COUNT and EXISTS");
  REFUSE("2S\0s\3" FROM_T "\0" END, "exactly when they are DISTINCT");
  REFUSE("2S\0s\2" FROM_T "\1" COLUMN_A "\0" END, "when they are DISTINCT");
  REFUSE("2S\0s\0" FROM_T "\0" END, "a select has no columns");
  REFUSE(GIVE(COLUMN_A) "x", "bytes follow");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\0c-\0",
         "a limit is no");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\0-n\1\1\0",
         "is negative");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\1" COLUMN_A "\6",
         "an order");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\0--\5\1\1",
         "source of a lock");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\0--\3\0",
         "bits of a lock");
  REFUSE(SELECT_T "\1" COLUMN_A
                  "\0"
                  "1\0"
                  "1\0--\x10",
         "bits of a lock");
}

static void malformed_sources(void **state)
{
  (void)state;
  REFUSE("2S\0s\0\1u", "a source is expected");
  REFUSE("2S\0s\0\1t\6", "a kind of join is unknown");
  REFUSE("2S\0s\0\1" T_AS("\0") "0", "takes no condition has one");
  REFUSE("2S\0s\0\2" T_AS("\0") "1" T_AS("\3") "0", "takes no condition has");
  REFUSE("2S\0s\0\1" T_AS("\1") "1\1" COLUMN_A "\0" END, "the first exactly");
  REFUSE("2S\0s\0\2" T_AS("\0") "1" T_AS("\0") "1\1" COLUMN_A "\0" END,
         "the first exactly");
  REFUSE("2S\0s\0\1q\0\1xo\0\0", "a set operation has no parts");
  REFUSE("2S\0s\0\1t\0\xff\xff\xff\xff\x0f", "a text ends too early");
  REFUSE("2S\0s\0\xff\xff\xff\xff\xff\1", "a number is too large");
}

static void malformed_writes(void **state)
{
  (void)state;
  REFUSE("2I\1t\x40", "the flags of an insert");
  REFUSE("2I\1t\x21", "has no other flag");
  REFUSE("2I\1t\x20\0s\0\1" T_AS("\0") "1\1" COLUMN_A "\0" END "-\0",
         "exactly when it is DEFAULT");
  REFUSE("2I\1t\x20\1\1ax", "a select is expected");
  REFUSE("2I\1t\x10\1\1a" COLUMN_A "-\0", "not a parameter");
  REFUSE("2I\1t\x12\0-\0", "many rows has no columns");
  REFUSE("2I\1t\x11\1\1a" PARAM_0 "-\0", "both rows and lists");
  REFUSE("2I\1t\1\1\1a" COLUMN_A "-\0", "not a parameter");
  REFUSE("2I\1t\0\0-\0", "exactly when it is DEFAULT");
  REFUSE("2I\1t\2\1\1a" PARAM_0 "-\0", "exactly when it is DEFAULT");
  REFUSE("2I\1t\3\0-\0", "many rows has no columns");
  REFUSE("2I\1t\6\0-\0", "one generated key");
  REFUSE("2I\1t\2\0x", "on a conflict is unknown");
  REFUSE("2I\1t\2\0u\0\1\1a" PARAM_0 "1\0", "names no columns that");
  REFUSE(
      "2I\1t\2\0u\1\1a\0"
      "1\0",
      "a conflict sets no column");
  REFUSE("2I\1t\0\1\1ax\1a\2\0\0", "in a conflict only");
  REFUSE("2U\1t\2", "the flags of an update");
  REFUSE("2U\1t\0\0\1\2id1\0--\0", "an update sets no column");
  REFUSE("2U\1t\1\0\1\2id1\0--\0", "an update sets no column");
  REFUSE("2U\1t\1\1\1a" PARAM_0 "\1\2id1\0--\0", "an update sets no column");
  REFUSE("2U\1t\1\2\1a" PARAM_0 "\1b" PARAM_0 "\1\2id0\0--\0", "their keys");
  REFUSE("2U\1t\1\2\1a" PARAM_0 "\1b" PARAM_0 "\1\2id1\0n\0\1-\0",
         "their keys");
  REFUSE("2U\1t\1\2\1a" PARAM_0 "\1b" PARAM_0 "\2\1a\1b1\0--\0",
         "an update sets no column");
  REFUSE(
      "2D\1t\0"
      "1\0--\0",
      "names no key");
}

static void malformed_expressions(void **state)
{
  (void)state;
  REFUSE(GIVE("z"), "an expression is expected");
  REFUSE(GIVE("c\1\1a\2\0\0"), "source is unknown");
  REFUSE(GIVE("c\0\1a\x63\0\0"), "a type is unknown");
  REFUSE(GIVE("c\0\1a\2\x63\0"), "an item type is unknown");
  REFUSE(GIVE("c\0\1a\2\0\2"), "null is not 0 or 1");
  REFUSE(GIVE("p\xff\xff\3\2\0\0"), "too many parameters");
  REFUSE(GIVE("n\4\1"), "the bits of a number are unknown");
  REFUSE(GIVE("f\1?\2\0\0\0"), "unknown function '?'");
  REFUSE(GIVE("f\5lower\4\0\0\0"), "wrong number of arguments");
  REFUSE(GIVE("a\5count\2\0\0\2"), "distinct is not 0 or 1");
  REFUSE(GIVE("w" COLUMN_A), "a window is of a function");
  REFUSE(GIVE("wf\4rank\2\0\0\0\0\0\3"), "the mode of a frame");
  REFUSE(GIVE("wf\4rank\2\0\0\0\0\0\0\5"), "an edge of a frame");
  REFUSE(GIVE("wf\4rank\2\0\0\0\0\0\0\0\0\4\0\4"), "what a frame excludes");
  REFUSE(GIVE("k\2\0\0\0-"), "a CASE has no WHEN");
  REFUSE(GIVE("q\2\0x"), "a select is expected");
  REFUSE(GIVE("x\1a\2\0\0"), "in a conflict only");
  REFUSE(GIVE("j\5"), "a kind is unknown");
  REFUSE(GIVE("j\0\x0d\0" COLUMN_A "\1x"), "a key or a position");
  REFUSE(GIVE("j\0\x0d\0" COLUMN_A "\1i\xff\xff\xff\xff\7"), "is too large");
  REFUSE(GIVE("j\0\x0d\0" COLUMN_A "\xc9\1"), "more than 200 steps");
}

#define SEARCH   "s\0\2ix\6simple"
#define WORDS    "p\0\4\0\0"
#define COLUMN_T "c\0\1a\4\0\0"

static void malformed_searches(void **state)
{
  (void)state;
  REFUSE(GIVE("s\2"), "a search is unknown");
  REFUSE(GIVE(SEARCH COLUMN_T), "what is searched for is a text");
  REFUSE(GIVE(SEARCH "p\0\2\0\0"), "what is searched for is a text");
  REFUSE(GIVE(SEARCH WORDS "n\0\1"), "a key is a column");
  REFUSE(GIVE(SEARCH WORDS COLUMN_A "\0"), "of one field or of all");
  REFUSE(GIVE(SEARCH WORDS COLUMN_A "\1\x8"), "the bits of a field");
  REFUSE(GIVE(SEARCH WORDS COLUMN_A "\1\1\0" COLUMN_A), "columns of text");
  REFUSE(GIVE(SEARCH WORDS COLUMN_A "\1\0\0" COLUMN_T), "of one field or of");
  REFUSE(GIVE(SEARCH WORDS COLUMN_A "\3\1\0" COLUMN_T "\1\0" COLUMN_T
                                    "\0\0" COLUMN_T),
         "of one field or of all");
}

static void malformed_conditions(void **state)
{
  (void)state;
  REFUSE(WHERE("?"), "a condition is expected");
  REFUSE(WHERE("l\5exakt"), "did you mean 'exact'?");
  REFUSE(WHERE("l\5exact" COLUMN_A "\0"), "wrong number of operands");
  REFUSE(WHERE("l\2in" COLUMN_A "\1" PARAM_0), "'in' takes a list");
  REFUSE(WHERE("l\5regex" COLUMN_A "\1" PARAM_0), "does not fit the type");
  REFUSE(WHERE("v" COLUMN_A), "is a boolean");
  REFUSE(WHERE("ex"), "a select is expected");
}

typedef struct bytes {
  char at[(1 << 20) + 1];
  size_t n;
} bytes;

static void put(bytes *b, const char *s, size_t n)
{
  assert_true(b->n + n <= sizeof b->at);
  memcpy(b->at + b->n, s, n);
  b->n += n;
}
#define PUT(b, s) put(b, s, sizeof(s) - 1)

static void put_number(bytes *b, size_t v)
{
  for (; v > 127; v >>= 7)
    put(b, &(char){(char)(v | 128)}, 1);
  put(b, &(char){(char)v}, 1);
}

static void put_nested(bytes *b, const char *open, size_t n, size_t times)
{
  for (size_t i = 0; i < times; i++)
    put(b, open, n);
}

/* The column of a select, which is a level itself, and `levels` below it. */
static void put_deep(bytes *b, const char *open, size_t n, size_t levels)
{
  b->n = 0;
  PUT(b, SELECT_T "\1b");
  put_nested(b, open, n, levels);
  PUT(b, "1\0" END);
}

static void depth(void **state)
{
  static bytes b;
  ryx_err e;

  (void)state;
  put_deep(&b, "!", 1, 197);
  assert_int_equal(compile_copy(b.at, b.n, &e), 0);
  put_deep(&b, "!", 1, 198);
  refuse(b.at, b.n, "deeper than 200");
  put_deep(&b, "vb", 2, 98); /* a condition and an expression each */
  assert_int_equal(compile_copy(b.at, b.n, &e), 0);
  put_deep(&b, "vb", 2, 99);
  refuse(b.at, b.n, "deeper than 200");
}

static void put_joins(bytes *b, size_t n)
{
  b->n = 0;
  PUT(b, "2S\0s\0");
  put_number(b, n);
  PUT(b, T_AS("\0") "1");
  put_nested(b, T_AS("\3") "1", 6, n - 1);
  PUT(b, "\1" COLUMN_A "\0" END);
}

static void sources(void **state)
{
  static bytes b;
  ryx_err e;

  (void)state;
  put_joins(&b, RYX_SOURCES_MAX);
  assert_int_equal(compile_copy(b.at, b.n, &e), 0);
  put_joins(&b, RYX_SOURCES_MAX + 1);
  refuse(b.at, b.n, "too many sources");
}

static void put_prefixes(bytes *b, size_t n)
{
  static const char one[] = "l\12startswithc\0\1a\4\0\0\1p\0\4\0\0";

  b->n = 0;
  PUT(b, SELECT_T "\1" COLUMN_A "\0&");
  put_number(b, n);
  put_nested(b, one, sizeof one - 1, n);
  PUT(b, "\0" TAIL);
}

/* A parameter that is looked up may need two of the statement's. */
static void parameters(void **state)
{
  static bytes b;
  ryx_err e;

  (void)state;
  put_prefixes(&b, RYX_PARAMS_MAX / 2);
  assert_int_equal(compile_copy(b.at, b.n, &e), 0);
  put_prefixes(&b, RYX_PARAMS_MAX / 2 + 1);
  refuse(b.at, b.n, "needs more than 65535 parameters");
  memset(b.at, 0, sizeof b.at);
  refuse(b.at, sizeof b.at, "longer than 1 MiB");
}

/* A part of a document is written several times, so one of a part of a part...
 * doubles with each level. The text has a limit, and reaching it takes no time.
 */
static void text_that_doubles(void **state)
{
  static const char *const names[] = {"postgres", "mariadb", "mysql", "sqlite"};
  static bytes b;
  ryx_err e;

  (void)state;
  b.n = 0;
  PUT(&b, SELECT_T "\1");
  put_nested(&b, "j\2\4\0", 4, 150);
  PUT(&b, "c\0\1a\x0d\0\0");
  for (int i = 0; i < 150; i++)
    PUT(&b, "\1k\1a");
  PUT(&b, "\0" END);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ryx_plan *p = NULL;
    assert_int_equal(
        ryx_plan_compile(ryx_dialect_find(names[i]), 0, b.at, b.n, &p, &e),
        RYX_E_MISUSE);
    assert_string_equal(e.message, "the statement is longer than 16 MiB");
  }
}

/* A large tree leaves the stack; every allocation of it may fail. */
static void out_of_memory(void **state)
{
  char text[4000] = "select t";
  describe d;
  ryx_err e;
  size_t n, len = strlen(text);
  int i, rc = -1;

  (void)state;
  for (i = 0; i < 20; i++)
    len += (size_t)snprintf(text + len, sizeof text - len, " cross t=t%d", i);
  len += (size_t)snprintf(text + len, sizeof text - len, " id:int where (and");
  for (i = 0; i < 120; i++) {
    len +=
        (size_t)snprintf(text + len, sizeof text - len, " (gt a:int $%d)", i);
  }
  snprintf(text + len, sizeof text - len, ")");
  n = describe_query(&d, text);
  for (i = 1; rc != 0; i++) {
    ryx_plan *p = NULL;
    ryx_mem_fail_at(i, false);
    rc = ryx_plan_compile(ryx_dialect_find("sqlite"), 0, d.out, n, &p, &e);
    ryx_mem_fail_at(0, false);
    if (rc != 0) assert_int_equal(rc, RYX_E_NOMEM);
    ryx_plan_release(p);
  }
  assert_true(i > 8);
}

/* Within a list every name stands once; what is counted has no gap. */
static void numbers(void **state)
{
  const ryx_number *all = ryx_sql_numbers(), *a, *b;
  int n_types = 0;

  (void)state;
  for (a = all; a->list; a++) {
    for (b = all; b < a; b++) {
      if (strcmp(a->list, b->list) != 0) continue;
      assert_string_not_equal(a->name, b->name);
      /* Two databases may take the same hints. */
      if (strcmp(a->list, "HINTED") != 0)
        assert_int_not_equal(a->number, b->number);
    }
    if (strcmp(a->list, "TYPE") != 0) continue;
    assert_int_equal(a->number, n_types++);
    assert_int_equal(ryx_type_of(a->name), a->number);
  }
  assert_int_equal(n_types, RYX_T_MAX);
}

static int all_freed(void **state)
{
  (void)state;
  return ryx_mem_live() == 0 ? 0 : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(every_prefix, all_freed),
      cmocka_unit_test_teardown(ctes_of_writes, all_freed),
      cmocka_unit_test_teardown(every_byte_changed, all_freed),
      cmocka_unit_test_teardown(malformed_statements, all_freed),
      cmocka_unit_test_teardown(malformed_sources, all_freed),
      cmocka_unit_test_teardown(malformed_writes, all_freed),
      cmocka_unit_test_teardown(malformed_expressions, all_freed),
      cmocka_unit_test_teardown(malformed_searches, all_freed),
      cmocka_unit_test_teardown(malformed_conditions, all_freed),
      cmocka_unit_test_teardown(depth, all_freed),
      cmocka_unit_test_teardown(sources, all_freed),
      cmocka_unit_test_teardown(parameters, all_freed),
      cmocka_unit_test_teardown(text_that_doubles, all_freed),
      cmocka_unit_test_teardown(out_of_memory, all_freed),
      cmocka_unit_test(numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
