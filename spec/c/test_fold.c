/* SPDX-License-Identifier: MIT */
/* value/fold: letter case and regular expressions. */
#include "value/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void folds(int (*f)(const char *, size_t, ryx_buf *), const char *in,
                  const char *expected)
{
  ryx_buf out;

  ryx_buf_init(&out, 0);
  assert_int_equal(f(in, strlen(in), &out), 0);
  assert_string_equal(out.data, expected);
  ryx_buf_fini(&out);
}

static void one_character_becomes_one(void **state)
{
  (void)state;
  folds(ryx_fold_lower, "", "");
  folds(ryx_fold_lower, "AbZ@[`{1", "abz@[`{1");
  folds(ryx_fold_upper, "abzAZ@[`{1", "ABZAZ@[`{1");
  folds(ryx_fold_lower, "\xC3\x89", "\xC3\xA9");
  folds(ryx_fold_upper, "\xC3\xA9", "\xC3\x89");
  folds(ryx_fold_upper, "\xC3\x9F", "\xC3\x9F");                 /* sharp s */
  folds(ryx_fold_lower, "\xCE\xA3\xCE\xA3", "\xCF\x83\xCF\x83"); /* sigma */
  folds(ryx_fold_lower, "\xC4\xB0", "i");                        /* dotted I */
  folds(ryx_fold_lower, "\xC8\xBA", "\xE2\xB1\xA5"); /* two bytes to three */
  folds(ryx_fold_lower, "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

static void folding_checks_and_appends(void **state)
{
  ryx_buf out;

  (void)state;
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_fold_lower("A\0B", 3, &out), 0);
  assert_int_equal(ryx_fold_lower("C\xFF", 2, &out), RYX_E_VALIDATION);
  assert_int_equal(ryx_fold_lower("\xED\xA0\x80", 3, &out), RYX_E_VALIDATION);
  assert_int_equal(ryx_fold_upper("d\xC3", 2, &out), RYX_E_VALIDATION);
  assert_int_equal(out.len, 3);
  assert_memory_equal(out.data, "a\0b", 3);
  ryx_buf_fini(&out);
}

static int search(const char *pattern, bool ignore_case, const char *s,
                  size_t n)
{
  ryx_regex *re;
  ryx_err e;
  int rc;

  if (ryx_regex_new(pattern, strlen(pattern), ignore_case, &re, &e) < 0) {
    fail_msg("%s", e.message);
  }
  rc = ryx_regex_search(re, s, n);
  ryx_regex_free(re);
  return rc;
}

static void patterns_match(void **state)
{
  (void)state;
  assert_int_equal(search("b+", false, "abbc", 4), 1);
  assert_int_equal(search("^b", false, "abbc", 4), 0);
  assert_int_equal(search("", false, "", 0), 1);
  assert_int_equal(search("a.b", false, "a\nb", 3), 1);
  assert_int_equal(search("a.b", false, "a\0b", 3), 1);
  assert_int_equal(search("a$", false, "a\n", 2), 0);
  assert_int_equal(search("^b", false, "a\nb", 3), 0);
  assert_int_equal(search("\xC3\x89", true, "\xC3\xA9", 2), 1);
  assert_int_equal(search("\xC3\x89", false, "\xC3\xA9", 2), 0);
  assert_int_equal(search("^\\w$", false, "\xC3\xA9", 2), 1);
  assert_int_equal(search("^.$", false, "\xF0\x9F\x98\x80", 4), 1);
}

static void failures_have_codes(void **state)
{
  char s[64];

  (void)state;
  memset(s, 'a', sizeof s);
  assert_int_equal(search("a", false, "a\xFF", 2), RYX_E_VALIDATION);
  assert_int_equal(
      search("(a+)+$", false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 31),
      RYX_E_OPERATIONAL);
}

static void bad_patterns_are_named(void **state)
{
  const char *bad[] = {"(", "[a", "*", "\\", "\xFF", "\\C", "(?P<n"};
  ryx_regex *re;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_regex_new(bad[i], strlen(bad[i]), false, &re, &e),
                     RYX_E_VALIDATION);
    assert_null(re);
    assert_non_null(strstr(e.message, "invalid regular expression at byte"));
  }
  ryx_regex_free(NULL);
}

static void out_of_memory_leaks_nothing(void **state)
{
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;

  (void)state;
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_regex *re;
    ryx_err e;
    ryx_mem_fail_at(at, false);
    rc = ryx_regex_new("(a|b)+c", 7, true, &re, &e);
    if (rc == 0) rc = ryx_regex_search(re, "ABC", 3);
    ryx_mem_fail_at(0, false);
    ryx_regex_free(re);
    assert_int_equal(ryx_mem_live(), before);
    assert_true(at < 50);
  }
  assert_int_equal(rc, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_character_becomes_one),
      cmocka_unit_test(folding_checks_and_appends),
      cmocka_unit_test(patterns_match),
      cmocka_unit_test(failures_have_codes),
      cmocka_unit_test(bad_patterns_are_named),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
