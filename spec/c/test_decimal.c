/* SPDX-License-Identifier: MIT */
/* value/decimal: comparing, computing, rounding, summing. */
#include "value/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

#define BIG "12345678901234567890123456789012345678901234567890123456789012345"

static ryx_span span(const char *s)
{
  return (ryx_span){.s = s, .n = strlen(s)};
}

static void order(const char *a, const char *b, int expected)
{
  assert_int_equal(ryx_decimal_cmp(span(a), span(b)), expected);
  assert_int_equal(ryx_decimal_cmp(span(b), span(a)), -expected);
}

static void decimals_are_ordered(void **state)
{
  (void)state;
  order("0", "0.00", 0);
  order("1.5", "1.50", 0);
  order("9", "10", -1);
  order("-9", "-10", 1);
  order("-1", "1", -1);
  order("-0.01", "0", -1);
  order("1.05", "1.5", -1);
  order("1.5", "1.51", -1);
  order("-1.5", "-1.51", 1);
  order(BIG, BIG ".1", -1);
  order("NaN", BIG, 1);
  order("NaN", "NaN", 0);
}

static void what_is_not_canonical_has_no_order(void **state)
{
  const char *bad[] = {"",    "-",  "01",    "1.",  ".1", "-0", "-0.0",
                       "1e3", "+1", "1.2.3", "nan", "a",  "1 "};

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_decimal_cmp(span(bad[i]), span("1")), 2);
    assert_int_equal(ryx_decimal_cmp(span("1"), span(bad[i])), 2);
    assert_int_equal(ryx_decimal_cmp(span("NaN"), span(bad[i])), 2);
  }
}

static void gives(const char *a, char op, const char *b, const char *expected)
{
  ryx_buf out;
  ryx_err e;

  ryx_buf_init(&out, 0);
  if (ryx_decimal_op(op, span(a), span(b), &out, &e) < 0) {
    fail_msg("%s", e.message);
  }
  assert_string_equal(out.data, expected);
  ryx_buf_fini(&out);
}

static void arithmetic_is_exact(void **state)
{
  (void)state;
  gives("0.1", '+', "0.2", "0.3");
  gives("1.50", '+', "-1.5", "0.00");
  gives("-0.05", '+', "0.02", "-0.03");
  gives("1", '-', "0.999", "0.001");
  gives(BIG, '+', "0.5", BIG ".5");
  gives("1.50", '*', "-2.0", "-3.000");
  gives("0.00", '*', "-5", "0.00");
  gives("1", '/', "3", "0.3333");
  gives("2", '/', "3", "0.6667");
  gives("-2", '/', "3", "-0.6667");
  gives("1", '/', "-20000", "-0.0001");
  gives("1", '/', "-20001", "0.0000");
  gives("10.00", '/', "4", "2.500000");
  gives("1", '/', "0.03", "33.333333");
}

static void impossible_arithmetic_is_refused(void **state)
{
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_decimal_op('/', span("1"), span("0.00"), &out, &e),
                   RYX_E_VALIDATION);
  assert_string_equal(e.message, "division by zero");
  assert_int_equal(ryx_decimal_op('+', span("NaN"), span("1"), &out, &e),
                   RYX_E_VALIDATION);
  assert_int_equal(ryx_decimal_op('+', span("1"), span("x"), &out, &e),
                   RYX_E_VALIDATION);
  assert_int_equal(ryx_decimal_op('^', span("1"), span("1"), &out, &e),
                   RYX_E_MISUSE);
  assert_int_equal(ryx_decimal_op('\0', span("1"), span("1"), &out, &e),
                   RYX_E_MISUSE);
  assert_int_equal(out.len, 0);
  ryx_buf_fini(&out);
}

static void rounds(const char *a, int places, const char *expected)
{
  ryx_buf out;
  ryx_err e;

  ryx_buf_init(&out, 0);
  if (ryx_decimal_quantize(span(a), places, false, &out, &e) < 0) {
    fail_msg("%s", e.message);
  }
  assert_string_equal(out.data, expected);
  ryx_buf_fini(&out);
}

static void quantize_sets_the_places(void **state)
{
  (void)state;
  rounds("1", 0, "1");
  rounds("1", 2, "1.00");
  rounds("1.5", 2, "1.50");
  rounds("1.005", 2, "1.01");
  rounds("-1.005", 2, "-1.01");
  rounds("1.00499", 2, "1.00");
  rounds("-0.004", 2, "0.00");
  rounds("0.5", 0, "1");
  rounds("-0.5", 0, "-1");
  rounds("999.999", 2, "1000.00");
  rounds(BIG ".06", 1, BIG ".1");
}

static void exact_quantize_loses_nothing(void **state)
{
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_decimal_quantize(span("1.500"), 1, true, &out, &e), 0);
  assert_string_equal(out.data, "1.5");
  assert_int_equal(ryx_decimal_quantize(span("1.501"), 2, true, &out, &e),
                   RYX_E_VALIDATION);
  assert_string_equal(e.message, "'1.501' has more than 2 decimal places");
  assert_int_equal(ryx_decimal_quantize(span("NaN"), 2, true, &out, &e),
                   RYX_E_VALIDATION);
  assert_int_equal(ryx_decimal_quantize(span("1"), -1, true, &out, &e),
                   RYX_E_MISUSE);
  ryx_buf_fini(&out);
}

static void counts(const char *a, int before, int after)
{
  int b = -1, c = -1;

  ryx_decimal_digits(span(a), &b, &c);
  assert_int_equal(b, before);
  assert_int_equal(c, after);
}

static void digits_are_counted(void **state)
{
  (void)state;
  counts("0", 0, 0);
  counts("-0.05", 0, 2);
  counts("-123.40", 3, 2);
  counts(BIG, 65, 0);
  counts("NaN", 0, 0);
}

static void sums_are_exact(void **state)
{
  ryx_decimal_acc *acc = ryx_decimal_acc_new();
  ryx_buf out;

  (void)state;
  assert_non_null(acc);
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_decimal_acc_text(acc, &out), 0);
  assert_string_equal(out.data, "0");
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(ryx_decimal_acc_add(acc, span("0.1"), false), 0);
  }
  assert_int_equal(ryx_decimal_acc_add(acc, span("0.25"), true), 0);
  assert_int_equal(ryx_decimal_acc_add(acc, span("NaN"), false),
                   RYX_E_VALIDATION);
  assert_int_equal(ryx_decimal_acc_add(acc, span("x"), false),
                   RYX_E_VALIDATION);
  ryx_buf_clear(&out);
  assert_int_equal(ryx_decimal_acc_text(acc, &out), 0);
  assert_string_equal(out.data, "99.75");
  assert_int_equal(ryx_decimal_acc_add(acc, span(BIG), false), 0);
  assert_int_equal(ryx_decimal_acc_add(acc, span(BIG), true), 0);
  ryx_buf_clear(&out);
  assert_int_equal(ryx_decimal_acc_text(acc, &out), 0);
  assert_string_equal(out.data, "99.75");
  ryx_buf_fini(&out);
  ryx_decimal_acc_free(acc);
  ryx_decimal_acc_free(NULL);
}

static void out_of_memory_leaks_nothing(void **state)
{
  char digits[1001];
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;

  (void)state;
  memset(digits, '7', 1000);
  digits[1000] = '\0';
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_buf out;
    ryx_err e;
    ryx_buf_init(&out, 0);
    ryx_mem_fail_at(at, false);
    rc = ryx_decimal_op('*', span(digits), span(digits), &out, &e);
    ryx_mem_fail_at(0, false);
    ryx_buf_fini(&out);
    assert_int_equal(ryx_mem_live(), before);
    assert_true(at < 20);
  }
  assert_int_equal(rc, 0);
  ryx_mem_fail_at(1, false);
  assert_null(ryx_decimal_acc_new());
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decimals_are_ordered),
      cmocka_unit_test(what_is_not_canonical_has_no_order),
      cmocka_unit_test(arithmetic_is_exact),
      cmocka_unit_test(impossible_arithmetic_is_refused),
      cmocka_unit_test(quantize_sets_the_places),
      cmocka_unit_test(exact_quantize_loses_nothing),
      cmocka_unit_test(digits_are_counted),
      cmocka_unit_test(sums_are_exact),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
