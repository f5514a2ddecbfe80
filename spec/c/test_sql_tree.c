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
#include "value/caps.h"

static const char *const samples[] = {
    "select t distinct id:int name:text=n where (or (and (exact a:int $0) (not "
    "(in b:text? $1))) (range c:decimal $2 $3)) order a:int?- limit $4 offset "
    "$5",
    "insert t batch set a:int=$0 b:array/int=$1 returning id:int",
    "update t key id set a:int=$0 b:int=a where (gt b:int $1) limit $2",
    "delete t key id where (startswith b:text $0) order b:text",
};

static int compile(const void *desc, size_t n, ryx_err *e)
{
  static const char *const names[] = {"postgres", "mysql", "sqlite"};
  int rc = 0;

  for (int i = 0; i < 3; i++) {
    ryx_plan *p = NULL;
    rc = ryx_plan_compile(ryx_dialect_find(names[i]),
                          RYX_SERVER_JSON_TABLE | RYX_SERVER_RETURNING, desc, n,
                          &p, e);
    ryx_plan_release(p);
  }
  return rc;
}

/* A copy of its own, so that a checker sees reads behind its end. */
static int compile_copy(const void *desc, size_t n, ryx_err *e)
{
  char *copy = ryx_mem_dup(desc, n);
  void *exact = ryx_mem_alloc(n);
  int rc;

  memcpy(exact, copy, n);
  rc = compile(exact, n, e);
  ryx_mem_free(exact);
  ryx_mem_free(copy);
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

static void malformed(void **state)
{
  (void)state;
  REFUSE("", "at byte 0: it ends too early");
  REFUSE("2S", "version");
  REFUSE("1X", "a statement is expected");
  REFUSE(
      "1S\0\1\1t\1c\1\1a\2\0\0\0"
      "1\0--",
      "source is unknown");
  REFUSE(
      "1S\0\2\1t\1u\0"
      "1\0--",
      "one source");
  REFUSE(
      "1S\0\1\1t\0"
      "1\0--",
      "a select has no columns");
  REFUSE(
      "1S\2\1\1t\0"
      "1\0--x",
      "bytes follow");
  REFUSE(
      "1S\6\1\1t\0"
      "1\0--",
      "both COUNT and EXISTS");
  REFUSE(
      "1S\x09\1\1t\0"
      "1\0--",
      "flags");
  REFUSE(
      "1S\2\1\1t\0"
      "?\0--",
      "a condition is expected");
  REFUSE(
      "1S\2\1\1t\0"
      "1\1x",
      "an expression is expected");
  REFUSE(
      "1S\2\1\1t\0"
      "1\1c\0\1a\2\0\0\6--",
      "order");
  REFUSE(
      "1S\2\1\1t\0"
      "1\1c\0\1a\x63\0\0\0--",
      "a type is unknown");
  REFUSE(
      "1S\2\1\1t\0"
      "1\0c-",
      "a limit is not a parameter");
  REFUSE(
      "1S\2\1\1t\0"
      "1\0p\1\2\0\0-",
      "gap");
  REFUSE(
      "1S\2\1\1t\0"
      "1\0p\xff\xff\3\2\0\0-",
      "too many parameters");
  REFUSE("1S\2\xff\xff\xff\xff\xff\1", "number is too large");
  REFUSE("1S\2\1\xff\xff\xff\xff\x0f", "a text ends too early");
  REFUSE("1I\1t\0\1\1ac", "not a parameter");
}

static size_t nested(char *out, size_t depth)
{
  size_t n = 0;

  memcpy(out, "1S\2\1\1t\0", 7);
  for (n = 7; n < 7 + depth - 1; n++)
    out[n] = '!';
  memcpy(out + n, "1\0--", 4);
  return n + 4;
}

static void limits(void **state)
{
  static char big[(1 << 20) + 1];
  char deep[512];
  ryx_err e;

  (void)state;
  assert_int_equal(compile_copy(deep, nested(deep, 200), &e), 0);
  assert_int_equal(compile_copy(deep, nested(deep, 201), &e), RYX_E_MISUSE);
  assert_non_null(strstr(e.message, "deeper than 200"));
  refuse(big, sizeof big, "longer than 1 MiB");
}

/* A large tree leaves the stack; every allocation of it may fail. */
static void out_of_memory(void **state)
{
  char text[4000] = "select t id:int where (and";
  describe d;
  ryx_err e;
  size_t n;
  int i, rc = -1;

  (void)state;
  for (i = 0; i < 120; i++) {
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, " (gt a:int $%d)", i);
  }
  strncat(text, ")", sizeof text - strlen(text) - 1);
  n = describe_query(&d, text);
  for (i = 1; rc != 0; i++) {
    ryx_plan *p = NULL;
    ryx_mem_fail_at(i, false);
    rc = ryx_plan_compile(ryx_dialect_find("sqlite"), 0, d.out, n, &p, &e);
    ryx_mem_fail_at(0, false);
    if (rc != 0) assert_int_equal(rc, RYX_E_NOMEM);
    ryx_plan_release(p);
  }
  assert_true(i > 5);
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
      cmocka_unit_test_teardown(every_byte_changed, all_freed),
      cmocka_unit_test_teardown(malformed, all_freed),
      cmocka_unit_test_teardown(limits, all_freed),
      cmocka_unit_test_teardown(out_of_memory, all_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
