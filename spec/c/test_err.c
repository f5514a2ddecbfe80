/* SPDX-License-Identifier: MIT */
/* base/err: filling, cutting, suggesting. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ryx_err filled(void)
{
  ryx_err e;

  memset(&e, 'x', sizeof e);
  return e;
}

static void set_clears_everything_else(void **state)
{
  ryx_err e = filled();

  (void)state;
  assert_int_equal(ryx_err_set(&e, RYX_E_FIELD, "no field %s", "a"), -4);
  assert_int_equal(e.code, RYX_E_FIELD);
  assert_int_equal(e.native, 0);
  assert_string_equal(e.sqlstate, "");
  assert_string_equal(e.constraint, "");
  assert_string_equal(e.table, "");
  assert_string_equal(e.column, "");
  assert_string_equal(e.message, "no field a");
  assert_int_equal(ryx_err_set(NULL, RYX_E_FIELD, "x"), RYX_E_FIELD);
  assert_int_equal(ryx_err_nomem(NULL), RYX_E_NOMEM);
}

static void message_may_quote_itself(void **state)
{
  ryx_err e;

  (void)state;
  ryx_err_set(&e, RYX_E_FIELD, "inner");
  ryx_err_set(&e, RYX_E_FIELD, "outer: %s", e.message);
  assert_string_equal(e.message, "outer: inner");
}

static void long_text_is_cut_at_a_character(void **state)
{
  char text[2000], name[RYX_NAME_MAX + 1];
  ryx_err e;

  (void)state;
  for (size_t i = 0; i + 4 < sizeof text; i += 4) {
    memcpy(text + i, "\xF0\x9F\x98\x80", 5);
  }
  ryx_err_name(name, text, strlen(text));
  assert_int_equal(strlen(name), 124);
  ryx_err_set(&e, RYX_E_CHECK, "%s", text);
  assert_int_equal(strlen(e.message), 1020);
  ryx_err_message(&e, text, strlen(text));
  assert_int_equal(strlen(e.message), 1020);
  memset(text, 'a', sizeof text);
  ryx_err_message(&e, text, sizeof text);
  assert_int_equal(strlen(e.message), RYX_MESSAGE_MAX);
}

static void garbage_becomes_question_marks(void **state)
{
  char name[RYX_NAME_MAX + 1];
  ryx_err e;

  (void)state;
  ryx_err_name(name, "a\xFF\xC3\xA9\xED\xA0\x80", 7);
  assert_string_equal(name, "a?\xC3\xA9???");
  ryx_err_name(name, "ab\0cd", 5);
  assert_string_equal(name, "ab");
  ryx_err_name(name, NULL, 5);
  assert_string_equal(name, "");
  ryx_err_message(&e, NULL, 5000);
  assert_string_equal(e.message, "");
  ryx_err_message(NULL, "x", 1);
}

static void kinds_have_names(void **state)
{
  (void)state;
  assert_string_equal(ryx_err_kind(0), "ok");
  assert_string_equal(ryx_err_kind(RYX_E_UNIQUE), "unique_violation");
  assert_string_equal(ryx_err_kind(RYX_E_NOMEM), "out_of_memory");
  assert_string_equal(ryx_err_kind(-1000), "unknown");
  assert_string_equal(ryx_err_kind(3), "unknown");
}

static void nearest_name_is_found(void **state)
{
  const char *names[] = {"title", "author", "created_at", "id"};

  (void)state;
  assert_string_equal(ryx_err_nearest("titel", names, 4), "title");
  assert_string_equal(ryx_err_nearest("creatd_at", names, 4), "created_at");
  assert_string_equal(ryx_err_nearest("auhtor", names, 4), "author");
  assert_null(ryx_err_nearest("price", names, 4));
  assert_null(ryx_err_nearest("zz", names, 4));
  assert_null(ryx_err_nearest("", names, 4));
  assert_null(ryx_err_nearest("title", names, 0));
}

/* A value leaves the message, which is kept whole beside it. */
static void value_is_hidden(void **state)
{
  ryx_err e;

  (void)state;
  ryx_err_set(&e, RYX_E_VALIDATION, "'secret' is no number");
  assert_string_equal(e.detail, "");
  ryx_err_hide(&e, e.message + 1, e.message + 7);
  assert_string_equal(e.message, "'...' is no number");
  assert_string_equal(e.detail, "'secret' is no number");
  ryx_err_detail(&e, "x", 1);
  ryx_err_hide(&e, e.message + 1, e.message + strlen(e.message));
  assert_string_equal(e.message, "'...");
  assert_string_equal(e.detail, "x");
  ryx_err_set(&e, RYX_E_VALIDATION, "again");
  assert_string_equal(e.detail, "");
  ryx_err_detail(NULL, "x", 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(set_clears_everything_else),
      cmocka_unit_test(message_may_quote_itself),
      cmocka_unit_test(long_text_is_cut_at_a_character),
      cmocka_unit_test(garbage_becomes_question_marks),
      cmocka_unit_test(kinds_have_names),
      cmocka_unit_test(nearest_name_is_found),
      cmocka_unit_test(value_is_hidden),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
