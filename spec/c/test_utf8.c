/* SPDX-License-Identifier: MIT */
/* value/utf8 and base/utf8: what is a character and what is not. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/text.h"

static const char *const good[] = {
    "",
    "a",
    "\x7F",
    "\xC2\x80",
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "\xF0\x9F\x98\x80",
};

static const char *const bad[] = {
    "\x80",
    "\xBF",
    "\xC0\x80",
    "\xC1\xBF",
    "\xC2",
    "\xC2"
    "a",
    "\xE0\x9F\xBF",
    "\xED\xA0\x80",
    "\xED\xBF\xBF",
    "\xE2\x82",
    "\xE2\x82"
    "a",
    "\xF0\x8F\xBF\xBF",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xFF",
    "\xF0\x9F\x98",
};

/* Alone, and behind and before enough ASCII for the quick way. */
static void check(const char *s, bool valid)
{
  char text[64];
  size_t n = strlen(s);

  assert_int_equal(ryx_text_valid(s, n), valid);
  memset(text, 'a', sizeof text);
  for (size_t at = 0; at < 20; at++) {
    memset(text, 'a', sizeof text);
    memcpy(text + at, s, n);
    assert_int_equal(ryx_text_valid(text, at + n), valid);
    assert_int_equal(ryx_text_valid(text, 40), valid);
  }
}

static void validity(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    check(good[i], true);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    check(bad[i], false);
  assert_true(ryx_text_valid("a\0b", 3));
}

static void length_counts_characters(void **state)
{
  (void)state;
  assert_int_equal(ryx_text_length("", 0), 0);
  assert_int_equal(ryx_text_length("a\0\xC3\xA9\xF0\x9F\x98\x80", 8), 4);
}

static void cut_keeps_whole_characters(void **state)
{
  const char *s = "a\xC3\xA9\xF0\x9F\x98\x80";

  (void)state;
  assert_int_equal(ryx_utf8_cut(s, 0), 0);
  assert_int_equal(ryx_utf8_cut(s, 1), 1);
  assert_int_equal(ryx_utf8_cut(s, 2), 1);
  assert_int_equal(ryx_utf8_cut(s, 3), 3);
  for (size_t n = 4; n < 7; n++)
    assert_int_equal(ryx_utf8_cut(s, n), 3);
  assert_int_equal(ryx_utf8_cut(s, 7), 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(validity),
      cmocka_unit_test(length_counts_characters),
      cmocka_unit_test(cut_keeps_whole_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
